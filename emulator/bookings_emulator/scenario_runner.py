"""Where scenarios are played: in an emulator of their own in this process, or at a server over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bookings_emulator.app import App
from bookings_emulator.client.files import scenario_of
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance, play
from bookings_emulator.scenario.receiver import receiving
from bookings_emulator.scenario.server import ScenarioServer, key_header
from bookings_emulator.tenant import Tenant

if TYPE_CHECKING:
    import httpx

ORIGIN = "http://localhost:8365"
_TIMEOUT = 30.0  # seconds for one call


class Unreachable(Exception):
    """Nothing answers at a base URL; the message says which."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What a run gives every scenario: tokens by persona, constants in the place of a file's, the control key.

    `stops` says whether a failed step ends its scenario; `on_step` hears of each step that is over.
    """

    tokens: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    stops: bool = True
    on_step: Callable[[], object] = lambda: None


async def play_in_process(scenarios: Iterable[Scenario], cast: Cast | None = None) -> list[Performance]:
    """Play each in a fresh emulator, without a socket. Raises FixtureError, QuirkError, FaultError for a given."""
    import httpx

    performances = []
    for each in scenarios:
        async with receiving(each) as (scenario, url):
            app = App(Tenant(start_of_given(scenario)))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
                server = ScenarioServer(client, ORIGIN, f"{ORIGIN}/_emulator", app.tenant.guid, url)
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
    async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
        has_control = await _has_control(client, base_url, cast)
        for each in scenarios:
            async with receiving(each) as (scenario, url):
                if has_control:
                    async with _open_tenant(client, base_url, scenario, cast) as server:
                        server.receiver = url
                        performances.append(await _play(scenario, server, cast))
                else:
                    performance = await _play(scenario, ScenarioServer(client, base_url, receiver=url), cast)
                    performance.note = "the server has no control plane: [given] is whatever state the server is in"
                    performances.append(performance)
    return performances


async def _play(scenario: Scenario, server: ScenarioServer, cast: Cast) -> Performance:
    server.tokens, server.values, server.key = cast.tokens, cast.values, cast.key
    return await play(scenario, server, stops=cast.stops, on_step=cast.on_step)


async def _has_control(client: httpx.AsyncClient, base_url: str, cast: Cast) -> bool:
    """Whether an emulator with its control plane answers. Raises Unreachable where nothing does."""
    import httpx

    try:
        answer = await client.get(f"{base_url}/_emulator/version", headers=key_header(cast.key))
        if answer.status_code in (401, 403) and "control plane" in answer.text:
            raise Unreachable(f"the control plane at {base_url} refused: {answer.text}")
        return answer.is_success and answer.json().get("name") == "graph-bookings-emulator"
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Unreachable(f"nothing responds at {base_url}: {error}") from error
    except ValueError:
        return False


@asynccontextmanager
async def _open_tenant(
    client: httpx.AsyncClient, base_url: str, scenario: Scenario, cast: Cast
) -> AsyncIterator[ScenarioServer]:
    """A tenant in the given of a scenario, for as long as it is played."""
    url, headers = f"{base_url}/_emulator/tenants", key_header(cast.key)
    made = await client.post(url, json={"scenario": scenario_of(scenario.data)}, headers=headers)
    if made.status_code != 201:
        raise Unreachable(f"{base_url} made no tenant for {scenario.name}: {made.status_code} {made.text}")
    tenant = made.json()
    root = base_url.partition("/tenants/")[0]
    origin = f"{root}/tenants/{tenant['name']}"
    try:
        yield ScenarioServer(client, origin, f"{origin}/_emulator", tenant["id"])
    finally:
        await client.delete(f"{url}/{tenant['name']}", headers=headers)
