"""Changes single places of the program, by a fixed seed, and prints the changes that no test notices.

`make mutants` takes 150 of them. All tests run once under coverage, which tells what reaches a changed place; of these,
one case of each function comes first, which notices nine of ten within seconds, then all others, then the nearest files
as a whole. Only a test that passes without the change has noticed it. Ours and not a library's: mutmut and cosmic-ray
begin with all tests that reach a place, which are thousands of many a place here.

`ARGS="--reach FOLDER"` keeps the run under coverage there, for the next time; `ARGS="--place FILE:LINE"` tries one
change of the sample again. `ARGS="--count 30 --near"` goes without coverage and tries the nearest files alone, so that
some survive which others would notice.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from hashlib import blake2b
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.change import Change, changes
from tests.mutants.reach import DATA, Reach
from tests.mutants.trial import ROOT, Mutant, environment, notice

PACKAGE = Path("emulator") / "bookings_emulator"
SEED = 20261127
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "dist", "build", "node_modules")


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


def _make_copy(folder: Path) -> Path:
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
    return folder


def measure_reach(folder: Path) -> Reach:
    """Which tests reach what: from the run under coverage that a folder holds, else from one that is made there."""
    copy = folder.resolve() / "copy"
    if not (copy / DATA).exists():
        shutil.rmtree(copy, ignore_errors=True)
        _cover(_make_copy(copy))
    return Reach(copy)


def _cover(copy: Path) -> None:
    """Run all tests once, and write down which of them reach what. They must pass, without any mutant."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--cov=bookings_emulator",
        "--cov-context=test", "--cov-report=", "tests",
    ]  # fmt: skip
    if subprocess.run(command, cwd=copy, env=environment(copy), check=False).returncode:
        (copy / DATA).unlink(missing_ok=True)
        sys.exit("the tests fail without any mutant; mend them first")


def main() -> None:
    """Try the sample, and print what survived and the share that was noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=150, help="how many mutants")
    parser.add_argument("--seed", type=int, default=SEED, help="which ones")
    parser.add_argument("--folder", default="", help="only in paths that hold this word")
    parser.add_argument("--place", action="append", help="of these only those at the end of whose place this stands")
    parser.add_argument("--near", action="store_true", help="run the nearest files, and no coverage before")
    parser.add_argument("--jobs", type=int, default=2, help="how many are tried at once")
    parser.add_argument("--reach", type=Path, help="where the run under coverage is kept, for the next time too")
    given = parser.parse_args()
    mutants = sample(given.count, given.seed, given.folder)
    if given.place:
        mutants = [each for each in mutants if each.place.endswith(tuple(given.place))]
    with tempfile.TemporaryDirectory() as folder:
        reach = None if given.near else measure_reach(given.reach or Path(folder) / "reach")
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(given.jobs):
            copies.put(_make_copy(Path(folder) / f"copy{number}"))

        def attempt(mutant: Mutant) -> tuple[Mutant, str | None]:
            copy = copies.get()
            try:
                return mutant, notice(mutant, copy, reach)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(given.jobs) as pool:
            coming = as_completed([pool.submit(attempt, each) for each in mutants])
            tried = list(_report((each.result() for each in coming), len(mutants)))
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
