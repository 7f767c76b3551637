"""Which tests reach a place of the program, as a run of all of them under coverage has told."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from coverage import CoverageData

DATA = ".coverage"  # what a run under coverage has written
FEW, MANY = 16, 200  # tests that are tried at first, and then at once


class Reach(NamedTuple):
    """The copy of the program and its tests in which they ran under coverage."""

    copy: Path

    def tests_of(self, module: Path, line: int, copy: Path) -> list[str]:
        """The node ids of the tests that reached a line of a module, wherever the line was when they ran.

        Of a line that runs when the module is imported, those that reached any other line of it.
        """
        ran, now = self.copy / module, (copy / module).read_text(encoding="utf-8")
        with closing(CoverageData(str(self.copy / DATA))) as data:
            data.read()
            reached = data.contexts_by_lineno(str(ran))
        then = _line_in(ran.read_text(encoding="utf-8"), line, now) if ran.exists() else None
        found = _tests_in(reached.get(then, []) if then else [])
        return found or _tests_in([each for contexts in reached.values() for each in contexts])

    def tests_written_since(self, copy: Path) -> list[str]:
        """The functions of tests in another copy that are new or differ from those that ran."""
        found = []
        for file in sorted((copy / "tests").glob("test_*.py")):
            named, ran = file.relative_to(copy), self.copy / file.relative_to(copy)
            before = _functions_in(ran) if ran.exists() else {}
            found += [f"{named}::{name}" for name, text in _functions_in(file).items() if before.get(name) != text]
        return found


def _functions_in(file: Path) -> dict[str, str]:
    """The functions of tests in a file, each with its decorators and body."""
    return {
        node.name: ast.dump(node)
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def _tests_in(contexts: Iterable[str]) -> list[str]:
    return sorted({each.rpartition("|")[0] for each in contexts if "|" in each})


def _line_in(before: str, line: int, now: str) -> int | None:
    """The number that a line of a text has in an earlier text; None if it was not there."""
    same = SequenceMatcher(None, before.splitlines(), now.splitlines(), autojunk=False)
    for was, comes, size in same.get_matching_blocks():
        if comes < line <= comes + size:
            return was + line - comes
    return None


def in_rounds(tests: list[str], near: list[str]) -> Iterator[list[str]]:
    """The tests to try first, one case of each function, those of the nearest files in front; then all others."""
    places = {file: place for place, file in enumerate(near)}
    functions: dict[str, list[str]] = defaultdict(list)
    for each in tests:
        functions[each.partition("[")[0]].append(each)
    order = sorted(functions, key=lambda each: (places.get(each.partition("::")[0], len(places)), each))
    first = [functions[each][len(functions[each]) // 2] for each in order]
    others = set(tests).difference(first)
    later = first[FEW:] + [each for name in order for each in functions[name] if each in others]
    if first:
        yield first[:FEW]
    for start in range(0, len(later), MANY):
        yield later[start : start + MANY]
