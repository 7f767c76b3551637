// What the reception does all day.
import { expect } from "vitest";
import { CHECK_UP, MONDAY, adele, alex, receptionOf, test } from "./setup.js";

test("the services of the clinic are listed", async ({ bookings }) => {
  const names = (await receptionOf(bookings).services()).map((each) => each.displayName);
  expect(names).toContain(CHECK_UP);
  expect(names).toHaveLength(8);
});

test("the first free time is booked, and the guest gets a confirmation", async ({ bookings }) => {
  const booked = await receptionOf(bookings).bookFirst(CHECK_UP, adele, MONDAY);
  expect(booked.startDateTime?.dateTime).toMatch(/^2026-01-12T16:00:00/); // eight o'clock in Los Angeles
  const [mail] = await bookings.outbox.list({ kind: "confirmation", to: adele.email });
  expect(mail?.subject).toContain(CHECK_UP);
  expect(mail?.appointment).toBe(booked.id);
});

test("two guests get different times or members of the staff", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const [first, second] = [
    await reception.bookFirst(CHECK_UP, adele, MONDAY),
    await reception.bookFirst(CHECK_UP, alex, MONDAY),
  ];
  const places = [first, second].map((each) => `${each.startDateTime?.dateTime} ${each.staffMemberIds?.[0]}`);
  expect(new Set(places).size).toBe(2);
});

test("a guest is moved to another time, and told so", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const { id, staffMemberIds } = await reception.bookFirst(CHECK_UP, adele, MONDAY);
  const free = await reception.freeSlots(await reception.service(CHECK_UP), "2026-01-14");
  const { start } = free.find((slot) => slot.staff === staffMemberIds?.[0])!;
  await reception.move(id!, start);
  expect((await reception.appointment(id!)).startDateTime?.dateTime).toContain(start.toISOString().slice(0, 19));
  expect(await bookings.outbox.list({ kind: "change", to: adele.email })).toHaveLength(1);
});

test("a cancelled appointment is gone, and the guest reads why", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const { id } = await reception.bookFirst(CHECK_UP, adele, MONDAY);
  await reception.cancel(id!, "We are ill, sorry.");
  await expect(reception.appointment(id!)).rejects.toMatchObject({ statusCode: 404 });
  const [mail] = await bookings.outbox.list({ kind: "cancellation", to: adele.email });
  expect(mail?.text).toContain("We are ill, sorry.");
});

test("a day is listed with what was booked", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const before = (await reception.day(MONDAY)).length;
  await reception.bookFirst(CHECK_UP, adele, MONDAY);
  expect(await reception.day(MONDAY)).toHaveLength(before + 1);
  await bookings.journal.verify({ operation: "createAppointment", status: 201 }, { exactly: 1 });
});
