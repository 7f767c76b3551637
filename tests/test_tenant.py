"""A run can be repeated: the same seed, clock and calls give the same bytes, and reset leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Chance, Start, Tenant
from tests.conftest import APPOINTMENT, BUSINESS, HOME, ROOT, SERVICE, Graph, booking, make_tenant, small


def journey(graph: Graph) -> list[tuple[int, dict[str, str], bytes]]:
    """Calls that visit every kind of state; what they answer, headers included."""
    answers = [
        graph.post(ROOT, {"displayName": "Fourth Coffee"}),
        graph.post(f"{HOME}/appointments", booking()),
        graph.post(f"{HOME}/services", {"displayName": "Bento"}),
        graph.patch(f"{HOME}/services/{SERVICE}", {"displayName": "Changed"}),
        graph.post(f"{HOME}/publish"),
        graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", {}),
        graph.get(f"{HOME}/appointments"),
        graph.get(f"{HOME}/customers"),
        graph.get(f"{HOME}/nothing"),
        graph.get(HOME),
    ]
    return [(each.status, each.headers, each.response.body) for each in answers]


def test_the_same_seed_clock_and_calls_give_the_same_bytes() -> None:
    assert journey(Graph(make_tenant(seed=7))) == journey(Graph(make_tenant(seed=7)))


def test_another_seed_gives_other_ids() -> None:
    assert journey(Graph(make_tenant(seed=7))) != journey(Graph(make_tenant(seed=8)))


def test_a_used_and_reset_tenant_is_like_a_fresh_one() -> None:
    used = make_tenant(seed=7)
    graph = Graph(used)
    first = journey(graph)
    graph.delete(HOME)
    used.reset()
    assert journey(graph) == first


def test_reset_over_http_restores_the_fixture(client: TestClient) -> None:
    client.delete(HOME)
    assert client.get(HOME).status_code == 404
    assert client.post("/_emulator/reset").status_code == 204
    assert client.get(HOME).status_code == 200


def test_two_tenants_never_notice_each_other() -> None:
    one, other = Graph(make_tenant()), Graph(make_tenant())
    one.delete(HOME)
    assert other.get(HOME).status == 200


def test_reset_follows_the_calendar_when_a_week_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {**small(), "anchor": "2026-01-05T08:00:00Z"}
    tenant = Tenant(Start((Fixture("small", data),), seed=1))
    start = tenant.store.record("appointments", BUSINESS, APPOINTMENT)["startDateTime"]["dateTime"]
    later = datetime.now(UTC) + timedelta(days=8)
    monkeypatch.setattr(tenant.clock, "now", lambda: later)
    tenant.reset()
    moved = tenant.store.record("appointments", BUSINESS, APPOINTMENT)["startDateTime"]["dateTime"]
    assert datetime.fromisoformat(moved[:19]) - datetime.fromisoformat(start[:19]) in (
        timedelta(days=7),
        timedelta(days=14),
    )


def test_ids_have_the_form_of_the_service() -> None:
    chance = Chance(1)
    first, second = chance.item("a@b.c"), chance.item("a@b.c")
    assert first != second
    assert len(first) == 152
    assert first[:60] == second[:60]
    assert len({chance.guid() for _ in range(1000)}) == 1000
