"""Looking into JSON values: the texts in them, and whether one contains another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, in order, the names of members included."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


def contains(value: Any, part: Any) -> bool:
    """Whether JSON holds a part: objects member by member, lists item by item in any order, plain values equal."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(
            name in value and contains(value[name], each) for name, each in part.items()
        )
    if isinstance(part, list):
        return isinstance(value, list) and all(any(contains(item, each) for item in value) for each in part)
    return bool(value == part) and isinstance(value, bool) == isinstance(part, bool)
