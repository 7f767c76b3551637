"""What faults do on the wire: over a socket the connection really breaks, in process the call ends in an exception."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.contract.load import load_problems
from bookings_emulator.embedded import HOST, Emulator
from bookings_emulator.exchange import Exchange
from bookings_emulator.faults.rule import FaultMatch
from bookings_emulator.json_values import put_at_pointer
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire import damage
from bookings_emulator.wire.damage import HEADER
from tests.conftest import HOME, ROOT, Graph, booking, make_tenant

BUSINESS_PATH = "/v1.0/solutions/bookingBusinesses"
CONNECTOR = "/apim/microsoftbookings/c1/BookingsService/api/V1"
# a call of each plane that answers a body of JSON
PLANES = {
    "graph": ("GET", BUSINESS_PATH, None),
    "identity": ("GET", "/common/v2.0/.well-known/openid-configuration", None),
    "connector": ("GET", f"{CONNECTOR}/bookingBusinessesUserAsAdmin", None),
    "page": ("GET", "/BookingsService/api/V1/bookingBusinessesc2/ContosoDental@contoso.onmicrosoft.com", None),
}
AUTHORIZED = {"Authorization": "Bearer anything"}


@dataclass
class Heard:
    """What came over a socket: an answer, or how the connection ended, and after how long."""

    status: int
    headers: dict[str, str]
    body: bytes
    error: type[Exception] | None
    seconds: float
    first: float


@dataclass
class Line:
    """A running emulator."""

    port: int
    tenant: Tenant

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Heard:
        """One call over a connection of its own."""
        content = None if body is None else json.dumps(body)
        sent = AUTHORIZED | ({"Content-Type": "application/json"} if content else {}) | (headers or {})
        started = time.perf_counter()
        with closing(HTTPConnection(HOST, self.port, timeout=10)) as connection:
            try:
                connection.request(method, path, content, sent)
                response = connection.getresponse()
                first = time.perf_counter() - started
                text = {name.lower(): value for name, value in response.getheaders()}
                return Heard(response.status, text, response.read(), None, time.perf_counter() - started, first)
            except (ConnectionError, IncompleteRead, RemoteDisconnected) as error:
                partial = error.partial if isinstance(error, IncompleteRead) else b""
                return Heard(0, {}, partial, type(error), time.perf_counter() - started, 0.0)

    def plane(self, name: str) -> Heard:
        """The call of a plane."""
        return self.call(*PLANES[name])

    def hurt(self, effect: dict[str, Any], **rule: Any) -> Any:
        """Make a fault."""
        (made,) = self.tenant.faults.add({"effect": effect, **rule})
        return made


@pytest.fixture(scope="module")
def served() -> Iterator[Line]:
    emulator = Emulator()
    client = emulator.start()
    try:
        yield Line(int(client.url.rpartition(":")[2]), emulator.app.tenant)
    finally:
        emulator.stop()


@pytest.fixture
def line(served: Line) -> Line:
    """The emulator of the module, put back."""
    served.tenant.reset()
    return served


# every effect on every plane, over a socket


@pytest.mark.parametrize("plane", PLANES)
class TestEveryPlane:
    def test_refuses_with_a_problem(self, plane: str, line: Line) -> None:
        line.hurt({"problem": "unavailable", "retry_after": 9}, match={"plane": plane})
        heard = line.plane(plane)
        assert (heard.status, heard.headers["retry-after"], heard.headers[HEADER]) == (503, "9", "f1")
        assert json.loads(heard.body)

    def test_answers_a_status_and_a_body(self, plane: str, line: Line) -> None:
        line.hurt({"status": 418, "body": {"is": "tea"}})
        heard = line.plane(plane)
        assert (heard.status, json.loads(heard.body)) == (418, {"is": "tea"})

    def test_answers_late(self, plane: str, line: Line) -> None:
        line.hurt({"latency": 120})
        heard = line.plane(plane)
        assert (heard.status, heard.first >= 0.12) == (200, True)

    def test_answers_slowly(self, plane: str, line: Line) -> None:
        line.hurt({"slow": 200})
        heard = line.plane(plane)
        assert (heard.status, heard.seconds - heard.first > 0.1) == (200, True)
        line.tenant.faults.clear()
        assert json.loads(line.plane(plane).body) == json.loads(heard.body)

    def test_resets_the_connection(self, plane: str, line: Line) -> None:
        line.hurt({"reset": True}, schedule={"first": 1})
        assert line.plane(plane).error is ConnectionResetError
        assert line.plane(plane).status == 200

    def test_loses_the_answer(self, plane: str, line: Line) -> None:
        line.hurt({"lost": True}, schedule={"first": 1})
        assert line.plane(plane).error is RemoteDisconnected
        assert line.plane(plane).status == 200

    @pytest.mark.parametrize("cut", [True, 0, 7])
    def test_cuts_the_answer_short(self, plane: str, cut: Any, line: Line) -> None:
        whole = line.plane(plane).body
        line.hurt({"cut": cut})
        heard = line.plane(plane)
        assert heard.error is IncompleteRead
        assert heard.body == whole[: len(whole) // 2 if cut is True else cut]

    def test_breaks_the_json(self, plane: str, line: Line) -> None:
        line.hurt({"malformed": True})
        heard = line.plane(plane)
        assert heard.status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(heard.body)

    def test_puts_another_value_into_a_good_answer(self, plane: str, line: Line) -> None:
        name = next(each for each in json.loads(line.plane(plane).body) if not each.startswith("@"))
        line.hurt({"replace": {f"/{name}": "nothing"}})
        assert json.loads(line.plane(plane).body)[name] == "nothing"


def test_a_zipped_answer_is_cut_short_too(line: Line) -> None:
    business = json.loads(line.plane("graph").body)["value"][0]["id"]
    path = f"{BUSINESS_PATH}/{business}/services"
    zipped = {"Accept-Encoding": "gzip"}
    whole = line.call("GET", path, headers=zipped)
    assert whole.headers["content-encoding"] == "gzip"
    line.hurt({"cut": True})
    heard = line.call("GET", path, headers=zipped)
    assert (heard.error, heard.body) == (IncompleteRead, whole.body[: len(whole.body) // 2])


def test_what_was_asked_is_kept_though_the_answer_is_lost(line: Line) -> None:
    before = len(json.loads(line.plane("graph").body)["value"])
    line.hurt({"lost": True}, match={"operation": "createBusiness"})
    heard = line.call("POST", BUSINESS_PATH, {"displayName": "Night Owl"})
    assert heard.error is RemoteDisconnected
    assert len(json.loads(line.plane("graph").body)["value"]) == before + 1
    entry = [*line.tenant.journal.entries][-2].exchange
    assert (entry.status, [hit.fault for hit in entry.hits]) == (201, ["f1"])


def test_what_was_asked_is_not_carried_out_where_the_connection_is_reset(line: Line) -> None:
    before = len(json.loads(line.plane("graph").body)["value"])
    line.hurt({"reset": True}, match={"operation": "createBusiness"})
    assert line.call("POST", BUSINESS_PATH, {"displayName": "Night Owl"}).error is ConnectionResetError
    assert len(json.loads(line.plane("graph").body)["value"]) == before
    entry = [*line.tenant.journal.entries][-2].exchange
    assert (entry.status, entry.problem, entry.operation) == (0, None, "createBusiness")


# concurrency, for real


def test_the_fifth_call_at_the_same_time_is_refused_and_later_ones_are_not(line: Line) -> None:
    business = json.loads(line.plane("graph").body)["value"][0]["id"]
    path = f"{BUSINESS_PATH}/{business}"
    line.tenant.faults.add({"preset": "mailbox-concurrency", "effect": {"latency": 1500}})
    (_, limit) = line.tenant.faults
    at_once: list[Heard] = []
    threads = [threading.Thread(target=lambda: at_once.append(line.call("GET", path))) for _ in range(9)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.status for each in at_once) == [200] * 4 + [429] * 5
    refused = next(each for each in at_once if each.status == 429)
    assert json.loads(refused.body)["error"]["message"] == "Application is over its MailboxConcurrency limit."
    assert refused.headers["retry-after"] == "1"
    assert (limit.matched, limit.fired) == (9, 5)
    assert not line.tenant.faults.flying
    assert line.call("GET", path).status == 200


def test_a_slow_answer_does_not_hold_up_the_others(line: Line) -> None:
    line.hurt({"latency": 2500}, match={"header": {"name": "x-slow"}})
    slow = threading.Thread(target=line.call, args=("GET", BUSINESS_PATH, None, {"x-slow": "1"}))
    slow.start()
    assert [line.plane("graph").status for _ in range(10)] == [200] * 10
    assert slow.is_alive()
    slow.join()


# in process


ENDINGS = {"reset": ConnectionResetError, "lost": ConnectionAbortedError, "cut": ConnectionAbortedError}


@pytest.mark.parametrize(("effect", "error"), ENDINGS.items(), ids=ENDINGS)
def test_in_process_a_broken_connection_is_an_exception(
    effect: str, error: type[Exception], client: TestClient, tenant: Tenant
) -> None:
    tenant.faults.add({"effect": {effect: True}, "schedule": {"first": 1}})
    with pytest.raises(error, match="a fault"):
        client.get(HOME)
    assert client.get(HOME).status_code == 200


def test_in_process_a_late_answer_is_waited_for(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"effect": {"latency": 60, "slow": 60}})
    started = time.perf_counter()
    assert client.get(HOME).json()["displayName"] == "Contoso Small"
    assert time.perf_counter() - started >= 0.12


# batches


def batch(client: Any, *parts: tuple[str, str]) -> Any:
    requests = [{"id": str(number), "method": method, "url": url} for number, (method, url) in enumerate(parts)]
    return client.post("/v1.0/$batch", json={"requests": requests})


LIST, ONE = ("GET", "/solutions/bookingBusinesses"), ("GET", HOME.removeprefix("/v1.0"))


def test_a_part_of_a_batch_is_hurt_alone(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"match": {"operation": "getBusiness"}, "effect": {"problem": "throttle.mailbox"}})
    answer = batch(client, LIST, ONE, LIST)
    assert (answer.status_code, HEADER in answer.headers) == (200, False)
    parts = {each["id"]: each for each in answer.json()["responses"]}
    assert [parts[each]["status"] for each in "012"] == [200, 429, 200]
    assert (parts["1"]["headers"]["Retry-After"], parts["1"]["headers"][HEADER]) == ("1", "f1")


def test_a_batch_is_hurt_as_a_whole(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"match": {"operation": "$batch"}, "effect": {"problem": "unavailable"}})
    assert batch(client, LIST).status_code == 503
    assert client.get(ROOT).status_code == 200


def test_the_delays_of_the_parts_add_up_to_that_of_the_whole(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"match": {"operation": "list*"}, "effect": {"latency": 50}})
    started = time.perf_counter()
    answer = batch(client, LIST, ONE, LIST)
    assert time.perf_counter() - started >= 0.1
    assert [each["status"] for each in answer.json()["responses"]] == [200, 200, 200]
    assert answer.headers[HEADER] == "f1, f1"


def test_a_part_that_breaks_the_connection_breaks_that_of_the_whole(client: TestClient, tenant: Tenant) -> None:
    (fault,) = tenant.faults.add({"match": {"operation": "getBusiness"}, "effect": {"lost": True}})
    with pytest.raises(ConnectionAbortedError):
        batch(client, LIST, ONE)
    assert (fault.matched, fault.fired) == (1, 1)


def test_a_part_that_is_reset_is_not_carried_out(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"match": {"operation": "publish"}, "effect": {"reset": True}})
    with pytest.raises(ConnectionResetError):
        batch(client, ("POST", f"{ONE[1]}/publish"))
    assert client.get(HOME).json()["isPublished"] is False


def test_a_malformed_part_breaks_the_json_of_the_whole(client: TestClient, tenant: Tenant) -> None:
    tenant.faults.add({"match": {"operation": "getBusiness"}, "effect": {"malformed": True}})
    with pytest.raises(json.JSONDecodeError):
        batch(client, LIST, ONE).json()


# every problem in the words of every plane


@pytest.mark.parametrize("id_", load_problems())
def test_every_problem_is_worded_without_a_gap(id_: str) -> None:
    tenant = make_tenant()
    (fault,) = tenant.faults.add({"effect": {"problem": id_}})
    (plane,) = fault.rule.match.planes
    method, path, body = PLANES[plane]
    with TestClient(App(tenant), headers=AUTHORIZED) as client:
        answer = client.request(method, path, json=body)
    row = load_problems()[id_]
    assert (answer.status_code, answer.headers[HEADER]) == (row.status, "f1")
    assert [each for each in row.headers if each not in answer.headers] == []
    shown = answer.text + str(answer.headers)
    for gap in ("{prop}", "{retry_after}", "{claims}", "{smtp}", "{host}", "{scope}", "{detail}", "{v}", "{n}"):
        assert gap not in shown


# pointers

POINTERS = {
    "a member": ("/a", {"a": 9, "l": [1, 2], "b/c": {"~": 3}}),
    "a new member": ("/z", {"a": 1, "l": [1, 2], "b/c": {"~": 3}, "z": 9}),
    "an item": ("/l/1", {"a": 1, "l": [1, 9], "b/c": {"~": 3}}),
    "spelled names": ("/b~1c/~0", {"a": 1, "l": [1, 2], "b/c": {"~": 9}}),
}


@pytest.mark.parametrize(("pointer", "expected"), POINTERS.values(), ids=POINTERS)
def test_a_value_is_put_where_the_pointer_leads(pointer: str, expected: Any) -> None:
    assert put_at_pointer({"a": 1, "l": [1, 2], "b/c": {"~": 3}}, pointer, 9) == expected


@pytest.mark.parametrize("pointer", ["/l/2", "/l/-", "/l/x", "/a/b", "/x/y", "/l/0/0"])
def test_a_pointer_that_leads_nowhere_is_said(pointer: str) -> None:
    with pytest.raises(LookupError):
        put_at_pointer({"a": 1, "l": [1, 2]}, pointer, 9)


# no faults


def test_without_faults_nothing_is_asked_of_them(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Exchange] = []
    monkeypatch.setattr(FaultMatch, "fits", lambda match, exchange: asked.append(exchange))
    assert graph.post(f"{HOME}/appointments", booking()).status == 201
    assert asked == []
    graph.tenant.faults.add({"effect": {"latency": 1}})
    graph.get(HOME)
    assert len(asked) == 1


def test_faults_come_in_at_one_place_and_texts_of_refusals_are_filled_in_one() -> None:
    package = Path(damage.__file__).parents[1]
    sources = {str(file.relative_to(package)): file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    assert {name: text.count("faults.meet(") for name, text in sources.items() if "faults.meet(" in text} == {
        "wire/plane.py": 1
    }
    planes = {name: text for name, text in sources.items() if name.startswith(("wire/", "identity/", "faults/"))}
    assert [name for name, text in planes.items() if 'replace(f"{{' in text] == []


def test_a_bare_status_carries_nothing_of_the_answer_it_replaces(line: Line) -> None:
    """A refusal of the authorize endpoint goes to the redirect address; a status of a fault does not."""
    line.hurt({"status": 418, "headers": {"retry-after": "7"}}, match={"plane": "identity"})
    heard = line.call("GET", "/common/oauth2/v2.0/authorize?client_id=x&redirect_uri=http://localhost/cb&state=1")
    assert (heard.status, heard.body, heard.headers["retry-after"]) == (418, b"", "7")
    assert not {"location", "content-type"} & heard.headers.keys()
    assert "the fault 'f1' did this: the status 418" in heard.headers["x-emulator-reason"]


def test_the_order_of_faults_does_not_say_what_there_is_to_slow_down(client: TestClient, tenant: Tenant) -> None:
    slow, status = {"effect": {"slow": 1}}, {"effect": {"status": 418}}
    for rules in ([slow, status], [status, slow]):
        tenant.faults.begin(rules)
        answer = client.get(HOME)
        assert (answer.status_code, answer.content) == (418, b"")
        assert sorted(fault.fired for fault in tenant.faults) == [0, 1]


def test_a_client_that_goes_while_it_waits_does_no_harm(line: Line) -> None:
    line.hurt({"latency": 300}, schedule={"first": 1})

    async def leave() -> None:
        _, writer = await asyncio.open_connection(HOST, line.port)
        writer.write(f"GET {BUSINESS_PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    asyncio.run(leave())
    assert line.plane("graph").status == 200


@pytest.mark.parametrize("length", [0, 1, 2, 5, 1000, 100_000])
def test_a_slow_answer_comes_in_pieces_with_a_pause_before_each(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    pieces: list[dict[str, Any]] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def send(message: Any) -> None:
        pieces.append(message)

    monkeypatch.setattr(damage.asyncio, "sleep", sleep)
    whole = bytes(range(256)) * (length // 256 + 1)
    asyncio.run(damage._drip(whole[:length], 1000, send, is_last=True))
    bodies = [each["body"] for each in pieces]
    assert b"".join(bodies) == whole[:length]
    assert len(pauses) == len(bodies) >= min(length, 5)
    assert sum(pauses) == pytest.approx(len(pauses) * pauses[0])
    assert 0.5 <= round(sum(pauses), 6) <= 1
    assert [each["more_body"] for each in pieces] == [True] * (len(pieces) - 1) + [False]
