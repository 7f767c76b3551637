"""Builds the values of `model` from the contract files; a word it does not know is refused with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bookings_emulator.contract.model import (
    SCALARS,
    Contract,
    EnumType,
    Navigation,
    ProblemRow,
    Property,
    StructuredType,
    Term,
)
from bookings_emulator.contract.operations import read_operation
from bookings_emulator.contract.property_lines import (
    ContractError,
    PropertyPlace,
    known,
    nearest,
    needed,
    property_line,
    type_ref,
)
from bookings_emulator.contract.tables import read_table

_FILE = {"version", "namespace", "roots", "source", "sources", "term", "enum", "complex", "entity", "operation"}
_TYPE = {
    "base", "abstract", "required", "undeclared", "argument", "aliases", "removed", "renamed", "dropped", "source",
    "properties", "navigations",
}  # fmt: skip
_ENUM = {"members", "wire", "source"}
_TERM = {"type", "applies"}
_PROBLEM = {"status", "code", "message", "confidence", "source"}
_PROBLEM_EXTRAS = {"headers", "inner"}


def build_version(names: Sequence[str]) -> Contract:
    """The contract of files of this folder, laid over each other in this order. Raises ContractError."""
    for count in range(1, len(names)):
        build([(name, _read(name)) for name in names[:count]])  # so that what is wrong there is told of its own file
    return build([(name, _read(name)) for name in names])


def build_all_problems() -> dict[str, ProblemRow]:
    """All rows of `problems.toml`, and of `problems.faults.toml` those that only a fault raises, by id."""
    rows = build_problems("problems.toml", _read("problems.toml"))
    injected = build_problems("problems.faults.toml", _read("problems.faults.toml"))
    for id_ in injected.keys() & rows.keys():
        raise ContractError(f"problems.faults.toml: problem.{id_}: is in problems.toml as well; remove it here")
    return rows | {id_: row._replace(is_injected=True) for id_, row in injected.items()}


def build(files: list[tuple[str, dict[str, Any]]]) -> Contract:
    """Lay the given (name, table) files over each other, the first being complete, and check every word."""
    merged: dict[str, Any] = {}
    for name, table in files:
        known(table, _FILE, name)
        _stamp_sources(table, is_overlay=bool(merged))
        _overlay(merged, table)
    where = files[-1][0]
    enums = {name: _enum(name, table, f"{where}: enum.{name}") for name, table in merged.get("enum", {}).items()}
    place = _place(merged, where)
    types = _types(merged, place)
    _check_references(types, where)
    operations = {
        name: read_operation(name, table, merged, types, place._replace(where=f"{where}: operation.{name}"))
        for name, table in merged.get("operation", {}).items()
    }
    terms = []
    for name, table in merged.get("term", {}).items():
        known(table, _TERM, f"{where}: term.{name}")
        needed(table, _TERM, f"{where}: term.{name}")
        terms.append(Term(name, table["type"], table["applies"]))
    return Contract(
        version=merged["version"],
        namespace=merged["namespace"],
        roots=tuple(merged["roots"]),
        sources=merged["sources"],
        terms=tuple(terms),
        enums=enums,
        types=types,
        operations=operations,
    )


def build_problems(name: str, table: dict[str, Any]) -> dict[str, ProblemRow]:
    """The rows of a problems file by id. Raises ContractError."""
    rows = {}
    for id_, row in table.get("problem", {}).items():
        where = f"{name}: problem.{id_}"
        known(row, _PROBLEM | _PROBLEM_EXTRAS, where)
        needed(row, _PROBLEM, where)
        extras = {each: row.get(each, {}) for each in _PROBLEM_EXTRAS}
        rows[id_] = ProblemRow(id=id_, **extras, **{each: row[each] for each in _PROBLEM})
    return rows


def _read(name: str) -> dict[str, Any]:
    try:
        return read_table(Path(__file__).parent / name)
    except ValueError as error:
        raise ContractError(f"{name}: not TOML: {error}") from error


def _stamp_sources(table: dict[str, Any], *, is_overlay: bool) -> None:
    """Give every enum and type the file's source unless it names one; what an overlay only amends keeps its own."""
    for kind in ("enum", "complex", "entity"):
        for entry in table.get(kind, {}).values():
            if not is_overlay or entry.keys() & {"members", "base", "properties"}:
                entry.setdefault("source", table["source"])


def _overlay(under: dict[str, Any], over: dict[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict) and key not in ("aliases", "root"):
            _overlay(under[key], value)
        else:
            under[key] = value


def _enum(name: str, table: dict[str, Any], where: str) -> EnumType:
    known(table, _ENUM, where)
    needed(table, {"members"}, where)
    members = tuple(table["members"].split())
    wire = table.get("wire", {})
    for member in wire:
        if member not in members:
            raise ContractError(f"{where}: wire names '{member}'{nearest(member, members)}")
    return EnumType(name, members, wire, table["source"])


def _place(merged: dict[str, Any], where: str) -> PropertyPlace:
    kept = {
        name
        for kind in ("complex", "entity")
        for name, table in merged.get(kind, {}).items()
        if not table.get("dropped")
    }
    names = frozenset(SCALARS | kept | set(merged.get("enum", ())))
    return PropertyPlace(where, names, frozenset(merged["sources"]), "csdl")


def _types(merged: dict[str, Any], place: PropertyPlace) -> dict[str, StructuredType]:
    plain = {
        name: _type(name, kind, merged[kind][name], place._replace(where=f"{place.where}: {kind}.{name}"))
        for kind in ("complex", "entity")
        for name in merged.get(kind, ())
        if name in place.names
    }

    def inherited(each: StructuredType) -> tuple[Property, ...]:
        return (inherited(plain[each.base]) if each.base else ()) + each.own

    return {
        name: replace(
            each,
            properties=inherited(each),
            derived=tuple(other.name for other in plain.values() if other.base == name),
        )
        for name, each in plain.items()
    }


def _type(name: str, kind: str, table: dict[str, Any], place: PropertyPlace) -> StructuredType:
    known(table, _TYPE, place.where)
    base = table.get("base")
    if base and base not in place.names:
        raise ContractError(f"{place.where}.base: unknown type '{base}'{nearest(base, place.names)}")
    lines = table.get("properties", {})
    removed, renamed = table.get("removed", []), table.get("renamed", {})
    for word in [*removed, *renamed]:
        if word not in lines:
            reason = f"removes or renames '{word}', which does not exist{nearest(word, lines)}"
            raise ContractError(f"{place.where}: {reason}")
    own = tuple(
        property_line(renamed.get(line, line), line, text, place.at(line, table["source"]))
        for line, text in lines.items()
        if line not in removed
    )
    undeclared = tuple(
        property_line(line, line, text, place.at(line, table["source"]))
        for line, text in table.get("undeclared", {}).items()
        if line not in lines
    )
    navigations = tuple(
        _navigation(line, text, place.at(line, table["source"])) for line, text in table.get("navigations", {}).items()
    )
    return StructuredType(
        name=name,
        kind=kind,
        base=base,
        is_abstract=table.get("abstract", False),
        own=own,
        navigations=navigations,
        required=tuple(table.get("required", ())),
        aliases=table.get("aliases", {}),
        source=table["source"],
        undeclared=undeclared,
        argument=table.get("argument", ""),
    )


def _check_references(types: dict[str, StructuredType], where: str) -> None:
    """Raise ContractError for a property that refers to a set which a business has not."""
    sets = types["bookingBusiness"].navigation if "bookingBusiness" in types else {}
    for kind in types.values():
        for line in kind.own:
            if line.refers and line.refers not in sets:
                place = f"{where}: {kind.kind}.{kind.name}.{line.name}"
                raise ContractError(f"{place}: refers to '{line.refers}'{nearest(line.refers, sets)}")


def _navigation(name: str, text: str, place: PropertyPlace) -> Navigation:
    type_, *words = text.split()
    target = instance = type_ref(type_, place).name
    is_readonly = False
    while words:
        word = words.pop(0)
        if word == "readonly":
            is_readonly = True
        elif word == "as" and words:
            instance = type_ref(words.pop(0), place).name
        else:
            raise ContractError(f"{place.where}: unknown word '{word}'{nearest(word, {'readonly', 'as'})}")
    return Navigation(name, target, instance, is_readonly, place.source)
