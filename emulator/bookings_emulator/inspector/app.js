// The frame: which panel the address asks for, the bar with tenant and clock, keys, and the one stream all panels share.

import * as address from "./address.js";
import { HERE, ROOT, follow, get, onKey } from "./api.js";
import { append, dialog, field, fill, h, select, toast } from "./dom.js";
import { ticking } from "./clock_face.js";
import * as businesses from "./businesses.js";
import * as clock from "./clock.js";
import * as deliveries from "./deliveries.js";
import * as exchanges from "./exchanges.js";
import * as faults from "./faults.js";
import * as messages from "./messages.js";
import * as quirks from "./quirks.js";
import * as scenarios from "./scenarios.js";
import * as stubs from "./stubs.js";
import * as tenants from "./tenants.js";

const PANELS = [
  ["exchanges", "Exchanges", exchanges],
  ["businesses", "Businesses", businesses],
  ["time", "Time", clock],
  ["faults", "Faults", faults],
  ["quirks", "Quirks", quirks],
  ["stubs", "Stubs", stubs],
  ["messages", "Messages", messages],
  ["deliveries", "Deliveries", deliveries],
  ["scenarios", "Scenarios", scenarios],
  ["tenants", "Tenants", tenants],
];
const view = document.getElementById("view");
const listeners = new Set();

/** What all panels share: the index of the emulator, the clock, and `on(tell)` for what happens; it gives its end. */
const shared = {
  index: null,
  clock: ticking(),
  on(tell) {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
  counts: {},
  count(name, number) {
    shared.counts[name] = number;
    const shown = document.querySelector(`#rail a[data-panel="${name}"] .count`);
    if (shown) shown.textContent = number ? number.toLocaleString("en") : "";
  },
};

let present = null;
let leave = () => {};

async function route() {
  const asked = address.read();
  const name = PANELS.some(([each]) => each === asked.names[0]) ? asked.names[0] : "exchanges";
  const [, title, panel] = PANELS.find(([each]) => each === name);
  for (const link of document.querySelectorAll("#rail a.panel")) {
    if (link.dataset.panel === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${title} · ${shared.index?.tenant ?? ""} · Bookings emulator`;
  const scrolled = present === name ? view.querySelector(".index")?.scrollTop : 0;
  const turn = (route.turn = (route.turn ?? 0) + 1);
  leave();
  leave = () => {};
  if (present !== name) fill(view, h("p.empty", {}, "Loading …"));
  present = name;
  try {
    const ends = [];
    const page = await panel.show({ ...asked, shared, again: route, until: (end) => ends.push(end) });
    const end = () => ends.forEach((each) => each());
    if (turn !== route.turn) return end();
    leave = end;
    fill(view, page);
    page.dispatchEvent(new Event("shown"));
    const index = view.querySelector(".index");
    if (index && scrolled) index.scrollTop = scrolled;
  } catch (error) {
    fill(view, h("div.page", {}, h("div.refusal", {}, h("strong", {}, "This cannot be shown"), h("span", {}, error.message))));
  }
}

function rail() {
  const links = PANELS.map(([name, title], number) =>
    h("a.panel", { href: address.to([name]), "data-panel": name, title: `key ${(number + 1) % 10}` }, title, h("span.count")),
  );
  const brand = h("a.brand", { href: "#/exchanges" }, h("img", { src: "icon.svg", alt: "" }), "Bookings emulator");
  const help = h("a", { href: "#", onclick: (event) => (event.preventDefault(), showHelp()) }, "Keys (?)");
  const version = h("span", {}, `version ${shared.index?.version ?? ""}`);
  fill(document.getElementById("rail"), brand, links, h("div.foot", {}, help, version));
}

async function bar() {
  const bar = document.getElementById("bar");
  const { value } = await get("/tenants");
  const chosen = select(value.map((each) => each.name), shared.index.tenant, switchTo, { id: "tenant" });
  const live = h("span.chip", { title: "whether this page receives events" }, h("span.dot"), h("span", {}, "…"));
  bar.live = live;
  const time = h("a.chip", { href: "#/time", title: "this tenant's time, in UTC" });
  shared.clock.shown((text, mode) => fill(time, h("span.mono.number", {}, text), h("span.tag", { class: mode === "real" ? "" : "odd" }, mode)));
  const theme = select([["", "system"], "light", "dark"], localStorage.getItem("theme") ?? "", setTheme, { "aria-label": "Colours" });
  const where = h("span.ellipsis.mono.grow", { title: "the URL that clients of this tenant use" }, HERE);
  fill(bar, h("label", { for: "tenant" }, "Tenant"), chosen, where, time, live, theme);
}

function switchTo(name) {
  const prefix = name === "default" ? "" : `/tenants/${encodeURIComponent(name)}`;
  location.assign(`${ROOT}${prefix}/_inspector/${location.hash.split("?")[0]}`);
}
shared.switchTo = switchTo;
shared.refreshBar = async () => {
  await bar();
  state(state.word);
};

function setTheme(word) {
  if (word) {
    localStorage.setItem("theme", word);
    document.documentElement.dataset.theme = word;
  } else {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  }
}

function state(word, why) {
  state.word = word;
  const live = document.getElementById("bar").live;
  if (!live) return;
  live.firstChild.className = `dot ${word}`;
  live.lastChild.textContent = word === "live" ? "live" : word === "refused" ? "refused" : "waiting for the emulator";
  if (why) toast(why, "bad");
}

async function hear(event) {
  if (event.kind === "exchange") shared.count("exchanges", event.data.number);
  if (event.kind === "message") shared.count("messages", (shared.counts.messages ?? 0) + 1);
  if (event.kind === "begin") shared.count("exchanges", event.data.exchange);
  if (event.kind === "clock") shared.clock.set(event.data);
  if (event.kind === "fault" || event.kind === "reset") countFaults();
  if (event.kind === "delivery") shared.count("deliveries", Math.max(shared.counts.deliveries ?? 0, Number(event.data.id)));
  if (event.kind === "reset" || event.kind === "gap") await begin();
  for (const each of [...listeners]) each(event);
}

async function countFaults() {
  const { value } = await get("/faults");
  shared.count("faults", value.filter((each) => each.state === "active").length);
}
shared.countFaults = countFaults;

async function begin() {
  const [index, now, outbox, brought] = await Promise.all([
    get(""), get("/clock"), get("/outbox", { status: "sent" }), get("/deliveries"),
  ]);
  shared.index = index;
  shared.clock.set(now);
  shared.count("messages", outbox.value.length + outbox.dropped);
  shared.count("deliveries", brought.value.length + brought.dropped);
  await countFaults();
}

onKey(
  () =>
    new Promise((done) => {
      let key = null;
      const input = h("input", { type: "password", autocomplete: "off" });
      const shown = dialog("The control plane needs a key", (close) => {
        const form = h("form", { onsubmit: (event) => (event.preventDefault(), (key = input.value), close()) });
        const told = h("p", {}, "The emulator was started with --control-key. Enter the key once; this tab keeps it until you close it.");
        return append(form, [told, h("br"), field("Key", input), h("br"), h("button.primary", {}, "Open")]);
      });
      shown.addEventListener("close", () => done(key));
    }),
);

function showHelp() {
  const keys = [
    ["1 … 9, 0", "the panels, from top to bottom"],
    ["/", "to the search field"],
    ["j k, ↓ ↑", "next and previous exchange"],
    ["Enter", "open it"],
    ["x", "select it"],
    ["Esc", "close what is open"],
  ];
  dialog("Keys", () => h("dl.facts-list", {}, keys.map(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])));
}

addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const place = (Number(event.key) + 9) % 10;
  if (/^\d$/.test(event.key) && PANELS[place]) address.go([PANELS[place][0]]);
  else if (event.key === "/") (event.preventDefault(), view.querySelector("input[type=search]")?.focus());
  else if (event.key === "?") showHelp();
});
addEventListener("hashchange", route);

setTheme(localStorage.getItem("theme"));
rail();
try {
  await begin();
  rail();
  Object.entries(shared.counts).forEach(([name, number]) => shared.count(name, number));
  await bar();
  follow({}, hear, state);
  await route();
} catch (error) {
  fill(view, h("div.page", {}, h("div.refusal", {}, h("strong", {}, "The emulator does not respond"), h("span", {}, error.message))));
}
