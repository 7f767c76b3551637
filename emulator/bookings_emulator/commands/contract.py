"""`bookings-emulator contract diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group
def contract() -> None:
    """The emulator's contract: its description of the API."""


@contract.command
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--version", default="v1.0", show_default=True, help="Version of Graph that the file describes: v1.0, beta."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(file: Path, version: str, as_json: bool) -> None:
    """Compare a $metadata document with the contract, and list the differences.

    \b
    curl -so graph.xml https://graph.microsoft.com/v1.0/$metadata
    bookings-emulator contract diff graph.xml
    bookings-emulator contract diff beta.xml --version beta --json

    Exit code 0: no differences; 1: differences.
    """
    from bookings_emulator.contract.load import OVERLAYS, load
    from bookings_emulator.documents.csdl_diff import CsdlError, differences

    if version not in OVERLAYS:
        raise click.UsageError(f"--version must be one of {', '.join(OVERLAYS)}; got '{version}'")
    try:
        found = differences(load(version), file.read_bytes())
    except CsdlError as error:
        raise click.ClickException(f"{file}: {error}") from error
    if as_json:
        import json

        rows = [
            {"change": each.change, "place": each.place, "ours": each.ours, "theirs": each.theirs} for each in found
        ]
        click.echo(json.dumps({"version": version, "differences": rows}, indent=2))
    else:
        for each in found:
            click.echo(str(each))
        click.echo(f"{len(found)} differences between the contract of {version} and {file.name}", err=True)
    sys.exit(1 if found else 0)
