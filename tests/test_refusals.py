"""Bad input of every kind gets Graph's refusal and changes nothing. The cases are derived from the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import SENTINEL, Contract, Property
from tests.conftest import BUSINESS, ITEMS, SERVICE, STAFF, Graph, at, booking

SETS = {
    "bookingBusiness": "",
    "bookingAppointment": "appointments",
    "bookingCustomer": "customers",
    "bookingService": "services",
    "bookingStaffMember": "staffMembers",
    "bookingCustomQuestion": "customQuestions",
}
WRONG: dict[str, list[Any]] = {
    "String": [5, True, {}, []],
    "Boolean": ["true", 1, {}, []],
    "Int32": ["5", 1.5, True, 2**31, {}, []],
    "Double": ["5", True, {}, []],
    "Duration": ["0:30:00", "PT", "P1M", "30", 30, {}, []],
    "TimeOfDay": ["24:00:00", "8:00:00", "", 8, {}, []],
    "Date": ["2026-02-30", "2026-01-01T00:00:00Z", 5, {}, []],
    "DateTimeOffset": ["2026-01-01T00:00:00", "yesterday", "2026-13-01T00:00:00Z", 5, {}, []],
}


def lines() -> Iterator[Any]:
    """Every property of every entity, and below it every property of its complex values, with each wrong value."""
    for version in ("v1.0", "beta"):
        contract = load(version)
        for type_name in SETS:
            for line in contract.types[type_name].properties:
                for place, wrong in _wrong(contract, line, ()):
                    name = ".".join(place)
                    yield pytest.param(
                        version, type_name, place, wrong, id=f"{version}-{type_name}.{name}={wrong!r}"[:120]
                    )


def _wrong(contract: Contract, line: Property, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    place = (*above, line.name)
    if line.type.is_collection:
        yield place, {}
        yield place, "text"
        yield place, [None]
    if not line.is_nullable and not line.is_key:
        yield place, None
    name = line.type.name
    if line.type.is_scalar:
        for value in WRONG[name]:
            yield place, [value] if line.type.is_collection and not isinstance(value, list) else value or {}
    elif name in contract.enums:
        for value in ("nonsense", SENTINEL, 0, "", [], {}):
            yield place, [value] if line.type.is_collection else value
    elif len(above) < 3:
        kind = contract.types[name]
        yield place, "text"
        concrete = contract.types[kind.derived[0]] if kind.is_abstract else kind
        for inner in concrete.properties:
            yield from _wrong(contract, inner, place)


def _body(contract: Contract, type_name: str, place: tuple[str, ...], wrong: Any) -> dict[str, Any]:
    """A PATCH body that holds the wrong value at its place and is right above it."""
    name, *rest = place
    line = contract.types[type_name].by_name[name]
    if not rest:
        return {name: wrong}
    kind = contract.types[line.type.name]
    concrete = kind.derived[0] if kind.is_abstract else kind.name
    inner = {"@odata.type": f"#microsoft.graph.{concrete}", **_body(contract, concrete, tuple(rest), wrong)}
    return {name: [inner] if line.type.is_collection else inner}


@pytest.mark.parametrize(("version", "type_name", "place", "wrong"), list(lines()))
def test_a_wrong_kind_is_refused_and_changes_nothing(
    graph: Graph, version: str, type_name: str, place: tuple[str, ...], wrong: Any
) -> None:
    set_name = SETS[type_name]
    url = f"/{version}/solutions/bookingBusinesses/{BUSINESS}" + (f"/{set_name}/{ITEMS[set_name]}" if set_name else "")
    before = graph.get(url).response.body
    answer = graph.patch(url, _body(load(version), type_name, place, wrong))
    assert answer.status == 400, (answer.response.body, answer.reason)
    assert answer.error["code"] == "RequestBodyRead"
    assert answer.reason
    assert graph.get(url).response.body == before


@pytest.mark.parametrize("type_name", SETS)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_an_unknown_property_is_refused_by_name(graph: Graph, version: str, type_name: str) -> None:
    set_name = SETS[type_name]
    url = f"/{version}/solutions/bookingBusinesses/{BUSINESS}" + (f"/{set_name}/{ITEMS[set_name]}" if set_name else "")
    answer = graph.patch(url, {"displayNam": "x"})
    assert (answer.status, answer.error["code"]) == (400, "RequestBodyRead")
    assert answer.error["message"].startswith(
        f"The property 'displayNam' does not exist on type 'microsoft.graph.{type_name}'."
    )


@pytest.mark.parametrize(
    ("set_name", "body", "missing"),
    [
        ("", {}, "displayName"),
        ("staffMembers", {"displayName": "x", "emailAddress": "x@y.z"}, "role"),
        ("staffMembers", {"displayName": "x", "role": "guest"}, "emailAddress"),
        ("customQuestions", {}, "displayName"),
        ("getStaffAvailability", {"staffIds": [], "startDateTime": at("2026-01-01T00:00:00")}, "endDateTime"),
    ],
)
def test_what_a_create_needs_is_asked_for_by_name(graph: Graph, set_name: str, body: Any, missing: str) -> None:
    url = "/v1.0/solutions/bookingBusinesses" + (f"/{BUSINESS}/{set_name}" if set_name else "")
    answer = graph.post(url, body)
    assert answer.status == 400
    assert f"'{missing}'" in answer.error["message"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"serviceId": None}, "serviceId"),
        ({"serviceId": "20000000-0000-4000-8000-00000000ffff"}, "no service"),
        ({"serviceId": STAFF}, "no service"),
        ({"staffMemberIds": [SERVICE]}, "no staff member"),
        ({"startDateTime": at("2026-01-12T11:00:00")}, "ends before it starts"),
        ({"startDateTime": at("tomorrow")}, "cannot be read"),
        ({"startDateTime": at("2026-02-30T10:00:00")}, "cannot be read"),
        ({"startDateTime": at("2026-01-12T10:00:00", "Mars/Olympus")}, "IANA or Windows zone"),
        ({"startDateTime": at("2026-01-12T10:00:00", "../../etc/passwd")}, "IANA or Windows zone"),
        ({"startDateTime": at("0001-01-01T00:00:00", "Asia/Tokyo")}, "cannot be read"),
        ({"startDateTime": at("9999-12-31T23:59:59", "America/New_York")}, "cannot be read"),
    ],
)
def test_what_bookings_cannot_book_is_its_empty_500_with_a_reason_beside_it(
    graph: Graph, members: dict[str, Any], reason: str
) -> None:
    before = graph.get(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments").response.body
    answer = graph.post(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments", booking(**members))
    assert (answer.status, answer.error["code"], answer.error["message"]) == (500, "UnknownError", "")
    assert reason in answer.reason
    assert graph.get(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments").response.body == before


def test_customers_without_their_type_cannot_be_made(graph: Graph) -> None:
    answer = graph.post(
        f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments", booking(customers=[{"name": "Nobody"}])
    )
    assert (answer.status, answer.error["code"]) == (400, "RequestBodyRead")
    assert "microsoft.graph.bookingCustomerInformation" in answer.reason


def test_a_type_annotation_that_names_another_type_is_refused(graph: Graph) -> None:
    body = {"@odata.type": "#microsoft.graph.bookingService", "displayName": "x"}
    answer = graph.post(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/customers", body)
    assert (answer.status, answer.error["code"]) == (400, "RequestBodyRead")


def test_annotations_of_every_kind_are_passed_over(graph: Graph) -> None:
    body = {
        "@odata.type": "#microsoft.graph.bookingStaffMember",
        "@odata.context": "whatever",
        "displayName": "Noa",
        "emailAddress": "noa@contoso.com",
        "role@odata.type": "#microsoft.graph.bookingStaffRole",
        "role": "guest",
        "workingHours@odata.type": "#Collection(microsoft.graph.bookingWorkHours)",
        "workingHours": [{"@odata.type": "#microsoft.graph.bookingWorkHours", "day": "monday", "timeSlots": []}],
        "com.example@mine": 1,
    }
    assert graph.post(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/staffMembers", body).status == 201


def test_what_contained_sets_hold_is_not_written_in_place(graph: Graph) -> None:
    answer = graph.patch(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}", {"services": []})
    assert answer.status == 500
    assert "POST" in answer.reason


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"5", b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(graph: Graph, raw: bytes) -> None:
    answer = graph.call("POST", f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/services", raw=raw)
    assert (answer.status, answer.error["code"]) == (400, "RequestBodyRead")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?start=2026-01-01T00:00:00Z",
        "?start=2026-01-01&end=2026-01-02",
        "?start=a&end=b",
        "?start=2026-01-01T00:00:00+05:30&end=2026-01-02T00:00:00Z",
        "?startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-01-02T00:00:00Z",
        "?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z",
    ],
)
def test_calendar_view_needs_a_window_it_can_read(graph: Graph, query: str) -> None:
    answer = graph.get(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/calendarView{query}")
    assert (answer.status, answer.error["code"]) == (400, "ErrorInvalidRequest")
    assert answer.error["message"] == "The request is invalid."


def test_ids_that_cannot_be_exchange_ids_are_told_apart_from_unknown_ones(graph: Graph) -> None:
    url = f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments"
    assert graph.get(f"{url}/nonsense").error["code"] == "ErrorInvalidIdMalformed"
    assert graph.get(f"{url}/AAMkADKoAAA=").error["code"] == "ErrorItemNotFound"
    assert graph.post(f"{url}/AAMkADKoAAA=/cancel", {}).status == 404


def test_an_unknown_business_is_an_unknown_user(graph: Graph) -> None:
    answer = graph.get("/v1.0/solutions/bookingBusinesses/nobody@contoso.com/services")
    assert (answer.status, answer.error["code"]) == (404, "ErrorInvalidUser")
    assert answer.error["message"] == "The requested user 'nobody@contoso.com' is invalid."
