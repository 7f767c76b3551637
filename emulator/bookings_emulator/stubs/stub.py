"""One stub as a value: which requests it is for, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from bookings_emulator.json_values import contains, texts_in

_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")


class Stub(NamedTuple):
    """A method and a path template below the version, such as `POST /users/{id}/sendMail`, with a fixed answer.

    `query` are query parameters the request must have, with these values; `wanted` is JSON that the body must contain.
    Strings in `headers` and `body` may contain placeholders: those of the path, and `caller.name`, `caller.upn`,
    `caller.id` and `origin`. It answers `times` times, then the stub before it does. `given` is what it
    was made from, with its name.
    """

    name: str
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    wanted: Any
    status: int
    headers: Mapping[str, str]
    body: Any
    permissions: frozenset[str] = frozenset()
    times: int | None = None
    given: Mapping[str, Any] = {}

    @property
    def request(self) -> str:
        """The method and the template, as they were given."""
        return f"{self.method} /{'/'.join(self.segments)}"

    def match_path(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The values of the placeholders if a path fits the template; None if it does not."""
        if len(segments) != len(self.segments):
            return None
        found = {}
        for pattern, segment in zip(self.segments, segments, strict=True):
            placeholder = _PLACEHOLDER.fullmatch(pattern)
            if placeholder:
                found[placeholder[1]] = segment
            elif pattern.lower() != segment.lower():
                return None
        return found

    def takes(self, method: str, query: str, body: Any) -> bool:
        """Whether the method, the query and the JSON of a request are those that it is for."""
        if method != self.method:
            return False
        given = parse_qs(query, keep_blank_values=True) if self.query else {}
        if any(value not in given.get(name, ()) for name, value in self.query.items()):
            return False
        return self.wanted is None or contains(body, self.wanted)


def segments_of(path: str) -> tuple[str, ...]:
    """The segments of a path below the version, unescaped; keys in parentheses are segments of their own."""
    return tuple(unquote(segment) for segment in _split_keys(path.strip("/")).split("/"))


def _split_keys(path: str) -> str:
    """`users('x')/sendMail` as `users/x/sendMail`."""
    return re.sub(r"\('([^/]*)'\)(?=/|$)", r"/\1", path)


def fill_placeholders(value: Any, facts: Mapping[str, str]) -> Any:
    """JSON with facts in the placeholders of its texts; what there is no fact for stays as it is."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {name: fill_placeholders(item, facts) for name, item in value.items()}
    if isinstance(value, list):
        return [fill_placeholders(item, facts) for item in value]
    return value


def placeholders_in(value: Any) -> set[str]:
    """The placeholders that the texts of JSON name."""
    return {name for text in texts_in(value) for name in _PLACEHOLDER.findall(text)}
