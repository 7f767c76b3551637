"""The pytest plugin: a new tenant for every test that requests one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pytest loads this package at every start
    from typing import Unpack

    import pytest

    from bookings_emulator.client.word_types import MarkerWords


def bookings_marker(**words: Unpack[MarkerWords]) -> pytest.MarkDecorator:
    """The marker `bookings`, whose words type checkers and editors know: `@bookings_marker(scenario="slot-taken")`."""
    import pytest

    return pytest.mark.bookings(**words)
