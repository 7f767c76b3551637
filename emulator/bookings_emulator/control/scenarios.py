"""List scenarios, put a tenant into the starting state of one, and get the schema of scenario files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.control.files import Files
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.faults import FaultError
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.load import ScenarioError, check_callers, read_scenario
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.schema import schema_text
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import persona_rows
from bookings_emulator.tenant import Start

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("scenarios")


@table.get("/scenarios")
def list_scenarios(desk: Desk) -> answers.Listed[answers.ScenarioRow]:
    """The built-in scenarios and those in `--scenarios-folder`, with what each shows."""
    files = Files(desk.tenants)
    return {"value": [_listed(files, name) for name in files.scenarios()]}


@table.get("/scenarios/{name}")
def show_scenario(desk: Desk) -> dict[str, Any]:
    """One complete scenario: its starting state (`given`), its steps and what they expect."""
    return {"name": desk.path["name"], **named(desk, desk.path["name"]).data}


@table.post("/scenarios", {"type": "object", "description": "a scenario file as JSON"})
def begin_given_scenario(desk: Desk) -> answers.ScenarioRow:
    """Put this tenant into the starting state of the sent scenario; a reset returns to it. No step is played."""
    return _begin(desk, sent(desk.body))


@table.post("/scenarios/{name}")
def begin_scenario(desk: Desk) -> answers.ScenarioRow:
    """Put this tenant into the starting state of a scenario; a reset returns to it. No step is played."""
    return _begin(desk, named(desk, desk.path["name"]))


@table.get("/schemas/scenario.json", media="application/schema+json")
def show_scenario_schema(desk: Desk) -> Response:
    """The JSON Schema of scenario files."""
    return Response(schema_text(), media_type="application/schema+json")


def named(desk: Desk, name: str) -> Scenario:
    """A scenario that callers may name. Raises ControlRefusal."""
    try:
        return Files(desk.tenants).scenario(name)
    except ScenarioError as error:
        raise ControlRefusal(str(error), 404) from error


def sent(data: Any) -> Scenario:
    """A scenario that a caller sent. Raises ControlRefusal."""
    try:
        return read_scenario("sent", data)
    except ScenarioError as error:
        raise ControlRefusal(str(error)) from error


def given_of(desk: Desk, scenario: Scenario) -> Start:
    """What a tenant starts from to be in its given. Raises ControlRefusal."""
    try:
        start = start_of_given(scenario, Files(desk.tenants).fixture)
        check_callers(scenario.name, scenario, [row["name"] for row in persona_rows(start.fixtures, "")])
    except (FixtureError, QuirkError, FaultError, ScenarioError) as error:
        raise ControlRefusal(str(error)) from error
    return start


def _begin(desk: Desk, scenario: Scenario) -> answers.ScenarioRow:
    try:
        desk.tenant.restart(given_of(desk, scenario))
    except (FixtureError, QuirkError, FaultError) as error:
        raise ControlRefusal(str(error)) from error
    return _shown(scenario)


def _listed(files: Files, name: str) -> answers.ScenarioRow:
    """A scenario of the list; of a file that holds none, the reason stands in the place of its title."""
    try:
        return _shown(files.scenario(name))
    except ScenarioError as error:
        return {"name": name, "title": str(error), "shows": "", "source": "", "problems": [], "given": {}, "steps": 0}


def _shown(scenario: Scenario) -> answers.ScenarioRow:
    given = scenario.given.items()
    return {
        "name": scenario.name,
        "title": scenario.title,
        "shows": scenario.shows,
        "source": scenario.source,
        "problems": list(scenario.problems),
        "given": {name: _named(value) if name == "fixture" else value for name, value in given},
        "steps": len(scenario.steps),
    }


def _named(fixture: Any) -> Any:
    """Fixtures by their names; what stands in the scenario itself is called inline."""
    if isinstance(fixture, list):
        return [_named(each) for each in fixture]
    return "inline" if isinstance(fixture, dict) else fixture
