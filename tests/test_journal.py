"""The journal: what was exchanged, with the reasons behind opaque answers; bounded, and without tokens."""

from __future__ import annotations

from starlette.testclient import TestClient

from emulator.events.journal import CAPACITY
from tests.conftest import AS_APP, HOME, ROOT, Graph, at, booking


def test_a_broken_rule_is_named_in_the_journal(client: TestClient, graph: Graph) -> None:
    body = booking(endDateTime=at("2026-01-12T11:00:00"))
    answer = graph.post(f"{HOME}/appointments", body, headers=AS_APP)
    assert answer.error["message"] == ""
    (entry,) = client.get("/_emulator/journal").json()["value"]
    assert (entry["method"], entry["status"]) == ("POST", 500)
    assert entry["reason"].startswith("business rule duration: the service lasts PT30M")
    assert entry["request_id"] == answer.headers["request-id"]
    assert entry["at"] == "2026-01-05T08:00:00Z"


def test_tokens_are_not_kept(client: TestClient, graph: Graph) -> None:
    graph.get(ROOT, headers={"authorization": "Bearer very-secret"})
    assert "very-secret" not in client.get("/_emulator/journal").text


def test_it_is_bounded_and_says_what_it_let_go_and_reset_empties_it(client: TestClient, graph: Graph) -> None:
    for _ in range(CAPACITY + 3):
        graph.get(ROOT)
    found = client.get("/_emulator/journal").json()
    assert (len(found["value"]), found["dropped"]) == (CAPACITY, 3)
    client.post("/_emulator/reset")
    assert client.get("/_emulator/journal").json() == {"value": [], "dropped": 0}
