"""The deliveries of a tenant: what waits, what became of the rest, and when all of it is settled.

Whatever is sent here happens beside the call that caused it, and neither holds it up nor fails it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING

from bookings_emulator.exchange import Effect, Hit
from bookings_emulator.json_values import put_values
from bookings_emulator.settings import Settings

if TYPE_CHECKING:
    from bookings_emulator.contract.connector import DeliveryRules
    from bookings_emulator.events.courier import ClockReader, Lane
    from bookings_emulator.events.delivery import Delivery
    from bookings_emulator.events.notifications import Notification

KEPT = 10_000  # settled ones


class _Queue:
    """What waits for one subscription while its lane runs, and the delivery that is under way."""

    __slots__ = ("current", "lane", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Delivery] = deque()
        self.current: Delivery | None = None
        self.lane: Lane


class _Watch:
    """Somebody who waits until a number of deliveries are settled, all up to a number."""

    __slots__ = ("future", "last", "left")

    def __init__(self, last: int, left: int) -> None:
        self.last, self.left = last, left
        self.future: Future[None] = Future()
        self.future.set_running_or_notify_cancel()  # who stops waiting must not break it for the courier


class Deliveries:
    """Sends notifications in order per subscription; at most `rules.capacity` wait, the newest KEPT stay known.

    `discarded` counts those for which there was no room, `dropped` those settled ones that are no longer remembered.
    """

    def __init__(self, settings: Callable[[], Settings], clock: ClockReader) -> None:
        self._settings = settings  # as they are for the tenant, which may call further hosts
        self._clock = clock
        self._lock = Lock()  # the courier is another thread
        self._number = 0
        self._queues: dict[str, _Queue] = {}
        self._aside: dict[str, list[Delivery]] = {}  # those that the next one of their subscription overtakes
        self._held: set[str] = set()  # subscriptions whose newest notification stands aside
        self._watches: list[_Watch] = []
        self._waiting: dict[int, Delivery] = {}
        self._settled: deque[Delivery] = deque(maxlen=KEPT)
        self.discarded = 0
        self.dropped = 0
        self.follower: Callable[[Delivery], None] | None = None  # told of every delivery as it is at that moment

    @cached_property
    def rules(self) -> DeliveryRules:
        """How they are sent: read with the first one."""
        from bookings_emulator.contract.connector import load_connector

        return load_connector().delivery

    def send(
        self,
        notification: Notification,
        at: datetime,
        *,
        repeats: int | None = None,
        exchange: int | None = None,
        hit: Hit | None = None,
    ) -> Delivery:
        """Bring a notification to its callback URL, now or after those before it; says at once what is known of it.

        `hit` is the fault that met it.
        """
        effect = hit.effect if hit else Effect()
        if effect.kind == "replace":
            body = put_values(notification.body, effect.replace) or notification.body
            notification = notification._replace(body=body)
        delivery = self._send(notification, at, repeats, exchange, hit)
        if effect.kind == "twice":
            self._send(notification, at, delivery.number, exchange, hit)
        return delivery

    def _send(
        self, notification: Notification, at: datetime, repeats: int | None, exchange: int | None, hit: Hit | None
    ) -> Delivery:
        from bookings_emulator.events.callbacks import host_of, target_of  # few tenants send any
        from bookings_emulator.events.delivery import Delivery

        url = notification.subscription.url
        target = target_of(url, self._settings())
        effect = hit.effect if hit else Effect()
        with self._lock:
            self._number += 1
            delivery = Delivery(
                self._number,
                notification,
                at,
                target,
                repeats=repeats,
                exchange=exchange,
                faults=(hit.fault,) if hit else (),
                due=at + effect.late if effect.late else None,
                late=effect.late,
                is_overtaken=effect.kind == "overtaken",
            )
            if target is None:
                delivery.status = "withheld"
                options = "neither --deliver-to (deliver_to of the tenant) nor --callback-map names it"
                delivery.reason = f"'{host_of(url)}' is not loopback, and {options}"
                self._keep(delivery)
            elif len(self._waiting) >= self.rules.capacity:
                delivery.status, delivery.reason = "discarded", f"{self.rules.capacity} notifications waited already"
                self.discarded += 1
                self._keep(delivery)
            else:
                self._waiting[delivery.number] = delivery
                self._tell(delivery)
                self._line_up(delivery)
        return delivery

    def _line_up(self, delivery: Delivery) -> None:
        """Put a delivery behind those that wait for its subscription; who is to be overtaken stands aside."""
        subscription = delivery.notification.subscription.id
        if delivery.is_overtaken:
            self._aside.setdefault(subscription, []).append(delivery)
            self._held.add(subscription)
        else:
            self._held.discard(subscription)
            self._queue(subscription).waiting.append(delivery)

    def is_overtaking(self, subscription: str) -> bool:
        """Whether the next notification of a subscription overtakes the one before it, which stands aside."""
        with self._lock:
            return subscription in self._held

    @property
    def waiting(self) -> int:
        """How many are not settled yet."""
        return len(self._waiting)

    def all(self) -> list[Delivery]:
        """Those settled and those waiting, by number."""
        with self._lock:
            return sorted((*self._settled, *self._waiting.values()), key=lambda each: each.number)

    def settled(self) -> Future[None]:
        """Done when all deliveries of the moment are settled; while the clock is frozen they wait for no backoff."""
        with self._lock:
            watch = _Watch(self._number, len(self._waiting))
            if not watch.left:
                watch.future.set_result(None)
                return watch.future
            self._watches.append(watch)
            for subscription in [each for each in self._aside if each not in self._queues]:
                self._bring_back(subscription)  # nothing is under way that could overtake them
            queues = list(self._queues.values())
            for each in queues:
                each.lane.hurried = self._number
        self._wake(queues)
        return watch.future

    def wake(self) -> None:
        """The clock was moved: retries may have fallen due."""
        with self._lock:
            queues = list(self._queues.values())
        self._wake(queues)

    def close(self) -> None:
        """Give up all that waits."""
        with self._lock:
            queues, watches = list(self._queues.values()), self._watches
            self._queues, self._watches, self._waiting, self._aside, self._held = {}, [], {}, {}, set()
            for each in queues:
                each.lane.is_closed = True
                each.waiting.clear()
        self._wake(queues)
        for watch in watches:
            watch.future.set_result(None)

    def save(self) -> tuple[int, list[Delivery], int, int]:
        """What `restore` needs: all that is settled; what waits is on its way and cannot be brought back."""
        with self._lock:
            return self._number, list(self._settled), self.discarded, self.dropped

    def restore(self, saved: tuple[int, list[Delivery], int, int]) -> None:
        """Remember what was settled when `save` was called, and give up all that waits."""
        self.close()
        with self._lock:
            self._number, settled, self.discarded, self.dropped = saved
            self._settled = deque(settled, maxlen=KEPT)

    def _queue(self, subscription: str) -> _Queue:
        """The queue of a subscription; its lane runs until it is empty."""
        queue = self._queues.get(subscription)
        if queue is None:
            from bookings_emulator.events.courier import Lane, courier

            queue = self._queues[subscription] = _Queue()
            queue.lane = Lane(self._clock, self.rules, partial(self._take, subscription, queue), self._tell)
            courier().run(queue.lane)
        return queue

    def _take(self, subscription: str, queue: _Queue) -> Delivery | None:
        """Called by the courier: the one before is settled, the next one is wanted."""
        done = []
        with self._lock:
            if queue.lane.is_closed:
                return None
            if queue.current is not None:
                del self._waiting[queue.current.number]
                self._keep(queue.current)
                done = self._count(queue.current.number)
                self._bring_back(subscription, queue.current.number)
            if not queue.waiting and self._is_awaited(subscription):
                self._bring_back(subscription)  # nothing is left that could overtake them
            queue.current = queue.waiting.popleft() if queue.waiting else None
            if queue.current is None:
                del self._queues[subscription]
        for watch in done:
            watch.future.set_result(None)
        return queue.current

    def _is_awaited(self, subscription: str) -> bool:
        """Whether somebody waits until one that stands aside is settled."""
        aside = self._aside.get(subscription, ())
        return any(each.number <= watch.last for each in aside[:1] for watch in self._watches)

    def _bring_back(self, subscription: str, settled: int | None = None) -> None:
        """Let those that stood aside be the next ones; after one that is settled, those that it has overtaken."""
        aside = self._aside.pop(subscription, ())
        if settled is None:
            self._held.discard(subscription)
        overtaken = [each for each in aside if settled is None or each.number < settled]
        left = [each for each in aside if each not in overtaken]
        if left:
            self._aside[subscription] = left
        if overtaken:
            self._queue(subscription).waiting.extendleft(reversed(overtaken))

    def _tell(self, delivery: Delivery) -> None:
        if self.follower:
            self.follower(replace(delivery))

    def _keep(self, delivery: Delivery) -> None:
        """Remember one that is settled."""
        self._tell(delivery)
        self.dropped += len(self._settled) == KEPT
        self._settled.append(delivery)

    def _count(self, number: int) -> list[_Watch]:
        """The watches that a settled delivery ends."""
        for watch in self._watches:
            watch.left -= number <= watch.last
        done = [each for each in self._watches if not each.left]
        if done:
            self._watches = [each for each in self._watches if each.left]
        return done

    def _wake(self, queues: list[_Queue]) -> None:
        if queues:
            from bookings_emulator.events.courier import courier

            for each in queues:
                courier().wake(each.lane)
