"""Injected failures: which call is hurt, how and how often; rules as data and counting, no HTTP."""

from __future__ import annotations

from emulator.exchange import Exchange


class Faults:
    """The faults of one tenant."""

    def save(self) -> None:
        """What `restore` needs."""

    def restore(self, saved: None) -> None:
        """Stand as they stood when `save` was called."""

    def meet(self, exchange: Exchange) -> None:
        """Let every fault that matches an exchange meet it. Raises Problem where one refuses the call."""
        exchange.is_met = True
