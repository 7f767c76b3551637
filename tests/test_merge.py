"""What a PATCH leaves alone: complex values are merged at every depth, collections replaced, policies follow."""

from __future__ import annotations

from typing import Any

import pytest

from bookings_emulator.store.export import export
from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    CUSTOMER,
    HOME,
    NOW,
    SERVICE,
    Graph,
    booking,
    customer,
)

from bookings_emulator.store.seed import utc  # isort: skip

BETA = HOME.replace("/v1.0", "/beta")
OFFER = f"{HOME}/services/{SERVICE}"
SLOT = {"startTime": "08:00:00.0000000", "endTime": "12:00:00.0000000"}
WEEKLY = {"availabilityType": "customWeeklyHours", "businessHours": [{"day": "monday", "timeSlots": []}]}


def inside(value: Any, path: str) -> Any:
    for name in path.split("/"):
        value = value[name]
    return value


# path below the business → the value that is there, the change, the member that stays and the one that changes
COMPLEX: dict[str, tuple[str, str, dict[str, Any], dict[str, Any], str, str]] = {
    "an address": ("", "address", {"street": "1 Main", "city": "Buffalo"}, {"city": "Rome"}, "street", "city"),
    "settings of the page": (
        "",
        "bookingPageSettings",
        {"enforceOneTimePassword": True, "customerConsentMessage": "Yes"},
        {"customerConsentMessage": "No"},
        "enforceOneTimePassword",
        "customerConsentMessage",
    ),
    "a policy": (
        "",
        "schedulingPolicy",
        {"minimumLeadTime": "PT2H", "maximumAdvance": "P10D"},
        {"maximumAdvance": "P20D"},
        "minimumLeadTime",
        "maximumAdvance",
    ),
    "an availability inside a policy": (
        "",
        "schedulingPolicy",
        {"maximumAdvance": "P10D", "generalAvailability": WEEKLY},
        {"generalAvailability": {"businessHours": []}},
        "generalAvailability/availabilityType",
        "generalAvailability/businessHours",
    ),
    "a place": (
        f"/services/{SERVICE}",
        "defaultLocation",
        {"displayName": "Room 1", "locationUri": "https://x.y"},
        {"displayName": "Room 2"},
        "locationUri",
        "displayName",
    ),
    "an address inside a place": (
        f"/services/{SERVICE}",
        "defaultLocation",
        {"displayName": "Room 1", "address": {"street": "1 Main", "city": "Buffalo"}},
        {"address": {"city": "Rome"}},
        "address/street",
        "address/city",
    ),
    "the place of an appointment": (
        f"/appointments/{APPOINTMENT}",
        "serviceLocation",
        {"displayName": "Room 1", "coordinates": {"latitude": 1.5, "longitude": 2.5}},
        {"coordinates": {"latitude": 3.5}},
        "coordinates/longitude",
        "coordinates/latitude",
    ),
}


@pytest.mark.parametrize("home", [HOME, BETA], ids=["v1.0", "beta"])
@pytest.mark.parametrize("case", COMPLEX.values(), ids=COMPLEX)
def test_a_complex_value_keeps_what_a_patch_leaves_out(case: tuple[Any, ...], home: str, graph: Graph) -> None:
    path, name, whole, change, stays, changes = case
    assert graph.patch(home + path, {name: whole}).status == 204
    first = graph.get(home + path).json[name]
    assert graph.patch(home + path, {name: change}).status == 204
    then = graph.get(home + path).json[name]
    assert inside(then, stays) == inside(first, stays) == inside(whole, stays)
    assert inside(then, changes) == inside(change, changes) != inside(first, changes)
    assert list(then) == list(first)


def test_a_part_of_a_batch_merges_as_well(graph: Graph) -> None:
    graph.patch(HOME, {"address": {"street": "1 Main", "city": "Buffalo"}})
    request = {
        "id": "1",
        "method": "PATCH",
        "url": HOME.removeprefix("/v1.0"),
        "headers": {"content-type": "application/json"},
        "body": {"address": {"city": "Rome"}},
    }
    assert graph.post("/v1.0/$batch", {"requests": [request]}).json["responses"][0]["status"] == 204
    address = graph.get(HOME).json["address"]
    assert (address["street"], address["city"]) == ("1 Main", "Rome")


def test_what_only_the_other_version_has_is_left_alone(graph: Graph) -> None:
    graph.patch(BETA, {"address": {"postOfficeBox": "7", "type": "business", "city": "Buffalo"}})
    graph.patch(HOME, {"address": {"city": "Rome"}})
    address = graph.get(BETA).json["address"]
    assert (address["postOfficeBox"], address["type"], address["city"]) == ("7", "business", "Rome")


def test_null_clears_a_complex_value_and_a_member_of_it(graph: Graph) -> None:
    graph.patch(HOME, {"address": {"street": "1 Main", "city": "Buffalo"}})
    graph.patch(HOME, {"address": {"street": None}})
    address = graph.get(HOME).json["address"]
    assert (address["street"], address["city"]) == ("", "Buffalo")
    graph.patch(HOME, {"address": None})
    assert graph.get(HOME).json["address"] is None
    graph.patch(HOME, {"address": {"city": "Rome"}})
    address = graph.get(HOME).json["address"]
    assert (address["street"], address["city"]) == ("", "Rome")


def test_a_zone_that_is_left_out_is_that_of_before(graph: Graph) -> None:
    url = f"{HOME}/appointments/{APPOINTMENT}"
    times = {"startDateTime": {"dateTime": "2026-01-06T10:00:00"}, "endDateTime": {"dateTime": "2026-01-06T10:30:00"}}
    assert graph.patch(url, times).status == 204
    assert graph.get(url).json["startDateTime"]["dateTime"].startswith("2026-01-06T10:00:00")


def test_collections_are_replaced_whole(graph: Graph) -> None:
    graph.patch(HOME, {"businessHours": [{"day": "monday", "timeSlots": [SLOT]}, {"day": "friday", "timeSlots": []}]})
    graph.patch(HOME, {"businessHours": [{"day": "sunday", "timeSlots": []}]})
    assert [each["day"] for each in graph.get(HOME).json["businessHours"]] == ["sunday"]
    url = f"{HOME}/appointments/{APPOINTMENT}"
    graph.patch(url, {"customers": [customer(customerId=CUSTOMER, name="Adele", notes="x")]})
    graph.patch(url, {"customers": [customer(customerId=CUSTOMER, name="Adele")]})
    (entry,) = graph.get(url).json["customers"]
    assert entry["notes"] is None


def test_an_unknown_record_is_not_found_and_a_wrong_member_refused_as_before(graph: Graph) -> None:
    assert graph.patch(f"{HOME}/services/none", {"defaultLocation": {"displayName": "x"}}).status == 404
    assert graph.patch(HOME, {"address": {"street": 3}}).status == 400
    assert graph.patch(HOME, {"bookingPageSettings": {"enforceOneTimePassword": None}}).status == 400
    assert graph.patch(HOME, {"address": "Rome"}).status == 400


# policies of services


def policy(graph: Graph) -> dict[str, Any]:
    return dict(graph.get(OFFER).json["schedulingPolicy"])


def test_what_a_service_has_set_stays_and_the_rest_is_that_of_the_business(graph: Graph) -> None:
    graph.patch(HOME, {"schedulingPolicy": {"minimumLeadTime": "PT2H"}})
    graph.patch(OFFER, {"schedulingPolicy": {"maximumAdvance": "P10D"}})
    graph.patch(OFFER, {"schedulingPolicy": {"timeSlotInterval": "PT15M"}})
    found = policy(graph)
    assert (found["maximumAdvance"], found["timeSlotInterval"]) == ("P10D", "PT15M")
    assert found["minimumLeadTime"] == "PT2H"


def test_what_a_service_never_set_follows_the_business_and_its_rules_do_too(graph: Graph) -> None:
    graph.patch(OFFER, {"schedulingPolicy": {"maximumAdvance": "P10D"}})
    graph.get(f"{HOME}/services")
    graph.patch(HOME, {"schedulingPolicy": {"minimumLeadTime": "P9D", "maximumAdvance": "P100D"}})
    found = policy(graph)
    assert (found["minimumLeadTime"], found["maximumAdvance"]) == ("P9D", "P10D")
    listed = {each["id"]: each for each in graph.get(f"{HOME}/services").json["value"]}[SERVICE]
    assert listed["schedulingPolicy"] == found
    assert "minimumLeadTime" in graph.post(f"{HOME}/appointments", booking(), headers=AS_APP).reason


def test_a_service_sets_what_the_business_has_as_well(graph: Graph) -> None:
    graph.patch(OFFER, {"schedulingPolicy": {"minimumLeadTime": policy_of_business(graph)["minimumLeadTime"]}})
    before = policy(graph)["minimumLeadTime"]
    graph.patch(HOME, {"schedulingPolicy": {"minimumLeadTime": "P9D"}})
    assert policy(graph)["minimumLeadTime"] == before


def policy_of_business(graph: Graph) -> dict[str, Any]:
    return dict(graph.get(HOME).json["schedulingPolicy"])


def test_null_takes_back_what_a_service_had_set(graph: Graph) -> None:
    general = {"availabilityType": "notBookable"}
    graph.patch(OFFER, {"schedulingPolicy": {"generalAvailability": general, "maximumAdvance": "P10D"}})
    graph.patch(OFFER, {"schedulingPolicy": {"generalAvailability": None}})
    assert policy(graph)["generalAvailability"] == policy_of_business(graph)["generalAvailability"]
    assert policy(graph)["maximumAdvance"] == "P10D"
    graph.patch(OFFER, {"schedulingPolicy": None})
    assert graph.get(OFFER).json["schedulingPolicy"] is None
    graph.patch(OFFER, {"schedulingPolicy": {"timeSlotInterval": "PT15M"}})
    assert policy(graph) == {**policy_of_business(graph), "timeSlotInterval": "PT15M"}


def test_a_new_service_takes_the_business_for_what_it_leaves_open(graph: Graph) -> None:
    body = {"displayName": "Cut", "schedulingPolicy": {"maximumAdvance": "P10D"}}
    url = f"{HOME}/services/{graph.post(f'{HOME}/services', body).json['id']}"
    graph.patch(HOME, {"schedulingPolicy": {"minimumLeadTime": "P3D", "maximumAdvance": "P99D"}})
    found = graph.get(url).json["schedulingPolicy"]
    assert (found["minimumLeadTime"], found["maximumAdvance"]) == ("P3D", "P10D")


def test_an_export_tells_what_a_service_has_set_itself(graph: Graph) -> None:
    graph.patch(OFFER, {"schedulingPolicy": {"maximumAdvance": "P10D"}})
    data = export(graph.tenant.store, utc(NOW))
    copy = Graph(Tenant(Start((Fixture("copy", data),), frozen=utc(NOW))))
    copy.patch(HOME, {"schedulingPolicy": {"minimumLeadTime": "P3D", "maximumAdvance": "P99D"}})
    assert (policy(copy)["minimumLeadTime"], policy(copy)["maximumAdvance"]) == ("P3D", "P10D")
    assert "policyMembers" not in copy.get(OFFER).json


def test_what_replaces_a_policy_drops_what_the_service_had_set(graph: Graph) -> None:
    graph.tenant.set_quirk("patch-merges", "off")
    graph.patch(OFFER, {"schedulingPolicy": {"maximumAdvance": "P10D"}})
    graph.patch(OFFER, {"schedulingPolicy": {"timeSlotInterval": "PT15M"}})
    assert policy(graph) == {**policy_of_business(graph), "timeSlotInterval": "PT15M"}


@pytest.mark.parametrize("kind", ["bookWhenStaffAreFree", "notBookable", "customWeeklyHours"])
@pytest.mark.parametrize("url", [HOME, OFFER, BETA], ids=["business", "service", "beta"])
def test_hours_of_an_availability_are_there_only_where_they_are_custom(kind: str, url: str, graph: Graph) -> None:
    hours = [{"day": "monday", "timeSlots": []}]
    availability = {"availabilityType": kind, "businessHours": hours}
    window = {**availability, "startDate": "2026-02-01", "endDate": "2026-02-02"}
    body = {"schedulingPolicy": {"generalAvailability": availability, "customAvailabilities": [window]}}
    assert graph.patch(url, body).status == 204
    found = graph.get(url).json["schedulingPolicy"]
    expected = hours if kind == "customWeeklyHours" else None
    assert found["generalAvailability"]["businessHours"] == expected
    assert found["customAvailabilities"][0]["businessHours"] == expected


def test_a_type_that_changes_takes_the_hours_with_it(graph: Graph) -> None:
    graph.patch(HOME, {"schedulingPolicy": {"generalAvailability": WEEKLY}})
    graph.patch(HOME, {"schedulingPolicy": {"generalAvailability": {"availabilityType": "notBookable"}}})
    assert policy_of_business(graph)["generalAvailability"] == {
        "availabilityType": "notBookable",
        "businessHours": None,
    }
