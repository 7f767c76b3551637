"""Reads the body of a call; what the service would ignore is left out, and told on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bookings_emulator.contract.unknown_members import MOST_TOLD, UnknownMember, take_out
from bookings_emulator.domain.outcome import Record
from bookings_emulator.exchange import Remark
from bookings_emulator.pipeline.call import Call
from bookings_emulator.problem import Problem

UNKNOWN_MEMBER = "unknown-member"
_UNKNOWN = frozenset({"body.property.exchange", "body.parameter"})


def read_body(call: Call, before: Record | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the body says and, of a create, what is written where it is silent. Raises Problem.

    `before` is the record that an update changes: what complex values leave out stays as it is there.
    Members that the type does not have are left out, and put among the remarks of the call.
    """
    read, silent = _reader(call, before)
    try:
        return read(call.body), silent
    except Problem as problem:
        if problem.code not in _UNKNOWN or not call.api.contract.ignores_unknown:
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
    return said, silent


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


def _told(unknown: list[UnknownMember]) -> Iterator[str]:
    """A sentence about each of the first, and one about how many there are more."""
    for each in unknown[:MOST_TOLD]:
        end = "" if each.text.endswith((".", "?")) else "."
        yield f"{each.text}{end} It was ignored."
    if unknown[MOST_TOLD:]:
        yield f"{len(unknown) - MOST_TOLD} more members of the body were ignored."


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
