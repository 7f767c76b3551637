// Time: now, frozen or running, moved by a click, and what will fall due when.

import { get, post, put } from "./api.js";
import { button, field, fill, h, toast } from "./dom.js";
import { distance, moment } from "./words.js";

const STEPS = [["1 min", "PT1M"], ["15 min", "PT15M"], ["1 h", "PT1H"], ["6 h", "PT6H"], ["1 day", "P1D"], ["1 week", "P7D"]];

/** The panel. */
export async function show({ shared, until }) {
  const face = h("div.clock-face", { "aria-label": "The tenant's time, in UTC" });
  const mode = h("p.hint");
  const due = h("div");
  const ways = { real: "It runs with this machine's clock.", offset: "It runs with an offset to this machine's clock.", frozen: "It is frozen: only you move it." };
  until(shared.clock.shown((text, word) => ((face.textContent = `${text} UTC`), (mode.textContent = ways[word]))));

  async function move(change, said) {
    const before = shared.clock.now();
    shared.clock.set(await change());
    toast(`${said}: ${distance(before, shared.clock.now()).replace("in ", "+")}`, "good");
    await tell();
  }
  const advance = (body) => move(() => post("/clock/advance", body), "The clock advanced");
  async function tell() {
    fill(due, await dueTable(shared, (to) => advance({ to })));
  }

  const to = h("input", { type: "datetime-local", step: "1", value: shared.clock.now().slice(0, 19) });
  until(shared.on(({ kind }) => ["clock", "message", "delivery", "reset", "fault"].includes(kind) && tell()));
  await tell();
  return h("div.page", {},
    h("section.card", {}, face, mode,
      h("div.buttons", { role: "group", "aria-label": "Advance" }, h("span.hint", {}, "Advance by"), STEPS.map(([text, by]) => button(`+ ${text}`, () => advance({ by }), { "data-by": by }))),
      h("div.buttons.low", {}, field("A time, in UTC", to), button("Advance to it", () => advance({ to: `${to.value}Z` })), button("Set and freeze", () => move(() => put("/clock", { now: `${to.value}Z` }), "The clock is frozen")), button("Set and let run", () => move(() => put("/clock", { mode: "offset", now: `${to.value}Z` }), "The clock runs"))),
      h("div.buttons", {}, button("Freeze now", () => move(() => put("/clock", { mode: "frozen" }), "Frozen")), button("Run with this machine", () => move(() => put("/clock", { mode: "real" }), "The clock runs"))),
    ),
    h("section.card", { "aria-label": "What will fall due" }, h("header", {}, h("h2", {}, "What will fall due")), due),
  );
}

async function dueTable(shared, goTo) {
  const [reminders, deliveries, faults] = await Promise.all([get("/outbox", { status: "waiting" }), get("/deliveries", { status: "waiting" }), get("/faults")]);
  const rows = [
    ...reminders.value.map((each) => [each.due, "reminder", `to ${each.to}: ${each.subject}`]),
    ...deliveries.value.filter((each) => each.due).map((each) => [each.due, "delivery", `attempt ${each.attempts.length + 1} of ${each.event} to ${each.callback}`]),
    ...faults.value.filter((each) => each.until && each.state === "active").map((each) => [each.until, "fault", `${each.title ?? each.id} ends`]),
  ].sort(([one], [other]) => one.localeCompare(other));
  if (!rows.length) return h("p.nothing", {}, "Nothing is due: no reminder, no delivery to retry, no fault that ends.");
  const now = shared.clock.now();
  const shown = rows.slice(0, 200).map(([at, kind, what]) =>
    h("tr", {}, h("td.tight.number", {}, moment(at)), h("td.tight", {}, distance(now, at)), h("td.tight", {}, h("span.tag", {}, kind)), h("td", {}, what), h("td.tight", {}, button("Go there", () => goTo(at), { kind: "small" }))),
  );
  return [h("table", {}, h("tr", {}, ["at (UTC)", "", "", "what", ""].map((name) => h("th", {}, name))), shown), rows.length > 200 && h("p.nothing", {}, `and ${rows.length - 200} more`)];
}
