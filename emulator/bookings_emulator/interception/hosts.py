"""Which hosts the emulator stands for, and what a call to another one meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bookings_emulator.client.in_process import Answer, Call, call_app

_EXACT = frozenset(
    {
        "graph.microsoft.com",
        "login.microsoftonline.com",
        "login.microsoft.com",
        "login.windows.net",
        "sts.windows.net",
        "outlook.office.com",
        "outlook.office365.com",
        "bookings.office.net",
        "bookings.cloud.microsoft",
        "book.ms",
    }
)
_SUFFIXES = (".azure-apihub.net", ".azure-apim.net")  # connection runtime URLs of the API hub


class HostRefused(ConnectionError):
    """A call to a host that the emulator does not stand for, while only such hosts may be called."""


class Interception(NamedTuple):
    """Where intercepted calls end: an application, the prefix of a tenant, and whether other hosts are refused."""

    app: Callable[..., Any]
    prefix: str
    is_strict: bool

    def takes(self, host: str) -> bool:
        """Whether a call to a host ends here. Raises HostRefused if it must not be made at all."""
        name = host.lower().rstrip(".")
        if name in _EXACT or name.endswith(_SUFFIXES):
            return True
        if self.is_strict and name not in ("localhost", "127.0.0.1", "::1"):
            known = ", ".join([*sorted(_EXACT), *(f"*{suffix}" for suffix in _SUFFIXES)])
            raise HostRefused(f"mock(strict=True) blocked a call to {host}; the emulator stands in for {known}")
        return False

    async def answer(self, call: Call) -> Answer:
        """Answer one call. Raises ConnectionError if a fault ends the connection."""
        return await call_app(self.app, call, self.prefix)
