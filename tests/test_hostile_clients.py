"""No client can stop the server, fill its memory, or write a traceback into its log."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.control.routing import LARGEST_BODY
from bookings_emulator.embedded import Emulator
from bookings_emulator.store import sessions
from bookings_emulator.store.seed import utc
from bookings_emulator.store.sessions import Grant, _keep, _weight
from bookings_emulator.wire.head_limit import LARGEST_HEAD
from tests.conftest import NOW, ORIGIN, ROOT, make_tenant
from tests.connector_quirks import HUB

TEXT = {"content-type": "application/json", "host": "localhost:8365"}


def client() -> TestClient:
    return TestClient(App(make_tenant()), base_url=ORIGIN, headers={"Authorization": "Bearer x"})


def exchange(app: Any, method: str, path: str, receive: Any, headers: dict[str, str] | None = None) -> list[Any]:
    """What an application sends for a request whose body comes from `receive`."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in {**TEXT, **(headers or {})}.items()]
    scope = {
        "type": "http", "method": method, "scheme": "http", "path": path, "query_string": b"", "headers": pairs
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent


# bodies of the control plane


def test_a_route_without_a_body_reads_none() -> None:
    async def never() -> Any:
        raise AssertionError("the body was read")

    for method, path in (("POST", "/_emulator/reset"), ("GET", "/_emulator/health"), ("DELETE", "/_emulator/faults")):
        sent = exchange(App(make_tenant()), method, path, never, {"content-length": "300000000"})
        assert sent[0]["status"] in (200, 204)


@pytest.mark.parametrize("headers", [{"content-length": str(LARGEST_BODY + 1)}, {}], ids=["announced", "streamed"])
def test_a_body_beyond_the_limit_is_not_read_to_its_end(headers: dict[str, str]) -> None:
    taken = 0

    async def receive() -> Any:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b" " * (1024 * 1024), "more_body": True}

    sent = exchange(App(make_tenant()), "PUT", "/_emulator/state", receive, headers)
    assert sent[0]["status"] == 413
    assert taken <= LARGEST_BODY // (1024 * 1024) + 1
    assert "larger than 67,108,864 bytes" in json.loads(sent[1]["body"])["error"]


@pytest.mark.parametrize("how", ["leaves", "is ended"])
def test_who_leaves_within_a_body_leaves_no_traceback(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def receive() -> Any:
        if how == "is ended":
            raise asyncio.CancelledError
        return {"type": "http.disconnect"}

    for method, path in (("POST", "/_emulator/faults"), ("PUT", "/_emulator/state"), ("POST", "/v1.0/x")):
        exchange(App(make_tenant()), method, path, receive)
    assert capsys.readouterr().err == ""


# depth


def nested(depth: int, inner: str = "1") -> str:
    return '{"a":' * depth + inner + "}" * depth


@pytest.mark.parametrize("depth", [101, 250, 900, 1_000, 1_020, 5_000])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_emulator/state", "{}"),
        ("POST", "/_emulator/scenarios", "{}"),
        ("POST", "/_emulator/tenants", '{{"seed":{}}}'),
        ("POST", "/_emulator/tenants", '{{"scenario":{}}}'),
        ("POST", "/_emulator/tenants", '{{"fixture":{}}}'),
        ("POST", "/_emulator/faults", '{{"effect":{{"status":503,"body":{}}}}}'),
        ("POST", "/_emulator/journal/verify", '{{"match":{{"body":{}}}}}'),
        ("POST", "/v1.0/solutions/bookingBusinesses", "{}"),
        ("POST", "/v1.0/$batch", '{{"requests":{}}}'),
        ("POST", f"{HUB}/BookingsService/api/V1/bookingBusinesses/x/webhook/AppointmentCreated", "{}"),
    ],
)
def test_json_that_is_nested_deep_is_refused_and_changes_nothing(
    method: str, path: str, body: str, depth: int, capsys: pytest.CaptureFixture[str]
) -> None:
    here = client()
    content = nested(depth) if body == "{}" else body.format(nested(depth))
    answer = here.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 404)
    assert here.get("/_emulator/faults").json()["value"] == []
    assert here.get(ROOT).status_code == 200
    for shown in ("/journal", "/journal/scenario", "/journal.har", "/journal?text=a", "/journal/notes"):
        assert here.get(f"/_emulator{shown}").status_code == 200
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_that_is_refused_is_not_there() -> None:
    here = client()
    refused = here.post("/_emulator/faults", json={"effect": {"status": 503, "bodi": 1}})
    assert refused.status_code == 400
    assert here.get("/_emulator/faults").json()["value"] == []


def test_what_nobody_foresaw_is_one_answer_of_the_control_plane(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: Any, now: Any) -> None:
        raise RuntimeError("nobody foresaw this")

    here = client()
    monkeypatch.setattr("bookings_emulator.tenant.Tenant.reset", lambda self: fail(self, None))
    answer = here.post("/_emulator/reset")
    assert answer.status_code == 500
    assert answer.json()["error"].endswith("a defect in the emulator: RuntimeError('nobody foresaw this')")
    assert "RuntimeError: nobody foresaw this" in capsys.readouterr().err


# heads


def test_headers_beyond_the_limit_are_refused() -> None:
    here = client()
    for path in (ROOT, "/_emulator/health", "/common/oauth2/v2.0/token"):
        refused = here.get(path, headers={"X-Long": "x" * LARGEST_HEAD})
        assert (refused.status_code, "65,536 bytes" in refused.headers["x-emulator-reason"]) == (431, True)
        assert here.get(path, headers={"X-Long": "x" * (LARGEST_HEAD // 2)}).status_code != 431


@contextmanager
def connection() -> Iterator[tuple[Emulator, socket.socket]]:
    emulator = Emulator(now=NOW)
    url = emulator.start().url
    try:
        with socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 0)) as opened:
            yield emulator, opened
    finally:
        emulator.stop()


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"a: b\r\n" * 10_000], ids=["one header", "many headers"])
def test_a_head_without_an_end_ends_the_connection(piece: bytes) -> None:
    with connection() as (_, opened):
        opened.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + (b"a: " if piece[:1] == b"x" else b""))
        sent = 0
        with suppress(ConnectionError):
            while sent < 2_000:
                opened.sendall(piece)
                sent += 1
        assert sent < 2_000


# what is kept of applications


def test_sessions_keep_so_many_and_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CAPACITY", 50)
    monkeypatch.setattr(sessions, "HEAVIEST", 10_000)
    monkeypatch.setattr(sessions, "_LIGHT", 200)
    kept: dict[str, Any] = {}
    for number in range(200):
        _keep(kept, str(number), Grant("app", "c", ("s",), utc(NOW)))
    assert [*kept] == [str(number) for number in range(150, 200)]
    for number in range(200, 300):
        _keep(kept, str(number), Grant("app", "c", ("s" * 1_000,), utc(NOW)))
        assert sum(map(_weight, kept.values())) <= 10_000
        assert str(number) in kept
    assert 5 <= len(kept) <= 10


@pytest.mark.parametrize("domain", ["a b\r\n", "a b", "", ".", "a..b", "a\n", "ä.example", "x" * 254, "a.example\0"])
def test_a_domain_of_a_tenant_is_a_host_name(domain: str) -> None:
    refused = client().post("/_emulator/tenants", json={"domain": domain})
    assert (refused.status_code, "a domain must be a host name" in refused.json()["error"]) == (400, True)


@pytest.mark.parametrize("seed", [1e300, 2**63, 1.5, "1"])
def test_a_seed_of_a_tenant_is_a_number_of_64_bits(seed: Any) -> None:
    assert client().post("/_emulator/tenants", json={"seed": seed}).status_code == 400
    assert client().post("/_emulator/tenants", json={"seed": 2**63 - 1}).status_code == 201
