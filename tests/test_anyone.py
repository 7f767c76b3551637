"""Callers who do not say who they are: named `anyone`, told when they misspell a persona, and what they bypass."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.domain import appointments, availability
from bookings_emulator.log import log_json, log_text
from bookings_emulator.settings import Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, default_personas, load_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import APPOINTMENT, AS_APP, AS_SCHEDULER, HOME, NOW, ORIGIN, ROOT, Graph, at, bearer, booking, small

SUNDAY = {"startDateTime": at("2026-01-11T10:00:00"), "endDateTime": at("2026-01-11T10:30:00")}
NOTE = "x-emulator-note"


def note_of(graph: Graph, token: str) -> str:
    return graph.get(ROOT, headers=bearer(token)).headers.get(NOTE, "")


def last_caller(graph: Graph) -> str:
    caller = graph.tenant.journal.entries[-1].exchange.caller
    assert caller is not None
    return caller.name


@pytest.mark.parametrize("token", ["any", "test-token", "EwBwA8l6BAAUO9chh8cJscQLmU", "a.b.c", "administrator"])
def test_who_names_no_persona_is_anyone_in_the_journal(token: str, graph: Graph) -> None:
    assert graph.get(ROOT, headers=bearer(token)).status == 200
    assert last_caller(graph) == "anyone"


@pytest.mark.parametrize("token", ["ap", "App", "vewer", "schedular", "strangr"])
def test_a_misspelled_persona_is_named_in_the_note(token: str, graph: Graph) -> None:
    near = {"ap": "app", "App": "app", "vewer": "viewer", "schedular": "scheduler", "strangr": "stranger"}[token]
    assert note_of(graph, token) == (
        f"'{token}' names no persona of this tenant, so the caller is anyone, who may do everything; "
        f"did you mean '{near}'?"
    )


def test_a_persona_that_only_the_default_fixture_has_is_said_so(graph: Graph) -> None:
    note = note_of(graph, "application")
    assert "'application' is a persona of the default fixture" in note
    assert note.endswith("the fixtures of this tenant name app, viewer, stranger, scheduler, unlicensed")


@pytest.mark.parametrize(
    "token", ["any", "anything", "test-token", "token", "scenario", "eyJ0eXAiOiJKV1Qi", "v" * 9999]
)
def test_a_word_that_is_like_no_persona_goes_without_a_note(token: str, graph: Graph) -> None:
    assert note_of(graph, token) == ""


@pytest.mark.parametrize("token", sorted(default_personas()))
def test_a_persona_goes_without_a_note(token: str) -> None:
    tenant = Tenant(Start((load_fixture("default"),), frozen=utc(NOW)))
    assert note_of(Graph(tenant), token) == ""
    assert last_caller(Graph(tenant)) == token


def test_parts_of_a_batch_and_the_connector_are_told_as_well(client: TestClient) -> None:
    misspelled = bearer("vieweer")
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/solutions/bookingBusinesses"}]}
    answer = client.post("/v1.0/$batch", json=batch, headers=misspelled)
    assert "did you mean 'viewer'" in answer.headers[NOTE]
    assert "did you mean 'viewer'" in answer.json()["responses"][0]["headers"][NOTE]
    mailboxes = "/BookingsService/api/V1/bookingBusinessesUserAsAdmin"
    assert "did you mean 'viewer'" in client.get(mailboxes, headers=misspelled).headers[NOTE]


def test_notes_of_the_journal_tell_each_misspelled_caller_once(client: TestClient) -> None:
    for token in ("vieweer", "vieweer", "ap"):
        client.get(ROOT, headers=bearer(token))
    found = client.get("/_emulator/journal/notes", params={"kind": "unknown-persona"}).json()["value"]
    assert [(each["number"], each["persona"]) for each in found] == [(1, "anyone"), (3, "anyone")]
    assert "did you mean 'viewer'" in found[0]["text"]
    assert "did you mean 'viewer'" in client.get("/_emulator/journal/1").json()["note"]


@pytest.mark.parametrize("log", [log_text, log_json], ids=["text", "json"])
def test_the_log_tells_the_note(log: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    graph = Graph(Tenant(Start((Fixture("small", small()),), frozen=utc(NOW)), Settings(log=log)))
    graph.get(ROOT, headers=bearer("vewer"))
    graph.get(ROOT, headers=bearer("viewer"))
    first, second = capsys.readouterr().err.splitlines()
    assert "did you mean 'viewer'" in first
    assert "anyone" in first
    assert "did you mean" not in second


def test_a_persona_cannot_be_called_anyone() -> None:
    with pytest.raises(FixtureError, match="another name for the persona 'anyone'"):
        Tenant(Start((Fixture("ours", {"personas": [{"name": "anyone"}]}),)))


# fixtures that describe no personas


@pytest.mark.parametrize("name", ["empty", "clinic"])
def test_fixtures_that_describe_no_personas_have_the_default_ones(name: str) -> None:
    tenant = Tenant(Start((load_fixture(name),), frozen=utc(NOW)))
    assert list(tenant.personas) == list(default_personas())
    assert {tenant.domain, "outlook.example", "nightcall.example"} == {
        each.upn.partition("@")[2] for each in tenant.personas.values() if each.upn
    }


def test_an_own_fixture_without_personas_holds_applications_to_the_rules() -> None:
    data = {name: value for name, value in small().items() if name != "personas"}
    graph = Graph(Tenant(Start((Fixture("ours", data),), frozen=utc(NOW))))
    refused = graph.post(f"{HOME}/appointments", booking(**SUNDAY), headers=bearer("application"))
    assert (refused.status, "businessHours" in refused.reason) == (500, True)


def test_a_fixture_that_says_there_is_nobody_has_nobody() -> None:
    assert not Tenant(Start((Fixture("nobody", {"personas": []}),))).personas


def test_one_fixture_that_describes_personas_is_enough() -> None:
    ours = Fixture("ours", {"personas": [{"name": "nightly", "kind": "application"}]})
    assert list(Tenant(Start((load_fixture("empty"), ours))).personas) == ["nightly"]


def test_the_state_of_a_tenant_tells_the_personas_it_was_lent() -> None:
    client = TestClient(App(Tenant(Start((load_fixture("empty"),)))), base_url=ORIGIN)
    shown = client.get("/_emulator/state").json()["personas"]
    assert [each["name"] for each in shown] == list(default_personas())


# what anyone bypasses

RULES: dict[str, tuple[dict[str, Any], str]] = {
    "closed": (SUNDAY, "business rule businessHours: "),
    "too long": ({"endDateTime": at("2026-01-12T11:30:00")}, "business rule duration: "),
    "in the past": (
        {"startDateTime": at("2026-01-02T10:00:00"), "endDateTime": at("2026-01-02T10:30:00")},
        "business rule minimumLeadTime: ",
    ),
    "nobody named": ({"staffMemberIds": []}, "application callers must name staffMemberIds"),
}


@pytest.mark.parametrize(("members", "why"), RULES.values(), ids=RULES)
def test_anyone_learns_what_an_application_would_have_met(members: dict[str, Any], why: str, graph: Graph) -> None:
    body = booking(**members)
    made = graph.post(f"{HOME}/appointments", body)
    assert made.status == 201
    assert made.headers[NOTE].startswith(f"an application would be refused: {why}")
    refused = graph.post(f"{HOME}/appointments", body, headers=AS_APP)
    assert made.headers[NOTE] == f"an application would be refused: {refused.reason}"


def test_moving_and_cancelling_and_leaving_without_staff_tell_it_too(graph: Graph) -> None:
    path = f"{HOME}/appointments/{APPOINTMENT}"
    assert "businessHours" in graph.patch(path, SUNDAY).headers[NOTE]
    assert "without staff" in graph.patch(path, {"staffMemberIds": []}).headers[NOTE]
    assert NOTE not in graph.patch(path, {"serviceNotes": "Late"}).headers
    past = {"startDateTime": at("2026-01-05T08:30:00"), "endDateTime": at("2026-01-05T09:00:00")}
    graph.patch(HOME, {"schedulingPolicy": {**graph.get(HOME).json["schedulingPolicy"], "minimumLeadTime": "PT2H"}})
    graph.patch(path, past)
    cancelled = graph.post(f"{path}/cancel", {"cancellationMessage": "Sorry"})
    assert (cancelled.status, "minimumLeadTime" in cancelled.headers[NOTE]) == (204, True)


def test_what_an_application_may_do_goes_without_a_note(graph: Graph) -> None:
    assert NOTE not in graph.post(f"{HOME}/appointments", booking()).headers


def test_what_was_bypassed_is_a_kind_of_note(client: TestClient) -> None:
    client.post(f"{HOME}/appointments", json=booking(**SUNDAY))
    (note,) = client.get("/_emulator/journal/notes").json()["value"]
    assert (note["kind"], note["operation"]) == ("bypassed-business-rule", "createAppointment")
    assert "businessHours" in note["text"]
    assert json.dumps(note["text"])[1:-1] in client.get("/_emulator/journal").text


def test_who_says_who_it_is_pays_nothing_for_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator is never held to the rules, not even to tell; a fixture is planted without a look at them."""
    data = small()
    data["personas"].append({"name": "boss", "roles": {"*": "administrator"}})
    looks: list[str] = []
    monkeypatch.setattr(appointments, "check_booking", lambda booking: looks.append(booking.ask.caller.name))
    monkeypatch.setattr(appointments, "check_cancellation", lambda ask, *rest: looks.append(ask.caller.name))
    graph = Graph(Tenant(Start((Fixture("small", data),), frozen=utc(NOW))))
    assert graph.post(f"{HOME}/appointments", booking(**SUNDAY), headers=bearer("boss")).status == 201
    assert graph.delete(f"{HOME}/appointments/{APPOINTMENT}", headers=bearer("boss")).status == 204
    assert looks == []
    graph.post(f"{HOME}/appointments", booking(), headers=AS_SCHEDULER)
    graph.post(f"{HOME}/appointments", booking())
    assert looks == ["scheduler", "anyone"]


def test_what_anyone_would_have_met_is_found_without_a_look_at_all_others(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many appointments take the same time, the first of them is enough to be told of."""
    looks: list[int] = []
    real = availability.booked
    monkeypatch.setattr(availability, "booked", lambda record: looks.append(1) or real(record))
    counts = []
    for _ in range(40):
        looks.clear()
        assert "double booking" in graph.post(f"{HOME}/appointments", booking()).headers.get(NOTE, "double booking")
        counts.append(len(looks))
    assert max(counts[5:]) <= 2 * max(counts[:5])
