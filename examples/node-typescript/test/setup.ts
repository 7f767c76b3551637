// What the tests share: a reception of the clinic in the tenant of a test, called by a persona.

import type { BookingsClient } from "graph-bookings-emulator-client";
import { test as base } from "graph-bookings-emulator-client/vitest";
import { connect } from "../src/graph.js";
import { Reception } from "../src/reception.js";

export const DENTAL = "ContosoDental@contoso.onmicrosoft.com";
export const MONDAY = "2026-01-12";
export const SUNDAY = "2026-01-11";
export const CHECK_UP = "Check-up";
export const adele = { name: "Adele Vance", email: "adelev@contoso.com" };
export const alex = { name: "Alex Wilber", email: "alexw@contoso.com" };

/** The reception as an application calls it, which meets the business rules; a persona says who else does. */
export function receptionOf(bookings: BookingsClient, persona = "application"): Reception {
  return new Reception(connect(bookings.graphUrl, () => bookings.accessToken(persona)), DENTAL);
}

export const test = base.extend({ bookingsStart: { fixture: "default", now: "2026-01-05T08:00:00Z", seed: 7 } });
