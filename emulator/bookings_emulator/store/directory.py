"""Customers by e-mail address and name: who is known is found without looking at the others."""

from __future__ import annotations

from bookings_emulator.domain.outcome import Record
from bookings_emulator.store.table import Table


class Directory(Table):
    """Customers, which are also found by e-mail address and name; letters compare without regard to case."""

    __slots__ = ("_people",)

    def __init__(self) -> None:
        super().__init__()
        # (address, name) and (address,) → the ids of those who have them; tuples, so that copies can share them
        self._people: dict[tuple[str, ...], tuple[str, ...]] = {}

    def put(self, record: Record) -> None:
        known = self.rows.get(record["id"])
        if known is None or _person(known.record) != _person(record):
            if known is not None:
                self._forget(known.record)
            for key in _person(record):
                self._people[key] = (*self._people.get(key, ()), record["id"])
        super().put(record)

    def drop(self, record_id: str) -> None:
        self._forget(self.rows[record_id].record)
        super().drop(record_id)

    def copy(self) -> Directory:
        other = Directory()
        other.rows, other._people = dict(self.rows), dict(self._people)
        return other

    def same_person(self, address: str, name: str) -> Record | None:
        """Who has an address, and this name or none; without a name the first of the address."""
        named, of_address = (_folded(address), _folded(name)), (_folded(address),)
        found = self._people.get(named) or self._people.get((*of_address, "") if named[1] else of_address)
        return self.rows[found[0]].record if found else None

    def _forget(self, record: Record) -> None:
        for key in _person(record):
            ids = self._people[key]
            place = ids.index(record["id"])
            self._people[key] = ids[:place] + ids[place + 1 :]
            if not self._people[key]:
                del self._people[key]


def _person(record: Record) -> tuple[tuple[str, ...], ...]:
    """What a customer is found by; nothing without an address."""
    address = _folded(record.get("emailAddress"))
    return ((address, _folded(record.get("displayName"))), (address,)) if address else ()


def _folded(text: str | None) -> str:
    return (text or "").strip().casefold()
