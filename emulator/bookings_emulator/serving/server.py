"""uvicorn's server as it is used here: signals are left to its caller, and it ends as soon as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from bookings_emulator.error_stream import error_stream
from bookings_emulator.wire.http import Receive, Scope, Send

_PAUSE = 0.005  # seconds between two looks at what is still being answered


class Server(uvicorn.Server):
    """A server for one listener; `at_end` is called when it takes no calls any more.

    What was called before is then answered, as far as the patience of its configuration suffices.
    """

    def __init__(self, config: uvicorn.Config, at_end: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._at_end = at_end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()
        app = config.loaded_app

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            """Call the application; a call that the end of the server cuts off is no defect to log."""
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if not self.should_exit:
                    raise

        config.loaded_app = answer

    def stop(self, *, is_forced: bool = False) -> None:
        """End; forced, without waiting for anybody. Any thread and any signal handler may call it."""
        self.force_exit = self.force_exit or is_forced
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop; the sockets are closed then, also where that came before the beginning."""
        try:
            await super().serve(sockets)
        finally:
            for server in getattr(self, "servers", ()):
                server.close()
            for each in sockets or ():
                each.close()

    async def main_loop(self) -> None:
        """Wait to be told. uvicorn looks ten times a second instead, for dates and limits that are not used here."""
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no calls any more, answer those that are being answered, and close; uvicorn does it in a tenth of a
        second at least."""
        if self._at_end is not None:
            self._at_end()
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while (state.connections or state.tasks) and not self.force_exit:
                    await asyncio.sleep(_PAUSE)
                if not self.force_exit:
                    for server in self.servers:
                        await server.wait_closed()
        except TimeoutError:
            pass
        for connection in list(state.connections):
            connection.transport.abort()
        if state.tasks:
            await asyncio.sleep(_PAUSE)  # so that those who wait for the rest of a request learn that it never comes
        left = list(state.tasks)
        for task in left:
            task.cancel(msg="the server is stopping and did not wait for this call any longer")
        if left:
            calls = "1 call was" if len(left) == 1 else f"{len(left)} calls were"
            error_stream.write(f"{calls} not answered before the emulator stopped\n")
