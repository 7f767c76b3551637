"""`bookings-emulator version`."""

from __future__ import annotations

import platform
import sys

import click

from bookings_emulator import __version__


@click.command
def version() -> None:
    """Print the versions of the emulator and of Python, and the platform."""
    click.echo(f"bookings-emulator {__version__}, Python {platform.python_version()} on {sys.platform}")
