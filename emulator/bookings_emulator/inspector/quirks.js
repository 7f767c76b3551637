// Quirks: where the documents and the service differ, with what is known of each, and a switch.

import { at, get, put } from "./api.js";
import { fill, h, select, toast } from "./dom.js";
import { confidence } from "./words.js";

/** The panel. */
export async function show({ query, again }) {
  const { value } = await get("/quirks");
  const search = h("input", { type: "search", placeholder: "Find a quirk", "aria-label": "Find a quirk", value: "" });
  const changed = h("input", { type: "checkbox" });
  const place = h("section.card", { "aria-label": "Quirks" });
  const draw = () => {
    const word = search.value.toLowerCase();
    const found = value.filter((each) => JSON.stringify(each).toLowerCase().includes(word) && (!changed.checked || each.value !== each.default));
    fill(place, found.length ? found.map((each) => row(each, query.open, again)) : h("p.nothing", {}, "No quirk matches."));
  };
  search.addEventListener("input", draw);
  changed.addEventListener("change", draw);
  draw();
  const page = h("div.page", {}, h("div.buttons", {}, search, h("label.switch", {}, changed, "only switched quirks"), h("small.right", {}, `${value.length} quirks; a change holds for this tenant`)), place);
  page.addEventListener("shown", () => page.querySelector(".is-target")?.scrollIntoView({ block: "center" }));
  return page;
}

function row(quirk, target, again) {
  const isPlain = quirk.values.every((each) => typeof each === "boolean");
  const set = async (value) => {
    await put(`/quirks${at(quirk.id)}`, { value });
    toast(`${quirk.id} is ${String(value)}`, "good");
    again();
  };
  const control = isPlain
    ? h("label.switch", {}, h("input", { type: "checkbox", checked: quirk.value === true, "aria-label": quirk.id, onchange: (event) => set(event.target.checked).catch((error) => toast(error.message, "bad")) }), quirk.value ? "on" : "off")
    : select(quirk.values.map(String), String(quirk.value), (value) => set(quirk.values.find((each) => String(each) === value)).catch((error) => toast(error.message, "bad")), { "aria-label": quirk.id });
  return h("div.quirk", { class: target === quirk.id ? "is-target" : "", "data-quirk": quirk.id },
    h("div.told", {},
      h("h3", {}, quirk.title),
      h("p", {}, quirk.does),
      h("div.buttons", {}, h("code", {}, quirk.id), quirk.number && h("span.tag", {}, quirk.number), confidence(quirk.confidence), h("small", {}, `source: ${quirk.source}`)),
    ),
    h("div", {}, control, quirk.value !== quirk.default && h("div", {}, h("span.tag.odd", {}, `default: ${String(quirk.default)}`))),
  );
}
