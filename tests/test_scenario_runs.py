"""Scenarios played: what a failure tells, what is skipped, the commands and the control plane."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.load import load_scenario, read_scenario, shipped
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance, play
from bookings_emulator.scenario.report import as_json, as_junit, tell
from bookings_emulator.scenario.server import ScenarioServer
from bookings_emulator.scenario_runner import ORIGIN
from bookings_emulator.tenant import Tenant
from tests.conftest import make_tenant
from tests.scenarios import ALL, HOME, STEP, perform, scenario
from tests.test_cli import run, served

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
        ("status", "  expected  201", "  got       200"),
        ("body/displayName", '  expected  "Contoso Dentist"', '  got       "Contoso Dental"'),
        ("body/id", '  expected  "<guid>"', '  got       "ContosoDental@contoso.onmicrosoft.com"'),
    ):
        assert "\n".join(f"        {line}" for line in lines) in text
    assert "body/phone" not in text
    assert "< 200" in text
    assert '"displayName":"Contoso Dental"' in text
    assert "skip  3 GET" in text
    assert "(step 2 failed)" in text
    assert text.endswith("1 scenario: 1 failed (steps: 1 passed, 1 failed, 1 skipped)")


def test_a_report_never_shows_a_token() -> None:
    steps = {**STEP, "as": "administrator", "headers": {"prefer": "odata.maxpagesize=7"}, "expect": {"status": 201}}
    performance = perform(scenario(steps), tokens={"administrator": "secret-of-mine"})
    for report in (tell([performance]), as_json([performance]).decode(), as_junit([performance]).decode()):
        assert "201" in report
        assert "odata.maxpagesize=7" in report
        assert "secret-of-mine" not in report
        assert "authorization" not in report.lower()


def test_a_report_shows_the_headers_that_explain_an_answer_and_no_others() -> None:
    steps = {"request": f"GET {HOME}/services/none", "as": "administrator", "expect": {"status": 200}}
    shown = [line[2:].lower() for each in tell([perform(scenario(steps))]).splitlines() if (line := each.strip())]
    names = {each.partition(":")[0] for each in shown}
    assert {"content-type", "request-id", "x-emulator-reason"} <= names
    assert not {"cache-control", "vary", "x-ms-ags-diagnostic"} & names


def test_a_report_masks_what_a_persona_signs_in_with_and_what_it_gets() -> None:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "secret-of-mine"}
    body = {"persona": "x", "password": "secret-of-mine", "note": "eyJhbGciOiJSUzI1NiJ9.secret-of-mine.x"}
    for sends in ({"form": form}, {"body": body}):
        step = {"request": "POST /nowhere/oauth2/token", **sends, "expect": {"status": 299}}
        performance = perform(scenario(step))
        for report in (tell([performance]), as_json([performance]).decode(), as_junit([performance]).decode()):
            assert "299" in report
            assert "secret-of-mine" not in report


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "a header": ({"headers": {"x-none": "<any>"}}, "header x-none"),
    "a pointer": ({"at": {"/address/city": "Berlin"}}, "body at /address/city"),
    "exactly": ({"exact": {"id": "x"}}, "body/displayName"),
    "a reason": ({"reason": "because"}, "reason (x-emulator-reason)"),
    "events": ({"events": ["appointmentCreated"]}, "events"),
    "messages": ({"messages": {"<some>": {"kind": "reminder"}}}, "messages"),
    "a lost answer": ({"lost": True}, "expected no complete response; got one"),
}


@pytest.mark.parametrize(("expect", "place"), FAILURES.values(), ids=FAILURES)
def test_whatever_can_be_expected_can_fail(expect: dict[str, Any], place: str) -> None:
    performance = perform(scenario({**STEP, "expect": expect}))
    assert performance.result == "failed"
    assert place in tell([performance])


def test_a_capture_of_nothing_fails() -> None:
    performance = perform(scenario({**STEP, "capture": {"id": "/none/0"}}))
    assert "{id} cannot be captured from /none/0: there is no value at /none" in tell([performance])


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
        return await play(played, ScenarioServer(client, ORIGIN))


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
    assert f"{next(iter(given))} needs a control plane" in performance.steps[0].why


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
    assert failure.get("message") == "status: expected 404; got 200"
    assert "< 200" in (failure.text or "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("slot-takne",), "did you mean 'slot-taken'?"),
        ((), "name the scenarios or FILES to play, or use --all"),
        (("slot-taken", "--value", "x"), "--value takes NAME=VALUE"),
    ],
)
def test_a_wrong_word_ends_run_with_2(arguments: tuple[str, ...], message: str) -> None:
    result = run("run", *arguments)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert message in " ".join(result.stderr.split())


def test_run_ends_with_1_if_nothing_answers() -> None:
    result = run("run", "slot-taken", "--base-url", "http://127.0.0.1:9")
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "nothing responds at http://127.0.0.1:9" in result.stderr


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A running emulator in quite another situation than any scenario's."""
    with served("--fixture", "empty", "--seed", "77", "--quirk", "five-customers=off") as (origin, _):
        yield origin


def test_run_plays_against_a_server_and_leaves_it_as_it_was(origin: str) -> None:
    before = httpx.get(f"{origin}/_emulator/journal").json()
    result = run("run", "slot-taken", "--base-url", origin)
    assert result.returncode == 0, result.stdout + result.stderr
    assert httpx.get(f"{origin}/_emulator/journal").json() == before


def test_run_skips_what_it_cannot_see_of_a_server_without_control_plane_and_says_so() -> None:
    with served("--no-control", "--scenario", "slot-taken") as (origin, _):
        result = run("run", "slot-taken", "availability-range", "--base-url", origin)
    assert result.returncode == 1, result.stdout + result.stderr
    first = result.stdout.partition("SKIPPED")[2]
    assert "skip  1 book  (its events and messages cannot be checked without a control plane)" in first
    assert "ok    3 book within the buffer after the first booking" in first
    assert "PASSED  availability-range" in first


def test_skipped_steps_pass_if_they_are_allowed() -> None:
    with served("--no-control", "--scenario", "slot-taken") as (origin, _):
        result = run("run", "slot-taken", "--base-url", origin, "--allow-skipped")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_control_plane_behind_a_key_wants_it_and_planes_never_see_it() -> None:
    with served("--control-key", "sesame") as (origin, _):
        refused = run("run", "slot-taken", "--base-url", origin)
        assert refused.returncode == 1
        assert "the control plane needs a key" in refused.stderr
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


def test_a_tenant_put_into_a_given_goes_on_by_the_seed_of_the_given() -> None:
    given = {"seed": 7, "faults": [{"effect": {"problem": "bk.unknown"}, "schedule": {"probability": 0.5}}]}
    sent = {"title": "t", "shows": "s", "source": "u", "given": given}
    used = App(make_tenant(seed=1))
    fresh = App(Tenant(start_of_given(read_scenario("ours", sent))))
    with TestClient(used, base_url=ORIGIN) as client:
        assert client.post("/_emulator/scenarios", json=sent).status_code == 200
    statuses = []
    for app in (used, fresh):
        with TestClient(app, base_url=ORIGIN, headers={"Authorization": "Bearer any"}) as client:
            statuses.append([client.get(HOME).status_code for _ in range(40)])
    assert set(statuses[0]) == {200, 500}
    assert statuses[0] == statuses[1]


# words that nobody knows

OURS = """
title = "t"
shows = "s"
source = "x"
[values]
home = "/v1.0/solutions/bookingBusinesses"
[[step]]
request = "GET {home}"
as = "WHO"
expect = {status = 200}
"""


def ours(folder: Path, who: str = "application", head: str = "") -> str:
    file = folder / "ours.toml"
    file.write_text(head + OURS.replace("WHO", who))
    return str(file)


@pytest.mark.parametrize("command", ["scenarios", "run"])
def test_a_caller_that_is_no_persona_is_refused_with_the_nearest(command: str, tmp_path: Path) -> None:
    done = run(command, ours(tmp_path, "aplication"))
    assert done.returncode != 0
    assert "at $.step[0].as: 'aplication' is not a persona of [given]" in done.stderr
    assert "did you mean 'application'?" in done.stderr


@pytest.mark.parametrize(("who", "head"), [("anyone", ""), ("partner", 'callers = ["partner"]\n'), ("{x}", "")])
def test_a_caller_may_be_anyone_a_declared_word_or_what_was_captured(who: str, head: str, tmp_path: Path) -> None:
    file = ours(tmp_path, who, head)
    if who == "{x}":
        Path(file).write_text(Path(file).read_text().replace("[values]", '[values]\nx = "viewer"'))
    done = run("run", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_control_plane_refuses_a_caller_that_is_no_persona(tmp_path: Path) -> None:
    client = TestClient(App(make_tenant()), base_url=ORIGIN)
    data = load_scenario(ours(tmp_path)).data
    data["step"][0]["as"] = "aplication"
    for path, body in (("/scenarios", data), ("/tenants", {"scenario": data})):
        refused = client.post(f"/_emulator{path}", json=body)
        assert refused.status_code == 400
        assert "did you mean 'application'?" in refused.json()["error"]


OPTIONS = {
    "a value": (("--value", "hoem=/v1.0"), "--value: no file has 'hoem'; there are: home; did you mean 'home'?"),
    "a token": (("--token", "aplication=x"), "--token: no file has 'aplication'"),
    "a report": (("--junit", "/nowhere/at/all.xml"), "--junit must be a writable file"),
}


@pytest.mark.parametrize(("options", "told"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_that_would_do_nothing_is_refused(options: tuple[str, str], told: str, tmp_path: Path) -> None:
    done = run("run", ours(tmp_path), *options)
    assert done.returncode == 2
    assert told in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["x", "http://elsewhere/", "@evil", ":99/"])
def test_a_value_that_makes_no_path_is_a_sentence(value: str, tmp_path: Path) -> None:
    with served() as (origin, _):
        for where in ((), ("--base-url", origin)):
            done = run("run", ours(tmp_path), "--value", f"home={value}", *where)
            assert (done.returncode, done.stderr) == (1, "")
            assert "expected a path that starts with /; {home} is" in done.stdout
