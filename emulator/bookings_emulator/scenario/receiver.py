"""A local webhook receiver for the time of a run: it answers 200 to everything and keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bookings_emulator.scenario.fill import fill
from bookings_emulator.scenario.model import Scenario

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """Listen on a free port of loopback; gives the URL."""
    server = await asyncio.start_server(_receive, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def receiving(scenario: Scenario) -> AsyncIterator[tuple[Scenario, str]]:
    """A scenario whose given knows the receiver of this run, and the URL of that; without one where none is named."""
    if "{receiver}" not in str(scenario.data):
        yield scenario, ""
        return
    async with receiver() as url:
        given = fill(scenario.given, {"receiver": url})
        yield scenario._replace(given=given, data={**scenario.data, "given": given}), url


async def _receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(each[15:]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        writer.write(_ANSWER)
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # whoever called went away
    finally:
        writer.close()
