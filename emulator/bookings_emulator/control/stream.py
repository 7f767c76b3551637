"""A stream of everything that happens, as Server-Sent Events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from bookings_emulator.control.deliveries import show_delivery
from bookings_emulator.control.event_response import EventResponse, frame_event
from bookings_emulator.control.journal_criteria import CRITERIA_PARAMETERS
from bookings_emulator.control.journal_entries import brief
from bookings_emulator.control.outbox import show_message
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, Query, RouteTable
from bookings_emulator.events.journal import Entry
from bookings_emulator.events.matching import Match, MatchError, read_query_match
from bookings_emulator.events.stream import KINDS, Happening, Stream
from bookings_emulator.events.telling import Moment, Occurrence, Strike
from bookings_emulator.masking import mask_text
from bookings_emulator.problem import did_you_mean
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_duration, format_instant

table = RouteTable("stream")
HEARTBEAT = 15.0  # seconds after which a comment tells that the connection lives
_PAUSE = 0.05  # seconds in which what happens is gathered, so that many readers cost a busy server little
_AT_ONCE = 200  # happenings sent in one piece
_PLACE = re.compile(r"(?:([0-9a-f]{8})-)?(\d{1,15})", re.ASCII)
_QUERY: Query = {
    **CRITERIA_PARAMETERS,
    "kind": Parameter(f"one of {', '.join(KINDS)}, or several, separated by commas; default: all", kind="list"),
    "after": "an id as in Last-Event-ID: starts after that event; 0 starts with the oldest that is kept",
    "follow": Parameter(
        "false returns the events so far, starting with the oldest, and ends", ("true", "false"), "boolean"
    ),
}


class Wish(NamedTuple):
    """What a reader wants of the stream."""

    tenant: Tenant
    kinds: frozenset[str]
    match: Match
    is_narrowed: bool

    def wants(self, happening: Happening) -> bool:
        """Whether it is of a kind that is wanted, and of an exchange that matches."""
        if happening.kind not in self.kinds:
            return False
        if not self.is_narrowed or happening.kind in ("clock", "reset"):
            return True
        entry = self._cause(happening)
        return entry is not None and self.match.matches(entry)

    def _cause(self, happening: Happening) -> Entry | None:
        """The exchange that is, or that caused, what happened; None where there is none, or none any more."""
        match happening.value:
            case Entry() as entry:
                return entry
            case Strike(entry=entry):
                return entry
        if happening.exchange is None or happening.era != self.tenant.stream.era:
            return None
        return self.tenant.journal.find(happening.exchange)


class Place(NamedTuple):
    """Where a reader begins, and how much it has missed by then: None where nobody can tell."""

    number: int
    missed: int | None = 0


@table.get("/events", _QUERY, media="text/event-stream")
def follow_events(desk: Desk) -> EventResponse:
    """Events from now on, as they happen (`text/event-stream`).

    `event` is the kind, `data` JSON, `id` the position. A reader that reconnects with `Last-Event-ID` continues after
    that event; if events it missed are no longer kept, `gap` says how many. The stream opens with `begin` and closes
    with `end` when the tenant is deleted or the emulator stops. A reader that is too slow is disconnected. Criteria
    limit the stream to matching exchanges and what they caused (events, messages, deliveries, faults); clock and reset
    are always sent.
    """
    given = dict(desk.query)
    kinds = _kinds(given.pop("kind", ""))
    is_followed = given.pop("follow", "true").lower() != "false"
    after = given.pop("after", None) or desk.request.headers.get("last-event-id")
    try:
        wish = Wish(desk.tenant, kinds, read_query_match(given), bool(given))
    except MatchError as error:
        raise ControlRefusal(str(error)) from error
    stream = desk.tenant.stream
    place = _place(stream, after or ("0" if not is_followed else None))
    return EventResponse(_told(wish, place, is_followed), frame_event("end", {}), desk.tenants)


def _kinds(text: str) -> frozenset[str]:
    words = [each.strip().lower() for each in text.split(",") if each.strip()]
    for each in words:
        if each not in KINDS:
            raise ControlRefusal(f"there is no kind '{each}'; known are {', '.join(KINDS)}{did_you_mean(each, KINDS)}")
    return frozenset(words or KINDS)


def _place(stream: Stream, after: str | None) -> Place:
    """Where to begin. Raises ControlRefusal for what is no id."""
    if after is None:
        return Place(stream.last)
    found = _PLACE.fullmatch(after.strip())
    if found is None:
        raise ControlRefusal(f"after (or Last-Event-ID) must be an id such as {stream.run}-17, or 0; got '{after}'")
    run, number = found[1], int(found[2])
    if (run or stream.run) != stream.run or number > stream.last:
        return Place(stream.first - 1, None)
    missed = max(0, stream.first - 1 - number)
    return Place(number + missed, missed if run else 0)


async def _told(wish: Wish, place: Place, is_followed: bool) -> AsyncGenerator[bytes]:
    """The stream as one reader gets it, in pieces; it ends where the reader cannot follow, or nothing more comes."""
    stream, number = wish.tenant.stream, place.number
    yield _begin(wish.tenant, number)
    if place.missed != 0:
        yield _gap(place.missed)
    while True:
        if stream.first > number + 1:
            return  # overtaken
        found = stream.after(number)[:_AT_ONCE]
        if found:
            number = found[-1].number
            told = b"".join(_shown(stream, each) for each in found if wish.wants(each))
            if told:
                yield told
            await asyncio.sleep(0 if number < stream.last else _PAUSE)
        elif stream.is_closed or not is_followed:
            yield EventResponse.END
            return
        elif not await _more(stream, number):
            yield b": nothing new\n\n"


async def _more(stream: Stream, number: int) -> bool:
    """Wait until there is more; False where it is time for a sign of life."""
    future = stream.has_more(number)
    try:
        async with asyncio.timeout(HEARTBEAT):
            await future
    except TimeoutError:
        return False
    finally:
        stream.stop_waiting(future)
    return True


def _begin(tenant: Tenant, number: int) -> bytes:
    data = {"tenant": tenant.name, "exchange": tenant.journal.last}
    return f"id: {tenant.stream.run}-{number}\n".encode() + frame_event("begin", data)


def _gap(missed: int | None) -> bytes:
    how_many = "this many are" if missed is not None else "what came before is"
    return frame_event("gap", {"missed": missed, "message": f"{how_many} no longer kept; look at the journal"})


def _shown(stream: Stream, happening: Happening) -> bytes:
    """What readers are sent, made for the first of them."""
    if happening.shown is None:
        with suppress(KeyError):
            data = {**_SHOW[happening.kind](happening.value)} | {"exchange": happening.exchange}
            if happening.kind in ("exchange", "clock", "reset"):
                del data["exchange"]
            head = f"id: {stream.run}-{happening.number}\n".encode()
            happening.shown = head + frame_event(happening.kind, data)
    return happening.shown or b""


def _occurrence(each: Occurrence) -> dict[str, Any]:
    business = mask_text(each.business) if each.business else None
    return {**each._asdict(), "business": business, "at": format_instant(each.at)}


def _strike(each: Strike) -> dict[str, Any]:
    exchange = each.entry.exchange
    found = {"fault": each.hit.fault, "operation": exchange.operation, "status": exchange.status}
    return {**found, "at": format_instant(exchange.at)}


def _moment(each: Moment) -> dict[str, Any]:
    return {"mode": each.mode, "now": format_instant(each.now), "offset": format_duration(each.offset)}


_SHOW: dict[str, Callable[[Any], Mapping[str, Any]]] = {
    "exchange": brief,
    "event": _occurrence,
    "message": show_message,
    "delivery": show_delivery,
    "fault": _strike,
    "clock": _moment,
    "reset": dict,
}
