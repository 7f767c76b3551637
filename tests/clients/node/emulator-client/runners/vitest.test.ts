// What a suite of vitest looks like; the test of the package runs it and reads its output. One test fails on purpose.
import { expect } from "vitest";
import { test as base } from "graph-bookings-emulator-client/vitest";

const test = base.extend({ bookingsStart: { fixture: "empty" } });

test("passes in a tenant that starts empty", async ({ bookings }) => {
  expect(await bookings.businesses()).toEqual([]);
});

base("fails on purpose", async ({ bookings }) => {
  const response = await bookings.graph("/solutions/bookingBusinesses/nope");
  expect(response.status).toBe(200);
});

base("passes without a tenant", () => {});
