// What goes wrong: refused callers, throttling, failures of the service, and what the rules of the clinic forbid.
import { expect } from "vitest";
import { connect } from "../src/graph.js";
import { NoTimeError, Reception, explain } from "../src/reception.js";
import { CHECK_UP, DENTAL, MONDAY, SUNDAY, adele, receptionOf, test } from "./setup.js";

test("a token that has run out is refused with 401", async ({ bookings }) => {
  const token = await bookings.accessToken("application", { wrong: "expired" });
  const reception = new Reception(connect(bookings.graphUrl, async () => token), DENTAL);
  await expect(reception.services()).rejects.toMatchObject({ statusCode: 401, code: "InvalidAuthenticationToken" });
});

test("a viewer reads but does not book", async ({ bookings }) => {
  const reception = receptionOf(bookings, "viewer");
  const service = await reception.service(CHECK_UP);
  const slot = { start: new Date("2026-01-12T18:00:00Z"), staff: service.staffMemberIds![0]! };
  const error: unknown = await reception.book(service, adele, slot).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ statusCode: 403 });
  expect(explain(error)).toContain("viewer");
});

test("an appointment that there is not is 404, and says so", async ({ bookings }) => {
  const error: unknown = await receptionOf(bookings).appointment("AAMkAGnope==").catch((reason: unknown) => reason);
  expect(error).toMatchObject({ statusCode: 404 });
  expect(explain(error)).toContain("AAMkAGnope");
});

test("what is throttled is asked again after the time that the service names", async ({ bookings }) => {
  const fault = await bookings.faults.add({
    match: { operation: "listServices" },
    effect: { problem: "throttle.mailbox", retry_after: 1 },
    schedule: { first: 2 },
  });
  expect(await receptionOf(bookings).services()).toHaveLength(8);
  expect(await bookings.faults.get(fault.id)).toMatchObject({ fired: 2, state: "spent" });
  expect(await bookings.journal.notes({ kind: "retried-early" })).toEqual([]);
});

test("a service that is unavailable for a moment is asked again", async ({ bookings }) => {
  await bookings.faults.preset("unavailable", { effect: { retry_after: 1 }, schedule: { first: 1 } });
  expect(await receptionOf(bookings).services()).toHaveLength(8);
  expect((await bookings.journal.list({ operation: "listServices" })).map((each) => each.status)).toEqual([503, 200]);
});

test("outside the hours of the clinic Graph says UnknownError, and the emulator why", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const service = await reception.service(CHECK_UP);
  const slot = { start: new Date(`${SUNDAY}T18:00:00Z`), staff: service.staffMemberIds![0]! };
  const error: unknown = await reception.book(service, adele, slot).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ statusCode: 500, code: "UnknownError" });
  expect(explain(error)).toContain("hours");
});

test("on a Sunday there is no time at all", async ({ bookings }) => {
  await expect(receptionOf(bookings).bookFirst(CHECK_UP, adele, SUNDAY)).rejects.toThrow(NoTimeError);
  await bookings.journal.verify({ operation: "createAppointment" }, { never: true });
});

test("an answer that is lost leaves the appointment behind", async ({ bookings }) => {
  const reception = receptionOf(bookings);
  const before = (await reception.day(MONDAY)).length;
  await bookings.faults.preset("answer-lost", { match: { operation: "createAppointment" } });
  await expect(reception.bookFirst(CHECK_UP, adele, MONDAY)).rejects.toThrow();
  expect(await reception.day(MONDAY)).toHaveLength(before + 1);
});
