"""The contract of the booking page's API as values, read from `page.toml`; and records put into its shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bookings_emulator.contract.model import SCALARS, UNSET, Property
from bookings_emulator.contract.property_lines import (
    ContractError,
    PropertyPlace,
    known,
    nearest,
    needed,
    property_line,
)
from bookings_emulator.contract.tables import read_table

CONFIDENCES = ("high", "medium", "low", "guess")
_FILE = {"base", "personal", "sources", "operation", "enum", "complex"}
_OPERATION = {"name", "request", "status", "returns", "summary", "confidence", "source"}
_TYPE = {"source", "properties"}
_PARAMETER = re.compile(r"\\\{(\w+)\\\}")


class PageOperation(NamedTuple):
    """One operation: `path` is a template below the base, `returns` the type of its answer, None for none."""

    id: str
    name: str
    method: str
    path: str
    status: int
    returns: str | None
    summary: str
    confidence: str
    source: str


class PageContract(NamedTuple):
    """The whole contract. `enums` give the words of the page by those of Graph, `types` members in their order."""

    base: str
    personal: str
    sources: dict[str, str]
    operations: dict[str, PageOperation]
    enums: dict[str, dict[str, str]]
    types: dict[str, tuple[Property, ...]]

    def shape(self, type_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """A value in the shape of a type: every member, in order; enum members are given in the words of Graph."""
        shaped = {line.name: self._member(line, values.get(line.name)) for line in self.types[type_name]}
        strange = values.keys() - shaped.keys()
        if strange:
            raise KeyError(f"{type_name} of the page has no {', '.join(sorted(strange))}")
        return shaped

    def read_word(self, enum: str, word: str) -> str | None:
        """The word of Graph that a client means: it may send that of the page or Graph's own."""
        for graph, page in self.enums[enum].items():
            if word in (graph, page):
                return graph
        return None

    def _member(self, line: Property, value: Any) -> Any:
        if value is None:
            value = None if line.silent is UNSET else line.silent
        if value is None:
            return None
        if line.type.is_collection:
            return [self._single(line.type.name, each) for each in value]
        return self._single(line.type.name, value)

    def _single(self, kind: str, value: Any) -> Any:
        if kind in self.enums:
            return self.enums[kind].get(value, value)
        return self.shape(kind, value) if kind in self.types else value


@cache
def load_page() -> PageContract:
    """The contract of this emulator. Raises ContractError."""
    return build_page("page.toml", read_table(Path(__file__).with_name("page.toml")))


def build_page(where: str, table: dict[str, Any]) -> PageContract:
    """Check every word of a contract file and make the values. Raises ContractError."""
    known(table, _FILE, where)
    needed(table, _FILE, where)
    enums = {name: _read_enum_words(each, f"{where}: enum.{name}") for name, each in table["enum"].items()}
    names = frozenset({*SCALARS, *enums, *table["complex"]})
    place = PropertyPlace(where, names, frozenset(table["sources"]), "graph")
    return PageContract(
        base=table["base"],
        personal=table["personal"],
        sources=table["sources"],
        operations={
            name: _read_page_operation(name, each, table, f"{where}: operation.{name}")
            for name, each in table["operation"].items()
        },
        enums=enums,
        types={
            name: _read_page_type(each, place._replace(where=f"{where}: complex.{name}"))
            for name, each in table["complex"].items()
        },
    )


@cache
def match_base(base: str) -> Callable[[str], re.Match[str] | None]:
    """What finds the business and the rest of a decoded path below the base; words compare without case."""
    pattern = _PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(base))
    return re.compile(f"{pattern}(?P<rest>/.*)?", re.IGNORECASE | re.DOTALL).fullmatch


def find_operation(contract: PageContract, method: str, rest: str) -> tuple[PageOperation, str] | list[str]:
    """The operation of a path below the base with its last key (empty for none), or the methods that the path takes."""
    methods = []
    for each in contract.operations.values():
        found = _compile_page_path(each.path).fullmatch(rest)
        if found and each.method == method:
            return each, next(iter(found.groups()), "")
        if found:
            methods.append(each.method)
    return methods


@cache
def _compile_page_path(template: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub(r"([^/]+)", re.escape(template)) + "/?", re.IGNORECASE)


def _read_page_operation(name: str, row: dict[str, Any], table: dict[str, Any], where: str) -> PageOperation:
    known(row, _OPERATION, where)
    needed(row, _OPERATION - {"returns"}, where)
    for word, value, expected in (
        ("source", row["source"], table["sources"]),
        ("confidence", row["confidence"], CONFIDENCES),
        ("returns", row.get("returns"), (None, *table["complex"])),
    ):
        if value not in expected:
            raise ContractError(f"{where}.{word}: unknown word '{value}'{nearest(str(value), filter(None, expected))}")
    method, _, path = row["request"].partition(" ")
    return PageOperation(id=name, method=method, path=path, **{"returns": None, **_drop_word(row, "request")})


def _drop_word(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in row.items() if each != name}


def _read_enum_words(table: dict[str, Any], where: str) -> dict[str, str]:
    known(table, {"words"}, where)
    needed(table, {"words"}, where)
    return dict(table["words"])


def _read_page_type(table: dict[str, Any], place: PropertyPlace) -> tuple[Property, ...]:
    known(table, _TYPE, place.where)
    needed(table, {"properties"}, place.where)
    source = table.get("source", place.source)
    if source not in place.sources:
        raise ContractError(f"{place.where}.source: unknown word '{source}'{nearest(source, place.sources)}")
    return tuple(property_line(name, name, text, place.at(name, source)) for name, text in table["properties"].items())
