"""What is in a body beside what its type has: bound, ignored with a note, or refused as the service would."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.contract.load import load
from bookings_emulator.contract.unknown_members import MOST_TOLD, take_out, tell_unknown
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    BUSINESS,
    HOME,
    ITEMS,
    ROOT,
    SERVICE,
    Answer,
    Graph,
    at,
    booking,
    customer,
)
from tests.growth import assert_linear
from tests.test_refusals import SETS

EMPTY_500 = (500, "UnknownError", "")
WINDOW = {"startDateTime": at("2026-01-12T00:00:00"), "endDateTime": at("2026-01-13T00:00:00")}


def refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.error["code"], answer.error["message"]


def note(answer: Answer) -> str:
    return answer.headers.get("x-emulator-note", "")


def url(version: str, type_name: str) -> str:
    set_name = SETS[type_name]
    return f"/{version}/solutions/bookingBusinesses/{BUSINESS}" + (f"/{set_name}/{ITEMS[set_name]}" if set_name else "")


# what cannot be bound


@pytest.mark.parametrize(
    ("type_name", "body", "message"),
    [
        ("bookingBusiness", {"address": {"type": "mall"}}, "business: Requested value 'mall' was not found."),
        (
            "bookingBusiness",
            {"businessHours": [{"day": "someday", "timeSlots": []}]},
            "business: Requested value 'someday' was not found.",
        ),
        ("bookingService", {"defaultPriceType": "cheap"}, "service: Requested value 'cheap' was not found."),
        ("bookingStaffMember", {"role": "boss"}, "staffMember: Requested value 'boss' was not found."),
        ("bookingAppointment", {"priceType": "cheap"}, "appointment: Requested value 'cheap' was not found."),
        ("bookingCustomer", {"addresses": [{"type": "mall"}]}, "customer: Requested value 'mall' was not found."),
        ("bookingCustomQuestion", {"answerInputType": "x"}, "customQuestion: Requested value 'x' was not found."),
    ],
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_a_word_that_an_enum_does_not_have_is_an_invalid_model(
    graph: Graph, version: str, type_name: str, body: dict[str, Any], message: str
) -> None:
    assert refusal(graph.patch(url(version, type_name), body)) == (400, "InvalidModel", message)


def test_every_type_that_a_body_can_be_has_the_name_of_its_argument() -> None:
    for version in ("v1.0", "beta"):
        assert all(load(version).types[each].argument for each in SETS)


def test_a_create_of_v1_refuses_an_address_type_that_only_beta_declares(graph: Graph) -> None:
    body = {"displayName": "Mall", "address": {"type": "mall"}}
    assert refusal(graph.post(ROOT, body)) == (400, "InvalidModel", "business: Requested value 'mall' was not found.")


def test_what_v1_takes_without_declaring_it_is_kept_and_shown_in_beta_only(graph: Graph) -> None:
    body = {"address": {"city": "Buffalo", "type": "home", "postOfficeBox": "P.O. 1"}}
    assert graph.patch(HOME, body).status == 204
    assert note(graph.patch(HOME, body)) == ""
    address = graph.get(url("beta", "bookingBusiness")).json["address"]
    assert (address["city"], address["type"], address["postOfficeBox"]) == ("Buffalo", "home", "P.O. 1")
    assert not {"type", "postOfficeBox"} & graph.get(HOME).json["address"].keys()


# what no type has


@pytest.mark.parametrize("type_name", SETS)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_an_unknown_member_is_ignored_with_a_note_and_changes_nothing(
    graph: Graph, version: str, type_name: str
) -> None:
    kept = {name: value for name, value in graph.get(url(version, type_name)).json.items() if "Updated" not in name}
    answer = graph.patch(url(version, type_name), {"displayNam": "x"})
    assert answer.status in (200, 204)
    assert note(answer).startswith(f"'displayNam' is not a property of {type_name} in {version}")
    assert kept.items() <= graph.get(url(version, type_name)).json.items()


def test_an_unknown_member_inside_of_others_is_told_with_its_place_and_type(graph: Graph, client: TestClient) -> None:
    answer = graph.post(f"{HOME}/appointments", booking(customers=[customer(name="Adele", customerName="Adele")]))
    assert answer.status == 201
    assert "'customerName' is not a property of bookingCustomerInformation in v1.0" in note(answer)
    (told,) = client.get("/_emulator/journal/notes", params={"kind": "unknown-member"}).json()["value"]
    assert told["operation"] == "createAppointment"
    assert told["text"].startswith("'customerName' is not a property")


def test_an_unknown_member_is_noted_inside_a_batch_too(graph: Graph) -> None:
    part = {
        "id": "1",
        "method": "PATCH",
        "url": f"/solutions/bookingBusinesses/{BUSINESS}",
        "headers": {"Content-Type": "application/json"},
        "body": {"displayNam": "x"},
    }
    (found,) = graph.post("/v1.0/$batch", {"requests": [part]}).json["responses"]
    assert found["status"] == 204
    assert "did you mean 'displayName'?" in found["headers"]["x-emulator-note"]


@pytest.mark.parametrize("root", ["/beta/solutions/bookingBusinesses", "/beta/bookingBusinesses"])
def test_names_of_v1_in_beta_leave_the_start_out(graph: Graph, root: str) -> None:
    answer = graph.post(f"{root}/{BUSINESS}/appointments", booking())
    assert refusal(answer) == EMPTY_500
    assert answer.reason.startswith("start is missing")
    assert "'startDateTime' is not a property of bookingAppointment in beta; did you mean 'start'?" in answer.reason


def test_names_of_beta_in_v1_are_told_by_the_names_of_v1(graph: Graph) -> None:
    graph.tenant.set_quirk("beta-names-on-v1", False)
    body = booking()
    body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    answer = graph.post(f"{HOME}/appointments", body)
    assert refusal(answer) == EMPTY_500
    assert answer.reason.startswith("startDateTime is missing")
    assert "did you mean 'startDateTime'?" in answer.reason


def test_what_only_beta_has_is_told_so(graph: Graph) -> None:
    answer = graph.post(f"{HOME}/appointments", booking(invoiceUrl="https://contoso.com/1"))
    assert answer.status == 201
    assert "'invoiceUrl' is not a property of bookingAppointment in v1.0; only beta has it" in note(answer)


def test_a_required_member_under_another_name_is_the_empty_500(graph: Graph) -> None:
    answer = graph.post(f"{HOME}/staffMembers", {"displayName": "Noa", "role": "guest", "email": "noa@contoso.com"})
    assert refusal(answer) == EMPTY_500
    assert "'emailAddress' is required" in answer.reason
    assert "'email' is not a property of bookingStaffMember" in answer.reason


def test_of_many_unknown_members_the_first_are_told_and_the_rest_counted(graph: Graph) -> None:
    answer = graph.patch(HOME, {f"strange{number}": number for number in range(100)})
    assert answer.status == 204
    kinds = [each.text for each in [*graph.tenant.journal.entries][-1].exchange.remarks]
    assert len(kinds) == MOST_TOLD + 1
    assert kinds[-1] == f"{100 - MOST_TOLD} more members of the body were ignored"


def test_many_unknown_members_cost_what_their_number_costs() -> None:
    contract = load("v1.0")
    operation = contract.operations["updateBusiness"]
    assert_linear(
        lambda body: take_out(contract, operation, body), lambda size: {f"strange{each}": 1 for each in range(size)}
    )


# actions


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_cancelling_with_a_strange_member_alone_is_the_empty_500(graph: Graph, version: str) -> None:
    place = f"{url(version, 'bookingAppointment')}/cancel"
    answer = graph.post(place, {"comment": "x"})
    assert refusal(answer) == EMPTY_500
    assert "cancellationMessage" in answer.reason
    assert "'comment' is not a parameter of cancel" in answer.reason
    assert graph.get(url(version, "bookingAppointment")).status == 200


def test_cancelling_with_a_message_beside_a_strange_member_works(graph: Graph) -> None:
    body = {"cancellationMessage": "Sorry", "comment": "x"}
    answer = graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", body)
    assert answer.status == 204
    assert "'comment' is not a parameter of cancel" in note(answer)


def test_cancelling_with_an_empty_body_works(graph: Graph) -> None:
    assert graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", {}).status == 204


def test_availability_asked_for_with_names_that_do_not_exist_is_the_empty_500(graph: Graph) -> None:
    body = {"staffIds": [], "start": WINDOW["startDateTime"], "end": WINDOW["endDateTime"]}
    answer = graph.post(f"{HOME}/getStaffAvailability", body, headers=AS_APP)
    assert refusal(answer) == EMPTY_500
    assert "'startDateTime'" in answer.reason
    assert "'start' is not a parameter of getStaffAvailability" in answer.reason


# types that are named


@pytest.mark.parametrize(
    "name", ["#microsoft.graph.BookingBusiness", "microsoft.graph.bookingbusiness", "BOOKINGBUSINESS"]
)
def test_the_name_of_a_type_counts_without_regard_to_case(graph: Graph, name: str) -> None:
    assert graph.post(ROOT, {"@odata.type": name, "displayName": "Fourth Coffee"}).status == 201


def test_the_names_of_types_inside_count_without_regard_to_case_too(graph: Graph) -> None:
    entry = customer(name="Adele") | {"@odata.type": "#Microsoft.Graph.BookingCustomerInformation"}
    assert graph.post(f"{HOME}/appointments", booking(customers=[entry])).status == 201


# headers that are not looked at


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"if-match": 'W/"1"'}, 'if-match: W/"1" was ignored'),
        ({"prefer": "return=minimal"}, "Prefer: return=minimal was ignored"),
        (
            {"prefer": 'outlook.timezone="Pacific Standard Time", odata.maxpagesize=2'},
            'Prefer: outlook.timezone="Pacific Standard Time" was ignored',
        ),
        ({"prefer": "odata.maxpagesize=2, include-unknown-enum-members"}, ""),
        ({}, ""),
    ],
)
def test_headers_that_are_not_looked_at_are_told(
    graph: Graph, client: TestClient, headers: dict[str, str], told: str
) -> None:
    answer = graph.get(f"{HOME}/services/{SERVICE}", headers=headers)
    assert answer.status == 200
    assert note(answer) == told
    found = client.get("/_emulator/journal/notes", params={"kind": "ignored-header"}).json()["value"]
    assert [each["text"] for each in found] == ([told] if told else [])


# what a complex value cannot do without


def hours(**slot: str) -> list[dict[str, Any]]:
    return [{"day": "monday", "timeSlots": [slot]}]


@pytest.mark.parametrize(
    ("version", "path", "body", "reasons"),
    [
        (
            "v1.0",
            "",
            {"businessHours": hours(start="09:00", end="17:00")},
            ["'startTime' of a", "did you mean 'startTime'?"],
        ),
        ("beta", "", {"businessHours": hours(startTime="09:00", endTime="17:00")}, ["'start' of a", "mean 'start'?"]),
        ("v1.0", "", {"businessHours": hours(startTime="09:00")}, ["'endTime' of a bookingWorkTimeSlot is missing"]),
        ("v1.0", "", {"businessHours": [{"timeSlots": []}]}, ["'day' of a bookingWorkHours is missing"]),
        ("v1.0", f"/services/{SERVICE}", {"customQuestions": [{"isRequired": True}]}, ["'questionId' of a"]),
        ("v1.0", f"/services/{SERVICE}", {"defaultReminders": [{"recipients": "staff"}]}, ["'offset' of a"]),
    ],
)
def test_a_complex_value_without_what_it_is_about_is_the_empty_500(
    version: str, path: str, body: dict[str, Any], reasons: list[str], graph: Graph
) -> None:
    home = HOME.replace("v1.0", version) + path
    before = graph.get(home).json
    answer = graph.patch(home, body)
    assert refusal(answer) == EMPTY_500
    assert [each for each in reasons if each not in answer.reason] == []
    assert graph.get(home).json == before


@pytest.mark.parametrize(
    ("type_name", "unknown", "meant"),
    [
        ("bookingCustomerInformation", "customerName", "name"),
        ("bookingCustomerInformation", "customerEmailAddress", "emailAddress"),
        ("bookingCustomerInformation", "email", "emailAddress"),
        ("bookingService", "name", "displayName"),
        ("bookingService", "duration", "defaultDuration"),
        ("bookingService", "DisplayName", "displayName"),
        ("bookingService", "displayNam", "displayName"),
        ("bookingAppointment", "zzz", None),
    ],
)
def test_the_name_that_may_be_meant_is_told(type_name: str, unknown: str, meant: str | None) -> None:
    contract = load("v1.0")
    text = tell_unknown(contract, contract.types[type_name], unknown)
    assert text.endswith(f"; did you mean '{meant}'?" if meant else "in v1.0")


# values that are taken although they hardly make sense

NAMED = {"displayName": "x"}


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("/services", {**NAMED, "defaultDuration": "-PT5M", "preBuffer": "-P1D"}, ["Duration", "preBuffer"]),
        ("/services", {**NAMED, "defaultPrice": -1, "maximumAttendeesCount": 0}, ["defaultPrice", "maximum"]),
        ("/services", {**NAMED, "schedulingPolicy": {"minimumLeadTime": "-P1D"}}, ["minimumLeadTime"]),
        ("/services", {**NAMED, "maximumAttendeesCount": -1, "zzz": 1}, ["zzz", "maximumAttendeesCount"]),
        ("/services", {**NAMED, "defaultDuration": "PT0S", "defaultPrice": 0, "maximumAttendeesCount": 1}, []),
        (
            "/services",
            {**NAMED, "defaultReminders": [{"offset": "-PT15M", "recipients": "staff", "message": ""}]},
            [],
        ),
        ("/staffMembers", {**NAMED, "emailAddress": "a@x.y", "role": "guest", "timeZone": "IST"}, ["timeZone"]),
        ("/staffMembers", {**NAMED, "emailAddress": "a@x.y", "role": "guest", "timeZone": "GMT Standard Time"}, []),
        ("/appointments", booking(customers=[customer(name="a", timeZone="Mars")], customerTimeZone=""), ["timeZone"]),
        ("/appointments", booking(postBuffer="-PT5M", price=-0.5, staffMemberIds=[]), ["postBuffer", "price"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_a_value_below_what_makes_sense_is_taken_and_told(
    version: str, path: str, body: dict[str, Any], names: list[str], graph: Graph
) -> None:
    renamed = {"startDateTime": "start", "endDateTime": "end"} if version == "beta" else {}
    sent = {renamed.get(name, name): value for name, value in body.items()}
    answer = graph.post(HOME.replace("v1.0", version) + path, sent)
    assert answer.status == 201
    told = [each for each in note(answer).split("; ") if "an application would" not in each and each]
    assert [name for name, each in zip(names, told, strict=True) if name not in each] == []


def test_many_doubtful_values_are_told_in_part(client: TestClient) -> None:
    one = {"@odata.type": "#microsoft.graph.bookingCustomerInformation", "timeZone": "nowhere"}
    client.post(f"{HOME}/appointments", json={**booking(), "customers": [one] * 500})
    told = client.get("/_emulator/journal/notes", params={"kind": "doubtful-value"}).json()["value"]
    assert len(told) == MOST_TOLD + 1
    assert told[-1]["text"] == "more values of the body hardly make sense"


def test_a_change_is_told_for_what_it_changes_only_and_the_journal_has_a_note(graph: Graph, client: TestClient) -> None:
    url = f"{HOME}/services/{SERVICE}"
    first = client.patch(url, json={"schedulingPolicy": {"maximumAdvance": "-P1D"}})
    assert "'maximumAdvance' is -P1D, less than PT0S" in first.headers["x-emulator-note"]
    assert "x-emulator-note" not in client.patch(url, json={"schedulingPolicy": {"timeSlotInterval": "PT5M"}}).headers
    (told,) = client.get("/_emulator/journal/notes", params={"kind": "doubtful-value"}).json()["value"]
    assert told["text"].startswith("'maximumAdvance' is -P1D")
