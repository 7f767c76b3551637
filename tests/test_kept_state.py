"""`serve --state FILE`: records outlive the server, and the file is whole at every moment."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bookings_emulator.commands import kept_state
from bookings_emulator.commands.kept_state import KeptState
from tests.conftest import HOME, ROOT, Graph, make_tenant
from tests.test_cli import run, served

DENTAL = "/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com"
FIXED = ("--seed", "7", "--now", "2026-01-05T08:00:00Z", "--log-format", "none")


@contextmanager
def kept(file: Path, *arguments: str, end: int = signal.SIGTERM) -> Iterator[Callable[..., Any]]:
    """A server with a state file that is ended by a signal; calls of it, as who may do everything."""
    with served("--state", str(file), *arguments) as (origin, lines), httpx.Client(base_url=origin) as http:
        pid = json.loads(lines[-1].removeprefix("ready "))["pid"]

        def call(method: str, path: str, body: Any = None) -> Any:
            answer = http.request(method, path, json=body, headers={"Authorization": "Bearer administrator"})
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

        yield call
        os.kill(pid, end)


def customers(call: Callable[..., Any]) -> dict[str, str]:
    return {each["displayName"]: each["id"] for each in call("GET", f"{DENTAL}/customers")["value"]}


def add_customer(call: Callable[..., Any], name: str) -> str:
    return str(call("POST", f"{DENTAL}/customers", {"displayName": name, "emailAddress": "x@contoso.com"})["id"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_records_outlive_a_server_that_is_stopped(tmp_path: Path, end: int) -> None:
    file = tmp_path / "ours.json"
    with kept(file, *FIXED, end=end) as call:
        mine = add_customer(call, "Mine")
        before = customers(call)
        call("PUT", "/_emulator/tenant-settings", {"BookingsMembershipApprovalRequired": True})
    with kept(file, *FIXED) as call:
        assert customers(call) == before
        assert call("GET", f"{DENTAL}/customers/{mine}")["displayName"] == "Mine"
        assert '"BookingsMembershipApprovalRequired": true' in json.dumps(call("GET", "/_emulator/state"))
        assert add_customer(call, "Next") not in before.values()
    assert [each.name for each in tmp_path.iterdir()] == ["ours.json"]


def test_new_ids_are_not_those_of_records_that_were_kept(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with kept(file, *FIXED) as call:
        made = [add_customer(call, f"C{number}") for number in range(60)]
        for each in made[:-1]:
            call("DELETE", f"{DENTAL}/customers/{each}")
    with kept(file, *FIXED) as call:
        again = [add_customer(call, f"D{number}") for number in range(60)]
        assert not {*made} & {*again}
        assert customers(call)["C59"] == made[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_written_after_a_change_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with kept(file, end=signal.SIGKILL) as call:
        add_customer(call, "Mine")
        for _ in range(200):
            if file.exists() and "Mine" in file.read_text(encoding="utf-8"):
                break
            time.sleep(0.05)
    with kept(file) as call:
        assert "Mine" in customers(call)


WRITER = """
import itertools, sys
from pathlib import Path
from bookings_emulator.commands.kept_state import _replace_content
file = Path(sys.argv[1])
print("begun", flush=True)
for letter in itertools.cycle([b"a", b"b"]):
    _replace_content(file, letter * 3_000_000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_server_that_is_killed_while_it_writes_leaves_the_last_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_bytes(b"a" * 3_000_000)
    for turn in range(8):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(0.01 + 0.007 * turn)
            writer.kill()
        content = file.read_bytes()
        assert len(content) == 3_000_000
        assert content in (b"a" * 3_000_000, b"b" * 3_000_000)


def test_the_file_is_the_state_as_it_is_exported_and_a_fixture(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with kept(file, *FIXED) as call:
        add_customer(call, "Mine")
        exported = call("GET", "/_emulator/state")
    assert json.loads(file.read_text(encoding="utf-8")) == exported
    checked = run("fixtures", "check", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_times_stay_what_they_are_however_long_the_server_was_off(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    shown = f"{DENTAL}/appointments"
    with kept(file, "--now", "2026-01-05T08:00:00Z") as call:
        before = {each["id"]: each["startDateTime"] for each in call("GET", shown)["value"]}
    with kept(file, "--now", "2026-03-05T08:00:00Z") as call:
        assert {each["id"]: each["startDateTime"] for each in call("GET", shown)["value"]} == before


def test_a_reset_leads_back_to_the_fixtures_and_so_does_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with kept(file) as call:
        add_customer(call, "Mine")
    with kept(file) as call:
        call("POST", "/_emulator/reset")
        assert "Mine" not in customers(call)
    assert "Mine" not in file.read_text(encoding="utf-8")


def test_a_file_of_which_nothing_changed_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with kept(file) as call:
        add_customer(call, "Mine")
    before = file.stat().st_mtime_ns
    with kept(file) as call:
        customers(call)
    assert file.stat().st_mtime_ns == before


def test_a_file_of_beta_keeps_what_only_beta_has(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    with served() as (origin, _):
        file.write_bytes(httpx.get(f"{origin}/_emulator/state?version=beta").content)
    appointment = json.loads(file.read_bytes())["bookingBusinesses"][0]["appointments"][0]["id"]
    beta = f"{DENTAL}/appointments/{appointment}".replace("v1.0", "beta")
    with kept(file) as call:
        call("PATCH", beta, {"invoiceId": "4711"})
    with kept(file) as call:
        assert call("GET", beta)["invoiceId"] == "4711"


BROKEN = {
    "empty": (b"", "cannot be read, and was not changed"),
    "cut": (b'{"bookingBusinesses": [{"displ', "was not changed"),
    "another shape": (b'{"bookingBusinesses": [{"displayNam": "x"}]}', "did you mean 'displayName'?"),
    "a list of numbers": (b"[1, 2]", "was not changed"),
    "a setting that is none": (b'{"bookingBusinesses": [], "tenantSettings": {"Nope": true}}', "Nope"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_and_not_touched(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "ours.json"
    file.write_bytes(content)
    done = run("serve", "--port", "0", "--state", str(file))
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    assert f"--state {file}" in done.stderr
    assert file.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["ours.json"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "expected a file; got the folder"),
        ("nowhere/ours.json", "in a folder that exists"),
        ("ours.toml", "ends in .json"),
    ],
)
def test_a_place_where_no_file_can_be_kept_is_refused_at_the_start(tmp_path: Path, name: str, said: str) -> None:
    done = run("serve", "--port", "0", "--state", str(tmp_path / name))
    told = " ".join(done.stderr.split())
    assert (done.returncode, "--state: " in told, said in told) == (2, True, True), done.stderr


def test_a_variable_and_the_configuration_file_name_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOKINGS_EMULATOR_STATE", "ours.json")
    with served() as (origin, lines):
        assert f"  state       {tmp_path / 'ours.json'} (new)" in lines
        assert httpx.get(f"{origin}/_emulator/health").is_success
    assert (tmp_path / "ours.json").exists()
    monkeypatch.delenv("BOOKINGS_EMULATOR_STATE")
    (tmp_path / "bookings-emulator.toml").write_text('[serve]\nstate = "ours.json"\n', encoding="utf-8")
    with served() as (_, lines):
        assert f"  state       {tmp_path / 'ours.json'}" in lines


def test_it_is_written_at_intervals_by_a_thread_and_not_with_every_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_state, "_PAUSE", 0.02)
    monkeypatch.setattr(kept_state, "_SHARE", 0)
    plain, writers = kept_state._replace_content, list[threading.Thread]()

    def count(file: Path, content: bytes) -> None:
        writers.append(threading.current_thread())
        plain(file, content)

    monkeypatch.setattr(kept_state, "_replace_content", count)
    tenant = make_tenant()
    graph, file = Graph(tenant), tmp_path / "ours.json"
    state = KeptState(file)

    async def work() -> None:
        task = asyncio.ensure_future(state.keep(tenant))
        for _ in range(2):
            for _ in range(20):
                assert graph.post(f"{HOME}/services", {"displayName": "Bento"}).status == 201
            await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())
    assert len(writers) == 2
    assert threading.main_thread() not in writers
    state.write(tenant)
    assert len(writers) == 2  # nothing changed since
    graph.post(f"{HOME}/services", {"displayName": "Last"})
    state.write(tenant)
    assert "Last" in file.read_text(encoding="utf-8")


def test_what_cannot_be_written_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant, file = make_tenant(), tmp_path / "ours.json"
    state = KeptState(file)
    state.write(tenant)
    before = file.read_bytes()
    assert Graph(tenant).post(ROOT, {"displayName": "Tea"}).status == 201
    with monkeypatch.context() as patch:

        def fail(number: int) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(os, "fsync", fail)
        state.write(tenant)
    assert "cannot be written: No space left on device; the old file was not changed" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["ours.json"]
    state.write(tenant)
    assert "Tea" in file.read_text(encoding="utf-8")
