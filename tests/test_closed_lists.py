"""What a user may misspell is a closed list: refused with the words there are and the nearest, wherever it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator import Emulator
from bookings_emulator.client import words
from bookings_emulator.client.client import Client
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.contract.connector import load_connector
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.control.routing import check_word
from bookings_emulator.control.tenants import table as tenants_table
from bookings_emulator.control.tokens import table as tokens_table
from bookings_emulator.events.matching import CRITERIA
from bookings_emulator.faults.shape import EFFECT, MATCH, SCHEDULE
from tests.conftest import BUSINESS, NOW, SERVICE, Graph
from tests.test_names import trees

PARAMETERS = [
    (f"{route.path}?{name}", route.path, name, parameter)
    for route in ROUTES
    for name, parameter in route.query.items()
    if route.method == "GET"
]
_FOUND = re.compile(r"; found\b|\bfound: |(expected|must|takes) .*[;,] found\b")  # another word for "got"
# what comes and goes, so that any text may be asked for
_FREE = {"appointment", "business", "fault", "path", "persona", "reason", "request_id", "subscription", "text", "to"}


@pytest.mark.parametrize(
    ("path", "name", "listed"),
    [(path, name, each.words) for _, path, name, each in PARAMETERS if each.words],
    ids=[id_ for id_, _, _, each in PARAMETERS if each.words],
)
def test_a_parameter_with_a_closed_list_refuses_what_is_not_on_it(
    path: str, name: str, listed: tuple[str, ...], client: TestClient
) -> None:
    wrong = f"{listed[0][:-1]}x"
    refused = client.get(f"/_emulator{path}", params={name: wrong})
    assert refused.status_code == 400
    assert f"{name} must be one of {', '.join(listed)}; got '{wrong}'" in refused.json()["error"]
    for each in listed:
        check_word(name, each.upper(), listed)


@pytest.mark.parametrize(
    ("path", "name"),
    [each[1:3] for each in PARAMETERS if each[2] != "body"],  # JSON, as test_journal.py has it
    ids=[each[0] for each in PARAMETERS if each[2] != "body"],
)
def test_a_parameter_that_nothing_can_ever_meet_is_refused(path: str, name: str, client: TestClient) -> None:
    others = {"/journal/wait": {"timeout": "0"}, "/events": {"follow": "false"}}.get(path, {})
    answer = client.get(f"/_emulator{path.replace('{id}', BUSINESS)}", params=others | {name: "nopes"})
    assert answer.status_code == (200 if name in _FREE else 400), answer.text
    if name not in _FREE:
        assert "nopes" in answer.json()["error"]


MISSPELLED: dict[str, tuple[str, str, str]] = {
    "a kind of message": ("GET", "/outbox?kind=cancelation", "did you mean 'cancellation'?"),
    "a status of a message": ("GET", "/outbox?status=waitng", "did you mean 'waiting'?"),
    "an event of a delivery": ("GET", "/deliveries?event=Create", "did you mean 'Created'?"),
    "a status of a delivery": ("GET", "/deliveries?status=sent", "waiting, delivered, failed, withheld, discarded"),
    "a kind of note": ("GET", "/journal/notes?kind=retried-erly", "did you mean 'retried-early'?"),
    "a version": ("GET", "/state?version=v2.0", "did you mean 'v1.0'?"),
    "a plane of the journal": ("GET", "/journal?plane=grahp", "did you mean 'graph'?"),
    "a parameter": ("GET", "/outbox?kin=reminder", "did you mean 'kind'?"),
    "a method": ("GET", "/journal?method=PSOT", "did you mean 'POST'?"),
    "a problem": ("GET", "/troubleshooting?problem=graph.unknwn", "there is no problem 'graph.unknwn'"),
    "the number of an exchange": ("GET", "/outbox?exchange=first", "exchange must be a whole number; got 'first'"),
    "a preset": ("POST", "/faults/presets/throtled", "did you mean 'throttled'?"),
}


@pytest.mark.parametrize(("method", "path", "told"), MISSPELLED.values(), ids=MISSPELLED)
def test_a_misspelled_word_is_told_the_nearest(method: str, path: str, told: str, client: TestClient) -> None:
    refused = client.request(method, f"/_emulator{path}")
    assert refused.status_code in (400, 404)
    assert told in refused.json()["error"]


BODIES: dict[str, tuple[str, dict[str, Any], str]] = {
    "what is wrong with a token": ("/tokens", {"persona": "app", "wrong": "expird"}, "did you mean 'expired'?"),
    "a level": ("/tenants", {"auth": "strickt"}, "did you mean 'strict'?"),
    "how Retry-After is given": (
        "/faults",
        {"effect": {"problem": "unavailable", "retry_after_as": "dat"}},
        "did you mean 'date'?",
    ),
    "a quirk": ("/tenants", {"quirks": {"list-forbiden": True}}, "did you mean 'list-forbidden'?"),
}


@pytest.mark.parametrize(("path", "body", "told"), BODIES.values(), ids=BODIES)
def test_a_misspelled_word_of_a_body_is_told_the_nearest(
    path: str, body: dict[str, Any], told: str, client: TestClient
) -> None:
    refused = client.post(f"/_emulator{path}", json=body)
    assert refused.status_code == 400
    assert told in refused.json()["error"]


# the client in Python

DENTAL = "ContosoDental@contoso.onmicrosoft.com"


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator(now=NOW) as client:
        yield client


def members(path: str, routes: Any) -> set[str]:
    (body,) = [each.body for each in routes if each.path == path and each.method == "POST"]
    return set(body["properties"])


LISTS: dict[str, tuple[tuple[str, ...], Callable[[], Any]]] = {
    "criteria": (words.CRITERIA, lambda: CRITERIA),
    "match": (words.MATCH, lambda: MATCH["properties"]),
    "effect": (words.EFFECT, lambda: EFFECT["properties"]),
    "schedule": (words.SCHEDULE, lambda: SCHEDULE["properties"]),
    "tenant": (words.TENANT, lambda: members("/tenants", tenants_table.routes)),
    "token": (words.TOKEN, lambda: members("/tokens", tokens_table.routes) - {"persona"}),
    "changes": (words.CHANGES, lambda: load_connector().changes),
}


@pytest.mark.parametrize(("known", "taken"), LISTS.values(), ids=LISTS)
def test_the_client_knows_the_words_that_the_control_plane_takes(
    known: tuple[str, ...], taken: Callable[[], Any]
) -> None:
    assert set(known) == set(taken())


CALLS: dict[str, tuple[Callable[[Client], object], str]] = {
    "a fault": (lambda it: it.fault(operation="create*", status=503, frist=1), "did you mean 'first'?"),
    "a preset": (lambda it: it.fault("throtled"), "did you mean 'throttled'?"),
    "verify": (lambda it: it.journal.verify(operatoin="getBusiness"), "did you mean 'operation'?"),
    "a count of verify": (lambda it: it.journal.verify(exatcly=3), "did you mean 'exactly'?"),
    "wait": (lambda it: it.journal.wait(statsu=201), "did you mean 'status'?"),
    "advance": (lambda it: it.clock.advance(dayz=1), "did you mean 'days'?"),
    "a tenant": (lambda it: it.tenant(sed=7), "did you mean 'seed'?"),
    "a token": (lambda it: it.token("application", audiense="connector"), "did you mean 'audience'?"),
    "whose token": (lambda it: it.token(persna="application"), "did you mean 'persona'?"),
    "what is wrong with a token": (lambda it: it.token("application", wrong="expird"), "did you mean 'expired'?"),
    "a change": (lambda it: it.subscribe(DENTAL, "created", "http://localhost:1/"), "did you mean 'Created'?"),
    "a subscription": (
        lambda it: it.subscribe(business=DENTAL, chnge="Created", url="http://localhost:1/"),  # type: ignore[call-arg]
        "subscribe takes business, change, url; got 'chnge'; did you mean 'change'?",
    ),
    "another change": (lambda it: it.subscribe(DENTAL, "Cancelled", "http://localhost:1/"), "Created, Updated, Del"),
    "events": (lambda it: it.events(operatoin="getBusiness"), "did you mean 'operation'?"),
    "the outbox": (lambda it: it.outbox(kind="cancelation"), "did you mean 'cancellation'?"),
    "a filter": (lambda it: it.outbox(knd="reminder"), "did you mean 'kind'?"),
}


@pytest.mark.parametrize(("call", "told"), CALLS.values(), ids=CALLS)
def test_the_client_names_the_nearest_word(call: Callable[[Client], object], told: str, server: Client) -> None:
    with pytest.raises(ControlError) as caught:
        call(server)
    assert told in str(caught.value)


def test_every_word_that_the_client_takes_is_named_when_one_is_wrong(server: Client) -> None:
    with pytest.raises(ControlError) as caught:
        server.fault(xyzzy=1)
    for each in (*words.MATCH, *words.EFFECT, *words.SCHEDULE):
        assert each in str(caught.value)


def test_a_refusal_of_the_connector_carries_the_plain_reason(server: Client) -> None:
    bookings = server.tenant()
    bookings.persona = "viewer"
    with pytest.raises(ControlError, match="administrators only") as caught:
        bookings.subscribe(DENTAL, "Created", "http://localhost:1/")
    assert caught.value.status == 403


GIVENS: dict[str, tuple[dict[str, Any], str]] = {
    "a persona of a fault": (
        {"faults": [{"match": {"persona": "vewer"}, "effect": {"status": 503}}]},
        "mean 'viewer'?",
    ),
    "a quirk": ({"quirks": {"five-customer": True}}, "did you mean 'five-customers'?"),
    "a mailbox": (
        {"subscriptions": [{"business": "no@x", "change": "Created", "url": "http://localhost"}]},
        "there is no mailbox 'no@x'; known mailboxes are ",
    ),
}


@pytest.mark.parametrize(("given", "told"), GIVENS.values(), ids=GIVENS)
@pytest.mark.parametrize("path", ["/scenarios", "/plays", "/plays?follow=true"])
def test_a_misspelled_word_of_a_given_is_refused_however_its_scenario_is_used(
    path: str, given: dict[str, Any], told: str, client: TestClient
) -> None:
    step = {"request": "GET /v1.0/me", "expect": {"status": 200}}
    scenario = {"title": "t", "shows": "s", "source": "x", "given": given, "step": [step]}
    body = {"scenario": scenario} if path.startswith("/plays") else scenario
    refused = client.post(f"/_emulator{path}", json=body)
    assert refused.status_code == 400, refused.text
    assert told in refused.json()["error"]


def test_a_misspelled_member_of_an_enum_is_told_the_nearest_as_everywhere(graph: Graph) -> None:
    member = {"displayName": "Ann", "emailAddress": "ann@contoso.com", "role": "adminstrator"}
    told = graph.post(f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/staffMembers", member).reason
    assert told.startswith("'role' must be one of ")
    assert told.endswith("; got 'adminstrator'; did you mean 'administrator'?")


def test_an_appointment_at_the_end_of_time_is_refused(client: TestClient) -> None:
    record = {"serviceId": SERVICE, "startDateTime": {"dateTime": "9999-12-31T23:59:59", "timeZone": "UTC"}}
    refused = client.post("/_emulator/records", json={"business": BUSINESS, "set": "appointments", "record": record})
    assert refused.status_code == 400, refused.text
    assert "9999" in refused.json()["error"] or "endDateTime" in refused.json()["error"]


def test_every_refusal_says_got_of_what_came() -> None:
    told = [
        f"{name}: {node.value}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FOUND.search(node.value)
    ]
    assert told == []
