"""Whether what came is what a scenario expected: partial or exact JSON, kinds such as `<guid>`, and the differences."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from bookings_emulator.times import parse_duration, parse_instant

_KIND = re.compile(r"<([a-z]+)(?: (.*))?>", re.DOTALL)
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ITEM = re.compile(r"AAMk[A-Za-z0-9_=-]{20,}")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
ABSENT = object()  # stands for a member that did not come
SOME, NONE = "<some>", "<none>"


class Mismatch(NamedTuple):
    """One difference: where (`body/customers/0/name`), what was expected there and what came, as JSON values."""

    where: str
    expected: Any
    came: Any


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(pattern: re.Pattern[str]) -> Callable[[Any, str], bool]:
    return lambda value, _: _is_text(value) and pattern.fullmatch(value) is not None


KINDS: dict[str, Callable[[Any, str], bool]] = {
    "any": lambda value, _: value is not ABSENT,
    "absent": lambda value, _: value is ABSENT,
    "null": lambda value, _: value is None,
    "guid": _fits(_GUID),
    "item": _fits(_ITEM),
    "instant": lambda value, _: _is_text(value) and parse_instant(value) is not None,
    "datetime": _fits(_LOCAL),
    "duration": lambda value, _: _is_text(value) and parse_duration(value) is not None,
    "number": lambda value, _: _is_number(value),
    "integer": lambda value, _: _is_number(value) and isinstance(value, int),
    "boolean": lambda value, _: isinstance(value, bool),
    "text": lambda value, _: _is_text(value) and value != "",
    "url": lambda value, _: _is_text(value) and re.match(r"https?://\S+$", value) is not None,
    "list": lambda value, wanted: isinstance(value, list) and wanted in ("", f"of {len(value)}"),
    "has": lambda value, wanted: (_is_text(value) or isinstance(value, list)) and wanted in value,
    "like": lambda value, wanted: _is_text(value) and re.search(wanted, value) is not None,
}


def kind_of(text: str) -> tuple[str, str] | None:
    """The kind that an expected text asks for and what stands behind its name; None where it is a plain text."""
    found = _KIND.fullmatch(text)
    return (found[1], found[2] or "") if found else None


def match(expected: Any, came: Any, where: str, *, is_exact: bool = False) -> list[Mismatch]:
    """Every difference between what was expected and what came.

    Partial unless exact: members that are not named are free. Lists match item by item, unless asked for `<some>`.
    """
    if isinstance(expected, str):
        kind = kind_of(expected)
        if kind and kind[0] in KINDS:
            return [] if KINDS[kind[0]](came, kind[1]) else [Mismatch(where, expected, came)]
    if isinstance(expected, dict):
        if expected.keys() & {SOME, NONE}:
            return _match_some(expected, came, where, is_exact)
        if isinstance(came, dict):
            return _match_members(expected, came, where, is_exact)
    if isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        pairs = enumerate(zip(expected, came, strict=True))
        return [each for n, (want, got) in pairs for each in match(want, got, f"{where}/{n}", is_exact=is_exact)]
    is_same = type(expected) is type(came) or (_is_number(expected) and _is_number(came))
    return [] if is_same and expected == came else [Mismatch(where, expected, came)]


def _match_members(expected: dict[str, Any], came: dict[str, Any], where: str, is_exact: bool) -> list[Mismatch]:
    found = []
    for name, value in expected.items():
        found += match(value, came.get(name, ABSENT), f"{where}/{name}", is_exact=is_exact)
    if is_exact:
        found += [Mismatch(f"{where}/{name}", ABSENT, came[name]) for name in came if name not in expected]
    return found


def _match_some(expected: dict[str, Any], came: Any, where: str, is_exact: bool) -> list[Mismatch]:
    """`<some>`: an item of a list matches, each of several another one; `<none>`: no item does."""
    if not isinstance(came, list):
        return [Mismatch(where, expected, came)]
    wanted = expected.get(SOME, [])
    left = list(came)
    for each in wanted if isinstance(wanted, list) else [wanted]:
        hit = next((item for item in left if not match(each, item, where, is_exact=is_exact)), ABSENT)
        if hit is ABSENT:
            return [Mismatch(where, {SOME: each}, came)]
        left.remove(hit)
    unwanted = expected.get(NONE, ABSENT)
    if unwanted is not ABSENT:
        for item in came:
            if not match(unwanted, item, where, is_exact=is_exact):
                return [Mismatch(where, {NONE: unwanted}, item)]
    return []
