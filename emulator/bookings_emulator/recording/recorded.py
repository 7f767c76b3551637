"""One recorded call as values: where the recorder, the journal and the files made from them meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bookings_emulator.json_values import UnreadableJson, read_json

ABSENT: Any = object()
HOME = "http://localhost:0"  # what recorded calls have in the place of the address that the client used


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call and its answer. `path` has its query and is percent-encoded; header names are in lower case.

    `caller` is the bearer token until it is known whose it is, then the name of a persona; empty without one, None for
    whoever may do everything. `is_whole` is False where only the beginning of the answer is kept.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes
    caller: str | None = None
    is_whole: bool = True
    events: list[str] = field(default_factory=list)

    @property
    def sent(self) -> Any:
        """The JSON that was sent; ABSENT where it is none."""
        return read_body(self.body)

    @property
    def answered(self) -> Any:
        """The JSON that was answered; ABSENT where it is none."""
        return read_body(self.answer) if self.is_whole else ABSENT


def read_body(body: bytes) -> Any:
    """A body as JSON, ABSENT where it is none."""
    try:
        return read_json(body) if body else ABSENT
    except UnreadableJson:
        return ABSENT
