// Deliveries of the connector: each notification with its attempts, and the subscriptions with their five places.

import * as address from "./address.js";
import { at, get, post } from "./api.js";
import { button, empty, h, toast } from "./dom.js";
import { body } from "./json.js";
import { distance, duration, moment } from "./words.js";

const PLACES = 5;
const KINDS = { delivered: "good", failed: "bad", waiting: "odd", withheld: "odd", discarded: "bad" };

/** The panel. */
export async function show({ query, shared, again, until }) {
  const [deliveries, subscriptions, quirks] = await Promise.all([get("/deliveries", { status: query.status }), get("/subscriptions"), get("/quirks")]);
  const shown = [...deliveries.value].reverse();
  const open = shown.find((each) => each.id === query.open) ?? shown[0];
  let planned = 0;
  until(shared.on(({ kind }) => ["delivery", "reset", "event"].includes(kind) && (clearTimeout(planned), (planned = setTimeout(again, 150)))));
  until(() => clearTimeout(planned));
  const filters = ["", ...Object.keys(KINDS)].map((each) => h("a.tag", { class: each === (query.status ?? "") ? "accent" : "", href: address.to(["deliveries"], { status: each }) }, each || "all"));
  const settle = button("Settle", async () => {
    const found = await post("/deliveries/settle", { timeout: 20 });
    toast(found.settled ? "All are settled" : found.message, found.settled ? "good" : "bad");
    again();
  }, { kind: "small", title: "attempt all deliveries now" });
  return h("div.whole", {}, h("div.master", {},
    h("div.index", {}, h("div.heading", {}, filters, h("span.right"), settle), shown.slice(0, 1000).map((each) => item(each, open, query, shared)), !shown.length && empty("No notifications yet.")),
    h("div.reading", {}, open && detail(open, quirks.value, again), places(subscriptions.value)),
  ));
}

function item(delivery, open, query, shared) {
  return h("a.item", { href: address.to(["deliveries"], { ...query, open: delivery.id }), "aria-current": delivery === open ? "true" : null },
    h("div.line", {}, h("span", {}, `${delivery.event} · ${delivery.business.split("@")[0]}`), h("small", {}, distance(shared.clock.now(), delivery.at))),
    h("small", {}, delivery.callback),
    h("div.buttons", {}, h("span.tag", { class: KINDS[delivery.status] }, delivery.status), h("span.tag", {}, `#${delivery.id}`), h("small", {}, `${delivery.attempts.length} attempt${delivery.attempts.length === 1 ? "" : "s"}`)),
  );
}

function detail(delivery, quirks, again) {
  const redeliver = button("Redeliver", async () => {
    const made = await post(`/deliveries${at(delivery.id)}/redeliver`);
    toast(`Sent again as delivery ${made.id}`, "good");
    again();
  }, { kind: "primary" });
  const attempts = delivery.attempts.map((each, number) =>
    h("li", {}, h("strong", {}, `${number + 1}`), h("span.number", {}, moment(each.at)), each.status ? h("span.status", { class: each.status < 300 ? "good" : "bad" }, each.status) : h("span.tag.bad", {}, each.error), h("small", {}, duration(each.duration))));
  return [
    h("section.card", { "aria-label": "Delivery" },
      h("header", {}, h("h2", {}, `Delivery ${delivery.id}: ${delivery.event}`), h("span.tag", { class: KINDS[delivery.status] }, delivery.status), h("span.right"), redeliver),
      delivery.reason && h("p", {}, delivery.reason),
      h("dl.facts-list", {}, [["to", delivery.callback], ["really called", delivery.target ?? "not called: it does not leave this machine"], ["appointment", h("span.mono", {}, delivery.appointment)], ["tried again", delivery.due && moment(delivery.due)], ["repeats", delivery.repeats && `delivery ${delivery.repeats}`], ["faults", delivery.faults.length > 0 && h("span.buttons", {}, delivery.faults.map((each) => h("a.tag.odd", { href: address.to(["faults"]) }, `fault ${each}`)))], ["caused by", delivery.exchange && h("a", { href: address.to(["exchanges"], { open: delivery.exchange }) }, `exchange ${delivery.exchange}`)]].filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      h("ol.attempts", {}, attempts.length ? attempts : h("li.nothing", {}, "not tried yet")),
    ),
    h("section.card", {}, h("header", {}, h("h2", {}, "Payload")), emptied(delivery, quirks), body(delivery.body)),
  ];
}

/** What a payload has without a value, the quirks that emptied members, and those that decide how the connector shows that. */
function emptied({ body: payload, quirks: touches }, quirks) {
  const bare = Object.entries(payload ?? {}).filter(([, value]) => value === "" || value === null || (Array.isArray(value) && !value.length)).map(([name]) => name);
  const concerned = quirks.filter((each) => each.id.startsWith("connector-") && each.value !== each.default);
  const nulls = quirks.find((each) => each.id === "connector-nulls");
  const touched = touches.map((each) =>
    h("li", {}, h("span.mono", {}, each.member), " ", each.does, " ", h("a.tag.odd", { href: address.to(["quirks"], { open: each.quirk }) }, `quirk ${each.quirk}`)));
  return [touched.length > 0 && h("ul", { "aria-label": "What quirks did" }, touched), h("div.buttons", {},
    bare.length ? h("small", {}, `Without a value: ${bare.join(", ")}.`) : h("small", {}, "Every member has a value."),
    nulls && h("a.tag", { href: address.to(["quirks"], { open: nulls.id }), title: nulls.does }, `quirk ${nulls.id}: ${nulls.value}`),
    concerned.filter((each) => each !== nulls).map((each) => h("a.tag.odd", { href: address.to(["quirks"], { open: each.id }), title: each.does }, `quirk ${each.id}: ${each.value}`)),
  )];
}

function places(subscriptions) {
  const mailboxes = [...new Set(subscriptions.map((each) => each.business))];
  const rows = mailboxes.map((mailbox) => {
    const taken = subscriptions.filter((each) => each.business === mailbox);
    const free = Array.from({ length: Math.max(0, PLACES - taken.length) }, () => h("div.place", {}, "free"));
    return h("div", {}, h("h3", {}, `${mailbox}: ${taken.length} of ${PLACES}`), h("div.places", {}, taken.map((each) => h("div.place.is-taken", { title: each.id }, h("strong", {}, each.changes.join(", ")), h("div", {}, each.url), h("small", {}, `by ${each.owner}, ${moment(each.created)}${each.target ? "" : "; withheld"}`))), free));
  });
  return h("section.card", { "aria-label": "Subscriptions" }, h("header", {}, h("h2", {}, "Subscriptions"), h("small", {}, `a mailbox has ${PLACES} places`)), rows.length ? rows : h("p.nothing", {}, "There are no subscriptions."));
}
