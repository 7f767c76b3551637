"""Faults: which calls they match, when they fire, how they are counted, and that a reset puts them back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.faults import FaultError, Faults
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    AS_VIEWER,
    BUSINESS,
    HOME,
    NOW,
    ROOT,
    Answer,
    Graph,
    booking,
    make_tenant,
    small,
)

BUSY: dict[str, Any] = {"problem": "throttle.rate"}
ITEM = f"{HOME}/appointments/{APPOINTMENT}"


def hurt(graph: Graph, effect: dict[str, Any] | None = None, **rule: Any) -> Any:
    """Make a fault and give it back."""
    (made,) = graph.tenant.faults.add({"effect": BUSY if effect is None else effect, **rule})
    return made


def statuses(graph: Graph, count: int, url: str = HOME, **options: Any) -> list[int]:
    return [graph.get(url, **options).status for _ in range(count)]


def counts(fault: Any) -> tuple[int, int, int | None]:
    return fault.matched, fault.fired, fault.left


# matching

CALLS = {
    "business": ("GET", HOME, {}),
    "list": ("GET", f"{HOME}/appointments", {}),
    "item": ("GET", ITEM, {}),
    "create": ("POST", f"{HOME}/appointments", {}),
    "cancel": ("POST", f"{ITEM}/cancel", {}),
    "delete": ("DELETE", ITEM, {}),
    "as app": ("GET", HOME, AS_APP),
    "as viewer": ("GET", HOME, AS_VIEWER),
    "traced": ("GET", HOME, {"x-trace": "run-7"}),
    "metadata": ("GET", "/v1.0/$metadata", {}),
    "unknown": ("GET", f"{HOME}/nothing", {}),
}
MATCHES = {
    "everything": ({}, set(CALLS)),
    "an operation": ({"operation": "getAppointment"}, {"item"}),
    "an operation in other letters": ({"operation": "GETappointment"}, {"item"}),
    "a glob of operations": ({"operation": "*Appointment"}, {"item", "create", "cancel", "delete"}),
    "the metadata": ({"operation": "$metadata"}, {"metadata"}),
    "a method": ({"method": "post"}, {"create", "cancel"}),
    "a glob of paths": ({"path": "*/appointments/*"}, {"item", "cancel", "delete"}),
    "a path with its business as it is read": ({"path": HOME}, {"business", "as app", "as viewer", "traced"}),
    "a business": (
        {"business": BUSINESS.upper()},
        {"business", "list", "item", "create", "cancel", "delete", "as app", "as viewer", "traced"},
    ),
    "a persona": ({"persona": "app"}, {"as app"}),
    "a header": ({"header": {"name": "X-Trace"}}, {"traced"}),
    "a header and its value": ({"header": {"name": "x-trace", "value": "run-*"}}, {"traced"}),
    "a header and another value": ({"header": {"name": "x-trace", "value": "run-8"}}, set()),
    "several at once": ({"operation": "get*", "method": "GET", "persona": "viewer"}, {"as viewer"}),
    "the plane": ({"plane": "graph"}, set(CALLS)),
    "another plane": ({"plane": "identity"}, set()),
}


@pytest.mark.parametrize(("match", "hit"), MATCHES.values(), ids=MATCHES)
def test_a_fault_is_for_the_calls_that_it_matches(match: dict[str, Any], hit: set[str], graph: Graph) -> None:
    fault = hurt(graph, match=match)
    refused = set()
    for name, (method, url, headers) in CALLS.items():
        answer = graph.call(method, url, booking() if name == "create" else None, headers=headers)
        if answer.headers.get("x-emulator-fault") == "f1":
            refused.add(name)
            assert (answer.status, answer.error["code"]) == (429, "ApplicationThrottled"), name
    assert refused == hit
    assert counts(fault) == (len(hit), len(hit), None)


def test_a_preflight_is_never_hurt(graph: Graph) -> None:
    hurt(graph)
    assert graph.call("OPTIONS", HOME, headers={"origin": "http://localhost"}).status == 200


def test_a_preflight_of_signing_in_and_a_body_that_cannot_be_read_are_never_hurt(
    client: TestClient, tenant: Tenant
) -> None:
    (fault,) = tenant.faults.add({"effect": {"status": 503}})
    assert client.options("/any/oauth2/v2.0/token", headers={"origin": "http://localhost"}).status_code == 200
    zipped = {"content-encoding": "gzip"}
    for path in (
        ROOT,
        "/any/oauth2/v2.0/token",
        "/apim/microsoftbookings/any/BookingsService/api/V1/bookingBusinesses",
    ):
        assert client.post(path, content=b"no gzip", headers=zipped).status_code == 400, path
    assert counts(fault)[0] == 0


def test_the_control_plane_is_never_hurt(client: TestClient, tenant: Tenant) -> None:
    for effect in ({"problem": "bk.unknown"}, {"reset": True}):
        tenant.faults.add({"effect": effect})
    assert client.get("/_emulator/health").status_code == 200
    assert client.get("/_emulator/faults").status_code == 200


def test_a_tenant_does_not_notice_the_faults_of_another(graph: Graph) -> None:
    hurt(graph)
    assert (graph.get(HOME).status, Graph(make_tenant()).get(HOME).status) == (429, 200)


def test_the_oldest_of_several_that_would_replace_an_answer_does(graph: Graph) -> None:
    first = hurt(graph, schedule={"first": 1})
    second = hurt(graph, {"problem": "bk.unknown"})
    third = hurt(graph, {"latency": 1})
    assert statuses(graph, 2) == [429, 500]
    assert [counts(each)[:2] for each in (first, second, third)] == [(1, 1), (2, 1), (2, 2)]


def test_a_call_that_is_refused_anyway_meets_faults_too(graph: Graph) -> None:
    hurt(graph, {"problem": "unavailable"})
    assert graph.get(HOME, headers={"authorization": ""}).status == 503


# schedules

SCHEDULES: dict[str, tuple[dict[str, Any], str]] = {
    "always": ({}, "xxxxxxxx"),
    "the first two": ({"first": 2}, "xx......"),
    "after three": ({"skip": 3}, "...xxxxx"),
    "after three, two": ({"skip": 3, "first": 2}, "...xx..."),
    "every third": ({"every": 3}, "..x..x.."),
    "every third, once": ({"every": 3, "first": 1}, "..x....."),
    "after one, every second": ({"skip": 1, "every": 2}, "..x.x.x."),
    "surely": ({"probability": 1}, "xxxxxxxx"),
}


@pytest.mark.parametrize(("schedule", "expected"), SCHEDULES.values(), ids=SCHEDULES)
def test_a_fault_fires_on_its_schedule(schedule: dict[str, Any], expected: str, graph: Graph) -> None:
    fault = hurt(graph, schedule=schedule)
    seen = "".join("x" if each == 429 else "." for each in statuses(graph, len(expected)))
    assert seen == expected
    assert fault.fired == expected.count("x")


def test_what_is_left_is_counted_down_until_it_is_spent(graph: Graph) -> None:
    fault = hurt(graph, schedule={"first": 2})
    told = []
    for _ in range(3):
        told.append((*counts(fault), fault.state(graph.tenant.clock.now())))
        graph.get(HOME)
    assert told == [(0, 0, 2, "active"), (1, 1, 1, "active"), (2, 2, 0, "spent")]
    assert fault.matched == 2  # what is spent is not even compared


@pytest.mark.parametrize("schedule", [{"until": "2026-01-05T09:00:00Z"}, {"for": "PT1H"}], ids=["until", "for"])
def test_a_fault_is_over_at_its_moment_on_the_clock_of_the_tenant(schedule: dict[str, Any], graph: Graph) -> None:
    fault = hurt(graph, schedule=schedule)
    assert statuses(graph, 1) == [429]
    graph.tenant.advance(timedelta(minutes=59))
    assert statuses(graph, 1) == [429]
    graph.tenant.advance(timedelta(minutes=1))
    assert statuses(graph, 1) == [200]
    assert fault.state(graph.tenant.clock.now()) == "over"
    graph.tenant.set_clock("frozen", utc(NOW))
    assert statuses(graph, 1) == [429]


def drawn(seed: int, count: int = 40) -> list[int]:
    graph = Graph(make_tenant(seed=seed))
    hurt(graph, schedule={"probability": 0.5})
    return statuses(graph, count)


def test_chance_comes_from_the_seed_of_the_tenant() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert 5 < drawn(1).count(429) < 35


def test_a_latency_out_of_a_range_comes_from_the_seed_and_stays_in_it() -> None:
    def waits(seed: int) -> list[float]:
        graph = Graph(make_tenant(seed=seed))
        hurt(graph, {"latency": {"min": 10, "max": 20}})
        for _ in range(5):
            graph.get(HOME)
        return [hit.latency for each in graph.tenant.journal.entries for hit in each.exchange.hits]

    assert waits(1) == waits(1) != waits(2)
    assert len(set(waits(1))) == 5
    assert all(10 <= each <= 20 for each in waits(1))


# limits


def test_requests_beyond_a_rate_are_refused_until_the_window_ends(graph: Graph) -> None:
    fault = hurt(graph, schedule={"limit": {"requests": 3, "window": "PT10M"}}, effect={})
    assert statuses(graph, 3) == [200, 200, 200]
    graph.tenant.advance(timedelta(minutes=4))
    answer = graph.get(HOME)
    assert (answer.status, answer.error["message"]) == (429, "Application is over its RequestRate limit.")
    assert answer.headers["Retry-After"] == "360"
    graph.tenant.advance(timedelta(seconds=359, milliseconds=500))
    assert graph.get(HOME).headers["Retry-After"] == "1"
    graph.tenant.advance(timedelta(milliseconds=500))
    assert statuses(graph, 4) == [200, 200, 200, 429]
    assert counts(fault)[:2] == (9, 3)


def test_a_rate_is_counted_for_each_application_and_mailbox() -> None:
    data = small()
    data["bookingBusinesses"].append({"id": "Other@contoso.onmicrosoft.com", "displayName": "Other"})
    graph = Graph(make_tenant(data))
    hurt(graph, schedule={"limit": {"requests": 1, "window": "PT10M"}}, effect={})
    other = f"{ROOT}/Other@contoso.onmicrosoft.com"
    assert statuses(graph, 2) == [200, 429]
    assert statuses(graph, 2, other) == [200, 429]
    assert statuses(graph, 2, headers=AS_APP) == [200, 429]
    assert statuses(graph, 3, ROOT) == [200, 200, 200]  # about no mailbox


def test_calls_that_name_no_mailbox_count_towards_no_rate_of_one(graph: Graph) -> None:
    graph.tenant.faults.add({"preset": "request-rate", "schedule": {"limit": {"requests": 0, "window": "PT10M"}}})
    for path in (ROOT, "/v1.0/$metadata", "/v1.0/solutions/bookingCurrencies/USD", "/beta/bookingCurrencies('EUR')"):
        assert statuses(graph, 2, path) == [200, 200], path
    assert {each.exchange.business for each in graph.tenant.journal.entries} == {None}
    part = {"id": "1", "method": "GET", "url": f"/solutions/bookingBusinesses/{BUSINESS}"}
    batch = graph.post("/v1.0/$batch", {"requests": [part]})
    assert (batch.status, batch.json["responses"][0]["status"]) == (200, 429)
    assert graph.tenant.journal.entries[-2].exchange.business == BUSINESS


def test_a_rate_can_be_counted_for_an_application_over_all_mailboxes(graph: Graph) -> None:
    hurt(graph, schedule={"limit": {"requests": 2, "window": "PT10S", "per": "application"}}, effect={})
    assert [graph.get(each).status for each in (HOME, ROOT, HOME)] == [200, 200, 429]
    assert statuses(graph, 1, headers=AS_APP) == [200]


def test_one_call_after_another_is_never_beyond_a_limit_of_concurrency(graph: Graph) -> None:
    hurt(graph, schedule={"limit": {"concurrent": 1}}, effect={})
    assert statuses(graph, 5) == [200] * 5
    assert not graph.tenant.faults.flying


def test_no_concurrent_call_at_all_can_be_allowed(graph: Graph) -> None:
    hurt(graph, schedule={"limit": {"concurrent": 0}}, effect={})
    answer = graph.get(HOME)
    assert (answer.status, answer.error["message"]) == (429, "Application is over its MailboxConcurrency limit.")


# state


def rich(tenant: Tenant) -> None:
    """Faults of every kind of counter."""
    tenant.faults.add({"id": "rate", "schedule": {"limit": {"requests": 2, "window": "PT10M"}}})
    tenant.faults.add({"id": "dice", "effect": BUSY, "schedule": {"probability": 0.3}})
    tenant.faults.add({"id": "few", "effect": {"problem": "bk.unknown"}, "schedule": {"first": 2, "skip": 1}})


def told(faults: Faults) -> list[tuple[Any, ...]]:
    return [(each.rule.id, *counts(each), dict(each.windows)) for each in faults]


def test_a_snapshot_holds_counters_windows_and_dice(graph: Graph) -> None:
    rich(graph.tenant)
    statuses(graph, 2)
    saved, before = graph.tenant.save(), told(graph.tenant.faults)
    first = statuses(graph, 12)
    assert told(graph.tenant.faults) != before
    graph.tenant.restore(saved)
    assert told(graph.tenant.faults) == before
    assert statuses(graph, 12) == first
    graph.tenant.restore(saved)
    assert told(graph.tenant.faults) == before


def started(*faults: Any) -> Tenant:
    return Tenant(Start((Fixture("small", small()),), seed=1, frozen=utc(NOW), faults=faults))


def test_a_tenant_starts_with_faults_and_a_reset_puts_them_back() -> None:
    tenant = started("throttled", {"effect": {"latency": 1}, "schedule": {"for": "PT1H"}})
    graph, first = Graph(tenant), told(tenant.faults)
    assert [each[0] for each in first] == ["f1", "f2"]
    assert statuses(graph, 4) == [429, 429, 429, 200]
    tenant.faults.drop("f1")
    hurt(graph, {"problem": "bk.unknown"})
    tenant.advance(timedelta(hours=2))
    tenant.reset()
    assert told(tenant.faults) == first
    assert statuses(graph, 4) == [429, 429, 429, 200]
    assert hurt(graph).rule.id == "f3"


def test_after_a_reset_the_dice_fall_as_they_did() -> None:
    tenant = started({"effect": BUSY, "schedule": {"probability": 0.5}})
    first = statuses(Graph(tenant), 20)
    tenant.reset()
    assert statuses(Graph(tenant), 20) == first


def test_a_reset_of_a_running_clock_starts_the_time_of_a_fault_anew() -> None:
    tenant = Tenant(
        Start((Fixture("small", small()),), seed=1, faults=({"effect": BUSY, "schedule": {"for": "PT1H"}},))
    )
    (first,) = tenant.faults
    tenant.advance(timedelta(hours=2))
    tenant.reset()
    (again,) = tenant.faults
    assert again.rule.schedule.until > first.rule.schedule.until
    assert Graph(tenant).get(HOME).status == 429


def test_a_tenant_does_not_start_with_a_rule_that_cannot_be_read() -> None:
    with pytest.raises(FaultError, match="there is no preset 'throtled'; did you mean 'throttled'"):
        started("throtled")


def test_dropping_one_leaves_the_others_and_no_id_comes_twice(graph: Graph) -> None:
    faults = graph.tenant.faults
    hurt(graph)
    hurt(graph, {"problem": "bk.unknown"})
    assert faults.drop("f1")
    assert not faults.drop("f1")
    assert statuses(graph, 1) == [500]
    assert hurt(graph).rule.id == "f3"
    faults.clear()
    assert statuses(graph, 1) == [200]


# the journal


def test_the_answer_and_the_journal_name_the_rules_and_the_reason(client: TestClient) -> None:
    client.post("/_emulator/faults", json={"id": "slow", "effect": {"latency": 5}})
    client.post("/_emulator/faults", json={"id": "busy", "title": "A bad day", "effect": BUSY})
    answer = client.get(HOME)
    assert answer.headers["x-emulator-fault"] == "slow, busy"
    assert answer.headers["x-emulator-reason"] == "the fault 'busy' did this: A bad day"
    (entry,) = client.get("/_emulator/journal", params={"fault": "busy"}).json()["value"]
    assert (entry["faults"], entry["problem"], entry["status"]) == (["slow", "busy"], "throttle.rate", 429)
    assert entry["duration"] >= 5


def test_an_answer_that_no_fault_touched_names_none(graph: Graph) -> None:
    hurt(graph, match={"method": "DELETE"})
    assert "x-emulator-fault" not in graph.get(HOME).headers


# effects that any answer shows; those of the wire are in test_damage.py


def book(graph: Graph) -> Answer:
    return graph.post(f"{HOME}/appointments", booking())


def kept(graph: Graph) -> int:
    return len(graph.get(f"{HOME}/appointments").json["value"])


@pytest.mark.parametrize(
    ("effect", "status", "more"),
    [
        ({"problem": "bk.unknown"}, 500, 0),
        ({"problem": "bk.staffnotavailable", "kept": True}, 500, 1),
        ({"status": 502}, 502, 0),
        ({"status": 202, "body": {"accepted": True}, "kept": True}, 202, 1),
    ],
    ids=json.dumps,
)
def test_an_answer_is_replaced_before_or_after_the_change(
    effect: dict[str, Any], status: int, more: int, graph: Graph
) -> None:
    before = kept(graph)
    hurt(graph, effect, match={"operation": "create*"})
    answer = book(graph)
    assert (answer.status, answer.headers["x-emulator-fault"]) == (status, "f1")
    assert kept(graph) - before == more


def test_a_status_comes_with_the_body_and_the_headers_of_the_rule(graph: Graph) -> None:
    hurt(graph, {"status": 503, "body": {"why": "ü"}, "headers": {"Via": "1.1 proxy"}, "retry_after": 3})
    answer = graph.get(HOME)
    assert (answer.status, answer.json) == (503, {"why": "ü"})
    assert (answer.headers["Via"], answer.headers["Retry-After"]) == ("1.1 proxy", "3")
    assert answer.headers["request-id"]


def test_a_status_may_come_with_text_or_with_nothing(graph: Graph) -> None:
    hurt(graph, {"status": 502, "body": "<html>Bad gateway</html>"}, schedule={"first": 1})
    hurt(graph, {"status": 502})
    text, nothing = graph.get(HOME), graph.get(HOME)
    assert (text.response.body, text.headers["Content-Type"]) == (
        b"<html>Bad gateway</html>",
        "text/plain; charset=utf-8",
    )
    assert nothing.response.body == b""


def test_retry_after_is_seconds_or_a_date(graph: Graph) -> None:
    hurt(graph, {"problem": "unavailable", "retry_after": 120}, schedule={"first": 1})
    hurt(graph, {"problem": "unavailable", "retry_after": 120, "retry_after_as": "date"})
    assert graph.get(HOME).headers["Retry-After"] == "120"
    graph.tenant.faults.real_now = lambda: utc("2026-07-01T12:00:00.4Z")  # the clock that clients go by
    assert graph.get(HOME).headers["Retry-After"] == "Wed, 01 Jul 2026 12:02:01 GMT"


def test_any_problem_can_come_with_retry_after(graph: Graph) -> None:
    hurt(graph, {"problem": "bk.unknown", "retry_after": 4})
    assert graph.get(HOME).headers["Retry-After"] == "4"


def test_the_texts_of_problems_take_facts_from_the_rule_else_from_the_call(graph: Graph) -> None:
    hurt(graph, {"problem": "batch.dupid"}, schedule={"first": 1})
    hurt(graph, {"problem": "batch.dupid", "facts": {"id": "mine"}})
    messages = [graph.get(HOME).error["message"] for _ in range(2)]
    assert messages == [f"Request Id {each} has to be unique in a batch." for each in (BUSINESS, "mine")]


def test_a_good_answer_can_hold_another_value(graph: Graph) -> None:
    path = f"{HOME}/appointments"
    hurt(graph, {"replace": {"/value/0/serviceName": None, "/value/0/a~1b": 1, "/@odata.count": "many"}})
    answer = graph.get(path)
    assert (answer.status, answer.json["@odata.count"]) == (200, "many")
    assert (answer.json["value"][0]["serviceName"], answer.json["value"][0]["a/b"]) == (None, 1)
    graph.tenant.faults.clear()
    assert graph.get(path).json["value"][0]["serviceName"] == "Check-up"


UNTOUCHED = {
    "a field of a refused call": ({"replace": {"/error/code": "x"}}, "GET", f"{HOME}/appointments/AAAA", 404),
    "a field that has no place": ({"replace": {"/value/9/id": "x"}}, "GET", f"{HOME}/appointments", 200),
    "a field below a text": ({"replace": {"/displayName/a": "x"}}, "GET", HOME, 200),
    "a change that was not kept": ({"problem": "timeout", "kept": True}, "GET", f"{HOME}/appointments/AAAA", 404),
    "an answer without a body": ({"malformed": True}, "POST", f"{HOME}/publish", 204),
}


@pytest.mark.parametrize(("effect", "method", "url", "status"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_a_fault_that_finds_nothing_to_spoil_has_not_fired(
    effect: dict[str, Any], method: str, url: str, status: int, graph: Graph
) -> None:
    fault = hurt(graph, effect, schedule={"first": 1})
    answer = graph.call(method, url)
    assert answer.status in (status, 400)
    assert "x-emulator-fault" not in answer.headers
    assert counts(fault) == (1, 0, 1)
    assert [*graph.tenant.journal.entries][-1].exchange.hits == []
