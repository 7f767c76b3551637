"""The diary of a recipe: finds free time for its appointments, so that nobody is booked twice while there is room."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

OPENS, CLOSES = 8, 17
OPENING = time(OPENS)
CELL = timedelta(minutes=15)
CELLS = timedelta(hours=CLOSES - OPENS) // CELL


class Offer(NamedTuple):
    """A service as the diary sees it: its record, how long it lasts, and the quarter hours it takes with its buffer."""

    service: dict[str, Any]
    duration: timedelta
    cells: int


class Diary:
    """Who is free when: a room is one member on one working day, a row of quarter hours of which the taken are bits."""

    def __init__(self, chance: Random, days: list[date], offers: list[Offer]) -> None:
        self._chance = chance
        self._offers: dict[str, list[Offer]] = {}
        for offer in sorted(offers, key=lambda each: each.cells):
            for member in offer.service["staffMemberIds"]:
                self._offers.setdefault(member, []).append(offer)
        self._rooms = [(member, day) for member in self._offers for day in days]
        self._empty()

    def book(self) -> tuple[Offer, str, datetime]:
        """Take a free stretch → service, member, local start. Where there is none left, members get booked twice."""
        while True:
            if not self._open:
                self._empty()
            at = self._chance.randrange(len(self._open))
            room = self._open[at]
            member, day = self._rooms[room]
            offers = self._offers[member]
            for offer in (self._chance.choice(offers), offers[0]):
                start = self._gap(room, offer.cells)
                if start is not None:
                    self._taken[room] |= ((1 << offer.cells) - 1) << start
                    return offer, member, datetime.combine(day, OPENING) + start * CELL
            self._open[at] = self._open[-1]  # not even the shortest service fits
            self._open.pop()

    def _empty(self) -> None:
        self._taken = [0] * len(self._rooms)
        self._open = list(range(len(self._rooms)))

    def _gap(self, room: int, cells: int) -> int | None:
        """Where a stretch fits: at the first place after some moment of the day, else before it."""
        taken, needed = self._taken[room], (1 << cells) - 1
        last = CELLS - cells
        first = self._chance.randint(0, last)
        return next((each for each in (*range(first, last + 1), *range(first)) if not taken >> each & needed), None)
