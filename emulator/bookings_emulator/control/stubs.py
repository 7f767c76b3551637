"""Stubs: fixed responses for requests to the rest of Graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.problem import did_you_mean
from bookings_emulator.stubs.parse import STUB, StubError
from bookings_emulator.stubs.ready_made import load_ready_made
from bookings_emulator.stubs.stub import Stub
from bookings_emulator.tenant import Tenant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("stubs")


@table.get("/stubs")
def list_stubs(desk: Desk) -> answers.StubPage:
    """The stubs and the ready-made operations, each with how often it responded (`hits`)."""
    hits = desk.tenant.stubs.hits
    ready: list[answers.ReadyStub] = [
        {"name": row.name, "request": row.stub.request, "hits": hits.get(row.name, 0)} for row in load_ready_made()
    ]
    is_on = desk.tenant.quirks["ready-made-answers"]
    return {"value": [_describe(desk.tenant, stub) for stub in desk.tenant.stubs], "ready_made": ready if is_on else []}


@table.post("/stubs", STUB, status=201)
def create_stub(desk: Desk) -> answers.StubRow:
    """Create a stub: a method and a path of v1.0 and beta with a fixed response.

    If several match, the newest responds, unless it has responded as often as its `times` says. Paths that belong to
    Bookings are refused. A stub with the name of an existing one replaces it.
    """
    try:
        return _describe(desk.tenant, desk.tenant.stubs.add(desk.body, "the body"))
    except StubError as error:
        raise ControlRefusal(str(error)) from error


@table.put("/stubs", {"type": "array", "items": STUB})
def replace_stubs(desk: Desk) -> answers.Listed[answers.StubRow]:
    """Replace all stubs with these; a reset restores those of fixture and scenario."""
    try:
        desk.tenant.stubs.replace(desk.body, "the body")
    except StubError as error:
        raise ControlRefusal(str(error)) from error
    return {"value": [_describe(desk.tenant, stub) for stub in desk.tenant.stubs]}


@table.delete("/stubs")
def clear_stubs(desk: Desk) -> None:
    """Delete all stubs; ready-made responses stay, because a quirk switches them."""
    desk.tenant.stubs.replace([])


@table.delete("/stubs/{name}")
def drop_stub(desk: Desk) -> None:
    """Delete a stub by its name."""
    name = desk.path["name"]
    if not desk.tenant.stubs.drop(name):
        there = [stub.name for stub in desk.tenant.stubs]
        near = did_you_mean(name, there)
        raise ControlRefusal(f"there is no stub '{name}'; there are: {', '.join(there) or 'none'}{near}", 404)


def _describe(tenant: Tenant, stub: Stub) -> answers.StubRow:
    """A stub as it was given, with its name and its hits."""
    given = {"query": dict(stub.query), "match": stub.wanted, "headers": dict(stub.headers), "body": stub.body}
    more = {"permissions": sorted(stub.permissions), "times": stub.times, **given}
    shown = {name: value for name, value in more.items() if value not in (None, {}, [])}
    hits = tenant.stubs.hits.get(stub.name, 0)
    told = {"name": stub.name, "request": stub.request, "status": stub.status, **shown, "hits": hits}
    return cast("answers.StubRow", told)
