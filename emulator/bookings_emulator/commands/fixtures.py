"""`bookings-emulator fixtures`: list, check and expand."""

from __future__ import annotations

import click

from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, find_fixture, load_fixture, read_title, shipped


@click.group(invoke_without_command=True)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of fixture files, for editors.")
@click.option("--recipe-schema", is_flag=True, help="Print the JSON Schema of recipes (TOML), for editors.")
@click.pass_context
def fixtures(context: click.Context, schema: bool, recipe_schema: bool) -> None:
    """List the fixtures that come with the emulator, check files, expand recipes.

    \b
    bookings-emulator fixtures
    bookings-emulator fixtures check ours.json theirs.toml
    bookings-emulator fixtures expand clinic > clinic.json
    bookings-emulator fixtures --schema > fixture.schema.json
    bookings-emulator fixtures --recipe-schema > recipe.schema.json
    """
    if schema:
        from bookings_emulator.documents.json_schema import fixture_schema_text

        click.echo(fixture_schema_text(), nl=False)
    elif recipe_schema:
        from bookings_emulator.store.recipe_schema import recipe_schema_text

        click.echo(recipe_schema_text(), nl=False)
    elif context.invoked_subcommand is None:
        context.invoke(list_)


@fixtures.command("list")
def list_() -> None:
    """List the fixtures that come with the emulator."""
    for name, file in shipped().items():
        click.echo(f"{name:12}  {read_title(file)}")


@fixtures.command("check")
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check FILES against the schema, and load each into an empty tenant; exit code 1 if one is invalid.

    Every mistake is reported with its place, what was expected and what it got. Ids that lead nowhere and
    permissions that nearly exist are reported too, but allowed.
    """
    from bookings_emulator.store.misfits import doubts

    told = [_check(name) for name in files]
    for name, found in zip(files, told, strict=True):
        for each in found:
            click.echo(f"{name}: {each}", err=True)
        if not found:
            for doubt in doubts(_load(name).whole()):
                click.echo(f"{name}: possible mistake: {doubt}", err=True)
    if any(told):
        raise click.exceptions.Exit(1)


def _check(name: str) -> list[str]:
    """All that is wrong with a fixture; of one that is fine, its size is said."""
    from bookings_emulator.store.seed import misfits_of
    from bookings_emulator.tenant import Start, Tenant

    try:
        found = misfits_of(name)
        if found:
            return found
        tenant = Tenant(Start((load_fixture(name),)))
    except FixtureError as error:
        return [str(error).removeprefix(f"{name.rpartition('/')[2]}: ")]
    counted = len(list(tenant.store.business_ids()))
    click.echo(f"{name}: ok; {counted} {'business' if counted == 1 else 'businesses'}")
    return []


@fixtures.command("expand")
@click.argument("name")
def expand(name: str) -> None:
    """Print a fixture, or the records that a recipe generates, as JSON."""
    import orjson

    click.echo(orjson.dumps(_load(name).whole(), option=orjson.OPT_INDENT_2).decode())


def _load(name: str) -> Fixture:
    try:
        find_fixture(name)
    except FixtureError as error:
        raise click.UsageError(str(error)) from error
    try:
        return load_fixture(name)
    except FixtureError as error:
        raise click.ClickException(str(error)) from error
