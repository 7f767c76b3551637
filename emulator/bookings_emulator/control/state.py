"""The state of a tenant: read, replace and export it, and take snapshots to restore later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from bookings_emulator.contract.load import OVERLAYS
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, RouteTable, closed, text
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.documents.json_schema import fixture_schema_text
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import read_fixture
from bookings_emulator.tenant import Tenant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("state")
MAXIMUM = 1000  # snapshots of one tenant


@table.post("/reset", status=204)
def reset(desk: Desk) -> None:
    """Reset the tenant to how it was when it was created: records, clock, ids, quirks, journal and everything else."""
    desk.tenant.reset()


@table.get("/state", {"version": Parameter("default: v1.0; beta adds what only beta has", tuple(OVERLAYS))})
async def show_state(desk: Desk) -> dict[str, Any]:
    """All businesses with all their records, as a fixture file: save it and start from it with `--fixture FILE`.

    Times are current; `anchor` is set, so that a later start moves them by whole weeks as in any fixture. Secrets and
    passwords of personas are left out: the defaults derived from their names apply unless you add your own again.
    """
    data, fill = desk.tenant.begin_export(desk.query.get("version", "v1.0").lower())
    await collect_in_turns(fill)
    return data


@table.put("/state", {"type": "object", "description": "a fixture"})
def replace_state(desk: Desk) -> answers.Replaced:
    """Replace all businesses with those of a fixture; a reset restores the businesses that the tenant started with.

    Personas, clock, quirks and faults do not change.
    """
    try:
        desk.tenant.replace(read_fixture("the body", desk.body))
    except FixtureError as error:
        raise ControlRefusal(str(error)) from error
    return {"businesses": len(list(desk.tenant.store.business_ids()))}


@table.get(
    "/schemas/fixture.json",
    media="application/schema+json",
    query={"version": Parameter("default: v1.0; beta also accepts what only beta has", tuple(OVERLAYS))},
)
def show_fixture_schema(desk: Desk) -> Response:
    """The JSON Schema of fixture files, for editors."""
    version = desk.query.get("version", "v1.0").lower()
    return Response(fixture_schema_text(version), media_type="application/schema+json")


@table.get("/schemas/recipe.json", media="application/schema+json")
def show_recipe_schema(desk: Desk) -> Response:
    """The JSON Schema of recipes, for editors: `#:schema http://localhost:8365/_emulator/schemas/recipe.json`."""
    from bookings_emulator.store.recipe_schema import recipe_schema_text

    return Response(recipe_schema_text(), media_type="application/schema+json")


@table.get("/snapshots")
def list_snapshots(desk: Desk) -> answers.Listed[answers.SnapshotRow]:
    """The names of the snapshots, oldest first."""
    return {"value": [{"name": each} for each in desk.tenant.snapshots]}


@table.post("/snapshots", closed({"name": text("default: generated")}), status=201)
def take_snapshot(desk: Desk) -> answers.SnapshotRow:
    """Save the current state: records, clock, ids, quirks, outbox, faults and everything else except the journal."""
    snapshots = desk.tenant.snapshots
    if desk.body.get("name") == "":
        raise ControlRefusal("a name needs at least one character; got ''; leave it out to have one generated")
    name = desk.body.get("name") or _free_name(desk.tenant)
    if len(snapshots) >= MAXIMUM and name not in snapshots:
        raise ControlRefusal(
            f"{MAXIMUM} snapshots exist, which is the limit; DELETE /_emulator/snapshots/{{name}} removes one"
        )
    snapshots[name] = desk.tenant.save()
    return {"name": name}


@table.post("/snapshots/{name}/restore", status=204)
def restore_snapshot(desk: Desk) -> None:
    """Restore the state in which the snapshot was taken; the snapshot is kept."""
    name = _known(desk)
    desk.tenant.restore(desk.tenant.snapshots[name])
    desk.tenant.stream.tell("reset", {"to": f"snapshot {name}"})


@table.delete("/snapshots/{name}")
def drop_snapshot(desk: Desk) -> None:
    """Delete a snapshot."""
    del desk.tenant.snapshots[_known(desk)]


def _known(desk: Desk) -> str:
    name = desk.path["name"]
    if name not in desk.tenant.snapshots:
        there = ", ".join(desk.tenant.snapshots) or "none"
        raise ControlRefusal(f"there is no snapshot '{name}'; there are: {there}", 404)
    return name


def _free_name(tenant: Tenant) -> str:
    number = len(tenant.snapshots) + 1
    while f"s{number}" in tenant.snapshots:
        number += 1
    return f"s{number}"
