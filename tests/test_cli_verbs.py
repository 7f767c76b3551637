"""The commands that drive a running emulator, as a user calls them; and the files that `init` writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import bookings_emulator
from bookings_emulator import Client, Emulator
from bookings_emulator.cli import GROUPS, Commands, main

Call = Callable[..., Result]
NOW = "2026-01-05T08:00:00Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator() as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    tenant = server.tenant(now=NOW, seed=1)
    yield tenant
    tenant.drop()


@pytest.fixture
def call(bookings: Client, server: Client, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls the command line, aimed at the tenant by the environment."""
    monkeypatch.setenv("BOOKINGS_EMULATOR_URL", server.url)
    monkeypatch.setenv("BOOKINGS_EMULATOR_TENANT", bookings.name)
    return lambda *words: CliRunner().invoke(main, [*words])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_clock_is_read_frozen_set_advanced_and_released(call: Call, bookings: Client) -> None:
    assert lines(call("clock", "now")) == ["2026-01-05T08:00:00+00:00  frozen"]
    assert lines(call("clock", "advance", "P1D")) == ["2026-01-06T08:00:00+00:00  frozen"]
    assert lines(call("clock", "advance", "--to", "2026-01-07T00:00:00Z")) == ["2026-01-07T00:00:00+00:00  frozen"]
    assert read(call("clock", "freeze", "2026-02-01T00:00:00Z", "--json"))["mode"] == "frozen"
    assert read(call("clock", "set", "2026-03-01T00:00:00Z", "--json"))["mode"] == "offset"
    assert read(call("clock", "release", "--json"))["mode"] == "real"
    assert bookings.clock.mode == "real"


def test_a_fault_is_made_of_a_preset_or_of_words_listed_and_dropped(call: Call, bookings: Client) -> None:
    (made,) = read(call("fault", "add", "operation=listBusinesses", "status=503", "first=1", "--json"))
    assert (made["match"], made["effect"]["status"], made["left"]) == ({"operation": "listBusinesses"}, 503, 1)
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 503
    head, row = lines(call("fault", "list"))
    assert head.split() == ["id", "state", "matched", "fired", "title"]
    assert row.split()[:4] == [made["id"], "spent", "1", "1"]
    assert lines(call("fault", "add", "throttled"))[1].split()[1] == "active"
    assert lines(call("fault", "drop", made["id"])) == []
    assert [each["title"].partition(":")[0] for each in bookings.faults] == ["throttled"]
    assert lines(call("fault", "drop")) == []
    assert lines(call("fault", "list")) == ["no faults"]
    assert "throttled" in call("fault", "presets").output


def test_quirks_are_shown_and_switched(call: Call, bookings: Client) -> None:
    assert len(read(call("quirk", "--json"))) == len(bookings.quirks)
    assert lines(call("quirk", "list-forbidden=on"))[1].split()[:2] == ["list-forbidden", "on"]
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 403
    assert lines(call("quirk", "list-forbidden=off"))[1].split()[:2] == ["list-forbidden", "off"]


def test_the_journal_is_listed_narrowed_and_verified(call: Call, bookings: Client) -> None:
    bookings.graph.get("/solutions/bookingBusinesses")
    bookings.graph.get("/solutions/bookingBusinesses/nobody@contoso.onmicrosoft.com")
    head, first, second = lines(call("journal"))
    assert head.split()[-1] == "reason"
    assert (first.split()[4], second.split()[4]) == ("200", "404")
    assert [row["status"] for row in read(call("journal", "--status", "4xx", "--json"))] == [404]
    told = call("journal", "--bodies", "--operation", "listBusinesses").output
    assert "GET /v1.0/solutions/bookingBusinesses → 200  " in told.splitlines()[0]
    assert '"displayName": "Contoso Dental"' in told
    assert "no business has the id" in call("journal", "--bodies", "--status", "404").output.splitlines()[1]
    assert lines(call("verify", "--operation", "listBusinesses", "--exactly", "1")) == ["1 exchange matches"]
    assert read(call("verify", "--at-least", "2", "--json")) == {"count": 2}
    bookings.graph.post("/solutions/bookingBusinesses", json={"displayName": "Ours"})
    body = '{"displayName": "Ours"}'
    assert [row["number"] for row in read(call("journal", "--body", body, "--json"))] == [3]
    assert read(call("verify", "--body", body, "--exactly", "1", "--json")) == {"count": 1}
    failed = call("verify", "--operation", "createAppointment")
    assert (failed.exit_code, "got none" in failed.output) == (1, True)


def follow(call: Call, *words: str) -> tuple[Any, threading.Thread]:
    """`logs` in a thread, which has begun to follow; its result is in the list when the thread is over."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(call("logs", "--timeout", "20", *words)))
    thread.start()
    return results, thread


def test_exchanges_are_followed_as_they_happen(call: Call, bookings: Client) -> None:
    results, thread = follow(call, "--count", "2", "--status", "4xx")
    while thread.is_alive():
        bookings.graph.get("/solutions/bookingBusinesses/nobody@contoso.onmicrosoft.com")
        bookings.graph.get("/solutions/bookingBusinesses")
        thread.join(0.05)
    first, reason, second, _ = lines(results[0])
    assert (first.split()[1], first.split()[3]) == ("GET", "404")
    assert "no business" in reason
    assert second.split()[3] == "404"


def test_followed_exchanges_are_json_lines_for_programs(call: Call, bookings: Client) -> None:
    results, thread = follow(call, "--count", "1", "--json", "--bodies")
    while thread.is_alive():
        bookings.graph.get("/solutions/bookingBusinesses")
        thread.join(0.05)
    (line,) = lines(results[0])
    assert json.loads(line)["response"]["body"]["value"]


def test_logs_end_if_nothing_happens_in_time(call: Call) -> None:
    result = call("logs", "--timeout", "0.2")
    assert (result.exit_code, "happened within 0.2 s" in result.output) == (1, True)


def test_the_outbox_and_the_personas_are_listed(call: Call) -> None:
    assert lines(call("outbox", "--status", "sent")) == ["no messages"]
    call("trigger", "created")
    assert {row["kind"] for row in read(call("outbox", "--status", "sent", "--json"))} == {"confirmation", "invitation"}
    assert "viewer" in [line.split()[0] for line in lines(call("personas"))]


def test_state_goes_into_a_file_and_comes_back(call: Call, bookings: Client, tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    assert lines(call("state", "export", str(file))) == []
    content = json.loads(file.read_text(encoding="utf-8"))
    content["bookingBusinesses"] = content["bookingBusinesses"][:1]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert lines(call("state", "load", str(file))) == []
    assert len(bookings.graph.get("/solutions/bookingBusinesses").json()["value"]) == 1
    assert lines(call("reset")) == []
    assert len(bookings.graph.get("/solutions/bookingBusinesses").json()["value"]) == 2
    assert read(call("state", "export"))["bookingBusinesses"]


def test_a_snapshot_is_saved_listed_restored_and_dropped(call: Call, bookings: Client) -> None:
    assert lines(call("snapshot", "save", "before")) == ["before"]
    bookings.quirk("list-forbidden")
    assert lines(call("snapshot", "restore", "before")) == []
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 200
    assert lines(call("snapshot", "list")) == ["name", "before"]
    assert lines(call("snapshot", "drop", "before")) == []
    assert lines(call("snapshot", "list")) == ["no snapshots"]


def test_a_scenario_is_loaded(call: Call, bookings: Client) -> None:
    assert lines(call("load", "list-forbidden")) == []
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 403


@pytest.mark.parametrize("kind", ["1:1", "group"])
@pytest.mark.parametrize(
    ("change", "event"), [("created", "Created"), ("updated", "Updated"), ("cancelled", "Deleted")]
)
def test_a_notification_is_triggered_and_its_webhook_taken_away(
    call: Call, bookings: Client, change: str, event: str, kind: str
) -> None:
    more = ["--group"] if kind == "group" else []
    body = read(call("trigger", change, *more))
    assert (body["CustomerEmail"] is None) is (kind == "group")
    (delivery,) = bookings.deliveries
    assert (delivery["event"], delivery["status"]) == (event, "delivered")
    assert list(bookings.subscriptions) == []


def test_a_notification_is_triggered_for_a_receiver_of_ones_own(call: Call, bookings: Client) -> None:
    with bookings_emulator.Receiver() as receiver:
        head, row = lines(call("trigger", "created", "--to", receiver.url))
        assert head.split()[2] == "status"
        assert row.split()[1:4] == ["Created", "delivered", "1"]
        assert len(receiver.notifications) == 1
        (again,) = read(call("deliveries", "redeliver", row.split()[0], "--json"))
        assert again["status"] == "delivered"
        assert len(lines(call("deliveries", "settle"))) == len(lines(call("deliveries"))) == 3
        assert len(receiver.notifications) == 2


WRONG = {
    "no command": (("jurnal",), 2, "did you mean 'journal'?"),
    "no option": (("journal", "--staus", "4xx"), 2, "--status"),
    "a criterion that never comes": (
        ("verify", "--operation", "createApointment"),
        2,
        "did you mean 'createAppointment'?",
    ),
    "a body that is no JSON": (("journal", "--body", "Ours"), 2, "must be JSON, such as"),
    "a duration": (("clock", "advance", "P1X"), 2, "'P1X'"),
    "neither duration nor moment": (("clock", "advance"), 2, "got neither"),
    "both": (("clock", "advance", "P1D", "--to", NOW), 2, "got both"),
    "a moment": (("clock", "freeze", "tomorrow"), 2, "'tomorrow'"),
    "two presets": (("fault", "add", "throttled", "unavailable"), 2, "got throttled, unavailable"),
    "no preset": (("fault", "add", "throtled"), 2, "throtled"),
    "no quirk": (("quirk", "list-forbiden=on"), 2, "did you mean 'list-forbidden'?"),
    "a quirk without value": (("quirk", "list-forbidden"), 2, "list-forbidden=on"),
    "no scenario": (("load", "slot-takn"), 2, "did you mean 'slot-taken'?"),
    "no snapshot": (("snapshot", "restore", "nope"), 2, "there are: none"),
    "no delivery": (("deliveries", "redeliver", "77"), 2, "77"),
    "no business": (("trigger", "created", "--business", "nope"), 2, "Contoso Dental"),
    "no change": (("trigger", "canceled"), 2, "cancelled"),
    "a receiver that is not allowed": (("trigger", "created", "--to", "https://example.com/x"), 1, "--allow-callback"),
    "no tenant": (("reset", "--tenant", "nope"), 2, "there is no tenant at /tenants/nope"),
    "nobody there": (("reset", "--url", "http://localhost:1"), 1, "bookings-emulator serve"),
    "no file": (("state", "load", "nowhere.json"), 1, "cannot read nowhere.json"),
    "no shell": (("completion", "tcsh"), 2, "bash"),
}


@pytest.mark.parametrize(("words", "code", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_by_one_rule_of_exit_codes(
    call: Call, words: tuple[str, ...], code: int, told: str
) -> None:
    result = call(*words)
    assert (result.exit_code, told in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_every_option_of_a_command_inside_a_group_comes_from_the_environment_and_the_file(
    server: Client, bookings: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKINGS_EMULATOR_URL", server.url)
    (tmp_path / "bookings-emulator.toml").write_text(f'[clock]\ntenant = "{bookings.name}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert lines(CliRunner().invoke(main, ["clock", "now"])) == ["2026-01-05T08:00:00+00:00  frozen"]
    (tmp_path / "bookings-emulator.toml").write_text('[clock]\ntennant = "x"\n', encoding="utf-8")
    result = CliRunner().invoke(main, ["clock", "now"])
    assert "did you mean 'tenant'?" in result.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(call: Call, shell: str) -> None:
    assert "_BOOKINGS_EMULATOR_COMPLETE" in "\n".join(lines(call("completion", shell)))


COMPLETED = {
    "a command": (["jour"], "journal"),
    "a command of a group": (["clock", "ad"], "advance"),
    "a fixture": (["serve", "--fixture", "cli"], "clinic"),
    "a scenario": (["run", "slot"], "slot-taken"),
    "a quirk": (["serve", "--quirk", "list-forb"], "list-forbidden=on"),
    "a quirk to switch": (["quirk", "list-forb"], "list-forbidden=off"),
    "a preset": (["fault", "add", "throttled-"], "throttled-until"),
    "a fixture to check": (["fixtures", "check", "cli"], "clinic"),
    "a fixture to expand": (["fixtures", "expand", "cli"], "clinic"),
    "a scenario to load": (["load", "slot"], "slot-taken"),
    "a quirk that decided": (["logs", "--quirk", "slot-"], "slot-grid"),
    "a persona": (["token", "--persona", "view"], "viewer"),
}


def complete(words: list[str]) -> list[str]:
    """What a shell is offered for the last word."""
    environment = {
        **os.environ,
        "_BOOKINGS_EMULATOR_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["bookings-emulator", *words]),
        "COMP_CWORD": str(len(words)),
    }
    program = "from bookings_emulator.cli import main; main(prog_name='bookings-emulator')"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(("words", "expected"), COMPLETED.values(), ids=COMPLETED)
def test_names_are_completed(words: list[str], expected: str) -> None:
    assert expected in complete(words)


WRONG_WORDS = {
    "trigger": (["trigger", "creatd"], "did you mean 'created'?"),
    "init": (["init", "vtest"], "did you mean 'vitest'?"),
    "completion": (["completion", "fsh"], "did you mean 'fish'?"),
    "what is wrong with a token": (["token", "--persona", "viewer", "--wrong", "expird"], "did you mean 'expired'?"),
    "a persona offline": (["token", "--persona", "viewr", "--seed", "1"], "did you mean 'viewer'?"),
    "a level": (["serve", "--auth", "opn"], "did you mean 'open'?"),
    "a quirk without a value": (["quirk", "double-bookin"], "such as double-booking=on; got 'double-bookin'"),
}


@pytest.mark.parametrize(("words", "told"), WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_a_wrong_word_of_a_closed_list_ends_with_2_and_the_nearest(
    words: list[str], told: str, bookings: Client
) -> None:
    result = CliRunner().invoke(main, words, env={"BOOKINGS_EMULATOR_URL": bookings.url})
    assert (result.exit_code, told in result.output) == (2, True), result.output


def test_a_persona_that_a_running_emulator_does_not_know_is_a_wrong_word(bookings: Client) -> None:
    runner = CliRunner()
    wrong = runner.invoke(main, ["token", "--persona", "viewr", "--url", bookings.url])
    assert (wrong.exit_code, "did you mean 'viewer'" in wrong.output) == (2, True), wrong.output
    nobody = runner.invoke(main, ["token", "--persona", "viewer", "--url", "http://127.0.0.1:1"])
    assert (nobody.exit_code, "make the token offline with --seed" in nobody.output) == (1, True), nobody.output
    assert runner.invoke(main, ["token", "--persona", "viewer", "--url", bookings.url]).exit_code == 0


@pytest.mark.parametrize("words", [["snapshot", "save", "cli"], ["serve", "--name", "cli"]])
def test_names_of_your_own_are_not_completed(words: list[str]) -> None:
    assert complete(words) == []


def test_the_files_of_init_make_a_suite_that_passes(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["init", "pytest", "--folder", str(tmp_path)]).exit_code == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    checked = runner.invoke(main, ["fixtures", "check", str(tmp_path / "tests" / "bookings.json")])
    assert checked.exit_code == 0, checked.output
    again = runner.invoke(main, ["init", "pytest", "--folder", str(tmp_path)])
    assert (again.exit_code, "nothing was written" in again.output) == (1, True)
    assert runner.invoke(main, ["init", "pytest", "--folder", str(tmp_path), "--force"]).exit_code == 0


def test_the_help_lists_every_command_in_its_group() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    for title, rows in GROUPS.items():
        assert f"{title}:" in told
        assert all(f"  {name} " in told for name in rows)
    assert {*Commands("x").list_commands(None)} == {name for rows in GROUPS.values() for name in rows}  # type: ignore[arg-type]
