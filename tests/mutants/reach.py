"""Which tests reach a place of the program, as a run of all of them under coverage has told."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from coverage.numbits import num_in_numbits

FEW, MANY = 16, 200  # tests that are tried at first, and at most


_LINES = """
    SELECT context.context, line_bits.numbits FROM line_bits
    JOIN context ON context.id = line_bits.context_id JOIN file ON file.id = line_bits.file_id WHERE file.path = ?
"""


class Reach(NamedTuple):
    """What a run under coverage has written, and the folder it ran in."""

    data: Path
    root: Path

    def tests_of(self, module: Path, line: int) -> list[str]:
        """The node ids of the tests that reach a line."""
        with closing(sqlite3.connect(self.data)) as data:
            found = data.execute(_LINES, [str(self.root / module)]).fetchall()
        contexts = [context for context, lines in found if num_in_numbits(line, lines)]
        return sorted({each.rpartition("|")[0] for each in contexts if "|" in each})


def in_rounds(tests: list[str], near: list[Path]) -> list[list[str]]:
    """The tests to try first, one case of each function, those of the nearest files in front; then the others."""
    places = {str(file): place for place, file in enumerate(near)}
    functions: dict[str, list[str]] = defaultdict(list)
    for each in tests:
        functions[each.partition("[")[0]].append(each)
    order = sorted(functions, key=lambda each: (places.get(each.partition("::")[0], len(places)), each))
    first = [functions[each][len(functions[each]) // 2] for each in order]
    chosen = first[:FEW]
    later = [each for each in first[FEW:] if each not in chosen]
    later += [each for name in order for each in functions[name] if each not in first]
    return [each for each in (chosen, later[: MANY - len(chosen)]) if each]
