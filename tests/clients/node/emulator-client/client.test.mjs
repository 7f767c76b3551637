// The control client: what it asks comes true, and a refusal is an error with the plain sentence.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BookingsClient, ControlError, VerificationError, describeExchanges } from "graph-bookings-emulator-client";

const emulator = new BookingsClient(process.env.EMULATOR_ORIGIN);
const NOW = "2026-01-05T08:00:00Z";
const BUSINESSES = "/solutions/bookingBusinesses";
let bookings, business;

beforeEach(async () => {
  bookings = await emulator.tenant({ fixture: "default", seed: 1, now: new Date(NOW) });
  [business] = await bookings.businesses();
});

afterEach(() => bookings.drop().catch(() => undefined));

const addCustomer = (displayName) => bookings.graph(`${BUSINESSES}/${business.id}/customers`, {
  method: "POST",
  body: { "@odata.type": "#microsoft.graph.bookingCustomer", displayName },
});
const countCustomers = async () => (await bookings.businesses())[0].customers;

test("the emulator says what it is", async () => {
  assert.equal(await emulator.isReady(), true);
  assert.match(await emulator.version(), /^\d+\.\d+\.\d+/);
  assert.equal((await emulator.index()).name, "graph-bookings-emulator");
});

test("a tenant has addresses, and is gone when it is dropped", async () => {
  assert.equal((await fetch(`${bookings.graphUrl}${BUSINESSES}`, { headers: await bookings.headers() })).status, 200);
  assert.equal((await fetch(`${bookings.betaUrl}/bookingBusinesses`, { headers: await bookings.headers() })).status, 200);
  const page = await fetch(bookings.pageUrl(business.id));
  assert.notEqual(page.headers.get("content-type"), "application/json");
  assert.ok((await emulator.tenants()).some((each) => each.name === bookings.name));
  await bookings.drop();
  assert.ok(!(await emulator.tenants()).some((each) => each.name === bookings.name));
});

test("the token of a tenant leads there from the address of another", async () => {
  await addCustomer("Only here");
  const url = `${emulator.graphUrl}${BUSINESSES}/${business.id}/customers`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${bookings.token}` } });
  assert.ok((await response.json()).value.some((each) => each.displayName === "Only here"));
});

test("two tenants know nothing of each other", async () => {
  const other = await emulator.tenant({ fixture: "default" });
  const before = (await other.businesses())[0].customers;
  await addCustomer("Adele Vance");
  assert.equal((await other.businesses())[0].customers, before);
  await other.drop();
});

test("reset, snapshots and state bring back what was", async () => {
  const [start, state] = [await countCustomers(), await bookings.state()];
  await addCustomer("First");
  const kept = await bookings.snapshots.take("one more");
  await addCustomer("Second");
  assert.equal(await countCustomers(), start + 2);
  assert.deepEqual(await bookings.snapshots.list(), ["one more"]);
  await bookings.snapshots.restore(kept);
  assert.equal(await countCustomers(), start + 1);
  await bookings.snapshots.drop(kept);
  await bookings.replaceState(state);
  assert.equal(await countCustomers(), start);
  await addCustomer("Third");
  await bookings.reset();
  assert.equal(await countCustomers(), start);
  assert.match(await bookings.snapshots.take(), /\w/);
});

test("the clock is read, moved and set free", async () => {
  assert.deepEqual([(await bookings.clock.read()).mode, Date.parse((await bookings.clock.read()).now)], ["frozen", Date.parse(NOW)]);
  assert.match((await bookings.clock.advance("P1D")).now, /^2026-01-06T08/);
  assert.match((await bookings.clock.advance({ to: new Date("2026-01-07T09:00:00Z") })).now, /^2026-01-07T09/);
  assert.equal((await bookings.clock.set("2026-02-01T00:00:00Z")).mode, "offset");
  assert.equal((await bookings.clock.freeze()).mode, "frozen");
  assert.equal((await bookings.clock.release()).mode, "real");
});

test("faults hurt calls, count, and are dropped", async () => {
  const [throttle] = await bookings.faults.preset("throttled", { schedule: { first: 1 } });
  assert.equal((await bookings.graph(BUSINESSES)).status, 429);
  assert.equal((await bookings.graph(BUSINESSES)).status, 200);
  assert.equal((await bookings.faults.get(throttle.id)).fired, 1);
  const rule = await bookings.faults.add({ match: { operation: "listBusinesses" }, effect: { status: 503 } });
  assert.equal((await bookings.graph(BUSINESSES)).status, 503);
  await bookings.faults.drop(rule.id);
  assert.equal((await bookings.graph(BUSINESSES)).status, 200);
  await bookings.faults.clear();
  assert.deepEqual(await bookings.faults.list(), []);
  assert.ok((await bookings.faults.presets()).some((each) => each.name === "throttled"));
});

test("quirks are switched", async () => {
  await bookings.quirks.set("unknown-members", false);
  const { value } = (await bookings.quirks.list()).find((each) => each.id === "unknown-members");
  assert.equal(value, false);
});

test("the journal tells, counts and waits", async () => {
  await addCustomer("Adele Vance");
  await bookings.graph(`${BUSINESSES}/nope`);
  const refused = await bookings.journal.list({ status: [404, "5xx"] });
  assert.deepEqual(refused.map((each) => each.operation), ["getBusiness"]);
  assert.match(refused[0].reason, /nope/);
  assert.equal((await bookings.journal.get(refused[0].number)).number, refused[0].number);
  assert.equal(await bookings.journal.verify({ operation: "createCustomer" }, { exactly: 1 }), 1);
  assert.equal(await bookings.journal.verify({ operation: ["createCustomer", "getBusiness"] }), 2);
  assert.equal(await bookings.journal.verify({ operation: "cancelAppointment" }, { never: true }), 0);
  assert.equal(await bookings.journal.verify({ body: { displayName: "Adele Vance" } }), 1);
  assert.equal((await bookings.journal.list({ body: { displayName: "Adele Vance" } })).length, 1);
  assert.deepEqual(await bookings.journal.list({ body: { displayName: "Nobody" } }), []);
  await assert.rejects(bookings.journal.list({ operation: ["createCustomer"] }), /takes a single value here/);
  assert.equal((await bookings.journal.wait({ operation: "create*" })).status, 201);
  const coming = bookings.journal.wait({ operation: "listBusinesses" }, { since: refused[0].number });
  await bookings.graph(BUSINESSES);
  assert.equal((await coming).operation, "listBusinesses");
  assert.deepEqual(await bookings.journal.notes({ kind: "retried-early" }), []);
  assert.ok((await bookings.journal.permissions()).application.least.length > 0);
  assert.equal((await bookings.journal.har()).log.version, "1.2");
  assert.ok((await bookings.journal.scenario()).step.length > 0);
  await bookings.journal.clear();
  assert.deepEqual(await bookings.journal.list(), []);
});

test("a verdict that is not right tells the near misses", async () => {
  await addCustomer("Adele Vance");
  await assert.rejects(bookings.journal.verify({ operation: "createCustomer", status: 400 }), (error) => {
    assert.ok(error instanceof VerificationError);
    assert.match(error.message, /near: POST .*customers → 201 \(status: expected 400, got 201\)/);
    assert.equal(error.near.length, 1);
    return true;
  });
  await assert.rejects(bookings.journal.wait({ operation: "cancelAppointment" }, { timeout: 0.1 }), VerificationError);
});

test("the outbox is read, and a misspelled kind refused", async () => {
  const waiting = await bookings.outbox.list({ status: "waiting" });
  assert.ok(waiting.length > 0);
  assert.ok(waiting.every((each) => each.status === "waiting"));
  await assert.rejects(bookings.outbox.list({ kind: "confirmatoin" }), /did you mean 'confirmation'/);
});

test("notifications are delivered, settled and sent again", async () => {
  const received = [];
  const receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk)).on("end", () => {
      received.push(JSON.parse(text));
      response.end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    const webhook = await bookings.subscribe(business.id, "Updated", `http://127.0.0.1:${receiver.address().port}/?sig=secret`);
    assert.deepEqual((await bookings.subscriptions()).map((each) => each.id), [webhook]);
    const path = `${BUSINESSES}/${business.id}/appointments`;
    const [{ id }] = (await (await bookings.graph(path)).json()).value;
    const changed = await bookings.graph(`${path}/${id}`, {
      method: "PATCH",
      body: { serviceNotes: "Changed" },
    });
    assert.equal(changed.status, 204, changed.headers.get("x-emulator-reason"));
    await bookings.deliveries.settle();
    const [delivery] = await bookings.deliveries.list({ status: "delivered" });
    assert.equal(received.length, 1);
    await bookings.deliveries.redeliver(delivery.id);
    await bookings.deliveries.settle({ timeout: 5 });
    assert.equal(received.length, 2);
    await bookings.unsubscribe(business.id, webhook);
    assert.deepEqual(await bookings.subscriptions(), []);
  } finally {
    receiver.close();
  }
});

test("stubs answer beside Bookings", async () => {
  const stub = await bookings.stubs.add({ request: "GET /me/messages", body: { value: [] } });
  assert.deepEqual(await (await bookings.graph("/me/messages")).json(), { value: [] });
  assert.equal((await bookings.stubs.list())[0].hits, 1);
  await bookings.stubs.drop(stub.name);
  await bookings.stubs.replace([{ request: "GET /me/events", name: "events", body: {} }]);
  assert.deepEqual((await bookings.stubs.list()).map((each) => each.name.replace("stub.", "")), ["events"]);
  await bookings.stubs.clear();
  assert.deepEqual(await bookings.stubs.list(), []);
});

test("a scenario is loaded by its name and as it would be in a file", async () => {
  const [scenario] = await bookings.scenarios();
  await bookings.load(scenario.name);
  assert.notEqual((await bookings.index()).fixtures, undefined);
  await bookings.graph(BUSINESSES);
  await bookings.load({ ...(await bookings.journal.scenario()), given: { fixture: "empty" } });
  assert.deepEqual(await bookings.businesses(), []);
  await assert.rejects(bookings.load("nonsense"), { name: "ControlError", status: 404 });
});

test("a scenario is played in a tenant of its own", async () => {
  const played = await bookings.play("five-customers");
  assert.deepEqual([played.result, played.tenant], ["passed", null]);
  const { name, ...rest } = await bookings.scenario("five-customers");
  assert.equal(name, undefined);
  const kept = await bookings.play(rest, { keep: true });
  assert.equal(kept.result, "passed");
  assert.ok((await emulator.tenants()).some((each) => each.name === kept.tenant));
  await new BookingsClient(`${emulator.url}/tenants/${kept.tenant}`).drop();
});

test("records are looked at without a trace", async () => {
  assert.equal((await bookings.business(business.id)).displayName, business.displayName);
  const { timeZone } = await bookings.calendar(business.id, new Date(NOW), "2026-01-06T08:00:00Z");
  assert.equal(timeZone, business.timeZone);
  assert.deepEqual(await bookings.journal.list(), []);
});

test("what faults are made of, and what is seen of them, is listed", async () => {
  const { id } = (await bookings.faults.problems()).find((each) => each.id === "throttle.rate");
  assert.ok((await bookings.faults.operations()).some((each) => each.name === "createAppointment"));
  assert.ok((await bookings.troubleshooting(id)).every((each) => each.problem === id));
  assert.ok((await bookings.troubleshooting()).length > 0);
});

test("settings of the booking pages are shown and set", async () => {
  const added = await bookings.addRecord({ displayName: "Fourth Coffee" });
  const place = { business: added.business, set: "services" };
  assert.equal((await bookings.addRecord({ displayName: "Tasting" }, place)).business, added.id);
  const [name, value] = Object.entries(await bookings.tenantSettings())[0];
  assert.equal((await bookings.tenantSettings({ [name]: !value }))[name], !value);
});

test("certificates and devices are there to sign in with", async () => {
  assert.match(await bookings.certificate("application"), /BEGIN CERTIFICATE/);
  assert.match(await emulator.ca(), /BEGIN CERTIFICATE/);
  assert.deepEqual(await bookings.deviceCodes(), []);
  await assert.rejects(bookings.answerDevice("ABCD1234", null), { name: "ControlError", status: 404 });
});

test("a persona calls as itself, and its sessions can be ended", async () => {
  const tenant = await emulator.tenant({ persona: "powerless" });
  assert.equal((await tenant.graph(BUSINESSES)).status, 403);
  assert.equal((await tenant.graph(BUSINESSES, { persona: "administrator" })).status, 200);
  const headers = await tenant.headers("administrator");
  await tenant.revoke("administrator");
  assert.equal((await fetch(`${tenant.graphUrl}${BUSINESSES}`, { headers })).status, 401);
  assert.ok((await tenant.personas()).some((each) => each.name === "powerless"));
  const expired = await tenant.headers("administrator", { wrong: "expired" });
  assert.equal((await fetch(`${tenant.graphUrl}${BUSINESSES}`, { headers: expired })).status, 401);
  await tenant.drop();
});

test("a refusal is an error with the plain sentence and its status", async () => {
  await assert.rejects(emulator.tenant({ fixtur: "empty" }), (error) => {
    assert.ok(error instanceof ControlError);
    assert.equal(error.status, 400);
    assert.match(error.message, /unknown member 'fixtur'.*did you mean 'fixture'/);
    return true;
  });
  await assert.rejects(bookings.snapshots.restore("none"), { name: "ControlError", status: 404 });
  const count = (await emulator.tenants()).length;
  await assert.rejects(emulator.tenant({ persona: "boker" }), /there is no persona 'boker'/);
  assert.equal((await emulator.tenants()).length, count, "the tenant of a persona that there is not stays");
  await assert.rejects(bookings.accessToken(undefined, { wrong: "expired" }), /give persona as well/);
});

test("a name cannot lead elsewhere, and no address is taken that is none", async () => {
  for (const name of ["", ".", ".."]) await assert.rejects(bookings.snapshots.restore(name), /expected a name/);
  await assert.rejects(bookings.snapshots.restore("../reset"), { status: 404 });
  for (const url of ["localhost:8365", "ftp://localhost", "nonsense"]) {
    assert.throws(() => new BookingsClient(url), /expected the URL of an emulator/);
  }
});

test("an emulator that is not there is told with what to do", async () => {
  const nobody = new BookingsClient("http://127.0.0.1:9");
  assert.equal(await nobody.isReady(), false);
  await assert.rejects(nobody.reset(), /no emulator responds at http:\/\/127\.0\.0\.1:9/);
});

test("the key of the control plane is sent, and a fetch of one's own is used", async () => {
  const seen = [];
  const spy = (url, options) => {
    seen.push(options.headers["X-Emulator-Key"]);
    return fetch(url, options);
  };
  const tenant = await new BookingsClient(emulator.url, { key: "open sesame", fetch: spy }).tenant();
  await tenant.drop();
  assert.deepEqual(seen, ["open sesame", "open sesame"]);
});

test("the types name what there is, and nothing else", () => {
  const text = readFileSync(new URL("./index.d.ts", import.meta.resolve("graph-bookings-emulator-client")), "utf8");
  const namesOf = (kind) => {
    const [, body] = new RegExp(`(?:class|interface) ${kind} \\{\n(.*?)\n\\}`, "s").exec(text);
    return [...body.matchAll(/^ {2}(\w+)\(/gm)].map((each) => each[1]).sort();
  };
  const parts = ["clock", "quirks", "faults", "journal", "outbox", "deliveries", "stubs", "snapshots"];
  for (const part of [bookings, ...parts.map((each) => bookings[each])]) {
    const { name } = part.constructor;
    const there = Object.getOwnPropertyNames(Object.getPrototypeOf(part)).filter((each) => each !== "constructor");
    assert.deepEqual(namesOf(name).filter((each) => each !== "constructor"), there.sort(), name);
  }
});

test("every call of the control plane has its method, but those that say why not", async () => {
  const lib = dirname(fileURLToPath(import.meta.resolve("graph-bookings-emulator-client")));
  const code = ["client.js", "collections.js"].map((each) => readFileSync(join(lib, each), "utf8")).join("\n");
  // how a call stands in the code: this.#line.get("/faults/presets"), this.#line.put(pathOf("quirks", id)
  const written = [...code.matchAll(/#line\.(get|post|put|delete)\((?:"([^"]*)"|pathOf\(([^)]*)\))/g)].map(([, method, path, names]) => {
    const quoted = path ?? names.split(", ").map((each) => `/${each.startsWith('"') ? JSON.parse(each) : "{}"}`).join("");
    return `${method.toUpperCase()} /_emulator${quoted}`;
  });
  const document = await (await fetch(`${emulator.url}/_emulator/openapi/control.json`)).json();
  const there = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`));
  const elsewhere = [
    "GET /_emulator/events", // a stream, for fetch or EventSource
    "GET /_emulator/openapi/{}.json", // documents, for generators
    "GET /_emulator/reference",
    "GET /_emulator/schemas/fixture.json",
    "GET /_emulator/schemas/notification.json",
    "GET /_emulator/schemas/recipe.json",
    "GET /_emulator/schemas/scenario.json",
    "GET /_emulator/tenants/{}", // what a tenant is stands in its client and in tenants()
  ];
  assert.deepEqual(there.filter((each) => !written.includes(each)).sort(), elsewhere);
  assert.deepEqual(written.filter((each) => !there.includes(each)), []);
});

test("the report has method, path, status and reason", async () => {
  assert.match(await describeExchanges(bookings), /^none: this tenant received no request/);
  await addCustomer("Adele Vance");
  await bookings.graph(`${BUSINESSES}/${business.id}/customers`, { method: "POST", body: { displayName: 7 } });
  const text = await describeExchanges(bookings);
  assert.match(text, /^POST \/\S+\/customers → 201 {2}as anyone {2}\([\d.]+ ms\)$/m);
  assert.match(text, /^POST \/\S+\/customers → [45]\d\d .*\n {4}\S+: .+\n {4}sent: \{"displayName":7\}$/m);
  await bookings.drop();
  assert.match(await describeExchanges(bookings), /^the journal cannot be read: /);
});
