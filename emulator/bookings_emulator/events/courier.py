"""The courier: a thread with a loop of its own that carries the deliveries of all tenants, in order per subscription.

It starts with the first delivery, so that no server needs to know of it and processes that deliver nothing pay nothing.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock, Thread
from time import monotonic, perf_counter
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from bookings_emulator.contract.connector import DeliveryRules
from bookings_emulator.events.delivery import Attempt, Delivery

HEADERS = {"Content-Type": "application/json; charset=utf-8"}  # nothing else is known (a guess)
MOST_AT_ONCE = 512  # attempts under way, of all tenants
MOST_AT_ONE_PLACE = 8  # of these to one host and port, so that one which hangs holds up its own alone
_MOST_IDLE = 64  # connections kept for the next delivery
_MOST_READ = 64 * 1024  # of an answer, whose content nobody looks at
_LONGEST_PAUSE = 365 * 86400.0

_GONE = "given up: the tenant was reset or dropped"


class ClockReader(Protocol):
    """The time of a tenant as the courier sees it."""

    frozen: datetime | None

    def now(self) -> datetime: ...


class Lane:
    """The deliveries of one subscription that wait for their turn; the courier asks for one after the other.

    `tell` is called with a delivery that has to be tried again.
    """

    def __init__(
        self,
        clock: ClockReader,
        rules: DeliveryRules,
        take: Callable[[], Delivery | None],
        tell: Callable[[Delivery], None],
    ) -> None:
        self.clock = clock
        self.rules = rules
        self.take = take
        self.tell = tell
        self.hurried = 0  # up to which number pauses are skipped while the clock is frozen
        self.is_closed = False
        self.woken = asyncio.Event()


class Reply(NamedTuple):
    """What came of one attempt, and the seconds that the receiver asks to wait."""

    attempt: Attempt
    retry_after: float = 0.0


class Turns:
    """Who may call now: so many at once, and so many to one place."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(MOST_AT_ONCE)
        self._places: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def take(self, place: str) -> AsyncIterator[None]:
        """Wait for a turn at a place, and have it within the block."""
        turn, users = self._places.get(place) or (asyncio.Semaphore(MOST_AT_ONE_PLACE), 0)
        self._places[place] = turn, users + 1
        try:
            async with turn, self._all:
                yield
        finally:
            turn, users = self._places[place]
            if users > 1:
                self._places[place] = turn, users - 1
            else:
                del self._places[place]


class Courier:
    """Runs the lanes; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def run(self, lane: Lane) -> None:
        """Carry what waits in a lane until it is empty."""
        self._started().call_soon_threadsafe(self._begin, lane)

    def wake(self, lane: Lane) -> None:
        """Let a lane that pauses look at the clock again."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(lane.woken.set)

    def stop(self) -> None:
        """End the thread; what is under way is given up."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=2)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = _new_loop()
                self._thread = Thread(target=self._serve, args=(self._loop,), name="bookings-courier", daemon=True)
                self._thread.start()
                atexit.register(self.stop)
            return self._loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        import httpx  # here, so that the call that caused the first delivery does not wait for it

        asyncio.set_event_loop(loop)
        # the environment's proxies would be outside, and certificates of receivers on this machine are their own
        limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=_MOST_IDLE)
        self._transport = httpx.AsyncHTTPTransport(verify=False, trust_env=False, limits=limits)
        self._turns = Turns()
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            loop.run_forever()
        finally:
            for task in self._tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
            loop.run_until_complete(self._transport.aclose())
            loop.close()

    def _begin(self, lane: Lane) -> None:
        task = asyncio.get_running_loop().create_task(self._work(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: Lane) -> None:
        while (delivery := lane.take()) is not None:
            await self._deliver(lane, delivery)

    async def _deliver(self, lane: Lane, delivery: Delivery) -> None:
        """Bring one delivery: as often as the rules say, with pauses between."""
        rules = lane.rules
        if delivery.late:
            await self._pause(lane, delivery, delivery.late.total_seconds())
            if lane.is_closed:
                delivery.status, delivery.reason = "failed", _GONE
                return
        for pause in (*rules.backoff[: rules.attempts - 1], None):
            attempt, retry_after = await self._attempt(lane, delivery)
            delivery.attempts += (attempt,)
            status = attempt.status
            if status is not None and 200 <= status < 300:
                delivery.status = "delivered"
                return
            if status is not None and not rules.is_retried(status):
                told = "; redirects are not followed" if status < 400 else ""
                delivery.status, delivery.reason = "failed", f"{status} is not retried{told}"
                return
            if pause is not None and not lane.is_closed:
                await self._pause(lane, delivery, max(pause, retry_after))
            if lane.is_closed:
                delivery.status, delivery.reason = "failed", _GONE
                return
        delivery.status, delivery.reason = "failed", f"given up after {len(delivery.attempts)} attempts"

    async def _attempt(self, lane: Lane, delivery: Delivery) -> Reply:
        import httpx

        status, error, retry_after = None, None, 0.0
        at = lane.clock.now()
        async with self._turns.take(urlsplit(delivery.url or "").netloc):
            started = perf_counter()
            try:
                async with asyncio.timeout(lane.rules.time_limit):
                    request = httpx.Request(
                        "POST", delivery.url or "", headers=HEADERS, content=delivery.notification.body
                    )
                    answer = await self._transport.handle_async_request(request)
                    status = answer.status_code
                    retry_after = _retry_after(answer.headers)
                    await _read(answer)
            except TimeoutError:
                status, error = None, f"no response within {lane.rules.time_limit:g} s"
            except Exception as caught:  # whatever it is, it must not end the lane; it is recorded with the attempt
                status, error = None, f"{type(caught).__name__}: {caught}"
        return Reply(Attempt(at, status, error, (perf_counter() - started) * 1000), retry_after)

    async def _pause(self, lane: Lane, delivery: Delivery, seconds: float) -> None:
        """Wait by the tenant's clock: in real time, or while it is frozen until it is advanced or settled."""
        clock, until = lane.clock, monotonic() + seconds
        delivery.due = due = clock.now() + timedelta(seconds=seconds)
        lane.tell(delivery)
        while not lane.is_closed:
            lane.woken.clear()
            is_frozen = clock.frozen is not None
            left = min(until - monotonic(), (due - clock.now()).total_seconds())
            is_over = clock.now() >= due or (lane.hurried >= delivery.number if is_frozen else left <= 0)
            if is_over:
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(None if is_frozen else left):
                    await lane.woken.wait()
        delivery.due = None


def _new_loop() -> asyncio.AbstractEventLoop:
    """The faster loop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _read(answer: Any) -> None:
    """Read an answer to its end, so that the connection can be used again; close it where there is no end."""
    size = 0
    try:
        async for chunk in answer.stream:
            size += len(chunk)
            if size > _MOST_READ:
                break
    finally:
        await answer.aclose()


def _retry_after(headers: Any) -> float:
    """The seconds of Retry-After: a number, or a date counted from the Date of the same answer; 0 without."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_PAUSE)
    try:
        then = parsedate_to_datetime(text)
        since = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return min(max((then - since).total_seconds(), 0.0), _LONGEST_PAUSE)
    except (TypeError, ValueError):
        return 0.0


@cache
def courier() -> Courier:
    """The one of this process."""
    return Courier()
