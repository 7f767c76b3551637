"""The emulator inside another program: served by a thread on a free port, and stopped with the program."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from bookings_emulator.app import App, create_app
from bookings_emulator.certificates import passing_authority, server_context
from bookings_emulator.client.client import IN_PROCESS, Client
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.client.in_process import loop_of_calls
from bookings_emulator.serving.serve import http_protocol, listen
from bookings_emulator.settings import Settings
from bookings_emulator.tenants import Https
from bookings_emulator.wire.head_limit import bound_heads
from bookings_emulator.wire.http import Receive, Scope, Send

if TYPE_CHECKING:
    import uvicorn

    from bookings_emulator.client.literals import Auth, QuirkName
    from bookings_emulator.client.word_types import Given

HOST = "127.0.0.1"


class Emulator:
    """An emulator on its own port, in a thread of this process.

    `with Emulator("clinic", seed=1, now="2026-01-05T08:00:00Z") as bookings:` returns the Client of its default
    tenant; `start` and `stop` do the same for `setUpClass` and similar. The arguments are those of `create_app`;
    `persona` is the caller. `port` 0 picks a free port, and so does `Settings(https=0)` for https, with its own
    authority. Raises FixtureError, QuirkError, FaultError, ScenarioError, CertificateError and OSError (the port is in
    use).
    """

    def __init__(  # noqa: PLR0913 - each is given by its name
        self,
        *fixtures: Given,
        fixture: Given | Sequence[Given] | None = None,
        scenario: Given | None = None,
        persona: str | None = None,
        seed: int | None = 1,
        now: datetime | str | None = None,
        quirks: Mapping[QuirkName, Any] | None = None,
        faults: Iterable[str | Mapping[str, Any]] = (),
        auth: Auth | None = None,
        deliver_to: Iterable[str] = (),
        name: str = "default",
        domain: str | None = None,
        settings: Settings | None = None,
        port: int = 0,
    ) -> None:
        self.app: App = create_app(  # the ASGI application
            *fixtures, fixture=fixture, scenario=scenario, seed=seed, now=now, quirks=quirks, faults=faults,
            auth=auth, deliver_to=deliver_to, name=name, domain=domain, settings=settings,
        )  # fmt: skip
        self._persona = persona
        self._port = port
        self._running: _Running | None = None

    def start(self) -> Client:
        """Start serving; returns the client of the default tenant, which `stop` closes."""
        if self._running is not None:
            raise RuntimeError(f"this emulator is already serving at {self._running.client.url}")
        self._running = _Running(self.app, self._port)
        return _called_by(self._persona, self._running.client, self.stop)

    def stop(self) -> None:
        """Stop serving; does nothing if it is not serving."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Client:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class InProcess:
    """An emulator without a socket: its client calls it in this process, and so does `client.transport`.

    `with InProcess("clinic") as bookings:` takes what `Emulator` takes, but a port.
    """

    def __init__(self, *fixtures: Given, **words: Any) -> None:
        self._fixtures = fixtures
        self._words = words
        self._client: Client | None = None

    def __enter__(self) -> Client:
        words = {"seed": 1, **self._words}
        persona = words.pop("persona", None)
        app = create_app(*self._fixtures, **words)
        self._client = Client(IN_PROCESS, key=app.tenants.settings.key, app=InLoop(app, loop_of_calls()))
        return _called_by(persona, self._client, self._client.close)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._client is not None:
            self._client.close()


def _called_by(persona: str | None, client: Client, stop: Callable[[], None]) -> Client:
    """The client as that of a persona. Raises ControlError where there is none of that name; then all has ended."""
    client.persona = persona
    try:
        client.token()
    except ControlError:
        stop()
        raise
    return client


class _Running:
    """A server in its thread."""

    def __init__(self, app: App, port: int) -> None:
        from bookings_emulator.serving.server import Server  # with uvicorn, which is slow to import

        settings = app.tenants.settings
        self._app = app
        with ExitStack() as opened:  # before the thread begins, so that nobody has to wait until it is ready
            listener = opened.enter_context(listen(HOST, port, option="port").socket)
            url = f"http://{HOST}:{listener.getsockname()[1]}"
            self._served = [(Server(_config(app), app.release), listener)]
            if settings.https is not None:
                secure = opened.enter_context(listen(HOST, settings.https, option="settings.https").socket)
                self._served.append((Server(_config(app, _certified(app, secure)), app.release), secure))
            opened.pop_all()
        app.tenants.serve_at(url)
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._serve, name="bookings-emulator", daemon=True)
        self._thread.start()
        self.client = Client(url, key=settings.key, app=InLoop(app, self._loop.result()))

    def _serve(self) -> None:
        async def work() -> None:
            await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in self._served))

        with asyncio.Runner() as runner:
            self._loop.set_result(runner.get_loop())
            runner.run(work())

    def stop(self) -> None:
        self.client.close()
        for server, _ in self._served:
            server.stop()
        self._thread.join()
        self._app.close()


def _certified(app: App, listener: socket.socket) -> ssl.SSLContext:
    """What a listener of https needs, made of an authority for this run, of which the emulator is told."""
    port = listener.getsockname()[1]
    authority, file = passing_authority(port)
    ca = str(file.resolve()) if file else None
    app.tenants.https = Https(port, authority.cert_pem.bytes(), ca, is_kept=False)
    return server_context(authority)


def _config(app: App, tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    import uvicorn

    config = uvicorn.Config(
        app, http=http_protocol(), log_config=None, access_log=False, server_header=False, date_header=False,
        lifespan="off", ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    config.load()
    config.http_protocol_class = bound_heads(config.http_protocol_class)
    config.ssl = tls
    return config


class InLoop:
    """An ASGI application whose work is done in the loop of another thread, so that one thread changes a tenant."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request here, answer it there, and send the answer here. Nothing of it is streamed."""
        if scope["type"] != "http":
            raise RuntimeError(f"the emulator serves http only; got {scope['type']}")
        asked = [await receive()]
        while asked[-1].get("more_body"):
            asked.append(await receive())
        answered: list[Any] = []

        async def work() -> None:
            coming = iter(asked)

            async def hear() -> Any:
                return next(coming, {"type": "http.disconnect"})

            async def say(message: Any) -> None:
                answered.append(message)

            await self._app(scope, hear, say)

        try:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), self._loop))
        finally:
            for message in answered:
                await send(message)
