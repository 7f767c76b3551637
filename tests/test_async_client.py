"""The asynchronous client: it has what the synchronous one has, and the loop of the test goes on while it waits."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from bookings_emulator import AsyncClient, Client, Emulator
from bookings_emulator.client import async_client
from bookings_emulator.client.rows import Rows
from bookings_emulator.embedded import InProcess

LIST = "/solutions/bookingBusinesses"
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
TWINS = [name.removeprefix("Async") for name in vars(async_client) if name.startswith("Async")]
OTHERWISE = {"Client": {"is_in_process", "trust"}}  # what only the twin itself needs


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=[Emulator, InProcess])
def bookings(request: pytest.FixtureRequest) -> Iterator[Client]:
    with request.param("default", now="2026-01-05T08:00:00Z") as client:
        yield client


@pytest.mark.parametrize("name", TWINS)
def test_every_public_member_has_its_twin_with_the_same_arguments(name: str) -> None:
    plain, twin = getattr(async_client, name), getattr(async_client, f"Async{name}")
    members = {each for each in dir(plain) if not each.startswith("_")} - OTHERWISE.get(name, set())
    assert not members - set(dir(twin))
    for each in members:
        sync = inspect.getattr_static(plain, each)
        if inspect.isfunction(sync):
            other = getattr(twin, each)
            assert inspect.iscoroutinefunction(other), each
            assert str(inspect.signature(sync)).partition(" ->")[0] == str(inspect.signature(other)).partition(" ->")[0]


@pytest.mark.anyio
async def test_a_suite_is_written_with_it(bookings: Client) -> None:
    client = AsyncClient(bookings)
    other = await client.tenant("empty", persona="administrator")
    assert (await other.graph.get(LIST)).json()["value"] == []
    assert [each["operation"] for each in await other.journal()] == ["listBusinesses"]
    assert await other.journal.verify(operation="listBusinesses", exactly=1) == 1
    fault = await other.fault("throttled", first=1)
    assert (await other.graph.get(LIST)).status_code == 429
    assert await fault.fired() == 1
    before = await other.clock.now()
    assert (await other.clock.advance(days=1) - before).days == 1
    made = await other.add.business("Fourth Coffee")
    await made.service("Tasting", minutes=45)
    assert (await other.business("Fourth Coffee")).service("Tasting").id == made.ids["Tasting"]
    kept = await other.snapshot()
    await kept.restore()
    await other.graph.aclose()
    await other.drop()
    assert await client.tenants() == ["default"]


@pytest.mark.anyio
async def test_rows_are_those_of_the_synchronous_client(bookings: Client) -> None:
    client = AsyncClient(bookings)
    names = [name for name, value in vars(bookings).items() if isinstance(value, Rows) and hasattr(AsyncClient, name)]
    assert "businesses" in names
    for name in names:
        assert await getattr(client, name)() == list(getattr(bookings, name)), name


@pytest.mark.anyio
async def test_the_loop_goes_on_while_something_is_waited_for(bookings: Client) -> None:
    client = AsyncClient(bookings)
    waiting = asyncio.create_task(client.journal.wait(operation="listBusinesses", timeout=30))
    ticks = 0
    while not waiting.done():
        await asyncio.sleep(0)
        ticks += 1
        if ticks == 3:
            await client.graph.get(LIST)
    assert (await waiting)["status"] == 200
    await client.graph.aclose()


@pytest.mark.anyio
async def test_notifications_and_events_are_awaited(bookings: Client) -> None:
    client = AsyncClient(bookings)
    receiver = await client.receiver()
    await client.subscribe(DENTAL, "Deleted", receiver.url)
    events = await client.events(kind="delivery", timeout=30)
    first = (await client.business("Contoso Dental")).appointments()[0].id
    await client.graph.delete(f"{LIST}/{DENTAL}/appointments/{first}")
    assert len(await receiver.wait(1, timeout=30)) == 1
    await client.deliveries.settle()
    async for event in events:
        assert event["kind"] == "delivery"
        break
    await events.close()
    await client.graph.aclose()


@pytest.mark.anyio
async def test_a_client_of_its_own_is_made_for_an_address() -> None:
    with Emulator("empty") as served:
        async with AsyncClient.at(served.url) as client:
            assert await client.is_ready()
            values: dict[str, Any] = await client.index()
            assert values["tenant"] == "default"
