"""The OpenAPI document of the control plane types all it says, and the tests hold every answer to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from bookings_emulator.client import literals
from bookings_emulator.control.answer_schemas import AnswerSchemas
from bookings_emulator.control.plane import ROUTES
from tests import documented, documented_planes
from tests.conftest import HOME, Graph

NAMED = (
    "Exchange", "Message", "Delivery", "Event", "Tenant", "Fault", "Quirk", "Snapshot", "Stub", "Persona", "Scenario",
    "FaultRule", "StubRule", "TenantStart", "AppointmentData", "Refusal",
)  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return documented.document()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (each for item in document["paths"].values() for each in item.values())


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    """Everything that is a schema of an object, wherever it stands."""
    if isinstance(value, dict):
        if value.get("type") == "object":
            yield value
        for each in value.values():
            yield from schemas_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from schemas_in(each)


def test_every_answer_has_a_schema_or_is_empty(document: dict[str, Any]) -> None:
    for each in operations(document):
        (success,) = (answer for status, answer in each["responses"].items() if status[0] == "2")
        if "204" in each["responses"]:
            assert "content" not in success
        else:
            assert all(media["schema"] for media in success["content"].values()), each["operationId"]
            also = {"text/event-stream"} if each["operationId"] == "play_scenario" else set()
            assert len(success["content"].keys() - also) == 1, each["operationId"]


def test_refusals_are_of_one_form(document: dict[str, Any]) -> None:
    for each in operations(document):
        assert each["responses"]["4XX"] == each["responses"]["5XX"] == {"$ref": "#/components/responses/Refusal"}


@pytest.mark.parametrize("name", NAMED)
def test_what_answers_and_bodies_consist_of_has_a_name(document: dict[str, Any], name: str) -> None:
    assert f'"#/components/schemas/{name}"' in json.dumps(document)
    assert document["components"]["schemas"][name]["properties"]


def test_every_reference_leads_somewhere_and_every_schema_is_one(document: dict[str, Any]) -> None:
    components = document["components"]
    for target in set(re.findall(r'"\$ref": "#/components/([^"]+)"', json.dumps(document))):
        kind, _, name = target.partition("/")
        assert name in components[kind], target
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_object_says_what_it_holds(document: dict[str, Any]) -> None:
    for schema in schemas_in(document):
        assert schema.keys() & {"properties", "additionalProperties"}, schema


def test_answers_have_no_members_but_those_declared(document: dict[str, Any]) -> None:
    described = AnswerSchemas()
    for route in ROUTES:
        if "Response" not in route.answers and route.status != 204:
            described.read_annotation(route.answers)
    for name, schema in described.named.items():
        assert schema["additionalProperties"] is False, name
        assert document["components"]["schemas"][name] == schema


@pytest.mark.parametrize("name", [each for each, value in vars(literals).items() if get_args(value)])
def test_closed_lists_have_their_names(document: dict[str, Any], name: str) -> None:
    assert document["components"]["schemas"][name]["enum"] == list(get_args(getattr(literals, name)))


PARAMETERS = {
    ("journal", "limit"): {"type": "integer", "minimum": 0},
    ("journal", "brief"): {"type": "boolean"},
    ("journal", "status"): {"type": "array", "items": {"type": "string"}},
    ("journal", "since"): {"type": "integer", "minimum": 0},
    ("wait", "timeout"): {"type": "number", "minimum": 0},
    ("one", "number"): {"type": "integer", "minimum": 0},
    ("outbox", "exchange"): {"type": "integer", "minimum": 0},
    ("outbox", "kind"): {"$ref": "#/components/schemas/MessageKind"},
    ("list_deliveries", "status"): {"$ref": "#/components/schemas/DeliveryStatus"},
    ("notes", "kind"): {"$ref": "#/components/schemas/NoteKind"},
    ("follow_events", "follow"): {"type": "boolean"},
    ("create_from_preset", "name"): {"$ref": "#/components/schemas/PresetName"},
}


@pytest.mark.parametrize(("operation", "name"), PARAMETERS)
def test_parameters_have_their_types(document: dict[str, Any], operation: str, name: str) -> None:
    (found,) = (each for each in operations(document) if each["operationId"] == operation)
    (parameter,) = (each for each in found["parameters"] if each["name"] == name)
    assert parameter["schema"] == PARAMETERS[operation, name]


def test_the_key_is_a_security_scheme_that_health_does_without(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["controlKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-Emulator-Key")
    assert document["security"] == [{}, {"controlKey": []}]
    assert document["paths"]["/_emulator/health"]["get"]["security"] == []


def test_the_stream_says_what_its_events_hold(document: dict[str, Any], client: TestClient) -> None:
    client.get(HOME)
    text = client.get("/_emulator/events?follow=false").text
    told = re.findall(r"event: (\w+)\ndata: (.*)\n", text)
    assert {kind for kind, _ in told} >= {"begin", "exchange", "end"}
    for kind, data in told:
        schema = document["components"]["schemas"]["StreamData"]["properties"][kind]
        Draft202012Validator({**schema, "components": document["components"]}).validate(json.loads(data))


CLOCK = {"mode": "real", "now": "2026-01-05T08:00:00Z", "offset": "PT0S"}
MISFITS = {
    "as it is": ("GET", "/_emulator/clock", 200, CLOCK, None),
    "in a tenant": ("GET", "/tenants/t1/_emulator/clock", 200, CLOCK, None),
    "a member more": ("GET", "/_emulator/clock", 200, {**CLOCK, "zone": "UTC"}, "'zone' was unexpected"),
    "a member less": ("GET", "/_emulator/clock", 200, {"mode": "real"}, "'now' is a required property"),
    "another word": ("GET", "/_emulator/clock", 200, {**CLOCK, "mode": "stopped"}, "is not one of"),
    "another status": ("GET", "/_emulator/clock", 202, CLOCK, "status 202 is not declared"),
    "a refusal without its reason": ("GET", "/_emulator/clock", 400, {}, "'error' is a required property"),
    "a route that is not there": ("GET", "/_emulator/clocks", 200, CLOCK, "no such operation"),
    "a body where none is": ("POST", "/_emulator/reset", 204, {}, "a body came with 204"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_what_is_not_declared_is_found(case: str) -> None:
    method, path, status, body, expected = MISFITS[case]
    why = documented.misfit(method, path, status, "application/json", json.dumps(body).encode())
    assert why is None if expected is None else expected in (why or "")


def test_answers_that_tests_get_are_held_to_the_document(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = documented.held["show_clock"]
    client.get("/_emulator/clock")
    assert documented.held["show_clock"] == before + 1
    monkeypatch.setattr("bookings_emulator.control.clock._clock_of", lambda tenant: {"mode": "real"})
    with pytest.raises(AssertionError, match="'now' is a required property"):
        client.get("/_emulator/clock")


def test_answers_of_graph_are_held_to_their_document(graph: Graph, misfits: list[str]) -> None:
    documented_planes.held.clear()
    answer = graph.get(HOME)
    assert misfits == []
    assert documented_planes.held == {("v1.0", "getBusiness", "200", ""): 1}
    answer.response.body = answer.response.body.replace(b'"displayName"', b'"displayname"')
    why = documented_planes.read_misfit(("v1.0", "getBusiness"), "200", answer.response)
    assert "'displayname' does not match" in (why or "")


def test_a_server_that_is_no_emulator_is_not_held_to_the_document() -> None:
    stand_in = httpx.MockTransport(lambda request: httpx.Response(418))
    with httpx.Client(transport=stand_in) as client:
        assert client.get("http://localhost:8365/_emulator/clock").status_code == 418
