// Moments, zones and the times that can be booked.

import { currentMoment } from "./api.js";

const { lang } = document.documentElement;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The length of an ISO 8601 duration in milliseconds. */
export function readDuration(text) {
  const found = /^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text ?? "");
  if (!found) return 0;
  const [weeks, days, hours, minutes, seconds] = found.slice(2).map((part) => Number(part ?? 0));
  const length = (weeks * 7 + days) * DAY + (hours * 60 + minutes) * MINUTE + seconds * 1000;
  return found[1] ? -length : length;
}

/** The moment of a dateTime of the API that was asked for in UTC. */
export const readMoment = (value) => new Date(`${value.dateTime.replace(/Z$/, "").slice(0, 19)}Z`);

function formatter(options, zone) {
  try {
    return new Intl.DateTimeFormat(lang || "en-US", { ...options, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
  }
}

const plain = (text) => text.replaceAll("\u202f", " ").replaceAll("\u00a0", " ");
export const formatTime = (moment, zone) => plain(formatter({ hour: "numeric", minute: "2-digit" }, zone).format(moment));
export const formatMonth = (moment, zone) => formatter({ month: "long", year: "numeric" }, zone).format(moment);
export const formatDay = (moment, zone) =>
  plain(formatter({ weekday: "long", month: "long", day: "numeric", year: "numeric" }, zone).format(moment));

/** The names of the days of a week that begins on Monday or Sunday, as the language has it. */
export function weekdays(firstDay) {
  const sunday = Date.UTC(2023, 0, 1);
  return [0, 1, 2, 3, 4, 5, 6].map((number) => {
    const day = new Date(sunday + ((number + firstDay) % 7) * DAY);
    return { short: formatter({ weekday: "short" }, "UTC").format(day), long: formatter({ weekday: "long" }, "UTC").format(day) };
  });
}

/** The day on which weeks begin: 0 for Sunday, 1 for Monday. */
export function firstDayOfWeek() {
  try {
    const locale = new Intl.Locale(lang || "en-US");
    const info = locale.getWeekInfo?.() ?? locale.weekInfo;
    return info ? info.firstDay % 7 : 0;
  } catch {
    return 0;
  }
}

/** The calendar date of a moment in a zone, as year, month (from 1) and day. */
export function dateIn(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "numeric", day: "numeric", timeZone: zone }).formatToParts(moment);
  const value = (kind) => Number(parts.find((part) => part.type === kind).value);
  return { year: value("year"), month: value("month"), day: value("day") };
}

export const keyOf = ({ year, month, day }) =>
  `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;

/** The moment at which a date begins in a zone. */
export function startOf({ year, month, day }, zone) {
  let guess = Date.UTC(year, month - 1, day);
  for (let round = 0; round < 3; round += 1) {
    guess = Date.UTC(year, month - 1, day) - offsetAt(new Date(guess), zone);
  }
  return new Date(guess);
}

function offsetAt(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(moment);
  const value = (kind) => Number(parts.find((part) => part.type === kind).value);
  const local = Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute"), value("second"));
  return local - Math.floor(moment.getTime() / 1000) * 1000;
}

/** The first and the last moment at which a service can be booked. */
export function bookableWindow(service) {
  const policy = service.bookingsSchedulingPolicy ?? {};
  const now = currentMoment().getTime();
  return [now + readDuration(policy.minimumLeadTime ?? "PT0S"), now + readDuration(policy.maximumAdvance ?? "P365D")];
}

/** The starts that can be booked: [{start, staffIds, joinedIds}], by time; `joinedIds` hold a class with seats left. */
export function slotsOf(availability, service) {
  const step = readDuration(service.bookingsSchedulingPolicy?.timeSlotInterval) || 30 * MINUTE;
  const length = readDuration(service.defaultDuration);
  const [first, last] = bookableWindow(service);
  const found = new Map();
  const add = (start, staffId, isJoined) => {
    if (start < first || start > last) return;
    const slot = found.get(start) ?? { start: new Date(start), staffIds: [], joinedIds: [] };
    if (!slot.staffIds.includes(staffId)) slot.staffIds.push(staffId);
    if (isJoined) slot.joinedIds.push(staffId);
    found.set(start, slot);
  };
  for (const { staffId, availabilityItems } of availability) {
    for (const range of availabilityItems) {
      const [begin, end] = [readMoment(range.startDateTime).getTime(), readMoment(range.endDateTime).getTime()];
      if (range.status.endsWith("_SLOTS_AVAILABLE")) add(begin, staffId, true);
      else if (range.status.endsWith("_AVAILABLE")) for (let start = begin; start + length <= end; start += step) add(start, staffId, false);
    }
  }
  return [...found.values()].sort((one, other) => one.start - other.start);
}
