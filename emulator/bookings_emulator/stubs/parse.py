"""Reads stubs as tests, fixtures and scenarios write them, and refuses what could never answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bookings_emulator.contract.load import OVERLAYS
from bookings_emulator.headers import SETTABLE, header_text, is_settable
from bookings_emulator.problem import did_you_mean
from bookings_emulator.stubs.stub import Stub, placeholders_in, segments_of

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
CALLER_FACTS = ("caller.name", "caller.upn", "caller.id", "origin")
_REQUEST = re.compile(r"([A-Za-z]+)\s+/(\S+)")
# paths that Bookings answers itself, and what a stub there would hide
_TAKEN = ("solutions/bookingbusinesses", "solutions/bookingcurrencies", "bookingbusinesses", "bookingcurrencies")
_WHOLE_TAKEN = ("$batch", "$metadata", "solutions")
_BARE = frozenset({204, 304})  # answers without a body
# the form of a stub as JSON Schema, for the control plane, fixtures and scenarios
STUB: dict[str, Any] = {
    "type": "object",
    "description": "a fixed response for a path outside Bookings",
    "properties": {
        "request": {
            "type": "string",
            "pattern": r"^(GET|POST|PATCH|PUT|DELETE) /\S+$",
            "description": "method and path below the version, such as POST /users/{id}/sendMail",
        },
        "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]*$", "description": "names the operation stub.NAME"},
        "query": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "parameters that the request must have, with these values",
        },
        "match": {"description": "JSON that the request body must contain, member by member"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599, "description": "default: 200"},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {"description": "JSON; strings can contain placeholders: those of the path, {caller.name}, {origin}"},
        "permissions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "a caller with declared permissions must have one of these; default: any caller",
        },
        "times": {
            "type": "integer",
            "minimum": 1,
            "description": "responds this many times, then the stub that was made before it does; default: always",
        },
    },
    "required": ["request"],
    "additionalProperties": False,
}


class StubError(Exception):
    """A stub that cannot be read or could never answer; the message says where, what was expected and what came."""


def read_stub(given: Mapping[str, Any], number: int, where: str = "stub") -> Stub:
    """A stub of its JSON; `number` names it if it has no name. Raises StubError."""
    members = STUB["properties"]
    for name in given:
        if name not in members:
            known = ", ".join(members)
            raise StubError(f"{where}: unknown member '{name}'; expected {known}{did_you_mean(name, members)}")
    method, segments = _read_request(given.get("request"), where)
    status, body = given.get("status", 200), given.get("body")
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise StubError(f"{where}.status: expected a status from 200 to 599; got {status!r}")
    if status in _BARE and body is not None:
        raise StubError(f"{where}.body: a response with status {status} has no body; got {body!r}")
    times = given.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise StubError(f"{where}.times: expected a whole number of 1 or more; got {times!r}")
    headers = _read_texts(given, "headers", where)
    for name in headers:
        if not is_settable(name):
            raise StubError(f"{where}.headers: expected {SETTABLE}; got {name!r}")
    _check_placeholders(segments, [body, headers], where)
    return Stub(
        name=f"stub.{given.get('name', f's{number}')}",
        method=method,
        segments=segments,
        query=_read_texts(given, "query", where),
        wanted=given.get("match"),
        status=status,
        headers={name: header_text(value) for name, value in headers.items()},
        body=body,
        permissions=frozenset(given.get("permissions", ())),
        times=times,
        given={"name": f"s{number}", **given},
    )


def _read_request(given: Any, where: str) -> tuple[str, tuple[str, ...]]:
    found = _REQUEST.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise StubError(f"{where}.request: expected METHOD /path such as GET /users/{{id}}; got {given!r}")
    method, path = found[1].upper(), found[2]
    if method not in METHODS:
        near = did_you_mean(method, METHODS)
        raise StubError(f"{where}.request: expected one of {', '.join(METHODS)}; got '{found[1]}'{near}")
    if "?" in path:
        raise StubError(f"{where}.request: expected a path without a query (put that into query); got '{given}'")
    version, _, rest = path.partition("/")
    if version in OVERLAYS:
        raise StubError(
            f"{where}.request: a stub applies to v1.0 and beta; write {method} /{rest} instead of '{given}'"
        )
    segments = segments_of(path)
    whole = "/".join(segments).lower()
    if whole in _WHOLE_TAKEN or any(whole == taken or whole.startswith(f"{taken}/") for taken in _TAKEN):
        hint = "to change responses of Bookings, add a fault with POST /_emulator/faults"
        raise StubError(f"{where}.request: '{given}' belongs to Bookings, and a stub would hide it; {hint}")
    return method, segments


def _read_texts(given: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    found = given.get(name, {})
    if not isinstance(found, Mapping) or not all(isinstance(value, str) for value in found.values()):
        raise StubError(f"{where}.{name}: expected an object with string values; got {found!r}")
    return dict(found)


def _check_placeholders(segments: tuple[str, ...], texts: list[Any], where: str) -> None:
    """Refuse dotted placeholders that are not known and single ones that the path has not."""
    there = {name for name in placeholders_in(list(segments)) if "." not in name} | {*CALLER_FACTS}
    for name in sorted(placeholders_in(texts) - there):
        near = did_you_mean(name, there)
        raise StubError(
            f"{where}: unknown placeholder {{{name}}}; known placeholders are {', '.join(sorted(there))}{near}"
        )
