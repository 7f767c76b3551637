// Booking, moving and cancelling, through Graph and as the chosen persona, so that a refusal comes with its reason.

import { at, call } from "./api.js";
import { button, dialog, field, fill, h, select, toast } from "./dom.js";
import { body } from "./json.js";
import { clockOf, minutesOf } from "./zones.js";

const path = (business, ...names) => `/v1.0/solutions/bookingBusinesses${at(business.id, "appointments", ...names)}`;

/** A moment as Graph takes it: the local time of the business and its zone. */
function dateTime(date, minutes, zone) {
  const days = Math.floor(minutes / 1440);
  const day = new Date(Date.parse(`${date}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);
  return { "@odata.type": "#microsoft.graph.dateTimeTimeZone", dateTime: `${day}T${clockOf(minutes)}:00`, timeZone: zone };
}

const minutesIn = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** What an answer says, where it happens. */
function verdict(answer, what) {
  if (answer.ok) return h("p.tag.good", {}, `${answer.status}: ${what}`);
  return h("div.refusal", { role: "alert" },
    h("strong", {}, `${answer.status || "No answer"} ${answer.code}`),
    h("span", {}, answer.reason || answer.body?.error?.message || "no reason given"),
    h("small", {}, `A client sees: ${JSON.stringify(answer.body?.error?.message ?? "")}. The reason is the emulator's.`));
}

const actorName = (actor) => actor || "full permissions";

/** Ask for what a booking needs, and book it. */
export function book(scene, { date, minutes, staff }) {
  const { business, zone, actor } = scene;
  const services = business.services ?? [];
  const members = business.staffMembers ?? [];
  const service = select(services.map((each) => [each.id, `${each.displayName} (${minutesOf(each.defaultDuration)} min)`]), services.find((each) => !staff || each.staffMemberIds?.includes(staff))?.id ?? services[0]?.id);
  const member = select([["", "nobody named"], ...members.map((each) => [each.id, each.displayName])], staff ?? services.find((each) => each.id === service.value)?.staffMemberIds?.[0] ?? "");
  const day = h("input", { type: "date", value: date });
  const time = h("input", { type: "time", value: clockOf(minutes), step: "300" });
  const name = h("input", { value: "Adele Vance" });
  const mail = h("input", { type: "email", value: "adelev@contoso.com" });
  const result = h("div");
  dialog("Book an appointment", (close) => {
    const send = async () => {
      const start = minutesIn(time.value);
      const length = minutesOf(services.find((each) => each.id === service.value)?.defaultDuration);
      const answer = await call("POST", path(business), {
        serviceId: service.value,
        staffMemberIds: member.value ? [member.value] : [],
        startDateTime: dateTime(day.value, start, zone),
        endDateTime: dateTime(day.value, start + length, zone),
        customers: [{ "@odata.type": "#microsoft.graph.bookingCustomerInformation", name: name.value, emailAddress: mail.value }],
      }, actor);
      fill(result, verdict(answer, "booked"));
      if (!answer.ok) return;
      toast(`Booked as ${actorName(actor)}`, "good");
      close();
      await scene.again();
    };
    return h("form", { onsubmit: (event) => event.preventDefault() },
      h("div.fields", {}, field("Service", service), field("Staff", member), field("Day", day), field(`Time (${zone})`, time), field("Customer", name), field("Mail", mail)),
      h("br"), result, h("br"),
      h("div.buttons", {}, button(`Book as ${actorName(actor)}`, send, { kind: "primary" }), button("Close", close)));
  });
}

/** Show an appointment, with what can be done about it. */
export function look(scene, appointment, { date, minutes }) {
  const { business, zone, actor } = scene;
  const day = h("input", { type: "date", value: date });
  const time = h("input", { type: "time", value: clockOf(minutes), step: "300" });
  const message = h("input", { value: "We are closed that day." });
  const result = h("div");
  const length = Math.round((Date.parse(appointment.end) - Date.parse(appointment.start)) / 60000);
  const id = appointment.id;
  dialog(`${appointment.serviceName ?? "Appointment"}, ${date} ${clockOf(minutes)}`, (close) => {
    const done = async (answer, what) => {
      fill(result, verdict(answer, what));
      if (!answer.ok) return;
      toast(`${what} as ${actorName(actor)}`, "good");
      close();
      await scene.again();
    };
    const move = async () => done(await call("PATCH", path(business, id), moved(day.value, minutesIn(time.value), length, zone), actor), "Moved");
    const cancel = async () => done(await call("POST", path(business, id, "cancel"), { cancellationMessage: message.value }, actor), "Cancelled");
    return [
      h("div.fields", {}, field("Day", day), field(`Time (${zone})`, time)),
      h("div.buttons", {}, button(`Move as ${actorName(actor)}`, move, { kind: "primary" })),
      field("Cancellation message", message),
      h("div.buttons", {}, button(`Cancel it as ${actorName(actor)}`, cancel, { kind: "danger" })),
      result,
      body(appointment),
    ];
  }, { class: "wide" });
}

const moved = (date, minutes, length, zone) => ({
  "@odata.type": "#microsoft.graph.bookingAppointment",
  startDateTime: dateTime(date, minutes, zone),
  endDateTime: dateTime(date, minutes + length, zone),
});

/** Move an appointment to where it was dragged; a refusal says why, and it goes back. */
export async function change(scene, appointment, { date, minutes, length, staff }) {
  const given = { ...moved(date, minutes, length, scene.zone), ...(staff ? { staffMemberIds: [staff] } : {}) };
  const answer = await call("PATCH", path(scene.business, appointment.id), given, scene.actor);
  if (answer.ok) toast(`Moved to ${date} ${clockOf(minutes)} as ${actorName(scene.actor)}`, "good");
  else dialog("It cannot be moved", () => verdict(answer));
  await scene.again();
}
