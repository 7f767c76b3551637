// What the connector of Power Automate sends to the clinic's own receiver.
import { expect } from "vitest";
import { NotificationServer } from "../src/notifications.js";
import { CHECK_UP, DENTAL, MONDAY, adele, receptionOf, test as base } from "./setup.js";

const test = base.extend<{ receiver: NotificationServer; address: string }>({
  receiver: async ({}, use) => {
    const receiver = new NotificationServer();
    await use(receiver);
    await receiver.close();
  },
  address: async ({ receiver }, use) => use(await receiver.listen()),
});

test("a booking is told with its service and its guest", async ({ bookings, receiver, address }) => {
  await bookings.subscribe(DENTAL, "Created", address);
  await receptionOf(bookings).bookFirst(CHECK_UP, adele, MONDAY);
  await bookings.deliveries.settle();
  expect(receiver.taken).toHaveLength(1);
  expect(receiver.taken[0]).toMatchObject({ ServiceName: CHECK_UP, CustomerName: adele.name });
});

test("what fails at first is sent again, and taken once", async ({ bookings, receiver, address }) => {
  receiver.answers.push(500);
  await bookings.subscribe(DENTAL, "Created", address);
  await receptionOf(bookings).bookFirst(CHECK_UP, adele, MONDAY);
  await bookings.deliveries.settle();
  const [delivery] = await bookings.deliveries.list({ event: "Created" });
  expect(delivery?.attempts.map((each) => each.status)).toEqual([500, 202]);
  expect(receiver.taken).toHaveLength(1);
});

test("what comes twice is taken once", async ({ bookings, receiver, address }) => {
  await bookings.subscribe(DENTAL, "Created", address);
  await receptionOf(bookings).bookFirst(CHECK_UP, adele, MONDAY);
  await bookings.deliveries.settle();
  const [delivery] = await bookings.deliveries.list();
  await bookings.deliveries.redeliver(delivery!.id);
  await bookings.deliveries.settle();
  expect((await bookings.deliveries.list()).map((each) => each.status)).toEqual(["delivered", "delivered"]);
  expect(receiver.taken).toHaveLength(1);
});

test("a cancellation has its reason where the service gives it", async ({ bookings, receiver, address }) => {
  await bookings.quirks.set("connector-no-cancel-reason", false);
  await bookings.subscribe(DENTAL, "Deleted", address);
  const reception = receptionOf(bookings);
  const { id } = await reception.bookFirst(CHECK_UP, adele, MONDAY);
  await reception.cancel(id!, "We are ill");
  await bookings.deliveries.settle();
  expect(receiver.taken.map((each) => each.CancelReason)).toEqual(["We are ill"]);
});
