"""Deliveries over real HTTP: in order, retried, withheld, redirected, settled, recorded; and no call waits for one."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.contract.connector_body import is_callback
from bookings_emulator.events.callbacks import target_of
from bookings_emulator.events.courier import MOST_AT_ONE_PLACE, Turns
from bookings_emulator.events.deliveries import Deliveries
from bookings_emulator.events.delivery import Delivery
from bookings_emulator.settings import Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import APPOINTMENT, BUSINESS, HOME, NOW, ORIGIN, Graph, at, bearer, booking, make_tenant, small
from tests.connector_quirks import CALLBACK, HUB, Connector, wanted
from tests.receiver import Receiver, Reply, receiving
from tests.test_cli import run, served

PATIENCE = 20.0
DENTAL = "ContosoDental@contoso.onmicrosoft.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def settle(tenant: Tenant) -> list[Delivery]:
    tenant.deliveries.settled().result(PATIENCE)
    return tenant.deliveries.all()


def until(tenant: Tenant, attempts: int) -> Delivery:
    """Wait in real time until the first delivery has had so many attempts."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        (first, *_) = tenant.deliveries.all()
        if len(first.attempts) >= attempts and (first.due or first.status != "waiting"):
            return first
        time.sleep(0.005)
    raise AssertionError(f"no {attempts} attempts within {PATIENCE} s")


def subscribed(tenant: Tenant, url: str, *changes: str) -> Graph:
    graph = Graph(tenant)
    assert Connector(graph).subscribe(*(changes or ("Created",)), url=url).status in (200, 201)
    return graph


def book(graph: Graph, count: int = 1) -> list[str]:
    answers = [graph.post(f"{HOME}/appointments", booking()) for _ in range(count)]
    assert {each.status for each in answers} == {201}
    return [each.json["id"] for each in answers]


def with_settings(**settings: Any) -> Tenant:
    return Tenant(Start((Fixture("small", small()),), seed=1, frozen=utc(NOW)), Settings(**settings))


def test_a_notification_is_one_bare_object_in_one_post(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url("/run?sig=a%2Fb&sp=x"))
    (made,) = book(graph)
    (delivery,) = settle(tenant)
    (seen,) = receiver.received
    assert seen.path == "/run?sig=a%2Fb&sp=x"
    assert {name.lower(): value for name, value in seen.headers.items()} == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(seen.body)),
    }
    assert seen.json["Id"] == made
    assert (delivery.status, [each.status for each in delivery.attempts]) == ("delivered", [202])


def test_every_change_of_an_appointment_is_told_whoever_makes_it(client: TestClient, receiver: Receiver) -> None:
    for change in ("Created", "Updated", "Deleted"):
        path = f"{HUB}/BookingsService/api/V1/bookingBusinesses/{BUSINESS}/webhook/Appointment{change}"
        url = receiver.url(f"/{change}")
        client.post(path, json=wanted(change, url=url))
    beta = HOME.replace("/v1.0/solutions", "/beta")
    body = booking()
    body |= {"start": body.pop("startDateTime"), "end": body.pop("endDateTime")}
    one = client.post(f"{beta}/appointments", json=body, headers=bearer("app")).json()["id"]
    client.patch(f"{HOME}/appointments/{one}", json={"serviceNotes": "Ring twice"})
    client.post(f"{HOME}/appointments/{one}/cancel", json={"cancellationMessage": "Ill"})
    client.delete(f"{HOME}/appointments/{APPOINTMENT}")
    assert client.post("/_emulator/deliveries/settle").json() == {"settled": True, "waiting": 0}
    seen = sorted((each.path, each.json["Id"], str(each.json["ServiceNotes"])) for each in receiver.received)
    assert seen == sorted(
        [
            ("/Created", one, "None"),
            ("/Updated", one, "None"),
            ("/Updated", one, "Ring twice"),
            ("/Deleted", one, "Ring twice"),
            ("/Deleted", APPOINTMENT, "Punctual!"),
        ]
    )


def test_what_is_told_is_what_was_there_then(tenant: Tenant, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    graph = subscribed(tenant, receiver.url(), "Updated")
    for notes in ("one", "two", "three"):
        graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"serviceNotes": notes})
    gate.set()
    settle(tenant)
    assert [each.json["ServiceNotes"] for each in receiver.received] == ["one", "two", "three"]


def test_the_call_does_not_wait_for_the_receiver(tenant: Tenant, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    graph = subscribed(tenant, receiver.url())
    started = time.perf_counter()
    book(graph, 20)
    assert time.perf_counter() - started < 5
    assert tenant.deliveries.waiting == 20
    gate.set()
    assert [each.status for each in settle(tenant)] == ["delivered"] * 20


def test_a_failing_notification_does_not_fail_the_call(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = subscribed(tenant, CALLBACK)
    monkeypatch.setattr("bookings_emulator.domain.connector_payload.appointment_data", lambda _: 1 / 0)
    answer = graph.post(f"{HOME}/appointments", booking())
    monkeypatch.undo()
    assert answer.status == 201
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_these_answers_are_tried_again(status: int, tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(status), Reply(status)]
    graph = subscribed(tenant, receiver.url())
    book(graph)
    (delivery,) = settle(tenant)
    assert delivery.status == "delivered"
    assert [each.status for each in delivery.attempts] == [status, status, 202]
    assert len({each.body for each in receiver.received}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_other_refusals_are_final_and_do_not_end_the_subscription(
    status: int, tenant: Tenant, receiver: Receiver
) -> None:
    receiver.replies = [Reply(status)]
    graph = subscribed(tenant, receiver.url())
    book(graph, 2)
    first, second = settle(tenant)
    assert (first.status, first.reason) == ("failed", f"{status} is not retried")
    assert second.status == "delivered"
    assert len(list(tenant.subscriptions)) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int, tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(status, {"Location": receiver.url("/elsewhere")})]
    book(subscribed(tenant, receiver.url()))
    (delivery,) = settle(tenant)
    assert (delivery.status, delivery.reason) == ("failed", f"{status} is not retried; redirects are not followed")
    assert [each.path for each in receiver.received] == ["/hook"]


def test_after_three_attempts_it_is_given_up_and_the_next_one_has_its_turn(tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(503)] * 3
    ids = book(subscribed(tenant, receiver.url()), 2)
    first, second = settle(tenant)
    assert (first.status, first.reason) == ("failed", "given up after 3 attempts")
    assert second.status == "delivered"
    assert [each.json["Id"] for each in receiver.received] == [ids[0]] * 3 + [ids[1]]


def test_a_receiver_that_is_not_there_is_an_error_of_the_attempts(tenant: Tenant) -> None:
    with receiving() as gone:
        url = gone.url()
    book(subscribed(tenant, url))
    (delivery,) = settle(tenant)
    assert delivery.status == "failed"
    assert [each.status for each in delivery.attempts] == [None] * 3
    assert all("ConnectError" in str(each.error) for each in delivery.attempts)


def test_there_is_a_limit_to_how_long_an_answer_may_take(tenant: Tenant, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    tenant.deliveries.rules = tenant.deliveries.rules._replace(time_limit=0.2)
    book(subscribed(tenant, receiver.url()))
    (delivery,) = settle(tenant)
    gate.set()
    assert delivery.status == "delivered"
    assert [each.error for each in delivery.attempts] == ["no response within 0.2 s", None]


def test_an_answer_without_an_end_is_not_read_to_it(tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(200, {"Content-Length": "100000000"}, b"x" * 200_000)]
    book(subscribed(tenant, receiver.url()), 2)
    assert [each.status for each in settle(tenant)] == ["delivered"] * 2


# time


def test_a_frozen_clock_holds_retries_until_it_is_advanced(tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(500), Reply(500)]
    book(subscribed(tenant, receiver.url()))
    first = until(tenant, 1)
    assert first.due == utc(NOW) + timedelta(seconds=0.5)
    time.sleep(0.8)  # longer than the backoff: time on the wall does not count
    assert len(receiver.received) == 1
    tenant.advance(timedelta(seconds=0.4))
    time.sleep(0.1)
    assert len(receiver.received) == 1
    tenant.advance(timedelta(seconds=0.1))
    assert until(tenant, 2).due == utc(NOW) + timedelta(seconds=1.5)
    tenant.advance(timedelta(seconds=1))
    (delivery,) = settle(tenant)
    assert [each.at - utc(NOW) for each in delivery.attempts] == [timedelta(seconds=s) for s in (0, 0.5, 1.5)]
    assert delivery.status == "delivered"


def test_retry_after_is_respected_and_settling_a_frozen_clock_does_not_wait_for_it(
    tenant: Tenant, receiver: Receiver
) -> None:
    receiver.replies = [Reply(429, {"Retry-After": "3600"}), Reply(503, {"Retry-After": "x"})]
    book(subscribed(tenant, receiver.url()))
    assert until(tenant, 1).due == utc(NOW) + timedelta(hours=1)
    tenant.advance(timedelta(minutes=59))
    assert len(receiver.received) == 1
    started = time.monotonic()
    (delivery,) = settle(tenant)
    assert time.monotonic() - started < 5
    assert [each.status for each in delivery.attempts] == [429, 503, 202]


def test_retry_after_may_be_a_date(tenant: Tenant, receiver: Receiver) -> None:
    headers = {"Date": "Wed, 21 Oct 2026 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2026 07:30:00 GMT"}
    receiver.replies = [Reply(503, headers)]
    book(subscribed(tenant, receiver.url()))
    assert until(tenant, 1).due == utc(NOW) + timedelta(minutes=2)


def test_in_real_time_backoff_passes_by_itself(receiver: Receiver) -> None:
    tenant = Tenant(Start((Fixture("small", small()),), seed=1))
    receiver.replies = [Reply(500), Reply(503, {"Retry-After": "1"})]
    graph = subscribed(tenant, receiver.url(), "Updated")
    graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"serviceNotes": "x"})
    started = time.monotonic()
    (delivery,) = settle(tenant)
    assert 1.4 <= time.monotonic() - started < PATIENCE
    assert [each.status for each in delivery.attempts] == [500, 503, 202]


def test_a_clock_that_is_let_go_lets_retries_go(tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(500)]
    book(subscribed(tenant, receiver.url()))
    until(tenant, 1)
    tenant.set_clock("offset", utc(NOW))
    (delivery,) = settle(tenant)
    assert [each.status for each in delivery.attempts] == [500, 202]


# where


def test_a_microsoft_callback_is_recorded_and_nothing_leaves_the_machine(tenant: Tenant) -> None:
    book(subscribed(tenant, CALLBACK))
    (delivery,) = settle(tenant)
    assert (delivery.status, delivery.url, delivery.attempts) == ("withheld", None, ())
    assert "'prod-01.westus.logic.azure.com' is not loopback, and neither" in str(delivery.reason)
    assert json.loads(delivery.notification.body)["CustomerName"] == "Adele Vance"


@pytest.mark.parametrize(
    "pattern", ["https://prod-*.logic.azure.com", "https://prod-*.logic.azure.com:443/", "https://*"]
)
def test_a_callback_can_be_mapped_to_a_place_of_ones_own(pattern: str, receiver: Receiver) -> None:
    tenant = with_settings(callback_map=((pattern, receiver.url("/flows")),))
    book(subscribed(tenant, CALLBACK))
    (delivery,) = settle(tenant)
    assert delivery.status == "delivered"
    assert [each.path for each in receiver.received] == ["/flows/workflows/1/triggers/t/paths/invoke?sig=x"]
    assert delivery.notification.subscription.url == CALLBACK


@pytest.mark.parametrize("pattern", ["http://prod-*.logic.azure.com", "https://prod-*.logic.azure.com:444"])
def test_a_pattern_for_another_scheme_or_port_maps_nothing(pattern: str, receiver: Receiver) -> None:
    tenant = with_settings(callback_map=((pattern, receiver.url()),))
    book(subscribed(tenant, CALLBACK))
    assert [each.status for each in settle(tenant)] == ["withheld"]


@pytest.mark.parametrize(
    ("settings", "is_sent"),
    [
        ({}, False),
        ({"deliver_to": ("hooks.invalid",)}, True),
        ({"deliver_to": ("*.invalid",)}, True),
        ({"deliver_to": ("invalid",)}, False),
    ],
)
def test_other_hosts_are_called_only_when_named(settings: dict[str, Any], is_sent: bool) -> None:
    tenant = with_settings(callbacks=("hooks.invalid",), **settings)
    book(subscribed(tenant, "http://hooks.invalid/x"))
    (delivery,) = settle(tenant)
    assert delivery.status == ("failed" if is_sent else "withheld")  # a name that ends in .invalid is nobody's


# many


def test_deliveries_are_in_order_for_each_subscription_and_none_holds_another_up(
    tenant: Tenant, receiver: Receiver
) -> None:
    gate = threading.Event()
    graph = subscribed(tenant, receiver.url("/slow"))
    subscribed(tenant, receiver.url("/fast"))
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE) if receiver.received[0].path == "/slow" else None)]
    ids = book(graph, 30)
    end = time.monotonic() + PATIENCE
    while sum(each.path == "/fast" for each in receiver.received) < 30 and time.monotonic() < end:
        time.sleep(0.01)
    gate.set()
    settle(tenant)
    for path in ("/slow", "/fast"):
        assert [each.json["Id"] for each in receiver.received if each.path == path] == ids


def test_a_thousand_notifications_of_five_subscriptions_all_arrive_in_order(tenant: Tenant, receiver: Receiver) -> None:
    paths = [f"/{number}" for number in range(5)]
    for path in paths:
        graph = subscribed(tenant, receiver.url(path))
    ids = book(graph, 200)  # `make bench-deliveries` does the same with ten thousand
    assert {each.status for each in settle(tenant)} == {"delivered"}
    for path in paths:
        assert [each.json["Id"] for each in receiver.received if each.path == path] == ids


def test_a_full_queue_discards_and_says_so(tenant: Tenant, receiver: Receiver, client: TestClient) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    tenant.deliveries.rules = tenant.deliveries.rules._replace(capacity=5)
    graph = subscribed(tenant, receiver.url())
    book(graph, 8)
    gate.set()
    settle(tenant)
    shown = client.get("/_emulator/deliveries").json()
    assert [each["status"] for each in shown["value"]] == ["delivered"] * 5 + ["discarded"] * 3
    assert shown["value"][-1]["reason"] == "5 notifications waited already"
    assert shown["discarded"] == 3
    lost = shown["value"][-1]["id"]
    assert client.post(f"/_emulator/deliveries/{lost}/redeliver").status_code == 202
    settle(tenant)
    assert len(receiver.received) == 6


def test_hundreds_of_tenants_share_one_courier(receiver: Receiver) -> None:
    tenants = [make_tenant(seed=seed) for seed in range(200)]
    for number, tenant in enumerate(tenants):
        book(subscribed(tenant, receiver.url(f"/{number}")), 2)
    for tenant in tenants:
        assert [each.status for each in settle(tenant)] == ["delivered"] * 2
    assert sorted(each.path for each in receiver.received) == sorted(f"/{each}" for each in range(200) for _ in "ab")
    assert sum(each.name == "bookings-courier" for each in threading.enumerate()) == 1


def test_nothing_is_lost_when_the_receiver_is_away_for_less_than_the_retries_last(receiver: Receiver) -> None:
    tenant = Tenant(Start((Fixture("small", small()),), seed=1))  # in real time: retries after 0.5 and 1.0 s
    with receiving() as first:
        port = first.port
        graph = subscribed(tenant, first.url(), "Updated")
        notes = [f"note {number}" for number in range(60)]
        for each in notes[:30]:
            graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"serviceNotes": each})
        settle(tenant)
    for each in notes[30:]:
        graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"serviceNotes": each})
    until_down = [each for each in tenant.deliveries.all() if each.status == "waiting"]
    assert len(until_down) == 30
    with receiving(port) as second:
        deliveries = settle(tenant)
    assert {each.status for each in deliveries} == {"delivered"}
    assert [each.json["ServiceNotes"] for each in first.received + second.received] == notes


def test_what_was_given_up_can_be_sent_again_in_order(tenant: Tenant, client: TestClient) -> None:
    with receiving() as first:
        port, graph = first.port, subscribed(tenant, first.url())
    ids = book(graph, 3)
    assert [each.status for each in settle(tenant)] == ["failed"] * 3
    with receiving(port) as second:
        for each in client.get("/_emulator/deliveries?status=failed").json()["value"]:
            again = client.post(f"/_emulator/deliveries/{each['id']}/redeliver")
            assert (again.status_code, again.json()["repeats"]) == (202, each["id"])
        settle(tenant)
    assert [each.json["Id"] for each in second.received] == ids


# the control plane


def test_deliveries_are_shown_with_everything_and_can_be_narrowed(
    tenant: Tenant, client: TestClient, receiver: Receiver
) -> None:
    receiver.replies = [Reply(500)]
    graph = subscribed(tenant, receiver.url(), "Created")
    subscribed(tenant, CALLBACK, "Deleted")
    (made,) = book(graph)
    graph.post(f"{HOME}/appointments/{made}/cancel", {})
    assert client.post("/_emulator/deliveries/settle", json={"timeout": 20}).json()["settled"]
    shown = client.get("/_emulator/deliveries").json()["value"]
    first = next(each for each in shown if each["event"] == "Created")
    durations = [each.pop("duration") for each in first["attempts"]]
    assert all(0 < each < 10_000 for each in durations)
    assert first.pop("body")["CustomerEmail"] == "adelev@contoso.com"
    created, deleted = tenant.subscriptions
    assert first == {
        "id": "1",
        "subscription": created.id,
        "business": BUSINESS,
        "event": "Created",
        "appointment": made,
        "callback": receiver.url(),
        "target": receiver.url(),
        "at": NOW,
        "status": "delivered",
        "reason": None,
        "due": None,
        "repeats": None,
        "exchange": 3,
        "faults": [],
        "quirks": [
            {
                "quirk": "connector-single-customers",
                "member": "Customers",
                "does": "is empty although there is a customer; 'one' lists it",
            }
        ],
        "attempts": [{"at": NOW, "status": 500, "error": None}, {"at": NOW, "status": 202, "error": None}],
    }
    for query, count in {
        f"subscription={deleted.id}": 1,
        f"business={BUSINESS.lower()}": 2,
        "event=deleted": 1,
        f"appointment={made}": 2,
        "status=withheld": 1,
        "exchange=4": 1,
        "exchange=99": 0,
        "status=failed": 0,
        "event=Created&status=withheld": 0,
    }.items():
        assert len(client.get(f"/_emulator/deliveries?{query}").json()["value"]) == count, query
    refused = client.get("/_emulator/deliveries?exchange=four")
    assert (refused.status_code, "exchange must be a whole number; got 'four'" in refused.text) == (400, True)


def test_subscriptions_are_shown_with_where_they_lead(tenant: Tenant, client: TestClient) -> None:
    subscribed(tenant, CALLBACK, "Created", "Deleted")
    (kept,) = tenant.subscriptions
    assert client.get(f"/_emulator/subscriptions?business={BUSINESS}").json()["value"] == [
        {
            "id": kept.id,
            "business": BUSINESS,
            "changes": ["Created", "Deleted"],
            "url": CALLBACK,
            "target": None,
            "owner": "anyone",
            "created": NOW,
            "form": "2023",
        }
    ]
    assert client.get("/_emulator/subscriptions?business=other@x.y").json()["value"] == []


def test_settling_has_an_end(tenant: Tenant, client: TestClient, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    book(subscribed(tenant, receiver.url()))
    assert client.post("/_emulator/deliveries/settle", json={"timeout": 0.1}).json() == {
        "settled": False, "waiting": 1, "message": "1 delivery was not settled after 0.1 seconds",
    }  # fmt: skip
    gate.set()
    assert client.post("/_emulator/deliveries/settle").json() == {"settled": True, "waiting": 0}


def test_settling_holds_up_no_other_call_of_the_same_loop(tenant: Tenant, receiver: Receiver) -> None:
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    book(subscribed(tenant, receiver.url()))

    async def main() -> bool:
        transport = httpx.ASGITransport(App(tenant))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=bearer("x")) as client:
            settling = asyncio.create_task(client.post("/_emulator/deliveries/settle"))
            await asyncio.sleep(0.05)
            assert (await client.get(HOME)).status_code == 200
            assert not settling.done()
            gate.set()
            return bool((await settling).json()["settled"])

    assert asyncio.run(main())


def test_an_unknown_delivery_cannot_be_sent_again(client: TestClient) -> None:
    answer = client.post("/_emulator/deliveries/7/redeliver")
    assert answer.status_code == 404
    assert "there is no delivery '7'" in answer.json()["error"]


def test_a_reset_gives_up_what_waits_and_forgets_the_rest(tenant: Tenant, receiver: Receiver) -> None:
    receiver.replies = [Reply(500)] * 2
    graph = subscribed(tenant, receiver.url())
    book(graph, 3)
    until(tenant, 1)
    waiting = tenant.deliveries.settled()
    tenant.reset()
    waiting.result(PATIENCE)
    assert (tenant.deliveries.all(), tenant.deliveries.waiting) == ([], 0)
    subscribed(tenant, receiver.url("/after"))
    book(graph)
    assert [(each.number, each.status) for each in settle(tenant)] == [(1, "delivered")]


def test_a_snapshot_keeps_what_was_settled(tenant: Tenant, receiver: Receiver) -> None:
    graph = subscribed(tenant, receiver.url())
    book(graph)
    settle(tenant)
    saved = tenant.save()
    book(graph, 2)
    settle(tenant)
    tenant.restore(saved)
    assert [each.number for each in tenant.deliveries.all()] == [1]


def test_the_log_is_bounded_and_says_what_it_let_go(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings_emulator.events.deliveries.KEPT", 4)
    tenant = make_tenant()
    tenant.deliveries = Deliveries(lambda: tenant.settings, tenant.clock)
    book(subscribed(tenant, receiver.url()), 6)
    assert [each.number for each in settle(tenant)] == [3, 4, 5, 6]
    assert tenant.deliveries.dropped == 2


def test_a_server_that_ends_brings_what_waits(receiver: Receiver) -> None:
    tenant = make_tenant()
    receiver.replies = [Reply(500)]
    with TestClient(App(tenant)):
        book(subscribed(tenant, receiver.url()), 5)
    assert len(receiver.received) == 6
    assert tenant.deliveries.waiting == 0


def test_the_command_maps_callbacks_and_brings_what_waits_before_it_ends(receiver: Receiver) -> None:
    receiver.replies = [Reply(503)]
    mapping = f"https://prod-*.logic.azure.com={receiver.url('')}"
    with served("--allow-callback", "hooks.test", "--callback-map", mapping) as (origin, _):
        with httpx.Client(base_url=origin, headers=bearer("any")) as client:
            home = f"/v1.0/solutions/bookingBusinesses/{DENTAL}"
            path = f"{HUB}/BookingsService/api/V1/bookingBusinesses/{DENTAL}/webhook/AppointmentUpdated"
            assert client.post(path, json=wanted("Updated", url="http://hooks.test/x")).status_code == 201
            assert client.post(path, json=wanted("Updated", url=CALLBACK)).status_code == 201
            assert client.post(path, json=wanted("Updated", url="https://evil.com/x")).status_code == 403
            one = client.get(f"{home}/appointments").json()["value"][0]["id"]
            client.patch(f"{home}/appointments/{one}", json={"serviceNotes": "Room 2"})
            rows = client.get("/_emulator/deliveries").json()["value"]
        assert rows[0]["status"] == "withheld"
    # it was ended before the second attempt was due
    assert [each.path for each in receiver.received] == ["/workflows/1/triggers/t/paths/invoke?sig=x"] * 2


@pytest.mark.parametrize("given", ["localhost:7071", "https://a=", "https://a=localhost", "=http://a"])
def test_a_mapping_that_is_none_ends_the_start_with_one_sentence(given: str) -> None:
    result = run("serve", "--port", "0", "--callback-map", given)
    assert result.returncode == 2
    assert (
        f"--callback-map takes PATTERN=URL, such as https://prod-*.logic.azure.com=http://localhost:7071; got '{given}'"
        in (result.stderr)
    )


def test_closing_waits_no_longer_than_it_may(receiver: Receiver) -> None:
    tenant = make_tenant()
    gate = threading.Event()
    receiver.replies = [Reply(work=lambda: gate.wait(PATIENCE))]
    book(subscribed(tenant, receiver.url()), 2)
    assert App(tenant).close(patience=0.1) == 2
    gate.set()
    settle(tenant)


@pytest.mark.parametrize("end", ["reset", "drop"])
def test_with_a_running_clock_nothing_more_comes_after_the_end(end: str, receiver: Receiver) -> None:
    """A delivery in its retry pause is given up, not tried once more."""
    tenant = Tenant(Start((Fixture("small", small()),), seed=1))
    receiver.replies = [Reply(500)] * 9
    graph = subscribed(tenant, receiver.url())
    when = utc(f"{(tenant.clock.now() + timedelta(days=7)).date()}T10:00:00Z")
    times = {"startDateTime": at(f"{when:%Y-%m-%dT%H:%M:%S}"), "endDateTime": at(f"{when:%Y-%m-%dT10:30:00}")}
    assert graph.post(f"{HOME}/appointments", booking(**times)).status == 201
    first = until(tenant, 1)
    waiting = tenant.deliveries.settled()
    if end == "reset":
        tenant.reset()
    else:
        tenant.deliveries.close()
    waiting.result(PATIENCE)
    stop = time.monotonic() + PATIENCE
    while first.status == "waiting" and time.monotonic() < stop:
        time.sleep(0.005)
    assert first.reason == "given up: the tenant was reset or dropped"
    assert (first.status, len(first.attempts), len(receiver.received)) == ("failed", 1, 1)


def test_a_process_that_ends_with_a_delivery_under_way_says_nothing(receiver: Receiver) -> None:
    receiver.replies = [Reply(202, work=lambda: time.sleep(0.5))]
    code = f"""
import time
from tests.conftest import make_tenant
from tests.test_deliveries import book, subscribed
tenant = make_tenant()
book(subscribed(tenant, {receiver.url()!r}))
while not tenant.deliveries.waiting:
    pass
time.sleep(0.1)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# receivers that hang


@contextmanager
def hanging(count: int) -> Iterator[list[str]]:
    """URLs of places that take a connection and never answer."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        yield [f"http://127.0.0.1:{each.getsockname()[1]}/hook" for each in sockets]


@pytest.mark.parametrize(("places", "each"), [(80, 1), (1, 80), (10, 10)])
def test_receivers_that_hang_hold_up_nobody_else(places: int, each: int, receiver: Receiver) -> None:
    with hanging(places) as urls:
        wanted = [f"{url}/{number}" for url in urls for number in range(each)]
        held_up = [make_tenant(seed=seed) for seed in range(0, len(wanted), 5)]
        for number, url in enumerate(wanted):
            subscribed(held_up[number // 5], url)
        for tenant in held_up:
            book(Graph(tenant))
        free = make_tenant(seed=1_000)
        book(subscribed(free, receiver.url()))
        (delivery,) = settle(free)
        assert (delivery.status, len(receiver.received)) == ("delivered", 1)
        waiting = [each for tenant in held_up for each in tenant.deliveries.all()]
        assert [each.attempts for each in waiting] == [()] * len(wanted)
        for tenant in held_up:
            tenant.deliveries.close()


def test_one_place_that_hangs_leaves_turns_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings_emulator.events.courier.MOST_AT_ONCE", MOST_AT_ONE_PLACE + 1)

    async def hang(turns: Turns) -> None:
        async with turns.take("a"):
            await asyncio.Event().wait()

    async def work() -> None:
        turns = Turns()
        hanging = [asyncio.create_task(hang(turns)) for _ in range(2 * MOST_AT_ONE_PLACE)]
        await asyncio.sleep(0)
        async with asyncio.timeout(10), turns.take("b"):
            pass
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    asyncio.run(work())


def test_nothing_is_kept_of_a_place_that_nobody_calls() -> None:
    async def call(turns: Turns, place: str) -> None:
        async with turns.take(place):
            await asyncio.sleep(0)

    async def work() -> Turns:
        turns = Turns()
        await asyncio.gather(*(call(turns, f"{number % 7}") for number in range(100)))
        return turns

    assert asyncio.run(work())._places == {}


# addresses of callbacks


def test_a_name_of_this_machine_is_asked_of_nobody() -> None:
    for url in ("http://LOCALHOST.:7071/a?b=c", "http://localhost.:7071/a?b=c"):
        assert target_of(url, Settings()) == "http://localhost:7071/a?b=c"
    assert target_of("http://127.0.0.1./", Settings()) == "http://127.0.0.1/"


@pytest.mark.parametrize(
    "url",
    ["http://[::1]10.0.0.1/", "http://10.0.0.1[::1]/", "ftp://127.0.0.1/", "http://127.0.0.1/\r\nX: y",
     "http://127.0.0.1:-1/", "http://x:0/", "http://a b/", "nothing", ""],
)  # fmt: skip
def test_what_cannot_be_called_back_is_no_subscription_of_a_scenario_either(url: str) -> None:
    start = Start(
        (Fixture("small", small()),), subscriptions=({"business": BUSINESS, "change": "Created", "url": url},)
    )
    with pytest.raises(FixtureError, match="expected an absolute http or https URL"):
        Tenant(start)
    assert not is_callback(url)


def test_a_host_that_is_called_may_be_named_at_the_start_and_by_a_tenant(receiver: Receiver) -> None:
    # a name of loopback by which nothing but the hosts file would find it
    url = receiver.url().replace("127.0.0.1", "receiver.example")
    closed_tenant, opened = with_settings(), with_settings(deliver_to=("receiver.example",))
    assert Connector(Graph(closed_tenant)).subscribe("Created", url=url).status == 403
    assert Connector(Graph(opened)).subscribe("Created", url=url).status == 200
    start = Start((Fixture("small", small()),), seed=1, frozen=utc(NOW), deliver_to=(".example",))
    own = Tenant(start, Settings(deliver_to=("other.test",)))
    assert Connector(Graph(own)).subscribe("Created", url=url).status == 200
    assert own.callback_settings.deliver_to == ("other.test", ".example")


def test_a_tenant_names_the_hosts_that_it_calls(client: TestClient, receiver: Receiver) -> None:
    made = client.post("/_emulator/tenants", json={"name": "ours", "deliver_to": ["*.example", "n8n"]})
    assert made.status_code == 201
    url = "http://n8n:5678/webhook/booked"
    path = f"BookingsService/api/V1/bookingBusinesses/{BUSINESS}/webhook/AppointmentCreated"
    answers = [
        client.post(f"{prefix}{HUB}/{path}", json=wanted("Created", url=url), headers=bearer("any"))
        for prefix in ("", "/tenants/ours")
    ]
    assert [each.status_code for each in answers] == [403, 200]
    assert "deliver_to of the tenant" in answers[0].headers["x-emulator-reason"]
    (shown,) = client.get("/tenants/ours/_emulator/subscriptions").json()["value"]
    assert shown["target"] == url
    client.post("/tenants/ours/_emulator/reset")
    assert client.app.tenants.find("ours").start.deliver_to == ("*.example", "n8n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["http://n8n:5678", "n8n:5678", "n8n/webhook", "", "*"])
def test_what_is_no_host_is_refused(client: TestClient, host: str) -> None:
    refused = client.post("/_emulator/tenants", json={"deliver_to": [host]})
    assert refused.status_code == 400
    assert "deliver_to" in refused.text
    said = run("serve", "--port", "0", "--deliver-to", host)
    assert said.returncode == 2
    assert f"--deliver-to: expected the name of a host such as n8n, or .example.com for all below it; got '{host}'" in (
        said.stderr
    )
