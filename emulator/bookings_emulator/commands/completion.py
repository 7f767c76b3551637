"""`bookings-emulator completion`: the script that lets a shell complete commands, options and the names they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from click import Context, Parameter

PROGRAM = "bookings-emulator"
VARIABLE = "_BOOKINGS_EMULATOR_COMPLETE"  # where click looks for what a shell asks
_HOW = {
    "bash": f'eval "$({PROGRAM} completion bash)"  in ~/.bashrc',
    "zsh": f'eval "$({PROGRAM} completion zsh)"  in ~/.zshrc',
    "fish": f"{PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish",
}


@click.command
@click.argument("shell", type=click.Choice([*_HOW]))
def completion(shell: str) -> None:
    """Print a completion script for your shell.

    It completes commands and options, and the names of fixtures, scenarios, quirks, presets and personas.

    \b
    eval "$(bookings-emulator completion bash)"
    """
    main = click.get_current_context().find_root().command
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"expected one of {', '.join(_HOW)}; got '{shell}'")
    click.echo(kind(main, {}, PROGRAM, VARIABLE).source())
    click.echo(f"# {_HOW[shell]}")


def offer_names(command: click.Command) -> None:
    """Let the parameters of a command that take names of ours complete them."""
    for parameter in command.params:
        names = _NAMES.get(parameter.name or "")
        if names:
            parameter._custom_shell_complete = _completer(names)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            offer_names(inner)


def _completer(names: Callable[[], Iterable[str]]) -> Callable[[Context, Parameter, str], list[CompletionItem]]:
    def complete(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    return complete


def _list_fixtures() -> Iterable[str]:
    from bookings_emulator.store.seed import shipped

    return shipped()


def _list_scenarios() -> Iterable[str]:
    from bookings_emulator.scenario.load import shipped

    return shipped()


def _list_quirks() -> Iterable[str]:
    from bookings_emulator.contract.quirks import load_quirks

    for quirk in load_quirks().values():
        yield from (f"{quirk.id}={value}" for value in [*quirk.values] or ["on", "off"])


def _list_presets() -> Iterable[str]:
    from bookings_emulator.faults.presets import load_presets

    return load_presets()


def _list_personas() -> Iterable[str]:
    """Those of the default fixture: which emulator will be asked is not known yet."""
    from bookings_emulator.store.seed import load_fixture

    return [persona["name"] for persona in load_fixture("default").data["personas"]]


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "fixtures": _list_fixtures,
    "fixture": _list_fixtures,
    "name": _list_fixtures,
    "scenario": _list_scenarios,
    "files": _list_scenarios,
    "quirks": _list_quirks,
    "switches": _list_quirks,
    "faults": _list_presets,
    "words": _list_presets,
    "persona": _list_personas,
}
