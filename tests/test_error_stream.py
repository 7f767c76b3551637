"""The log can neither fail nor hold up an answer, whoever reads it or does not; and nobody forges it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bookings_emulator.app import create_app
from bookings_emulator.error_stream import MOST_LINES, ErrorStream, on_one_line
from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.log import LOGS, log_defect, log_text
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import utc

from .conftest import NOW, ROOT, bearer

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
FORGED = "08:00:00 POST /forged 200 0.1 ms createBusiness as nobody"
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\uffff]")


@contextmanager
def serving(redirection: str = "") -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A client of a server whose error stream goes where a shell says; else nobody reads it while it serves."""
    command = f'exec "{sys.executable}" -m bookings_emulator serve --port 0 {redirection}'
    with subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            line = next(each for each in server.stdout if each.startswith("ready "))
            with httpx.Client(base_url=json.loads(line.removeprefix("ready "))["url"], timeout=60) as client:
                client.headers.update(bearer("x"))
                yield client, server
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == -signal.SIGTERM
        finally:
            server.kill()


@needs_posix
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2> >(exec true)", "2>&- <&-"])
def test_a_stream_that_takes_nothing_fails_no_call(redirection: str) -> None:
    if redirection == "2>/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with serving(redirection) as (client, _):
        for _ in range(5):
            assert client.get(ROOT).status_code == 200
        assert client.post(ROOT, json={"displayName": "x"}).status_code == 201
        assert client.get("/v1.0/nowhere").status_code == 400


@needs_posix
def test_a_stream_that_nobody_reads_holds_up_no_call_and_no_end() -> None:
    with serving() as (client, _):
        for _ in range(300):  # more than the 64 KB that a pipe holds, several times
            assert client.get(f"/v1.0/{'x' * 900}").status_code == 400


@needs_posix
def test_what_was_logged_is_there_when_the_server_has_ended(tmp_path: Path) -> None:
    with serving(f'2>"{tmp_path}/log"') as (client, _):
        for number in range(50):
            client.get(f"/v1.0/nowhere-{number}")
    said = (tmp_path / "log").read_text()
    assert re.findall(r"nowhere-(\d+) 400", said) == [str(each) for each in range(50)]


HEAD = "Host: localhost\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"
UNFINISHED = {
    "Graph": f"POST {ROOT} HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\n{{",
    "chunks": f"POST {ROOT} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{{",
    "control": f"POST /_emulator/faults HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\n{{",
    "sign-in": f"POST /common/oauth2/v2.0/token HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\ng",
    "not sent yet": f"POST {ROOT} HTTP/1.1\r\n{HEAD}Content-Length: 99\r\nExpect: 100-continue\r\n\r\n",
    "a late answer": f"GET /tenants/late{ROOT} HTTP/1.1\r\n{HEAD}\r\n",
    "a slow answer": f"GET /tenants/slow{ROOT} HTTP/1.1\r\n{HEAD}\r\n",
    "a wait": f"GET /_emulator/journal/wait?path=/x&timeout=50 HTTP/1.1\r\n{HEAD}\r\n",
    "a stream": f"GET /_emulator/events HTTP/1.1\r\n{HEAD}\r\n",
}


@needs_posix
def test_an_end_that_cuts_off_what_is_under_way_says_so_in_one_sentence(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack, serving(f'--log-format none 2>"{tmp_path}/log"') as (client, _):
        for name, effect in {"late": {"latency": 50_000}, "slow": {"slow": 50_000}}.items():
            assert client.post("/_emulator/tenants", json={"name": name}).status_code == 201
            assert client.post(f"/tenants/{name}/_emulator/faults", json={"effect": effect}).status_code == 201
        for begun in UNFINISHED.values():
            connection = socket.create_connection(("127.0.0.1", client.base_url.port))
            stack.enter_context(connection)
            connection.sendall(begun.encode())
        end = time.monotonic() + 30
        for name in ("late", "slow"):
            while client.get(f"/tenants/{name}/_emulator/faults").json()["value"][0]["matched"] == 0:
                assert time.monotonic() < end
    assert (tmp_path / "log").read_text() == "2 calls were not answered before the emulator stopped\n"


def test_what_nobody_reads_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    written, said = MOST_LINES + 100_000, list[str]()
    receiving, sending = os.pipe()
    with os.fdopen(receiving) as reader:
        collecting = threading.Thread(target=lambda: said.extend(reader))
        with os.fdopen(sending, "w") as stream:
            monkeypatch.setattr(sys, "stderr", stream)
            error_stream = ErrorStream()
            with error_stream.gather():
                for number in range(written):
                    error_stream.write(f"{number} {'x' * 100}\n")
                collecting.start()
        collecting.join()
    dropped = [int(line.split()[0]) for line in said if " of this log were dropped" in line]
    lines = [int(line.split()[0]) for line in said if " of this log were dropped" not in line]
    assert sum(dropped) > 0
    assert len(lines) + sum(dropped) == written
    assert lines[:MOST_LINES] == list(range(MOST_LINES))
    assert lines == sorted(lines)


def test_lines_are_gathered_while_a_server_runs_and_written_at_once_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            type(self).writes += 1
            return super().write(text)

    stream, error_stream = Counting(), ErrorStream()
    monkeypatch.setattr(sys, "stderr", stream)
    error_stream.write("one\n")
    assert stream.getvalue() == "one\n"
    Counting.writes = 0
    with error_stream.gather():
        for number in range(1000):
            error_stream.write(f"{number}\n")
    assert stream.getvalue() == "one\n" + "".join(f"{number}\n" for number in range(1000))
    assert Counting.writes < 500


@pytest.mark.parametrize("stream", [None, "closed"])
def test_without_a_server_a_missing_stream_fails_nothing_either(
    stream: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stream else None)
    app = create_app("default", seed=1, now=NOW, settings=Settings(log=log_text))
    with client_in_process(app) as client:
        assert client.get(ROOT, headers=bearer("x")).status_code == 200


def client_in_process(app: Any) -> Any:
    from starlette.testclient import TestClient

    return TestClient(app, base_url="http://localhost:8365")


@pytest.mark.parametrize("log", ["text", "json"])
def test_nobody_forges_a_line_or_steers_a_terminal(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app("default", seed=1, now=NOW, settings=Settings(log=LOGS[log]))
    bell = "\x1b[31m\x1b]0;title\x07"
    with client_in_process(app) as client:
        client.post(ROOT, headers=bearer("x"), json={"displayName": "x", f"a\n{FORGED}": 1})
        client.post(ROOT, headers=bearer("x"), json={"displayName": "x", f"a\r{FORGED}{bell}\u202e\x9b31m": 1})
        client.get(f"{ROOT}/%0a{FORGED.replace(' ', '%20')}%1b%5b31m", headers=bearer("x"))
        part = {"id": "1", "method": "GET", "url": f"/solutions/{bell}\n{FORGED}"}
        client.post("/v1.0/$batch", headers=bearer("x"), json={"requests": [part]})
        client.get(ROOT, headers=bearer(jwt_of(f"someone\n{FORGED}{bell}")))
    said = capsys.readouterr().err
    assert said.count("\n") == 6  # five calls, one of them with a part
    assert not CONTROLS.search(said)
    assert not any(line.startswith("08:00:00 POST /forged") for line in said.splitlines())


def jwt_of(upn: str) -> str:
    from base64 import urlsafe_b64encode

    head, claims = ({"alg": "none"}, {"upn": upn, "scp": "Bookings.Read.All"})
    parts = [urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in (head, claims)]
    return ".".join([*parts, "x"])


def test_a_traceback_passes_for_no_line_either(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError(f"quoted\n{FORGED}\x1b[31m")
    except RuntimeError:
        log_defect()
    said = capsys.readouterr().err
    assert "RuntimeError: quoted" in said
    assert all(line.startswith("  ") for line in said.splitlines())
    assert not CONTROLS.search(said)


def test_a_long_path_and_a_long_reason_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    request = Request("GET", "/v1.0/" + "x" * 100_000, "", {}, b"", "http://localhost")
    log_text("default", Exchange("graph", request, utc(NOW), reason="y" * 100_000))
    assert len(capsys.readouterr().err) < 2_500


@pytest.mark.parametrize("text", ["a b", "é", "\x00\n\r\t\x1b\x7f\x9b\u2028\u202e", "中", "\ud800"])
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert on_one_line(text).isascii()
    assert on_one_line(text).isprintable()


@pytest.mark.parametrize(
    ("tenant", "line"), [("default", "08:00:00 GET /v1.0/x "), ("t1", "08:00:00 [t1] GET /v1.0/x ")]
)
def test_a_line_names_the_tenant_unless_it_is_the_default_one(
    tenant: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log_text(tenant, Exchange("graph", Request("GET", "/v1.0/x", "", {}, b"", ""), utc(NOW)))
    assert capsys.readouterr().err.startswith(line)
