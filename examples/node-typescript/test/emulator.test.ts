// Driving the emulator itself, typed from its OpenAPI document.
import { expect } from "vitest";
import { CHECK_UP, MONDAY, adele, receptionOf, test } from "./setup.js";

test("a snapshot is come back to", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const before = await reception.day(MONDAY);
  const name = await bookings.snapshots.take();
  await reception.bookFirst(CHECK_UP, adele, MONDAY);
  await bookings.snapshots.restore(name);
  expect(await reception.day(MONDAY)).toEqual(before);
});
