"""Faults on notifications: late, twice, out of order, with another value; what is none is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.faults import FaultError
from bookings_emulator.tenant import Tenant
from tests.conftest import BUSINESS, HOME, bearer, booking
from tests.receiver import Receiver, receiving
from tests.test_deliveries import book, settle, subscribed


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def came(receiver: Receiver) -> list[tuple[str, str]]:
    """The appointments that the receiver was told of, in order, with their notes."""
    return [(each.json["Id"], each.json["ServiceNotes"] or "") for each in receiver.received]


def test_a_late_notification_waits_on_the_clock_of_the_tenant_with_those_behind_it(
    client: TestClient, receiver: Receiver
) -> None:
    tenant: Tenant = client.app.tenants.default  # type: ignore[attr-defined]
    graph = subscribed(tenant, receiver.url())
    client.post("/_emulator/faults/presets/delivery-late", json={})
    first, second = book(graph, 2)
    (waiting,) = client.get("/_emulator/deliveries", params={"fault": "f1"}).json()["value"]
    assert (waiting["faults"], waiting["status"], waiting["due"]) == (["f1"], "waiting", "2026-01-05T08:05:00Z")
    assert came(receiver) == []
    client.post("/_emulator/clock/advance", json={"by": "PT5M"})
    settle(tenant)
    assert [each for each, _ in came(receiver)] == [first, second]
    shown = client.get("/_emulator/deliveries").json()["value"]
    assert [(each["status"], each["faults"]) for each in shown] == [("delivered", ["f1"]), ("delivered", [])]


def test_settle_does_not_wait_for_a_late_one_while_the_clock_stands(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add({"effect": {"late": "P1D"}})
    (made,) = book(graph)
    assert [each.status for each in settle(tenant)] == ["delivered"]
    assert came(receiver) == [(made, "")]


def test_a_late_notification_is_given_up_by_a_reset(client: TestClient, receiver: Receiver) -> None:
    tenant: Tenant = client.app.tenants.default  # type: ignore[attr-defined]
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add({"effect": {"late": "PT5M"}})
    book(graph)
    assert client.post("/_emulator/reset").status_code == 204
    again = subscribed(tenant, receiver.url())
    (made,) = book(again)
    settle(tenant)
    assert came(receiver) == [(made, "")]


def test_every_notification_comes_twice(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add("delivery-twice")
    made = book(graph, 2)
    deliveries = settle(tenant)
    assert [each for each, _ in came(receiver)] == [made[0], made[0], made[1], made[1]]
    assert [(each.number, each.repeats, each.faults) for each in deliveries] == [
        (1, None, ("f1",)), (2, 1, ("f1",)), (3, None, ("f1",)), (4, 3, ("f1",)),
    ]  # fmt: skip


def test_a_notification_is_overtaken_by_the_next_one_of_its_subscription(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url(), "Updated")
    tenant.set_quirk("connector-updated-on-creation", "off")
    tenant.faults.add("delivery-overtaken")
    (made,) = book(graph)
    for notes in ("one", "two", "three"):
        assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": notes}).status in (200, 204)
    deliveries = settle(tenant)
    assert came(receiver) == [(made, "two"), (made, "one"), (made, "three")]
    assert [each.faults for each in deliveries] == [("f1",), (), ()]


def test_a_fault_for_all_notifications_lets_each_second_one_overtake_the_one_before_it(
    tenant: Tenant, receiver: Receiver
) -> None:
    graph = subscribed(tenant, receiver.url(), "Updated")
    tenant.set_quirk("connector-updated-on-creation", "off")
    tenant.faults.add({"effect": {"overtaken": True}})
    (made,) = book(graph)
    for notes in ("1", "2", "3", "4", "5"):
        assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": notes}).status in (200, 204)
    deliveries = settle(tenant)
    assert [notes for _, notes in came(receiver)] == ["2", "1", "4", "3", "5"]
    assert [each.faults for each in deliveries] == [("f1",), (), ("f1",), (), ("f1",)]
    (fault,) = tenant.faults
    assert (fault.matched, fault.fired) == (5, 3)
    assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": "6"}).status in (200, 204)
    assert tenant.deliveries.waiting == 1


def test_one_is_overtaken_while_an_earlier_one_is_under_way(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url(), "Updated")
    tenant.set_quirk("connector-updated-on-creation", "off")
    (made,) = book(graph)
    tenant.faults.add({"effect": {"late": "PT1H"}, "schedule": {"first": 1}})
    tenant.faults.add({"effect": {"overtaken": True}, "schedule": {"skip": 1, "first": 1}})
    for notes in ("one", "two", "three"):
        assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": notes}).status in (200, 204)
    settle(tenant)
    assert came(receiver) == [(made, "one"), (made, "three"), (made, "two")]


def test_one_that_nothing_overtakes_is_brought_by_settle(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add("delivery-overtaken")
    (made,) = book(graph)
    assert tenant.deliveries.waiting == 1
    assert [each.status for each in settle(tenant)] == ["delivered"]
    assert came(receiver) == [(made, "")]


def test_settle_brings_one_that_stands_aside_while_an_earlier_one_is_under_way(
    tenant: Tenant, receiver: Receiver
) -> None:
    graph = subscribed(tenant, receiver.url(), "Updated")
    tenant.set_quirk("connector-updated-on-creation", "off")
    (made,) = book(graph)
    tenant.faults.add({"effect": {"late": "PT1H"}, "schedule": {"first": 1}})
    tenant.faults.add({"effect": {"overtaken": True}, "schedule": {"skip": 1, "first": 1}})
    for notes in ("one", "two"):
        assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": notes}).status in (200, 204)
    settle(tenant)
    assert came(receiver) == [(made, "one"), (made, "two")]


def test_other_subscriptions_overtake_nothing(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url("/created"))
    subscribed(tenant, receiver.url("/updated"), "Updated")
    tenant.faults.add({"match": {"operation": "delivery.created"}, "effect": {"overtaken": True}})
    book(graph)
    settle(tenant)
    assert sorted(each.path for each in receiver.received) == ["/created", "/updated"]


def test_a_reset_gives_up_who_stands_aside(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add("delivery-overtaken")
    book(graph)
    tenant.reset()
    assert (tenant.deliveries.waiting, settle(tenant), came(receiver)) == (0, [], [])


def test_the_address_of_staff_comes_late_with_the_preset_and_the_next_notification_has_it(
    tenant: Tenant, receiver: Receiver
) -> None:
    graph = subscribed(tenant, receiver.url())
    tenant.faults.add("staff-email-late")
    book(graph, 2)
    settle(tenant)
    first, second = (each.json["StaffMembers"][0]["EmailAddress"] for each in receiver.received)
    assert first is None
    assert "@" in second


def test_a_value_that_is_not_there_leaves_the_notification_and_the_fault_alone(
    tenant: Tenant, receiver: Receiver
) -> None:
    graph = subscribed(tenant, receiver.url())
    rule = {"match": {"plane": "delivery"}, "effect": {"replace": {"/StaffMembers/9/EmailAddress": "x"}}}
    (fault,) = tenant.faults.add(rule)
    book(graph)
    (delivery,) = settle(tenant)
    assert (fault.matched, fault.fired, delivery.faults) == (1, 0, ())


def test_the_schedule_and_the_business_say_which_notifications_are_meant(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    (other,) = tenant.faults.add({"match": {"business": "Other@x.example"}, "effect": {"twice": True}})
    rule = {"match": {"business": BUSINESS}, "effect": {"twice": True}, "schedule": {"skip": 1, "first": 1}}
    tenant.faults.add(rule)
    made = book(graph, 3)
    settle(tenant)
    assert [each for each, _ in came(receiver)] == [made[0], made[1], made[1], made[2]]
    assert other.matched == 0


def test_the_call_that_caused_a_notification_is_not_touched(client: TestClient, receiver: Receiver) -> None:
    tenant: Tenant = client.app.tenants.default  # type: ignore[attr-defined]
    subscribed(tenant, receiver.url())
    tenant.faults.add("delivery-twice")
    answer = client.post(f"{HOME}/appointments", json=booking(), headers=bearer("app"))
    assert (answer.status_code, "x-emulator-fault" in answer.headers) == (201, False)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "late on Graph": (
        {"match": {"plane": "graph"}, "effect": {"twice": True}},
        "match.plane: only the plane delivery has notifications that can be twice; got 'graph'",
    ),
    "a problem for a notification": (
        {"match": {"operation": "delivery.created"}, "effect": {"problem": "bk.unknown"}},
        "effect: what can happen to a notification is late, twice, overtaken, replace; got the problem bk.unknown",
    ),
    "an operation of Graph": (
        {"match": {"operation": "createAppointment"}, "effect": {"late": "PT1M"}},
        "match.operation: 'createAppointment' belongs to the plane graph, so it can never match on delivery",
    ),
    "a path": (
        {"match": {"path": "/hook"}, "effect": {"late": "PT1M"}},
        "match.path: a notification is no call; it is known by operation and business",
    ),
    "no duration": ({"effect": {"late": "5"}}, "effect.late: expected a duration such as PT5M; got '5'"),
    "an unknown change": (
        {"match": {"operation": "delivery.create"}, "effect": {"twice": True}},
        "no operation matches 'delivery.create'; did you mean 'delivery.created'?",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_happen_to_a_notification_is_refused(name: str, tenant: Tenant) -> None:
    rule, told = REFUSED[name]
    with pytest.raises(FaultError) as caught:
        tenant.faults.add(rule)
    assert told in str(caught.value)


def test_faults_of_calls_let_notifications_alone(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    (fault,) = tenant.faults.add({"effect": {"replace": {"/Id": "x"}}, "match": {"operation": "*"}})
    assert fault.rule.match.planes == {"graph", "connector", "identity", "page"}
    (made,) = book(graph)
    settle(tenant)
    assert came(receiver) == [(made, "")]


def test_the_limit_of_a_connection_answers_as_the_hub_does(client: TestClient) -> None:
    client.post("/_emulator/faults/presets/connection-limit", json={})
    path = "/apim/microsoftbookings/c1/BookingsService/api/V1/bookingBusinessesUserAsAdmin"
    answers = [client.get(path, headers=bearer("any")) for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}
    assert answers[0].headers["Retry-After"] == "1"
