"""A local emulator of the Microsoft Graph Bookings API."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("graph-bookings-emulator")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0"

from emulator.app import create_app

__all__ = ["__version__", "create_app"]
