"""The rest of Graph: stubs of a test, and what is ready from personas, staff and appointments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bookings_emulator import Client, ControlError, Emulator
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, load_fixture
from bookings_emulator.stubs.ready_made import load_ready_made
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import Graph

NOW = "2026-01-05T08:00:00Z"
ME = "danas@contoso.onmicrosoft.com"


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator() as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    tenant = server.tenant(now=NOW, seed=1)
    yield tenant
    tenant.drop()


def call(bookings: Client, method: str, path: str, persona: str | None = None, **options: Any) -> Any:
    headers = bookings.headers(persona) if persona else {}
    return bookings.graph.request(method, path, headers=headers, **options)


# stubs


def test_a_stub_answers_a_path_that_bookings_does_not_have_in_both_versions(bookings: Client) -> None:
    before = call(bookings, "GET", "/me/messages")
    assert before.status_code == 400
    assert "POST /_emulator/stubs" in before.headers["x-emulator-reason"]
    stub = bookings.stub("GET /me/messages", body={"value": [{"subject": "Hello"}]})
    assert call(bookings, "GET", "/me/messages").json() == {"value": [{"subject": "Hello"}]}
    assert call(bookings, "GET", f"{bookings.beta_url}/ME/messages").json()["value"]
    assert stub.hits == 2
    stub.drop()
    assert call(bookings, "GET", "/me/messages").status_code == 400


def test_placeholders_of_the_path_and_of_the_caller_are_filled(bookings: Client) -> None:
    body = {"id": "{id}", "from": "{caller.upn}", "list": ["{part}", {"name": "{caller.name}"}]}
    bookings.stub("GET /users/{id}/parts/{part}", body=body, headers={"x-who": "{caller.id}"})
    answer = call(bookings, "GET", "/users('a%20b')/parts/7", "viewer")
    assert answer.json()["id"] == "a b"
    assert answer.json()["from"] == "diegos@contoso.onmicrosoft.com"
    assert answer.json()["list"] == ["7", {"name": "Diego Siciliani"}]
    assert answer.headers["x-who"] == call(bookings, "GET", "/me", "viewer").json()["id"]


def test_query_and_body_narrow_a_stub_and_the_newest_that_fits_answers(bookings: Client) -> None:
    bookings.stub("POST /search/query", status=404)
    bookings.stub("POST /search/query", match={"kind": ["event"]}, body={"found": "event"})
    bookings.stub("POST /search/query", query={"deep": "yes"}, body={"found": "deep"})
    assert call(bookings, "POST", "/search/query", json={"kind": ["mail"]}).status_code == 404
    assert call(bookings, "POST", "/search/query", json={"kind": ["mail", "event"]}).json()["found"] == "event"
    assert call(bookings, "POST", "/search/query?deep=yes", json={}).json()["found"] == "deep"


def test_a_stub_needs_a_permission_if_it_says_so(bookings: Client) -> None:
    bookings.stub("GET /me/messages", body={"value": []}, permissions=["Mail.Read"])
    refused = call(bookings, "GET", "/me/messages", "powerless")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    assert "Mail.Read" in refused.headers["x-emulator-reason"]
    assert call(bookings, "GET", "/me/messages").status_code == 200


def test_a_stub_meets_authentication_faults_batch_journal_and_verify(bookings: Client) -> None:
    bookings.stub("GET /me/messages", body={"value": []}, name="mails")
    assert bookings.graph.get("/me/messages", headers={"Authorization": ""}).status_code == 401
    parts = [{"id": "1", "method": "GET", "url": "/me/messages"}, {"id": "2", "method": "GET", "url": "/me"}]
    answers = call(bookings, "POST", "/$batch", json={"requests": parts}).json()["responses"]
    assert [each["status"] for each in answers] == [200, 200]
    bookings.fault(operation="stub.mails", status=503, first=1)
    assert call(bookings, "GET", "/me/messages").status_code == 503
    assert call(bookings, "GET", "/me/messages").status_code == 200
    assert bookings.journal.verify(operation="stub.mails", status=200) == 2
    assert bookings.journal.permissions()["delegated"]["least"] is not None
    assert bookings.journal.scenario()["step"]


def test_a_page_of_a_stub_can_run_nothing(bookings: Client) -> None:
    page = "<script>alert(1)</script>"
    bookings.stub("GET /me/photo/page", body=page, headers={"Content-Type": "text/html"})
    answer = call(bookings, "GET", "/me/photo/page")
    assert answer.text == page
    assert answer.headers["content-security-policy"].startswith("sandbox")


def test_a_stub_answers_as_often_as_it_may_and_then_the_one_before_it(bookings: Client) -> None:
    path, refused = "/me/messages", {"name": "first", "status": 429, "times": 2}
    bookings.stub(f"GET {path}", body={"value": []})
    bookings.stub(f"GET {path}", **refused)
    kept = bookings.snapshot()
    assert [bookings.graph.get(path).status_code for _ in range(4)] == [429, 429, 200, 200]
    assert {row["name"]: (row.get("times"), row["hits"]) for row in bookings.stubs}["stub.first"] == (2, 2)
    kept.restore()
    assert [bookings.graph.get(path).status_code for _ in range(3)] == [429, 429, 200]
    bookings.stub(f"GET {path}", **refused)
    assert [bookings.graph.get(path).status_code for _ in range(3)] == [429, 429, 200]
    bookings.stub("GET /me/photo", status=404, times=1)
    assert [bookings.graph.get("/me/photo").status_code for _ in range(2)] == [404, 400]
    assert "POST /_emulator/stubs adds" in bookings.journal[-1]["reason"]


def test_stubs_are_replaced_dropped_and_put_back_by_a_reset(server: Client) -> None:
    given = {"stub": [{"request": "GET /groups", "name": "groups", "body": {"value": []}}], "bookingBusinesses": []}
    scenario = {"title": "t", "shows": "s", "source": "x", "given": {"fixture": given}}
    scenario["stub"] = [{"request": "GET /teams", "name": "teams"}]
    with server.tenant(scenario=scenario) as bookings:
        names = [row["name"] for row in bookings.stubs]
        assert names == ["stub.groups", "stub.teams"]
        kept = bookings.snapshot()
        bookings.stubs.replace([{"request": "GET /sites", "name": "sites"}])
        assert [row["name"] for row in bookings.stubs] == ["stub.sites"]
        bookings.stubs.drop("stub.sites")
        assert len(bookings.stubs) == 0
        kept.restore()
        bookings.stubs.clear()
        bookings.reset()
        assert [row["name"] for row in bookings.stubs] == names
        bookings.drop()


WRONG = {
    "a word": ({"request": "GET /me/x", "boddy": {}}, "did you mean 'body'?"),
    "no request": ({}, "'request' is a required property"),
    "a method": ({"request": "GETT /me/x"}, "GETT"),
    "a version": ({"request": "GET /v1.0/me/x"}, "write GET /me/x"),
    "a query": ({"request": "GET /me/x?a=1"}, "put that into query"),
    "a path of Bookings": ({"request": "GET /solutions/bookingBusinesses"}, "belongs to Bookings"),
    "a path below Bookings": ({"request": "GET /bookingBusinesses/{id}/services"}, "POST /_emulator/faults"),
    "the batch": ({"request": "POST /$batch"}, "belongs to Bookings"),
    "a placeholder": ({"request": "GET /users/{id}", "body": "{idd}"}, "did you mean 'id'?"),
    "a placeholder of the caller": ({"request": "GET /me/x", "body": "{caller.mail}"}, "caller.upn"),
    "a body that cannot be": (
        {"request": "GET /me/x", "status": 204, "body": {}},
        "a response with status 204 has no body",
    ),
    "a status": ({"request": "GET /me/x", "status": 99}, "99"),
    "a header that is none": (
        {"request": "GET /me/x", "headers": {"a b": "x"}},
        "headers: expected a header name other",
    ),
    "a header of the framing": (
        {"request": "GET /me/x", "headers": {"transfer-encoding": "chunked"}},
        "Transfer-Encoding and Connection; got 'transfer-encoding'",
    ),
    "never": ({"request": "GET /me/x", "times": 0}, "times"),
}


@pytest.mark.parametrize(("given", "told"), WRONG.values(), ids=WRONG)
def test_a_stub_that_could_never_answer_is_refused(bookings: Client, given: dict[str, Any], told: str) -> None:
    with pytest.raises(ControlError) as error:
        bookings._line.post("/stubs", given)
    assert told in str(error.value)
    assert len(bookings.stubs) == 0


def test_a_stub_of_a_fixture_that_could_never_answer_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    stubs = [{"request": "GET /teams"}, {"request": "GET /solutions/bookingBusinesses"}]
    file.write_text(json.dumps({"stub": stubs, "bookingBusinesses": []}), encoding="utf-8")
    with pytest.raises(FixtureError, match=r"stub\[1\].request"):
        Tenant(Start((load_fixture(str(file)),)))


def test_dropping_a_stub_that_is_not_there_names_those_that_are(bookings: Client) -> None:
    bookings.stub("GET /teams", name="teams")
    with pytest.raises(ControlError, match=r"did you mean 'stub.teams'\?"):
        bookings.stubs.drop("stub.team")


# ready-made


def test_me_is_who_is_signed_in(bookings: Client) -> None:
    me = call(bookings, "GET", "/me", "viewer").json()
    assert me["@odata.context"].endswith("/v1.0/$metadata#users/$entity")
    assert (me["displayName"], me["userPrincipalName"]) == ("Diego Siciliani", "diegos@contoso.onmicrosoft.com")
    assert me["mail"] == me["userPrincipalName"]
    assert call(bookings, "GET", "/me").json()["userPrincipalName"] == ME
    chosen = call(bookings, "GET", "/me?$select=userPrincipalName,id,mail").json()
    assert {*chosen} == {"@odata.context", "userPrincipalName", "id", "mail"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"personas": [{"name": "clerk", "kind": "delegated", "upn": "lee@contoso.com"}]}, "lee@contoso.com"),
        ({"personas": []}, "anyone"),
        ({"personas": [{"name": "app", "kind": "application"}]}, "anyone"),
    ],
    ids=["a person", "nobody", "an application alone"],
)
def test_without_an_administrator_whoever_says_nothing_is_the_first_person_there_is(
    data: dict[str, Any], expected: str
) -> None:
    graph = Graph(Tenant(Start((Fixture("ours", data),))))
    assert graph.get("/v1.0/me").json["userPrincipalName"] == expected


def test_an_application_has_no_me(bookings: Client) -> None:
    answer = call(bookings, "GET", "/me", "application")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["message"] == "/me request is only valid with delegated authentication flow."


def test_users_are_personas_and_staff_each_once(bookings: Client) -> None:
    users = call(bookings, "GET", "/users").json()["value"]
    addresses = [user["userPrincipalName"] for user in users]
    assert len({*map(str.lower, addresses)}) == len(addresses)
    assert ME in addresses
    assert len(call(bookings, "GET", "/users?$top=2").json()["value"]) == 2
    dana = next(user for user in users if user["userPrincipalName"] == ME)
    for key in (dana["id"], ME.upper()):
        assert call(bookings, "GET", f"/users/{key}").json()["id"] == dana["id"]
    missing = call(bookings, "GET", "/users/nobody@contoso.onmicrosoft.com")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "Request_ResourceNotFound")


def test_an_option_that_a_ready_made_answer_does_not_know_is_refused(bookings: Client) -> None:
    answer = call(bookings, "GET", "/users?$filter=mail eq 'x'")
    assert answer.status_code == 400
    assert "$select and $top; add a stub" in answer.headers["x-emulator-reason"]


def test_the_organization_is_that_of_the_tenant(bookings: Client) -> None:
    (row,) = call(bookings, "GET", "/organization").json()["value"]
    assert row["id"] == bookings.id
    assert row["verifiedDomains"][0]["name"] == "contoso.onmicrosoft.com"


@pytest.mark.parametrize("path", ["/me/sendMail", f"/users/{ME}/sendMail"])
def test_a_mail_goes_into_the_outbox(bookings: Client, path: str) -> None:
    message = {
        "subject": "Your invoice",
        "body": {"contentType": "HTML", "content": "<p>Thank you</p>"},
        "toRecipients": [{"emailAddress": {"address": "adelev@contoso.com"}}],
        "ccRecipients": [{"emailAddress": {"address": "alexw@contoso.com"}}],
    }
    answer = call(bookings, "POST", path, json={"message": message})
    assert (answer.status_code, answer.content) == (202, b"")
    sent = bookings.outbox(kind="mail")
    assert [(row["to"], row["subject"], row["text"]) for row in sent] == [
        (to, "Your invoice", "<p>Thank you</p>") for to in ("adelev@contoso.com", "alexw@contoso.com")
    ]
    refused = call(bookings, "POST", path, json={"message": {"subject": "to nobody"}})
    assert (refused.status_code, "toRecipients" in refused.headers["x-emulator-reason"]) == (400, True)


def test_a_schedule_shows_the_appointments_of_staff(bookings: Client) -> None:
    body = {
        "schedules": [ME, "nobody@contoso.onmicrosoft.com"],
        "startTime": {"dateTime": "2026-01-05T00:00:00", "timeZone": "Europe/Berlin"},
        "endTime": {"dateTime": "2026-02-20T00:00:00", "timeZone": "Europe/Berlin"},
        "availabilityViewInterval": 60,
    }
    dana, nobody = call(bookings, "POST", "/me/calendar/getSchedule", json=body).json()["value"]
    assert dana["scheduleItems"]
    assert dana["availabilityView"].count("2") >= len(dana["scheduleItems"]) > 0
    assert len(dana["availabilityView"]) == 46 * 24
    assert nobody["scheduleItems"] == []
    wrong = call(bookings, "POST", f"/users/{ME}/calendar/getSchedule", json={**body, "endTime": body["startTime"]})
    assert wrong.status_code == 400


@pytest.mark.parametrize("operation", load_ready_made(), ids=lambda row: row.name)
def test_a_ready_made_answer_needs_one_of_its_permissions(bookings: Client, operation: Any) -> None:
    path = operation.stub.request.partition(" ")[2].replace("{id}", ME)
    for kind, accepted in operation.permissions.items():
        persona = {"delegated": "administrator", "application": "application"}[kind]
        token = bookings.token(persona, permissions=["Bookings.Read.All"])
        answer = bookings.graph.request(
            operation.stub.method, path, headers={"Authorization": f"Bearer {token}"}, json={}
        )
        expected = "Authorization_RequestDenied" if accepted else "BadRequest"
        assert answer.json()["error"]["code"] == expected, answer.headers["x-emulator-reason"]


def test_another_method_on_a_ready_made_path_says_what_it_takes(bookings: Client) -> None:
    answer = call(bookings, "PATCH", "/me", json={})
    assert answer.status_code == 405
    assert "this path accepts GET; add a stub for any other call" in answer.headers["x-emulator-reason"]


def test_a_stub_goes_before_what_is_ready_made(bookings: Client) -> None:
    bookings.stub("GET /me", body={"displayName": "Somebody"})
    assert call(bookings, "GET", "/me", "application").json() == {"displayName": "Somebody"}


def test_a_quirk_switches_all_that_is_ready_made_off(bookings: Client) -> None:
    bookings.quirk("ready-made-answers", False)
    answer = call(bookings, "GET", "/me")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Resource not found for the segment 'me'.")
    bookings.stub("GET /organization", body={})
    assert call(bookings, "GET", "/organization").status_code == 200


def test_a_mixed_program_reads_who_is_signed_in_books_and_writes_a_mail(bookings: Client) -> None:
    bookings.persona = "administrator"
    event = bookings.stub("POST /users/{id}/events", status=201, body={"webLink": "https://outlook.example/{id}"})
    graph = bookings.graph
    me = graph.get("/me").json()
    home = "/solutions/bookingBusinesses/" + graph.get("/solutions/bookingBusinesses").json()["value"][0]["id"]
    service = graph.get(f"{home}/services").json()["value"][0]
    start, end = ({"dateTime": f"2026-01-12T18:{minute}:00", "timeZone": "UTC"} for minute in ("00", "30"))
    kind = "#microsoft.graph.bookingCustomerInformation"
    customer = {"@odata.type": kind, "name": "Adele", "emailAddress": "a@b.example"}
    body = {"serviceId": service["id"], "startDateTime": start, "endDateTime": end, "customers": [customer]}
    made = graph.post(f"{home}/appointments", json=body | {"staffMemberIds": service["staffMemberIds"][:1]})
    assert made.status_code == 201, made.text
    link = graph.post(f"/users/{me['mail']}/events", json={"subject": made.json()["serviceName"]}).json()["webLink"]
    mail = {"subject": f"Booked: {link}", "toRecipients": [{"emailAddress": {"address": "a@b.example"}}]}
    assert graph.post("/me/sendMail", json={"message": mail}).status_code == 202
    assert event.hits == 1
    sent = bookings.outbox(kind="mail")
    assert [each["subject"] for each in sent] == [f"Booked: https://outlook.example/{me['mail']}"]


def test_links_of_a_stub_lead_to_the_address_that_was_called(bookings: Client) -> None:
    bookings.stub("GET /groups", body={"@odata.context": "{origin}/v1.0/$metadata#groups", "value": []})
    context = bookings.graph.get("/groups").json()["@odata.context"]
    assert context == f"{bookings.url}/v1.0/$metadata#groups"


def test_a_scenario_of_the_journal_has_the_stubs_of_its_tenant(bookings: Client) -> None:
    bookings.stub("GET /groups", name="groups", body={"value": [{"displayName": "Reception"}]})
    bookings.graph.get("/groups")
    made = bookings.journal.scenario()
    assert made["stub"] == [
        {"name": "groups", "request": "GET /groups", "body": {"value": [{"displayName": "Reception"}]}}
    ]
    play = bookings.tenant(scenario=made)
    assert play.graph.get("/groups").json() == {"value": [{"displayName": "Reception"}]}
