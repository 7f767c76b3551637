// Booking: a service, then staff, day and time, details, perhaps a passcode, and the confirmation.

import { Refusal, book, inUtc, windowsZone } from "./api.js";
import { announce, element, replaceChildren } from "./dom.js";
import { DetailsForm } from "./form.js";
import { Picker } from "./picker.js";
import { formatDay, formatTime, readDuration } from "./times.js";

const PRICES = { FREE: "Free", STARTING_AT: "From", HOURLY: "per hour", PRICE_VARIES: "Price varies", CALL_US: "Call us for the price" };

/** The whole flow of a booking in a place of the page. */
export class BookingFlow {
  constructor(place, facts) {
    Object.assign(this, facts, { place });
    this.notice = element("div", { class: "notices" });
  }

  /** Show the services to choose from; hidden ones are not among them. */
  showServices() {
    history.replaceState(null, "", this.homeUrl);
    const shown = this.services.filter((service) => !service.isHiddenFromCustomers);
    const list = shown.length
      ? element("ul", { class: "services" }, shown.map((service) => element("li", {}, this.buildService(service))))
      : element("p", { class: "hint" }, "No services can be booked here at the moment.");
    replaceChildren(this.place, this.notice, element("h2", {}, "Select a service"), list);
    this.place.removeAttribute("aria-busy");
  }

  buildService(service) {
    return element("button", { type: "button", class: "service", onclick: () => this.open(service) },
      element("span", { class: "title" }, service.title),
      element("span", { class: "facts" }, [service.formattedDuration, priceOf(service, this.business), service.isLocationOnline ? "Online" : null]
        .filter(Boolean).join(" · ")),
      service.description ? element("span", { class: "about" }, service.description) : null);
  }

  /** Show one service: its times and its form. */
  async open(service) {
    this.service = service;
    const policy = service.bookingsSchedulingPolicy ?? {};
    const staff = service.staffMemberIds.map((id) => this.staff.find((member) => member.id === id)).filter((member) => member?.displayName);
    this.picker = new Picker({
      service, staff, zone: this.zone, canChooseStaff: policy.allowStaffSelection,
      onChoice: (slot) => this.showChoice(slot), onRefusal: (refusal) => announce(this.notice, refusal.words, "error"),
    });
    this.form = new DetailsForm({ ...this, service });
    this.summary = element("p", { class: "summary", "aria-live": "polite" }, "Select a day and a time.");
    this.button = element("button", { type: "submit", class: "primary", "data-automation-id": "book-button" }, "Book");
    const form = element("form", { novalidate: true, onsubmit: (event) => this.submit(event) },
      this.picker.view, this.form.view, element("div", { class: "actions" }, this.summary, this.button));
    announce(this.notice, "");
    replaceChildren(this.place,
      element("button", { type: "button", class: "link", onclick: () => this.showServices() }, "‹ All services"),
      element("div", { class: "service-head" }, element("h2", { tabindex: "-1" }, service.title),
        element("p", { class: "facts" }, [service.formattedDuration, priceOf(service, this.business)].filter(Boolean).join(" · ")),
        service.description ? element("p", {}, service.description) : null),
      form, this.notice);
    this.place.removeAttribute("aria-busy");
    this.place.querySelector("h2").focus();
    await this.picker.open();
  }

  showChoice(slot) {
    announce(this.notice, "");
    this.summary.textContent = slot
      ? `${this.service.title}, ${formatDay(slot.start, this.zone)}, ${formatTime(slot.start, this.zone)}` : "Select a day and a time.";
  }

  async submit(event) {
    event.preventDefault();
    if (!this.picker.choice) {
      announce(this.notice, "Select a day and a time first.", "error");
      this.picker.view.scrollIntoView({ block: "start" });
      return;
    }
    const customer = this.form.read();
    if (customer) await this.send(customer, this.picker.drawStaff(), "");
  }

  /** Send a booking; a page that asks for a passcode refuses it once, and mails a code. */
  async send(customer, staff, code) {
    const { start } = this.picker.choice;
    const zone = await windowsZone(this.visitorZone);
    const appointment = {
      startTime: inUtc(start),
      endTime: inUtc(new Date(start.getTime() + readDuration(this.service.defaultDuration))),
      serviceId: this.service.serviceId,
      staffMemberIds: staff.staffMemberIds,
      customers: [{ ...customer, timeZone: zone }],
      isLocationOnline: this.service.isLocationOnline,
      isAllDay: false,
      smsNotificationsEnabled: customer.smsNotificationsEnabled,
      customerTimeZone: zone,
      verificationCode: code,
      trackingDataId: trackingOf(location.search),
      bookingFormInfoList: [],
      additionalRecipients: [],
      price: this.service.defaultPrice,
      priceType: this.service.defaultPriceType,
    };
    this.button.disabled = true;
    try {
      this.showConfirmation(await book(appointment, { staffCandidates: staff.staffCandidates }), customer);
    } catch (refusal) {
      await this.meet(refusal, customer, staff, code);
    } finally {
      this.button.disabled = false;
    }
  }

  async meet(refusal, customer, staff, code) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.is("SelfServiceBookingEmailVerificationRequired")) {
      this.askForCode(customer, staff, code ? "A new code is on its way." : "");
    } else if (refusal.is("InvalidCode")) {
      this.askForCode(customer, staff, refusal.words, "error");
    } else {
      announce(this.notice, refusal.words, "error");
      if (refusal.status === 409 || refusal.is("SlotNotAvailable")) {
        this.picker.choose(null);
        announce(this.notice, refusal.words, "error");
        await this.picker.load();
      }
    }
  }

  askForCode(customer, staff, text, kind = "status") {
    const input = element("input", { id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, "aria-label": "Verification code" });
    const notice = element("div");
    const verify = (event) => {
      event.preventDefault();
      if (/^\d{6}$/.test(input.value.trim())) {
        dialog.close();
        this.send(customer, staff, input.value.trim());
      } else announce(notice, "The code has six digits.", "error");
    };
    const dialog = element("dialog", { "aria-labelledby": "code-heading" }, element("form", { onsubmit: verify },
      element("h2", { id: "code-heading" }, "Enter the verification code"),
      element("p", {}, `We sent a code to ${customer.emailAddress}. It is good for ten minutes.`),
      element("div", { class: "field" }, element("label", { for: "code" }, "Code"), input), notice,
      element("div", { class: "buttons" },
        element("button", { type: "submit", class: "primary" }, "Verify"),
        element("button", { type: "button", onclick: () => { dialog.close(); this.send(customer, staff, ""); } }, "Send a new code"),
        element("button", { type: "button", class: "link", onclick: () => dialog.close() }, "Back"))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    announce(notice, text, kind);
    dialog.showModal();
    input.focus();
  }

  showConfirmation(appointment, customer) {
    const { start } = this.picker.choice;
    const manage = `${this.homeUrl}manage/${encodeURIComponent(appointment.selfServiceAppointmentId)}`;
    const member = this.staff.find(({ id }) => appointment.staffMemberIds.includes(id));
    replaceChildren(this.place, element("section", { class: "card done", "aria-labelledby": "done-heading" },
      element("h2", { id: "done-heading", tabindex: "-1" }, "Your booking is confirmed"),
      element("dl", {},
        row("Service", this.service.title), row("When", `${formatDay(start, this.zone)}, ${formatTime(start, this.zone)} (${this.zone})`),
        member?.displayName ? row("With", member.displayName) : null, row("For", `${customer.name}, ${customer.emailAddress}`)),
      element("p", {}, "We sent the details and a link to change or cancel to your email address."),
      element("div", { class: "buttons" },
        element("a", { class: "button primary", href: `${manage}?action=reschedule` }, "Reschedule"),
        element("a", { class: "button", href: `${manage}?action=cancel` }, "Cancel"),
        element("button", { type: "button", onclick: () => this.showServices() }, "New booking"))));
    this.place.querySelector("h2").focus();
  }
}

/** A name and what is said of it. */
export const row = (name, text) => [element("dt", {}, name), element("dd", {}, text)];

/** The campaign of the address, whatever its case. */
function trackingOf(query) {
  for (const [name, value] of new URLSearchParams(query)) if (name.toLowerCase() === "refid") return value;
  return "";
}

function priceOf(service, business) {
  const kind = (service.defaultPriceType ?? "").replace("SERVICEDEFAULTPRICETYPES_", "");
  if (kind === "NOT_SET" || kind === "UNDEFINED" || !kind) return null;
  if (!["FIXED_PRICE", "STARTING_AT", "HOURLY"].includes(kind)) return PRICES[kind] ?? null;
  let amount = String(service.defaultPrice);
  try {
    amount = new Intl.NumberFormat(document.documentElement.lang || "en-US", { style: "currency", currency: business.defaultCurrencyIso }).format(service.defaultPrice);
  } catch {
    amount = `${amount} ${business.defaultCurrencyIso ?? ""}`.trim();
  }
  return kind === "STARTING_AT" ? `${PRICES[kind]} ${amount}` : kind === "HOURLY" ? `${amount} ${PRICES[kind]}` : amount;
}

