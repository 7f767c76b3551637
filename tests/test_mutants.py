"""The sample of mutants: the same for the same seed, every one a program that differs from the real one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from coverage import CoverageData

from tests.mutants.__main__ import sample
from tests.mutants.change import apply, changes
from tests.mutants.reach import DATA, Reach, in_rounds
from tests.mutants.trial import ROOT, Mutant, nearest, notice

SOURCE = '''
def pick(rows: list[int], limit: int = 3) -> int | None:
    """What is picked, 5 at most."""
    found = [each for each in rows if each > 1]
    if not found or len(found) == limit:
        return None
    rows.clear()
    return max(found) + 1 if True else 0
'''


def test_every_operator_is_changed_and_no_text_is() -> None:
    kinds = [each.kind for each in changes(SOURCE)]
    assert {
        "filter dropped", "comparison", "negated if", "and/or", "operand dropped", "not dropped", "number", "boolean",
        "statement removed", "return None", "min/max/any/all", "arithmetic", "branches swapped",
    } <= set(kinds)  # fmt: skip
    for each in changes(SOURCE):
        assert '"""What is picked, 5 at most."""' in apply(SOURCE, each)
        assert ast.dump(ast.parse(apply(SOURCE, each))) != ast.dump(ast.parse(SOURCE))


def test_a_sample_is_the_same_for_the_same_seed_and_can_be_compiled() -> None:
    mutants = sample(60, 1, "")
    assert mutants == sample(60, 1, "")
    assert mutants != sample(60, 2, "")
    for each in mutants:
        compile(apply((ROOT / each.module).read_text(encoding="utf-8"), each.change), each.place, "exec")


def test_the_tests_nearest_to_a_module_are_those_that_import_it() -> None:
    (mutant, *_) = sample(1, 1, "masking")
    assert "tests/test_masks.py" in nearest(mutant.module)


def test_every_test_that_reaches_a_place_is_tried_once_and_one_case_of_each_function_first() -> None:
    tests = [f"tests/test_{file}.py::test_it[{case}]" for file in "abc" for case in range(300)]
    first, *others = in_rounds(tests, ["tests/test_b.py"])
    assert [each.partition("::")[0] for each in first] == ["tests/test_b.py", "tests/test_a.py", "tests/test_c.py"]
    assert sorted(first + [each for some in others for each in some]) == sorted(tests)
    assert list(in_rounds([], [])) == []


def write_data(folder: Path, reached: dict[str, tuple[Path, int]]) -> None:
    """The data of a run under coverage, by context."""
    data = CoverageData(str(folder / DATA))
    for context, (file, line) in reached.items():
        data.set_context(context)
        data.add_lines({str(file): [line]})
    data.write()


MODULE, TESTS = Path("emulator") / "picked.py", Path("tests") / "test_picked.py"
CHOSEN = "def pick(number: int) -> int:\n    return max(number, 3)\n"
TESTED = """
from picked import pick

def test_it_is_picked() -> None:
    assert pick(5) {}
"""


@pytest.mark.parametrize(
    ("expected", "by"),
    [
        ("== 5", "tests/test_picked.py::test_it_is_picked"),  # what fails with the mutant alone has noticed it
        ("> 2", None),
        ("== 4", None),  # what fails without it as well has not
    ],
)
def test_a_mutant_is_noticed_by_what_passes_without_it(tmp_path: Path, expected: str, by: str | None) -> None:
    ran, now = tmp_path / "ran", tmp_path / "now"
    write_project(ran, "")
    write_project(now, TESTED.format(expected))
    write_data(ran, {"": (ran / MODULE, 1)})
    (change,) = (each for each in changes(CHOSEN) if each.kind == "min/max/any/all")
    assert notice(Mutant(MODULE, change), now, Reach(ran)) == by
    assert (now / MODULE).read_text(encoding="utf-8") == CHOSEN


def write_project(folder: Path, tests: str) -> None:
    """A program of one module, and its tests."""
    files = {MODULE: CHOSEN, TESTS: tests, Path("pytest.ini"): "[pytest]\n"}
    for name in ("__init__.py", "mutants/__init__.py", "mutants/choose.py"):
        files[Path("tests") / name] = (ROOT / "tests" / name).read_text(encoding="utf-8")
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")


def test_a_line_is_found_where_it_was_when_the_tests_ran(tmp_path: Path) -> None:
    (tmp_path / "now").mkdir()
    ran, now = tmp_path / "pick.py", tmp_path / "now" / "pick.py"
    ran.write_text("a = 1\nb = 2\nc = 3\n", encoding="utf-8")
    now.write_text("a = 1\nnew = 0\nb = 2\nc = 3\n", encoding="utf-8")
    write_data(tmp_path, {"tests/t.py::test_b[a|b]|run": (ran, 2), "tests/t.py::test_c|run": (ran, 3), "": (ran, 1)})
    found = [Reach(tmp_path).tests_of(Path("pick.py"), line, tmp_path / "now") for line in range(1, 5)]
    of_b, of_c = "tests/t.py::test_b[a|b]", "tests/t.py::test_c"
    assert found == [[of_b, of_c], [of_b, of_c], [of_b], [of_c]]  # the first two run with the import, or are new
