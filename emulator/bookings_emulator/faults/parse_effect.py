"""Reads the effect of a rule: what a fault does to the exchanges that it meets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bookings_emulator.contract.load import load_problems
from bookings_emulator.exchange import Effect
from bookings_emulator.faults.shape import FaultError
from bookings_emulator.headers import SETTABLE, is_settable
from bookings_emulator.problem import did_you_mean
from bookings_emulator.times import format_duration, parse_duration

KINDS = ("problem", "status", "reset", "lost", "cut", "malformed", "replace", "late", "twice", "overtaken")
OF_DELIVERIES = ("late", "twice", "overtaken")  # what only a notification can be
# members that go with some kinds only
_GOES_WITH = {
    "facts": ("problem",),
    "retry_after": ("problem", "status"),
    "retry_after_as": ("problem", "status"),
    "kept": ("problem", "status"),
    "headers": ("problem", "status"),
    "body": ("status",),
}
_BODILESS = (204, 205, 304)
_SPELLED = re.compile(r"(?:[^~]|~[01])*")


def read_effect(given: Mapping[str, Any]) -> Effect:
    """The effect of a JSON object that has the right shape. Raises FaultError."""
    kind = _read_kind(given)
    _check_company(given, kind)
    _check_headers(given)
    _check_body(given)
    _check_problem(given.get("problem"))
    _check_pointers(given.get("replace", {}))
    cut = given.get("cut")
    return Effect(
        latency=_read_latency(given.get("latency", 0)),
        slow=float(given.get("slow", 0)),
        kind=kind,
        is_kept=given.get("kept", False) or kind == "lost",
        problem=given.get("problem"),
        facts={name: str(value) for name, value in given.get("facts", {}).items()},
        retry_after=given.get("retry_after"),
        is_retry_date=given.get("retry_after_as") == "date",
        status=given.get("status", 0),
        headers=given.get("headers", {}),
        body=given.get("body"),
        cut=None if isinstance(cut, bool) else cut,
        replace=given.get("replace", {}),
        late=_read_late(given.get("late")),
    )


def kinds_of(effect: Mapping[str, Any]) -> list[str]:
    """What an effect does beside delays; a 0 is something to do, false is not."""
    return [each for each in KINDS if effect.get(each) is not None and effect.get(each) is not False]


def title_of(effect: Effect) -> str:
    """What an effect does, in a few words."""
    what = {
        None: "",
        "problem": f"the problem {effect.problem}",
        "status": f"the status {effect.status}",
        "reset": "the connection reset",
        "lost": "the answer lost",
        "cut": "the answer cut short",
        "malformed": "malformed JSON",
        "late": f"a notification {format_duration(effect.late)} late",
        "twice": "a notification twice",
        "overtaken": "a notification after its next one",
        "replace": f"another value at {', '.join(effect.replace)}",
    }[effect.kind]
    if effect.is_kept:
        what += " after the call was carried out"
    low, high = effect.latency
    delay = f"{low:g} ms" if low == high else f"{low:g} to {high:g} ms"
    slow = f"a body that takes {effect.slow:g} ms" if effect.slow else ""
    parts = [what, f"{delay} of latency" if high else "", slow]
    return ", ".join(filter(None, parts))


def _read_kind(given: Mapping[str, Any]) -> str | None:
    """The one kind of an effect; None if it only delays."""
    kinds = kinds_of(given)
    if len(kinds) > 1:
        raise FaultError(f"effect: {' and '.join(kinds)} cannot be combined; add two faults")
    if not kinds and not given.get("latency") and not given.get("slow"):
        raise FaultError(f"effect: expected latency, slow or one of {', '.join(KINDS)}; got {dict(given)!r}")
    return kinds[0] if kinds else None


def _check_company(given: Mapping[str, Any], kind: str | None) -> None:
    for word, kinds in _GOES_WITH.items():
        if word in given and kind not in kinds:
            raise FaultError(f"effect.{word}: allowed only with {' or '.join(kinds)}")


def _check_headers(given: Mapping[str, Any]) -> None:
    for name in given.get("headers", {}):
        if not is_settable(name):
            raise FaultError(f"effect.headers: expected {SETTABLE}; got {name!r}")


def _check_body(given: Mapping[str, Any]) -> None:
    if given.get("status") in _BODILESS and "body" in given:
        raise FaultError(f"effect.body: a response with status {given['status']} has no body")


def _check_problem(problem: str | None) -> None:
    if problem is not None and problem not in load_problems():
        near = did_you_mean(problem, load_problems()) or "; GET /_emulator/faults/problems lists them"
        raise FaultError(f"effect.problem: there is no problem '{problem}'{near}")


def _check_pointers(values: Mapping[str, Any]) -> None:
    for pointer in values:
        if not pointer.startswith("/") or not _SPELLED.fullmatch(pointer):
            raise FaultError(f"effect.replace: expected JSON pointers such as /value/0/price; got '{pointer}'")


def _read_late(text: str | None) -> timedelta:
    """By how much a notification comes late. Raises FaultError."""
    if text is None:
        return timedelta()
    length = parse_duration(text)
    if length is None or length <= timedelta():
        raise FaultError(f"effect.late: expected a duration such as PT5M; got {text!r}")
    return length


def _read_latency(given: Any) -> tuple[float, float]:
    """The range of a latency in milliseconds, given as a number or as min and max."""
    low, high = (given, given) if isinstance(given, int | float) else (given["min"], given["max"])
    if low > high:
        raise FaultError(f"effect.latency: min is larger than max; got {given!r}")
    return float(low), float(high)
