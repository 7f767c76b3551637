"""The schedules of staff: what `getSchedule` answers, from the appointments of every business."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bookings_emulator.domain.outcome import State
from bookings_emulator.problem import Problem
from bookings_emulator.times import date_time_time_zone, instant_of, shifted, to_utc

_FREE, _BUSY = "0", "2"
_LONGEST = timedelta(days=62)  # of a window (docs: fewer than 62 days)
_INTERVALS = range(5, 1441)  # minutes


def schedules_of(body: Any, state: State) -> list[dict[str, Any]]:
    """One schedule for each address of a getSchedule body. Raises Problem."""
    if not isinstance(body, dict) or not isinstance(body.get("schedules"), list):
        raise Problem("body.json", "getSchedule needs schedules (addresses), startTime and endTime")
    start, end = (_read_moment(body.get(name), name) for name in ("startTime", "endTime"))
    interval = body.get("availabilityViewInterval", 30)
    if not isinstance(interval, int) or interval not in _INTERVALS or not timedelta() < end - start < _LONGEST:
        reason = "expected endTime after startTime, less than 62 days, and an interval of 5 to 1440 minutes"
        raise Problem("body.json", f"{reason}; got {body.get('startTime')} to {body.get('endTime')}")
    return [_schedule_of(str(address), start, end, interval, state) for address in body["schedules"]]


def _read_moment(given: Any, name: str) -> datetime:
    text, name_of_zone = (given.get("dateTime"), given.get("timeZone")) if isinstance(given, dict) else (None, None)
    found = to_utc(text, name_of_zone or "UTC") if isinstance(text, str) else None
    if found is None:
        raise Problem("body.json", f"{name} needs dateTime and timeZone; got {given!r}")
    return found


def _schedule_of(address: str, start: datetime, end: datetime, interval: int, state: State) -> dict[str, Any]:
    busy = sorted(_times_of(address, start, end, state))
    step, view, at = timedelta(minutes=interval), "", start
    while at < end:
        upto = shifted(at, step)
        view += _BUSY if any(first < upto and last > at for first, last in busy) else _FREE
        at = upto
    items = [
        {"status": "busy", "start": date_time_time_zone(first), "end": date_time_time_zone(last)}
        for first, last in busy
    ]
    return {"scheduleId": address, "availabilityView": view, "scheduleItems": items}


def _times_of(address: str, start: datetime, end: datetime, state: State) -> list[tuple[datetime, datetime]]:
    found = []
    for business in state.business_ids():
        members = {
            member["id"]
            for member in state.records("staffMembers", business)
            if (member.get("emailAddress") or "").lower() == address.lower()
        }
        for appointment in state.appointments_around(business, start, end) if members else ():
            first, last = instant_of(appointment["startDateTime"]), instant_of(appointment["endDateTime"])
            if members & {*(appointment["staffMemberIds"] or ())} and first < end and last > start:
                found.append((first, last))
    return found
