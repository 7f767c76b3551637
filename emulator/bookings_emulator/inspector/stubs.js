// Stubs: fixed answers for what a program calls of Graph beside Bookings, and what is answered ready-made.

import * as address from "./address.js";
import { at, drop, get, post } from "./api.js";
import { button, copy, dialog, field, fill, h, select, toast } from "./dom.js";
import { body } from "./json.js";

const METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"];
const EXAMPLE = '{\n  "value": [{ "id": "1", "displayName": "Inbox of {caller.name}" }]\n}';

/** The panel. */
export async function show({ shared, until }) {
  const place = h("div");
  const ready = h("div");
  async function tell() {
    const told = await get("/stubs");
    fill(place, told.value.length ? table(told.value, tell) : h("p.nothing", {}, "None: requests outside Bookings are refused, as Graph refuses unknown paths."));
    fill(ready, told.ready_made.length ? readyTable(told.ready_made) : h("p.nothing", {}, "Nothing: ", h("a", { href: address.to(["quirks"], { open: "ready-made-answers" }) }, "the quirk ready-made-answers"), " is off."));
  }
  let planned = 0;
  until(shared.on(({ kind }) => ["exchange", "reset"].includes(kind) && (clearTimeout(planned), (planned = setTimeout(tell, 150)))));
  until(() => clearTimeout(planned));
  await tell();
  const dropAll = button("Drop all", async () => (await drop("/stubs"), tell()), { kind: "danger small" });
  return h("div.page", {},
    maker(tell),
    h("section.card", { "aria-label": "Stubs" }, h("header", {}, h("h2", {}, "Stubs"), h("small", {}, "if several match, the newest responds"), h("span.right"), dropAll), place),
    h("section.card", { "aria-label": "Built-in responses" }, h("header", {}, h("h2", {}, "Built-in responses"), h("small", {}, "from personas and staff, without a stub")), ready),
  );
}

function table(stubs, tell) {
  const head = ["stub", "answers", "status", "hits", "", ""].map((name) => h("th", {}, name));
  return h("table", {}, h("tr", {}, head), [...stubs].reverse().map((each) => h("tr", { "data-stub": each.name },
    h("td.tight", {}, h("code", {}, each.name)), h("td", {}, h("span.mono", {}, each.request), narrowed(each)), h("td.tight.number", {}, each.status), h("td.tight.number", {}, each.hits),
    h("td.tight", {}, button("Show", () => void dialog(each.name, () => [button("Copy", () => copy(JSON.stringify(each, null, 2), "The stub")), body(each)], { class: "wide" }), { kind: "small" })),
    h("td.tight", {}, button("Drop", async () => (await drop(`/stubs${at(each.name)}`), tell()), { kind: "danger small" })))));
}

/** What a call must have beside method and path. */
function narrowed(stub) {
  const parts = [["with", stub.query && new URLSearchParams(stub.query).toString()], ["with the body", stub.match && JSON.stringify(stub.match)], ["for", stub.permissions?.join(" or ")]].filter(([, value]) => value);
  return parts.length ? h("div", {}, parts.map(([word, value]) => h("small", {}, `${word} ${value} `))) : null;
}

function readyTable(rows) {
  return h("table", {}, h("tr", {}, ["operation", "answers", "hits"].map((name) => h("th", {}, name))), rows.map((each) => h("tr", {}, h("td.tight", {}, h("code", {}, each.name)), h("td.mono", {}, each.request), h("td.tight.number", {}, each.hits))));
}

function maker(tell) {
  const method = select(METHODS, "GET", null, { "aria-label": "Method" });
  const path = h("input.mono", { placeholder: "/me/mailFolders", spellcheck: "false" });
  const status = h("input", { type: "number", min: "200", max: "599", value: "200" });
  const name = h("input", { placeholder: "made up" });
  const answer = h("textarea", { rows: "5", spellcheck: "false", value: EXAMPLE });
  const problem = h("div.refusal", { role: "alert", hidden: true });
  const make = async () => {
    problem.hidden = true;
    try {
      const given = { request: `${method.value} ${path.value.trim()}`, status: Number(status.value), name: name.value, body: parsed(answer.value) };
      const made = await post("/stubs", Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== undefined)));
      toast(`Made: ${made.name}`, "good");
      await tell();
    } catch (error) {
      fill(problem, h("strong", {}, "It could not be added"), h("span", {}, error.message));
      problem.hidden = false;
    }
  };
  return h("section.card", {}, h("header", {}, h("h2", {}, "A new stub"), h("small", {}, "a fixed response for the rest of Graph, in v1.0 and beta"), h("span.right"), button("Add", make, { kind: "primary" })),
    h("div.fields.stub", {}, field("Method", method), field("Path below the version", path, "{id} stands for any one name"), field("Status", status), field("Name", name)),
    field("Body", answer, "JSON; strings may contain {caller.name}, {caller.upn} and the placeholders of the path; empty for none"), problem);
}

function parsed(text) {
  if (!text.trim()) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the body is no JSON: ${error.message}`);
  }
}
