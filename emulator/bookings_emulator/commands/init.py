"""`bookings-emulator init`: a first test, a fixture of your own and a CI file, written into a project."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from bookings_emulator.commands.choice import Choice
from bookings_emulator.commands.starters import STARTERS


@click.command
@click.argument("kind", type=Choice([*STARTERS]))
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default=".",
    metavar="DIR",
    help="The root of your project.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def init(kind: str, folder: Path, force: bool) -> None:
    """Write a set-up, a first test, a fixture with its schema, and a CI file into a project.

    \b
    bookings-emulator init pytest
    bookings-emulator init vitest --folder web
    """
    files = {folder / name: text for name, text in STARTERS[kind].items()}
    files[folder / "tests" / "fixture.schema.json"] = _schema_text()
    there = [str(file) for file in files if file.exists()]
    if there and not force:
        raise click.ClickException(f"already there: {', '.join(there)}; nothing was written; --force overwrites")
    for file, text in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {file}: {error.strerror}") from error
        click.echo(file)


def _schema_text() -> str:
    from bookings_emulator.contract.api import api
    from bookings_emulator.documents.json_schema import fixture_schema

    return orjson.dumps(fixture_schema(api("v1.0").contract), option=orjson.OPT_INDENT_2).decode() + "\n"
