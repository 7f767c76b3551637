// The calendar of a business: a week of one member or of everybody, or a day with a column for each member.

import * as address from "./address.js";
import { at, get } from "./api.js";
import { book, change, look } from "./booking.js";
import { button, fill, h, select } from "./dom.js";
import { clockOf, dayName, later, localOf, mondayOf, momentOf, rangeName } from "./zones.js";

const HOUR = 48; // pixels
const SNAP = 15; // minutes

/** The calendar as a part of the panel of businesses. */
export async function calendar(business, brief, actor, { names, query, shared, until }) {
  const zone = brief.timeZone;
  const today = localOf(shared.clock.now(), zone).date;
  const mode = query.mode === "day" ? "day" : "week";
  const date = query.date ?? today;
  const from = mode === "week" ? mondayOf(date) : date;
  const count = mode === "week" ? 7 : 1;
  const place = h("div.calendar", { tabindex: "0", "aria-label": "Calendar" });
  const go = (changes) => address.go(names.length > 1 ? names : ["businesses", business.id, "calendar"], { ...query, ...changes });
  const members = business.staffMembers ?? [];
  const tools = h("div.filters", {},
    h("div.segments", {}, step("‹", () => go({ date: later(date, -count) }), "Earlier"), step("Today", () => go({ date: today })), step("›", () => go({ date: later(date, count) }), "Later")),
    h("input", { type: "date", value: date, "aria-label": "Date", onchange: (event) => event.target.value && go({ date: event.target.value }) }),
    h("strong", {}, mode === "week" ? rangeName(from, later(from, 6)) : dayName(from)),
    h("span.right.buttons", {},
      button("Book …", () => book(scene, firstSlot(scene, date, query.staff)), { title: "or click a time" }),
      mode === "week" && select([["", "Everybody"], ...members.map((each) => [each.id, each.displayName])], query.staff ?? "", (staff) => go({ staff }), { "aria-label": "Staff" }),
      h("div.segments", {}, step("Week", () => go({ mode: null }), "", mode === "week"), step("Day", () => go({ mode: "day" }), "Day by staff", mode === "day")),
    ),
  );

  let scene = null;
  async function draw() {
    const window = { start: momentOf(from, 0, zone), end: momentOf(later(from, count), 0, zone) };
    const told = await get(`/businesses${at(business.id)}/calendar`, window);
    scene = { business, told, zone, actor, today, now: shared.clock.now(), again: draw };
    const columns = mode === "week" ? weekColumns(from, members, query.staff) : dayColumns(from, members);
    const scrolled = place.scrollTop;
    fill(place, grid(scene, columns));
    if (place.isConnected) place.scrollTop = scrolled;
    else requestAnimationFrame(() => (place.scrollTop = place.firstChild.dataset.morning - 60));
  }
  let planned = 0;
  until(shared.on(({ kind }) => ["event", "reset", "clock"].includes(kind) && (clearTimeout(planned), (planned = setTimeout(draw, 100)))));
  until(() => clearTimeout(planned));
  await draw();
  return h("div.whole", { style: { minHeight: "0", flex: "1", display: "flex", flexDirection: "column" } }, tools, legend(mode === "day" || query.staff, zone), place);
}

/** When a booking by the button begins, before that is changed: the next full hour of today, else nine o'clock. */
function firstSlot(scene, date, staff) {
  const now = localOf(scene.now, scene.zone);
  const minutes = date === now.date ? Math.min(1380, Math.ceil((now.minutes + 1) / 60) * 60) : 540;
  return { date, minutes, staff: staff || null };
}

const step = (text, onclick, label, pressed) => h("button", { type: "button", onclick, "aria-label": label || null, "aria-pressed": pressed === undefined ? null : String(pressed) }, text);

const weekColumns = (from, members, chosen) =>
  Array.from({ length: 7 }, (_, day) => later(from, day)).map((date) => ({ date, title: dayName(date), staff: chosen ? [chosen] : members.map((each) => each.id), one: chosen || null }));

const dayColumns = (date, members) => members.map((each) => ({ date, title: each.displayName, staff: [each.id], one: each.id }));

function legend(isOne, zone) {
  const marks = [["closed", "closed"], ["free", isOne ? "can be booked" : "someone can be booked"], ["off", "time off, busy elsewhere"], ["buffer", "buffer"]];
  return h("div.legend", {}, marks.map(([name, text]) => h("span", {}, h("span.swatch", { class: name }), text)), h("span.right", {}, h("strong", { title: "the zone of the business" }, zone), " · click to book, drag to move, click one to change or cancel it"));
}

function grid(scene, columns) {
  const { told, zone } = scene;
  const seen = new Set(columns.flatMap((each) => each.staff));
  const spans = told.staff.filter((each) => seen.has(each.id)).flatMap((each) => each.open).concat(told.appointments.map((each) => ({ start: each.takenFrom, end: each.takenUntil })));
  const minutes = spans.flatMap((each) => [localOf(each.start, zone).minutes, localOf(each.end, zone).minutes || 1440]);
  const first = Math.max(0, Math.floor(Math.min(480, ...minutes) / 60) - 1);
  const last = Math.min(24, Math.ceil(Math.max(1080, ...minutes) / 60) + 1);
  const scale = { first: first * 60, last: last * 60, top: (minute) => ((minute - first * 60) * HOUR) / 60 };
  const height = `${(last - first) * HOUR}px`;
  const hours = Array.from({ length: last - first }, (_, number) => first + number);
  const axis = h("div.hours", { style: { height } }, hours.slice(1).map((hour) => h("span", { style: { top: `${scale.top(hour * 60)}px` } }, clockOf(hour * 60))));
  const days = columns.map((column) => day(scene, column, scale, hours, height));
  const shown = h("div.grid", { style: { gridTemplateColumns: `52px repeat(${columns.length}, minmax(${columns.length > 7 ? 92 : 80}px, 1fr))` } });
  shown.dataset.morning = scale.top(Math.max(first * 60, 480));
  shown.append(h("div.head"), ...columns.map((each) => h("div.head", { class: each.date === scene.today ? "is-today" : "", title: each.title }, each.title)), axis, ...days);
  return shown;
}

/** The minutes of a day that a span takes; null where it takes none. */
function within(span, date, zone) {
  const start = localOf(span.start, zone), end = localOf(span.end, zone);
  if (start.date > date || end.date < date || (end.date === date && end.minutes === 0)) return null;
  return { from: start.date < date ? 0 : start.minutes, to: end.date > date ? 1440 : end.minutes };
}

function day(scene, column, scale, hours, height) {
  const { told, zone } = scene;
  const element = h("div.day", { style: { height }, "data-date": column.date, "data-staff": column.one ?? "", role: "group", "aria-label": column.title });
  const mine = told.staff.filter((each) => column.staff.includes(each.id));
  const draw = (name, span, ...content) => {
    const part = within(span, column.date, zone);
    if (part) element.append(h(`div.${name}`, { style: { top: `${scale.top(part.from)}px`, height: `${scale.top(part.to) - scale.top(part.from)}px` } }, ...content));
  };
  mine.flatMap((each) => each.open).forEach((span) => draw("open", span));
  hours.forEach((hour) => element.append(h("div.hour", { style: { top: `${scale.top(hour * 60)}px` } })));
  joined(mine.flatMap((each) => each.free)).forEach((span) => draw("free", span));
  const away = mine.map((each) => ({ each, spans: elsewhere(told, each).filter((span) => within(span, column.date, zone)) })).filter(({ spans }) => spans.length);
  away.forEach(({ each, spans }, place) => spans.forEach((span) => {
    const what = span.status === "outOfOffice" ? "time off" : "busy elsewhere";
    if (column.one) draw("off", span, what);
    else strip(scene, element, scale, column, { each, span, place, what });
  }));
  const here = told.appointments.filter((each) => column.one ? each.staffMemberIds?.includes(column.one) : true);
  lanes(here.map((each) => ({ each, part: within(each, column.date, zone), taken: within({ start: each.takenFrom, end: each.takenUntil }, column.date, zone) })).filter(({ part }) => part)).forEach((item) => appointment(scene, column, scale, element, item));
  const now = localOf(scene.now, zone);
  if (now.date === column.date && now.minutes >= scale.first && now.minutes <= scale.last) element.append(h("div.now", { style: { top: `${scale.top(now.minutes)}px` } }));
  element.addEventListener("click", (event) => {
    if (event.target.closest(".appointment")) return;
    const minute = snapped(event.clientY - element.getBoundingClientRect().top, scale);
    book(scene, { date: column.date, minutes: minute, staff: column.one });
  });
  return element;
}

/** What keeps one of several members from being booked: a strip at the right, so that all have room. */
function strip(scene, element, scale, column, { each, span, place, what }) {
  const part = within(span, column.date, scene.zone);
  const name = scene.business.staffMembers?.find((member) => member.id === each.id)?.displayName ?? each.id;
  const style = { top: `${scale.top(part.from)}px`, height: `${scale.top(part.to) - scale.top(part.from)}px`, right: `${1 + place * 12}px` };
  element.append(h("div.away", { style, title: `${name}: ${what}`, class: `tone-${toneOf(scene, [each.id])}` }, name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2)));
}

/** What takes the time of a member beside its appointments. */
function elsewhere(told, member) {
  const own = told.appointments.filter((each) => each.staffMemberIds?.includes(member.id));
  const starts = new Set(own.map((each) => (each.takenFrom < told.start ? told.start : each.takenFrom)));
  return member.taken.filter((each) => !starts.has(each.start));
}

/** Spans as they are together: those that meet are one. */
function joined(spans) {
  const found = [];
  for (const each of [...spans].sort((one, other) => one.start.localeCompare(other.start))) {
    const last = found.at(-1);
    if (last && each.start <= last.end) last.end = each.end > last.end ? each.end : last.end;
    else found.push({ ...each });
  }
  return found;
}

/** The colour of the first member of some. */
const toneOf = (scene, staffIds) => Math.max(0, scene.business.staffMembers?.findIndex((member) => staffIds?.includes(member.id)) ?? 0) % 8;

const snapped = (pixels, scale) => scale.first + Math.floor((pixels * 60) / HOUR / SNAP) * SNAP;

/** Appointments that overlap stand side by side. */
function lanes(items) {
  items.sort((one, other) => one.taken.from - other.taken.from);
  let group = [], end = -1;
  const settle = () => group.forEach((item) => (item.width = Math.max(...group.map((each) => each.lane)) + 1));
  for (const item of items) {
    if (item.taken.from >= end) {
      settle();
      group = [];
    }
    const busy = new Set(group.filter((each) => each.taken.to > item.taken.from).map((each) => each.lane));
    item.lane = 0;
    while (busy.has(item.lane)) item.lane++;
    group.push(item);
    end = Math.max(group.length === 1 ? -1 : end, item.taken.to);
  }
  settle();
  return items;
}

function appointment(scene, column, scale, element, { each, part, taken, lane, width }) {
  const side = { left: `calc(6px + ${(lane / width) * 100}% - ${(lane / width) * 8}px)`, width: `calc(${100 / width}% - ${8 / width + 2}px)` };
  const tone = `tone-${toneOf(scene, each.staffMemberIds)}`;
  const buffer = (from, to) => to > from && element.append(h("div.buffer", { class: tone, style: { ...side, top: `${scale.top(from)}px`, height: `${scale.top(to) - scale.top(from)}px`, background: "" } }));
  buffer(taken.from, part.from);
  buffer(part.to, taken.to);
  const who = each.customers?.map((customer) => customer.name).filter(Boolean).join(", ");
  const seats = each.maximumAttendeesCount > 1 ? `${each.filledAttendeesCount ?? 0} of ${each.maximumAttendeesCount}` : "";
  const staff = (scene.business.staffMembers ?? []).filter((member) => each.staffMemberIds?.includes(member.id)).map((member) => member.displayName);
  const shown = h("button.appointment", {
    type: "button", class: `${tone}${part.to - part.from < 40 ? " is-short" : ""}`, "data-appointment": each.id, style: { ...side, top: `${scale.top(part.from)}px`, height: `${Math.max(16, scale.top(part.to) - scale.top(part.from))}px` },
    title: [`${clockOf(part.from)} to ${clockOf(part.to)}`, each.serviceName, who, staff.join(", ")].filter(Boolean).join("\n"),
  }, h("span", {}, h("strong", {}, each.serviceName ?? "Appointment"), seats && ` · ${seats}`), h("span", {}, [clockOf(part.from), who].filter(Boolean).join(" ")));
  dragging(scene, shown, each, column, scale, part);
  element.append(shown);
}

function dragging(scene, shown, each, column, scale, part) {
  let origin = null, minutes = part.from, target = column;
  shown.addEventListener("pointerdown", (event) => {
    origin = { x: event.clientX, y: event.clientY, top: scale.top(part.from), moved: false };
    shown.setPointerCapture(event.pointerId);
  });
  shown.addEventListener("pointermove", (event) => {
    if (!origin) return;
    const by = event.clientY - origin.y;
    if (!origin.moved && Math.hypot(by, event.clientX - origin.x) < 5) return;
    origin.moved = true;
    minutes = snapped(origin.top + by + HOUR / 8, scale);
    shown.classList.add("is-moving");
    shown.style.top = `${scale.top(minutes)}px`;
    const under = document.elementsFromPoint(event.clientX, event.clientY).find((element) => element.classList.contains("day"));
    if (under) {
      target = { date: under.dataset.date, one: under.dataset.staff };
      shown.style.transform = `translateX(${under.getBoundingClientRect().left - shown.parentElement.getBoundingClientRect().left}px)`;
    }
  });
  shown.addEventListener("pointerup", () => {
    const dragged = origin?.moved;
    origin = null;
    if (!dragged) return look(scene, each, { date: column.date, minutes: part.from });
    const staff = target.one && target.one !== column.one ? target.one : null;
    change(scene, each, { date: target.date, minutes, length: part.to - part.from, staff });
  });
  shown.addEventListener("keydown", (event) => event.key === "Enter" && look(scene, each, { date: column.date, minutes: part.from }));
}
