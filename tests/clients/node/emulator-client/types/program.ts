// A strict program that uses every word of the types; it is compiled, not run.
import assert from "node:assert/strict";
import {
  BookingsClient,
  ControlError,
  LaunchError,
  VerificationError,
  describeExchanges,
  startEmulator,
  type Delivery,
  type Emulator,
  type Exchange,
  type Message,
  type Schemas,
  type Stub,
  type TenantStart,
} from "graph-bookings-emulator-client";
import { emulator as emulatorOfProcess, test as nodeTest } from "graph-bookings-emulator-client/node-test";
import { expect, test as playwrightTest } from "graph-bookings-emulator-client/playwright";
import { test as vitestTest } from "graph-bookings-emulator-client/vitest";
import setup from "graph-bookings-emulator-client/vitest-global-setup";

const start: TenantStart = { fixture: ["default", { title: "ours" }], seed: 1, now: new Date(), faults: ["throttled"] };

async function drive(bookings: BookingsClient): Promise<void> {
  const addresses: string[] = [bookings.graphUrl, bookings.betaUrl, bookings.connectorUrl, bookings.pageUrl("a@b.c")];
  const moved: string = (await bookings.clock.advance({ to: new Date() })).now;
  const [fault] = await bookings.faults.preset("throttled", { schedule: { first: 2 } });
  const left: number | null | undefined = fault?.left;
  const count: number = await bookings.journal.verify({ operation: ["a", "b"], status: 201 }, { atLeast: 1 });
  const entry: Exchange = await bookings.journal.wait({ method: "POST" }, { timeout: 1, since: 3 });
  const messages: Message[] = await bookings.outbox.list({ kind: "confirmation", status: "sent" });
  const deliveries: Delivery[] = await bookings.deliveries.list({ status: "failed", event: "Created" });
  const stub: Stub = await bookings.stubs.add({ request: "GET /me/messages", body: { value: [] } });
  const name: string = await bookings.snapshots.take();
  const token: string = await bookings.accessToken("viewer", { wrong: "expired", audience: "connector" });
  const response: Response = await bookings.graph("/me", { method: "PATCH", body: { a: 1 }, persona: "viewer" });
  const reason: string | null = entry.reason;
  await bookings.quirks.set("five-customers", false);
  await bookings.load("booked-twice");
  await bookings.deliveries.settle({ timeout: 3 });
  console.log(addresses, moved, left, count, messages, deliveries, stub.hits, name, token, response.status, reason);
}

/** Answers are typed from the OpenAPI document: nothing of them is `any`. */
async function readAnswers(bookings: BookingsClient): Promise<void> {
  const [delivery] = await bookings.deliveries.list({ exchange: 3 });
  const duration: number | null | undefined = delivery?.body.Duration;
  const attempts: (number | null)[] | undefined = delivery?.attempts.map((attempt) => attempt.status);
  const { staff } = await bookings.calendar("a@b.c", new Date(), new Date());
  const free: string | undefined = staff[0]?.free[0]?.start;
  const { least } = (await bookings.journal.permissions({ since: 3 })).application;
  const url: string = (await bookings.index()).graph["v1.0"];
  const [note] = await bookings.journal.notes({ kind: "retried-early" });
  const about: "retried-early" | string | undefined = note?.kind;
  const [code] = await bookings.deviceCodes();
  const [exchange] = await bookings.journal.list({ status: [404, "5xx"] });
  const header: string | undefined = exchange?.request?.headers["authorization"];
  const schema: Schemas["Tenant"] | undefined = (await bookings.tenants())[0];
  console.log(duration, attempts, free, least[0], url, about, code?.user_code, header, schema?.mail_domain);
}

async function refuse(bookings: BookingsClient): Promise<void> {
  // @ts-expect-error no preset of that name
  await bookings.faults.preset("throtled");
  // @ts-expect-error no quirk of that name
  await bookings.quirks.set("five-custmers", true);
  // @ts-expect-error no refusal of that name
  await bookings.faults.add({ effect: { problem: "throttle.mailbx" } });
  // @ts-expect-error no kind of message
  await bookings.outbox.list({ kind: "confirmaton" });
  // @ts-expect-error no member of an exchange
  (await bookings.journal.get(1)).resaon;
  // @ts-expect-error a word that a tenant does not have
  await bookings.tenant({ fixtur: "empty" });
  // @ts-expect-error a count that there is not
  await bookings.journal.verify({ operation: "a" }, { exactely: 1 });
  // @ts-expect-error no change of the connector
  await bookings.subscribe("a@b.c", "Moved", "http://localhost:1");
  // @ts-expect-error what may be undefined is not a text
  const text: string = bookings.persona;
  console.log(text);
}

nodeTest("one", { bookings: start, timeout: 1000 }, async (context, bookings) => {
  context.diagnostic(await describeExchanges(bookings));
  const emulator: Emulator = await emulatorOfProcess();
  assert.equal(emulator.startedBy, "command");
});
nodeTest("two", (_, bookings) => drive(bookings));
nodeTest("three", (_, bookings) => readAnswers(bookings));

vitestTest("three", async ({ bookings, emulator }) => {
  await refuse(bookings);
  await emulator.stop();
});
const started = vitestTest.extend({ bookingsStart: start });
started("four", async ({ bookings }) => drive(bookings));

playwrightTest.use({ bookingsStart: start });
playwrightTest("five", async ({ page, bookings }) => {
  await page.goto(bookings.pageUrl("a@b.c"));
  expect(await bookings.journal.list({ brief: true, limit: 3 })).toHaveLength(1);
});

export async function main(): Promise<void> {
  try {
    const emulator = await startEmulator({ arguments: ["--auth", "strict"], image: "an/image", timeout: 10 });
    await emulator.stop();
  } catch (error) {
    if (error instanceof LaunchError) console.log(error.tried);
    else if (error instanceof VerificationError) console.log(error.near[0]?.criterion);
    else if (error instanceof ControlError) console.log(error.status);
  }
  console.log(typeof setup);
}
