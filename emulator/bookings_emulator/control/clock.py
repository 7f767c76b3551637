"""Read, set and advance the clock of a tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed, text
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_duration, format_instant, parse_duration, parse_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("clock")
# where the clock can stand: what Exchange has dates for
_FIRST, _LAST = datetime(1601, 1, 1, tzinfo=UTC), datetime(4500, 12, 31, tzinfo=UTC)
_MAYBE = {"type": ["string", "null"]}
_SPAN = f"the clock can be set to the years {_FIRST.year} to {_LAST.year}"


@table.get("/clock")
def show_clock(desk: Desk) -> answers.ClockReading:
    """The mode of the clock (`real`, `offset`, `frozen`), its current time and its offset."""
    return _clock_of(desk.tenant)


@table.put(
    "/clock",
    closed({"mode": text("default: frozen", "real", "frozen", "offset"), "now": text("a moment with an offset")}),
)
def set_clock(desk: Desk) -> answers.ClockReading:
    """Set the clock: `{"now": MOMENT}` freezes it there, `offset` keeps it running from there, `real` undoes both."""
    _set_clock(desk.tenant, desk.body)
    return _clock_of(desk.tenant)


@table.post("/clock/advance", closed({"by": _MAYBE, "to": _MAYBE}))
def advance(desk: Desk) -> answers.ClockReading:
    """Move the clock forward `by` a duration or `to` a moment; everything due in between happens, in order."""
    desk.tenant.advance(_length(desk.tenant, desk.body))
    return _clock_of(desk.tenant)


def _set_clock(tenant: Tenant, given: dict[str, Any]) -> None:
    """`{"mode": "real"}`, `{"mode": "frozen", "now": …}` or `{"mode": "offset", "now": …}`; `now` alone freezes."""
    mode = given.get("mode", "frozen")
    moment = parse_instant(given["now"]) if isinstance(given.get("now"), str) else None
    if "now" in given and moment is None:
        raise ControlRefusal(f"now must be a time such as 2026-01-05T08:00:00Z; got {given['now']!r}")
    if mode == "offset" and moment is None:
        raise ControlRefusal("mode offset needs now, the time from which the clock runs")
    if mode == "real" and moment is not None:
        raise ControlRefusal(f"mode real does not take now; got {given['now']!r}")
    if moment is not None and not _FIRST <= moment <= _LAST:
        raise ControlRefusal(f"{_SPAN}; got {given['now']!r}")
    tenant.set_clock(mode, moment)


def _length(tenant: Tenant, given: dict[str, Any]) -> timedelta:
    """How far to go: `{"by": "P1D"}` or `{"to": "2026-02-01T00:00:00Z"}`, forward only."""
    by, to = given.get("by"), given.get("to")
    length = parse_duration(by) if isinstance(by, str) else None
    moment = parse_instant(to) if isinstance(to, str) else None
    if by is not None and to is None and length is None:
        raise ControlRefusal(f"by must be a duration such as P1D or PT30M; got '{by}'")
    if to is not None and by is None and moment is None:
        raise ControlRefusal(f"to must be a time such as 2026-02-01T00:00:00Z; got '{to}'")
    if (by is None) == (to is None):
        raise ControlRefusal(f"use either by, such as P1D or PT30M, or to, such as 2026-02-01T00:00:00Z; got {given!r}")
    now = tenant.clock.now()
    length = length if moment is None else moment - now
    if length is None or length < timedelta():
        raise ControlRefusal("the clock can only advance; PUT /_emulator/clock sets it to an earlier time")
    if length > _LAST - now:
        raise ControlRefusal(f"{_SPAN}; got {given!r}")
    return length


def _clock_of(tenant: Tenant) -> answers.ClockReading:
    """Mode, present moment and offset."""
    now = format_instant(tenant.clock.now())
    return {"mode": cast(Any, tenant.clock.mode), "now": now, "offset": format_duration(tenant.clock.offset)}
