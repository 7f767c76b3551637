"""Loaded fixtures, kept for the next tenant that starts from the same ones, which then only copies tables."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from bookings_emulator.store.personas import Persona
from bookings_emulator.store.seed import Fixture, shift_of

# what is kept at most, beside the newest; the one that was not wanted for longest goes first
MOST = 16  # plantings
MOST_ROWS = 200_000  # rows in all of them


class Ground(NamedTuple):
    """All that planting depends on; `frozen` is the moment of a clock that stands."""

    fixtures: tuple[Fixture, ...]
    seed: int
    now: datetime
    frozen: datetime | None
    domain: str
    quirks: Mapping[str, bool | str]


class Planting(NamedTuple):
    """What planting gave at a moment: parts of a tenant by name, saved, so that who starts from them copies them."""

    parts: Mapping[str, Any]
    personas: Mapping[str, Persona]
    rows: int
    until: datetime | None  # when the first reminder falls due


class Plantings:
    """The plantings of this process.

    One is good for the rest of its day, as long as fixture times fall on the same week and no reminder has fallen due
    meanwhile; records that no fixture dates were then made when the first tenant of the day was.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], tuple[Ground, Planting]] = {}  # the ground is held: fixtures go by identity

    def find(self, ground: Ground) -> Planting | None:
        """What was planted on the same ground, if it still looks the same."""
        key = _key(ground)
        found = self._kept.pop(key, None)
        if found is None:
            return None
        first, planting = found
        if ground.now < first.now or (planting.until is not None and ground.now >= planting.until):
            return None
        self._kept[key] = found
        return planting

    def keep(self, ground: Ground, planting: Planting) -> None:
        """Remember what was planted."""
        while self._kept and (len(self._kept) >= MOST or self._rows() + planting.rows > MOST_ROWS):
            del self._kept[next(iter(self._kept))]
        self._kept[_key(ground)] = ground, planting

    def _rows(self) -> int:
        return sum(planting.rows for _, planting in self._kept.values())


@cache
def plantings() -> Plantings:
    """Those of this process."""
    return Plantings()


def _key(ground: Ground) -> tuple[Any, ...]:
    day: date | datetime = ground.frozen or ground.now.date()
    shifts: tuple[timedelta, ...] = tuple(shift_of(each, ground.now) for each in ground.fixtures)
    fixtures = tuple(map(id, ground.fixtures))
    return fixtures, shifts, ground.seed, day, ground.domain, frozenset(ground.quirks.items())
