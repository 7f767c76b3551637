"""Closed lists of words on the command line: a word that is none of them is refused with the nearest one."""

from __future__ import annotations

from typing import Any

import click

from bookings_emulator.problem import did_you_mean


class Choice(click.Choice[str]):
    """One of some words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """What came, what is expected, and the nearest of it."""
        words = list(map(str, self.choices))
        return f"expected one of {', '.join(words)}; got '{value}'{did_you_mean(str(value), words)}"
