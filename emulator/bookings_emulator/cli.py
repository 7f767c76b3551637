"""The command line: `bookings-emulator COMMAND`; a command is a module of `commands/`, imported when it is called."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from bookings_emulator import __version__
from bookings_emulator.problem import did_you_mean
from bookings_emulator.serving.garbage import no_collection

# what the list of commands says, in groups: command → module of commands/, its name there, and what it is for
GROUPS = {
    "Run it": {
        "serve": ("serve", "serve", "Serve until interrupted."),
        "exec": ("exec", "exec_", "Run a command with an emulator."),
        "healthcheck": ("healthcheck", "healthcheck", "Check whether an emulator is ready."),
        "init": ("init", "init", "Write a first test, a fixture and a CI file into your project."),
    },
    "Look into a running emulator": {
        "logs": ("logs", "logs", "Follow exchanges as they happen, with the reason for each refusal."),
        "journal": ("journal", "journal", "List exchanges, with the reason for each refusal."),
        "verify": ("journal", "verify", "Check how many exchanges match; exit code 1 if the check fails."),
        "outbox": ("messages", "outbox", "List the messages that would have been sent."),
        "deliveries": ("messages", "deliveries", "List notifications of the connector; send one again."),
        "personas": ("state", "personas", "List the callers."),
    },
    "Drive a running emulator": {
        "reset": ("state", "reset", "Reset everything to the starting state."),
        "clock": ("clock", "clock", "Read, freeze, set or advance the clock."),
        "fault": ("fault", "fault", "Create, list and delete faults."),
        "quirk": ("quirk", "quirk", "Show and switch quirks."),
        "load": ("state", "load", "Put a tenant into the starting state of a scenario."),
        "state": ("state", "state", "Export or replace the records."),
        "snapshot": ("state", "snapshot", "Save the state, and restore it later."),
        "trigger": ("trigger", "trigger", "Send one notification of the connector, with everything it needs."),
    },
    "Sign in": {
        "token": ("token", "token", "Print a token of a persona, or an invalid one."),
        "certificate": ("certificate", "certificate", "Print the certificate of an application, with its key."),
        "ca": ("ca", "ca", "Write the certificate authority for https."),
    },
    "Work with files": {
        "run": ("run", "run", "Play scenarios and report the results."),
        "scenarios": ("scenarios", "scenarios", "List scenarios with what each shows, or check files."),
        "fixtures": ("fixtures", "fixtures", "List, check and expand fixtures."),
        "record": ("record", "record", "Record the traffic between clients and another server."),
        "replay": ("replay", "replay", "Play a recording back and list the differences."),
        "contract": ("contract", "contract", "Compare the contract with a $metadata document."),
        "reference": ("documents", "reference", "Print the whole contract as a Markdown reference."),
        "completion": ("completion", "completion", "Print a completion script for your shell."),
        "version": ("version", "version", "Print the version."),
    },
}
COMMANDS = {name: row for rows in GROUPS.values() for name, row in rows.items()}
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC, errno.EROFS, errno.EIO)
PREFIX = "BOOKINGS_EMULATOR"
CONFIG = "bookings-emulator.toml"


class Commands(click.Group):
    """A group that imports a command only when it is called, so that the others start no slower."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        with no_collection():
            command: click.Command = getattr(import_module(f"bookings_emulator.commands.{module}"), name)
        _name_variables(command)
        if "_BOOKINGS_EMULATOR_COMPLETE" in os.environ:  # a shell asks
            from bookings_emulator.commands.completion import offer_names

            offer_names(command)
        file = Path(ctx.params.get("config") or CONFIG)
        table = _read(file, is_wanted=ctx.params.get("config") is not None).get(cmd_name)
        if table:
            command.context_settings["default_map"] = _defaults(f"{file}: [{cmd_name}]", command, table)
        return command

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Call a command; a stream that takes nothing (a full disk) ends it with a sentence."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if error.errno not in _UNWRITABLE:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or what waits to be written fails once more at the end
            click.echo(f"Error: cannot write: {error.strerror}", err=True)
            sys.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            known = f"known are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command '{args[0]}'; {known}{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, rows in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, about) for name, (_, _, about) in rows.items()])


@click.command(cls=Commands)
@click.option(
    "--config",
    envvar=f"{PREFIX}_CONFIG",
    metavar="FILE",
    help=f"TOML file with options; {CONFIG} by default, if it exists.",
)
@click.version_option(__version__, prog_name="bookings-emulator")
def main(config: str | None) -> None:
    """A local emulator of the Microsoft Graph Bookings API and of the Bookings connector.

    Every option can also come from an environment variable (BOOKINGS_EMULATOR_PORT for --port; separate several values
    by spaces) and from a TOML file with a table for each command ([serve] port = 8365). The command line overrides the
    environment, and the environment overrides the file.

    Exit codes: 0 success; 1 failure, or a check found something; 2 wrong usage. `exec` returns that of its command.
    """
    _open_closed_streams()


def _open_closed_streams() -> None:
    """Let standard streams that were closed lead nowhere, so that no socket or file takes their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _name_variables(command: click.Command) -> None:
    """Let every option also come from an environment variable; those that select exchanges are given with each call."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            parameter.envvar = f"{PREFIX}_{parameter.opts[-1].strip('-').replace('-', '_').upper()}"
            parameter.show_envvar = True
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _name_variables(inner)


def _read(file: Path, *, is_wanted: bool) -> dict[str, Any]:
    """The tables of a configuration file by command."""
    if not is_wanted and not file.is_file():
        return {}
    import tomllib

    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read {file} as TOML: {error}") from error
    for name, table in tables.items():
        if name not in COMMANDS or not isinstance(table, dict):
            known = ", ".join(f"[{each}]" for each in COMMANDS)
            raise click.UsageError(f"{file}: expected tables {known}; got '{name}'{did_you_mean(name, COMMANDS)}")
    return tables


def _defaults(where: str, command: click.Command, table: dict[str, Any]) -> dict[str, Any]:
    """A table of the file by parameter; options are written there as on the command line, without the dashes.

    The table of a group is that of all its commands: each takes what it knows of it.
    """
    parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    known = {name: row for part in parts for name, row in _options_of(part).items()}
    for option in table:
        if option not in known:
            hint = f"known are {', '.join(known)}{did_you_mean(option, known)}"
            raise click.UsageError(f"{where}: unknown option '{option}'; {hint}")
    if isinstance(command, click.Group):
        return {part.name or "": _values(part, table) for part in parts[1:]} | _values(command, table)
    return _values(command, table)


def _values(command: click.Command, table: dict[str, Any]) -> dict[str, Any]:
    known = _options_of(command)
    rows = ((*known[option], value) for option, value in table.items() if option in known)
    return {parameter: value if is_plain else not value for parameter, is_plain, value in rows}


def _options_of(command: click.Command) -> dict[str, tuple[str, bool]]:
    """The options of a command as a file writes them: the parameter of each, and whether it is no `--no-` form."""
    return {
        option.removeprefix("--"): (parameter.name or "", not option.startswith("--no-"))
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
