"""The given of a scenario becomes what a tenant starts from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookings_emulator.scenario.fill import fill
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.store.seed import Fixture, load_fixture, read_fixture, utc
from bookings_emulator.tenant import Start

DEFAULT_SEED = 1
RECEIVER = "http://localhost:7071"  # stands for {receiver} where no run gives one: where functions listen at home


def start_of_given(scenario: Scenario, load: Callable[[str], Fixture] = load_fixture) -> Start:
    """What a tenant starts from to be in the situation of a scenario; `load` finds fixtures. Raises FixtureError."""
    given = scenario.given
    return Start(
        tuple(fixtures_of(scenario, load)),
        seed=given.get("seed", DEFAULT_SEED),
        frozen=utc(given["now"]) if "now" in given else None,
        quirks=given.get("quirks", {}),
        auth=given.get("auth"),
        stubs=tuple(scenario.data.get("stub", ())),
        subscriptions=tuple(fill(given.get("subscriptions", []), {"receiver": RECEIVER})),
        faults=(*given.get("faults", ()), *(_limit(each) for each in given.get("limits", ()))),
    )


def fixtures_of(scenario: Scenario, load: Callable[[str], Fixture] = load_fixture) -> list[Fixture]:
    """The fixtures of a given, its personas as one of their own beside those it starts from. Raises FixtureError."""
    fixtures = [
        read_fixture(scenario.name, each) if isinstance(each, dict) else load(each)
        for each in _listed(scenario.given.get("fixture", "default"))
    ]
    if "personas" in scenario.given:
        fixtures.append(Fixture(scenario.name, {"personas": scenario.given["personas"]}))
    return fixtures


def _limit(given: dict[str, Any]) -> dict[str, Any]:
    """A limit as the rule of a fault: calls to Graph beyond it are refused."""
    return {"match": {"plane": "graph"}, "schedule": {"limit": given}}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
