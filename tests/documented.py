"""Holds every answer that the tests get from the control plane, by httpx, to its OpenAPI document.

Undeclared members, statuses and content types are failures of the test that met them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import httpx
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from bookings_emulator.control.openapi import control_openapi
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.documents.verdict import UnknownWordError, _Compiler

PLANE = re.compile(r"(?:.*/)?_emulator(/[^?]*)?")
TOO_LARGE = 431  # what the server refuses before it knows whom the headers are for
Schema = dict[str, Any]
held: Counter[str] = Counter()  # how many answers of each operation were held to the document


@cache
def document() -> Schema:
    """The document as a caller gets it."""
    return json.loads(json.dumps(control_openapi("http://localhost:8365", ROUTES)))


@cache
def operations() -> list[tuple[str, re.Pattern[str], Schema]]:
    """Method, path and what the document says of every operation; those without parameters come first."""
    found = [
        (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda each: each[1].pattern.count("[^/]+"))


def operation_of(method: str, path: str) -> Schema | None:
    """The operation that a call is for, None where there is none."""
    found = PLANE.fullmatch(path)
    if found is None:
        return None
    own = f"/_emulator{found[1] or ''}"
    return next((each for verb, form, each in operations() if verb == method and form.fullmatch(own)), None)


@cache
def compiled(media: str, name: str, status: str) -> Callable[[Any], str | None]:
    """What says of a body why it does not fit; quick where it does."""
    responses = next(each["responses"] for _, _, each in operations() if each["operationId"] == name)
    schema = resolve(responses[status])["content"][media]["schema"]
    whole = Draft202012Validator({**schema, "components": document()["components"]})
    try:
        is_fit = _Compiler(document()).compile(schema)
    except UnknownWordError:
        is_fit = whole.is_valid

    def tell(body: Any) -> str | None:
        try:
            if is_fit(body):
                return None
        except UnknownWordError:
            pass
        error = best_match(whole.iter_errors(body))
        return f"at {error.json_path}: {error.message[:500]}" if error else None

    return tell


def resolve(value: Schema) -> Schema:
    """What stands behind a reference."""
    place: Any = document()
    for step in value["$ref"].removeprefix("#/").split("/") if "$ref" in value else ():
        place = place[step]
    return place if "$ref" in value else value


def misfit(method: str, path: str, status: int, media: str, content: bytes | None) -> str | None:
    """Why an answer is none that the document declares; None where it is one. Content that is None was not read."""
    operation = operation_of(method, path)
    if operation is None:
        return None if status in (403, 404, 405) else f"{status}, though the document has no such operation"
    name, family = operation["operationId"], f"{status // 100}XX"
    declared = str(status) if str(status) in operation["responses"] else family
    if declared not in operation["responses"]:
        return f"status {status} is not declared"
    known = resolve(operation["responses"][declared]).get("content", {})
    held[name] += 1
    if not known:
        return None if not content else f"a body came with {status}"
    kind = media.partition(";")[0]
    if kind not in known:
        return f"content type {media} is not declared; known are {', '.join(known)}"
    if content is None or not kind.endswith("json"):
        return None
    return compiled(kind, name, declared)(json.loads(content))


def hold(response: httpx.Response) -> None:
    """Fail where a response of the control plane is none that its document declares."""
    request = response.request
    path = unquote(request.url.raw_path.decode().partition("?")[0], errors="replace")
    raw = request.url.raw_path.decode().partition("?")[0]
    if "/_emulator" not in path or request.method in ("HEAD", "OPTIONS") or response.status_code == TOO_LARGE:
        return
    content = response.content if response.is_closed and hasattr(response, "_content") else None
    why = misfit(request.method, raw, response.status_code, response.headers.get("content-type", ""), content)
    assert why is None, f"{request.method} {request.url} answered what its OpenAPI document does not say: {why}"


@contextmanager
def holding() -> Iterator[None]:
    """Hold all responses that httpx gets, in whatever thread."""
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    def held_send(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        response = send(self, request, **options)
        if not isinstance(self._transport, httpx.MockTransport):
            hold(response)
        return response

    async def held_send_async(self: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        response = await send_async(self, request, **options)
        if not isinstance(self._transport, httpx.MockTransport):
            hold(response)
        return response

    with patch.object(httpx.Client, "send", held_send), patch.object(httpx.AsyncClient, "send", held_send_async):
        yield
