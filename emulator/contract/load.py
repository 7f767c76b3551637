"""Reads the contract files into the values of `model`; a word it does not know is refused with its place."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from emulator.contract.model import (
    SCALARS,
    Contract,
    EnumType,
    Navigation,
    Operation,
    Permissions,
    ProblemRow,
    Property,
    QueryParameter,
    StructuredType,
    Term,
    TypeRef,
)

OVERLAYS = {"v1.0": ("graph.toml",), "beta": ("graph.toml", "graph.beta.toml")}

_FILE = {"version", "namespace", "roots", "source", "sources", "term", "enum", "complex", "entity", "operation"}
_TYPE = {
    "base", "abstract", "required", "tolerated", "aliases", "removed", "renamed", "dropped", "source",
    "properties", "navigations",
}  # fmt: skip
_ENUM = {"members", "wire", "source"}
_TERM = {"type", "applies"}
_PERMISSIONS = {"delegated", "application", "also_least"}
_OPERATION = _PERMISSIONS | {
    "request", "status", "query", "ignores", "limit", "members", "options", "action", "parameters", "returns",
    "refused", "required", "updatable", "like", "root", "source",
}  # fmt: skip
_PROBLEM = {"status", "code", "message", "confidence", "source", "headers"}
_FLAGS = {
    "key": "is_key", "computed": "is_computed", "readonly": "is_readonly", "server": "is_server",
    "immutable": "is_immutable", "by-id": "is_by_id", "url": "is_url", "localized": "is_localized",
    "unfiltered": "is_unfiltered",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word stands, and which names of types and sources are known there."""

    where: str
    names: frozenset[str]
    sources: frozenset[str]
    source: str

    def at(self, name: str, source: str | None = None) -> Place:
        """The place of a line of this name below this one."""
        return replace(self, where=f"{self.where}.{name}", source=source or self.source)


class ContractError(Exception):
    """A contract file says something the loader does not understand; the message names file, place and expectation."""


@cache
def load(version: str) -> Contract:
    """The contract of `v1.0` or `beta`, with its overlays laid on. Raises ContractError."""
    names = OVERLAYS[version]
    if len(names) > 1:
        load("v1.0")  # so that what is wrong below an overlay is told of its own file
    return build([(name, _read(name)) for name in names])


@cache
def load_problems() -> dict[str, ProblemRow]:
    """All rows of `problems.toml` by id."""
    return build_problems("problems.toml", _read("problems.toml"))


def build(files: list[tuple[str, dict[str, Any]]]) -> Contract:
    """Lay the given (name, table) files over each other, the first being complete, and check every word."""
    merged: dict[str, Any] = {}
    for name, table in files:
        _known(table, _FILE, name)
        _stamp_sources(table, is_overlay=bool(merged))
        _overlay(merged, table)
    where = files[-1][0]
    enums = {name: _enum(name, table, f"{where}: enum.{name}") for name, table in merged.get("enum", {}).items()}
    place = _place(merged, where)
    types = _types(merged, place)
    operations = {
        name: _operation(name, table, merged, types, replace(place, where=f"{where}: operation.{name}"))
        for name, table in merged.get("operation", {}).items()
    }
    terms = []
    for name, table in merged.get("term", {}).items():
        _known(table, _TERM, f"{where}: term.{name}")
        _needed(table, _TERM, f"{where}: term.{name}")
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
        _known(row, _PROBLEM, where)
        _needed(row, _PROBLEM - {"headers"}, where)
        rows[id_] = ProblemRow(id=id_, headers=row.get("headers", {}), **{k: row[k] for k in _PROBLEM - {"headers"}})
    return rows


def _read(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
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


def _known(table: dict[str, Any], words: Iterable[str], where: str) -> None:
    for key in table:
        if key not in words:
            raise ContractError(f"{where}: unknown word '{key}'{_nearest(key, words)}")


def _needed(table: dict[str, Any], words: Iterable[str], where: str) -> None:
    missing = sorted(set(words) - set(table))
    if missing:
        raise ContractError(f"{where}: needs {', '.join(missing)}")


def _nearest(word: str, words: Iterable[str]) -> str:
    known = sorted(words)
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean '{near[0]}'?" if near else f"; expected one of {', '.join(known)}"


def _enum(name: str, table: dict[str, Any], where: str) -> EnumType:
    _known(table, _ENUM, where)
    _needed(table, {"members"}, where)
    members = tuple(table["members"].split())
    wire = table.get("wire", {})
    for member in wire:
        if member not in members:
            raise ContractError(f"{where}: wire names '{member}'{_nearest(member, members)}")
    return EnumType(name, members, wire, table["source"])


def _place(merged: dict[str, Any], where: str) -> Place:
    kept = {
        name
        for kind in ("complex", "entity")
        for name, table in merged.get(kind, {}).items()
        if not table.get("dropped")
    }
    names = frozenset(SCALARS | kept | set(merged.get("enum", ())))
    return Place(where, names, frozenset(merged["sources"]), "csdl")


def _types(merged: dict[str, Any], place: Place) -> dict[str, StructuredType]:
    plain = {
        name: _type(name, kind, merged[kind][name], replace(place, where=f"{place.where}: {kind}.{name}"))
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


def _type(name: str, kind: str, table: dict[str, Any], place: Place) -> StructuredType:
    _known(table, _TYPE, place.where)
    base = table.get("base")
    if base and base not in place.names:
        raise ContractError(f"{place.where}.base: unknown type '{base}'{_nearest(base, place.names)}")
    lines = table.get("properties", {})
    removed, renamed = table.get("removed", []), table.get("renamed", {})
    for word in [*removed, *renamed]:
        if word not in lines:
            reason = f"removes or renames '{word}', which is not there{_nearest(word, lines)}"
            raise ContractError(f"{place.where}: {reason}")
    own = tuple(
        property_line(renamed.get(line, line), line, text, place.at(line, table["source"]))
        for line, text in lines.items()
        if line not in removed
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
        tolerated=frozenset(table.get("tolerated", ())),
        aliases=table.get("aliases", {}),
        source=table["source"],
    )


def property_line(name: str, stored: str, text: str, place: Place) -> Property:
    """Read one line such as `String notnull fill="" @seen`. Raises ContractError."""
    type_, *words = text.split() or [""]
    values: dict[str, Any] = {}
    fill_source = None
    for word in words:
        head, equals, tail = word.partition("=")
        if word == "notnull":
            values["is_nullable"] = False
        elif word in _FLAGS:
            values[_FLAGS[word]] = True
        elif equals and head in ("default", "fill"):
            values[head] = _literal(tail, place)
        elif head == "default-from" and tail:
            values["default_from"] = tail
        elif word.startswith("@") and word[1:] in place.sources:
            fill_source = word[1:]
        else:
            known = {"notnull", "default=", "default-from=", "fill=", *_FLAGS, *(f"@{each}" for each in place.sources)}
            raise ContractError(f"{place.where}: unknown word '{word}'{_nearest(word, known)}")
    type_ref = _type_ref(type_, place)
    return Property(name=name, stored=stored, type=type_ref, source=place.source, fill_source=fill_source, **values)


def _literal(text: str, place: Place) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ContractError(f"{place.where}: '{text}' is not a JSON value") from error


def _type_ref(text: str, place: Place) -> TypeRef:
    is_collection = text.startswith("[") and text.endswith("]")
    name = text[1:-1] if is_collection else text
    if name not in place.names:
        raise ContractError(f"{place.where}: unknown type '{name}'{_nearest(name, place.names)}")
    return TypeRef(name, is_collection)


def _navigation(name: str, text: str, place: Place) -> Navigation:
    type_, *words = text.split()
    target = instance = _type_ref(type_, place).name
    is_readonly = False
    while words:
        word = words.pop(0)
        if word == "readonly":
            is_readonly = True
        elif word == "as" and words:
            instance = _type_ref(words.pop(0), place).name
        else:
            raise ContractError(f"{place.where}: unknown word '{word}'{_nearest(word, {'readonly', 'as'})}")
    return Navigation(name, target, instance, is_readonly, place.source)


def _permissions(table: dict[str, Any]) -> Permissions:
    return Permissions(
        delegated=tuple(table["delegated"]) if "delegated" in table else None,
        application=tuple(table["application"]) if "application" in table else None,
        also_least={kind: tuple(names) for kind, names in table.get("also_least", {}).items()},
    )


def _operation(
    name: str, table: dict[str, Any], merged: dict[str, Any], types: dict[str, StructuredType], place: Place
) -> Operation:
    _known(table, _OPERATION, place.where)
    _needed(table, {"request"}, place.where)
    method, _, path = table["request"].partition(" ")
    segments = tuple(None if segment == "{}" else segment for segment in path.split("/"))
    set_, type_ = _target(segments, types, place.where, table.get("action"))
    returns = _type_ref(table["returns"], place) if "returns" in table else None
    like = merged["operation"].get(table["like"]) if "like" in table else table
    if like is None:
        raise ContractError(f"{place.where}.like: '{table['like']}'{_nearest(table['like'], merged['operation'])}")
    lines = types[type_].by_name if type_ else {}
    for word in table.get("required", ()):
        if word not in lines:
            raise ContractError(f"{place.where}.required: '{word}'{_nearest(word, lines)}")
    root = table.get("root")
    if root is not None:
        _known(root, _PERMISSIONS, f"{place.where}.root")
    parameters = tuple(
        property_line(each, each, text, place.at(each)) for each, text in table.get("parameters", {}).items()
    )
    if "refused" not in table:
        _needed(table, {"status"}, place.where)
    return Operation(
        name=name,
        method=method,
        segments=segments,
        kind=_kind(method, segments, table.get("action"), place),
        type=returns.name if returns else type_,
        set=set_,
        status=table.get("status", 0),
        permissions=_permissions(like),
        root_permissions=_permissions(root) if root is not None else None,
        source=table.get("source", "docs"),
        permission_source="guess" if "like" in table else "data",
        query=tuple(table.get("query", ())),
        ignores=frozenset(table.get("ignores", ())),
        limit=table.get("limit"),
        members=tuple(table.get("members", ())),
        options=tuple(_option(option, text, place.at(option)) for option, text in table.get("options", {}).items()),
        action=table.get("action"),
        parameters=parameters,
        returns=returns,
        refused=table.get("refused"),
        required=tuple(table.get("required", ())),
        updatable=tuple(table.get("updatable", ())),
    )


def _option(name: str, text: str, place: Place) -> QueryParameter:
    type_, *words = text.split() or [""]
    for word in words:
        if word != "required":
            raise ContractError(f"{place.where}: unknown word '{word}'{_nearest(word, {'required'})}")
    return QueryParameter(name, _type_ref(type_, place).name, bool(words))


def _kind(method: str, segments: tuple[str | None, ...], action: str | None, place: Place) -> str:
    if action:
        return "action"
    if segments[-1] == "$count":
        return "count"
    on_item = {"GET": "get", "PATCH": "update", "DELETE": "delete"}
    on_set = {"GET": "list", "POST": "create"}
    kinds = on_item if segments[-1] is None else on_set
    if method not in kinds:
        raise ContractError(f"{place.where}.request: method '{method}'{_nearest(method, kinds)}")
    return kinds[method]


def _target(
    segments: tuple[str | None, ...], types: dict[str, StructuredType], where: str, action: str | None
) -> tuple[str | None, str | None]:
    """The last navigation of the path and the concrete type of its items, followed from the root."""
    current, found = types["solutionsRoot"], None
    for segment in segments:
        if segment in (None, "$count", action):
            continue
        navigation = current.navigation.get(segment or "")
        if navigation is None:
            raise ContractError(f"{where}.request: '{segment}'{_nearest(str(segment), current.navigation)}")
        found, current = navigation, types[navigation.instance]
    return (found.name, found.instance) if found else (None, None)
