"""Index, health, version, reset, clock and quirks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from emulator import __version__
from emulator.contract.quirks import QuirkError, load_quirks
from emulator.control import shown
from emulator.control.route import Desk, Misfit, Table, closed, text
from emulator.tenant import Tenant
from emulator.times import parse_duration, parse_instant

table = Table("basics")
# where the clock can stand: what Exchange has dates for
_FIRST, _LAST = datetime(1601, 1, 1, tzinfo=UTC), datetime(4500, 12, 31, tzinfo=UTC)
_MAYBE = {"type": ["string", "null"]}
_SPAN = f"the clock can stand in the years {_FIRST.year} to {_LAST.year}"


@table.get("")
def index(desk: Desk) -> Any:
    """Everything there is, with its URL as the caller sees it."""
    return shown.index_of(desk.origin, desk.tenant, desk.tenants.https)


@table.get("/health")
def health(desk: Desk) -> Any:
    """`{"status": "ready"}` as soon as the fixtures are loaded; before, nothing answers."""
    return {"status": "ready", "version": __version__}


@table.get("/version")
def version(desk: Desk) -> Any:
    """Name and version of the emulator."""
    return {"name": "graph-bookings-emulator", "version": __version__}


@table.post("/reset", status=204)
def reset(desk: Desk) -> None:
    """Put the tenant back to what it was when it was made: records, clock, ids, quirks, journal and all else."""
    desk.tenant.reset()


@table.get("/clock")
def show_clock(desk: Desk) -> Any:
    """The mode of the clock (`real`, `offset`, `frozen`), its present moment and its offset."""
    return shown.clock(desk.tenant)


@table.put(
    "/clock",
    closed({"mode": text("frozen unless given", "real", "frozen", "offset"), "now": text("a moment with an offset")}),
)
def set_clock(desk: Desk) -> Any:
    """Set the clock: `{"now": MOMENT}` freezes it there, `offset` lets it go on from there, `real` undoes both."""
    _set_clock(desk.tenant, desk.body)
    return shown.clock(desk.tenant)


@table.post("/clock/advance", closed({"by": _MAYBE, "to": _MAYBE}))
def advance(desk: Desk) -> Any:
    """Move the clock on `by` a duration or `to` a moment; what falls due on the way happens, in order."""
    desk.tenant.advance(_length(desk.tenant, desk.body))
    return shown.clock(desk.tenant)


@table.get("/quirks")
def list_quirks(desk: Desk) -> Any:
    """Every quirk with its present value, its default and where the knowledge comes from."""
    return {"value": [shown.quirk(desk.tenant, each) for each in load_quirks().values()]}


@table.put("/quirks/{id}", closed({"value": {"description": "true, false or one of its values"}}))
def set_quirk(desk: Desk) -> Any:
    """Switch a quirk, by its id or number: `{"value": true}`, `false` or one of its values."""
    try:
        quirk = desk.tenant.set_quirk(desk.path["id"], desk.body.get("value"))
    except QuirkError as error:
        raise Misfit(str(error), 404 if "there is no quirk" in str(error) else 400) from error
    return shown.quirk(desk.tenant, quirk)


def _set_clock(tenant: Tenant, given: dict[str, Any]) -> None:
    """`{"mode": "real"}`, `{"mode": "frozen", "now": …}` or `{"mode": "offset", "now": …}`; `now` alone freezes."""
    mode = given.get("mode", "frozen")
    moment = parse_instant(given["now"]) if isinstance(given.get("now"), str) else None
    if "now" in given and moment is None:
        raise Misfit(f"now takes a moment such as 2026-01-05T08:00:00Z; {given['now']!r} came")
    if mode == "offset" and moment is None:
        raise Misfit("mode offset needs now, the moment from which the clock goes on")
    if mode == "real" and moment is not None:
        raise Misfit(f"mode real takes no now; {given['now']!r} came")
    if moment is not None and not _FIRST <= moment <= _LAST:
        raise Misfit(f"{_SPAN}; {given['now']!r} came")
    tenant.set_clock(mode, moment)


def _length(tenant: Tenant, given: dict[str, Any]) -> timedelta:
    """How far to go: `{"by": "P1D"}` or `{"to": "2026-02-01T00:00:00Z"}`, forward only."""
    by, to = given.get("by"), given.get("to")
    length = parse_duration(by) if isinstance(by, str) else None
    moment = parse_instant(to) if isinstance(to, str) else None
    if (by is None) == (to is None) or (length is None and moment is None):
        raise Misfit(f"give either by, such as P1D or PT30M, or to, such as 2026-02-01T00:00:00Z; {given!r} came")
    now = tenant.clock.now()
    length = length if moment is None else moment - now
    if length is None or length < timedelta():
        raise Misfit("the clock only advances; PUT /_emulator/clock sets it to an earlier moment")
    if length > _LAST - now:
        raise Misfit(f"{_SPAN}; {given!r} came")
    return length
