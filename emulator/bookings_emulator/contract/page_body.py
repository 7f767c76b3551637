"""Reads the bodies of the booking page's API: a window, a booking, a move; a refusal names the place.

Programs send far more members than anybody needs, so what is not known is passed over, and little is required.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from bookings_emulator.contract.page import load_page
from bookings_emulator.problem import Problem
from bookings_emulator.times import to_utc, windows_zone

_YEARS = range(1601, 4501)  # what Exchange, which keeps the appointments, has dates for
_PLAIN = ("name", "emailAddress", "phone", "notes", "timeZone")  # members of a customer that are texts
_ADDRESS = ("street", "city", "state", "countryOrRegion", "postalCode")


class AskedTime(NamedTuple):
    """A moment in UTC, with the name of the zone it was given in and that zone."""

    moment: datetime
    zone_name: str
    zone: ZoneInfo


class Window(NamedTuple):
    """What availability is asked for; without a service it is that of no service in particular."""

    service_id: str | None
    staff_ids: tuple[str, ...]
    start: AskedTime
    end: AskedTime


class AskedBooking(NamedTuple):
    """A booking that is asked for. `customers` have the members of Graph; `candidates` stand in for taken staff."""

    service_id: str
    start: AskedTime
    end: AskedTime
    staff_ids: tuple[str, ...]
    candidates: tuple[str, ...]
    customers: tuple[dict[str, Any], ...]
    customer_zone: str | None
    code: str
    tracking: str | None
    is_online: bool | None
    wants_sms: bool


class AskedMove(NamedTuple):
    """What a booking shall become: what is None or empty stays as it is."""

    start: AskedTime | None
    end: AskedTime | None
    staff_ids: tuple[str, ...]


def read_window(content: bytes) -> Window:
    """The body of GetStaffAvailability. Raises Problem page.malformed and page.zone."""
    body = read_page_object(content)
    return Window(
        _read_page_text(body, "serviceId", "") or None,
        tuple(dict.fromkeys(_read_page_texts(body, "staffIds", ""))),
        _read_page_time(body, "startDateTime", ""),
        _read_page_time(body, "endDateTime", ""),
    )


def read_booking(content: bytes) -> AskedBooking:
    """The body of a create. Raises Problem page.malformed and page.zone."""
    body = read_page_object(content)
    given = _expect_page_object(body.get("appointment"), "appointment")
    preferences = _expect_page_object(body.get("preferences") or {}, "preferences")
    customers = _expect_page_list(given.get("customers") or [], "appointment.customers")
    service_id = _read_page_text(given, "serviceId", "appointment.")
    if not service_id:
        raise refuse_page_body("appointment.serviceId", "the serviceId of a service", None)
    if not customers:
        raise refuse_page_body("appointment.customers", "at least one customer", customers)
    entries = tuple(_read_visitor(each, f"appointment.customers[{index}]") for index, each in enumerate(customers))
    zone_name = _read_page_text(given, "customerTimeZone", "appointment.") or entries[0]["timeZone"]
    return AskedBooking(
        service_id=service_id,
        start=_read_page_time(given, "startTime", "appointment."),
        end=_read_page_time(given, "endTime", "appointment."),
        staff_ids=tuple(dict.fromkeys(_read_page_texts(given, "staffMemberIds", "appointment."))),
        candidates=tuple(dict.fromkeys(_read_page_texts(preferences, "staffCandidates", "preferences."))),
        customers=tuple({**each, "timeZone": each["timeZone"] or zone_name} for each in entries),
        customer_zone=zone_name,
        code=_read_page_text(given, "verificationCode", "appointment.") or "",
        tracking=_read_page_text(given, "trackingDataId", "appointment.") or None,
        is_online=_read_page_boolean(given, "isLocationOnline", "appointment."),
        wants_sms=bool(_read_page_boolean(given, "smsNotificationsEnabled", "appointment."))
        or any(each["smsNotificationsEnabled"] for each in entries),
    )


def read_move(content: bytes) -> AskedMove:
    """The body of a reschedule. Raises Problem page.malformed and page.zone."""
    given = _expect_page_object(read_page_object(content).get("appointment"), "appointment")
    staff_ids = tuple(dict.fromkeys(_read_page_texts(given, "staffMemberIds", "appointment.")))
    times = [
        _read_page_time(given, name, "appointment.") if given.get(name) else None for name in ("startTime", "endTime")
    ]
    if times == [None, None] and not staff_ids:
        raise refuse_page_body("appointment", "startTime and endTime, staffMemberIds, or both", given)
    return AskedMove(times[0], times[1], staff_ids)


def read_page_object(content: bytes) -> dict[str, Any]:
    """A body that must be a JSON object. Raises Problem page.malformed."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        detail = f"the body: expected a JSON object; got no JSON ({error})"
        raise Problem("page.malformed", detail, detail=detail) from None
    return _expect_page_object(value, "the body")


def refuse_page_body(where: str, expected: str, came: Any) -> Problem:
    """The refusal of a body that does not have what it should have."""
    text = "nothing" if came is None else orjson.dumps(came, default=str).decode()
    detail = f"{where}: expected {expected}; got {text if len(text) <= 120 else text[:120] + ' …'}"
    return Problem("page.malformed", detail, detail=detail)


def _read_visitor(value: Any, where: str) -> dict[str, Any]:
    """An entry of customers with the members of Graph."""
    given, before = _expect_page_object(value, where), f"{where}."
    answers = _expect_page_list(given.get("answeredCustomQuestions") or [], f"{before}answeredCustomQuestions")
    return {
        **{name: _read_page_text(given, name, before) or None for name in _PLAIN},
        "location": _read_visitor_place(given.get("location"), f"{before}location"),
        "smsNotificationsEnabled": bool(_read_page_boolean(given, "smsNotificationsEnabled", before)),
        "customQuestionAnswers": [
            _read_visitor_answer(each, f"{before}answeredCustomQuestions[{index}]")
            for index, each in enumerate(answers)
        ],
    }


def _read_visitor_answer(value: Any, where: str) -> dict[str, Any]:
    given = _expect_page_object(value, where)
    question = _expect_page_object(given.get("customQuestion") or {}, f"{where}.customQuestion")
    inner = f"{where}.customQuestion."
    id_ = _read_page_text(question, "id", inner)
    if not id_:
        raise refuse_page_body(f"{inner}id", "the id of a question", question.get("id"))
    kind = _read_page_text(question, "answerInputType", inner)
    return {
        "questionId": id_,
        "question": _read_page_text(question, "questionText", inner) or None,
        "answerInputType": load_page().read_word("answerInputType", kind) if kind else None,
        "answerOptions": _read_page_texts(question, "answerOptions", inner),
        "isRequired": _read_page_boolean(given, "isRequired", f"{where}."),
        "answer": _read_page_text(given, "answer", f"{where}.") or None,
        "selectedOptions": _read_page_texts(given, "selectedOptions", f"{where}."),
    }


def _read_visitor_place(value: Any, where: str) -> dict[str, Any] | None:
    """A place with the members of Graph; None where nothing of it is filled."""
    given = _expect_page_object(value or {}, where)
    address = _expect_page_object(given.get("address") or {}, f"{where}.address")
    lines = {name: _read_page_text(address, name, f"{where}.address.") or "" for name in _ADDRESS}
    name = _read_page_text(given, "displayName", f"{where}.") or ""
    if not name and not any(lines.values()):
        return None
    return {"displayName": name, "locationType": "default", "address": lines}


def _read_page_time(given: Mapping[str, Any], name: str, before: str) -> AskedTime:
    where = f"{before}{name}"
    value = _expect_page_object(given.get(name), where)
    text, zone_name = (
        _read_page_text(value, "dateTime", f"{where}."),
        _read_page_text(value, "timeZone", f"{where}.") or "UTC",
    )
    place = windows_zone(zone_name)
    if place is None:
        reason = f"{where}.timeZone: expected UTC or a Windows zone such as 'Pacific Standard Time'; got '{zone_name}'"
        raise Problem("page.zone", reason, zone=zone_name)
    moment = to_utc(text or "", zone_name)
    if moment is None or moment.year not in _YEARS:
        raise refuse_page_body(f"{where}.dateTime", "a time such as 2026-08-21T14:00:00", text)
    return AskedTime(moment, zone_name, place)


def _expect_page_object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refuse_page_body(where, "an object", value)
    return value


def _expect_page_list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise refuse_page_body(where, "a list", value)
    return value


def _read_page_text(given: Mapping[str, Any], name: str, before: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse_page_body(f"{before}{name}", "a text", value)
    return value.strip() if value else value


def _read_page_texts(given: Mapping[str, Any], name: str, before: str) -> list[str]:
    value = _expect_page_list(given.get(name) or [], f"{before}{name}")
    if not all(isinstance(each, str) for each in value):
        raise refuse_page_body(f"{before}{name}", "a list of texts", value)
    return value


def _read_page_boolean(given: Mapping[str, Any], name: str, before: str) -> bool | None:
    value = given.get(name)
    if value is not None and not isinstance(value, bool):
        raise refuse_page_body(f"{before}{name}", "true or false", value)
    return value
