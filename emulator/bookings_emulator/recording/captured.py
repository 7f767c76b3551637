"""Ids that were captured, found again in other texts, however many there are."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple
from urllib.parse import quote

_KEY = 8  # characters of a spelling by which it is looked up; of a shorter one, all
_TAIL = re.compile(r"(?:@|%40|=|%3D)")  # what ids of one kind have in common begins here at the latest


class CapturedId(NamedTuple):
    """An id that was captured: the variable it is, and how URLs spell it."""

    id: str
    name: str
    spellings: list[str]
    place: int


class Captured:
    """Finds which of many ids a text holds, at a cost of the length of the text and not of the number of ids."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[CapturedId]] = defaultdict(list)
        self._lengths: set[int] = set()
        self._count = 0

    def add(self, id_: str, name: str) -> None:
        """Keep an id and its variable."""
        each = CapturedId(id_, name, spellings_of(id_), self._count)
        self._count += 1
        for key in {_key_of(spelled) for spelled in each.spellings}:
            self._by_key[key].append(each)
            self._lengths.add(len(key))

    def find_in(self, text: str) -> list[CapturedId]:
        """The ids that stand in a text in one of their spellings, the longest first."""
        found: dict[int, CapturedId] = {}
        for length in self._lengths:
            pieces = {text[start : start + length] for start in range(len(text) - length + 1)}
            for key in pieces & self._by_key.keys():
                for each in self._by_key[key]:
                    if each.place not in found and any(spelled in text for spelled in each.spellings):
                        found[each.place] = each
        return sorted(found.values(), key=lambda each: (-len(each.id), each.place))


def spellings_of(id_: str) -> list[str]:
    """An id as it is, and as URLs spell it."""
    return list(dict.fromkeys((id_, quote(id_, safe="@"), quote(id_, safe=""))))


def _key_of(spelled: str) -> str:
    """A part of a spelling that hardly another id has: what stands before the part that all of a kind share."""
    tail = _TAIL.search(spelled, 1)
    end = max(tail.start() if tail else len(spelled), _KEY)
    return spelled[max(end - _KEY, 0) : end]
