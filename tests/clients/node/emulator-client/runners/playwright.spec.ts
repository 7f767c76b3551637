// What a suite of Playwright looks like; the test of the package runs it and reads its output. One test fails on purpose.
import { expect, test } from "graph-bookings-emulator-client/playwright";

test.describe("from an empty tenant", () => {
  test.use({ bookingsStart: { fixture: "empty" } });

  test("passes", async ({ bookings }) => {
    expect(await bookings.businesses()).toEqual([]);
  });
});

test("fails on purpose", async ({ bookings }) => {
  const response = await bookings.graph("/solutions/bookingBusinesses/nope");
  expect(response.status).toBe(200);
});
