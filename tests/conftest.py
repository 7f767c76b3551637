"""A fresh, seeded tenant with a frozen clock for every test, and a client that speaks to its Graph plane in process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.wire.graph import Graph as GraphMouth
from bookings_emulator.wire.plane import Plane

NOW = "2026-01-05T08:00:00Z"  # a Monday
ORIGIN = "http://localhost:8365"
BUSINESS = "ContosoSmall@contoso.onmicrosoft.com"
STAFF = "10000000-0000-4000-8000-000000000001"
SERVICE = "20000000-0000-4000-8000-000000000001"
GROUP = "20000000-0000-4000-8000-000000000002"
CUSTOMER = "30000000-0000-4000-8000-000000000001"
QUESTION = "40000000-0000-4000-8000-000000000001"
APPOINTMENT = "AAMkADKnAAA="
ROOT = "/v1.0/solutions/bookingBusinesses"
HOME = f"{ROOT}/{BUSINESS}"
# callers that say what they are: the personas of the small tenant
PERSONAS = [
    {"name": "app", "kind": "application"},
    {"name": "viewer", "kind": "delegated", "roles": {BUSINESS: "viewer"}},
    {"name": "stranger", "kind": "delegated", "roles": {}},
    {"name": "scheduler", "kind": "delegated", "roles": {BUSINESS: "scheduler"}},
    {"name": "unlicensed", "kind": "delegated", "roles": {BUSINESS: "administrator"}, "isLicensed": False},
]
ITEMS = {
    "bookingBusinesses": BUSINESS,
    "appointments": APPOINTMENT,
    "calendarView": APPOINTMENT,
    "customers": CUSTOMER,
    "customQuestions": QUESTION,
    "services": SERVICE,
    "staffMembers": STAFF,
    "bookingCurrencies": "USD",
}


def bearer(token: str) -> dict[str, str]:
    """The header of a caller."""
    return {"authorization": f"Bearer {token}"}


AS_APP, AS_VIEWER, AS_STRANGER, AS_SCHEDULER, AS_UNLICENSED = (bearer(each["name"]) for each in PERSONAS)


def at(text: str, zone: str = "UTC") -> dict[str, str]:
    """A dateTimeTimeZone."""
    return {"dateTime": text, "timeZone": zone}


def customer(**members: Any) -> dict[str, Any]:
    """An entry of the customers of an appointment."""
    return {"@odata.type": "#microsoft.graph.bookingCustomerInformation", **members}


def booking(**members: Any) -> dict[str, Any]:
    """The body of an appointment that can be created in the small tenant."""
    body = {
        "serviceId": SERVICE,
        "startDateTime": at("2026-01-12T10:00:00"),
        "endDateTime": at("2026-01-12T10:30:00"),
        "staffMemberIds": [STAFF],
        "customers": [customer(customerId=CUSTOMER, name="Adele Vance", emailAddress="adelev@contoso.com")],
    }
    return {**body, **members}


def small() -> dict[str, Any]:
    """One record of every kind."""
    return {
        "domain": "contoso.onmicrosoft.com",
        "personas": PERSONAS,
        "bookingCurrencies": [{"id": "EUR", "symbol": "€"}, {"id": "USD", "symbol": "$"}],
        "bookingBusinesses": [
            {
                "id": BUSINESS,
                "displayName": "Contoso Small",
                "staffMembers": [
                    {
                        "id": STAFF,
                        "displayName": "Dana Swope",
                        "emailAddress": "danas@contoso.com",
                        "role": "administrator",
                    }
                ],
                "customQuestions": [{"id": QUESTION, "displayName": "What is your age?"}],
                "services": [
                    {
                        "id": SERVICE,
                        "displayName": "Check-up",
                        "defaultDuration": "PT30M",
                        "postBuffer": "PT10M",
                        "defaultPrice": 40.0,
                        "defaultPriceType": "fixedPrice",
                        "defaultReminders": [{"offset": "P1D", "recipients": "customer", "message": "Tomorrow!"}],
                        "customQuestions": [{"questionId": QUESTION, "isRequired": True}],
                        "staffMemberIds": [STAFF],
                    },
                    {
                        "id": GROUP,
                        "displayName": "Class",
                        "defaultDuration": "PT1H",
                        "maximumAttendeesCount": 10,
                        "isLocationOnline": True,
                        "staffMemberIds": [STAFF],
                    },
                ],
                "customers": [
                    {
                        "id": CUSTOMER,
                        "displayName": "Adele Vance",
                        "emailAddress": "adelev@contoso.com",
                        "phones": [{"number": "5550100", "type": "mobile"}],
                        "addresses": [{"street": "1 Main", "city": "Buffalo"}],
                    }
                ],
                "appointments": [
                    {
                        "id": APPOINTMENT,
                        "serviceNotes": "Punctual!",
                        "customerNotes": "Allergic",
                        **booking(startDateTime=at("2026-01-06T09:00:00"), endDateTime=at("2026-01-06T09:30:00")),
                    }
                ],
            }
        ],
    }


@dataclass
class Answer:
    """A response of the plane with its JSON."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> dict[str, str]:
        return self.response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.response.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def reason(self) -> str:
        return self.headers.get("x-emulator-reason", "")


def request_of(
    method: str, url: str, body: Any = None, *, headers: dict[str, str] | None = None, raw: bytes | None = None
) -> Request:
    """A request as a plane gets it; paths may hold blanks and `@` as they are, a header that is None is left out."""
    path, _, query = url.partition("?")
    sent = {"authorization": "Bearer anything"}
    if body is not None or raw is not None:
        sent["content-type"] = "application/json"
    sent |= headers or {}
    content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    sent = {name: value for name, value in sent.items() if value is not None}
    return Request(method, quote(path, safe="/%()'@=$!,:+;"), query, sent, content, ORIGIN)


class Graph:
    """Calls the Graph plane of a tenant as HTTP would, without a socket. Paths may hold blanks and `@` as they are."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._plane = Plane(tenant, GraphMouth(tenant))

    def call(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        request = request_of(method, url, body, headers=headers, raw=raw)
        return Answer(self._plane.answer(Exchange("graph", request, self.tenant.clock.now())))

    def get(self, url: str, **options: Any) -> Answer:
        return self.call("GET", url, **options)

    def post(self, url: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", url, body, **options)

    def patch(self, url: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", url, body, **options)

    def delete(self, url: str, **options: Any) -> Answer:
        return self.call("DELETE", url, **options)


def set_policy(graph: Graph, path: str = HOME, **members: Any) -> None:
    """Give the business (or the service at `path`) a scheduling policy that differs from the usual in these members."""
    policy = {**graph.get(HOME).json["schedulingPolicy"], **members}
    assert graph.patch(path, {"schedulingPolicy": policy}).status == 204


def make_tenant(data: dict[str, Any] | None = None, *, seed: int = 1) -> Tenant:
    """A tenant of the given fixture data, frozen at NOW."""
    return Tenant(Start((Fixture("small", data or small()),), seed=seed, frozen=utc(NOW)))


@pytest.fixture(autouse=True, scope="session")
def misfits() -> Iterator[list[str]]:
    """What was answered and is not what the OpenAPI documents declare; filled while tests run."""
    from tests import documented, documented_planes

    found: list[str] = []
    with documented.holding(), documented_planes.holding(found):
        yield found


@pytest.fixture(autouse=True)
def _answers_are_documented(misfits: list[str]) -> Iterator[None]:
    """What the control plane, Graph and the connector answer is what their documents declare."""
    misfits.clear()
    yield
    assert misfits == []


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def graph(tenant: Tenant) -> Graph:
    return Graph(tenant)


@pytest.fixture
def client(tenant: Tenant) -> Iterator[TestClient]:
    """The whole emulator over ASGI, as a client with a token."""
    with TestClient(App(tenant), base_url=ORIGIN, headers={"Authorization": "Bearer anything"}) as client:
        yield client


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference facts that some tests compare with; they skip where it is absent."""
    folder = Path(os.environ.get("BOOKINGS_REFERENCE") or Path(__file__).parents[1].parent / "shared" / "reference")
    if not folder.is_dir():
        pytest.skip("the reference facts are not on this machine (set BOOKINGS_REFERENCE to their folder)")
    return folder
