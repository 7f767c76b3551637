"""Reads the body of a call; what the service would ignore is left out, and told on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from math import inf
from typing import Any

from bookings_emulator.contract.model import Contract, Property, StructuredType
from bookings_emulator.contract.unknown_members import MOST_TOLD, UnknownMember, take_out
from bookings_emulator.domain.outcome import Record
from bookings_emulator.exchange import Remark
from bookings_emulator.pipeline.call import Call
from bookings_emulator.problem import Problem
from bookings_emulator.times import parse_duration, zone

UNKNOWN_MEMBER = "unknown-member"
DOUBTFUL_VALUE = "doubtful-value"
Note = Callable[[tuple[str, ...]], None]
_UNKNOWN = frozenset({"body.property.exchange", "body.parameter"})


def read_body(call: Call, before: Record | None, note: Note) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the body says and, of a create, what is written where it is silent. Raises Problem.

    `before` is the record that an update changes: what complex values leave out stays as it is there.
    Members that the type does not have are left out, and put among the remarks of the call. `note` hears of the quirks
    that decided how it was read.
    """
    read, silent = _reader(call, before)
    if _has_alias(call):
        note(("beta-names-on-v1",))
    try:
        said = read(call.body)
        _remark_on_values(call)
        return said, silent
    except Problem as problem:
        if problem.code not in _UNKNOWN:
            raise
        note(("unknown-members",))
        if not call.api.contract.ignores_unknown:
            raise
    body, unknown = take_out(call.api.contract, call.operation, call.body)
    call.remarks.extend(Remark(UNKNOWN_MEMBER, each) for each in _told(unknown))
    try:
        said = read(body)
    except Problem as problem:
        if problem.code != "body.required":
            raise
        raise Problem("bk.unknown", problem.reason) from problem
    if call.operation.kind == "action" and not said:
        raise Problem("bk.unknown", _nothing_left(call, unknown))
    _remark_on_values(call)
    return said, silent


def _has_alias(call: Call) -> bool:
    """Whether a body names a member as another version does."""
    kind = call.api.contract.types.get(call.operation.type or "")
    return bool(kind and kind.aliases and isinstance(call.body, dict) and not kind.aliases.keys().isdisjoint(call.body))


def _reader(call: Call, before: Record | None) -> tuple[Callable[[Any], dict[str, Any]], dict[str, Any]]:
    """How the body of an operation is read, and what a create writes otherwise."""
    operation, readers = call.operation, call.api.readers
    match operation.kind:
        case "create":
            return partial(readers.create, operation.type or ""), readers.silent(operation.type or "")
        case "update":
            return partial(readers.update, operation.type or "", before=before), {}
        case "action" if operation.parameters:
            return partial(readers.parameters, operation), {}
    return lambda _: {}, {}


def _remark_on_values(call: Call) -> None:
    """Remark on the values of a body that are taken although they hardly make sense."""
    kind = call.api.contract.types.get(call.operation.type or "")
    if kind is not None and call.operation.kind in ("create", "update"):
        found = list(islice(_find_doubtful(call, kind, call.body), MOST_TOLD + 1))
        if not found:
            return
        call.remarks.extend(Remark(DOUBTFUL_VALUE, each) for each in found[:MOST_TOLD])
        if found[MOST_TOLD:]:
            call.remarks.append(Remark(DOUBTFUL_VALUE, "more values of the body hardly make sense"))


def _find_doubtful(call: Call, kind: StructuredType, body: dict[str, Any]) -> Iterator[str]:
    types = call.api.contract.types
    for name, line in _lines_to_look_at(call.api.contract, kind.name).items():
        value = body.get(name)
        if value is None or value == "":
            continue
        if line.least is not None and measure_value(value) < line.least:
            least = "PT0S" if line.type.name == "Duration" else str(line.least)
            yield f"'{name}' is {value}, less than {least}: accepted, but the service may refuse it"
        elif line.is_zone and zone(value) is None:
            yield (f"'{name}' is '{value[:80]}', which is not a time zone: accepted, but no times are read with it")
        elif line.type.name in types:
            inner = _concrete(call.api.contract, line.type.name)
            for each in value if isinstance(value, list) else [value]:
                yield from _find_doubtful(call, inner, each)


@lru_cache(maxsize=1024)
def _lines_to_look_at(contract: Contract, type_name: str) -> dict[str, Property]:
    """The members of a type whose values may hardly make sense, or hold such values."""
    return {
        each.name: each
        for each in contract.types[type_name].properties
        if each.least is not None or each.is_zone or _may_hold_doubtful(contract, each.type.name, ())
    }


def _may_hold_doubtful(contract: Contract, type_name: str, above: tuple[str, ...]) -> bool:
    if type_name not in contract.types or type_name in above:
        return False
    return any(
        each.least is not None or each.is_zone or _may_hold_doubtful(contract, each.type.name, (*above, type_name))
        for each in _concrete(contract, type_name).properties
    )


def _concrete(contract: Contract, type_name: str) -> StructuredType:
    """A type, or of an abstract one the type that its values have."""
    kind = contract.types[type_name]
    return contract.types[kind.derived[0]] if kind.is_abstract else kind


def measure_value(value: Any) -> float:
    """A number, or the seconds of a duration; what is neither cannot be too small."""
    if not isinstance(value, str):
        return float(value)
    length = parse_duration(value)
    return length.total_seconds() if length is not None else inf


def _told(unknown: list[UnknownMember]) -> Iterator[str]:
    """A sentence about each of the first, and one about how many there are more."""
    for each in unknown[:MOST_TOLD]:
        yield f"{each.text.rstrip('.')} (ignored)"
    if unknown[MOST_TOLD:]:
        yield f"{len(unknown) - MOST_TOLD} more members of the body were ignored"


def _nothing_left(call: Call, unknown: list[UnknownMember]) -> str:
    names = ", ".join(each.name for each in call.operation.parameters)
    came = ", ".join(f"'{each.place}'" for each in unknown[:MOST_TOLD])
    return f"the action {call.operation.action} found no {names} in its body; got only {came}"


def word_reason(call: Call, problem: Problem) -> None:
    """Let a refusal name the members as this version does, and what the body had that was ignored."""
    problem.reason = _in_words_of(call, problem.reason)
    told = [each.text for each in call.remarks if each.kind == UNKNOWN_MEMBER]
    if told:
        problem.reason = "; ".join([problem.reason, *told])


def _in_words_of(call: Call, reason: str) -> str:
    """A reason with the names that this version gives to stored members: `start` for `startDateTime` in beta."""
    kind = call.api.contract.types.get(call.operation.type or "")
    renamed = {each.stored: each.name for each in kind.properties if each.name != each.stored} if kind else {}
    if not renamed or call.operation.kind == "action":
        return reason
    return re.sub("|".join(rf"\b{name}\b" for name in renamed), lambda found: renamed[found[0]], reason)
