"""How the cost of hostile input grows: eight times the size may cost sixteen times the processor time, no more.

Time is that of this thread's processor, so that what else the machine does changes little, and no number of seconds is
ever asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

Input = TypeVar("Input")
TIMES_LARGER, TIMES_DEARER = 8, 16
_MEASURABLE = 0.002  # seconds, far above what a look at the clock costs
_LARGEST = 200_000


def cost(work: Callable[[Input], object], given: Input) -> float:
    """Seconds of the processor: the least of three times, the third of which is spared where the first took long."""
    least = float("inf")
    for _ in range(3):
        started = thread_time()
        work(given)
        least = min(least, thread_time() - started)
        if least > 0.2:
            break
    return least


def assert_linear(work: Callable[[Input], object], make: Callable[[int], Input], size: int = 500) -> None:
    """Measure a work on what `make` makes of a size, and on eight times of that."""
    while cost(work, make(size)) < _MEASURABLE and size < _LARGEST:
        size *= 2
    for _ in range(3):  # a neighbour on the same core may spoil one measurement, never all of them in the same way
        growth = cost(work, make(size * TIMES_LARGER)) / max(cost(work, make(size)), _MEASURABLE / 2)
        if growth <= TIMES_DEARER:
            return
    raise AssertionError(f"{TIMES_LARGER} times {size} costs {growth:.0f} times as much")
