"""What single public programs send and read, where no other test has it: the kinds behind reports, one test each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import (
    AS_APP,
    GROUP,
    HOME,
    ROOT,
    SERVICE,
    STAFF,
    Graph,
    at,
    booking,
    customer,
)
from tests.connector_quirks import Connector

BETA = HOME.replace("/v1.0", "/beta")
CLASS = {"serviceId": GROUP, "endDateTime": at("2026-01-12T11:00:00")}


def people(*names: str) -> list[dict[str, Any]]:
    return [customer(name=each, emailAddress=f"{each}@x.y") for each in names]


def test_a_group_is_told_in_customers_and_not_at_the_top_and_a_further_customer_is_an_update(graph: Graph) -> None:
    connector = Connector(graph)
    connector.subscribe("Created", "Updated")
    made = graph.post(f"{HOME}/appointments", booking(**CLASS, customers=people("ann"))).json
    graph.patch(f"{HOME}/appointments/{made['id']}", {"customers": people("ann", "bob")})
    (created, first), *_, (updated, last) = connector.told()
    assert (created, updated) == ("Created", "Updated")
    for body in (first, last):
        at_the_top = ("CustomerName", "CustomerEmail", "CustomerPhone", "CustomerNotes", "CustomerId")
        assert [body[name] for name in at_the_top] == [None] * len(at_the_top)
    assert [each["Name"] for each in first["Customers"]] == ["ann"]
    assert [each["Name"] for each in last["Customers"]] == ["ann", "bob"]
    assert (first["FilledAttendeesCount"], last["FilledAttendeesCount"]) == (1, 2)


def test_rows_of_groups_have_no_customer_of_their_own_and_rows_of_others_do(graph: Graph) -> None:
    group = graph.post(f"{HOME}/appointments", booking(**CLASS, customers=people("ann", "bob"))).json
    single = graph.post(f"{HOME}/appointments", booking(customers=people("cem"))).json
    rows = {each["id"]: each for each in graph.get(f"{HOME}/appointments").json["value"]}
    assert rows[group["id"]]["customerEmailAddress"] is None
    assert [each["emailAddress"] for each in rows[group["id"]]["customers"]] == ["ann@x.y", "bob@x.y"]
    assert rows[single["id"]]["customerEmailAddress"] == "cem@x.y"


def test_texts_that_nobody_wrote_are_null_and_answers_are_texts(graph: Graph) -> None:
    """The pages print null for notes; a strict public reader of answers takes text only."""
    made = graph.post(f"{HOME}/appointments", booking(customers=people("ann"))).json
    assert (made["customerNotes"], made["serviceNotes"], made["customers"][0]["notes"]) == (None, None, None)
    assert made["customers"][0]["customQuestionAnswers"] == []


@pytest.mark.parametrize("root", [ROOT, "/beta/solutions/bookingBusinesses", "/beta/bookingBusinesses"])
def test_a_member_of_other_products_does_not_keep_a_business_from_being_made(root: str, graph: Graph) -> None:
    answer = graph.post(root, {"displayName": "New", "isSelfServiceEnabled": True})
    assert answer.status == 201
    assert "'isSelfServiceEnabled' is not a property of bookingBusiness" in answer.headers["x-emulator-note"]
    assert "isSelfServiceEnabled" not in answer.json


def test_an_application_without_staff_is_refused_unless_the_quirk_is_off_and_staff_comes_by_patch(graph: Graph) -> None:
    body = booking(staffMemberIds=[])
    assert graph.post(f"{HOME}/appointments", body, headers=AS_APP).error["message"] == "Invalid Staff"
    graph.tenant.set_quirk("invalid-staff", "off")
    made = graph.post(f"{HOME}/appointments", body, headers=AS_APP)
    assert (made.status, made.json["staffMemberIds"]) == (201, [])
    url = f"{HOME}/appointments/{made.json['id']}"
    assert graph.patch(url, {"staffMemberIds": [STAFF]}, headers=AS_APP).status == 204
    assert graph.get(url).json["staffMemberIds"] == [STAFF]


@pytest.mark.parametrize("home", [HOME, BETA], ids=["v1.0", "beta"])
def test_an_application_books_with_a_flat_customer_and_no_list(home: str, graph: Graph) -> None:
    edges = ("start", "end") if home == BETA else ("startDateTime", "endDateTime")
    body = {
        "serviceId": SERVICE,
        "staffMemberIds": [STAFF],
        "customerName": "Ann",
        "customerEmailAddress": "ann@x.y",
        "maximumAttendeesCount": 1,
        "filledAttendeesCount": 1,
        edges[0]: at("2026-01-12T10:00:00Z"),
        edges[1]: at("2026-01-12T10:30:00Z"),
    }
    made = graph.post(f"{home}/appointments", body, headers=AS_APP)
    assert (made.status, [each["name"] for each in made.json["customers"]]) == (201, ["Ann"])


def test_an_offset_in_the_text_wins_over_a_zone_that_nobody_knows(graph: Graph) -> None:
    times = {
        "startDateTime": at("2026-01-12T15:30:00+05:30", "IST"),
        "endDateTime": at("2026-01-12T16:00:00+05:30", "IST"),
    }
    made = graph.post(f"{HOME}/appointments", booking(**times))
    assert (made.status, made.json["startDateTime"]["dateTime"]) == (201, "2026-01-12T10:00:00.0000000Z")


def test_an_action_is_called_by_its_qualified_name(graph: Graph) -> None:
    body = {"staffIds": [STAFF], "startDateTime": at("2026-01-12T08:00:00"), "endDateTime": at("2026-01-12T18:00:00")}
    answer = graph.post(f"{HOME}/microsoft.graph.getStaffAvailability", body, headers=AS_APP)
    assert [each["staffId"] for each in answer.json["value"]] == [STAFF]
