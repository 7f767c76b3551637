// A scenario played: each step turns green or red, with what was expected and what came.

import { ROOT, post } from "./api.js";
import { fill, h } from "./dom.js";
import { body } from "./json.js";

/** Play a scenario (its name, or the whole of it) and show in a place what came of it. */
export async function told(place, scenario) {
  fill(place, h("p.nothing", {}, "Playing …"));
  let played;
  try {
    played = await post("/plays", { scenario, keep: true });
  } catch (error) {
    fill(place, h("div.refusal", {}, h("strong", {}, "It cannot be played"), h("span", {}, error.message)));
    return null;
  }
  fill(place, h("section.steps", { "aria-label": "Steps" }, verdict(played), played.steps.map(step)));
  return played;
}

function verdict(played) {
  const count = (result) => played.steps.filter((each) => each.result === result).length;
  const kind = { passed: "good", failed: "bad", skipped: "odd" }[played.result];
  const words = ["passed", "failed", "skipped"].filter(count).map((each) => `${count(each)} ${each}`);
  const there = `${ROOT}/tenants/${encodeURIComponent(played.tenant)}/_inspector/`;
  return h("div.buttons", {}, h("span.status", { class: kind }, played.result), h("span", {}, `${words.join(", ")} in ${Math.round(played.seconds * 1000)} ms`), h("a", { href: there }, `look at its tenant ${played.tenant}`));
}

function step(each) {
  return h("article.step", { class: each.result },
    h("div.line", {}, h("strong", {}, `${each.number}`), h("span.grow", {}, each.title), h("span.tag", { class: { passed: "good", failed: "bad" }[each.result] ?? "odd" }, each.result)),
    each.why && h("p", {}, each.why),
    each.misfits?.length && h("table", {}, h("tr", {}, ["where", "expected", "came"].map((name) => h("th", {}, name))), each.misfits.map((misfit) => h("tr", {}, h("td", {}, misfit.where), h("td.mono", {}, JSON.stringify(misfit.expected)), h("td.mono", {}, "came" in misfit ? JSON.stringify(misfit.came) : "nothing")))),
    each.reason && h("p", {}, h("strong", {}, "Reason: "), each.reason),
    each.request && h("details", {}, h("summary", {}, `${each.request.method} ${each.request.url} → ${each.response.status ?? "no answer"}`), body(each.request.body), body(each.response.body)),
  );
}
