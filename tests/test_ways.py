"""The short way of a request and the long one: the same bytes for everything, whatever came and however it came."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bookings_emulator.app import App
from bookings_emulator.serving import direct
from bookings_emulator.serving.direct import MOST, Direct
from bookings_emulator.serving.serve import http_protocol
from bookings_emulator.tenant import Tenant
from tests.both_ways import compare, connect, put_back, send
from tests.conftest import HOME, make_tenant

ROOT = Path(__file__).parents[1]
HEAD = b"authorization: Bearer anything\r\nhost: localhost:8365\r\n"
GET = f"GET {HOME}/appointments HTTP/1.1\r\n".encode() + HEAD + b"\r\n"


def post(body: bytes, headers: bytes = b"") -> bytes:
    length = b"content-length: %d\r\n" % len(body)
    return f"POST {HOME}/customers HTTP/1.1\r\n".encode() + HEAD + headers + length + b"\r\n" + body


def customer(size: int) -> bytes:
    return b'{"@odata.type":"#microsoft.graph.bookingCustomer","displayName":"%b"}' % (b"a" * size)


JSON = b"content-type: application/json\r\n"


@pytest.mark.parametrize(
    ("name", "least"),
    [("wire", 100), ("connector", 20), ("identity", 40), ("batch", 40), ("operations", 200)],
)
def test_every_request_of_these_tests_gets_the_same_bytes_both_ways(name: str, least: int) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.both_ways"]
    done = subprocess.run([*command, f"tests/test_{name}.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    counted = re.search(r"both ways: (\d+) compared, (\d+) answered the short way", done.stdout)
    assert counted, done.stdout[-2000:] + done.stderr[-2000:]
    assert "both ways differ" not in done.stdout, done.stdout[-4000:]
    compared, short = map(int, counted.groups())
    assert compared >= least
    assert short >= compared // 3


def ask_both(tenant: Tenant, *pieces: bytes) -> list[bytes]:
    app = App(tenant)

    async def work() -> list[bytes]:
        answers = []
        for kind in (HttpToolsProtocol, Direct):
            with put_back([tenant]):
                answers.append(await send(app, kind, *pieces))
        return answers

    return asyncio.run(work())


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([GET], id="whole"),
        pytest.param([GET[:30], GET[30:]], id="head in two pieces"),
        pytest.param([bytes([each]) for each in GET], id="byte by byte"),
        pytest.param([post(customer(5), JSON)], id="with a body"),
        pytest.param([post(customer(5), JSON)[:-9], post(customer(5), JSON)[-9:]], id="body in two pieces"),
        pytest.param([post(customer(MOST), JSON)], id="large body"),
        pytest.param([post(b"{", JSON)], id="no JSON"),
        pytest.param([post(customer(5), JSON + b"expect: 100-continue\r\n")], id="expects a word before"),
        pytest.param([post(b"\0\1", JSON + b"content-encoding: gzip\r\n")], id="body that cannot be unzipped"),
        pytest.param([GET + GET + post(customer(5), JSON) + GET], id="several at once"),
        pytest.param([GET.replace(b"HTTP/1.1", b"HTTP/1.0")], id="HTTP/1.0"),
        pytest.param([GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")], id="to be closed"),
        pytest.param([GET.replace(b"\r\n\r\n", b"\r\naccept-encoding: gzip\r\n\r\n")], id="zipped"),
        pytest.param([GET.replace(b"\r\n\r\n", b"\r\norigin: http://a.b\r\n\r\n")], id="from a browser"),
        pytest.param([GET.replace(b"\r\n\r\n", b"\r\nx-forwarded-proto: https\r\n\r\n")], id="behind a proxy"),
        pytest.param([GET.replace(b"\r\n\r\n", b"\r\nclient-request-id: \xe9\t\r\n\r\n")], id="odd text in a header"),
        pytest.param([GET.replace(b"localhost", b"a b")], id="no host"),
        pytest.param([GET.replace(b"GET", b"HEAD")], id="HEAD"),
        pytest.param([GET.replace(b"GET", b"OPTIONS")], id="OPTIONS"),
        pytest.param([GET.replace(b"/v1.0", b"/v1.0%2F\xff")], id="a path that is none"),
        pytest.param([GET.replace(b"/v1.0", b"/v9")], id="nobody's path"),
        pytest.param([GET.replace(b"/v1.0", b"/tenants/nobody/v1.0")], id="no tenant"),
        pytest.param([GET.replace(b"/v1.0", b"/tenants/default/v1.0")], id="inside a tenant"),
        pytest.param([GET.replace(b"/v1.0", b"http://localhost:8365/v1.0")], id="absolute target"),
        pytest.param([b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"], id="the index"),
        pytest.param([b"garbage\r\n\r\n"], id="garbage"),
        pytest.param([b"POST /v1.0/$batch HTTP/1.1\r\n" + HEAD + b"transfer-encoding: chunked\r\n" + JSON
                      + b"\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n"], id="in chunks"),
    ],
)  # fmt: skip
def test_however_a_request_comes_both_ways_answer_the_same(pieces: list[bytes]) -> None:
    long, short = ask_both(make_tenant(), *pieces)
    assert short == long
    assert long.startswith(b"HTTP/1.1 ")


def test_garbage_behind_a_request_takes_its_answer_from_nobody() -> None:
    answer = asyncio.run(send(App(make_tenant()), Direct, GET + b"garbage\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nInvalid HTTP request received.")


def test_what_is_usual_goes_the_short_way_in_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        protocol, transport = connect(App(make_tenant()), Direct)
        writes: list[bytes] = []
        monkeypatch.setattr(transport, "write", writes.append)
        for question in (GET, post(customer(5), JSON)):
            protocol.data_received(question)
            assert not protocol.tasks
        assert [each[:12] for each in writes] == [b"HTTP/1.1 200", b"HTTP/1.1 201"]
        protocol.connection_lost(None)

    asyncio.run(work())


def test_with_a_fault_everything_goes_the_long_way() -> None:
    async def work() -> None:
        tenant = make_tenant()
        tenant.faults.add({"match": {"operation": "listCustomers"}, "effect": {"status": 503}})
        protocol, _ = connect(App(tenant), Direct)
        protocol.data_received(GET)
        assert protocol.tasks
        await asyncio.wait(list(protocol.tasks))
        protocol.connection_lost(None)

    asyncio.run(work())


def test_a_defect_is_an_error_of_the_server_and_not_a_complaint_about_the_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: App, scope: Any, body: bytes) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(App, "answer", fail)
    answer = asyncio.run(send(App(make_tenant()), Direct, GET))
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert answer.endswith(b"\r\n\r\nInternal Server Error")
    assert "a defect" in caplog.text


def test_an_application_without_a_short_way_is_served_all_the_same() -> None:
    async def plain(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    answer = asyncio.run(send(plain, Direct, GET))
    assert answer.endswith(b"\r\n\r\nok")


def test_an_idle_connection_is_closed_and_one_that_is_not_stays() -> None:
    async def work() -> tuple[bool, bool]:
        found = []
        for behind in (b"", GET[:20]):
            protocol, transport = connect(App(make_tenant()), Direct)
            protocol.timeout_keep_alive = 0
            protocol.data_received(GET)
            if behind:
                protocol.data_received(behind)
            for _ in range(10):
                await asyncio.sleep(0)
            found.append(transport.is_closed)
            protocol.connection_lost(None)
        return found[0], found[1]

    assert asyncio.run(work()) == (True, False)


def test_where_uvicorn_has_another_class_its_own_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert http_protocol() is Direct, f"uvicorn {uvicorn.__version__} is not served the short way"
    monkeypatch.setattr(direct, "is_expected", lambda: False)
    assert http_protocol() == "auto"


def test_where_the_class_keeps_other_things_its_own_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "_STATE", (*direct._STATE, "something_new"))

    async def work() -> None:
        protocol, _ = connect(App(make_tenant()), Direct)
        protocol.data_received(GET)
        assert protocol.tasks
        await asyncio.wait(list(protocol.tasks))

    asyncio.run(work())


def test_both_ways_are_held_against_each_other() -> None:
    class Other(App):
        def answer(self, scope: Any, body: bytes) -> Any:
            written = super().answer(scope, body)
            return written and written._replace(body=written.body + b" ")

    with pytest.raises(AssertionError, match="both ways differ"):
        asyncio.run(compare(Other(make_tenant()), GET))
