// node:test: every test has a tenant of its own, and a failed one shows what was asked of it.

import { after, test as nodeTest } from "node:test";
import { startEmulator } from "./launcher.js";
import { dropTenant } from "./tenant-of-test.js";
import { describeFailure } from "./report.js";

let starting;

after(async () => {
  const emulator = await starting?.catch(() => undefined); // the tests have shown why it did not start
  await emulator?.stop();
});

/** The emulator of this process; it starts with the first test that needs it. */
export function emulator() {
  starting ??= startEmulator();
  return starting;
}

/** A test as node's own; its function takes the context and the tenant. `bookings` of the options starts it. */
export function test(name, ...rest) {
  const run = rest.pop();
  const { bookings: start, ...options } = rest[0] ?? {};
  return nodeTest(name, options, async (context) => {
    const tenant = await (await emulator()).tenant(start);
    try {
      await run(context, tenant);
    } catch (error) {
      for (const line of (await describeFailure(tenant)).split("\n")) context.diagnostic(line);
      throw error;
    } finally {
      await dropTenant(tenant);
    }
  });
}
