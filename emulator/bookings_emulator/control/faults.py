"""Create faults from rules and presets, see how often they matched and fired, and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bookings_emulator.contract.load import load_problems
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed
from bookings_emulator.faults import Fault, FaultError
from bookings_emulator.faults.planes import FaultTarget, targets
from bookings_emulator.faults.presets import load_presets
from bookings_emulator.faults.shape import EFFECT, MATCH, RULE, SCHEDULE
from bookings_emulator.problem import did_you_mean
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals

table = RouteTable("faults")


@table.get("/faults")
def list_faults(desk: Desk) -> answers.Listed[answers.FaultRow]:
    """All faults in the order in which they are tried, with how often each matched, fired and can still fire."""
    return {"value": [_shown(desk.tenant, each) for each in desk.tenant.faults]}


@table.post("/faults", RULE, status=201)
def create_fault(desk: Desk) -> answers.FaultRow:
    """Create a fault: the requests it matches (`match`), what it does (`effect`) and when (`schedule`).

    Without `match` it applies to every request; without `schedule` it fires for every match. A rule that could never
    match or never fire is refused.
    """
    (made,) = _made(desk.tenant, desk.body)
    return _shown(desk.tenant, made)


@table.delete("/faults")
def clear_faults(desk: Desk) -> None:
    """Delete all faults."""
    desk.tenant.faults.clear()


@table.get("/faults/presets")
def list_presets(desk: Desk) -> answers.Listed[answers.PresetRow]:
    """The presets: each is a documented failure, with its rules, what it shows, and its source."""
    return {"value": [cast("answers.PresetRow", each._asdict()) for each in load_presets().values()]}


@table.post(
    "/faults/presets/{name}",
    closed({"match": MATCH, "effect": EFFECT, "schedule": SCHEDULE}),
    status=201,
    inside={"name": "of a preset"},
)
def create_from_preset(desk: Desk) -> answers.Listed[answers.FaultRow]:
    """Create the faults of a preset; members of `match`, `effect` and `schedule` override those of its rules."""
    if desk.path["name"] not in load_presets():
        name = desk.path["name"]
        near = did_you_mean(name, load_presets())
        raise ControlRefusal(f"there is no preset '{name}'; GET /_emulator/faults/presets lists them{near}", 404)
    return {
        "value": [_shown(desk.tenant, each) for each in _made(desk.tenant, {**desk.body, "preset": desk.path["name"]})]
    }


@table.get("/faults/problems")
def list_problems(desk: Desk) -> answers.Listed[answers.ProblemRow]:
    """The problems that a fault can return: id, status, code, message, confidence, source."""
    return {"value": [cast("answers.ProblemRow", each._asdict()) for each in load_problems().values()]}


@table.get("/faults/operations")
def list_operations(desk: Desk) -> answers.Listed[answers.OperationRow]:
    """The operations that a fault can match, by plane (the emulated API)."""
    return {"value": [_target(each) for each in targets()]}


def _target(each: FaultTarget) -> answers.OperationRow:
    return {"plane": cast("literals.FaultPlane", each.plane), "name": each.name, "method": each.method}


@table.get("/faults/{id}")
def show_fault(desk: Desk) -> answers.FaultRow:
    """One fault."""
    found = desk.tenant.faults.find(desk.path["id"])
    if found is None:
        raise _unknown(desk.path["id"])
    return _shown(desk.tenant, found)


@table.delete("/faults/{id}")
def drop_fault(desk: Desk) -> None:
    """Delete one fault."""
    if not desk.tenant.faults.drop(desk.path["id"]):
        raise _unknown(desk.path["id"])


def _unknown(id_: str) -> ControlRefusal:
    return ControlRefusal(f"there is no fault '{id_}'; GET /_emulator/faults lists the faults", 404)


def _made(tenant: Tenant, given: Any) -> list[Fault]:
    try:
        return tenant.faults.add(given)
    except FaultError as error:
        raise ControlRefusal(str(error)) from error


def _shown(tenant: Tenant, fault: Fault) -> answers.FaultRow:
    """A fault as it was given, with its counters; `left` is null where it fires any number of times."""
    rule = fault.rule
    until = rule.schedule.until
    return {
        "id": rule.id,
        "title": rule.title,
        "match": rule.given.get("match", {}),
        "effect": rule.given.get("effect", {}),
        "schedule": rule.given.get("schedule", {}),
        "state": cast(Any, fault.state(tenant.clock.now())),
        "until": format_instant(until) if until else None,
        "matched": fault.matched,
        "fired": fault.fired,
        "left": fault.left,
    }
