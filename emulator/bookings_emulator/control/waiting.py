"""The waits of the control plane: until something happens, the time is over, or the server ends."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from bookings_emulator.tenants import Tenants

Verdict = Literal["done", "late", "ended"]


async def wait_for(wanted: asyncio.Future[Any], tenants: Tenants, seconds: float) -> Verdict:
    """Wait until `wanted` is done, at most so many seconds, and no longer than the server runs."""
    loop = asyncio.get_running_loop()
    end: asyncio.Future[None] = loop.create_future()

    def settle() -> None:
        if not end.done():
            end.set_result(None)

    def stop() -> None:
        loop.call_soon_threadsafe(settle)

    tenants.waiting.add(stop)
    try:
        await asyncio.wait({wanted, end}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:  # a server that does not tell when it ends
        return "ended"
    finally:
        tenants.waiting.discard(stop)
    return "done" if wanted.done() else "ended" if end.done() else "late"
