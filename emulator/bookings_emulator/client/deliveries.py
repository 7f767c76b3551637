"""The notifications of a tenant's connector: look at them, wait until all are settled, send one again."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows


class Subscription(TypedDict):
    """A webhook of the connector; `target` is None where its notifications do not leave the machine."""

    id: str
    business: str
    changes: list[str]
    url: str
    target: str | None
    owner: str


class Delivery(TypedDict):
    """A notification and every attempt to bring it; `status` is waiting, delivered, failed, withheld or discarded."""

    id: str
    subscription: str
    business: str
    event: str
    appointment: str
    callback: str
    target: str | None
    at: str
    status: str
    reason: str | None
    attempts: list[dict[str, Any]]
    body: Any


class Deliveries(Rows[Delivery]):
    """The deliveries of a tenant, oldest first; filters are those of `GET /_emulator/deliveries`."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/deliveries")

    def settle(self, *, timeout: float = 30.0) -> None:
        """Wait until all deliveries of the moment are settled; retries of a frozen clock are made at once.

        Raises TimeoutError.
        """
        done = self._line.post("/deliveries/settle", {"timeout": timeout}, wait=timeout)
        if not done["settled"]:
            raise TimeoutError(str(done["message"]))

    def redeliver(self, id_: str) -> Delivery:
        """Send a notification once more; the new delivery."""
        return cast(Delivery, self._line.post(path_of("deliveries", id_, "redeliver")))
