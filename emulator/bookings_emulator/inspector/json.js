// JSON, pretty and coloured, as nodes.

import { h } from "./dom.js";

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONGEST = 200_000;

/** A body as it is best read: JSON coloured, anything else as text. `marked` are paths to be pointed out. */
export function body(value) {
  if (value === null || value === undefined || value === "") return h("p.nothing", {}, "no body");
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} more characters` : text;
  return h("pre.json", { tabindex: "0" }, typeof value === "string" ? cut : coloured(cut));
}

function coloured(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKEN)) {
    parts.push(text.slice(end, found.index));
    const [whole, quoted, colon, word] = found;
    if (colon) parts.push(h("span.j-name", {}, quoted), colon);
    else parts.push(h(quoted ? "span.j-text" : word ? "span.j-word" : "span.j-number", {}, whole));
    end = found.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}
