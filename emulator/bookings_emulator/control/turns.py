"""Long answers of the control plane, made piece by piece: between two pieces others have their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import TypeVar

Piece = TypeVar("Piece")
TURN = 0.005  # seconds of work, after which whoever waits is answered first


async def collect_in_turns(pieces: Iterable[Piece]) -> list[Piece]:
    """All pieces, each of which is made when it is asked for; other calls are answered after every TURN seconds.

    They are to be made of what does not change meanwhile: of a copy of the journal, not of the journal.
    """
    collected = []
    since = perf_counter()
    for each in pieces:
        collected.append(each)
        if perf_counter() - since >= TURN:
            await asyncio.sleep(0)
            since = perf_counter()
    return collected
