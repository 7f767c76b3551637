"""The connector as OpenAPI 3.1 says what the OpenAPI 2.0 says, and its notification is what the JSON Schema says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.documents.connector_openapi import connector_openapi
from bookings_emulator.documents.connector_openapi3 import connector_openapi3, notification_schema
from tests.conftest import ORIGIN, Graph
from tests.connector_quirks import GROUP_MEMBERS, misfit_of_notification, told_of_booking

CONTRACT = load_connector()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return connector_openapi3(CONTRACT, ORIGIN)


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    found = {}
    for path, item in document["paths"].items():
        for method, each in item.items():
            if "operationId" in each:
                found[each["operationId"]] = (method, path, each)
    return found


def test_both_forms_are_served(client: TestClient, document: dict[str, Any]) -> None:
    assert client.get("/_emulator/openapi/connector-openapi3.json").json() == document
    assert client.get("/_emulator/openapi/connector.json").json()["swagger"] == "2.0"
    assert client.get("/_emulator/schemas/notification.json").json() == notification_schema(CONTRACT)
    assert client.get("/_emulator").json()["openapi"].keys() >= {"connector", "connector-openapi3"}


def test_a_document_that_there_is_not_is_refused_with_the_nearest(client: TestClient) -> None:
    answer = client.get("/_emulator/openapi/connecter.json")
    assert (answer.status_code, "did you mean 'connector'?" in answer.json()["error"]) == (404, True)


def test_it_has_the_operations_of_the_older_form(document: dict[str, Any]) -> None:
    old, new = operations(connector_openapi(CONTRACT, ORIGIN)), operations(document)
    assert old.keys() == new.keys()
    for name, (method, path, each) in old.items():
        assert new[name][:2] == (method, path)
        assert new[name][2]["responses"].keys() == each["responses"].keys()
        outside = [parameter["name"] for parameter in each["parameters"] if parameter["in"] != "body"]
        assert [parameter["name"] for parameter in new[name][2]["parameters"]] == outside
        assert all(parameter["schema"]["type"] == "string" for parameter in new[name][2]["parameters"])


def test_nothing_of_the_older_form_is_left(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert document["openapi"] == "3.1.0"
    assert "#/definitions/" not in text
    assert '"in": "body"' not in text
    assert document["servers"] == [{"url": ORIGIN}]
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        Draft202012Validator.check_schema(document["components"]["schemas"][name])
    assert document["components"]["securitySchemes"]["oauth2_auth"]["flows"]["authorizationCode"]["scopes"]


def test_a_subscription_demands_nothing_that_is_filled_and_tells_of_its_notification(document: dict[str, Any]) -> None:
    _, _, trigger = operations(document)["CreateAppointment"]
    assert "default" not in json.dumps(trigger["requestBody"])
    ((address, callback),) = trigger["callbacks"]["notification"].items()
    assert address == "{$request.body#/webhook/notification_url}"
    schema = callback["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/AppointmentData"}


@pytest.mark.parametrize("members", [{}, GROUP_MEMBERS], ids=["1:1", "group"])
def test_a_notification_fits_its_schema(members: dict[str, Any], graph: Graph) -> None:
    body = told_of_booking(graph, **members)
    assert Draft202012Validator(notification_schema(CONTRACT)).is_valid(body)
    assert misfit_of_notification(body) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("Duration", None, None), ("Duration", "1800", "is not of type"), ("Length", 1, "'Length' was unexpected")],
)
def test_a_notification_that_does_not_fit_is_found(name: str, value: Any, expected: str | None, graph: Graph) -> None:
    why = misfit_of_notification({**told_of_booking(graph), name: value})
    assert why is None if expected is None else expected in (why or "")


def test_a_notification_lacks_none_but_what_the_form_of_2022_lacked() -> None:
    required = set(notification_schema(CONTRACT)["required"])
    without = {each for each in CONTRACT.without if "." not in each}
    assert {name.name for name in CONTRACT.types["AppointmentData"]} - required == without
