"""Rows by id in the order they were made: the records of one set of one business, and what is kept beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bookings_emulator.domain.outcome import Record

_FAR = 500  # rows that are passed over one by one; for a place behind them the rows are listed


class Row:
    """A record and the bytes it was last shown as, by version and view; a change makes a new row."""

    __slots__ = ("record", "shown")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.shown: list[bytes | None] | None = None


class Table:
    """The rows of one set of one business, by id; as a sequence they stand in the order they were made."""

    __slots__ = ("_listed", "rows")

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._listed: list[Row] | None = None  # the rows by place, while none comes, goes or changes

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __getitem__(self, part: slice) -> list[Row]:
        """The rows of some places: a page costs what its rows cost, wherever in the table it begins."""
        if self._listed is None:
            if part.stop is not None and (part.start or 0) <= _FAR:
                return list(islice(self.rows.values(), part.start, part.stop))
            self._listed = list(self.rows.values())
        return self._listed[part]

    def put(self, record: Record) -> None:
        """Keep a record, new or changed."""
        self._listed = None
        self.rows[record["id"]] = Row(record)

    def drop(self, record_id: str) -> None:
        """Forget a record."""
        self._listed = None
        del self.rows[record_id]

    def renew(self) -> None:
        """Have rows of its own, which no copy shares and beside which nothing is kept."""
        self._listed = None
        self.rows = {record_id: Row(each.record) for record_id, each in self.rows.items()}

    def copy(self) -> Table:
        """The same rows in a table of its own."""
        other = type(self)()
        other.rows = dict(self.rows)
        return other
