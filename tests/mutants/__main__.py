"""Changes single places of the program, by a fixed seed, runs the tests against each, and prints those nobody noticed.

`make mutants` takes 150 of them; `make mutants ARGS="--count 30 --near"` fewer, and runs only the tests nearest to
each, so that some survive which the whole suite would notice. Every mutant is tried in a copy of the checkout, first
against the tests that name its module, then against all. Ours and not a library's: mutmut and cosmic-ray run the whole
suite, or what a coverage run told them, for every mutant; a sample with the nearest tests first takes minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.mutants.change import Change, apply, changes

ROOT = Path(__file__).parents[2]
PACKAGE = Path("emulator") / "bookings_emulator"
SEED = 20261127
LIMIT = 900  # seconds after which a run is taken for an endless loop, which is noticed
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "dist", "build", "node_modules")


class Mutant(NamedTuple):
    """One change of one module."""

    module: Path
    change: Change

    @property
    def place(self) -> str:
        return f"{self.module}:{self.change.line}"


def sample(count: int, seed: int, folder: str) -> list[Mutant]:
    """So many mutants, spread over modules by their number of places; the same for the same seed and program."""
    found = [
        Mutant(file.relative_to(ROOT), each)
        for file in sorted((ROOT / PACKAGE).rglob("*.py"))
        if folder in str(file.relative_to(ROOT))
        for each in changes(file.read_text(encoding="utf-8"))
    ]
    return Random(seed).sample(found, min(count, len(found)))


def is_noticed(mutant: Mutant, copy: Path, *, rest: list[str]) -> bool:
    """Whether any test fails with a mutant in place: the nearest first, then the rest."""
    file, source = copy / mutant.module, (ROOT / mutant.module).read_text(encoding="utf-8")
    file.write_text(apply(source, mutant.change), encoding="utf-8")
    try:
        near = [str(each) for each in nearest(mutant.module)]
        return (bool(near) and _fails(copy, near)) or (bool(rest) and _fails(copy, rest))
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


def _fails(copy: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "2", *tests]
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'emulator'}{os.pathsep}{copy}"}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> None:
    """Try the sample, and print what survived and the share that was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones")
    parser.add_argument("--folder", default="", help="only in paths that hold this word")
    parser.add_argument("--near", action="store_true", help="run only the tests nearest to each mutant")
    given = parser.parse_args()
    mutants = sample(given.count, given.seed, given.folder)
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        rest = [] if given.near else ["tests"]
        if rest and _fails(copy, rest):
            sys.exit("the tests fail without any mutant; mend them first")
        for number, mutant in enumerate(mutants, 1):
            noticed = is_noticed(mutant, copy, rest=rest)
            if not noticed:
                survivors.append(mutant)
            verdict = "noticed" if noticed else "SURVIVED"
            print(f"{number}/{len(mutants)} {verdict} {mutant.place} {mutant.change.kind}", flush=True)
    print(f"\nseed {given.seed}: {len(mutants) - len(survivors)} of {len(mutants)} noticed")
    for each in survivors:
        print(f"  {each.place}: {each.change.kind} → {each.change.text}")


if __name__ == "__main__":
    main()
