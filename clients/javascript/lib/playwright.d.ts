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
  /** The starting state of tenants: `test.use({ bookingsStart: { fixture: "empty" } })`, or in the configuration. */
  bookingsStart: TenantStart;
  /** A tenant for this test alone. */
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
