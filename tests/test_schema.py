"""The JSON Schemas accept what the wire accepts, and the schema of fixtures says where a file is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookings_emulator.contract.load import load
from bookings_emulator.documents.json_schema import SCALAR_SCHEMAS, definitions, entity_schema, fixture_schema
from bookings_emulator.store.seed import load_fixture, shipped
from tests.conftest import at, customer, small

VERSIONS = ("v1.0", "beta")

GOOD: dict[str, list[Any]] = {
    "String": ["", "text"],
    "Boolean": [True, False],
    "Int32": [0, -5, 2**31 - 1, -(2**31)],
    "Double": [1, 1.5, "NaN", "INF", "-INF"],
    "Duration": ["PT0S", "PT30M", "P1D", "P1DT2H3M4.5S", "-PT5M", "PT1.1234567S", "P365D"],
    "TimeOfDay": ["08:00", "08:00:00", "23:59:59.1", "00:00:00.0000000"],
    "Date": ["2026-01-31"],
    "DateTimeOffset": ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00.1234567+02:00", "2026-01-31T09:00Z"],
}
BAD: dict[str, list[Any]] = {
    "String": [None, 1, True],
    "Boolean": ["true", 0, None],
    "Int32": [1.5, 2**31, -(2**31) - 1, "1", True],
    "Double": ["1.5", "nan", "Infinity", None, True],
    "Duration": ["P", "PT", "P1DT", "P1Y", "P2M", "P1W", "PT1.12345678S", "1H", "pt1h", 3600],
    "TimeOfDay": ["24:00:00", "8:00", "08:60", "08:00:00.12345678", "08:00Z", 8],
    "Date": ["2026-13-01", "2026-1-1", "31.01.2026", "2026-01-31T00:00:00Z"],
    "DateTimeOffset": ["2026-01-31", "2026-01-31T09:00:00", "2026-01-31T25:00:00Z", 0],
}


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in GOOD.items() for value in values])
def test_a_literal_of_the_kind_is_accepted(kind: str, value: Any) -> None:
    assert errors(SCALAR_SCHEMAS[kind], value) == []


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in BAD.items() for value in values])
def test_a_literal_of_another_kind_is_refused(kind: str, value: Any) -> None:
    assert errors(SCALAR_SCHEMAS[kind], value) != []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_schema_is_one(version: str) -> None:
    contract = load(version)
    found = definitions(contract)
    assert sorted(found) == sorted([*contract.types, *contract.enums])
    for name in contract.types:
        schema = entity_schema(contract, name, for_input=True)
        assert schema.pop("$defs") == found
        Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(fixture_schema(contract))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_reference_leads_somewhere(version: str) -> None:
    schema = fixture_schema(load(version))
    for target in references(schema):
        assert target.removeprefix("#/$defs/") in schema["$defs"], target


def references(schema: Any) -> list[str]:
    match schema:
        case dict():
            own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
            return own + [each for value in schema.values() for each in references(value)]
        case list():
            return [each for value in schema for each in references(value)]
        case _:
            return []


INPUTS: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "a business with its required member": ("v1.0", "bookingBusiness", {"displayName": "Contoso"}, True),
    "a business without its required member": ("v1.0", "bookingBusiness", {"email": "a@b.c"}, False),
    "null where it is allowed": ("v1.0", "bookingBusiness", {"displayName": "C", "phone": None, "address": None}, True),
    "null where it is not allowed": ("v1.0", "bookingBusiness", {"displayName": None}, False),
    "a read-only member": ("v1.0", "bookingBusiness", {"displayName": "C", "isPublished": True}, True),
    "a read-only member of a wrong kind": (
        "v1.0",
        "bookingBusiness",
        {"displayName": "C", "isPublished": "yes"},
        False,
    ),
    "an unknown member": ("v1.0", "bookingBusiness", {"displayName": "C", "displayname": "C"}, False),
    "a set inside its parent": ("v1.0", "bookingBusiness", {"displayName": "C", "services": []}, False),
    "annotations anywhere": (
        "v1.0",
        "bookingBusiness",
        {"displayName": "C", "@odata.type": "x", "phone@odata.type": "y", "address": {"@odata.type": "z"}},
        True,
    ),
    "a role as the service writes it": (
        "v1.0",
        "bookingStaffMember",
        {"displayName": "D", "emailAddress": "d@c.c", "role": "member"},
        True,
    ),
    "a role as the metadata spell it": (
        "v1.0",
        "bookingStaffMember",
        {"displayName": "D", "emailAddress": "d@c.c", "role": "teamMember"},
        False,
    ),
    "the sentinel of an enum": (
        "v1.0",
        "bookingStaffMember",
        {"displayName": "D", "emailAddress": "d@c.c", "role": "unknownFutureValue"},
        False,
    ),
    "an enum in another case": ("v1.0", "bookingService", {"defaultPriceType": "FixedPrice"}, False),
    "the names of beta, which clients of v1.0 copy": (
        "v1.0",
        "bookingAppointment",
        {"start": at("2026-01-12T10:00:00"), "end": at("2026-01-12T10:30:00")},
        True,
    ),
    "the names of v1.0 in beta": ("beta", "bookingAppointment", {"startDateTime": at("2026-01-12T10:00:00")}, False),
    "members of beta that v1.0 takes": (
        "v1.0",
        "bookingBusiness",
        {"displayName": "C", "address": {"type": "other", "postOfficeBox": "1", "city": "Buffalo"}},
        True,
    ),
    "members that beta knows": ("beta", "bookingBusiness", {"displayName": "C", "address": {"type": "others"}}, False),
    "a customer that names its type": ("v1.0", "bookingAppointment", {"customers": [customer(name="A")]}, True),
    "a customer that does not": ("v1.0", "bookingAppointment", {"customers": [{"name": "A"}]}, False),
    "a customer with an unknown member": ("v1.0", "bookingAppointment", {"customers": [customer(mail="A")]}, False),
    "null as a collection that can be null": ("v1.0", "bookingAppointment", {"staffMemberIds": None}, True),
    "null as an item": ("v1.0", "bookingAppointment", {"staffMemberIds": [None]}, False),
    "working hours of v1.0": (
        "v1.0",
        "bookingBusiness",
        {
            "displayName": "C",
            "businessHours": [{"day": "monday", "timeSlots": [{"startTime": "08:00", "endTime": "12:00"}]}],
        },
        True,
    ),
    "working hours of v1.0 in beta": (
        "beta",
        "bookingBusiness",
        {"displayName": "C", "businessHours": [{"day": "monday", "timeSlots": [{"startTime": "08:00"}]}]},
        False,
    ),
    "inherited members": ("beta", "bookingCustomer", {"displayName": "A", "emailAddress": "a@b.c"}, True),
    "not a number": ("v1.0", "bookingService", {"defaultLocation": {"coordinates": {"latitude": "NaN"}}}, True),
}


@pytest.mark.parametrize("case", INPUTS)
def test_a_body_is_accepted_or_refused(case: str) -> None:
    version, type_name, body, is_accepted = INPUTS[case]
    found = errors(entity_schema(load(version), type_name, for_input=True), body)
    assert (found == []) is is_accepted, found


def test_an_answer_may_hold_expanded_sets_and_lacks_what_was_not_selected() -> None:
    schema = entity_schema(load("v1.0"), "bookingBusiness", for_input=False)
    assert errors(schema, {"id": "a", "customers": [{"id": "b", "displayName": "Adele"}]}) == []
    assert errors(schema, {"customers": [{"nickname": "Adele"}]}) != []


def test_an_answer_never_spells_what_only_bodies_may_say() -> None:
    schema = entity_schema(load("v1.0"), "bookingAppointment", for_input=False)
    assert errors(schema, {"start": at("2026-01-12T10:00:00")}) != []


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Any]:
    return fixture_schema(load("v1.0"))


def test_the_fixture_of_the_tests_is_one(fixtures: dict[str, Any]) -> None:
    assert errors(fixtures, small()) == []


@pytest.mark.parametrize("name", shipped())
def test_every_fixture_that_ships_is_one(name: str, fixtures: dict[str, Any]) -> None:
    assert errors(fixtures, load_fixture(name).data) == []


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    """A change of the small fixture: put `to` at the path."""

    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


HOME = ("bookingBusinesses", 0)
PASTED = {"@odata.context": "https://…", "@odata.count": 1, "value": [{"displayName": "Adele", "@odata.etag": "W/1"}]}
BUSY = {"start": at("2026-01-05T09:00:00"), "end": at("2026-01-05T10:00:00"), "showAs": "oof"}

GOOD_FIXTURES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a pasted answer as a set": _set(*HOME, "customers", to=PASTED),
    "a personal calendar": _set(*HOME, "staffMembers", 0, "personalCalendar", to=[BUSY]),
    "who made a business": _set(*HOME, "maker", to="dana@contoso.com"),
    "read-only members": _set(*HOME, "isPublished", to=True),
    "time stamps": _set(*HOME, "services", 0, "createdDateTime", to="2026-01-01T00:00:00Z"),
    "computed members": _set(*HOME, "appointments", 0, "duration", to="PT30M"),
    "no ids": _drop(*HOME, "services", 1, "id"),
    "an anchor": _set("anchor", to="2026-01-05T08:00:00Z"),
    "personas": _set("personas", to=[{"name": "Dana", "kind": "delegated", "roles": {"*": "viewer"}}]),
    "permissions": _set("personas", to=[{"name": "Dana", "permissions": ["User.Read", "Bookings.Read.All"]}]),
    "title, about and schema": lambda data: data.update({"$schema": "x", "title": "Small", "about": "One of each."}),
    "no businesses": _drop("bookingBusinesses"),
    "no currencies": _drop("bookingCurrencies"),
}
WRONG_FIXTURES: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "a business that is no object": (_set("bookingBusinesses", to=["Contoso"]), "$.bookingBusinesses[0]", "'Contoso'"),
    "an unknown word at the top": (_set("titel", to="x"), "$", "titel"),
    "a business without a name": (_drop(*HOME, "displayName"), "$.bookingBusinesses[0]", "'displayName'"),
    "an appointment without a service": (
        _drop(*HOME, "appointments", 0, "serviceId"),
        "$.bookingBusinesses[0].appointments[0]",
        "'serviceId'",
    ),
    "an appointment without a start": (
        _drop(*HOME, "appointments", 0, "startDateTime"),
        "$.bookingBusinesses[0].appointments[0]",
        "'startDateTime'",
    ),
    "the names of beta": (
        _set(*HOME, "appointments", 0, "start", to=at("2026-01-06T09:00:00")),
        "$.bookingBusinesses[0].appointments[0]",
        "'start'",
    ),
    "a set that is only a view": (_set(*HOME, "calendarView", to=[]), "$.bookingBusinesses[0]", "'calendarView'"),
    "a personal calendar of a service": (
        _set(*HOME, "services", 0, "personalCalendar", to=[BUSY]),
        "$.bookingBusinesses[0].services[0]",
        "'personalCalendar'",
    ),
    "a personal calendar with an unknown showing": (
        _set(*HOME, "staffMembers", 0, "personalCalendar", to=[{**BUSY, "showAs": "away"}]),
        "$.bookingBusinesses[0].staffMembers[0].personalCalendar[0].showAs",
        "'away'",
    ),
    "a bad duration": (
        _set(*HOME, "services", 0, "defaultDuration", to="30 minutes"),
        "$.bookingBusinesses[0].services[0].defaultDuration",
        "'30 minutes'",
    ),
    "a pasted answer without its items": (
        _set(*HOME, "customers", to={"@odata.context": "https://…"}),
        "$.bookingBusinesses[0].customers",
        "'value'",
    ),
    "a wrong item of a pasted answer": (
        _set(*HOME, "customers", to={"value": [{"name": "Adele"}]}),
        "$.bookingBusinesses[0].customers.value[0]",
        "'name'",
    ),
    "an anchor without an offset": (_set("anchor", to="2026-01-05T08:00:00"), "$.anchor", "2026-01-05T08:00:00"),
    "a permission of Bookings that does not exist": (
        _set("personas", to=[{"name": "Dana", "permissions": ["User.Read", "Bookings.ReadAll"]}]),
        "$.personas[0].permissions[1]",
        "'Bookings.ReadAll'",
    ),
    "a persona without a name": (_set("personas", to=[{}]), "$.personas[0]", "'name'"),
}


@pytest.mark.parametrize("case", GOOD_FIXTURES)
def test_a_fixture_may_hold(case: str, fixtures: dict[str, Any]) -> None:
    data = copy.deepcopy(small())
    GOOD_FIXTURES[case](data)
    assert errors(fixtures, data) == []


@pytest.mark.parametrize("case", WRONG_FIXTURES)
def test_a_wrong_fixture_is_refused_at_its_place(case: str, fixtures: dict[str, Any]) -> None:
    change, place, word = WRONG_FIXTURES[case]
    data = copy.deepcopy(small())
    change(data)
    found = errors(fixtures, data)
    assert len(found) == 1, found
    assert found[0].startswith(f"{place}: "), found
    assert word in found[0]
