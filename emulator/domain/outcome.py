"""The values that go in and out of every rule: what is asked, what can be seen, what shall change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Record = Mapping[str, Any]

BUSINESSES = "bookingBusinesses"
CURRENCIES = "bookingCurrencies"


class State(Protocol):
    """What a rule may look at. Records handed out are read-only. Business ids compare without regard to case."""

    def business(self, business_id: str) -> Record | None: ...

    def business_ids(self) -> Iterable[str]: ...

    def record(self, set_name: str, business_id: str, record_id: str) -> Record | None: ...

    def records(self, set_name: str, business_id: str) -> Iterable[Record]: ...

    def appointments_between(self, business_id: str, start: datetime, end: datetime) -> Iterable[Record]: ...


class Ids(Protocol):
    """Where new identifiers come from; the tenant supplies them, so that a seed makes them repeatable."""

    def guid(self) -> str: ...

    def item(self, mailbox: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. An undeclared token is an administrator that may do everything."""

    name: str = "administrator"


@dataclass(frozen=True, slots=True)
class Ask:
    """One validated call: `body` holds what was said (stored names), `silent` what a create writes otherwise."""

    keys: tuple[str, ...]
    body: dict[str, Any]
    silent: dict[str, Any]
    now: datetime
    ids: Ids
    caller: Caller
    domain: str  # the tenant's mail domain

    @property
    def business_id(self) -> str:
        return self.keys[0]


@dataclass(frozen=True, slots=True)
class Put:
    """Keep a record, new or changed. `business_id` is empty for sets that stand at the root."""

    set_name: str
    business_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a record; dropping a business drops what it contains."""

    set_name: str
    business_id: str
    record_id: str


Change = Put | Drop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule decided: the record (or rows) to answer with, and the changes to apply."""

    result: Any = None
    changes: list[Change] = field(default_factory=list)
