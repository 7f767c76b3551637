"""What the journal tells of clients: notes, least permissions, HAR and scenarios."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.control.journal_notes import KINDS
from bookings_emulator.events.journal import BODY
from bookings_emulator.scenario.load import read_scenario
from bookings_emulator.scenario_runner import play_in_process
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import AS_APP, HOME, NOW, ROOT, SERVICE, Graph, at, bearer, booking, small

LIST = f"{HOME}/appointments"


def notes(client: TestClient, **wanted: str) -> list[dict[str, Any]]:
    answer = client.get("/_emulator/journal/notes", params=wanted)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def kinds(client: TestClient) -> list[tuple[str, int]]:
    return [(each["kind"], each["number"]) for each in notes(client)]


def throttle(graph: Graph, seconds: int = 10, **match: str) -> None:
    rule = {
        "match": match,
        "effect": {"status": 429, "retry_after": seconds},
        "schedule": {"first": 1},
    }
    graph.tenant.faults.add(rule)


# retried before Retry-After


def test_a_call_that_comes_before_its_time_is_noted(client: TestClient, graph: Graph) -> None:
    throttle(graph, 10)
    assert graph.get(ROOT).status == 429
    graph.get(HOME)
    graph.get(ROOT)
    (note,) = notes(client)
    assert (note["kind"], note["number"], note["because"]) == ("retried-early", 3, 1)
    assert note["text"].startswith("request 1 got 429 with Retry-After: 10 s; this request came after 0")


def test_a_date_of_real_time_is_no_reason_to_accuse_who_waits_for_it(client: TestClient, graph: Graph) -> None:
    """On a frozen clock the date is that of a real clock; a client that waits until then has waited long enough."""
    effect = {"problem": "throttle.generic", "retry_after": 2, "retry_after_as": "date"}
    graph.tenant.faults.add({"effect": effect, "schedule": {"first": 1}})
    assert graph.get(ROOT).headers["Retry-After"].endswith(" GMT")
    graph.get(ROOT)
    (note,) = notes(client)
    assert "Retry-After: 2 s" in note["text"]
    graph.tenant.journal.entries[1].arrived += 2
    assert notes(client) == []


def test_a_clock_that_was_moved_on_is_time_enough(client: TestClient, graph: Graph) -> None:
    throttle(graph, 10)
    graph.get(ROOT)
    graph.tenant.advance(timedelta(seconds=10))
    graph.get(ROOT)
    assert kinds(client) == []


def test_time_that_really_passed_is_time_enough(client: TestClient, graph: Graph) -> None:
    throttle(graph, 10)
    graph.get(ROOT)
    graph.tenant.journal.entries[0].arrived -= 10
    graph.get(ROOT)
    assert kinds(client) == []


def test_another_client_need_not_wait(client: TestClient, graph: Graph) -> None:
    throttle(graph, 10)
    graph.get(ROOT)
    graph.get(ROOT, headers=bearer("another"))
    assert kinds(client) == []


# next links


def test_a_list_that_is_not_read_to_its_end_is_noted(client: TestClient, graph: Graph) -> None:
    graph.post(f"{HOME}/services", {"displayName": "Third"})
    graph.get(f"{HOME}/services", headers={"prefer": "odata.maxpagesize=1"})
    assert kinds(client) == [("ignored-next-link", 2)]


def test_a_list_that_is_read_to_its_end_is_not(client: TestClient, graph: Graph) -> None:
    size = {"prefer": "odata.maxpagesize=1"}
    link = f"http://localhost:8365{HOME}/services?$select=id,displayName"
    while link:
        page = graph.get(link.removeprefix("http://localhost:8365"), headers=size).json
        link = page.get("@odata.nextLink", "")
    assert len(graph.tenant.journal.entries) == 2
    assert kinds(client) == []


def test_who_asks_for_the_first_rows_wants_no_more(client: TestClient, graph: Graph) -> None:
    assert "@odata.nextLink" in graph.get(f"{HOME}/services?$top=1").json
    assert kinds(client) == []


def test_the_link_of_an_answer_that_was_cut_is_seen(client: TestClient, graph: Graph) -> None:
    for n in range(3):
        graph.post(f"{HOME}/services", {"displayName": f"S{n}", "notes": "x" * BODY})
    graph.get(f"{HOME}/services", headers={"prefer": "odata.maxpagesize=4"})
    assert kinds(client) == [("ignored-next-link", 4)]


# permissions


def with_personas(*rows: dict[str, Any]) -> tuple[Graph, TestClient]:
    tenant = Tenant(Start((Fixture("small", {**small(), "personas": list(rows)}),), seed=1, frozen=utc(NOW)))
    return Graph(tenant), TestClient(App(tenant), base_url="http://localhost:8365")


def test_permissions_that_no_call_needed_are_noted() -> None:
    held = ["Bookings.Manage.All", "Bookings.Read.All", "User.Read"]
    graph, client = with_personas({"name": "wide", "kind": "application", "permissions": held})
    graph.get(HOME, headers=bearer("wide"))
    graph.get(LIST, headers=bearer("wide"))
    (note,) = notes(client)
    assert (note["kind"], note["persona"]) == ("more-permission-than-needed", "wide")
    assert note["text"].endswith("its token also has Bookings.Manage.All")
    assert "User.Read" not in note["text"]


@pytest.mark.parametrize(
    ("held", "spare"),
    [
        ("Bookings.Read.All", ""),
        ("BookingsAppointment.ReadWrite.All", ""),
        ("Bookings.Manage.All", "Bookings.Manage.All"),
        ("Bookings.Read.All User.Read", ""),
        ("Bookings.Read.All Bookings.ReadWrite.All", "Bookings.ReadWrite.All"),
    ],
)
def test_what_a_reader_holds_is_held_against_what_it_needs(held: str, spare: str) -> None:
    graph, client = with_personas({"name": "reader", "kind": "application", "permissions": held.split()})
    assert graph.get(HOME, headers=bearer("reader")).status == 200
    found = notes(client)
    assert [each["text"].rpartition("also has ")[2] for each in found] == ([spare] if spare else [])


def test_the_least_permissions_of_the_calls_are_told(client: TestClient, graph: Graph) -> None:
    graph.get(ROOT)
    graph.get(LIST)
    found = client.get("/_emulator/journal/permissions").json()
    assert found["delegated"] == {"least": ["Bookings.Read.All"], "refused": []}
    assert found["application"]["least"] == ["Bookings.Read.All"]
    graph.post(f"{HOME}/services", {"displayName": "New"})
    graph.post(f"{HOME}/publish")
    found = client.get("/_emulator/journal/permissions").json()
    assert "Bookings.Manage.All" in found["delegated"]["least"]
    assert [(each["operation"], each["calls"]) for each in found["operations"]] == [
        ("createService", 1),
        ("listAppointments", 1),
        ("listBusinesses", 1),
        ("publish", 1),
    ]
    narrowed = client.get("/_emulator/journal/permissions", params={"method": "GET"}).json()
    assert narrowed["delegated"]["least"] == ["Bookings.Read.All"]


def test_operations_that_a_kind_may_never_call_are_told(client: TestClient, graph: Graph) -> None:
    graph.post(ROOT, {"displayName": "New"})
    assert client.get("/_emulator/journal/permissions").json()["application"]["refused"] == ["createBusiness"]


# bodies


def test_members_that_are_not_taken_over_are_noted(client: TestClient, graph: Graph) -> None:
    service = {"displayName": "New", "id": "mine", "webUrl": "https://x", "defaultLocation": {"displayName": "Room"}}
    assert graph.post(f"{HOME}/services", service).status == 201
    (note,) = notes(client)
    assert (note["kind"], note["text"]) == ("ignored-members", "sent but not stored: id, webUrl")


def test_an_undocumented_spelling_is_noted(client: TestClient, graph: Graph) -> None:
    body = booking()
    body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    assert graph.post(LIST, body).status == 201
    (note,) = notes(client)
    assert note["kind"] == "undocumented-alias"
    assert "start (for startDateTime)" in note["text"]


def test_a_refused_body_is_not_noted(client: TestClient, graph: Graph) -> None:
    assert graph.post(f"{HOME}/services", {"id": "mine", "displayName": 5}).status >= 400
    assert notes(client) == []


# versions and repetitions


def test_beta_is_noted_once_for_each_operation_that_the_other_version_has(client: TestClient, graph: Graph) -> None:
    for _ in range(2):
        graph.get("/beta/solutions/bookingBusinesses")
    graph.get("/beta/bookingBusinesses")
    assert kinds(client) == [("beta-instead-of-v1.0", 1)]


def test_what_is_created_again_after_a_lost_answer_is_noted(client: TestClient, graph: Graph) -> None:
    graph.tenant.faults.add(
        {"match": {"operation": "createService"}, "effect": {"lost": True}, "schedule": {"first": 1}}
    )
    for _ in range(2):
        graph.post(f"{HOME}/services", {"displayName": "New"})
    (note,) = notes(client)
    assert (note["kind"], note["number"], note["because"]) == ("repeated-create", 2, 1)


def test_what_is_created_twice_on_purpose_is_not(client: TestClient, graph: Graph) -> None:
    for _ in range(2):
        graph.post(f"{HOME}/services", {"displayName": "New"})
    assert notes(client) == []


def test_notes_are_narrowed_and_unknown_kinds_refused(client: TestClient, graph: Graph) -> None:
    graph.get("/beta/solutions/bookingBusinesses")
    assert notes(client, kind="retried-early") == []
    assert notes(client, persona="nobody") == []
    refused = client.get("/_emulator/journal/notes", params={"kind": "retried-ealry"})
    assert refused.status_code == 400
    assert "did you mean 'retried-early'?" in refused.json()["error"]


def test_every_kind_of_note_is_documented(client: TestClient) -> None:
    about = client.get("/_emulator/openapi/control.json").json()["paths"]["/_emulator/journal/notes"]["get"][
        "description"
    ]
    assert all(f"`{kind}`" in about for kind in KINDS)


# HAR


def test_the_journal_is_a_har_document_without_secrets(client: TestClient, graph: Graph) -> None:
    graph.post(f"{LIST}?code=very-secret", booking(), headers=AS_APP)
    graph.get(f"{HOME}/nothing")
    answer = client.get("/_emulator/journal.har")
    assert "very-secret" not in answer.text
    log = answer.json()["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "graph-bookings-emulator")
    first, second = log["entries"]
    # the members that HAR 1.2 demands
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= first.keys()
    assert {
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
    } <= first["request"].keys()  # fmt: skip
    assert {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
    } <= first["response"].keys()  # fmt: skip
    assert first["request"]["url"].startswith("http://localhost:8365/v1.0/solutions")
    assert json.loads(first["request"]["postData"]["text"]) == booking()
    assert (second["response"]["status"], second["response"]["statusText"]) == (400, "Bad Request")
    assert second["_reason"]
    narrowed = client.get("/_emulator/journal.har", params={"status": "4xx"}).json()
    assert len(narrowed["log"]["entries"]) == 1


# scenario


def replayed(data: dict[str, Any]) -> Any:
    """What becomes of an exported scenario when it is played in a fresh emulator."""
    (performance,) = asyncio.run(play_in_process([read_scenario("exported", data)]))
    return performance


def journey(graph: Graph) -> None:
    """Reads, changes, refusals, a batch, a moved clock and a lost answer."""
    graph.get(ROOT)
    made = graph.post(LIST, booking(), headers=AS_APP)
    graph.patch(f"{LIST}/{made.json['id']}", {"serviceNotes": "x"})
    graph.get(f"{LIST}/{made.json['id']}")
    graph.tenant.advance(timedelta(days=1))
    graph.post(f"{LIST}/{made.json['id']}/cancel", {"cancellationMessage": "Sorry"})
    graph.get(f"{LIST}/{made.json['id']}")
    graph.get(HOME, headers=bearer("stranger"))
    graph.get(HOME, headers={"authorization": None})
    item = {"id": "1", "method": "POST", "url": f"/solutions/bookingBusinesses/{HOME.rpartition('/')[2]}/appointments"}
    body = booking(startDateTime=at("2026-01-15T10:00:00"), endDateTime=at("2026-01-15T10:30:00"))
    content = {"Content-Type": "application/json"}
    graph.post("/v1.0/$batch", {"requests": [{**item, "headers": content, "body": body}]})
    graph.get(f"{HOME}/services/{SERVICE}")


def test_an_exported_journal_plays_back_as_it_was(client: TestClient, graph: Graph) -> None:
    journey(graph)
    data = client.get("/_emulator/journal/scenario").json()
    assert data["given"]["now"] == NOW
    performance = replayed(data)
    assert performance.result == "passed", [each for each in performance.steps if each.result != "passed"]
    assert len(performance.steps) == 11
    assert "appointmentCreated" in json.dumps(data["step"])


def test_quirks_and_faults_of_the_tenant_are_given(client: TestClient, graph: Graph) -> None:
    client.put("/_emulator/quirks/update-no-content", json={"value": False})
    throttle(graph, 7, operation="getBusiness")
    graph.get(HOME)
    graph.patch(f"{HOME}/services/{SERVICE}", {"notes": "x"})
    data = client.get("/_emulator/journal/scenario").json()
    assert data["given"]["quirks"] == {"update-no-content": False}
    assert data["step"][0]["expect"]["headers"]["Retry-After"] == "7"
    read_scenario("exported", data)


def test_the_exported_scenario_is_narrowed_and_holds_no_secrets(client: TestClient, graph: Graph) -> None:
    journey(graph)
    data = client.get("/_emulator/journal/scenario", params={"status": "401,403,404,500"}).json()
    assert len(data["step"]) == 3
    assert "anything" not in json.dumps(data)


def test_what_was_dropped_is_told(client: TestClient, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings_emulator.events.journal.CAPACITY", 2)
    for _ in range(4):
        graph.get(ROOT)
    assert "had dropped 2 earlier exchanges" in client.get("/_emulator/journal/scenario").json()["shows"]


def test_a_scenario_of_several_own_fixtures_holds_the_records_of_all() -> None:
    first = Fixture("ours", {"bookingBusinesses": [{"id": "One@x.com", "displayName": "One"}]})
    second = Fixture(
        "theirs",
        {
            "bookingBusinesses": [{"id": "Two@x.com", "displayName": "Two"}],
            "bookingCurrencies": [{"id": "EUR", "symbol": "€"}],
            "personas": [{"name": "nightly", "kind": "application"}],
        },
    )
    client = TestClient(App(Tenant(Start((first, second), seed=1, frozen=utc(NOW)))), headers=bearer("any"))
    client.get(ROOT)
    records = client.get("/_emulator/journal/scenario").json()["given"]["fixture"]
    assert [each["id"] for each in records["bookingBusinesses"]] == ["One@x.com", "Two@x.com"]
    assert [each["id"] for each in records["bookingCurrencies"]] == ["EUR"]
    assert [each["name"] for each in records["personas"]] == ["nightly"]


def test_a_har_holds_parameters_without_a_value_and_twice(client: TestClient) -> None:
    client.get(f"{ROOT}?a=&b=1&b=2&c")
    (entry,) = client.get("/_emulator/journal.har").json()["log"]["entries"]
    pairs = [(each["name"], each["value"]) for each in entry["request"]["queryString"]]
    assert pairs == [("a", ""), ("b", "1"), ("b", "2"), ("c", "")]
