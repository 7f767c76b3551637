import type { TestAPI } from "vitest";
import type { BookingsClient, Emulator, TenantStart } from "./index.js";

declare module "vitest" {
  interface ProvidedContext {
    bookingsEmulatorUrl: string;
  }
}

export interface BookingsFixtures {
  /** The starting state of tenants: `const test = base.extend({ bookingsStart: { fixture: "empty" } })`. */
  bookingsStart: TenantStart;
  /** The emulator of this file, or of the run with the global set-up. */
  emulator: Emulator;
  /** A tenant for this test alone. */
  bookings: BookingsClient;
}

export const test: TestAPI<BookingsFixtures>;
