"""Writes docs/settings.md from the options of the commands and the settings of a process."""

from __future__ import annotations

import inspect
import re

import click

from bookings_emulator.cli import COMMANDS, Commands, main
from bookings_emulator.documents.markdown import code, table
from bookings_emulator.settings import Settings

_HEAD = """\
# Settings

All options of all commands. You can also set an option in an environment variable, or in a TOML file with a table for
each command. The command line overrides the environment, and the environment overrides the file.
[Commands](commands.md) shows the file and describes each command; [Tests in Python](pytest.md#what-a-test-starts-from)
has the settings of pytest."""
_PROCESS = """\
## In process

`Emulator`, `create_app`, `mock`, `tenant()`, the [marker](pytest.md#what-a-test-starts-from) and
`POST /_emulator/tenants` accept the words of `serve`: `fixture`, `scenario`, `persona`, `now`, `seed`, `quirks`,
`faults`, `auth`, `deliver_to`, `name` and `domain`. In Python, a fixture or scenario is a name, a file,
or the content of one. `Emulator`, `create_app` and `mock` also accept `settings=Settings(…)`."""


def settings() -> str:
    """The page: one table for each command that has options."""
    context = click.Context(main, info_name="bookings-emulator")
    commands = Commands("bookings-emulator")
    tables = [_command(commands, context, name) for name in COMMANDS]
    general = f"## bookings-emulator\n\nPut these options before the command.\n\n{_options(main, context)}"
    return "\n\n".join([_HEAD, general, *(each for each in tables if each), _PROCESS, _about(), _fields()]) + "\n"


def _command(commands: Commands, context: click.Context, name: str) -> str:
    command = commands.get_command(context, name)
    if command is None:
        raise ValueError(f"there is no command {name}")
    own = click.Context(command, context, name)
    parts = [(name, command, own)]
    if isinstance(command, click.Group):
        for each in command.list_commands(own):
            inner = command.get_command(own, each)
            if inner is not None:
                parts.append((f"{name} {each}", inner, click.Context(inner, own, each)))
    shown = [(title, _options(each, at)) for title, each, at in parts]
    return "\n\n".join(f"## {title}\n\n{rows}" for title, rows in shown if rows)


def _options(command: click.Command, context: click.Context) -> str:
    options = [each for each in command.params if isinstance(each, click.Option)]
    head = ("option", "environment", "default", "what it does")
    return table(head, (_option(each, context) for each in options)) if options else ""


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    names = " / ".join([", ".join(option.opts), *option.secondary_opts])
    metavar = "" if option.is_flag else f" {option.make_metavar(context)}"
    metavar = re.sub(r"INTEGER( RANGE)?|FLOAT", "N", metavar)
    more = " Repeatable." if option.multiple and "repeatable" not in (option.help or "").lower() else ""
    variable = code(str(option.envvar)) if option.envvar else ""
    return code(names + metavar), variable, _default(option), (option.help or "") + more


def _default(option: click.Option) -> str:
    value = option.default
    if option.secondary_opts:
        return code(option.opts[0] if value else option.secondary_opts[0])
    return code(str(value)) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""


def _about() -> str:
    """The docstring of the settings below its first line."""
    about = inspect.cleandoc(Settings.__doc__ or "").partition("\n\n")[2]
    return re.sub(r"(?<!\n)\n(?!\n)", " ", about)


def _fields() -> str:
    defaults = Settings._field_defaults
    rows = (
        (code(name), code(kind.__forward_arg__), code(repr(defaults[name]) if name in defaults else "needed"))
        for name, kind in Settings.__annotations__.items()
    )
    return table(("setting", "type", "default"), rows)
