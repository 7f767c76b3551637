"""Read the businesses: one with its records, and the calendar of its staff for a period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.domain.availability import (
    Block,
    booked,
    business_zone,
    joined,
    opening,
    read_staff_hours,
    takes_bookings,
    timeline,
)
from bookings_emulator.domain.outcome import Record
from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.export import export_appointment, export_business
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant, instant_of, parse_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("businesses")
_LONGEST = timedelta(days=42)


@table.get("/businesses")
def list_businesses(desk: Desk) -> answers.Listed[answers.BusinessRow]:
    """The businesses, with the number of their records and their zone; reading them leaves the journal unchanged."""
    store = desk.tenant.store
    found = [each for each in map(store.business, store.business_ids()) if each is not None]
    return {"value": [_brief(desk.tenant, each) for each in found]}


@table.get("/businesses/{id}")
def show_business(desk: Desk) -> dict[str, Any]:
    """One business with its services, staff, customers and questions, in fixture form; without appointments."""
    business = _business(desk)
    return export_business(desk.tenant.store, business, without=frozenset({"appointments"}))


@table.get(
    "/businesses/{id}/calendar",
    {"start": "a moment such as 2026-01-05T00:00:00Z", "end": f"a time, at most {_LONGEST.days} days after start"},
)
def show_calendar(desk: Desk) -> answers.BusinessCalendar:
    """The calendar of the staff for a period: appointments, and for each staff member `open`, `taken` and `free` times.

    `open` are the working hours, `taken` the times that cannot be booked (including buffers, with the `status` busy,
    outOfOffice or slotsAvailable), and `free` the rest. Times are in UTC; `timeZone` is the time zone of the business.
    """
    business, window = _business(desk), _window(desk.query)
    store = desk.tenant.store
    members = store.records("staffMembers", business["id"])
    found = store.appointments_around(business["id"], *window)
    shown = [each for each in found if _meets(booked(each), window)]
    return {
        "start": format_instant(window[0]),
        "end": format_instant(window[1]),
        "timeZone": business_zone(business).key,
        "appointments": [_appointment(each) for each in shown],
        "staff": [_member(desk.tenant, business, each, window) for each in members],
    }


def _brief(tenant: Tenant, business: Record) -> answers.BusinessRow:
    def count(name: str) -> int:
        return len(list(tenant.store.records(name, business["id"])))

    return {
        "id": business["id"],
        "displayName": business["displayName"],
        "isPublished": business["isPublished"],
        "timeZone": business_zone(business).key,
        "services": count("services"),
        "staffMembers": count("staffMembers"),
        "customers": count("customers"),
        "customQuestions": count("customQuestions"),
        "appointments": count("appointments"),
    }


def _business(desk: Desk) -> Record:
    store, wanted = desk.tenant.store, desk.path["id"]
    found = store.business(wanted)
    if found is None:
        known = list(store.business_ids())
        hint = did_you_mean(wanted, known)
        raise ControlRefusal(f"there is no business '{wanted}'; there are: {', '.join(known) or 'none'}{hint}", 404)
    return found


def _window(query: dict[str, str]) -> tuple[datetime, datetime]:
    start, end = (parse_instant(query.get(name, "")) for name in ("start", "end"))
    if start is None or end is None or not timedelta() < end - start <= _LONGEST:
        came = f"{query.get('start')} and {query.get('end')}"
        raise ControlRefusal(
            f"start and end must be times, with end at most {_LONGEST.days} days after start; got {came}"
        )
    return start, end


def _meets(block: Block, window: tuple[datetime, datetime]) -> bool:
    return block.start < window[1] and block.end > window[0]


def _appointment(record: Record) -> dict[str, Any]:
    block = booked(record)
    start, end = (format_instant(instant_of(record[name])) for name in ("startDateTime", "endDateTime"))
    taken = {"takenFrom": format_instant(block.start), "takenUntil": format_instant(block.end)}
    return {**export_appointment(record), "start": start, "end": end, **taken, "status": block.status}


def _member(tenant: Tenant, business: Record, member: Record, window: tuple[datetime, datetime]) -> answers.StaffDays:
    switches = tenant.rule_switches()
    hours = read_staff_hours(switches, member)
    blocks = timeline(tenant.store, business, member, window, hours)
    can_be_booked = takes_bookings(member, switches)
    return {
        "id": member["id"],
        "displayName": member["displayName"],
        "open": [_span(start, end) for start, end in joined(opening(business, member, window, hours))],
        "taken": [_block(each) for each in blocks if each.status != "available"],
        "free": [_span(each.start, each.end) for each in blocks if can_be_booked and each.status == "available"],
    }


def _block(block: Block) -> answers.TakenSpan:
    return {**_span(block.start, block.end), "status": block.status}


def _span(start: datetime, end: datetime) -> answers.Span:
    return {"start": format_instant(start), "end": format_instant(end)}
