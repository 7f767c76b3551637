// Local dates and minutes of a zone, and the moments they are.

const formats = new Map();

function formatOf(zone) {
  if (!formats.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    formats.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...parts }));
  }
  return formats.get(zone);
}

/** A moment in a zone: `{ date: "2026-01-05", minutes: 480 }`. */
export function localOf(moment, zone) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(new Date(moment)).map((each) => [each.type, each.value]));
  return { date: `${parts.year}-${parts.month}-${parts.day}`, minutes: Number(parts.hour) * 60 + Number(parts.minute) };
}

/** The moment at which it is so late in a zone, as text in UTC. */
export function momentOf(date, minutes, zone) {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * 60000;
  let guess = wanted;
  for (let turn = 0; turn < 3; turn++) {
    const local = localOf(guess, zone);
    guess += wanted - (Date.parse(`${local.date}T00:00:00Z`) + local.minutes * 60000);
  }
  return new Date(guess).toISOString().replace(".000Z", "Z");
}

/** A date so many days later. */
export const later = (date, days) => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);

/** The Monday of the week of a date. */
export const mondayOf = (date) => later(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));

/** `08:30`. */
export const clockOf = (minutes) => `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** `Mon 5 Jan`. */
export const dayName = (date) => new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });

/** `5 to 11 Jan 2026`, `29 Dec to 4 Jan 2026`. */
export function rangeName(from, to) {
  const name = (date, parts) => new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", timeZone: "UTC", ...parts });
  const begin = from.slice(0, 7) === to.slice(0, 7) ? name(from, {}) : name(from, { month: "short" });
  return `${begin} to ${name(to, { month: "short", year: "numeric" })}`;
}

/** A duration such as PT1H30M in minutes. */
export function minutesOf(text) {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:[\d.]+S)?)?$/.exec(text ?? "");
  return found ? Number(found[1] ?? 0) * 1440 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0) : 30;
}
