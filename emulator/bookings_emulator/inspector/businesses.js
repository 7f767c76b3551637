// Businesses: the calendar of one, its records as tables and as JSON.

import * as address from "./address.js";
import { at, get } from "./api.js";
import { calendar } from "./calendar.js";
import { dialog, empty, h, select } from "./dom.js";
import { body } from "./json.js";

const LISTS = {
  services: ["Services", ["displayName", "defaultDuration", "defaultPrice", "maximumAttendeesCount", "isHiddenFromCustomers"]],
  staffMembers: ["Staff", ["displayName", "role", "emailAddress", "useBusinessHours", "availabilityIsAffectedByPersonalCalendar"]],
  customers: ["Customers", ["displayName", "emailAddress", "id"]],
  customQuestions: ["Questions", ["displayName", "answerInputType", "answerOptions"]],
};

/** The panel. */
export async function show(place) {
  const { names, query, shared } = place;
  const { value } = await get("/businesses");
  if (!value.length) return h("div.page", {}, empty("There are no businesses. Start with a fixture, or create one through Graph."));
  const brief = value.find((each) => each.id === names[1]) ?? value[0];
  const tab = names[2] === "record" || names[2] in LISTS ? names[2] : "calendar";
  const business = await get(`/businesses${at(brief.id)}`);
  const personas = (await get("/personas")).value;
  const go = (change) => address.go(["businesses", brief.id, tab], { ...query, ...change });
  const actors = [...(shared.index.auth === "open" ? [["", "full permissions"]] : []), ...personas.map((each) => each.name)];
  const usual = personas.some((each) => each.name === "application") ? "application" : (personas[0]?.name ?? "");
  const actor = query.as ?? usual;
  const tabs = [["calendar", "Calendar"], ...Object.entries(LISTS).map(([name, [title]]) => [name, `${title} ${brief[name] ?? ""}`]), ["record", "Business"]];
  const head = h("div.filters", {},
    select(value.map((each) => [each.id, each.displayName]), brief.id, (id) => address.go(["businesses", id, tab], { as: query.as }), { "aria-label": "Business" }),
    h("span.mono.ellipsis.grow", {}, brief.id),
    h("span.tag", { class: brief.isPublished ? "good" : "" }, brief.isPublished ? "published" : "not published"),
    h("label.switch", {}, "Act as", select(actors, actor, (as) => go({ as }), { "aria-label": "Act as", style: { maxWidth: "210px" } })),
  );
  const links = h("nav.tabs", { "aria-label": "Parts of the business" }, tabs.map(([name, title]) => h("a", { href: address.to(["businesses", brief.id, name], { as: query.as }), "aria-current": name === tab ? "page" : null }, title)));
  const inner = tab === "calendar" ? await calendar(business, brief, actor, place) : tab === "record" ? h("div.records", {}, body(without(business))) : records(business[tab] ?? [], LISTS[tab]);
  return h("div.whole", {}, head, links, inner);
}

const without = (business) => Object.fromEntries(Object.entries(business).filter(([name]) => !(name in LISTS)));

function records(rows, [title, columns]) {
  if (!rows.length) return empty(`There are no ${title.toLowerCase()}.`);
  const open = (row) => dialog(row.displayName ?? row.id, () => body(row), { class: "wide" });
  const shown = rows.slice(0, 2000).map((row) =>
    h("tr", { tabindex: "0", onclick: () => open(row), onkeydown: (event) => event.key === "Enter" && open(row) }, columns.map((name) => h("td", {}, text(row[name])))),
  );
  return h("div.records", {}, h("table", {}, h("thead", {}, h("tr", {}, columns.map((name) => h("th", {}, name)))), h("tbody", {}, shown)), rows.length > 2000 && h("p.nothing", {}, `and ${rows.length - 2000} more`));
}

const text = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
