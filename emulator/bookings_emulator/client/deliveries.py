"""The notifications of a tenant's connector: look at them, wait until all are settled, send one again."""

from __future__ import annotations

from typing import Unpack, cast

from bookings_emulator.client.answers import Delivery, Subscription
from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows
from bookings_emulator.client.word_types import DeliveryWords, SubscriptionWords


class Deliveries(Rows[Delivery]):
    """The deliveries of a tenant, oldest first."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/deliveries")

    def __call__(self, **filters: Unpack[DeliveryWords]) -> list[Delivery]:
        """The notifications that match: `bookings.deliveries(status="failed")`."""
        return self._read(filters)

    def settle(self, *, timeout: float = 30.0) -> None:
        """Wait until all current deliveries are settled; on a frozen clock retries run at once. Raises TimeoutError."""
        done = self._line.post("/deliveries/settle", {"timeout": timeout}, wait=timeout)
        if not done["settled"]:
            raise TimeoutError(str(done["message"]))

    def redeliver(self, id_: str) -> Delivery:
        """Send a notification again; returns the new delivery."""
        return cast(Delivery, self._line.post(path_of("deliveries", id_, "redeliver")))


class Subscriptions(Rows[Subscription]):
    """The webhooks of a tenant's connector."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/subscriptions")

    def __call__(self, **filters: Unpack[SubscriptionWords]) -> list[Subscription]:
        """The subscriptions that match: `bookings.subscriptions(business=…)`."""
        return self._read(filters)
