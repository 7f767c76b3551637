"""The short way of a request: what arrived whole is answered at once, in one write and without a task.

A subclass of uvicorn's protocol; whatever is unusual in a request goes uvicorn's own way, and so does everything where
that class is not the one that is expected here. Both ways give the same bytes (`tests/test_ways.py`).
"""

from __future__ import annotations

import logging
from asyncio import TimerHandle
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from bookings_emulator.wire.http import Scope, Written

MOST = 64 * 1024  # bytes of a body, and of a path whose parts are remembered
_SHORT = 8 * 1024  # bytes of a body that is copied behind its head
_NAME = itemgetter(0)
_UNUSUAL = frozenset({b"transfer-encoding", b"upgrade", b"x-forwarded-for", b"x-forwarded-proto"})
_FAILED = STATUS_LINE[500] + (
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\nconnection: close\r\n\r\nInternal Server Error"
)
# what is used of the class above; without one of these it is not the class that is expected
_METHODS = ("data_received", "on_headers_complete", "on_body", "on_message_complete", "connection_lost")
_STATE = ("cycle", "expect_100_continue", "flow", "headers", "limit_concurrency", "loop", "parser", "pipeline", "scope",
          "server_state", "timeout_keep_alive", "transport")  # fmt: skip

Answer = Callable[[Scope, bytes], Written | None]


def is_expected() -> bool:
    """Whether the installed uvicorn has the class that this one builds upon."""
    return all(callable(getattr(HttpToolsProtocol, each, None)) for each in _METHODS)


class Direct(HttpToolsProtocol):
    """Answers by the application's `answer` where it has one and the request is of the usual kind."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        is_complete = all(hasattr(self, each) for each in _STATE)
        self._answer: Answer | None = getattr(self.config.app, "answer", None) if is_complete else None
        self._body: bytes | None = None  # of a request whose head is here, and that is not answered yet
        self._answered: Any = None  # the scope of the last request that was answered here
        self._since = 0.0  # when that was
        self._timer: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._body is not None and not self.transport.is_closing():  # there is more to come
            self._take_long_way()

    def on_headers_complete(self) -> None:
        if self._answer is not None and self._is_usual():
            self._body = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body
            if len(self._body) > MOST:
                self._take_long_way()

    def on_message_complete(self) -> None:
        if self._body is None:
            super().on_message_complete()
            return
        scope: Any = self.scope
        body = self._body
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"], scope["raw_path"], scope["query_string"] = _parts(self.url)
        try:
            written = self._answer(scope, body) if self._answer else None
        except Exception:  # the parser would make a complaint about the request of it
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
            self._body = None
            self.transport.write(_FAILED)
            self.transport.close()
            return
        if written is None:
            self._take_long_way()
            super().on_message_complete()
            return
        self._body, self._answered = None, scope
        self._write(b"%b%b\r\n" % (STATUS_LINE[written.status], written.head), written.body)
        self.server_state.total_requests += 1
        self._keep_alive()

    def _write(self, head: bytes, body: bytes) -> None:
        """Write an answer as one; of a long one that is left to the loop, which need not copy it."""
        if len(body) <= _SHORT:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _is_usual(self) -> bool:
        """Whether nothing waits before this request, and nothing in it asks for more than an answer."""
        parser = self.parser
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not (self.pipeline or self.expect_100_continue or self.flow.write_paused)
            and self.limit_concurrency is None
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and parser.get_method() not in (b"HEAD", b"CONNECT")
            and _UNUSUAL.isdisjoint(map(_NAME, self.headers))
        )

    def _take_long_way(self) -> None:
        """Let uvicorn go on from the head of the request, with what has come of its body."""
        body, self._body = self._body, None
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _keep_alive(self) -> None:
        """Have the connection closed when nothing comes for a while; one timer serves many answers."""
        self._since = self.loop.time()
        if self._timer is None:
            self._timer = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _look(self) -> None:
        left = self._since + self.timeout_keep_alive - self.loop.time()
        self._timer = self.loop.call_later(left, self._look) if left > 0 else None
        if left <= 0 and self.scope is self._answered:  # else another request has begun
            self.timeout_keep_alive_handler()


def _parts(url: bytes) -> tuple[str, bytes, bytes]:
    """Path, path as it was written, and query of the target of a request, as uvicorn reads them."""
    return _parse_again(url) if len(url) <= 1024 else _parse(url)


def _parse(url: bytes) -> tuple[str, bytes, bytes]:
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return unquote(path) if "%" in path else path, parsed.path, parsed.query or b""


_parse_again = lru_cache(maxsize=1024)(_parse)
