"""The command line: `bookings-emulator COMMAND`; a command is a module of `commands/`, imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from emulator import __version__

# command → module of commands/ and what it says of itself in the list
COMMANDS = {
    "serve": ("serve", "Serve until interrupted."),
    "fixtures": ("fixtures", "List the fixtures that come with the emulator, or check files."),
    "reference": ("documents", "Print the reference of everything in the contract, as Markdown."),
}


class Commands(click.Group):
    """A group that imports a command only when it is called, so that the others start no slower."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"emulator.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"auto_envvar_prefix": "BOOKINGS_EMULATOR"})
@click.version_option(__version__, prog_name="bookings-emulator")
def main(**_: Any) -> None:
    """A local emulator of the Microsoft Graph Bookings API and of the Bookings connector."""
