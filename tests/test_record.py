"""A recording of one emulator, played back by another: nothing differs, and nothing private is in the files."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from click import ClickException

from bookings_emulator import Emulator
from bookings_emulator.commands.record import _write_files
from bookings_emulator.recording.callers import name_callers
from bookings_emulator.recording.fixture_of_recording import fixture_of
from bookings_emulator.recording.proxy import Recorder
from bookings_emulator.recording.recorded import Recorded
from bookings_emulator.recording.scenario_steps import Steps
from bookings_emulator.recording.scrub import Scrub
from tests.conftest import at, customer
from tests.test_cli import run

NOW = "2026-01-05T08:00:00Z"
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
ROOT = "/v1.0/solutions/bookingBusinesses"
HOME = f"{ROOT}/{DENTAL}"
STAFF = "10000000-0000-4000-8000-000000000001"
SERVICE = "20000000-0000-4000-8000-000000000001"


@contextmanager
def recorded(upstream: str, folder: Path) -> Iterator[httpx.Client]:
    """A client of the command `record`, which stands before a server; the files are there at the end."""
    command = [
        sys.executable,
        "-m",
        "bookings_emulator",
        "record",
        "--upstream",
        upstream,
        "--output",
        str(folder),
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            line = process.stdout.readline()
            assert process.stderr
            found = re.search(r" at (http://\S+),", line)
            assert found, line + process.stderr.read()
            with httpx.Client(base_url=found[1], headers={"Authorization": "Bearer very-secret"}, timeout=20) as client:
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "wrote" in out


def booking(**members: Any) -> dict[str, Any]:
    """An appointment that can be made."""
    body = {
        "serviceId": SERVICE,
        "staffMemberIds": [STAFF],
        "startDateTime": at("2026-01-14T10:00:00", "Pacific Standard Time"),
        "endDateTime": at("2026-01-14T10:30:00", "Pacific Standard Time"),
        "customers": [customer(name="Nestor Wilke", emailAddress="nestorw@fabrikam.com", phone="425-555-0177")],
        "customerNotes": "Nestor Wilke calls from 425-555-0177",
    }
    return {**body, **members}


def journey(client: httpx.Client) -> list[int]:
    """List, create, get, update, cancel, errors, batch, paging, and who may not; the statuses."""
    statuses = []

    def call(method: str, url: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = client.request(method, url, json=body, headers=headers)
        statuses.append(answer.status_code)
        return answer

    call("GET", ROOT)
    call("GET", HOME)
    for name in ("services", "staffMembers", "customers", "customQuestions", "appointments"):
        call("GET", f"{HOME}/{name}")
    page = call("GET", f"{HOME}/appointments?$top=1").json()
    for _ in range(2):
        page = call("GET", page["@odata.nextLink"]).json()
    made = call("POST", f"{HOME}/appointments", booking())
    call("GET", made.headers["location"])
    id_ = made.json()["id"]
    call("PATCH", f"{HOME}/appointments/{id_}", {"serviceNotes": "Ask Nestor Wilke for X-rays"})
    call("GET", f"{HOME}/appointments/{id_}")
    call("POST", f"{HOME}/appointments/{id_}/cancel", {"cancellationMessage": "Sorry"})
    call("GET", f"{HOME}/appointments/{id_}")
    person = call("POST", f"{HOME}/customers", {
        "@odata.type": "#microsoft.graph.bookingCustomer", "displayName": "Debra Berger",
        "emailAddress": "debrab@fabrikam.com", "phones": [{"type": "home", "number": "+1 425 555 0142"}],
        "addresses": [{"street": "9 Rue Kléber", "city": "Lyon", "postalCode": "69001"}],
    }).json()  # fmt: skip
    call("GET", f"{HOME}/services?$filter=displayName eq 'Cleaning'")
    call("DELETE", f"{HOME}/customers/{person['id']}")
    call("GET", f"{HOME}/customers/{person['id']}")
    business = call("POST", ROOT, {"displayName": "Fourth Coffee"}).json()
    call("POST", f"{ROOT}/{business['id']}/services", {"displayName": "Tasting", "defaultDuration": "PT1H"})
    call("GET", f"{ROOT}/{business['id']}/services")
    call("POST", f"{HOME}/getStaffAvailability", {
        "staffIds": [STAFF], "startDateTime": at("2026-01-14T00:00:00"), "endDateTime": at("2026-01-15T00:00:00"),
    }, Authorization="Bearer application")  # fmt: skip
    # refusals
    call("POST", f"{HOME}/appointments", booking(serviceId="20000000-0000-4000-8000-00000000dead"))
    call("POST", f"{HOME}/appointments", {"servceId": SERVICE})
    call("GET", f"{HOME}/appointments?$filter=nothing eq 1")
    call("GET", f"{HOME}/appointmens")
    call("GET", HOME, Authorization="")
    call("GET", f"{HOME}/appointments", Authorization="Bearer outsider")
    call(
        "POST",
        f"{HOME}/appointments",
        booking(endDateTime=at("2026-01-14T13:00:00")),
        Authorization="Bearer application",
    )
    call("DELETE", f"{HOME}/services/{SERVICE}", Authorization="Bearer application-reader")
    call("POST", "/v1.0/$batch", {
        "requests": [
            {"id": "1", "method": "GET", "url": f"/solutions/bookingBusinesses/{DENTAL}/services/{SERVICE}"},
            {"id": "2", "method": "POST", "url": f"/solutions/bookingBusinesses/{DENTAL}/appointments",
             "headers": {"Content-Type": "application/json"}, "body": booking(), "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": f"/solutions/bookingBusinesses/{DENTAL}/nothing"},
        ]
    })  # fmt: skip
    call("GET", f"{HOME}/appointments/$count")
    call("GET", f"/beta/solutions/bookingBusinesses/{DENTAL}/appointments?$top=1")
    return statuses


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was recorded of the journey, before an emulator with the default fixture."""
    folder = tmp_path_factory.mktemp("recorded") / "ours"
    with Emulator("default", seed=99, now=NOW) as upstream:
        with httpx.Client(base_url=upstream.url, headers={"Authorization": "Bearer very-secret"}) as client:
            plain = journey(client)
        upstream.reset()
        with recorded(upstream.url, folder) as client:
            assert journey(client) == plain, "the recorder changes nothing"
    assert {200, 201, 204, 400, 401, 403, 404, 500} <= set(plain)
    return folder


def test_what_was_recorded_plays_back_without_a_difference(folder: Path) -> None:
    result = run("replay", str(folder))
    assert result.returncode == 0, result.stdout
    assert "0 failed" not in result.stdout


def test_it_plays_back_at_another_emulator_over_a_socket(folder: Path) -> None:
    with Emulator("empty", seed=3) as other:
        result = run("replay", str(folder / "scenario.json"), "--base-url", other.url, "--json")
    assert result.returncode == 0, result.stdout
    steps = json.loads(result.stdout)["value"][0]["steps"]
    assert len(steps) == 35
    assert {each["result"] for each in steps} == {"passed"}


def test_it_is_a_scenario_like_any_other(folder: Path) -> None:
    result = run("run", str(folder / "scenario.json"))
    assert result.returncode == 0, result.stdout


def test_the_fixture_can_be_served_and_holds_what_was_shown(folder: Path) -> None:
    assert run("fixtures", "check", str(folder / "fixture.json")).returncode == 0
    fixture = json.loads((folder / "fixture.json").read_text())
    (business,) = [each for each in fixture["bookingBusinesses"] if "services" in each]
    assert {each["id"] for each in business["services"]} >= {SERVICE}
    assert business["schedulingPolicy"]
    assert not any(each["displayName"] == "Fourth Coffee" for each in fixture["bookingBusinesses"])


PRIVATE = [
    "very-secret", "ContosoDental", "contoso", "fabrikam", "Nestor", "Wilke", "Debra", "Berger", "425",
    "Fourth Coffee", "Kléber", "Lyon", "69001", "Dana Swope", "Contoso Dental",
]  # fmt: skip


@pytest.mark.parametrize("word", PRIVATE)
def test_nothing_private_is_in_the_files(folder: Path, word: str) -> None:
    for file in folder.iterdir():
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|AAMk[\w=-]+", "", file.read_text(encoding="utf-8"))
        assert word.lower() not in text.lower(), file.name


def test_the_same_is_replaced_by_the_same_everywhere(folder: Path) -> None:
    steps = json.loads((folder / "scenario.json").read_text())["step"]
    made = next(
        each["body"] for each in steps if each["request"].startswith("POST") and "customerNotes" in each.get("body", {})
    )
    (person,) = made["customers"]
    assert made["customerNotes"] == f"{person['name']} calls from {person['phone']}"
    changed = next(each["body"] for each in steps if each["request"].startswith("PATCH"))
    assert changed["serviceNotes"] == f"Ask {person['name']} for X-rays"
    filtered = next(each["request"] for each in steps if "$filter=displayName" in each["request"])
    (listed,) = next(each for each in steps if each["request"] == filtered)["expect"]["exact"]["value"]
    assert quote(listed["displayName"]) in filtered


def test_callers_become_personas_without_their_tokens(folder: Path) -> None:
    scenario = json.loads((folder / "scenario.json").read_text())
    assert {each.get("as") for each in scenario["step"]} == {None, "", "application", "application-reader", "outsider"}
    assert {each["name"] for each in scenario["given"]["personas"]} == {"application", "application-reader", "outsider"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda steps: steps[0]["expect"].update(status=202), "status"),
        (lambda steps: steps[1]["expect"]["exact"].update(displayName="Other"), "body/displayName"),
        (lambda steps: steps[1]["expect"]["exact"].pop("displayName"), "body/displayName"),
        (lambda steps: steps[2]["expect"]["exact"]["value"].pop(), "body/value"),
        (lambda steps: steps[2]["expect"]["headers"].update({"OData-Version": "5"}), "header OData-Version"),
    ],
)
def test_every_difference_is_told(folder: Path, tmp_path: Path, change: Any, where: str) -> None:
    scenario = json.loads((folder / "scenario.json").read_text())
    change(scenario["step"])
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(scenario))
    result = run("replay", str(file), "--json")
    assert result.returncode == 1
    steps = json.loads(result.stdout)["value"][0]["steps"]
    assert {misfit["where"] for each in steps for misfit in each.get("misfits", ())} == {where}
    assert [each["result"] for each in steps].count("failed") == 1
    assert "skipped" not in {each["result"] for each in steps}, "it goes on behind a difference"


def test_a_server_that_behaves_otherwise_differs(folder: Path, tmp_path: Path) -> None:
    scenario = json.loads((folder / "scenario.json").read_text())
    scenario["given"]["quirks"] = {"update-no-content": False}
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(scenario))
    result = run("replay", str(file))
    assert result.returncode == 1
    assert "expected  204" in result.stdout
    assert "got       200" in result.stdout


def test_what_is_no_recording_cannot_be_played(tmp_path: Path) -> None:
    assert run("replay", str(tmp_path)).returncode == 1
    assert run("record", "--upstream", "graph.microsoft.com").returncode == 2


# the recorder itself, in process


async def answered(recorder: Recorder, method: str, path: str, **options: Any) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(recorder), base_url="http://localhost:1") as client:
        return await client.request(method, path, **options)


def before(answer: Any, folder: Path) -> Recorder:
    """A recorder before a server that is a function."""
    return Recorder("https://graph.test", folder, lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def test_urls_lead_to_the_recorder_and_back(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        headers = {"Location": "https://graph.test/v1.0/a", "Connection": "close", "X-Own": "kept"}
        return httpx.Response(201, json={"@odata.nextLink": "https://graph.test/v1.0/b"}, headers=headers)

    recorder = before(answer, tmp_path)
    body = {"url": "http://localhost:1/v1.0/c"}
    came = asyncio.run(answered(recorder, "POST", "/v1.0/d?$skip=1", json=body, headers={"TE": "trailers"}))
    assert came.json() == {"@odata.nextLink": "http://localhost:1/v1.0/b"}
    assert (came.headers["location"], came.headers["x-own"]) == ("http://localhost:1/v1.0/a", "kept")
    assert "connection" not in came.headers
    (request,) = seen
    assert (str(request.url), request.headers["host"]) == ("https://graph.test/v1.0/d?$skip=1", "graph.test")
    assert json.loads(request.content) == {"url": "https://graph.test/v1.0/c"}
    assert "te" not in request.headers


@pytest.mark.parametrize("is_lost", [True, False])
def test_an_answer_is_passed_on_and_kept_whatever_becomes_of_the_question_for_personas(
    is_lost: bool, tmp_path: Path
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith("/_emulator"):
            return httpx.Response(201, json={"id": "1"}, headers={"x-ms-ags-diagnostic": "BOOKINGS-EMULATOR"})
        if is_lost:
            raise httpx.ReadTimeout("late")
        return httpx.Response(200, text="no JSON")

    recorder = before(answer, tmp_path)
    came = asyncio.run(answered(recorder, "POST", "/v1.0/a", json={}))
    assert (came.status_code, came.json(), len(recorder.calls)) == (201, {"id": "1"}, 1)


def test_a_server_that_does_not_answer_is_said_so_and_not_recorded(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    recorder = before(answer, tmp_path)
    came = asyncio.run(answered(recorder, "GET", "/v1.0/me"))
    assert came.status_code == 502
    assert "got no response from https://graph.test" in came.json()["error"]["message"]
    assert not recorder.calls


def test_calls_that_show_tokens_are_passed_on_and_not_kept(tmp_path: Path) -> None:
    recorder = before(lambda request: httpx.Response(200, json={"access_token": "x"}), tmp_path)
    came = asyncio.run(answered(recorder, "POST", "/common/oauth2/v2.0/token", data={"client_secret": "x"}))
    assert came.json() == {"access_token": "x"}
    assert not recorder.calls


def test_the_files_are_written_when_asked(tmp_path: Path) -> None:
    recorder = before(lambda request: httpx.Response(200, json={"value": []}), tmp_path / "a" / "b")
    asyncio.run(answered(recorder, "GET", ROOT, headers={"Authorization": "Bearer x"}))
    assert asyncio.run(answered(recorder, "GET", "/_recorder")).json()["calls"] == 1
    written = asyncio.run(answered(recorder, "POST", "/_recorder/write")).json()["files"]
    assert [Path(each).name for each in written] == ["fixture.json", "scenario.json"]
    replayed = run("replay", str(tmp_path / "a" / "b"))
    assert replayed.returncode == 1
    assert "body/@odata.context" in replayed.stdout


def jwt(**claims: Any) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.signature"


def test_a_token_becomes_a_persona_of_its_kind_with_its_permissions() -> None:
    app = jwt(idtyp="app", roles=["Bookings.Read.All"], tid="11111111-1111-4111-8111-111111111111")
    person = jwt(scp="Bookings.Manage.All openid", upn="a@contoso.com")
    calls = [call("GET", ROOT, caller=each) for each in (app, person, app, "opaque", "")]
    named, rows = name_callers(calls)
    assert [each.caller for each in named] == ["caller1", "caller2", "caller1", None, ""]
    assert rows[0] == {"name": "caller1", "kind": "application", "permissions": ["Bookings.Read.All"]}
    assert (rows[1]["kind"], rows[1]["permissions"]) == ("delegated", ["Bookings.Manage.All", "openid"])


def test_a_token_that_an_emulator_issued_is_that_of_its_persona() -> None:
    known = [{"name": "reader", "kind": "application", "objectId": "11111111-1111-4111-8111-111111111111"}]
    issued = jwt(idtyp="app", oid="11111111-1111-4111-8111-111111111111", roles=["x"])
    named, rows = name_callers([call("GET", ROOT, caller=issued), call("GET", ROOT, caller="reader")], known)
    assert [each.caller for each in named] == ["reader", "reader"]
    assert [each["name"] for each in rows] == ["reader"]


def call(method: str, path: str, answer: Any = None, sent: Any = None, **members: Any) -> Recorded:
    """A recorded call by hand."""
    members = {"status": 200, "headers": {}, "answer_headers": {}, **members}
    body = b"" if sent is None else json.dumps(sent).encode()
    return Recorded(method, path, body=body, answer=b"" if answer is None else json.dumps(answer).encode(), **members)


def test_tenants_of_tokens_hosts_and_mail_inside_of_ids_are_replaced() -> None:
    tenant = "11111111-1111-4111-8111-111111111111"
    mine = call(
        "GET",
        "/v1.0/solutions/bookingBusinesses/Ours%40fabrikam.com/services?query=Ours",
        {"id": "Ours@fabrikam.com", "webSiteUrl": "https://www.fabrikam.com/a", "note": f"of {tenant}", "role": "guest",
         "publicUrl": "https://outlook.office365.com/book/Ours@fabrikam.com/"},
        caller=jwt(tid=tenant, scp="x"),
    )  # fmt: skip
    clean = Scrub([mine]).call(mine)
    text = (clean.path + clean.answer.decode()).lower()
    assert "fabrikam" not in text
    assert tenant not in text
    answered = json.loads(clean.answer)
    assert answered["publicUrl"] == f"https://outlook.office365.com/book/{answered['id']}/"
    assert answered["role"] == "guest"
    assert quote(answered["id"], safe="") in clean.path


def test_replaced_names_keep_their_order() -> None:
    names = ["Zoe", "Adam", "mia"]
    mine = call("GET", f"{HOME}/customers", {"value": [{"displayName": each} for each in names]})
    values = json.loads(Scrub([mine]).call(mine).answer)["value"]
    assert [each["displayName"] for each in values] == ["Person 003", "Person 001", "Person 002"]


def test_the_fixture_holds_what_was_there_before_the_first_change() -> None:
    one = f"{HOME}/services/{SERVICE}"
    made = "20000000-0000-4000-8000-00000000beef"
    calls = [
        call("GET", f"{HOME}/services", {"value": [{"id": SERVICE, "displayName": "First", "notes": ""}]}),
        call("PATCH", one, sent={"displayName": "Second"}, status=204),
        call("GET", one, {"id": SERVICE, "displayName": "Second", "notes": "", "preBuffer": "PT5M"}),
        call("POST", f"{HOME}/services", {"id": made, "displayName": "Third"}, {"displayName": "Third"}, status=201),
        call("GET", f"{HOME}/services", {"value": [{"id": SERVICE}, {"id": made}]}),
        call("POST", f"{HOME}/appointments", {"id": "a"}, {"serviceId": "s-9", "staffMemberIds": ["p-9"]}, status=201),
    ]
    (business,) = fixture_of(calls)["bookingBusinesses"]
    assert business["id"] == DENTAL
    first, unseen = business["services"]
    assert first == {"id": SERVICE, "displayName": "First", "notes": "", "preBuffer": "PT5M"}
    assert unseen["id"] == "s-9"
    assert [each["id"] for each in business["staffMembers"]] == ["p-9"]


def test_lists_tell_the_order_of_a_fixture() -> None:
    calls = [
        call("GET", f"{HOME}/services/c", {"id": "c"}),
        call("GET", f"{HOME}/services?$top=2", {"value": [{"id": "a"}, {"id": "b"}]}),
        call("GET", f"{HOME}/services?$top=2&$skip=2", {"value": [{"id": "c"}, {"id": "d"}]}),
    ]
    (business,) = fixture_of(calls)["bookingBusinesses"]
    assert [each["id"] for each in business["services"]] == ["a", "b", "c", "d"]


def test_a_text_that_looks_like_a_kind_is_expected_as_it_is() -> None:
    steps = Steps("http://localhost:0", set())
    step = steps.step(call("GET", HOME, {"notes": "<p class='x'>Hello</p>"}))
    assert step["expect"]["exact"]["notes"].startswith("<like ^<p")


def test_a_batch_with_parts_that_are_none_is_passed_over() -> None:
    odd: list[Any] = ["x", 1, None, [], {"id": "1"}, {"id": "2", "method": "GET", "url": f"{HOME}/services"}]
    answers = [{"id": "2", "status": 200, "body": {"value": [{"id": "s"}]}}]
    refused = call("POST", "/v1.0/$batch", {"error": {"code": "BadRequest"}}, {"requests": ["x"]}, status=400)
    carried = call("POST", "/v1.0/$batch", {"responses": answers}, {"requests": odd})
    (business,) = fixture_of([refused, carried])["bookingBusinesses"]
    assert [each["id"] for each in business["services"]] == ["s"]


@pytest.mark.parametrize("ids", [["a@y.com", "b@x.com", "c@y.com"], ["b@x.com", "a@y.com", "c@y.com"]])
def test_the_domain_of_a_fixture_is_that_of_most_businesses(ids: list[str]) -> None:
    listed = {"value": [{"id": each, "displayName": each} for each in ids]}
    assert fixture_of([call("GET", ROOT, listed)])["domain"] == "y.com"


def test_an_id_that_a_part_of_a_batch_made_is_captured_and_one_that_it_read_stands() -> None:
    made, there = "20000000-0000-4000-8000-00000000beef", "20000000-0000-4000-8000-00000000cafe"
    answers = [
        {"id": "1", "status": 201, "body": {"id": made}},
        {"id": "2", "status": 200, "body": {"id": there}},
        {"id": "3", "status": 200, "body": {"id": "Read@contoso.com"}},
    ]
    requests = [{"id": str(n), "method": "POST" if n == 1 else "GET", "url": f"/{n}"} for n in (1, 2, 3)]
    sent = {"requests": requests}
    step = Steps("http://localhost:0", {there}).step(call("POST", "/v1.0/$batch", {"responses": answers}, sent))
    assert step["capture"] == {"id1": "/responses/0/body/id"}
    assert [each["body"] for each in step["expect"]["body"]["responses"][1:]] == [
        {"id": there},
        {"id": "Read@contoso.com"},
    ]


def test_what_a_list_shows_first_stands_in_front_of_what_was_only_read() -> None:
    calls = [
        call("GET", f"{HOME}/services/c", {"id": "c"}),
        call("GET", f"{HOME}/services/d", {"id": "d"}),
        call("GET", f"{HOME}/services?$top=2", {"value": [{"id": "a"}, {"id": "b"}]}),
    ]
    (business,) = fixture_of(calls)["bookingBusinesses"]
    assert [each["id"] for each in business["services"]] == ["a", "b", "c", "d"]


SENT_HEADERS = {
    "Accept": "application/json",
    "ConsistencyLevel": "eventual",
    "Content-Type": "application/merge-patch+json",
    "If-Match": 'W/"1"',
    "Prefer": "return=minimal",
}


@pytest.mark.parametrize("name", SENT_HEADERS)
def test_a_header_that_counts_is_in_the_step(name: str) -> None:
    headers = {name.lower(): SENT_HEADERS[name], "user-agent": "x", "host": "x"}
    recorded = call("PATCH", HOME, sent={"displayName": "Ours"}, status=204, headers=headers)
    assert Steps("http://localhost:0", set()).step(recorded)["headers"] == {name: SENT_HEADERS[name]}


TOLD_HEADERS = {
    "Location": "/a",
    "OData-Version": "4.0",
    "Preference-Applied": "odata.maxpagesize=1",
    "Retry-After": "7",
    "WWW-Authenticate": 'Bearer realm=""',
}


@pytest.mark.parametrize("name", TOLD_HEADERS)
def test_a_header_of_an_answer_that_counts_is_expected(name: str) -> None:
    answer_headers = {name.lower(): TOLD_HEADERS[name], "date": "x", "server": "x"}
    step = Steps("http://localhost:0", set()).step(call("GET", HOME, status=204, answer_headers=answer_headers))
    assert step["expect"]["headers"] == {name: TOLD_HEADERS[name]}


def test_a_date_of_retry_after_is_not_expected_again() -> None:
    answer_headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}
    step = Steps("http://localhost:0", set()).step(call("GET", HOME, status=429, answer_headers=answer_headers))
    assert "headers" not in step["expect"]


# a recording is not lost


def told_of(recorder: Recorder, path: str = ROOT, **options: Any) -> httpx.Response:
    return asyncio.run(answered(recorder, "GET", path, **options))


def plain_answer(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"value": []})


def test_calls_are_in_a_file_as_they_come_and_the_next_run_goes_on_behind_them(tmp_path: Path) -> None:
    first = before(plain_answer, tmp_path)
    assert first.begin() == 0
    for name in ("a", "b"):
        told_of(first, f"{ROOT}/{name}", headers={"Authorization": f"Bearer {jwt(upn='a@b.c')}"})
    asyncio.run(first.close())  # without writing
    file = tmp_path / "calls.ndjson"
    assert file.stat().st_mode & 0o077 == 0
    assert "signature" not in file.read_text()
    with file.open("a") as cut:
        cut.write('{"place": 2, "method": "GE')
    second = before(plain_answer, tmp_path)
    assert second.begin() == 2
    told_of(second, f"{ROOT}/c")
    assert [each.path for each in second.calls] == [f"{ROOT}/{name}" for name in "abc"]
    third = before(plain_answer, tmp_path)
    assert third.begin() == 3
    asyncio.run(third.close())
    assert [each.name for each in second.write()] == ["fixture.json", "scenario.json"]
    second.discard_log()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fixture.json", "scenario.json"]


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("record", "--upstream", "http://localhost:1", "--port", "0", "--output", str(tmp_path / "file" / "x"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Error: cannot write into {tmp_path / 'file' / 'x'}: ")
    assert "use another --output" in ended.stderr


def test_an_older_recording_stays_whole_where_the_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = before(plain_answer, tmp_path)
    told_of(recorder)
    files = recorder.write()
    older = [each.read_bytes() for each in files]
    told_of(recorder, f"{ROOT}/more")
    write_bytes = Path.write_bytes

    def fill_up(file: Path, content: bytes) -> int:
        if "scenario" in file.name:
            write_bytes(file, content[:100])
            raise OSError(28, "No space left on device")
        return write_bytes(file, content)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    refused = asyncio.run(answered(recorder, "POST", "/_recorder/write"))
    assert refused.status_code == 507
    assert "No space left on device; the calls are kept" in refused.json()["error"]["message"]
    assert [each.read_bytes() for each in files] == older
    assert sorted(each.name for each in tmp_path.iterdir()) == ["fixture.json", "scenario.json"]
    assert len(recorder.calls) == 2


def test_at_the_end_a_full_folder_sends_the_files_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = before(plain_answer, tmp_path / "full")
    told_of(recorder)
    (tmp_path / "full").write_text("no folder any more")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ClickException, match=r"cannot write into .*; the files are in ") as said:
        _write_files(recorder)
    elsewhere = Path(str(said.value).rpartition(" ")[2])
    assert (elsewhere / "scenario.json").is_file()


# paths that would be parts of another host


@pytest.mark.parametrize("path", ["@127.0.0.1:9/steal", ".evil/", ":99/", "", "*"])
def test_what_is_no_path_is_passed_on_nowhere(path: str, tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return plain_answer(request)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    asyncio.run(before(answer, tmp_path)(scope, receive, send))
    assert (sent[0]["status"], asked) == (400, [])


def test_an_address_that_cannot_be_called_is_no_defect(tmp_path: Path) -> None:
    refused = told_of(Recorder("http://localhost:1", tmp_path), "/a", headers={"Host": "localhost"})
    assert refused.status_code == 502
    for upstream in ("http://[", "http://localhost:x"):
        assert told_of(Recorder(upstream, tmp_path)).status_code == 502


def test_a_path_that_answered_one_thing_and_then_another_plays_back(tmp_path: Path) -> None:
    folder = tmp_path / "turns"
    with Emulator("default", seed=3, now=NOW) as upstream, recorded(upstream.url, folder) as client:
        client.headers["Authorization"] = "Bearer administrator"
        for subjects in (["a"], ["a"], ["b"], ["a"]):
            upstream.stub("GET /me/messages", name="inbox", body={"value": [{"subject": each} for each in subjects]})
            client.get("/v1.0/me/messages")
            client.get("/v1.0/me/messages?$top=1")
    scenario = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    assert [(len(each.get("query", ())), each.get("times")) for each in scenario["stub"]] == [
        (0, None), (0, 1), (0, 2), (1, None), (1, 1), (1, 2),
    ]  # fmt: skip
    result = run("replay", str(folder))
    assert result.returncode == 0, result.stdout


def test_what_is_called_beside_bookings_becomes_stubs_and_plays_back(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    with Emulator("default", seed=3, now=NOW) as upstream:
        upstream.stub("GET /me/messages", body={"value": [{"subject": "Hello", "link": "https://outlook.example/1"}]})
        refusal = {"code": "Authorization_RequestDenied", "message": "No."}
        upstream.stub("GET /groups", status=403, body={"error": refusal})
        with recorded(upstream.url, folder) as client:
            client.headers["Authorization"] = "Bearer administrator"
            batch = {"requests": [{"id": "1", "method": "GET", "url": "/organization"}]}
            plain = [
                client.get("/v1.0/me").json(),
                client.get("/v1.0/me?$select=id,mail").json(),
                client.get("/beta/me/messages").json(),
                client.get(ROOT).json(),
                client.get("/v1.0/groups").status_code,
                client.post("/v1.0/me/sendMail", json={"message": {"subject": "x", "toRecipients": []}}).status_code,
                client.post("/v1.0/$batch", json=batch).json(),
            ]
    assert plain[-3] == 403
    scenario = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    stubs = {(each["request"], *each.get("query", ())) for each in scenario["stub"]}
    assert stubs == {
        ("GET /me",), ("GET /me", "$select"), ("GET /me/messages",), ("GET /groups",), ("POST /me/sendMail",),
        ("GET /organization",),
    }  # fmt: skip
    assert "Dana Swope" not in json.dumps(scenario["stub"])
    result = run("replay", str(folder))
    assert result.returncode == 0, result.stdout
