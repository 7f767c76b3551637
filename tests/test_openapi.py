"""The OpenAPI document names every operation of the contract on every root, and holds together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookings_emulator.contract.load import load, load_problems
from bookings_emulator.documents.openapi import openapi

VERSIONS = ("v1.0", "beta")
METHODS = {"get", "post", "patch", "delete"}
SERVER = "http://localhost:8365"
HOME = "/solutions/bookingBusinesses/{bookingBusiness-id}"


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def document(version: str) -> dict[str, Any]:
    return openapi(load(version), SERVER)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Path, method, operation and path item of everything in the document."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method], item


def by_id(version: str) -> dict[str, dict[str, Any]]:
    return {each["operationId"]: each for _, _, each, _ in operations(openapi(load(version), SERVER))}


def query_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}


def test_the_document_is_openapi_and_json(version: str, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Bookings emulator"
    assert document["info"]["version"] == version
    assert document["servers"] == [{"url": f"{SERVER}/{version}"}]
    assert json.loads(json.dumps(document)) == document


def test_it_has_the_parts_that_openapi_asks_for(document: dict[str, Any]) -> None:
    tags = {each["name"] for each in document["tags"]}
    for path, _, operation, item in operations(document):
        assert path.startswith("/")
        assert set(operation["tags"]) <= tags
        assert operation["responses"]
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d|default", status)
            assert "$ref" in response or response["description"]
        for parameter in [*item.get("parameters", ()), *operation.get("parameters", ())]:
            assert parameter["in"] in ("path", "query")
            assert parameter["schema"]
            assert parameter["in"] == "query" or parameter["required"] is True
        assert "content" in operation.get("requestBody", {"content": {}})


def test_the_parameters_of_a_path_are_those_of_its_template(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        keys = [each["name"] for each in item.get("parameters", ())]
        assert keys == re.findall(r"{([^}]+)}", path)


def test_operation_ids_and_parameters_are_unique(document: dict[str, Any]) -> None:
    ids = [each["operationId"] for _, _, each, _ in operations(document)]
    assert len(ids) == len(set(ids))
    for _, _, operation, _ in operations(document):
        names = [each["name"] for each in operation.get("parameters", ())]
        assert len(names) == len(set(names))


def test_every_operation_stands_on_every_root(version: str, document: dict[str, Any]) -> None:
    contract = load(version)
    found = {each["operationId"] for _, _, each, _ in operations(document)}
    expected = {name if root else f"{name}.root" for root in contract.roots for name in contract.operations}
    assert found == expected


def test_every_component_is_a_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        Draft202012Validator.check_schema(schema)


def test_every_schema_of_an_operation_is_one(document: dict[str, Any]) -> None:
    for _, _, operation, _ in operations(document):
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in contents:
            for media in content.get("content", {}).values():
                Draft202012Validator.check_schema(media["schema"])
        for parameter in operation.get("parameters", ()):
            Draft202012Validator.check_schema(parameter["schema"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    targets = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert targets
    for target in targets:
        place: Any = document
        for step in target.removeprefix("#/").split("/"):
            place = place[step]


def test_every_component_is_used_or_comes_from_the_contract(version: str, document: dict[str, Any]) -> None:
    contract, text = load(version), json.dumps(document)
    unused = {name for name in document["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text}
    assert unused <= {*contract.types, *contract.enums}


PATHS = {
    ("v1.0", "listBusinesses"): "/solutions/bookingBusinesses",
    ("v1.0", "getAppointment"): f"{HOME}/appointments/{{bookingAppointment-id}}",
    ("v1.0", "getCustomer"): f"{HOME}/customers/{{bookingCustomerBase-id}}",
    ("v1.0", "countServices"): f"{HOME}/services/$count",
    ("v1.0", "cancelAppointment"): f"{HOME}/appointments/{{bookingAppointment-id}}/cancel",
    ("beta", "getCustomer"): f"{HOME}/customers/{{bookingCustomer-id}}",
    ("beta", "listBusinesses.root"): "/bookingBusinesses",
    ("beta", "publish.root"): "/bookingBusinesses/{bookingBusiness-id}/publish",
}


@pytest.mark.parametrize(("version", "name"), PATHS)
def test_paths_are_written_as_graph_writes_them(version: str, name: str, document: dict[str, Any]) -> None:
    assert PATHS[version, name] in [path for path, _, each, _ in operations(document) if each["operationId"] == name]


def test_lists_take_the_system_options_and_say_which_the_page_names() -> None:
    options = query_of(by_id("v1.0")["listAppointments"])
    assert set(options) == {"$count", "$expand", "$filter", "$orderby", "$select", "$skip", "$top"}
    assert [name for name, each in options.items() if each["x-documented"]] == ["$count", "$expand"]


def test_an_option_that_is_ignored_says_so() -> None:
    options = query_of(by_id("v1.0")["listBusinesses"])
    assert [name for name, each in options.items() if "description" in each] == ["$filter", "$orderby", "$skip", "$top"]


@pytest.mark.parametrize("name", ["calendarView", "countCalendarView"])
def test_the_window_of_a_calendar_view_is_required(name: str) -> None:
    options = query_of(by_id("v1.0")[name])
    assert (options["start"]["required"], options["end"]["required"]) == (True, True)
    assert options["start"]["schema"]["format"] == "date-time"


def test_the_search_of_businesses_is_optional() -> None:
    assert query_of(by_id("v1.0")["listBusinesses"])["query"]["required"] is False


STATUSES = {
    "listBusinesses": ("200", "application/json"),
    "createAppointment": ("201", "application/json"),
    "updateCustomer": ("200", "application/json"),
    "updateAppointment": ("204", None),
    "deleteService": ("204", None),
    "publish": ("204", None),
    "countCustomers": ("200", "text/plain"),
    "getStaffAvailability": ("200", "application/json"),
}


@pytest.mark.parametrize("name", STATUSES)
def test_an_operation_answers_as_its_page_says(name: str) -> None:
    status, media = STATUSES[name]
    responses = by_id("v1.0")[name]["responses"]
    assert list(responses) == [status, "default"]
    assert list(responses[status].get("content", {})) == ([media] if media else [])


def test_bodies_are_those_of_the_type_and_the_operation() -> None:
    schemas = openapi(load("v1.0"), SERVER)["components"]["schemas"]
    assert schemas["bookingStaffMember.create"]["required"] == ["displayName", "emailAddress", "role"]
    assert "required" not in schemas["bookingStaffMember.update"]
    assert schemas["getStaffAvailability.parameters"]["required"] == ["staffIds", "startDateTime", "endDateTime"]
    assert "required" not in schemas["cancel.parameters"]


def test_a_body_is_required_unless_every_parameter_of_an_action_may_be_left_out() -> None:
    found = by_id("v1.0")
    required = {name: each["requestBody"]["required"] for name, each in found.items() if "requestBody" in each}
    assert required["createCustomer"] is True
    assert required["getStaffAvailability"] is True
    assert required["cancelAppointment"] is False
    assert "publish" not in required


def test_no_schema_has_a_default_since_generators_would_demand_it(version: str, document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for member, each in schema.get("properties", {}).items():
            assert "default" not in each, f"{name}.{member}"
    booking = document["components"]["schemas"]["bookingAppointment.create"]
    assert booking["properties"]["smsNotificationsEnabled"]["x-default"] is False
    assert "required" not in booking


def test_the_error_envelope_is_that_of_graph() -> None:
    schema = openapi(load("v1.0"), SERVER)["components"]["schemas"]["error"]
    inner = {"date": "2026-01-05T08:00:00", "request-id": "a", "client-request-id": "a"}
    envelope = {"error": {"code": "UnknownError", "message": "", "innerError": inner}}
    assert Draft202012Validator(schema).is_valid(envelope)
    assert not Draft202012Validator(schema).is_valid({"message": ""})


def test_every_operation_tells_its_permissions_and_sources(version: str, document: dict[str, Any]) -> None:
    contract = load(version)
    for _, _, operation, _ in operations(document):
        assert set(operation["x-permissions"]) >= {"delegated", "application"}
        assert operation["x-source"]["operation"] in contract.sources


def test_the_root_route_of_beta_has_permissions_of_its_own() -> None:
    found = by_id("beta")
    assert found["deleteBusiness"]["x-permissions"]["application"] is None
    assert found["deleteBusiness.root"]["x-permissions"]["application"] == ["BookingsAppointment.ReadWrite.All"]
    assert found["publish.root"]["x-permissions"] == found["publish"]["x-permissions"]


def test_a_refused_operation_says_so_and_answers_nothing_else(version: str, document: dict[str, Any]) -> None:
    contract, problems = load(version), load_problems()
    for _, _, operation, _ in operations(document):
        refused = contract.operations[operation["operationId"].removesuffix(".root")].refused
        assert ("x-emulated" in operation) is (refused is not None)
        if refused:
            assert operation["x-emulated"] is False
            assert list(operation["responses"]) == [str(problems[refused].status), "default"]


def test_calls_need_a_bearer_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearerAuth": []}]
    assert document["components"]["securitySchemes"]["bearerAuth"] == {"type": "http", "scheme": "bearer"}
