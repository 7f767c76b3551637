"""`bookings-emulator reference`."""

from __future__ import annotations

import click


@click.command
def reference() -> None:
    """Print the whole contract as a Markdown reference."""
    from bookings_emulator.contract.api import api
    from bookings_emulator.contract.load import OVERLAYS, load_problems
    from bookings_emulator.documents.reference import reference as made

    click.echo(made([api(version).contract for version in OVERLAYS], load_problems()), nl=False)
