"""Transports of httpx that call the emulator in this process, without a socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import cache
from typing import Any, NamedTuple, TypeVar

import httpx

Asgi = Callable[..., Any]
Headers = Iterable[tuple[bytes, bytes]]
_Result = TypeVar("_Result")


class Call(NamedTuple):
    """An HTTP request as values; `path` and `query` are percent-encoded bytes."""

    method: str
    scheme: str
    host: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Answer(NamedTuple):
    """An HTTP response as values."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def call_app(app: Asgi, call: Call, prefix: str = "") -> Answer:
    """Call an ASGI application; `prefix` leads to a tenant (`/tenants/t1`), unless the path does so itself.

    Raises ConnectionError if a fault ends the connection before the whole response came.
    """
    messages: list[dict[str, Any]] = []
    asked = iter([{"type": "http.request", "body": call.body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(asked, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(_scope_of(call, prefix), receive, send)
    if not messages or messages[-1].get("more_body", messages[-1]["type"] == "http.response.start"):
        raise ConnectionAbortedError("the emulator closed the connection before the whole response was sent")
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], list(messages[0]["headers"]), body)


def _scope_of(call: Call, prefix: str) -> dict[str, Any]:
    path = call.path if call.path.startswith(b"/tenants/") else prefix.encode() + call.path
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": call.scheme,
        "path": _unquote(path),
        "raw_path": path,
        "query_string": call.query,
        "headers": [(name.lower(), value) for name, value in call.headers],
        "server": (call.host, 443 if call.scheme == "https" else 80),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }


def _unquote(path: bytes) -> str:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("utf-8", "replace")


class Transport(httpx.BaseTransport):
    """A synchronous transport: `httpx.Client(transport=bookings.transport)` calls the tenant, whatever the host."""

    def __init__(self, app: Asgi, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises httpx.RemoteProtocolError if a fault ends the connection."""
        request.read()
        call = read_request(request, request.content)
        try:
            answer = wait_for(call_app(self._app, call, self._prefix))
        except ConnectionError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)


class AsyncTransport(httpx.AsyncBaseTransport):
    """An asynchronous transport: `httpx.AsyncClient(transport=bookings.async_transport)`."""

    def __init__(self, app: Asgi, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises httpx.RemoteProtocolError if a fault ends the connection."""
        await request.aread()
        call = read_request(request, request.content)
        try:
            answer = await call_app(self._app, call, self._prefix)
        except ConnectionError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)


def read_request(request: httpx.Request, body: bytes) -> Call:
    """A request of httpx as values."""
    path, _, query = request.url.raw_path.partition(b"?")
    return Call(request.method, request.url.scheme, request.url.host, path, query, request.headers.raw, body)


def wait_for(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do asynchronous work from code that is not, also where a loop runs in this thread already."""
    return asyncio.run_coroutine_threadsafe(work, loop_of_calls()).result()


@cache
def loop_of_calls() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own, for the whole process: made with the first call."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="bookings-in-process", daemon=True).start()
    return loop
