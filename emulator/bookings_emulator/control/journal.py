"""The journal over the control plane: read, wait for, verify."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bookings_emulator.control.journal_criteria import CRITERIA_PARAMETERS, CRITERIA_SCHEMAS
from bookings_emulator.control.journal_entries import brief, show
from bookings_emulator.control.journal_har import har, har_entry
from bookings_emulator.control.journal_notes import KINDS, used
from bookings_emulator.control.journal_notes import notes as notes_on
from bookings_emulator.control.journal_scenario import scenario_of
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, Query, RouteTable, check_number, closed
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.control.waiting import Verdict, wait_for
from bookings_emulator.events.journal import Entry, Journal
from bookings_emulator.events.matching import Criterion, Match, MatchError, read_match, read_query_match
from bookings_emulator.pipeline.permissions import Used, least_for

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("journal")
_LONGEST = 300.0  # seconds that a call may wait
_NEAREST = 5  # near misses that are told
_ABOUT: Query = {
    **CRITERIA_PARAMETERS,
    "limit": Parameter("returns at most that many, the newest", kind="integer"),
    "brief": Parameter("true leaves out headers and bodies", ("true", "false"), "boolean"),
}
_COUNT = {"type": "integer", "minimum": 0}
_VERIFY = closed(
    {
        "match": {
            "type": "object",
            "description": "criteria by name, as in GET /_emulator/journal; a list matches any of its items",
            "properties": CRITERIA_SCHEMAS,
        },
        "exactly": _COUNT,
        "atLeast": _COUNT,
        "atMost": _COUNT,
        "never": {"type": "boolean", "enum": [True]},
    }
)


@table.get("/journal", _ABOUT)
async def journal(desk: Desk) -> answers.JournalPage:
    """The newest exchanges, oldest first, with the plain reasons for opaque responses.

    An exchange must match all parameters. `last` is the number of the newest exchange; pass it as `since` later.
    `dropped` is the number of exchanges (after `since`) that there was no room for.
    """
    given = dict(desk.query)
    limit, is_brief = check_number("limit", given.pop("limit", None)), given.pop("brief", "false").lower() == "true"
    match = _match(given)
    kept = desk.tenant.journal
    last, dropped = kept.last, kept.dropped_after(match.since)
    found = await _find_entries(desk, match)
    found = found[max(0, len(found) - limit) :] if limit is not None else found
    value = await collect_in_turns(map(brief if is_brief else show, found))
    return {"value": value, "last": last, "dropped": dropped}


@table.delete("/journal")
def forget(desk: Desk) -> None:
    """Forget what the journal holds, and nothing else; the numbers go on."""
    desk.tenant.journal.forget()


@table.get(
    "/journal/wait",
    {
        **CRITERIA_PARAMETERS,
        "timeout": Parameter(f"seconds to wait at most; default: 10, at most {_LONGEST:.0f}", kind="number"),
    },
)
async def wait(desk: Desk) -> answers.WaitVerdict:
    """Return the next matching exchange as soon as its response is ready.

    With `since` any exchange after that number matches, even one that is over; without it only new exchanges match. If
    none matches in time, or the emulator stops, `ok` is false and `near` holds the near misses.
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
    message = f"no exchange with {match} arrived {within}"
    near = await _near(match, kept)
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
    try:
        for entry in (await _find_entries(desk, match))[:1]:
            settle(entry)
        verdict = await wait_for(found, desk.tenants, seconds)
    finally:
        kept.listeners.discard(listen)
    return found.result() if verdict == "done" else verdict


@table.post("/journal/verify", _VERIFY)
async def verify(desk: Desk) -> answers.CountVerdict:
    """Check how many exchanges match: `exactly`, `atLeast`, `atMost` a number, or `never`; default: at least one.

    The status is always 200: `ok` is the verdict, `message` a sentence. If `ok` is false, `near` lists the exchanges
    that fail a single criterion, with the wanted and the actual value. `dropped` is the number of exchanges that the
    journal had no room for; if they could change the verdict, `ok` is false.
    """
    match = _match(desk.body.get("match", {}), read_match)
    least, most = _bounds(desk.body)
    kept = desk.tenant.journal
    dropped = kept.dropped_after(match.since)
    found = await _find_entries(desk, match)
    is_within = least <= len(found) and (most is None or len(found) <= most)
    is_unsure = dropped > 0 and (most is None or len(found) <= most) and not (most is None and is_within)
    message = f"expected {_expected(least, most)} with {match}; {_came(found)}"
    if is_unsure:
        message += f"; {dropped} exchanges were dropped, and some may have matched: verify earlier, or with since"
    is_ok = is_within and not is_unsure
    return {
        "ok": is_ok,
        "count": len(found),
        "message": message,
        "entries": [brief(each) for each in found[-100:]],
        "near": [] if is_ok else await _near(match, kept),
        "dropped": dropped,
    }


def _bounds(given: dict[str, Any]) -> tuple[int, int | None]:
    """The least and the greatest count that are right. Raises ControlRefusal."""
    words = [each for each in ("exactly", "atLeast", "atMost", "never") if each in given]
    if len(words) > 1 and words != ["atLeast", "atMost"]:
        raise ControlRefusal(
            f"use one of exactly, atLeast, atMost and never, or atLeast with atMost; got {', '.join(words)}"
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
        return "got none"
    numbers = ", ".join(str(each.number) for each in found[:10])
    return f"got {len(found)} (number {numbers}{', …' if len(found) > 10 else ''})"


async def _find_entries(desk: Desk, match: Match) -> list[Entry]:
    """The exchanges of this moment that match."""
    entries = list(desk.tenant.journal.entries)
    fits = await collect_in_turns(map(match.matches, entries))
    return [each for each, is_meant in zip(entries, fits, strict=True) if is_meant]


async def _near(match: Match, kept: Journal) -> list[answers.NearMiss]:
    """The newest near misses, oldest first."""
    misses = await collect_in_turns(map(match.miss_by_one, list(kept.entries)))
    return [_missed(entry, criterion) for entry, criterion in [each for each in misses if each][-_NEAREST:]]


def _missed(entry: Entry, criterion: Criterion) -> answers.NearMiss:
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
        raise ControlRefusal(f"timeout must be 0 to {_LONGEST:.0f} seconds; got {given!r}")
    return seconds


@table.get(
    "/journal/notes", {"kind": Parameter("such as retried-early", tuple(KINDS)), "persona": "the name of a caller"}
)
def notes(desk: Desk) -> answers.NotePage:
    """What clients did that works here but may fail against the real service: a sentence each, with the exchange.

    `retried-early`: before Retry-After was over. `ignored-next-link`: a list was not read to its end.
    `more-permission-than-needed`. `ignored-members`: sent but not stored. `unknown-member`: not in the type, and
    ignored. `ignored-header`: such as If-Match. `doubtful-value`: such as a negative length, which was accepted.
    `undocumented-alias`. `beta-instead-of-v1.0`. `repeated-create`: after a lost response. `unknown-persona`: a token
    that is nearly the name of one. `bypassed-business-rule`: `anyone` was allowed what an application would be refused.
    """
    found = [each.shown() for each in notes_on(desk.tenant.journal.entries)]
    found = [each for each in found if _is_wanted(each, desk.query)]
    return {"value": found, "dropped": desk.tenant.journal.dropped}


def _is_wanted(note: answers.Note, wanted: Mapping[str, str]) -> bool:
    shown = dict(note)
    return all(str(shown[name] or "").lower() == value.lower() for name, value in wanted.items())


@table.get("/journal/permissions", CRITERIA_PARAMETERS)
async def permissions(desk: Desk) -> answers.Permissions:
    """The least permissions that the recorded requests need, `delegated` and `application`.

    `refused` are the operations that no permission allows for this kind of caller. Parameters select the requests.
    """
    match = _match(desk.query)
    dropped = desk.tenant.journal.dropped_after(match.since)
    calls = Counter(use for each in await _find_entries(desk, match) if (use := used(each)))
    return {
        "delegated": _least(calls, "delegated"),
        "application": _least(calls, "application"),
        "operations": [_use(use, count) for use, count in sorted(calls.items())],
        "dropped": dropped,
    }


def _least(calls: Counter[Used], kind: str) -> answers.Least:
    found = least_for(calls, kind)
    return {"least": list(found.permissions), "refused": list(found.refused)}


def _use(use: Used, calls: int) -> answers.OperationUse:
    return {"operation": use.operation, "version": use.version, "root": use.root, "calls": calls}


@table.get("/journal/scenario", CRITERIA_PARAMETERS)
async def as_scenario(desk: Desk) -> dict[str, Any]:
    """The journal as a scenario file: the starting state of this tenant, and its requests with their responses.

    Parameters select the exchanges. Generated ids are captured where they first appear. Secrets are masked, and those
    of personas left out: the defaults derived from their names apply unless you add your own again.
    """
    match = _match(desk.query)
    dropped = desk.tenant.journal.dropped_after(match.since)
    return await scenario_of(desk.tenant, await _find_entries(desk, match), dropped)


@table.get("/journal.har", CRITERIA_PARAMETERS)
async def as_har(desk: Desk) -> answers.Har:
    """The journal as HAR 1.2, for tools that display exchanges; parameters select them, and secrets are masked."""
    return har(await collect_in_turns(map(har_entry, await _find_entries(desk, _match(desk.query)))))


# the last of the table, since any word would be a number to it
@table.get("/journal/{number}", inside={"number": Parameter("counts from 1", kind="integer")})
def one(desk: Desk) -> answers.Exchange:
    """One exchange by its number."""
    number = desk.path["number"]
    entry = desk.tenant.journal.find(int(number)) if number.isascii() and number.isdigit() else None
    if entry is None:
        kept = desk.tenant.journal
        raise ControlRefusal(f"there is no exchange '{number}'; the journal holds {kept.held}", 404)
    return show(entry)
