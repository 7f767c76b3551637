"""A plugin of pytest: runs the tests of a list alone, in its order."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

LIST = "BOOKINGS_MUTANTS_TESTS"  # the file of the list


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not on the list, and put the rest in its order."""
    wanted = {name: place for place, name in enumerate(json.loads(Path(os.environ[LIST]).read_text("utf-8")))}
    others = [each for each in items if each.nodeid not in wanted]
    config.hook.pytest_deselected(items=others)
    items[:] = sorted((each for each in items if each.nodeid in wanted), key=lambda each: wanted[each.nodeid])
