// The line to one control plane: a call goes out as JSON, JSON comes back, and a refusal becomes an error.

const PATIENCE = 30_000; // milliseconds that a call may take beyond what it was told to wait

/** The control plane refused a call; the message says what was expected, what was received, and where. */
export class ControlError extends Error {
  constructor(message, status = 0, options) {
    super(message, options);
    this.name = "ControlError";
    this.status = status;
  }
}

/** What was asked of the emulator is not what a test expected; `near` are the exchanges that nearly match. */
export class VerificationError extends Error {
  constructor(message, near = []) {
    super(message);
    this.name = "VerificationError";
    this.near = near;
  }
}

/** Calls of the control plane below `{url}/_emulator`, with its key if it asks for one. */
export class ControlLine {
  constructor(url, { key, fetch: call } = {}) {
    this.url = checkAddress(url);
    this.key = key;
    this.fetch = call ?? ((...given) => globalThis.fetch(...given));
  }

  /** What is at a path; members of the query that are null or undefined are left out. `wait` is in seconds. */
  async get(path, query = {}, { wait = 0 } = {}) {
    return this.#call("GET", path + writeQuery(query), undefined, wait);
  }

  post(path, body, { wait = 0 } = {}) {
    return this.#call("POST", path, body, wait);
  }

  put(path, body) {
    return this.#call("PUT", path, body);
  }

  delete(path) {
    return this.#call("DELETE", path);
  }

  async #call(method, path, body, wait = 0) {
    const headers = this.key ? { "X-Emulator-Key": this.key } : {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await this.send(`${this.url}/_emulator${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE + wait * 1000),
    });
    const text = await response.text();
    if (!response.ok) throw new ControlError(plainReason(response, method, text), response.status);
    if (!text) return null;
    return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
  }

  /** A call of any plane of the emulator; if no answer comes, the error says why. */
  async send(url, options) {
    try {
      return await this.fetch(url, options);
    } catch (error) {
      throw new ControlError(explainFailure(this.url, error), 0, { cause: error });
    }
  }
}

/** A path of names, each quoted whole, so that none can lead elsewhere. */
export function pathOf(...names) {
  return names.map((name) => `/${quoteSegment(name)}`).join("");
}

function quoteSegment(name) {
  const text = String(name ?? "");
  // fetch reads %2E%2E as a step of the path too, so these names cannot be sent at all
  if (["", ".", ".."].includes(text)) throw new ControlError(`expected a name; got '${text}'`);
  return encodeURIComponent(text);
}

/** Why a call was refused: the plain reason of a plane, or the sentence of the control plane. */
export function plainReason(response, method, text) {
  const reason = response.headers.get("x-emulator-reason");
  if (reason) return reason;
  try {
    const { error } = JSON.parse(text);
    if (error) return String(error.message ?? error);
  } catch {
    // not JSON: told as it came
  }
  return `${method} ${response.url} answered ${response.status}: ${text.slice(0, 500)}`;
}

function checkAddress(url) {
  const text = String(url ?? "");
  if (!URL.canParse(text) || !["http:", "https:"].includes(new URL(text).protocol)) {
    throw new ControlError(`expected the URL of an emulator, such as http://localhost:8365; got '${text}'`);
  }
  return text.replace(/\/+$/, "");
}

function writeQuery(query) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  if (said.length === 0) return "";
  return `?${new URLSearchParams(said.map(([name, value]) => [name, writeParameter(name, value)]))}`;
}

/** A value as a query can say it: a body is JSON, all else plain text. */
function writeParameter(name, value) {
  if (name === "body") return JSON.stringify(value);
  if (Array.isArray(value) && name === "status") return value.join(",");
  if (typeof value !== "object") return String(value);
  const came = JSON.stringify(value);
  throw new ControlError(`'${name}' takes a single value here; only journal.verify takes several values or an object; got ${came}`);
}

function explainFailure(url, error) {
  const cause = error.cause ?? error;
  const told = cause.message || cause.code || String(error);
  if (error.name === "TimeoutError") return `the emulator at ${url} gave no answer in time`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(cause.code ?? "")) {
    return `https with ${url} fails: ${told}; start node with NODE_EXTRA_CA_CERTS naming the file that the start lines of the emulator call ca`;
  }
  const advice = cause.code === "ECONNREFUSED" ? "; start one with: bookings-emulator serve, or startEmulator()" : "";
  return `no emulator responds at ${url}: ${told}${advice}`;
}
