"""Showing much does not stand in the way: between its pieces, others have a turn. Turns are counted, not timed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bookings_emulator.app import App
from bookings_emulator.control import turns
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.events import matching
from bookings_emulator.events.matching import read_match
from bookings_emulator.recording import captured
from bookings_emulator.store.export import begin_export, export
from tests.conftest import APPOINTMENT, HOME, ORIGIN, ROOT, SERVICE, Graph, make_tenant
from tests.test_deliveries import CALLBACK, book, subscribed

MANY = 60
SHOWN = (
    ("GET", "/journal"),
    ("GET", "/journal?brief=true"),
    ("GET", "/journal?text=nowhere"),
    ("GET", "/journal/wait?since=0&text=nowhere&timeout=0"),
    ("GET", "/journal/permissions"),
    ("GET", "/journal/scenario"),
    ("GET", "/journal.har"),
    ("POST", "/journal/verify"),
    ("GET", "/state"),
    ("GET", "/state?version=beta"),
    ("GET", "/outbox"),
    ("GET", "/deliveries"),
)  # fmt: skip


@pytest.fixture(scope="module")
def app() -> App:
    """Many exchanges, records, messages and deliveries."""
    tenant = make_tenant()
    graph = subscribed(tenant, CALLBACK)
    book(graph, MANY)
    return App(tenant)


def count_turns(app: App, method: str, path: str) -> int:
    """How often another task of the loop has its turn while a control call is answered."""
    count = 0

    async def tick() -> None:
        nonlocal count
        while True:
            count += 1
            await asyncio.sleep(0)

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            ticking = asyncio.create_task(tick())
            body = {"match": {"text": "nowhere", "method": "POST"}, "never": True} if method == "POST" else None
            answer = await client.request(method, f"/_emulator{path}", json=body)
            ticking.cancel()
        assert answer.status_code == 200, answer.text

    asyncio.run(call())
    return count


@pytest.mark.parametrize(("method", "path"), SHOWN)
def test_others_have_a_turn_after_every_piece(
    method: str, path: str, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN", 0.0)
    assert count_turns(app, method, path) >= MANY


def test_a_turn_lasts_as_long_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    others: list[int] = []

    def work() -> Iterator[int]:
        nonlocal now
        for number in range(10):
            now += 0.5
            yield number

    async def watch() -> None:
        while True:
            others.append(len(others))
            await asyncio.sleep(0)

    async def run() -> list[int]:
        watching = asyncio.create_task(watch())
        made = await collect_in_turns(work())
        watching.cancel()
        return made

    monkeypatch.setattr(turns, "TURN", 1.0)
    monkeypatch.setattr(turns, "perf_counter", lambda: now)
    assert asyncio.run(run()) == [*range(10)]
    assert len(others) == 5


def test_a_state_is_that_of_the_moment_in_which_it_was_asked_for(graph: Graph) -> None:
    store, now = graph.tenant.store, graph.tenant.clock.now()
    before = export(store, now)
    shown, fill = begin_export(store, now)
    next(fill)
    graph.delete(f"{HOME}/services/{SERVICE}")
    graph.delete(f"{HOME}/appointments/{APPOINTMENT}")
    graph.post(ROOT, {"displayName": "New"})
    for _ in fill:
        pass
    assert shown == before != export(store, now)


@pytest.mark.parametrize("wanted", [{"text": "nowhere"}, {"body": {"a": 1}}], ids=str)
def test_an_exchange_that_many_wait_for_is_masked_once(
    wanted: dict[str, Any], graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked: list[object] = []
    for name in ("mask_bytes", "mask_body"):
        work = getattr(matching, name)
        monkeypatch.setattr(matching, name, lambda *given, work=work: masked.append(given) or work(*given))
    graph.post(f"{HOME}/customers", {"displayName": "Adele"})
    (entry,) = graph.tenant.journal.entries
    for _ in range(20):
        assert not read_match(wanted).matches(entry)
    assert 1 <= len(masked) <= 2  # what was sent, and what was answered


def test_ids_of_a_scenario_are_spelled_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    spelled: list[str] = []
    work = captured.quote
    monkeypatch.setattr(captured, "quote", lambda text, **how: spelled.append(text) or work(text, **how))
    count_turns(app, "GET", f"/journal/scenario?since={MANY // 2}")
    for_half = len(spelled)
    count_turns(app, "GET", "/journal/scenario")
    assert MANY <= len(spelled) - for_half <= 3 * for_half  # each with each would be four times as much
