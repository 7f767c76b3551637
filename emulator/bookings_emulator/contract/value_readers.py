"""Reads single values of bodies: a reader for each kind of scalar, for enums and for collections.

A reader takes a value and its place, and gives what is stored; its refusals have the texts of the OData library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookings_emulator.contract.model import SENTINEL, EnumType
from bookings_emulator.problem import Problem, did_you_mean
from bookings_emulator.times import (
    canonical_date,
    canonical_duration,
    canonical_time_of_day,
    format_instant,
    parse_instant,
)

Read = Callable[[Any, str], Any]

_NOT_NUMBERS = frozenset({"NaN", "INF", "-INF"})
# an enum of which the metadata and the wire name a member differently
_ROLE, _ROLE_NAMES = "bookingStaffRole", ("member", "teamMember")


def make_enum_reader(enum: EnumType) -> Read:
    """Wire spelling → member; the sentinel is no value to send."""
    stored = {enum.wire.get(member, member): member for member in enum.members if member != SENTINEL}

    def read(value: Any, where: str) -> Any:
        if isinstance(value, str) and value in stored:
            return stored[value]
        if isinstance(value, (dict, list)):
            raise tell_node(value, "PrimitiveValue", where)
        near = did_you_mean(str(value), stored, 0.5)
        reason = f"'{where}' must be one of {', '.join(stored)}; got '{value}'{near}"
        refused = Problem("body.enum", reason, v=_literal(value))
        raise refused.by("role-member") if enum.name == _ROLE and value in _ROLE_NAMES else refused

    return read


def _literal(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)[:200]


def tell_node(value: Any, expected: str, where: str) -> Problem:
    found = "StartObject" if isinstance(value, dict) else "StartArray" if isinstance(value, list) else "PrimitiveValue"
    words = {"StartObject": "an object {…}", "StartArray": "an array […]", "PrimitiveValue": "a plain value"}
    return Problem(
        "body.node", f"{where} must be {words[expected]}; got {words[found]}", found=found, expected=expected
    )


def make_collection_reader(item: Read) -> Read:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise tell_node(value, "StartArray", where)
        items = [_item(each, item, where) for each in value]
        return items[:]  # a copy holds no room for more, and records are many

    return read


def _item(value: Any, item: Read, where: str) -> Any:
    if value is None:
        raise Problem("body.null", f"an item of '{where}' is null", prop=where, type="Collection")
    return item(value, where)


def _make_scalar_reader(edm: str, accepts: Callable[[Any], Any], example: str, exact: type | None = None) -> Read:
    """A reader of one Edm kind: `accepts` gives the normalized value, or None for a literal that is not of the kind.

    Values of the type `exact` are taken as they are.
    """

    def read(value: Any, where: str) -> Any:
        if type(value) is exact:
            return value
        normal = accepts(value)
        if normal is not None:
            return normal
        if isinstance(value, (dict, list)):
            raise tell_node(value, "PrimitiveValue", where)
        reason = f"'{where}' must be Edm.{edm}, such as {example}; got {_literal(value)!r}"
        raise Problem("body.type", reason, v=_literal(value), T=edm)

    return read


def _text(canonical: Callable[[str], str | None]) -> Callable[[Any], Any]:
    return lambda value: canonical(value) if isinstance(value, str) else None


def _int32(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
        return value
    return None


def _double(value: Any) -> float | str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) and value in _NOT_NUMBERS else None


def _date_time_offset(text: str) -> str | None:
    value = parse_instant(text)
    return format_instant(value) if value else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


SCALARS: dict[str, Read] = {
    "String": _make_scalar_reader("String", _text(str), '"text"', str),
    "Boolean": _make_scalar_reader("Boolean", _boolean, "true", bool),
    "Int32": _make_scalar_reader("Int32", _int32, "5"),
    "Double": _make_scalar_reader("Double", _double, "10.5"),
    "Duration": _make_scalar_reader("Duration", _text(canonical_duration), '"PT30M" or "P1DT2H"'),
    "TimeOfDay": _make_scalar_reader("TimeOfDay", _text(canonical_time_of_day), '"08:00:00.0000000"'),
    "Date": _make_scalar_reader("Date", _text(canonical_date), '"2026-01-31"'),
    "DateTimeOffset": _make_scalar_reader("DateTimeOffset", _text(_date_time_offset), '"2026-01-31T09:00:00Z"'),
}
# the readers that take values of a type as they are
EXACT: dict[Read, type] = {SCALARS["String"]: str, SCALARS["Boolean"]: bool}
