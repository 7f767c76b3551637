// The booking page: reads what it is about, and opens the list, one service, or one booking.

import { Refusal, getBusiness, getSettings, listQuestions, listServices, listStaff } from "./api.js";
import { BookingFlow } from "./booking.js";
import { element, replaceChildren, safeLink } from "./dom.js";
import { ManageFlow } from "./manage.js";

const { dataset } = document.documentElement;
const place = document.getElementById("page");

async function open() {
  const settings = await getSettings();
  const [business, services, staff, questions] = await Promise.all([getBusiness(), listServices(), listStaff(), listQuestions()]);
  const page = business.bookingPageSettings;
  const visitorZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = page.isTimeSlotTimeZoneSetToBusinessTimeZone && dataset.zone ? dataset.zone : visitorZone;
  const facts = { business, services, staff, questions, settings, zone, visitorZone, homeUrl: homeOf(location.pathname) };
  dress(business);
  if (dataset.appointment) {
    await new ManageFlow(place, facts).open(dataset.appointment);
    return;
  }
  const flow = new BookingFlow(place, facts);
  if (!dataset.service) {
    flow.showServices();
    return;
  }
  const service = services.find(({ serviceId }) => serviceId.toLowerCase() === dataset.service.toLowerCase());
  if (service) await flow.open(service);
  else {
    flow.showServices();
    place.prepend(element("p", { role: "alert", class: "notice error" }, "This service cannot be booked any more. Choose another one."));
  }
}

/** The address of the list of services: what stands before a service or a booking, with its final slash. */
function homeOf(path) {
  return `${path.replace(/\/(s|manage)\/[^/]*\/?$/i, "").replace(/\/$/, "")}/`;
}

/** The colour, the address and the links of a business. */
function dress(business) {
  const colour = business.bookingPageSettings.bookingPageColorCode ?? "";
  if (/^#[0-9a-f]{6}$/i.test(colour)) document.documentElement.style.setProperty("--accent", colour);
  if (business.bookingPageSettings.isBusinessLogoDisplayEnabled) {
    const initials = business.displayName.split(/\s+/).map((word) => [...word][0]).slice(0, 2).join("").toUpperCase();
    document.querySelector(".masthead .wrap").prepend(element("span", { class: "logo", role: "img", "aria-label": `Logo of ${business.displayName}` }, initials));
  }
  const { street, city } = business.address ?? {};
  const contact = [[street, city].filter(Boolean).join(", "), business.phone].filter(Boolean).join(" · ");
  document.getElementById("contact").textContent = contact;
  replaceChildren(document.getElementById("links"), safeLink(business.webSiteUrl, business.displayName));
}

function refuse(error) {
  if (error instanceof Refusal && error.status === 401) {
    location.reload();  // the page leads to the sign-in of the organization
    return;
  }
  const text = error instanceof Refusal ? error.words : "This page cannot be shown.";
  replaceChildren(place, element("section", { class: "card" }, element("p", { role: "alert" }, text),
    element("button", { type: "button", onclick: () => location.reload() }, "Try again")));
  place.removeAttribute("aria-busy");
  if (!(error instanceof Refusal)) throw error;
}

open().catch(refuse);
