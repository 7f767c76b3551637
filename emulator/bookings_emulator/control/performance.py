"""Scenarios played: in a tenant made for it, against this very emulator, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import orjson

from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.control.event_response import EventResponse, frame_event
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, RouteTable, closed
from bookings_emulator.control.scenarios import given_of, named, sent
from bookings_emulator.faults import FaultError
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance, Played, play
from bookings_emulator.scenario.receiver import receiving
from bookings_emulator.scenario.report import show, show_step
from bookings_emulator.scenario.server import ScenarioServer
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.tenants import TenantError

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("scenarios")
_KEEP = {"type": "boolean", "description": "keeps the tenant for inspection; by default it is deleted"}
_LONGEST = 120.0  # seconds
Tell = Callable[[str, dict[str, Any]], None]  # the kind of an event, and its data


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
    query={"follow": Parameter("true reports each step as soon as it is over", ("true", "false"), "boolean")},
)
async def play_scenario(desk: Desk) -> answers.PlayRow | EventResponse:
    """Play a scenario in a tenant created for it; returns the `result`, and the outcome of each of its `steps`.

    The status is always 200 if it could be played: `result` is passed, failed or skipped. `tenant` is the name of the
    tenant it was played in, or null if that is deleted. With `follow=true` Server-Sent Events report it while it is
    played: `begin` with the tenant and the steps, `step` after each step, `end` with the whole result, or `error`.
    """
    given = desk.body["scenario"]
    scenario = named(desk, given) if isinstance(given, str) else sent(given)
    if desk.query.get("follow", "false").lower() == "false":
        return await _perform(desk, scenario, lambda kind, data: None)
    pieces = _tell_steps(desk, scenario)
    first = await anext(pieces)  # what cannot be played is refused before anything is told
    last = frame_event("error", {"error": "the emulator ends"})
    return EventResponse(_put_before(first, pieces), last, desk.tenants)


async def _tell_steps(desk: Desk, scenario: Scenario) -> AsyncGenerator[bytes]:
    """A play as events, each as soon as there is something to tell. Raises ControlRefusal before the first."""
    told: asyncio.Queue[bytes | None] = asyncio.Queue()
    work = asyncio.create_task(
        _perform(desk, scenario, lambda kind, data: told.put_nowait(frame_event(kind, data))),
    )
    work.add_done_callback(lambda _: told.put_nowait(None))
    is_begun = False
    try:
        while (piece := await told.get()) is not None:
            is_begun = True
            yield piece
        try:
            yield frame_event("end", dict(await work))
        except ControlRefusal as error:
            if not is_begun:
                raise
            yield frame_event("error", {"error": str(error)})
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _put_before(first: bytes, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(pieces):
        yield first
        async for each in pieces:
            yield each


async def _perform(desk: Desk, scenario: Scenario, tell: Tell) -> answers.PlayRow:
    """Play it and answer what came of it; `tell` hears of begin and steps. Raises ControlRefusal."""
    try:
        async with asyncio.timeout(_LONGEST), receiving(scenario) as (known, url):
            return await _play(desk, known, url, tell)
    except TimeoutError as error:
        raise ControlRefusal(
            f"the scenario did not finish within {_LONGEST:.0f} seconds and was stopped", 409
        ) from error


async def _play(desk: Desk, scenario: Scenario, receiver: str, tell: Tell) -> answers.PlayRow:
    import httpx

    tenants = desk.tenants
    try:
        tenant = tenants.create(given_of(desk, scenario))
    except (TenantError, FixtureError, QuirkError, FaultError) as error:
        raise ControlRefusal(str(error)) from error
    origin = f"{desk.origin.partition('/tenants/')[0]}/tenants/{tenant.name}"
    steps = [{"number": each.number, "title": each.title} for each in scenario.steps]
    tell("begin", {"tenant": tenant.name, "title": scenario.title, "steps": steps})

    def tell_step(played: Played) -> None:
        tell("step", show_step(played))

    is_kept = False
    try:
        transport = httpx.ASGITransport(tenants.app)
        async with httpx.AsyncClient(transport=transport) as client:
            server = ScenarioServer(
                client, origin, f"{origin}/_emulator", tenant.guid, receiver, key=tenants.settings.key
            )
            performance = await play(scenario, server, on_step=tell_step)
        is_kept = bool(desk.body.get("keep"))
        return _shown(performance, tenant.name if is_kept else None)
    finally:
        if not is_kept:
            tenants.drop(tenant.name)


def _shown(performance: Performance, tenant: str | None) -> answers.PlayRow:
    told = orjson.loads(orjson.dumps(show(performance), default=str))
    return cast("answers.PlayRow", {**told, "tenant": tenant})
