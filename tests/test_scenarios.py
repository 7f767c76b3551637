"""Every scenario that comes along: played in process and over a socket, complete, and told in its page."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bookings_emulator.app import App
from bookings_emulator.contract.load import load_problems
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.load import load_scenario, shipped
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance, play
from bookings_emulator.scenario.report import tell
from bookings_emulator.scenario.server import ScenarioServer
from bookings_emulator.scenario_runner import ORIGIN, play_at, receiving
from bookings_emulator.tenant import Tenant
from tests.scenarios import ALL, ROOT, perform
from tests.test_cli import served

LIBRARY = ROOT / "scenarios"
# what a refusal must have a scenario for
SHOWN_STATUSES = {401, 403, 404, 429, 500}


# the library


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_passes_in_process_and_meets_the_refusals_it_names(played: Scenario) -> None:
    performance, met = asyncio.run(_play_and_look(played))
    assert performance.result == "passed", tell([performance])
    assert set(played.problems) <= met


async def _play_and_look(played: Scenario) -> tuple[Performance, set[str | None]]:
    """What became of a scenario, and the refusals that the journal knows of."""
    async with receiving(played) as (ready, url):
        app = App(Tenant(start_of_given(ready)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            server = ScenarioServer(client, ORIGIN, f"{ORIGIN}/_emulator", app.tenant.guid, url)
            performance = await play(ready, server)
    return performance, {each.exchange.problem for each in app.tenant.journal.entries}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A running emulator in quite another situation than any scenario's."""
    with served("--fixture", "empty", "--seed", "77", "--quirk", "five-customers=off") as (origin, _):
        yield origin


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_passes_over_a_socket_in_a_tenant_of_its_own(played: Scenario, origin: str) -> None:
    (performance,) = asyncio.run(play_at(origin, [played]))
    assert performance.result == "passed", tell([performance])
    assert [each["name"] for each in httpx.get(f"{origin}/_emulator/tenants").json()["value"]] == ["default"]


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_says_what_it_shows_and_where_that_is_known_from(played: Scenario) -> None:
    assert len(played.shows) > len(played.title)
    assert played.shows.endswith(".")
    assert played.source
    assert played.steps
    assert any(each.expect for each in played.steps)


def test_every_documented_failure_is_shown_or_the_reason_why_not_is_told() -> None:
    untold = tomllib.loads((ROOT / "docs" / "scenarios.toml").read_text(encoding="utf-8"))["unshown"]
    shown = {each for played in ALL for each in played.problems}
    failures = {each.id for each in load_problems().values() if each.status in SHOWN_STATUSES}
    assert failures - shown - set(untold) == set()
    assert set(untold) <= failures - shown


def test_files_ask_for_completion_by_the_schema_beside_them() -> None:
    for file in shipped().values():
        assert file.read_text(encoding="utf-8").startswith("#:schema ./scenario.schema.json\n"), file


# the page


def test_the_page_lists_every_scenario_and_its_examples_are_played(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert all(f"[`{each.name}`]" in text for each in ALL)
    examples = [
        each for each in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[[step]]" in each and "title" in each
    ]
    assert examples
    for each in examples:
        file = tmp_path / "example.toml"
        file.write_text(each, encoding="utf-8")
        performance = perform(load_scenario(str(file)))
        assert performance.result == "passed", tell([performance])
