"""Records in memory: businesses with the tables of their sets; it keeps, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bookings_emulator.domain.outcome import BUSINESSES, CURRENCIES, Change, Drop, Put, Record
from bookings_emulator.store.calendar import Calendar
from bookings_emulator.store.directory import Directory
from bookings_emulator.store.table import Row, Table

_TABLES: dict[str, type[Table]] = {"appointments": Calendar, "customers": Directory}


class _Business:
    __slots__ = ("row", "tables")

    def __init__(self, row: Row, tables: dict[str, Table]) -> None:
        self.row = row
        self.tables = tables


class Store:
    """All records of a tenant: what rules may see (`domain.outcome.State`); `apply` is the only way to change."""

    def __init__(self) -> None:
        self._businesses: dict[str, _Business] = {}
        self._currencies = Table()
        self.version = 0  # counts what changed what is shown

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
        return (each.record for each in table.around(start, end)) if isinstance(table, Calendar) else ()

    def same_person(self, business_id: str, address: str, name: str) -> Record | None:
        table = self._table("customers", business_id)
        return table.same_person(address, name) if isinstance(table, Directory) else None

    def appointment_of_key(self, business_id: str, key: str) -> Record | None:
        table = self._table("appointments", business_id)
        row = table.of_key(key) if isinstance(table, Calendar) else None
        return row.record if row else None

    @property
    def size(self) -> int:
        """How many rows of businesses there are."""
        return sum(len(table) for each in self._businesses.values() for table in each.tables.values())

    # what is shown

    def row(self, set_name: str, business_id: str, record_id: str) -> Row | None:
        if set_name == BUSINESSES:
            found = self._businesses.get(record_id.lower())
            return found.row if found else None
        table = self._table(set_name, business_id)
        return table.rows.get(record_id) if table else None

    def rows(self, set_name: str, business_id: str) -> Table | list[Row]:
        """All rows of a set in the order they were made, as they are: only the part that is taken is copied."""
        if set_name == BUSINESSES:
            return [each.row for each in self._businesses.values()]
        return self._table(set_name, business_id) or []

    def rows_between(self, business_id: str, start: datetime, end: datetime) -> list[Row]:
        """Appointments that overlap a window, by start."""
        table = self._table("appointments", business_id)
        return list(table.between(start, end)) if isinstance(table, Calendar) else []

    # what changes

    def apply(self, changes: Iterable[Change]) -> None:
        """Keep what a rule decided. Changes come from rules that have seen this very state, so none can fail."""
        self.version += 1
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
        """Have new rows, because records are shown otherwise from now on; those that copies share keep their bytes."""
        self.version += 1
        for business in self._businesses.values():
            business.row = Row(business.row.record)
            for table in business.tables.values():
                table.renew()
        self._currencies.renew()

    def save(self) -> Store:
        """A copy that shares the records, which nobody changes in place."""
        other = Store()
        other.restore(self)
        return other

    def restore(self, saved: Store) -> None:
        """Become, in place, what was saved; the saved store stays usable."""
        self.version += 1
        self._businesses = {
            key: _Business(each.row, {name: table.copy() for name, table in each.tables.items()})
            for key, each in saved._businesses.items()
        }
        self._currencies = saved._currencies.copy()

    def _put_business(self, record: Record) -> None:
        known = self._businesses.get(record["id"].lower())
        self._businesses[record["id"].lower()] = _Business(Row(record), known.tables if known else {})

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
            tables[name] = _TABLES.get(name, Table)()
        return tables[name]
