"""Scenarios: every one that comes along is played, in process and over a socket; files, reports and commands."""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from emulator.app import App
from emulator.contract.load import load_problems
from emulator.scenario.given import start_of_given
from emulator.scenario.load import SCHEMA_FILE, ScenarioError, load_scenario, read_scenario, shipped
from emulator.scenario.match import ABSENT, KINDS, match
from emulator.scenario.model import Scenario
from emulator.scenario.play import Performance, play
from emulator.scenario.report import as_json, as_junit, tell
from emulator.scenario.schema import schema_text
from emulator.scenario.server import Server
from emulator.stage import ORIGIN, Cast, play_at, play_in_process, receiving
from emulator.store.seed import FixtureError
from emulator.tenant import Tenant
from tests.test_cli import run, served

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "scenarios"
ALL = [load_scenario(name) for name in shipped()]
# what a refusal must have a scenario for
SHOWN_STATUSES = {401, 403, 404, 429, 500}
HOME = "/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com"


def scenario(*steps: dict[str, Any], **members: Any) -> Scenario:
    """A scenario of these steps."""
    return read_scenario("ours", {"title": "Ours", "shows": "It.", "source": "us", "step": list(steps), **members})


def perform(played: Scenario, **cast: Any) -> Performance:
    (performance,) = asyncio.run(play_in_process([played], Cast(**cast)))
    return performance


# the library


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_passes_in_process_and_meets_the_refusals_it_names(played: Scenario) -> None:
    performance, met = asyncio.run(_play_and_look(played))
    assert performance.result == "passed", tell([performance])
    assert set(played.problems) <= met


async def _play_and_look(played: Scenario) -> tuple[Performance, set[str | None]]:
    """What became of a scenario, and the refusals that the journal knows of."""
    async with receiving(played) as (ready, url):
        app = App(Tenant(start_of_given(ready)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            server = Server(client, ORIGIN, f"{ORIGIN}/_emulator", app.tenant.guid, url)
            performance = await play(ready, server)
    return performance, {each.exchange.problem for each in app.tenant.journal.entries}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A running emulator in quite another situation than any scenario's."""
    with served("--fixture", "empty", "--seed", "77", "--quirk", "five-customers=off") as (origin, _):
        yield origin


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_passes_over_a_socket_in_a_tenant_of_its_own(played: Scenario, origin: str) -> None:
    (performance,) = asyncio.run(play_at(origin, [played]))
    assert performance.result == "passed", tell([performance])
    assert [each["name"] for each in httpx.get(f"{origin}/_emulator/tenants").json()["value"]] == ["default"]


@pytest.mark.parametrize("played", ALL, ids=lambda each: each.name)
def test_every_scenario_says_what_it_shows_and_where_that_is_known_from(played: Scenario) -> None:
    assert len(played.shows) > len(played.title)
    assert played.shows.endswith(".")
    assert played.source
    assert played.steps
    assert any(each.expect for each in played.steps)


def test_every_documented_failure_is_shown_or_the_reason_why_not_is_told() -> None:
    untold = tomllib.loads((ROOT / "docs" / "scenarios.toml").read_text(encoding="utf-8"))["unshown"]
    shown = {each for played in ALL for each in played.problems}
    failures = {each.id for each in load_problems().values() if each.status in SHOWN_STATUSES}
    assert failures - shown - set(untold) == set()
    assert set(untold) <= failures - shown


def test_files_ask_for_completion_by_the_schema_beside_them() -> None:
    for file in shipped().values():
        assert file.read_text(encoding="utf-8").startswith("#:schema ./scenario.schema.json\n"), file


# the schema


def test_the_schema_beside_the_files_is_the_present_one_and_a_schema() -> None:
    assert (LIBRARY / SCHEMA_FILE).read_bytes() == schema_text(), "out of date; run: make docs"
    Draft202012Validator.check_schema(json.loads(schema_text()))


def test_the_schema_is_served_and_printed(client: TestClient) -> None:
    assert client.get("/_emulator/schemas/scenario.json").content == schema_text()
    assert run("scenarios", "--schema").stdout.encode() == schema_text()


STEP: dict[str, Any] = {"request": f"GET {HOME}"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no title": ({"title": 5}, "ours: at $.title: 5 is not of type 'string'"),
    "an unknown word": ({"shwos": "x"}, "ours: at $: unknown word 'shwos'"),
    "a near word": ({"shwos": "x"}, "did you mean 'shows'?"),
    "an unknown word of a step": ({"step": [STEP, {**STEP, "boddy": 1}]}, "at $.step[1]: unknown word 'boddy'"),
    "no kind of step": (
        {"step": [{"advnace": "PT1H"}]},
        "at $.step[0]: expected one of request, control, advance, settle",
    ),
    "a kind of step spelt nearly right": ({"step": [{"advnace": "PT1H"}]}, "did you mean 'advance'?"),
    "two kinds of step": ({"step": [{**STEP, "settle": True}]}, "found request and settle"),
    "no method": (
        {"step": [{"request": HOME}]},
        "at $.step[0].request: expected a method and a path such as 'GET /v1.0/",
    ),
    "a move that is none": ({"step": [{"advance": "1h"}]}, "expected a duration such as PT1H or a moment"),
    "two bodies": (
        {"step": [{**STEP, "body": 1, "text": "1"}]},
        "expected at most one of body, text, form; found body and text",
    ),
    "a clock that sends": (
        {"step": [{"advance": "PT1H", "body": 1}]},
        "a step that is advance sends nothing; found body",
    ),
    "an unknown expectation": (
        {"step": [{**STEP, "expect": {"statsu": 200}}]},
        "$.step[0].expect: unknown word 'statsu'",
    ),
    "an unknown kind": (
        {"step": [{**STEP, "expect": {"body": {"id": "<giud>"}}}]},
        "at $.step[0].expect: there is no kind <giud>; expected one of <any>",
    ),
    "a pattern that is none": (
        {"step": [{**STEP, "expect": {"body": "<like (>"}}]},
        "<like (> holds no regular expression",
    ),
    "a lost answer with a status": (
        {"step": [{**STEP, "expect": {"lost": True, "status": 200}}]},
        "nothing of it can be",
    ),
    "an unknown variable": (
        {"step": [{"request": "GET /{busines}"}], "values": {"business": "a"}},
        "at $.step[0]: nothing has given {busines} a value; known are business, origin, receiver, tenant; did you mean",
    ),
    "a variable before its capture": (
        {"step": [{"request": "GET /{id}"}, {**STEP, "capture": {"id": "/id"}}]},
        "at $.step[0]: nothing has given {id} a value",
    ),
    "an unknown quirk's value": ({"given": {"quirks": {"five-customers": 5}}}, "at $.given.quirks['five-customers']"),
    "an unknown refusal": ({"problems": ["bk.unknwon"]}, "did you mean 'bk.unknown'?"),
    "a record that does not fit": (
        {"given": {"fixture": {"bookingBusinesses": [{"displayNam": "x"}]}}},
        "at $.given.fixture.bookingBusinesses[0]: unknown word 'displayNam'",
    ),
    "steps that are no list": ({"step": {}}, "at $.step: {} is not of type 'array'"),
}


@pytest.mark.parametrize(("members", "message"), WRONG.values(), ids=WRONG)
def test_what_a_file_says_wrongly_is_refused_with_its_place(members: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario("ours", {"title": "Ours", "shows": "It.", "source": "us", **members})
    assert message in str(caught.value)


def test_a_file_that_is_no_toml_and_a_name_of_nothing_are_said(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text("title = ")
    with pytest.raises(ScenarioError, match=r"ours\.toml: cannot be read as TOML"):
        load_scenario(str(file))
    with pytest.raises(ScenarioError, match=r"did you mean 'slot-taken'\?"):
        load_scenario("slot-takne")
    with pytest.raises(ScenarioError, match=r"none\.toml: no such file"):
        load_scenario("none.toml")


def test_a_json_file_means_the_same_as_a_toml_file(tmp_path: Path) -> None:
    toml = load_scenario("slot-taken")
    file = tmp_path / "slot-taken.json"
    file.write_text(json.dumps({"$schema": "./scenario.schema.json", **toml.data}))
    assert load_scenario(str(file)).steps == toml.steps


GIVEN: dict[str, tuple[dict[str, Any], str]] = {
    "a fixture": ({"fixture": "defualt"}, "did you mean 'default'?"),
    "a quirk": ({"quirks": {"five-customers": "maybe"}}, "five-customers takes on or off"),
    "a fault that never matches": (
        {"faults": [{"match": {"operation": "creatAppointment"}, "effect": {"reset": True}}]},
        "creat",
    ),
    "a limit without a window": ({"limits": [{"requests": 3}]}, "requests need a window"),
    "a moment": ({"now": "yesterday"}, "expected a moment"),
}


@pytest.mark.parametrize(("given", "message"), GIVEN.values(), ids=GIVEN)
def test_a_given_that_cannot_be_is_said_by_run_serve_and_the_control_plane(
    given: dict[str, Any], message: str, tmp_path: Path, client: TestClient
) -> None:
    data = {"title": "t", "shows": "s", "source": "u", "given": given}
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(data))
    for arguments, code in ((("run", str(file)), 2), (("serve", "--port", "0", "--scenario", str(file)), 1)):
        result = run(*arguments)
        assert (result.returncode, "Traceback" in result.stderr) == (code, False), result.stderr
        assert message in result.stderr
    for path, body in (("scenarios", data), ("tenants", {"scenario": data})):
        answer = client.post(f"/_emulator/{path}", json=body)
        assert (answer.status_code, message in answer.json()["error"]) == (400, True), answer.text


def test_faults_of_the_given_are_there_again_after_a_reset() -> None:
    with TestClient(App(Tenant(start_of_given(load_scenario("half-success")))), base_url=ORIGIN) as client:
        client.delete("/_emulator/faults")
        assert client.get("/_emulator/faults").json()["value"] == []
        client.post("/_emulator/reset")
        (fault,) = client.get("/_emulator/faults").json()["value"]
        assert (fault["effect"]["problem"], fault["left"]) == ("bk.staffnotavailable", 1)


def test_subscriptions_of_the_given_need_a_mailbox_and_a_run_gives_them_its_receiver() -> None:
    row = {"business": "ContosoDental@contoso.onmicrosoft.com", "change": "Created", "url": "{receiver}/x"}
    tenant = Tenant(start_of_given(scenario(given={"subscriptions": [row]})))
    (kept,) = tenant.subscriptions
    assert (kept.changes, kept.url) == (("Created",), "http://localhost:7071/x")
    look = {"control": "GET /subscriptions", "expect": {"body": {"value": [{"url": "{receiver}/x"}]}}}
    assert perform(scenario(look, given={"subscriptions": [row]})).result == "passed"
    with pytest.raises(FixtureError, match="subscriptions: there is no mailbox 'a@b'; there are ContosoDental@"):
        Tenant(start_of_given(scenario(given={"subscriptions": [{**row, "business": "a@b"}]})))


# what matches

MATCHES: dict[str, tuple[Any, Any, list[str]]] = {
    "partial": ({"a": 1}, {"a": 1, "b": 2}, []),
    "another value": ({"a": 1}, {"a": 2}, ["x/a"]),
    "a member that is missing": ({"a": 1}, {}, ["x/a"]),
    "one and true are two": ({"a": 1}, {"a": True}, ["x/a"]),
    "numbers of two types": (60, 60.0, []),
    "lists item by item": ([{"a": 1}, 2], [{"a": 1, "b": 1}, 3], ["x/1"]),
    "lists of other lengths": ([1], [1, 2], ["x"]),
    "absent": ({"a": "<absent>"}, {}, []),
    "not absent": ({"a": "<absent>"}, {"a": None}, ["x/a"]),
    "any is not absent": ({"a": "<any>"}, {}, ["x/a"]),
    "any may be null": ({"a": "<any>"}, {"a": None}, []),
    "some": ({"<some>": {"a": 1}}, [{"a": 2}, {"a": 1}], []),
    "not some": ({"<some>": {"a": 1}}, [{"a": 2}], ["x"]),
    "some twice need two": ({"<some>": [{"a": 1}, {"a": 1}]}, [{"a": 1}], ["x"]),
    "some of what is no list": ({"<some>": 1}, {"a": 1}, ["x"]),
    "none": ({"<none>": 1}, [2, 3], []),
    "but one": ({"<none>": 1}, [2, 1], ["x"]),
    "a list of a length": ("<list of 2>", [1, 2], []),
    "a list of another length": ("<list of 3>", [1, 2], ["x"]),
    "a text in brackets that is no kind": ("<b>bold</b>", "<b>bold</b>", []),
}


@pytest.mark.parametrize(("expected", "came", "places"), MATCHES.values(), ids=MATCHES)
def test_what_comes_matches_or_the_place_of_the_difference_is_told(expected: Any, came: Any, places: list[str]) -> None:
    assert [each.where for each in match(expected, came, "x")] == places


OF_KIND: dict[str, tuple[list[Any], list[Any]]] = {
    "any": ([None, 0, ""], [ABSENT]),
    "absent": ([ABSENT], [None]),
    "null": ([None], ["", ABSENT, 0]),
    "guid": (["f463b337-d20b-4d59-9b61-0487c89da11b"], ["f463b337", 5, None]),
    "item": (["AAMkAGE4ZmMwYTBkLTRmOWYtNDM2Zg="], ["AAMk", "BBBkAGE4ZmMwYTBkLTRmOWYtNDM2Zg="]),
    "instant": (["2026-01-05T08:00:00Z", "2026-01-05T08:00:00.1234567+01:00"], ["2026-01-05T08:00:00", "x"]),
    "datetime": (["2026-01-05T08:00:00.0000000"], ["2026-01-05T08:00:00Z", "2026-01-05"]),
    "duration": (["PT1H"], ["1h", 60]),
    "number": ([1, 1.5], [True, "1"]),
    "integer": ([1], [1.5, True]),
    "boolean": ([False], [0, None]),
    "text": (["x"], ["", None]),
    "url": (["https://a.example/b"], ["a.example", "ftp://a"]),
    "list": ([[], [1]], [{}, "[]"]),
    "has b": (["abc", ["b"]], ["ac", None]),
    "like ^a.c$": (["abc"], ["abcd", None]),
}


@pytest.mark.parametrize(("kind", "fits", "fails"), [(kind, *each) for kind, each in OF_KIND.items()], ids=OF_KIND)
def test_a_kind_takes_what_it_is_and_nothing_else(kind: str, fits: list[Any], fails: list[Any]) -> None:
    for each in fits:
        assert not match(f"<{kind}>", each, "x")
    for each in fails:
        assert match(f"<{kind}>", each, "x")


def test_every_kind_is_tried() -> None:
    assert {each.partition(" ")[0] for each in OF_KIND} == set(KINDS)


def test_exact_names_what_else_came() -> None:
    (only,) = match({"a": 1}, {"a": 1, "b": 2}, "body", is_exact=True)
    assert (only.where, only.expected, only.came) == ("body/b", ABSENT, 2)


# what a failure tells


def test_a_wrong_expectation_fails_readably() -> None:
    body = {"displayName": "Contoso Dentist", "id": "<guid>", "phone": "206-555-0100"}
    steps = ({"title": "fine", **STEP}, {"title": "read it", **STEP, "expect": {"status": 201, "body": body}}, STEP)
    performance = perform(scenario(*steps))
    assert [each.result for each in performance.steps] == ["passed", "failed", "skipped"]
    text = tell([performance])
    assert "FAIL  2 read it" in text
    assert f"> GET {ORIGIN}{HOME}" in text
    for lines in (
        ("status", "  expected  201", "  came      200"),
        ("body/displayName", '  expected  "Contoso Dentist"', '  came      "Contoso Dental"'),
        ("body/id", '  expected  "<guid>"', '  came      "ContosoDental@contoso.onmicrosoft.com"'),
    ):
        assert "\n".join(f"        {line}" for line in lines) in text
    assert "body/phone" not in text
    assert "< 200" in text
    assert '"displayName":"Contoso Dental"' in text
    assert "skip  3 GET" in text
    assert "(step 2 failed)" in text
    assert text.endswith("1 scenario: 1 failed (steps: 1 passed, 1 failed, 1 skipped)")


def test_a_report_never_shows_a_token() -> None:
    steps = {**STEP, "as": "administrator", "expect": {"status": 201}}
    performance = perform(scenario(steps), tokens={"administrator": "secret-of-mine"})
    for report in (tell([performance]), as_json([performance]).decode(), as_junit([performance]).decode()):
        assert "201" in report
        assert "secret-of-mine" not in report


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "a header": ({"headers": {"x-none": "<any>"}}, "header x-none"),
    "a pointer": ({"at": {"/address/city": "Berlin"}}, "body at /address/city"),
    "exactly": ({"exact": {"id": "x"}}, "body/displayName"),
    "a reason": ({"reason": "because"}, "reason (x-emulator-reason)"),
    "events": ({"events": ["appointmentCreated"]}, "events"),
    "messages": ({"messages": {"<some>": {"kind": "reminder"}}}, "messages"),
    "a lost answer": ({"lost": True}, "expected that no whole answer comes; one came"),
}


@pytest.mark.parametrize(("expect", "place"), FAILURES.values(), ids=FAILURES)
def test_whatever_can_be_expected_can_fail(expect: dict[str, Any], place: str) -> None:
    performance = perform(scenario({**STEP, "expect": expect}))
    assert performance.result == "failed"
    assert place in tell([performance])


def test_a_capture_of_nothing_fails() -> None:
    performance = perform(scenario({**STEP, "capture": {"id": "/none/0"}}))
    assert "{id} cannot be captured from /none/0: nothing stands at /none" in tell([performance])


def test_a_control_call_or_a_move_of_the_clock_that_is_refused_fails() -> None:
    for step in ({"control": "PUT /quirks/none", "body": {"value": True}}, {"advance": "2025-01-01T00:00:00Z"}):
        assert perform(scenario(step, given={"now": "2026-01-05T08:00:00Z"})).result == "failed"


def test_a_step_is_repeated_until_it_fails() -> None:
    post = {"request": "POST /v1.0/solutions/bookingBusinesses", "body": {"displayName": "Ours"}, "repeat": 3}
    listed = {"request": "GET /v1.0/solutions/bookingBusinesses", "expect": {"body": {"value": "<list of 3>"}}}
    assert perform(scenario(post, listed, given={"fixture": "empty"})).result == "passed"


def test_values_can_be_given_others_and_texts_keep_their_types() -> None:
    step = {"request": "GET {home}", "expect": {"status": 200, "body": {"isPublished": "{published}"}}}
    played = scenario(step, values={"path": "/v1.0/x", "home": "{path}", "published": True})
    assert perform(played).result == "failed"
    assert perform(played, values={"path": HOME}).result == "passed"


# a server without a control plane


async def _play_without_control(played: Scenario) -> Performance:
    app = App(Tenant(start_of_given(played)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await play(played, Server(client, ORIGIN))


NEEDY: dict[str, dict[str, Any]] = {
    "clock": {"advance": "PT1H"},
    "control": {"control": "POST /reset"},
    "settle": {"settle": True},
    "events": {**STEP, "expect": {"events": []}},
    "messages": {**STEP, "expect": {"messages": []}},
    "deliveries": {**STEP, "expect": {"deliveries": []}},
    "reason": {**STEP, "expect": {"reason": "x"}},
}


@pytest.mark.parametrize("step", NEEDY.values(), ids=NEEDY)
def test_what_needs_the_control_plane_is_skipped_where_there_is_none_and_never_passes(step: dict[str, Any]) -> None:
    performance = asyncio.run(_play_without_control(scenario(step, STEP)))
    is_ground = step.get("advance") or step.get("control")
    assert [each.result for each in performance.steps] == ["skipped", "skipped" if is_ground else "passed"]
    assert performance.result == "skipped"


def test_what_can_be_seen_of_a_step_is_judged_and_captured_even_where_the_rest_cannot() -> None:
    steps = ({**STEP, "expect": {"events": []}, "capture": {"name": "/displayName"}}, {"request": "GET /v1.0/{name}"})
    performance = asyncio.run(_play_without_control(scenario(*steps)))
    assert [each.result for each in performance.steps] == ["skipped", "passed"]
    performance = asyncio.run(_play_without_control(scenario({**STEP, "expect": {"events": [], "status": 404}})))
    assert [each.result for each in performance.steps] == ["failed"]


@pytest.mark.parametrize(
    "given", [{"faults": ["answer-lost"]}, {"limits": [{"concurrent": 4}]}, {"quirks": {"Q9": "value"}}]
)
def test_a_given_that_only_a_control_plane_can_make_is_not_played_without_one(given: dict[str, Any]) -> None:
    performance = asyncio.run(_play_without_control(scenario(STEP, given=given)))
    assert [each.result for each in performance.steps] == ["skipped"]
    assert f"only a control plane can give {next(iter(given))}" in performance.steps[0].why


def test_what_needs_a_capture_of_a_skipped_step_is_skipped_too() -> None:
    steps = ({"control": "GET /version", "capture": {"v": "/version"}}, {"request": "GET /v1.0/{v}"})
    performance = asyncio.run(_play_without_control(scenario(*steps)))
    assert [each.result for each in performance.steps] == ["skipped", "skipped"]
    assert "needs {v}" in performance.steps[1].why


# the commands


def test_run_reports_to_people_as_json_and_as_junit(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    result = run("run", "slot-taken", "--junit", str(file))
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("PASSED  slot-taken: A slot is taken\n  ok    1 book\n")
    (suite,) = ElementTree.parse(file).getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("slot-taken", "4", "0")
    report = json.loads(run("run", "slot-taken", "--json").stdout)
    assert [each["result"] for each in report["value"][0]["steps"]] == ["passed"] * 4


def test_run_fails_with_1_and_the_report_holds_the_exchange(tmp_path: Path) -> None:
    file, junit = tmp_path / "ours.toml", tmp_path / "report.xml"
    file.write_text(f'title = "a"\nshows = "b"\nsource = "c"\n[[step]]\nrequest = "GET {HOME}"\nexpect.status = 404\n')
    result = run("run", str(file), "--json", "--junit", str(junit))
    assert result.returncode == 1
    (step,) = json.loads(result.stdout)["value"][0]["steps"]
    assert step["misfits"] == [{"where": "status", "expected": 404, "came": 200}]
    assert step["response"]["status"] == 200
    failure = ElementTree.parse(junit).getroot().find(".//failure")
    assert failure is not None
    assert failure.get("message") == "status: expected 404; 200 came"
    assert "< 200" in (failure.text or "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("slot-takne",), "did you mean 'slot-taken'?"),
        ((), "name FILES or scenarios to play, or give --all"),
        (("slot-taken", "--base-url", "http://127.0.0.1:9"), "nothing answers at http://127.0.0.1:9"),
        (("slot-taken", "--value", "x"), "--value takes NAME=VALUE"),
    ],
)
def test_run_ends_with_2_where_it_cannot_play(arguments: tuple[str, ...], message: str) -> None:
    result = run("run", *arguments)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert message in result.stderr


def test_run_plays_against_a_server_and_leaves_it_as_it_was(origin: str) -> None:
    before = httpx.get(f"{origin}/_emulator/journal").json()
    result = run("run", "slot-taken", "--base-url", origin)
    assert result.returncode == 0, result.stdout + result.stderr
    assert httpx.get(f"{origin}/_emulator/journal").json() == before


def test_run_skips_what_it_cannot_see_of_a_server_without_control_plane_and_says_so() -> None:
    with served("--no-control", "--scenario", "slot-taken") as (origin, _):
        result = run("run", "slot-taken", "availability-range", "--base-url", origin)
    assert result.returncode == 3, result.stdout + result.stderr
    first = result.stdout.partition("SKIPPED")[2]
    assert "skip  1 book  (its events and messages cannot be seen without a control plane)" in first
    assert "ok    3 book inside the buffer behind the first booking" in first
    assert "PASSED  availability-range" in first


def test_a_control_plane_behind_a_key_wants_it_and_planes_never_see_it() -> None:
    with served("--control-key", "sesame") as (origin, _):
        refused = run("run", "slot-taken", "--base-url", origin)
        assert refused.returncode == 2
        assert "the control plane is behind a key" in refused.stderr
        result = run("run", "slot-taken", "--base-url", origin, "--control-key", "sesame")
    assert result.returncode == 0, result.stdout + result.stderr


def test_scenarios_are_listed_with_what_each_shows_and_own_files_are_checked(tmp_path: Path) -> None:
    listed = run("scenarios").stdout
    for each in ALL:
        assert f"{each.name}: {each.title}" in listed
        assert each.shows in listed
    file = tmp_path / "ours.toml"
    file.write_text('title = "a"\n')
    result = run("scenarios", str(file))
    assert result.returncode == 1
    assert "ours.toml: at $: 'shows' is a required property" in result.stderr


def test_serve_starts_in_the_given_of_a_scenario() -> None:
    with served("--scenario", "list-forbidden") as (origin, _):
        answer = httpx.get(f"{origin}/v1.0/solutions/bookingBusinesses", headers={"Authorization": "Bearer any"})
        assert answer.status_code == 403
        assert httpx.get(f"{origin}/_emulator/clock").json()["now"] == "2026-01-05T08:00:00Z"


# the control plane


def test_the_control_plane_lists_and_shows_scenarios(client: TestClient) -> None:
    listed = client.get("/_emulator/scenarios").json()["value"]
    assert [each["name"] for each in listed] == list(shipped())
    assert all(each["title"] and each["shows"] and each["source"] for each in listed)
    whole = client.get("/_emulator/scenarios/slot-taken").json()
    assert (whole["name"], len(whole["step"])) == ("slot-taken", 4)


def test_a_tenant_is_put_into_the_given_of_a_scenario_and_reset_comes_back_to_it(client: TestClient) -> None:
    url = "/v1.0/solutions/bookingBusinesses"
    assert len(client.get(url).json()["value"]) == 1
    assert client.post("/_emulator/scenarios/list-forbidden").json()["title"] == "The list of businesses is forbidden"
    assert client.get(url).status_code == 403
    client.put("/_emulator/quirks/list-forbidden", json={"value": False})
    assert len(client.get(url).json()["value"]) == 2
    client.post("/_emulator/reset")
    assert client.get(url).status_code == 403
    fresh = App(Tenant(start_of_given(load_scenario("list-forbidden"))))
    with TestClient(fresh, base_url=ORIGIN) as other:
        assert other.get("/_emulator/state").json() == client.get("/_emulator/state").json()


def test_a_tenant_is_made_in_the_given_of_a_scenario_by_name_or_sent(client: TestClient) -> None:
    sent = {
        "title": "t",
        "shows": "s",
        "source": "u",
        "given": {"fixture": {"bookingBusinesses": [{"displayName": "A"}]}},
    }
    for given, status in (("list-forbidden", 403), (sent, 200)):
        made = client.post("/_emulator/tenants", json={"scenario": given}).json()
        assert client.get(f"{made['graph']['v1.0']}/solutions/bookingBusinesses").status_code == status
    assert client.post("/_emulator/scenarios", json=sent).status_code == 200
    assert [each["displayName"] for each in client.get("/v1.0/solutions/bookingBusinesses").json()["value"]] == ["A"]


REFUSED: dict[str, tuple[str, Any, int, str]] = {
    "an unknown one": ("scenarios/slot-takne", None, 404, "did you mean 'slot-taken'?"),
    "a file": ("scenarios/ours.toml", None, 404, "there is no scenario 'ours.toml'"),
    "an unknown one for a tenant": ("tenants", {"scenario": "slot-takne"}, 404, "did you mean 'slot-taken'?"),
    "one that does not fit": ("scenarios", {"title": "x"}, 400, "'shows' is a required property"),
    "a given that cannot be": (
        "scenarios",
        {"title": "t", "shows": "s", "source": "u", "given": {"fixture": "defualt"}},
        400,
        "did you mean 'default'?",
    ),
}


@pytest.mark.parametrize(("path", "body", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_scenario_is_refused_and_changes_nothing(
    path: str, body: Any, status: int, message: str, client: TestClient
) -> None:
    before = client.get("/_emulator/state").json()
    answer = client.post(f"/_emulator/{path}", json=body)
    assert answer.status_code == status
    assert message in answer.json()["error"]
    assert client.get("/_emulator/state").json() == before


# the page


def test_the_page_lists_every_scenario_and_its_examples_are_played(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert all(f"[`{each.name}`]" in text for each in ALL)
    examples = [
        each for each in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[[step]]" in each and "title" in each
    ]
    assert examples
    for each in examples:
        file = tmp_path / "example.toml"
        file.write_text(each, encoding="utf-8")
        performance = perform(load_scenario(str(file)))
        assert performance.result == "passed", tell([performance])
