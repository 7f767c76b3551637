"""Free and busy times of staff: opening hours, own hours, then appointments with their buffers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from emulator.domain import records
from emulator.domain.appointments import end_of, read_time, start_of
from emulator.domain.outcome import Ask, Outcome, Record, State
from emulator.problem import Problem
from emulator.times import date_time_time_zone, parse_duration, zone

LONGEST_RANGE = timedelta(days=42)  # wider ranges were seen to fail (a client asks in pieces of 30 days)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Span = tuple[datetime, datetime]


def staff_availability(state: State, ask: Ask) -> Outcome:
    """The availability of the staff asked for, in the order of the question."""
    business = records.find_business(state, ask.business_id)
    start = read_time(ask.body["startDateTime"], "startDateTime")
    end = read_time(ask.body["endDateTime"], "endDateTime")
    if end <= start:
        raise Problem("bk.unknown", "the range asked for ends before it starts")
    if end - start > LONGEST_RANGE:
        raise Problem("bk.unknown", f"the range asked for is longer than {LONGEST_RANGE.days} days; ask in pieces")
    return Outcome([_item(state, business, staff_id, start, end) for staff_id in ask.body["staffIds"]])


def _item(state: State, business: Record, staff_id: str, start: datetime, end: datetime) -> dict[str, Any]:
    member = state.record("staffMembers", business["id"], staff_id)
    if member is None:
        raise Problem("bk.unknown", f"staffIds names '{staff_id}', which is no staff member of {business['id']}")
    booked = list(_booked(state, business["id"], staff_id, start, end))
    items = [*_free(opening(business, member, start, end), booked), *(each for each, _ in booked)]
    items.sort(key=lambda each: each["startDateTime"]["dateTime"])
    return {"staffId": staff_id, "availabilityItems": items}


def opening(business: Record, member: Record, start: datetime, end: datetime) -> Iterator[Span]:
    """The spans of a window in which a member works, by the zone of the member, else of the business."""
    uses_business_hours = member["useBusinessHours"]
    hours = business["businessHours"] if uses_business_hours else member["workingHours"]
    page = business.get("bookingPageSettings") or {}
    place = zone((None if uses_business_hours else member.get("timeZone")) or page.get("businessTimeZone") or "UTC")
    place = place or ZoneInfo("UTC")
    slots = {each["day"]: each["timeSlots"] for each in hours or ()}
    day = start.astimezone(place).date()
    while day <= end.astimezone(place).date():
        for slot in slots.get(_DAYS[day.weekday()]) or ():
            opens, closes = (_at(f"{day}T{slot[edge][:8]}", place, start) for edge in ("startTime", "endTime"))
            if max(opens, start) < min(closes, end):
                yield max(opens, start), min(closes, end)
        day += timedelta(days=1)


def _at(local: str, place: ZoneInfo, like: datetime) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=place).astimezone(like.tzinfo)


def _booked(
    state: State, business_id: str, staff_id: str, start: datetime, end: datetime
) -> Iterator[tuple[dict[str, Any], Span]]:
    """The member's appointments in a window: the item to show, and the span it takes with its buffers."""
    widest = timedelta(days=1)  # buffers reach into the window from appointments outside it
    for each in state.appointments_between(business_id, start - widest, end + widest):
        if staff_id not in (each["staffMemberIds"] or ()):
            continue
        before = parse_duration(each["preBuffer"]) or timedelta()
        after = parse_duration(each["postBuffer"]) or timedelta()
        span = start_of(each) - before, end_of(each) + after
        if span[1] > start and span[0] < end:
            is_group = each["maximumAttendeesCount"] > 1
            has_seats = is_group and each["filledAttendeesCount"] < each["maximumAttendeesCount"]
            status = "slotsAvailable" if has_seats else "busy"
            yield _show(status, max(span[0], start), min(span[1], end), each["serviceId"] if is_group else ""), span


def _free(spans: Iterator[Span], booked: list[tuple[dict[str, Any], Span]]) -> Iterator[dict[str, Any]]:
    taken = sorted(span for _, span in booked)
    for opens, closes in spans:
        at = opens
        for busy_from, busy_to in taken:
            if busy_to <= at or busy_from >= closes:
                continue
            if busy_from > at:
                yield _show("available", at, busy_from, "")
            at = max(at, busy_to)
        if at < closes:
            yield _show("available", at, closes, "")


def _show(status: str, start: datetime, end: datetime, service_id: str) -> dict[str, Any]:
    return {
        "status": status,
        "startDateTime": date_time_time_zone(start),
        "endDateTime": date_time_time_zone(end),
        "serviceId": service_id,
    }
