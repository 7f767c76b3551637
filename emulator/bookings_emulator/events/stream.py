"""The stream of a tenant: what happens, numbered and kept for a while, so that readers can follow and come back.

Telling costs the same for no reader and for a thousand: it keeps what happened and wakes those who sleep. Each reader
has a place of its own in what is kept; one that is overtaken by what is let go has lost the thread, and is told so.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from secrets import token_hex
from threading import Lock
from typing import Any

KINDS = {
    "exchange": "a request was answered; the data is the exchange as in the journal with brief=true",
    "event": "something was done: appointmentCreated, webhookDeleted …",
    "message": "Bookings would have sent a message, or a reminder fell due",
    "delivery": "a notification of the connector was made, tried, delivered or given up",
    "fault": "a fault fired",
    "clock": "the clock was set or advanced",
    "reset": "the tenant was reset, or a snapshot or fixture was loaded",
}
CAPACITY = 4096  # happenings
MEMORY = 16 * 1024 * 1024  # bytes of bodies that they hold


@dataclass(slots=True, eq=False, repr=False)
class Happening:
    """One thing that happened.

    `number` counts from 1 and never begins anew; `exchange` is the number of the exchange that caused it, `era` how
    many resets came before; `weight` is what its value holds in bytes, `shown` what readers are sent, once that is
    made.
    """

    number: int
    kind: str
    value: Any
    exchange: int | None
    era: int
    weight: int
    shown: bytes | None = None


class Stream:
    """Keeps the newest happenings of a tenant, and wakes who waits for more. Any thread may tell and read.

    What an exchange causes is told after the exchange itself, although it is known before.
    """

    def __init__(self) -> None:
        self.run = token_hex(4)  # tells the places of one stream from those of another, which counts from 1 as well
        self.last = 0
        self.era = 0
        self.is_closed = False
        self._noted = 0  # the number of the newest exchange
        self._kept: deque[Happening] = deque()
        self._memory = 0
        self._causes: list[tuple[str, Any, int]] = []  # told by an exchange that is still under way
        self._sleepers: list[asyncio.Future[None]] = []
        self._lock = Lock()

    def tell(self, kind: str, value: Any, exchange: int | None = None) -> None:
        """Something happened; what an exchange under way causes is held back until that is over."""
        with self._lock:
            if exchange is not None and exchange > self._noted:
                self._causes.append((kind, value, exchange))
                return
            self._keep(kind, value, exchange)
            if not self._sleepers:
                return
            sleepers, self._sleepers = self._sleepers, []
        _wake(sleepers)

    def tell_exchange(self, entry: Any, number: int, weight: int, more: Iterable[tuple[str, Any]] = ()) -> None:
        """An exchange is over: it, what it caused, and `more` that follows from it."""
        with self._lock:
            self._noted = number
            self._keep("exchange", entry, number, weight)
            if self._causes:
                causes, self._causes = self._causes, []
                for kind, value, exchange in causes:
                    self._keep(kind, value, exchange)
            for kind, value in more:
                self._keep(kind, value, number)
            if not self._sleepers:
                return
            sleepers, self._sleepers = self._sleepers, []
        _wake(sleepers)

    def begin_anew(self, to: str) -> None:
        """The tenant is what it was at the start, or something else: the numbers of its exchanges count from 1."""
        with self._lock:
            self.era += 1
            self._noted = 0
            self._causes.clear()
        self.tell("reset", {"to": to})

    def close(self) -> None:
        """The tenant is gone: who reads comes to the end."""
        with self._lock:
            self.is_closed = True
            sleepers, self._sleepers = self._sleepers, []
        _wake(sleepers)

    @property
    def first(self) -> int:
        """The number of the oldest happening that is kept; one more than the last where there is none."""
        return self.last - len(self._kept) + 1

    def after(self, place: int) -> list[Happening]:
        """What is kept of what came after a number, oldest first."""
        with self._lock:
            count = min(self.last - place, len(self._kept))
            return list(islice(reversed(self._kept), count))[::-1] if count > 0 else []

    def has_more(self, place: int) -> asyncio.Future[None]:
        """Done as soon as there is something after a number. Called in the loop that waits for it."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self.last > place or self.is_closed:
                future.set_result(None)
            else:
                self._sleepers.append(future)
        return future

    def stop_waiting(self, future: asyncio.Future[None]) -> None:
        """A reader has gone, or looks again without being woken."""
        with self._lock, suppress(ValueError):
            self._sleepers.remove(future)

    @property
    def sleepers(self) -> int:
        """How many readers have read everything and wait for more."""
        return len(self._sleepers)

    def _keep(self, kind: str, value: Any, exchange: int | None, weight: int = 0) -> None:
        self.last += 1
        self._kept.append(Happening(self.last, kind, value, exchange, self.era, weight))
        self._memory += weight
        while len(self._kept) > CAPACITY or self._memory > MEMORY:
            self._memory -= self._kept.popleft().weight


def _wake(sleepers: list[asyncio.Future[None]]) -> None:
    """Let readers look again, all those of a loop by one call, whichever thread this is."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for each in sleepers:
        loops.setdefault(each.get_loop(), []).append(each)
    for loop, futures in loops.items():
        with suppress(RuntimeError):  # the loop has ended, and its readers with it
            loop.call_soon_threadsafe(_settle, futures)


def _settle(futures: list[asyncio.Future[None]]) -> None:
    for each in futures:
        if not each.done():
            each.set_result(None)
