/** Bookings emulator: the client of its control plane, the launcher, and what a failed test shows. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: unknown };
/** A moment: a Date, or text with an offset such as `2026-01-05T08:00:00Z`. */
export type Moment = Date | string;

/** The control plane refused a call; the message says what was expected, what came and where. */
export class ControlError extends Error {
  constructor(message: string, status?: number, options?: { cause?: unknown });
  /** Status of the response; 0 if none came. */
  readonly status: number;
}

/** What came is not what a test expected; the message tells the near misses, `near` holds them. */
export class VerificationError extends Error {
  constructor(message: string, near?: NearMiss[]);
  readonly near: NearMiss[];
}

/** No emulator could be found or started; the message lists what was tried and what came of each. */
export class LaunchError extends Error {
  constructor(message: string, tried?: string[]);
  readonly tried: string[];
}

export interface ClientOptions {
  /** What the control plane asks for if the emulator was started with `--control-key`. */
  key?: string | undefined;
  /** Called in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Who calls if a call names nobody. */
  persona?: string | undefined;
  /** The bearer token of a caller without a persona; any text will do. */
  token?: string | undefined;
}

/** What a tenant starts from; a reset comes back to it. */
export interface TenantStart {
  /** Names of fixtures, or fixtures as their files would be. */
  fixture?: string | JsonObject | (string | JsonObject)[];
  /** Name of a scenario, or one as its file would be: the tenant starts in its given. */
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
  /** Who calls if a call names nobody. */
  persona?: string;
}

export interface TokenOptions {
  /** `graph` unless given; `connector`, or what `aud` shall say. */
  audience?: string;
  permissions?: string[];
  /** A duration such as `PT10M`. */
  lifetime?: string;
  wrong?: "expired" | "not-yet-valid" | "audience" | "tenant" | "signature" | "no-permissions";
}

/** A call of Graph: the options of fetch, and who calls. A body that is no text is sent as JSON. */
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

/** A rule: which calls it is for, what it does to them, and which of those it hurts. */
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
  /** How often it fires still; null for any number of times. */
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

/** Which exchanges are meant; the words are those of `GET /_emulator/journal`. `*` and `?` stand for anything. */
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
  event?: string;
  request_id?: string;
  reason?: string;
  text?: string;
  /** JSON that the body of the request contains, member by member. */
  body?: unknown;
  /** Took at least so many milliseconds. */
  slower?: number;
  /** Came after the exchange of this number. */
  since?: number;
  /** Has this number, or one of several: `7, 9-12`. */
  number?: number | string;
}

/** Criteria of `journal.verify`: a list means any of its items. */
export type VerifyCriteria = { [Name in Exclude<keyof Criteria, "body">]?: OneOrMany<NonNullable<Criteria[Name]>> } & {
  /** JSON that the body of the request contains, member by member. */
  body?: unknown;
};

/** How many exchanges are right; at least one if nothing is said. */
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
  /** In plain words what an opaque response does not say. */
  reason: string | null;
  note: string | null;
  faults: string[];
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

/** An exchange that misses one criterion alone. */
export interface NearMiss {
  entry: Exchange;
  criterion: string;
  wanted: unknown;
  came: unknown;
}

/** What a client did that works here and may not work there. */
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
}

export type Change = "Created" | "Updated" | "Deleted";

export interface Subscription {
  id: string;
  business: string;
  changes: Change[];
  url: string;
  /** Where notifications really go; null if they do not leave the machine. */
  target: string | null;
  owner: string;
}

/** An answer for what a program calls of Graph beside Bookings. */
export interface StubRule {
  /** Method and path below the version, such as `POST /users/{id}/sendMail`. */
  request: string;
  name?: string;
  query?: Record<string, string>;
  match?: unknown;
  /** 200 if not given. */
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
  /** The tenant in which it was played; null if that is gone. */
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
  /** Stop at a moment, the present one if none is given. */
  freeze(moment?: Moment): Promise<ClockReading>;
  /** Go on from a moment. */
  set(moment: Moment): Promise<ClockReading>;
  /** Go with the real time again. */
  release(): Promise<ClockReading>;
  /** Move on by a duration such as `P1D`, or to a moment; what falls due on the way happens. */
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
  /** Make the faults of a preset; changes are laid over its rules. */
  preset(name: string, changes?: Pick<FaultRule, "match" | "effect" | "schedule">): Promise<Fault[]>;
  presets(): Promise<FaultPreset[]>;
  /** The problems that a fault can refuse with. */
  problems(): Promise<FaultProblem[]>;
  /** The operations that a fault can be aimed at; `method` is null if there are several. */
  operations(): Promise<{ plane: string; name: string; method: string | null }[]>;
  drop(id: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Journal {
  list(criteria?: Criteria & { limit?: number; brief?: boolean }): Promise<Exchange[]>;
  get(number: number): Promise<Exchange>;
  /** How many exchanges match. Throws VerificationError, which tells the near misses. */
  verify(match?: VerifyCriteria, counts?: Counts): Promise<number>;
  /**
   * The first exchange that matches, as soon as it is over; one that is over already is enough, unless `since` says
   * after which number it has to come. Throws VerificationError if none comes within `timeout` seconds (10).
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
  /** Have these and no others. */
  replace(stubs: StubRule[]): Promise<void>;
  drop(name: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Snapshots {
  list(): Promise<string[]>;
  /** Keep everything as it is now; the name of the snapshot. */
  take(name?: string): Promise<string>;
  restore(name: string): Promise<void>;
  drop(name: string): Promise<void>;
}

/** One tenant of a running emulator. Methods throw ControlError if the control plane refuses a call. */
export class BookingsClient {
  /** `url` is `http://localhost:8365` unless given, or `…/tenants/{name}`. */
  constructor(url?: string, options?: ClientOptions);
  readonly url: string;
  readonly origin: string;
  readonly graphUrl: string;
  readonly betaUrl: string;
  readonly connectorUrl: string;
  readonly controlUrl: string;
  /** A bearer token that leads to this tenant, and stands for anyone. */
  readonly token: string;
  readonly persona: string | undefined;
  /** Known of tenants that this client made. */
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
  /** Make a tenant, isolated from all others. */
  tenant(start?: TenantStart): Promise<BookingsClient>;
  tenants(): Promise<Tenant[]>;
  /** Forget this tenant and everything in it. */
  drop(): Promise<void>;
  /** Put it back to what it started from. */
  reset(): Promise<void>;
  /** Everything there is, as a fixture. */
  state(version?: "v1.0" | "beta"): Promise<JsonObject>;
  /** Put the businesses of a fixture in the place of all there are. */
  replaceState(fixture: JsonObject): Promise<void>;
  /** Put the tenant into the given of a scenario. */
  load(scenario: string | JsonObject): Promise<void>;
  scenarios(): Promise<Scenario[]>;
  /** One scenario, as its file would be in JSON: change it, then `load` it. */
  scenario(name: string): Promise<JsonObject>;
  /** Play a scenario in a tenant made for it, which stays with `keep`. */
  play(scenario: string | JsonObject, options?: { keep?: boolean }): Promise<Play>;
  personas(): Promise<Persona[]>;
  businesses(): Promise<Business[]>;
  /** One business with its services, staff, customers and questions; it makes no exchange. */
  business(id: string): Promise<JsonObject>;
  /** Appointments, and when each member of the staff is open, taken and free; at most 42 days. */
  calendar(business: string, start: Moment, end: Moment): Promise<JsonObject>;
  /** Adds a record nobody is told of: a business, or with `business` and `set` an item of one; answers its ids. */
  addRecord(
    record: Record<string, unknown>,
    place?: { business: string; set: string },
  ): Promise<{ id: string; business: string }>;
  /** The settings that change the booking pages, after those given. */
  tenantSettings(changes?: Record<string, boolean>): Promise<Record<string, boolean>>;
  /** What is seen, why, and what to do; of one problem, or of all. */
  troubleshooting(problem?: string): Promise<Symptom[]>;
  /** Key and certificate of an application as one PEM. */
  certificate(persona: string): Promise<string>;
  /** The certificate authority of https as PEM. */
  ca(): Promise<string>;
  /** The devices that wait for a person. */
  deviceCodes(): Promise<JsonObject[]>;
  /** Sign a device in as a persona, or decline it with null. */
  answerDevice(code: string, persona: string | null): Promise<void>;
  accessToken(persona?: string, wanted?: TokenOptions): Promise<string>;
  /** The header that makes a request one of that persona. */
  headers(persona?: string, wanted?: TokenOptions): Promise<Record<string, string>>;
  revoke(persona: string): Promise<void>;
  /** Call Graph v1.0: `await bookings.graph("/solutions/bookingBusinesses")`. A refusal is a response as well. */
  graph(path: string, options?: GraphOptions): Promise<Response>;
  subscriptions(filters?: { business?: string }): Promise<Subscription[]>;
  /** Have the connector notify a URL; the id of the webhook. */
  subscribe(business: string, change: Change, url: string): Promise<string>;
  unsubscribe(business: string, webhook: string): Promise<void>;
}

export interface StartOptions {
  /** One that runs; $BOOKINGS_EMULATOR_URL unless given. */
  url?: string | undefined;
  /** $BOOKINGS_EMULATOR_CONTROL_KEY unless given. */
  key?: string | undefined;
  /** Further words of `serve`, such as `["--auth", "strict"]`; one that runs is taken as it is. */
  arguments?: string[];
  /** The command in place of `bookings-emulator`. */
  command?: string;
  /** The image for docker; $BOOKINGS_IMAGE unless given. */
  image?: string;
  /** Seconds that each way may take to be ready; 120 unless given, since `uvx` and docker may download. */
  timeout?: number;
  /** The environment that is read and handed on; that of this process unless given. */
  env?: Record<string, string | undefined>;
}

/** The default tenant of an emulator that was found or started. */
export interface Emulator extends BookingsClient {
  readonly startedBy: "url" | "command" | "uvx" | "docker";
  /** End what was started; one that ran before goes on. */
  stop(): Promise<void>;
}

/** Find an emulator or start one: a URL, `bookings-emulator`, `uvx`, docker. Throws LaunchError. */
export function startEmulator(options?: StartOptions): Promise<Emulator>;

/** The newest exchanges of a tenant as text: method, path, status, reason. */
export function describeExchanges(client: BookingsClient): Promise<string>;
