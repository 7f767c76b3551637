"""The contract of the connector: its facts are those of the reference, its file is closed, its OpenAPI 2.0 follows."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.contract.connector import build_connector, load_connector
from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.documents.connector_openapi import connector_openapi
from tests.conftest import ORIGIN, Graph, at, booking, customer, make_tenant
from tests.connector_quirks import HOME, Connector

FILE = Path(__file__).parents[1] / "emulator" / "bookings_emulator" / "contract" / "connector.toml"
CONTRACT = load_connector()
SCALARS = {"int32": "integer(int32)"}


@pytest.fixture(scope="module")
def known(reference: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((reference / "connector" / "contract.json").read_text())
    return facts


def test_operations_are_those_of_the_definition(known: dict[str, Any]) -> None:
    ours = {each.id: each for each in CONTRACT.operations.values() if not each.is_backend_only}
    assert set(ours) == {each["operationId"] for each in known["operations"]}
    for theirs in known["operations"]:
        mine = ours[theirs["operationId"]]
        assert (mine.method, mine.path) == (theirs["method"], theirs["path_after_connection_runtime_url"])
        assert mine.summary == theirs["summary"]
        declared = {int(status): each for status, each in theirs["responses"].items()}
        assert {mine.status, *mine.errors} == set(declared)
        assert mine.returns == declared[mine.status]["schema"]
        assert mine.errors == {code: each["swagger_description"] for code, each in declared.items() if code >= 400}
        if mine.kind == "trigger":
            webhook = theirs["request_body"]["properties"]["webhook"]
            assert webhook["properties"]["change_type"]["default"] == [mine.change]
            assert webhook["properties"]["resource"]["default"] == CONTRACT.resource


def test_types_have_the_same_members_in_the_same_order(known: dict[str, Any]) -> None:
    assert set(CONTRACT.types) == set(known["types"])
    for name, members in CONTRACT.types.items():
        theirs = known["types"][name]["properties"]
        mine = {}
        for each in members:
            kind = SCALARS.get(each.kind, each.kind)
            mine[each.name] = (f"array<{kind}>" if each.is_list else kind, each.title or None)
        assert list(mine.items()) == [(key, (each["type"], each["title"])) for key, each in theirs.items()], name


def test_limit_hosts_and_the_form_of_2022_are_the_known_ones(known: dict[str, Any]) -> None:
    assert CONTRACT.limit == known["limits"]["flows_per_booking_mailbox"]
    assert (CONTRACT.name, CONTRACT.version) == (known["connector_id"], known["version"])
    assert known["hosts"]["backend"].startswith(CONTRACT.backend)
    assert known["hosts"]["api_hub_legacy"].partition(".net")[2].startswith(CONTRACT.hub)
    assert CONTRACT.scopes == tuple(known["auth"]["connection"]["scopes"][0].split())
    older = {each["operationId"]: each["path"] for each in known["legacy_v1"]["operations"]}
    assert {each.id: each.older_path for each in CONTRACT.operations.values() if each.older_path} == older
    differences = " ".join(known["legacy_v1"]["differences"])
    assert all(each in differences for each in CONTRACT.without)


def test_the_texts_of_refusals_are_those_of_the_definition() -> None:
    rows = {row.id: row.message for row in load_problems().values()}
    for each in CONTRACT.operations.values():
        if each.kind == "trigger":
            assert each.errors[401] == rows["connector.unauthenticated"]
            assert each.errors[403] == rows["connector.notadmin"]
            assert each.errors[429] == rows["connector.limit"].replace("{scope}", each.limit_scope)
            assert each.errors[500] == rows["connector.internal"].replace("{detail}", "").strip()


def test_a_notification_has_every_member_in_the_order_of_the_definition() -> None:
    tenant = make_tenant()
    tenant.set_quirk("unanswered-questions", True)
    graph = Graph(tenant)
    connector = Connector(graph)
    connector.subscribe("Created")
    graph.post(f"{HOME}/appointments", booking())
    ((_, body),) = connector.told()
    types = {name: [each.name for each in members] for name, members in CONTRACT.types.items()}
    assert list(body) == types["AppointmentData"]
    assert list(body["CustomerLocation"]) == types["Location"]
    assert list(body["CustomerLocation"]["PhysicalAddress"]) == types["PhysicalAddress"]
    assert list(body["StaffMembers"][0]) == types["StaffMemberData"]
    # here a flow was seen to get another order than that of the definition
    assert sorted(body["CustomQuestionAnswers"][0]) == sorted(types["CustomQuestion"])
    assert list(body["CustomQuestionAnswers"][0])[:2] == ["Answer", "Question"]


def changed(path: str, value: Any) -> dict[str, Any]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    place: Any = table
    *outer, last = path.split("/")
    for each in outer:
        place = place[each]
    if value is None:
        del place[last]
    else:
        place[last] = copy.copy(value)
    return table


BAD = {
    "an unknown table": ("limts", {}, "c.toml: unknown word 'limts'; did you mean 'limits'?"),
    "no host": ("backend", None, "c.toml: needs backend"),
    "an unknown limit": ("limits/flows", 5, "c.toml: limits: unknown word 'flows'"),
    "an unknown rule": ("delivery/attemps", 3, "c.toml: delivery: unknown word 'attemps'; did you mean 'attempts'?"),
    "an unknown word of an operation": (
        "operation/DeleteWebhook/statsu",
        200,
        "c.toml: operation.DeleteWebhook: unknown word 'statsu'; did you mean 'status'?",
    ),
    "an unknown kind": (
        "operation/DeleteWebhook/kind",
        "delete",
        "c.toml: operation.DeleteWebhook.kind: unknown word 'delete'; expected one of list, trigger, unsubscribe",
    ),
    "an unknown type": (
        "operation/DeleteWebhook/returns",
        "Webhook",
        "c.toml: operation.DeleteWebhook.returns: unknown word 'Webhook'",
    ),
    "a trigger that subscribes nothing": (
        "operation/CreateAppointment/change",
        None,
        "c.toml: operation.CreateAppointment: needs change",
    ),
    "a member of an unknown type": (
        "type/AppointmentData/Id",
        ["strnig", "Id", ""],
        "c.toml: type.AppointmentData.Id: unknown type 'strnig'; did you mean 'string'?",
    ),
    "a member without a title": (
        "type/AppointmentData/Id",
        ["string"],
        "c.toml: type.AppointmentData.Id: expected [type, title, what it holds]; got ['string']",
    ),
}


@pytest.mark.parametrize(("path", "value", "message"), BAD.values(), ids=BAD)
def test_a_word_that_the_file_may_not_have_is_refused_with_its_place(path: str, value: Any, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        build_connector("c.toml", changed(path, value))


# OpenAPI 2.0


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    answer = client.get("/_emulator/openapi/connector.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_document_is_openapi_2_at_the_address_of_the_emulator(document: dict[str, Any]) -> None:
    assert document["swagger"] == "2.0"
    assert f"{document['schemes'][0]}://{document['host']}" == ORIGIN
    assert document["basePath"] == "/"
    text = json.dumps(document)
    for name in re.findall(r"#/definitions/(\w+)", text):
        assert name in document["definitions"]
    ids = [
        each["operationId"] for path in document["paths"].values() for each in path.values() if "operationId" in each
    ]
    assert sorted(ids) == sorted(each.id for each in CONTRACT.operations.values() if not each.is_backend_only)


@pytest.mark.parametrize("change", ["Created", "Updated", "Deleted"])
def test_triggers_carry_the_annotations_of_a_webhook_trigger(change: str, document: dict[str, Any]) -> None:
    (path,) = (each for name, each in document["paths"].items() if name.endswith(f"/Appointment{change}"))
    assert path["x-ms-notification-content"]["schema"] == {"$ref": "#/definitions/AppointmentData"}
    operation = path["post"]
    assert (operation["x-ms-trigger"], operation["x-ms-visibility"]) == ("single", "important")
    address, body = operation["parameters"]
    assert address["x-ms-dynamic-values"]["value-collection"] == "mailboxes"
    webhook = body["schema"]["properties"]["webhook"]
    assert webhook["required"] == ["notification_url", "resource", "change_type"]
    assert webhook["properties"]["notification_url"]["x-ms-notification-url"] is True
    assert webhook["properties"]["change_type"]["default"] == [change]
    assert {"401", "403", "429", "500"} < set(operation["responses"])


def test_what_the_platform_alone_calls_is_marked_internal(document: dict[str, Any]) -> None:
    (delete,) = (each["delete"] for each in document["paths"].values() if "delete" in each)
    assert delete["x-ms-visibility"] == "internal"
    (listing,) = (each["get"] for each in document["paths"].values() if "get" in each)
    assert "x-ms-visibility" not in listing
    assert listing["parameters"][0]["name"] == "X-Prefer-OWAUserConfig"


def test_a_client_that_follows_the_document_can_subscribe(client: TestClient, document: dict[str, Any]) -> None:
    (path,) = (name for name in document["paths"] if name.endswith("/AppointmentCreated"))
    body = document["paths"][path]["post"]["parameters"][1]["schema"]["properties"]["webhook"]["properties"]
    webhook = {name: each.get("default", "https://x.logic.azure.com/y") for name, each in body.items()}
    url = document["basePath"].rstrip("/") + path.replace("{SMTPAddress}", HOME.rpartition("/")[2])
    assert client.post(url, json={"webhook": webhook}).status_code == 200


def test_the_document_of_a_tenant_has_its_path(client: TestClient) -> None:
    client.post("/_emulator/tenants", json={"name": "north"})
    document = client.get("/tenants/north/_emulator/openapi/connector.json").json()
    assert document["basePath"] == "/tenants/north"


def test_the_payload_that_a_flow_was_seen_to_get_is_made(reference: Path) -> None:
    """Booked through Graph as that one was: 30 minutes with a buffer of ten behind, one customer, online."""
    seen = json.loads(
        (reference / "connector" / "payload-samples" / "observed-created-1to1-online.partial.json").read_text()
    )
    graph = Graph(make_tenant())
    graph.tenant.set_quirk("connector-no-notes", False)
    graph.tenant.set_quirk("online-needs-service", False)
    connector = Connector(graph)
    connector.subscribe("Created")
    (question,) = seen["CustomQuestionAnswers"]
    answer = {"questionId": "q", "question": question["Question"], "answer": question["Answer"]}
    answer |= {"answerInputType": "text", "answerOptions": [], "isRequired": False, "selectedOptions": []}
    person = customer(
        name=seen["CustomerName"],
        emailAddress=seen["CustomerEmail"],
        notes=seen["CustomerNotes"],
        customQuestionAnswers=[answer],
    )
    made = graph.post(
        f"{HOME}/appointments",
        booking(
            serviceName=seen["ServiceName"],
            startDateTime=at("2026-06-24T16:30:00"),
            endDateTime=at("2026-06-24T17:00:00"),
            isLocationOnline=True,
            customers=[person],
        ),
    ).json
    ((_, body),) = connector.told()
    for name in ("StartTime", "EndTime", "Duration", "ServiceName", "CustomerName", "CustomerEmail", "CustomerNotes"):
        assert body[name] == seen[name], name
    assert {name: body["CustomQuestionAnswers"][0][name] for name in question} == question
    assert body["JoinWebURL"].startswith(made["joinWebUrl"])
    assert seen["JoinWebURL"].endswith("&webjoin=true&unified=true")
    assert body["JoinWebURL"].endswith("%22%7d&webjoin=true&unified=true")


def test_every_status_that_the_connector_refuses_with_is_declared() -> None:
    statuses = {row.status for id_, row in load_problems().items() if id_.startswith("connector.")}
    document = connector_openapi(load_connector(), "http://localhost:8365")
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in ("get", "post", "delete"):
                assert {str(each) for each in statuses} <= set(operation["responses"]), operation["operationId"]
