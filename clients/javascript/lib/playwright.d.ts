import type {
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from "@playwright/test";
import type { BookingsClient, Emulator, TenantStart } from "./index.js";

export { expect } from "@playwright/test";

export interface BookingsTestFixtures {
  /** What tenants start from: `test.use({ bookingsStart: { fixture: "empty" } })`, or `use` of the configuration. */
  bookingsStart: TenantStart;
  /** A tenant of its own for this test. */
  bookings: BookingsClient;
}

export interface BookingsWorkerFixtures {
  /** The emulator of this worker. */
  emulator: Emulator;
}

export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & BookingsTestFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & BookingsWorkerFixtures
>;
