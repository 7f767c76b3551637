// A strict program over the types that generators make of every document: of Graph, of the control plane, of the
// connector, and of its notification. It is compiled, and run against an emulator as well.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components as GraphParts, paths as GraphPaths } from "./v1.0.js";
import type { paths as BetaPaths } from "./beta.js";
import type { components as ControlParts, paths as ControlPaths } from "./control.js";
import type { components as ConnectorParts, paths as ConnectorPaths } from "./connector-openapi3.js";
import type { AppointmentData } from "./notification.js";

const origin = process.env.EMULATOR_ORIGIN ?? "http://localhost:8365";
const headers = { Authorization: "Bearer test-token" };
const dental = "ContosoDental@contoso.onmicrosoft.com";

type Fault = ControlParts["schemas"]["Fault"];
type Appointment = GraphParts["schemas"]["bookingAppointment"];

// a tenant of its own: what the answer holds is known, not `never`
const emulator = createClient<ControlPaths>({ baseUrl: origin });
const made = await emulator.POST("/_emulator/tenants", { body: { now: "2026-01-05T08:00:00Z", seed: 7 } });
if (made.data === undefined) throw new Error(made.error.error);
const tenant: { name: string; token: string } = made.data;
const graphUrl: string = made.data.graph["v1.0"];
const control = createClient<ControlPaths>({ baseUrl: made.data.control.replace(/\/_emulator$/, "") });

// Graph: a body holds what one wants to say, nothing that has a default
const graph = createClient<GraphPaths>({ baseUrl: graphUrl, headers });
const path = { "bookingBusiness-id": dental };
const services = await graph.GET("/solutions/bookingBusinesses/{bookingBusiness-id}/services", { params: { path } });
const [service] = services.data?.value ?? [];
assert.ok(service?.id && service.staffMemberIds);
const booked = await graph.POST("/solutions/bookingBusinesses/{bookingBusiness-id}/appointments", {
  params: { path },
  body: {
    serviceId: service.id,
    staffMemberIds: service.staffMemberIds.slice(0, 1),
    startDateTime: { dateTime: "2026-01-12T18:00:00", timeZone: "UTC" },
    endDateTime: { dateTime: "2026-01-12T18:30:00", timeZone: "UTC" },
    customers: [{ "@odata.type": "#microsoft.graph.bookingCustomerInformation", name: "Adele Vance" }],
  },
});
const appointment: Appointment | undefined = booked.data;
assert.equal(appointment?.serviceId, service.id, booked.error?.error.message);
const moved = await graph.PATCH(
  "/solutions/bookingBusinesses/{bookingBusiness-id}/appointments/{bookingAppointment-id}",
  { params: { path: { ...path, "bookingAppointment-id": appointment?.id ?? "" } }, body: { serviceNotes: "ring twice" } },
);
assert.equal(moved.response.status, 204);
const beta = createClient<BetaPaths>({ baseUrl: made.data.graph.beta, headers });
const businesses = await beta.GET("/solutions/bookingBusinesses", { params: { query: { $top: 2, $select: ["id"] } } });
assert.equal(businesses.data?.value.length, 2);

// the control plane: parameters are numbers, booleans and lists, answers have members
const journal = await control.GET("/_emulator/journal", {
  params: { query: { limit: 20, brief: true, status: ["2xx", "404"] } },
});
const statuses: number[] | undefined = journal.data?.value.map((exchange) => exchange.status);
assert.deepEqual(statuses, [200, 201, 204, 200]);
const verdict = await control.POST("/_emulator/journal/verify", {
  body: { match: { operation: "createAppointment", status: 201 }, exactly: 1 },
});
assert.ok(verdict.data?.ok, verdict.data?.message);
const rule = { match: { operation: "listServices" }, effect: { problem: "throttle.mailbox" as const } };
const fault = await control.POST("/_emulator/faults", { body: { ...rule, schedule: { first: 1 } } });
const left: Fault["left"] | undefined = fault.data?.left;
assert.equal(left, 1);
const refused = await control.GET("/_emulator/faults/{id}", { params: { path: { id: "f9" } } });
assert.match(refused.error?.error ?? "", /there is no fault 'f9'/);

// the connector: what one subscribes with, and what one is sent
const connector = createClient<ConnectorPaths>({ baseUrl: made.data.connector, headers });
const webhook: ConnectorParts["schemas"]["Webhookresponse"] | undefined = (
  await connector.POST("/BookingsService/api/V1/bookingBusinesses/{SMTPAddress}/webhook/AppointmentCreated", {
    params: { path: { SMTPAddress: dental } },
    body: { webhook: { notification_url: "https://a.logic.azure.com/b", resource: "Appointments", change_type: ["Created"] } },
  })
).data;
assert.ok(webhook?.webhookId);
await graph.POST("/solutions/bookingBusinesses/{bookingBusiness-id}/appointments", {
  params: { path },
  body: {
    serviceId: service.id,
    startDateTime: { dateTime: "2026-01-13T18:00:00", timeZone: "UTC" },
    endDateTime: { dateTime: "2026-01-13T18:30:00", timeZone: "UTC" },
  },
});
const deliveries = await control.GET("/_emulator/deliveries", { params: { query: { event: "Created" } } });
const notification: AppointmentData | undefined = deliveries.data?.value[0]?.body;
const seconds: number | null | undefined = notification?.Duration;
assert.ok(seconds && seconds >= 1800);

export async function refuseWhatIsWrong(): Promise<void> {
  // @ts-expect-error a number is wanted
  await control.POST("/_emulator/tenants", { body: { seed: "seven" } });
  // @ts-expect-error no kind of message
  await control.GET("/_emulator/outbox", { params: { query: { kind: "nope" } } });
  // @ts-expect-error a number is wanted
  await control.GET("/_emulator/journal", { params: { query: { limit: "twenty" } } });
  // @ts-expect-error no such refusal
  await control.POST("/_emulator/faults", { body: { effect: { problem: "throttle.mailbx" } } });
  // @ts-expect-error the answer has no such member
  assert.ok(verdict.data?.okay);
}

await emulator.DELETE("/_emulator/tenants/{tenant}", { params: { path: { tenant: tenant.name } } });
console.log("every document is typed");
