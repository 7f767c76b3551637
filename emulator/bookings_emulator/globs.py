"""Patterns in which `*` stands for any text and `?` for one character; matching never tries a place twice."""

from __future__ import annotations

from typing import NamedTuple

from bookings_emulator.caches import keep_answers

LONGEST = 1_000  # characters of a pattern
MOST_MARKS = 20  # stars and question marks in one


class GlobError(ValueError):
    """A pattern that is too long, or has too many stars and question marks."""


class Piece(NamedTuple):
    """What stands between two stars: texts in lower case, with one character of any kind between each and the next."""

    texts: tuple[str, ...]
    length: int

    def is_at(self, text: str, start: int) -> bool:
        """Whether this piece stands at a place."""
        if start < 0 or start + self.length > len(text):
            return False
        for each in self.texts:
            if not text.startswith(each, start):
                return False
            start += len(each) + 1
        return True

    def find(self, text: str, start: int, end: int) -> int:
        """The first place from `start` on where this piece stands and ends by `end`, else -1."""
        before = next((place for place, each in enumerate(self.texts) if each), None)
        if before is None:
            return start if start + self.length <= end else -1
        while (found := text.find(self.texts[before], start + before, end)) >= 0:
            start = found - before
            if start + self.length > end:
                return -1
            if self.is_at(text, start):
                return start
            start += 1
        return -1


class Glob(NamedTuple):
    """A pattern, read: the pieces between its stars."""

    pieces: tuple[Piece, ...]

    def fits(self, text: str) -> bool:
        """Whether the whole of a text is as the pattern says, without regard to case."""
        text = text.lower()
        first, last = self.pieces[0], self.pieces[-1]
        end = len(text) - last.length
        if len(self.pieces) == 1:
            return end == 0 and first.is_at(text, 0)
        place = first.length
        if place > end or not first.is_at(text, 0) or not last.is_at(text, end):
            return False
        for each in self.pieces[1:-1]:
            found = each.find(text, place, end)
            if found < 0:
                return False
            place = found + each.length
        return True


@keep_answers(512)
def read_glob(pattern: str) -> Glob:
    """A pattern. Raises GlobError."""
    marks = pattern.count("*") + pattern.count("?")
    if len(pattern) > LONGEST or marks > MOST_MARKS:
        raise GlobError(
            f"a pattern may have at most {LONGEST:,} characters and {MOST_MARKS} wildcards; "
            f"got {len(pattern):,} characters with {marks} wildcards"
        )
    texts = (each.split("?") for each in pattern.lower().split("*"))
    return Glob(tuple(Piece(tuple(each), sum(map(len, each)) + len(each) - 1) for each in texts))


def is_like(pattern: str, text: str | None) -> bool:
    """Whether a text is as a pattern says; None is like nothing. Raises GlobError."""
    return text is not None and read_glob(pattern).fits(text)
