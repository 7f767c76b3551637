"""What the connector tells of an appointment: an event becomes the kinds of change and the AppointmentData it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bookings_emulator.domain.outcome import Event, Record, State
from bookings_emulator.domain.self_service import NOBODY, self_service_id
from bookings_emulator.times import instant_of, parse_duration, shifted

_CHANGES = {
    "appointmentCreated": ("Created",),
    "appointmentUpdated": ("Updated",),
    "appointmentCancelled": ("Deleted",),
    "appointmentDeleted": ("Deleted",),
}
_JOIN = "webjoin=true&unified=true"  # seen at the end of JoinWebURL, 2026-06-21
_Quirks = Mapping[str, bool | str]


class Told(NamedTuple):
    """What there is to know of an event beside it: the records around it, the quirks, the id it goes by."""

    event: Event
    state: State
    quirks: _Quirks
    id: str


def changes(event: Event, quirks: _Quirks) -> tuple[str, ...]:
    """The kinds of change that an event is for the connector, in the order in which they are told."""
    found = _CHANGES.get(event.name, ())
    if event.name == "appointmentCreated" and quirks["connector-updated-on-creation"]:
        return (*found, "Updated")
    if is_rescheduled(event) and quirks["connector-reschedule"] == "created":
        return ("Created", *found)
    return found


def is_rescheduled(event: Event) -> bool:
    """Whether an event moves an appointment to another time."""
    before, after = event.before, event.appointment
    return before is not None and any(before[edge] != after[edge] for edge in ("startDateTime", "endDateTime"))


def appointment_data(told: Told) -> dict[str, Any]:
    """The body of a notification, every member in the order of the definition; what is not known is null."""
    event, quirks = told.event, told.quirks
    record = event.appointment
    is_group = _is_group(record, quirks)
    one = _only_customer(told) if not is_group else {}
    start, end = _times(record, quirks)
    return {
        "AdditionalInfo": record.get("additionalInformation"),
        "CustomerEmail": one.get("Email"),
        "CustomerId": one.get("Id"),
        "CustomerLocation": one.get("Location"),
        "CustomerName": one.get("Name"),
        "CustomerNotes": None if quirks["connector-no-notes"] else one.get("Notes"),
        "CustomQuestionAnswers": one.get("Answers", []),
        "CustomerPhone": None if is_group else record.get("customerPhone"),
        "CustomerTimeZone": one.get("TimeZone"),
        "Customers": _customers(told, is_group=is_group),
        "Duration": int((end - start).total_seconds()),
        "EndTime": _text(end, quirks),
        "FilledAttendeesCount": record["filledAttendeesCount"],
        "Id": _id(told),
        "IsSMSNotificationsEnabled": record["smsNotificationsEnabled"],
        "JoinWebURL": _join_url(record.get("joinWebUrl")),
        "MaxAttendeesCount": record["maximumAttendeesCount"],
        "SelfServiceAppointmentId": _self_service_id(told),
        "ServiceId": record.get("serviceId"),
        "ServiceName": record["serviceName"],
        "ServiceNotes": record.get("serviceNotes"),
        "StaffMembers": [_member(told, each) for each in record["staffMemberIds"] or ()],
        "StartTime": _text(start, quirks),
        "TrackingData": record.get("trackingDataId"),
        "CancelReason": None if not is_group and quirks["connector-no-cancel-reason"] else event.message,
    }


class Touch(NamedTuple):
    """A member of a notification that a quirk emptied or changed."""

    quirk: str
    member: str
    does: str


def list_touches(told: Told) -> list[Touch]:
    """What the quirks took from a notification or wrote otherwise, each with the value of the quirk that undoes it."""
    return [Touch(quirk, member, does) for quirk, (member, does, is_so) in _TOUCHES.items() if is_so(told)]


def _has_cancel_reason(told: Told) -> bool:
    return _is_single(told) and bool(told.event.message) and bool(told.quirks["connector-no-cancel-reason"])


def _has_notes(told: Told) -> bool:
    return bool(told.quirks["connector-no-notes"]) and _is_single(told) and bool(_only_customer(told)["Notes"])


def _has_choice(told: Told) -> bool:
    customers = told.event.appointment["customers"]
    answers = (each for entry in customers for each in entry.get("customQuestionAnswers") or ())
    is_choice = any(each.get("answerInputType") == "radioButton" for each in answers)
    return is_choice and bool(told.quirks["connector-no-choice-answer"])


def _has_one_customer(told: Told) -> bool:
    is_empty = told.quirks["connector-single-customers"] == "empty"
    return is_empty and _is_single(told) and bool(told.event.appointment["customers"])


def _has_pre_buffer(told: Told) -> bool:
    length = parse_duration(told.event.appointment["preBuffer"]) or timedelta()
    return bool(told.quirks["connector-pre-buffer"]) and length > timedelta()


def _has_new_id(told: Told) -> bool:
    return told.quirks["connector-id"] == "exchange" and told.id != told.event.appointment["id"]


def _is_email_late(told: Told) -> bool:
    return bool(told.quirks["connector-late-staff-email"]) and told.event.name == "appointmentCreated"


def _is_single(told: Told) -> bool:
    return not _is_group(told.event.appointment, told.quirks)


# quirk → the member, what becomes of it, and whether that happened
_TOUCHES: dict[str, tuple[str, str, Callable[[Told], bool]]] = {
    "connector-no-cancel-reason": (
        "CancelReason",
        "is empty although the cancellation had a message; off fills it",
        _has_cancel_reason,
    ),
    "connector-no-notes": ("CustomerNotes", "is empty although the customer left notes; off fills it", _has_notes),
    "connector-no-choice-answer": (
        "CustomQuestionAnswers/Answer",
        "is left out of questions with a choice; off fills it",
        _has_choice,
    ),
    "connector-single-customers": (
        "Customers",
        "is empty although there is a customer; 'one' lists it",
        _has_one_customer,
    ),
    "connector-late-staff-email": ("StaffMembers/EmailAddress", "is not there yet; off fills it", _is_email_late),
    "connector-pre-buffer": ("StartTime", "includes the buffer before; off leaves it out", _has_pre_buffer),
    "connector-reschedule": ("Id", "changed when the appointment moved; 'same-id' keeps it", _has_new_id),
}


def _is_group(record: Record, quirks: _Quirks) -> bool:
    if quirks["connector-group"] == "customers":
        return len(record["customers"]) > 1
    return bool(record["maximumAttendeesCount"] > 1)


def _only_customer(told: Told) -> dict[str, Any]:
    """The customer of a 1:1 booking; notes and time zone as the appointment itself has them."""
    record, quirks = told.event.appointment, told.quirks
    entry = record["customers"][0] if record["customers"] else {}
    return {
        **_customer(entry, quirks),
        "Email": record.get("customerEmailAddress") or entry.get("emailAddress"),
        "Name": record.get("customerName") or entry.get("name"),
        "Notes": record.get("customerNotes") or entry.get("notes"),
        "TimeZone": record.get("customerTimeZone") or entry.get("timeZone"),
    }


def _customers(told: Told, *, is_group: bool) -> list[dict[str, Any]]:
    if not is_group and told.quirks["connector-single-customers"] == "empty":
        return []
    return [_customer(each, told.quirks) for each in told.event.appointment["customers"]]


def _customer(entry: Record, quirks: _Quirks) -> dict[str, Any]:
    return {
        "Email": entry.get("emailAddress"),
        "Id": entry.get("customerId"),
        "Location": _location(entry.get("location")),
        "Name": entry.get("name"),
        "Notes": entry.get("notes"),
        "TimeZone": entry.get("timeZone"),
        "Answers": [_answer(each, quirks) for each in entry.get("customQuestionAnswers") or ()],
    }


def _location(place: Record | None) -> dict[str, Any]:
    """Always an object, with nulls where the place is not known (a guess)."""
    address = (place or {}).get("address") or {}
    members = {"City": "city", "CountryOrRegion": "countryOrRegion", "PostalCode": "postalCode", "State": "state"}
    physical = {mine: address.get(theirs) for mine, theirs in members.items()}
    return {
        "DisplayName": (place or {}).get("displayName"),
        "PhysicalAddress": {**physical, "Street": address.get("street")},
    }


def _answer(given: Record, quirks: _Quirks) -> dict[str, Any]:
    """One answered question. Answer stands first (seen); questions with a choice have none since 2023-09 (seen)."""
    options = given.get("answerOptions") or []
    chosen = given.get("selectedOptions") or [each for each in options if each == given.get("answer")]
    first = int(quirks["connector-first-option"])
    out = {
        "Answer": given.get("answer") or (", ".join(chosen) or None),
        "Question": given.get("question"),
        "QuestionID": given.get("questionId"),
        "IsRequired": given.get("isRequired"),
        "AnswerOptions": list(options),
        "SelectedOptions": [options.index(each) + first for each in chosen if each in options],
    }
    if given.get("answerInputType") == "radioButton" and quirks["connector-no-choice-answer"]:
        del out["Answer"]
    return out


def _member(told: Told, staff_id: str) -> dict[str, Any]:
    member = told.state.record("staffMembers", told.event.business["id"], staff_id) or {}
    email = None if _is_email_late(told) else member.get("emailAddress")
    return {"DisplayName": member.get("displayName"), "EmailAddress": email, "Id": staff_id}


def _times(record: Record, quirks: _Quirks) -> tuple[datetime, datetime]:
    """Start and end with the buffers: the one behind was seen, that the one before counts as well is a guess."""
    before, behind = (parse_duration(record[each]) or timedelta() for each in ("preBuffer", "postBuffer"))
    if not quirks["connector-pre-buffer"]:
        before = timedelta()
    return shifted(instant_of(record["startDateTime"]), -before), shifted(instant_of(record["endDateTime"]), behind)


def _text(moment: datetime, quirks: _Quirks) -> str:
    if quirks["connector-times"] == "iso":
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return f"{moment:%m/%d/%Y %H:%M:%S}"


def _join_url(url: str | None) -> str | None:
    return f"{url}{'&' if '?' in url else '?'}{_JOIN}" if url else None


def _self_service_id(told: Told) -> str:
    """The id to know an appointment by: Graph's, or where Graph has none, one that follows from the appointment."""
    kept: str | None = told.event.appointment.get("selfServiceAppointmentId")
    if kept == NOBODY and told.quirks["connector-self-service-id"] == "graph":
        return kept
    return self_service_id(told.event.appointment)


def _id(told: Told) -> str | None:
    match told.quirks["connector-id"]:
        case "self-service":
            return _self_service_id(told)
        case "null":
            return None
        case _:
            return told.id
