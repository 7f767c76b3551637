"""The role of a person in a business: what it may write, the calendar of its own, and where a role comes from."""

from __future__ import annotations

from typing import Any

import pytest

from bookings_emulator.domain.staff import own
from tests.conftest import (
    APPOINTMENT,
    AS_STRANGER,
    BUSINESS,
    CUSTOMER,
    HOME,
    QUESTION,
    ROOT,
    SERVICE,
    STAFF,
    Answer,
    Graph,
    at,
    bearer,
    booking,
    make_tenant,
    small,
)

MINE = "10000000-0000-4000-8000-000000000002"
MY_APPOINTMENT = "AAMkADKnBBB="
OFFER = f"{HOME}/services/{SERVICE}"
AS_MEMBER = bearer("member")
ROLES = ("administrator", "scheduler", "viewer", "member", "guest", "externalGuest")


def person(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "kind": "delegated", "upn": f"{name}@contoso.com", "roles": {BUSINESS: name}} | members


@pytest.fixture
def graph() -> Graph:
    """The small tenant with a persona in each role; the team member has a record and an appointment of its own."""
    data = small()
    data["personas"] = [*data["personas"][:3], *map(person, ROLES[:2]), *map(person, ROLES[3:])]
    (business,) = data["bookingBusinesses"]
    record = {"displayName": "Alex", "emailAddress": "Member@contoso.com", "role": "member"}
    business["staffMembers"].append({**record, "id": MINE})
    business["services"][0]["staffMemberIds"].append(MINE)
    times = {"startDateTime": at("2026-01-07T09:00:00"), "endDateTime": at("2026-01-07T09:30:00")}
    business["appointments"].append({**booking(**times), "id": MY_APPOINTMENT, "staffMemberIds": [MINE]})
    return Graph(make_tenant(data))


def refused(answer: Answer) -> str:
    """The reason of a refusal by role."""
    assert (answer.status, answer.error["code"]) == (403, "ErrorAccessDenied"), answer.reason
    return answer.reason


def book(graph: Graph, headers: dict[str, str], **members: Any) -> Answer:
    body = booking(**members)
    if members.get("staffMemberIds", "") is None:
        del body["staffMemberIds"]
    return graph.post(f"{HOME}/appointments", body, headers=headers)


# what each role may write

WRITES = {
    "an appointment": ("POST", f"{HOME}/appointments", booking(staffMemberIds=[MINE]), 201),
    "an appointment of another": ("PATCH", f"{HOME}/appointments/{APPOINTMENT}", {"serviceNotes": "x"}, 204),
    "an own appointment": ("PATCH", f"{HOME}/appointments/{MY_APPOINTMENT}", {"serviceNotes": "x"}, 204),
    "a cancellation": ("POST", f"{HOME}/appointments/{APPOINTMENT}/cancel", {}, 204),
    "an own cancellation": ("POST", f"{HOME}/appointments/{MY_APPOINTMENT}/cancel", {}, 204),
    "a deletion": ("DELETE", f"{HOME}/appointments/{APPOINTMENT}", None, 204),
    "an own deletion": ("DELETE", f"{HOME}/appointments/{MY_APPOINTMENT}", None, 204),
    "a customer": (
        "POST",
        f"{HOME}/customers",
        {"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "Lee"},
        201,
    ),
    "a change of a customer": (
        "PATCH",
        f"{HOME}/customers/{CUSTOMER}",
        {"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "Lee"},
        200,
    ),
    "the hours of a member": ("PATCH", f"{HOME}/staffMembers/{STAFF}", {"useBusinessHours": False}, 204),
    "its own hours": (
        "PATCH",
        f"{HOME}/staffMembers/{MINE}",
        {"@odata.type": "#microsoft.graph.bookingStaffMember", "useBusinessHours": False, "timeZone": "UTC"},
        204,
    ),
    "its own role": ("PATCH", f"{HOME}/staffMembers/{MINE}", {"role": "administrator"}, 204),
    "a member less": ("DELETE", f"{HOME}/staffMembers/{MINE}", None, 204),
    "a service": ("PATCH", OFFER, {"displayName": "Tea"}, 204),
    "a service more": ("POST", f"{HOME}/services", {"displayName": "Tea"}, 201),
    "a question": ("DELETE", f"{HOME}/customQuestions/{QUESTION}", None, 204),
    "the business": ("PATCH", HOME, {"displayName": "Tea"}, 204),
    "the page": ("POST", f"{HOME}/publish", None, 204),
    "no business": ("DELETE", HOME, None, 204),
}
MAY = {
    "administrator": set(WRITES),
    "scheduler": {
        *("an appointment", "an appointment of another", "an own appointment", "a cancellation"),
        *("an own cancellation", "a deletion", "an own deletion", "a customer", "a change of a customer"),
    },
    "viewer": set(),
    "member": {"an appointment", "an own appointment", "an own cancellation", "an own deletion", "its own hours"},
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("role", MAY)
def test_a_role_bounds_what_may_be_written(role: str, write: str, graph: Graph) -> None:
    method, url, body, status = WRITES[write]
    answer = graph.call(method, url, body, headers=bearer(role))
    if write in MAY[role]:
        assert answer.status == status, answer.reason
    else:
        assert f"the caller '{role}' is a " in refused(answer)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("role", MAY)
def test_without_the_quirk_every_member_may_write_everything(role: str, write: str, graph: Graph) -> None:
    graph.tenant.set_quirk("roles", False)
    method, url, body, status = WRITES[write]
    assert graph.call(method, url, body, headers=bearer(role)).status == status


READS = [
    "",
    "/appointments",
    f"/appointments/{APPOINTMENT}",
    "/customers",
    "/services",
    "/staffMembers",
    "/services/$count",
]


@pytest.mark.parametrize("url", READS)
def test_all_roles_but_guests_read_everything(url: str, graph: Graph) -> None:
    for role in MAY:
        assert graph.get(f"{HOME}{url}", headers=bearer(role)).status == 200


@pytest.mark.parametrize("role", ["guest", "externalGuest"])
def test_a_guest_cannot_open_the_mailbox(role: str, graph: Graph) -> None:
    for method, url, body, _ in WRITES.values():
        answer = graph.call(method, url, body, headers=bearer(role))
        assert (answer.status, answer.error["code"]) == (404, "ErrorFolderNotFound")
    answer = graph.get(HOME, headers=bearer(role))
    assert answer.reason == f"the caller '{role}' is a guest of {BUSINESS} and cannot open its mailbox"
    graph.tenant.set_quirk("foreign-business", False)
    refused(graph.get(HOME, headers=bearer(role)))
    graph.tenant.set_quirk("roles", False)
    assert graph.get(HOME, headers=bearer(role)).status == 200


def test_roles_say_nothing_of_the_list_of_businesses_and_of_currencies(graph: Graph) -> None:
    for role in ROLES:
        assert graph.get(ROOT, headers=bearer(role)).status == 200
        assert graph.get("/v1.0/solutions/bookingCurrencies/USD", headers=bearer(role)).status == 200


def test_a_refusal_tells_the_role_and_what_it_may(graph: Graph) -> None:
    def reason(role: str, write: str) -> str:
        method, url, body, _ = WRITES[write]
        return refused(graph.call(method, url, body, headers=bearer(role)))

    assert reason("viewer", "an appointment") == (
        "createAppointment: the caller 'viewer' is a viewer of this business, who may write nothing"
    )
    assert reason("scheduler", "a service") == (
        "updateService: the caller 'scheduler' is a scheduler of this business, "
        "who may write appointments and customers"
    )
    assert reason("member", "a customer") == (
        "createCustomer: the caller 'member' is a team member of this business, "
        "who may write its own appointments and availability"
    )
    assert reason("member", "a deletion").endswith("and the appointment is in the calendar of others")
    assert reason("member", "its own role").endswith("who may not change role of its own record")
    assert reason("member", "the hours of a member").endswith(f"who may change only their own record {MINE}")


# the calendar of a team member


def test_who_books_as_a_team_member_is_put_on_the_staff(graph: Graph) -> None:
    assert book(graph, AS_MEMBER, staffMemberIds=None).json["staffMemberIds"] == [MINE]
    times = {"startDateTime": at("2026-01-12T11:00:00"), "endDateTime": at("2026-01-12T11:30:00")}
    assert book(graph, AS_MEMBER, staffMemberIds=[STAFF], **times).json["staffMemberIds"] == [STAFF, MINE]
    times = {"startDateTime": at("2026-01-12T12:00:00"), "endDateTime": at("2026-01-12T12:30:00")}
    assert book(graph, AS_MEMBER, staffMemberIds=[], **times).json["staffMemberIds"] == [MINE]


def test_a_team_member_who_names_itself_is_put_there_once(graph: Graph) -> None:
    assert book(graph, AS_MEMBER, staffMemberIds=[MINE, STAFF]).json["staffMemberIds"] == [MINE, STAFF]


@pytest.mark.parametrize("given", [[], [STAFF]], ids=["nobody", "another"])
def test_a_team_member_stays_on_the_staff_of_what_it_changes(given: list[str], graph: Graph) -> None:
    url = f"{HOME}/appointments/{MY_APPOINTMENT}"
    assert graph.patch(url, {"staffMemberIds": given}, headers=AS_MEMBER).status == 204
    assert graph.get(url).json["staffMemberIds"] == [*given, MINE]


def test_nobody_else_is_put_on_the_staff(graph: Graph) -> None:
    assert book(graph, bearer("scheduler")).json["staffMemberIds"] == [STAFF]


def test_a_team_member_meets_the_business_rules(graph: Graph) -> None:
    times = {"startDateTime": at("2026-01-12T07:00:00"), "endDateTime": at("2026-01-12T07:30:00")}
    assert book(graph, AS_MEMBER, staffMemberIds=[MINE], **times).reason.startswith("business rule businessHours")


def test_a_team_member_who_does_not_offer_the_service_cannot_book_it(graph: Graph) -> None:
    graph.patch(OFFER, {"staffMemberIds": [STAFF]})
    answer = book(graph, AS_MEMBER, staffMemberIds=None)
    assert (answer.status, answer.reason) == (500, f"staffMemberIds contains '{MINE}', who does not offer 'Check-up'")


def test_a_team_member_without_a_record_has_no_calendar(graph: Graph) -> None:
    graph.delete(f"{HOME}/staffMembers/{MINE}")
    assert refused(book(graph, AS_MEMBER)).endswith("but no staff member has the address member@contoso.com")


def test_an_appointment_that_is_not_there_is_not_found_by_a_team_member(graph: Graph) -> None:
    assert graph.delete(f"{HOME}/appointments/AAMkAAAA", headers=AS_MEMBER).error["code"] == "ErrorItemNotFound"


@pytest.mark.parametrize("body", [[], "role", 5, None], ids=repr)
def test_a_body_that_is_no_object_is_refused_as_ever(body: Any, graph: Graph) -> None:
    assert graph.patch(f"{HOME}/staffMembers/{MINE}", body, headers=AS_MEMBER).status == 400


# where a role comes from


def test_who_makes_a_business_is_its_administrator(graph: Graph) -> None:
    home = f"{ROOT}/{graph.post(ROOT, {'displayName': 'Tea'}, headers=bearer('viewer')).json['id']}"
    assert graph.get(home, headers=bearer("scheduler")).status == 404


def test_the_maker_counts_before_the_word_for_every_business() -> None:
    data = small()
    data["personas"] = [person(each, roles={"*": "viewer"}) for each in ("she", "he")]
    graph = Graph(make_tenant(data))
    made = graph.post(ROOT, {"displayName": "Tea"}, headers=bearer("she"))
    assert "maker" not in made.json
    home = f"{ROOT}/{made.json['id']}"
    assert graph.patch(home, {"phone": "1"}, headers=bearer("she")).status == 204
    assert graph.patch(HOME, {"phone": "1"}, headers=bearer("she")).status == 403
    assert graph.patch(home, {"phone": "1"}, headers=bearer("he")).status == 403
    assert graph.get(home, headers=bearer("she")).json.keys() == graph.get(HOME).json.keys()


def hire(graph: Graph, role: str, **members: Any) -> None:
    body = {
        "@odata.type": "#microsoft.graph.bookingStaffMember",
        "displayName": "Stranger",
        "emailAddress": "stranger@contoso.onmicrosoft.com",
        "role": role,
    }
    assert graph.post(f"{HOME}/staffMembers", body | members).status == 201


def test_a_staff_member_has_the_role_of_its_record(graph: Graph) -> None:
    assert graph.get(HOME, headers=AS_STRANGER).status == 404
    hire(graph, "administrator")
    assert graph.patch(HOME, {"phone": "1"}, headers=AS_STRANGER).status == 204
    times = {"startDateTime": at("2026-01-11T10:00:00"), "endDateTime": at("2026-01-11T10:45:00")}
    assert book(graph, AS_STRANGER, **times).status == 201  # an administrator is not bound by the rules


@pytest.mark.parametrize(("status", "seen"), [(None, 404), ("pendingAcceptance", 404), ("active", 200)])
def test_a_membership_counts_when_it_is_accepted(status: str | None, seen: int, graph: Graph) -> None:
    hire(graph, "viewer", **{"membershipStatus": status} if status else {})
    assert graph.get(HOME, headers=AS_STRANGER).status == seen


def test_a_team_member_may_be_called_as_in_the_metadata(graph: Graph) -> None:
    data = small()
    data["personas"] = [person("she", roles={"*": "teamMember"})]
    answer = Graph(make_tenant(data)).patch(HOME, {"phone": "1"}, headers=bearer("she"))
    assert "is a team member of this business" in refused(answer)


def test_the_word_of_the_fixture_counts_before_the_record(graph: Graph) -> None:
    graph.patch(f"{HOME}/staffMembers/{MINE}", {"role": "administrator"})
    assert graph.patch(HOME, {"phone": "1"}, headers=AS_MEMBER).status == 403


def test_a_person_without_roles_is_a_member_nowhere() -> None:
    graph = Graph(make_tenant({**small(), "personas": [{"name": "she", "kind": "delegated"}]}))
    assert graph.get(HOME, headers=bearer("she")).error["code"] == "ErrorFolderNotFound"


@pytest.mark.parametrize(("role", "quirk"), [("member", True), ("teamMember", False)])
def test_a_team_member_by_its_record_writes_its_own_calendar(role: str, quirk: bool, graph: Graph) -> None:
    graph.tenant.set_quirk("role-member", quirk)
    hire(graph, role, membershipStatus="active")
    graph.patch(OFFER, {"staffMemberIds": []})
    made = book(graph, AS_STRANGER, staffMemberIds=None)
    assert made.status == 201, made.reason
    (own,) = made.json["staffMemberIds"]
    assert graph.get(f"{HOME}/staffMembers/{own}").json["displayName"] == "Stranger"
    refused(graph.delete(f"{HOME}/appointments/{APPOINTMENT}", headers=AS_STRANGER))


def test_who_has_no_address_is_nobody_of_the_staff(graph: Graph) -> None:
    assert graph.patch(f"{HOME}/staffMembers/{MINE}", {"emailAddress": None}).status == 204
    assert own(graph.tenant.store, BUSINESS, None) is None
    assert own(graph.tenant.store, BUSINESS, "") is None
    assert (own(graph.tenant.store, BUSINESS, "DANAS@contoso.com") or {})["id"] == STAFF


def test_roles_of_staff_count_in_the_list_of_many_businesses(graph: Graph) -> None:
    graph.tenant.set_quirk("list-needs-query", True)
    graph.post(ROOT, {"displayName": "Tea"}, headers=AS_STRANGER)
    assert graph.get(ROOT, headers=AS_STRANGER).error["code"] == "ErrorExceededFindCountLimit"
    hire(graph, "administrator")
    assert graph.get(ROOT, headers=AS_STRANGER).status == 200
