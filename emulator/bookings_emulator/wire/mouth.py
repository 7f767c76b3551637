"""What one plane is to the server: how it understands requests, words refusals, and heads its responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.problem import Problem

Work = Callable[[], Response]


class Mouth(Protocol):
    """How one plane understands requests and words answers and refusals; it knows nothing of faults and journals."""

    name: str

    def understand(self, exchange: Exchange) -> Work:
        """Fill the exchange with what is asked for, and return the work that carries it out. Raises Problem.

        The work raises Problem as well, and then nothing has changed.
        """
        ...

    def refuse(self, exchange: Exchange, problem: Problem) -> Response:
        """A refusal in the envelope of the plane, its plain reason in `x-emulator-reason`."""
        ...

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of every response of the plane."""
        ...
