"""What faults can be aimed at: the operations of every emulated plane by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from emulator.contract.connector import load_connector
from emulator.contract.load import OVERLAYS, load


@dataclass(frozen=True, slots=True)
class Target:
    """One operation: its method (None: several), whether its path names a business, and whether it answers no body."""

    plane: str
    name: str
    method: str | None
    has_business: bool
    is_silent: bool = False


def _graph() -> Iterator[Target]:
    yield Target("graph", "$batch", "POST", has_business=False)
    yield Target("graph", "$metadata", "GET", has_business=False)
    for version in OVERLAYS:
        for each in load(version).operations.values():
            has_business = None in each.segments and "bookingCurrencies" not in each.segments
            is_silent = each.status == 204 and each.kind != "update"
            yield Target("graph", each.name, each.method, has_business, is_silent)


def _connector() -> Iterator[Target]:
    for each in load_connector().operations.values():
        yield Target("connector", each.name, each.method, has_business="{SMTPAddress}" in each.path)


def _identity() -> Iterator[Target]:
    for name in ("configuration", "keys", "instance", "authorize", "deviceauth", "logout", "adminconsent"):
        yield Target("identity", f"identity.{name}", "GET", has_business=False)
    for name in ("token", "devicecode"):
        yield Target("identity", f"identity.{name}", "POST", has_business=False)


OPERATIONS: dict[str, Callable[[], Iterator[Target]]] = {
    "graph": _graph,
    "connector": _connector,
    "identity": _identity,
}


@cache
def targets() -> tuple[Target, ...]:
    """All operations of all planes."""
    return tuple(dict.fromkeys(each for make in OPERATIONS.values() for each in make()))
