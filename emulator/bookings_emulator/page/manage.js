// Managing a booking: look at it, move it, cancel it, until the lead time of the service begins.

import { cancelAppointment, currentMoment, getAppointment, inUtc, moveAppointment } from "./api.js";
import { row } from "./booking.js";
import { announce, element, replaceChildren } from "./dom.js";
import { Picker } from "./picker.js";
import { formatDay, formatTime, readDuration } from "./times.js";

/** The page of one booking, found by the key of its link. */
export class ManageFlow {
  constructor(place, facts) {
    Object.assign(this, facts, { place });
    this.notice = element("div", { class: "notices" });
  }

  async open(key) {
    this.key = key;
    try {
      this.appointment = await getAppointment(key);
    } catch (refusal) {
      this.showGone(refusal.status === 404 ? "This booking does not exist, or it was cancelled." : refusal.words);
      return;
    }
    this.service = this.services.find(({ serviceId }) => serviceId === this.appointment.serviceId);
    this.show();
    const action = new URLSearchParams(location.search).get("action");
    if (this.canChange && action === "reschedule") this.reschedule();
    if (this.canChange && action === "cancel") this.confirmCancel();
  }

  get start() {
    const { dateTime, timeZone } = this.appointment.startTime;
    return new Date(timeZone === "UTC" ? `${dateTime.slice(0, 19)}Z` : dateTime);
  }

  /** Whether the lead time of the service has not begun yet. */
  get canChange() {
    const lead = readDuration(this.service?.bookingsSchedulingPolicy?.minimumLeadTime ?? "PT0S");
    return this.service !== undefined && this.start.getTime() - lead >= currentMoment().getTime();
  }

  show(text = "") {
    const members = this.staff.filter(({ id }) => this.appointment.staffMemberIds.includes(id)).map(({ displayName }) => displayName).filter(Boolean);
    this.work = element("div");
    replaceChildren(this.place, element("section", { class: "card", "aria-labelledby": "manage-heading" },
      element("h2", { id: "manage-heading", tabindex: "-1" }, "Manage booking"),
      element("dl", {},
        row("Service", this.appointment.serviceName),
        row("When", `${formatDay(this.start, this.zone)}, ${formatTime(this.start, this.zone)} (${this.zone})`),
        members.length ? row("With", members.join(", ")) : null,
        row("For", this.appointment.customers.map(({ name }) => name).filter(Boolean).join(", "))),
      this.canChange
        ? element("div", { class: "buttons" },
          element("button", { type: "button", class: "primary", onclick: () => this.reschedule() }, "Reschedule"),
          element("button", { type: "button", onclick: () => this.confirmCancel() }, "Cancel"),
          element("a", { class: "button", href: this.homeUrl }, "New booking"))
        : element("p", { class: "hint" }, "It is too late to change this booking here. Contact us instead.")), this.work, this.notice);
    this.place.removeAttribute("aria-busy");
    announce(this.notice, text);
  }

  showGone(text) {
    replaceChildren(this.place, element("section", { class: "card" }, element("h2", {}, "Manage booking"), element("p", { role: "alert" }, text),
      element("p", {}, element("a", { class: "button", href: this.homeUrl }, "New booking"))));
    this.place.removeAttribute("aria-busy");
  }

  async reschedule() {
    const policy = this.service.bookingsSchedulingPolicy ?? {};
    const staff = this.service.staffMemberIds.map((id) => this.staff.find((member) => member.id === id)).filter((member) => member?.displayName);
    const button = element("button", { type: "button", class: "primary", disabled: true, onclick: () => this.move(picker, button) }, "Move booking");
    const picker = new Picker({
      service: this.service, staff, zone: this.zone, canChooseStaff: policy.allowStaffSelection,
      onChoice: (slot) => { button.disabled = slot === null; }, onRefusal: (refusal) => announce(this.notice, refusal.words, "error"),
    });
    announce(this.notice, "");
    replaceChildren(this.work, element("h2", {}, "Select a new time"), picker.view, element("div", { class: "actions" }, button));
    await picker.open();
  }

  async move(picker, button) {
    const { start } = picker.choice;
    button.disabled = true;
    try {
      this.appointment = await moveAppointment(this.key, {
        startTime: inUtc(start),
        endTime: inUtc(new Date(start.getTime() + readDuration(this.service.defaultDuration))),
        staffMemberIds: picker.drawStaff().staffMemberIds,
      });
      this.show("Your booking was moved. We sent you the new time.");
      this.place.querySelector("h2").focus();
    } catch (refusal) {
      announce(this.notice, refusal.words, "error");
      await picker.load();
    }
  }

  confirmCancel() {
    announce(this.notice, "");
    replaceChildren(this.work, element("section", { class: "card", role: "alertdialog", "aria-label": "Cancel this booking?" },
      element("h2", {}, "Cancel this booking?"),
      element("div", { class: "buttons" },
        element("button", { type: "button", class: "primary danger", onclick: () => this.cancel() }, "Yes, cancel it"),
        element("button", { type: "button", onclick: () => this.show() }, "Keep it"))));
    this.work.querySelector("button").focus();
  }

  async cancel() {
    try {
      await cancelAppointment(this.key);
      this.showGone("Your booking is cancelled.");
    } catch (refusal) {
      announce(this.notice, refusal.words, "error");
    }
  }
}
