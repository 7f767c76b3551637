"""`bookings-emulator fixtures`: list, check and expand."""

from __future__ import annotations

import click

from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, load_fixture, shipped


@click.group(invoke_without_command=True)
@click.pass_context
def fixtures(context: click.Context) -> None:
    """List the fixtures that come with the emulator, check files, expand recipes.

    \b
    bookings-emulator fixtures
    bookings-emulator fixtures check ours.json theirs.toml
    bookings-emulator fixtures expand clinic > clinic.json
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@fixtures.command("list")
def list_() -> None:
    """List the fixtures that come with the emulator."""
    for name in shipped():
        click.echo(f"{name:12}  {_load(name).title}")


@fixtures.command("check")
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Plant FILES in an empty tenant each, held against the schema of fixtures; exit code 1 for the first misfit."""
    from bookings_emulator.tenant import Start, Tenant

    for name in files:
        fixture = _load(name)
        try:
            tenant = Tenant(Start((fixture,)))
        except FixtureError as error:
            raise click.ClickException(str(error)) from error
        counted = len(list(tenant.store.business_ids()))
        click.echo(f"{name}: fine; {counted} {'business' if counted == 1 else 'businesses'}")


@fixtures.command("expand")
@click.argument("name")
def expand(name: str) -> None:
    """Print the JSON that a fixture or recipe amounts to."""
    import orjson

    click.echo(orjson.dumps(_load(name).data, option=orjson.OPT_INDENT_2).decode())


def _load(name: str) -> Fixture:
    try:
        return load_fixture(name)
    except FixtureError as error:
        raise click.ClickException(str(error)) from error
