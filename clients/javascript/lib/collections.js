// What a tenant has many of, as small objects: each looks anew at every call.

import { VerificationError, pathOf } from "./control-line.js";

export class Clock {
  #line;

  constructor(line) {
    this.#line = line;
  }

  read() {
    return this.#line.get("/clock");
  }

  freeze(moment) {
    return this.#line.put("/clock", { mode: "frozen", now: writeMoment(moment) });
  }

  set(moment) {
    return this.#line.put("/clock", { mode: "offset", now: writeMoment(moment) });
  }

  release() {
    return this.#line.put("/clock", { mode: "real" });
  }

  advance(step) {
    const wanted = typeof step === "string" ? { by: step } : { ...step };
    if (wanted.to !== undefined) wanted.to = writeMoment(wanted.to);
    return this.#line.post("/clock/advance", wanted);
  }
}

export class Quirks {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list() {
    return (await this.#line.get("/quirks")).value;
  }

  set(id, value) {
    return this.#line.put(pathOf("quirks", id), { value });
  }
}

export class Faults {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list() {
    return (await this.#line.get("/faults")).value;
  }

  get(id) {
    return this.#line.get(pathOf("faults", id));
  }

  add(rule) {
    return this.#line.post("/faults", rule);
  }

  async preset(name, changes) {
    return (await this.#line.post(pathOf("faults", "presets", name), changes)).value;
  }

  async presets() {
    return (await this.#line.get("/faults/presets")).value;
  }

  async problems() {
    return (await this.#line.get("/faults/problems")).value;
  }

  async operations() {
    return (await this.#line.get("/faults/operations")).value;
  }

  async drop(id) {
    await this.#line.delete(pathOf("faults", id));
  }

  async clear() {
    await this.#line.delete("/faults");
  }
}

export class Journal {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list(criteria) {
    return (await this.#line.get("/journal", criteria)).value;
  }

  get(number) {
    return this.#line.get(pathOf("journal", number));
  }

  async verify(match = {}, counts = {}) {
    const found = await this.#line.post("/journal/verify", { match, ...counts });
    if (!found.ok) throw new VerificationError(tellVerdict(found), found.near);
    return found.count;
  }

  async wait(match = {}, { timeout = 10, since = 0 } = {}) {
    const found = await this.#line.get("/journal/wait", { ...match, since, timeout }, { wait: timeout });
    if (!found.ok) throw new VerificationError(tellVerdict(found), found.near);
    return found.entry;
  }

  async notes(filters) {
    return (await this.#line.get("/journal/notes", filters)).value;
  }

  permissions(criteria) {
    return this.#line.get("/journal/permissions", criteria);
  }

  har(criteria) {
    return this.#line.get("/journal.har", criteria);
  }

  scenario(criteria) {
    return this.#line.get("/journal/scenario", criteria);
  }

  async clear() {
    await this.#line.delete("/journal");
  }
}

export class Outbox {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list(filters) {
    return (await this.#line.get("/outbox", filters)).value;
  }
}

export class Deliveries {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list(filters) {
    return (await this.#line.get("/deliveries", filters)).value;
  }

  async settle({ timeout = 30 } = {}) {
    const done = await this.#line.post("/deliveries/settle", { timeout }, { wait: timeout });
    if (!done.settled) throw new VerificationError(done.message);
  }

  redeliver(id) {
    return this.#line.post(pathOf("deliveries", id, "redeliver"));
  }
}

export class Stubs {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list() {
    return (await this.#line.get("/stubs")).value;
  }

  add(stub) {
    return this.#line.post("/stubs", stub);
  }

  async replace(stubs) {
    await this.#line.put("/stubs", stubs);
  }

  async drop(name) {
    await this.#line.delete(pathOf("stubs", name));
  }

  async clear() {
    await this.#line.delete("/stubs");
  }
}

export class Snapshots {
  #line;

  constructor(line) {
    this.#line = line;
  }

  async list() {
    return (await this.#line.get("/snapshots")).value.map((each) => each.name);
  }

  async take(name) {
    return (await this.#line.post("/snapshots", name === undefined ? undefined : { name })).name;
  }

  async restore(name) {
    await this.#line.post(pathOf("snapshots", name, "restore"));
  }

  async drop(name) {
    await this.#line.delete(pathOf("snapshots", name));
  }
}

/** A moment as the control plane takes it. */
export function writeMoment(moment) {
  return moment instanceof Date ? moment.toISOString() : moment;
}

/** A verdict with its near misses, a line each. */
function tellVerdict(found) {
  const lines = (found.near ?? []).map(({ entry, criterion, wanted, came }) => {
    const missed = `${criterion}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(came)}`;
    return `  near: ${entry.method} ${entry.path} → ${entry.status} (${missed})`;
  });
  return [found.message, ...lines].join("\n");
}
