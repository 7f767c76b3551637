"""What holds for any hours, zone and appointments: free and taken time, the grid, durations, zones, the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as some

from bookings_emulator.domain import availability
from bookings_emulator.domain.availability import Block, Span
from bookings_emulator.problem import Problem
from bookings_emulator.store.calendar import Calendar
from bookings_emulator.store.memory import Store
from bookings_emulator.store.seed import utc
from bookings_emulator.times import (
    canonical_duration,
    date_time_time_zone,
    format_duration,
    format_instant,
    instant_of,
    parse_duration,
    parse_instant,
    to_utc,
    zone,
)
from tests.conftest import BUSINESS, GROUP, SERVICE, STAFF, booking, small
from tests.test_domain import APPLICATION, OPEN, Numbers, decide, people, store_of

# the same examples in every run; an example takes as long as it takes
EVERYWHERE = settings(max_examples=100, derandomize=True, deadline=None, database=None)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BEFORE = utc("2026-01-01T00:00:00Z")  # when applications book: what they book lies in the year that follows
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "W. Europe Standard Time", "Pacific Standard Time",
)  # fmt: skip
# days on which clocks change somewhere, so that many examples meet one
CHANGES = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01")

zones = some.sampled_from(ZONES)
times_of_day = some.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}:00.0000000")
slots = some.fixed_dictionaries({"startTime": times_of_day, "endTime": times_of_day})
weeks = some.lists(some.lists(slots, max_size=3), min_size=7, max_size=7).map(
    lambda week: [{"day": day, "timeSlots": times} for day, times in zip(DAYS, week, strict=True)]
)
moments = some.builds(
    lambda day, minutes: utc(f"{day}T00:00:00Z") + minutes * MINUTE,
    some.sampled_from(CHANGES) | some.dates(date(2026, 2, 1), date(2026, 12, 1)).map(str),
    some.integers(-24 * 60, 24 * 60),
)
windows = some.builds(lambda start, hours: (start, start + timedelta(hours=hours)), moments, some.integers(1, 96))
minutes = some.integers(0, 24).map(lambda count: format_duration(5 * count * MINUTE))


@dataclass(frozen=True)
class Desk:
    """One member with weekly hours in a zone, own or those of the business, and appointments around a window."""

    week: list[dict[str, Any]]
    zone: str
    is_own: bool
    window: Span
    appointments: list[dict[str, Any]]

    def store(self, **service: Any) -> Store:
        data = small()
        (business,) = data["bookingBusinesses"]
        member = {"useBusinessHours": not self.is_own, "workingHours": self.week, "timeZone": self.zone}
        business["staffMembers"][0] |= member if self.is_own else {}
        business |= {} if self.is_own else {"businessHours": self.week}
        business["bookingPageSettings"] = {"businessTimeZone": "Asia/Tokyo" if self.is_own else self.zone}
        business["services"][0] |= service
        business["appointments"] = self.appointments
        return store_of(data)


@some.composite
def desks(draw: some.DrawFn) -> Desk:
    window = draw(windows)
    length = int((window[1] - window[0]) / MINUTE)
    appointments = []
    for _ in range(draw(some.integers(0, 5))):
        start = window[0] + draw(some.integers(-3 * 60, length + 3 * 60)) * MINUTE
        end = start + draw(some.integers(1, 300)) * MINUTE
        group = {"serviceId": GROUP, "customers": people(draw(some.integers(0, 3))), "maximumAttendeesCount": 3}
        appointments.append(
            booking(
                startDateTime=date_time_time_zone(start),
                endDateTime=date_time_time_zone(end),
                preBuffer=draw(minutes),
                postBuffer=draw(minutes),
                **draw(some.sampled_from([{}, group])),
            )
        )
    return Desk(draw(weeks), draw(zones), draw(some.booleans()), window, appointments)


def timeline(store: Store, window: Span) -> list[Block]:
    return availability.timeline(store, *of(store), window)


def opening(store: Store, window: Span) -> list[Span]:
    return list(availability.opening(*of(store), window))


def of(store: Store) -> tuple[Any, Any]:
    return store.business(BUSINESS), store.record("staffMembers", BUSINESS, STAFF)


def ticks(spans: Iterable[Span], window: Span) -> set[int]:
    """The minutes of a window that spans cover; every edge in these tests falls on a whole minute."""
    out: set[int] = set()
    for start, end in spans:
        first, last = (int((max(window[0], min(window[1], each)) - window[0]) / MINUTE) for each in (start, end))
        out.update(range(first, last))
    return out


def spans_of(blocks: Iterable[Block], *, is_free: bool) -> list[Span]:
    return [(each.start, each.end) for each in blocks if (each.status == "available") is is_free]


# free and taken time


@EVERYWHERE
@given(desks())
def test_free_and_taken_time_make_up_the_opening_hours(desk: Desk) -> None:
    store = desk.store()
    blocks = timeline(store, desk.window)
    free, taken = spans_of(blocks, is_free=True), spans_of(blocks, is_free=False)
    assert all(start < end for start, end in free + taken)
    assert all(desk.window[0] <= start and end <= desk.window[1] for start, end in free + taken)
    assert all(end < start for (_, end), (start, _) in pairwise(free))
    is_open = ticks(opening(store, desk.window), desk.window)
    is_free, is_taken = ticks(free, desk.window), ticks(taken, desk.window)
    assert sum(len(ticks([each], desk.window)) for each in free) == len(is_free)
    assert not is_free & is_taken
    assert is_free <= is_open
    assert is_free | (is_taken & is_open) == is_open
    assert blocks == sorted(blocks, key=lambda each: (each.start, each.end))


@EVERYWHERE
@given(desks())
def test_an_appointment_takes_its_time_its_buffers_and_no_more(desk: Desk) -> None:
    expected: set[int] = set()
    for each in desk.appointments:
        before, after = (parse_duration(each[name]) or timedelta() for name in ("preBuffer", "postBuffer"))
        start, end = instant_of(each["startDateTime"]) - before, instant_of(each["endDateTime"]) + after
        expected |= ticks([(start, end)], desk.window)
    blocks = timeline(desk.store(), desk.window)
    assert ticks(spans_of(blocks, is_free=False), desk.window) == expected
    assert not ticks(spans_of(blocks, is_free=True), desk.window) & expected


@EVERYWHERE
@given(desks(), some.integers(1, 95))
def test_a_window_in_two_pieces_shows_the_same_as_in_one(desk: Desk, hours: int) -> None:
    start, end = desk.window
    middle = start + timedelta(hours=hours)
    assume(middle < end)
    store = desk.store()
    whole = timeline(store, desk.window)
    pieces = timeline(store, (start, middle)) + timeline(store, (middle, end))
    for is_free in (True, False):
        assert ticks(spans_of(whole, is_free=is_free), desk.window) == ticks(
            spans_of(pieces, is_free=is_free), desk.window
        )


# weekly hours and the zone database


def place_of(name: str) -> ZoneInfo:
    place = zone(name)
    assert place is not None
    return place


def edges(week: list[dict[str, Any]], place: ZoneInfo, window: Span) -> Iterator[tuple[datetime, datetime]]:
    """Every slot of every day around a window, as local times without a zone."""
    day = (window[0].astimezone(place) - 2 * DAY).date()
    while day <= (window[1].astimezone(place) + 2 * DAY).date():
        for slot in week[day.weekday()]["timeSlots"]:
            opens, closes = (datetime.fromisoformat(f"{day}T{slot[name][:8]}") for name in ("startTime", "endTime"))
            yield opens, closes if closes > opens else closes + DAY
        day += DAY


def wall(moment: datetime, place: ZoneInfo) -> datetime:
    return moment.astimezone(place).replace(tzinfo=None, fold=0)


def is_skipped(local: datetime, place: ZoneInfo) -> bool:
    """Whether the clocks of a place never show a time, because they are put forward over it."""
    return wall(local.replace(tzinfo=place).astimezone(UTC), place) != local


@EVERYWHERE
@given(weeks, zones, windows)
def test_the_edges_of_weekly_hours_are_times_on_the_wall(week: Any, name: str, window: Span) -> None:
    place = place_of(name)
    local = list(edges(week, place, window))
    begins, ends = {opens for opens, _ in local}, {closes for _, closes in local}
    for opens, closes in availability.weekly(week, place, window):
        assert window[0] <= opens < closes <= window[1]
        for edge, slot_edges in ((opens, begins), (closes, ends)):
            skipped = (each for each in slot_edges if is_skipped(each, place))
            assert (
                edge in window
                or wall(edge, place) in slot_edges
                or any(each.replace(tzinfo=place).astimezone(UTC) == edge for each in skipped)
            )


@EVERYWHERE
@given(weeks, zones, windows)
def test_away_from_a_change_of_clocks_it_is_open_when_the_wall_says_so(week: Any, name: str, window: Span) -> None:
    place = place_of(name)
    is_open = ticks(availability.weekly(week, place, window), window)
    local = list(edges(week, place, window))
    for minute in range(0, int((window[1] - window[0]) / MINUTE), 7):
        moment = window[0] + minute * MINUTE
        if len({(moment + hours * timedelta(hours=1)).astimezone(place).utcoffset() for hours in (-26, 0, 26)}) == 1:
            shown = wall(moment, place)
            assert (minute in is_open) is any(opens <= shown < closes for opens, closes in local), (moment, shown)


# durations, instants, zones

lengths = some.timedeltas(timedelta(days=-999_999), timedelta(days=999_999))
parts = some.tuples(*(some.none() | some.integers(0, 99_999) for _ in range(4)))


@EVERYWHERE
@given(lengths)
def test_a_duration_is_read_as_it_was_written(length: timedelta) -> None:
    text = format_duration(length)
    assert parse_duration(text) == length
    assert canonical_duration(text) == text


@EVERYWHERE
@given(parts)
@example((0, None, None, None))
def test_the_canonical_duration_is_as_long_and_stays_as_it_is(given_parts: tuple[int | None, ...]) -> None:
    days, *clock = ("" if each is None else f"{each}{unit}" for each, unit in zip(given_parts, "DHMS", strict=True))
    assume(days or any(clock))
    text = f"P{days}" + (f"T{''.join(clock)}" if any(clock) else "")
    canonical = canonical_duration(text)
    assert canonical is not None
    assert parse_duration(canonical) == parse_duration(text)
    assert canonical_duration(canonical) == canonical


instants = some.datetimes(datetime(1601, 1, 2), datetime(4500, 12, 30)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001


@EVERYWHERE
@given(instants)
def test_an_instant_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_instant(format_instant(moment)) == moment
    assert instant_of(date_time_time_zone(moment)) == moment


@EVERYWHERE
@given(instants | moments, zones)
def test_a_local_time_leads_back_to_its_instant(moment: datetime, name: str) -> None:
    local = moment.astimezone(place_of(name))
    assert to_utc(local.isoformat(), "UTC") == moment or local.utcoffset() % MINUTE  # offsets once had seconds
    if not local.fold:  # of two moments with the same local time, the first is meant
        assert to_utc(local.replace(tzinfo=None).isoformat(), name) == moment


# what is available can be booked


def grid(store: Store, window: Span, step: timedelta) -> list[datetime]:
    """Every moment around a window at which a slot of the grid begins."""
    out = []
    for opens, closes in opening(store, (window[0] - 3 * DAY, window[1] + 3 * DAY)):
        at = opens
        while at < closes:
            out.append(at)
            at += step
    return sorted(out)


def attempt(store: Store, start: datetime, length: timedelta) -> bool:
    """Whether an application can book the service then, or a business rule forbids it."""
    times = {"startDateTime": date_time_time_zone(start), "endDateTime": date_time_time_zone(start + length)}
    try:
        outcome = decide(store, "createAppointment", booking(**times), caller=APPLICATION, now=BEFORE, ids=Numbers(999))
    except Problem as problem:
        if problem.reason.startswith("business rule "):
            return False
        raise
    return bool(outcome.changes)


@EVERYWHERE
@given(desks(), some.sampled_from((15, 30, 45, 120)), some.sampled_from((10, 30, 60)), minutes, minutes)
def test_what_has_room_in_an_available_item_can_be_booked_and_what_lies_in_a_busy_one_cannot(
    desk: Desk, step: int, length: int, before: str, after: str
) -> None:
    policy = {**OPEN, "timeSlotInterval": format_duration(step * MINUTE)}
    lasting = length * MINUTE
    store = desk.store(
        defaultDuration=format_duration(lasting), preBuffer=before, postBuffer=after, schedulingPolicy=policy
    )
    pre, post = (parse_duration(each) or timedelta() for each in (before, after))
    points = grid(store, desk.window, step * MINUTE)
    for block in timeline(store, desk.window):
        if block.status == "available":
            fits = (each for each in points if block.start + pre <= each and each + lasting + post <= block.end)
            first = next(fits, None)
            assert first is None or attempt(store, first, lasting)
        else:
            assert not attempt(store, block.start, lasting)
            assert not attempt(store, block.end - MINUTE, lasting)
            inside = next((each for each in points if block.start <= each < block.end), None)
            assert inside is None or not attempt(store, inside, lasting)


@EVERYWHERE
@given(desks(), minutes, minutes)
def test_what_was_booked_is_no_longer_available(desk: Desk, before: str, after: str) -> None:
    service = {"preBuffer": before, "postBuffer": after, "schedulingPolicy": OPEN, "defaultDuration": "PT30M"}
    store, lasting = desk.store(**service), timedelta(minutes=30)
    wide = (desk.window[0] - DAY, desk.window[1] + DAY)
    for start in grid(store, desk.window, lasting):
        if desk.window[0] <= start < desk.window[1] and attempt(store, start, lasting):
            times = {"startDateTime": date_time_time_zone(start), "endDateTime": date_time_time_zone(start + lasting)}
            store.apply(decide(store, "createAppointment", booking(serviceId=SERVICE, **times)).changes)
            pre, post = (parse_duration(each) or timedelta() for each in (before, after))
            free = ticks(spans_of(timeline(store, wide), is_free=True), wide)
            assert not free & ticks([(start - pre, start + lasting + post)], wide)
            assert not attempt(store, start, lasting)
            return


# the calendar of the store

steps = some.tuples(
    some.sampled_from(("put", "put", "put", "drop")),
    some.sampled_from("abcdefgh"),
    some.integers(-600, 600),
    some.integers(1, 500) | some.integers(500, 50_000),
    some.integers(0, 100) | some.integers(100, 5_000),
)


@EVERYWHERE
@given(some.lists(steps, max_size=40), some.lists(some.tuples(some.integers(-700, 700), some.integers(0, 400))))
def test_the_calendar_finds_what_overlaps_whatever_was_put_moved_and_dropped(
    changes: list[tuple[str, str, int, int, int]], asked: list[tuple[int, int]]
) -> None:
    calendar, kept = Calendar(), {}
    for verb, name, start, length, buffer in changes:
        if verb == "put":
            kept[name] = (start, start + length, buffer)
            calendar.put(appointment(name, *kept[name]))
        elif kept.pop(name, None):
            calendar.drop(name)
    for start, length in [*asked, (-2000, 4000)]:
        end = start + length
        expected = sorted((first, name) for name, (first, last, _) in kept.items() if first < end and last > start)
        for each in (calendar, calendar.copy()):
            found = [row.record["id"] for row in each.between(moment_at(start), moment_at(end))]
            assert found == [name for _, name in expected]
        around = {row.record["id"] for row in calendar.around(moment_at(start), moment_at(end))}
        assert around >= {
            name for name, (first, last, more) in kept.items() if first - more < end and last + more > start
        }


def moment_at(minute: int) -> datetime:
    return BEFORE + minute * MINUTE


def appointment(name: str, start: int, end: int, buffer: int) -> dict[str, Any]:
    return {
        "id": name,
        "startDateTime": date_time_time_zone(moment_at(start)),
        "endDateTime": date_time_time_zone(moment_at(end)),
        "duration": format_duration((end - start) * MINUTE),
        "preBuffer": format_duration(buffer * MINUTE),
        "postBuffer": format_duration(buffer * MINUTE),
    }


@pytest.mark.parametrize("name", ZONES)
def test_the_zones_of_these_tests_are_known(name: str) -> None:
    assert zone(name) is not None
