"""`bookings-emulator certificate`."""

from __future__ import annotations

import click

from bookings_emulator.commands.token import find
from bookings_emulator.store.personas import credential_of


@click.command
@click.option("--persona", required=True, metavar="NAME", help="The application.")
@click.option("--fixture", "fixtures", multiple=True, metavar="NAME|FILE", help="Its fixture; default: default.")
def certificate(persona: str, fixtures: tuple[str, ...]) -> None:
    """Print private key and certificate of an application as PEM, for clients that sign in with a certificate.

    They are derived from its name, so every emulator knows them and they are not secret. An application whose fixture
    defines certificates has only those.

    \b
    bookings-emulator certificate --persona application > application.pem
    """
    try:
        click.echo(credential_of(find(fixtures, persona)[1]), nl=False)
    except LookupError as error:
        raise click.UsageError(f"--persona: {error}") from error
