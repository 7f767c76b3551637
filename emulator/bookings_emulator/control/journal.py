"""The journal over the control plane: read, wait for, verify."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from bookings_emulator.control.journal_entries import brief, show
from bookings_emulator.control.journal_har import har
from bookings_emulator.control.journal_notes import KINDS, used
from bookings_emulator.control.journal_notes import notes as notes_on
from bookings_emulator.control.journal_scenario import scenario_of
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, Query, RouteTable, closed, read_number
from bookings_emulator.control.waiting import Verdict, wait_for
from bookings_emulator.events.journal import Entry, Journal
from bookings_emulator.events.matching import CRITERIA, Criterion, Match, MatchError, read_match, read_query_match
from bookings_emulator.pipeline.permissions import least_for

table = RouteTable("journal")
_LONGEST = 300.0  # seconds that a call may wait
_NEAREST = 5  # near misses that are told
_ABOUT: Query = {
    **CRITERIA,
    "limit": "no more than so many, the newest",
    "brief": Parameter("true leaves out headers and bodies", ("true", "false")),
}
_COUNT = {"type": "integer", "minimum": 0}
_VERIFY = closed(
    {
        "match": {
            "type": "object",
            "description": "criteria by name, as in GET /_emulator/journal; a list means any of its items",
            "properties": {name: {"description": about} for name, about in CRITERIA.items()},
        },
        "exactly": _COUNT,
        "atLeast": _COUNT,
        "atMost": _COUNT,
        "never": {"enum": [True]},
    }
)


@table.get("/journal", _ABOUT)
def journal(desk: Desk) -> Any:
    """The newest exchanges, oldest first, with the plain reasons behind opaque answers.

    All parameters together narrow it. `last` is the number of the newest exchange of all, to be given as `since`;
    `dropped` is how many exchanges (after `since`) there was no room for.
    """
    given = dict(desk.query)
    limit, is_brief = read_number("limit", given.pop("limit", None)), given.pop("brief", "false").lower() == "true"
    match = _match(given)
    kept = desk.tenant.journal
    found = match.found(kept.entries)
    found = found[max(0, len(found) - limit) :] if limit is not None else found
    value = [brief(each) if is_brief else show(each) for each in found]
    return {"value": value, "last": kept.last, "dropped": kept.dropped_after(match.since)}


@table.delete("/journal")
def forget(desk: Desk) -> None:
    """Forget what the journal holds, and nothing else; the numbers go on."""
    desk.tenant.journal.forget()


@table.get("/journal/wait", CRITERIA | {"timeout": f"seconds to wait at most; 10 unless given, up to {_LONGEST:.0f}"})
async def wait(desk: Desk) -> Any:
    """Answer with the next exchange that matches, as soon as it has its answer.

    With `since` an exchange that came after that number is enough, even if it is over; without it only those count
    that come from now on. `ok` is false, with the near misses, where none came in time or the emulator ended.
    """
    given = dict(desk.query)
    seconds = _seconds(given.pop("timeout", "10"))
    kept = desk.tenant.journal
    begin = kept.last
    match = _match({"since": str(begin), **given})
    found = await _next(desk, match, seconds)
    if isinstance(found, Entry):
        return {"ok": True, "entry": show(found)}
    within = f"within {seconds:g} seconds" if found == "late" else "before the emulator ended"
    message = f"no exchange with {match} came {within}"
    near = _near(match, kept)
    return {"ok": False, "entry": None, "message": message, "near": near, "dropped": kept.dropped_after(match.since)}


async def _next(desk: Desk, match: Match, seconds: float) -> Entry | Verdict:
    """The first exchange that matches, there or to come, or why there is none.

    Calls may be answered in other threads, as in tests.
    """
    kept = desk.tenant.journal
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Entry] = loop.create_future()

    def settle(entry: Entry) -> None:
        if not found.done():
            found.set_result(entry)

    def listen(entry: Entry) -> None:
        if match.matches(entry):
            loop.call_soon_threadsafe(settle, entry)

    kept.listeners.add(listen)
    for entry in match.found(kept.entries)[:1]:
        settle(entry)
    try:
        verdict = await wait_for(found, desk.tenants, seconds)
    finally:
        kept.listeners.discard(listen)
    return found.result() if verdict == "done" else verdict


@table.post("/journal/verify", _VERIFY)
def verify(desk: Desk) -> Any:
    """Count the exchanges that match: `exactly`, `atLeast`, `atMost` so many, or `never`; at least one unless given.

    Always 200: `ok` is the verdict, `message` says it in a sentence. Where it is not ok, `near` are the exchanges that
    miss one criterion alone, with what was wanted and what came. `dropped` are the exchanges that the journal had no
    room for: where they could change the verdict, it is not ok.
    """
    match = _match(desk.body.get("match", {}), read_match)
    least, most = _bounds(desk.body)
    kept = desk.tenant.journal
    found = match.found(kept.entries)
    dropped = kept.dropped_after(match.since)
    is_within = least <= len(found) and (most is None or len(found) <= most)
    is_unsure = dropped > 0 and (most is None or len(found) <= most) and not (most is None and is_within)
    message = f"{_expected(least, most)} with {match} expected; {_came(found)}"
    if is_unsure:
        message += f"; {dropped} exchanges were dropped, and some may have matched: verify earlier, or with since"
    is_ok = is_within and not is_unsure
    return {
        "ok": is_ok,
        "count": len(found),
        "message": message,
        "entries": [brief(each) for each in found[-100:]],
        "near": [] if is_ok else _near(match, kept),
        "dropped": dropped,
    }


def _bounds(given: dict[str, Any]) -> tuple[int, int | None]:
    """The least and the greatest count that are right. Raises ControlRefusal."""
    words = [each for each in ("exactly", "atLeast", "atMost", "never") if each in given]
    if len(words) > 1 and words != ["atLeast", "atMost"]:
        raise ControlRefusal(
            f"give one of exactly, atLeast, atMost and never, or atLeast with atMost; {', '.join(words)} came"
        )
    if "never" in given:
        return 0, 0
    if "exactly" in given:
        return given["exactly"], given["exactly"]
    least, most = given.get("atLeast", 0 if "atMost" in given else 1), given.get("atMost")
    if most is not None and least > most:
        raise ControlRefusal(f"atLeast {least} is more than atMost {most}")
    return least, most


def _expected(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {_exchanges(least)}"
    if least == most:
        return f"exactly {_exchanges(most)}" if most else "no exchange"
    return f"at most {_exchanges(most)}" if least == 0 else f"{least} to {_exchanges(most)}"


def _exchanges(count: int) -> str:
    return f"{count} exchange{'' if count == 1 else 's'}"


def _came(found: list[Entry]) -> str:
    if not found:
        return "none came"
    numbers = ", ".join(str(each.number) for each in found[:10])
    return f"{len(found)} came (number {numbers}{', …' if len(found) > 10 else ''})"


def _near(match: Match, kept: Journal) -> list[dict[str, Any]]:
    """The newest near misses, oldest first."""
    return [_missed(entry, criterion) for entry, criterion in match.near(kept.entries)[-_NEAREST:]]


def _missed(entry: Entry, criterion: Criterion) -> dict[str, Any]:
    return {
        "criterion": criterion.name,
        "wanted": criterion.wanted,
        "came": criterion.found(entry),
        "entry": brief(entry),
    }


def _match(given: dict[str, Any], read: Callable[[Mapping[str, Any]], Match] = read_query_match) -> Match:
    try:
        return read(given)
    except MatchError as error:
        raise ControlRefusal(str(error)) from error


def _seconds(given: str) -> float:
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        raise ControlRefusal(f"timeout takes seconds from 0 to {_LONGEST:.0f}; {given!r} came")
    return seconds


@table.get(
    "/journal/notes", {"kind": Parameter("such as retried-early", tuple(KINDS)), "persona": "the name of a caller"}
)
def notes(desk: Desk) -> Any:
    """What clients did that works here and may not work there: a sentence for each, with the number of the exchange.

    `retried-early`: before Retry-After was over. `ignored-next-link`: a list was not read to its end.
    `more-permission-than-needed`, `ignored-members`: sent and not taken over. `unknown-member`: of no type, and
    ignored. `ignored-header`: such as If-Match. `undocumented-alias`, `beta-instead-of-v1.0`, `repeated-create`: after
    an answer that was lost. `unknown-persona`: a token is nearly the name of one. `bypassed-business-rule`: anyone was
    given what an application would be refused.
    """
    found = [each.shown() for each in notes_on(desk.tenant.journal.entries)]
    found = [each for each in found if all(_is(each[name], value) for name, value in desk.query.items())]
    return {"value": found, "dropped": desk.tenant.journal.dropped}


def _is(value: str | None, wanted: str) -> bool:
    return (value or "").lower() == wanted.lower()


@table.get("/journal/permissions", CRITERIA)
def permissions(desk: Desk) -> Any:
    """The least permissions that the calls made would need, `delegated` and `application`; all parameters narrow them.

    `refused` are the operations that callers of this kind may not call by any permission.
    """
    match = _match(desk.query)
    calls = Counter(use for each in match.found(desk.tenant.journal.entries) if (use := used(each)))
    kinds = {kind: least_for(calls, kind) for kind in ("delegated", "application")}
    return {
        **{kind: {"least": least.permissions, "refused": least.refused} for kind, least in kinds.items()},
        "operations": [{**use._asdict(), "calls": count} for use, count in sorted(calls.items())],
        "dropped": desk.tenant.journal.dropped_after(match.since),
    }


@table.get("/journal/scenario", CRITERIA)
def as_scenario(desk: Desk) -> Any:
    """The journal as a scenario file: what was asked in the situation of this tenant, and what was answered.

    All parameters narrow it. Ids that were made up are captured where they are first seen; secrets are masked,
    and those of personas left out: they are the ones that follow from the names unless put in again.
    """
    match = _match(desk.query)
    kept = desk.tenant.journal
    return scenario_of(desk.tenant, match.found(kept.entries), kept.dropped_after(match.since))


@table.get("/journal.har", CRITERIA)
def as_har(desk: Desk) -> Any:
    """The journal as HAR 1.2, for the tools that show exchanges; all parameters narrow it, secrets are masked."""
    return har(_match(desk.query).found(desk.tenant.journal.entries))


# the last of the table, since any word would be a number to it
@table.get("/journal/{number}")
def one(desk: Desk) -> Any:
    """One exchange by its number."""
    number = desk.path["number"]
    entry = desk.tenant.journal.find(int(number)) if number.isascii() and number.isdigit() else None
    if entry is None:
        kept = desk.tenant.journal
        raise ControlRefusal(f"there is no exchange '{number}'; the journal holds {kept.held}", 404)
    return show(entry)
