"""JSON values: parsed to a safe depth, searched for text, and compared for containment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import orjson

DEEPEST = 100  # levels of objects and lists, as OData readers allow unless told otherwise


class UnreadableJson(ValueError):
    """A text that is no JSON, or is nested too deep; the message says which."""


def read_json(content: bytes | str) -> Any:
    """The value of a text. Raises UnreadableJson."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableJson(str(error)) from error
    opened = (b"{", b"[") if isinstance(content, bytes) else ("{", "[")
    if sum(map(content.count, opened)) > DEEPEST and is_too_deep(value):  # type: ignore[arg-type]
        raise UnreadableJson(f"it is nested more than {DEEPEST} levels deep")
    return value


def is_too_deep(value: Any) -> bool:
    """Whether a value has more than DEEPEST levels; looked at level by level, so that no depth is too much for it."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for each in level for part in _parts(each) if isinstance(part, dict | list)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


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


def put_values(body: bytes, values: Mapping[str, Any]) -> bytes | None:
    """A JSON text with other values at JSON pointers; None for other texts, and where a pointer leads nowhere."""
    try:
        document = orjson.loads(body)
        for pointer, value in values.items():
            document = put_at_pointer(document, pointer, deepcopy(value))
    except (orjson.JSONDecodeError, LookupError):
        return None
    return orjson.dumps(document)


def put_at_pointer(document: Any, pointer: str, value: Any) -> Any:
    """Put a value at a JSON pointer (RFC 6901), whose parent must be there. Raises LookupError."""
    *way, last = (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:])
    parent = document
    for step in way:
        parent = parent[_step_into(parent, step)]
    if not isinstance(parent, dict):
        parent[_step_into(parent, last)] = value
    else:
        parent[last] = value
    return document


def _step_into(parent: Any, step: str) -> Any:
    """A step of a pointer as the key it is there. Raises LookupError."""
    if isinstance(parent, dict):
        return step
    if isinstance(parent, list) and step.isascii() and step.isdigit() and int(step) < len(parent):
        return int(step)
    raise LookupError(step)
