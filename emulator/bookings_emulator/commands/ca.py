"""`bookings-emulator ca`."""

from __future__ import annotations

from pathlib import Path

import click

from bookings_emulator.certificates import CertificateError, kept_authority


@click.command
@click.option(
    "--ca-folder",
    default=".",
    show_default=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to keep it in.",
)
def ca(ca_folder: Path) -> None:
    """Create the certificate authority of https, unless it exists, and print the file that clients must trust.

    \b
    bookings-emulator ca --ca-folder certificates
    bookings-emulator serve --https --ca-folder certificates
    """
    try:
        click.echo(kept_authority(ca_folder)[1].resolve())
    except CertificateError as error:
        raise click.ClickException(str(error)) from error
