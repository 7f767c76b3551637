import type { TestContext, TestOptions } from "node:test";
import type { BookingsClient, Emulator, TenantStart } from "./index.js";

export type BookingsTest = (context: TestContext, bookings: BookingsClient) => unknown;

/** The options of Node's own tests, and the starting state of the tenant. */
export interface BookingsTestOptions extends TestOptions {
  bookings?: TenantStart;
}

/** The emulator of this process; it starts with the first test that needs it. */
export function emulator(): Promise<Emulator>;

/** A test with its own tenant. */
export function test(name: string, run: BookingsTest): Promise<void>;
export function test(name: string, options: BookingsTestOptions, run: BookingsTest): Promise<void>;
