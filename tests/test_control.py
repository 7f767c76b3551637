"""The control plane as a whole: who may drive it, and that every route of it is described."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import ORIGIN, ROOT, small

HEALTH, RESET = "/_emulator/health", "/_emulator/reset"


def app(**settings: object) -> TestClient:
    tenant = Tenant(Start((Fixture("small", small()),)), Settings()._replace(**settings))
    return TestClient(App(tenant), base_url=ORIGIN, headers={"Authorization": "Bearer anything"})


@pytest.mark.parametrize("host", ["localhost:8365", "127.0.0.1", "[::1]:8365", "LOCALHOST", "host.docker.internal:1"])
def test_it_answers_to_this_machine(host: str) -> None:
    assert app().post(RESET, headers={"Host": host}).status_code == 204


def test_it_answers_to_no_other_host_unless_named() -> None:
    refused = app().post(RESET, headers={"Host": "evil.example:8365"})
    assert refused.status_code == 403
    assert "--control-host evil.example" in refused.json()["error"]
    assert app(hosts=("bookings",)).post(RESET, headers={"Host": "bookings:8365"}).status_code == 204
    assert app(hosts=("bookings",)).post(RESET, headers={"Host": "evil.example"}).status_code == 403
    assert app(hosts=("*",)).post(RESET, headers={"Host": "evil.example"}).status_code == 204


def test_the_emulated_planes_answer_to_every_host() -> None:
    assert app().get(ROOT, headers={"Host": "graph.microsoft.com"}).status_code == 200


def test_behind_a_key_only_health_is_open() -> None:
    client = app(key="Sesame")
    assert client.get(HEALTH).status_code == 200
    assert client.post(RESET).json()["error"].endswith("send it in the header X-Emulator-Key; got none")
    wrong = client.post(RESET, headers={"X-Emulator-Key": "Simsim"})
    assert wrong.status_code == 401
    assert "Sesame" not in wrong.text
    assert client.post(RESET, headers={"X-Emulator-Key": "Sesame"}).status_code == 204


def test_it_can_be_switched_off() -> None:
    client = app(has_control=False)
    assert client.get(HEALTH).status_code == 404
    assert "--no-control" in client.get(HEALTH).json()["error"]
    assert client.get(ROOT).status_code == 200


def test_its_openapi_document_describes_every_route(client: TestClient) -> None:
    document = client.get("/_emulator/openapi/control.json").json()
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == {(f"/_emulator{each.path}", each.method.lower()) for each in ROUTES}
    names = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    assert len(set(names)) == len(names)
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["summary"], path
            inside = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert inside == set(re.findall(r"{(\w+)}", path))


def test_the_index_names_every_route_without_parameters(client: TestClient) -> None:
    named = client.get("/_emulator").json()["control"]
    assert set(named) == {each.path[1:] for each in ROUTES if each.path and "{" not in each.path}


@pytest.mark.parametrize("route", [each for each in ROUTES if each.body is not None], ids=lambda each: each.path)
def test_a_body_that_does_not_fit_is_told_what_was_expected(route, client: TestClient) -> None:
    path = "/_emulator" + re.sub(r"{\w+}", "x", route.path)
    answer = client.request(route.method, path, json=[1])
    assert answer.status_code == 400
    expected = "at $[0]: expected object; got 1" if route.body["type"] == "array" else "expected object; got [1]"
    assert expected in answer.json()["error"]


@pytest.mark.parametrize("query", ["status=200,404", "status=200&status=404"])
def test_a_list_comes_with_commas_or_apart(query: str) -> None:
    client = app()
    for path in ("", "/nope", "/nope/services"):
        client.get(f"{ROOT}{path}")
    client.post(ROOT, json={})
    found = client.get(f"/_emulator/journal?{query}").json()["value"]
    assert [each["status"] for each in found] == [200, 404, 404]
    assert "may appear only once" in client.get("/_emulator/journal?limit=1&limit=2").json()["error"]


@pytest.mark.parametrize("depth", [250, 300, 900, 1030])
def test_a_body_that_is_nested_deep_is_refused(depth: int) -> None:
    answer = app().put("/_emulator/clock", content="[" * depth + "]" * depth)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("fixture", [[1], [None], [[]]])
def test_a_fixture_of_a_new_tenant_is_a_name_or_an_object(fixture: list[Any]) -> None:
    answer = app().post("/_emulator/tenants", json={"fixture": fixture})
    assert (answer.status_code, "$.fixture[0]: expected string or object" in answer.json()["error"]) == (400, True)


def test_a_slash_at_the_end_leads_to_no_other_tenant() -> None:
    client = app()
    client.post("/_emulator/tenants", json={"name": "other"})
    before = client.get("/_emulator/clock").json()["offset"]
    for path in ("/_emulator/clock/advance/", "/tenants/other/_emulator/clock/advance/"):
        answer = client.post(path, json={"by": "P100D"})
        assert answer.status_code == 404, answer.text
    assert client.get("/_emulator/clock").json()["offset"] == before


@pytest.mark.parametrize("name", ["%00", "%0d%0aSet-Cookie:x", "%22x%5C", "x" * 9000])
def test_a_tenant_that_cannot_be_is_told_in_json(name: str) -> None:
    assert "there is no tenant" in app().get(f"/tenants/{name}/_emulator").json()["error"]
    answer = app().get(f"/tenants/{name}/v1.0/solutions/bookingBusinesses")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "emulator.notenant")
