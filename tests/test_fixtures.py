"""Fixtures: those that come along are valid, planted and complete, times move by weeks, bad files say what is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookings_emulator.app import create_app
from bookings_emulator.contract.api import api
from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import SENTINEL, Property
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.misfits import doubts, misfits
from bookings_emulator.store.seed import Fixture, check, load_fixture, shipped, utc
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.times import instant_of, zone
from tests.conftest import Graph

CONTRACT = load("v1.0")
ANCHOR = utc("2026-01-05T08:00:00Z")
WEEK = timedelta(weeks=1)
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
SETS = tuple(api("v1.0").sets)
DOCUMENTED = {
    "AED": "د.إ.\u200f",
    "AFN": "؋",
    "ALL": "Lekë",
    "AMD": "֏",
    "USD": "$",
    "YER": "ر.ي.\u200f",
    "ZAR": "R",
    "ZMW": "K",
}
# types of answers and of contacts, which no record of a fixture can hold
NOT_IN_RECORDS = {"availabilityItem", "staffAvailabilityItem", "bookingsAvailabilityStatus", "physicalAddressType"}
# lists so long, and so much alike, that a few members stand for all
SAMPLED = {"locationType", "locationUniqueIdType"}
MOMENTS = {
    "at the anchor": "2026-01-05T08:00:00Z",
    "midweek": "2026-01-07T13:30:00Z",
    "at the end of the week": "2026-01-12T07:59:59Z",
    "at the start of the next": "2026-01-12T08:00:00Z",
    "in summer": "2026-07-16T22:10:00Z",
    "before the anchor": "2025-10-01T06:00:00Z",
    "years later": "2029-11-04T09:00:00Z",
}
every_fixture = pytest.mark.parametrize("name", sorted(shipped()))
every_moment = pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS.keys())


def planted(fixture: Fixture, now: str = "2026-01-05T08:00:00Z") -> Tenant:
    return Tenant(Start((fixture,), seed=1, frozen=utc(now)))


def businesses(fixture: Fixture) -> list[dict[str, Any]]:
    return list(fixture.data.get("bookingBusinesses", []))


def single(value: Any) -> list[Any]:
    """A value or the items of a collection, as a list without nulls."""
    return [each for each in (value if isinstance(value, list) else [value]) if each is not None]


# those that come along


@every_fixture
def test_a_shipped_fixture_is_valid(name: str) -> None:
    check(name, load_fixture(name).data)


@every_fixture
def test_a_shipped_fixture_is_planted_whole(name: str) -> None:
    fixture = load_fixture(name)
    store = planted(fixture).store
    assert len(list(store.business_ids())) == len(businesses(fixture))
    for business_id, given in zip(store.business_ids(), businesses(fixture), strict=True):
        found = {each: len(store.rows(each, business_id)) for each in SETS}
        assert found == {each: len(given.get(each, [])) for each in SETS}


@every_fixture
def test_a_shipped_fixture_says_what_it_is(name: str) -> None:
    assert load_fixture(name).title != name


@every_fixture
def test_ids_given_in_a_shipped_fixture_are_kept_and_unique(name: str) -> None:
    fixture = load_fixture(name)
    store = planted(fixture).store
    for business_id, given in zip(store.business_ids(), businesses(fixture), strict=True):
        assert business_id == given.get("id", business_id)
        for each in SETS:
            ids = [item["id"] for item in given.get(each, []) if "id" in item]
            assert len(ids) == len(set(ids))
            assert set(ids) <= {row.record["id"] for row in store.rows(each, business_id)}


@every_fixture
def test_every_reference_in_a_shipped_fixture_leads_somewhere(name: str) -> None:
    for business in businesses(load_fixture(name)):
        ids = {each: {item.get("id") for item in business.get(each, [])} for each in SETS}
        for service in business["services"]:
            assert set(service["staffMemberIds"]) <= ids["staffMembers"]
            assert {each["questionId"] for each in service.get("customQuestions", [])} <= ids["customQuestions"]
        services = {each["id"]: each for each in business["services"]}
        for appointment in business["appointments"]:
            assert set(appointment["staffMemberIds"]) <= set(services[appointment["serviceId"]]["staffMemberIds"])
            assert {each["customerId"] for each in appointment["customers"]} <= ids["customers"]
            answers = [answer for each in appointment["customers"] for answer in each.get("customQuestionAnswers", [])]
            assert {each["questionId"] for each in answers} <= ids["customQuestions"]


def test_currencies_are_sorted_and_shown_as_documented() -> None:
    currencies = load_fixture("currencies").data["bookingCurrencies"]
    ids = [each["id"] for each in currencies]
    assert ids == sorted(set(ids))
    assert len(ids) > 150
    assert {each["id"]: each["symbol"] for each in currencies}.items() >= DOCUMENTED.items()
    assert all(each["symbol"].strip("\u200b\u200e\u200f ") for each in currencies)


# the default fixture


def reached(lines: tuple[Property, ...]) -> Iterator[str]:
    """The names of the enums and complex types that properties lead to."""
    for line in lines:
        name = line.type.name
        if name in CONTRACT.enums:
            yield name
        elif name in CONTRACT.types:
            kind = CONTRACT.types[name]
            for each in [kind, *(CONTRACT.types[derived] for derived in kind.derived)]:
                yield each.name
                yield from reached(each.properties)


def used(type_name: str, record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every (type, value) below a record: complex values, members of enums, and the records of its sets."""
    kind = CONTRACT.types[type_name]
    for line in kind.properties:
        name = line.type.name
        for each in single(record.get(line.name)):
            if name in CONTRACT.enums or name in CONTRACT.types:
                yield name, each
            if name in CONTRACT.types:
                concrete = each.get("@odata.type", name).removeprefix("#microsoft.graph.")
                yield concrete, each
                yield from used(concrete, each)
    for navigation in kind.navigations:
        for each in record.get(navigation.name, []):
            yield navigation.instance, each
            yield from used(navigation.instance, each)


REACHED = sorted({name for each in CONTRACT.entities() for name in reached(each.properties)})
USED = list(used("solutionsRoot", load_fixture("default").data))


def test_records_can_hold_every_type_but_those_of_answers() -> None:
    declared = {each.name for each in CONTRACT.complexes()} | set(CONTRACT.enums)
    assert declared - set(REACHED) == NOT_IN_RECORDS


@pytest.mark.parametrize("name", [each for each in REACHED if each in CONTRACT.types])
def test_the_default_fixture_exercises_the_complex_type(name: str) -> None:
    assert any(each == name and value for each, value in USED)


@pytest.mark.parametrize("name", [each for each in REACHED if each in CONTRACT.enums])
def test_the_default_fixture_exercises_the_enum(name: str) -> None:
    enum = CONTRACT.enums[name]
    known = {enum.wire.get(member, member) for member in enum.members if member != SENTINEL}
    found = {value for each, value in USED if each == name}
    assert len(found) > 1 if name in SAMPLED else found == known


@pytest.mark.parametrize("name", [each.name for each in CONTRACT.entities() if each.base and not each.is_abstract])
def test_the_shipped_fixtures_hold_a_record_of_every_entity(name: str) -> None:
    data = load_fixture("currencies").data if name == "bookingCurrency" else load_fixture("default").data
    assert any(each == name for each, _ in used("solutionsRoot", data))


def test_the_default_fixture_has_group_appointments_with_and_without_free_seats() -> None:
    appointments = planted(load_fixture("default")).store.records("appointments", DENTAL)
    seats = [(each["filledAttendeesCount"], each["maximumAttendeesCount"]) for each in appointments]
    assert {(1, 1), (3, 10), (3, 3)} <= set(seats)


def test_nobody_in_the_default_fixture_is_in_two_places_at_once() -> None:
    store = planted(load_fixture("default")).store
    for business_id in store.business_ids():
        for member in store.records("staffMembers", business_id):
            spans = sorted(
                (instant_of(each["startDateTime"]), instant_of(each["endDateTime"]))
                for each in store.records("appointments", business_id)
                if member["id"] in each["staffMemberIds"]
            )
            assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_online_appointments_of_the_default_fixture_have_links() -> None:
    appointments = list(planted(load_fixture("default")).store.records("appointments", DENTAL))
    online = [each for each in appointments if each["isLocationOnline"]]
    assert online
    assert all(each["joinWebUrl"] and each["anonymousJoinWebUrl"] for each in online)


# time


def moved(name: str, now: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The appointments of a fixture: as given, and as planted at some moment."""
    fixture = load_fixture(name)
    store = planted(fixture, now).store
    for business_id, given in zip(store.business_ids(), businesses(fixture), strict=True):
        yield from zip(given["appointments"], store.records("appointments", business_id), strict=True)


def local(given: dict[str, str]) -> datetime:
    return datetime.fromisoformat(given["dateTime"]).replace(tzinfo=zone(given["timeZone"]))


@every_moment
@pytest.mark.parametrize("name", ["default", "clinic"])
def test_weekday_and_local_time_of_an_appointment_stay_the_same(name: str, now: str) -> None:
    for given, record in moved(name, now):
        for edge in ("startDateTime", "endDateTime"):
            before = local(given[edge])
            after = instant_of(record[edge]).astimezone(before.tzinfo)
            assert (after.weekday(), after.time()) == (before.weekday(), before.time())


@every_moment
def test_the_past_stays_past_and_the_future_stays_to_come(now: str) -> None:
    for given, record in moved("default", now):
        if local(given["endDateTime"]) <= ANCHOR:
            assert instant_of(record["endDateTime"]) < utc(now)
        else:
            assert instant_of(record["startDateTime"]) > utc(now)


def test_the_default_fixture_has_a_past_and_a_future() -> None:
    starts = [local(given["startDateTime"]) for given, _ in moved("default", "2026-01-05T08:00:00Z")]
    assert sum(each < ANCHOR for each in starts) >= 3
    assert sum(ANCHOR + WEEK < each < ANCHOR + 6 * WEEK for each in starts) >= 8


def test_at_the_anchor_times_are_those_of_the_file() -> None:
    for given, record in moved("default", "2026-01-05T08:00:00Z"):
        assert instant_of(record["startDateTime"]) == local(given["startDateTime"])


@every_moment
def test_days_of_scheduling_policies_move_as_appointments_do(now: str) -> None:
    weeks = (utc(now) - ANCHOR) // WEEK
    given = [each for service in businesses(load_fixture("default"))[0]["services"] for each in windows(service)]
    store = planted(load_fixture("default"), now).store
    found = [each for service in store.records("services", DENTAL) for each in windows(service)]
    assert found
    for before, after in zip(given, found, strict=True):
        for edge in ("startDate", "endDate"):
            assert datetime.fromisoformat(after[edge]) == datetime.fromisoformat(before[edge]) + weeks * WEEK


def windows(service: Any) -> list[dict[str, Any]]:
    return list((service.get("schedulingPolicy") or {}).get("customAvailabilities", []))


# files of one's own


def default_data() -> dict[str, Any]:
    return dict(json.loads(shipped()["default"].read_bytes()))


def written(folder: Path, data: Any) -> str:
    file = folder / "bad.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return str(file)


def test_a_pasted_answer_of_graph_is_a_set(tmp_path: Path) -> None:
    data = default_data()
    for business in data["bookingBusinesses"]:
        for each in set(SETS) & set(business):
            business[each] = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x", "value": business[each]}
    data["bookingBusinesses"] = {"@odata.context": "…", "value": data["bookingBusinesses"]}
    pasted = planted(load_fixture(written(tmp_path, data))).store
    plain = planted(load_fixture("default")).store
    for each in SETS:
        assert list(pasted.records(each, DENTAL)) == list(plain.records(each, DENTAL))


def test_the_answers_of_a_tenant_make_the_fixture_of_another(tmp_path: Path) -> None:
    graph = Graph(planted(load_fixture("default")))
    home = f"/v1.0/solutions/bookingBusinesses/{DENTAL}"
    all_members = {"prefer": "include-unknown-enum-members"}
    business = graph.get(home).json | {each: graph.get(f"{home}/{each}", headers=all_members).json for each in SETS}
    again = Graph(planted(load_fixture(written(tmp_path, {"bookingBusinesses": [business]}))))
    assert again.get(home).json == graph.get(home).json
    for each in SETS:
        assert again.get(f"{home}/{each}").json["value"] == graph.get(f"{home}/{each}").json["value"]


def in_business(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda data: change(data["bookingBusinesses"][0])


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "unknown word": (
        lambda data: data.update(anchr="2026-01-05T08:00:00Z"),
        ["bad.json", "$", "expected one of", "'anchr'", "did you mean 'anchor'?"],
    ),
    "unknown member of a business": (
        in_business(lambda business: business.update(displayNam="x")),
        ["bad.json", "$.bookingBusinesses[0]", "expected one of", "'displayNam'", "did you mean 'displayName'?"],
    ),
    "unknown member of an appointment": (
        in_business(lambda business: business["appointments"][2].update(serviceNote="x")),
        ["bad.json", "appointments[2]", "expected one of", "'serviceNote'", "did you mean 'serviceNotes'?"],
    ),
    "wrong kind": (
        in_business(lambda business: business["services"][0].update(maximumAttendeesCount="ten")),
        ["bad.json", "services[0].maximumAttendeesCount", "'integer'", '"ten"'],
    ),
    "unknown member of an enum": (
        in_business(lambda business: business["staffMembers"][1].update(role="owner")),
        ["bad.json", "staffMembers[1].role", "expected one of ", "administrator", '"owner"'],
    ),
    "set that is none": (
        in_business(lambda business: business.update(customers=3)),
        ["bad.json", "$.bookingBusinesses[0].customers", "'array'", "3"],
    ),
    "missing service": (
        in_business(lambda business: business["appointments"][1].pop("serviceId")),
        ["bad.json", "appointments[1]", "'serviceId' is a required property"],
    ),
    "unknown service": (
        in_business(lambda business: business["appointments"][1].update(serviceId="nothing")),
        ["bad", "$.bookingBusinesses[0].appointments[1]", "serviceId of a service of its business", "'nothing'"],
    ),
    "unknown member of staff": (
        in_business(lambda business: business["appointments"][3].update(staffMemberIds=["nobody"])),
        ["bad", "$.bookingBusinesses[0].appointments[3]", "staff member", "'nobody'"],
    ),
    "unknown zone": (
        in_business(lambda business: business["appointments"][0]["startDateTime"].update(timeZone="Mars")),
        ["bad", "$.bookingBusinesses[0].appointments[0]", "IANA or Windows zone", "'Mars'"],
    ),
}


@pytest.mark.parametrize(("change", "expected"), BAD.values(), ids=BAD.keys())
def test_a_bad_fixture_says_file_place_expected_and_got(
    change: Callable[[dict[str, Any]], Any], expected: list[str], tmp_path: Path
) -> None:
    data = default_data()
    change(data)
    with pytest.raises(FixtureError) as error:
        planted(load_fixture(written(tmp_path, data)))
    assert [each for each in expected if each not in str(error.value)] == []


def test_a_file_that_is_not_json_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match=r"cannot read bad\.json as JSON: .*line 2 column 1"):
        load_fixture(written(tmp_path, "{\n,}"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match=r"none\.json: no such file"):
        load_fixture(str(tmp_path / "none.json"))


def test_an_unknown_fixture_names_the_known_and_the_nearest() -> None:
    with pytest.raises(FixtureError, match=r"'defalt' is neither a fixture.*default, empty; did you mean 'default'"):
        load_fixture("defalt")


PERSON = {"displayName": "Ann", "emailAddress": "ann@contoso.onmicrosoft.com", "role": "administrator"}


def test_records_may_have_any_word_as_id() -> None:
    service = {"id": "tasting", "displayName": "Tasting"}
    business = {"displayName": "Fourth Coffee", "services": [service], "staffMembers": [{"id": "ann", **PERSON}]}
    tenant = Tenant(Start((Fixture("ours", {"bookingBusinesses": [business]}),)))
    (planted,) = tenant.store.records("services", "FourthCoffee@contoso.onmicrosoft.com")
    assert planted["id"] == "tasting"
    link = tenant.find_links().service("FourthCoffee@contoso.onmicrosoft.com", planted["id"])
    assert link.partition("/s/")[2].endswith("2")


# what was pasted, and what is wrong with it


@pytest.mark.parametrize("shape", ["business", "list", "answer", "fixture"])
def test_an_answer_of_graph_is_a_fixture_as_it_came(tmp_path: Path, shape: str) -> None:
    graph = Graph(planted(load_fixture("default")))
    home = f"/v1.0/solutions/bookingBusinesses/{DENTAL}"
    business = graph.get(home).json | {each: graph.get(f"{home}/{each}").json for each in SETS}
    assert "unknownFutureValue" in {each["role"] for each in business["staffMembers"]["value"]}
    shapes = {
        "business": business,
        "list": [business],
        "answer": {"@odata.context": "…", "value": [business]},
        "fixture": {"bookingBusinesses": [business]},
    }
    again = Graph(planted(load_fixture(written(tmp_path, shapes[shape]))))
    assert again.get(home).json == graph.get(home).json
    roles = {each["role"] for each in again.tenant.store.records("staffMembers", DENTAL)}
    assert "administrator" in roles
    assert "unknownFutureValue" not in roles


def test_all_misfits_are_told_at_once_with_examples_and_nearest_words() -> None:
    data = default_data()
    dental = data["bookingBusinesses"][0]
    dental["services"][0]["defaultDuration"] = "30 minutes"
    dental["staffMembers"][1]["role"] = "Administrator"
    dental["displayNam"] = "x"
    dental["appointments"][0]["createdDateTime"] = "yesterday"
    told = misfits(data, "v1.0")
    assert len(told) == 4
    text = "\n".join(told)
    assert "services[0].defaultDuration: expected a duration such as PT30M" in text
    assert "staffMembers[1].role: expected one of" in text
    assert "got 'Administrator'; did you mean 'administrator'?" in text
    assert "got 'displayNam'; did you mean 'displayName'?" in text
    assert "expected a date-time such as 2026-01-05T08:00:00Z" in text


def test_two_personas_of_one_name_are_refused_unless_another_fixture_has_the_second() -> None:
    mine = {"personas": [{"name": "mine", "permissions": ["Bookings.Read.All"]}]}
    other = {"personas": [{"name": "mine", "permissions": ["Bookings.Manage.All"]}]}
    assert create_app(mine, other).tenant.personas["mine"].caller.permissions == {"Bookings.Manage.All"}
    with pytest.raises(FixtureError, match="expected a name for each of its own; got 'mine' twice"):
        create_app({"personas": mine["personas"] + other["personas"]})


def test_what_is_probably_not_meant_is_told() -> None:
    assert doubts(default_data()) == []
    data = default_data()
    data["bookingBusinesses"][0]["services"][0]["staffMemberIds"] = ["nope"]
    data["bookingBusinesses"][0]["appointments"][0]["customers"][0]["customerId"] = "nobody"
    data["personas"].append({"name": "mine", "permissions": ["Booking.Read.All"], "roles": {"x@y": "viewer"}})
    text = "\n".join(doubts(data))
    assert "services[0].staffMemberIds: no record of staffMembers has the id 'nope'" in text
    assert "customers[0].customerId: no record of customers has the id 'nobody'" in text
    assert "'Booking.Read.All' is not a permission of Bookings; did you mean 'Bookings.Read.All'?" in text
    assert "there is no business 'x@y'" in text


_DIRECTIVE = re.compile(r"#:schema (\S+)\n")  # as taplo reads it, in the first line


@pytest.mark.parametrize("file", shipped().values(), ids=lambda file: str(file.name))
def test_every_shipped_fixture_names_a_schema_that_is_there_and_fits_it(file: Path) -> None:
    if file.suffix == ".json":
        data = json.loads(file.read_bytes())
        named = data["$schema"]
    else:
        text = file.read_text(encoding="utf-8")
        data, directive = tomllib.loads(text), _DIRECTIVE.match(text)
        assert directive
        named = directive[1]
    schema = json.loads((file.parent / named).read_bytes())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
    assert schema["title"] == ("Fixture" if file.suffix == ".json" else "Recipe")
    assert misfits(load_fixture(file.stem).data, "v1.0") == []
