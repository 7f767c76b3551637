/** Bookings emulator: the client of its control plane, the launcher, and what a failed test shows. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: unknown };
/** A moment: a Date, or a string with an offset such as `2026-01-05T08:00:00Z`. */
export type Moment = Date | string;

/** The control plane refused a request; the message says what was expected, what was received and where. */
export class ControlError extends Error {
  constructor(message: string, status?: number, options?: { cause?: unknown });
  /** Status of the response; 0 if there was none. */
  readonly status: number;
}

/** A test's expectation failed; the message lists the near misses, and `near` holds them. */
export class VerificationError extends Error {
  constructor(message: string, near?: NearMiss[]);
  readonly near: NearMiss[];
}

/** No emulator could be found or started; the message lists what was tried and the result of each. */
export class LaunchError extends Error {
  constructor(message: string, tried?: string[]);
  readonly tried: string[];
}

export interface ClientOptions {
  /** The key of the control plane, if the emulator was started with `--control-key`. */
  key?: string | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The caller of requests that name none. */
  persona?: string | undefined;
  /** The bearer token of a caller without a persona; any string works. */
  token?: string | undefined;
}

/** The starting state of a tenant; a reset restores it. */
export interface TenantStart {
  /** Names of fixtures, or the contents of fixture files. */
  fixture?: string | JsonObject | (string | JsonObject)[];
  /** Name of a scenario, or the content of its file: the tenant starts in its starting state. */
  scenario?: string | JsonObject;
  name?: string;
  domain?: string;
  /** Makes ids repeatable. */
  seed?: number;
  /** Freezes the clock at a moment. */
  now?: Moment;
  /** Values of quirks by id. */
  quirks?: Record<string, boolean | string>;
  /** Rules, or names of presets. */
  faults?: (string | FaultRule)[];
  auth?: "open" | "check" | "strict";
  /** Hosts besides the emulator's own machine that notifications are really sent to. */
  deliver_to?: string[];
  /** The caller of requests that name none. */
  persona?: string;
}

export interface TokenOptions {
  /** Default: `graph`; `connector`, or a value for `aud`. */
  audience?: string;
  permissions?: string[];
  /** A duration such as `PT10M`. */
  lifetime?: string;
  wrong?: "expired" | "not-yet-valid" | "audience" | "tenant" | "signature" | "no-permissions";
}

/** A request to Graph: the options of fetch, and the caller. A body that is not a string is sent as JSON. */
export interface GraphOptions extends Omit<RequestInit, "body" | "headers"> {
  persona?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ClockReading {
  mode: "real" | "offset" | "frozen";
  /** In UTC. */
  now: string;
  /** A duration such as `P1D`. */
  offset: string;
}

export interface Quirk {
  id: string;
  number: string;
  title: string;
  does: string;
  value: boolean | string;
  values: (boolean | string)[];
  default: boolean | string;
  confidence: string;
  source: string;
}

/** A rule: the requests it matches, what it does to them, and when it fires. */
export interface FaultRule {
  id?: string;
  title?: string;
  match?: JsonObject;
  effect?: JsonObject;
  schedule?: JsonObject;
}

export interface Fault {
  id: string;
  title: string | null;
  match: JsonObject;
  effect: JsonObject;
  schedule: JsonObject;
  state: string;
  matched: number;
  fired: number;
  /** How often it can still fire; null for any number of times. */
  left: number | null;
}

export interface FaultPreset {
  name: string;
  title: string;
  shows: string;
  source: string;
  confidence: string;
  rules: FaultRule[];
}

export interface FaultProblem {
  id: string;
  status: number;
  code: string;
  message: string;
  confidence: string;
  source: string;
}

type OneOrMany<T> = T | T[];

/** The exchanges to match; the criteria are those of `GET /_emulator/journal`. `*` and `?` stand for anything. */
export interface Criteria {
  plane?: string;
  operation?: string;
  business?: string;
  persona?: string;
  method?: string;
  path?: string;
  /** A status, a class such as `4xx`, or several. */
  status?: OneOrMany<number | string>;
  problem?: string;
  fault?: string;
  quirk?: string;
  event?: string;
  request_id?: string;
  reason?: string;
  text?: string;
  /** JSON that the request body contains, member by member. */
  body?: unknown;
  /** Took at least that many milliseconds. */
  slower?: number;
  /** Has a greater number than this. */
  since?: number;
  /** Has this number, or one of several: `7, 9-12`. */
  number?: number | string;
}

/** Criteria of `journal.verify`: a list means any of its items. */
export type VerifyCriteria = { [Name in Exclude<keyof Criteria, "body">]?: OneOrMany<NonNullable<Criteria[Name]>> } & {
  /** JSON that the request body contains, member by member. */
  body?: unknown;
};

/** How many exchanges must match; default: at least one. */
export interface Counts {
  exactly?: number;
  atLeast?: number;
  atMost?: number;
  never?: true;
}

export interface Exchange {
  number: number;
  at: string;
  plane: string;
  operation: string | null;
  business: string | null;
  persona: string | null;
  method: string;
  path: string;
  query: string;
  status: number;
  problem: string | null;
  /** The reason for the response, in plain words. */
  reason: string | null;
  note: string | null;
  faults: string[];
  /** Those whose value decided what came of it. */
  quirks: string[];
  events: string[];
  /** Milliseconds. */
  duration: number;
  request_id: string;
  in_batch: boolean;
  request?: ExchangeMessage;
  response?: ExchangeMessage | null;
}

export interface ExchangeMessage {
  headers: Record<string, string>;
  body: any;
  size: number;
  is_cut: boolean;
}

/** An exchange that fails a single criterion. */
export interface NearMiss {
  entry: Exchange;
  criterion: string;
  wanted: unknown;
  came: unknown;
}

/** What a client did that works here but may fail against the real service. */
export interface Note {
  kind: string;
  number: number;
  because: number | null;
  persona: string | null;
  operation: string | null;
  text: string;
}

export interface Permissions {
  delegated: { least: string[]; refused: string[] };
  application: { least: string[]; refused: string[] };
  operations: JsonObject[];
  dropped: number;
}

export interface Message {
  status: "sent" | "waiting";
  kind: string;
  channel: string;
  audience: string;
  to: string;
  subject: string;
  text: string;
  code: string | null;
  business: string;
  appointment: string | null;
  due: string;
  sent: string | null;
  exchange: number | null;
}

export interface OutboxFilters {
  kind?: string;
  to?: string;
  appointment?: string;
  status?: "sent" | "waiting";
  exchange?: number;
}

export type DeliveryStatus = "waiting" | "delivered" | "failed" | "withheld" | "discarded";

export interface Delivery {
  id: string;
  subscription: string;
  business: string;
  event: Change;
  appointment: string;
  callback: string;
  target: string | null;
  at: string;
  status: DeliveryStatus;
  reason: string | null;
  /** When it is tried again, or brought if a fault makes it late. */
  due: string | null;
  /** The number of the delivery that it repeats. */
  repeats: string | null;
  /** The ids of the faults that met it. */
  faults: string[];
  attempts: JsonObject[];
  body: any;
}

export interface DeliveryFilters {
  subscription?: string;
  business?: string;
  event?: Change;
  appointment?: string;
  status?: DeliveryStatus;
  exchange?: number;
  fault?: string;
}

export type Change = "Created" | "Updated" | "Deleted";

export interface Subscription {
  id: string;
  business: string;
  changes: Change[];
  url: string;
  /** Where notifications are sent; null if they are not sent. */
  target: string | null;
  owner: string;
}

/** A fixed response for a request outside Bookings. */
export interface StubRule {
  /** Method and path below the version, such as `POST /users/{id}/sendMail`. */
  request: string;
  name?: string;
  query?: Record<string, string>;
  match?: unknown;
  /** Default: 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  permissions?: string[];
}

export interface Stub extends JsonObject {
  name: string;
  request: string;
  hits: number;
}

export interface Tenant {
  name: string;
  id: string;
  domain: string;
  control: string;
  graph: { "v1.0": string; beta: string };
  connector: string;
  authority: string;
}

export interface Persona {
  name: string;
  kind: string;
  upn: string | null;
  object_id: string;
  client_id: string;
  permissions: string[];
}

export interface Business {
  id: string;
  displayName: string;
  isPublished: boolean;
  timeZone: string;
  services: number;
  staffMembers: number;
  customers: number;
  customQuestions: number;
  appointments: number;
}

export interface Scenario {
  name: string;
  title: string;
  shows: string;
  source: string;
  problems: string[];
}

export interface Play {
  result: "passed" | "failed" | "skipped";
  steps: JsonObject[];
  /** The tenant in which it was played; null if that is deleted. */
  tenant: string | null;
}

export interface Symptom {
  area: string;
  sees: string;
  why: string;
  do: string;
  problem: string | null;
  reason: string | null;
  request: string | null;
}

export interface Clock {
  read(): Promise<ClockReading>;
  /** Stop the clock at a moment; default: the current one. */
  freeze(moment?: Moment): Promise<ClockReading>;
  /** Set the clock to a moment and let it run from there. */
  set(moment: Moment): Promise<ClockReading>;
  /** Return the clock to real time. */
  release(): Promise<ClockReading>;
  /** Move forward by a duration such as `P1D`, or to a moment; everything due in between happens. */
  advance(step: string | { by: string } | { to: Moment }): Promise<ClockReading>;
}

export interface Quirks {
  list(): Promise<Quirk[]>;
  set(id: string, value: boolean | string): Promise<Quirk>;
}

export interface Faults {
  list(): Promise<Fault[]>;
  get(id: string): Promise<Fault>;
  add(rule: FaultRule): Promise<Fault>;
  /** Create the faults of a preset; changes override its rules. */
  preset(name: string, changes?: Pick<FaultRule, "match" | "effect" | "schedule">): Promise<Fault[]>;
  presets(): Promise<FaultPreset[]>;
  /** The problems that a fault can return. */
  problems(): Promise<FaultProblem[]>;
  /** The operations that a fault can match; `method` is null if there are several. */
  operations(): Promise<{ plane: string; name: string; method: string | null }[]>;
  drop(id: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Journal {
  list(criteria?: Criteria & { limit?: number; brief?: boolean }): Promise<Exchange[]>;
  get(number: number): Promise<Exchange>;
  /** Check how many exchanges match. Throws VerificationError, which lists the near misses. */
  verify(match?: VerifyCriteria, counts?: Counts): Promise<number>;
  /**
   * The first exchange that matches, as soon as it is over. An exchange that is already over matches too, unless
   * `since` requires a greater number. Throws VerificationError if none matches within `timeout` seconds (10).
   */
  wait(match?: Omit<Criteria, "since">, options?: { timeout?: number; since?: number }): Promise<Exchange>;
  notes(filters?: { kind?: string; persona?: string }): Promise<Note[]>;
  permissions(criteria?: Criteria): Promise<Permissions>;
  har(criteria?: Criteria): Promise<JsonObject>;
  scenario(criteria?: Criteria): Promise<JsonObject>;
  clear(): Promise<void>;
}

export interface Outbox {
  list(filters?: OutboxFilters): Promise<Message[]>;
}

export interface Deliveries {
  list(filters?: DeliveryFilters): Promise<Delivery[]>;
  /** Wait until all deliveries are settled. Throws VerificationError after `timeout` seconds (30). */
  settle(options?: { timeout?: number }): Promise<void>;
  redeliver(id: string): Promise<Delivery>;
}

export interface Stubs {
  list(): Promise<Stub[]>;
  add(stub: StubRule): Promise<Stub>;
  /** Replace all stubs with these. */
  replace(stubs: StubRule[]): Promise<void>;
  drop(name: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Snapshots {
  list(): Promise<string[]>;
  /** Save the current state; returns the name of the snapshot. */
  take(name?: string): Promise<string>;
  restore(name: string): Promise<void>;
  drop(name: string): Promise<void>;
}

/** One tenant of a running emulator. Methods throw ControlError if the control plane refuses a request. */
export class BookingsClient {
  /** `url` is `http://localhost:8365` (default) or `…/tenants/{name}`. */
  constructor(url?: string, options?: ClientOptions);
  readonly url: string;
  readonly origin: string;
  readonly graphUrl: string;
  readonly betaUrl: string;
  readonly connectorUrl: string;
  readonly controlUrl: string;
  /** A bearer token that selects this tenant, with `anyone` as the caller. */
  readonly token: string;
  readonly persona: string | undefined;
  /** Set for tenants that this client created. */
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly clock: Clock;
  readonly quirks: Quirks;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly deliveries: Deliveries;
  readonly stubs: Stubs;
  readonly snapshots: Snapshots;
  isReady(): Promise<boolean>;
  index(): Promise<JsonObject>;
  version(): Promise<string>;
  /** The booking page of a business. */
  pageUrl(business: string): string;
  /** Create a tenant, isolated from all others. */
  tenant(start?: TenantStart): Promise<BookingsClient>;
  tenants(): Promise<Tenant[]>;
  /** Delete this tenant and everything in it. */
  drop(): Promise<void>;
  /** Reset it to its starting state. */
  reset(): Promise<void>;
  /** All businesses with their records, as a fixture. */
  state(version?: "v1.0" | "beta"): Promise<JsonObject>;
  /** Replace all businesses with those of a fixture. */
  replaceState(fixture: JsonObject): Promise<void>;
  /** Put the tenant into the starting state of a scenario. */
  load(scenario: string | JsonObject): Promise<void>;
  scenarios(): Promise<Scenario[]>;
  /** One scenario, as its file would be in JSON: change it, then `load` it. */
  scenario(name: string): Promise<JsonObject>;
  /** Play a scenario in a tenant created for it; `keep` keeps that tenant. */
  play(scenario: string | JsonObject, options?: { keep?: boolean }): Promise<Play>;
  personas(): Promise<Persona[]>;
  businesses(): Promise<Business[]>;
  /** One business with its services, staff, customers and questions; not recorded in the journal. */
  business(id: string): Promise<JsonObject>;
  /** Appointments, and the open, taken and free times of each staff member; at most 42 days. */
  calendar(business: string, start: Moment, end: Moment): Promise<JsonObject>;
  /** Add a business, or with `business` and `set` an item of one, without notifying anybody; returns its ids. */
  addRecord(
    record: Record<string, unknown>,
    place?: { business: string; set: string },
  ): Promise<{ id: string; business: string }>;
  /** Change settings of the booking pages, and return all of them. */
  tenantSettings(changes?: Record<string, boolean>): Promise<Record<string, boolean>>;
  /** Symptoms with causes and fixes; of one problem, or of all. */
  troubleshooting(problem?: string): Promise<Symptom[]>;
  /** Key and certificate of an application as one PEM. */
  certificate(persona: string): Promise<string>;
  /** The certificate authority of https as PEM. */
  ca(): Promise<string>;
  /** The devices that wait for a person to sign in. */
  deviceCodes(): Promise<JsonObject[]>;
  /** Sign a device in as a persona, or decline it with null. */
  answerDevice(code: string, persona: string | null): Promise<void>;
  accessToken(persona?: string, wanted?: TokenOptions): Promise<string>;
  /** The header that sends a request as that persona. */
  headers(persona?: string, wanted?: TokenOptions): Promise<Record<string, string>>;
  revoke(persona: string): Promise<void>;
  /** Send a request to Graph v1.0: `await bookings.graph("/solutions/bookingBusinesses")`. Refusals do not throw. */
  graph(path: string, options?: GraphOptions): Promise<Response>;
  subscriptions(filters?: { business?: string }): Promise<Subscription[]>;
  /** Make the connector notify a URL; returns the id of the webhook. */
  subscribe(business: string, change: Change, url: string): Promise<string>;
  unsubscribe(business: string, webhook: string): Promise<void>;
}

export interface StartOptions {
  /** A running emulator; default: $BOOKINGS_EMULATOR_URL. */
  url?: string | undefined;
  /** Default: $BOOKINGS_EMULATOR_CONTROL_KEY. */
  key?: string | undefined;
  /** More options of `serve`, such as `["--auth", "strict"]`; ignored for a running emulator. */
  arguments?: string[];
  /** The command to use instead of `bookings-emulator`. */
  command?: string;
  /** The image for docker; default: $BOOKINGS_IMAGE. */
  image?: string;
  /** Seconds that each way may take to be ready; default: 120, because `uvx` and docker may download. */
  timeout?: number;
  /** The environment to read and pass on; default: that of this process. */
  env?: Record<string, string | undefined>;
}

/** The default tenant of an emulator that was found or started. */
export interface Emulator extends BookingsClient {
  readonly startedBy: "url" | "command" | "uvx" | "docker";
  /** Stop an emulator that was started here; one that was already running keeps running. */
  stop(): Promise<void>;
}

/** Find an emulator or start one: a URL, `bookings-emulator`, `uvx`, docker. Throws LaunchError. */
export function startEmulator(options?: StartOptions): Promise<Emulator>;

/** The newest exchanges of a tenant as text: method, path, status, reason. */
export function describeExchanges(client: BookingsClient): Promise<string>;
