// Exchanges: everything that was called, live and newest first, with the plain reason of each refusal.

import * as address from "./address.js";
import { control, follow, get } from "./api.js";
import { button, copy, dialog, empty, fill, h, save, toast } from "./dom.js";
import { detail } from "./exchange.js";
import { body } from "./json.js";
import { told } from "./performance.js";
import { VirtualList } from "./virtual_list.js";
import { duration, kindOf, shortened, status, time } from "./words.js";

const HEIGHT = 50;
const STATUSES = [["", "All"], ["2xx", "2xx"], ["4xx", "4xx"], ["5xx", "5xx"]];
const CRITERION = /([a-z_]+):("[^"]*"|(?!\/\/)\S+)/g;

/** `status:5xx persona:viewer lead time` as criteria of the journal: what is no criterion is text. */
export function criteriaOf(query) {
  const found = {};
  const words = query.replace(CRITERION, (_, name, value) => ((found[name] = value.replace(/^"|"$/g, "")), " "));
  const text = words.trim().replace(/\s+/g, " ");
  return text ? { ...found, text } : found;
}

/** The panel. */
export async function show({ query, shared, until }) {
  const chosen = new Set();
  const problem = h("div.problem", { hidden: true });
  const search = h("input", {
    type: "search", value: query.q ?? "", spellcheck: "false", "aria-label": "Filter",
    placeholder: "Filter: words, or criteria such as status:5xx operation:create* persona:viewer",
    title: "plane: operation: business: persona: method: path: status: problem: fault: quirk: event: reason: text: slower: since: number: — as in the journal",
  });
  const list = new VirtualList(HEIGHT, (item) => row(item, list, chosen, open, refresh), "Exchanges, newest first");
  const pane = h("section.detail", { hidden: true, "aria-label": "Exchange" });
  const split = h("div.split", {}, list.element, pane);
  const tools = h("div.buttons");
  const segments = h("div.segments", { role: "group", "aria-label": "Status" });
  const page = h("div.whole", {}, h("div.filters", {}, search, segments, tools, problem), split);
  let stop = () => {};
  let wanted = Number(query.open) || null;

  function refresh() {
    const which = () => (chosen.size ? { number: [...chosen].sort((a, b) => a - b).join(",") } : criteriaOf(search.value));
    const what = chosen.size ? `${chosen.size} selected` : "all shown";
    fill(
      tools,
      chosen.size ? h("span.tag.accent", {}, what) : null,
      button("Scenario", () => asScenario(which()), { title: `make a scenario of ${what}` }),
      button("HAR", async () => save("journal.har", JSON.stringify(await get("/journal.har", which()), null, 2)), { title: `save ${what} as HAR` }),
      chosen.size ? button("Unselect", () => (chosen.clear(), list.renew(), refresh())) : button("Clear", clearAll, { title: "empty the journal" }),
    );
  }

  async function clearAll() {
    await control("DELETE", "/journal");
    list.clear();
    close();
    begin();
  }

  function begin() {
    stop();
    list.clear();
    chosen.clear();
    refresh();
    problem.hidden = true;
    const criteria = criteriaOf(search.value);
    const now = criteria.status ?? "";
    fill(segments, STATUSES.map(([word, text]) => h("button", { type: "button", "aria-pressed": word === now, onclick: () => setStatus(word) }, text)));
    let known = 0;
    const seed = get("/journal", { ...criteria, brief: "true" }).then(({ value, last }) => {
      known = last;
      list.add(value);
      nothing(value.length);
      if (wanted) open(value.find((each) => each.number === wanted) ?? { number: wanted });
    });
    seed.catch((error) => ((problem.textContent = error.message), (problem.hidden = false)));
    const early = [];
    let isSeeded = false;
    const take = (items) => {
      const fresh = items.filter((each) => each.number > known);
      if (fresh.length) (list.add(fresh), nothing(1));
    };
    seed.then(() => ((isSeeded = true), take(early)), () => {});
    stop = follow({ ...criteria, kind: "exchange,reset" }, ({ kind, data }) => {
      if (kind === "gap") toast(`${data.missed ?? "Some"} happenings were missed: more came than this page could follow`, "bad");
      if (kind === "reset" && data.to === "start") begin();
      if (kind === "exchange") isSeeded ? take([data]) : early.push(data);
    });
  }

  function nothing(count) {
    page.querySelector(".rows .empty")?.remove();
    if (count || list.items.length) return;
    const url = `${shared.index.graph["v1.0"]}/solutions/bookingBusinesses`;
    const line = `curl -H "Authorization: Bearer any" ${url}`;
    const hint = search.value ? "No exchange matches the filter." : ["No requests yet. Send one, and it appears here:", h("br"), h("br"), h("pre.code", {}, line), h("br"), button("Copy", () => copy(line, "The call"))];
    list.element.append(empty(hint));
  }

  function setStatus(word) {
    const rest = search.value.replace(/status:\S+\s*/g, "").trim();
    search.value = word ? `status:${word} ${rest}`.trim() : rest;
    filter();
  }

  function filter() {
    address.note({ q: search.value, open: null });
    wanted = null;
    close();
    begin();
  }

  function open(item) {
    if (!item) return;
    list.select(list.items.find((each) => each.number === item.number) ?? null);
    address.note({ open: item.number });
    split.classList.add("is-open");
    pane.hidden = false;
    detail(pane, item, { shared, close, move: (by) => open(list.move(by)) });
    list.paint();
  }

  function close() {
    split.classList.remove("is-open");
    pane.hidden = true;
    list.select(null);
    address.note({ open: null });
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 250);
  });
  const keys = (event) => {
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const inPane = pane.contains(event.target) && event.key.length > 1 && event.key !== "Escape";
    if (by && !inPane && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const item = list.move(by);
      if (!pane.hidden) open(item);
    } else if (event.key === "Enter" && event.target === list.element) open(list.cursor);
    else if (event.key === "Escape") close();
    else if (event.key === "x" && list.cursor) (toggle(chosen, list.cursor.number), list.renew(), refresh());
  };
  addEventListener("keydown", keys);
  until(() => (stop(), removeEventListener("keydown", keys), clearTimeout(waiting)));
  begin();
  return page;
}

const toggle = (set, value) => (set.has(value) ? set.delete(value) : set.add(value));

function row(item, list, chosen, open, refresh) {
  const kind = kindOf(item.status);
  const mark = h("input", {
    type: "checkbox", checked: chosen.has(item.number), "aria-label": `Select exchange ${item.number}`, tabindex: "-1",
    onclick: (event) => event.stopPropagation(),
    onchange: () => (toggle(chosen, item.number), refresh()),
  });
  const tags = [
    item.faults.map((each) => h("a.tag.odd", { title: "changed by this fault", href: "#/faults", onclick: (event) => event.stopPropagation() }, h("span.prefix", {}, "fault "), each)),
    item.quirks.map((each) => h("a.tag.quirky", { title: "with another value of this quirk, the outcome would differ", href: address.to(["quirks"], { open: each }), onclick: (event) => event.stopPropagation() }, h("span.prefix", {}, "quirk "), each)),
  ];
  const where = shortened(item.path) + (item.query ? `?${item.query}` : "");
  const why = item.reason ?? item.note ?? item.events.join(", ");
  return h(
    "div.row", { role: "option", onclick: () => open(item), "data-number": item.number },
    mark,
    status(item.status),
    h("div.line", {}, h("span.method", {}, item.method), h("span.operation", {}, item.operation ?? item.plane), why && h("span.path.ellipsis", { title: item.path }, where)),
    h("div.facts", {}, item.in_batch ? h("span.tag", {}, "in a batch") : null, h("span.caller", {}, item.persona ?? "nobody"), h("span.took", {}, duration(item.duration)), h("span", {}, time(item.at)), h("span", {}, `#${item.number}`)),
    h("div.reason", { class: item.reason ? kind : item.note ? "odd" : "" }, why ? h("span.ellipsis", { title: why }, why) : h("span.path.ellipsis", { title: item.path }, where), tags.flat().length > 0 && h("span.tags", {}, tags)),
  );
}

async function asScenario(criteria) {
  const scenario = await get("/journal/scenario", criteria);
  const text = JSON.stringify(scenario, null, 2);
  const result = h("div");
  dialog("As a scenario", () => [
    h("p", {}, `${scenario.step.length} steps in the situation of this tenant. Secrets are masked.`),
    h("div.buttons", {}, button("Save", () => save("scenario.json", text), { kind: "primary" }), button("Copy", () => copy(text, "The scenario")), button("Play it", () => told(result, scenario))),
    result,
    body(scenario),
  ], { class: "wide" });
}
