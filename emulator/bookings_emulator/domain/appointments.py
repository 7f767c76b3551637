"""Appointments: what a service lends them, their times, staff and customers, and the rules for who makes them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from bookings_emulator.caches import Same
from bookings_emulator.domain import group_slots, records, staff
from bookings_emulator.domain.availability import Span, takes_bookings
from bookings_emulator.domain.business_rules import (
    Booking,
    check_booking,
    check_cancellation,
    hold,
    is_free,
    works_then,
)
from bookings_emulator.domain.customers import names_its_customer, set_customers
from bookings_emulator.domain.outcome import Ask, Change, Drop, Event, Outcome, Put, Record, State
from bookings_emulator.ids import guid_of
from bookings_emulator.problem import Problem
from bookings_emulator.times import date_time_time_zone, format_duration, parse_duration

SET = "appointments"
_ESCAPE = re.compile("%[0-9A-F]{2}")
# what an appointment takes from its service where the body is silent: appointment member ← service member
_LENT = {
    "serviceName": "displayName",
    "price": "defaultPrice",
    "priceType": "defaultPriceType",
    "preBuffer": "preBuffer",
    "postBuffer": "postBuffer",
    "serviceLocation": "defaultLocation",
    "reminders": "defaultReminders",
    "maximumAttendeesCount": "maximumAttendeesCount",
    "isLocationOnline": "isLocationOnline",
    "smsNotificationsEnabled": "smsNotificationsEnabled",
    "isCustomerAllowedToManageBooking": "isCustomerAllowedToManageBooking",
    "additionalInformation": "additionalInformation",
}
_PLACES = ("serviceLocation", "customerLocation")
_FOLD = re.compile(r"(^| )\([^()]*\)$")
_FOLDED = ("street", "city", "state", "postalCode", "countryOrRegion")
# members whose change makes a bound caller meet the rules again
_RULED = frozenset({"startDateTime", "endDateTime", "staffMemberIds", "preBuffer", "postBuffer"})
# members whose change makes the seats count again
_SEATED = frozenset({"customers", "maximumAttendeesCount"})


def create(state: State, ask: Ask) -> Outcome:
    """A new appointment, with the customers it brings along."""
    business = records.find_business(state, ask.business_id)
    service = _find_service(state, business["id"], ask.body.get("serviceId"))
    record = {**ask.silent, **lend_members(service), **ask.body, "id": ask.ids.item(business["id"])}
    booking = Booking(state, ask, business, service, record, *_set_times(record, service))
    _set_staff(booking)
    if group_slots.may_join(booking) and (slot := group_slots.find_slot(booking)):
        return group_slots.join_slot(booking, slot)
    if "staffMemberIds" not in ask.body and not record["staffMemberIds"]:
        record["staffMemberIds"] = _free_member(booking)
    changes = set_customers(booking, is_new=True)
    _check_seats(record)
    _fold_location(record, ask)
    _clear_coordinates(record)
    _set_links(record, service, ask)
    bypassed = hold(ask, lambda: _check_new(booking))
    record = records.stamped(record, ask, is_new=True)
    changes.append(Put(SET, business["id"], record))
    return Outcome(record, changes, [Event("appointmentCreated", business, record)], bypassed)


def update(state: State, ask: Ask) -> Outcome:
    """Reschedule, reassign or otherwise change an appointment; customers given replace the old ones."""
    before = records.find(state, SET, *ask.keys)
    business = records.find_business(state, ask.business_id)
    service = state.record("services", business["id"], before["serviceId"] or "")
    record = {**before, **ask.body}
    booking = Booking(state, ask, business, service or {}, record, *_set_times(record, service))
    changes: list[Change] = []
    if "customers" in ask.body or names_its_customer(record, ask):
        changes = set_customers(booking, is_new=False)
    if ask.body.keys() & _SEATED:
        _check_seats(record)
    if "staffMemberIds" in ask.body:
        _assign_caller(booking)
    if service is not None and ask.body.get("staffMemberIds"):
        _check_staff(booking)
    bypassed = hold(ask, lambda: _check_change(booking, before))
    _fold_location(record, ask, before)
    _clear_coordinates(record)
    _set_links(record, service, ask)
    record = records.stamped(record, ask, is_new=False)
    changes.append(Put(SET, business["id"], record))
    return Outcome(record, changes, [Event("appointmentUpdated", business, record, before)], bypassed)


def _check_new(booking: Booking) -> None:
    """What holds for callers who are bound. Raises Problem."""
    if not booking.ask.body.get("staffMemberIds") and not booking.ask.caller.is_bound(booking.business["id"]):
        _refuse_without_staff(booking.ask)  # a bound caller was refused before staff was looked for
    check_booking(booking)


def _check_change(booking: Booking, before: Record) -> None:
    """What holds for the changes of callers who are bound. Raises Problem."""
    ask, record = booking.ask, booking.record
    if "staffMemberIds" in ask.body and not record["staffMemberIds"]:
        if ask.caller.kind == "application":
            _refuse_without_staff(ask)
        raise Problem("bk.unknown", "only administrators may leave an appointment without staff")
    if record["startDateTime"] != before["startDateTime"]:
        check_cancellation(ask, booking.business, booking.service, before)
    # the service of an old appointment may be gone, and then nothing can be held against it
    if booking.service and ask.body.keys() & _RULED:
        check_booking(booking)


def cancel(state: State, ask: Ask) -> Outcome:
    """Cancel an appointment: it leaves every list (inferred: there is no property that could say it is cancelled)."""
    record = records.find(state, SET, *ask.keys)
    business = records.find_business(state, ask.business_id)
    bypassed = _check_late_cancellation(state, ask, business, record)
    event = Event("appointmentCancelled", business, record, message=ask.body.get("cancellationMessage"))
    return Outcome(None, [Drop(SET, business["id"], record["id"])], [event], bypassed)


def delete(state: State, ask: Ask) -> Outcome:
    """Delete an appointment: told as a cancellation is (docs-contrib 9012), but without words."""
    record = records.find(state, SET, *ask.keys)
    business = records.find_business(state, ask.business_id)
    bypassed = _check_late_cancellation(state, ask, business, record)
    event = Event("appointmentDeleted", business, record)
    return Outcome(None, [Drop(SET, business["id"], record["id"])], [event], bypassed)


def _check_late_cancellation(state: State, ask: Ask, business: Record, record: Record) -> str | None:
    service = state.record("services", business["id"], record["serviceId"] or "")
    return hold(ask, lambda: check_cancellation(ask, business, service, record))


def lend_members(service: Record) -> Record:
    """The members of an appointment that come from its service."""
    return _lend(Same(service))


@lru_cache(maxsize=8)
def _lend(service: Same) -> Record:
    return {mine: value for mine, theirs in _LENT.items() if (value := service.value.get(theirs)) is not None}


def _find_service(state: State, business_id: str, service_id: str | None) -> Record:
    service = state.record("services", business_id, service_id or "")
    if service is None:
        came = f"{business_id} has no service '{service_id}'" if service_id else "serviceId is missing"
        raise Problem("bk.unknown", f"an appointment needs the serviceId of a service of its business: {came}")
    return service


def _set_times(record: dict[str, Any], service: Record | None) -> Span:
    """Bring start, end and other times to UTC and compute the duration; without an end the service's length counts.

    Gives start and end.
    """
    start = records.read_time(record.get("startDateTime"), "startDateTime")
    if record.get("endDateTime") is None and service is not None:
        end = start + (parse_duration(service["defaultDuration"]) or timedelta())
    else:
        end = records.read_time(record.get("endDateTime"), "endDateTime")
    if end <= start:
        raise Problem("bk.unknown", "the appointment must end after it starts")
    record["startDateTime"] = date_time_time_zone(start)
    record["endDateTime"] = date_time_time_zone(end)
    record["duration"] = format_duration(end - start)
    if record.get("invoiceDate") is not None:
        record["invoiceDate"] = date_time_time_zone(records.read_time(record["invoiceDate"], "invoiceDate"))
    return start, end


def _set_staff(booking: Booking) -> None:
    """Take the staff given; without any, application callers are refused."""
    ask, record = booking.ask, booking.record
    if _assign_caller(booking) or ask.body.get("staffMemberIds"):
        _check_staff(booking)
        return
    if ask.caller.kind == "application":
        _refuse_without_staff(ask)
    record["staffMemberIds"] = []


def _assign_caller(booking: Booking) -> bool:
    """Put a team member who books on the staff of the appointment (learn, Bookings: add staff)."""
    ask, record = booking.ask, booking.record
    if ask.caller.role(booking.business["id"]) != "member":
        return False
    own = staff.own(booking.state, booking.business["id"], ask.caller.upn)
    if own is not None and own["id"] not in (record["staffMemberIds"] or ()):
        record["staffMemberIds"] = [*(record["staffMemberIds"] or ()), own["id"]]
    return own is not None


def _refuse_without_staff(ask: Ask) -> None:
    if ask.quirks["invalid-staff"]:
        raise Problem("bk.invalidstaff", "application callers must name staffMemberIds (msgraph docs PR 22029)")


def _free_member(booking: Booking) -> list[str]:
    """The first member of the service whose time is free then; who works then comes before who does not.

    By the quirk `staff-drawn` any of them, drawn by the seed.
    """
    found = (booking.state.record("staffMembers", booking.business["id"], each) for each in _list_offered(booking))
    asked = [each for each in found if each is not None and takes_bookings(each, booking.ask.quirks)]
    free = [each for each in asked if is_free(booking, each)]
    working = [member for member in free if works_then(booking, member)]
    if not working and booking.ask.caller.is_bound(booking.business["id"]):
        return []
    drawn = working or free
    if drawn and booking.ask.quirks["staff-drawn"]:
        drawn = drawn[int(booking.ask.ids.guid()[:8], 16) % len(drawn) :]
    return [member["id"] for member in drawn[:1]]


def _list_offered(booking: Booking) -> list[str]:
    return booking.service["staffMemberIds"] or []


def _check_staff(booking: Booking) -> None:
    offered = _list_offered(booking)
    for staff_id in booking.record["staffMemberIds"]:
        if booking.state.record("staffMembers", booking.business["id"], staff_id) is None:
            reason = f"staffMemberIds contains '{staff_id}', which is not a staff member of {booking.business['id']}"
            raise Problem("bk.unknown", reason)
        if offered and staff_id not in offered:
            service = booking.service["displayName"]
            raise Problem("bk.unknown", f"staffMemberIds contains '{staff_id}', who does not offer '{service}'")


def _check_seats(record: Record) -> None:
    seats, taken = record["maximumAttendeesCount"], record["filledAttendeesCount"]
    if taken > seats:
        reason = f"the appointment has {seats} seats; got {taken} customers"
        raise Problem("bk.unknown", f"business rule capacity: {reason}")


def _fold_location(record: dict[str, Any], ask: Ask, before: Record | None = None) -> None:
    """By the quirk, the address of the place of an appointment moves into its name, as printed answers have it.

    Of a changed appointment it takes the place of the address that stood in the name before, if the name is the same.
    """
    place = record.get("serviceLocation")
    if place and place.get("address"):
        folded = _fold_address(Same(place), Same((before or {}).get("serviceLocation")))
        if folded is not None and ask.quirks["folded-locations"]:
            record["serviceLocation"] = folded


@lru_cache(maxsize=8)
def _fold_address(location: Same, before: Same) -> Record | None:
    """A place whose address stands in its name; None where there is no address."""
    place = location.value
    street, city, state, code, country = (place["address"].get(name) or "" for name in _FOLDED)
    text = ", ".join(each for each in (street, city, f"{state} {code}".strip(), country) if each)
    if not text:
        return None
    name = f"{_bare_name(place, before.value)} ({text})".strip()
    return {**place, "displayName": name, "address": {**place["address"], **dict.fromkeys(_FOLDED, "")}}


def _bare_name(place: Record, before: Record | None) -> str:
    """The name of a place, without the address that was folded into it before."""
    name = place.get("displayName") or ""
    address = (before or {}).get("address") or {}
    was_folded = bool(before) and all(address.get(each) == "" for each in _FOLDED)
    return _FOLD.sub("", name) if before and was_folded and before.get("displayName") == name else name


def _clear_coordinates(record: dict[str, Any]) -> None:
    """Coordinates that nobody gave are null in an appointment; 'NaN' was seen with services only."""
    for name in _PLACES:
        if record.get(name):
            record[name] = _shared_without_nan(Same(record[name]))
    entries = record.get("customers") or ()
    if any(each.get("location") for each in entries):
        record["customers"] = [
            {**each, "location": each.get("location") and _without_nan(each["location"])} for each in entries
        ]


@lru_cache(maxsize=8)
def _shared_without_nan(location: Same) -> Record:
    """The same for a place that a service lends to all of its appointments, which then share it."""
    return _without_nan(location.value)


def _without_nan(location: Record) -> Record:
    coordinates = location.get("coordinates")
    if not coordinates or "NaN" not in coordinates.values():
        return location
    known = {name: None if value == "NaN" else value for name, value in coordinates.items()}
    return {**location, "coordinates": known}


def _set_links(record: dict[str, Any], service: Record | None, ask: Ask) -> None:
    """Join links exist only for online appointments of services that offer them."""
    if not (record["isLocationOnline"] and _is_offered_online(service, ask)):
        record["joinWebUrl"] = record["anonymousJoinWebUrl"] = None
        return
    record["joinWebUrl"] = record.get("joinWebUrl") or _meeting_url(record["id"], "meetup-join", ask)
    is_anonymous = service is not None and service["isAnonymousJoinEnabled"]
    record["anonymousJoinWebUrl"] = _meeting_url(record["id"], "meet-anonymous", ask) if is_anonymous else None


def _is_offered_online(service: Record | None, ask: Ask) -> bool:
    return service is not None and bool(service["isLocationOnline"] or not ask.quirks["online-needs-service"])


def _meeting_url(appointment_id: str, path: str, ask: Ask) -> str:
    """A link of the form Teams uses, made from the appointment so that it is the same in every run.

    Tenant and organizer stand in its context, and escapes are in lower case (learn: get appointment; links that were
    seen, 2026). That the organizer is the mailbox of the business is a guess.
    """
    thread = UUID(bytes=appointment_id.encode()[-20:-4].rjust(16, b"0"))
    context = f'{{"Tid":"{ask.tenant_id}","Oid":"{guid_of("mailbox", ask.business_id.lower())}"}}'
    meeting = f"19:meeting_{thread.hex}@thread.v2"
    return f"https://teams.microsoft.com/l/{path}/{_escaped(meeting)}/0?context={_escaped(context)}"


def _escaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: found[0].lower(), quote(text, safe=""))
