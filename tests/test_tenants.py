"""Many tenants in one process: made and dropped while it runs, each found by its URL, none noticing another."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.conftest import HOME, ROOT


def names(client: TestClient, origin: str) -> list[str]:
    answer = client.get(f"{origin}/solutions/bookingBusinesses")
    assert answer.status_code == 200, answer.text
    return [each["displayName"] for each in answer.json()["value"]]


def test_a_tenant_is_made_with_urls_and_lives_apart(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "worker-1"})
    assert made.status_code == 201
    graph = made.json()["graph"]["v1.0"]
    assert graph == "http://localhost:8365/tenants/worker-1/v1.0"
    assert client.post(f"{graph}/solutions/bookingBusinesses", json={"displayName": "Ours"}).status_code == 201
    assert names(client, graph) == ["Contoso Small", "Ours"]
    assert names(client, "/v1.0") == ["Contoso Small"]


def test_links_and_control_of_a_tenant_stay_below_its_url(client: TestClient) -> None:
    tenant = client.post("/_emulator/tenants", json={"fixture": "empty"}).json()
    page = client.post(f"{tenant['graph']['beta']}/solutions/bookingBusinesses", json={"displayName": "One"})
    assert page.json()["@odata.context"].startswith("http://localhost:8365/tenants/t1/beta/$metadata#")
    assert page.headers["location"].startswith("http://localhost:8365/tenants/t1/beta/")
    index = client.get(tenant["control"]).json()
    assert index["tenant"] == "t1"
    assert index["control"]["reset"] == "http://localhost:8365/tenants/t1/_emulator/reset"
    assert client.post(index["control"]["reset"]).status_code == 204
    assert names(client, tenant["graph"]["v1.0"]) == []
    assert [each["operation"] for each in client.get(index["control"]["journal"]).json()["value"]] == ["listBusinesses"]


def test_tenants_are_listed_found_by_every_word_and_dropped(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "north"}).json()
    assert [each["name"] for each in client.get("/_emulator/tenants").json()["value"]] == ["default", "north"]
    for word in ("north", made["id"], "north.onmicrosoft.com", "NORTH"):
        assert client.get(f"/_emulator/tenants/{word}").json() == made
        assert client.get(f"/tenants/{word}{HOME}").status_code == 200
    assert client.delete("/_emulator/tenants/north").status_code == 204
    gone = client.get(f"/tenants/north{ROOT}")
    assert gone.status_code == 404
    assert gone.headers["x-emulator-reason"].startswith("there is no tenant at /tenants/north")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "Ours!"}, "a name is lower-case letters"),
        ({"name": "default"}, "'default' names the tenant 'default' already"),
        ({"fixture": "defualt"}, "did you mean 'default'?"),
        ({"now": "soon"}, "expected a moment"),
        ({"quirks": {"no-such": True}}, "there is no quirk"),
        ({"fixtur": "empty"}, "did you mean 'fixture'?"),
    ],
)
def test_what_cannot_be_made_is_said(client: TestClient, body: dict[str, object], message: str) -> None:
    answer = client.post("/_emulator/tenants", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert len(client.get("/_emulator/tenants").json()["value"]) == 1


def test_the_default_tenant_cannot_be_dropped(client: TestClient) -> None:
    assert client.delete("/_emulator/tenants/default").status_code == 400
    assert client.delete("/_emulator/tenants/nobody").status_code == 404
