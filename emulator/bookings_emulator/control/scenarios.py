"""Scenarios: list them, put a tenant into the given of one, and the schema of their files."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.faults import FaultError
from bookings_emulator.problem import did_you_mean
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.load import ScenarioError, load_scenario, read_scenario, shipped
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.schema import schema_text
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.tenant import Start

table = RouteTable("scenarios")


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
    """A scenario that comes along; files are not read for callers. Raises ControlRefusal."""
    if name not in shipped():
        hint = did_you_mean(name, shipped())
        raise ControlRefusal(f"there is no scenario '{name}'; GET /_emulator/scenarios lists them{hint}", 404)
    return load_scenario(name)


def sent(data: Any) -> Scenario:
    """A scenario that a caller sent. Raises ControlRefusal."""
    try:
        return read_scenario("sent", data)
    except ScenarioError as error:
        raise ControlRefusal(str(error)) from error


def given_of(scenario: Scenario) -> Start:
    """What a tenant starts from to be in its given. Raises ControlRefusal."""
    try:
        return start_of_given(scenario)
    except (FixtureError, QuirkError, FaultError) as error:
        raise ControlRefusal(str(error)) from error


def _begin(desk: Desk, scenario: Scenario) -> Any:
    try:
        desk.tenant.restart(given_of(scenario))
    except (FixtureError, QuirkError, FaultError) as error:
        raise ControlRefusal(str(error)) from error
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
