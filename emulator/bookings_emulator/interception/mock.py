"""`mock()`: an emulator in this process that stands for Microsoft's hosts, for a block, a function or a test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, ExitStack, contextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from bookings_emulator.client.client import Client
from bookings_emulator.embedded import InProcess
from bookings_emulator.interception.hosts import Interception

if TYPE_CHECKING:
    from bookings_emulator.client.word_types import Given

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Mock(ContextDecorator):
    """While it is entered, calls of httpx, requests and aiohttp to Microsoft's hosts end in an emulator.

    `with mock() as bookings:` gives the client of a new emulator, as `Emulator` does; used as a decorator, also of
    asynchronous functions, each call of the function has an emulator of its own. All other hosts are called as ever,
    or refused if `strict` is true (this machine is always let through). Arguments are those of `Emulator`.
    """

    def __init__(self, *fixtures: Given, strict: bool = False, **words: Any) -> None:
        self._fixtures = fixtures
        self._is_strict = strict
        self._words = words
        self._entered: list[ExitStack] = []

    def __enter__(self) -> Client:
        stack = ExitStack()
        bookings = stack.enter_context(InProcess(*self._fixtures, **self._words))
        stack.enter_context(intercept(bookings, strict=self._is_strict))
        self._entered.append(stack)
        return bookings

    def __exit__(self, *error: object) -> None:
        self._entered.pop().close()

    def __call__(self, func: _Function) -> _Function:
        """Decorate a function, which may be asynchronous."""
        if not iscoroutinefunction(func):
            return super().__call__(func)

        @wraps(func)
        async def call(*words: Any, **options: Any) -> Any:
            with self:
                return await func(*words, **options)

        return call  # type: ignore[return-value]


def mock(*fixtures: Given, strict: bool = False, **words: Any) -> Mock:
    """Let calls to Microsoft's hosts end in an emulator in this process: see `Mock`. Raises FixtureError."""
    return Mock(*fixtures, strict=strict, **words)


@contextmanager
def intercept(bookings: Client, *, strict: bool = False) -> Iterator[None]:
    """Let calls to Microsoft's hosts end in the tenant of a client whose emulator runs in this process."""
    interception = Interception(bookings.app, urlsplit(bookings.url).path, strict)
    with ExitStack() as stack:
        for patch in _patches():
            stack.callback(patch(interception))
        yield


def _patches() -> Iterator[Callable[[Interception], Callable[[], None]]]:
    """The patches of the libraries that there are; of one that nobody has imported too, since a test may do so yet."""
    from bookings_emulator.interception.of_httpx import patch_httpx

    yield patch_httpx
    if _is_there("requests"):
        from bookings_emulator.interception.of_requests import patch_requests

        yield patch_requests
    if _is_there("aiohttp") and _is_there("h11"):
        from bookings_emulator.interception.of_aiohttp import patch_aiohttp

        yield patch_aiohttp


def _is_there(library: str) -> bool:
    from importlib.util import find_spec

    return library in sys.modules or find_spec(library) is not None
