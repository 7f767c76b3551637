"""Appointments by time and by the keys of their customers: those wanted are found without looking at the others."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import merge

from bookings_emulator.domain.outcome import Record
from bookings_emulator.domain.self_service import manage_keys
from bookings_emulator.store.table import Row, Table
from bookings_emulator.times import parse_duration, seven_decimals, shifted

_NOTHING = timedelta()
_MINUTE = timedelta(minutes=1)

_Place = tuple[str, str]  # start and id; stored times are UTC of one form, so that their text sorts as they do


class Calendar(Table):
    """Appointments, which are also found by time.

    Each stands in a lane with others that reach about as far: its length with its buffers, rounded up to a power of two
    in minutes. A window is looked for in every lane, as far around it as that lane reaches, so that one appointment of
    a year makes nobody look through a year of short ones.
    """

    __slots__ = ("_keys", "_lanes")

    def __init__(self) -> None:
        super().__init__()
        self._lanes: dict[int, list[_Place]] = {}
        self._keys: dict[str, str] = {}  # by which customers manage an appointment → its id

    def put(self, record: Record) -> None:
        known = self.rows.get(record["id"])
        lane, place = _lane(record), _place(record)
        if known is None or (lane, place) != (_lane(known.record), _place(known.record)):
            if known is not None:
                self._forget(known.record)
            places = self._lanes.setdefault(lane, [])
            if not places or places[-1] < place:  # bookings mostly come in the order of their times
                places.append(place)
            else:
                insort(places, place)
        if known is not None:
            self._forget_keys(known.record)
        for key in manage_keys(record):
            self._keys[key] = record["id"]
        super().put(record)

    def drop(self, record_id: str) -> None:
        self._forget(self.rows[record_id].record)
        self._forget_keys(self.rows[record_id].record)
        super().drop(record_id)

    def copy(self) -> Calendar:
        other = Calendar()
        other.rows = dict(self.rows)
        other._lanes = {lane: list(places) for lane, places in self._lanes.items()}
        other._keys = dict(self._keys)
        return other

    def of_key(self, key: str) -> Row | None:
        """The row that customers manage by a key, whatever its case."""
        return self.rows.get(self._keys.get(key.lower(), ""))

    def between(self, start: datetime, end: datetime) -> Iterator[Row]:
        """Rows that overlap the window, by start; what ends at its start or starts at its end stays out."""
        first, last = _text(start), _text(end)
        for moment, record_id in self._near(start, end):
            if moment < last:
                row = self.rows[record_id]
                if moment >= first or row.record["endDateTime"]["dateTime"] > first:
                    yield row

    def around(self, start: datetime, end: datetime) -> Iterator[Row]:
        """Rows that overlap the window or come so near that their buffers may, by start."""
        return (self.rows[record_id] for _, record_id in self._near(start, end))

    def _near(self, start: datetime, end: datetime) -> Iterator[_Place]:
        """Where appointments stand that may reach into the window, by start and one at a time."""
        found: list[list[_Place]] = []
        for lane, places in self._lanes.items():
            reach = _MINUTE * (1 << lane)
            low = bisect_left(places, (_text(shifted(start, -reach)), ""))
            high = bisect_left(places, (_text(shifted(end, reach)), ""))
            found.append(places[low:high])
        return merge(*found)

    def _forget(self, record: Record) -> None:
        lane, place = _lane(record), _place(record)
        places = self._lanes[lane]
        del places[bisect_left(places, place)]
        if not places:
            del self._lanes[lane]

    def _forget_keys(self, record: Record) -> None:
        for key in manage_keys(record):
            self._keys.pop(key, None)


def _lane(record: Record) -> int:
    """The power of two of minutes that an appointment reaches at most from its start, in either direction."""
    return _lane_of(record["duration"], record["preBuffer"], record["postBuffer"])


@lru_cache(maxsize=1024)
def _lane_of(*lengths: str) -> int:
    reach = sum((max(parse_duration(each) or _NOTHING, _NOTHING) for each in lengths), _NOTHING)
    return (reach // _MINUTE).bit_length()


def _place(record: Record) -> _Place:
    return record["startDateTime"]["dateTime"], record["id"]


def _text(moment: datetime) -> str:
    return f"{seven_decimals(moment)}Z"
