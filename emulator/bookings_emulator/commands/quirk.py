"""`bookings-emulator quirk`: show the quirks of a tenant and switch them."""

from __future__ import annotations

from typing import Any

import click

from bookings_emulator.commands.fault import read_value
from bookings_emulator.commands.printing import print_rows
from bookings_emulator.commands.remote import Remote, drives_emulator

_WORDS = {"on": True, "off": False}


@click.command
@click.argument("switches", nargs=-1, metavar="[ID=VALUE…]")
@drives_emulator
def quirk(remote: Remote, switches: tuple[str, ...]) -> None:
    """Show the quirks of a running emulator, the switches for single behaviours of the service; ID=VALUE sets one.

    VALUE is on, off, or one of the values of the quirk.

    \b
    bookings-emulator quirk
    bookings-emulator quirk list-forbidden=on
    """
    rows = []
    for switch in switches:
        name: Any  # the emulator refuses what is no quirk
        name, equals, value = switch.partition("=")
        if not equals:
            raise click.UsageError(f"expected ID=VALUE, such as {name}=on; got '{switch}'")
        rows.append(remote.bookings.quirk(name, _WORDS.get(value, read_value(value))))
    shown = rows if switches else list(remote.bookings.quirks)
    print_rows(shown, ("id", "value", "title"), is_json=remote.is_json, empty="no quirks")
