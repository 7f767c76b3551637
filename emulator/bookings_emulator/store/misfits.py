"""What is wrong with a fixture, in words: every misfit with its place, what was expected and what it got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from bookings_emulator.contract.api import api
from bookings_emulator.contract.sets import references_of
from bookings_emulator.documents.json_schema import SCALAR_SCHEMAS, fixture_schema
from bookings_emulator.domain.outcome import BUSINESSES
from bookings_emulator.masking import mask_at
from bookings_emulator.problem import did_you_mean

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST = 100  # misfits that are told
_LONGEST = 200  # characters of a value that is shown
_EXAMPLES = {
    "Duration": "a duration such as PT30M or P1D",
    "TimeOfDay": "a time of day such as 08:30:00",
    "Date": "a date such as 2026-01-05",
    "DateTimeOffset": "a date-time such as 2026-01-05T08:00:00Z",
}
_BY_PATTERN = {SCALAR_SCHEMAS[name]["pattern"]: example for name, example in _EXAMPLES.items()}


def misfits(data: Any, version: str) -> list[str]:
    """All that the schema of fixtures refuses in some data, in the order of their places; at most `MOST`."""
    from jsonschema import Draft202012Validator  # slow to import

    found = Draft202012Validator(fixture_schema(api(version).contract)).iter_errors(data)
    told = [word_misfit(each) for each in sorted(found, key=lambda each: [str(step) for step in each.absolute_path])]
    left = [f"… and {len(told) - MOST} more"] if len(told) > MOST else []
    return [*told[:MOST], *left]


def word_misfit(error: ValidationError) -> str:
    """One misfit: its place, what was expected, what it got."""
    from jsonschema.exceptions import best_match

    deepest: Any = best_match([error]) or error
    place = f"at {deepest.json_path}: "
    if deepest.validator == "additionalProperties":
        known = deepest.schema["properties"]
        strange = next(each for each in deepest.instance if each not in known and "@" not in each)
        return place + word_strange(strange, known)
    instance = mask_at(deepest.absolute_path, deepest.instance)
    shown = orjson.dumps(instance, default=str).decode()
    found = f"\n  got: {shown if len(shown) <= _LONGEST else shown[:_LONGEST] + ' …'}"
    if deepest.validator == "enum" and isinstance(instance, str):
        known = [each for each in deepest.schema["enum"] if isinstance(each, str)]
        return f"{place}{word_strange(instance, known)}{found}"
    if deepest.validator == "pattern" and deepest.validator_value in _BY_PATTERN:
        return f"{place}expected {_BY_PATTERN[deepest.validator_value]}{found}"
    message = str(deepest.message).replace(repr(deepest.instance), repr(instance))
    return f"{place}{message}{found}"


def word_strange(word: str, known: Iterable[str]) -> str:
    """That a word is none of those there are, and which one is near."""
    known = list(known)
    return f"expected one of {', '.join(known)}; got '{word}'{did_you_mean(word, known)}"


def doubts(data: Any) -> list[str]:
    """What a fixture may say and nobody is likely to mean: ids that lead nowhere, and permissions that nearly exist."""
    found = [*_dangling_ids(data), *_dangling_roles(data), *_doubtful_permissions(data)]
    return found[:MOST]


def _dangling_ids(data: Any) -> Iterator[str]:
    served = api("v1.0")
    for number, business in enumerate(_items_of(data.get(BUSINESSES))):
        ids = {name: {each.get("id") for each in _items_of(business.get(name))} for name in served.sets}
        for name in served.sets:
            for index, record in enumerate(_items_of(business.get(name))):
                place = f"$.{BUSINESSES}[{number}].{name}[{index}]"
                yield from _dangling_of(record, place, ids)


def _dangling_of(value: Any, place: str, ids: dict[str, set[Any]]) -> Iterator[str]:
    """The ids inside a value that lead to no record."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _dangling_of(each, f"{place}[{index}]", ids)
    if not isinstance(value, dict):
        return
    for name, each in value.items():
        target = _references().get(name)
        if target is None or target not in ids:
            yield from _dangling_of(each, f"{place}.{name}", ids)
            continue
        for id_ in each if isinstance(each, list) else [each]:
            if isinstance(id_, str) and id_ and id_ not in ids[target]:
                known = [str(other) for other in ids[target] if other]
                yield f"at {place}.{name}: no record of {target} has the id '{id_}'{did_you_mean(id_, known)}"


def _dangling_roles(data: Any) -> Iterator[str]:
    there = {str(each.get("id", "")).lower() for each in _items_of(data.get(BUSINESSES))}
    for index, persona in enumerate(data.get("personas", ())):
        for business in persona.get("roles", {}):
            if business != "*" and business.lower() not in there:
                yield f"at $.personas[{index}].roles: there is no business '{business}'{did_you_mean(business, there)}"


def _doubtful_permissions(data: Any) -> Iterator[str]:
    tables = (each.permissions for each in api("v1.0").contract.operations.values())
    known = {name for table in tables if table for names in table.accepted.values() for name in names}
    for index, persona in enumerate(data.get("personas", ())):
        for name in persona.get("permissions", ()):
            near = get_close_matches(name, known, 1, cutoff=0.85)
            hint = did_you_mean(name, near)
            if near and name not in known:
                yield f"at $.personas[{index}].permissions: '{name}' is not a permission of Bookings{hint}"


@cache
def _references() -> dict[str, str]:
    return references_of(api("v1.0").contract)


def _items_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, list) else []
