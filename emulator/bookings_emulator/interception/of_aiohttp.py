"""Calls of aiohttp (azure.identity.aio, botbuilder): at its connector, whose connections lead into the emulator.

aiohttp writes the bytes of a request and reads those of a response as ever; h11 stands at the other end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import h11

from bookings_emulator.client.in_process import Answer, Call
from bookings_emulator.interception.hosts import HostRefused, Interception

_PLACE = "_create_connection"  # where a connector opens a connection to a host


def patch_aiohttp(interception: Interception) -> Callable[[], None]:
    """Send what aiohttp would put on a socket to the emulator; what undoes it."""
    from aiohttp import ClientConnectionError, TCPConnector

    connect: Any = getattr(TCPConnector, _PLACE)

    async def create_connection(self: TCPConnector, request: Any, *words: Any, **options: Any) -> Any:
        try:
            is_ours = interception.takes(request.url.host or "")
        except HostRefused as error:
            raise ClientConnectionError(str(error)) from error
        if not is_ours:
            return await connect(self, request, *words, **options)
        protocol = self._factory()
        protocol.connection_made(_Pipe(protocol, interception, request.url.scheme))
        return protocol

    setattr(TCPConnector, _PLACE, create_connection)

    def undo() -> None:
        setattr(TCPConnector, _PLACE, connect)

    return undo


class _Pipe(asyncio.Transport):
    """The other end of a connection: requests that are written come back as responses."""

    def __init__(self, protocol: Any, interception: Interception, scheme: str) -> None:
        super().__init__()
        self._protocol = protocol
        self._interception = interception
        self._scheme = scheme
        self._server = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = b""
        self._is_closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def write(self, data: Any) -> None:
        """Take bytes of a request; a whole one is answered in a task."""
        self._server.receive_data(bytes(data))
        while True:
            event = self._server.next_event()
            match event:
                case h11.Request():
                    self._request, self._body = event, b""
                case h11.Data():
                    self._body += bytes(event.data)
                case h11.EndOfMessage():
                    task = asyncio.get_running_loop().create_task(self._answer())
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                case _:
                    return

    async def _answer(self) -> None:
        assert self._request is not None
        try:
            answer = await self._interception.answer(self._read_request(self._request))
        except ConnectionError as error:
            self._is_closing = True
            self._protocol.connection_lost(error)
            return
        if not self._is_closing:
            self._protocol.data_received(self._write_response(answer))
            self._server.start_next_cycle()

    def _read_request(self, request: h11.Request) -> Call:
        path, _, query = bytes(request.target).partition(b"?")
        headers = [(bytes(name), bytes(value)) for name, value in request.headers]
        host = dict(headers).get(b"host", b"").decode("latin-1").partition(":")[0]
        return Call(bytes(request.method).decode(), self._scheme, host, path, query, headers, self._body)

    def _write_response(self, answer: Answer) -> bytes:
        headers = [pair for pair in answer.headers if pair[0].lower() != b"transfer-encoding"]
        head = self._server.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        body = (self._server.send(h11.Data(data=answer.body)) or b"") if answer.body else b""
        return head + body + (self._server.send(h11.EndOfMessage()) or b"")

    def writelines(self, list_of_data: Any) -> None:
        """Take bytes of a request in pieces."""
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._is_closing

    def close(self) -> None:
        """End the connection."""
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Nothing is known of a connection that there is not."""
        return default

    def pause_reading(self) -> None:
        """Responses come whole, so there is nothing to hold back."""

    def resume_reading(self) -> None:
        """As `pause_reading`."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Requests are taken at once."""

    def get_write_buffer_size(self) -> int:
        """Requests are taken at once."""
        return 0
