"""The journal of a tenant: read it, wait for an exchange, verify what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast

from bookings_emulator.client.answers import Exchange, Note, Permissions
from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows
from bookings_emulator.client.word_types import Criteria, CriteriaSince, JournalWords, VerifyWords
from bookings_emulator.client.words import CRITERIA, check_words

if TYPE_CHECKING:
    from bookings_emulator.client.literals import NoteKind

_COUNTS = ("exactly", "at_least", "at_most", "never")


class Journal(Rows[Exchange]):
    """The exchanges of a tenant, oldest first; criteria are those of `GET /_emulator/journal`."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/journal")

    def __call__(self, **match: Unpack[JournalWords]) -> list[Exchange]:
        """The exchanges that match: `bookings.journal(operation="create*", status="4xx")`."""
        return self._read(match)

    def wait(self, *, timeout: float = 10.0, since: int = 0, **match: Unpack[Criteria]) -> Exchange:
        """The first exchange that matches, as soon as it is over.

        An exchange that is already over matches too, because tests in Python mostly send first and wait afterwards;
        `GET /_emulator/journal/wait` matches only new ones. Only exchanges after the number `since` match:
        `since=bookings.journal[-1]["number"]` waits for the next one. Raises TimeoutError, which lists the near
        misses.
        """
        __tracebackhide__ = True
        check_words("journal.wait", match, ("timeout", *CRITERIA))
        query = {**match, "since": since, "timeout": timeout}
        found = self._line.get("/journal/wait", query, wait=timeout)
        if not found["ok"]:
            raise TimeoutError(_told(found))
        return cast(Exchange, found["entry"])

    def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        **match: Unpack[VerifyWords],
    ) -> int:
        """Check how many exchanges match, by default at least one, and return the number.

        Raises AssertionError, which lists the near misses, and says if the journal dropped exchanges that might have
        matched.
        """
        __tracebackhide__ = True
        check_words("journal.verify", match, (*_COUNTS, *CRITERIA))
        counts = {"never": never or None, "exactly": exactly, "atLeast": at_least, "atMost": at_most}
        wanted = {name: value for name, value in counts.items() if value is not None}
        found = self._line.post("/journal/verify", {"match": match, **wanted})
        if not found["ok"]:
            raise AssertionError(_told(found))
        return int(found["count"])

    def exchange(self, number: int) -> Exchange:
        """One exchange by its number, counted from 1. Raises ControlError if it is not in the journal."""
        return cast(Exchange, self._line.get(path_of("journal", str(number))))

    def notes(self, *, kind: NoteKind | None = None, persona: str | None = None) -> list[Note]:
        """What clients did that works here but may fail in production: `assert not bookings.journal.notes()`."""
        return cast(list[Note], self._line.get("/journal/notes", {"kind": kind, "persona": persona})["value"])

    def permissions(self, **match: Unpack[CriteriaSince]) -> Permissions:
        """The least permissions that the recorded requests need: `permissions()["application"]["least"]`."""
        return cast(Permissions, self._line.get("/journal/permissions", dict(match)))

    def har(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a HAR 1.2 document, secrets masked."""
        return dict(self._line.get("/journal.har", dict(match)))

    def scenario(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a scenario, as its file would be in JSON: the requests with their responses."""
        return dict(self._line.get("/journal/scenario", dict(match)))

    def clear(self) -> None:
        """Empty the journal; the numbers continue."""
        self._line.delete("/journal")


def _told(found: dict[str, Any]) -> str:
    """A verdict with its near misses, a line each."""
    lines = [str(found["message"])]
    for each in found.get("near", ()):
        entry = each["entry"]
        missed = f"{each['criterion']}: expected {each['wanted']}, got {each['came']}"
        lines.append(f"  near: {entry['method']} {entry['path']} → {entry['status']} ({missed})")
    return "\n".join(lines)
