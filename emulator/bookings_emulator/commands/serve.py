"""`bookings-emulator serve`: the emulator as a server."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from bookings_emulator.commands.option_words import refuse_word
from bookings_emulator.commands.serve_options import emulator_options
from bookings_emulator.commands.serving import open_emulator, start_lines, urls, watched
from bookings_emulator.serving.garbage import seldom_collection
from bookings_emulator.serving.serve import run

if TYPE_CHECKING:
    from bookings_emulator.commands.kept_state import KeptState


@click.command
@emulator_options()
@click.option(
    "--state",
    "state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the records in this file over restarts: read at the start, written after changes and at the end.",
)
@click.option("--watch", is_flag=True, help="Reload fixture files when they change.")
@click.option("--open", "is_opened", is_flag=True, help="Open the inspector in a browser.")
def serve(**given: Any) -> None:
    """Serve until interrupted.

    \b
    bookings-emulator serve --open
    bookings-emulator serve --fixture empty --fixture ./ours.json --seed 1 --now 2026-01-05T08:00:00Z
    bookings-emulator serve --port 0 --quirk five-customers=off --quirk Q9=value --watch
    bookings-emulator serve --state ours.json
    """
    if given["is_opened"] and not given["control"]:
        raise click.UsageError("--open needs the inspector, and --no-control removes it; use one of them")
    if given["watch"] and given["state"]:
        raise click.UsageError("--watch replaces the records that --state keeps; use one of them")
    with seldom_collection() as begin_collection:
        kept = open_state(given["state"])
        app, listeners = open_emulator(given, kept)
        for line in start_lines(app, urls(app, listeners, given["persona"]), kept):
            click.echo(line)
        if given["is_opened"]:
            open_inspector(f"{listeners[0].url}/_inspector/")
        work = [begin_collection, *([watched(app, given["fixtures"])] if given["watch"] else ())]
        if kept is None:
            run(app, listeners, work)
        else:
            run(app, listeners, [*work, partial(kept.keep, app.tenant)], at_last=partial(kept.write, app.tenant))


def open_state(file: Path | None) -> KeptState | None:
    """The state file that is asked for. Raises UsageError for a name that cannot be one, else ClickException."""
    if file is None:
        return None
    from bookings_emulator.commands.kept_state import KeptState, check_state_name

    refuse_word("--state", check_state_name, file)
    return KeptState(file)


def open_inspector(url: str) -> None:
    """Show the inspector in the browser of this machine; says where it is if there is none."""
    import webbrowser

    def show() -> None:
        if not webbrowser.open(url):
            click.echo(f"could not open a browser; the inspector is at {url}", err=True)

    # text browsers stay, and would hold up the server
    Thread(target=show, name="bookings-browser", daemon=True).start()
