"""The rules without a server: tables of what there is, what is asked, and what is decided, with fixed ids and time."""

from __future__ import annotations

import sys
from collections import Counter
from copy import deepcopy
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest

from bookings_emulator.contract.api import api
from bookings_emulator.contract.quirks import Quirks
from bookings_emulator.domain import business_rules as policies
from bookings_emulator.domain import businesses, messages, staff
from bookings_emulator.domain.operations_table import RULES, Rule, find_rule
from bookings_emulator.domain.outcome import BUSINESSES, Ask, Caller, Drop, Event, Ids, Outcome, Put, Record, State
from bookings_emulator.domain.page_links import PageLinks
from bookings_emulator.problem import Problem
from bookings_emulator.store.memory import Store
from bookings_emulator.store.seed import Fixture, PlantingContext, plant, utc
from tests.conftest import (
    APPOINTMENT,
    BUSINESS,
    CUSTOMER,
    GROUP,
    NOW,
    QUESTION,
    SERVICE,
    STAFF,
    at,
    booking,
    customer,
    small,
)

APPLICATION = Caller("app", "application")
ADMINISTRATOR = Caller("danas", "delegated", {BUSINESS.lower(): "administrator"})
VIEWER = Caller("alex", "delegated", {BUSINESS.lower(): "viewer"})
OTHER_STAFF = "10000000-0000-4000-8000-000000000002"
GUEST = "10000000-0000-4000-8000-000000000003"
# a policy that lets applications book at once and choose whom
OPEN = {
    "timeSlotInterval": "PT30M",
    "minimumLeadTime": "PT0S",
    "maximumAdvance": "P365D",
    "allowStaffSelection": True,
}
FIRST_GUID = "00000000-0000-4000-8000-000000000001"
SETS = tuple(api("v1.0").sets)


class Numbers(Ids):
    """Ids that count, from one if nothing else is said."""

    def __init__(self, first: int = 1) -> None:
        self._count = first - 1

    def guid(self) -> str:
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012x}"

    def item(self, mailbox: str) -> str:
        self._count += 1
        return f"AAMk{self._count:016x}AAA="


def store_of(data: dict[str, Any]) -> Store:
    """A store with the records of fixture data."""
    store = Store()
    plant(Fixture("small", data), PlantingContext(store, Numbers(), utc(NOW), "contoso.onmicrosoft.com", Quirks()))
    return store


def make_ask(name: str, body: Any = None, *keys: str, **members: Any) -> Ask:
    """What the pipeline would ask of the rule of an operation; `keys` are those of the small tenant by default."""
    contract, readers = api("v1.0").contract, api("v1.0").readers
    operation = contract.operations[name]
    read: dict[str, Any] = {}
    silent: dict[str, Any] = {}
    if operation.kind == "create":
        read, silent = readers.create(operation.type or "", deepcopy(body)), readers.silent(operation.type or "")
    elif operation.kind == "update":
        read = readers.update(operation.type or "", deepcopy(body))
    elif operation.parameters:
        read = readers.parameters(operation, deepcopy(body))
    whole = {
        "keys": keys or (BUSINESS,),
        "body": read,
        "silent": silent,
        "now": utc(NOW),
        "ids": Numbers(),
        "caller": Caller(),
        "domain": "contoso.onmicrosoft.com",
        "quirks": Quirks(),
    }
    return Ask(**{**whole, **members})


def rule_of(name: str) -> Rule:
    """The rule of an operation of the contract."""
    operation = api("v1.0").contract.operations[name]
    return find_rule(name, operation.kind, operation.set or "")


def decide(state: State, name: str, body: Any = None, *keys: str, **members: Any) -> Outcome:
    """What the rule of an operation decides."""
    return rule_of(name)(state, make_ask(name, body, *keys, **members))


def refusal(state: State, name: str, body: Any = None, *keys: str, **members: Any) -> Problem:
    """The problem by which the rule of an operation refuses."""
    with pytest.raises(Problem) as caught:
        decide(state, name, body, *keys, **members)
    return caught.value


def whole(store: Store) -> dict[str, Any]:
    """A deep copy of everything in a store."""
    return deepcopy(
        {
            business_id: [store.business(business_id), *(list(store.records(each, business_id)) for each in SETS)]
            for business_id in store.business_ids()
        }
    )


def shop(**policy: Any) -> dict[str, Any]:
    """The small tenant with an open policy, and a second member and a guest who offer the same service."""
    data = small()
    (business,) = data["bookingBusinesses"]
    business["schedulingPolicy"] = {**OPEN, **policy}
    for staff_id, name in ((OTHER_STAFF, "Alex Wilber"), (GUEST, "Noa Ivy")):
        address = f"{name.split()[0].lower()}@contoso.com"
        business["staffMembers"].append({"id": staff_id, "displayName": name, "emailAddress": address, "role": "guest"})
    business["services"][0]["staffMemberIds"] = [STAFF, OTHER_STAFF]
    return data


@pytest.fixture
def store() -> Store:
    return store_of(shop())


def span(start: str, end: str) -> dict[str, Any]:
    return {"startDateTime": at(start), "endDateTime": at(end)}


# what holds for every rule

EVERY: dict[str, tuple[Any, tuple[str, ...]]] = {
    "createBusiness": ({"displayName": "Contoso Small"}, ()),
    "updateBusiness": ({"displayName": "New name", "address": {"city": "Rome"}}, (BUSINESS,)),
    "deleteBusiness": (None, (BUSINESS,)),
    "publish": (None, (BUSINESS,)),
    "unpublish": (None, (BUSINESS,)),
    "getStaffAvailability": (
        {"staffIds": [STAFF, OTHER_STAFF], **span("2026-01-05T00:00:00", "2026-01-09T00:00:00")},
        (BUSINESS,),
    ),
    "createAppointment": (booking(customers=[customer(name="New", emailAddress="n@x.y")]), (BUSINESS,)),
    "updateAppointment": (
        {**span("2026-01-07T09:00:00", "2026-01-07T09:30:00"), "customers": [customer(name="Other")]},
        (BUSINESS, APPOINTMENT),
    ),
    "deleteAppointment": (None, (BUSINESS, APPOINTMENT)),
    "cancelAppointment": ({"cancellationMessage": "Sorry"}, (BUSINESS, APPOINTMENT)),
    "createCustomer": ({"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "Joni"}, (BUSINESS,)),
    "updateCustomer": ({"displayName": "Joni"}, (BUSINESS, CUSTOMER)),
    "deleteCustomer": (None, (BUSINESS, CUSTOMER)),
    "createCustomQuestion": ({"displayName": "Why?"}, (BUSINESS,)),
    "updateCustomQuestion": ({"displayName": "Why?"}, (BUSINESS, QUESTION)),
    "deleteCustomQuestion": (None, (BUSINESS, QUESTION)),
    "createService": ({"displayName": "Bento"}, (BUSINESS,)),
    "updateService": ({"defaultDuration": "PT2H"}, (BUSINESS, SERVICE)),
    "deleteService": (None, (BUSINESS, SERVICE)),
    "createStaffMember": ({"displayName": "Joe", "emailAddress": "joe@contoso.com", "role": "guest"}, (BUSINESS,)),
    "updateStaffMember": ({"displayName": "Joe"}, (BUSINESS, STAFF)),
    "deleteStaffMember": (None, (BUSINESS, STAFF)),
}
CALLERS = (Caller(), APPLICATION, ADMINISTRATOR, VIEWER)


def outcome_or_refusal(state: State, ask: Ask, name: str) -> Outcome | tuple[str, str]:
    try:
        return rule_of(name)(state, ask)
    except Problem as problem:
        return problem.code, problem.reason


def test_the_table_has_every_rule() -> None:
    assert RULES.keys() <= EVERY.keys()


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
@pytest.mark.parametrize("name", EVERY)
def test_a_rule_changes_nothing_that_it_is_given(store: Store, name: str, caller: Caller) -> None:
    body, keys = EVERY[name]
    ask = make_ask(name, body, *keys, caller=caller, quirks=Quirks({"stale-staff": "off"}))
    before, asked = whole(store), deepcopy((ask.body, ask.silent))
    outcome_or_refusal(store, ask, name)
    assert whole(store) == before
    assert (ask.body, ask.silent) == asked


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
@pytest.mark.parametrize("name", EVERY)
def test_the_same_state_and_ask_give_the_same_outcome(name: str, caller: Caller) -> None:
    body, keys = EVERY[name]
    first, second = (
        outcome_or_refusal(store_of(shop()), make_ask(name, body, *keys, caller=caller), name) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("name", EVERY)
def test_what_a_rule_decides_can_be_applied(store: Store, name: str) -> None:
    body, keys = EVERY[name]
    outcome = decide(store, name, body, *keys)
    store.apply(outcome.changes)
    for change in outcome.changes:
        if isinstance(change, Put):
            assert store.record(change.set_name, change.business_id, change.record["id"]) == change.record
        else:
            assert store.record(change.set_name, change.business_id, change.record_id) is None


@pytest.mark.parametrize("name", [each for each, (_, keys) in EVERY.items() if keys])
def test_every_rule_of_a_business_needs_the_business(store: Store, name: str) -> None:
    body, keys = EVERY[name]
    assert refusal(store, name, body, "nobody@contoso.com", *keys[1:]).code == "mailbox.nonexistent"


@pytest.mark.parametrize("name", [each for each, (_, keys) in EVERY.items() if len(keys) == 2])
def test_every_rule_of_a_record_needs_the_record(store: Store, name: str) -> None:
    body, keys = EVERY[name]
    absent = "AAMkADKoAAA=" if "Appointment" in name else "00000000-0000-4000-8000-00000000ffff"
    assert refusal(store, name, body, keys[0], absent).code == "notfound.item"


@pytest.mark.parametrize("name", [each for each in EVERY if each.startswith("create") and each != "createBusiness"])
def test_a_new_record_is_put_once_with_both_stamps(store: Store, name: str) -> None:
    outcome = decide(store, name, *EVERY[name][:1])
    (put,) = [each for each in outcome.changes if isinstance(each, Put) and each.record is outcome.result]
    assert (put.record["createdDateTime"], put.record["lastUpdatedDateTime"]) == (NOW, NOW)


@pytest.mark.parametrize("name", [each for each in EVERY if each.startswith("update")])
def test_an_update_keeps_the_time_of_creation(store: Store, name: str) -> None:
    body, keys = EVERY[name]
    outcome = decide(store, name, body, *keys, now=utc("2026-01-05T09:30:00Z"))
    created, updated = outcome.result["createdDateTime"], outcome.result["lastUpdatedDateTime"]
    assert (created, updated) == (NOW, "2026-01-05T09:30:00Z")


# appointments: outcomes


def test_a_new_appointment_is_one_change_and_one_event(store: Store) -> None:
    outcome = decide(store, "createAppointment", booking(), caller=APPLICATION)
    record = outcome.result
    assert outcome.changes == [Put("appointments", BUSINESS, record)]
    assert outcome.events == [Event("appointmentCreated", store.business(BUSINESS) or {}, record)]
    assert (record["serviceName"], record["duration"], record["postBuffer"]) == ("Check-up", "PT30M", "PT10M")
    assert (record["filledAttendeesCount"], record["customers"][0]["customerId"]) == (1, CUSTOMER)


def test_a_new_customer_is_put_before_the_appointment_that_brings_it(store: Store) -> None:
    body = booking(customers=[customer(name="New", emailAddress="n@x.y", phone="5550100")])
    made, appointment = decide(store, "createAppointment", body).changes
    assert isinstance(made, Put)
    assert isinstance(appointment, Put)
    assert (made.set_name, appointment.set_name) == ("customers", "appointments")
    assert appointment.record["customers"][0]["customerId"] == made.record["id"]
    assert (made.record["displayName"], made.record["emailAddress"]) == ("New", "n@x.y")
    assert made.record["phones"] == [{"number": "5550100", "type": "mobile", "language": None, "region": None}]


def test_an_update_says_what_was_before(store: Store) -> None:
    before = store.record("appointments", BUSINESS, APPOINTMENT)
    body = span("2026-01-07T09:00:00", "2026-01-07T10:15:00")
    outcome = decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT)
    (event,) = outcome.events
    assert (event.name, event.before, event.appointment) == ("appointmentUpdated", before, outcome.result)
    assert outcome.result["duration"] == "PT1H15M"
    assert outcome.changes == [Put("appointments", BUSINESS, outcome.result)]


def test_a_cancellation_drops_the_appointment_and_hands_on_its_message(store: Store) -> None:
    outcome = decide(store, "cancelAppointment", {"cancellationMessage": "Sorry"}, BUSINESS, APPOINTMENT)
    assert (outcome.result, outcome.changes) == (None, [Drop("appointments", BUSINESS, APPOINTMENT)])
    (event,) = outcome.events
    assert (event.name, event.message, event.appointment["id"]) == ("appointmentCancelled", "Sorry", APPOINTMENT)


def test_a_deletion_drops_the_appointment_without_a_message(store: Store) -> None:
    outcome = decide(store, "deleteAppointment", None, BUSINESS, APPOINTMENT)
    assert outcome.changes == [Drop("appointments", BUSINESS, APPOINTMENT)]
    assert [(each.name, each.message) for each in outcome.events] == [("appointmentDeleted", None)]


@pytest.mark.parametrize("staff_ids", [None, []], ids=["null", "empty"])
def test_an_administrator_may_take_the_staff_off_an_appointment_and_an_application_not(
    store: Store, staff_ids: Any
) -> None:
    body = {"staffMemberIds": staff_ids}
    assert decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT).result is not None
    with pytest.raises(Problem, match=r"^bk.invalidstaff"):
        decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT, caller=APPLICATION)


# appointments: the business rules


# what an application adds to a booking on Monday the 12th at 10, the policy, the rule that is broken (None: booked)
RULED: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "a booking by the rules": ({}, {}, None),
    "too long": (span("2026-01-12T10:00:00", "2026-01-12T11:00:00"), {}, "duration"),
    "too short": (span("2026-01-12T10:00:00", "2026-01-12T10:20:00"), {}, "duration"),
    "in the past": (span("2026-01-05T07:30:00", "2026-01-05T08:00:00"), {}, "minimumLeadTime"),
    "now": (span("2026-01-05T08:00:00", "2026-01-05T08:30:00"), {}, None),
    "just far enough": (span("2026-01-06T08:00:00", "2026-01-06T08:30:00"), {"minimumLeadTime": "P1D"}, None),
    "too near": (span("2026-01-06T08:00:00", "2026-01-06T08:30:00"), {"minimumLeadTime": "P1DT1S"}, "minimumLeadTime"),
    "just near enough": (span("2026-01-12T08:00:00", "2026-01-12T08:30:00"), {"maximumAdvance": "P7D"}, None),
    "too far": (span("2026-01-12T08:30:00", "2026-01-12T09:00:00"), {"maximumAdvance": "P7D"}, "maximumAdvance"),
    "staff may not be chosen": ({}, {"allowStaffSelection": False}, "allowStaffSelection"),
    "on a Sunday": (span("2026-01-11T10:00:00", "2026-01-11T10:30:00"), {}, "businessHours"),
    "before opening": (span("2026-01-12T07:30:00", "2026-01-12T08:00:00"), {}, "businessHours"),
    "at opening": (span("2026-01-12T08:00:00", "2026-01-12T08:30:00"), {}, None),
    "until closing": ({**span("2026-01-12T16:30:00", "2026-01-12T17:00:00"), "postBuffer": "PT0S"}, {}, None),
    "with a buffer over closing": (span("2026-01-12T16:30:00", "2026-01-12T17:00:00"), {}, "businessHours"),
    "with a buffer before opening": (
        {**span("2026-01-12T08:00:00", "2026-01-12T08:30:00"), "preBuffer": "PT15M"}, {}, "businessHours"
    ),
    "with a buffer from opening on": (
        {**span("2026-01-12T08:30:00", "2026-01-12T09:00:00"), "preBuffer": "PT30M"}, {}, None
    ),
    "over closing": (span("2026-01-12T16:45:00", "2026-01-12T17:15:00"), {}, "businessHours"),
    "off the grid": (span("2026-01-12T10:15:00", "2026-01-12T10:45:00"), {}, "timeSlotInterval"),
    "on a finer grid": (
        span("2026-01-12T10:15:00", "2026-01-12T10:45:00"), {"timeSlotInterval": "PT15M"}, None
    ),
    "on no grid": (span("2026-01-12T10:07:00", "2026-01-12T10:37:00"), {"timeSlotInterval": "PT0S"}, None),
    "on top of another": (span("2026-01-06T09:00:00", "2026-01-06T09:30:00"), {}, "double booking"),
    "into the buffer after another": (span("2026-01-06T09:30:00", "2026-01-06T10:00:00"), {}, "double booking"),
    "with a buffer into another": (span("2026-01-06T08:30:00", "2026-01-06T09:00:00"), {}, "double booking"),
    "after the buffer of another": (span("2026-01-06T10:00:00", "2026-01-06T10:30:00"), {}, None),
    "ending with its buffer before another": (span("2026-01-06T08:00:00", "2026-01-06T08:30:00"), {}, None),
    "another member, who is free": (
        {**span("2026-01-06T09:00:00", "2026-01-06T09:30:00"), "staffMemberIds": [OTHER_STAFF]}, {}, None
    ),
    "one of two is taken": (
        {**span("2026-01-06T09:00:00", "2026-01-06T09:30:00"), "staffMemberIds": [OTHER_STAFF, STAFF]},
        {},
        "double booking",
    ),
    "the first broken rule is named": (span("2026-01-11T10:15:00", "2026-01-11T11:00:00"), {}, "duration"),
    "not bookable at all": (
        {}, {"generalAvailability": {"availabilityType": "notBookable", "businessHours": []}}, "businessHours"
    ),
    "outside own weekly hours": (
        {},
        {
            "generalAvailability": {
                "availabilityType": "customWeeklyHours",
                "businessHours": [{"day": "monday", "timeSlots": [{"startTime": "12:00", "endTime": "14:00"}]}],
            }
        },
        "businessHours",
    ),
    "inside own weekly hours": (
        span("2026-01-12T13:00:00", "2026-01-12T13:30:00"),
        {
            "generalAvailability": {
                "availabilityType": "customWeeklyHours",
                "businessHours": [{"day": "monday", "timeSlots": [{"startTime": "12:00", "endTime": "14:00"}]}],
            }
        },
        None,
    ),
    "closed in a window of dates": (
        {},
        {
            "customAvailabilities": [
                {
                    "availabilityType": "notBookable",
                    "businessHours": [],
                    "startDate": "2026-01-12",
                    "endDate": "2026-01-12",
                }
            ]
        },
        "businessHours",
    ),
    "after a window of dates": (
        {},
        {
            "customAvailabilities": [
                {
                    "availabilityType": "notBookable",
                    "businessHours": [],
                    "startDate": "2026-01-08",
                    "endDate": "2026-01-11",
                }
            ]
        },
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("members", "policy", "rule"), RULED.values(), ids=RULED.keys())
def test_an_application_books_by_the_rules(members: dict[str, Any], policy: dict[str, Any], rule: str | None) -> None:
    store = store_of(shop(**policy))
    if rule is None:
        assert decide(store, "createAppointment", booking(**members), caller=APPLICATION).changes
        return
    problem = refusal(store, "createAppointment", booking(**members), caller=APPLICATION)
    assert problem.code == "bk.unknown"
    assert problem.reason.startswith(f"business rule {rule}: ")


@pytest.mark.parametrize("caller", [Caller(), ADMINISTRATOR], ids=["undeclared", "delegated"])
@pytest.mark.parametrize(("members", "policy", "rule"), RULED.values(), ids=RULED.keys())
def test_an_administrator_books_against_the_rules(
    members: dict[str, Any], policy: dict[str, Any], rule: str | None, caller: Caller
) -> None:
    store = store_of(shop(**policy))
    assert decide(store, "createAppointment", booking(**members), caller=caller).changes


def test_who_is_no_administrator_meets_the_rules(store: Store) -> None:
    body = booking(**span("2026-01-11T10:00:00", "2026-01-11T10:30:00"))
    assert "businessHours" in refusal(store, "createAppointment", body, caller=VIEWER).reason


@pytest.mark.parametrize(
    ("quirk", "members"),
    [
        ("slot-grid", span("2026-01-12T10:15:00", "2026-01-12T10:45:00")),
        ("double-booking", span("2026-01-06T09:00:00", "2026-01-06T09:30:00")),
        ("invalid-staff", {"staffMemberIds": []}),
    ],
)
def test_a_rule_that_is_a_quirk_can_be_switched_off(store: Store, quirk: str, members: dict[str, Any]) -> None:
    refusal(store, "createAppointment", booking(**members), caller=APPLICATION)
    off = Quirks({quirk: "off"})
    assert decide(store, "createAppointment", booking(**members), caller=APPLICATION, quirks=off).changes


# what an application sends to reschedule the appointment on Tuesday the 6th, 9:00 to 9:30 (buffer until 9:40)
CHANGED: dict[str, tuple[dict[str, Any], str | None]] = {
    "its own time is no obstacle": (span("2026-01-06T09:30:00", "2026-01-06T10:00:00"), None),
    "to a free time": (span("2026-01-07T09:00:00", "2026-01-07T09:30:00"), None),
    "out of hours": (span("2026-01-06T07:30:00", "2026-01-06T08:00:00"), "businessHours"),
    "to another length": ({"endDateTime": at("2026-01-06T10:00:00")}, "duration"),
    "a note needs no rule": ({"serviceNotes": "x"}, None),
    "to another member": ({"staffMemberIds": [OTHER_STAFF]}, None),
}


@pytest.mark.parametrize(("body", "rule"), CHANGED.values(), ids=CHANGED.keys())
def test_an_application_reschedules_by_the_rules(store: Store, body: dict[str, Any], rule: str | None) -> None:
    if rule is None:
        assert decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT, caller=APPLICATION).changes
    else:
        problem = refusal(store, "updateAppointment", body, BUSINESS, APPOINTMENT, caller=APPLICATION)
        assert f"business rule {rule}:" in problem.reason
    assert decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT).changes


def test_an_appointment_out_of_the_rules_keeps_them_until_its_times_change() -> None:
    data = shop()
    data["bookingBusinesses"][0]["appointments"][0] |= span("2026-01-04T22:00:00", "2026-01-05T01:00:00")
    store = store_of(data)
    assert decide(store, "updateAppointment", {"price": 7}, BUSINESS, APPOINTMENT, caller=APPLICATION).changes
    body = {"preBuffer": "PT5M"}
    assert refusal(store, "updateAppointment", body, BUSINESS, APPOINTMENT, caller=APPLICATION).code == "bk.unknown"


@pytest.mark.parametrize(
    ("lead", "now", "is_allowed"),
    [
        ("PT0S", "2026-01-06T09:00:00Z", True),
        ("PT0S", "2026-01-06T09:00:01Z", False),
        ("P1D", "2026-01-05T09:00:00Z", True),
        ("P1D", "2026-01-05T09:00:01Z", False),
    ],
)
def test_an_application_cancels_in_time(lead: str, now: str, is_allowed: bool) -> None:
    store = store_of(shop(minimumLeadTime=lead))
    call: tuple[str, Any, str, str] = ("cancelAppointment", {}, BUSINESS, APPOINTMENT)
    if is_allowed:
        assert decide(store, *call, caller=APPLICATION, now=utc(now)).events
    else:
        assert "minimumLeadTime" in refusal(store, *call, caller=APPLICATION, now=utc(now)).reason
    assert decide(store, *call, now=utc(now)).events


def test_the_lead_time_of_the_service_decides_on_a_cancellation() -> None:
    data = shop(minimumLeadTime="P30D")
    data["bookingBusinesses"][0]["services"][0]["schedulingPolicy"] = {**OPEN, "minimumLeadTime": "PT1H"}
    assert decide(store_of(data), "cancelAppointment", {}, BUSINESS, APPOINTMENT, caller=APPLICATION).events


def test_a_slot_of_a_whole_day_keeps_its_grid_when_clocks_go_back() -> None:
    data = shop()
    (business,) = data["bookingBusinesses"]
    business["bookingPageSettings"] = {"businessTimeZone": "Europe/Berlin"}
    business["businessHours"] = [{"day": "sunday", "timeSlots": [{"startTime": "00:00", "endTime": "00:00"}]}]
    store = store_of(data)
    late: dict[str, Any] = {
        "startDateTime": at("2026-10-25T23:15:00", "Europe/Berlin"),
        "endDateTime": at("2026-10-25T22:45:00"),
        "postBuffer": "PT0S",
    }
    problem = refusal(store, "createAppointment", booking(**late), caller=APPLICATION)
    assert "timeSlotInterval" in problem.reason
    assert "2026-10-24T22:00:00Z" in problem.reason
    half: dict[str, Any] = {
        "startDateTime": at("2026-10-25T23:30:00", "Europe/Berlin"),
        "endDateTime": at("2026-10-25T23:00:00"),
    }
    half["postBuffer"] = "PT0S"
    assert decide(store, "createAppointment", booking(**half), caller=APPLICATION).changes


@pytest.mark.parametrize(
    ("slots", "start", "end"),
    [
        ([("08:00", "12:00"), ("12:00", "17:00")], "2026-01-12T11:45:00", "2026-01-12T12:15:00"),
        ([("08:00", "12:00"), ("10:15", "17:00")], "2026-01-12T11:45:00", "2026-01-12T12:15:00"),
        ([("22:00", "02:00")], "2026-01-12T23:45:00", "2026-01-13T00:15:00"),
        ([("12:00", "00:00"), ("00:00", "12:00")], "2026-01-12T23:45:00", "2026-01-13T00:15:00"),
    ],
    ids=["touching slots", "overlapping slots", "a slot over midnight", "slots that meet at midnight"],
)
def test_an_appointment_may_cross_from_slot_to_slot(slots: list[tuple[str, str]], start: str, end: str) -> None:
    data = shop(timeSlotInterval="PT15M")
    times = [{"startTime": opens, "endTime": closes} for opens, closes in slots]
    data["bookingBusinesses"][0]["businessHours"] = [{"day": day, "timeSlots": times} for day in ("monday", "tuesday")]
    assert decide(store_of(data), "createAppointment", booking(**span(start, end)), caller=APPLICATION).changes


def test_in_overlapping_slots_the_grid_of_either_counts() -> None:
    data = shop()
    slots = [{"startTime": "08:00", "endTime": "12:00"}, {"startTime": "10:15", "endTime": "14:00"}]
    data["bookingBusinesses"][0]["businessHours"] = [{"day": "monday", "timeSlots": slots}]
    store = store_of(data)
    for start, end in (("10:30", "11:00"), ("10:45", "11:15")):
        body = booking(**span(f"2026-01-12T{start}:00", f"2026-01-12T{end}:00"))
        assert decide(store, "createAppointment", body, caller=APPLICATION).changes
    body = booking(**span("2026-01-12T10:40:00", "2026-01-12T11:10:00"))
    assert "timeSlotInterval" in refusal(store, "createAppointment", body, caller=APPLICATION).reason


def test_a_booking_that_meets_every_rule_has_its_times_and_its_policy_read_once(store: Store) -> None:
    ask = make_ask("createAppointment", booking(), BUSINESS, caller=APPLICATION)
    counts: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:
        counts[frame.f_code.co_name] += event == "call"

    sys.setprofile(count)
    try:
        rule_of("createAppointment")(store, ask)
    finally:
        sys.setprofile(None)
    assert counts["_check_double"] == 1, "the last rule was not reached"
    assert (counts["to_utc"], counts["merge_policies"]) == (2, 1)
    assert counts["instant_of"] <= 1


# merge_policies


@pytest.mark.parametrize(
    ("of_business", "of_service", "expected"),
    [
        (None, None, {}),
        ({"minimumLeadTime": "P1D"}, None, {"minimumLeadTime": "P1D"}),
        (None, {"minimumLeadTime": "PT1H"}, {"minimumLeadTime": "PT1H"}),
        ({"minimumLeadTime": "P1D"}, {"minimumLeadTime": "PT1H"}, {"minimumLeadTime": "PT1H"}),
        ({"minimumLeadTime": "P1D"}, {"minimumLeadTime": None}, {"minimumLeadTime": "P1D"}),
        ({"allowStaffSelection": True}, {"allowStaffSelection": False}, {"allowStaffSelection": False}),
        (
            {"minimumLeadTime": "P1D", "maximumAdvance": "P9D"},
            {"maximumAdvance": "P2D"},
            {"minimumLeadTime": "P1D", "maximumAdvance": "P2D"},
        ),
    ],
)
def test_the_policy_of_the_service_beats_that_of_the_business(
    of_business: Any, of_service: Any, expected: dict[str, Any]
) -> None:
    business, service = {"schedulingPolicy": of_business}, {"schedulingPolicy": of_service}
    assert policies.merge_policies(business, service) == expected


# staff and seats


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"staffMemberIds": None}, []),
        ({"staffMemberIds": []}, []),
        ({}, [STAFF]),
        (span("2026-01-06T09:00:00", "2026-01-06T09:30:00"), [OTHER_STAFF]),
        (span("2026-01-06T09:30:00", "2026-01-06T10:00:00"), [OTHER_STAFF]),
        (span("2026-01-06T10:00:00", "2026-01-06T10:30:00"), [STAFF]),
    ],
    ids=["null: nobody", "empty: nobody", "silent: the first", "the next who is free", "buffers count", "free again"],
)
def test_an_administrator_who_names_no_staff_gets_a_free_member(
    store: Store, members: dict[str, Any], expected: list[str]
) -> None:
    body = booking(**members)
    if "staffMemberIds" not in members:
        del body["staffMemberIds"]
    assert decide(store, "createAppointment", body).result["staffMemberIds"] == expected


def test_an_application_that_names_no_staff_is_refused(store: Store) -> None:
    body = booking()
    del body["staffMemberIds"]
    assert refusal(store, "createAppointment", body, caller=APPLICATION).code == "bk.invalidstaff"


@pytest.mark.parametrize(("staff_ids", "reason"), [([SERVICE], "not a staff member"), ([STAFF, GUEST], "not offer")])
def test_staff_must_exist_and_offer_the_service(store: Store, staff_ids: list[str], reason: str) -> None:
    assert reason in refusal(store, "createAppointment", booking(staffMemberIds=staff_ids)).reason
    body = {"staffMemberIds": staff_ids}
    assert reason in refusal(store, "updateAppointment", body, BUSINESS, APPOINTMENT).reason


def test_a_service_without_staff_is_offered_by_everybody(store: Store) -> None:
    store.apply(decide(store, "updateService", {"staffMemberIds": []}, BUSINESS, SERVICE).changes)
    assert decide(store, "createAppointment", booking(staffMemberIds=[GUEST])).result["staffMemberIds"] == [GUEST]


def people(count: int) -> list[dict[str, Any]]:
    return [customer(name=f"Guest {number}", emailAddress=f"{number}@x.y") for number in range(count)]


@pytest.mark.parametrize(
    ("service_id", "count", "rule"),
    [
        (SERVICE, 0, None),
        (SERVICE, 1, None),
        (SERVICE, 2, "capacity"),
        (GROUP, 4, None),
        (GROUP, 5, "at most 4 customers"),
    ],
)
def test_an_appointment_has_as_many_seats_as_its_service(
    store: Store, service_id: str, count: int, rule: str | None
) -> None:
    body = booking(serviceId=service_id, customers=people(count))
    if rule is None:
        assert decide(store, "createAppointment", body).result["filledAttendeesCount"] == count
    else:
        assert rule in refusal(store, "createAppointment", body).reason


@pytest.mark.parametrize(("count", "is_allowed"), [(0, True), (5, True), (10, True), (11, False)])
def test_seats_are_filled_by_updates_until_there_are_none(store: Store, count: int, is_allowed: bool) -> None:
    outcome = decide(store, "createAppointment", booking(serviceId=GROUP))
    store.apply(outcome.changes)
    call: tuple[str, Any, str, str] = (
        "updateAppointment", {"customers": people(count)}, BUSINESS, outcome.result["id"]
    )  # fmt: skip
    if is_allowed:
        assert decide(store, *call).result["filledAttendeesCount"] == count
    else:
        assert "10 seats; got 11 customers" in refusal(store, *call).reason


def test_seats_cannot_become_fewer_than_those_that_are_taken(store: Store) -> None:
    body = {"maximumAttendeesCount": 0}
    assert "capacity" in refusal(store, "updateAppointment", body, BUSINESS, APPOINTMENT).reason
    assert decide(store, "updateAppointment", {"maximumAttendeesCount": 1}, BUSINESS, APPOINTMENT).changes


def test_customers_count_also_where_the_service_is_gone(store: Store) -> None:
    store.apply(decide(store, "deleteService", None, BUSINESS, SERVICE).changes)
    body = {"customers": [], "endDateTime": at("2026-01-06T11:00:00")}
    after = decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT, caller=APPLICATION).result
    assert (after["filledAttendeesCount"], after["duration"]) == (0, "PT2H")
    body = {"customers": [customer(name="New")]}
    customers = decide(store, "updateAppointment", body, BUSINESS, APPOINTMENT).result["customers"]
    assert [each["customerId"] for each in customers] == [FIRST_GUID]


@pytest.mark.parametrize(
    ("service_id", "quirks", "expected"),
    [
        (GROUP, {}, [CUSTOMER]),
        (GROUP, {"group-drops-unknown": "off"}, [FIRST_GUID[:-1] + "2", CUSTOMER]),
    ],
)
def test_unknown_customers_of_a_group_are_dropped(
    store: Store, service_id: str, quirks: dict[str, str], expected: list[str]
) -> None:
    customers = [customer(customerId=STAFF, name="Ghost"), customer(customerId=CUSTOMER, name="Adele")]
    body = booking(serviceId=service_id, customers=customers)
    result = decide(store, "createAppointment", body, quirks=Quirks(quirks)).result
    assert [each["customerId"] for each in result["customers"]] == expected


@pytest.mark.parametrize(
    ("text", "is_read"),
    [("1600-12-31T10:00:00", False), ("1601-01-01T10:00:00", True), ("4500-12-31T10:00:00", True),
     ("4501-01-01T10:00:00", False), ("0001-01-01T00:00:00", False), ("9999-12-31T00:00:00", False)],
)  # fmt: skip
def test_times_lie_in_the_years_that_exchange_knows(store: Store, text: str, is_read: bool) -> None:
    body = booking(startDateTime=at(text))
    del body["endDateTime"]
    del body["staffMemberIds"]
    if is_read:
        assert decide(store, "createAppointment", body).changes
    else:
        assert "in the years 1601 to 4500" in refusal(store, "createAppointment", body).reason


# businesses


@pytest.mark.parametrize(
    ("taken", "name", "expected"),
    [
        ([], "Fourth Coffee", "FourthCoffee"),
        (["Fourth Coffee"], "Fourth Coffee", "FourthCoffee1"),
        (["fourth coffee"], "FOURTH COFFEE!", "FOURTHCOFFEE1"),
        (["Fourth Coffee", "Fourth Coffee"], "Fourth Coffee", "FourthCoffee2"),
        (["Fourth Coffee 1"], "Fourth Coffee", "FourthCoffee"),
        (["Fourth Coffee", "Fourth Coffee 1"], "Fourth Coffee", "FourthCoffee2"),
        (["Fourth Coffee 1"], "Fourth Coffee 1", "FourthCoffee11"),
        ([], "Café Ærø & Søn", "CafrSn"),
        ([], "7 Seas", "7Seas"),
        ([], "x" * 200, "x" * 64),
    ],
)  # fmt: skip
def test_the_address_of_a_business_is_its_name_and_its_own(taken: list[str], name: str, expected: str) -> None:
    store = Store()
    for each in taken:
        store.apply(decide(store, "createBusiness", {"displayName": each}).changes)
    assert businesses.address(name, "contoso.onmicrosoft.com", store) == f"{expected}@contoso.onmicrosoft.com"
    assert decide(store, "createBusiness", {"displayName": name}).result["id"].startswith(f"{expected}@")


@pytest.mark.parametrize("name", ["", "!!!", "日本"])
def test_a_name_without_latin_letters_gives_no_address(name: str) -> None:
    assert refusal(Store(), "createBusiness", {"displayName": name}).code == "bk.unknown"


def test_publishing_opens_a_page_and_unpublishing_closes_it(store: Store) -> None:
    outcome = decide(store, "publish")
    (put,) = outcome.changes
    assert isinstance(put, Put)
    assert (outcome.result, put.set_name, put.record["isPublished"]) == (None, BUSINESSES, True)
    store.apply(outcome.changes)
    (put,) = decide(store, "unpublish").changes
    assert isinstance(put, Put)
    assert put.record["isPublished"] is False


def test_a_business_is_deleted_by_any_spelling_of_its_id(store: Store) -> None:
    assert decide(store, "deleteBusiness", None, BUSINESS.upper()).changes == [Drop(BUSINESSES, "", BUSINESS)]


# services and staff


@pytest.mark.parametrize(
    ("service_id", "token"),
    [
        ("00000000-0000-0000-0000-000000000000", "AAAAAAAAAAAAAAAAAAAAAA2"),
        ("8a06c791-766b-4bd3-b987-8581590f5082", "kccGimt200u5h4WBWQ9Qgg2"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "_____________________w2"),
    ],
)
def test_the_page_of_a_service_has_its_id_as_a_token(service_id: str, token: str) -> None:
    url = PageLinks(read_form=lambda: "classic").service(BUSINESS, service_id)
    assert url == f"https://outlook.office365.com/owa/calendar/{BUSINESS}/bookings/s/{token}"


LINKS = {
    "where it listens": (PageLinks("http://localhost:8365/tenants/one"), "http://localhost:8365/tenants/one/book/a@b/"),
    "where nobody listens": (PageLinks(), "https://outlook.office365.com/book/a@b/"),
    "book": (PageLinks("http://x", lambda: "book"), "https://outlook.office365.com/book/a@b/"),
    "classic": (PageLinks("http://x", lambda: "classic"), "https://outlook.office365.com/owa/calendar/a@b/bookings/"),
    "cloud": (PageLinks("http://x", lambda: "cloud"), "https://bookings.cloud.microsoft/book/a@b/"),
}


@pytest.mark.parametrize(("links", "url"), LINKS.values(), ids=LINKS)
def test_pages_are_where_the_emulator_is_or_in_a_form_of_microsoft(links: PageLinks, url: str) -> None:
    assert links.page("a@b") == url
    assert links.manage("a@b", "k") == f"{url}manage/k"


@pytest.mark.parametrize(("now", "is_in_use"), [(NOW, True), ("2026-01-06T09:00:00Z", False)])
def test_a_service_with_appointments_to_come_is_kept_where_the_quirk_says_so(
    store: Store, now: str, is_in_use: bool
) -> None:
    call: tuple[str, Any, str, str] = ("deleteService", None, BUSINESS, SERVICE)
    if is_in_use:
        assert APPOINTMENT in refusal(store, *call, now=utc(now), quirks=Quirks({"service-in-use": "on"})).reason
    else:
        assert decide(store, *call, now=utc(now), quirks=Quirks({"service-in-use": "on"})).changes
    assert decide(store, *call, now=utc(now)).changes == [Drop("services", BUSINESS, SERVICE)]


def test_a_business_has_at_most_a_hundred_members() -> None:
    store, body = store_of(small()), {"displayName": "Joe", "emailAddress": "joe@contoso.com", "role": "guest"}
    ids = Numbers()
    for _ in range(staff.LIMIT - 1):
        store.apply(decide(store, "createStaffMember", body, ids=ids).changes)
    assert "at most 100" in refusal(store, "createStaffMember", body, ids=ids).reason
    store.apply(decide(store, "deleteStaffMember", None, BUSINESS, STAFF).changes)
    assert decide(store, "createStaffMember", body, ids=ids).changes


@pytest.mark.parametrize(
    ("role", "status"),
    [("administrator", "active"), ("guest", "active"), ("externalGuest", "active"), ("viewer", "pendingAcceptance"),
     ("scheduler", "pendingAcceptance"), ("member", "pendingAcceptance")],
)  # fmt: skip
def test_members_accept_first_unless_their_role_spares_them(store: Store, role: str, status: str) -> None:
    body = {"displayName": "Joe", "emailAddress": "joe@contoso.com", "role": role}
    assert decide(store, "createStaffMember", body).result["membershipStatus"] == status
    everybody = decide(store, "createStaffMember", body, quirks=Quirks({"membership": "off"}))
    assert everybody.result["membershipStatus"] == "active"


def test_a_new_member_works_when_the_business_is_open_or_by_own_hours(store: Store) -> None:
    body = {"displayName": "Joe", "emailAddress": "joe@contoso.com", "role": "guest"}
    hours = (store.business(BUSINESS) or {})["businessHours"]
    assert decide(store, "createStaffMember", body).result["workingHours"] == hours
    own = {**body, "workingHours": [{"day": "friday", "timeSlots": []}]}
    assert decide(store, "createStaffMember", own).result["workingHours"] == own["workingHours"]


@pytest.mark.parametrize(("value", "changed"), [("on", 0), ("off", 2)])
def test_a_deleted_member_leaves_the_services_where_the_quirk_says_so(store: Store, value: str, changed: int) -> None:
    quirks = Quirks({"stale-staff": value})
    first, *others = decide(store, "deleteStaffMember", None, BUSINESS, STAFF, quirks=quirks).changes
    assert first == Drop("staffMembers", BUSINESS, STAFF)
    assert len(others) == changed
    assert all(isinstance(each, Put) and STAFF not in each.record["staffMemberIds"] for each in others)


# messages and reminders


def event_of(store: Store, name: str, message: str | None = None, **members: Any) -> Event:
    """An event of the appointment of the small tenant, with other members."""
    record = store.record("appointments", BUSINESS, APPOINTMENT) or {}
    return Event(name, store.business(BUSINESS) or {}, {**record, **members}, message=message)


def told(store: Store, event: Event) -> list[tuple[str, str, str, str]]:
    return [
        (each.kind, each.channel, each.audience, each.to)
        for each in messages.messages(event, store, utc(NOW), Quirks())
    ]


CUSTOMER_MAIL = ("mail", "customer", "adelev@contoso.com")
STAFF_MAIL = ("mail", "staff", "danas@contoso.com")
ADELE: Record = {"customerId": CUSTOMER, "name": "Adele", "emailAddress": "adelev@contoso.com", "phone": "5550100"}


@pytest.mark.parametrize(
    ("name", "members", "expected"),
    [
        ("appointmentCreated", {}, [("confirmation", *CUSTOMER_MAIL), ("confirmation", *STAFF_MAIL)]),
        ("appointmentUpdated", {}, [("change", *CUSTOMER_MAIL), ("change", *STAFF_MAIL)]),
        ("appointmentCancelled", {}, [("cancellation", *CUSTOMER_MAIL), ("cancellation", *STAFF_MAIL)]),
        ("appointmentDeleted", {}, [("cancellation", *CUSTOMER_MAIL), ("cancellation", *STAFF_MAIL)]),
        ("appointmentCreated", {"optOutOfCustomerEmail": True}, [("confirmation", *STAFF_MAIL)]),
        ("appointmentCreated", {"staffMemberIds": []}, [("confirmation", *CUSTOMER_MAIL)]),
        ("appointmentCreated", {"staffMemberIds": None}, [("confirmation", *CUSTOMER_MAIL)]),
        ("appointmentCreated", {"staffMemberIds": [SERVICE]}, [("confirmation", *CUSTOMER_MAIL)]),
        ("appointmentCreated", {"customers": []}, [("confirmation", *STAFF_MAIL)]),
        ("appointmentCreated", {"customers": [{**ADELE, "emailAddress": None}]}, [("confirmation", *STAFF_MAIL)]),
        (
            "appointmentCreated",
            {"customers": [ADELE], "smsNotificationsEnabled": True},
            [
                ("confirmation", *CUSTOMER_MAIL),
                ("confirmation", "sms", "customer", "5550100"),
                ("confirmation", *STAFF_MAIL),
            ],
        ),
        (
            "appointmentCreated",
            {"customers": [ADELE]},
            [("confirmation", *CUSTOMER_MAIL), ("confirmation", *STAFF_MAIL)],
        ),
    ],
)  # fmt: skip
def test_an_event_tells_customers_and_staff(
    store: Store, name: str, members: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    assert told(store, event_of(store, name, **members)) == expected


def test_members_without_notifications_are_not_told(store: Store) -> None:
    store.apply(decide(store, "updateStaffMember", {"isEmailNotificationEnabled": False}, BUSINESS, STAFF).changes)
    assert told(store, event_of(store, "appointmentCreated")) == [("confirmation", *CUSTOMER_MAIL)]


@pytest.mark.parametrize(
    ("policy", "email", "is_told"),
    [(True, "owner@contoso.com", True), (False, "owner@contoso.com", False), (True, None, False)],
)
def test_the_owner_is_told_where_the_policy_says_so(policy: bool, email: str | None, is_told: bool) -> None:
    data = shop(sendConfirmationsToOwner=policy)
    data["bookingBusinesses"][0]["email"] = email
    store = store_of(data)
    owners = [each for each in told(store, event_of(store, "appointmentCreated")) if each[2] == "owner"]
    assert owners == ([("confirmation", "mail", "owner", email)] if is_told else [])


@pytest.mark.parametrize("service", [None, "", STAFF])
@pytest.mark.parametrize("is_wanted", [True, False])
def test_where_the_service_is_gone_the_policy_of_the_business_says_whether_the_owner_is_told(
    is_wanted: bool, service: str | None
) -> None:
    data = shop(sendConfirmationsToOwner=is_wanted)
    data["bookingBusinesses"][0]["email"] = "owner@contoso.com"
    store = store_of(data)
    event = event_of(store, "appointmentCreated", serviceId=service)
    assert ("owner" in {each[2] for each in told(store, event)}) == is_wanted


def test_a_message_says_what_when_where_and_why(store: Store) -> None:
    place = {"displayName": "Room 1"}
    event = event_of(store, "appointmentCancelled", "We are ill", serviceLocation=place, joinWebUrl="https://x.y/z")
    message = messages.messages(event, store, utc(NOW), Quirks())[0]
    assert message.subject == "Your booking is cancelled: Check-up with Contoso Small"
    assert message.text.splitlines() == [
        "We are ill",
        "Check-up, 2026-01-06T09:00:00Z to 2026-01-06T09:30:00Z",
        "Room 1",
        "https://x.y/z",
    ]
    assert message.due == utc(NOW)


def reminder(offset: str, recipients: str = "customer") -> dict[str, str]:
    return {"offset": offset, "recipients": recipients, "message": "Soon!"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([reminder("PT1H")], [("2026-01-06T08:00:00Z", "customer")]),
        ([reminder("PT0S", "staff")], [("2026-01-06T09:00:00Z", "staff")]),
        ([reminder("PT1H", "allAttendees")], [("2026-01-06T08:00:00Z", "customer"), ("2026-01-06T08:00:00Z", "staff")]),
        ([reminder("P1DT1H")], []),
        ([reminder("PT25H"), reminder("PT2H")], [("2026-01-06T07:00:00Z", "customer")]),
        ([reminder("P999999D")], []),
        ([], []),
        (None, []),
    ],
)  # fmt: skip
def test_reminders_fall_due_before_the_start_and_are_left_out_when_that_is_past(
    store: Store, given: Any, expected: list[tuple[str, str]]
) -> None:
    event = event_of(store, "appointmentCreated", reminders=given)
    found = messages.reminders(event, store, utc(NOW), Quirks())
    assert [(each.due, each.audience) for each in found] == [(utc(due), audience) for due, audience in expected]
    assert {(each.kind, each.words) for each in found} <= {("reminder", "Soon!")}


def test_a_reminder_that_is_due_this_moment_counts_as_past(store: Store) -> None:
    event = event_of(store, "appointmentCreated", reminders=[reminder("P1DT1H"), reminder("P1DT59M")])
    (message,) = messages.reminders(event, store, utc(NOW), Quirks())
    assert message.due - utc(NOW) == timedelta(minutes=1)
    assert messages.reminders(event, store, message.due, Quirks()) == []
