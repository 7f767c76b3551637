/** Bookings emulator: the client of its control plane, the launcher, and what a failed test shows. */

import type { components, operations } from "./control.js";

/** What the control plane accepts and returns, by the names in its OpenAPI document. */
export type Schemas = components["schemas"];
type Query<Name extends keyof operations> = operations[Name] extends { parameters: { query?: infer Asked } }
  ? NonNullable<Asked>
  : never;
type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody?: { content: { "application/json": infer Given } };
}
  ? Given
  : never;

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

/** The starting state of a tenant; a reset restores it. `persona` is the caller of requests that name none. */
export type TenantStart = Omit<Schemas["TenantStart"], "now" | "quirks" | "faults"> & {
  /** Freezes the clock at a moment. */
  now?: Moment;
  /** Values of quirks by id. */
  quirks?: { [Name in QuirkName]?: boolean | string };
  /** Rules, or names of presets. */
  faults?: (PresetName | FaultRule)[];
};

/** What a token is to be: `audience` (default: `graph`), `permissions`, `lifetime` such as `PT10M`, `wrong`. */
export type TokenOptions = Omit<Body<"create_token">, "persona">;

/** A request to Graph: the options of fetch, and the caller. A body that is not a string is sent as JSON. */
export interface GraphOptions extends Omit<RequestInit, "body" | "headers"> {
  persona?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export type ClockReading = Schemas["ClockReading"];

export type Quirk = Schemas["Quirk"];

/** A rule: the requests it matches, what it does to them, and when it fires. */
export type FaultRule = Schemas["FaultRule"];

export type Fault = Schemas["Fault"];

export type FaultPreset = Schemas["Preset"];

export type FaultProblem = Schemas["Problem"];

type OneOrMany<T> = T | T[];

/** The exchanges to match; the criteria are those of `GET /_emulator/journal`. `*` and `?` stand for anything. */
export type Criteria = Omit<Query<"permissions">, "status"> & {
  /** A status, a class such as `4xx`, or several. */
  status?: OneOrMany<number | string>;
};

/** Criteria of `journal.verify`: a list means any of its items. */
export type VerifyCriteria = NonNullable<Body<"verify">["match"]>;

/** How many exchanges must match; default: at least one. */
export type Counts = Omit<Body<"verify">, "match">;

export type Exchange = Schemas["Exchange"];

export type ExchangeMessage = Schemas["ExchangeSide"];

/** An exchange that fails a single criterion. */
export type NearMiss = Schemas["NearMiss"];

/** What a client did that works here but may fail against the real service. */
export type Note = Schemas["Note"];

export type Permissions = Schemas["Permissions"];

export type Message = Schemas["Message"];

export type OutboxFilters = Query<"outbox">;

export type DeliveryStatus = Schemas["DeliveryStatus"];

export type Delivery = Schemas["Delivery"];

export type DeliveryFilters = Query<"list_deliveries">;

export type Change = Schemas["Change"];
export type PresetName = Schemas["PresetName"];
export type ProblemName = Schemas["ProblemName"];
export type QuirkName = Schemas["QuirkName"];

export type Subscription = Schemas["Subscription"];

/** A fixed response for a request outside Bookings. */
export type StubRule = Schemas["StubRule"];

export type Stub = Schemas["Stub"];

export type Tenant = Schemas["Tenant"];

export type Persona = Schemas["Persona"];

export type Business = Schemas["Business"];

export type Scenario = Schemas["Scenario"];

export type Play = Schemas["Play"];

export type Symptom = Schemas["Symptom"];

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
  set(id: QuirkName, value: boolean | string): Promise<Quirk>;
}

export interface Faults {
  list(): Promise<Fault[]>;
  get(id: string): Promise<Fault>;
  add(rule: FaultRule): Promise<Fault>;
  /** Create the faults of a preset; changes override its rules. */
  preset(name: PresetName, changes?: Pick<FaultRule, "match" | "effect" | "schedule">): Promise<Fault[]>;
  presets(): Promise<FaultPreset[]>;
  /** The problems that a fault can return. */
  problems(): Promise<FaultProblem[]>;
  /** The operations that a fault can match; `method` is null if there are several. */
  operations(): Promise<Schemas["Operation"][]>;
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
  notes(filters?: Query<"notes">): Promise<Note[]>;
  permissions(criteria?: Criteria): Promise<Permissions>;
  har(criteria?: Criteria): Promise<Schemas["Har"]>;
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
  index(): Promise<Schemas["Index"]>;
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
  calendar(business: string, start: Moment, end: Moment): Promise<Schemas["BusinessCalendar"]>;
  /** Add a business, or with `business` and `set` an item of one, without notifying anybody; returns its ids. */
  addRecord(
    record: Record<string, unknown>,
    place?: Required<Pick<Body<"add_record">, "business" | "set">>,
  ): Promise<Schemas["RecordIds"]>;
  /** Change settings of the booking pages, and return all of them. */
  tenantSettings(changes?: { [Name in Schemas["TenantSettingName"]]?: boolean }): Promise<Record<string, boolean>>;
  /** Symptoms with causes and fixes; of one problem, or of all. */
  troubleshooting(problem?: string): Promise<Symptom[]>;
  /** Key and certificate of an application as one PEM. */
  certificate(persona: string): Promise<string>;
  /** The certificate authority of https as PEM. */
  ca(): Promise<string>;
  /** The devices that wait for a person to sign in. */
  deviceCodes(): Promise<Schemas["DeviceCode"][]>;
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
