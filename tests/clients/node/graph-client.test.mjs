// @microsoft/microsoft-graph-client over plain http: objects, actions, options, batches and errors.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BatchRequestContent, BatchResponseContent, Client, GraphError, HTTPMessageHandler } from "@microsoft/microsoft-graph-client";

const origin = process.env.EMULATOR_ORIGIN;
const UTC = (dateTime) => ({ dateTime, timeZone: "UTC" });
const customer = {
  "@odata.type": "#microsoft.graph.bookingCustomerInformation",
  name: "Adele Vance",
  emailAddress: "adelev@contoso.com",
};

// The client takes every Authorization off requests over http, so the token is put on behind its back.
class TokenHandler {
  async execute(context) {
    context.options.headers = { ...context.options.headers, Authorization: "Bearer test-token" };
    await this.next.execute(context);
  }

  setNext(next) {
    this.next = next;
  }
}

function connect(defaultVersion = "v1.0") {
  const token = new TokenHandler();
  token.setNext(new HTTPMessageHandler());
  return Client.initWithMiddleware({ baseUrl: `${origin}/`, defaultVersion, middleware: token });
}

const graph = connect();
let business, home, staff, service;

const book = (hour) => graph.api(`${home}/appointments`).post({
  serviceId: service.id,
  startDateTime: UTC(`2030-01-07T${hour}:00:00`),
  endDateTime: UTC(`2030-01-07T${hour}:30:00`),
  staffMemberIds: [staff.id],
  customers: [customer],
});

async function refused(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof GraphError);
    return error;
  }
  assert.fail("the call was not refused");
}

before(async () => {
  business = await graph.api("/solutions/bookingBusinesses").post({ displayName: "Node Test" });
  home = `/solutions/bookingBusinesses/${business.id}`;
  staff = await graph.api(`${home}/staffMembers`).post({
    "@odata.type": "#microsoft.graph.bookingStaffMember",
    displayName: "Dana",
    emailAddress: "dana@contoso.com",
    role: "externalGuest",
  });
  service = await graph.api(`${home}/services`).post({
    displayName: "Check-up",
    defaultDuration: "PT30M",
    staffMemberIds: [staff.id],
  });
});

after(() => graph.api(home).delete());

test("a business is listed, read, changed and published", async () => {
  const { value } = await graph.api("/solutions/bookingBusinesses").get();
  assert.ok(value.some((each) => each.id === business.id));
  assert.equal(await graph.api(home).patch({ phone: "5550100" }), undefined);
  await graph.api(`${home}/publish`).post(null);
  const read = await graph.api(home).get();
  assert.deepEqual([read.displayName, read.phone, read.isPublished], ["Node Test", "5550100", true]);
  await graph.api(`${home}/unpublish`).post(null);
});

test("a staff member, a service, a customer and a question are read, changed and deleted", async () => {
  for (const [set, body] of [
    ["staffMembers", { ...staff, id: undefined, emailAddress: "other@contoso.com" }],
    ["services", { defaultDuration: "PT1H" }],
    ["customers", { "@odata.type": "#microsoft.graph.bookingCustomer", emailAddress: "adelev@contoso.com" }],
    ["customQuestions", { answerInputType: "text" }],
  ]) {
    const made = await graph.api(`${home}/${set}`).post({ ...body, displayName: "First" });
    const one = `${home}/${set}/${made.id}`;
    await graph.api(one).patch({ displayName: "Second" });
    assert.equal((await graph.api(one).get()).displayName, "Second");
    await graph.api(one).delete();
    assert.equal((await refused(graph.api(one).get())).statusCode, 404);
  }
});

test("an appointment is booked, read, moved, viewed and cancelled", async () => {
  const made = await book(10);
  const one = `${home}/appointments/${made.id}`;
  assert.equal(made.customers[0]["@odata.type"], "#microsoft.graph.bookingCustomerInformation");
  await graph.api(one).patch({ startDateTime: UTC("2030-01-07T11:00:00"), endDateTime: UTC("2030-01-07T12:00:00") });
  assert.equal((await graph.api(one).get()).duration, "PT1H");
  const window = { start: "2030-01-07T00:00:00Z", end: "2030-01-08T00:00:00Z" };
  assert.equal((await graph.api(`${home}/calendarView`).query(window).get()).value.length, 1);
  await graph.api(`${home}/appointments/${made.id}/cancel`).post({ cancellationMessage: "The dentist is ill" });
  assert.deepEqual((await graph.api(`${home}/appointments`).get()).value, []);
});

test("an appointment is deleted", async () => {
  const made = await book(14);
  assert.equal(await graph.api(`${home}/appointments/${made.id}`).delete(), undefined);
  assert.deepEqual((await graph.api(`${home}/appointments`).get()).value, []);
});

test("staff availability is answered", async () => {
  const { value } = await graph.api(`${home}/getStaffAvailability`).post({
    staffIds: [staff.id],
    startDateTime: UTC("2030-01-08T09:00:00"),
    endDateTime: UTC("2030-01-08T12:00:00"),
  });
  assert.deepEqual(value.map((each) => each.staffId), [staff.id]);
  assert.deepEqual(value[0].availabilityItems.map((each) => each.status), ["available"]);
});

test("options select, filter, order, cut and count", async () => {
  for (const displayName of ["Adele", "Bianca", "Christie"]) {
    await graph.api(`${home}/customQuestions`).post({ displayName });
  }
  const page = await graph.api(`${home}/customQuestions`)
    .select("displayName").filter("displayName ne 'Bianca'").orderby("displayName desc").top(1).count(true).get();
  assert.deepEqual(page.value, [{ displayName: "Christie" }]);
  assert.equal(page["@odata.count"], 2);
  assert.equal(await graph.api(`${home}/customQuestions/$count`).get(), "3"); // text/plain stays text
});

test("pages are walked by the path of their links", async () => {
  const seen = [];
  let path = `${home}/customQuestions?$orderby=displayName`;
  while (path) {
    const page = await graph.api(path).header("Prefer", "odata.maxpagesize=2").get();
    seen.push(...page.value.map((each) => each.displayName));
    path = page["@odata.nextLink"]?.replace(`${origin}/v1.0`, "");
  }
  assert.deepEqual(seen, ["Adele", "Bianca", "Christie"]);
});

test("a batch is answered part by part, with bodies", async () => {
  const json = { "Content-Type": "application/json" };
  const at = (path) => `${origin}/v1.0${path}`;
  const batch = new BatchRequestContent([
    { id: "read", request: new Request(at(home), { method: "GET" }) },
    { id: "made", request: new Request(at(`${home}/customers`), {
      method: "POST",
      headers: json,
      body: JSON.stringify({ "@odata.type": "#microsoft.graph.bookingCustomer", displayName: "Adele" }),
    }) },
    { id: "none", request: new Request(at(`${home}/services/none`), { method: "GET" }) },
  ]);
  const answer = new BatchResponseContent(await graph.api("/$batch").post(await batch.getContent()));
  assert.equal((await answer.getResponseById("read").json()).displayName, "Node Test");
  assert.equal(answer.getResponseById("made").status, 201);
  assert.equal((await answer.getResponseById("none").json()).error.code, "ErrorItemNotFound");
});

test("a refusal becomes a GraphError with its code, message and request id", async () => {
  const error = await refused(graph.api(`${home}/services/none`).get());
  assert.deepEqual([error.statusCode, error.code], [404, "ErrorItemNotFound"]);
  assert.equal(error.message, "The specified object was not found in the store.");
  assert.match(error.requestId, /^[0-9a-f-]{36}$/);
});

test("the client without a handler of its own comes without a token over http", async () => {
  const plain = Client.init({ baseUrl: `${origin}/`, authProvider: (done) => done(null, "test-token") });
  const error = await refused(plain.api(home).get());
  assert.deepEqual([error.statusCode, error.code], [401, "InvalidAuthenticationToken"]);
});

test("beta has its own names, at the root and below solutions", async () => {
  const beta = connect("beta");
  for (const root of ["/bookingBusinesses", "/solutions/bookingBusinesses"]) {
    assert.equal((await beta.api(`${root}/${business.id}`).get()).displayName, "Node Test");
  }
});
