// The tests of the reception: node's own test runner, and a tenant of the emulator for each test.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { book, connect } from "./reception.js";

const emulator = process.env.BOOKINGS_EMULATOR_URL ?? "http://localhost:8365";
const dental = "ContosoDental@contoso.onmicrosoft.com";
let graph, control;

async function call(method, url, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
  return answer.status === 204 ? null : answer.json();
}

beforeEach(async () => {
  const tenant = await call("POST", `${emulator}/_emulator/tenants`, { now: "2026-01-05T08:00:00Z" });
  control = tenant.control;
  // an application meets the business rules: opening hours, lead times, one appointment at a time
  graph = connect(tenant.graph["v1.0"].replace("v1.0", ""), "application");
});

test("two customers get different times", async () => {
  const first = await book(graph, dental, "Adele Vance", "2026-01-12");
  const second = await book(graph, dental, "Alex Wilber", "2026-01-12");
  assert.ok(first.startDateTime.dateTime < second.startDateTime.dateTime);
  const { value } = await call("GET", `${control}/outbox?kind=confirmation&to=adele@contoso.com`);
  assert.equal(value.length, 1);
});

test("on a Sunday nobody is there", async () => {
  await assert.rejects(book(graph, dental, "Adele Vance", "2026-01-11"), /has no time/);
  const { value } = await call("GET", `${control}/journal`);
  assert.match(value.at(-1).reason, /bookable hours/);
});
