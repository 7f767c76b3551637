"""Variables in the texts of a scenario, and JSON pointers: what `{name}` and `/value/0/id` stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bookings_emulator.json_values import texts_in

_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
NULL = "<null>"


class Missing(Exception):
    """Nothing stands where a pointer leads; the message says how far it came."""


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """The same JSON with every `{name}` replaced; a text that is nothing else becomes the value itself, of any type."""
    if isinstance(value, dict):
        return {fill(name, variables): fill(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [fill(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    whole = _VARIABLE.fullmatch(value)
    if whole and whole[1] in variables:
        return variables[whole[1]]
    return _VARIABLE.sub(lambda found: str(variables.get(found[1], found[0])), value)


def sent(value: Any) -> Any:
    """The same JSON with `<null>` as null, which TOML cannot write."""
    if isinstance(value, dict):
        return {name: sent(each) for name, each in value.items()}
    if isinstance(value, list):
        return [sent(each) for each in value]
    return None if value == NULL else value


def variables_in(value: Any) -> Iterator[str]:
    """The names of all variables in a JSON value."""
    for text in texts_in(value):
        yield from _VARIABLE.findall(text)


def point(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901; empty for the whole) leads to; `-1` is the last item of a list. Raises Missing."""
    came = ""
    for part in pointer.split("/")[1:]:
        word = part.replace("~1", "/").replace("~0", "~")
        came = f"{came}/{part}"
        if isinstance(value, dict) and word in value:
            value = value[word]
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", word) and -len(value) <= int(word) < len(value):
            value = value[int(word)]
        else:
            raise Missing(f"there is no value at {came}")
    return value
