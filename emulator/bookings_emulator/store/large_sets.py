"""Large sets of a fixture: their rows are wanted once, to be planted, and seldom again, so they are kept compressed."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from threading import Lock
from typing import Any
from zlib import compress, decompress

from bookings_emulator.domain.outcome import BUSINESSES

LARGE = 5_000  # rows of a set from which it is kept so
_PIECE = 1_000  # rows that are compressed together


class LargeSet:
    """The rows of a set, in their order.

    Whoever reads them first gets the rows as they were parsed, and nothing else holds them any more; later readers get
    rows that are read again. It is all in memory, so a file may change or vanish.
    """

    def __init__(self, rows: list[Any]) -> None:
        """Raises ValueError for rows that are more than JSON."""
        pieces = (rows[start : start + _PIECE] for start in range(0, len(rows), _PIECE))
        self._packed = [compress(marshal.dumps(each), 1) for each in pieces]
        self._length = len(rows)
        self._parsed: list[Any] | None = rows[::-1]  # until they are read for the first time; the last one goes first
        self._lock = Lock()  # one reader gets them, and no other

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        with self._lock:
            parsed, self._parsed = self._parsed, None
        if parsed is None:
            for piece in self._packed:
                yield from marshal.loads(decompress(piece))
        else:
            while parsed:
                yield parsed.pop()


def pack_large_sets(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a fixture with a LargeSet in the place of each long list of records."""
    return _change_businesses(data, _pack)


def unpack_large_sets(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a fixture as JSON again."""
    return _change_businesses(data, lambda value: list(value) if isinstance(value, LargeSet) else value)


def _pack(value: Any) -> Any:
    if not isinstance(value, list) or len(value) < LARGE:
        return value
    try:
        return LargeSet(value)
    except ValueError:  # who gave it in Python gave more than JSON
        return value


def _change_businesses(data: dict[str, Any], change: Any) -> dict[str, Any]:
    """The same data with every member of a business changed."""
    found = data.get(BUSINESSES)
    businesses = found.get("value") if isinstance(found, dict) else found
    if not isinstance(businesses, list):
        return data
    changed = [{name: change(value) for name, value in each.items()} for each in businesses]
    return {**data, BUSINESSES: {**found, "value": changed} if isinstance(found, dict) else changed}
