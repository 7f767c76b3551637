"""The refusal of a fixture; the loader, recipes and personas raise it."""

from __future__ import annotations


class FixtureError(Exception):
    """A fixture cannot be loaded; the message names file, place, what was expected and what it got."""
