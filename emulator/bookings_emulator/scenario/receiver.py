"""A local webhook receiver for the time of a run: it answers 200 to everything and keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
