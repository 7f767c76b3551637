"""A local emulator of the Microsoft Graph Bookings API."""

__version__ = "0.1.0"

from emulator.app import create_app

__all__ = ["__version__", "create_app"]
