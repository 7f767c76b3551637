"""Faults of a tenant: made from a preset or from words, looked at, dropped."""

from __future__ import annotations

from typing import Any, cast

from bookings_emulator.client.answers import FaultRow, OperationRow, PresetRow, ProblemRow
from bookings_emulator.client.control_http import Line, path_of
from bookings_emulator.client.rows import Rows
from bookings_emulator.client.words import EFFECT, MATCH, SCHEDULE, check_words


class Faults(Rows[FaultRow]):
    """The faults of a tenant in the order in which they are tried, and what you can create faults from."""

    def __init__(self, line: Line) -> None:
        super().__init__(line, "/faults")
        self.presets: Rows[PresetRow] = Rows(line, "/faults/presets")  # documented failures
        self.problems: Rows[ProblemRow] = Rows(line, "/faults/problems")  # refusals that a fault can return
        self.operations: Rows[OperationRow] = Rows(line, "/faults/operations")  # what a fault can match

    def drop(self, id_: str) -> None:
        """Delete one fault by its id."""
        self._line.delete(path_of("faults", id_))

    def clear(self) -> None:
        """Delete all faults."""
        self._line.delete("/faults")


class Fault:
    """A created fault; a preset can be several, which are counted together."""

    def __init__(self, line: Line, preset: str | None, words: dict[str, Any]) -> None:
        self._line = line
        given = {name.removesuffix("_"): value for name, value in words.items()}
        check_words("fault", given, (*MATCH, *EFFECT, *SCHEDULE))
        parts: dict[str, dict[str, Any]] = {"match": {}, "effect": {}, "schedule": {}}
        for name, value in given.items():
            part = "match" if name in MATCH else "schedule" if name in SCHEDULE else "effect"
            parts[part][name] = value
        wanted = {name: part for name, part in parts.items() if part}
        path = "/faults" if preset is None else path_of("faults", "presets", preset)
        made = line.post(path, wanted)
        self.ids: list[str] = [str(each["id"]) for each in (made["value"] if preset else [made])]  # of the faults

    @property
    def rows(self) -> list[FaultRow]:
        """Its current rows, with counters."""
        return [cast(FaultRow, self._line.get(path_of("faults", each))) for each in self.ids]

    @property
    def matched(self) -> int:
        """How many requests it matched."""
        return sum(each["matched"] for each in self.rows)

    @property
    def fired(self) -> int:
        """For how many requests it fired."""
        return sum(each["fired"] for each in self.rows)

    def drop(self) -> None:
        """Delete the fault."""
        for each in self.ids:
            self._line.delete(path_of("faults", each))
