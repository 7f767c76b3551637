"""What a call costs does not grow with what it is not about: counted looks at records, never seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bookings_emulator.app import App
from bookings_emulator.contract.load import load
from bookings_emulator.domain.businesses import address
from bookings_emulator.domain.outcome import BUSINESSES, Put
from bookings_emulator.odata.query import EMPTY, QueryTarget, page, parse
from bookings_emulator.store.memory import Store
from bookings_emulator.store.table import Row, Table
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import date_time_time_zone, format_duration
from tests.conftest import BUSINESS, HOME, ROOT, Graph, small

FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Watched(dict[str, Any]):
    """A record that counts the looks at its members."""

    looks = 0

    def __getitem__(self, name: str) -> Any:
        Watched.looks += 1
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        Watched.looks += 1
        return super().get(name, default)


@pytest.fixture(autouse=True)
def _from_nought() -> None:
    Watched.looks = 0


def appointment(number: int, start: datetime, length: timedelta = HOUR) -> dict[str, Any]:
    return Watched(
        id=f"A{number:06}",
        startDateTime=date_time_time_zone(start),
        endDateTime=date_time_time_zone(start + length),
        duration=format_duration(length),
        preBuffer="PT0S",
        postBuffer="PT0S",
        serviceName=f"{number % 7}",
        price=float(number % 5),
    )


def calendar(days: int) -> Store:
    """A business with eight appointments a day."""
    store = Store()
    store.apply([Put(BUSINESSES, "", {"id": BUSINESS, "displayName": "Contoso"})])
    rows = [appointment(each, FIRST + timedelta(days=each // 8) + each % 8 * HOUR) for each in range(days * 8)]
    store.apply([Put("appointments", BUSINESS, each) for each in rows])
    Watched.looks = 0
    return store


def looks_for_a_day(store: Store) -> int:
    found = store.rows_between(BUSINESS, FIRST, FIRST + timedelta(days=1))
    found_around = list(store.appointments_around(BUSINESS, FIRST, FIRST + timedelta(days=1)))
    assert len(found) >= 8
    assert len(found_around) >= 8
    return Watched.looks


@pytest.mark.parametrize("length", [timedelta(hours=30), timedelta(days=4000)], ids=["a day and more", "years"])
def test_one_long_appointment_makes_nobody_look_at_the_others(length: timedelta) -> None:
    store = calendar(200)
    before = looks_for_a_day(store)
    store.apply([Put("appointments", BUSINESS, appointment(10**5, FIRST - timedelta(hours=1), length))])
    Watched.looks = 0
    assert looks_for_a_day(store) <= before + 4


def test_one_long_buffer_makes_nobody_look_at_the_others() -> None:
    store = calendar(200)
    before = looks_for_a_day(store)
    row = appointment(10**5, FIRST)
    row["preBuffer"] = row["postBuffer"] = "P400D"
    store.apply([Put("appointments", BUSINESS, row)])
    Watched.looks = 0
    assert looks_for_a_day(store) <= before + 4


class Listed(dict[str, Row]):
    """Rows that count how many of them were listed."""

    count = 0

    def values(self) -> Any:
        return self._counted()

    def _counted(self) -> Iterator[Row]:
        for each in super().values():
            Listed.count += 1
            yield each


def table_of(count: int) -> Table:
    table = Table()
    for each in range(count):
        table.put({"id": str(each)})
    table.rows = Listed(table.rows)
    Listed.count = 0
    return table


@pytest.mark.parametrize("skip", [0, 40])
def test_a_page_lists_its_own_rows_only(skip: int) -> None:
    table = table_of(5000)
    found = page(table, parse(target(), f"$top=20&$skip={skip}&$count=true"))
    assert [each.record["id"] for each in found.rows] == [str(skip + each) for each in range(20)]
    assert (found.total, found.next_skip) == (5000, skip + 20)
    assert Listed.count <= skip + 20


def test_pages_far_behind_list_the_rows_once_for_all() -> None:
    table = table_of(5000)
    seen = [each.record["id"] for skip in range(0, 5000, 500) for each in table[skip : skip + 500]]
    assert seen == [str(each) for each in range(5000)]
    assert Listed.count <= 500 + 1000 + 5000  # two pages near the begin, and then once all


def test_a_page_shows_what_has_changed_since_the_last() -> None:
    table = table_of(2000)
    assert len(table[1000:1010]) == 10
    table.put({"id": "1003", "isNew": True})
    table.drop("1000")
    table.put({"id": "last"})
    assert [each.record for each in table[1000:1003]] == [
        {"id": "1001"},
        {"id": "1002"},
        {"id": "1003", "isNew": True},
    ]
    assert table[1999:2005][0].record == {"id": "last"}
    assert [each.record["id"] for each in page(table, EMPTY).rows][-1] == "last"


def target() -> QueryTarget:
    contract = load("v1.0")
    return QueryTarget(contract, contract.operations["listAppointments"], contract.types["bookingAppointment"])


@given(
    some.lists(some.tuples(some.integers(0, 3), some.sampled_from("abc") | some.none()), max_size=60),
    some.sampled_from(
        ["price", "price desc", "price,serviceName", "price desc,serviceName desc", "price,serviceName desc"]
    ),
    some.integers(0, 6),
    some.integers(0, 4),
)
def test_the_first_of_many_are_those_that_a_whole_sort_puts_first(
    rows: list[tuple[int, str | None]], order: str, top: int, skip: int
) -> None:
    table = [Row({"id": str(n), "price": float(price), "serviceName": name}) for n, (price, name) in enumerate(rows)]
    whole = page(table, parse(target(), f"$orderby={quote(order)}")).rows
    some_of_it = page(table, parse(target(), f"$orderby={quote(order)}&$top={top}&$skip={skip}"))
    assert some_of_it.rows == whole[skip : skip + top]
    assert some_of_it.total == len(rows)


def test_an_address_is_looked_up_and_not_sought_among_all() -> None:
    class Busy(Store):
        def business_ids(self) -> Iterator[str]:
            raise AssertionError("all businesses were listed")

    state = Busy()
    state.apply([Put(BUSINESSES, "", {"id": "Fourth@x.com", "displayName": "Fourth"})])
    assert address("Fourth", "x.com", state) == "Fourth1@x.com"


def test_a_selection_looks_at_what_it_chose(graph: Graph, tenant: Tenant) -> None:
    record = dict(tenant.store.record("appointments", BUSINESS, "AAMkADKnAAA=") or {})
    tenant.store.apply([Put("appointments", BUSINESS, Watched(record))])
    Watched.looks = 0
    assert [*graph.get(f"{HOME}/appointments?$select=serviceName").json["value"][0]] == ["serviceName"]
    assert Watched.looks <= 4


def test_the_list_of_businesses_looks_at_two_members_and_then_at_none(graph: Graph, tenant: Tenant) -> None:
    tenant.store.apply([Put(BUSINESSES, "", Watched(tenant.store.business(BUSINESS) or {}))])
    Watched.looks = 0
    first = graph.get(ROOT).json["value"]
    assert first == [{"id": BUSINESS, "displayName": small()["bookingBusinesses"][0]["displayName"]}]
    assert Watched.looks <= 8
    Watched.looks = 0
    assert graph.get(ROOT).json["value"] == first
    assert Watched.looks <= 2


def test_tenants_that_go_take_their_planes_along(tenant: Tenant) -> None:
    app = App(tenant)
    made = app.tenants.create(tenant.start)
    app._planes_of(made)
    app.tenants.drop(made.name)
    assert list(app._planes) == [tenant]


def test_a_window_is_read_once_for_all_members(graph: Graph, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        member = {"displayName": f"M{number}", "emailAddress": f"m{number}@x.com", "role": "guest"}
        body = {"@odata.type": "#microsoft.graph.bookingStaffMember", **member}
        assert graph.post(f"{HOME}/staffMembers", body).status == 201
    ids = [each["id"] for each in tenant.store.records("staffMembers", BUSINESS)]
    read: list[str] = []
    plain = Store.appointments_around
    monkeypatch.setattr(Store, "appointments_around", lambda *given: read.append("") or plain(*given))
    at = {"timeZone": "UTC"}
    window = {
        "startDateTime": {"dateTime": "2026-01-06T00:00:00", **at},
        "endDateTime": {"dateTime": "2026-01-07T00:00:00", **at},
    }
    answer = graph.post(f"{HOME}/getStaffAvailability", {"staffIds": ids, **window})
    assert (answer.status, len(answer.json["value"])) == (200, 5)
    assert read == [""]
