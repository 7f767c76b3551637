"""The keys by which customers know their bookings: what stands in their links, and whose booking a key is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bookings_emulator.domain.outcome import Record
from bookings_emulator.ids import guid_of

NOBODY = "00000000-0000-0000-0000-000000000000"  # what Graph shows where no customer made the booking (docs)


def self_service_id(appointment: Record) -> str:
    """The key of an appointment: Graph's, or where Graph has none, one that follows from the appointment."""
    kept: str | None = appointment.get("selfServiceAppointmentId")
    return kept if kept and kept != NOBODY else guid_of("appointment", appointment["id"])


def customer_key(appointment: Record, customer: Record) -> str | None:
    """The key by which a customer manages an appointment; None where it may not be managed by customers."""
    own: str | None = customer.get("selfServiceId")
    if own:
        return own
    return self_service_id(appointment) if appointment.get("isCustomerAllowedToManageBooking") else None


def manage_keys(appointment: Record) -> Iterator[str]:
    """All keys by which an appointment is managed, in lower case: one each for the visitors of a group."""
    if appointment.get("isCustomerAllowedToManageBooking"):
        yield self_service_id(appointment).lower()
    for each in appointment.get("customers") or ():
        if each.get("selfServiceId"):
            yield each["selfServiceId"].lower()


def visit_of(appointment: Record) -> dict[str, Any] | None:
    """What an appointment keeps of the visits that made it and Graph never shows: campaign, and the customers' keys."""
    keys = [each.get("selfServiceId") for each in appointment.get("customers") or ()]
    tracking = appointment.get("trackingDataId")
    return {"trackingDataId": tracking, "keys": keys} if tracking or any(keys) else None


def with_visit(appointment: Record, visit: Record) -> dict[str, Any]:
    """The same appointment with what `visit_of` told of it."""
    customers = [dict(each) for each in appointment["customers"]]
    for customer, key in zip(customers, visit.get("keys") or (), strict=False):
        if key:
            customer["selfServiceId"] = key
    return {**appointment, "customers": customers, "trackingDataId": visit.get("trackingDataId")}
