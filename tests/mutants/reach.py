"""Which tests reach a place of the program, as a run of all of them under coverage has told."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import coverage

FEW, MANY = 40, 400  # tests that are tried at first, and at most


class Reach(NamedTuple):
    """The data of coverage: lines of files, and the tests that reached them."""

    data: coverage.CoverageData
    root: Path

    def tests_of(self, module: Path, line: int) -> list[str]:
        """The node ids of the tests that reach a line."""
        found = self.data.contexts_by_lineno(str(self.root / module)).get(line, [])
        return sorted({each.rpartition("|")[0] for each in found if "|" in each})


def read_reach(file: Path, root: Path) -> Reach:
    """What a run under coverage has written; `root` is where it ran."""
    data = coverage.CoverageData(str(file))
    data.read()
    return Reach(data, root)


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
