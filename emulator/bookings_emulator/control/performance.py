"""Scenarios played: in a tenant made for it, against this very emulator, step by step."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import orjson

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed
from bookings_emulator.control.scenarios import given_of, named, sent
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance, play
from bookings_emulator.scenario.receiver import receiving
from bookings_emulator.scenario.report import show
from bookings_emulator.scenario.server import ScenarioServer
from bookings_emulator.tenants import TenantError

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("scenarios")
_KEEP = {"type": "boolean", "description": "keeps the tenant for inspection; by default it is deleted"}
_LONGEST = 120.0  # seconds


@table.post(
    "/plays",
    closed(
        {
            "scenario": {
                "description": "name of a scenario, or its file as JSON",
                "type": ["string", "object"],
            },
            "keep": _KEEP,
        },
        ("scenario",),
    ),
)
async def play_scenario(desk: Desk) -> answers.PlayRow:
    """Play a scenario in a tenant created for it; returns the `result`, and the outcome of each of its `steps`.

    The status is always 200 if it could be played: `result` is passed, failed or skipped. `tenant` is the name of the
    tenant it was played in, or null if that is deleted.
    """
    given = desk.body["scenario"]
    scenario = named(desk, given) if isinstance(given, str) else sent(given)
    try:
        async with asyncio.timeout(_LONGEST), receiving(scenario) as (known, url):
            return await _play(desk, known, url)
    except TimeoutError as error:
        raise ControlRefusal(
            f"the scenario did not finish within {_LONGEST:.0f} seconds and was stopped", 409
        ) from error


async def _play(desk: Desk, scenario: Scenario, receiver: str) -> answers.PlayRow:
    import httpx

    tenants = desk.tenants
    try:
        tenant = tenants.create(given_of(desk, scenario))
    except TenantError as error:
        raise ControlRefusal(str(error)) from error
    origin = f"{desk.origin.partition('/tenants/')[0]}/tenants/{tenant.name}"
    is_kept = False
    try:
        transport = httpx.ASGITransport(tenants.app)
        async with httpx.AsyncClient(transport=transport) as client:
            server = ScenarioServer(
                client, origin, f"{origin}/_emulator", tenant.guid, receiver, key=tenants.settings.key
            )
            performance = await play(scenario, server)
        is_kept = bool(desk.body.get("keep"))
        return _shown(performance, tenant.name if is_kept else None)
    finally:
        if not is_kept:
            tenants.drop(tenant.name)


def _shown(performance: Performance, tenant: str | None) -> answers.PlayRow:
    told = orjson.loads(orjson.dumps(show(performance), default=str))
    return cast("answers.PlayRow", {**told, "tenant": tenant})
