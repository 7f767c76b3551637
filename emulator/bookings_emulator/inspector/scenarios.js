// Scenarios: start in one, or play one and see what comes of each step.

import * as address from "./address.js";
import { ROOT, at, get, post } from "./api.js";
import { button, empty, fill, h, toast } from "./dom.js";
import { body } from "./json.js";
import { told } from "./performance.js";

/** The panel. */
export async function show({ query, shared }) {
  const { value } = await get("/scenarios");
  const search = h("input", { type: "search", placeholder: "Find a scenario", "aria-label": "Find a scenario", value: query.q ?? "" });
  const items = h("div");
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const found = value.filter((each) => words.every((word) => JSON.stringify(each).toLowerCase().includes(word)));
    fill(items, found.map((each) => item(each, query.open, search.value)), !found.length && empty("No scenario matches."));
  };
  search.addEventListener("input", () => (address.note({ q: search.value }), draw()));
  draw();
  const open = value.find((each) => each.name === query.open);
  const reading = h("div.reading", {}, open ? await detail(open, shared) : empty("Documented failures and usual journeys. Choose one."));
  return h("div.whole", {}, h("div.master", {}, h("div.index", {}, h("div.heading", {}, search), items), reading));
}

function item(scenario, open, q) {
  return h("a.item", { href: address.to(["scenarios"], { open: scenario.name, q }), "aria-current": scenario.name === open ? "true" : null },
    h("div.line", {}, h("span", {}, scenario.title)), h("small", {}, scenario.name));
}

async function detail(scenario, shared) {
  const whole = await get(`/scenarios${at(scenario.name)}`);
  const stepped = whole.step.map((each, number) => h("article.step", {}, h("div.line", {}, h("strong", {}, number + 1), h("span", {}, titleOf(each)))));
  const result = h("div", {}, h("div.steps", {}, stepped));
  return [
    h("section.card", {},
      h("header", {}, h("h2", {}, scenario.title), h("span.tag", {}, scenario.name)),
      h("p", {}, scenario.shows),
      h("p.hint", {}, `source: ${scenario.source}`),
      h("div.buttons", {},
        button("Play", () => told(result, scenario.name), { kind: "primary", title: "in a separate tenant" }),
        button("Start a new tenant in it", async () => {
          const made = await post("/tenants", { scenario: scenario.name });
          location.assign(`${ROOT}/tenants/${encodeURIComponent(made.name)}/_inspector/#/exchanges`);
        }),
        button("Load it into this tenant", async () => {
          if (!confirm(`Everything in the tenant ${shared.index.tenant} will be replaced by the starting state of ${scenario.name}. Continue?`)) return;
          await post(`/scenarios${at(scenario.name)}`);
          toast(`This tenant is now in the starting state of ${scenario.name}`, "good");
        }),
      ),
    ),
    result,
    h("details", {}, h("summary", {}, "The whole file"), body(whole)),
  ];
}

function titleOf(step) {
  return step.title ?? step.request ?? step.control ?? (step.advance ? `advance ${step.advance}` : step.settle ? "settle" : "step");
}
