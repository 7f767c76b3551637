"""Serves an application on listening sockets, http and https alike, in one loop, until a signal ends it."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from bookings_emulator.error_stream import error_stream
from bookings_emulator.wire.head_limit import bound_heads

if TYPE_CHECKING:
    import ssl


def _is_of_a_defect(record: logging.LogRecord) -> bool:
    """Whether a library warns of more than a call that was given up when the server stopped."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


Work = Callable[[], Awaitable[None]]
# what libraries warn of must not be written past our own stream, where a reader who does not read would stop the loop
_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"defects": {"()": lambda: _is_of_a_defect}},
    "handlers": {"stream": {"class": "bookings_emulator.error_stream.WarningHandler", "filters": ["defects"]}},
    "root": {"handlers": ["stream"], "level": "WARNING"},
}


class ListenError(OSError):
    """An address cannot be listened on; the message says which, and what to do."""


class Listener(NamedTuple):
    """A listening socket, with the certificate of https where it has one."""

    socket: socket.socket
    host: str
    tls: ssl.SSLContext | None = None

    @property
    def port(self) -> int:
        """The port, also where the system has chosen it."""
        return int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """The origin that clients on this machine use."""
        shown = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else in_url(self.host)
        return f"{'https' if self.tls else 'http'}://{shown}:{self.port}"


def listen(host: str, port: int, tls: ssl.SSLContext | None = None, option: str = "--port") -> Listener:
    """Listen on an address; port 0 takes a free one. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol is named, or asyncio does not switch Nagle's algorithm off and every answer waits
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen on {in_url(host)}:{port}: {_explain_bind(host, option, error)}") from error
    listener.listen(2048)
    return Listener(listener, host, tls)


def _explain_bind(host: str, option: str, error: OSError) -> str:
    """Why an address cannot be listened on, and what to do."""
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{host} is not an address of this machine; --host takes one of its own, or 0.0.0.0 for all"
    return f"{error.strerror}; use another {option} (0 picks a free one)"


def in_url(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def run(
    app: Any,
    listeners: Sequence[Listener],
    work: Sequence[Work] = (),
    *,
    at_last: Callable[[], object] | None = None,
) -> None:
    """Serve in this thread until SIGINT or SIGTERM; SIGTERM then ends the process as it would have without us.

    `work` is done in the same loop meanwhile, and cancelled in the end; `at_last` is called when nothing changes any
    more.
    """
    stopped_by = serve(app, listeners, work, at_end=app.release)
    if at_last is not None:
        at_last()
    finish(app)
    if stopped_by == signal.SIGTERM:
        signal.raise_signal(stopped_by)


def finish(app: Any) -> None:
    """Bring the notifications that wait, and say on the error stream how many had to stay behind."""
    left = app.close()
    if left:
        with error_stream.gather():
            error_stream.write(f"{left} notifications were not delivered before the emulator stopped\n")


def serve(
    app: Any,
    listeners: Sequence[Listener],
    work: Sequence[Work] = (),
    *,
    until: threading.Event | None = None,
    at_end: Callable[[], None] | None = None,
) -> int | None:
    """Serve until a signal ends it, and say which; None where `until` was set before.

    `at_end` is called when no calls are taken any more, so that those which wait can be answered.
    """
    from bookings_emulator.serving.server import Server  # with uvicorn, which is slow to import

    servers = [Server(_config(app, each), at_end) for each in listeners]
    caught: list[int] = []

    def stop(number: int, _: Any) -> None:
        caught.append(number)
        for each in servers:
            each.stop(is_forced=len(caught) > 1)

    async def wait(event: threading.Event) -> None:
        await asyncio.get_running_loop().run_in_executor(None, event.wait)
        for each in servers:
            each.stop()

    async def main() -> None:
        tasks = [asyncio.ensure_future(each()) for each in work]
        if until is not None:
            tasks.append(asyncio.ensure_future(wait(until)))
        try:
            await asyncio.gather(*(each.serve([it.socket]) for each, it in zip(servers, listeners, strict=True)))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            error_stream.gather(),
            asyncio.Runner(loop_factory=servers[0].config.get_loop_factory()) as runner,
        ):
            runner.run(main())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return caught[0] if caught else None


def http_protocol() -> Any:
    """The class that speaks HTTP: the one that knows the short way where it can be had, else what uvicorn chooses."""
    try:
        from bookings_emulator.serving.direct import Direct, is_expected
    except ImportError:  # no httptools, or a uvicorn that keeps its class elsewhere
        return "auto"
    return Direct if is_expected() else "auto"


def _config(app: Any, listener: Listener) -> Any:
    import uvicorn

    config = uvicorn.Config(
        app,
        http=http_protocol(),
        log_config=_LOGGING,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.http_protocol_class = bound_heads(config.http_protocol_class)
    config.ssl = listener.tls
    return config
