"""Who a booking means among the customers of a business, and the seats of a group that bookings share."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.store.directory import Directory
from tests.conftest import (
    AS_APP,
    CUSTOMER,
    GROUP,
    HOME,
    ROOT,
    SERVICE,
    STAFF,
    Answer,
    Graph,
    at,
    booking,
    customer,
    make_tenant,
    set_policy,
    small,
)
from tests.connector_quirks import Connector
from tests.test_growth import Watched

CLASS = {"serviceId": GROUP, "endDateTime": at("2026-01-12T11:00:00")}
VERSIONS = [ROOT, "/beta/solutions/bookingBusinesses"]
ADELE = "adelev@contoso.com"  # the address of CUSTOMER, whose name is Adele Vance


def booked(graph: Graph, *people: dict[str, Any], **members: Any) -> list[str]:
    """The customer ids of a booking for some people."""
    answer = graph.post(f"{HOME}/appointments", booking(customers=list(people), **members))
    assert answer.status == 201, answer.reason
    return [each["customerId"] for each in answer.json["customers"]]


def count(graph: Graph) -> int:
    return len(graph.get(f"{HOME}/customers").json["value"])


# the same person is one customer


@pytest.mark.parametrize(
    ("person", "is_known"),
    [
        ({"name": "Adele Vance", "emailAddress": ADELE}, True),
        ({"name": " adele VANCE ", "emailAddress": "AdeleV@CONTOSO.com"}, True),
        ({"emailAddress": ADELE}, True),
        ({"name": "", "emailAddress": ADELE}, True),
        ({"name": "Lee Gu", "emailAddress": ADELE}, False),
        ({"name": "Adele Vance", "emailAddress": "other@contoso.com"}, False),
        ({"name": "Adele Vance"}, False),
        ({"name": "Adele Vance", "emailAddress": ""}, False),
        ({"customerId": CUSTOMER, "name": "Lee Gu", "emailAddress": "lee@x.y"}, True),
        ({"customerId": "none", "name": "Adele Vance", "emailAddress": ADELE}, True),
    ],
)
def test_who_has_the_same_address_and_no_other_name_is_the_same_customer(
    person: dict[str, Any], is_known: bool, graph: Graph
) -> None:
    (found,) = booked(graph, customer(**person))
    assert (found == CUSTOMER) is is_known
    assert count(graph) == 2 - is_known


def test_a_customer_without_a_name_is_anybody_of_the_address(graph: Graph) -> None:
    made = graph.post(f"{HOME}/customers", {"emailAddress": "lee@x.y"}).json["id"]
    assert booked(graph, customer(name="Lee Gu", emailAddress="LEE@x.y")) == [made]


@pytest.mark.parametrize("root", VERSIONS)
def test_two_bookings_of_one_person_have_one_customer_in_graph_and_at_the_connector(root: str, graph: Graph) -> None:
    connector = Connector(graph)
    connector.subscribe("Created")
    home = HOME.replace(ROOT, root)
    edges = ("startDateTime", "endDateTime") if root == ROOT else ("start", "end")
    ids = []
    for day in ("12", "13"):
        body = booking(customers=[customer(name="Lee Gu", emailAddress="lee@x.y")])
        del body["startDateTime"], body["endDateTime"]
        body |= {edge: at(f"2026-01-{day}T10:{minute}:00") for edge, minute in zip(edges, ("00", "30"), strict=True)}
        answer = graph.post(f"{home}/appointments", body)
        assert answer.status == 201, answer.reason
        ids.append(answer.json["customers"][0]["customerId"])
    assert len({*ids, *(body["CustomerId"] for _, body in connector.told())}) == 1


def test_customers_of_a_batch_are_one_person_too(graph: Graph) -> None:
    def request(number: str) -> dict[str, Any]:
        return {
            "id": number,
            "method": "POST",
            "url": f"{HOME.removeprefix('/v1.0')}/appointments",
            "headers": {"content-type": "application/json"},
            "body": booking(customers=[customer(name="Lee Gu", emailAddress="lee@x.y")]),
        }

    parts = graph.post("/v1.0/$batch", {"requests": [request("1"), request("2")]}).json["responses"]
    assert len({each["body"]["customers"][0]["customerId"] for each in parts}) == 1


def test_people_of_one_booking_are_told_apart_and_recognized(graph: Graph) -> None:
    people = [("Lee", "l@x.y"), ("Ann", "l@x.y"), ("lee", "L@X.Y"), (None, "l@x.y")]
    ids = booked(graph, *(customer(name=name, emailAddress=address) for name, address in people), **CLASS)
    assert [ids.index(each) for each in ids] == [0, 1, 0, 0]
    assert count(graph) == 3


def test_an_update_recognizes_people_as_a_booking_does(graph: Graph) -> None:
    (lee,) = booked(graph, customer(name="Lee", emailAddress="lee@x.y"))
    made = graph.post(f"{HOME}/appointments", booking(customers=[])).json
    url = f"{HOME}/appointments/{made['id']}"
    graph.patch(url, {"customers": [customer(name="Lee", emailAddress="Lee@x.y")]})
    assert graph.get(url).json["customers"][0]["customerId"] == lee


def test_a_customer_is_found_under_the_address_and_name_of_today(graph: Graph) -> None:
    url = f"{HOME}/customers/{CUSTOMER}"
    graph.patch(url, {"emailAddress": "new@contoso.com"})
    assert booked(graph, customer(name="Adele Vance", emailAddress="NEW@contoso.com")) == [CUSTOMER]
    assert booked(graph, customer(name="Adele Vance", emailAddress=ADELE)) != [CUSTOMER]
    graph.patch(url, {"displayName": "Adele Gu"})
    assert booked(graph, customer(name="adele gu", emailAddress="new@contoso.com")) == [CUSTOMER]
    assert booked(graph, customer(name="Adele Vance", emailAddress="new@contoso.com")) != [CUSTOMER]


def test_a_deleted_customer_is_found_no_more_and_the_next_one_takes_the_place(graph: Graph) -> None:
    twin = graph.post(f"{HOME}/customers", {"displayName": "Adele Vance", "emailAddress": ADELE}).json["id"]
    person = customer(name="Adele Vance", emailAddress=ADELE)
    assert booked(graph, person) == [CUSTOMER]
    graph.delete(f"{HOME}/customers/{CUSTOMER}")
    assert booked(graph, person) == [twin]
    graph.delete(f"{HOME}/customers/{twin}")
    (fresh,) = booked(graph, person)
    assert fresh not in (CUSTOMER, twin)


def test_snapshots_and_resets_bring_back_who_is_known(graph: Graph) -> None:
    tenant = graph.tenant
    person = customer(name="Lee", emailAddress="lee@x.y")
    (lee,) = booked(graph, person)
    saved = tenant.save()
    graph.delete(f"{HOME}/customers/{lee}")
    graph.patch(f"{HOME}/customers/{CUSTOMER}", {"emailAddress": "gone@x.y"})
    tenant.restore(saved)
    assert booked(graph, person) == [lee]
    assert booked(graph, customer(name="Adele Vance", emailAddress=ADELE)) == [CUSTOMER]
    tenant.reset()
    assert booked(graph, customer(name="Adele Vance", emailAddress=ADELE)) == [CUSTOMER]
    assert count(graph) == 1
    booked(graph, person)
    assert count(graph) == 2


def test_customers_are_known_in_their_own_business_only(graph: Graph) -> None:
    other = graph.post(ROOT, {"displayName": "Other"}).json["id"]
    service = graph.post(f"{ROOT}/{other}/services", {"displayName": "Cut"}).json["id"]
    body = booking(serviceId=service, customers=[customer(name="Adele Vance", emailAddress=ADELE)])
    del body["staffMemberIds"]
    made = graph.post(f"{ROOT}/{other}/appointments", body).json
    assert made["customers"][0]["customerId"] != CUSTOMER


def looks_for_one_of(count: int) -> int:
    """How often members of customers are read to put, find, rename and drop one among others of the same address."""
    directory = Directory()
    people = [Watched(id=str(each), emailAddress="team@x.y", displayName=f"Person {each}") for each in range(count)]
    for each in people:
        directory.put(each)
    Watched.looks = 0
    assert directory.same_person("TEAM@x.y", f"person {count - 1}") == people[-1]
    assert directory.same_person("team@x.y", "") == people[0]
    assert directory.same_person("team@x.y", "Nobody") is None
    directory.put(Watched(people[0], displayName="Somebody"))
    directory.drop("1")
    return Watched.looks


def test_who_is_looked_for_is_found_without_looking_at_the_others() -> None:
    assert looks_for_one_of(10) == looks_for_one_of(2000)


# seats of a group


def seat(graph: Graph, name: str, *more: str, headers: dict[str, str] | None = AS_APP, **members: Any) -> Answer:
    """Book places of the class on Monday the 12th at 10."""
    people = [customer(name=each, emailAddress=f"{each}@x.y") for each in (name, *more)]
    return graph.post(f"{HOME}/appointments", booking(**{**CLASS, "customers": people, **members}), headers=headers)


def names(graph: Graph, appointment_id: str) -> list[str]:
    return [each["name"] for each in graph.get(f"{HOME}/appointments/{appointment_id}").json["customers"]]


def test_bookings_of_a_group_slot_share_one_appointment_until_it_is_full(graph: Graph) -> None:
    graph.patch(f"{HOME}/services/{GROUP}", {"maximumAttendeesCount": 3})
    first = seat(graph, "ann").json
    second = seat(graph, "bob")
    assert (second.status, second.json["id"], second.json["filledAttendeesCount"]) == (201, first["id"], 2)
    assert second.headers["Location"].endswith(f"appointments('{first['id']}')".replace("=", "%3D"))
    assert "double booking" in seat(graph, "cem", "dan").reason
    assert seat(graph, "cem").json["filledAttendeesCount"] == 3
    assert "double booking" in seat(graph, "dan").reason
    assert names(graph, first["id"]) == ["ann", "bob", "cem"]
    assert len(graph.get(f"{HOME}/calendarView?start=2026-01-12T00:00:00Z&end=2026-01-13T00:00:00Z").json["value"]) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"serviceId": SERVICE, "endDateTime": at("2026-01-12T10:30:00")},
        {"startDateTime": at("2026-01-12T10:30:00"), "endDateTime": at("2026-01-12T11:30:00")},
        {"customers": []},
        {"maximumAttendeesCount": 1},
    ],
    ids=["another service", "another time", "nobody", "a seat of its own"],
)
def test_another_slot_is_not_joined(members: dict[str, Any], graph: Graph) -> None:
    seat(graph, "ann")
    assert "double booking" in seat(graph, "bob", **members).reason


def test_a_slot_of_another_member_is_not_joined(graph: Graph) -> None:
    other = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "guest"}
    other_id = graph.post(f"{HOME}/staffMembers", other).json["id"]
    graph.patch(f"{HOME}/services/{GROUP}", {"staffMemberIds": [STAFF, other_id]})
    first, second = seat(graph, "ann").json, seat(graph, "bob", staffMemberIds=[other_id]).json
    assert first["id"] != second["id"]
    assert (names(graph, first["id"]), names(graph, second["id"])) == (["ann"], ["bob"])


def test_who_joins_meets_the_rules(graph: Graph) -> None:
    seat(graph, "ann")
    set_policy(graph, minimumLeadTime="P30D")
    assert "minimumLeadTime" in seat(graph, "bob").reason
    assert seat(graph, "bob", staffMemberIds=[]).error["message"] == "Invalid Staff"


def test_administrators_make_an_appointment_of_their_own(graph: Graph) -> None:
    first, second = seat(graph, "ann").json, seat(graph, "bob", headers=None).json
    assert first["id"] != second["id"]


def test_a_freed_seat_can_be_booked_again(graph: Graph) -> None:
    graph.patch(f"{HOME}/services/{GROUP}", {"maximumAttendeesCount": 2})
    made = seat(graph, "ann", "bob").json
    assert seat(graph, "cem").status == 500
    graph.patch(f"{HOME}/appointments/{made['id']}", {"customers": made["customers"][1:]})
    assert seat(graph, "cem").json["filledAttendeesCount"] == 2


def test_who_joins_is_confirmed_staff_is_told_and_others_are_left_alone(graph: Graph, client: TestClient) -> None:
    seat(graph, "ann")
    seat(graph, "bob")
    confirmed, _, *sent = client.get("/_emulator/outbox?status=sent").json()["value"]
    assert (confirmed["kind"], confirmed["to"]) == ("confirmation", "ann@x.y")
    assert [(each["kind"], each["audience"], each["to"]) for each in sent] == [
        ("confirmation", "customer", "bob@x.y"),
        ("change", "staff", "danas@contoso.com"),
    ]


def test_the_connector_is_told_of_a_joiner_as_of_a_change(graph: Graph) -> None:
    connector = Connector(graph)
    connector.subscribe("Created", "Updated")
    seat(graph, "ann")
    seat(graph, "bob")
    kinds = [(change, body["FilledAttendeesCount"]) for change, body in connector.told()]
    assert kinds == [("Created", 1), ("Updated", 1), ("Updated", 2)]


def test_a_full_class_is_busy_and_one_with_seats_is_not(graph: Graph) -> None:
    data = small()
    data["bookingBusinesses"][0]["services"][1]["maximumAttendeesCount"] = 2
    own = Graph(make_tenant(data))
    question = {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-12T10:00:00"),
        "endDateTime": at("2026-01-12T11:00:00"),
    }
    found = []
    for name in ("ann", "bob"):
        seat(own, name)
        answer = own.post(f"{HOME}/getStaffAvailability", question, headers=AS_APP).json
        found += [each["status"] for each in answer["value"][0]["availabilityItems"]]
    assert found == ["slotsAvailable", "busy"]
