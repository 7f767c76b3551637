"""Calls to Microsoft's hosts that end in an emulator in this process, by the libraries that programs use."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import httpx
import pytest
import requests

import bookings_emulator
from bookings_emulator import Client, ControlError, Emulator
from bookings_emulator.interception.hosts import Interception
from bookings_emulator.interception.of_aiohttp import _Pipe

GRAPH = "https://graph.microsoft.com/v1.0/solutions/bookingBusinesses"
HEADERS = {"Authorization": "Bearer application"}
Got = tuple[int, Any]
Get = Callable[[str], Got]


def get_by_httpx(url: str) -> Got:
    answer = httpx.get(url, headers=HEADERS)
    return answer.status_code, answer.json()


def get_by_async_httpx(url: str) -> Got:
    async def work() -> Got:
        async with httpx.AsyncClient() as client:
            answer = await client.get(url, headers=HEADERS)
            return answer.status_code, answer.json()

    return asyncio.run(work())


def get_by_requests(url: str) -> Got:
    answer = requests.get(url, headers=HEADERS, timeout=5)
    return answer.status_code, answer.json()


def get_by_aiohttp(url: str) -> Got:
    async def work() -> Got:
        async with aiohttp.ClientSession() as session, session.get(url, headers=HEADERS) as answer:
            return answer.status, await answer.json()

    return asyncio.run(work())


CLIENTS: dict[str, Get] = {
    "httpx": get_by_httpx,
    "httpx, asynchronous": get_by_async_httpx,
    "requests": get_by_requests,
    "aiohttp": get_by_aiohttp,
}
GONE = (httpx.HTTPError, requests.RequestException, aiohttp.ClientError)


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def get(request: pytest.FixtureRequest) -> Get:
    found: Get = request.param
    return found


def test_a_call_to_graph_ends_in_the_emulator(get: Get) -> None:
    with bookings_emulator.mock(now="2026-01-05T08:00:00Z") as bookings:
        status, body = get(GRAPH)
        assert (status, body["@odata.context"]) == (
            200,
            "https://graph.microsoft.com/v1.0/$metadata#solutions/bookingBusinesses",
        )
        assert [each["displayName"] for each in body["value"]] == ["Contoso Dental", "Contoso Tutoring"]
        assert bookings.journal[-1]["persona"] == "application"


def test_faults_and_refusals_reach_the_library(get: Get) -> None:
    with bookings_emulator.mock() as bookings:
        bookings.fault("throttled")
        assert get(GRAPH)[0] == 429
        bookings.faults.clear()
        bookings.fault(operation="listBusinesses", lost=True)  # aiohttp tries a GET again
        with pytest.raises(GONE):
            get(GRAPH)


def test_a_body_is_sent_and_a_created_record_comes_back() -> None:
    body = {"displayName": "Ünï Café", "pieces": "x" * 100_000}
    with bookings_emulator.mock() as bookings:

        async def create() -> int:
            async with aiohttp.ClientSession() as session:
                async with session.post(GRAPH, headers=HEADERS_OF_ANYONE, json=body) as answer:
                    first = answer.status
                async with session.get(f"{GRAPH}?query=caf", headers=HEADERS) as answer:
                    assert len((await answer.json())["value"]) >= 1
                return first

        assert asyncio.run(create()) == 201
        assert requests.post(GRAPH, headers=HEADERS_OF_ANYONE, json=body, timeout=5).status_code == 201
        assert httpx.post(GRAPH, headers=HEADERS_OF_ANYONE, json=body).status_code == 201
        assert bookings.journal.verify(operation="createBusiness", status=201) == 3


HEADERS_OF_ANYONE = {"Authorization": "Bearer anybody"}


def test_a_connection_of_aiohttp_says_that_it_is_closing_and_is_lost_once() -> None:
    async def close_twice() -> tuple[bool, bool, list[Any]]:
        lost: list[Any] = []
        pipe = _Pipe(SimpleNamespace(connection_lost=lost.append), cast(Interception, None), "https")
        before = pipe.is_closing()
        for _ in range(2):
            pipe.close()
            await asyncio.sleep(0)
        return before, pipe.is_closing(), lost

    assert asyncio.run(close_twice()) == (False, True, [None])


def test_other_hosts_of_microsoft_are_intercepted_too() -> None:
    with bookings_emulator.mock():
        keys = httpx.get("https://login.microsoftonline.com/common/discovery/v2.0/keys")
        assert keys.json()["keys"]
        form = {"client_id": "application", "client_secret": "application-secret", "grant_type": "client_credentials"}
        form["scope"] = "https://graph.microsoft.com/.default"
        url = "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
        token = requests.post(url, data=form, timeout=5).json()["access_token"]
        assert httpx.get(GRAPH, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        hub = "https://1d2c.azure-apihub.net/apim/microsoftbookings/c1/BookingsService/api/V1/bookingBusinessesUserAsAdmin"
        assert httpx.get(hub, headers=HEADERS_OF_ANYONE).status_code == 200


def test_this_machine_is_let_through_and_other_hosts_are_refused_if_it_is_strict(get: Get) -> None:
    with Emulator() as other, bookings_emulator.mock(strict=True) as bookings:
        assert get(f"{other.graph_url}/solutions/bookingBusinesses")[0] == 200
        assert len(bookings.journal) == 0
        hosts = r"book\.ms, .*graph\.microsoft\.com, .*\*\.azure-apihub\.net, \*\.azure-apim\.net"
        with pytest.raises(GONE, match=rf"blocked a call to example\.com; the emulator stands in for {hosts}"):
            get("https://example.com/")


def test_everything_is_as_before_afterwards(get: Get) -> None:
    kept = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send
    with bookings_emulator.mock():
        get(GRAPH)
        assert httpx.HTTPTransport.handle_request is not kept[0]
    assert (httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send) == kept


def test_each_call_of_a_decorated_function_has_an_emulator_of_its_own() -> None:
    @bookings_emulator.mock("empty")
    def count() -> int:
        requests.post(GRAPH, headers=HEADERS_OF_ANYONE, json={"displayName": "One"}, timeout=5)
        return len(get_by_requests(GRAPH)[1]["value"])

    @bookings_emulator.mock("empty")
    async def count_later() -> int:
        async with httpx.AsyncClient(headers=HEADERS_OF_ANYONE) as client:
            await client.post(GRAPH, json={"displayName": "One"})
            return len((await client.get(GRAPH)).json()["value"])

    assert [count(), count()] == [1, 1]
    assert asyncio.run(count_later()) == asyncio.run(count_later()) == 1


def test_mocks_inside_each_other_end_in_the_innermost() -> None:
    with bookings_emulator.mock():
        with bookings_emulator.mock("empty"):
            assert get_by_httpx(GRAPH)[1]["value"] == []
        assert len(get_by_httpx(GRAPH)[1]["value"]) == 2


def test_the_client_of_a_mock_drives_it_and_its_tenants_without_a_socket() -> None:
    with bookings_emulator.mock(now="2026-01-05T08:00:00Z") as bookings:
        assert repr(bookings) == "<bookings in process>"
        assert bookings.clock.advance(days=1).day == 6
        assert bookings.graph_url == "https://graph.microsoft.com/v1.0"
        with bookings.tenant("empty") as tenant:
            assert tenant.graph.get("/solutions/bookingBusinesses").json()["value"] == []
            assert len(tenant.journal) == 1
            tenant.drop()
        assert len(bookings.journal) == 0


@pytest.fixture(scope="module")
def server() -> Any:
    with Emulator() as client:
        yield client


def test_a_transport_calls_one_tenant_whatever_the_host(server: Client) -> None:
    with server.tenant("empty") as tenant:
        with httpx.Client(transport=tenant.transport, headers=HEADERS_OF_ANYONE) as http:
            assert http.get(GRAPH).json()["value"] == []
            assert http.get(f"{tenant.graph_url}/solutions/bookingBusinesses").json()["value"] == []

        async def work() -> Awaitable[Any] | Any:
            async with httpx.AsyncClient(transport=tenant.async_transport, headers=HEADERS_OF_ANYONE) as http:
                return (await http.get(GRAPH)).json()["value"]

        assert asyncio.run(work()) == []
        assert tenant.journal.verify(operation="listBusinesses") == 3
        tenant.drop()


def test_a_client_of_another_process_has_no_transport(server: Client) -> None:
    with Client(server.url) as client, pytest.raises(ControlError, match="runs in another process"):
        _ = client.transport


def test_the_standard_library_is_left_alone(server: Client) -> None:
    with bookings_emulator.mock(strict=True), urllib.request.urlopen(f"{server.url}/_emulator/health") as answer:
        assert json.load(answer)["status"] == "ready"
