// Faults and limits: what shall go wrong, how often it did, and the documented failures to choose from.

import { at, drop, get, post } from "./api.js";
import { button, field, fill, h, select, toast } from "./dom.js";
import { confidence } from "./words.js";

const NEXT = [
  ["429, wait a second", { title: "429 for the next call", effect: { problem: "throttle.rate", retry_after: 1 } }],
  ["503", { title: "503 for the next call", effect: { status: 503 } }],
  ["500, empty", { title: "an empty 500 for the next call", effect: { problem: "bk.unknown" } }],
  ["lost answer", { title: "the next response is lost", effect: { lost: true } }],
  ["reset", { title: "the next connection is reset", effect: { reset: true } }],
  ["3 s late", { title: "the next response is 3 s late", effect: { latency: 3000 } }],
];

/** The panel. */
export async function show({ shared, until }) {
  const active = h("div");
  const [presets, operations, problems, personas] = await Promise.all([get("/faults/presets"), get("/faults/operations"), get("/faults/problems"), get("/personas")]);

  async function tell() {
    const { value } = await get("/faults");
    shared.count("faults", value.filter((each) => each.state === "active").length);
    fill(active, value.length ? table(value, tell) : h("p.nothing", {}, "None: the emulator responds as the service would."));
  }
  const make = async (path, body, what) => {
    await post(path, body);
    toast(`Made: ${what}`, "good");
    await tell();
  };
  let planned = 0;
  until(shared.on(({ kind }) => ["exchange", "reset"].includes(kind) && (clearTimeout(planned), (planned = setTimeout(tell, 150)))));
  await tell();
  const isLimit = (preset) => preset.rules.some((each) => each.schedule?.limit);
  return h("div.page", {},
    h("section.card.quick", {}, h("header", {}, h("h2", {}, "The next request gets"), h("small", {}, "once, for any request")), h("div.buttons", {}, NEXT.map(([text, rule]) => button(text, () => make("/faults", { ...rule, schedule: { first: 1 } }, rule.title))))),
    h("section.card", { "aria-label": "Active faults" }, h("header", {}, h("h2", {}, "Active faults"), h("span.right"), button("Drop all", async () => (await drop("/faults"), tell()), { kind: "danger small" })), active),
    own(operations.value, problems.value, personas.value, make),
    group("Limits", presets.value.filter(isLimit), make),
    group("Presets: documented failures", presets.value.filter((each) => !isLimit(each)), make),
  );
}

function table(faults, tell) {
  const head = ["", "fault", "matched", "fired", "left", "", ""].map((name) => h("th", {}, name));
  return h("table", {}, h("tr", {}, head), faults.map((each) =>
    h("tr", { "data-fault": each.id },
      h("td.tight", {}, h("code", {}, each.id)),
      h("td", {}, h("div", {}, each.title ?? ""), h("small.mono", {}, summary(each))),
      h("td.tight.number", {}, each.matched), h("td.tight.number", {}, each.fired), h("td.tight.number", {}, each.left ?? "∞"),
      h("td.tight", {}, h("span.tag", { class: each.state === "active" ? "odd" : "" }, each.state)),
      h("td.tight", {}, button("Drop", async () => (await drop(`/faults${at(each.id)}`), tell()), { kind: "danger small" })),
    )));
}

function summary(fault) {
  return ["match", "effect", "schedule"].filter((part) => Object.keys(fault[part] ?? {}).length).map((part) => `${part} ${JSON.stringify(fault[part])}`).join("  ");
}

function own(operations, problems, personas, make) {
  const operation = select([["", "any operation"], ...operations.map((each) => [each.name, `${each.name} (${each.plane})`])], "");
  const persona = select([["", "anybody"], ...personas.map((each) => each.name)], "");
  const effect = select([["", "no refusal"], ...problems.map((each) => [each.id, `${each.id}: ${each.status} ${each.code}`])], "throttle.rate");
  const first = h("input", { type: "number", min: "1", placeholder: "every" });
  const latency = h("input", { type: "number", min: "0", placeholder: "0" });
  const rule = () => {
    const part = (given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== 0));
    return { match: part({ operation: operation.value, persona: persona.value }), effect: part({ problem: effect.value, latency: Number(latency.value) }), schedule: part({ first: Number(first.value) }) };
  };
  const fields = h("div.fields", {}, field("Calls of", operation), field("by", persona), field("are refused with", effect), field("held back, ms", latency), field("so often", first));
  return h("section.card", {}, h("header", {}, h("h2", {}, "Your own fault"), h("span.right"), button("Add", () => make("/faults", rule(), "your own fault"), { kind: "primary" })), fields);
}

function group(title, presets, make) {
  const search = h("input", { type: "search", placeholder: "Find", "aria-label": `Find in ${title}` });
  const place = h("div.cards");
  const draw = () => {
    const word = search.value.toLowerCase();
    fill(place, presets.filter((each) => JSON.stringify(each).toLowerCase().includes(word)).map((each) => card(each, make)));
  };
  search.addEventListener("input", draw);
  draw();
  return h("section.card", { "aria-label": title }, h("header", {}, h("h2", {}, title), h("span.right"), presets.length > 8 && search), place);
}

function card(preset, make) {
  const path = `/faults/presets${at(preset.name)}`;
  return h("article.card", { "data-preset": preset.name },
    h("header", {}, h("h3", {}, preset.name), h("span.right"), confidence(preset.confidence)),
    h("p", {}, preset.title.replace(`${preset.name}: `, "")),
    h("p.hint", {}, preset.shows),
    h("p.source", {}, `source: ${preset.source}`),
    h("div.buttons", {}, button("Add", () => make(path, {}, preset.name)), button("Once", () => make(path, { schedule: { first: 1 } }, `${preset.name}, once`), { title: "for one request only" })),
  );
}
