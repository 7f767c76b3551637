"""Free and busy times of staff: opening hours, own hours, personal calendar, then appointments with their buffers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bookings_emulator.caches import Same
from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import Ask, Outcome, Record, State
from bookings_emulator.problem import Problem
from bookings_emulator.times import instant_of, parse_duration, seven_decimals, shifted, to_utc, zone
from bookings_emulator.windows_zones import screen_names, spelled

LONGEST_RANGE = timedelta(days=42)  # wider ranges were seen to fail (a client asks in pieces of 30 days)
SHORTEST_RANGE = timedelta(minutes=30)  # narrower ones were seen to fail (Microsoft Q&A 1191270, 2023-03 and 2023-11)
_UTC_NAMES = frozenset({"UTC", "tzone://Microsoft/Utc"})
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)
_MOST_SLOTS = 100  # of hours that are kept laid out
_MOST_DAYS = timedelta(days=7)  # for which they are
# how an entry of a personal calendar shows; what is not here leaves the member free
_BLOCKS = {"busy": "busy", "tentative": "busy", "oof": "outOfOffice"}

Span = tuple[datetime, datetime]


class Block(NamedTuple):
    """A span in which a member is taken, buffers included: status, and the service of a group appointment."""

    start: datetime
    end: datetime
    status: str
    service_id: str = ""
    appointment_id: str | None = None


class StaffHours(NamedTuple):
    """How own hours of staff count: whether they only narrow those of the business, and whether in their own zone."""

    is_narrowing: bool = True
    is_in_own_zone: bool = True


STAFF_HOURS = StaffHours()


def staff_availability(state: State, ask: Ask) -> Outcome:
    """The availability of the staff asked for, in the order of the question."""
    business = records.find_business(state, ask.business_id)
    window = _window(ask)
    staff_ids = ask.body["staffIds"]
    if not staff_ids and ask.quirks["empty-staff-is-everybody"]:
        staff_ids = [each["id"] for each in state.records("staffMembers", business["id"])]
    clock = _clock(ask)
    appointments = group_by_member(state.appointments_around(business["id"], *window))
    items = []
    for staff_id in staff_ids:
        member = state.record("staffMembers", business["id"], staff_id)
        if member is None:
            raise Problem(
                "bk.unknown", f"staffIds contains '{staff_id}', which is not a staff member of {business['id']}"
            )
        taken = taken_of(appointments.get(staff_id, ()), member, window)
        edges = list(opening(business, member, window, read_staff_hours(ask.quirks, member)))
        blocks = lay_out(edges, taken, window)
        filled = add_empty_items(blocks, edges)
        if filled != blocks and ask.quirks["availability-empty-items"]:
            blocks = filled
        if not takes_bookings(member, ask.quirks):
            blocks = [each for each in blocks if each.status != "available"]
        shown = [_show(each, clock) for each in blocks]
        items.append({"staffId": staff_id, "availabilityItems": shown})
    return Outcome(items)


def _window(ask: Ask) -> Span:
    """The range asked for. Raises Problem where the service was seen to fail."""
    for name in ("startDateTime", "endDateTime"):
        refused = _refuse_zone(name, ask.body[name]["timeZone"])
        if refused is not None and ask.quirks["availability-windows-zones"]:
            raise refused
    start = records.read_time(ask.body["startDateTime"], "startDateTime")
    end = records.read_time(ask.body["endDateTime"], "endDateTime")
    if end <= start:
        raise Problem("bk.unknown", "the requested range ends before it starts")
    if end - start > LONGEST_RANGE and ask.quirks["availability-range"]:
        raise Problem("bk.unknown", f"the requested range is longer than {LONGEST_RANGE.days} days; split it")
    if end - start < SHORTEST_RANGE and ask.quirks["availability-minimum"]:
        minutes = SHORTEST_RANGE // timedelta(minutes=1)
        raise Problem("bk.unknown", f"the requested range is shorter than {minutes} minutes")
    return start, end


def _refuse_zone(name: str, zone_name: str | None) -> Problem | None:
    """getStaffAvailability was seen to fail for IANA names, which appointments take."""
    if zone_name and zone_name not in _UTC_NAMES and spelled(zone_name) is None and zone(zone_name) is not None:
        windows = next((each for each in screen_names() if zone(each) == zone(zone_name)), None)
        hint = f"; did you mean '{windows}'?" if windows else ""
        reason = (
            "getStaffAvailability accepts UTC and Windows time zone names only; "
            f"timeZone of {name} is '{zone_name}'{hint}"
        )
        return Problem("bk.unknown", reason)
    return None


class ItemZone(NamedTuple):
    """The zone in which items are given, and what they call it."""

    zone: ZoneInfo
    name: str


def _clock(ask: Ask) -> ItemZone:
    """The clock of the items: that of the start asked for, or UTC by the quirk."""
    asked = ask.body["startDateTime"]["timeZone"] or "UTC"
    place = zone(asked)
    if ask.quirks["availability-zone"] == "UTC" or place is None:
        return ItemZone(ZoneInfo("UTC"), "UTC")
    if ask.quirks["availability-zone"] == "asked":
        return ItemZone(place, asked)
    windows = spelled("UTC" if place.key == "UTC" else asked) or next(
        (each for each in screen_names() if zone(each) == place), ""
    )
    return ItemZone(place, screen_names().get(windows, asked))


def takes_bookings(member: Record, quirks: Mapping[str, bool | str]) -> bool:
    """Whether a member can be booked and shows free time: not who rejected (learn: accept the staff membership)."""
    status = member.get("membershipStatus")
    return status != "rejectedByStaff" and not (status == "pendingAcceptance" and quirks["membership-approval"])


def timeline(
    state: State, business: Record, member: Record, window: Span, hours: StaffHours = STAFF_HOURS
) -> list[Block]:
    """The free and taken spans of a member inside a window, by start: what is open and not taken is `available`."""
    return lay_out(opening(business, member, window, hours), occupied(state, business, member, window), window)


def lay_out(opens: Iterable[Span], blocks: Iterable[Block], window: Span) -> list[Block]:
    """The same, of when a member works and what takes that time."""
    taken = [_clipped(each, window) for each in blocks]
    free = _free(joined(opens), taken)
    return sorted([*free, *taken], key=lambda each: (each.start, each.end))


def add_empty_items(blocks: list[Block], opens: Iterable[Span]) -> list[Block]:
    """The blocks with an available one of no length where taken spans touch each other or the edge of what is open."""
    taken = [each for each in blocks if each.status != "available"]
    edges = [edge for span in joined(opens) for edge in span]
    starts, ends = ({*edges, *(each.end for each in taken)}, {*edges, *(each.start for each in taken)})
    touched = {each.start for each in taken} & starts | {each.end for each in taken} & ends
    return sorted([*blocks, *(Block(at, at, "available") for at in touched)], key=lambda each: (each.start, each.end))


def read_staff_hours(quirks: Mapping[str, bool | str], member: Record) -> StaffHours:
    """How the quirks have the own hours of a member count, where it has some."""
    if member["useBusinessHours"]:
        return STAFF_HOURS
    return StaffHours(bool(quirks["own-hours-narrow"]), quirks["staff-zone"] == "member")


def opening(business: Record, member: Record, window: Span, hours: StaffHours = STAFF_HOURS) -> Iterator[Span]:
    """The spans of a window in which a member works: by business hours, or by own hours that lie inside of them."""
    place = business_zone(business)
    of_business = weekly(business["businessHours"], place, window)
    if member["useBusinessHours"]:
        return of_business
    own_zone = zone(member["timeZone"]) if hours.is_in_own_zone and member.get("timeZone") else None
    own = weekly(member["workingHours"], own_zone or place, window)
    return intersect_spans(list(joined(own)), list(joined(of_business))) if hours.is_narrowing else own


def intersect_spans(ones: list[Span], others: list[Span]) -> Iterator[Span]:
    """The time that lies in both of two sorted lists of spans, each free of overlaps."""
    left = right = 0
    while left < len(ones) and right < len(others):
        start, end = max(ones[left][0], others[right][0]), min(ones[left][1], others[right][1])
        if start < end:
            yield start, end
        if ones[left][1] < others[right][1]:
            left += 1
        else:
            right += 1


def business_zone(business: Record) -> ZoneInfo:
    """The zone of a business: that of its booking page."""
    page = business.get("bookingPageSettings") or {}
    return zone(page.get("businessTimeZone") or "UTC") or ZoneInfo("UTC")


def weekly(hours: Sequence[Record] | None, place: ZoneInfo, window: Span) -> Iterator[Span]:
    """Weekly hours of a zone as spans inside a window, one per slot, over midnight and daylight saving.

    A slot that ends when it begins, or before, ends on the next day. A time that the clock skips counts as the one that
    is as far behind the gap, a time that comes twice as its first.
    """
    start, end = window
    first, last = start.astimezone(place).date() - _DAY, end.astimezone(place).date()
    known = hours or ()
    find_spans = _find_spans if last - first <= _MOST_DAYS and _are_few(known) else _find_spans.__wrapped__
    for span in find_spans(Same(known), place, first, last, start.tzinfo):
        opens, closes = span
        if opens < end and closes > start and start < end:
            yield span if opens >= start and closes <= end else (max(opens, start), min(closes, end))


def _are_few(hours: Sequence[Record]) -> bool:
    """Whether hours have so few slots that they may be kept laid out."""
    return sum([1 + len(each["timeSlots"]) for each in hours]) <= _MOST_SLOTS


@lru_cache(maxsize=1024)
def _find_spans(hours: Same, place: ZoneInfo, first: date, last: date, shown_in: tzinfo | None) -> list[Span]:
    """The spans that begin on some days, in a zone of the caller's."""
    lay_out_day = _lay_out_day if _are_few(hours.value) else _lay_out_day.__wrapped__
    days = (first + each * _DAY for each in range((last - first).days + 1))
    return [span for day in days for span in lay_out_day(hours, place, day, shown_in) if span[0] < span[1]]


@lru_cache(maxsize=1024)
def _lay_out_day(hours: Same, place: ZoneInfo, day: date, shown_in: tzinfo | None) -> tuple[Span, ...]:
    """The spans that begin on one day, in a zone of the caller's."""
    spans = []
    for slot in (slot for each in hours.value if each["day"] == _DAYS[day.weekday()] for slot in each["timeSlots"]):
        over_midnight = slot["endTime"] <= slot["startTime"]
        opens = _at(f"{day}T{slot['startTime'][:8]}", place, shown_in)
        closes = _at(f"{day + over_midnight * _DAY}T{slot['endTime'][:8]}", place, shown_in)
        spans.append((opens, closes))
    return tuple(spans)


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The same time in as few spans as possible: those that overlap or touch become one."""
    last: Span | None = None
    for start, end in sorted(spans):
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def occupied(state: State, business: Record, member: Record, window: Span) -> Iterator[Block]:
    """What takes a member's time in a window: the personal calendar where it counts, and appointments with buffers."""
    return taken_of(state.appointments_around(business["id"], *window), member, window)


def group_by_member(appointments: Iterable[Record]) -> dict[str, list[Record]]:
    """Appointments by the ids of their staff, so that a window is read once for all members."""
    found: dict[str, list[Record]] = {}
    for each in appointments:
        for staff_id in dict.fromkeys(each["staffMemberIds"] or ()):
            found.setdefault(staff_id, []).append(each)
    return found


def taken_of(appointments: Iterable[Record], member: Record, window: Span) -> Iterator[Block]:
    """What takes a member's time in a window, of appointments that may."""
    start, end = window
    if member["availabilityIsAffectedByPersonalCalendar"]:
        for entry in member.get("personalCalendar") or ():
            block = _personal(entry)
            if block is not None and block.start < end and block.end > start:
                yield block
    for each in appointments:
        if member["id"] in (each["staffMemberIds"] or ()):
            block = booked(each)
            if block.start < end and block.end > start:
                yield block


def booked(appointment: Record) -> Block:
    """The span that an appointment takes of its staff."""
    times = instant_of(appointment["startDateTime"]), instant_of(appointment["endDateTime"])
    start, end = add_buffers(appointment, *times)
    is_group = appointment["maximumAttendeesCount"] > 1
    has_seats = is_group and appointment["filledAttendeesCount"] < appointment["maximumAttendeesCount"]
    return Block(
        start=start,
        end=end,
        status="slotsAvailable" if has_seats else "busy",
        service_id=(appointment["serviceId"] or "") if is_group else "",
        appointment_id=appointment["id"],
    )


def add_buffers(appointment: Record, start: datetime, end: datetime) -> Span:
    """An appointment from the start of its preBuffer to the end of its postBuffer; negative ones count as none."""
    return shifted(start, -_buffer(appointment["preBuffer"])), shifted(end, _buffer(appointment["postBuffer"]))


def _buffer(text: str) -> timedelta:
    return max(parse_duration(text) or timedelta(), timedelta())


def _personal(entry: Record) -> Block | None:
    start, end = (to_utc(entry[edge]["dateTime"], entry[edge].get("timeZone")) for edge in ("start", "end"))
    status = _BLOCKS.get(entry.get("showAs", "busy"))
    return Block(start, end, status) if start and end and start < end and status else None


def _free(spans: Iterable[Span], taken: list[Block]) -> Iterator[Block]:
    busy = list(joined((each.start, each.end) for each in taken))
    passed = 0  # those that end before the span
    for opens, closes in spans:
        at = opens
        while passed < len(busy) and busy[passed][1] <= opens:
            passed += 1
        index = passed
        while index < len(busy) and busy[index][0] < closes:
            if busy[index][0] > at:
                yield Block(at, busy[index][0], "available")
            at = max(at, busy[index][1])
            index += 1
        if at < closes:
            yield Block(at, closes, "available")


def _clipped(block: Block, window: Span) -> Block:
    return Block(max(block.start, window[0]), min(block.end, window[1]), block.status, block.service_id)


def _at(local: str, place: ZoneInfo, shown_in: tzinfo | None) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=place).astimezone(shown_in)


def _show(block: Block, clock: ItemZone) -> dict[str, Any]:
    start, end = (seven_decimals(each.astimezone(clock.zone).replace(tzinfo=None)) for each in (block.start, block.end))
    return {
        "status": block.status,
        "startDateTime": {"dateTime": start, "timeZone": clock.name},
        "endDateTime": {"dateTime": end, "timeZone": clock.name},
        "serviceId": block.service_id,
    }
