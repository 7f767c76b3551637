"""The stubs of a tenant: answers for what a program calls of Graph beside Bookings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from bookings_emulator.client.answers import StubRow
from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows


class StubWords(TypedDict, total=False):
    """What a stub answers (`status`, 200 if not given, `headers`, `body`), and for which calls."""

    name: str
    status: int
    headers: Mapping[str, str]
    body: Any
    query: Mapping[str, str]
    match: Any
    permissions: Sequence[str]
    times: int


class Stubs(Rows[StubRow]):
    """The stubs of a tenant, oldest first."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/stubs")

    def replace(self, stubs: Iterable[Mapping[str, Any]]) -> None:
        """Replace all stubs with these, each as for `stub`: `{"request": "GET /me/messages", "body": {…}}`."""
        self._line.put("/stubs", [dict(stub) for stub in stubs])

    def drop(self, name: str) -> None:
        """Delete one by its name. Raises ControlError if there is none."""
        self._line.delete(path_of("stubs", name))

    def clear(self) -> None:
        """Delete all stubs."""
        self._line.delete("/stubs")


class Stub:
    """A created stub."""

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self.name: str = name  # as the journal names it: stub.NAME

    @property
    def hits(self) -> int:
        """How often it responded."""
        rows = self._line.get("/stubs")["value"]
        return sum(int(row["hits"]) for row in rows if row["name"] == self.name)

    def drop(self) -> None:
        """Delete the stub."""
        self._line.delete(path_of("stubs", self.name))
