"""What the booking page says of a member's time: contiguous ranges that cover a window and overlap nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from bookings_emulator.domain.availability import (
    Block,
    Span,
    booked,
    business_zone,
    intersect_spans,
    joined,
    occupied,
    opening,
    read_staff_hours,
    takes_bookings,
    weekly,
)
from bookings_emulator.domain.business_rules import merge_policies
from bookings_emulator.domain.outcome import Record, State
from bookings_emulator.times import instant_of, parse_duration, shifted

# of what happens at the same time, the range says the first; a group that still has seats can be booked whatever else
_RANKS = {"slotsAvailable": 0, "busy": 1, "away": 2, "available": 3, "outOfOffice": 4}
_WORDS = {"away": "outOfOffice"}  # an absence in working hours shows as closed hours do
# farther than any service's buffers reach
_NO_TIME = timedelta()


class Range(NamedTuple):
    """One range; `service_id` is that of what makes it busy, empty for others."""

    start: datetime
    end: datetime
    status: str
    service_id: str = ""


class _Layer(NamedTuple):
    """Something that holds for a while; `key` tells apart what must not be joined."""

    start: datetime
    end: datetime
    rank: int
    status: str
    service_id: str = ""
    key: str = ""


class AskedRanges(NamedTuple):
    """What a visitor asks of a business: a service, or none in particular, in a window."""

    business: Record
    service: Record | None
    window: Span
    quirks: Mapping[str, bool | str]


def ranges(state: State, asked: AskedRanges, member: Record) -> list[Range]:
    """What a member does in a window, as the visitor sees it who asks."""
    window = asked.window
    layers = [_Layer(*window, _RANKS["outOfOffice"], "outOfOffice")]
    layers += [_Layer(*span, _RANKS["available"], "available") for span in _find_bookable(asked, member)]
    layers += _find_taken(state, asked.business, asked.service, member, window)
    return list(_flatten_layers(layers, window))


def _find_bookable(asked: AskedRanges, member: Record) -> Iterator[Span]:
    """The hours in which a member can be booked, for a service those of both, with its buffers inside."""
    if not takes_bookings(member, asked.quirks):
        return
    before, behind = _read_buffers(asked.service)
    if (before or behind) and not asked.quirks["buffers-inside-hours"]:
        before = behind = _NO_TIME
    wide = shifted(asked.window[0], -before), shifted(asked.window[1], behind)
    hours = joined(opening(asked.business, member, wide, read_staff_hours(asked.quirks, member)))
    if asked.service is not None:
        hours = joined(intersect_spans(list(hours), list(joined(_find_offered(asked.business, asked.service, wide)))))
    for opens, closes in hours:
        start, end = max(opens + before, asked.window[0]), min(closes - behind, asked.window[1])
        if start < end:
            yield start, end


def _find_offered(business: Record, service: Record, window: Span) -> Iterator[Span]:
    """The hours of a window in which the policy offers a service, day by day of the business."""
    policy, place = merge_policies(business, service), business_zone(business)
    customs, general = policy.get("customAvailabilities") or (), policy.get("generalAvailability")
    day = window[0].astimezone(place).date()
    while day <= window[1].astimezone(place).date():
        text = day.isoformat()
        held = (each for each in customs if (each.get("startDate") or text) <= text <= (each.get("endDate") or text))
        rule = next(held, general)
        opens = datetime.combine(day, time(), place).astimezone(window[0].tzinfo)
        day += timedelta(days=1)
        closes = datetime.combine(day, time(), place).astimezone(window[0].tzinfo)
        whole = max(opens, window[0]), min(closes, window[1])
        match rule["availabilityType"] if rule else "bookWhenStaffAreFree":
            case "notBookable":
                continue
            case "customWeeklyHours":
                yield from weekly(rule["businessHours"] if rule else (), place, whole)
            case _:
                if whole[0] < whole[1]:
                    yield whole


def _find_taken(
    state: State, business: Record, service: Record | None, member: Record, window: Span
) -> Iterator[_Layer]:
    """What takes the member's time, made longer by the buffers that the service needs around itself."""
    before, behind = _read_buffers(service)
    wide = shifted(window[0], -before), shifted(window[1], behind)
    for block in occupied(state, business, member, wide):
        record = state.record("appointments", business["id"], block.appointment_id or "")
        yield _make_layer(block, record, (before, behind))
        if record is not None and block.status == "slotsAvailable" and _is_wanted(record, service):
            start, end = instant_of(record["startDateTime"]), instant_of(record["endDateTime"])
            yield _Layer(start, end, _RANKS["slotsAvailable"], "slotsAvailable", record["serviceId"], record["id"])


def _make_layer(block: Block, record: Record | None, buffers: tuple[timedelta, timedelta]) -> _Layer:
    before, behind = buffers
    start, end = shifted(block.start, -behind), shifted(block.end, before)
    if block.status == "outOfOffice":
        return _Layer(start, end, _RANKS["away"], "away")
    return _Layer(start, end, _RANKS["busy"], "busy", (record or {}).get("serviceId") or "")


def _is_wanted(record: Record, service: Record | None) -> bool:
    """Whether a visitor could take a seat of a group here."""
    return booked(record).status == "slotsAvailable" and service is not None and record["serviceId"] == service["id"]


def _read_buffers(service: Record | None) -> tuple[timedelta, timedelta]:
    """How long before and behind itself a service needs its staff."""
    if service is None:
        return _NO_TIME, _NO_TIME
    before, behind = (parse_duration(service[each]) or _NO_TIME for each in ("preBuffer", "postBuffer"))
    return max(before, _NO_TIME), max(behind, _NO_TIME)


def _flatten_layers(layers: list[_Layer], window: Span) -> Iterator[Range]:
    """The first of the layers at every moment of a window, neighbours that say the same joined."""
    last: tuple[_Layer, datetime, datetime] | None = None
    for layer, start, end in _cut_pieces(sorted(layers), window):
        if last is not None and _say_the_same(last[0], layer):
            last = last[0], last[1], end
            continue
        if last is not None:
            yield _make_range(*last)
        last = layer, start, end
    if last is not None:
        yield _make_range(*last)


def _cut_pieces(layers: list[_Layer], window: Span) -> Iterator[tuple[_Layer, datetime, datetime]]:
    """The window cut where a layer begins or ends, with the first layer of every piece."""
    cuts = sorted({window[0], window[1], *(each for layer in layers for each in layer[:2])})
    held: list[tuple[int, datetime, int]] = []
    index = 0
    for start, end in pairwise(cuts):
        while index < len(layers) and layers[index].start <= start:
            heappush(held, (layers[index].rank, layers[index].start, index))
            index += 1
        while held and layers[held[0][2]].end <= start:
            heappop(held)
        if held and window[0] <= start < window[1]:
            yield layers[held[0][2]], start, end


def _say_the_same(one: _Layer, other: _Layer) -> bool:
    said = [(_WORDS.get(each.status, each.status), each.service_id, each.key) for each in (one, other)]
    return said[0] == said[1]


def _make_range(layer: _Layer, start: datetime, end: datetime) -> Range:
    return Range(start, end, _WORDS.get(layer.status, layer.status), layer.service_id)
