"""How a process that serves ends: it answers the calls it has, for a second at most, and at a second signal at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import closing
from time import monotonic
from typing import Any

import pytest

from bookings_emulator.error_stream import error_stream
from bookings_emulator.serving import serve as serving
from bookings_emulator.serving.serve import Listener, listen

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE = 20  # seconds that a server has for the calls which are left, in these tests
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = serving._config

    def configure(app: Any, listener: Listener) -> Any:
        config = usual(app, listener)
        config.timeout_graceful_shutdown = PATIENCE
        return config

    monkeypatch.setattr(serving, "_config", configure)


def serve(signals: int, *, is_answered: bool) -> tuple[bytes, float, str]:
    """Send signals to a server while it has one call: what was answered, how long it took, and what it wrote."""
    has_come = asyncio.Event()
    may_go = asyncio.Event()
    written: list[str] = []
    came: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        has_come.set()
        await may_go.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        with closing(writer):
            writer.write(GET)
            await has_come.wait()
            for _ in range(signals):
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0.05)
            if is_answered:
                may_go.set()
            try:
                came.append(await reader.read())
            except OSError:
                came.append(b"")

    listener = listen("127.0.0.1", 0)
    begun = monotonic()
    with error_stream.lead_to(written.append):
        assert serving.serve(app, [listener], [call]) == signal.SIGINT
    return came[0] if came else b"", monotonic() - begun, "".join(written)


def test_a_call_that_is_being_answered_is_answered_after_the_first_signal() -> None:
    answer, took, told = serve(1, is_answered=True)
    assert answer.startswith(b"HTTP/1.1 204")
    assert (took < PATIENCE / 2, told) == (True, "")


def test_a_second_signal_ends_it_without_waiting_for_the_calls_it_has() -> None:
    answer, took, told = serve(2, is_answered=False)
    assert not answer.startswith(b"HTTP/1.1 204")
    assert took < PATIENCE / 2
    assert told == "1 call was not answered before the emulator stopped\n"


def test_a_call_that_takes_too_long_is_given_up_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PATIENCE", 0.1)
    _, took, told = serve(1, is_answered=False)
    assert took >= 0.1
    assert told == "1 call was not answered before the emulator stopped\n"
