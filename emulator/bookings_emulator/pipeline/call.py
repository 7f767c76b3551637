"""One call and its answer as values: what the planes hand to the pipeline and get back from it."""

from typing import Any, NamedTuple

from bookings_emulator.contract.api import Api
from bookings_emulator.contract.model import Operation
from bookings_emulator.contract.routes import Route
from bookings_emulator.contract.shape import View
from bookings_emulator.domain.outcome import BUSINESSES, CURRENCIES, Caller
from bookings_emulator.exchange import Remark
from bookings_emulator.odata.query import Query


class Call(NamedTuple):
    """One call to one operation, free of HTTP: `service_root` is where the caller sees the version (`http://…/v1.0`)."""

    api: Api
    route: Route
    operation: Operation
    caller: Caller
    query: Query
    body: Any
    view: View
    service_root: str
    remarks: list[Remark]  # of the exchange: what is found to have no effect is put here
    page_size: int | None = None

    @property
    def business_id(self) -> str:
        """The business a call is inside of; empty for the sets that stand at the root."""
        return "" if self.operation.set in (BUSINESSES, CURRENCIES) else self.route.keys[0]

    @property
    def key(self) -> str:
        """The last key of the path: the record that a call on one record is about."""
        return self.route.keys[-1]


class Answer(NamedTuple):
    """What a call answers. `context` is the part of @odata.context behind `#`; values are JSON already.

    `bypassed` is why an application would have been refused, where the caller does not say who it is.
    """

    status: int
    context: str | None = None
    value: bytes | None = None
    values: list[bytes] | None = None
    total: int | None = None
    next_skip: int | None = None
    location: str | None = None
    events: tuple[str, ...] = ()
    bypassed: str | None = None
