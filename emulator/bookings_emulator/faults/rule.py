"""A fault as values: what it matches, when it fires and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote

from bookings_emulator.exchange import Effect, Exchange
from bookings_emulator.globs import is_like

NONE: frozenset[str] = frozenset()


class FaultMatch(NamedTuple):
    """Which exchanges a fault is for; what is None or empty matches all. Globs know `*`, `?` and no case.

    `planes` are never empty. `business` and `persona` compare without regard to case, `header` is a name in lower case
    and a glob of its value.
    """

    planes: frozenset[str]
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    business: str | None = None
    persona: str | None = None
    header: tuple[str, str] | None = None

    def fits(self, exchange: Exchange) -> bool:
        """Whether an exchange is one of these."""
        request, caller = exchange.request, exchange.caller
        return (
            exchange.plane in self.planes
            and (self.operation is None or is_like(self.operation, exchange.operation or ""))
            and (self.method is None or self.method == request.method)
            and (self.path is None or is_like(self.path, unquote(request.path)))
            and (self.business is None or self.business.lower() == unquote(exchange.business or "").lower())
            and (self.persona is None or (caller is not None and self.persona.lower() == caller.name.lower()))
            and (self.header is None or is_like(self.header[1], request.headers.get(self.header[0])))
        )

    def fits_delivery(self, operation: str, business: str) -> bool:
        """Whether a notification is one of these."""
        return (
            "delivery" in self.planes
            and (self.operation is None or is_like(self.operation, operation))
            and (self.business is None or self.business.lower() == business.lower())
        )


class Limit(NamedTuple):
    """A rate limit: `requests` in a window of the tenant's clock, or that many at once where there is no window.

    Counted for each application and mailbox, or for each application alone where `is_wide`.
    """

    requests: int
    window: timedelta | None = None
    is_wide: bool = False

    def key(self, exchange: Exchange) -> tuple[str, str] | None:
        """Whose calls an exchange is counted with; None for one that is about no mailbox."""
        caller = exchange.caller
        application = (caller.client_id or caller.name).lower() if caller else ""
        if self.is_wide:
            return application, ""
        return (application, unquote(exchange.business).lower()) if exchange.business else None


class Schedule(NamedTuple):
    """When a fault fires among the exchanges it matches: all the conditions together.

    Not for the first `skip`; then for every k-th (`every`), with a `probability`, at most `first` times, and not after
    `until` on the tenant's clock; with a `limit` only for those beyond it.
    """

    first: int | None = None
    skip: int = 0
    every: int = 1
    probability: float | None = None
    until: datetime | None = None
    limit: Limit | None = None


class Rule(NamedTuple):
    """One fault: `given` is what it was made from, as JSON."""

    id: str
    title: str
    match: FaultMatch
    effect: Effect
    schedule: Schedule
    given: Mapping[str, Any]
