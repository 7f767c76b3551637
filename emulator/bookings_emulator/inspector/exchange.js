// One exchange: what was asked and answered, why, what followed from it, and what to do about it.

import * as address from "./address.js";
import { Refusal, HERE, call, get } from "./api.js";
import { button, copy, empty, fill, h, toast } from "./dom.js";
import { body } from "./json.js";
import { confidence, duration, kindOf, moment, prose, status } from "./words.js";

// headers that a browser or curl writes itself
const OWN = /^(host|content-length|connection|accept-encoding|user-agent|authorization|cookie|origin|referer|accept-language|cache-control|pragma|sec-.*)$/;

/** Show an exchange in a pane. `move(by)` goes to a neighbour, `close()` closes it. */
export async function detail(pane, item, { shared, close, move }) {
  pane.number = item.number;
  let entry;
  try {
    entry = await get(`/journal/${item.number}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (pane.number === item.number) fill(pane, h("header", {}, h("div.buttons", {}, button("Close", close))), empty(`${error.message}.`));
    return;
  }
  const [symptoms, problems, notes, sent, brought, personas, quirks] = await Promise.all([
    entry.problem ? get("/troubleshooting", { problem: entry.problem }) : { value: [] },
    entry.problem ? get("/faults/problems") : { value: [] },
    get("/journal/notes"),
    entry.events.length ? get("/outbox", { exchange: entry.number }) : { value: [] },
    entry.events.length ? get("/deliveries", { exchange: entry.number }) : { value: [] },
    get("/personas"),
    entry.quirks.length ? get("/quirks") : { value: [] },
  ]);
  if (pane.number !== item.number) return;
  const mine = notes.value.filter((each) => each.number === entry.number);
  const token = tokenFor(entry, personas.value, shared.index.auth);
  fill(
    pane,
    h("header", {},
      h("div.buttons", {},
        button("Copy as curl", () => copy(curl(entry, token), "The call as curl"), { kind: "primary" }),
        button("Send again", () => again(entry, personas.value), { title: "now, as the same caller" }),
        h("span.right.buttons", {}, button("↑", () => move(-1), { "aria-label": "Newer" }), button("↓", () => move(1), { "aria-label": "Older" }), button("Close", close, { title: "Esc" })),
      ),
      h("h2", {}, status(entry.status), `${entry.method} ${entry.operation ?? entry.plane}`),
      h("p.mono.soft", { class: "path" }, entry.path + (entry.query ? `?${entry.query}` : "")),
    ),
    why(entry, problems.value, symptoms.value),
    entry.note && !mine.some((each) => each.text === entry.note) && h("section.card.why.odd", { "aria-label": "Note" }, h("header", {}, h("h2", {}, "Note")), h("p", {}, entry.note)),
    decided(entry, quirks.value),
    noted(mine),
    caused(entry, sent.value, brought.value),
    h("div.sides", {}, side("Request", entry.request, sizeOf(entry.request)), side("Response", entry.response, sizeOf(entry.response))),
    facts(entry),
  );
  pane.scrollTop = 0;
}

function why(entry, problems, symptoms) {
  if (!entry.reason && !entry.problem && !entry.faults.length) return null;
  const problem = problems.find((each) => each.id === entry.problem);
  const kind = kindOf(entry.status) === "odd" ? "odd" : "";
  const best = [...symptoms].sort((a, b) => fits(b, entry) - fits(a, entry)).filter((each) => symptoms.length === 1 || fits(each, entry)).slice(0, 1);
  return h(
    "section.card.why", { class: kind, "aria-label": "Why" },
    h("header", {}, h("h2", {}, "Why"), entry.faults.map((each) => h("a.tag.odd", { href: "#/faults" }, `fault ${each}`))),
    h("p.plain-reason", {}, entry.reason ?? "changed by a fault"),
    problem && h("p", {}, "What a client sees: ", h("code", {}, `${problem.status} ${problem.code}`), problem.message ? h("span", {}, " — ", problem.message) : h("span.hint", {}, " — with an empty message: the service does not say why, the emulator does")),
    problem && h("div.buttons", {}, h("span.tag", {}, problem.id), confidence(problem.confidence), h("small", {}, `source: ${problem.source}`)),
    best.map((each) => h("div.symptom", {}, h("h3", {}, each.sees), h("p", {}, prose(each.why)), h("p", {}, h("strong", {}, "Do: "), prose(each.do)))),
  );
}

/** How well a symptom describes an exchange: by what its reason says, else by a call of the same kind. */
function fits(symptom, entry) {
  const [method, path = ""] = (symptom.request ?? "").split("?")[0].split(" ");
  const isAlike = method === entry.method && path.split("/").at(-1).toLowerCase() === entry.path.split("/").at(-1).toLowerCase();
  return (symptom.reason && (entry.reason ?? "").includes(symptom.reason) ? 2 : 0) + (isAlike ? 1 : 0);
}

/** The quirks that decided what came of it, each with what another value would do. */
function decided(entry, quirks) {
  const mine = quirks.filter((each) => entry.quirks.includes(each.id));
  if (!mine.length) return null;
  return h("section.card", { "aria-label": "Quirks" }, h("header", {}, h("h2", {}, "Quirks that decided the outcome"), h("small", {}, "with another value, the outcome would differ")), h("ul.caused", {}, mine.map((each) =>
    h("li", {}, h("a.tag.quirky", { href: address.to(["quirks"], { open: each.id }) }, `${each.id} = ${shownValue(each.value)}`), h("details.grow", {}, h("summary", {}, each.title), h("p", {}, each.does)), confidence(each.confidence)))));
}

const shownValue = (value) => (value === true ? "on" : value === false ? "off" : String(value));

function noted(notes) {
  if (!notes.length) return null;
  return h("section.card", {}, h("header", {}, h("h2", {}, "What the client did that may fail in production")), h("ul.caused", {}, notes.map((each) => h("li.wraps", {}, h("span.tag.odd", {}, each.kind), h("span", {}, each.text)))));
}

function caused(entry, sent, brought) {
  if (!entry.events.length) return null;
  return h("section.card", { "aria-label": "What it caused" }, h("header", {}, h("h2", {}, "What it caused")), h("ul.caused", {},
    entry.events.map((each) => h("li", {}, h("span.tag.accent", {}, "event"), each)),
    sent.map((each) => h("li", {}, h("span.tag", {}, each.channel), h("a.ellipsis", { href: address.to(["messages"], { exchange: entry.number }) }, `${each.kind} to ${each.to}: ${each.subject}`))),
    brought.map((each) => h("li", {}, h("span.tag", { class: each.status === "delivered" ? "good" : each.status === "failed" ? "bad" : "odd" }, `delivery ${each.status}`), h("a.ellipsis", { href: address.to(["deliveries"], { open: each.id }) }, `${each.event} to ${each.callback}`))),
  ));
}

function sizeOf(side) {
  if (!side) return "";
  return `${side.size.toLocaleString("en")} bytes${side.is_cut ? ", cut" : ""}`;
}

function side(title, given, size) {
  if (!given) return h("section.card", {}, h("header", {}, h("h2", {}, title)), h("p.nothing", {}, "none: the connection was reset"));
  const headers = Object.entries(given.headers);
  return h("section.card", { "aria-label": title },
    h("header", {}, h("h2", {}, title), h("small.right", {}, size)),
    h("details", { open: headers.length <= 6 }, h("summary", {}, `${headers.length} headers`), h("table", {}, headers.map(([name, value]) => h("tr", {}, h("td.tight", {}, name), h("td", {}, value))))),
    body(given.body),
    given.is_cut && h("small", {}, "The journal keeps only the beginning of a body."),
  );
}

function facts(entry) {
  const rows = [["number", entry.number], ["at", `${moment(entry.at)} UTC`], ["took", duration(entry.duration)], ["caller", entry.persona ?? "unknown caller"], ["plane", entry.plane], ["business", entry.business], ["request-id", entry.request_id]];
  return h("section.card", {}, h("dl.facts-list", {}, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function tokenFor(entry, personas, auth) {
  if (!entry.persona) return null;
  const isKnown = personas.some((each) => each.name === entry.persona);
  if (auth === "strict") return `$(bookings-emulator token ${isKnown ? entry.persona : "PERSONA"} --url ${HERE})`;
  return isKnown ? entry.persona : "test-token";
}

function carried(entry) {
  return Object.entries(entry.request.headers).filter(([name, value]) => !OWN.test(name) && !(name === "accept" && value === "*/*") && value !== "***");
}

/** The call as a line for the shell; the journal masks tokens, so it is made as the persona that called. */
export function curl(entry, token) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = [`curl -i -X ${entry.method} ${quote(HERE + entry.path + (entry.query ? `?${entry.query}` : ""))}`];
  if (token) parts.push(token.startsWith("$") ? `-H "Authorization: Bearer ${token}"` : `-H ${quote(`Authorization: Bearer ${token}`)}`);
  for (const [name, value] of carried(entry)) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  const sent = entry.request.body;
  if (sent !== null && sent !== "") parts.push(`-d ${quote(typeof sent === "string" ? sent : JSON.stringify(sent))}`);
  return parts.join(" \\\n  ");
}

async function again(entry, personas) {
  if (entry.request.is_cut) throw new Error("its body was too long for the journal, which kept only the beginning");
  const persona = personas.some((each) => each.name === entry.persona) ? entry.persona : null;
  const path = entry.path + (entry.query ? `?${entry.query}` : "");
  const answer = await call(entry.method, path, entry.request.body, persona, Object.fromEntries(carried(entry)));
  toast(`${answer.status || "no answer"} ${answer.code}${answer.reason ? `: ${answer.reason}` : ""}`, answer.ok ? "good" : "bad");
}
