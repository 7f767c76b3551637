"""The journal: what was exchanged, found, waited for and verified; bounded, and without secrets."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator import masking as masks
from bookings_emulator.events import journal as journals
from bookings_emulator.events.journal import BODY, CAPACITY, Journal
from bookings_emulator.events.matching import CRITERIA, MatchError, contains, read_match
from bookings_emulator.exchange import EVENTS, Exchange, Hit, Request, Response
from bookings_emulator.faults.planes import targets
from bookings_emulator.identity import plane as identity
from bookings_emulator.store.seed import utc
from tests.conftest import AS_APP, AS_VIEWER, BUSINESS, HOME, NOW, ORIGIN, ROOT, Graph, at, booking
from tests.test_cli import get

LIST = f"{HOME}/appointments"
GONE = f"{HOME}/services/00000000-0000-4000-8000-000000000000"


def entries(client: TestClient, **wanted: Any) -> list[dict[str, Any]]:
    answer = client.get("/_emulator/journal", params=wanted)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def verdict(client: TestClient, match: dict[str, Any], **counts: Any) -> dict[str, Any]:
    answer = client.post("/_emulator/journal/verify", json={"match": match, **counts})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def noted(journal: Journal, answer: bytes = b"", sent: bytes = b"", **members: Any) -> Exchange:
    """An exchange put into a journal by hand."""
    request = Request("POST", "/v1.0/x", "", {"content-type": "application/json"}, sent, ORIGIN)
    response = Response(200, {"Content-Type": "application/json"}, answer)
    exchange = Exchange("graph", request, utc(NOW), response=response, **members)
    journal.note(exchange)
    return exchange


# what is kept


def test_a_broken_rule_is_named_in_the_journal(client: TestClient, graph: Graph) -> None:
    body = booking(endDateTime=at("2026-01-12T11:00:00"))
    answer = graph.post(LIST, body, headers=AS_APP)
    assert answer.error["message"] == ""
    (entry,) = entries(client)
    assert (entry["method"], entry["status"]) == ("POST", 500)
    assert entry["reason"].startswith("business rule duration: the service lasts PT30M")
    assert entry["request_id"] == answer.headers["request-id"]
    assert entry["at"] == "2026-01-05T08:00:00Z"


def test_an_exchange_is_kept_with_what_was_sent_answered_and_caused(client: TestClient, graph: Graph) -> None:
    body = booking()
    answer = graph.post(LIST, body, headers=AS_APP)
    (entry,) = entries(client)
    assert {name: entry[name] for name in ("number", "plane", "operation", "business", "persona", "events")} == {
        "number": 1,
        "plane": "graph",
        "operation": "createAppointment",
        "business": BUSINESS,
        "persona": "app",
        "events": ["appointmentCreated"],
    }
    assert entry["request"]["body"] == body
    assert entry["request"]["size"] == len(json.dumps(body))
    assert entry["response"]["body"]["id"] == answer.json["id"]
    assert entry["response"]["headers"]["Location"] == answer.headers["Location"]
    assert client.get("/_emulator/journal/1").json() == entry
    assert "body" not in json.dumps(entries(client, brief="true"))


def test_parts_of_a_batch_are_exchanges_of_their_own(client: TestClient, graph: Graph) -> None:
    graph.post("/v1.0/$batch", {"requests": [{"id": "1", "method": "GET", "url": "/solutions/bookingBusinesses"}]})
    part, whole = entries(client)
    assert (part["operation"], part["in_batch"]) == ("listBusinesses", True)
    assert (whole["operation"], whole["in_batch"]) == ("$batch", False)


def test_it_is_bounded_and_says_what_it_let_go_and_reset_empties_it(client: TestClient, graph: Graph) -> None:
    for _ in range(CAPACITY + 3):
        graph.get(ROOT)
    found = client.get("/_emulator/journal", params={"brief": "true"}).json()
    assert (len(found["value"]), found["dropped"], found["last"]) == (CAPACITY, 3, CAPACITY + 3)
    assert found["value"][0]["number"] == 4
    assert client.get("/_emulator/journal/3").status_code == 404
    client.post("/_emulator/reset")
    assert client.get("/_emulator/journal").json() == {"value": [], "dropped": 0, "last": 0}


def test_bodies_are_cut_but_their_sizes_and_the_end_of_an_answer_are_kept() -> None:
    journal = Journal()
    answer = b'{"value":["%s"],"@odata.nextLink":"http://x"}' % (b"a" * BODY * 2)
    exchange = noted(journal, answer, b"b" * (BODY + 1))
    (entry,) = journal.entries
    assert (entry.sent, entry.answered) == (BODY + 1, len(answer))
    assert exchange.response
    assert len(exchange.request.body) == len(exchange.response.body) == BODY
    assert entry.tail.endswith(b'"@odata.nextLink":"http://x"}')


def test_cutting_for_the_journal_leaves_the_answer_whole(client: TestClient, graph: Graph) -> None:
    text = "x" * (BODY * 2)
    graph.post(f"{HOME}/customers", {"@odata.type": "#microsoft.graph.bookingCustomer", "displayName": text})
    assert client.get(f"{HOME}/customers").json()["value"][-1]["displayName"] == text
    entry = entries(client, operation="listCustomers")[0]
    assert entry["response"]["is_cut"]
    assert isinstance(entry["response"]["body"], str)
    assert entry["response"]["size"] > BODY * 2


def test_memory_is_bounded_whatever_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MEMORY", 100 * BODY)
    journal = Journal()
    for _ in range(300):
        noted(journal, b"a" * BODY * 2, b"b" * BODY * 2)
    held = sum(len(each.exchange.request.body) + len(each.exchange.response.body) for each in journal.entries)  # type: ignore[union-attr]
    assert 0 < held <= 100 * BODY
    assert journal.dropped == 300 - len(journal.entries)


LONG = "x" * 60_000


@pytest.mark.parametrize(
    ("path", "query", "headers", "reason"),
    [
        (f"/{LONG}", "", {}, None),
        ("/", LONG, {}, None),
        ("/", "", {"x": LONG}, None),
        ("/", "", {LONG: "x"}, None),
        ("/", "", {}, LONG),
    ],
    ids=["path", "query", "header", "name of a header", "reason"],
)
def test_the_bound_counts_everything_that_a_client_chose(
    path: str, query: str, headers: dict[str, str], reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MEMORY", 10 * len(LONG))
    journal = Journal()
    for _ in range(50):
        request = Request("GET", path, query, headers, b"", ORIGIN)
        journal.note(Exchange("graph", request, utc(NOW), response=Response(400), reason=reason))
    assert 5 < len(journal.entries) < 10
    assert journal.dropped == 50 - len(journal.entries)


def test_what_is_forgotten_on_purpose_is_not_dropped_and_numbers_go_on(client: TestClient, graph: Graph) -> None:
    graph.get(ROOT)
    assert client.delete("/_emulator/journal").status_code == 204
    assert client.get("/_emulator/journal").json() == {"value": [], "dropped": 0, "last": 1}
    graph.get(ROOT)
    assert [each["number"] for each in entries(client)] == [2]


# what is secret

SECRETS = [
    ({"authorization": "Bearer very-secret"}, "", b"", ""),
    ({"x-other": "x", "cookie": "session=very-secret"}, "", b"", ""),
    ({}, "code=very-secret&state=1", b"", ""),
    ({}, "", b"grant_type=password&username=a&password=very-secret", "application/x-www-form-urlencoded"),
    ({}, "", b"client_secret=very-secret&refresh_token=very-secret", "application/x-www-form-urlencoded"),
    ({}, "", b"client_assertion=very-secret&assertion=very-secret", "application/x-www-form-urlencoded"),
    ({}, "", b'{"access_token": "very-secret", "id_token": "very-secret"}', "application/json"),
    ({}, "", b'{"a": [{"Password": "very-secret"}]}', "application/json; charset=utf-8"),
    ({}, "", b'{"grant_type": "authorization_code", "code": "very-secret"}', "application/json"),
    ({}, "", b'{"notificationUrl": "https://x.logic.azure.com/a?sp=1&sig=very-secret&sv=1"}', "application/json"),
    ({}, "", b'{"cut": 1, "refresh_token": "very-secret', "application/json"),
    ({"location": "http://localhost/?code=very-secret"}, "", b"", ""),
    ({"referer": "http://localhost/#access_token=very-secret"}, "", b"", ""),
    ({}, "", b'<form><input type="hidden" name="code" value="very-secret"></form>', "text/html"),
    ({}, "", b'{"message": "open the page and enter the code VERYSECRET to authenticate."}', "application/json"),
    ({}, "", b"eyJhbGciOiJub25lIn0.very-secret.very-secret", "text/plain"),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_shown_nowhere(client: TestClient, graph: Graph, secret: tuple[Any, ...]) -> None:
    headers, query, body, content_type = secret
    sent = {**headers, "content-type": content_type or None}
    graph.call("POST", f"{LIST}?{query}", raw=body, headers=sent)
    shown = client.get("/_emulator/journal")
    assert len(shown.json()["value"]) == 1
    assert "very-secret" not in shown.text
    assert "VERYSECRET" not in shown.text
    assert masks.MASK in shown.text
    for path in ("journal?text=very-secret", "journal/1"):
        assert "very-secret" not in client.get(f"/_emulator/{path}").text


def test_what_is_no_secret_stays(client: TestClient, graph: Graph) -> None:
    graph.post(f"{LIST}?a=1", {"code": "kept", "password_hint": "kept"}, headers={"x-code": "kept"})
    (entry,) = entries(client)
    assert entry["request"]["body"] == {"code": "kept", "password_hint": "kept"}
    assert entry["request"]["headers"]["authorization"] == "Bearer ***"
    assert entry["request"]["headers"]["x-code"] == "kept"
    assert entry["response"]["body"]["error"]["code"] == "UnknownError"


def test_bytes_that_are_no_text_are_counted() -> None:
    assert masks.mask_body(b"\xff\xfe\x00\x01\x02\x03", "application/octet-stream") == "(6 bytes that are not text)"
    assert masks.mask_body("Käse".encode()[:2], "text/plain") == "K"


# what is found


@pytest.fixture
def busy(client: TestClient, graph: Graph) -> TestClient:
    """A client whose journal holds five exchanges of several kinds."""
    graph.get(ROOT)
    graph.post(LIST, booking(serviceNotes="Bring X-rays"), headers=AS_APP)
    graph.get(GONE, headers=AS_VIEWER)
    graph.get(f"{HOME}/sevices", headers={"client-request-id": "mine"})
    graph.delete(f"{HOME}/customers/30000000-0000-4000-8000-000000000001")
    return client


FILTERS = [
    ({"plane": "graph"}, [1, 2, 3, 4, 5]),
    ({"plane": "connector"}, []),
    ({"operation": "createAppointment"}, [2]),
    ({"operation": "*Appointment"}, [2]),
    ({"operation": "getservice"}, [3]),
    ({"business": BUSINESS}, [2, 3, 5]),
    ({"persona": "viewer"}, [3]),
    ({"method": "delete"}, [5]),
    ({"path": "*/customers/*"}, [5]),
    ({"path": f"/v1.0/solutions/bookingBusinesses/{BUSINESS}/appointments"}, [2]),
    ({"status": "404"}, [3]),
    ({"status": "4xx"}, [3, 4]),
    ({"status": "201,404"}, [2, 3]),
    ({"problem": "odata.*"}, [4]),
    ({"fault": "*"}, []),
    ({"quirk": "slot-*"}, []),
    ({"event": "appointmentCreated"}, [2]),
    ({"request_id": "mine"}, [4]),
    ({"reason": "*did you mean 'services'*"}, [4]),
    ({"text": "x-RAYS"}, [2]),
    ({"body": {"serviceNotes": "Bring X-rays", "customers": [{"name": "Adele Vance"}]}}, [2]),
    ({"slower": "0"}, [1, 2, 3, 4, 5]),
    ({"slower": "100000"}, []),
    ({"number": "2,4-5"}, [2, 4, 5]),
    ({"since": "3"}, [4, 5]),
    ({"method": "GET", "status": "4xx", "since": "3"}, [4]),
]


@pytest.mark.parametrize(("wanted", "numbers"), FILTERS, ids=lambda value: str(value)[:40])
def test_it_is_narrowed_by_every_criterion(busy: TestClient, wanted: dict[str, Any], numbers: list[int]) -> None:
    asked = {name: json.dumps(value) if name == "body" else value for name, value in wanted.items()}
    assert [each["number"] for each in entries(busy, **asked)] == numbers
    verified = verdict(busy, wanted, exactly=len(numbers))
    assert verified["ok"], verified
    assert [each["number"] for each in verified["entries"]] == numbers


def test_every_criterion_is_tried_above() -> None:
    assert {name for wanted, _ in FILTERS for name in wanted} == CRITERIA.keys()


def test_a_fault_that_met_an_exchange_finds_it() -> None:
    journal = Journal()
    noted(journal, hits=[Hit("slow-lists")])
    assert any(map(read_match({"fault": "slow-*"}).matches, journal.entries))
    assert not any(map(read_match({"fault": "fast-*"}).matches, journal.entries))


def test_the_newest_come_with_a_limit(busy: TestClient) -> None:
    assert [each["number"] for each in entries(busy, limit=2)] == [4, 5]
    assert [each["number"] for each in entries(busy, limit=2, method="GET")] == [3, 4]
    assert entries(busy, limit=0) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"opertion": "x"}, "unknown parameter 'opertion'"),
        ({"status": "4xy"}, "status must be a status, a class such as 4xx"),
        ({"since": "-1"}, "since must be a whole number; got '-1'"),
        ({"number": "x-2"}, "number must be numbers such as 7, or 7,9-12; got 'x-2'"),
        ({"limit": "all"}, "limit must be a whole number; got 'all'"),
        ({"body": "Bring X-rays"}, "body must be JSON, such as {"),
        ({"body": "{"}, "got '{': "),
    ],
)
def test_a_criterion_that_cannot_be_read_is_refused(client: TestClient, wanted: dict[str, str], message: str) -> None:
    answer = client.get("/_emulator/journal", params=wanted)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_criterion_given_twice_is_refused_and_not_half_heard(client: TestClient) -> None:
    answer = client.get("/_emulator/journal", params={"operation": ["publish", "unpublish"]})
    assert answer.status_code == 400
    assert "the parameter 'operation' may appear only once; got ['publish', 'unpublish']" in answer.json()["error"]
    assert verdict(client, {"operation": ["publish", "unpublish"]}, never=True)["ok"]


def test_an_unknown_criterion_is_refused_with_the_nearest() -> None:
    with pytest.raises(MatchError, match="did you mean 'operation'"):
        read_match({"opertion": "x"})
    with pytest.raises(MatchError, match="must be a string or a list of strings"):
        read_match({"operation": {"a": 1}})


NEVER = [
    ({"plane": "grpah"}, "plane 'grpah' can never match: nothing has this name; did you mean 'graph'?"),
    ({"plane": "sharepoint"}, "known are graph, connector, identity"),
    ({"operation": "createApointment"}, "did you mean 'createAppointment'?"),
    (
        {"operation": "book*"},
        "operation 'book*' can never match: nothing has this name; GET /_emulator/faults/operations",
    ),
    ({"problem": "odata.segmnt"}, "did you mean 'odata.segment'?"),
    ({"problem": "odta.*"}, "GET /_emulator/faults/problems lists them"),
    ({"event": "appointmentCanceled"}, "did you mean 'appointmentCancelled'?"),
    ({"event": "?"}, "known are appointmentCreated"),
]


@pytest.mark.parametrize(("wanted", "message"), NEVER, ids=lambda value: str(value)[:40])
def test_a_criterion_that_no_exchange_can_ever_meet_is_refused(
    client: TestClient, wanted: dict[str, str], message: str
) -> None:
    ((name, value),) = wanted.items()
    answers = [
        client.get("/_emulator/journal", params=wanted),
        client.get("/_emulator/journal/wait", params={**wanted, "timeout": "0"}),
        client.post("/_emulator/journal/verify", json={"match": {name: ["*", value]}, "never": True}),
    ]
    for answer in answers:
        assert answer.status_code == 400
        assert message in answer.json()["error"]


@pytest.mark.parametrize("name", ["persona", "fault", "business", "path", "reason", "request_id"])
def test_what_may_come_or_is_no_longer_there_may_be_asked_for(client: TestClient, name: str) -> None:
    assert verdict(client, {name: "of another time"}, never=True)["ok"]


def test_all_operations_and_events_there_can_be_are_known() -> None:
    assert {f"identity.{each}" for each in identity.PATHS.values()} <= {each.name for each in targets()}
    raised = re.compile(r"""\b(?:Event|events\.append)\(\s*"(\w+)\"""")
    sources = Path(identity.__file__).parents[1].rglob("*.py")
    assert {name for each in sources for name in raised.findall(each.read_text(encoding="utf-8"))} == set(EVENTS)


@pytest.mark.parametrize(
    ("value", "part", "is_inside"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [{"c": 2}]}}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": None}, {"a": None}, True),
        ({}, {"a": None}, False),
        ([1, 2], [3], False),
        ("text", {"a": 1}, False),
    ],
)
def test_json_contains_a_part(value: Any, part: Any, is_inside: bool) -> None:
    assert contains(value, part) is is_inside


# what is waited for


def test_an_exchange_that_came_after_the_given_number_is_answered_at_once(busy: TestClient) -> None:
    found = busy.get("/_emulator/journal/wait", params={"since": 1, "method": "GET"}).json()
    assert (found["ok"], found["entry"]["number"]) == (True, 3)


def test_the_next_exchange_is_waited_for(client: TestClient, graph: Graph) -> None:
    graph.post(LIST, booking())
    found: list[Any] = []
    params = {"operation": "createAppointment", "timeout": "20"}
    waiting = threading.Thread(target=lambda: found.append(client.get("/_emulator/journal/wait", params=params).json()))
    waiting.start()
    deadline = time.monotonic() + 20
    while not graph.tenant.journal.listeners and time.monotonic() < deadline:
        time.sleep(0.005)
    assert client.get(ROOT).status_code == 200  # a wait blocks nobody, and this is not what is waited for
    assert not found
    graph.post(LIST, booking(startDateTime=at("2026-01-13T10:00:00"), endDateTime=at("2026-01-13T10:30:00")))
    waiting.join(20)
    assert found[0]["ok"]
    assert found[0]["entry"]["number"] == 3
    assert not graph.tenant.journal.listeners


def test_a_wait_in_vain_ends_in_time_and_tells_what_came_near(client: TestClient, graph: Graph) -> None:
    graph.get(GONE)
    params = {"operation": "getService", "status": "200", "since": "0", "timeout": "0.05"}
    answer = client.get("/_emulator/journal/wait", params=params)
    found = answer.json()
    assert (answer.status_code, found["ok"], found["entry"]) == (200, False, None)
    assert found["message"] == "no exchange with operation getService, status 200 arrived within 0.05 seconds"
    assert [(each["criterion"], each["came"]) for each in found["near"]] == [("status", 404)]
    assert not graph.tenant.journal.listeners


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_wait_does_not_keep_the_server_from_ending(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "bookings_emulator", "serve", "--port", "0", "--fixture", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        origin = next(found[0] for line in process.stdout if (found := re.findall(r"http://[^/\s]+", line)))
        with socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2]))) as connection:
            connection.sendall(b"GET /_emulator/journal/wait?timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert get(f"{origin}/_emulator/health")  # by now the other one waits
            process.send_signal(number)
            _, errors = process.communicate(timeout=20)
            connection.settimeout(5)
            answer = connection.recv(65536)
            assert b'"ok": false' in answer
            assert b"no exchange with any content arrived before the emulator ended" in answer
    assert (process.returncode, errors) == (0 if number == signal.SIGINT else -number, "")


@pytest.mark.parametrize("timeout", ["-1", "301", "soon", "nan"])
def test_a_timeout_is_a_number_of_seconds(client: TestClient, timeout: str) -> None:
    answer = client.get("/_emulator/journal/wait", params={"timeout": timeout})
    assert answer.status_code == 400
    assert "timeout must be 0 to 300 seconds" in answer.json()["error"]


# what is verified


@pytest.mark.parametrize(
    ("match", "counts", "is_ok", "message"),
    [
        ({"method": "GET"}, {"exactly": 3}, True, "expected exactly 3 exchanges with method GET; got 3"),
        ({"method": "GET"}, {"exactly": 2}, False, "got 3 (number 1, 3, 4)"),
        ({"method": "GET"}, {"exactly": 4}, False, "exactly 4 exchanges"),
        ({"method": "GET"}, {"atLeast": 3}, True, "at least 3 exchanges"),
        ({"method": "GET"}, {"atLeast": 4}, False, "at least 4 exchanges"),
        ({"method": "GET"}, {"atMost": 3}, True, "at most 3 exchanges"),
        ({"method": "GET"}, {"atMost": 2}, False, "at most 2 exchanges"),
        ({"method": "GET"}, {"atLeast": 1, "atMost": 3}, True, "1 to 3 exchanges"),
        ({"method": "PATCH"}, {"never": True}, True, "expected no exchange with method PATCH; got none"),
        ({"method": "GET"}, {"never": True}, False, "expected no exchange with method GET; got 3"),
        ({"method": "GET"}, {}, True, "at least 1 exchange "),
        ({"method": ["PATCH", "DELETE"]}, {"exactly": 1}, True, "exactly 1 exchange "),
        ({}, {"exactly": 5}, True, "any content"),
    ],
)
def test_counts_are_verified(
    busy: TestClient, match: dict[str, Any], counts: dict[str, Any], is_ok: bool, message: str
) -> None:
    found = verdict(busy, match, **counts)
    assert found["ok"] is is_ok
    assert message in found["message"]


def test_near_misses_say_which_criterion_was_missed_and_what_came(busy: TestClient) -> None:
    found = verdict(busy, {"operation": "createAppointment", "persona": "viewer", "status": 201})
    assert found["count"] == 0
    (near,) = found["near"]
    assert (near["criterion"], near["wanted"], near["came"]) == ("persona", "viewer", "app")
    assert near["entry"]["number"] == 2


def test_a_body_that_is_nearly_right_is_shown(busy: TestClient) -> None:
    found = verdict(busy, {"operation": "createAppointment", "body": {"serviceNotes": "Bring nothing"}})
    assert found["near"][0]["criterion"] == "body"
    assert found["near"][0]["came"]["serviceNotes"] == "Bring X-rays"


def test_a_verdict_that_dropped_exchanges_could_change_is_not_ok(
    client: TestClient, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "CAPACITY", 3)
    for _ in range(5):
        graph.get(ROOT)
    for counts, is_ok in (
        ({"exactly": 3}, False),
        ({"never": True}, False),
        ({"atMost": 4}, False),
        ({"atLeast": 4}, False),
        ({"atLeast": 3}, True),
    ):
        found = verdict(client, {"operation": "listBusinesses"}, **counts)
        assert found["ok"] is is_ok, counts
        assert found["dropped"] == 2
        if not is_ok and counts != {"never": True}:
            assert "2 exchanges were dropped" in found["message"], counts
    after = verdict(client, {"operation": "listBusinesses", "since": 2}, exactly=3)
    assert (after["ok"], after["dropped"]) == (True, 0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"exactly": 1, "never": True}, "use one of exactly, atLeast, atMost and never"),
        ({"atLeast": 3, "atMost": 2}, "atLeast 3 is more than atMost 2"),
        ({"exactly": -1}, "at $.exactly"),
        ({"exacly": 1}, "did you mean 'exactly'?"),
        ({"match": {"opertion": "x"}}, "did you mean 'operation'?"),
    ],
)
def test_a_verification_that_cannot_be_read_is_refused(client: TestClient, body: dict[str, Any], message: str) -> None:
    answer = client.post("/_emulator/journal/verify", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_call_without_a_good_token_is_told_with_its_operation(client: TestClient, graph: Graph) -> None:
    graph.call("GET", LIST, headers={"authorization": "Basic any"})
    (entry,) = entries(client)
    assert (entry["status"], entry["operation"]) == (401, "listAppointments")


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "²", "٣", "0", "99", "1e3", "%20"])
def test_what_is_no_number_of_an_exchange_is_404_and_says_what_there_is(number: str, client: TestClient) -> None:
    client.get(ROOT)
    refused = client.get(f"/_emulator/journal/{number}")
    assert refused.status_code == 404
    assert refused.json()["error"].endswith("the journal holds numbers 1 to 1")
