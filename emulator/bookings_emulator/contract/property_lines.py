"""The small language of contract files: places, known words, property lines; and the refusal of everything else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from bookings_emulator.contract.model import Property, TypeRef
from bookings_emulator.problem import did_you_mean

_FLAGS = {
    "key": "is_key", "computed": "is_computed", "readonly": "is_readonly", "server": "is_server",
    "immutable": "is_immutable", "by-id": "is_by_id", "url": "is_url", "localized": "is_localized",
    "unfiltered": "is_unfiltered", "needed": "is_needed", "zone": "is_zone",
}  # fmt: skip
_NAMES = {"default-from": "default_from", "refers": "refers"}


class PropertyPlace(NamedTuple):
    """Where a word stands, and which names of types and sources are known there."""

    where: str
    names: frozenset[str]
    sources: frozenset[str]
    source: str

    def at(self, name: str, source: str | None = None) -> PropertyPlace:
        """The place of a line of this name below this one."""
        return self._replace(where=f"{self.where}.{name}", source=source or self.source)


class ContractError(Exception):
    """A contract file says something the loader does not understand; the message names file, place and expectation."""


def known(table: dict[str, Any], words: Iterable[str], where: str) -> None:
    """Raise ContractError for the first key of a table that is none of the words."""
    for key in table:
        if key not in words:
            raise ContractError(f"{where}: unknown word '{key}'{nearest(key, words)}")


def needed(table: dict[str, Any], words: Iterable[str], where: str) -> None:
    """Raise ContractError where a table lacks one of the words."""
    missing = sorted(set(words) - set(table))
    if missing:
        raise ContractError(f"{where}: needs {', '.join(missing)}")


def nearest(word: str, words: Iterable[str]) -> str:
    """The end of a refusal: the nearest of the words, or all of them."""
    expected = sorted(words)
    return did_you_mean(word, expected) or f"; expected one of {', '.join(expected)}"


def property_line(name: str, stored: str, text: str, place: PropertyPlace) -> Property:
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
        elif equals and head in ("default", "fill", "least"):
            values[head] = _literal(tail, place)
        elif head in _NAMES and tail:
            values[_NAMES[head]] = tail
        elif word.startswith("@") and word[1:] in place.sources:
            fill_source = word[1:]
        else:
            expected = {
                "notnull",
                "default=",
                "least=",
                *(f"{each}=" for each in _NAMES),
                "fill=",
                *_FLAGS,
                *(f"@{each}" for each in place.sources),
            }
            raise ContractError(f"{place.where}: unknown word '{word}'{nearest(word, expected)}")
    kind = type_ref(type_, place)
    return Property(name=name, stored=stored, type=kind, source=place.source, fill_source=fill_source, **values)


def _literal(text: str, place: PropertyPlace) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ContractError(f"{place.where}: '{text}' is not a JSON value") from error


def type_ref(text: str, place: PropertyPlace) -> TypeRef:
    """`String`, `[phone]`: a scalar, enum or type that is known at the place. Raises ContractError."""
    is_collection = text.startswith("[") and text.endswith("]")
    name = text[1:-1] if is_collection else text
    if name not in place.names:
        raise ContractError(f"{place.where}: unknown type '{name}'{nearest(name, place.names)}")
    return TypeRef(name, is_collection)
