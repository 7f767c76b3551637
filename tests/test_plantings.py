"""Tenants that start from the same: copied from what was planted once, and apart from each other all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bookings_emulator.chance import Chance
from bookings_emulator.plantings import MOST, MOST_ROWS, Ground, Planting, Plantings, plantings
from bookings_emulator.store import seed
from bookings_emulator.store.export import export
from bookings_emulator.store.seed import Fixture, load_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import HOME, NOW, SERVICE, Graph, booking, small

FIXTURE = Fixture("small", small())
START = Start((FIXTURE,), seed=7, frozen=utc(NOW))


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    plantings.cache_clear()
    yield
    plantings.cache_clear()


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the fixtures that were planted, as they are."""
    names: list[str] = []
    plant = seed.plant

    def note(fixture: Fixture, ground: Any) -> None:
        names.append(fixture.name)
        plant(fixture, ground)

    monkeypatch.setattr("bookings_emulator.tenant.plant", note)
    return names


def everything(tenant: Tenant) -> tuple[Any, ...]:
    waiting = [(each.due, each.text) for each in tenant.outbox.waiting()]
    return export(tenant.store, tenant.clock.now()), waiting, tenant.personas, tenant.chance.save()


def test_a_second_tenant_is_what_the_first_was_and_nothing_is_planted_for_it(planted: list[str]) -> None:
    first, second = Tenant(START), Tenant(START, name="t1", domain="contoso.onmicrosoft.com")
    assert planted == ["currencies", "small"]
    assert everything(first) == everything(second)
    plantings.cache_clear()
    assert everything(Tenant(START)) == everything(second)


def test_what_happens_in_one_is_not_seen_in_the_other() -> None:
    first, second = Tenant(START), Tenant(START)
    made = Graph(first).post(f"{HOME}/appointments", booking())
    assert made.status == 201
    assert Graph(first).patch(f"{HOME}/appointments/AAMkADKnAAA=", {"serviceNotes": "late"}).status == 204
    assert [each["id"] for each in Graph(second).get(f"{HOME}/appointments").json["value"]] == ["AAMkADKnAAA="]
    assert Graph(second).get(f"{HOME}/appointments/AAMkADKnAAA=").json["serviceNotes"] == "Punctual!"
    assert everything(Tenant(START))[0] == everything(second)[0]


def test_a_quirk_of_one_does_not_show_in_the_other() -> None:
    first, second = Tenant(START), Tenant(START)
    place = f"{HOME}/services/{SERVICE}"
    plain = Graph(second).get(place).response.body
    first.set_quirk("nulls-first", not first.quirks["nulls-first"])
    assert Graph(first).get(place).response.body != plain
    assert Graph(second).get(place).response.body == plain
    first.reset()
    assert Graph(first).get(place).response.body == plain


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(START._replace(seed=8), id="seed"),
        pytest.param(START._replace(quirks={"five-customers": False}), id="quirks"),
        pytest.param(START._replace(frozen=utc("2026-01-05T08:00:01Z")), id="moment"),
        pytest.param(START._replace(fixtures=(Fixture("small", small()),)), id="fixture"),
    ],
)
def test_what_starts_from_something_else_is_planted(other: Start, planted: list[str]) -> None:
    Tenant(START)
    Tenant(other)
    assert planted == ["currencies", "small"] * 2


def test_another_domain_is_planted(planted: list[str]) -> None:
    Tenant(START)
    Tenant(START, name="t1", domain="fabrikam.com")
    assert planted == ["currencies", "small"] * 2


def ground(**members: Any) -> Ground:
    now = utc(NOW)
    return Ground((FIXTURE,), 1, now, None, "x.com", {})._replace(**members)


PLANTING = Planting({}, {}, 10, None)


@pytest.mark.parametrize(
    ("hours", "is_good"),
    [
        pytest.param(0, True, id="the same moment"),
        pytest.param(3, True, id="the same day"),
        pytest.param(17, False, id="the next day"),
        pytest.param(-1, False, id="a clock that was put back"),
    ],
)
def test_a_planting_is_good_for_the_rest_of_its_day(hours: int, *, is_good: bool) -> None:
    kept = Plantings()
    kept.keep(ground(), PLANTING)
    assert (kept.find(ground(now=utc(NOW) + timedelta(hours=hours))) is PLANTING) == is_good


def test_a_planting_is_good_until_its_first_reminder_falls_due() -> None:
    kept = Plantings()
    until = utc(NOW) + timedelta(minutes=5)
    kept.keep(ground(), PLANTING._replace(until=until))
    assert kept.find(ground(now=until - timedelta(seconds=1)))
    assert kept.find(ground(now=until)) is None


def test_a_planting_is_good_while_fixture_times_fall_on_the_same_week() -> None:
    dated = Fixture("dated", {"anchor": "2026-01-05T12:00:00Z"})
    kept = Plantings()
    kept.keep(ground(fixtures=(dated,)), PLANTING)
    assert kept.find(ground(fixtures=(dated,), now=utc("2026-01-05T11:59:00Z")))
    assert kept.find(ground(fixtures=(dated,), now=utc("2026-01-05T12:01:00Z"))) is None


@pytest.mark.parametrize("rows", [1, MOST_ROWS])
def test_plantings_are_bounded(rows: int) -> None:
    kept = Plantings()
    for each in range(2 * MOST):
        kept.keep(ground(seed=each), PLANTING._replace(rows=rows))
    found = [each for each in range(2 * MOST) if kept.find(ground(seed=each))]
    assert found == list(range(2 * MOST))[-MOST if rows == 1 else -1 :]


def test_a_file_that_says_the_same_is_read_once_and_one_that_does_not_again(tmp_path: Any) -> None:
    file = tmp_path / "ours.json"
    file.write_text('{"bookingBusinesses":[{"displayName":"One"}]}')
    first = load_fixture(str(file))
    assert load_fixture(str(file)) is first
    file.write_text('{"bookingBusinesses":[{"displayName":"Two"}]}')
    assert load_fixture(str(file)).data["bookingBusinesses"][0]["displayName"] == "Two"


def test_ids_go_on_as_they_would() -> None:
    Tenant(START)
    copied = Tenant(START)
    plantings.cache_clear()
    fresh = Tenant(START)
    assert isinstance(fresh.chance, Chance)
    assert [copied.chance.guid() for _ in range(3)] == [fresh.chance.guid() for _ in range(3)]
