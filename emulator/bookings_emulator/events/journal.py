"""The journal: the newest exchanges of a tenant, numbered as they were answered, within bounds of count and memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import NamedTuple

from bookings_emulator.exchange import Exchange, Response

CAPACITY = 1000  # exchanges
BODY = 16 * 1024  # bytes kept of one body
MEMORY = 16 * 1024 * 1024  # characters and bytes of all that is kept
_MODERATE = 256 * 1024  # bytes of an answer that is held to see whether it comes again
TAIL = 2048  # bytes kept of the end of a longer answer, where the link to the next page stands


@dataclass(slots=True, eq=False, repr=False)
class Entry:
    """One exchange in the journal. Its bodies are cut at BODY; `sent` and `answered` are their sizes in bytes.

    `number` counts from 1; `arrived` is when it was asked, in seconds of a clock of its own that only moves on;
    `tail` is the end of an answer that was cut, `kept` how much of what a client chose is held: bodies, path, query,
    headers and the reason that quotes them.
    """

    number: int
    exchange: Exchange
    arrived: float
    sent: int
    answered: int
    tail: bytes = b""
    kept: int = 0


Listener = Callable[[Entry], None]


class _Cut(NamedTuple):
    """A long answer, and what is kept of it."""

    whole: bytes
    begin: bytes
    tail: bytes


class Journal:
    """Keeps the newest exchanges, and counts those it had to let go."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.follower: Listener | None = None  # told of every exchange, before who waits for one
        self.clear()

    def clear(self) -> None:
        """Forget everything, and count from 1 again; who listens goes on listening."""
        self.entries: deque[Entry] = deque()
        self.last = 0
        self._forgotten = 0
        self._memory = 0
        self._last_cut = _Cut(b"", b"", b"")

    def forget(self) -> None:
        """Forget what is kept, and go on counting; what is forgotten on purpose is not counted as dropped."""
        self.entries.clear()
        self._last_cut = _Cut(b"", b"", b"")
        self._forgotten, self._memory = self.last, 0

    @property
    def dropped(self) -> int:
        """How many exchanges there was no room for."""
        return self.dropped_after(0)

    def dropped_after(self, since: int) -> int:
        """How many exchanges with a number greater than `since` there was no room for."""
        return max(0, self.last - len(self.entries) - max(since, self._forgotten))

    @property
    def held(self) -> str:
        """The numbers of the exchanges that are kept, in words."""
        first = self.last - len(self.entries) + 1
        return f"numbers {first} to {self.last}" if self.entries else "none"

    def note(self, exchange: Exchange) -> None:
        """Keep an exchange, and tell who listens. Called once it has its response, before that is sent."""
        request, response = exchange.request, exchange.response
        sent, answered = len(request.body), len(response.body) if response else 0
        kept = sent + answered
        tail = b""
        if sent > BODY or answered > BODY:
            tail = self._cut(exchange)
            kept = min(sent, BODY) + min(answered, BODY) + len(tail)
        headers = request.headers
        kept += len(request.path) + len(request.query) + sum(map(len, headers)) + sum(map(len, headers.values()))
        kept += len(exchange.reason) if exchange.reason else 0
        if exchange.remarks:
            kept += sum(len(each.text) for each in exchange.remarks)
        self.last += 1
        entry = Entry(self.last, exchange, monotonic() - exchange.duration / 1000, sent, answered, tail, kept)
        self.entries.append(entry)
        self._memory += kept
        while self._memory > MEMORY or len(self.entries) > CAPACITY:
            self._memory -= self.entries.popleft().kept
        if self.follower:
            self.follower(entry)
        if self.listeners:
            for listener in list(self.listeners):
                listener(entry)

    def _cut(self, exchange: Exchange) -> bytes:
        """Cut bodies that are too long, in copies since the response is still to be sent; the end of a longer answer.

        A list that is polled is the same bytes again and again, and then so is what is kept of it.
        """
        request, response = exchange.request, exchange.response
        if len(request.body) > BODY:
            exchange.request = replace(request, body=request.body[:BODY])
        if response is None or len(response.body) <= BODY:
            return b""
        whole = response.body
        cut = self._last_cut if self._last_cut.whole is whole else _Cut(whole, whole[:BODY], whole[-TAIL:])
        if len(whole) <= _MODERATE:
            self._last_cut = cut
        exchange.response = Response(response.status, response.headers, cut.begin)
        return cut.tail

    def find(self, number: int) -> Entry | None:
        """The exchange of a number, if it is still there."""
        first = self.last - len(self.entries) + 1
        return self.entries[number - first] if first <= number <= self.last else None
