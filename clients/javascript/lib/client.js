// One tenant of a running emulator, as a test drives it.

import { Clock, Deliveries, Faults, Journal, Outbox, Quirks, Snapshots, Stubs, writeMoment } from "./collections.js";
import { ControlLine, pathOf, plainReason, ControlError } from "./control-line.js";

const CONNECTION = "shared-bookings"; // any connection id will do
const ANYBODY = "test-token"; // any token that names no persona stands for anyone, who may do everything

export class BookingsClient {
  #line;
  #options;

  constructor(url = "http://localhost:8365", options = {}) {
    const { key, fetch, persona, token = ANYBODY, name, id } = options;
    this.#options = { key, fetch };
    this.#line = new ControlLine(url, this.#options);
    this.url = this.#line.url;
    this.origin = this.url.replace(/\/tenants\/[^/]+$/, "");
    this.graphUrl = `${this.url}/v1.0`;
    this.betaUrl = `${this.url}/beta`;
    this.connectorUrl = `${this.url}/apim/microsoftbookings/${CONNECTION}`;
    this.controlUrl = `${this.url}/_emulator`;
    Object.assign(this, { token, persona, name, id });
    this.clock = new Clock(this.#line);
    this.quirks = new Quirks(this.#line);
    this.faults = new Faults(this.#line);
    this.journal = new Journal(this.#line);
    this.outbox = new Outbox(this.#line);
    this.deliveries = new Deliveries(this.#line);
    this.stubs = new Stubs(this.#line);
    this.snapshots = new Snapshots(this.#line);
  }

  async isReady() {
    try {
      return (await this.#line.get("/health")).status === "ready";
    } catch (error) {
      if (error instanceof ControlError) return false;
      throw error;
    }
  }

  index() {
    return this.#line.get("");
  }

  async version() {
    return (await this.#line.get("/version")).version;
  }

  /** The booking page of a business, as a customer opens it. */
  pageUrl(business) {
    return `${this.url}/book${pathOf(business)}`;
  }

  async tenant({ persona, ...given } = {}) {
    const made = await this.#line.post("/tenants", { ...given, now: writeMoment(given.now) });
    const url = made.control.replace(/\/_emulator$/, "");
    const { name, id, token } = made;
    const client = new BookingsClient(url, { ...this.#options, persona, token, name, id });
    if (persona !== undefined) await client.#checkPersona();
    return client;
  }

  async #checkPersona() {
    try {
      await this.accessToken();
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  async tenants() {
    return (await this.#line.get("/tenants")).value;
  }

  async drop() {
    const name = this.name ?? (await this.index()).tenant;
    await this.#line.delete(pathOf("tenants", name));
  }

  async reset() {
    await this.#line.post("/reset");
  }

  state(version) {
    return this.#line.get("/state", { version });
  }

  async replaceState(fixture) {
    await this.#line.put("/state", fixture);
  }

  async load(scenario) {
    if (typeof scenario === "string") await this.#line.post(pathOf("scenarios", scenario));
    else await this.#line.post("/scenarios", scenario);
  }

  /** Play a scenario in a tenant made for it. */
  play(scenario, { keep = false } = {}) {
    return this.#line.post("/plays", { scenario, keep }, { wait: 120 });
  }

  /** One scenario, as its file would be in JSON: change it, then load it. */
  async scenario(name) {
    const { name: _, ...found } = await this.#line.get(pathOf("scenarios", name));
    return found;
  }

  async scenarios() {
    return (await this.#line.get("/scenarios")).value;
  }

  async subscriptions(filters) {
    return (await this.#line.get("/subscriptions", filters)).value;
  }

  async personas() {
    return (await this.#line.get("/personas")).value;
  }

  async businesses() {
    return (await this.#line.get("/businesses")).value;
  }

  business(id) {
    return this.#line.get(pathOf("businesses", id));
  }

  calendar(business, start, end) {
    const span = { start: writeMoment(start), end: writeMoment(end) };
    return this.#line.get(pathOf("businesses", business, "calendar"), span);
  }

  /** Adds a record nobody is told of: a business, or with `business` and `set` an item of one; answers its ids. */
  addRecord(record, place = {}) {
    return this.#line.post("/records", { record, ...place });
  }

  /** The settings that change the booking pages, after those given. */
  tenantSettings(changes) {
    return changes === undefined ? this.#line.get("/tenant-settings") : this.#line.put("/tenant-settings", changes);
  }

  async troubleshooting(problem) {
    return (await this.#line.get("/troubleshooting", { problem })).value;
  }

  /** A bearer token of a persona: the one given, else that of the tenant, else one that stands for anyone. */
  async accessToken(persona = this.persona, wanted = {}) {
    if (persona !== undefined) return (await this.#line.post("/tokens", { persona, ...wanted })).access_token;
    if (Object.keys(wanted).length === 0) return this.token;
    throw new ControlError(`${Object.keys(wanted).join(", ")} describes a persona's token; give persona as well`);
  }

  async headers(persona, wanted) {
    return { Authorization: `Bearer ${await this.accessToken(persona, wanted)}` };
  }

  async revoke(persona) {
    await this.#line.post(pathOf("personas", persona, "revoke"));
  }

  certificate(persona) {
    return this.#line.get(pathOf("personas", persona, "certificate.pem"));
  }

  ca() {
    return this.#line.get("/ca.pem");
  }

  async deviceCodes() {
    return (await this.#line.get("/device-codes")).value;
  }

  /** Sign a device in as a persona, or decline it with null. */
  async answerDevice(code, persona) {
    await this.#line.put(pathOf("device-codes", code), { persona });
  }

  /** Call Graph v1.0 as a client would, with a token; a body that is no text is sent as JSON. Refusals are responses. */
  async graph(path, { persona, body, headers, ...options } = {}) {
    const isJson = body !== undefined && typeof body !== "string";
    return this.#line.send(`${this.graphUrl}${path}`, {
      ...options,
      body: isJson ? JSON.stringify(body) : body,
      headers: {
        ...(await this.headers(persona)),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
    });
  }

  async subscribe(business, change, url) {
    const body = { webhook: { notification_url: url, resource: "Appointments", change_type: [change] } };
    return (await this.#callConnector("POST", business, `Appointment${change}`, body)).webhookId;
  }

  async unsubscribe(business, webhook) {
    await this.#callConnector("DELETE", business, webhook);
  }

  async #callConnector(method, business, last, body) {
    const path = `/BookingsService/api/V1/bookingBusinesses${pathOf(business)}/webhook${pathOf(last)}`;
    const headers = await this.headers(undefined, this.persona ? { audience: "connector" } : undefined);
    if (body) headers["Content-Type"] = "application/json";
    const response = await this.#line.send(this.connectorUrl + path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new ControlError(plainReason(response, method, text), response.status);
    return text ? JSON.parse(text) : null;
  }
}
