"""The stream: what happens is told in order to any number of readers, who come back and are never waited for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bookings_emulator import Client, ControlError, Emulator
from bookings_emulator.control import event_response
from bookings_emulator.control import stream as control_stream
from bookings_emulator.events import stream as stream_module
from bookings_emulator.events.stream import KINDS, Stream
from bookings_emulator.tenant import Tenant
from tests.conftest import BUSINESS, ROOT, Graph, booking

LIST = f"{ROOT}/{BUSINESS}/appointments"
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
APPOINTMENTS = f"/solutions/bookingBusinesses/{DENTAL}/appointments"


def read(text: str) -> list[dict[str, Any]]:
    """What Server-Sent Events say."""
    found = []
    for block in text.split("\n\n"):
        said = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if said:
            found.append({"id": said.get("id"), "kind": said["event"], "data": json.loads(said["data"])})
    return found


def told(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """All that has happened, without the frame of begin and end."""
    answer = client.get("/_emulator/events", params={"follow": "false", **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, *between, last = read(answer.text)
    assert (first["kind"], last["kind"]) == ("begin", "end")
    return between


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [each["kind"] for each in found]


def delete_one(bookings: Client) -> None:
    first = bookings.graph.get(APPOINTMENTS).json()["value"][0]["id"]
    assert bookings.graph.delete(f"{APPOINTMENTS}/{first}").status_code == 204


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator(now="2026-01-05T08:00:00Z") as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    tenant = server.tenant()
    name = tenant.name
    yield tenant
    if name in server.tenants():
        tenant.drop()


# what is told


def test_an_exchange_is_told_before_what_it_caused(client: TestClient, graph: Graph) -> None:
    graph.post(LIST, booking())
    found = told(client)
    assert kinds(found)[:3] == ["exchange", "event", "message"]
    assert found[0]["data"]["operation"] == "createAppointment"
    assert found[1]["data"] == {
        "name": "appointmentCreated",
        "business": BUSINESS,
        "appointment": found[1]["data"]["appointment"],
        "at": "2026-01-05T08:00:00Z",
        "exchange": 1,
    }
    assert {each["data"]["exchange"] for each in found[1:]} == {1}
    shown = client.get("/_emulator/outbox", params={"exchange": "1"}).json()["value"]
    assert [each["data"] for each in found if each["kind"] == "message"] == shown


def test_every_kind_there_is_can_be_told(bookings: Client) -> None:
    receiver = bookings.receiver()
    bookings.subscribe(DENTAL, "Deleted", receiver.url)
    bookings.fault("throttled", first=1)
    with bookings.events(timeout=20) as events:
        bookings.graph.get(APPOINTMENTS)
        first = bookings.graph.get(APPOINTMENTS).json()["value"][0]["id"]
        bookings.graph.post(f"{APPOINTMENTS}/{first}/cancel", json={"cancellationMessage": "we are closed"})
        bookings.deliveries.settle()
        bookings.clock.advance(days=1)
        bookings.reset()
        found = {}
        for each in events:
            found.setdefault(each["kind"], each["data"])
            if each["kind"] == "reset":
                break
    assert set(found) == set(KINDS)
    assert (found["fault"]["operation"], found["fault"]["status"], found["fault"]["fault"]) == (
        "listAppointments",
        429,
        "f1",
    )
    assert found["clock"] == {"mode": "frozen", "now": "2026-01-06T08:00:00Z", "offset": "PT0S"}


def test_a_delivery_is_told_as_it_was_at_each_attempt(bookings: Client) -> None:
    receiver = bookings.receiver()
    bookings.subscribe(DENTAL, "Deleted", receiver.url)
    receiver.answer(503, times=1)
    with bookings.events(kind="delivery", timeout=20) as events:
        delete_one(bookings)
        first, second = next(events), next(events)
        bookings.deliveries.settle()
        third = next(events)
    states = [(each["data"]["status"], len(each["data"]["attempts"])) for each in (first, second, third)]
    assert states == [("waiting", 0), ("waiting", 1), ("delivered", 2)]
    assert second["data"]["due"]
    (deleted,) = bookings.journal(operation="deleteAppointment")
    assert {each["data"]["exchange"] for each in (first, second, third)} == {deleted["number"]}


def test_webhooks_are_told_like_any_event(bookings: Client) -> None:
    with bookings.events(kind="event") as events:
        bookings.subscribe(DENTAL, "Deleted", "https://prod-1.westeurope.logic.azure.com/flow")
        assert next(events)["data"]["name"] == "webhookCreated"


def test_what_falls_due_by_the_clock_has_no_exchange(client: TestClient, graph: Graph) -> None:
    reminder = {"@odata.type": "#microsoft.graph.bookingReminder", "offset": "P1D", "recipients": "customer"}
    graph.post(LIST, booking(reminders=[{**reminder, "message": "soon"}]))
    client.post("/_emulator/clock/advance", json={"by": "P7D"})
    due = [each["data"] for each in told(client, kind="message") if each["data"]["kind"] == "reminder"]
    assert due
    assert {each["exchange"] for each in due} == {None}


# what is wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"kind": "exchange"}, ["exchange", "exchange"]),
        ({"kind": "event, clock"}, ["event", "clock"]),
        ({"operation": "listBusinesses"}, ["exchange", "clock"]),
        ({"operation": "create*", "kind": "exchange,event"}, ["exchange", "event"]),
        ({"since": "1", "kind": "exchange"}, ["exchange"]),
        ({"status": "4xx"}, ["clock"]),
        ({"body": '{"serviceNotes": "Bring X-rays"}', "kind": "exchange,event"}, ["exchange", "event"]),
        ({"body": '{"serviceNotes": "Bring nothing"}', "kind": "exchange,event"}, []),
    ],
    ids=str,
)
def test_kinds_and_criteria_narrow_it(
    client: TestClient, graph: Graph, query: dict[str, str], wanted: list[str]
) -> None:
    graph.get(ROOT)
    graph.post(LIST, booking(serviceNotes="Bring X-rays"))
    client.post("/_emulator/clock/advance", json={"by": "PT1M"})
    assert kinds(told(client, **query)) == wanted


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"kind": "exchnge"}, "there is no kind 'exchnge'; known are exchange, event,"),
        ({"kind": "exchnge"}, "did you mean 'exchange'?"),
        ({"operation": "nope"}, "operation 'nope' can never match"),
        ({"body": "X-rays"}, "body must be JSON, such as {"),
        ({"after": "yesterday"}, "after (or Last-Event-ID) must be an id such as "),
        ({"statuss": "200"}, "unknown parameter 'statuss'; it takes plane, operation"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(client: TestClient, query: dict[str, str], said: str) -> None:
    answer = client.get("/_emulator/events", params=query)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_secrets_are_masked_as_in_the_journal(client: TestClient, graph: Graph) -> None:
    graph.get(f"{ROOT}?access_token=abcdef123456")
    assert "abcdef123456" not in client.get("/_emulator/events", params={"follow": "false"}).text


# who comes back


def test_who_comes_back_goes_on_behind_what_was_read(client: TestClient, graph: Graph) -> None:
    graph.get(ROOT)
    (first,) = told(client)
    graph.get(f"{ROOT}/{BUSINESS}")
    answer = client.get("/_emulator/events?follow=false", headers={"Last-Event-ID": first["id"]})
    assert [each["data"].get("operation") for each in read(answer.text)] == [None, "getBusiness", None]


def test_a_gap_is_told_with_what_was_missed(client: TestClient, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "CAPACITY", 3)
    graph.get(ROOT)
    (first,) = told(client)
    for _ in range(5):
        graph.get(ROOT)
    gap, *rest = told(client, after=first["id"])
    assert (gap["kind"], gap["data"]["missed"], len(rest)) == ("gap", 2, 3)


@pytest.mark.parametrize("place", ["00000000-1", "{run}-99"], ids=["another run", "not yet there"])
def test_a_place_of_another_run_is_a_gap_of_unknown_size(client: TestClient, graph: Graph, place: str) -> None:
    graph.get(ROOT)
    gap, exchange = told(client, after=place.replace("{run}", graph.tenant.stream.run))
    assert (gap["kind"], gap["data"]["missed"], exchange["kind"]) == ("gap", None, "exchange")


def test_a_reset_is_told_and_does_not_begin_the_places_anew(client: TestClient, graph: Graph) -> None:
    graph.post(LIST, booking())
    client.post("/_emulator/snapshots", json={"name": "s"})
    client.post("/_emulator/snapshots/s/restore")
    client.put("/_emulator/state", json={"bookingBusinesses": []})
    client.post("/_emulator/reset")
    graph.get(ROOT)
    found = told(client)
    assert [each["data"]["to"] for each in found if each["kind"] == "reset"] == ["snapshot s", "fixture", "start"]
    places = [int(each["id"].partition("-")[2]) for each in found]
    assert places == list(range(1, len(found) + 1))
    assert found[-1]["data"]["number"] == 1
    assert kinds(told(client, operation="createAppointment")) == ["exchange", "reset", "reset", "reset"]


# the client in Python


def test_the_iterator_waits_for_the_next_one_and_gives_up_in_time(bookings: Client) -> None:
    events = bookings.events(kind="exchange", operation="listAppointments", timeout=0.2)
    with pytest.raises(
        TimeoutError, match=r"nothing of kind exchange, operation listAppointments happened within 0\.2 s"
    ):
        next(events)
    bookings.graph.get(APPOINTMENTS)
    assert next(events)["data"]["status"] == 200
    events.close()
    assert list(events) == []


def test_the_iterator_goes_on_where_its_connection_broke(bookings: Client) -> None:
    events = bookings.events(kind="exchange", timeout=20)
    bookings.graph.get(APPOINTMENTS)
    first = next(events)
    events._lines = None  # what a connection that broke leaves
    bookings.graph.get(APPOINTMENTS)
    assert next(events)["data"]["number"] == first["data"]["number"] + 1
    events.close()


def test_the_iterator_ends_with_its_tenant(bookings: Client, server: Client) -> None:
    events = bookings.events()
    Client(bookings.url, http=server._line.http).drop()
    assert list(events) == []


def test_the_iterator_refuses_what_the_control_plane_refuses(bookings: Client) -> None:
    with pytest.raises(ControlError, match="did you mean 'exchange'"):
        bookings.events(kind="exchnge")


def test_the_stream_ends_when_the_server_does_and_tells_a_gap_at_the_next() -> None:
    emulator = Emulator()
    bookings = emulator.start()
    with httpx.Client() as http:
        events = Client(bookings.url, http=http).events(kind="exchange")
        bookings.graph.get(APPOINTMENTS)
        place = next(events)["id"]
        emulator.stop()
        assert list(events) == []
    with Emulator() as again, again.events(kind="exchange", after=place) as more:
        gap = next(more)
        again.graph.get(APPOINTMENTS)
        assert (gap["kind"], gap["data"]["missed"], next(more)["data"]["number"]) == ("gap", None, 1)


# many, slow and gone


@contextlib.contextmanager
def stalled(url: str) -> Iterator[socket.socket]:
    """A reader that asks and never reads."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        reader.connect((host, int(port)))
        path = url.partition("//")[2].partition("/")[2]
        reader.sendall(f"GET /{path}/_emulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield reader


def test_telling_wakes_all_readers_of_a_loop_by_one_call_and_never_one_that_lags() -> None:
    async def work() -> tuple[int, int, int]:
        stream, loop, calls = Stream(), asyncio.get_running_loop(), []
        waits = [stream.has_more(0) for _ in range(100)]
        posted = loop.call_soon_threadsafe

        def count(*given: Any, **more: Any) -> Any:
            calls.append(given)
            return posted(*given, **more)

        loop.call_soon_threadsafe = count  # type: ignore[method-assign]
        stream.tell("reset", {})
        first = len(calls)
        for _ in range(50):  # nobody has looked since: all of them lag
            stream.tell("reset", {})
        await asyncio.gather(*waits)
        return first, len(calls), stream.sleepers

    assert asyncio.run(work()) == (1, 1, 0)


def test_a_hundred_readers_get_everything_in_order(bookings: Client) -> None:
    async def follow(http: httpx.AsyncClient, wanted: int, ready: asyncio.Semaphore) -> list[int]:
        numbers: list[int] = []
        async with http.stream("GET", f"{bookings.url}/_emulator/events?kind=exchange") as answer:
            async for line in answer.aiter_lines():
                if line == "event: begin":
                    ready.release()
                elif line.startswith("data: ") and '"number"' in line:
                    numbers.append(json.loads(line[6:])["number"])
                    if len(numbers) == wanted:
                        return numbers
        return numbers

    async def work() -> list[list[int]]:
        ready = asyncio.Semaphore(0)
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(limits=limits, timeout=60) as http:
            readers = [asyncio.create_task(follow(http, 30, ready)) for _ in range(100)]
            for _ in readers:
                await ready.acquire()
            for _ in range(30):
                answer = await http.get(bookings.graph_url + APPOINTMENTS, headers=bookings.headers())
                assert answer.status_code == 200
            return await asyncio.gather(*readers)

    assert asyncio.run(work()) == [list(range(1, 31))] * 100


def test_a_reader_that_is_overtaken_is_dropped_and_comes_back_to_a_gap(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "CAPACITY", 3)
    tenant = graph.tenant

    async def work() -> list[bytes]:
        wish = control_stream.Wish(tenant, frozenset(KINDS), control_stream.read_query_match({}), False)
        told = control_stream._told(wish, control_stream.Place(0), True)
        pieces = [await anext(told)]
        for _ in range(5):
            graph.get(ROOT)
        return pieces + [each async for each in told]

    (begin,) = asyncio.run(work())
    assert b"event: begin" in begin


def test_a_reader_that_does_not_read_is_cut_off(bookings: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_response, "PATIENCE", 0.2)
    long = "x" * 60_000
    with stalled(bookings.url) as reader, bookings.events(kind="exchange", timeout=60) as events:
        for _ in range(200):  # more than the buffers of both ends hold
            bookings.graph.get(f"{APPOINTMENTS}?%24filter={long}")
            next(events)
        reader.settimeout(60)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := reader.recv(1 << 20):
                received += len(piece)
    assert received < 200 * len(long)


def test_no_call_waits_for_a_reader_that_does_not_read(bookings: Client) -> None:
    long = "x" * 60_000
    times = []
    with stalled(bookings.url):
        for _ in range(100):  # more than the buffers of both ends hold
            began = monotonic()
            bookings.graph.get(f"{APPOINTMENTS}?%24filter={long}")
            times.append(monotonic() - began)
    assert sum(times) < event_response.PATIENCE, "calls took as long as a reader that does not read is waited for"


def test_a_reader_that_goes_is_forgotten(bookings: Client, server: Client) -> None:
    tenants: Any = server.app
    app = tenants._app
    with bookings.events():
        assert len(app.tenants.waiting) == 1
    with bookings.events() as events:  # by now the server has seen the other one go
        bookings.graph.get(APPOINTMENTS)
        next(events)
        assert len(app.tenants.waiting) == 1


def test_a_silent_stream_gives_signs_of_life(bookings: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_stream, "HEARTBEAT", 0.01)
    with httpx.stream("GET", f"{bookings.url}/_emulator/events") as answer:
        assert next(line for line in answer.iter_lines() if line.startswith(":")) == ": nothing new"


def test_what_is_kept_is_bounded_by_number_and_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MEMORY", 100)
    stream = Stream()
    for number in range(1, 6):
        stream.tell_exchange(object(), number, 40)
    assert [each.number for each in stream.after(0)] == [4, 5]
    assert stream.first == 4


def test_a_tenant_costs_no_reader_anything(tenant: Tenant) -> None:
    tenant.advance(timedelta(days=1))
    assert tenant.stream.sleepers == 0
    found = tenant.stream.after(0)
    assert found
    assert {each.shown for each in found} == {None}  # shown when somebody reads, not before
