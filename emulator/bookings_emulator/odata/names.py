"""Resolves the names and casts of a path against the contract, for every query option that takes paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookings_emulator.contract.model import Contract, Navigation, Property, StructuredType, TypeRef
from bookings_emulator.problem import Problem, did_you_mean


def follow(contract: Contract, start: TypeRef, segments: list[str], clause: str) -> tuple[tuple[str, ...], TypeRef]:
    """A path of wire names and casts → the stored names to go through, and the type at its end."""
    steps: list[str] = []
    current = start
    for segment in segments:
        kind = contract.types.get(current.name)
        if kind is not None and "." in segment:
            current = TypeRef(cast(contract, kind, segment, clause).name, current.is_collection)
            continue
        if kind is None or current.is_collection:
            raise _not_single(segment, current.qualified(contract.namespace), clause, "/".join(segments))
        line = member(contract, kind, segment, clause)
        if isinstance(line, Navigation) or (line.is_unfiltered and clause == "filter"):
            raise _unsupported(line, clause, "/".join(segments))
        steps.append(line.stored)
        current = line.type
    return tuple(steps), current


def member(contract: Contract, kind: StructuredType, name: str, clause: str) -> Property | Navigation:
    """A member by its wire name, in exact case or else in any. Raises Problem odata.<clause>.unknown."""
    known: dict[str, Property | Navigation] = {**kind.navigation, **kind.by_name}
    found = known.get(name) or {each.lower(): line for each, line in known.items()}.get(name.lower())
    if found is not None:
        return found
    homes = [each for each in kind.derived if name in contract.types[each].by_name]
    hint = did_you_mean(name, known)
    if homes:
        hint = f"; {homes[0]} has it: write {contract.namespace}.{homes[0]}/{name}"
    reason = f"'{name}' is not a property of {kind.name} in {contract.version}{hint}"
    raise Problem(f"odata.{clause}.unknown", reason, prop=name, type=kind.name)


def cast(contract: Contract, kind: StructuredType, name: str, clause: str) -> StructuredType:
    """The type of a cast segment, which must be the type itself or above or below it."""
    target = contract.types.get(name.removeprefix(f"{contract.namespace}."))
    if target is not None and name.startswith(f"{contract.namespace}.") and _related(contract, kind, target):
        return target
    below = ", ".join(f"{contract.namespace}.{each}" for each in (kind.name, *kind.derived))
    reason = f"{kind.name} cannot be cast to '{name}'; it can be cast to {below}"
    raise Problem(f"odata.{clause}.unknown", reason, prop=name, type=kind.name)


def dig(value: Any, steps: tuple[str, ...]) -> Any:
    """What a record holds at the end of stored names; None where the way breaks off."""
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _related(contract: Contract, one: StructuredType, other: StructuredType) -> bool:
    return other.name in _line(contract, one) or one.name in _line(contract, other)


def _line(contract: Contract, kind: StructuredType) -> list[str]:
    names = [kind.name]
    while (base := contract.types[names[-1]].base) is not None:
        names.append(base)
    return names


def _not_single(segment: str, found: str, clause: str, path: str) -> Problem:
    reason = f"'{segment}' of '{path}' cannot be read from {found}; use any() or all() for collections"
    if clause == "orderby":
        return Problem("odata.orderby.syntax", reason, n=path.find(segment), text=path)
    text = f"The parent value for a property access of a property '{segment}' is not a single value. "
    from bookings_emulator.odata.filter_functions import wrong_type  # of filters only

    return wrong_type(reason, f"{text}Property access can only be applied to a single value.")


def _unsupported(line: Property | Navigation, clause: str, path: str) -> Problem:
    if clause == "orderby":
        return Problem(
            "odata.orderby.syntax", f"'{line.name}' is a collection of its own; order by a property", n=0, text=path
        )
    return unfiltered(line)


def unfiltered(line: Property | Navigation) -> Problem:
    """The refusal of a filter on what cannot be filtered on."""
    other = "list the set itself" if isinstance(line, Navigation) else "use calendarView for a time range"
    return Problem("odata.filter.unsupported", f"'{line.name}' cannot be filtered on; {other}")
