"""Scenario files: their schema, what they say wrongly, what their givens make, and what matches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.scenario.given import start_of_given
from bookings_emulator.scenario.load import SCHEMA_FILE, ScenarioError, load_scenario, read_scenario
from bookings_emulator.scenario.match import ABSENT, KINDS, match
from bookings_emulator.scenario.schema import schema_text
from bookings_emulator.scenario_runner import ORIGIN
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.tenant import Tenant
from tests.scenarios import HOME, ROOT, STEP, perform, scenario
from tests.test_cli import run

LIBRARY = ROOT / "scenarios"

# the schema


def test_the_schema_beside_the_files_is_the_present_one_and_a_schema() -> None:
    assert (LIBRARY / SCHEMA_FILE).read_bytes() == schema_text(), "out of date; run: make docs"
    Draft202012Validator.check_schema(json.loads(schema_text()))


def test_the_schema_is_served_and_printed(client: TestClient) -> None:
    assert client.get("/_emulator/schemas/scenario.json").content == schema_text()
    assert run("scenarios", "--schema").stdout.encode() == schema_text()


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
    "two kinds of step": ({"step": [{**STEP, "settle": True}]}, "got request and settle"),
    "no method": (
        {"step": [{"request": HOME}]},
        "at $.step[0].request: expected a method and a path, such as 'GET /v1.0/",
    ),
    "a move that is none": ({"step": [{"advance": "1h"}]}, "expected a duration such as PT1H or a moment"),
    "two bodies": (
        {"step": [{**STEP, "body": 1, "text": "1"}]},
        "expected at most one of body, text, form; got body and text",
    ),
    "a clock that sends": (
        {"step": [{"advance": "PT1H", "body": 1}]},
        "a step with advance sends nothing; got body",
    ),
    "an unknown expectation": (
        {"step": [{**STEP, "expect": {"statsu": 200}}]},
        "$.step[0].expect: unknown word 'statsu'",
    ),
    "an unknown kind": (
        {"step": [{**STEP, "expect": {"body": {"id": "<giud>"}}}]},
        "at $.step[0].expect: unknown kind <giud>; expected one of <any>",
    ),
    "a pattern that is none": (
        {"step": [{**STEP, "expect": {"body": "<like (>"}}]},
        "<like (> is not a regular expression",
    ),
    "a lost answer with a status": (
        {"step": [{**STEP, "expect": {"lost": True, "status": 200}}]},
        "nothing else can be",
    ),
    "an unknown variable": (
        {"step": [{"request": "GET /{busines}"}], "values": {"business": "a"}},
        "at $.step[0]: {busines} has no value; known names are business, origin, receiver, tenant; did you mean",
    ),
    "a variable before its capture": (
        {"step": [{"request": "GET /{id}"}, {**STEP, "capture": {"id": "/id"}}]},
        "at $.step[0]: {id} has no value",
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
    with pytest.raises(ScenarioError, match=r"cannot read ours\.toml as TOML"):
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
    "a quirk": ({"quirks": {"five-customers": "maybe"}}, "five-customers must be on or off"),
    "a fault that never matches": (
        {"faults": [{"match": {"operation": "creatAppointment"}, "effect": {"reset": True}}]},
        "creat",
    ),
    "a limit without a window": ({"limits": [{"requests": 3}]}, "requests needs a window"),
    "a moment": ({"now": "yesterday"}, "expected a time"),
}


@pytest.mark.parametrize(("given", "message"), GIVEN.values(), ids=GIVEN)
def test_a_given_that_cannot_be_is_said_by_run_serve_and_the_control_plane(
    given: dict[str, Any], message: str, tmp_path: Path, client: TestClient
) -> None:
    data = {"title": "t", "shows": "s", "source": "u", "given": given}
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(data))
    for arguments, code in ((("run", str(file)), 1), (("serve", "--port", "0", "--scenario", str(file)), 1)):
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
    with pytest.raises(
        FixtureError, match="subscriptions: there is no mailbox 'a@b'; known mailboxes are ContosoDental@"
    ):
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
