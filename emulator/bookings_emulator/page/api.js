// The anonymous API behind the page: what the page can do, a program can.

const { root, business } = document.documentElement.dataset;
const BASE = `${root}/BookingsService/api/V1/bookingBusinessesc2/${encodeURIComponent(business)}`;

/** A call that was refused; `message` holds the name of an exception of the service, `retryAfter` seconds or null. */
export class Refusal extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether the service gave this exception. */
  is(name) {
    return this.message.includes(name);
  }

  /** What a customer is told. */
  get words() {
    if (this.status === 409 || this.is("SlotNotAvailable")) return "This time is no longer available. Choose another time.";
    if (this.is("InvalidCode")) return "This code is wrong or has expired. Try again, or ask for a new code.";
    if (this.status === 429 || this.status === 503) {
      const wait = this.retryAfter ? ` in ${this.retryAfter} seconds` : " in a moment";
      return `Many people are booking right now. Try again${wait}.`;
    }
    if (this.status === 404) return "This is not available any more.";
    if (this.status === 401) return "Sign in with your organization to use this page.";
    if (this.status === 0) return "There is no connection. Check your network and try again.";
    return "Something went wrong. Try again, or contact us.";
  }
}

let now = null;

/** The moment of the service by its last response; the clock of the browser may stand elsewhere. */
export function currentMoment() {
  return now ?? new Date();
}

async function call(method, path, body) {
  let answer = null;
  try {
    const headers = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
    answer = await fetch(BASE + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, "", null);
  }
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(date)) now = new Date(date);
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (answer.ok) return value;
  const wait = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  throw new Refusal(answer.status, String(value?.message ?? text), Number.isNaN(wait) ? null : wait);
}

export const getBusiness = async () => (await call("GET", "")).businessInfo;
export const listServices = async () => (await call("POST", "/services", {})).service;
export const listStaff = async () => (await call("GET", "/staffMembers")).staffMembers;
export const listQuestions = async () => (await call("GET", "/customQuestions")).questions;
export const book = async (appointment, preferences) => (await call("POST", "/appointments", { appointment, preferences })).appointment;
export const getAppointment = async (key) => (await call("GET", `/appointments/${encodeURIComponent(key)}`)).appointment;
export const cancelAppointment = (key) => call("DELETE", `/appointments/${encodeURIComponent(key)}`);
export const moveAppointment = async (key, appointment) =>
  (await call("PATCH", `/appointments/${encodeURIComponent(key)}`, { appointment })).appointment;

/** The settings of the organization by name. */
export async function getSettings() {
  const { settings } = (await call("GET", "/bookingsSettings")).tenantSettings;
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.boolValue]));
}

/** The ranges of staff between two moments. */
export async function listAvailability(serviceId, staffIds, start, end) {
  const body = { serviceId, staffIds, startDateTime: inUtc(start), endDateTime: inUtc(end) };
  return (await call("POST", "/GetStaffAvailability", body)).staffAvailabilityResponse;
}

/** A moment as the API takes it. */
export function inUtc(moment) {
  return { dateTime: moment.toISOString().slice(0, 19), timeZone: "UTC" };
}

/** The Windows name of an IANA zone, by which the service keeps a customer's zone. */
export async function windowsZone(name) {
  try {
    const names = await (await fetch(`${root}/_page/zones.json`)).json();
    return names[name] ?? "UTC";
  } catch {
    return "UTC";
  }
}
