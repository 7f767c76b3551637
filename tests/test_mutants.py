"""The sample of mutants: the same for the same seed, every one a program that differs from the real one."""

from __future__ import annotations

import ast

from tests.mutants.__main__ import ROOT, nearest, sample
from tests.mutants.change import apply, changes

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
    assert "test_masks.py" in {each.name for each in nearest(mutant.module)}
