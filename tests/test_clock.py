"""The clock of a tenant over the control plane: shown, set, advanced, reset; and what follows the clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
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
    make_tenant,
    set_policy,
    small,
)

CLOCK = "/_emulator/clock"
ADVANCE = f"{CLOCK}/advance"
FROZEN = {"mode": "frozen", "now": NOW, "offset": "PT0S"}
LATER = "2026-02-01T00:00:00Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_now(text: str) -> bool:
    """Whether a moment is the present one, give or take what a slow machine needs."""
    return abs(datetime.now(UTC) - moment(text)) < timedelta(minutes=1)


def real() -> TestClient:
    """The emulator with a clock that was not frozen."""
    return TestClient(App(Tenant(Start((Fixture("small", small()),), seed=1))))


# shown and set


def test_a_clock_frozen_at_the_start_says_so(client: TestClient) -> None:
    assert client.get(CLOCK).json() == FROZEN
    assert client.get(CLOCK).json() == FROZEN


def test_without_a_moment_at_the_start_the_clock_is_real() -> None:
    shown = real().get(CLOCK).json()
    assert (shown["mode"], shown["offset"]) == ("real", "PT0S")
    assert is_now(shown["now"])


SET = {
    "frozen at a moment": ({"mode": "frozen", "now": LATER}, {"mode": "frozen", "now": LATER, "offset": "PT0S"}),
    "a moment alone freezes": ({"now": LATER}, {"mode": "frozen", "now": LATER, "offset": "PT0S"}),
    "frozen where it stands": ({"mode": "frozen"}, FROZEN),
    "nothing freezes where it stands": ({}, FROZEN),
    "with an offset": ({"now": "2026-02-01T01:30:00+01:30"}, {"mode": "frozen", "now": LATER, "offset": "PT0S"}),
    "with decimals": (
        {"now": "2026-02-01T00:00:00.25Z"},
        {"mode": "frozen", "now": "2026-02-01T00:00:00.25Z", "offset": "PT0S"},
    ),
    "back in time": (
        {"now": "2020-02-29T00:00:00Z"},
        {"mode": "frozen", "now": "2020-02-29T00:00:00Z", "offset": "PT0S"},
    ),
}


@pytest.mark.parametrize(("body", "shown"), SET.values(), ids=SET)
def test_the_clock_is_frozen(body: dict[str, Any], shown: dict[str, str], client: TestClient) -> None:
    answer = client.put(CLOCK, json=body)
    assert (answer.status_code, answer.json()) == (200, shown)
    assert client.get(CLOCK).json() == shown


def test_a_put_without_a_body_freezes_where_it_stands() -> None:
    client = real()
    first = client.put(CLOCK).json()
    assert first["mode"] == "frozen"
    assert is_now(first["now"])
    assert client.get(CLOCK).json() == first


def test_a_frozen_clock_is_made_real(client: TestClient) -> None:
    shown = client.put(CLOCK, json={"mode": "real"}).json()
    assert (shown["mode"], shown["offset"]) == ("real", "PT0S")
    assert is_now(shown["now"])
    assert client.get(CLOCK).json()["now"] > shown["now"]


def test_a_clock_with_an_offset_goes_on_from_its_moment(client: TestClient) -> None:
    shown = client.put(CLOCK, json={"mode": "offset", "now": "2040-01-01T00:00:00Z"}).json()
    assert shown["mode"] == "offset"
    assert shown["offset"].startswith("P")
    assert timedelta() <= moment(shown["now"]) - moment("2040-01-01T00:00:00Z") < timedelta(minutes=1)
    assert client.get(CLOCK).json()["now"] > shown["now"]


def test_a_clock_can_be_behind(client: TestClient) -> None:
    shown = client.put(CLOCK, json={"mode": "offset", "now": "2020-01-01T00:00:00Z"}).json()
    assert (shown["mode"], shown["offset"][0], shown["now"][:10]) == ("offset", "-", "2020-01-01")


# advanced

LENGTHS = {
    "by days": ({"by": "P2D"}, "2026-01-07T08:00:00Z"),
    "by minutes": ({"by": "PT90M"}, "2026-01-05T09:30:00Z"),
    "by a second": ({"by": "PT1S"}, "2026-01-05T08:00:01Z"),
    "by nothing": ({"by": "PT0S"}, NOW),
    "to a moment": ({"to": LATER}, LATER),
    "to a time with an offset": ({"to": "2026-01-05T12:00:00+02:00"}, "2026-01-05T10:00:00Z"),
    "to where it stands": ({"to": NOW}, NOW),
    "by, where to is null": ({"by": "P1D", "to": None}, "2026-01-06T08:00:00Z"),
}


@pytest.mark.parametrize(("body", "now"), LENGTHS.values(), ids=LENGTHS)
def test_a_frozen_clock_advances_and_stays_frozen(body: dict[str, Any], now: str, client: TestClient) -> None:
    answer = client.post(ADVANCE, json=body)
    assert (answer.status_code, answer.json()) == (200, {**FROZEN, "now": now})
    assert client.get(CLOCK).json()["now"] == now


def test_advancing_adds_up(client: TestClient) -> None:
    for _ in range(3):
        client.post(ADVANCE, json={"by": "P1DT1H"})
    assert client.get(CLOCK).json()["now"] == "2026-01-08T11:00:00Z"


def test_a_real_clock_that_advances_has_an_offset_from_then_on() -> None:
    client = real()
    assert client.post(ADVANCE, json={"by": "P30D"}).json()["offset"] == "P30D"
    shown = client.post(ADVANCE, json={"by": "PT12H"}).json()
    assert (shown["mode"], shown["offset"]) == ("offset", "P30DT12H")
    assert timedelta(days=30) < moment(shown["now"]) - datetime.now(UTC) <= timedelta(days=30, hours=12)


# what cannot be understood

EITHER = "use either by, such as P1D or PT30M, or to, such as 2026-02-01T00:00:00Z"
A_MOMENT = "now must be a time such as 2026-01-05T08:00:00Z"
A_MODE = "at $.mode: expected one of real, frozen, offset"
PUT = [
    ({"mode": "frosen"}, f'{A_MODE}; got "frosen"'),
    ({"mode": None}, f"{A_MODE}; got null"),
    ({"mode": 5}, f"{A_MODE}; got 5"),
    ({"mode": ["real"]}, f'{A_MODE}; got ["real"]'),
    ({"mode": "offset"}, "mode offset needs now, the time from which the clock runs"),
    ({"mode": "real", "now": NOW}, "mode real does not take now; got '2026-01-05T08:00:00Z'"),
    ({"now": "2026-01-05T08:00:00"}, f"{A_MOMENT}; got '2026-01-05T08:00:00'"),
    ({"now": "2026-01-05"}, f"{A_MOMENT}; got '2026-01-05'"),
    ({"now": "2026-02-30T00:00:00Z"}, f"{A_MOMENT}; got '2026-02-30T00:00:00Z'"),
    ({"now": "tomorrow"}, f"{A_MOMENT}; got 'tomorrow'"),
    ({"now": ""}, f"{A_MOMENT}; got ''"),
    ({"now": None}, "at $.now: expected string; got null"),
    ({"now": 1767600000}, "at $.now: expected string; got 1767600000"),
    ({"now": {"dateTime": NOW}}, f'at $.now: expected string; got {{"dateTime":"{NOW}"}}'),
    ({"mode": "offset", "now": "tomorrow"}, f"{A_MOMENT}; got 'tomorrow'"),
    ({"now": "9999-12-31T23:59:59Z"}, "the clock can be set to the years 1601 to 4500; got '9999-12-31T23:59:59Z'"),
    ({"now": "1600-12-31T23:59:59Z", "mode": "offset"}, "the clock can be set to the years 1601 to 4500"),
    ({"time": NOW}, "at $: unknown member 'time'; expected mode, now"),
    ([NOW], f'at $: expected object; got ["{NOW}"]'),
    (NOW, f'at $: expected object; got "{NOW}"'),
    (None, "at $: expected object; got null"),
]
POST = [
    ({}, f"{EITHER}; got {{}}"),
    ({"by": None}, f"{EITHER}; got {{'by': None}}"),
    ({"by": "P1D", "to": LATER}, f"{EITHER}; got {{'by': 'P1D', 'to': '{LATER}'}}"),
    ({"by": "P1D", "to": "tomorrow"}, EITHER),
    ({"by": "a day", "to": LATER}, EITHER),
    ({"by": "1 day"}, "by must be a duration such as P1D or PT30M; got '1 day'"),
    ({"by": "P1M"}, "by must be a duration such as P1D or PT30M; got 'P1M'"),
    ({"by": ""}, "by must be a duration such as P1D or PT30M; got ''"),
    ({"by": 86400}, "at $.by: expected string or null; got 86400"),
    ({"by": ["P1D"]}, 'at $.by: expected string or null; got ["P1D"]'),
    ({"to": "2026-02-01T00:00:00"}, "to must be a time such as 2026-02-01T00:00:00Z; got '2026-02-01T00:00:00'"),
    ({"to": 5}, "at $.to: expected string or null; got 5"),
    ({"by": "-P1D"}, "the clock can only advance"),
    ({"to": "2026-01-05T07:59:59Z"}, "the clock can only advance"),
    ({"to": "4501-01-01T00:00:00Z"}, "the clock can be set to the years 1601 to 4500"),
    ({"for": "P1D"}, "at $: unknown member 'for'; expected by, to"),
    (["P1D"], 'at $: expected object; got ["P1D"]'),
]
BODIES = [pytest.param("PUT", CLOCK, body, message, id=f"PUT {body!r}") for body, message in PUT]
BODIES += [pytest.param("POST", ADVANCE, body, message, id=f"POST {body!r}") for body, message in POST]


@pytest.mark.parametrize(("method", "url", "body", "message"), BODIES)
def test_a_malformed_body_is_told_what_was_expected_and_what_came(
    method: str, url: str, body: Any, message: str, client: TestClient
) -> None:
    answer = client.request(method, url, content=json.dumps(body))
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert answer.json()["error"].startswith(f"{method} {url}: {message}")
    assert client.get(CLOCK).json() == FROZEN


@pytest.mark.parametrize("content", [b"{", b"now=2026", b"\xff\xfe", b"{'now': 1}"])
@pytest.mark.parametrize(("method", "url"), [("PUT", CLOCK), ("POST", ADVANCE)])
def test_a_body_that_is_no_json_is_said_so(method: str, url: str, content: bytes, client: TestClient) -> None:
    answer = client.request(method, url, content=content)
    assert answer.status_code == 400
    assert "the body is not JSON" in answer.json()["error"]
    assert client.get(CLOCK).json() == FROZEN


@pytest.mark.parametrize("by", ["PT99999999H", "P999999DT99999999H"])
def test_the_clock_does_not_leave_the_calendar(by: str, client: TestClient) -> None:
    answer = client.post(ADVANCE, json={"by": by})
    assert answer.status_code == 400
    assert f"the clock can be set to the years 1601 to 4500; got {{'by': '{by}'}}" in answer.json()["error"]
    assert client.get(CLOCK).json() == FROZEN


def test_a_real_clock_does_not_leave_the_calendar_either() -> None:
    client = real()
    assert client.post(ADVANCE, json={"by": "PT99999999H"}).status_code == 400
    assert client.get(CLOCK).json()["mode"] == "real"


@pytest.mark.parametrize(("method", "url"), [("POST", CLOCK), ("DELETE", CLOCK), ("GET", ADVANCE), ("PUT", ADVANCE)])
def test_other_methods_are_not_taken(method: str, url: str, client: TestClient) -> None:
    answer = client.request(method, url)
    assert (answer.status_code, answer.json()) == (405, {"error": f"{method} is not allowed at {url}"})


@pytest.mark.parametrize("now", ["1601-01-01T00:00:00Z", "4500-12-31T00:00:00Z"])
def test_everything_is_answered_at_both_ends_of_time(now: str, client: TestClient) -> None:
    assert client.put(CLOCK, json={"now": now}).json()["now"] == now
    urls = [HOME, f"{HOME}/appointments", f"{HOME}/services?$filter=createdDateTime le now()", "/_emulator/outbox"]
    for url in urls:
        assert client.get(url).status_code == 200, url
    for headers in ({}, AS_APP):
        answer = client.post(f"{HOME}/appointments", json=booking(), headers=headers)
        assert "x-emulator-reason" not in answer.headers or "rule" in answer.headers["x-emulator-reason"]
    client.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", json={}, headers=AS_APP)
    assert client.post("/_emulator/reset").status_code == 204
    assert client.get(CLOCK).json() == FROZEN


# what follows the clock


def test_the_date_header_follows_the_clock(client: TestClient) -> None:
    assert client.get(HOME).headers["date"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    client.post(ADVANCE, json={"by": "P1DT1S"})
    assert client.get(HOME).headers["date"] == "Tue, 06 Jan 2026 08:00:01 GMT"
    client.put(CLOCK, json={"mode": "real"})
    answer = client.get(HOME)
    assert is_now(parsedate_to_datetime(answer.headers["date"]).isoformat())
    assert len(answer.headers.get_list("date")) == 1


def test_the_date_of_an_error_follows_the_clock(client: TestClient) -> None:
    client.put(CLOCK, json={"now": LATER})
    assert client.get(f"{HOME}/nothing").json()["error"]["innerError"]["date"] == "2026-02-01T00:00:00"


def test_created_and_changed_records_are_stamped_by_the_clock(graph: Graph) -> None:
    graph.tenant.advance(timedelta(days=1))
    made = graph.post(f"{HOME}/appointments", booking()).json
    assert made["createdDateTime"] == made["lastUpdatedDateTime"] == "2026-01-06T08:00:00Z"
    graph.tenant.advance(timedelta(hours=1))
    graph.patch(f"{HOME}/appointments/{made['id']}", {"serviceNotes": "x"})
    changed = graph.get(f"{HOME}/appointments/{made['id']}").json
    assert (changed["createdDateTime"], changed["lastUpdatedDateTime"]) == (
        "2026-01-06T08:00:00Z",
        "2026-01-06T09:00:00Z",
    )


SETS = {
    "services": {"displayName": "Bento"},
    "customers": {"displayName": "Lee", "emailAddress": "lee@contoso.com"},
    "customQuestions": {"displayName": "Why?"},
    "staffMembers": {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "guest"},
}


@pytest.mark.parametrize(("name", "body"), SETS.items(), ids=SETS)
def test_every_kind_of_record_is_stamped_by_the_clock(name: str, body: dict[str, Any], graph: Graph) -> None:
    graph.tenant.set_clock("frozen", moment(LATER))
    assert graph.post(f"{HOME}/{name}", body).json["createdDateTime"] == LATER


def test_a_filter_that_says_now_follows_the_clock(graph: Graph) -> None:
    graph.tenant.advance(timedelta(days=1))
    graph.post(f"{HOME}/services", {"displayName": "New"})
    graph.tenant.advance(timedelta(seconds=1))
    assert len(graph.get(f"{HOME}/services?$filter=createdDateTime lt now()").json["value"]) == 3
    graph.tenant.set_clock("frozen", moment("2026-01-05T08:00:01Z"))
    assert len(graph.get(f"{HOME}/services?$filter=createdDateTime lt now()").json["value"]) == 2


def test_the_lead_time_passes_with_the_clock(client: TestClient) -> None:
    def book() -> Any:
        return client.post(f"{HOME}/appointments", json=booking(), headers=AS_APP)

    client.post(ADVANCE, json={"to": "2026-01-11T10:00:01Z"})
    late = book()
    assert late.status_code == 500
    assert late.headers["x-emulator-reason"].startswith(
        "business rule minimumLeadTime: the start must be at least P1D ahead; it is 2026-01-11T10:00:01Z"
    )
    client.put(CLOCK, json={"now": "2026-01-11T10:00:00Z"})
    assert book().status_code == 201


def test_what_could_be_cancelled_cannot_be_any_more(client: TestClient) -> None:
    url = f"{HOME}/appointments/{APPOINTMENT}/cancel"
    client.post(ADVANCE, json={"by": "PT1H1S"})
    late = client.post(url, json={}, headers=AS_APP)
    assert (late.status_code, late.headers["x-emulator-reason"].partition(":")[0]) == (
        500,
        "business rule minimumLeadTime",
    )
    client.put(CLOCK, json={"now": "2026-01-05T09:00:00Z"})
    assert client.post(url, json={}, headers=AS_APP).status_code == 204


def test_what_was_too_far_ahead_comes_nearer(graph: Graph) -> None:
    set_policy(graph, maximumAdvance="P5D")
    asked = booking()
    refused = graph.post(f"{HOME}/appointments", asked, headers=AS_APP)
    assert refused.reason.startswith("business rule maximumAdvance: the start may be at most P5D ahead")
    graph.tenant.advance(timedelta(days=2, hours=2))
    assert graph.post(f"{HOME}/appointments", asked, headers=AS_APP).status == 201


def test_a_service_is_in_use_until_its_last_appointment_begins(graph: Graph) -> None:
    graph.tenant.set_quirk("service-in-use", "on")
    assert graph.delete(f"{HOME}/services/{SERVICE}").status == 500
    graph.tenant.set_clock("frozen", moment("2026-01-06T09:00:00Z"))
    assert graph.delete(f"{HOME}/services/{SERVICE}").status == 204


def test_records_are_not_moved_by_the_clock(graph: Graph) -> None:
    urls = [HOME, f"{HOME}/appointments/{APPOINTMENT}", f"{HOME}/customers/{CUSTOMER}"]
    before = [graph.get(url).response.body for url in urls]
    graph.tenant.advance(timedelta(days=400))
    assert [graph.get(url).response.body for url in urls] == before


# reset


@pytest.mark.parametrize(
    "body", [{"mode": "real"}, {"now": LATER}, {"mode": "offset", "now": LATER}, {"now": "2020-01-01T00:00:00Z"}]
)
def test_reset_restores_the_clock_of_the_start(body: dict[str, str], client: TestClient) -> None:
    client.put(CLOCK, json=body)
    client.post(ADVANCE, json={"by": "P3D"})
    client.post("/_emulator/reset")
    assert client.get(CLOCK).json() == FROZEN


def test_reset_makes_a_clock_real_again_that_was_so_at_the_start() -> None:
    client = real()
    client.put(CLOCK, json={"now": LATER})
    client.post("/_emulator/reset")
    shown = client.get(CLOCK).json()
    assert (shown["mode"], shown["offset"]) == ("real", "PT0S")
    assert is_now(shown["now"])


def test_the_clock_of_one_tenant_is_not_that_of_another() -> None:
    one, other = make_tenant(), make_tenant()
    one.advance(timedelta(days=1))
    assert other.clock.now() == moment(NOW)
    assert Graph(other).post(f"{HOME}/appointments", booking()).json["createdDateTime"] == NOW
