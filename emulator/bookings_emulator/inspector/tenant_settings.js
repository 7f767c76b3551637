// The settings of a tenant that change its booking pages, each with a switch.

import { get, put } from "./api.js";
import { h, toast } from "./dom.js";

const DOES = {
  BookingsAuthEnabled: "Only members of the organization can use the pages; they sign in.",
  BookingsSocialSharingRestricted: "Reported to clients of the page; it has no other effect here.",
  BookingsExposureOfStaffDetailsRestricted: "The pages do not show the names of staff.",
  BookingsSearchEngineIndexDisabled: "The pages ask search engines not to list them.",
  BookingsAddressEntryRestricted: "Bookings do not contain addresses.",
  BookingsPhoneNumberEntryRestricted: "Bookings do not contain phone numbers.",
  BookingsNotesEntryRestricted: "Bookings do not contain notes.",
  BookingsCreationOfCustomQuestionsRestricted: "Bookings do not contain answers to custom questions.",
  BookingsSmsMicrosoftEnabled: "Reported to clients of the page; it has no other effect here.",
  BookingsMembershipApprovalRequired: "Staff must accept the membership before they can be booked.",
};

/** A card with a switch for each setting. */
export async function settingsCard() {
  const settings = await get("/tenant-settings");
  return h("section.card", { "aria-label": "Settings of the tenant" },
    h("header", {}, h("h2", {}, "Settings of the tenant"), h("small", {}, "as its administrators set them; they change its booking pages")),
    h("div.settings", {}, Object.entries(settings).map(([name, value]) => row(name, value))));
}

function row(name, value) {
  const word = h("span.tag", { class: value ? "accent" : "" }, value ? "on" : "off");
  const change = async (event) => {
    const box = event.target;
    try {
      await put("/tenant-settings", { [name]: box.checked });
      word.textContent = box.checked ? "on" : "off";
      word.classList.toggle("accent", box.checked);
      toast(`${name} is ${word.textContent}`, "good");
    } catch (error) {
      box.checked = !box.checked;
      toast(error.message, "bad");
    }
  };
  return h("label.setting", {}, h("input", { type: "checkbox", checked: value, "aria-label": name, onchange: change }), h("span.grow", {}, h("code", {}, name), h("small", {}, DOES[name] ?? "")), word);
}
