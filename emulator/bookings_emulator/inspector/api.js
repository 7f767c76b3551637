// The line to the emulator: its control plane, Graph as a persona, and the stream of what happens.

const PLACE = location.pathname.replace(/\/_inspector(\/.*)?$/, "");
const KEY = "bookings-emulator-key";
let asking = null;

/** Where the tenant is that this page looks at: `http://localhost:8365`, or with `/tenants/{name}`. */
export const HERE = location.origin + PLACE;
/** The same without the prefix of a tenant. */
export const ROOT = PLACE.replace(/\/tenants\/[^/]+$/, "");

/** A call that was refused: `message` says why, `status` how. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

let askForKey = async () => null;

/** Who asks the user for the control key, once for all calls that wait for it. */
export function onKey(ask) {
  askForKey = ask;
}

function keyHeaders() {
  const key = sessionStorage.getItem(KEY);
  return key ? { "X-Emulator-Key": key } : {};
}

async function fetchControl(path, options = {}) {
  for (;;) {
    const headers = { ...options.headers, ...keyHeaders() };
    const answer = await fetch(`${PLACE}/_emulator${path}`, { cache: "no-store", ...options, headers });
    if (answer.status !== 401) return answer;
    asking ||= askForKey().finally(() => (asking = null));
    const key = await asking;
    if (key === null) return answer;
    sessionStorage.setItem(KEY, key);
  }
}

/** Call the control plane: the JSON of the answer, null for none. Throws Refusal. */
export async function control(method, path, body, query) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetchControl(path + queryOf(query), options);
  if (answer.status === 204) return null;
  const told = await answer.text();
  if (!answer.ok) throw new Refusal(said(told, answer), answer.status);
  return answer.headers.get("content-type")?.includes("json") ? JSON.parse(told) : told;
}

export const get = (path, query) => control("GET", path, undefined, query);
export const post = (path, body) => control("POST", path, body);
export const put = (path, body) => control("PUT", path, body);
export const drop = (path) => control("DELETE", path);

/** A path of names, each quoted. */
export const at = (...names) => names.map((each) => `/${encodeURIComponent(each)}`).join("");

function queryOf(query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

function said(text, answer) {
  try {
    const { error } = JSON.parse(text);
    return typeof error === "string" ? error : error.message;
  } catch {
    return `${answer.status} ${text.slice(0, 300)}`;
  }
}

/** A bearer token of a persona; without one, the text that stands for an administrator who may do everything. */
export async function tokenOf(persona, audience) {
  if (!persona) return "test-token";
  return (await post("/tokens", audience ? { persona, audience } : { persona })).access_token;
}

/** Call an emulated plane as a persona. Never throws for a refusal: `ok`, `status`, `body`, `reason` and `headers` tell. */
export async function call(method, path, body, persona, headers = {}) {
  const sent = { ...headers, Authorization: `Bearer ${await tokenOf(persona, audienceOf(path))}` };
  const options = { method, headers: sent, cache: "no-store" };
  if (body !== undefined && body !== null) {
    options.body = typeof body === "string" ? body : JSON.stringify(body);
    if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) sent["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(PLACE + path, options);
  } catch (error) {
    return { ok: false, status: 0, body: null, reason: `no whole answer came: ${error.message}`, code: "" };
  }
  const text = await answer.text().catch(() => "");
  const read = parsed(text);
  const reason = answer.headers.get("x-emulator-reason") ?? "";
  return { ok: answer.ok, status: answer.status, body: read, reason, code: read?.error?.code ?? "" };
}

const audienceOf = (path) => (/^\/(apim|BookingsService|api)\//.test(path) ? "connector" : undefined);

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return text;
  }
}

/** Call the control plane and hear of what comes while it works: `{ kind, data }` for each event. Throws Refusal. */
export async function* hearOf(path, body, query) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetchControl(path + queryOf(query), { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Refusal(said(await answer.text(), answer), answer.status);
  yield* eventsOf(answer.body);
}

/** Follow what happens until `stop()`: `tell({ id, kind, data })` for each; `state(word)` live, waiting or refused. */
export function follow(query, tell, state = () => {}) {
  const ending = new AbortController();
  let place = query.after ?? "";
  (async () => {
    while (!ending.signal.aborted) {
      try {
        const answer = await fetchControl(`/events${queryOf({ ...query, after: place })}`, { signal: ending.signal });
        if (!answer.ok) {
          state("refused", said(await answer.text(), answer));
          return;
        }
        state("live");
        for await (const event of eventsOf(answer.body)) {
          place = event.id || place;
          tell(event);
        }
      } catch (error) {
        if (ending.signal.aborted) return;
      }
      state("waiting");
      await new Promise((done) => setTimeout(done, 1000));
    }
  })();
  return () => ending.abort();
}

async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
  }
}

function eventOf(block) {
  const event = { id: "", kind: "", data: null };
  for (const line of block.split("\n")) {
    const place = line.indexOf(": ");
    const name = line.slice(0, place), value = line.slice(place + 2);
    if (name === "id") event.id = value;
    if (name === "event") event.kind = value;
    if (name === "data") event.data = JSON.parse(value);
  }
  return event.kind ? event : null;
}
