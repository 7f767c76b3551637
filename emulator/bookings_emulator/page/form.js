// The form of a booking: who comes, what the service asks, and what must be agreed to.

import { element, safeLink } from "./dom.js";

const { prefill } = document.documentElement.dataset;

/** A form for a service; `read()` gives the customer, or null if something is missing and was shown. */
export class DetailsForm {
  constructor({ service, questions, business, settings, visitorZone }) {
    Object.assign(this, { service, business, settings, visitorZone });
    this.questions = service.customQuestions
      .map(({ questionGuid, required }) => ({ ...questions.find(({ id }) => id === questionGuid), isRequired: required }))
      .filter(({ id }) => id && !settings.BookingsCreationOfCustomQuestionsRestricted);
    const given = prefill === "true" ? new URLSearchParams(location.search) : new URLSearchParams();
    this.name = field("First and last name", { required: true, autocomplete: "name", value: given.get("name") });
    this.email = field("Email", { required: true, type: "email", autocomplete: "email", value: given.get("email") });
    this.phone = settings.BookingsPhoneNumberEntryRestricted ? null
      : field("Phone number", { type: "tel", autocomplete: "tel", value: given.get("phone") });
    this.address = settings.BookingsAddressEntryRestricted ? null : field("Address", { autocomplete: "street-address" });
    this.notes = settings.BookingsNotesEntryRestricted ? null : field("Notes", { isLong: true });
    this.answers = this.questions.map(questionField);
    const hasSms = service.smsNotificationsEnabled && settings.BookingsSmsMicrosoftEnabled && this.phone;
    this.sms = hasSms ? checkbox("Send me text messages about this booking. Only numbers in the US and Canada.") : null;
    const page = business.bookingPageSettings;
    this.consent = page.isCustomerConsentEnabled
      ? checkbox(page.customerConsentMessage || "I agree that what I enter is kept for this booking.", { required: true }) : null;
    const links = [safeLink(page.privacyPolicyWebUrl, "Privacy policy"), safeLink(page.termsAndConditionsWebUrl, "Terms and conditions")];
    const fields = [this.name, this.email, this.phone, this.address, this.notes].filter(Boolean);
    this.all = [...fields, ...this.answers, this.sms, this.consent].filter(Boolean);
    this.view = [
      element("section", { class: "card", "aria-labelledby": "details-heading" },
        element("h2", { id: "details-heading" }, "Add your details"), fields.map(({ view }) => view), this.sms?.view),
      this.answers.length ? element("section", { class: "card", "aria-labelledby": "more-heading" },
        element("h2", { id: "more-heading" }, "Provide additional information"), this.answers.map(({ view }) => view)) : null,
      this.consent ? element("section", { class: "card consent" }, this.consent.view) : null,
      element("p", { class: "policies" }, links.filter(Boolean)),
    ];
  }

  /** What was entered, as the API takes it; null if a field is wrong, which then says so and has the focus. */
  read() {
    const wrong = this.all.filter((entry) => !entry.check());
    wrong[0]?.focus();
    if (wrong.length) return null;
    const street = this.address?.value() ?? "";
    return {
      name: this.name.value(),
      emailAddress: this.email.value(),
      phone: this.phone?.value() ?? "",
      notes: this.notes?.value() ?? "",
      timeZone: this.visitorZone,
      location: street ? { displayName: street, address: { street, type: "Other" } } : { displayName: "", address: {} },
      smsNotificationsEnabled: Boolean(this.sms?.value()),
      answeredCustomQuestions: this.questions.map((question, index) => answerOf(question, this.answers[index].value())),
      instanceId: "",
      price: this.service.defaultPrice,
      priceType: this.service.defaultPriceType,
    };
  }
}

function answerOf(question, answer) {
  const isChoice = question.answerOptions.length > 0;
  const { id, questionText, answerOptions, answerInputType } = question;
  return {
    customQuestion: { id, questionText, answerOptions, answerInputType },
    answer,
    isRequired: question.isRequired,
    selectedOptions: isChoice && answer ? [answer] : [],
  };
}

let count = 0;

/** A text field with its label and its error. */
function field(label, { required = false, type = "text", autocomplete = "off", isLong = false, value = null } = {}) {
  const id = `field-${(count += 1)}`;
  const name = `${label} ${required ? "(required)" : "(optional)"}`;
  const input = element(isLong ? "textarea" : "input", {
    id, type: isLong ? null : type, autocomplete, "aria-label": name, "aria-describedby": `${id}-error`, "aria-required": required, rows: isLong ? 3 : null,
    maxlength: isLong ? 4000 : 255,
  });
  if (value) input.value = value;
  const error = element("p", { id: `${id}-error`, class: "error", role: "alert" });
  const check = () => {
    const text = input.value.trim();
    const isWrong = (required && !text) || (text && type === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text));
    error.textContent = isWrong ? (text ? "Enter a full email address, such as adele@contoso.com." : `Enter your ${label.toLowerCase()}.`) : "";
    input.setAttribute("aria-invalid", String(Boolean(isWrong)));
    return !isWrong;
  };
  input.addEventListener("change", check);
  const view = element("div", { class: "field" },
    element("label", { for: id }, label, element("span", { class: required ? "must" : "may" }, required ? " *" : " (optional)")), input, error);
  return { view, check, value: () => input.value.trim(), focus: () => input.focus() };
}

function checkbox(label, { required = false } = {}) {
  const id = `field-${(count += 1)}`;
  const input = element("input", { id, type: "checkbox", "aria-required": required, "aria-describedby": `${id}-error` });
  const error = element("p", { id: `${id}-error`, class: "error", role: "alert" });
  const check = () => {
    const isWrong = required && !input.checked;
    error.textContent = isWrong ? "Tick this box to book." : "";
    return !isWrong;
  };
  input.addEventListener("change", check);
  const view = element("div", { class: "field check" }, input, element("label", { for: id }, label), error);
  return { view, check, value: () => input.checked, focus: () => input.focus() };
}

/** A question of the business: a text, or one of its options. */
function questionField(question) {
  if (!question.answerOptions.length) return field(question.questionText, { required: question.isRequired });
  const id = `field-${(count += 1)}`;
  const inputs = question.answerOptions.map((option, index) =>
    element("input", { type: "radio", name: id, id: `${id}-${index}`, value: option }));
  const error = element("p", { class: "error", role: "alert" });
  const value = () => inputs.find((input) => input.checked)?.value ?? "";
  const check = () => {
    const isWrong = question.isRequired && !value();
    error.textContent = isWrong ? "Choose an answer." : "";
    return !isWrong;
  };
  for (const input of inputs) input.addEventListener("change", check);
  const view = element("fieldset", { class: "field" },
    element("legend", {}, question.questionText, element("span", { class: question.isRequired ? "must" : "may" }, question.isRequired ? " *" : " (optional)")),
    inputs.map((input, index) => element("div", { class: "check" }, input, element("label", { for: input.id }, question.answerOptions[index]))),
    error);
  return { view, check, value, focus: () => inputs[0].focus() };
}
