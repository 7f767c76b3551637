"""The journal: the newest exchanges of a tenant, with the plain reasons behind opaque answers."""

from __future__ import annotations

from collections import deque

from emulator.exchange import Exchange

CAPACITY = 1000
BODY = 16 * 1024  # of a body that is kept


class Journal:
    """Keeps the last CAPACITY exchanges, and counts those it had to let go."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.exchanges: deque[Exchange] = deque(maxlen=CAPACITY)
        self.dropped = 0

    def note(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        self.dropped += len(self.exchanges) == CAPACITY
        self.exchanges.append(exchange)
