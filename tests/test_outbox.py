"""What Bookings would have sent: messages at once, reminders in their time, and how the outbox shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.events.outbox import _FEW, CAPACITY
from bookings_emulator.tenant import Tenant
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    BUSINESS,
    CUSTOMER,
    GROUP,
    HOME,
    SERVICE,
    STAFF,
    Graph,
    at,
    booking,
    customer,
    make_tenant,
    set_policy,
    small,
)

OUTBOX = "/_emulator/outbox"
ADVANCE = "/_emulator/clock/advance"
URL = f"{HOME}/appointments/{APPOINTMENT}"
OWNER = "owner@contoso.com"
ADELE, DANA, LEE = "adelev@contoso.com", "danas@contoso.com", "lee@contoso.com"
PEOPLE = [
    customer(customerId=CUSTOMER, name="Adele Vance", emailAddress=ADELE, phone="5550100"),
    customer(name="Lee Gu", emailAddress=LEE, phone="5550101"),
]
EVERYBODY = [
    ("mail", "customer", ADELE),
    ("mail", "customer", LEE),
    ("mail", "staff", DANA),
    ("mail", "owner", OWNER),
]


def reminder(offset: str, recipients: str = "allAttendees", message: str = "Soon!") -> dict[str, str]:
    return {"offset": offset, "recipients": recipients, "message": message}


def group(**members: Any) -> dict[str, Any]:
    """The body of an appointment for two customers, without reminders."""
    return booking(**{"serviceId": GROUP, "customers": PEOPLE, "reminders": [], **members})


@pytest.fixture
def tenant() -> Tenant:
    """The small tenant whose business has an address of its owner, without the reminder of its fixture."""
    data = small()
    data["bookingBusinesses"][0]["email"] = OWNER
    data["bookingBusinesses"][0]["services"][0]["defaultReminders"] = []
    return make_tenant(data)


def shown(client: TestClient, **wanted: str) -> list[dict[str, Any]]:
    """The messages of the outbox that match."""
    answer = client.get(OUTBOX, params=wanted)
    assert answer.status_code == 200, answer.json()
    return answer.json()["value"]


def addresses(messages: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(each["channel"], each["audience"], each["to"]) for each in messages]


def make(graph: Graph, body: dict[str, Any] | None = None) -> str:
    """The id of a new appointment."""
    answer = graph.post(f"{HOME}/appointments", body or group())
    assert answer.status == 201, answer.reason
    return answer.json["id"]


# at once


def test_at_the_start_nothing_was_sent(client: TestClient) -> None:
    assert client.get(OUTBOX).json() == {"value": [], "dropped": 0}


def test_a_new_appointment_is_confirmed_to_customers_staff_and_owner(graph: Graph, client: TestClient) -> None:
    made = make(graph)
    messages = shown(client)
    assert addresses(messages) == EVERYBODY
    assert messages[0] == {
        "status": "sent",
        "kind": "confirmation",
        "channel": "mail",
        "audience": "customer",
        "to": ADELE,
        "subject": "Your booking: Class with Contoso Small",
        "text": messages[0]["text"],
        "code": None,
        "manage": None,
        "business": BUSINESS,
        "appointment": made,
        "due": "2026-01-05T08:00:00Z",
        "sent": "2026-01-05T08:00:00Z",
        "exchange": 1,
    }
    assert {each["kind"] for each in messages} == {"confirmation"}


def test_a_message_tells_service_time_place_and_link(graph: Graph, client: TestClient) -> None:
    graph.patch(HOME, {"phone": "5550199"})
    make(graph, group(serviceLocation={"displayName": "Room 5"}, additionalInformation="Bring a mat."))
    what, where, more, link, phone = shown(client)[0]["text"].split("\n")
    assert what == "Class, 2026-01-12T10:00:00Z to 2026-01-12T10:30:00Z"
    assert (where, more, phone) == ("Room 5", "Bring a mat.", "5550199")
    assert link.startswith("https://teams.microsoft.com/l/meetup-join/")


def test_a_change_is_told_to_who_takes_part(graph: Graph, client: TestClient) -> None:
    graph.patch(URL, {"price": 99})
    messages = shown(client)
    assert addresses(messages) == [EVERYBODY[0], *EVERYBODY[2:]]
    assert {(each["kind"], each["appointment"]) for each in messages} == {("change", APPOINTMENT)}
    assert messages[0]["subject"] == "Your booking has changed: Check-up with Contoso Small"


def test_who_comes_or_goes_with_a_change_is_told_so(graph: Graph, client: TestClient) -> None:
    graph.patch(URL, {"customers": PEOPLE[1:]})
    kinds = {each["to"]: each["kind"] for each in shown(client)}
    assert kinds[PEOPLE[0]["emailAddress"]] == "cancellation"
    assert kinds[PEOPLE[1]["emailAddress"]] == "confirmation"
    assert set(kinds.values()) == {"cancellation", "confirmation", "change"}


def test_internal_notes_are_nobodys_business(graph: Graph, client: TestClient) -> None:
    graph.patch(URL, {"serviceNotes": "Grumpy", "appointmentLabel": "red"})
    assert shown(client) == []


def test_the_policy_of_a_service_says_whether_the_owner_is_told(graph: Graph, client: TestClient) -> None:
    graph.patch(f"{HOME}/services/{SERVICE}", {"schedulingPolicy": {"sendConfirmationsToOwner": False}})
    graph.patch(URL, {"price": 99})
    assert "owner" not in {each["audience"] for each in shown(client)}


def test_a_cancellation_is_told_with_its_message(graph: Graph, client: TestClient) -> None:
    graph.post(f"{URL}/cancel", {"cancellationMessage": "We are ill.\nSorry!"})
    messages = shown(client)
    assert addresses(messages) == [EVERYBODY[0], *EVERYBODY[2:]]
    assert {(each["kind"], each["subject"]) for each in messages} == {
        ("cancellation", "Your booking is cancelled: Check-up with Contoso Small")
    }
    for each in messages:
        assert each["text"].startswith("We are ill.\nSorry!\nCheck-up, 2026-01-06T09:00:00Z to 2026-01-06T09:30:00Z")


@pytest.mark.parametrize("body", [None, {}, {"cancellationMessage": None}, {"cancellationMessage": ""}])
def test_a_cancellation_needs_no_message(body: Any, graph: Graph, client: TestClient) -> None:
    assert graph.post(f"{URL}/cancel", body).status == 204
    assert {each["text"].partition(",")[0] for each in shown(client)} == {"Check-up"}


def test_a_deletion_is_told_as_a_cancellation_without_words(graph: Graph, client: TestClient) -> None:
    assert graph.delete(URL).status == 204
    messages = shown(client)
    assert addresses(messages) == [EVERYBODY[0], *EVERYBODY[2:]]
    assert {(each["kind"], each["text"].partition(",")[0]) for each in messages} == {("cancellation", "Check-up")}


def test_the_deletion_of_a_business_is_told_to_nobody(graph: Graph, client: TestClient) -> None:
    assert graph.delete(HOME).status == 204
    assert shown(client) == []


def test_customers_are_invited_beside_the_confirmation_where_the_policy_says_so(
    graph: Graph, client: TestClient
) -> None:
    policy = {"isMeetingInviteToCustomersEnabled": True}
    assert graph.patch(f"{HOME}/services/{GROUP}", {"schedulingPolicy": policy}).status == 204
    make(graph)
    invited = [(each["audience"], each["to"]) for each in shown(client, kind="invitation")]
    assert invited == [("customer", ADELE), ("customer", LEE)]
    graph.post(f"{HOME}/appointments", booking(reminders=[]))
    assert len(shown(client, kind="invitation")) == 2


def test_a_reminder_by_text_reaches_north_america_only(graph: Graph, client: TestClient) -> None:
    people = [customer(name=each, phone=each) for each in ("+49301234", "+15550100")]
    body = group(customers=people, smsNotificationsEnabled=True, reminders=[reminder("PT1H", "customer", "Soon")])
    make(graph, body)
    assert [each["to"] for each in shown(client, kind="reminder", status="waiting")] == ["+15550100"]


CALLS: dict[str, Callable[[Graph], Any]] = {
    "a refused appointment": lambda graph: graph.post(f"{HOME}/appointments", booking(serviceId="none")),
    "a rule broken": lambda graph: graph.post(f"{HOME}/appointments", group(), headers=AS_APP),
    "a refused change": lambda graph: graph.patch(URL, {"staffMemberIds": ["nobody"]}),
    "a refused cancellation": lambda graph: graph.post(f"{URL}/cancel", {"message": "x"}),
    "reading": lambda graph: graph.get(URL),
    "other records": lambda graph: graph.patch(f"{HOME}/services/{SERVICE}", {"displayName": "x"}),
    "publishing": lambda graph: graph.post(f"{HOME}/publish"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_is_sent_for(call: Callable[[Graph], Any], graph: Graph, client: TestClient) -> None:
    call(graph)
    assert shown(client) == []


# who gets what

WHO: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "customers who opted out": ({"optOutOfCustomerEmail": True}, EVERYBODY[2:]),
    "nobody on the staff": ({"staffMemberIds": []}, [*EVERYBODY[:2], EVERYBODY[3]]),
    "customers without an address": ({"customers": [customer(name="Lee", phone="5550101")]}, EVERYBODY[2:]),
    "no customers": ({"customers": []}, EVERYBODY[2:]),
    "SMS enabled": (
        {"smsNotificationsEnabled": True},
        [EVERYBODY[0], ("sms", "customer", "5550100"), EVERYBODY[1], ("sms", "customer", "5550101"), *EVERYBODY[2:]],
    ),
    "SMS enabled without a phone": (
        {"smsNotificationsEnabled": True, "customers": [customer(name="Lee", emailAddress=LEE)]},
        EVERYBODY[1:],
    ),
    "SMS enabled, mail opted out": (
        {"smsNotificationsEnabled": True, "optOutOfCustomerEmail": True},
        [("sms", "customer", "5550100"), ("sms", "customer", "5550101"), *EVERYBODY[2:]],
    ),
}


@pytest.mark.parametrize(("members", "expected"), WHO.values(), ids=WHO)
def test_messages_go_to_who_wants_them(
    members: dict[str, Any], expected: list[tuple[str, str, str]], graph: Graph, client: TestClient
) -> None:
    body = group()
    made = make(graph, body | members)
    assert addresses(shown(client)) == expected
    graph.post(f"{HOME}/appointments/{made}/cancel", {})
    assert addresses(shown(client, kind="cancellation")) == expected


def test_sms_of_a_service_is_lent_to_its_appointments(graph: Graph, client: TestClient) -> None:
    graph.patch(f"{HOME}/services/{GROUP}", {"smsNotificationsEnabled": True})
    make(graph)
    assert [each["to"] for each in shown(client) if each["channel"] == "sms"] == ["5550100", "5550101"]


def test_staff_without_notifications_get_none(graph: Graph, client: TestClient) -> None:
    graph.patch(f"{HOME}/staffMembers/{STAFF}", {"isEmailNotificationEnabled": False})
    make(graph)
    assert addresses(shown(client)) == [*EVERYBODY[:2], EVERYBODY[3]]


def test_all_staff_of_an_appointment_are_told(graph: Graph, client: TestClient) -> None:
    body = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "guest"}
    other = graph.post(f"{HOME}/staffMembers", body).json["id"]
    graph.patch(f"{HOME}/services/{GROUP}", {"staffMemberIds": [STAFF, other]})
    make(graph, group(staffMemberIds=[STAFF, other]))
    assert [each["to"] for each in shown(client) if each["audience"] == "staff"] == [DANA, "alex@contoso.com"]


def test_an_owner_who_wants_no_confirmations_gets_none(graph: Graph, client: TestClient) -> None:
    set_policy(graph, sendConfirmationsToOwner=False)
    make(graph)
    assert addresses(shown(client)) == EVERYBODY[:3]


def test_a_business_without_an_address_gets_none(graph: Graph, client: TestClient) -> None:
    graph.patch(HOME, {"email": None})
    make(graph)
    assert addresses(shown(client)) == EVERYBODY[:3]


# reminders


def test_reminders_wait_at_their_offsets_the_next_one_first(graph: Graph, client: TestClient) -> None:
    reminders = [reminder("PT1H", "staff", "In an hour"), reminder("P1D", "customer", "Tomorrow")]
    make(graph, group() | {"reminders": reminders})
    waiting = shown(client, kind="reminder")
    assert [(each["to"], each["due"], each["text"].partition("\n")[0]) for each in waiting] == [
        (ADELE, "2026-01-11T10:00:00Z", "Tomorrow"),
        (LEE, "2026-01-11T10:00:00Z", "Tomorrow"),
        (DANA, "2026-01-12T09:00:00Z", "In an hour"),
    ]
    assert {(each["status"], each["sent"], each["subject"]) for each in waiting} == {
        ("waiting", None, "Reminder: Class with Contoso Small")
    }


RECIPIENTS = {"allAttendees": [ADELE, LEE, DANA], "customer": [ADELE, LEE], "staff": [DANA]}


@pytest.mark.parametrize(("recipients", "expected"), RECIPIENTS.items(), ids=RECIPIENTS)
def test_a_reminder_goes_to_its_recipients(
    recipients: str, expected: list[str], graph: Graph, client: TestClient
) -> None:
    make(graph, group() | {"reminders": [reminder("P1D", recipients)]})
    assert [each["to"] for each in shown(client, kind="reminder")] == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"optOutOfCustomerEmail": True}, [("mail", "staff", DANA)]),
        (
            {"optOutOfCustomerEmail": True, "smsNotificationsEnabled": True},
            [("sms", "customer", "5550100"), ("sms", "customer", "5550101"), ("mail", "staff", DANA)],
        ),
    ],
    ids=["opted out", "by SMS"],
)
def test_reminders_respect_what_people_want(
    members: dict[str, Any], expected: list[tuple[str, str, str]], graph: Graph, client: TestClient
) -> None:
    make(graph, group(**members) | {"reminders": [reminder("P1D")]})
    assert addresses(shown(client, kind="reminder")) == expected


def test_reminders_fall_due_in_order_as_the_clock_advances(graph: Graph, client: TestClient) -> None:
    early = make(graph, group() | {"reminders": [reminder("P1D", "staff"), reminder("PT1H", "staff")]})
    late = make(graph, group() | {"reminders": [reminder("PT12H", "staff"), reminder("PT0S", "staff")]})
    client.post(ADVANCE, json={"to": "2026-01-11T09:59:59Z"})
    assert [each["status"] for each in shown(client, kind="reminder")] == ["waiting"] * 4
    client.post(ADVANCE, json={"by": "PT1S"})
    assert [each["status"] for each in shown(client, kind="reminder")] == ["sent", *["waiting"] * 3]
    client.post(ADVANCE, json={"by": "P30D"})
    assert [(each["status"], each["appointment"], each["sent"]) for each in shown(client, kind="reminder")] == [
        ("sent", early, "2026-01-11T10:00:00Z"),
        ("sent", late, "2026-01-11T22:00:00Z"),
        ("sent", early, "2026-01-12T09:00:00Z"),
        ("sent", late, "2026-01-12T10:00:00Z"),
    ]


def test_a_reminder_fires_once(graph: Graph, client: TestClient) -> None:
    make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    for _ in range(3):
        client.post(ADVANCE, json={"by": "P7D"})
    assert len(shown(client, kind="reminder")) == 1


def test_setting_the_clock_fires_what_is_due_and_setting_it_back_unsends_nothing(
    graph: Graph, client: TestClient
) -> None:
    make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    client.put("/_emulator/clock", json={"now": "2026-01-11T10:00:00Z"})
    assert [each["status"] for each in shown(client, kind="reminder")] == ["sent"]
    client.put("/_emulator/clock", json={"now": "2026-01-05T08:00:00Z"})
    client.post(ADVANCE, json={"by": "P30D"})
    assert len(shown(client, kind="reminder")) == 1


def test_what_would_have_been_due_is_not_planned(graph: Graph, client: TestClient) -> None:
    reminders = [reminder("P7D"), reminder("P7DT2H"), reminder("P30D"), reminder("PT30M", "staff")]
    make(graph, group() | {"reminders": reminders})
    assert [each["due"] for each in shown(client, kind="reminder")] == [
        *["2026-01-05T10:00:00Z"] * 3,
        "2026-01-12T09:30:00Z",
    ]


def test_rescheduling_plans_reminders_anew(graph: Graph, client: TestClient) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    times = {"startDateTime": at("2026-01-14T10:00:00"), "endDateTime": at("2026-01-14T11:00:00")}
    graph.patch(f"{HOME}/appointments/{made}", times)
    assert [each["due"] for each in shown(client, kind="reminder")] == ["2026-01-13T10:00:00Z"]
    client.post(ADVANCE, json={"to": "2026-01-13T09:00:00Z"})
    assert [each["status"] for each in shown(client, kind="reminder")] == ["waiting"]
    client.post(ADVANCE, json={"by": "PT1H"})
    (sent,) = shown(client, kind="reminder")
    assert (sent["status"], sent["text"].split("\n")[1]) == (
        "sent",
        "Class, 2026-01-14T10:00:00Z to 2026-01-14T11:00:00Z",
    )


def test_a_reminder_that_fired_fires_again_for_the_new_time(graph: Graph, client: TestClient) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    client.post(ADVANCE, json={"to": "2026-01-11T12:00:00Z"})
    times = {"startDateTime": at("2026-01-14T10:00:00"), "endDateTime": at("2026-01-14T11:00:00")}
    graph.patch(f"{HOME}/appointments/{made}", times)
    client.post(ADVANCE, json={"by": "P30D"})
    assert [each["sent"] for each in shown(client, kind="reminder")] == ["2026-01-11T10:00:00Z", "2026-01-13T10:00:00Z"]


def test_new_reminders_replace_the_old_ones(graph: Graph, client: TestClient) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    graph.patch(f"{HOME}/appointments/{made}", {"reminders": [reminder("PT2H", "staff", "New")]})
    assert [(each["due"], each["text"][:3]) for each in shown(client, kind="reminder")] == [
        ("2026-01-12T08:00:00Z", "New")
    ]
    graph.patch(f"{HOME}/appointments/{made}", {"reminders": []})
    assert shown(client, kind="reminder") == []


def test_a_refused_change_leaves_reminders_as_they_were(graph: Graph, client: TestClient) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    before = shown(client)
    body = {"startDateTime": at("2026-01-14T10:00:00"), "endDateTime": at("2026-01-14T09:00:00")}
    assert graph.patch(f"{HOME}/appointments/{made}", body).status == 500
    assert shown(client) == before


GONE: dict[str, Callable[[Graph, str], Any]] = {
    "cancelled": lambda graph, url: graph.post(f"{url}/cancel", {}),
    "deleted": lambda graph, url: graph.delete(url),
    "deleted with its business": lambda graph, _: graph.delete(HOME),
}


@pytest.mark.parametrize("end", GONE.values(), ids=GONE)
def test_reminders_of_what_is_gone_are_forgotten(
    end: Callable[[Graph, str], Any], graph: Graph, client: TestClient
) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D")]})
    assert len(shown(client, kind="reminder")) == 3
    assert end(graph, f"{HOME}/appointments/{made}").status == 204
    assert shown(client, kind="reminder") == []
    client.post(ADVANCE, json={"by": "P30D"})
    assert shown(client, kind="reminder") == []


def test_a_business_is_deleted_without_a_message(graph: Graph, client: TestClient) -> None:
    graph.delete(HOME)
    assert shown(client) == []


def test_reminders_of_the_fixture_wait_from_the_start() -> None:
    with TestClient(App(make_tenant())) as client:
        (waiting,) = shown(client)
        assert (waiting["kind"], waiting["appointment"], waiting["to"]) == ("reminder", APPOINTMENT, ADELE)
        assert (waiting["status"], waiting["due"]) == ("waiting", "2026-01-05T09:00:00Z")
        client.post(ADVANCE, json={"by": "PT1H"})
        assert shown(client)[0]["sent"] == "2026-01-05T09:00:00Z"
        client.post("/_emulator/reset")
        assert shown(client) == [waiting]


def test_reset_forgets_messages_and_reminders(graph: Graph, client: TestClient) -> None:
    make(graph, group() | {"reminders": [reminder("P1D")]})
    client.post("/_emulator/reset")
    assert client.get(OUTBOX).json() == {"value": [], "dropped": 0}
    client.post(ADVANCE, json={"by": "P30D"})
    assert shown(client) == []


def test_with_a_clock_that_goes_on_reminders_keep_their_order(
    graph: Graph, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(graph, group() | {"reminders": [reminder("P1D", "staff")]})
    later = datetime(2026, 1, 11, 12, tzinfo=UTC)
    monkeypatch.setattr(graph.tenant.clock, "now", lambda: later)
    graph.post(f"{HOME}/appointments/{made}/cancel", {})
    kinds = [each["kind"] for each in shown(client, to=DANA)]
    assert kinds == ["confirmation", "reminder", "cancellation"]


# how it is shown

FILTERS = {
    "by kind": ({"kind": "confirmation"}, 4),
    "by kind in other letters": ({"kind": "CONFIRMATION"}, 4),
    "by another kind": ({"kind": "change"}, 0),
    "by recipient": ({"to": ADELE}, 2),
    "by recipient in other letters": ({"to": ADELE.upper()}, 2),
    "by a part of a recipient": ({"to": "adelev"}, 0),
    "by what was sent": ({"status": "sent"}, 4),
    "by what waits": ({"status": "waiting"}, 3),
    "by two at once": ({"status": "waiting", "to": DANA}, 1),
    "by nothing": ({}, 7),
}


@pytest.mark.parametrize(("wanted", "count"), FILTERS.values(), ids=FILTERS)
def test_the_outbox_is_narrowed(wanted: dict[str, str], count: int, graph: Graph, client: TestClient) -> None:
    make(graph, group() | {"reminders": [reminder("P1D")]})
    assert len(shown(client, **wanted)) == count


def test_the_outbox_is_narrowed_by_appointment(graph: Graph, client: TestClient) -> None:
    first, second = make(graph), make(graph)
    graph.delete(f"{HOME}/appointments/{second}")
    assert {each["appointment"] for each in shown(client)} == {first, second}
    for made in (first, second):
        confirmed = shown(client, appointment=made, kind="confirmation")
        assert [each["appointment"] for each in confirmed] == [made] * 4
    assert shown(client, appointment=first.lower()) == []


def test_an_unknown_filter_is_said(client: TestClient) -> None:
    answer = client.get(f"{OUTBOX}?knid=change")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        f"GET {OUTBOX}: unknown parameter 'knid'; it takes kind, to, appointment, status, exchange, calendar; "
        "did you mean 'kind'?",
    )


def test_the_number_of_an_exchange_is_a_number(client: TestClient, graph: Graph) -> None:
    make(graph)
    assert shown(client, exchange="1") == shown(client, status="sent") != []
    assert shown(client, exchange="2") == []
    answer = client.get(f"{OUTBOX}?exchange=one")
    assert (answer.status_code, "exchange must be a whole number; got 'one'" in answer.text) == (400, True)


def test_the_outbox_can_only_be_read(client: TestClient) -> None:
    assert client.delete(OUTBOX).status_code == 405


def test_what_one_tenant_sends_is_not_in_the_outbox_of_another(graph: Graph) -> None:
    make(graph)
    with TestClient(App(make_tenant())) as other:
        assert shown(other, status="sent") == []


# bounds


def test_the_oldest_messages_are_dropped_and_counted(graph: Graph, client: TestClient) -> None:
    count = CAPACITY // 4 + 5
    made = [make(graph) for _ in range(count)]
    found = client.get(OUTBOX).json()
    assert (len(found["value"]), found["dropped"]) == (CAPACITY, 4 * 5)
    assert found["value"][0]["appointment"] == made[5]
    assert found["value"][-1]["appointment"] == made[-1]
    client.post("/_emulator/reset")
    assert client.get(OUTBOX).json()["dropped"] == 0


def test_thousands_of_appointments_with_reminders_do_no_harm(graph: Graph, client: TestClient) -> None:
    body = booking() | {"reminders": [reminder("P1D"), reminder("PT1H")]}
    for _ in range(20_000):
        assert graph.post(f"{HOME}/appointments", body).status == 201
    assert len(shown(client, status="waiting")) == 80_000
    graph.tenant.advance(timedelta(days=30))
    found = client.get(OUTBOX).json()
    assert (len(found["value"]), found["dropped"]) == (CAPACITY, 60_000 + 80_000 - CAPACITY)
    assert {each["due"] for each in found["value"]} == {"2026-01-12T09:00:00Z"}


def test_an_appointment_that_moves_often_leaves_one_plan(graph: Graph, client: TestClient) -> None:
    graph.patch(URL, {"reminders": [reminder("PT1H", "staff")]})
    for day in range(7, 28):
        times = {"startDateTime": at(f"2026-01-{day:02}T10:00:00"), "endDateTime": at(f"2026-01-{day:02}T10:30:00")}
        assert graph.patch(URL, times).status == 204
    assert [each["due"] for each in shown(client, status="waiting")] == ["2026-01-27T09:00:00Z"]
    client.post(ADVANCE, json={"by": "P60D"})
    assert [each["sent"] for each in shown(client, kind="reminder")] == ["2026-01-27T09:00:00Z"]


def test_reminders_that_no_longer_count_are_not_kept(graph: Graph, client: TestClient) -> None:
    outbox = graph.tenant.outbox
    body = booking() | {"reminders": [reminder("P1D"), reminder("PT1H")]}
    kept = [graph.post(f"{HOME}/appointments", body).json["id"] for _ in range(3)]
    waiting = shown(client, status="waiting")
    saved = outbox.save()
    for number in range(200):
        if number == 100:
            outbox.restore(saved)
        made = graph.post(f"{HOME}/appointments", body).json["id"]
        graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": "moved"})
        assert graph.delete(f"{HOME}/appointments/{made}").status == 204
        assert len(outbox._due) <= 2 * len(waiting) + _FEW + 8
    assert shown(client, status="waiting") == waiting
    client.post(ADVANCE, json={"by": "P60D"})
    sent = [each["appointment"] for each in shown(client, kind="reminder", status="sent")]
    assert sorted(sent) == sorted(each["appointment"] for each in waiting)
    assert set(kept) <= set(sent)
    assert not outbox._due
