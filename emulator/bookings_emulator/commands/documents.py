"""`bookings-emulator reference`."""

from __future__ import annotations

import click


@click.command
def reference() -> None:
    """Print the reference of everything in the contract, as Markdown."""
    from bookings_emulator.contract.api import api
    from bookings_emulator.contract.load import OVERLAYS, load_problems
    from bookings_emulator.documents.reference import reference as made

    click.echo(made([api(version).contract for version in OVERLAYS], load_problems()), nl=False)
