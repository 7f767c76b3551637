"""Changes single places of the program, by a fixed seed, and prints the changes that no test notices that reaches them.

`make mutants` takes 150 of them; `make mutants ARGS="--count 30 --near"` fewer, and without the run of all tests under
coverage that tells which of them reach a place: it tries the nearest files instead, so that some survive which others
would notice. Ours and not a library's: mutmut and cosmic-ray run the whole suite, or all tests that reach a place, for
every mutant; here one case of each function comes first, which notices nine of ten within seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from tests.mutants.change import Change, apply, changes
from tests.mutants.choose import LIST
from tests.mutants.reach import Reach, in_rounds

ROOT = Path(__file__).parents[2]
PACKAGE = Path("emulator") / "bookings_emulator"
SEED = 20261127
LIMIT = 900  # seconds after which a run is taken for an endless loop, which is noticed
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "dist", "build", "node_modules")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class Mutant(NamedTuple):
    """One change of one module."""

    module: Path
    change: Change

    @property
    def place(self) -> str:
        return f"{self.module}:{self.change.line}"


def sample(count: int, seed: int, folder: str) -> list[Mutant]:
    """So many mutants, spread over modules by their number of places; the same for the same seed and program.

    Each place has its lot from its own text, so that a change of the program draws others there alone.
    """
    drawn = []
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        module = file.relative_to(ROOT)
        if folder in str(module):
            drawn += [
                (lot, Mutant(module, each)) for lot, each in _draw(module, file.read_text(encoding="utf-8"), seed)
            ]
    return [mutant for _, mutant in sorted(drawn, key=lambda each: each[0])[:count]]


def _draw(module: Path, source: str, seed: int) -> Iterator[tuple[bytes, Change]]:
    lines, seen = source.splitlines(), Counter[str]()
    for each in changes(source):
        key = f"{seed}|{module.as_posix()}|{lines[each.line - 1].strip()}|{each.kind}|{each.text}"
        seen[key] += 1
        yield blake2b(f"{key}|{seen[key]}".encode(), digest_size=8).digest(), each


def notice(mutant: Mutant, copy: Path, reach: Reach | None) -> str | None:
    """The test that fails with a mutant in place, or what else tells of it; None where nobody notices."""
    file, source = copy / mutant.module, (ROOT / mutant.module).read_text(encoding="utf-8")
    near = nearest(mutant.module)
    tests = reach.tests_of(mutant.module, mutant.change.line) if reach else []
    file.write_text(apply(source, mutant.change), encoding="utf-8")
    try:
        for each in in_rounds(tests, near):
            failed = _failure(copy, each)
            if failed:
                return failed
        return _failure(copy, None, near) if near and not tests else None
    finally:
        file.write_text(source, encoding="utf-8")


def nearest(module: Path) -> list[Path]:
    """The test files that import the module, those that import it alone first; at most eight."""
    dotted = ".".join(module.with_suffix("").parts[1:])
    found = []
    for file in sorted((ROOT / "tests").glob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        if f"{dotted} import" in text or module.stem in file.stem:
            found.append((text.count("bookings_emulator."), file.relative_to(ROOT)))
    return [file for _, file in sorted(found)[:8]]


def _failure(copy: Path, tests: list[str] | None, files: list[Path] | None = None) -> str | None:
    """The first test that fails, of a list or of files."""
    chosen = copy / ".chosen.json"
    chosen.write_text(json.dumps(tests or []), encoding="utf-8")
    choice = ["-p", "tests.mutants.choose"] if tests else []
    named = sorted({each.partition("::")[0] for each in tests}) if tests else [str(each) for each in files or []]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *choice, *named]
    try:
        done = subprocess.run(
            command, cwd=copy, env=_environment(copy) | {LIST: str(chosen)}, capture_output=True, timeout=LIMIT,
            check=False, text=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "no end"
    if done.returncode in (0, 5):  # 5: no such test is there any more
        return None
    found = _FAILED.search(done.stdout)
    return found[1] if found else f"pytest ended with {done.returncode}"


def _environment(copy: Path) -> dict[str, str]:
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**compiled, "PYTHONPATH": f"{copy / 'emulator'}{os.pathsep}{copy}"}


def _make_copy(folder: Path) -> Path:
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
    return folder


def cover(copy: Path) -> None:
    """Run all tests once, and write down which of them reach what. They must pass, without any mutant."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--cov=bookings_emulator",
        "--cov-context=test", "--cov-report=", "tests",
    ]  # fmt: skip
    if subprocess.run(command, cwd=copy, env=_environment(copy), check=False).returncode:
        sys.exit("the tests fail without any mutant; mend them first")


def main() -> None:
    """Try the sample, and print what survived and the share that was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones")
    parser.add_argument("--folder", default="", help="only in paths that hold this word")
    parser.add_argument("--near", action="store_true", help="run the nearest files, and no coverage before")
    parser.add_argument("--jobs", type=int, default=2, help="how many are tried at once")
    parser.add_argument("--reach", type=Path, help="a .coverage file of a run before, in the folder where it ran")
    given = parser.parse_args()
    mutants = sample(given.count, given.seed, given.folder)
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        made = [_make_copy(Path(folder) / f"copy{number}") for number in range(given.jobs)]
        covered = given.reach
        if not (covered or given.near):
            cover(made[0])
            covered = made[0] / ".coverage"
        reach = Reach(covered, covered.parent) if covered else None
        for each in made:
            copies.put(each)

        def attempt(mutant: Mutant) -> tuple[Mutant, str | None]:
            copy = copies.get()
            try:
                return mutant, notice(mutant, copy, reach)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(given.jobs) as pool:
            tried = list(_report(pool.map(attempt, mutants), len(mutants)))
    _sum_up(tried, given.seed)


def _report(tried: Iterator[tuple[Mutant, str | None]], count: int) -> Iterator[tuple[Mutant, str | None]]:
    """The same, each told when it comes."""
    for number, (mutant, by) in enumerate(tried, 1):
        verdict = f"noticed by {by}" if by else "SURVIVED"
        print(f"{number}/{count} {mutant.place} {mutant.change.kind}: {verdict}", flush=True)
        yield mutant, by


def _sum_up(tried: list[tuple[Mutant, str | None]], seed: int) -> None:
    survivors = [mutant for mutant, by in tried if by is None]
    made, lived = (Counter(each.module.parts[2] for each in some) for some in ([one for one, _ in tried], survivors))
    print("\n| folder | made | noticed |\n| --- | --- | --- |")
    for name, count in sorted(made.items()):
        print(f"| {name} | {count} | {count - lived[name]} |")
    share = (len(tried) - len(survivors)) / max(1, len(tried))
    print(f"\nseed {seed}: {len(tried) - len(survivors)} of {len(tried)} noticed, {share:.1%}")
    for each in survivors:
        print(f"  {each.place}: {each.change.kind} → {each.change.text}")


if __name__ == "__main__":
    main()
