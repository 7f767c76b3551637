"""A pytest plugin: every request that tests make of an emulator goes both ways first, and the bytes are compared.

    python -m pytest -p tests.both_ways tests/test_wire.py

The long way is uvicorn's own protocol, the short one that of `serving/direct.py`; tenants are put back between them.
Only tenants whose clock stands are asked, since others give every answer another date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bookings_emulator.app import App
from bookings_emulator.exchange import Request
from bookings_emulator.serving.direct import Direct
from bookings_emulator.tenant import Tenant
from tests import conftest

COUNTS = {"compared": 0, "short": 0}
_ASKED: list[App] = []  # the applications that are being asked both ways


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 8365) if name in ("sockname", "peername") else default

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def connect(app: Any, kind: type[HttpToolsProtocol]) -> tuple[HttpToolsProtocol, Transport]:
    """A connection to an application, in the loop that runs."""
    config = Config(
        app, http=kind, log_config=None, access_log=False, server_header=False, date_header=False, lifespan="off",
        ws="none",
    )  # fmt: skip
    config.load()
    protocol, transport = kind(config, ServerState(), {}, asyncio.get_running_loop()), Transport()
    protocol.connection_made(transport)
    return protocol, transport


async def send(app: Any, kind: type[HttpToolsProtocol], *pieces: bytes) -> bytes:
    """What a connection answers to bytes that come piece by piece."""
    protocol, transport = connect(app, kind)
    for piece in pieces:
        protocol.data_received(piece)
        await asyncio.sleep(0)
    while protocol.tasks:
        await asyncio.wait(list(protocol.tasks))
    for _ in range(3):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport.sent


def raw(request: Request) -> bytes:
    """A request as it stands on the wire."""
    target = request.path + (f"?{request.query}" if request.query else "")
    headers = {"host": "localhost:8365", **request.headers}
    if request.body or request.method in ("POST", "PATCH", "PUT"):
        headers["content-length"] = str(len(request.body))
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + request.body


@contextmanager
def put_back(tenants: list[Tenant]) -> Iterator[None]:
    """Have nothing happened, the journal included."""
    before = [(each, each.save(), copy(vars(each.journal)), each.journal.entries.copy()) for each in tenants]
    yield
    for tenant, saved, journal, entries in before:
        tenant.restore(saved)
        vars(tenant.journal).update(journal, entries=entries)


async def compare(app: App, question: bytes) -> None:
    """Hold what both ways answer to a question against each other."""
    tenants = list(app.tenants)
    if not all(each.clock.frozen for each in tenants):
        return
    answers = []
    _ASKED.append(app)
    for kind in (HttpToolsProtocol, Direct):
        with put_back(tenants):
            answers.append(await send(app, kind, question))
    _ASKED.remove(app)
    COUNTS["compared"] += 1
    assert answers[1] == answers[0], f"both ways differ for {question[:200]!r}"


@pytest.fixture(autouse=True)
def _both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_call, plain_serve, plain_answer = conftest.Graph.call, App.__call__, App.answer

    def call(self: conftest.Graph, method: str, url: str, body: Any = None, **options: Any) -> conftest.Answer:
        request = conftest.request_of(method, url, body, **options)
        if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
            asyncio.run(compare(App(self.tenant), raw(request)))
        return plain_call(self, method, url, body, **options)

    async def serve(self: App, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or "/_emulator" in scope["path"] or self in _ASKED:
            await plain_serve(self, scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        await compare(self, _raw_of(scope, b"".join(each.get("body", b"") for each in messages)))
        coming = iter(messages)

        async def again() -> Any:
            return next(coming, None) or await receive()

        await plain_serve(self, scope, again, send)

    def answer(self: App, scope: Any, body: bytes) -> Any:
        written = plain_answer(self, scope, body)
        COUNTS["short"] += written is not None
        return written

    monkeypatch.setattr(conftest.Graph, "call", call)
    monkeypatch.setattr(App, "answer", answer)
    monkeypatch.setattr(App, "__call__", serve)


def _raw_of(scope: Any, body: bytes) -> bytes:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    headers.pop("content-length", None)
    headers.pop("transfer-encoding", None)
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return raw(Request(scope["method"], path, query, headers, body, ""))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"both ways: {COUNTS['compared']} compared, {COUNTS['short']} answered the short way")
