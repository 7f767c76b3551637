// Batches, pages and time zones.
import { expect } from "vitest";
import { CHECK_UP, DENTAL, MONDAY, adele, alex, receptionOf, test } from "./setup.js";

test("guests are added in one request", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  expect(await reception.addCustomers([adele, alex, { name: "Diego Siciliani", email: "diego@contoso.com" }])).toEqual([]);
  expect(await reception.customers()).toHaveLength(9);
  const parts = await bookings.journal.list({ operation: "createCustomer" });
  expect(parts.map((each) => each.in_batch)).toEqual([true, true, true]);
});

test("the guest whose part of the batch is refused is named", async ({ bookings }) => {
  const rule = { match: { operation: "createCustomer" }, schedule: { skip: 1, first: 1 } };
  await bookings.faults.add({ ...rule, effect: { problem: "throttle.mailbox" } });
  expect(await receptionOf(bookings).addCustomers([adele, alex])).toEqual([alex.name]);
});

test("all pages of a list are read", async ({ bookings }) => {
  expect(await receptionOf(bookings).customers(2)).toHaveLength(6);
  await bookings.journal.verify({ operation: "listCustomers" }, { exactly: 3 });
  expect(await bookings.journal.notes({ kind: "ignored-next-link" })).toEqual([]);
});

test("a list of which only the first page is read leaves a note", async ({ bookings }) => {
  const headers = { Prefer: "odata.maxpagesize=2" };
  await bookings.graph(`/solutions/bookingBusinesses/${DENTAL}/customers`, { headers });
  const [note] = await bookings.journal.notes({ kind: "ignored-next-link" });
  expect(note?.operation).toBe("listCustomers");
});

test("the clinic opens an hour earlier in UTC once its clocks have changed", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const service = await reception.service(CHECK_UP);
  const [winter] = await reception.freeSlots(service, MONDAY);
  await bookings.clock.set("2026-03-20T08:00:00Z");
  const [summer] = await reception.freeSlots(service, "2026-03-30");
  expect(winter?.start.toISOString()).toBe("2026-01-12T16:00:00.000Z");
  expect(summer?.start.toISOString()).toBe("2026-03-30T15:00:00.000Z");
});

test("a time in the zone of Windows comes back in UTC", async ({ bookings }) => {
  const { id: serviceId } = await receptionOf(bookings).service(CHECK_UP);
  const at = (hour: string) => ({ dateTime: `2026-01-12T${hour}:00`, timeZone: "Pacific Standard Time" });
  const answer = await bookings.graph(`/solutions/bookingBusinesses/${DENTAL}/appointments`, {
    method: "POST",
    body: { serviceId, startDateTime: at("10:00"), endDateTime: at("10:30") },
  });
  const { startDateTime } = (await answer.json()) as { startDateTime: { dateTime: string; timeZone: string } };
  expect(startDateTime).toEqual({ dateTime: "2026-01-12T18:00:00.0000000Z", timeZone: "UTC" });
});
