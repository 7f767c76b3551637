"""Scenarios: list them, put a tenant into the given of one, and the schema of their files."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from emulator.contract.quirks import QuirkError
from emulator.control.route import Desk, Misfit, Table
from emulator.faults import FaultError
from emulator.problem import did_you_mean
from emulator.scenario.given import start_of_given
from emulator.scenario.load import ScenarioError, load_scenario, read_scenario, shipped
from emulator.scenario.model import Scenario
from emulator.scenario.schema import schema_text
from emulator.store.seed import FixtureError
from emulator.tenant import Start

table = Table("scenarios")


@table.get("/scenarios")
def list_scenarios(desk: Desk) -> Any:
    """The scenarios that come along, with what each shows."""
    return {"value": [_shown(load_scenario(name)) for name in shipped()]}


@table.get("/scenarios/{name}")
def show_scenario(desk: Desk) -> Any:
    """One scenario, whole: its given, its steps and what they expect."""
    return {"name": desk.path["name"], **named(desk.path["name"]).data}


@table.post("/scenarios", {"type": "object", "description": "a scenario, as its file would be in JSON"})
def begin_given_scenario(desk: Desk) -> Any:
    """Put this tenant, in place, into the given of the scenario sent; a reset comes back to it. No step is played."""
    return _begin(desk, sent(desk.body))


@table.post("/scenarios/{name}")
def begin_scenario(desk: Desk) -> Any:
    """Put this tenant, in place, into the given of a scenario; a reset comes back to it. No step is played."""
    return _begin(desk, named(desk.path["name"]))


@table.get("/schemas/scenario.json")
def show_scenario_schema(desk: Desk) -> Any:
    """The JSON Schema of scenario files."""
    return Response(schema_text(), media_type="application/schema+json")


def named(name: str) -> Scenario:
    """A scenario that comes along; files are not read for callers. Raises Misfit."""
    if name not in shipped():
        hint = did_you_mean(name, shipped())
        raise Misfit(f"there is no scenario '{name}'; GET /_emulator/scenarios lists them{hint}", 404)
    return load_scenario(name)


def sent(data: Any) -> Scenario:
    """A scenario that a caller sent. Raises Misfit."""
    try:
        return read_scenario("sent", data)
    except ScenarioError as error:
        raise Misfit(str(error)) from error


def given_of(scenario: Scenario) -> Start:
    """What a tenant starts from to be in its given. Raises Misfit."""
    try:
        return start_of_given(scenario)
    except (FixtureError, QuirkError, FaultError) as error:
        raise Misfit(str(error)) from error


def _begin(desk: Desk, scenario: Scenario) -> Any:
    try:
        desk.tenant.restart(given_of(scenario))
    except (FixtureError, QuirkError, FaultError) as error:
        raise Misfit(str(error)) from error
    return _shown(scenario)


def _shown(scenario: Scenario) -> dict[str, Any]:
    given = scenario.given.items()
    return {
        "name": scenario.name,
        "title": scenario.title,
        "shows": scenario.shows,
        "source": scenario.source,
        "problems": scenario.problems,
        "given": {name: "inline" if name == "fixture" and isinstance(value, dict) else value for name, value in given},
        "steps": len(scenario.steps),
    }
