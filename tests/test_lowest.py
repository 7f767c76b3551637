"""That `make test-lowest` really tests the lowest versions."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.lowest import find_raised

INSTALLED = version("pytest")


@pytest.mark.parametrize("bound", [f"pytest>={INSTALLED}", f"pytest>={INSTALLED.split('.')[0]}"])
def test_a_package_at_its_bound_is_the_lowest(bound: str) -> None:
    assert [*find_raised([bound])] == []


@pytest.mark.parametrize("requirement", ["pytest>=1.0", "pytest>=3.1.4", "pytest", "pytest<999"])
def test_a_package_above_its_bound_is_told(requirement: str) -> None:
    (told,) = find_raised([requirement])
    assert f"is tested with {INSTALLED}" in told


def test_a_package_for_another_system_is_not_looked_at() -> None:
    assert [*find_raised(["no-such-package>=1; sys_platform == 'none'"])] == []
