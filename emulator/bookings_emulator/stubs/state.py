"""The stubs of one tenant: made, found, saved and put back to the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bookings_emulator.stubs.stub import Stub

_Saved = tuple[int, tuple["Stub", ...], dict[str, int]]


class Found(NamedTuple):
    """The stub that answers a request, and the values of its placeholders."""

    stub: Stub
    facts: dict[str, str]


class Stubs:
    """The stubs of a tenant; of several that fit, the newest answers that may yet. `hits` counts by name."""

    def __init__(self) -> None:
        self._stubs: tuple[Stub, ...] = ()
        self._made = 0
        self.hits: dict[str, int] = {}

    def __iter__(self) -> Iterator[Stub]:
        return iter(self._stubs)

    def __len__(self) -> int:
        return len(self._stubs)

    def add(self, given: Mapping[str, Any], where: str = "stub") -> Stub:
        """Make one of its JSON; one of the same name goes. Raises StubError."""
        from bookings_emulator.stubs.parse import read_stub  # few tenants have any

        stub = read_stub(given, self._made + 1, where)
        self._made += 1
        self._stubs = (*(kept for kept in self._stubs if kept.name != stub.name), stub)
        self.hits.pop(stub.name, None)
        return stub

    def replace(self, given: Iterable[Mapping[str, Any]], where: str = "stub") -> None:
        """Have these and no others. Raises StubError, and then nothing has changed."""
        made = Stubs()
        for index, stub in enumerate(given):
            made.add(stub, f"{where}[{index}]")
        self._stubs, self._made, self.hits = made._stubs, made._made, {}

    def drop(self, name: str) -> bool:
        """Forget one; False if there is none of that name."""
        left = tuple(stub for stub in self._stubs if stub.name != name)
        is_there = len(left) < len(self._stubs)
        self._stubs = left
        return is_there

    def find_methods(self, segments: tuple[str, ...]) -> set[str]:
        """The methods for which there are stubs at a path."""
        return {stub.method for stub in self._stubs if self._is_left(stub) and stub.match_path(segments) is not None}

    def find(self, segments: tuple[str, ...], method: str, query: str, body: Any) -> Found | None:
        """The newest stub for a request."""
        for stub in reversed(self._stubs):
            facts = stub.match_path(segments)
            if facts is not None and self._is_left(stub) and stub.takes(method, query, body):
                return Found(stub, facts)
        return None

    def _is_left(self, stub: Stub) -> bool:
        """Whether a stub has not yet answered as often as it may."""
        return stub.times is None or self.hits.get(stub.name, 0) < stub.times

    def count(self, name: str) -> None:
        """Remember that a stub answered."""
        self.hits[name] = self.hits.get(name, 0) + 1

    def save(self) -> _Saved:
        """What `restore` needs."""
        return self._made, self._stubs, dict(self.hits)

    def restore(self, saved: _Saved) -> None:
        """Have those that there were when `save` was called."""
        self._made, self._stubs, hits = saved
        self.hits = dict(hits)
