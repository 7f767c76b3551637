"""A plugin of pytest: runs the tests of a list alone, in its order, and lets them take only so much memory."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

LIST = "BOOKINGS_MUTANTS_TESTS"  # the file of the list: cases, functions or files
_MEMORY = 6 * 1024**3  # bytes, after which a change that takes ever more of them has failed


def pytest_configure() -> None:
    """Bound the memory, so that nothing else on the machine has to go."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not on the list, and put the rest in its order."""
    wanted = {name: place for place, name in enumerate(json.loads(Path(os.environ[LIST]).read_text("utf-8")))}
    places = {each: _place(each.nodeid, wanted) for each in items}
    config.hook.pytest_deselected(items=[each for each, place in places.items() if place is None])
    chosen = [(each, place) for each, place in places.items() if place is not None]
    items[:] = [each for each, _ in sorted(chosen, key=lambda pair: pair[1])]


def _place(case: str, wanted: dict[str, int]) -> int | None:
    """Where a case is on the list, by itself, by its function or by its file."""
    names = (case, case.partition("[")[0], case.partition("::")[0])
    return next((wanted[each] for each in names if each in wanted), None)
