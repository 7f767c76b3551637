"""Calls of requests, and of all that is built upon it (MSAL, azure-identity): at its adapter."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bookings_emulator.client.in_process import Answer, Call, wait_for
from bookings_emulator.interception.hosts import HostRefused, Interception


def patch_requests(interception: Interception) -> Callable[[], None]:
    """Send what requests would put on a socket to the emulator; what undoes it."""
    from requests import ConnectionError as ConnectionFailed
    from requests.adapters import HTTPAdapter

    send = HTTPAdapter.send

    def answer(self: HTTPAdapter, request: Any, *words: Any, **options: Any) -> Any:
        try:
            if not interception.takes(urlsplit(request.url).hostname or ""):
                return send(self, request, *words, **options)
            return _build_response(self, request, wait_for(interception.answer(_read_request(request))))
        except HostRefused as error:
            raise ConnectionFailed(str(error), request=request) from error
        except (ConnectionResetError, ConnectionAbortedError) as error:
            raise ConnectionFailed(("Connection aborted.", error), request=request) from error

    HTTPAdapter.send = answer  # type: ignore[method-assign]

    def undo() -> None:
        HTTPAdapter.send = send  # type: ignore[method-assign]

    return undo


def _read_request(request: Any) -> Call:
    parts = urlsplit(request.url)
    headers = [(name.encode("latin-1"), _bytes(value)) for name, value in request.headers.items()]
    if not any(name.lower() == b"host" for name, _ in headers):
        headers.append((b"host", parts.netloc.encode("latin-1")))
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    elif not isinstance(body, str | bytes):
        body = b"".join(_bytes(piece) for piece in body)
    path = (parts.path or "/").encode("latin-1")
    return Call(request.method, parts.scheme, parts.hostname or "", path, parts.query.encode(), headers, _bytes(body))


def _build_response(adapter: Any, request: Any, answer: Answer) -> Any:
    from urllib3 import HTTPHeaderDict, HTTPResponse

    headers = HTTPHeaderDict()
    for name, value in answer.headers:
        headers.add(name.decode("latin-1"), value.decode("latin-1"))
    raw = HTTPResponse(
        body=io.BytesIO(answer.body),
        headers=headers,
        status=answer.status,
        preload_content=False,
        request_method=request.method,
    )
    return adapter.build_response(request, raw)


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text
