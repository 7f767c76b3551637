"""`bookings-emulator certificate`."""

from __future__ import annotations

import click

from bookings_emulator.commands.token import find
from bookings_emulator.store.personas import credential_of


@click.command
@click.option("--persona", required=True, metavar="NAME", help="The application.")
@click.option(
    "--fixture",
    "fixtures",
    multiple=True,
    metavar="NAME|FILE",
    help="The fixture that describes the persona; default if not given.",
)
def certificate(persona: str, fixtures: tuple[str, ...]) -> None:
    """Print private key and certificate of an application as PEM, for clients that sign in by a certificate.

    They follow from its name, so every emulator knows them and no secret is in them. An application whose fixture
    gives it certificates has those only.

    \b
    bookings-emulator certificate --persona application > application.pem
    """
    try:
        click.echo(credential_of(find(fixtures, persona)[1]), nl=False)
    except LookupError as error:
        raise click.ClickException(str(error)) from error
