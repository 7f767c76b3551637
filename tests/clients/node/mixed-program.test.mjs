// A program that calls more than Bookings, with @microsoft/microsoft-graph-client: who is signed in, a booking, a mail, a stub.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, HTTPMessageHandler } from "@microsoft/microsoft-graph-client";

const origin = process.env.EMULATOR_ORIGIN;
const json = { "Content-Type": "application/json" };
let tenant, graph;

async function control(method, path, body) {
  const answer = await fetch(`${tenant.control}${path}`, { method, headers: json, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

before(async () => {
  const body = JSON.stringify({ now: "2026-01-05T08:00:00Z" });
  tenant = await (await fetch(`${origin}/_emulator/tenants`, { method: "POST", headers: json, body })).json();
  const token = {
    async execute(context) {
      context.options.headers = { ...context.options.headers, Authorization: "Bearer administrator" };
      await this.next.execute(context);
    },
    setNext(next) {
      this.next = next;
    },
  };
  token.setNext(new HTTPMessageHandler());
  graph = Client.initWithMiddleware({ baseUrl: tenant.graph["v1.0"].replace("v1.0", ""), middleware: token });
});

after(() => fetch(`${origin}/_emulator/tenants/${tenant.name}`, { method: "DELETE" }));

test("it reads who is signed in, books, writes a mail and asks what a stub answers", async () => {
  await control("PUT", "/stubs", [{ request: "GET /me/messages", name: "messages", body: { value: [{ subject: "For {caller.upn}" }] } }]);
  const me = await graph.api("/me").select("displayName,mail").get();
  const [business] = (await graph.api("/solutions/bookingBusinesses").get()).value;
  const home = `/solutions/bookingBusinesses/${business.id}`;
  const [service] = (await graph.api(`${home}/services`).get()).value;
  const made = await graph.api(`${home}/appointments`).post({
    serviceId: service.id,
    staffMemberIds: service.staffMemberIds.slice(0, 1),
    startDateTime: { dateTime: "2026-01-12T18:00:00", timeZone: "UTC" },
    endDateTime: { dateTime: "2026-01-12T18:30:00", timeZone: "UTC" },
    customers: [{ "@odata.type": "#microsoft.graph.bookingCustomerInformation", name: "Adele", emailAddress: "adelev@contoso.com" }],
  });
  await graph.api("/me/sendMail").post({
    message: {
      subject: `${made.serviceName} with ${me.displayName}`,
      body: { contentType: "Text", content: "See you" },
      toRecipients: [{ emailAddress: { address: "adelev@contoso.com" } }],
    },
  });
  const [message] = (await graph.api("/me/messages").get()).value;
  assert.equal(message.subject, "For danas@contoso.onmicrosoft.com");
  const sent = (await control("GET", "/outbox?kind=mail")).value;
  assert.deepEqual(sent.map(({ subject }) => subject), [`${service.displayName} with Dana Swope`]);
  const journal = (await control("GET", "/journal?plane=graph")).value.map(({ operation }) => operation);
  assert.deepEqual(journal, ["getMe", "listBusinesses", "listServices", "createAppointment", "sendMyMail", "stub.messages"]);
  const verdict = await control("POST", "/journal/verify", { match: { operation: "sendMyMail" }, exactly: 1 });
  assert.equal(verdict.ok, true);
});
