// vitest: the fixture `bookings` is a tenant of its own for each test; a failed one shows what was asked of it.

import { test as base, inject } from "vitest";
import { startEmulator } from "./launcher.js";
import { describeFailure } from "./report.js";
import { dropTenant } from "./tenant-of-test.js";

export const test = base.extend({
  bookingsStart: {},
  emulator: [
    // vitest reads the names of fixtures from the first parameter, so it stays a pattern
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const emulator = await startEmulator({ url: inject("bookingsEmulatorUrl") });
      await use(emulator);
      await emulator.stop();
    },
    { scope: "file" },
  ],
  bookings: async ({ emulator, bookingsStart, task }, use) => {
    const tenant = await emulator.tenant(bookingsStart);
    await use(tenant);
    if (task.result?.state === "fail") console.error(await describeFailure(tenant));
    await dropTenant(tenant);
  },
});
