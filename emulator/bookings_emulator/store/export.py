"""The other way round: the records of a store become a fixture that brings them back."""

from __future__ import annotations

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
    served = api(version)
    fixture: dict[str, Any] = {"version": version} if version != "v1.0" else {}
    fixture["anchor"] = format_instant(now)
    fixture[BUSINESSES] = [
        _export_business(served, store, record)
        for record in (store.business(each) for each in store.business_ids())
        if record is not None
    ]
    return fixture


def export_business(store: Store, business: Record, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """One business and what is in it, in the shape of a fixture of v1.0, without some of its sets."""
    return _export_business(api("v1.0"), store, business, without)


def export_appointment(record: Record) -> dict[str, Any]:
    """One appointment, in the shape of a fixture of v1.0."""
    return _shape_record(api("v1.0"), "bookingAppointment", record)


def _export_business(
    served: Api, store: Store, record: Record, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    out = _shape_record(served, "bookingBusiness", record)
    for name, contained in served.sets.items():
        if name in without:
            continue
        items = [_shape_record(served, contained.type, each) for each in store.records(name, record["id"])]
        if items:
            out[name] = items
    return out


def _shape_record(served: Api, type_name: str, record: Record) -> dict[str, Any]:
    """A record in wire form without its nulls, which a fixture need not say, and with what is never shown."""
    shaped = served.shapers.of(type_name, _PLAIN)(record)
    out = {name: value for name, value in shaped.items() if value is not None}
    unshown = UNSHOWN.get(type_name, "")
    kept = visit_of(record) if unshown == VISIT else record.get(unshown)
    return {**out, unshown: kept} if kept is not None else out
