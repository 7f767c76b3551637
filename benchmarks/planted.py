"""Large calendars: makes fixtures of any number of appointments and serves them.

    python -m benchmarks.planted PORT FIXTURE

A user's file is held against a JSON Schema before it is taken, which is slow for a hundred thousand rows; this serves a
fixture without that check, otherwise exactly like `bookings-emulator serve`.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

DOMAIN = "contoso.onmicrosoft.com"
BUSINESS = f"FourthCoffee@{DOMAIN}"
SERVICE = "57da6774-a087-4d69-b0e6-6fb82c339976"
CLASS = "57da6774-a087-4d69-b0e6-6fb82c339977"  # with so many seats that each of its slots can be booked again
STAFF = [f"8ee1c803-a1fa-406d-8259-7ab53233f{each:03}" for each in range(4)]
CUSTOMERS = [f"829e3cb5-3d4d-4319-a8de-1953aedaa{each:03}" for each in range(100)]
PER_DAY = 20
FIRST_DAY = datetime(2026, 1, 5)  # noqa: DTZ001 (its zone stands beside it on the wire)
_NAMES = ("Jordan Miller", "Adele Vance", "Megan Bowen", "Alex Wilber", "Lidia Holloway")
_QUARTER = timedelta(minutes=15)
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
# when the clock of the measured servers stands: before every appointment that is made
NOW = "2026-01-04T08:00:00Z"


def fixture(count: int) -> dict[str, Any]:
    """One business with `count` appointments, twenty a day, each with one known customer."""
    return {
        "title": f"{count} appointments",
        "domain": DOMAIN,
        "bookingBusinesses": [
            {
                "displayName": "Fourth Coffee",
                "isPublished": True,
                "businessHours": [
                    {"day": day, "timeSlots": [{"startTime": "00:00:00.0000000", "endTime": "00:00:00.0000000"}]}
                    for day in _WEEK
                ],
                "staffMembers": [_member(index) for index in range(len(STAFF))],
                "services": [
                    {"id": SERVICE, "displayName": "Tasting", "defaultDuration": "PT30M", "staffMemberIds": STAFF},
                    {
                        "id": CLASS,
                        "displayName": "Class",
                        "defaultDuration": "PT30M",
                        "maximumAttendeesCount": 1000,
                        "staffMemberIds": STAFF,
                    },
                ],
                "customers": [_customer(index) for index in range(len(CUSTOMERS))],
                "appointments": [appointment(index) for index in range(count)],
            }
        ],
    }


def appointment(index: int) -> dict[str, Any]:
    """The body of one appointment: with one service, one member of the staff and one customer."""
    day, place = divmod(index, PER_DAY)
    start = FIRST_DAY + timedelta(days=day, hours=8) + place * 2 * _QUARTER
    return {
        "serviceId": SERVICE,
        "staffMemberIds": [STAFF[index % len(STAFF)]],
        "startDateTime": {"dateTime": start.isoformat(), "timeZone": "UTC"},
        "endDateTime": {"dateTime": (start + 2 * _QUARTER).isoformat(), "timeZone": "UTC"},
        "customers": [
            {
                "@odata.type": "#microsoft.graph.bookingCustomerInformation",
                "customerId": CUSTOMERS[index % len(CUSTOMERS)],
                "name": _NAMES[index % len(_NAMES)],
                "emailAddress": f"customer{index}@contoso.com",
                "phone": f"213-555-{index % 10000:04}",
                "notes": f"Please be on time, number {index}.",
                "timeZone": "America/Chicago",
            }
        ],
    }


def slots(count: int) -> list[dict[str, Any]]:
    """Bodies of so many appointments at moments that are free, each another, behind those of a fixture of one day.

    They keep the rules of the business, so that an application may make them as well.
    """
    return [_slot(each) for each in range(count)]


def visits(count: int) -> list[dict[str, Any]]:
    """Bodies of so many bookings on the page, each of another slot of a night of the first weeks."""
    return [_visit(each) for each in range(count)]


def _visit(index: int) -> dict[str, Any]:
    night, place = divmod(index, 14 * len(STAFF))  # from midnight to seven, where no appointment of a fixture is
    start = FIRST_DAY + timedelta(days=1 + night) + place // len(STAFF) * 2 * _QUARTER
    times = {"startTime": start, "endTime": start + 2 * _QUARTER}
    return {
        "appointment": {
            **{name: {"dateTime": each.isoformat(), "timeZone": "UTC"} for name, each in times.items()},
            "serviceId": CLASS,
            "staffMemberIds": [STAFF[place % len(STAFF)]],
            "customers": [{"name": f"Visitor {index}", "emailAddress": f"visitor{index}@contoso.com"}],
            "customerTimeZone": "Central Standard Time",
        }
    }


def _slot(index: int) -> dict[str, Any]:
    place, member = divmod(index, len(STAFF))
    start = FIRST_DAY + timedelta(days=1) + place * 2 * _QUARTER
    times = {"startDateTime": start, "endDateTime": start + 2 * _QUARTER}
    shown = {name: {"dateTime": each.isoformat(), "timeZone": "UTC"} for name, each in times.items()}
    return {**appointment(index), "staffMemberIds": [STAFF[member]], **shown}


def _member(index: int) -> dict[str, Any]:
    name = f"staff{index}"
    return {"id": STAFF[index], "displayName": name, "emailAddress": f"{name}@contoso.com", "role": "guest"}


def _customer(index: int) -> dict[str, Any]:
    return {
        "id": CUSTOMERS[index],
        "displayName": _NAMES[index % len(_NAMES)],
        "emailAddress": f"customer{index}@contoso.com",
    }


def main() -> None:
    """Serve a fixture, unchecked."""
    from bookings_emulator.app import App
    from bookings_emulator.log import LOGS
    from bookings_emulator.serving.serve import listen, run
    from bookings_emulator.settings import Settings
    from bookings_emulator.store.large_sets import pack_large_sets
    from bookings_emulator.store.seed import Fixture, utc
    from bookings_emulator.tenant import Start, Tenant

    port, path = int(sys.argv[1]), Path(sys.argv[2])
    tenant = Tenant(
        Start((Fixture(path.stem, pack_large_sets(orjson.loads(path.read_bytes()))),), seed=1, frozen=utc(NOW)),
        Settings(log=LOGS["text"]),
    )
    run(App(tenant), [listen("127.0.0.1", port)])


if __name__ == "__main__":
    main()
