"""The business rules that application callers and customers must meet; administrators may override them.

Every broken rule is the empty 500 of Bookings; the reason names the rule, what it wants and what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings_emulator.caches import Once
from bookings_emulator.domain.availability import (
    Span,
    add_buffers,
    business_zone,
    joined,
    occupied,
    opening,
    read_staff_hours,
    takes_bookings,
    weekly,
)
from bookings_emulator.domain.outcome import Ask, Record, State
from bookings_emulator.problem import Problem
from bookings_emulator.times import format_duration, format_instant, instant_of, parse_duration

# how far to look for the slot an appointment lies in: a slot of a whole day has 25 hours when clocks go back
_AROUND = timedelta(days=2)


@dataclass(eq=False, repr=False)
class Booking:
    """An appointment as it shall become, with all that the rules look at; each of it is worked out once.

    `start` and `end` are those of the record, which stay as they are; its staff may be chosen until a rule asks for it.
    """

    state: State
    ask: Ask
    business: Record
    service: Record
    record: dict[str, Any]
    start: datetime
    end: datetime

    @Once
    def bookable(self) -> dict[str | None, list[Span]]:
        """When the service can be booked with a member, by its id, as far as that was asked for; None for nobody."""
        return {}

    @Once
    def policy(self) -> dict[str, Any]:
        """The policy that counts."""
        return merge_policies(self.business, self.service)

    @Once
    def zone(self) -> ZoneInfo:
        """The zone of the business."""
        return business_zone(self.business)

    @Once
    def taken(self) -> Span:
        """From the start of its preBuffer to the end of its postBuffer."""
        return add_buffers(self.record, self.start, self.end)

    @Once
    def staff(self) -> list[Record]:
        """The members of the appointment that exist."""
        staff_ids = self.record["staffMemberIds"] or ()
        found = (self.state.record("staffMembers", self.business["id"], each) for each in staff_ids)
        return [each for each in found if each is not None]


def merge_policies(business: Record, service: Record) -> dict[str, Any]:
    """The policy that counts: the service's, and the business' where the service has none or leaves a member open."""
    own = service.get("schedulingPolicy") or {}
    return {
        **(business.get("schedulingPolicy") or {}),
        **{name: each for name, each in own.items() if each is not None},
    }


def policy_member(business: Record, service: Record, name: str) -> Any:
    """One member of the policy that counts."""
    own = (service.get("schedulingPolicy") or {}).get(name)
    return own if own is not None else (business.get("schedulingPolicy") or {}).get(name)


def hold(ask: Ask, check: Callable[[], None]) -> str | None:
    """Hold the caller to a check where the business rules bind it. Raises Problem.

    Answers what an application would have been refused for, where the caller does not say who it is; None for others.
    """
    if ask.caller.is_bound(ask.business_id):
        check()
    elif ask.caller.kind == "undeclared":
        try:
            check()
        except Problem as problem:
            return problem.reason
    return None


def check_booking(booking: Booking) -> None:
    """Raise Problem bk.unknown for the first rule that an appointment breaks."""
    for name, rule in _RULES.items():
        reason = rule(booking)
        if reason:
            raise Problem("bk.unknown", f"business rule {name}: {reason}")


def check_cancellation(ask: Ask, business: Record, service: Record | None, record: Record) -> None:
    """Raise Problem bk.unknown where it is too late to cancel."""
    lead = parse_duration(policy_member(business, service or {}, "minimumLeadTime") or "PT0S") or timedelta()
    start = instant_of(record["startDateTime"])
    if start - ask.now < lead:
        reason = (
            f"cancel at least {format_duration(lead)} before {format_instant(start)}; it is {format_instant(ask.now)}"
        )
        raise Problem("bk.unknown", f"business rule minimumLeadTime: {reason}")


def bookable(booking: Booking, member: Record | None) -> list[Span]:
    """The spans around an appointment in which its service can be booked with a member (or with nobody yet)."""
    key = member["id"] if member else None
    found = booking.bookable.get(key)
    if found is None:
        found = booking.bookable[key] = list(_spans_bookable(booking, member))
    return found


def _spans_bookable(booking: Booking, member: Record | None) -> Iterator[Span]:
    window = (booking.start - _AROUND, booking.end + _AROUND)
    if member and not takes_bookings(member, booking.ask.quirks):
        return iter(())
    hours = (
        opening(booking.business, member, window, read_staff_hours(booking.ask.quirks, member))
        if member
        else weekly(booking.business["businessHours"], booking.zone, window)
    )
    rule = _availability(booking)
    match rule["availabilityType"] if rule else "bookWhenStaffAreFree":
        case "notBookable":
            return iter(())
        case "customWeeklyHours":
            own = list(weekly(rule["businessHours"] if rule else (), booking.zone, window))
            return (both for one in hours for other in own if (both := _overlap(one, other)))
        case _:
            return hours


def works_then(booking: Booking, member: Record | None) -> bool:
    """Whether an appointment lies inside the bookable hours of a member (of the business, for nobody), buffers too."""
    spans = list(joined(bookable(booking, member)))
    start, end = booking.start, booking.start + _measure_booking(booking)
    if _is_inside(spans, *add_buffers(booking.record, start, end)):
        return True
    return _is_inside(spans, start, end) and not booking.ask.quirks["buffers-inside-hours"]


def _is_inside(spans: list[Span], start: datetime, end: datetime) -> bool:
    return any(opens <= start and end <= closes for opens, closes in spans)


def is_free(booking: Booking, member: Record) -> bool:
    """Whether a member's time, buffers of the appointment included, is taken by nothing else."""
    return _blocker(booking, member) is None


def _availability(booking: Booking) -> Record | None:
    """The custom availability whose dates hold the start, else the general one."""
    day = booking.start.astimezone(booking.zone).date().isoformat()
    for each in booking.policy.get("customAvailabilities") or ():
        if (each.get("startDate") or day) <= day <= (each.get("endDate") or day):
            return dict(each)
    return booking.policy.get("generalAvailability")


def _overlap(one: Span, other: Span) -> Span | None:
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def _check_hidden(booking: Booking) -> str | None:
    if not booking.service.get("isHiddenFromCustomers") or not booking.ask.quirks["hidden-services"]:
        return None
    return f"'{booking.service['displayName']}' is hidden from customers"


def _check_membership(booking: Booking) -> str | None:
    for member in booking.staff:
        if not takes_bookings(member, booking.ask.quirks):
            status = member["membershipStatus"]
            return f"{member['displayName']} cannot be booked, because the membership is {status}"
    return None


def _measure_booking(booking: Booking) -> timedelta:
    """How long an appointment is for the rules: by a quirk, without its whole days (microsoft-graph-docs 19311)."""
    length = booking.end - booking.start
    rest = length % timedelta(days=1)
    return rest if rest != length and booking.ask.quirks["duration-ignores-days"] else length


def _check_duration(booking: Booking) -> str | None:
    wanted = parse_duration(booking.service["defaultDuration"])
    came = _measure_booking(booking)
    return (
        None
        if came == wanted
        else f"the service lasts {booking.service['defaultDuration']}; got {format_duration(came)}"
    )


def _check_lead(booking: Booking) -> str | None:
    lead = parse_duration(booking.policy.get("minimumLeadTime") or "PT0S") or timedelta()
    if booking.start - booking.ask.now >= lead:
        return None
    now = format_instant(booking.ask.now)
    return f"the start must be at least {format_duration(lead)} ahead; it is {now} and {_say_times(booking)}"


def _check_advance(booking: Booking) -> str | None:
    farthest = parse_duration(booking.policy.get("maximumAdvance") or "P365D") or timedelta()
    if booking.start - booking.ask.now <= farthest:
        return None
    now = format_instant(booking.ask.now)
    return f"the start may be at most {format_duration(farthest)} ahead; it is {now} and {_say_times(booking)}"


def _check_selection(booking: Booking) -> str | None:
    is_chosen = bool(booking.ask.body.get("staffMemberIds"))
    if not is_chosen or booking.policy.get("allowStaffSelection") or not booking.ask.quirks["staff-selection"]:
        return None
    return "staffMemberIds may be set only if the policy's allowStaffSelection is true"


def _check_hours(booking: Booking) -> str | None:
    for member in _staff_or_nobody(booking):
        if not works_then(booking, member):
            who = f"of {member['displayName']}" if member else "of the business"
            has_buffers = booking.taken != (booking.start, booking.end)
            is_whole = has_buffers and booking.ask.quirks["buffers-inside-hours"]
            what = "the appointment with its buffers" if is_whole else "the appointment"
            return f"{what} must lie inside the bookable hours {who}; {_say_times(booking)}"
    return None


def _check_grid(booking: Booking) -> str | None:
    step = parse_duration(booking.policy.get("timeSlotInterval") or "PT0S")
    if not step:
        return None
    for member in _staff_or_nobody(booking):
        begins = [opens for opens, closes in bookable(booking, member) if opens <= booking.start < closes]
        is_between = begins and all((booking.start - opens) % step for opens in begins)
        if is_between and booking.ask.quirks["slot-grid"]:
            return f"slots start every {format_duration(step)} from {format_instant(begins[0])}; {_say_times(booking)}"
    return None


def _staff_or_nobody(booking: Booking) -> Sequence[Record | None]:
    return booking.staff or [None]


def _check_double(booking: Booking) -> str | None:
    for member in booking.staff:
        blocker = _blocker(booking, member)
        if blocker and booking.ask.quirks["double-booking"]:
            return f"{member['displayName']} is booked {blocker}, buffers included; {_say_times(booking)}"
    return None


def _blocker(booking: Booking, member: Record) -> str | None:
    for block in occupied(booking.state, booking.business, member, booking.taken):
        if block.appointment_id != booking.record["id"]:
            return f"from {format_instant(block.start)} to {format_instant(block.end)}"
    return None


def _say_times(booking: Booking) -> str:
    return f"the request is for {format_instant(booking.start)} to {format_instant(booking.end)}"


_RULES: dict[str, Callable[[Booking], str | None]] = {
    "isHiddenFromCustomers": _check_hidden,
    "membershipStatus": _check_membership,
    "duration": _check_duration,
    "minimumLeadTime": _check_lead,
    "maximumAdvance": _check_advance,
    "allowStaffSelection": _check_selection,
    "businessHours": _check_hours,
    "timeSlotInterval": _check_grid,
    "double booking": _check_double,
}
