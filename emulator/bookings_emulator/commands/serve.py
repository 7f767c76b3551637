"""`bookings-emulator serve`: the emulator as a server."""

from __future__ import annotations

from typing import Any

import click

from bookings_emulator.commands.serving import emulator_options, open_emulator, start_lines, urls, watched
from bookings_emulator.serving import run


@click.command
@emulator_options()
@click.option("--watch", is_flag=True, help="Reloads fixture files when they change.")
def serve(**given: Any) -> None:
    """Serve until interrupted.

    \b
    bookings-emulator serve
    bookings-emulator serve --fixture empty --fixture ./ours.json --seed 1 --now 2026-01-05T08:00:00Z
    bookings-emulator serve --port 0 --quirk five-customers=off --quirk Q9=value --watch
    """
    app, listeners = open_emulator(given)
    for line in start_lines(app, urls(app, listeners)):
        click.echo(line)
    run(app, listeners, [watched(app, given["fixtures"])] if given["watch"] else [])
