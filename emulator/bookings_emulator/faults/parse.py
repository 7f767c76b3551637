"""Reads a rule from JSON; what could never match, never fire or never be seen is refused with what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bookings_emulator.domain.outcome import ANYONE, VISITOR
from bookings_emulator.exchange import Effect
from bookings_emulator.faults.parse_effect import OF_DELIVERIES, kinds_of, read_effect, title_of
from bookings_emulator.faults.planes import DELIVERY, OPERATIONS, FaultTarget, can_meet, targets, targets_like
from bookings_emulator.faults.rule import FaultMatch, Limit, Rule, Schedule
from bookings_emulator.faults.shape import RULE, FaultError, check
from bookings_emulator.globs import GlobError, read_glob
from bookings_emulator.problem import did_you_mean
from bookings_emulator.times import format_instant, parse_duration, parse_instant

__all__ = ["FaultError", "RuleContext", "read_rule"]

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_SPOILING = ("cut", "malformed", "replace")
_TAKEN = ("presets", "problems", "operations")  # what else stands below /_emulator/faults
# planes whose refusals only they can make; all others can be made by any plane
_OWN = {"aad": "identity", "connector": "connector", "page": "page"}
# what the paths of planes begin with that have no other
_BEGINNINGS = {"connector": ("apim", "BookingsService", "api"), "page": ("BookingsService", "book", "owa")}


class RuleContext(NamedTuple):
    """What a rule is held against: the present moment of the tenant and the names of its personas."""

    now: datetime
    personas: tuple[str, ...]


def read_rule(given: Mapping[str, Any], id_: str, ground: RuleContext) -> Rule:
    """The rule of a JSON object. Raises FaultError."""
    check(dict(given), RULE, "")
    given = {**given, "id": id_, "effect": _state_effect(given)}
    effect = read_effect(given["effect"])
    match = _read_match(given.get("match", {}), effect, ground)
    schedule = _read_schedule(given.get("schedule", {}), ground.now)
    _check_together(match, effect, schedule)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", id_) or id_ in _TAKEN:
        taken = ", ".join(_TAKEN)
        raise FaultError(f"id: expected 1 to 64 letters, digits, '.', '-' or '_', but not {taken}; got {id_!r}")
    return Rule(id_, given.get("title") or title_of(effect), match, effect, schedule, given)


def _state_effect(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The effect of a rule; beyond a limit it is the refusal of that limit unless the rule says otherwise."""
    effect: Mapping[str, Any] = given.get("effect", {})
    limit = given.get("schedule", {}).get("limit")
    if limit is None or kinds_of(effect):
        return effect
    return {**effect, "problem": "throttle.rate" if "window" in limit else "throttle.mailbox"}


def _read_match(given: Mapping[str, Any], effect: Effect, ground: RuleContext) -> FaultMatch:
    own = DELIVERY if effect.kind in OF_DELIVERIES else _OWN.get((effect.problem or "").partition(".")[0])
    plane, operation, header = given.get("plane"), given.get("operation"), given.get("header")
    _check_globs({"operation": operation, "path": given.get("path"), "header.value": (header or {}).get("value")})
    if own and plane not in (None, own):
        what = f"can refuse with {effect.problem}" if effect.problem else f"has notifications that can be {effect.kind}"
        raise FaultError(f"match.plane: only the plane {own} {what}; got '{plane}'")
    if plane or own:
        planes = frozenset({str(plane or own)})
    elif operation:
        is_of_deliveries = operation.lower().startswith(DELIVERY)
        planes = frozenset(each.plane for each in targets_like(operation) if is_of_deliveries or each.plane != DELIVERY)
    else:
        planes = frozenset({"graph"} if effect.problem else OPERATIONS.keys() - {DELIVERY})
    match = FaultMatch(
        planes=planes,
        operation=operation,
        method=_read_method(given.get("method")),
        path=given.get("path"),
        business=given.get("business"),
        persona=given.get("persona"),
        header=(header["name"].lower(), header.get("value", "*")) if header else None,
    )
    if DELIVERY in planes:
        _check_delivery(given, effect)
    _check_persona(match.persona, ground)
    _check_path(match)
    if match.business and planes == {"identity"}:
        raise FaultError(f"match.business: signing in concerns no business, so '{match.business}' can never match")
    if operation:
        _check_found(match, effect, _find_targets(operation, planes))
    return match


def _check_delivery(given: Mapping[str, Any], effect: Effect) -> None:
    """Refuse what no notification has, and what cannot happen to one. Raises FaultError."""
    for name in ("method", "path", "persona", "header"):
        if name in given:
            raise FaultError(f"match.{name}: a notification is no call; it is known by operation and business")
    if effect.kind not in (*OF_DELIVERIES, "replace") or effect.latency[1] or effect.slow:
        can_be = ", ".join((*OF_DELIVERIES, "replace"))
        raise FaultError(f"effect: what can happen to a notification is {can_be}; got {title_of(effect)}")


def _check_globs(given: Mapping[str, str | None]) -> None:
    """Refuse patterns that cost too much. Raises FaultError."""
    for name, pattern in given.items():
        try:
            read_glob(pattern or "")
        except GlobError as error:
            raise FaultError(f"match.{name}: {error}") from error


def _find_targets(operation: str, planes: frozenset[str]) -> list[FaultTarget]:
    """The operations that a rule is for, at least one. Raises FaultError."""
    everywhere = targets_like(operation)
    found = [each for each in everywhere if each.plane in planes]
    if found:
        return found
    if everywhere:
        where = " and ".join(sorted({each.plane for each in everywhere}))
        theirs = " or ".join(sorted(planes))
        raise FaultError(
            f"match.operation: '{operation}' belongs to the plane {where}, so it can never match on {theirs}"
        )
    near = did_you_mean(operation, [each.name for each in targets()])
    expected = "expected the name of an operation, or a glob such as create*"
    raise FaultError(f"match.operation: {expected}; no operation matches '{operation}'{near}")


def _check_persona(persona: str | None, ground: RuleContext) -> None:
    known = [*ground.personas, ANYONE, VISITOR]
    is_claim = persona is not None and ("@" in persona or re.fullmatch(r"[0-9a-fA-F-]{36}", persona))
    if persona is None or is_claim or persona.lower() in (each.lower() for each in known):
        return
    near = did_you_mean(persona, known) or f"; expected one of {', '.join(known)}, or the address or GUID of a token"
    raise FaultError(f"match.persona: there is no persona '{persona}'{near}")


def _check_path(match: FaultMatch) -> None:
    path = match.path
    if path is None:
        return
    if "?" in path:
        raise FaultError(f"match.path: expected a path without a query; got '{path}'")
    if not path.startswith(("/", "*")):
        raise FaultError(f"match.path: expected a glob that begins with / or *, such as */appointments; got '{path}'")
    if path.startswith(("/_emulator", "/_inspector", "/tenants/")):
        raise FaultError(
            f"match.path: '{path}' can never match: faults apply to the emulated planes only, "
            f"and paths have no tenant prefix"
        )
    first = path.split("/", 2)[1] if path.startswith("/") else "*"
    if "*" in first:
        return
    owners = {plane for plane, beginnings in _BEGINNINGS.items() if first in beginnings}
    (plane, *others) = match.planes
    if not others and plane in _BEGINNINGS and plane not in owners:
        begin = _begin(_BEGINNINGS[plane])
        raise FaultError(f"match.path: '{path}' can never match: paths of the {plane} start with {begin}")
    if owners and owners.isdisjoint(match.planes):
        named = _and(owners)
        raise FaultError(
            f"match.path: '{path}' belongs to the plane {named}, so it can never match on {_and(match.planes)}"
        )


def _begin(words: Iterable[str]) -> str:
    return " or ".join(f"/{each}" for each in words)


def _and(words: Iterable[str]) -> str:
    return " and ".join(sorted(words))


def _check_found(match: FaultMatch, effect: Effect, found: list[FaultTarget]) -> None:
    """Refuse what none of the operations can be."""
    name = match.operation
    if match.method and all(each.method not in (match.method, None) for each in found):
        methods = " or ".join(sorted({each.method or "" for each in found}))
        raise FaultError(f"match.method: {name} is called by {methods}; got {match.method}")
    if match.path and not any(can_meet(match.path, path) for each in found for path in each.paths):
        raise FaultError(f"match.path: {name} is never called at '{match.path}'; its path is like {found[0].paths[0]}")
    if match.business and not any(each.has_business for each in found):
        raise FaultError(f"match.business: {name} concerns no single business, so '{match.business}' can never match")
    if effect.kind in _SPOILING and all(each.is_silent for each in found):
        raise FaultError(f"effect.{effect.kind}: responses of {name} have no body, so there is nothing to change")


def _read_schedule(given: Mapping[str, Any], now: datetime) -> Schedule:
    limit = given.get("limit")
    if limit is not None and given.keys() & {"skip", "every", "probability"}:
        raise FaultError(
            "schedule.limit: cannot be combined with skip, every or probability; the limit itself selects the calls"
        )
    return Schedule(
        first=given.get("first"),
        skip=given.get("skip", 0),
        every=given.get("every", 1),
        probability=given.get("probability"),
        until=_read_until(given, now),
        limit=_read_limit(limit) if limit is not None else None,
    )


def _read_until(given: Mapping[str, Any], now: datetime) -> datetime | None:
    if "until" in given and "for" in given:
        raise FaultError("schedule: use either until or for, not both")
    if "until" in given:
        until = parse_instant(given["until"])
        if until is None:
            raise FaultError(f"schedule.until: expected a time such as 2026-01-05T08:00:00Z; got {given['until']!r}")
        if until <= now:
            moment = format_instant(now)
            raise FaultError(f"schedule.until: {given['until']} is already past: the tenant's clock says {moment}")
        return until
    return now + _span(given["for"], "schedule.for") if "for" in given else None


def _read_limit(given: Mapping[str, Any]) -> Limit:
    if ("requests" in given) == ("concurrent" in given):
        raise FaultError("schedule.limit: expected either requests with a window, or concurrent")
    if ("requests" in given) != ("window" in given):
        raise FaultError("schedule.limit: requests needs a window such as PT10M, and concurrent has none")
    window = _span(given["window"], "schedule.limit.window") if "window" in given else None
    return Limit(given.get("requests", given.get("concurrent")), window, given.get("per") == "application")


def _span(text: str, where: str) -> timedelta:
    length = parse_duration(text)
    if length is None or length <= timedelta():
        raise FaultError(f"{where}: expected a duration such as PT10M; got {text!r}")
    return length


def _check_together(match: FaultMatch, effect: Effect, schedule: Schedule) -> None:
    limit = schedule.limit
    if limit is not None and effect.kind not in ("problem", "status"):
        raise FaultError(f"schedule.limit: needs effect.problem or effect.status; the effect is {effect.kind}")
    if limit is not None and effect.is_kept:
        raise FaultError("schedule.limit: a call over the limit is never carried out, so effect.kept is not allowed")
    if limit is None or limit.is_wide or match.operation is None:
        return
    if not any(target.has_business for target in targets_like(match.operation)):
        raise FaultError(f"schedule.limit: {match.operation} concerns no mailbox; count it with per: application")


def _read_method(given: str | None) -> str | None:
    method = given.upper() if given else None
    if method is None or method in METHODS:
        return method
    near = did_you_mean(method, METHODS)
    raise FaultError(f"match.method: expected one of {', '.join(METHODS)}; got '{given}'{near}")
