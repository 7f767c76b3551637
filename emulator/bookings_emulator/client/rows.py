"""Rows of the emulator as lists that are fetched anew on each access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, Unpack, cast

from bookings_emulator.client.answers import Message, SymptomRow
from bookings_emulator.client.control_http import Line
from bookings_emulator.client.word_types import OutboxWords, SymptomWords

Row = TypeVar("Row")


class Rows(Generic[Row]):
    """Rows of the emulator, fetched anew at every look: call, iterate, index or count."""

    def __init__(self, line: Line, path: str) -> None:
        self._line = line
        self._path = path

    def __call__(self) -> list[Row]:
        """All rows."""
        return self._read({})

    def _read(self, filters: Mapping[str, Any]) -> list[Row]:
        """The rows that match filters, those of `GET /_emulator/…`."""
        return cast(list[Row], self._line.get(self._path, dict(filters))["value"])

    def __iter__(self) -> Iterator[Row]:
        return iter(self())

    def __len__(self) -> int:
        return len(self())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __getitem__(self, place: int) -> Row:
        return self()[place]

    def __repr__(self) -> str:
        return f"<{self._path[1:]} of {self._line.url}: {len(self)}>"


class Outbox(Rows[Message]):
    """The messages that would have been sent, and the pending reminders."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/outbox")

    def __call__(self, **filters: Unpack[OutboxWords]) -> list[Message]:
        """The messages that match: `bookings.outbox(kind="confirmation", to="adelev@contoso.com")`."""
        return self._read(filters)


class Symptoms(Rows[SymptomRow]):
    """Symptoms of problems, with causes and fixes."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/troubleshooting")

    def __call__(self, **filters: Unpack[SymptomWords]) -> list[SymptomRow]:
        """The symptoms of a refusal: `bookings.troubleshooting(problem="bk.unknown")`."""
        return self._read(filters)
