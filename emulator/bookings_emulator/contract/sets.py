"""The sets inside a business, derived from the contract: what they hold, who makes it, and which refers to which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bookings_emulator.contract.model import Contract, Operation, Property

BUSINESS = "bookingBusiness"


class ContainedSet(NamedTuple):
    """A set that callers can add to: its name in the path, the concrete type of its items, the operation that adds."""

    name: str
    type: str
    create: str


def sets_of(contract: Contract) -> dict[str, ContainedSet]:
    """The sets of a business by name, each behind those its records refer to by id."""
    creates = {each.set: each for each in contract.operations.values() if _adds_to_set(each)}
    ordered: dict[str, ContainedSet] = {}

    def add_set(name: str) -> None:
        create = creates.pop(name, None)
        if create is None or create.type is None:
            return
        for referred in _referred_sets(contract, create.type, set()):
            add_set(referred)
        ordered[name] = ContainedSet(name, create.type, create.name)

    for navigation in contract.types[BUSINESS].navigations:
        add_set(navigation.name)
    return ordered


def references_of(contract: Contract) -> dict[str, str]:
    """The set that a member refers to by id (`serviceId` → `services`), for members of types and of actions."""
    lines: list[Property] = [line for kind in contract.types.values() for line in kind.properties]
    lines += [line for operation in contract.operations.values() for line in operation.parameters]
    return {line.name: line.refers for line in lines if line.refers}


def _adds_to_set(operation: Operation) -> bool:
    return operation.kind == "create" and not operation.refused and operation.segments[1:-1] == (None,)


def _referred_sets(contract: Contract, type_name: str, seen: set[str]) -> Iterator[str]:
    """The sets that records of a type refer to, also by what they hold, in the order of their members."""
    kind = contract.types.get(type_name)
    if kind is None or type_name in seen:
        return
    seen.add(type_name)
    for line in kind.properties:
        if line.refers:
            yield line.refers
        yield from _referred_sets(contract, line.type.name, seen)
    for derived in kind.derived:
        yield from _referred_sets(contract, derived, seen)
