// Playwright: the fixture `bookings` is a tenant of its own for each test; a failed one shows what was asked of it.

import { test as base } from "@playwright/test";
import { startEmulator } from "./launcher.js";
import { describeExchanges } from "./report.js";
import { dropTenant } from "./tenant-of-test.js";

export { expect } from "@playwright/test";

export const test = base.extend({
  bookingsStart: [{}, { option: true }],
  emulator: [
    // Playwright reads the names of fixtures from the first parameter, so it stays a pattern
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const emulator = await startEmulator();
      await use(emulator);
      await emulator.stop();
    },
    { scope: "worker" },
  ],
  bookings: async ({ emulator, bookingsStart }, use, testInfo) => {
    const tenant = await emulator.tenant(bookingsStart);
    await use(tenant);
    if (testInfo.status !== testInfo.expectedStatus) {
      const text = { body: await describeExchanges(tenant), contentType: "text/plain" };
      await testInfo.attach("bookings: exchanges of this test", text); // the reporters for terminals print it
    }
    await dropTenant(tenant);
  },
});
