// What a failed test shows of its tenant: the exchanges, and the plain reasons behind opaque answers.

import { ControlError } from "./control-line.js";

const MOST = 50;
const LONGEST = 1000; // characters of a body that was sent

/** The newest exchanges of a tenant as text, oldest first; says why if the journal cannot be read. */
export async function describeExchanges(client) {
  try {
    return await writeReport(client);
  } catch (error) {
    if (error instanceof ControlError) return `the journal cannot be read: ${error.message}`;
    throw error;
  }
}

/** The same with its heading, as the set-ups print it. */
export async function describeFailure(client) {
  return `bookings: exchanges of this test\n${await describeExchanges(client)}`;
}

async function writeReport(client) {
  const [found, deliveries] = [await client.journal.list(), await client.deliveries.list()];
  if (found.length === 0) return "none: this tenant received no request; does the client use bookings.graphUrl?";
  const leftOut = found.length > MOST ? [`… ${found.length - MOST} earlier ones`] : [];
  const undelivered = deliveries.filter((each) => each.status !== "delivered").map(writeDelivery);
  return [...leftOut, ...found.slice(-MOST).flatMap(writeExchange), ...undelivered.slice(-MOST)].join("\n");
}

function writeExchange({ method, path, query, status, persona, duration, problem, reason, request, faults, events }) {
  const who = persona ? `  as ${persona}` : "";
  const lines = [`${method} ${path}${query ? `?${query}` : ""} → ${status}${who}  (${duration.toFixed(1)} ms)`];
  if (problem) {
    lines.push(`    ${problem}: ${reason}`);
    if (request?.body) lines.push(`    sent: ${shorten(request.body)}`);
  }
  if (faults.length > 0) lines.push(`    faults: ${faults.join(", ")}`);
  if (events.length > 0) lines.push(`    events: ${events.join(", ")}`);
  return lines;
}

function shorten(body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

function writeDelivery({ event, callback, status, reason }) {
  return hideQueries(`notification of ${event} to ${callback}: ${status}${reason ? `: ${reason}` : ""}`);
}

/** Callbacks carry their secret in the query. */
function hideQueries(text) {
  return text.replace(/\?[^\s"']+/g, "?…");
}
