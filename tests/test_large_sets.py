"""Fixtures with large sets: kept compressed once they are planted, and the same whenever they are wanted again."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from bookings_emulator.cli import main
from bookings_emulator.commands.serving import count_records
from bookings_emulator.control.journal_scenario import scenario_of
from bookings_emulator.plantings import plantings
from bookings_emulator.store import large_sets
from bookings_emulator.store.export import export
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.large_sets import LARGE, LargeSet, pack_large_sets, unpack_large_sets
from bookings_emulator.store.seed import Fixture, load_fixture, read_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import BUSINESS, HOME, NOW, Graph, booking, small

ROWS = 2 * LARGE + 1


@pytest.fixture(autouse=True)
def _planted_anew() -> None:
    plantings.cache_clear()


def customers(count: int) -> list[dict[str, Any]]:
    return [{"displayName": f"C{each}", "emailAddress": f"c{each}@x.example"} for each in range(count)]


def fixture_data(**sets: Any) -> dict[str, Any]:
    """The small fixture, its times anchored, with other sets."""
    data = small()
    data["anchor"] = "2026-01-05T08:00:00Z"
    data["bookingBusinesses"][0] |= sets
    return data


def test_rows_are_read_as_often_as_wanted_and_the_first_reader_alone_holds_what_was_parsed() -> None:
    rows = customers(ROWS)
    wanted = customers(ROWS)
    kept = LargeSet(rows)
    first = rows[0]
    assert len(kept) == ROWS
    rows.clear()
    read = list(kept)
    assert read[0] is first
    assert read == wanted
    read.clear()
    assert sys.getrefcount(first) <= 2  # the name here and the argument: nothing else holds it
    again, more = list(kept), list(kept)
    assert again == more == wanted
    assert again[0] is not more[0]


def test_a_reader_that_stops_half_way_loses_no_rows() -> None:
    kept = LargeSet(customers(ROWS))
    for each in kept:
        if each["displayName"] == "C1234":
            break
    assert list(kept) == customers(ROWS)


def test_only_long_lists_are_kept_so_and_what_is_no_json_stays_as_it_is() -> None:
    data = {"bookingBusinesses": [{"displayName": "A", "customers": customers(LARGE), "services": customers(3)}]}
    (packed,) = pack_large_sets(data)["bookingBusinesses"]
    assert isinstance(packed["customers"], LargeSet)
    assert packed["services"] is data["bookingBusinesses"][0]["services"]
    assert unpack_large_sets(pack_large_sets(data)) == data
    pasted = {"bookingBusinesses": {"value": data["bookingBusinesses"], "@odata.context": "x"}}
    assert isinstance(pack_large_sets(pasted)["bookingBusinesses"]["value"][0]["customers"], LargeSet)
    assert unpack_large_sets(pack_large_sets(pasted)) == pasted
    odd = [*customers(LARGE), {"displayName": timedelta(1)}]
    assert pack_large_sets({"bookingBusinesses": [{"customers": odd}]})["bookingBusinesses"][0]["customers"] is odd
    huge = [{"displayName": 2**80, "price": float("inf")}] * LARGE
    (kept,) = unpack_large_sets(pack_large_sets({"bookingBusinesses": [{"customers": huge}]}))["bookingBusinesses"]
    assert kept["customers"] == huge


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets of two rows are large already."""
    monkeypatch.setattr(large_sets, "LARGE", 2)


def state(tenant: Tenant) -> tuple[Any, ...]:
    return export(tenant.store, tenant.clock.now()), [(each.due, each.text) for each in tenant.outbox.waiting()]


def make_data() -> dict[str, Any]:
    times = [f"2026-01-{day}T10:00:00" for day in ("07", "08", "09")]
    return fixture_data(
        customers=customers(3),
        appointments=[
            booking(
                startDateTime={"dateTime": each, "timeZone": "UTC"},
                endDateTime={"dateTime": f"{each[:11]}10:30:00", "timeZone": "UTC"},
            )
            for each in times
        ],
    )


@pytest.fixture
def pair(few: None) -> tuple[Tenant, Tenant]:
    """Tenants of the same fixture, of which the second was never packed, and neither copied from the other."""
    packed, plain = read_fixture("ours", make_data()), Fixture("ours", make_data())
    assert isinstance(packed.data["bookingBusinesses"][0]["appointments"], LargeSet)
    return Tenant(Start((packed,), seed=3, frozen=utc(NOW))), Tenant(Start((plain,), seed=3, frozen=utc(NOW)))


def test_a_large_fixture_is_planted_as_any_other(pair: tuple[Tenant, Tenant]) -> None:
    ours, theirs = pair
    assert state(ours) == state(theirs)
    assert len(ours.store.rows("appointments", BUSINESS)) == 3
    (packed,), (plain,) = ours.start.fixtures, theirs.start.fixtures
    assert count_records(packed) == count_records(plain)
    assert packed.whole() == plain.data


@pytest.mark.parametrize("weeks", [0, 1, 5])
def test_after_weeks_a_reset_gives_the_same(pair: tuple[Tenant, Tenant], weeks: int) -> None:
    before = state(pair[0])
    for each in pair:
        Graph(each).delete(HOME)
        each.clock.advance(timedelta(weeks=weeks))
        each.reset()
        each.clock.restore((utc(NOW) + timedelta(weeks=weeks), timedelta()))
    assert state(pair[0]) == state(pair[1])
    assert (state(pair[0]) == before) is (weeks == 0)


def test_a_new_tenant_gets_the_same(pair: tuple[Tenant, Tenant]) -> None:
    first, second = (Tenant(each.start, name="other", domain=each.domain) for each in pair)
    plantings.cache_clear()
    third = Tenant(pair[0].start, name="other", domain=first.domain)
    assert state(first) == state(second) == state(third)


def test_a_scenario_made_from_the_journal_carries_the_same(pair: tuple[Tenant, Tenant]) -> None:
    for each in pair:
        Graph(each).post(f"{HOME}/appointments", booking())
    ours, theirs = (asyncio.run(scenario_of(each, list(each.journal.entries), 0)) for each in pair)
    assert ours["given"] == theirs["given"]
    assert len(ours["given"]["fixture"]["bookingBusinesses"][0]["appointments"]) == 3
    assert orjson.loads(orjson.dumps(ours["given"])) == ours["given"]
    assert [each["request"] for each in ours["step"]] == [each["request"] for each in theirs["step"]]


@pytest.mark.usefixtures("few")
def test_a_file_that_changes_or_vanishes_leaves_what_was_loaded(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_bytes(orjson.dumps(make_data()))
    tenant = Tenant(Start((load_fixture(str(file)),), seed=3, frozen=utc(NOW)))
    before = state(tenant)
    file.write_text("{}")
    for _ in range(2):
        plantings.cache_clear()
        tenant.restart(tenant.start)
        assert state(tenant) == before
        file.unlink(missing_ok=True)


@pytest.mark.usefixtures("few")
def test_a_row_that_does_not_fit_is_refused_with_its_place_each_time() -> None:
    data = make_data()
    data["bookingBusinesses"][0]["appointments"][2]["serviceId"] = "nowhere"
    fixture = read_fixture("ours", data)
    for _ in range(2):
        with pytest.raises(FixtureError, match=r"ours: at \$\.bookingBusinesses\[0\]\.appointments\[2\]: .*nowhere"):
            Tenant(Start((fixture,), seed=3, frozen=utc(NOW)))


@pytest.mark.usefixtures("few")
def test_a_large_fixture_is_expanded_and_checked_whole(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_bytes(orjson.dumps(make_data()))
    done = CliRunner().invoke(main, ["fixtures", "expand", str(file)])
    assert (done.exit_code, orjson.loads(done.stdout)) == (0, make_data())
    assert CliRunner().invoke(main, ["fixtures", "check", str(file)]).exit_code == 0
