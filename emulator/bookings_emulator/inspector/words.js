// Moments, lengths and names as people read them.

import { h } from "./dom.js";

/** `2026-01-05 08:00:00` in UTC, as the control plane counts. */
export const moment = (text) => (text ? text.replace("T", " ").replace(/(\.\d+)?Z$/, "") : "");

/** `08:00:00`. */
export const time = (text) => moment(text).slice(11);

/** `1.2 ms`, `340 ms`, `2.1 s`. */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds >= 100 ? Math.round(milliseconds) : milliseconds.toFixed(1)} ms`;
}

/** How far a moment is from another: `in 2 d 3 h`, `5 min ago`. */
export function distance(from, to) {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  const length = lengthOf(Math.abs(seconds));
  return seconds === 0 ? "now" : seconds > 0 ? `in ${length}` : `${length} ago`;
}

function lengthOf(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const parts = [];
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size);
    if (count && parts.length < 2) parts.push(`${count} ${name}`);
    seconds %= size;
  }
  return parts.join(" ");
}

/** The class of a status: good, odd or bad. */
export function kindOf(status) {
  return status >= 500 || status === 0 ? "bad" : status >= 400 ? "odd" : "good";
}

/** A status as a coloured mark. */
export const status = (number) => h("span.status", { class: kindOf(number) }, number || "lost");

/** How sure a fact is, as a mark. */
export function confidence(word) {
  if (!word) return null;
  return h("span.tag", { class: `sure-${word}`, title: "confidence" }, word === "guess" ? "a guess" : `confidence: ${word}`);
}

/** A path without what all paths have in common. */
export const shortened = (path) => path.replace(/^\/(v1\.0|beta)\/(solutions\/)?bookingBusinesses\//, "…/").replace(/^\/apim\/microsoftbookings\/[^/]+\//, "…/");

/** A sentence of the documents: `code` as code, links to quirks as links to their panel, any other link as its text. */
export function prose(text) {
  return text.split(/(`[^`]+`|\[[^\]]+\]\([^)]+\))/).map((part) => {
    if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
    const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    if (!link) return part;
    const quirk = /^quirks\.md#(.+)$/.exec(link[2]);
    return quirk ? h("a", { href: `#/quirks?open=${encodeURIComponent(quirk[1])}` }, link[1]) : link[1];
  });
}
