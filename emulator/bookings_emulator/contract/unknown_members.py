"""Members of a body that a type or an action does not have: found, told with the name that may be meant, and taken out.

Nobody was seen to be refused by Bookings for such a member (microsoft-graph-docs 16067, 2022-03, and msgraph-sdk-python
659, 2024-04, tell what happened instead), so a body is read without them unless the quirk `unknown-members` refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bookings_emulator.contract.load import OVERLAYS, load
from bookings_emulator.contract.model import Contract, Operation, Property, StructuredType
from bookings_emulator.problem import did_you_mean

MOST_TOLD = 20  # members of one body that a sentence is made about; hostile bodies have any number


class UnknownMember(NamedTuple):
    """One member that was not read: its place in the body (`customers/customerName`), and a sentence about it.

    Behind the first MOST_TOLD of a body the sentence is empty.
    """

    place: str
    text: str


class _Shelf(NamedTuple):
    """What may stand in one object: the lines to look into, the names to pass over, and the type if it has one."""

    lines: Mapping[str, Property]
    sets: Iterable[str]
    owner: StructuredType | Operation


def take_out(contract: Contract, operation: Operation, body: Any) -> tuple[Any, list[UnknownMember]]:
    """A copy of a body without its unknown members, and these members in the order of the body."""
    if operation.kind == "action":
        shelf = _Shelf({each.name: each for each in operation.parameters}, (), operation)
    else:
        shelf = _shelf(contract.types[operation.type or ""])
    found: list[UnknownMember] = []
    return _without(contract, shelf, body, "", found), found


def tell_unknown(contract: Contract, owner: StructuredType | Operation, name: str) -> str:
    """The sentence about a member that a type or an action does not have."""
    if isinstance(owner, Operation):
        names = [each.name for each in owner.parameters]
        takes = f"takes {', '.join(names)}" if names else "takes no parameters"
        return f"'{name}' is not a parameter of {owner.action or owner.name}, which {takes}{did_you_mean(name, names)}"
    return f"'{name}' is not a property of {owner.name} in {contract.version}{_name_meant(contract, owner, name)}"


def _name_meant(contract: Contract, kind: StructuredType, name: str) -> str:
    """The end of that sentence: what this version calls a property of the other one, else the nearest name."""
    (other,) = (load(version) for version in OVERLAYS if version != contract.version)
    theirs = other.types[kind.name].by_name.get(name) if kind.name in other.types else None
    if theirs is None:
        return did_you_mean(name, kind.by_name)
    mine = next((each.name for each in kind.properties if each.stored == theirs.stored), None)
    return f"; did you mean '{mine}'?" if mine else f"; only {other.version} has it"


def _shelf(kind: StructuredType) -> _Shelf:
    aliases = {alias: kind.by_name[name] for alias, name in kind.aliases.items()}
    return _Shelf({**kind.by_name, **{each.name: each for each in kind.undeclared}, **aliases}, kind.navigation, kind)


def _without(contract: Contract, shelf: _Shelf, body: Any, where: str, found: list[UnknownMember]) -> Any:
    if not isinstance(body, dict):
        return body
    kept = {}
    for name, value in body.items():
        line = shelf.lines.get(name)
        if line is not None:
            kept[name] = _without_inside(contract, line, value, f"{where}{name}", found)
        elif "@" in name or name in shelf.sets:
            kept[name] = value
        else:
            text = tell_unknown(contract, shelf.owner, name) if len(found) < MOST_TOLD else ""
            found.append(UnknownMember(f"{where}{name}", text))
    return kept


def _without_inside(contract: Contract, line: Property, value: Any, place: str, found: list[UnknownMember]) -> Any:
    kind = contract.types.get(line.type.name)
    if kind is None:
        return value
    shelf = _shelf(contract.types[kind.derived[0]] if kind.is_abstract else kind)
    if isinstance(value, list):
        return [_without(contract, shelf, each, f"{place}/", found) for each in value]
    return _without(contract, shelf, value, f"{place}/", found)
