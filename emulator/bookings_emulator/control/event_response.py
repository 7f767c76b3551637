"""A response of Server-Sent Events: pieces as they come, until the reader goes, is too slow, or the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bookings_emulator.tenants import Tenants

TRANSPORT = "bookings.transport"  # in the scope: what the answer is written to, None in process
PATIENCE = 10.0  # seconds in which a reader must have taken what was sent before


class EventResponse(Response):
    """Sends `pieces`; one that is END stands for `last`, which is also sent when the server ends.

    A reader that has not taken a piece in PATIENCE seconds is cut off: what it should read would pile up otherwise.
    """

    END = b"end"
    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes], last: bytes, tenants: Tenants) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces
        self._last = last
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until one of the ends comes."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        loop = asyncio.get_running_loop()
        ending: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not ending.done():
                ending.set_result(None)

        def stop() -> None:
            loop.call_soon_threadsafe(settle)

        self._tenants.waiting.add(stop)
        writing, going = loop.create_task(self._write(scope, send)), loop.create_task(_gone(receive))
        try:
            await asyncio.wait({writing, going, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tenants.waiting.discard(stop)
            for each in (writing, going):
                each.cancel()
            await asyncio.gather(writing, going, return_exceptions=True)
        if ending.done():
            await self._send(scope, send, self._last)
        await self._send(scope, send, b"", is_over=True)

    async def _write(self, scope: Scope, send: Send) -> None:
        async with aclosing(self._pieces) as pieces:
            async for each in pieces:
                is_end = each is self.END
                if not await self._send(scope, send, self._last if is_end else each) or is_end:
                    return

    async def _send(self, scope: Scope, send: Send, piece: bytes, *, is_over: bool = False) -> bool:
        """Send a piece; False where the reader did not take what came before, and is cut off."""
        try:
            async with asyncio.timeout(PATIENCE):
                await send({"type": "http.response.body", "body": piece, "more_body": not is_over})
        except TimeoutError:
            transport: Any = scope.get(TRANSPORT)
            if transport is not None:
                transport.abort()
            return False
        except OSError:  # it has gone
            return False
        return True


def frame_event(kind: str, data: dict[str, Any]) -> bytes:
    """One event as it is sent."""
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(data, default=str))


async def _gone(receive: Receive) -> None:
    """Done when the reader has closed the connection."""
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
