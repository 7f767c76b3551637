"""No web page drives the control plane or the recorder, unless its origin was named at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.recording.proxy import Recorder
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.wire.guard import read_origin
from tests.conftest import NOW, ORIGIN, ROOT, make_tenant, small

HERE = "localhost:8365"
FAULT = {"effect": {"status": 503}}
MINE = "http://localhost:3000"
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
PAGES: dict[str, dict[str, str]] = {
    "a page of another site": EVIL,
    "its form": {**EVIL, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    "a browser that tells its origin only": {"Origin": "https://evil.example"},
    "a page of another port": {"Origin": MINE, "Sec-Fetch-Site": "same-site"},
    "a page of another port, told by its origin only": {"Origin": MINE},
    "a page without an origin": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "an image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
}
# what changes something, with a body that would be taken
CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/reset", None),
    ("POST", "/tenants", {}),
    ("POST", "/faults", FAULT),
    ("POST", "/clock/advance", {"by": "PT1H"}),
    ("POST", "/snapshots", {}),
    ("POST", "/scenarios", {"title": "x", "shows": "x", "source": "x", "given": {}}),
    ("POST", "/tokens", {"persona": "app"}),
    ("PUT", "/state", {"bookingBusinesses": []}),
    ("DELETE", "/faults", None),
]


def client(**settings: Any) -> TestClient:
    tenant = Tenant(Start((Fixture("small", small()),), frozen=utc(NOW)), Settings(**settings))
    return TestClient(App(tenant), base_url=ORIGIN, headers={"Authorization": "Bearer x"})


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES.keys())
@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=[path for _, path, _ in CHANGES])
@pytest.mark.parametrize("kind", ["text/plain", "application/json", None])
def test_a_page_changes_nothing(method: str, path: str, body: Any, headers: dict[str, str], kind: str | None) -> None:
    here = client()
    before = here.get("/_emulator").json(), here.get("/_emulator/tenants").json(), here.get("/_emulator/state").json()
    sent = httpx.Request("POST", ORIGIN, json=body).content if body is not None else b""
    told = {**headers, **({"Content-Type": kind} if kind else {})}
    refused = here.request(method, f"/_emulator{path}", content=sent, headers=told)
    assert refused.status_code == 403
    assert "--control-origin" in refused.json()["error"]
    assert "access-control-allow-origin" not in refused.headers
    assert here.get("/_emulator/faults").json()["value"] == []
    assert before == (
        here.get("/_emulator").json(), here.get("/_emulator/tenants").json(), here.get("/_emulator/state").json()
    )  # fmt: skip


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES.keys())
def test_a_page_reads_nothing(headers: dict[str, str]) -> None:
    if headers.get("Sec-Fetch-Mode") == "navigate" and headers["Sec-Fetch-Dest"] == "document":
        headers = {"Origin": "https://evil.example"}
    for path in ("", "/state", "/journal?path=*", "/nothing"):
        assert client().get(f"/_emulator{path}", headers=headers).status_code == 403


def test_a_link_that_somebody_follows_is_answered() -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client().get("/_emulator/reference", headers=followed).status_code == 200
    assert client().post("/_emulator/reset", headers=followed).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
        {"Origin": f"https://{HERE}"},
        {"Sec-Fetch-Mode": "cors"},  # what Node's fetch says
    ],
    ids=["no browser", "typed by hand", "a page of the emulator", "by https", "Node"],
)
def test_callers_of_this_machine_and_pages_of_the_emulator_are_let_in(headers: dict[str, str]) -> None:
    here = client()
    assert here.get("/_emulator/state", headers=headers).status_code == 200
    assert here.post("/_emulator/faults", json=FAULT, headers=headers).status_code == 201
    assert here.post("/_emulator/reset", headers=headers).status_code == 204


@pytest.mark.parametrize(
    ("kind", "headers", "status"),
    [
        ("application/json", {}, 201),
        ("application/json; charset=utf-8", {}, 201),
        ("application/vnd.fault+json", {}, 201),
        ("application/x-www-form-urlencoded", {}, 201),
        (None, {}, 201),
        ("application/x-www-form-urlencoded", {"Origin": ORIGIN}, 403),
        ("application/x-www-form-urlencoded", {"Sec-Fetch-Site": "same-origin"}, 403),
        (None, {"Origin": ORIGIN}, 403),
        ("text/plain", {}, 403),
        ("multipart/form-data; boundary=x", {}, 403),
        ("application/jsonx", {}, 403),
    ],
)
def test_a_body_is_json_or_what_curl_calls_it(kind: str | None, headers: dict[str, str], status: int) -> None:
    told = {**headers, **({"Content-Type": kind} if kind else {})}
    answer = client().post("/_emulator/faults", content=b'{"effect": {"status": 503}}', headers=told)
    assert answer.status_code == status
    if status == 403:
        assert "curl --json" in answer.json()["error"]


def test_nothing_of_a_body_is_read_before() -> None:
    async def never() -> dict[str, Any]:
        raise AssertionError("the body was read")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    import asyncio

    for headers in ([(b"origin", b"https://evil.example")], [(b"content-type", b"text/plain")]):
        scope = {
            "type": "http", "method": "POST", "scheme": "http", "path": "/_emulator/faults", "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-length", b"9"), *headers],
        }  # fmt: skip
        asyncio.run(App(make_tenant())(scope, never, send))
        assert sent[-2]["status"] == 403


# named origins


def test_a_named_origin_is_let_in_with_cors() -> None:
    here = client(origins=(MINE,), key="Sesame")
    asked = {"Origin": MINE, "Sec-Fetch-Site": "same-site"}
    ahead = here.options(
        "/_emulator/faults",
        headers={**asked, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-emulator-key"},
    )
    assert ahead.status_code == 204
    assert ahead.headers["access-control-allow-origin"] == MINE
    assert "x-emulator-key" in ahead.headers["access-control-allow-headers"]
    assert "PUT" in ahead.headers["access-control-allow-methods"]
    locked = here.post("/_emulator/faults", json=FAULT, headers=asked)
    assert (locked.status_code, locked.headers["access-control-allow-origin"]) == (401, MINE)
    made = here.post("/_emulator/faults", json=FAULT, headers={**asked, "X-Emulator-Key": "Sesame"})
    assert (made.status_code, made.headers["access-control-allow-origin"]) == (201, MINE)
    assert "Origin" in made.headers["vary"]


def test_no_other_origin_gets_an_answer_ahead() -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    refused = client(origins=(MINE,)).options("/_emulator/faults", headers=asked)
    assert refused.status_code == 403
    assert not [each for each in refused.headers if each.startswith("access-control")]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:3000", MINE),
        ("HTTP://LocalHost:3000/", MINE),
        ("http://localhost:80", "http://localhost"),
        ("https://app.example:443", "https://app.example"),
    ],
)
def test_an_origin_is_read_as_browsers_send_it(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize("text", ["*", "localhost:3000", "null", "", "http://", "http://a/b", "http://a?b", "ftp://a"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as http://localhost:3000"):
        read_origin(text)


# hosts


@pytest.mark.parametrize(
    "host", ["[::1].evil.com", "[localhost", "localhost:80@evil.com", "", "localhost:1:2", "a b", "localhost/", "[::1"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    assert client().post("/_emulator/reset", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("hosts", [[], [b"localhost", b"evil.example"], [b"localhost", b"localhost"]])
def test_one_host_is_expected(hosts: list[bytes]) -> None:
    import asyncio

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/_emulator/reset", "query_string": b"",
        "headers": [(b"host", each) for each in hosts],
    }  # fmt: skip
    asyncio.run(App(make_tenant())(scope, receive, send))
    assert sent[0]["status"] == 403


def test_the_name_of_test_clients_is_good_in_process_only() -> None:
    inside = TestClient(App(make_tenant()))
    assert inside.get("/_emulator/health").status_code == 200
    assert client().get("/_emulator/health", headers={"Host": "testserver"}).status_code == 403


# the recorder


@pytest.mark.parametrize("headers", [*PAGES.values(), {"Host": "evil.example"}])
def test_no_page_drives_the_recorder(headers: dict[str, str], tmp_path: Path) -> None:
    here = TestClient(Recorder("http://localhost:1", tmp_path / "out"), base_url="http://localhost:8367")
    assert here.post("/_recorder/write", headers=headers).status_code == 403
    assert not (tmp_path / "out").exists()
    assert here.get("/_recorder").status_code == 200


# what pages may read of the emulated planes


def test_a_page_may_read_what_the_emulator_says_of_its_calls() -> None:
    refused = client().get(f"{ROOT}/nobody", headers={"Origin": MINE})
    assert refused.headers["x-emulator-reason"]
    for path in (f"{ROOT}/nobody", "/common/oauth2/v2.0/token"):
        exposed = client().get(path, headers={"Origin": MINE}).headers["access-control-expose-headers"]
        assert {"x-emulator-reason", "x-emulator-note", "x-emulator-fault"} <= set(exposed.split(", "))
