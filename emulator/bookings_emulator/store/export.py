"""The other way round: the records of a store become a fixture that brings them back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bookings_emulator.contract.api import Api, api
from bookings_emulator.contract.shape import View
from bookings_emulator.domain.outcome import BUSINESSES, Record
from bookings_emulator.domain.self_service import visit_of
from bookings_emulator.store.memory import Store
from bookings_emulator.store.seed import UNSHOWN, VISIT
from bookings_emulator.times import format_instant

_PLAIN = View(reveals_enums=True)


def export(store: Store, now: datetime, version: str = "v1.0") -> dict[str, Any]:
    """All businesses and what is in them as fixture data in the shape of a version of Graph, anchored at `now`.

    What only one version has is told by that version only: the region of a phone by v1.0, an invoice by beta. Ids are
    kept, so that references hold and clients find what they found.
    """
    fixture, fill = begin_export(store, now, version)
    deque(fill, maxlen=0)
    return fixture


def begin_export(store: Store, now: datetime, version: str = "v1.0") -> tuple[dict[str, Any], Iterator[None]]:
    """A fixture without its records, and what fills it: a step for each record, as all of them are at this moment."""
    served = api(version)
    fixture: dict[str, Any] = {"version": version} if version != "v1.0" else {}
    fixture["anchor"] = format_instant(now)
    fixture[BUSINESSES] = []
    businesses = [each for each in map(store.business, store.business_ids()) if each is not None]
    held = [(each, _hold_sets(served, store, each)) for each in businesses]
    return fixture, _put_records(served, fixture[BUSINESSES], held)


def export_business(store: Store, business: Record, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """One business and what is in it, in the shape of a fixture of v1.0, without some of its sets."""
    served = api("v1.0")
    sets = {name: records for name, records in _hold_sets(served, store, business).items() if name not in without}
    filled: list[dict[str, Any]] = []
    deque(_put_records(served, filled, [(business, sets)]), maxlen=0)
    return filled[0]


def export_appointment(record: Record) -> dict[str, Any]:
    """One appointment, in the shape of a fixture of v1.0."""
    return _shape_record(api("v1.0"), "bookingAppointment", record)


def _hold_sets(served: Api, store: Store, business: Record) -> dict[str, list[Record]]:
    """The records of a business by set."""
    return {name: list(store.records(name, business["id"])) for name in served.sets}


def _put_records(
    served: Api, businesses: list[dict[str, Any]], held: list[tuple[Record, dict[str, list[Record]]]]
) -> Iterator[None]:
    """Put businesses and what is in them into a list, a record with each step."""
    for business, sets in held:
        out = _shape_record(served, "bookingBusiness", business)
        businesses.append(out)
        for name, records in sets.items():
            for each in records:
                out.setdefault(name, []).append(_shape_record(served, served.sets[name].type, each))
                yield


def _shape_record(served: Api, type_name: str, record: Record) -> dict[str, Any]:
    """A record in wire form without its nulls, which a fixture need not say, and with what is never shown."""
    shaped = served.shapers.of(type_name, _PLAIN)(record)
    out = {name: value for name, value in shaped.items() if value is not None}
    unshown = UNSHOWN.get(type_name, "")
    kept = visit_of(record) if unshown == VISIT else record.get(unshown)
    return {**out, unshown: kept} if kept is not None else out
