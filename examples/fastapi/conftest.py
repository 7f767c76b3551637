"""The service under test: unchanged, signed in at the tenant of the test, on a socket where somebody must reach it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace

import pytest
import reception
import uvicorn
from fastapi.testclient import TestClient

from bookings_emulator import Client

DENTAL = "ContosoDental@contoso.onmicrosoft.com"
Start = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def start(bookings_mock: Client, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts the service as an application of the tenant: `with start("application-none") as page:`."""

    @contextmanager
    def enter(persona: str = "application", business: str = DENTAL, secret: str | None = None) -> Iterator[TestClient]:
        rows = {row["name"]: row for row in bookings_mock.personas}
        monkeypatch.setenv("AZURE_TENANT_ID", bookings_mock.id)
        monkeypatch.setenv("AZURE_CLIENT_ID", rows[persona]["client_id"])
        monkeypatch.setenv("AZURE_CLIENT_SECRET", secret or f"{persona}-secret")
        monkeypatch.setenv("BOOKINGS_BUSINESS", business)
        with TestClient(reception.app, raise_server_exceptions=False) as page:
            yield page

    return enter


@pytest.fixture
def page(start: Start) -> Iterator[TestClient]:
    """The service as the web page calls it."""
    with start() as page:
        yield page


@pytest.fixture
def address(page: TestClient) -> Iterator[str]:
    """Where the running service is on a socket, for who notifies it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(reception.app, lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def patience(bookings_mock: Client, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of the SDK between its attempts: the clock of the tenant moves, and nobody sleeps."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        bookings_mock.clock.advance(seconds=seconds)

    monkeypatch.setattr("kiota_http.middleware.retry_handler.asyncio", SimpleNamespace(sleep=sleep))
    return waits
