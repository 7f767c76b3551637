"""Tries one mutant in a copy of the program: does a test fail with it that passes without it?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.mutants.change import Change, apply
from tests.mutants.choose import LIST
from tests.mutants.reach import Reach, in_rounds

ROOT = Path(__file__).parents[2]
LIMIT = 300  # seconds after which a run is taken for an endless loop, which is noticed
_STARTS_PROCESSES = re.compile(r"^import subprocess|^from tests\.test_cli import", re.MULTILINE)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+)$", re.MULTILINE)


class Mutant(NamedTuple):
    """One change of one module."""

    module: Path
    change: Change

    @property
    def place(self) -> str:
        return f"{self.module}:{self.change.line}"


def notice(mutant: Mutant, copy: Path, reach: Reach | None) -> str | None:
    """The test that fails with a mutant in place, or what else tells of it; None where nobody notices."""
    near = nearest(mutant.module)
    for tests in _rounds(mutant, copy, reach, near) if reach else [near]:
        found = _notice_with(tests, mutant, copy)
        if found:
            return found
    return None


def _rounds(mutant: Mutant, copy: Path, reach: Reach, near: list[str]) -> Iterator[list[str]]:
    """The tests that reach a place; then whole files, for what was reached in other processes or by shared fixtures."""
    yield from in_rounds(reach.tests_of(mutant.module, mutant.change.line, copy), near)
    yield reach.tests_written_since(copy)
    yield near
    for file in sorted((copy / "tests").glob("test_*.py")):
        named, text = str(file.relative_to(copy)), file.read_text(encoding="utf-8")
        if named not in near and f'"{mutant.module.stem}"' in text and _STARTS_PROCESSES.search(text):
            yield [named]


def nearest(module: Path) -> list[str]:
    """The test files that import the module, those that import it alone first; at most eight."""
    dotted = ".".join(module.with_suffix("").parts[1:])
    found = []
    for file in sorted((ROOT / "tests").glob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if f"{dotted} import" in text or module.stem in file.stem:
            found.append((text.count("bookings_emulator."), file.relative_to(ROOT)))
    return [str(file) for _, file in sorted(found)[:8]]


def _notice_with(tests: list[str], mutant: Mutant, copy: Path) -> str | None:
    """The first test of a list that fails with a mutant, and passes without it."""
    left = tests
    while left:
        with _in_place(mutant, copy):
            failed = _first_failure(left, copy)
        if failed is None:
            return None
        suspects = [each for each in left if failed.startswith(each) or each.startswith(failed)] or left
        if _first_failure(suspects, copy) is None:
            return failed
        print(f"left out, because it fails without {mutant.place} as well: {failed}", flush=True)
        left = [each for each in left if each not in suspects]
    return None


@contextmanager
def _in_place(mutant: Mutant, copy: Path) -> Iterator[None]:
    file = copy / mutant.module
    source = file.read_text(encoding="utf-8")
    _rewrite(file, apply(source, mutant.change))
    try:
        yield
    finally:
        _rewrite(file, source)


def _rewrite(file: Path, text: str) -> None:
    """Write a module a second later than before, or Python takes what it compiled of a text of the same size."""
    written = file.stat().st_mtime
    file.write_text(text, encoding="utf-8")
    os.utime(file, (written + 1, written + 1))


def _first_failure(tests: list[str], copy: Path) -> str | None:
    """The first that fails of some tests (node ids) or files of tests, or how the run ended."""
    chosen = copy / ".chosen.json"
    chosen.write_text(json.dumps(tests), encoding="utf-8")
    files = sorted({each.partition("::")[0] for each in tests})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutants.choose",
        *files,
    ]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment(copy) | {LIST: str(chosen)}, capture_output=True, timeout=LIMIT,
            check=False, text=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "no end"
    if done.returncode in (0, 5):  # 5: no such test is there any more
        return None
    found = _FAILED.search(done.stdout)
    return found[1].partition(" - ")[0] if found else f"pytest ended with {done.returncode}"


def environment(copy: Path) -> dict[str, str]:
    """The variables with which the tests of a copy run the program of that copy."""
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**compiled, "PYTHONPATH": f"{copy / 'emulator'}{os.pathsep}{copy}"}
