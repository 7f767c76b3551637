"""The part of the table of quirks that is about headers: what to ask a fresh tenant, and what is seen."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from bookings_emulator.app import App
from tests.conftest import ORIGIN, ROOT, Graph

_NAME = "Strict-Transport-Security"


def planes_that_demand_https(graph: Graph) -> Any:
    client = TestClient(App(graph.tenant), base_url=ORIGIN, headers={"Authorization": "Bearer x"})
    hub = "/apim/microsoftbookings/c1/BookingsService/api/V1/bookingBusinessesUserAsAdmin"
    paths = {
        "graph": ROOT,
        "identity": "/common/v2.0/.well-known/openid-configuration",
        "hub": hub,
        "control": "/_emulator",
    }
    return {name: client.get(path).headers.get(_NAME) for name, path in paths.items()}


# id → what is asked, and what is seen under each value
SEEN: dict[str, tuple[Any, dict[bool | str, Any]]] = {
    "strict-transport-security": (
        planes_that_demand_https,
        {
            False: dict.fromkeys(("graph", "identity", "hub", "control")),
            True: {
                "graph": "max-age=31536000",
                "identity": "max-age=31536000; includeSubDomains",
                "hub": "max-age=31536000; includeSubDomains",
                "control": None,
            },
        },
    ),
}
