"""A local emulator of the Microsoft Graph Bookings API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.app import create_app
    from emulator.client.client import Client
    from emulator.embedded import Emulator
    from emulator.settings import Settings

__version__ = "0.1.0"
__all__ = ["Client", "Emulator", "Settings", "__version__", "create_app"]

# each is imported when it is first asked for: importing the package, as every test run with the plugin does, is free
_HOMES = {
    "Client": "emulator.client.client",
    "Emulator": "emulator.embedded",
    "Settings": "emulator.settings",
    "create_app": "emulator.app",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
