"""`bookings-emulator scenarios`: what comes along, and the schema of the files."""

from __future__ import annotations

import click

from bookings_emulator.commands.option_words import check_scenario
from bookings_emulator.scenario.load import ScenarioError, load_scenario, shipped


@click.command
@click.argument("files", nargs=-1, metavar="[FILE|NAME…]")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files.")
def scenarios(files: tuple[str, ...], schema: bool) -> None:
    """List the built-in scenarios with what each shows, or check FILES and list those.

    \b
    bookings-emulator scenarios
    bookings-emulator scenarios ours.toml
    bookings-emulator scenarios --schema > scenario.schema.json
    """
    if schema:
        from bookings_emulator.scenario.schema import schema_text

        click.echo(schema_text(), nl=False)
        return
    for name in files:
        check_scenario("", name)
    try:
        for name in files or shipped():
            scenario = load_scenario(name)
            click.echo(f"{scenario.name}: {scenario.title}\n    {scenario.shows}")
    except ScenarioError as error:
        raise click.ClickException(str(error)) from error
