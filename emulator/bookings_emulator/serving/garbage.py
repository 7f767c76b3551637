"""Garbage collection in a process of our own: none while it starts, seldom while it serves; a user's is left alone."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

# What is made for a request dies by itself; what is left is the records, which stay. The first number is small, so that
# no call waits long while the new ones are looked at, and the second large, so that they are seldom looked at again.
_SELDOM = (2_000, 50, 100)


@contextmanager
def no_collection() -> Iterator[None]:
    """Within this nothing is collected, since nearly all that is made stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def seldom_collection() -> Iterator[Callable[[], Awaitable[None]]]:
    """Within this nothing is collected until the work that it gives is done, and then seldom: of what there is by then,
    nothing. Afterwards everything is as before."""
    before = gc.get_threshold()

    async def begin() -> None:
        gc.freeze()
        gc.set_threshold(*_SELDOM)
        gc.enable()

    with no_collection():
        try:
            yield begin
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()
