"""Records in memory: rows by id in the order they came, appointments also by start; it keeps, and decides nothing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bookings_emulator.domain.outcome import BUSINESSES, CURRENCIES, Change, Drop, Put, Record
from bookings_emulator.times import date_time_time_zone, parse_duration, shifted

_BUFFERS = ("preBuffer", "postBuffer")


class Row:
    """A record and the bytes it was last shown as, by version and view; a change makes a new row."""

    __slots__ = ("record", "shown")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.shown: list[bytes | None] | None = None


class Table:
    """The rows of one set of one business, by id."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def put(self, record: Record) -> None:
        self.rows[record["id"]] = Row(record)

    def drop(self, record_id: str) -> None:
        del self.rows[record_id]

    def copy(self) -> Table:
        other = type(self)()
        other.rows = dict(self.rows)
        return other


class Calendar(Table):
    """Appointments, which are also found by time: starts are kept sorted.

    The longest length there ever was bounds the look back, the longest buffer how far buffers can reach into a window.
    """

    __slots__ = ("_buffer", "_longest", "_starts")

    def __init__(self) -> None:
        super().__init__()
        self._starts: list[tuple[str, str]] = []  # stored times are UTC of one form: their text sorts as they do
        self._longest = timedelta()
        self._buffer = timedelta()

    def put(self, record: Record) -> None:
        if record["id"] in self.rows:
            self._forget(record["id"])
        insort(self._starts, (record["startDateTime"]["dateTime"], record["id"]))
        self._longest = max(self._longest, parse_duration(record["duration"]) or timedelta())
        self._buffer = max(self._buffer, *(parse_duration(record[each]) or timedelta() for each in _BUFFERS))
        super().put(record)

    def drop(self, record_id: str) -> None:
        self._forget(record_id)
        super().drop(record_id)

    def copy(self) -> Calendar:
        other = Calendar()
        other.rows, other._starts = dict(self.rows), list(self._starts)
        other._longest, other._buffer = self._longest, self._buffer
        return other

    def between(self, start: datetime, end: datetime) -> Iterator[Row]:
        """Rows that overlap the window, by start; what ends at its start or starts at its end stays out."""
        first, last = _text(start), _text(end)
        low = bisect_left(self._starts, (_text(shifted(start, -self._longest)), ""))
        high = bisect_left(self._starts, (last, ""))
        for moment, record_id in self._starts[low:high]:
            row = self.rows[record_id]
            if moment >= first or row.record["endDateTime"]["dateTime"] > first:
                yield row

    def around(self, start: datetime, end: datetime) -> Iterator[Row]:
        """Rows that overlap the window or come so near that their buffers may, by start."""
        return self.between(shifted(start, -self._buffer), shifted(end, self._buffer))

    def _forget(self, record_id: str) -> None:
        start = self.rows[record_id].record["startDateTime"]["dateTime"]
        del self._starts[bisect_left(self._starts, (start, record_id))]


class _Business:
    __slots__ = ("row", "tables")

    def __init__(self, record: Record, tables: dict[str, Table]) -> None:
        self.row = Row(record)
        self.tables = tables


class Store:
    """All records of a tenant: what rules may see (`domain.outcome.State`); `apply` is the only way to change."""

    def __init__(self) -> None:
        self._businesses: dict[str, _Business] = {}
        self._currencies = Table()

    # what rules see

    def business(self, business_id: str) -> Record | None:
        found = self._businesses.get(business_id.lower())
        return found.row.record if found else None

    def business_ids(self) -> Iterable[str]:
        return (each.row.record["id"] for each in self._businesses.values())

    def record(self, set_name: str, business_id: str, record_id: str) -> Record | None:
        row = self.row(set_name, business_id, record_id)
        return row.record if row else None

    def records(self, set_name: str, business_id: str) -> Iterable[Record]:
        return (each.record for each in self.rows(set_name, business_id))

    def appointments_around(self, business_id: str, start: datetime, end: datetime) -> Iterable[Record]:
        table = self._table("appointments", business_id)
        return [each.record for each in table.around(start, end)] if isinstance(table, Calendar) else []

    # what is shown

    def row(self, set_name: str, business_id: str, record_id: str) -> Row | None:
        if set_name == BUSINESSES:
            found = self._businesses.get(record_id.lower())
            return found.row if found else None
        table = self._table(set_name, business_id)
        return table.rows.get(record_id) if table else None

    def rows(self, set_name: str, business_id: str) -> list[Row]:
        """All rows of a set in the order they were made."""
        if set_name == BUSINESSES:
            return [each.row for each in self._businesses.values()]
        table = self._table(set_name, business_id)
        return list(table.rows.values()) if table else []

    def rows_between(self, business_id: str, start: datetime, end: datetime) -> list[Row]:
        """Appointments that overlap a window, by start."""
        table = self._table("appointments", business_id)
        return list(table.between(start, end)) if isinstance(table, Calendar) else []

    # what changes

    def apply(self, changes: Iterable[Change]) -> None:
        """Keep what a rule decided. Changes come from rules that have seen this very state, so none can fail."""
        for change in changes:
            match change:
                case Put(set_name, "", record) if set_name == BUSINESSES:
                    self._put_business(record)
                case Drop(set_name, "", record_id) if set_name == BUSINESSES:
                    del self._businesses[record_id.lower()]
                case Put():
                    self._table_of(change).put(change.record)
                case Drop():
                    self._table_of(change).drop(change.record_id)

    def forget_shown(self) -> None:
        """Drop the bytes kept beside the rows, because records are shown otherwise from now on."""
        for business in self._businesses.values():
            for row in (business.row, *(row for table in business.tables.values() for row in table.rows.values())):
                row.shown = None
        for row in self._currencies.rows.values():
            row.shown = None

    def save(self) -> Store:
        """A copy that shares the records, which nobody changes in place."""
        other = Store()
        other.restore(self)
        return other

    def restore(self, saved: Store) -> None:
        """Become, in place, what was saved; the saved store stays usable."""
        self._businesses = {
            key: _Business(each.row.record, {name: table.copy() for name, table in each.tables.items()})
            for key, each in saved._businesses.items()
        }
        self._currencies = saved._currencies.copy()

    def _put_business(self, record: Record) -> None:
        known = self._businesses.get(record["id"].lower())
        self._businesses[record["id"].lower()] = _Business(record, known.tables if known else {})

    def _table(self, set_name: str, business_id: str) -> Table | None:
        if set_name == CURRENCIES:
            return self._currencies
        found = self._businesses.get(business_id.lower())
        return found.tables.get(set_name) if found else None

    def _table_of(self, change: Change) -> Table:
        """The table a change is about, made with the first record of its set."""
        if change.set_name == CURRENCIES:
            return self._currencies
        tables, name = self._businesses[change.business_id.lower()].tables, change.set_name
        if name not in tables:
            tables[name] = Calendar() if name == "appointments" else Table()
        return tables[name]


def _text(moment: datetime) -> str:
    return date_time_time_zone(moment)["dateTime"]
