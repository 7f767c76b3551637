"""The command line, as a user calls it: in a process of its own, over a socket."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bookings_emulator import __version__
from bookings_emulator.commands.exec_log import MOST_LINES, written_log
from bookings_emulator.error_stream import error_stream


@contextmanager
def served(*arguments: str, errors: Any = subprocess.PIPE) -> Iterator[tuple[str, list[str]]]:
    """A running emulator: its origin and its start lines; `errors` is where its error stream goes."""
    command = [sys.executable, "-m", "bookings_emulator", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        assert process.stdout
        try:
            lines = []
            while not lines or not lines[-1].startswith("ready"):
                line = process.stdout.readline()
                if not line:
                    raise AssertionError(process.stderr.read() if process.stderr else "no start lines")
                lines.append(line.rstrip())
            yield re.findall(r"http://[^/\s]+", lines[1])[0], lines
        finally:
            process.terminate()
            process.communicate(timeout=10)


def get(url: str, **headers: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer x", **headers})
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return json.loads(response.read())
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.02)
    raise AssertionError(f"{url} did not answer")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bookings_emulator", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_start_lines_name_every_url_the_fixture_the_seed_and_a_token() -> None:
    with served("--seed", "5", "--now", "2026-01-05T08:00:00Z") as (origin, lines):
        text = "\n".join(lines)
        for expected in (
            f"{origin}/v1.0",
            f"{origin}/beta",
            f"{origin}/_emulator",
            "default",
            "seed        5",
            "token",
        ):
            assert expected in text
        assert "2026-01-05T08:00:00+00:00" in text
        assert get(f"{origin}/v1.0/solutions/bookingBusinesses")["value"]
        index = get(f"{origin}/_emulator")
        assert index["seed"] == 5
        for url in (*index["graph"].values(), index["control"]["health"]):
            assert url.startswith(origin)


def test_the_command_of_the_start_lines_works_as_printed() -> None:
    with served() as (_, lines):
        command = lines[-2].partition("try")[2].strip()
        arguments = re.findall(r'"([^"]*)"|(\S+)', command)
        plain = [quoted or bare for quoted, bare in arguments]
        name, _, value = plain[2].partition(": ")
        assert get(plain[3], **{name: value})["value"]


@pytest.mark.parametrize("level", ["check", "strict"])
def test_the_token_of_the_start_lines_works_at_every_level(level: str) -> None:
    with served("--auth", level, "--now", "2026-01-05T08:00:00Z") as (origin, lines):
        ready = json.loads(lines[-1].removeprefix("ready "))
        assert f"Bearer {ready['token']}" in lines[-2]
        assert get(f"{origin}/v1.0/solutions/bookingBusinesses", Authorization=f"Bearer {ready['token']}")["value"]
        (exchange,) = get(f"{origin}/_emulator/journal")["value"]
        assert exchange["persona"] == "administrator"


def test_where_a_level_wants_a_persona_and_there_is_none_the_start_lines_say_so(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.json"
    nobody.write_text('{"personas": []}')
    with served("--auth", "strict", "--fixture", str(nobody)) as (_, lines):
        assert lines[-2].split(maxsplit=1)[1] == (
            "none: level strict needs a persona's token, and the fixtures have no personas"
        )
        assert json.loads(lines[-1].removeprefix("ready "))["token"] is None


def test_a_command_finds_a_token_that_works_at_its_level(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.json"
    nobody.write_text('{"personas": []}')
    code = "import os; print(os.environ.get('BOOKINGS_EMULATOR_TOKEN', 'none'))"
    for fixture, expected in (
        ("default", "administrator"),
        ("empty", "administrator"),
        (str(nobody), "none"),
    ):
        result = run("exec", "--auth", "check", "--fixture", fixture, "--", sys.executable, "-c", code)
        assert result.stdout.strip() == expected


def test_an_own_fixture_can_be_served_beside_a_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(json.dumps({"bookingBusinesses": [{"displayName": "Ours"}]}))
    with served("--fixture", "empty", "--fixture", str(file)) as (origin, _):
        assert [each["displayName"] for each in get(f"{origin}/v1.0/solutions/bookingBusinesses")["value"]] == ["Ours"]


def test_a_taken_port_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "cannot listen on 127.0.0.1" in result.stderr
    assert "--port" in result.stderr


# option → a wrong word of it, and what is said after its name
WRONG_WORDS: dict[str, tuple[str, str]] = {
    "--fixture": ("defualt", "'defualt' is neither a fixture nor a .json or .toml file; known fixtures are"),
    "--fixture of a file": ("none.json", "none.json: no such file"),
    "--scenario": (
        "slot-takn",
        "'slot-takn' is neither a scenario nor a .json or .toml file; did you mean 'slot-taken'?",
    ),
    "--persona": ("vewer", "there is no persona 'vewer'; there are: administrator, scheduler, viewer"),
    "--now": ("yesterday", "expected a time with an offset such as 2026-01-05T08:00:00Z; got 'yesterday'"),
    "--quirk": ("five-customer=off", "there is no quirk 'five-customer'; did you mean 'five-customers'?"),
    "--quirk unlike any": ("foo=on", "there is no quirk 'foo'; expected one of appointment-z, appointments-need-own"),
    "--quirk of a value": ("five-customers=maybe", "five-customers must be on or off; got 'maybe'"),
    "--quirk without one": ("five-customers", "expected ID=VALUE, such as five-customers=off; got 'five-customers'"),
    "--fault": ("throtled", "there is no preset 'throtled'; did you mean 'throttled'?"),
    "--name": ("a b", "a name may contain lower-case letters"),
    "--domain": ("@@", "a domain must be a host name such as contoso.onmicrosoft.com; got '@@'"),
    "--state": ("x.txt", "expected a file whose name ends in .json, such as x.json; got x.txt"),
    "--https-host": ("a b", "expected names such as bookings.local; got a b"),
}


@pytest.mark.parametrize(("title", "word", "told"), [(title, *row) for title, row in WRONG_WORDS.items()])
def test_a_wrong_word_of_an_option_ends_the_start_with_the_option_and_what_was_expected(
    title: str, word: str, told: str
) -> None:
    option = title.split(maxsplit=1)[0]
    result = run("serve", "--port", "0", option, word, *(["--https", "0"] if option == "--https-host" else []))
    assert result.returncode == 2, result.stderr
    assert f"Error: {option}: {told}" in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("certificate", "--persona", "viewer"),
            "--persona: 'viewer' is a person; only applications have certificates",
        ),
        (("certificate", "--persona", "aplication"), "--persona: there is no persona 'aplication'"),
        (("token", "--persona", "vewer", "--seed", "1"), "did you mean 'viewer'?"),
        (("token", "--persona", "viewer", "--seed", "1", "--fixture", "empt"), "did you mean 'empty'?"),
        (("exec", "--persona", "vewer", "--", "true"), "--persona: there is no persona 'vewer'"),
        (("fixtures", "expand", "clnic"), "did you mean 'clinic'?"),
        (("scenarios", "slot-takn"), "did you mean 'slot-taken'?"),
        (("run", "slot-takn"), "did you mean 'slot-taken'?"),
    ],
)
def test_a_wrong_word_is_wrong_usage_of_every_command(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2, result.stderr
    assert told in " ".join(result.stderr.split())


def test_what_is_wrong_inside_a_file_is_a_failure_and_no_wrong_usage(tmp_path: Path) -> None:
    scenario = tmp_path / "ours.toml"
    scenario.write_text("[given]\nquirks = { five-customer = false }\n")
    fixture = tmp_path / "ours.json"
    fixture.write_text('{"bookingBusinesses": [{"displayNam": "Ours"}]}')
    for option, file in (("--scenario", scenario), ("--fixture", fixture)):
        result = run("serve", "--port", "0", option, str(file))
        assert (result.returncode, file.name in result.stderr) == (1, True), result.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid"])
def test_an_address_that_is_not_of_this_machine_is_said_so(host: str) -> None:
    result = run("serve", "--port", "0", "--host", host)
    assert result.returncode == 1
    assert f"{host} is not an address of this machine; --host takes one of its own" in " ".join(result.stderr.split())
    assert "--port" not in result.stderr


def test_fixtures_are_listed_and_checked(tmp_path: Path) -> None:
    assert "empty" in run("fixtures").stdout
    file = tmp_path / "bad.json"
    file.write_text('{"bookingBusinesses": [{"displayName": 5}]}')
    result = run("fixtures", "check", str(file))
    assert result.returncode == 1
    assert "$.bookingBusinesses[0].displayName" in result.stderr
    file.write_text('{"personas": [{"name": "x", "permissions": ["Booking.Read.All"]}]}')
    result = run("fixtures", "check", str(file))
    assert (result.returncode, result.stdout) == (0, f"{file}: ok; 0 businesses\n")
    assert result.stderr.startswith(f"{file}: possible mistake: at $.personas[0].permissions: 'Booking.Read.All'")


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_it_cleanly_even_while_a_request_is_half_sent(number: int, code: int) -> None:
    command = [sys.executable, "-m", "bookings_emulator", "serve", "--port", "0", "--fixture", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(10)]
        origin = re.findall(r"http://[^/\s]+", lines[1])[0]
        get(f"{origin}/_emulator/health")
        port = int(origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(b"POST /v1.0/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
            process.send_signal(number)
            _, errors = process.communicate(timeout=5)
    assert process.returncode == code
    assert "Traceback" not in errors
    assert "Aborted" not in errors


def test_the_version_is_that_of_the_distribution() -> None:
    assert __version__ in run("--version").stdout


def test_the_reference_page_can_be_printed() -> None:
    printed = run("reference").stdout
    assert "createAppointment" in printed
    assert printed.endswith("\n")
    assert not printed.endswith("\n\n")


def test_the_ready_line_says_everything_to_a_program() -> None:
    with served("--fixture", "empty") as (origin, lines):
        said = json.loads(lines[-1].removeprefix("ready "))
        assert (said["url"], said["graph"], said["port"]) == (origin, f"{origin}/v1.0", int(origin.rpartition(":")[2]))
        assert get(f"{said['control']}/health")["status"] == "ready"
        assert get(f"{said['control']}/tenants/{said['tenant']}")["name"] == "default"


def test_exec_runs_a_command_around_which_an_emulator_serves() -> None:
    script = (
        "import os, urllib.request as u; u.urlopen(os.environ['BOOKINGS_EMULATOR_CONTROL_URL'] + '/health'); exit(5)"
    )
    result = run("exec", "--fixture", "empty", "--", sys.executable, "-c", script)
    assert (result.returncode, result.stderr) == (5, "")
    assert run("exec", "--fixture", "empty", "--", "no-such-command").returncode == 127


REFUSED = (
    "import os, sys, urllib.request as u\n"
    "try: u.urlopen(os.environ['BOOKINGS_EMULATOR_GRAPH'] + '/solutions/bookingBusinesses')\n"
    "except u.HTTPError: print('told by the command', file=sys.stderr)\n"
    "exit({code})"
)


def test_exec_shows_its_log_after_what_a_command_says_that_fails_and_keeps_it_back_from_one_that_does_not() -> None:
    well = run("exec", "--", sys.executable, "-c", REFUSED.format(code=0))
    assert (well.returncode, well.stderr) == (0, "told by the command\n")
    badly = run("exec", "--", sys.executable, "-c", REFUSED.format(code=3))
    first, heading, line = badly.stderr.splitlines()
    assert (badly.returncode, first) == (3, "told by the command")
    assert heading == "exec: the command exited with 3; the emulator's log:"
    assert " GET /v1.0/solutions/bookingBusinesses 401 " in line


def test_exec_writes_its_log_into_a_file_and_not_between_the_words_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "emulator.log"
    file.write_text("of the run before\n")
    for code in (0, 3):
        result = run("exec", "--log-file", str(file), "--", sys.executable, "-c", REFUSED.format(code=code))
        assert (result.returncode, result.stderr) == (code, "told by the command\n")
        (line,) = file.read_text().splitlines()
        assert " GET /v1.0/solutions/bookingBusinesses 401 " in line
    woven = run("exec", "--log-file", "-", "--", sys.executable, "-c", REFUSED.format(code=0))
    assert " GET /v1.0/solutions/bookingBusinesses 401 " in woven.stderr
    nowhere = run("exec", "--log-file", str(tmp_path / "none" / "log"), "--", sys.executable, "-c", "exit(3)")
    assert nowhere.returncode == 1
    assert re.fullmatch(r"Error: cannot write the --log-file .*log: No such file or directory\n", nowhere.stderr)


def test_a_log_that_is_held_back_keeps_the_newest_lines_and_counts_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with written_log(None) as log:
        for number in range(MOST_LINES + 5):
            error_stream.write(f"line {number}\n")
        log.code = 1
    heading, first, *_, last = capsys.readouterr().err.splitlines()
    assert heading.endswith("the emulator's log (its first 5 lines are left out; --log-file keeps all):")
    assert (first, last) == ("line 5", f"line {MOST_LINES + 4}")


def test_exec_runs_inside_exec() -> None:
    command = [sys.executable, "-m", "bookings_emulator", "exec", "--port", "0", "--", sys.executable, "-c", "exit(6)"]
    result = run("exec", "--", *command)
    assert (result.returncode, result.stderr) == (6, "")


def test_healthcheck_tells_whether_an_emulator_answers() -> None:
    with served("--fixture", "empty", "--control-key", "k") as (origin, _):
        assert run("healthcheck", "--url", origin).returncode == 0
        assert run("healthcheck", "--port", origin.rpartition(":")[2]).stdout == "ready\n"
    result = run("healthcheck", "--url", origin)
    assert result.returncode == 1
    assert f"{origin}/_emulator/health did not respond" in result.stderr


def test_options_come_from_the_command_line_the_environment_and_a_file_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bookings-emulator.toml").write_text(
        '[serve]\nseed = 11\nfixture = ["empty"]\nfault = ["slow"]\nlog-format = "none"\n'
    )
    with served() as (origin, _):
        assert [each["id"] for each in get(f"{origin}/_emulator/faults")["value"]] == ["f1"]
        assert get(f"{origin}/_emulator")["fixtures"] == ["empty"]
        assert get(f"{origin}/_emulator")["seed"] == 11
    monkeypatch.setenv("BOOKINGS_EMULATOR_SEED", "12")
    monkeypatch.setenv("BOOKINGS_EMULATOR_FIXTURE", "empty default")
    with served() as (origin, _):
        assert get(f"{origin}/_emulator")["fixtures"] == ["empty", "default"]
        assert get(f"{origin}/_emulator")["seed"] == 12
    with served("--seed", "13") as (origin, _):
        assert get(f"{origin}/_emulator")["seed"] == 13


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nprot = 1\n", "unknown option 'prot'; known are port"),
        ("[sreve]\nport = 1\n", "got 'sreve'; did you mean 'serve'?"),
        ("port = 1\n", "expected tables [serve]"),
        ("[serve\n", "ours.toml as TOML"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(text)
    result = run("--config", str(file), "serve")
    assert result.returncode == 2
    assert message in result.stderr
    assert str(file) in result.stderr


def test_an_unknown_command_names_the_nearest() -> None:
    result = run("serv")
    assert result.returncode == 2
    assert "did you mean 'serve'?" in result.stderr


def test_watch_takes_what_changed_and_keeps_the_old_state_when_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text('{"bookingBusinesses": [{"displayName": "One"}]}')
    with served("--fixture", str(file), "--watch") as (origin, _):

        def names() -> list[str]:
            return [each["displayName"] for each in get(f"{origin}/v1.0/solutions/bookingBusinesses")["value"]]

        assert names() == ["One"]
        file.write_text('{"bookingBusinesses": [{"displayName": 7}]}')
        time.sleep(1)
        assert names() == ["One"]
        file.write_text('{"bookingBusinesses": [{"displayName": "Two"}, {"displayName": "Three"}]}')
        until = time.monotonic() + 10
        while names() != ["Two", "Three"] and time.monotonic() < until:
            time.sleep(0.1)
        assert names() == ["Two", "Three"]


def test_every_exchange_is_a_line_of_the_log_without_its_token() -> None:
    for style in ("text", "json", "none"):
        command = [
            sys.executable,
            "-m",
            "bookings_emulator",
            "exec",
            "--log-file",
            "-",
            "--log-format",
            style,
            "--seed",
            "1",
            "--",
            sys.executable,
        ]
        script = (
            "import os, urllib.request as u; r = u.Request(os.environ['BOOKINGS_EMULATOR_GRAPH'] + "
            "'/solutions/bookingBusinesses/nobody', headers={'Authorization': 'Bearer very-secret'})\n"
            "try: u.urlopen(r)\nexcept u.HTTPError: pass"
        )
        result = subprocess.run([*command, "-c", script], capture_output=True, text=True, timeout=60, check=True)
        assert "very-secret" not in result.stderr
        if style == "none":
            assert result.stderr == ""
        elif style == "json":
            line = json.loads(result.stderr)
            assert (line["operation"], line["status"], line["tenant"]) == ("getBusiness", 404, "default")
        else:
            assert " GET /v1.0/solutions/bookingBusinesses/nobody 404 " in result.stderr
            assert "getBusiness as anyone: " in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["serve --port 0", "scenarios", "reference", "fixtures", "--help"])
def test_a_full_disk_behind_the_output_is_said_in_a_sentence(command: str) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bookings_emulator", *command.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert (ended.returncode, ended.stderr.splitlines()) == (1, ["Error: cannot write: No space left on device"])


@pytest.fixture
def large(tmp_path: Path) -> Path:
    people = [{"displayName": f"Person {n}", "emailAddress": f"p{n}@contoso.com"} for n in range(5_000)]
    file = tmp_path / "large.json"
    file.write_text(json.dumps({"bookingBusinesses": [{"displayName": "Ours", "customers": people}]}), encoding="utf-8")
    return file


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_a_terminal_shows_how_far_a_large_fixture_is_loaded(large: Path) -> None:
    ours, theirs = os.openpty()
    command = ["exec", "--fixture", str(large), "--", sys.executable, "-c", "pass"]
    with subprocess.Popen([sys.executable, "-m", "bookings_emulator", *command], stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal, on Linux
            while piece := os.read(ours, 65536):
                shown += piece
        os.close(ours)
    assert process.returncode == 0
    shares = [int(each) for each in re.findall(rb"loading records .*?(\d+)%", shown)]
    assert len(set(shares)) > 10
    assert shares == sorted(shares)
    assert shares[-1] == 100


def test_a_large_fixture_says_that_it_is_loaded(large: Path) -> None:
    loaded = run("exec", "--fixture", str(large), "--", sys.executable, "-c", "pass")
    assert (loaded.returncode, loaded.stderr.splitlines()[0]) == (0, "loading records: 5,000")
    assert "loading" not in run("exec", "--", sys.executable, "-c", "pass").stderr
