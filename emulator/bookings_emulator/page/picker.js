// Choosing staff, a day and a time: a month of days that have times, and the times of the chosen day.

import { listAvailability } from "./api.js";
import { element, replaceChildren } from "./dom.js";
import {
  bookableWindow, dateIn, firstDayOfWeek, formatDay, formatMonth, formatTime, keyOf, slotsOf, startOf, weekdays,
} from "./times.js";

const ANYONE = "";

/** A picker for a service. `onChoice` gets {start, staffIds} or null; `place` is where refusals are shown. */
export class Picker {
  constructor({ service, staff, zone, canChooseStaff, onChoice, onRefusal }) {
    Object.assign(this, { service, staff, zone, onChoice, onRefusal });
    this.canChooseStaff = canChooseStaff && staff.length > 0;
    this.chosenStaff = ANYONE;
    this.choice = null;
    const [first] = bookableWindow(service);
    this.month = { ...dateIn(new Date(first), zone), day: 1 };
    this.day = null;
    this.slots = [];
    this.generation = 0;
    this.heading = element("h3", { "aria-live": "polite" });
    this.grid = element("div", { class: "days", role: "grid", "aria-label": "Days" });
    this.times = element("div", { class: "times" });
    this.view = element(
      "section", { class: "picker", "aria-label": "Select staff, date and time" },
      this.canChooseStaff ? this.buildStaff() : null,
      element("div", { class: "month" },
        element("div", { class: "month-head" },
          this.previous = this.buildStep("Previous month", "‹", -1), this.heading, this.next = this.buildStep("Next month", "›", 1)),
        this.grid),
      this.times,
    );
  }

  /** Load the first month that has times, looking a few months ahead. */
  async open() {
    await this.load();
    for (let ahead = 0; ahead < 3 && this.slots.length === 0 && this.isWithinReach(1); ahead += 1) {
      this.moveMonth(1);
      await this.load();
    }
  }

  buildStaff() {
    const options = [{ id: ANYONE, displayName: "Anyone" }, ...this.staff];
    const list = element("ul", { role: "listbox", "aria-label": "Staff", hidden: true, id: "staff-list" });
    const label = element("span", { class: "chosen" }, "Anyone");
    const button = element("button", {
      type: "button", class: "staff-button", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": "staff-list",
      "aria-label": "Select a staff member", onclick: () => toggle(list.hidden),
    }, "Select a staff member: ", label);
    const toggle = (isOpen) => {
      list.hidden = !isOpen;
      button.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) list.querySelector("[aria-selected=true]")?.focus();
    };
    const choose = (option) => {
      this.chosenStaff = option.id;
      label.textContent = option.displayName;
      for (const item of list.children) item.setAttribute("aria-selected", String(item.dataset.id === option.id));
      toggle(false);
      button.focus();
      this.choose(null);
      this.load();
    };
    const onKey = (event, option) => {
      const items = [...list.children];
      const at = items.indexOf(event.currentTarget);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
      if (next !== undefined) items[Math.max(0, Math.min(items.length - 1, next))].focus();
      else if (event.key === "Enter" || event.key === " ") choose(option);
      else if (event.key === "Escape") { toggle(false); button.focus(); } else return;
      event.preventDefault();
    };
    list.append(...options.map((option) => element("li", {
      role: "option", tabindex: "0", "aria-selected": String(option.id === ANYONE), "data-id": option.id,
      onclick: () => choose(option), onkeydown: (event) => onKey(event, option),
    }, option.displayName || "A member of the staff")));
    return element("div", { class: "staff" }, button, list);
  }

  buildStep(name, sign, step) {
    return element("button", { type: "button", class: "step", "aria-label": name, title: name, onclick: () => { this.moveMonth(step); this.load(); } }, sign);
  }

  moveMonth(step) {
    const at = new Date(Date.UTC(this.month.year, this.month.month - 1 + step, 1));
    this.month = { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: 1 };
    this.day = null;
  }

  /** Whether a month before or behind this one can hold a time that may be booked. */
  isWithinReach(step) {
    const [first, last] = bookableWindow(this.service);
    const begin = startOf({ ...this.month, month: this.month.month + (step > 0 ? 1 : 0) }, this.zone).getTime();
    return step > 0 ? begin <= last : begin > first;
  }

  /** Read the availability of the month again. */
  async load() {
    const turn = (this.generation += 1);
    this.view.setAttribute("aria-busy", "true");
    const staffIds = this.chosenStaff ? [this.chosenStaff] : this.service.staffMemberIds;
    const begin = startOf(this.month, this.zone);
    const end = startOf({ ...this.month, month: this.month.month + 1 }, this.zone);
    try {
      const found = await listAvailability(this.service.serviceId, staffIds, begin, end);
      if (turn !== this.generation) return;
      this.slots = slotsOf(found, this.service).filter(({ start }) => start >= begin && start < end);
    } catch (refusal) {
      if (turn !== this.generation) return;
      this.slots = [];
      this.onRefusal(refusal);
    }
    this.show();
  }

  show() {
    this.view.removeAttribute("aria-busy");
    this.heading.textContent = formatMonth(startOf({ ...this.month, day: 2 }, this.zone), this.zone);
    this.previous.disabled = !this.isWithinReach(-1);
    this.next.disabled = !this.isWithinReach(1);
    const days = new Set(this.slots.map(({ start }) => keyOf(dateIn(start, this.zone))));
    if (this.day && !days.has(this.day)) this.day = null;
    replaceChildren(this.grid, this.buildHead(), this.buildWeeks(days));
    this.showTimes();
  }

  buildHead() {
    return element("div", { class: "week head", role: "row" }, weekdays(firstDayOfWeek()).map((day) =>
      element("span", { role: "columnheader", "aria-label": day.long }, day.short)));
  }

  buildWeeks(days) {
    const { year, month } = this.month;
    const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() - firstDayOfWeek() + 7) % 7;
    const cells = [...Array(lead).fill(null), ...Array.from({ length: count }, (_, index) => index + 1)];
    while (cells.length % 7) cells.push(null);
    return Array.from({ length: cells.length / 7 }, (_, row) =>
      element("div", { class: "week", role: "row" }, cells.slice(row * 7, row * 7 + 7).map((day) =>
        element("span", { role: "gridcell" }, day === null ? null : this.buildDay(day, days)))));
  }

  buildDay(day, days) {
    const date = { ...this.month, day };
    const key = keyOf(date);
    const has = days.has(key);
    const noon = new Date(startOf(date, this.zone).getTime() + 12 * 3_600_000);
    return element("button", {
      type: "button", class: "day", "data-day": key, disabled: !has, "aria-pressed": String(this.day === key),
      "aria-label": formatDay(noon, this.zone), onclick: () => this.chooseDay(key), onkeydown: (event) => this.moveFocus(event),
    }, String(day));
  }

  moveFocus(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...this.grid.querySelectorAll(".day")];
    let at = all.indexOf(event.currentTarget) + step;
    while (all[at]?.disabled) at += Math.sign(step);
    all[at]?.focus();
  }

  chooseDay(key) {
    this.day = key;
    this.choose(null);
    for (const button of this.grid.querySelectorAll(".day")) button.setAttribute("aria-pressed", String(button.dataset.day === key));
    this.showTimes();
  }

  showTimes() {
    if (!this.slots.length) {
      replaceChildren(this.times, element("p", { class: "hint" }, "No times are available in this month."));
      return;
    }
    if (!this.day) {
      replaceChildren(this.times, element("p", { class: "hint" }, "Select a day to see its times."));
      return;
    }
    const slots = this.slots.filter(({ start }) => keyOf(dateIn(start, this.zone)) === this.day);
    replaceChildren(this.times,
      element("h3", {}, formatDay(slots[0].start, this.zone)),
      element("div", { class: "slots", role: "group", "aria-label": "Times" }, slots.map((slot) =>
        element("button", { type: "button", class: "slot", "aria-pressed": "false", onclick: (event) => this.choose(slot, event.currentTarget) },
          formatTime(slot.start, this.zone)))),
      element("p", { class: "hint" }, `Times are shown in ${this.zone}.`));
  }

  choose(slot, button = null) {
    this.choice = slot;
    for (const each of this.times.querySelectorAll(".slot")) each.setAttribute("aria-pressed", String(each === button));
    this.onChoice(slot);
  }

  /** The staff of a booking: the chosen one, or one by chance who is free then; and all who are. */
  drawStaff() {
    const { staffIds, joinedIds } = this.choice;
    const free = joinedIds.length ? joinedIds : staffIds;  // a class that has begun to fill up comes first
    return { staffMemberIds: [free[Math.floor(Math.random() * free.length)]], staffCandidates: this.chosenStaff ? [] : free };
  }
}
