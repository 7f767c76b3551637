"""What visitors do on the booking page: book, take a seat, move and cancel; by the rules that bind applications too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bookings_emulator.domain import appointments
from bookings_emulator.domain.business_rules import check_cancellation
from bookings_emulator.domain.outcome import VISITOR, Ask, Caller, Change, Drop, Event, Outcome, Put, Record, State
from bookings_emulator.domain.records import stamped
from bookings_emulator.domain.self_service import manage_keys
from bookings_emulator.problem import Problem

AS_VISITOR = Caller(VISITOR, VISITOR)
# what holds for visitors whatever the switches say that are about callers of Graph: the page shows slots that are free,
# draws the member itself, and begins slots where free time begins
_RULES: dict[str, bool | str] = {
    "double-booking": True,
    "slot-grid": False,
    "staff-selection": False,
    "five-customers": False,
    "customer-location": False,
    "group-drops-unknown": False,
    "group-slot-joins": True,
    "hidden-services": False,
}


class Held(NamedTuple):
    """A booking that a visitor manages: the appointment, and which of its customers came by this booking."""

    appointment: Record
    places: tuple[int, ...]

    @property
    def is_shared(self) -> bool:
        """Whether others have booked the same slot."""
        return len(self.appointment["customers"]) > len(self.places)

    @property
    def customers(self) -> list[Any]:
        """The customers of this booking alone."""
        return [self.appointment["customers"][each] for each in self.places]


def visiting(ask: Ask) -> Ask:
    """The same call as made by a visitor."""
    return ask._replace(caller=AS_VISITOR, quirks={**ask.quirks, **_RULES})


def book_visit(state: State, ask: Ask, business: Record, service: Record, choices: Sequence[Sequence[str]]) -> Outcome:
    """Book with the first of the choices of staff that can be had; `ask.body` has the members of an appointment.

    A group that meets then and still has seats is joined. Raises Problem page.slot where no choice can be had.
    """
    refused: Problem | None = None
    for staff_ids in choices:
        try:
            return _book_with(state, ask, service, list(staff_ids))
        except Problem as problem:
            if problem.code != "bk.unknown":
                raise
            refused = refused or problem
    reason = refused.reason if refused else f"nobody offers '{service['displayName']}'"
    raise Problem("page.slot", reason) from refused


def all_choices(state: State, ask: Ask, business: Record, service: Record) -> list[list[str]]:
    """All who offer a service, to be tried one after the other: the first by chance, no balancing (documented).

    Who is gone is left out.
    """
    offered = service["staffMemberIds"] or [each["id"] for each in state.records("staffMembers", business["id"])]
    there = [[each] for each in offered if state.record("staffMembers", business["id"], each) is not None]
    first = int(ask.ids.guid()[:8], 16) % len(there) if len(there) > 1 else 0
    return there[first:] + there[:first]


def cancel_visit(state: State, ask: Ask, business: Record, held: Held) -> Outcome:
    """Cancel for a visitor: of a group only this customer goes. Raises Problem page.slot inside the lead time."""
    _check_lead(state, ask, business, held.appointment)
    if held.is_shared:
        return _leave_group(ask, business, held)
    record = held.appointment
    return Outcome(
        None,
        [Drop(appointments.SET, business["id"], record["id"])],
        [Event("appointmentCancelled", business, record)],
    )


def move_visit(state: State, ask: Ask, business: Record, service: Record, held: Held) -> Outcome:
    """Move a booking; `ask.body` has what shall change. Who shares a slot leaves it and books another."""
    _check_lead(state, ask, business, held.appointment)
    if not held.is_shared:
        try:
            return appointments.update(state, _aim_at(ask, business, held.appointment))
        except Problem as problem:
            raise _refuse_slot(problem) from problem
    before = held.appointment
    kept = {name: before[name] for name in ("startDateTime", "endDateTime", "staffMemberIds", "customerTimeZone")}
    body = {**kept, **ask.body, "customers": held.customers}
    own = body["customers"][0].get("selfServiceId")
    body |= {"serviceId": service["id"], "isCustomerAllowedToManageBooking": True, "selfServiceAppointmentId": own}
    gone = _leave_group(ask, business, held)
    found = book_visit(state, ask._replace(body=body), business, service, [body["staffMemberIds"]])
    if found.result["id"] == before["id"]:
        raise Problem("page.slot", "the booking is already in this slot")
    return Outcome(found.result, [*gone.changes, *found.changes], [*gone.events, *found.events])


def find_held(state: State, business: Record, key: str) -> Held:
    """The booking of a key: the selfServiceAppointmentId, or the id. Raises Problem page.noappointment."""
    record = state.appointment_of_key(business["id"], key)
    if record is not None:
        wanted = key.lower()
        own = [(each.get("selfServiceId") or "").lower() for each in record["customers"]]
        return Held(record, tuple(index for index, each in enumerate(own) if each == wanted) or tuple(range(len(own))))
    record = state.record(appointments.SET, business["id"], key)
    if record is None or not list(manage_keys(record)):
        said = "has no such booking" if record is None else "made it for a customer, who may not manage it"
        raise Problem("page.noappointment", f"the key is '{key}': {business['id']} {said}")
    if len({each.get("selfServiceId") for each in record["customers"]}) > 1:
        reason = "several customers have booked this slot; only the selfServiceAppointmentId says which one is meant"
        raise Problem("page.noappointment", f"the key is the id '{key}': {reason}")
    return Held(record, tuple(range(len(record["customers"]))))


def _book_with(state: State, ask: Ask, service: Record, staff_ids: list[str]) -> Outcome:
    body = {**ask.body, "staffMemberIds": staff_ids}
    if service["maximumAttendeesCount"] == 1 and len(body["customers"]) > 1:
        body["maximumAttendeesCount"] = len(body["customers"])  # further customers of one booking are its guests
    outcome = appointments.create(state, ask._replace(body=body))
    if outcome.events[0].before is None:
        return outcome
    return _track_campaign(ask, outcome)


def _track_campaign(ask: Ask, joined: Outcome) -> Outcome:
    """A booking that joined a group, told of by the campaign that brought this customer."""
    record = {**joined.result, "trackingDataId": ask.body.get("trackingDataId")}
    *others, _ = joined.changes
    changes = [*others, Put(appointments.SET, ask.business_id, record)]
    return Outcome(record, changes, [each._replace(appointment=record) for each in joined.events])


def _leave_group(ask: Ask, business: Record, held: Held) -> Outcome:
    """One customer less of a group that goes on."""
    before = held.appointment
    left = [each for index, each in enumerate(before["customers"]) if index not in held.places]
    record: dict[str, Any] = {**before, "customers": left, "filledAttendeesCount": len(left)}
    record = stamped(record, ask, is_new=False)
    changes: list[Change] = [Put(appointments.SET, business["id"], record)]
    return Outcome(record, changes, [Event("appointmentUpdated", business, record, before)])


def _check_lead(state: State, ask: Ask, business: Record, record: Record) -> None:
    service = state.record("services", business["id"], record["serviceId"] or "")
    try:
        check_cancellation(ask, business, service, record)
    except Problem as problem:
        raise _refuse_slot(problem) from problem


def _refuse_slot(problem: Problem) -> Problem:
    """What visitors are told of a broken rule: choose another time."""
    return Problem("page.slot", problem.reason) if problem.code == "bk.unknown" else problem


def _aim_at(ask: Ask, business: Record, record: Record) -> Ask:
    return ask._replace(keys=(business["id"], record["id"]))
