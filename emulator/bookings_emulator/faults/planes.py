"""What faults can be aimed at: the operations of every emulated plane by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.load import OVERLAYS, load
from bookings_emulator.contract.model import Operation
from bookings_emulator.contract.page import load_page
from bookings_emulator.stubs.ready_made import load_ready_made

DELIVERY = "delivery"  # the plane of what is no call: the notifications that the emulator itself brings
STUBS = "stub.*"  # the operations of the stubs that a tenant has
_PARAMETER = re.compile(r"\{\w+\}")


class FaultTarget(NamedTuple):
    """One operation: its method (None: several), whether its path names a business, and whether it answers no body.

    `paths` are globs that every path of it fits; a glob of a fault that meets none of them never matches.
    """

    plane: str
    name: str
    method: str | None
    has_business: bool
    is_silent: bool = False
    paths: tuple[str, ...] = ("*",)


def _graph() -> Iterator[FaultTarget]:
    yield FaultTarget("graph", "$batch", "POST", has_business=False)
    yield FaultTarget("graph", "$metadata", "GET", has_business=False)
    for version in OVERLAYS:
        contract = load(version)
        for each in contract.operations.values():
            has_business = None in each.segments and "bookingCurrencies" not in each.segments
            is_silent = each.status == 204 and each.kind != "update"
            roots = [f"/{version}/{root}".rstrip("/") for root in contract.roots]
            paths = tuple(path for root in roots for path in _paths(root, each))
            yield FaultTarget("graph", each.name, each.method, has_business, is_silent, paths)
    yield from _rest_of_graph()


def _paths(root: str, operation: Operation) -> Iterator[str]:
    """The forms of a path: keys as segments or in parentheses, with a slash at the end, with a type or an action named.

    Such names are qualified: `…/staffMembers/microsoft.graph.bookingStaffMember`, `…/microsoft.graph.cancel`.
    """
    path = before = root
    for segment in operation.segments:
        before, path = path, f"{path}*" if segment is None else f"{path}/{segment}"
    yield from (path, f"{path}/", f"{path}/microsoft.graph.{operation.type}")
    yield f"{before}/microsoft.graph.{operation.segments[-1]}"


def _rest_of_graph() -> Iterator[FaultTarget]:
    """What is answered beside Bookings; the names of stubs are those of each tenant."""
    for row in load_ready_made():
        segments = ["*" if "{" in segment else segment for segment in row.stub.segments]
        paths = tuple(f"/{version}/{'/'.join(segments)}" for version in OVERLAYS)
        yield FaultTarget("graph", row.name, row.stub.method, has_business=False, paths=paths)
    yield FaultTarget("graph", STUBS, None, has_business=False)


def _connector() -> Iterator[FaultTarget]:
    for each in load_connector().operations.values():
        yield FaultTarget("connector", each.name, each.method, has_business="{SMTPAddress}" in each.path)


def _identity() -> Iterator[FaultTarget]:
    for name in ("configuration", "keys", "instance", "authorize", "deviceauth", "logout", "adminconsent"):
        yield FaultTarget("identity", f"identity.{name}", "GET", has_business=False)
    for name in ("token", "devicecode"):
        yield FaultTarget("identity", f"identity.{name}", "POST", has_business=False)


def _list_page_targets() -> Iterator[FaultTarget]:
    yield FaultTarget("page", "page.show", "GET", has_business=True, paths=("/book/*", "/owa/calendar/*"))
    contract = load_page()
    for each in contract.operations.values():
        path = _PARAMETER.sub("*", contract.base + each.path)
        yield FaultTarget("page", each.name, each.method, True, each.returns is None, (path, f"{path}/"))


def _list_delivery_targets() -> Iterator[FaultTarget]:
    for change in load_connector().changes:
        yield FaultTarget(DELIVERY, f"{DELIVERY}.{change.lower()}", None, has_business=True)


OPERATIONS: dict[str, Callable[[], Iterator[FaultTarget]]] = {
    "graph": _graph,
    "connector": _connector,
    "identity": _identity,
    "page": _list_page_targets,
    DELIVERY: _list_delivery_targets,
}


def targets_like(operation: str) -> list[FaultTarget]:
    """The operations that a name or a glob can mean."""
    return [target for target in targets() if can_meet(operation, target.name)]


@cache
def targets() -> tuple[FaultTarget, ...]:
    """All operations of all planes."""
    return tuple(dict.fromkeys(each for make in OPERATIONS.values() for each in make()))


def can_meet(one: str, other: str) -> bool:
    """Whether some text fits both of two globs, in which `*` stands for anything."""
    places = {(0, 0)}
    seen = set(places)
    while places:
        left, right = places.pop()
        if left == len(one) and right == len(other):
            return True
        steps = []
        if one[left : left + 1] == "*":
            steps += [(left + 1, right), (left, right + 1)]
        if other[right : right + 1] == "*":
            steps += [(left, right + 1), (left + 1, right)]
        if one[left : left + 1].lower() == other[right : right + 1].lower():
            steps.append((left + 1, right + 1))
        new = {each for each in steps if each[0] <= len(one) and each[1] <= len(other)} - seen
        seen |= new
        places |= new
    return False
