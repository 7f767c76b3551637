"""A plugin of pytest: runs the tests of a list alone, or all cases of a function on it, in its order."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

LIST = "BOOKINGS_MUTANTS_TESTS"  # the file of the list


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not on the list, and put the rest in its order."""
    wanted = {name: place for place, name in enumerate(json.loads(Path(os.environ[LIST]).read_text("utf-8")))}
    places = {each: wanted.get(each.nodeid, wanted.get(each.nodeid.partition("[")[0])) for each in items}
    config.hook.pytest_deselected(items=[each for each in items if places[each] is None])
    items[:] = [each for each, _ in sorted(_chosen(places), key=lambda pair: pair[1])]


def _chosen(places: dict[pytest.Item, int | None]) -> list[tuple[pytest.Item, int]]:
    return [(each, place) for each, place in places.items() if place is not None]
