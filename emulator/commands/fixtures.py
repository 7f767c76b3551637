"""`bookings-emulator fixtures`."""

from __future__ import annotations

import click

from emulator.store.seed import FixtureError, load_fixture, shipped


@click.command
@click.argument("files", nargs=-1)
def fixtures(files: tuple[str, ...]) -> None:
    """List the fixtures that come with the emulator, or check FILES against the schema of fixtures."""
    try:
        for name in files or shipped():
            click.echo(f"{name:12}  {load_fixture(name).title}")
    except FixtureError as error:
        raise click.ClickException(str(error)) from error
