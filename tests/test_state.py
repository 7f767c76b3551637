"""State can be read, replaced, exported and kept: what comes back is what was there, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.store.export import export
from bookings_emulator.store.seed import Fixture, check, load_fixture, shipped, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import APPOINTMENT, AS_STRANGER, AS_VIEWER, HOME, NOW, ROOT, SERVICE, Graph, booking, make_tenant


def shown(tenant: Tenant) -> dict[str, Any]:
    """Everything a client can read, without what is made anew with every answer."""
    graph = Graph(tenant)
    out: dict[str, Any] = {}
    for version in ("v1.0", "beta"):
        root = f"/{version}/solutions/bookingBusinesses"
        for business in graph.get(root).json["value"]:
            home = f"{root}/{business['id']}"
            out[home] = graph.get(home).json
            for name in ("staffMembers", "customQuestions", "services", "customers", "appointments"):
                for each in graph.get(f"{home}/{name}").json["value"]:
                    out[f"{home}/{name}/{each['id']}"] = graph.get(f"{home}/{name}/{each['id']}").json
    return out


def without(value: Any, members: set[str]) -> Any:
    """JSON without some members, wherever they stand."""
    if isinstance(value, list):
        return [without(each, members) for each in value]
    if isinstance(value, dict):
        return {name: without(each, members) for name, each in value.items() if name not in members}
    return value


@pytest.mark.parametrize("version", ["v1.0", "beta"])
@pytest.mark.parametrize("name", [each for each in shipped() if each != "currencies"])
def test_an_exported_state_brings_back_what_was_there(name: str, version: str) -> None:
    tenant = Tenant(Start((load_fixture(name),), seed=3, frozen=utc(NOW)))
    data = export(tenant.store, tenant.clock.now(), version)
    check("export", data)
    again = Tenant(Start((Fixture("export", data),), seed=3, frozen=utc(NOW)))
    expected = shown(tenant)
    if version == "beta":  # which does not know the two members of a phone that v1.0 has
        expected = without(expected, {"language", "region"})
        assert without(shown(again), {"language", "region"}) == expected
    else:
        assert shown(again) == expected


def test_who_made_a_business_is_its_administrator_after_an_export_too(client: TestClient, graph: Graph) -> None:
    home = f"{ROOT}/{graph.post(ROOT, {'displayName': 'Tea'}, headers=AS_STRANGER).json['id']}"
    state = client.get("/_emulator/state").json()
    assert [each.get("maker") for each in state["bookingBusinesses"]] == [None, "stranger@contoso.onmicrosoft.com"]
    check("state", state)
    again = Graph(Tenant(Start((Fixture("state", state),), seed=3, frozen=utc(NOW))))
    client.put("/_emulator/state", json=state)
    for each in (graph, again):
        assert each.patch(home, {"phone": "1"}, headers=AS_STRANGER).status == 204
        assert each.get(home, headers=AS_VIEWER).status == 404
        assert "maker" not in each.get(home, headers=AS_STRANGER).json


def test_what_only_beta_has_survives_an_export_of_beta() -> None:
    tenant = make_tenant()
    graph = Graph(tenant)
    home = HOME.replace("v1.0", "beta")
    assert graph.patch(f"{home}/appointments/{APPOINTMENT}", {"invoiceId": "4711"}).status in (200, 204)
    again = Tenant(Start((Fixture("x", export(tenant.store, tenant.clock.now(), "beta")),), frozen=utc(NOW)))
    assert Graph(again).get(f"{home}/appointments/{APPOINTMENT}").json["invoiceId"] == "4711"


def test_state_goes_out_and_in_over_http(client: TestClient) -> None:
    client.post(f"{HOME}/services", json={"displayName": "Bento"})
    state = client.get("/_emulator/state").json()
    client.delete(HOME)
    assert client.get(ROOT).json()["value"] == []
    assert client.put("/_emulator/state", json=state).json() == {"businesses": 1}
    assert "Bento" in client.get(f"{HOME}/services").text
    client.post("/_emulator/reset")
    assert "Bento" not in client.get(f"{HOME}/services").text


def test_a_wrong_state_changes_nothing_and_is_told_where(client: TestClient) -> None:
    before = client.get(f"{HOME}/services").json()
    for body, message in (
        ({"bookingBusinesses": [{"displayName": 5}]}, "$.bookingBusinesses[0].displayName"),
        ({"bookingBusinesses": [{"displayName": "A", "services": [{"displayNam": "x"}]}]}, "did you mean"),
        ({"bookingBusinesses": [{"displayName": "A", "services": [{"defaultDuration": "P1M"}]}]}, "services[0]"),
    ):
        answer = client.put("/_emulator/state", json=body)
        assert answer.status_code == 400
        assert message in answer.json()["error"]
    assert client.get("/_emulator/state?version=v2").status_code == 400
    assert client.get(f"{HOME}/services").json() == before


def test_a_snapshot_brings_everything_back_but_the_journal(client: TestClient) -> None:
    client.put("/_emulator/quirks/update-no-content", json={"value": False})
    client.post("/_emulator/clock/advance", json={"by": "P1D"})
    assert client.post("/_emulator/snapshots", json={"name": "before"}).json() == {"name": "before"}
    first = [client.get(url).content for url in WATCHED]
    client.post(f"{HOME}/appointments", json=booking())
    client.post("/_emulator/clock/advance", json={"by": "P3D"})
    client.put("/_emulator/quirks/update-no-content", json={"value": True})
    client.patch(f"{HOME}/services/{SERVICE}", json={"displayName": "Changed"})
    assert [client.get(url).content for url in WATCHED] != first
    assert client.post("/_emulator/snapshots/before/restore").status_code == 204
    assert [client.get(url).content for url in WATCHED] == first
    assert len(client.get("/_emulator/journal").json()["value"]) > 4


WATCHED = (f"{HOME}/appointments", f"{HOME}/services", "/_emulator/clock", "/_emulator/quirks", "/_emulator/outbox")


def test_what_happens_after_a_restore_happens_as_it_did_before(client: TestClient) -> None:
    client.post("/_emulator/snapshots", json={})
    one = client.post(f"{HOME}/appointments", json=booking()).json()
    client.post("/_emulator/snapshots/s1/restore")
    assert client.post(f"{HOME}/appointments", json=booking()).json() == one


def test_snapshots_are_listed_dropped_and_gone_with_a_reset(client: TestClient) -> None:
    for _ in range(2):
        client.post("/_emulator/snapshots")
    assert client.get("/_emulator/snapshots").json()["value"] == [{"name": "s1"}, {"name": "s2"}]
    assert client.delete("/_emulator/snapshots/s1").status_code == 204
    answer = client.post("/_emulator/snapshots/s1/restore")
    assert answer.status_code == 404
    assert "there are: s2" in answer.json()["error"]
    client.post("/_emulator/reset")
    assert client.get("/_emulator/snapshots").json()["value"] == []


def test_a_snapshot_knows_quirks_that_were_switched_after_it(tenant: Tenant) -> None:
    client = TestClient(App(tenant), headers={"Authorization": "Bearer anything"})
    url = f"{HOME}/appointments/{APPOINTMENT}"
    first = client.get(url).json()
    client.post("/_emulator/snapshots")
    client.delete(url)
    client.put("/_emulator/quirks/abstract-types", json={"value": False})
    client.put("/_emulator/quirks/abstract-types", json={"value": True})
    client.post("/_emulator/snapshots/s1/restore")
    assert client.get(url).json() == first


def test_a_snapshot_without_a_name_takes_one_that_is_free(client: TestClient) -> None:
    def take(**body: str) -> str:
        return str(client.post("/_emulator/snapshots", json=body).json()["name"])

    assert [take(), take()] == ["s1", "s2"]
    client.delete("/_emulator/snapshots/s1")
    assert take() == "s3"
    assert take(name="s4") == "s4"
    assert take() == "s5"
    assert [each["name"] for each in client.get("/_emulator/snapshots").json()["value"]] == ["s2", "s3", "s4", "s5"]
