"""Where scenarios are played: in an emulator of their own in this process, or at a server over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.app import App
from emulator.scenario.given import start_of_given
from emulator.scenario.model import Scenario
from emulator.scenario.play import Performance, play
from emulator.scenario.receiver import receiver
from emulator.scenario.server import Server
from emulator.tenant import Tenant

if TYPE_CHECKING:
    import httpx

ORIGIN = "http://localhost:8365"
_TIMEOUT = 30.0  # seconds for one call


class Unreachable(Exception):
    """Nothing answers at a base URL; the message says which."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What a run gives every scenario: tokens by persona, constants in the place of a file's, the control key.

    `stops` says whether a failed step ends its scenario.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    stops: bool = True


async def play_in_process(scenarios: Iterable[Scenario], cast: Cast | None = None) -> list[Performance]:
    """Play each in a fresh emulator, without a socket. Raises FixtureError and QuirkError where a given cannot be."""
    import httpx

    performances = []
    for scenario in scenarios:
        app = App(Tenant(start_of_given(scenario)))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            server = Server(client, ORIGIN, f"{ORIGIN}/_emulator", app.tenant.guid)
            performances.append(await _play(scenario, server, cast or Cast()))
    return performances


async def play_at(base_url: str, scenarios: Iterable[Scenario], cast: Cast | None = None) -> list[Performance]:
    """Play each at a server: in a tenant of its own where an emulator answers there, else as it is. Raises Unreachable.

    A server without a control plane is in no given; what needs that plane is skipped.
    """
    import httpx

    cast = cast or Cast()
    base_url = base_url.rstrip("/")
    performances = []
    async with httpx.AsyncClient(timeout=_TIMEOUT, headers=_key(cast)) as client:
        has_control = await _has_control(client, base_url)
        for scenario in scenarios:
            if not has_control:
                performance = await _play(scenario, Server(client, base_url), cast)
                performance.note = "no control plane there: the given is whatever the server is in"
            else:
                async with _tenant(client, base_url, scenario) as server:
                    performance = await _play(scenario, server, cast)
            performances.append(performance)
    return performances


async def _play(scenario: Scenario, server: Server, cast: Cast) -> Performance:
    server.tokens, server.values = cast.tokens, cast.values
    needs_receiver = "{receiver}" in str(scenario.data)
    async with receiver() if needs_receiver else nullcontext("") as url:
        server.receiver = url
        return await play(scenario, server, stops=cast.stops)


def _key(cast: Cast) -> dict[str, str]:
    return {"x-emulator-key": cast.key} if cast.key else {}


async def _has_control(client: httpx.AsyncClient, base_url: str) -> bool:
    """Whether an emulator with its control plane answers. Raises Unreachable where nothing does."""
    import httpx

    try:
        answer = await client.get(f"{base_url}/_emulator/version")
        if answer.status_code in (401, 403) and "control plane" in answer.text:
            raise Unreachable(f"the control plane at {base_url} refuses: {answer.text}")
        return answer.is_success and answer.json().get("name") == "graph-bookings-emulator"
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Unreachable(f"nothing answers at {base_url}: {error}") from error
    except ValueError:
        return False


@asynccontextmanager
async def _tenant(client: httpx.AsyncClient, base_url: str, scenario: Scenario) -> AsyncIterator[Server]:
    """A tenant in the given of a scenario, for as long as it is played."""
    made = await client.post(f"{base_url}/_emulator/tenants", json={"scenario": scenario.data})
    if made.status_code != 201:
        raise Unreachable(f"{base_url} made no tenant for {scenario.name}: {made.status_code} {made.text}")
    tenant = made.json()
    root = base_url.partition("/tenants/")[0]
    origin = f"{root}/tenants/{tenant['name']}"
    try:
        yield Server(client, origin, f"{origin}/_emulator", tenant["id"])
    finally:
        await client.delete(f"{base_url}/_emulator/tenants/{tenant['name']}")
