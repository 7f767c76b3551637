"""Every route of the control plane has a method of the Python client that calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import compile_path

from bookings_emulator import Client, Emulator
from bookings_emulator.client.client import open_http
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.settings import Settings

NAMES = [f"{each.method} {each.path}" for each in ROUTES]
PATHS = [(each.method, compile_path(each.path)[0]) for each in ROUTES]
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
# routes that tests in Python have no use for
APART = {
    "GET /openapi/{version}.json": "for generators of clients; index['openapi'] has its URL",
    "GET /reference": "to be read by people; index['control'] has its URL",
    "GET /schemas/fixture.json": "for editors; `bookings-emulator fixtures --schema` prints it",
    "GET /schemas/recipe.json": "for editors; `bookings-emulator fixtures --recipe-schema` prints it",
    "GET /schemas/notification.json": "for generators of types",
    "GET /schemas/scenario.json": "for editors; `bookings-emulator scenarios` prints it",
}
Call = Callable[[Client], Any]
CALLS: dict[str, Call] = {
    "GET ": lambda bookings: bookings.index["seed"],
    "GET /health": lambda bookings: bookings.is_ready(),
    "GET /version": lambda bookings: bookings.version,
    "POST /reset": lambda bookings: bookings.reset(),
    "GET /clock": lambda bookings: bookings.clock.now(),
    "PUT /clock": lambda bookings: bookings.clock.freeze(),
    "POST /clock/advance": lambda bookings: bookings.clock.advance(days=1),
    "GET /quirks": lambda bookings: list(bookings.quirks),
    "PUT /quirks/{id}": lambda bookings: bookings.quirk("list-forbidden"),
    "GET /tenant-settings": lambda bookings: bookings.tenant_settings(),
    "PUT /tenant-settings": lambda bookings: bookings.tenant_settings(BookingsNotesEntryRestricted=True),
    "GET /state": lambda bookings: bookings.state("beta"),
    "PUT /state": lambda bookings: bookings.replace({"bookingBusinesses": []}),
    "POST /records": lambda bookings: bookings.add.business("Fourth Coffee"),
    "GET /snapshots": lambda bookings: bookings.snapshots(),
    "POST /snapshots": lambda bookings: bookings.snapshot(),
    "POST /snapshots/{name}/restore": lambda bookings: bookings.snapshots()[0].restore(),
    "DELETE /snapshots/{name}": lambda bookings: bookings.snapshots()[0].drop(),
    "GET /outbox": lambda bookings: list(bookings.outbox),
    "GET /journal": lambda bookings: bookings.journal[-1],
    "DELETE /journal": lambda bookings: bookings.journal.clear(),
    "GET /journal/wait": lambda bookings: bookings.journal.wait(operation="listBusinesses"),
    "POST /journal/verify": lambda bookings: bookings.journal.verify(operation="listBusinesses"),
    "GET /journal/notes": lambda bookings: bookings.journal.notes(),
    "GET /journal/permissions": lambda bookings: bookings.journal.permissions(),
    "GET /journal/scenario": lambda bookings: bookings.journal.scenario(),
    "GET /journal.har": lambda bookings: bookings.journal.har(),
    "GET /journal/{number}": lambda bookings: bookings.journal.exchange(1),
    "POST /plays": lambda bookings: bookings.play("list-forbidden"),
    "GET /businesses": lambda bookings: bookings.businesses[0],
    "GET /businesses/{id}": lambda bookings: bookings.show_business(DENTAL),
    "GET /businesses/{id}/calendar": lambda bookings: bookings.calendar(
        DENTAL, "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"
    ),
    "GET /troubleshooting": lambda bookings: bookings.troubleshooting(problem="bk.unknown")[0],
    "GET /events": lambda bookings: bookings.events().close(),
    "GET /subscriptions": lambda bookings: list(bookings.subscriptions),
    "GET /deliveries": lambda bookings: list(bookings.deliveries),
    "POST /deliveries/{id}/redeliver": lambda bookings: bookings.deliveries.redeliver(bookings.deliveries[0]["id"]),
    "POST /deliveries/settle": lambda bookings: bookings.deliveries.settle(),
    "GET /tenants": lambda bookings: bookings.tenants(),
    "POST /tenants": lambda bookings: bookings.tenant("empty").drop(),
    "GET /tenants/{tenant}": lambda bookings: bookings.id,
    "DELETE /tenants/{tenant}": lambda bookings: bookings.drop(),
    "GET /personas": lambda bookings: list(bookings.personas),
    "POST /tokens": lambda bookings: bookings.token("viewer"),
    "POST /personas/{name}/revoke": lambda bookings: bookings.revoke("viewer"),
    "GET /device-codes": lambda bookings: bookings.device_codes[0],
    "PUT /device-codes/{code}": lambda bookings: bookings.device_codes.decline(bookings.device_codes[0]["user_code"]),
    "GET /personas/{name}/certificate.pem": lambda bookings: bookings.certificate("application"),
    "GET /ca.pem": lambda bookings: bookings.ca(),
    "GET /faults": lambda bookings: bookings.faults[0],
    "POST /faults": lambda bookings: bookings.fault(status=503),
    "DELETE /faults": lambda bookings: bookings.faults.clear(),
    "GET /faults/presets": lambda bookings: bookings.faults.presets[0],
    "POST /faults/presets/{name}": lambda bookings: bookings.fault("throttled"),
    "GET /faults/problems": lambda bookings: bookings.faults.problems[0],
    "GET /faults/operations": lambda bookings: bookings.faults.operations[0],
    "GET /faults/{id}": lambda bookings: bookings.fault("throttled").fired,
    "DELETE /faults/{id}": lambda bookings: bookings.fault("throttled").drop(),
    "GET /stubs": lambda bookings: bookings.stubs(),
    "POST /stubs": lambda bookings: bookings.stub("GET /teams"),
    "PUT /stubs": lambda bookings: bookings.stubs.replace([]),
    "DELETE /stubs": lambda bookings: bookings.stubs.clear(),
    "DELETE /stubs/{name}": lambda bookings: bookings.stub("GET /teams").drop(),
    "GET /scenarios": lambda bookings: bookings.scenarios[0],
    "GET /scenarios/{name}": lambda bookings: bookings.scenario("list-forbidden"),
    "POST /scenarios": lambda bookings: bookings.load(bookings.scenario("list-forbidden")),
    "POST /scenarios/{name}": lambda bookings: bookings.load("list-forbidden"),
}
Made = set[str]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with Emulator(settings=Settings(https=0)) as client:
        yield client.url


@pytest.fixture
def made() -> Made:
    """The routes that were called."""
    return set()


@pytest.fixture
def bookings(server: str, made: Made) -> Iterator[Client]:
    """A tenant in which something has happened of all there can be."""
    with open_http(server, event_hooks={"request": [lambda asked: made.update(route_of(asked))]}) as http:
        tenant = Client(server, http=http).tenant()
        tenant.snapshot()
        tenant.graph.get("/solutions/bookingBusinesses")
        tenant.subscribe(DENTAL, "Deleted", "https://prod-1.westeurope.logic.azure.com/flow")
        appointments = f"/solutions/bookingBusinesses/{DENTAL}/appointments"
        first = tenant.graph.get(appointments).json()["value"][0]["id"]
        tenant.graph.delete(f"{appointments}/{first}")
        (client_id,) = {each["client_id"] for each in tenant.personas if each["name"] == "viewer"}
        form = {"client_id": client_id, "scope": "Bookings.Read.All"}
        http.post(f"{server}/{tenant.id}/oauth2/v2.0/devicecode", data=form).raise_for_status()
        tenant.fault(operation="publish", status=503)
        made.clear()
        for cached in ("index", "id"):
            tenant.__dict__.pop(cached, None)
        yield tenant
        tenant.close()


def route_of(asked: httpx.Request) -> Iterator[str]:
    """The first route of the table that a request fits, as the control plane finds it."""
    _, is_control, path = asked.url.path.partition("/_emulator")
    if is_control:
        yield next(
            name
            for name, (method, fits) in zip(NAMES, PATHS, strict=True)
            if method == asked.method and fits.fullmatch(path)
        )


@pytest.mark.parametrize("name", [each for each in NAMES if each not in APART])
def test_a_method_of_the_client_calls_the_route(name: str, bookings: Client, made: Made) -> None:
    call = CALLS.get(name)
    assert call, f"no method of emulator.Client is known to call {name}; add one, and a row here"
    call(bookings)
    assert name in made


def test_every_row_is_of_a_route() -> None:
    assert {*CALLS, *APART} == set(NAMES)
    assert not CALLS.keys() & APART.keys()
