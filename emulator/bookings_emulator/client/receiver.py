"""A local web server that takes notifications, so that a test can wait for them and say how they are answered."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple

_LARGEST_BODY = 4 * 1024 * 1024


class Notification(NamedTuple):
    """One received request: header names in lower case; `body` is the JSON, or the text if it is not JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class _Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A webhook receiver on a free port; every path accepts notifications. Responds with 200 by default."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.notifications: list[Notification] = []  # those that came, in order
        self._replies: deque[_Reply] = deque()
        self._usual = _Reply(200, {}, b"")
        self._has_come = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # who called has gone, and nobody waits for the answer
                    self.close_connection = True

            def do_POST(self) -> None:
                receiver._take(self)

            do_PUT = do_PATCH = do_GET = do_DELETE = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing: what came is in `notifications`."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.url: str = f"http://{host}:{self._server.server_address[1]}/notifications"  # where it listens
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def answer(self, status: int, *, times: int | None = None, body: Any = None, **headers: str) -> None:
        """Respond to the next `times` notifications like this, by default to all; `retry_after="1"` is a header."""
        content = b"" if body is None else json.dumps(body).encode()
        reply = _Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
        with self._has_come:
            if times is None:
                self._usual = reply
                self._replies.clear()
            else:
                self._replies.extend([reply] * times)

    def wait(self, count: int = 1, *, timeout: float = 5.0) -> list[Notification]:
        """Wait until at least `count` notifications have arrived, and return all of them. Raises TimeoutError."""
        end = monotonic() + timeout
        with self._has_come:
            while len(self.notifications) < count:
                if not self._has_come.wait(max(0.0, end - monotonic())) and monotonic() >= end:
                    came = len(self.notifications)
                    raise TimeoutError(f"expected {count} notifications at {self.url} within {timeout} s; got {came}")
            return list(self.notifications)

    def clear(self) -> None:
        """Forget the notifications so far."""
        with self._has_come:
            self.notifications.clear()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        size = int(request.headers.get("content-length") or 0)
        if size > _LARGEST_BODY:
            request.send_error(413, explain=f"expected a body of at most {_LARGEST_BODY} bytes; got {size}")
            return
        content = request.rfile.read(size)
        headers = {name.lower(): value for name, value in request.headers.items()}
        notification = Notification(request.command, request.path, headers, _read(content))
        with self._has_come:
            reply = self._replies.popleft() if self._replies else self._usual
            self.notifications.append(notification)
            self._has_come.notify_all()
        request.send_response(reply.status)
        for name, value in reply.headers.items():
            request.send_header(name, value)
        request.send_header("content-length", str(len(reply.body)))
        request.end_headers()
        request.wfile.write(reply.body)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")
