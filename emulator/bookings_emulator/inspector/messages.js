// Messages as they would look in a mail program, and those that wait for their time.

import * as address from "./address.js";
import { get } from "./api.js";
import { empty, h, linked } from "./dom.js";
import { distance, moment } from "./words.js";

/** The panel. */
export async function show({ query, shared, again, until }) {
  const { value, dropped } = await get("/outbox", { exchange: query.exchange });
  const placed = value.map((each, place) => ({ ...each, place }));
  const all = [...placed.filter((each) => each.sent).reverse(), ...placed.filter((each) => !each.sent)];
  const shown = all.filter((each) => !query.kind || each.kind === query.kind || each.status === query.kind);
  const open = shown.find((each) => String(each.place) === query.open) ?? shown[0];
  let planned = 0;
  until(shared.on(({ kind }) => ["message", "reset"].includes(kind) && (clearTimeout(planned), (planned = setTimeout(again, 150)))));
  until(() => clearTimeout(planned));
  const kinds = ["", "sent", "waiting", ...new Set(all.map((each) => each.kind))];
  const filters = h("div.heading", {}, kinds.map((each) => h("a.tag", { class: each === (query.kind ?? "") ? "accent" : "", href: address.to(["messages"], { ...query, kind: each, open: null }) }, each || "all")), query.exchange && h("a.tag.odd", { href: address.to(["messages"]) }, `of exchange ${query.exchange} ×`));
  const items = shown.slice(0, 1000).map((each) => item(each, open, query, shared));
  return h("div.whole", {}, h("div.master", {},
    h("div.index", {}, filters, items, shown.length > 1000 && h("p.nothing", {}, `and ${shown.length - 1000} older ones`), dropped > 0 && h("p.nothing", {}, `${dropped} older ones are no longer kept`)),
    h("div.reading", {}, open ? mail(open, shared) : empty("No messages yet. Book an appointment, and its confirmations appear here.")),
  ));
}

function item(message, open, query, shared) {
  const at = message.sent ?? message.due;
  return h("a.item", { href: address.to(["messages"], { ...query, open: message.place }), "aria-current": message === open ? "true" : null },
    h("div.line", {}, h("span", {}, message.to), h("small", {}, distance(shared.clock.now(), at))),
    h("small", {}, message.subject),
    h("div.buttons", {}, h("span.tag", { class: message.status === "waiting" ? "odd" : "good" }, message.status), h("span.tag", {}, message.kind), h("span.tag", {}, `to the ${message.audience}`), message.channel !== "mail" && h("span.tag.accent", {}, message.channel)),
  );
}

function mail(message, shared) {
  const sender = message.business;
  const more = Object.entries(message).filter(([name, value]) => value && !["status", "kind", "channel", "audience", "to", "subject", "text", "business", "appointment", "due", "sent", "exchange", "place"].includes(name));
  return [
    h("article.mail", { "aria-label": "Message" },
      h("header", {},
        h("h2", {}, message.subject),
        h("div.from", {}, h("span.avatar", { "aria-hidden": "true" }, sender.slice(0, 1).toUpperCase()), h("div.grow", {}, h("div", {}, h("strong", {}, sender)), h("small", {}, `to ${message.to}`)), h("small", {}, message.sent ? moment(message.sent) : `is due ${moment(message.due)}`)),
      ),
      h("div.text", {}, linked(message.text)),
    ),
    message.status === "waiting" && h("p.hint", {}, "It is not due yet: ", h("a", { href: "#/time" }, `advance the clock (${distance(shared.clock.now(), message.due)})`)),
    h("dl.facts-list", {}, [["kind", message.kind], ["audience", message.audience], ["appointment", h("span.mono", {}, message.appointment)], ["caused by", message.exchange ? h("a", { href: address.to(["exchanges"], { open: message.exchange }) }, `exchange ${message.exchange}`) : "the clock, when it is due"], ...more.map(([name, value]) => [name, typeof value === "string" ? h("pre", {}, value) : h("code", {}, JSON.stringify(value))])].map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
  ];
}
