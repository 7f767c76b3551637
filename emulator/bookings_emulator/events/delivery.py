"""One delivery: a notification, what became of it, and every attempt to bring it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bookings_emulator.events.notifications import Notification

STATUSES = ("waiting", "delivered", "failed", "withheld", "discarded")


class Attempt(NamedTuple):
    """One try: `at` by the tenant's clock, the status that was answered or the error, `duration` in milliseconds."""

    at: datetime
    status: int | None
    error: str | None
    duration: float


@dataclass(slots=True, eq=False)
class Delivery:
    """A notification on its way.

    `status` is waiting, delivered, failed (the attempts are used up, or the answer forbids another), withheld (it must
    not leave the machine) or discarded (too many waited); `reason` says why. `due` is when it is tried again, `url`
    where it goes after `--callback-map`, `repeats` the number of the delivery that was asked for again, `exchange` that
    of the exchange that caused it. `faults` are those that met it, `late` is how long it waits before it is brought,
    `is_overtaken` that the next one of its subscription goes first.
    """

    number: int
    notification: Notification
    at: datetime
    url: str | None
    status: str = "waiting"
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    due: datetime | None = None
    repeats: int | None = None
    exchange: int | None = None
    faults: tuple[str, ...] = ()
    late: timedelta = timedelta()
    is_overtaken: bool = False
