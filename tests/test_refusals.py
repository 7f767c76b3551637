"""Bad input of every kind gets Graph's refusal and changes nothing. The cases are derived from the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import SENTINEL, Contract, Operation, Property
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
    assert answer.error["code"] == "InvalidModel"
    assert answer.reason
    assert graph.get(url).response.body == before


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
        ({"staffMemberIds": [SERVICE]}, "not a staff member"),
        ({"startDateTime": at("2026-01-12T11:00:00")}, "must end after it starts"),
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
    assert (answer.status, answer.error["code"]) == (400, "InvalidModel")
    assert "microsoft.graph.bookingCustomerInformation" in answer.reason


def test_a_type_annotation_that_names_another_type_is_refused(graph: Graph) -> None:
    body = {"@odata.type": "#microsoft.graph.bookingService", "displayName": "x"}
    answer = graph.post(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/customers", body)
    assert (answer.status, answer.error["code"]) == (400, "InvalidModel")


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
    assert (answer.status, answer.error["code"]) == (400, "InvalidModel")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?start=2026-01-01T00:00:00Z",
        "?start=2026-01&end=2026-02",
        "?start=2026-02-30&end=2026-03-02",
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


BODIES: dict[str, Any] = {
    "createStaffMember": {"displayName": "x", "emailAddress": "x@contoso.com", "role": "guest"},
    "createCustomQuestion": {"displayName": "x"},
    "getStaffAvailability": {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-12T00:00:00"),
        "endDateTime": at("2026-01-13T00:00:00"),
    },
}
NOBODY = "nobody@contoso.onmicrosoft.com"
NO_MAILBOX = (404, "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")


def below_a_business() -> Iterator[Any]:
    """Every request that is answered below a business, in every version and at every root."""
    for version in ("v1.0", "beta"):
        contract = load(version)
        for operation in contract.operations.values():
            if operation.segments[:2] == ("bookingBusinesses", None) and not operation.refused:
                for root in contract.roots:
                    yield pytest.param(version, root, operation, id=f"{version}-{root}-{operation.name}")


@pytest.mark.parametrize(("version", "root", "operation"), list(below_a_business()))
def test_below_an_unknown_business_there_is_no_mailbox(
    graph: Graph, version: str, root: str, operation: Operation
) -> None:
    keys = iter((NOBODY, ITEMS.get(operation.set or "", "")))
    path = "/".join(next(keys) if each is None else each for each in operation.segments)
    url = f"/{version}/{root}/{path}" if root else f"/{version}/{path}"
    window = "?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z" if "calendarView" in path else ""
    answer = graph.call(operation.method, url + window, BODIES.get(operation.name, {}) if operation.has_body else None)
    assert (answer.status, answer.error["code"], answer.error["message"]) == NO_MAILBOX, answer.reason
    assert NOBODY in answer.reason


def test_braces_left_in_an_id_are_no_mailbox_either(graph: Graph) -> None:
    answer = graph.get("/beta/bookingBusinesses/{ContosoSmall@contoso.onmicrosoft.com}")
    assert (answer.status, answer.error["code"], answer.error["message"]) == NO_MAILBOX


def test_an_unknown_business_has_no_mailbox_in_a_batch_either(graph: Graph) -> None:
    part = {"id": "1", "method": "GET", "url": f"/solutions/bookingBusinesses/{NOBODY}/services"}
    (found,) = graph.post("/v1.0/$batch", {"requests": [part]}).json["responses"]
    assert (found["status"], found["body"]["error"]["code"], found["body"]["error"]["message"]) == NO_MAILBOX


@pytest.mark.parametrize(
    ("version", "clause"),
    [
        ("beta", "start/dateTime gt datetime'2018-06-07T06:50:02.0000000Z'"),
        ("beta", "start/dateTime gt '2018-06-07T06:50:02.0000000Z'"),
        ("v1.0", "startDateTime/dateTime ge 2018-06-07T06:50:02Z"),
        ("v1.0", "endDateTime gt nonsense("),
    ],
)
def test_a_filter_on_start_or_end_is_refused_as_such_before_its_literal_is_read(
    graph: Graph, version: str, clause: str
) -> None:
    url = f"/{version}/solutions/bookingBusinesses/{BUSINESS}/appointments?$filter={quote(clause)}"
    answer = graph.get(url)
    assert (answer.status, answer.error["message"]) == (400, "This filter query is not supported.")
