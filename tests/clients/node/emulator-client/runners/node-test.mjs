// What a suite of node:test looks like; the test of the package runs it and reads its output. One test fails on purpose.
import assert from "node:assert/strict";
import { test } from "graph-bookings-emulator-client/node-test";

test("passes in a tenant that starts empty", { bookings: { fixture: "empty" } }, async (context, bookings) => {
  assert.deepEqual(await bookings.businesses(), []);
  assert.equal(context.name, "passes in a tenant that starts empty");
});

test("fails on purpose", async (_, bookings) => {
  const response = await bookings.graph("/solutions/bookingBusinesses/nope");
  assert.equal(response.status, 200);
});

test("is skipped", { skip: true }, () => assert.fail());
