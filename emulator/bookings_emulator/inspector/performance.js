// A scenario played: each step turns green or red as soon as it is over, with what was expected and what came.

import { ROOT, hearOf } from "./api.js";
import { fill, h } from "./dom.js";
import { body } from "./json.js";

/** Play a scenario (its name, or the whole of it) and show in a place what comes of each step, while it is played. */
export async function told(place, scenario) {
  const head = h("div.buttons", {}, h("span.status.busy", {}, "playing"));
  const steps = h("section.steps", { "aria-label": "Steps", "aria-live": "polite" });
  const rows = new Map();
  fill(place, h("p.nothing", {}, "Creating a tenant in its starting state …"));
  try {
    for await (const { kind, data } of hearOf("/plays", { scenario, keep: true }, { follow: "true" })) {
      if (kind === "begin") {
        data.steps.forEach((each) => put(rows, steps, step(each), each.number));
        fill(place, h("div.performance", {}, head, steps));
        mark(rows, data.steps[0]?.number);
      } else if (kind === "step") {
        put(rows, steps, step(data), data.number);
        mark(rows, data.number + 1);
      } else if (kind === "end") fill(head, verdict(data));
      else if (kind === "error") throw new Error(data.error);
    }
  } catch (error) {
    const refusal = h("div.refusal", {}, h("strong", {}, "It could not be played to the end"), h("span", {}, error.message));
    fill(rows.size ? head : place, refusal);
  }
}

function put(rows, steps, row, number) {
  if (rows.has(number)) rows.get(number).replaceWith(row);
  else steps.append(row);
  rows.set(number, row);
}

/** Show which step is played now. */
function mark(rows, number) {
  for (const [each, row] of rows) row.classList.toggle("is-playing", each === number);
}

function verdict(played) {
  const count = (result) => played.steps.filter((each) => each.result === result).length;
  const kind = { passed: "good", failed: "bad", skipped: "odd" }[played.result];
  const words = ["passed", "failed", "skipped"].filter(count).map((each) => `${count(each)} ${each}`);
  const there = `${ROOT}/tenants/${encodeURIComponent(played.tenant)}/_inspector/`;
  return [h("span.status", { class: kind }, played.result), h("span", {}, `${words.join(", ")} in ${Math.round(played.seconds * 1000)} ms`), h("a", { href: there }, `look at its tenant ${played.tenant}`)];
}

/** A step that waits, or what became of it. */
function step(each) {
  const took = each.result && each.result !== "skipped" && h("small.number", {}, `${(each.seconds * 1000).toFixed(each.seconds < 0.01 ? 1 : 0)} ms`);
  const result = each.result && h("span.tag", { class: { passed: "good", failed: "bad" }[each.result] ?? "odd" }, each.result);
  return h("article.step", { class: each.result ?? "", "data-step": each.number },
    h("div.line", {}, h("strong", {}, `${each.number}`), h("span.grow", {}, each.title), took, result),
    each.why && h("p", {}, each.why),
    each.misfits?.length && h("table", {}, h("tr", {}, ["where", "expected", "came"].map((name) => h("th", {}, name))), each.misfits.map((misfit) => h("tr", {}, h("td", {}, misfit.where), h("td.mono", {}, JSON.stringify(misfit.expected)), h("td.mono", {}, "came" in misfit ? JSON.stringify(misfit.came) : "nothing")))),
    each.reason && h("p", {}, h("strong", {}, "Reason: "), each.reason),
    each.request && h("details", {}, h("summary", {}, `${each.request.method} ${each.request.url} → ${each.response.status ?? "no answer"}`), body(each.request.body), body(each.response.body)),
  );
}
