"""The Python face of the control plane, over a socket, against an emulator in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import NotRequired, get_origin, get_type_hints

import httpx
import jwt
import pytest

from bookings_emulator import Client, Emulator, __version__
from bookings_emulator.client.answers import PersonaRow
from bookings_emulator.client.clock import Clock
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.client.receiver import Receiver
from bookings_emulator.settings import Settings
from tests.conftest import NOW
from tests.test_docs import blocks

BUSINESSES = "/solutions/bookingBusinesses"
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
FROZEN = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator(now=NOW) as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    tenant = server.tenant()
    yield tenant
    tenant.drop()


def names(client: Client) -> list[str]:
    return [each["displayName"] for each in client.graph.get(BUSINESSES).json()["value"]]


def test_tenants_of_one_server_live_apart(bookings: Client, server: Client) -> None:
    other = server.tenant("empty", name="other")
    assert other.graph.post(BUSINESSES, json={"displayName": "Ours"}).status_code == 201
    assert (names(other), "Ours" in names(bookings)) == (["Ours"], False)
    assert {"default", "other", bookings.name} <= set(server.tenants())
    other.drop()
    assert "other" not in server.tenants()


def test_what_is_made_through_a_tenant_goes_with_it(server: Client) -> None:
    made = server.tenant("empty")
    other = made.tenant("empty")
    deeper = other.tenant("empty")
    gone = made.tenant("empty")
    gone.drop()
    assert names(other) == names(deeper) == []
    made.drop()
    assert not {made.name, other.name, deeper.name} & set(server.tenants())
    assert (other.is_closed, deeper.is_closed, other.graph.is_closed) == (True, True, True)


def test_the_clock_is_read_frozen_set_and_moved(bookings: Client) -> None:
    clock = bookings.clock
    assert (clock.mode, clock.now()) == ("frozen", FROZEN)
    assert clock.advance(days=1, hours=2) == FROZEN + timedelta(days=1, hours=2)
    assert clock.advance(timedelta(milliseconds=1500)) == FROZEN + timedelta(days=1, hours=2, milliseconds=1500)
    assert clock.advance(to="2026-02-01T00:00:00Z") == datetime(2026, 2, 1, tzinfo=UTC)
    assert clock.advance("PT30M") == datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
    clock.set(FROZEN)
    assert clock.mode == "offset"
    clock.release()
    assert clock.mode == "real"
    clock.freeze(FROZEN)
    assert clock.now() == FROZEN


@pytest.mark.parametrize(
    ("advance", "message"),
    [
        (lambda clock: clock.advance("P1D", days=2), "one of .*; got by=P1D, days=2"),
        (lambda clock: clock.advance("P1D", to=FROZEN), "got by=P1D, to=2026-01-05"),
        (lambda clock: clock.advance(), "got nothing"),
        (lambda clock: clock.advance(minutes="a"), "clock.advance: minutes must be a number; got 'a'"),
        (lambda clock: clock.advance(days=1e300), "no clock goes so far; got days=1e.300"),
        (lambda clock: clock.advance("tomorrow"), "by must be a duration such as P1D or PT30M; got 'tomorrow'"),
        (lambda clock: clock.advance(to="tomorrow"), "to must be a time such as .*; got 'tomorrow'"),
        (lambda clock: clock.freeze(5), "takes a datetime, or text such as 2026-01-05T08:00:00Z; got 5"),
        (lambda clock: clock.advance(days=-1), "days=-1 is negative; use clock.set"),
        (lambda clock: clock.advance(timedelta(hours=-1)), "is negative"),
    ],
    ids=[
        "length and parts",
        "length and moment",
        "nothing",
        "a part as text",
        "too far",
        "no length",
        "no moment",
        "a moment as number",
        "negative parts",
        "negative length",
    ],
)
def test_a_clock_is_advanced_in_one_way_and_never_back(
    bookings: Client, advance: Callable[[Clock], object], message: str
) -> None:
    with pytest.raises(ControlError, match=message):
        advance(bookings.clock)
    assert bookings.clock.now() == FROZEN


UNSENDABLE: dict[str, tuple[Callable[[Client], object], str]] = {
    "a member that is no JSON": (
        lambda each: each.add.business("A", phone=object()),
        "/_emulator/records: the body must be JSON: Object of type object is not JSON serializable",
    ),
    "no number": (lambda each: each.add.business("A", phone=float("nan")), "the body must be JSON"),
    "a preset that is no text": (lambda each: each.fault(5), "expected a name as text in '/faults/presets/5'; got 5"),
    "a mailbox that is no text": (
        lambda each: each.subscribe(5, "Created", "http://x"),
        "id of a business must be text",
    ),
}


@pytest.mark.parametrize(("call", "told"), UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_sent_is_a_control_error(bookings: Client, call: Callable[[Client], object], told: str) -> None:
    with pytest.raises(ControlError, match=told):
        call(bookings)


def test_a_subscription_where_nobody_answers_is_a_control_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        client = Client(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with client, pytest.raises(ControlError, match="no emulator responds at"):
            client.subscribe("a@b.c", "Created", "http://localhost:1")


def test_a_port_that_is_taken_is_told_and_nothing_stays_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}: .*; use another port"):
            Emulator(port=port).start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = probe.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port}: .*; use another settings.https"):
            Emulator(port=free, settings=Settings(https=port)).start()
        with Emulator(port=free) as again:  # the listener of the first port was closed
            assert again.is_ready()


def test_personas_are_told_as_their_type_says(bookings: Client) -> None:
    hints = get_type_hints(PersonaRow, include_extras=True)
    required = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert {each["kind"] for each in bookings.personas} == {"delegated", "application"}
    for each in bookings.personas:
        assert required <= each.keys() <= hints.keys()


def test_a_wait_can_be_for_what_comes_after_an_exchange(bookings: Client) -> None:
    bookings.graph.get(BUSINESSES)
    last = bookings.journal.wait(operation="listBusinesses")["number"]
    with pytest.raises(TimeoutError, match="listBusinesses"):
        bookings.journal.wait(operation="listBusinesses", since=last, timeout=0.01)


def test_the_journal_tells_the_reason_behind_an_answer(bookings: Client) -> None:
    assert not bookings.journal
    assert bookings.graph.get(f"{BUSINESSES}/none@contoso.com/services").status_code == 404
    assert len(bookings.journal) == 1
    assert bookings.journal[0]["status"] == 404
    assert "no business has the id" in str(bookings.journal[0]["reason"])


def test_who_calls_is_chosen_by_persona(bookings: Client) -> None:
    bookings.graph.get(BUSINESSES, headers=bookings.headers("application"))
    bookings.persona = "viewer"
    httpx.get(f"{bookings.graph_url}{BUSINESSES}", headers=bookings.headers())
    assert [each["persona"] for each in bookings.journal] == ["application", "viewer"]


def test_the_client_of_graph_goes_with_the_clock_revocations_and_the_persona(bookings: Client) -> None:
    bookings.persona = "viewer"
    assert bookings.graph.get(BUSINESSES).status_code == 200
    bookings.clock.advance(days=1)
    assert bookings.graph.get(BUSINESSES).status_code == 200
    bookings.clock.set("2020-01-01T00:00:00Z")
    assert bookings.graph.get(BUSINESSES).status_code == 200
    bookings.revoke("viewer")
    assert bookings.graph.get(BUSINESSES).status_code == 200
    bookings.persona = "application"
    assert bookings.graph.get(BUSINESSES).status_code == 200
    bookings.graph.get(BUSINESSES, headers=bookings.headers("administrator"))
    assert [each["persona"] for each in bookings.journal] == ["viewer"] * 4 + ["application", "administrator"]


def test_a_token_is_that_of_the_identity_platform_and_wrong_on_request(bookings: Client) -> None:
    claims = jwt.decode(bookings.token("viewer"), options={"verify_signature": False})
    assert (claims["tid"], claims["aud"]) == (bookings.id, "https://graph.microsoft.com")
    assert bookings.graph.get(BUSINESSES, headers=bookings.headers("viewer", wrong="expired")).status_code == 401
    with pytest.raises(ControlError, match="did you mean 'viewer'"):
        bookings.token("viewr")
    with pytest.raises(ControlError, match="give persona"):
        bookings.token(lifetime="PT10M")


def test_the_authority_gives_tokens_of_the_tenant(bookings: Client) -> None:
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    (caller,) = (each for each in bookings.personas if each["name"] == "application")
    secret = {"client_id": caller["client_id"], "client_secret": "application-secret"}
    answer = httpx.post(f"{bookings.authority}/oauth2/v2.0/token", data=form | secret)
    assert answer.status_code == 200, answer.text
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert bookings.graph.get(BUSINESSES, headers=bearer).status_code == 200
    assert [each["persona"] for each in bookings.journal(plane="graph")] == ["application"]


def test_the_outbox_is_narrowed_by_its_filters(bookings: Client) -> None:
    assert bookings.outbox(status="waiting")
    assert not bookings.outbox(status="waiting", kind="confirmation")
    bookings.clock.advance(days=14)
    assert {each["kind"] for each in bookings.outbox(status="sent")} == {"reminder"}


def test_quirks_are_switched_and_reset_switches_them_back(bookings: Client) -> None:
    assert bookings.quirk("five-customers", False)["value"] is False
    assert {each["id"]: each["value"] for each in bookings.quirks}["five-customers"] is False
    bookings.reset()
    assert {each["id"]: each["value"] for each in bookings.quirks}["five-customers"] is True


def test_a_snapshot_is_come_back_to(bookings: Client) -> None:
    before = names(bookings)
    kept = bookings.snapshot("before")
    bookings.graph.post(BUSINESSES, json={"displayName": "Ours"})
    kept.restore()
    assert names(bookings) == before
    assert [each.name for each in bookings.snapshots()] == ["before"]
    kept.drop()
    assert bookings.snapshots() == []
    with pytest.raises(ControlError, match="there is no snapshot 'before'"):
        kept.restore()


def test_state_is_read_and_replaced(bookings: Client) -> None:
    bookings.replace({"bookingBusinesses": [{"displayName": "Ours"}]})
    assert [each["displayName"] for each in bookings.state()["bookingBusinesses"]] == ["Ours"]


def test_a_refusal_says_what_was_expected(bookings: Client) -> None:
    with pytest.raises(ControlError, match="did you mean 'default'") as caught:
        bookings.tenant("defualt")
    assert caught.value.status == 400


def test_the_lines_of_the_readme_work(server: Client, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = (each for each in blocks("README.md", "python") if "from bookings_emulator import Client" in each)
    exec(code.replace("http://localhost:8365", server.url), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("403 the quirk list-forbidden refuses")
    assert "Reminder: Surgery with Contoso Dental" in lines[1]


def test_where_nothing_listens_is_said_so(server: Client) -> None:
    stopped = Emulator("empty")
    url = stopped.start().url
    stopped.stop()
    with Client(url) as client, pytest.raises(ControlError, match="bookings-emulator serve"):
        client.clock.now()


def test_a_client_of_another_process_has_no_application_to_call() -> None:
    with Client() as client, pytest.raises(ControlError, match="runs in another process"):
        client.app()


def test_the_emulator_is_called_in_process_without_a_socket(bookings: Client) -> None:
    async def call() -> list[int]:
        transport = httpx.ASGITransport(app=bookings.app)
        async with httpx.AsyncClient(transport=transport, base_url=bookings.graph_url) as graph:
            calls = (
                graph.post(BUSINESSES, json={"displayName": f"B{each}"}, headers=bookings.headers())
                for each in range(20)
            )
            return [each.status_code for each in await asyncio.gather(*calls)]

    assert asyncio.run(call()) == [201] * 20
    assert {f"B{each}" for each in range(20)} <= set(names(bookings))


def test_an_emulator_starts_and_stops_again_and_leaves_no_thread() -> None:
    emulator, before = Emulator("empty"), threading.enumerate()
    for _ in range(2):
        client = emulator.start()
        with pytest.raises(RuntimeError, match="is already serving"):
            emulator.start()
        assert names(client) == []
        emulator.stop()
        emulator.stop()
    assert threading.enumerate() == before


def post(url: str, body: bytes) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
        return int(answer.status)


def test_a_receiver_keeps_what_comes_and_answers_as_told() -> None:
    with Receiver() as receiver:
        receiver.answer(429, times=1, body={"wait": True}, retry_after="7")
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(receiver.url, b'{"Id": 1}')
        with caught.value as refusal:
            assert (refusal.code, refusal.headers["retry-after"], refusal.read()) == (429, "7", b'{"wait": true}')
        assert post(f"{receiver.url}/more", b"text") == 200
        first, second = receiver.wait(2)
        assert (first.body, first.method, second.path, second.body) == (
            {"Id": 1},
            "POST",
            "/notifications/more",
            "text",
        )
        receiver.clear()
        large = b"x" * (1024 * 1024)
        assert post(receiver.url, large) == 200
        assert receiver.wait()[0].body == large.decode()
        receiver.clear()
        with pytest.raises(TimeoutError, match="expected 1 notifications"):
            receiver.wait(timeout=0.01)


def test_a_client_that_is_closed_closes_those_of_its_tenants_and_their_receivers() -> None:
    with Emulator("empty") as server, Client(server.url) as ours:
        tenant = ours.tenant()
        receiver = tenant.receiver()
        assert post(receiver.url, b"{}") == 200
        ours.close()
        assert tenant.is_closed
        with pytest.raises(urllib.error.URLError):
            post(receiver.url, b"{}")


@pytest.mark.parametrize(("size", "status"), [(4 * 1024 * 1024, 200), (4 * 1024 * 1024 + 1, 413)])
def test_a_receiver_takes_bodies_of_four_megabytes(size: int, status: int) -> None:
    with Receiver() as receiver:
        connection = HTTPConnection(receiver.url.removeprefix("http://").partition("/")[0], timeout=20)
        with closing(connection):
            connection.putrequest("POST", "/notifications")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            if status == 200:
                connection.send(b"x" * size)
            answer = connection.getresponse()
            told = answer.read().decode()
        assert answer.status == status
        assert [len(each.body) for each in receiver.notifications] == ([size] if status == 200 else [])
        assert (f"expected a body of at most 4194304 bytes; got {size}" in told) == (status == 413)


def test_waiting_ends_as_soon_as_a_notification_comes() -> None:
    with Receiver() as receiver:
        later = threading.Timer(0.05, post, (receiver.url, b"{}"))
        later.start()
        assert receiver.wait(timeout=5)[0].body == {}
        later.join()


def test_an_exchange_is_waited_for_even_if_it_is_over(bookings: Client) -> None:
    later = threading.Timer(0.05, bookings.graph.get, (f"{BUSINESSES}/none@contoso.com/services",))
    later.start()
    assert bookings.journal.wait(operation="listServices", timeout=5)["status"] == 404
    assert bookings.journal.wait(operation="listServices")["status"] == 404
    later.join()
    with pytest.raises(TimeoutError, match="createCustomer"):
        bookings.journal.wait(operation="createCustomer", timeout=0.01)


def test_what_was_asked_is_verified_and_near_misses_are_told(bookings: Client) -> None:
    bookings.graph.get(f"{BUSINESSES}/none@contoso.com/services")
    assert bookings.journal.verify(operation="listServices", exactly=1) == 1
    with pytest.raises(AssertionError, match=r"(?s)got none.*near: GET /v1.0.*got 404"):
        bookings.journal.verify(operation="listServices", status=200)
    bookings.journal.clear()
    assert bookings.journal.verify(at_most=0) == 0


def test_what_a_client_did_wrong_is_noted_and_narrowed_by_kind_and_persona(bookings: Client) -> None:
    assert bookings.journal.notes() == []
    httpx.get(f"{bookings.beta_url}{BUSINESSES}", headers=bookings.headers("viewer"))
    (note,) = bookings.journal.notes(kind="beta-instead-of-v1.0")
    assert (note["persona"], note["operation"], note["because"]) == ("viewer", "listBusinesses", None)
    assert bookings.journal.exchange(note["number"])["path"] == f"/beta{BUSINESSES}"
    assert bookings.journal.notes(persona="application") == []
    with pytest.raises(ControlError, match="did you mean 'retried-early'"):
        bookings.journal.notes(kind="retried-erly")


def test_the_permissions_that_calls_would_need_are_told(bookings: Client) -> None:
    bookings.graph.get(BUSINESSES)
    needed = bookings.journal.permissions(operation="list*")
    assert needed["delegated"]["least"] == needed["application"]["least"] == ["Bookings.Read.All"]
    assert [each["calls"] for each in needed["operations"]] == [1]
    assert bookings.journal.permissions(status="4xx")["operations"] == []


def test_the_journal_is_taken_along_as_har_and_as_a_scenario_that_can_be_loaded(bookings: Client) -> None:
    bookings.quirk("list-forbidden")
    bookings.graph.get(BUSINESSES)
    (entry,) = bookings.journal.har(status=403)["log"]["entries"]
    assert entry["response"]["status"] == 403
    assert bookings.journal.har(status=200)["log"]["entries"] == []
    scenario = bookings.journal.scenario()
    assert [each["expect"]["status"] for each in scenario["step"]] == [403]
    bookings.quirk("list-forbidden", False)
    bookings.load(scenario)
    assert bookings.graph.get(BUSINESSES).status_code == 403


def test_a_persona_whose_sessions_are_revoked_needs_a_new_token(bookings: Client) -> None:
    before = bookings.headers("viewer")
    bookings.clock.advance(seconds=1)
    bookings.revoke("viewer")
    refusal = bookings.graph.get(BUSINESSES, headers=before)
    assert (refusal.status_code, "claims=" in refusal.headers["www-authenticate"]) == (401, True)
    bookings.clock.advance(seconds=1)
    assert bookings.graph.get(BUSINESSES, headers=bookings.headers("viewer")).status_code == 200
    with pytest.raises(ControlError, match="did you mean 'viewer'"):
        bookings.revoke("viewr")


def test_the_certificate_of_an_application_is_had_as_pem(bookings: Client) -> None:
    pem = bookings.certificate("application")
    assert [each in pem for each in ("PRIVATE KEY-----", "BEGIN CERTIFICATE-----")] == [True, True]
    with pytest.raises(ControlError, match="viewer"):
        bookings.certificate("viewer")
    with pytest.raises(ControlError, match="https is not served"):
        bookings.ca()


@pytest.mark.parametrize("is_wanted", [True, False], ids=["signed in", "declined"])
def test_a_device_that_waits_is_answered(bookings: Client, is_wanted: bool) -> None:
    (viewer,) = (each for each in bookings.personas if each["name"] == "viewer")
    asked = {"client_id": viewer["client_id"], "scope": "Bookings.Read.All"}
    device = httpx.post(f"{bookings.authority}/oauth2/v2.0/devicecode", data=asked).json()
    (code,) = (each["user_code"] for each in bookings.device_codes)
    assert code == device["user_code"]
    if is_wanted:
        bookings.device_codes.sign_in(code, "viewer")
    else:
        bookings.device_codes.decline(code)
    assert not bookings.device_codes
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": device["device_code"], **asked}
    answer = httpx.post(f"{bookings.authority}/oauth2/v2.0/token", data=form).json()
    assert ("access_token" in answer) == is_wanted
    assert answer.get("error") == (None if is_wanted else "authorization_declined")


def test_the_emulator_says_its_version_and_that_it_is_ready(server: Client) -> None:
    assert (server.is_ready(), server.version) == (True, __version__)
    with Client("http://127.0.0.1:1") as nowhere:
        assert not nowhere.is_ready()


def test_all_faults_are_dropped_and_those_that_can_be_made_are_listed(bookings: Client) -> None:
    bookings.fault("mailbox-concurrency")
    bookings.faults.clear()
    assert not bookings.faults
    assert "throttled" in {each["name"] for each in bookings.faults.presets}
    assert "throttle.rate" in {each["id"] for each in bookings.faults.problems}
    planes = {"graph", "connector", "identity", "page", "delivery"}
    assert planes == {each["plane"] for each in bookings.faults.operations}


def test_a_wait_in_a_thread_leaves_the_loop_of_an_async_test_free(bookings: Client) -> None:
    async def hear_then_ask() -> str:
        waiting = asyncio.create_task(asyncio.to_thread(bookings.journal.wait, operation="listBusinesses", timeout=5))
        async with httpx.AsyncClient(base_url=bookings.graph_url, headers=bookings.headers()) as graph:
            await graph.get(BUSINESSES)
        return str((await waiting)["operation"])

    assert asyncio.run(hear_then_ask()) == "listBusinesses"


def test_a_scenario_is_loaded_by_name_and_by_file(bookings: Client, tmp_path: Path) -> None:
    bookings.load("list-forbidden")
    assert bookings.graph.get(BUSINESSES).status_code == 403
    file = tmp_path / "ours.toml"
    file.write_text('title = "Ours"\nshows = "ours"\nsource = "us"\n[given]\nfixture = "empty"\n')
    bookings.load(file)
    assert names(bookings) == []
    bookings.quirk("list-forbidden")
    bookings.reset()
    assert names(bookings) == []
    with pytest.raises(ControlError, match="did you mean 'list-forbidden'"):
        bookings.load("list-forbiden")


def test_a_key_is_sent_where_one_is_asked_for() -> None:
    with Emulator("empty", settings=Settings(key="sesame")) as owner:
        assert owner.clock.mode == "real"
        with Client(owner.url) as stranger, pytest.raises(ControlError, match="X-Emulator-Key"):
            stranger.clock.now()
        with Client(owner.url, key="sesame") as friend, friend.tenant("empty") as ours:
            assert names(ours) == []


def test_a_key_is_sent_by_a_http_client_of_the_caller_as_well() -> None:
    with Emulator("empty", settings=Settings(key="sesame")) as owner, httpx.Client() as http:
        with Client(owner.url, key="sesame", http=http) as friend, friend.tenant() as ours:
            assert (friend.clock.mode, ours.clock.mode) == ("real", "real")
            assert names(ours) == []
        assert not http.is_closed


@pytest.mark.parametrize("name", ["a/b", "a?b", "a%2fb", "a#b", "a b", "%", "..", "ü"])
def test_a_name_of_any_characters_leads_to_what_it_names(bookings: Client, name: str) -> None:
    kept = bookings.snapshot(name)
    assert kept.name == name
    kept.restore()
    with pytest.raises(ControlError, match="there is no persona"):
        bookings.certificate(name)
    kept.drop()
    assert bookings.snapshots() == []


def test_a_name_cannot_lead_to_another_route(bookings: Client) -> None:
    before = bookings.clock.now()
    with pytest.raises(ControlError, match=r"no device is waiting with the code '\.\./clock'"):
        bookings.device_codes.sign_in("../clock", "viewer")
    assert bookings.clock.now() == before


@pytest.mark.parametrize(
    "call",
    [
        lambda bookings: bookings.device_codes.sign_in("", "viewer"),
        lambda bookings: bookings.scenario(""),
        lambda bookings: bookings.load(""),
        lambda bookings: bookings.snapshot(""),
        lambda bookings: bookings.fault(""),
    ],
    ids=["device", "scenario", "load", "snapshot", "fault"],
)
def test_an_empty_name_is_refused_with_a_sentence(bookings: Client, call: Callable[[Client], object]) -> None:
    with pytest.raises(ControlError, match=r"a name.* got (an empty one|'')"):
        call(bookings)


def test_an_answer_that_is_no_success_is_an_error() -> None:
    moved = httpx.MockTransport(lambda request: httpx.Response(307, headers={"location": "http://elsewhere/"}))
    with Client(http=httpx.Client(transport=moved)) as client, pytest.raises(ControlError, match="307: http://elsew"):
        client.reset()


@pytest.mark.parametrize("url", ["localhost:8365", "ftp://x", "http://x:99999", "http://[::1", "htp://x", ""])
def test_what_is_no_address_is_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(ControlError, match="such as http://localhost:8365; got '"):
        Client(url)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (httpx.ReadTimeout(""), "sent no response: ReadTimeout"),
        (httpx.RemoteProtocolError("cut off"), "sent no response: cut off"),
        (httpx.ConnectError("refused"), "no emulator responds at"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] …"), "fails: .*; trust the file that its start lines"),
    ],
    ids=["timeout", "cut off", "nobody", "certificate"],
)
def test_a_call_that_gets_no_answer_is_an_error_with_a_sentence(error: Exception, message: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with Client(http=httpx.Client(transport=httpx.MockTransport(fail))) as client:
        assert not client.is_ready()
        with pytest.raises(ControlError, match=message):
            client.reset()


def test_the_journal_takes_several_statuses_and_says_where_several_of_others_are_taken(bookings: Client) -> None:
    for business in ("none@contoso.com", DENTAL):
        bookings.graph.get(f"{BUSINESSES}/{business}/services")
    assert [each["status"] for each in bookings.journal(status=[404, 500])] == [404]
    with pytest.raises(ControlError, match=r"only journal\.verify takes several values or an object"):
        bookings.journal(**{"operation": ["list*"]})  # type: ignore[typeddict-item]


def test_the_journal_is_asked_for_a_body_in_every_call(bookings: Client) -> None:
    for name in ("Ours", "Theirs"):
        bookings.graph.post(BUSINESSES, json={"displayName": name})
    ours = {"displayName": "Ours"}
    assert [each["number"] for each in bookings.journal(body=ours)] == [1]
    assert bookings.journal.wait(body=ours, timeout=1)["number"] == 1
    assert bookings.journal.verify(body=ours) == 1
    assert len(bookings.journal.har(body=ours)["log"]["entries"]) == 1
    assert bookings.journal.permissions(body=ours)["operations"][0]["calls"] == 1
    with bookings.events(body=ours, kind="exchange", after="0", timeout=5) as events:
        assert next(events)["data"]["number"] == 1
    assert bookings.journal(body="Ours") == []


def test_a_fault_hurts_as_often_as_told_and_counts(bookings: Client) -> None:
    fault = bookings.fault(operation="list*", status=503, first=2)
    assert [bookings.graph.get(BUSINESSES).status_code for _ in range(3)] == [503, 503, 200]
    assert (fault.matched, fault.fired) == (2, 2)  # one that is used up is asked no more
    assert [each["id"] for each in bookings.faults] == fault.ids
    assert bookings.journal[0]["faults"] == fault.ids
    fault.drop()
    assert not bookings.faults


def test_a_tenant_is_made_with_faults_which_a_reset_puts_back(server: Client) -> None:
    bookings = server.tenant(faults=[{"match": {"operation": "list*"}, "effect": {"status": 503}}, "slow"])
    assert [each["effect"] for each in bookings.faults] == [{"status": 503}, {"latency": 2000, "slow": 2000}]
    bookings.faults.clear()
    bookings.reset()
    assert len(bookings.faults) == 2
    bookings.drop()


def test_a_preset_is_several_faults_and_words_are_laid_over_it(bookings: Client) -> None:
    assert len(bookings.fault("mailbox-concurrency").ids) == 2
    bookings.fault("throttled", operation="listBusinesses", first=1)
    refusal = bookings.graph.get(BUSINESSES)
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "1")
    assert bookings.graph.get(BUSINESSES).status_code == 200
    with pytest.raises(ControlError, match="there is no preset 'throtled'"):
        bookings.fault("throtled")
    with pytest.raises(ControlError, match="did you mean 'status'"):
        bookings.fault(operation="list*", statu=503)


def test_a_receiver_is_told_of_an_appointment_as_soon_as_deliveries_are_settled(bookings: Client) -> None:
    receiver = bookings.receiver()
    receiver.answer(503, times=1)
    webhook = bookings.subscribe(DENTAL, "Created", receiver.url)
    assert [each["id"] for each in bookings.subscriptions] == [webhook]
    made = bookings.graph.post(f"{BUSINESSES}/{DENTAL}/appointments", json=appointment()).json()
    bookings.deliveries.settle()
    assert len(receiver.notifications) == 2
    assert receiver.notifications[0].body == receiver.wait(2)[1].body
    (delivery,) = bookings.deliveries(status="delivered")
    assert [each["status"] for each in delivery["attempts"]] == [503, 200]
    assert (delivery["appointment"], delivery["body"]) == (made["id"], receiver.notifications[0].body)
    again = bookings.deliveries.redeliver(delivery["id"])
    bookings.deliveries.settle()
    assert bookings.deliveries[-1]["id"] == again["id"]
    assert len(receiver.notifications) == 3


def test_who_waits_is_answered_when_the_emulator_ends() -> None:
    emulator = Emulator()
    client = emulator.start()
    said: list[str] = []

    def wait() -> None:
        with Client(client.url) as other, pytest.raises(TimeoutError) as caught:
            other.journal.wait(operation="publish", timeout=60)
        said.append(str(caught.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: bool(emulator.app.tenants.waiting))
    emulator.stop()
    waiting.join(20)
    assert said == ["no exchange with operation publish arrived before the emulator ended"]
    assert not emulator.app.tenants.waiting


def test_who_waits_for_deliveries_is_answered_when_the_emulator_ends() -> None:
    emulator = Emulator()
    silent = socket.create_server(("127.0.0.1", 0))  # takes notifications and never answers
    with emulator as server, silent, server.tenant() as bookings, ThreadPoolExecutor() as pool:
        bookings.subscribe(DENTAL, "Created", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        bookings.graph.post(f"{BUSINESSES}/{DENTAL}/appointments", json=appointment())
        settling = pool.submit(bookings.deliveries.settle)
        until(lambda: bool(emulator.app.tenants.waiting))
        emulator.app.release()
        with pytest.raises(TimeoutError, match="1 delivery was not settled when the emulator ended"):
            settling.result(20)
        bookings.drop()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 20
    while not is_so() and time.monotonic() < end:
        time.sleep(0.005)
    assert is_so()


def test_a_refusal_of_the_connector_is_raised(bookings: Client) -> None:
    bookings.persona = "viewer"
    with pytest.raises(ControlError, match="administrators only"):
        bookings.subscribe(DENTAL, "Created", "http://localhost:1/")


def appointment() -> dict[str, object]:
    start, end = ({"dateTime": f"2026-01-12T{time}:00", "timeZone": "UTC"} for time in ("18:00", "18:30"))
    return {
        "serviceId": "20000000-0000-4000-8000-000000000001",
        "staffMemberIds": ["10000000-0000-4000-8000-000000000001"],
        "startDateTime": start,
        "endDateTime": end,
    }


def test_where_only_issued_tokens_are_taken_a_persona_is_named() -> None:
    with Emulator(settings=Settings(auth="strict")) as strict:
        assert strict.graph.get(BUSINESSES).status_code == 401
        assert strict.graph.get(BUSINESSES, headers=strict.headers("application")).status_code == 200
        strict.persona = "administrator"
        with strict.receiver() as receiver:
            strict.subscribe(DENTAL, "Created", receiver.url)
