"""Group slots: an appointment with seats left, which another booking of the same slot joins."""

from __future__ import annotations

from dataclasses import replace

from bookings_emulator.domain import customers, records
from bookings_emulator.domain.business_rules import Booking, check_booking
from bookings_emulator.domain.outcome import Event, Outcome, Put, Record

_EDGES = ("startDateTime", "endDateTime")


def may_join(booking: Booking) -> bool:
    """Whether a new booking joins what is there: one by who is bound, of a group service, with somebody to seat."""
    if booking.record["maximumAttendeesCount"] <= 1:
        return False
    return booking.ask.caller.is_bound(booking.business["id"]) and bool(customers.named_customers(booking))


def find_slot(booking: Booking) -> Record | None:
    """The appointment of the same service and times, with seats for all who come, and with the staff asked for."""
    wanted = set(booking.record["staffMemberIds"] or ())
    seats = len(customers.named_customers(booking))
    for each in booking.state.appointments_around(booking.business["id"], booking.start, booking.end):
        left = each["maximumAttendeesCount"] - each["filledAttendeesCount"]
        is_fitting = _is_same_slot(each, booking) and left >= seats and wanted <= set(each["staffMemberIds"] or ())
        if is_fitting and booking.ask.quirks["group-slot-joins"]:
            return each
    return None


def _is_same_slot(appointment: Record, booking: Booking) -> bool:
    is_same_time = all(appointment[edge] == booking.record[edge] for edge in _EDGES)
    return is_same_time and appointment["serviceId"] == booking.service["id"]


def join_slot(booking: Booking, slot: Record) -> Outcome:
    """The appointment of a slot with the customers of a booking on its free seats; nothing else of it changes."""
    given = customers.named_customers(booking)
    customers.check_count(booking, given)
    joined = replace(booking, record={**slot})
    come, changes = customers.identify(joined, given)
    joined.record["customers"] = [*slot["customers"], *come]
    joined.record["filledAttendeesCount"] = len(joined.record["customers"])
    check_booking(joined)
    business = booking.business
    record = records.stamped(joined.record, booking.ask, is_new=False)
    changes.append(Put("appointments", business["id"], record))
    return Outcome(record, changes, [Event("appointmentUpdated", business, record, slot)])
