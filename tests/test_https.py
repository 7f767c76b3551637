"""https beside http: certificates, the authority that is kept, and tokens from the command line."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bookings_emulator import Client, Emulator, Settings
from bookings_emulator.certificates import CertificateError, passing_authority, server_context
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.control.addresses import authority_of
from bookings_emulator.tenants import Https
from tests.conftest import make_tenant
from tests.test_cli import get, run, served

FORM = (
    b"grant_type=client_credentials&client_id=70000000-0000-4000-8000-000000000001"
    b"&client_secret=application-secret&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
)


def said(lines: list[str], name: str) -> str:
    """What the start lines say behind a name."""
    return next(line.split()[1] for line in lines if line.strip().startswith(f"{name} "))


def read(url: str, ca: str, data: bytes | None = None, token: str | None = None) -> Any:
    """The JSON at a URL of https, trusting one authority only."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=30, context=ssl.create_default_context(cafile=ca)) as response:
        return json.load(response)


def names(port: int, ca: str) -> set[str]:
    """The names in the certificate of a listener."""
    context = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as it,
    ):
        found = it.getpeercert() or {}
    return {value for _, value in found["subjectAltName"]}


def test_both_ports_lead_to_one_emulator_and_a_token_of_one_works_at_the_other(tmp_path: Path) -> None:
    with served("--https", "0", "--ca-folder", str(tmp_path), "--https-host", "bookings") as (origin, lines):
        authority, ca = said(lines, "authority"), said(lines, "ca")
        assert Path(ca) == tmp_path / "bookings-emulator-ca.pem"
        found = read(f"{authority}/v2.0/.well-known/openid-configuration", ca)
        assert found["token_endpoint"].startswith(f"{authority}/")
        token = read(found["token_endpoint"], ca, FORM)["access_token"]
        secure = authority.rpartition("/")[0]
        listed = read(f"{secure}/v1.0/solutions/bookingBusinesses", ca, token=token)
        assert listed["@odata.context"].startswith(f"{secure}/v1.0/")
        assert (
            listed["value"]
            == get(f"{origin}/v1.0/solutions/bookingBusinesses", Authorization=f"Bearer {token}")["value"]
        )
        assert get(f"{origin}/_emulator/health")["status"] == "ready"
        with urllib.request.urlopen(f"{origin}/_emulator/ca.pem", timeout=30) as response:
            assert response.read() == Path(ca).read_bytes()
        port = int(secure.rpartition(":")[2])
        assert {"localhost", "127.0.0.1", "host.docker.internal", socket.gethostname(), "bookings"} < names(port, ca)
        assert any("0:1" in each for each in names(port, ca))


def test_the_authority_is_kept_between_runs_where_told_and_its_key_is_private(tmp_path: Path) -> None:
    printed = run("ca", "--ca-folder", str(tmp_path / "kept")).stdout.strip()
    first = Path(printed).read_bytes()
    assert run("ca", "--ca-folder", str(tmp_path / "kept")).stdout.strip() == printed
    with served("--https", "0", "--ca-folder", str(tmp_path / "kept")) as (_, lines):
        assert Path(said(lines, "ca")).read_bytes() == first
        assert read(f"{said(lines, 'authority')}/discovery/v2.0/keys", printed)["keys"]
    if sys.platform != "win32":
        (key,) = (tmp_path / "kept").glob("*key.pem")
        assert key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("root", "authority"),
    [
        ("http://localhost:8365", "https://localhost:8366"),
        ("http://[::1]:8365", "https://[::1]:8366"),
        ("http://bookings/below", "https://bookings:8366/below"),
        ("https://localhost:9000", "https://localhost:9000"),
        ("http://:8365", "https://localhost:8366"),  # a Host header that names no host
    ],
)
def test_an_authority_has_the_host_by_which_the_caller_found_us(root: str, authority: str) -> None:
    tenant = make_tenant()
    assert authority_of(root, tenant, Https(8366, b"", None, False)) == f"{authority}/{tenant.guid}"
    assert authority_of(root, tenant, None) == f"{root}/{tenant.guid}"


def test_without_a_folder_a_run_has_an_authority_of_its_own_which_goes_with_it_and_writes_no_key() -> None:
    with served("--https", "0") as (_, lines):
        ca = Path(said(lines, "ca"))
        assert b"PRIVATE KEY" not in ca.read_bytes()
        assert read(f"{said(lines, 'authority')}/discovery/v2.0/keys", str(ca))["keys"]
    assert not ca.exists()


CALLED = """import json, os, ssl, urllib.request as u
url = os.environ["BOOKINGS_EMULATOR_AUTHORITY"] + "/discovery/v2.0/keys"
names = ("BOOKINGS_EMULATOR_CA", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
print(json.dumps([url, len(json.load(u.urlopen(url))["keys"]), *(os.environ[each] for each in names)]))"""
TRUST = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def test_exec_takes_a_free_port_of_https_and_its_command_trusts_the_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TRUST:
        monkeypatch.delenv(name, raising=False)
    command = ("exec", "--https", "--", sys.executable, "-c", CALLED)
    with socket.socket() as usual:
        with contextlib.suppress(OSError):  # somebody else has it, which does as well
            usual.bind(("127.0.0.1", 8366))
        result = run(*command)
    url, keys, ca, *trusted = json.loads(result.stdout)
    assert keys > 0
    assert re.fullmatch(r"https://localhost:\d+/[\w-]+/discovery/v2.0/keys", url)
    assert trusted == [ca] * 3
    assert not Path(ca).exists()


# what the variables name, and what is in those files, while the command runs
_BUNDLES = """import json, os
names = ("BOOKINGS_EMULATOR_CA", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
def read(file): return os.path.isfile(file) and open(file).read()
print(json.dumps([(os.environ[each], read(os.environ[each])) for each in names]))"""


def test_exec_combines_what_is_trusted_already_with_the_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "ours.pem"
    ours.write_text("-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(ours))
    monkeypatch.setenv("SSL_CERT_FILE", str(ours))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    done = run("exec", "--https", "--", sys.executable, "-c", _BUNDLES)
    (_, ca), (node, both), (ssl_file, same), (requests, _) = json.loads(done.stdout)
    assert both == same == f"{ours.read_text()}\n{ca}"
    assert node == ssl_file
    assert not Path(node).exists()
    assert requests == str(tmp_path)
    assert done.stderr.startswith(f"exec: REQUESTS_CA_BUNDLE stays {tmp_path}, which cannot be combined with ")
    assert len(done.stderr.splitlines()) == 1


def test_exec_leaves_a_file_that_has_the_authority_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ca", "--ca-folder", str(tmp_path)).returncode == 0
    (file,) = tmp_path.glob("*-ca.pem")
    for name in TRUST:
        monkeypatch.setenv(name, str(file))
    done = run("exec", "--https", "--ca-folder", str(tmp_path), "--", sys.executable, "-c", _BUNDLES)
    assert {name for name, _ in json.loads(done.stdout)} == {str(file)}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_trusts_the_authority_within_exec_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ca", "--ca-folder", str(tmp_path)).returncode == 0
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(next(tmp_path.glob("*-ca.pem"))))
    script = "fetch(process.env.BOOKINGS_EMULATOR_AUTHORITY + '/discovery/v2.0/keys').then(a => console.log(a.ok))"
    assert run("exec", "--https", "--", "node", "-e", script).stdout == "true\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_trusts_the_authority_within_exec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    script = "fetch(process.env.BOOKINGS_EMULATOR_AUTHORITY + '/discovery/v2.0/keys').then(a => console.log(a.ok))"
    assert run("exec", "--https", "--", "node", "-e", script).stdout == "true\n"


# what a read-only root without a temporary folder is to Python
_READ_ONLY = """import os, sys, tempfile
def refuse(*_): raise FileNotFoundError(2, "No usable temporary directory found")
tempfile.gettempdir = tempfile._get_default_tempdir = refuse
tempfile.tempdir = None
from bookings_emulator.cli import main
main()"""


@pytest.mark.skipif(sys.platform != "linux", reason="a file in memory is Linux'")
def test_https_is_served_where_nothing_can_be_written_and_the_control_plane_gives_the_authority(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _READ_ONLY, "serve", "--port", "0", "--https", "0", "--log-format", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = next((each for each in process.stdout if each.startswith("ready ")), None)
            assert line, process.stderr and process.stderr.read()
            said = json.loads(line.removeprefix("ready "))
            assert said["ca"] is None
            assert "ca" not in get(said["control"])
            with urllib.request.urlopen(f"{said['control']}/ca.pem", timeout=30) as response:
                (tmp_path / "ca.pem").write_bytes(response.read())
            assert read(f"{said['authority']}/discovery/v2.0/keys", str(tmp_path / "ca.pem"))["keys"]
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=10)
    assert errors == ""


@pytest.mark.skipif(sys.platform != "linux", reason="a file in memory is Linux'")
def test_exec_says_in_one_sentence_that_it_has_no_place_for_the_file_to_trust() -> None:
    command = [sys.executable, "-c", _READ_ONLY, "exec", "--https", "--", sys.executable, "-c", "exit(0)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == "Error: exec --https has to write a certificate file for COMMAND; set --ca-folder to a writable folder\n"
    )


@pytest.mark.parametrize("left", ["bookings-emulator-ca.pem", "bookings-emulator-ca-key.pem"])
def test_half_an_authority_is_not_written_over(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_text("ours")
    result = run("ca", "--ca-folder", str(tmp_path))
    assert result.returncode == 1
    assert f"{tmp_path / left} exists but" in result.stderr
    assert [each.read_text() for each in tmp_path.iterdir()] == ["ours"]


def test_the_python_client_finds_the_authority_and_calls_by_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served("--https", "0", "--ca-folder", str(tmp_path)) as (origin, lines):
        authority, ca = said(lines, "authority"), said(lines, "ca")
        secure = authority.rpartition("/")[0]
        with Client(origin) as plain:
            assert (plain.authority, plain.index["ca"], plain.ca()) == (authority, ca, Path(ca).read_text())
            with plain.tenant("empty") as tenant:
                assert tenant.authority == f"{secure}/{tenant.id}"
        with Client(secure, ca=ca) as trusting, trusting.tenant("empty", name="ours") as tenant:
            assert trusting.authority == authority
            assert tenant.url == f"{secure}/tenants/ours"
            assert tenant.graph.get("/solutions/bookingBusinesses").json()["value"] == []
        with Client(secure) as careful, pytest.raises(ControlError, match=r"CERTIFICATE_VERIFY_FAILED.*trust the file"):
            careful.clock.now()
        assert run("token", "--persona", "viewer", "--url", secure, "--ca", ca).stdout.startswith("ey")
        assert "--ca FILE or SSL_CERT_FILE" in run("token", "--persona", "viewer", "--url", secure).stderr
        monkeypatch.setenv("SSL_CERT_FILE", ca)
        assert run("token", "--persona", "viewer", "--url", secure).stdout.startswith("ey")
        with Client(secure) as trusting:
            assert trusting.is_ready()
    with pytest.raises(ControlError, match="ca must be the file of a certificate authority; cannot use 'none'"):
        Client("https://localhost:1", ca="none")


def test_an_emulator_of_this_process_serves_https_beside_http() -> None:
    emulator = Emulator(settings=Settings(https=0))
    for _ in range(2):
        with emulator as bookings, bookings.tenant() as tenant:
            ca = tenant.index["ca"]
            assert tenant.url.startswith("http:")
            assert read(f"{tenant.authority}/discovery/v2.0/keys", ca)["keys"]
            assert Path(ca).read_text() == tenant.ca()
        assert not Path(ca).exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    result = run("serve", "--port", "0", "--https", "0", "--ca-folder", str(file / "below"))
    assert result.returncode == 1
    assert "cannot keep the certificate authority in" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_a_signal_ends_both_listeners_while_a_connection_is_open(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bookings_emulator",
        "serve",
        "--port",
        "0",
        "--https",
        "0",
        "--ca-folder",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = []
        while not lines or not lines[-1].startswith("ready"):
            lines.append(process.stdout.readline())
        ready = json.loads(lines[-1].removeprefix("ready "))
        port = int(ready["authority"].split(":")[2].partition("/")[0])
        context = ssl.create_default_context(cafile=ready["ca"])
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            socket.create_connection(("127.0.0.1", port)) as silent,  # whose handshake never begins
            socket.create_connection(("127.0.0.1", port)) as stalled,  # nor ends
            context.wrap_socket(plain, server_hostname="localhost") as open_one,
        ):
            stalled.sendall(b"\x16\x03\x01\x02\x00\x01")
            open_one.sendall(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert open_one.recv(1024).startswith(b"HTTP/1.1 200")
            assert silent.fileno() > 0
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
            assert time.monotonic() - began < 5
    assert process.returncode == 0
    assert [line for line in errors.splitlines() if " /_emulator/health " not in line] == []


def test_a_level_can_be_set_and_anonymous_callers_let_in(tmp_path: Path) -> None:
    with served("--auth", "strict", "--seed", "4") as (origin, _):
        url = f"{origin}/v1.0/solutions/bookingBusinesses"
        asked = run("token", "--persona", "viewer", "--url", origin).stdout.strip()
        assert get(url, Authorization=f"Bearer {asked}")["value"]
        made = run("token", "--persona", "viewer", "--seed", "4").stdout.strip()  # without asking anybody
        assert get(url, Authorization=f"Bearer {made}")["value"]
        other = run("token", "--persona", "viewer", "--seed", "5").stdout.strip()
        for token in ("viewer", other, run("token", "--persona", "viewer", "--seed", "4", "--wrong", "expired").stdout):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                get(url, Authorization=f"Bearer {token.strip()}")
    with served("--allow-anonymous", "--auth", "check") as (origin, _):
        assert urllib.request.urlopen(f"{origin}/v1.0/solutions/bookingBusinesses", timeout=30).status == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--persona", "viewr", "--seed", "1"), "did you mean 'viewer'?"),
        (("--persona", "viewer", "--seed", "1", "--lifetime", "long"), "--lifetime takes a duration"),
        (("--persona", "viewer", "--url", "http://127.0.0.1:9"), "no emulator responds at http://127.0.0.1:9"),
        (("--persona", "viewer", "--wrong", "all"), "expected one of expired"),
        (("--persona", "viewer", "--seed", "1", "--url", "http://localhost:8365"), "not both"),
        (("--persona", "viewer", "--url", "htp://x"), "such as http://localhost:8365; got 'htp://x'"),
    ],
)
def test_a_token_that_cannot_be_printed_is_said(arguments: tuple[str, ...], message: str) -> None:
    result = run("token", *arguments)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_folder_for_temporary_files_https_is_refused_in_a_sentence_where_there_are_none_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find_none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", find_none)
    authority, file = passing_authority(1)
    assert file is None
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CertificateError, match=r"^https needs a writable folder for temporary files.* TMPDIR"):
        server_context(authority)


@pytest.mark.parametrize("name", ["my_laptop", "-laptop", ""])
def test_a_machine_whose_name_no_certificate_can_have_serves_https_as_others_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: name)
    authority, file = passing_authority(1)
    assert file is not None
    file.unlink()
    assert server_context(authority).get_ciphers()
