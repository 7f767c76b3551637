"""The facts of the contracts as lines that a person can read, kept beside the tests: a change shows which fact changed.

`python -m tests.facts` (`make facts`) writes them. It is no part of `make docs`: who changes a fact says so twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.load import OVERLAYS, load, load_problems
from bookings_emulator.contract.model import UNSET, Contract, Operation, Permissions, Property, StructuredType, TypeRef
from bookings_emulator.contract.quirks import load_quirks

FOLDER = Path(__file__).parent
_LATER = frozenset({"accepted", "properties"})  # follow from other facts


def lines(name: str) -> list[str]:
    """The facts of one contract, a line each."""
    return list(_CONTRACTS[name]())


def file_of(name: str) -> Path:
    """Where the facts of a contract are kept."""
    return FOLDER / f"{name}.txt"


def names() -> list[str]:
    """The contracts there are."""
    return list(_CONTRACTS)


def _graph(contract: Contract) -> Iterator[str]:
    yield from _members("contract", contract, {"enums", "types", "operations", "terms", "sources"})
    for term in contract.terms:
        yield f"term {_said(term)}"
    for enum in contract.enums.values():
        yield f"enum {enum.name}: {_rest(enum, {'name'})}"
    for kind in contract.types.values():
        yield from _type(kind)
    for operation in contract.operations.values():
        yield from _operation(operation)


def _type(kind: StructuredType) -> Iterator[str]:
    yield f"type {kind.name}: {_rest(kind, {'name', 'own', 'undeclared', 'navigations', 'properties'})}"
    for place, properties in (("", kind.own), (" (undeclared)", kind.undeclared)):
        for each in properties:
            yield f"{kind.name}.{each.name}{place}: {_property(each)}"
    for navigation in kind.navigations:
        yield f"{kind.name}/{navigation.name}: {_rest(navigation, {'name'})}"


def _property(each: Property) -> str:
    null = "" if each.is_nullable else " notnull"
    return f"{_said(each.type)}{null} {_rest(each, {'name', 'type', 'is_nullable'})}"


def _operation(each: Operation) -> Iterator[str]:
    hidden = {"name", "method", "segments", "permissions", "root_permissions", "parameters"}
    yield f"operation {each.name}: {each.method} {each.path} {_rest(each, hidden)}"
    for where, permissions in (("", each.permissions), (" (root)", each.root_permissions)):
        if permissions is not None:
            yield f"operation {each.name}{where} permissions: {_permissions(permissions)}"
    for parameter in each.parameters:
        yield f"operation {each.name} parameter {parameter.name}: {_property(parameter)}"


def _permissions(given: Permissions) -> str:
    kinds = (("delegated", given.delegated), ("application", given.application))
    told = [f"{kind}={'none' if names is None else ' > '.join(names) or 'empty'}" for kind, names in kinds]
    return "; ".join([*told, *([f"also least {_said(given.also_least)}"] if given.also_least else [])])


def _connector() -> Iterator[str]:
    contract = load_connector()
    yield from _members("connector", contract, {"operations", "types", "delivery", "sources"})
    yield from _members("delivery", contract.delivery, set())
    for operation in contract.operations.values():
        yield f"operation {operation.name}: {_rest(operation, {'name', 'about', 'summary'})}"
    for name, members in contract.types.items():
        for each in members:
            yield f"{name}.{each.name}: {_rest(each, {'name', 'about'})}"


def _problems() -> Iterator[str]:
    for id_, row in load_problems().items():
        yield f"problem {id_}: {_rest(row, {'id', 'source'})}"


def _quirks() -> Iterator[str]:
    for id_, row in load_quirks().items():
        yield f"quirk {id_}: {_rest(row, {'id', 'title', 'does', 'source'})}"


def _members(what: str, value: Any, hidden: set[str]) -> Iterator[str]:
    for name, each in _fields(value).items():
        if name not in hidden | _LATER:
            yield f"{what} {name}={_said(each)}"


def _rest(value: Any, hidden: set[str]) -> str:
    """The members of a value that say something, but for those that are hidden."""
    told = {name: each for name, each in _fields(value).items() if name not in hidden | _LATER and not _is_silent(each)}
    return " ".join(name if each is True else f"{name}={_said(each)}" for name, each in told.items())


def _fields(value: Any) -> dict[str, Any]:
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    return dict(value._asdict())


def _is_silent(value: Any) -> bool:
    return value is UNSET or value is None or value is False or value in ((), {}, frozenset())


def _said(value: Any) -> str:
    """A value as text that is the same in every run."""
    if isinstance(value, TypeRef):
        return f"[{value.name}]" if value.is_collection else value.name
    if hasattr(value, "_asdict"):
        return f"({_rest(value, set())})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_said(each)}" for name, each in value.items()) + "}"
    if isinstance(value, frozenset | set):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_said, value)) + "]"
    return repr(value) if isinstance(value, str) and (" " in value or not value) else str(value)


_CONTRACTS = {
    **{f"graph.{version}": (lambda version=version: _graph(load(version))) for version in OVERLAYS},
    "connector": _connector,
    "problems": _problems,
    "quirks": _quirks,
}
