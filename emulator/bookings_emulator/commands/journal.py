"""`bookings-emulator journal` and `verify`: what clients asked, what was answered and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bookings_emulator.commands.printing import print_json, print_table
from bookings_emulator.commands.remote import Remote, drives_emulator
from bookings_emulator.events.matching import CRITERIA
from bookings_emulator.json_values import UnreadableJson, read_json

_COLUMNS = ("number", "time", "method", "path", "status", "ms", "caller", "reason")


def selects_exchanges(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for every criterion of the journal."""
    for name, about in reversed([*CRITERIA.items()]):
        text = f"{about[0].upper()}{about[1:]}."
        words: dict[str, Any] = {"metavar": "JSON", "callback": _read_body} if name == "body" else {}
        option = click.option(f"--{name.replace('_', '-')}", name, **{"metavar": name.upper(), "help": text, **words})
        command = option(command)
    return command


def _read_body(context: click.Context, option: click.Parameter, given: str | None) -> Any:
    """The value of `--body`. Raises BadParameter."""
    try:
        return None if given is None else read_json(given)
    except UnreadableJson as error:
        raise click.BadParameter(f"""must be JSON, such as '{{"serviceNotes": "x"}}'; {error}""") from error


@click.command
@selects_exchanges
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="The newest N.")
@click.option("--bodies", is_flag=True, help="Also print request and response bodies.")
@drives_emulator
def journal(remote: Remote, limit: int, bodies: bool, **criteria: Any) -> None:
    """List the newest exchanges of a running emulator, with the plain reason for each refusal.

    \b
    bookings-emulator journal --status 4xx,5xx
    bookings-emulator journal --operation createAppointment --bodies
    """
    is_whole = bodies or remote.is_json
    rows = remote.bookings.journal(limit=limit, brief=not is_whole, **criteria)
    if remote.is_json:
        print_json(rows)
    elif bodies:
        for row in rows:
            print_exchange(row)
    else:
        print_table(_COLUMNS, map(cells_of, rows), empty="no exchanges match")


@click.command
@selects_exchanges
@click.option("--exactly", type=click.IntRange(0), metavar="N", help="Exactly this many must match.")
@click.option("--at-least", type=click.IntRange(0), metavar="N", help="At least this many must match.")
@click.option("--at-most", type=click.IntRange(0), metavar="N", help="At most this many may match.")
@click.option("--never", is_flag=True, help="None may match.")
@drives_emulator
def verify(remote: Remote, **given: Any) -> None:
    """Check how many exchanges match; default: at least one. Exit code 1 if the check fails.

    \b
    bookings-emulator verify --operation createAppointment --exactly 1
    bookings-emulator verify --status 5xx --never
    """
    try:
        count = remote.bookings.journal.verify(**{name: value for name, value in given.items() if value is not None})
    except AssertionError as error:
        raise click.ClickException(str(error)) from error
    if remote.is_json:
        print_json({"count": count})
    else:
        click.echo(f"{count} {'exchange matches' if count == 1 else 'exchanges match'}")


def cells_of(row: Any) -> tuple[object, ...]:
    """An exchange as a line of a table."""
    path = f"{row['path']}?{row['query']}" if row["query"] else row["path"]
    time = row["at"].partition("T")[2][:8]
    duration = f"{row['duration']:.1f}"
    return row["number"], time, row["method"], path, row["status"], duration, row["persona"], row["reason"]


def print_exchange(row: Any) -> None:
    """Print an exchange with its bodies."""
    number, time, method, path, status, duration, caller, reason = cells_of(row)
    click.secho(f"{number}  {time}  {method} {path} → {status}  {duration} ms  as {caller or '-'}", bold=True)
    if reason:
        click.secho(f"  {reason}", fg="red")
    for name in ("request", "response"):
        side = row[name]
        if side and side["body"] not in (None, ""):
            click.echo(f"  {name}:")
            print_json(side["body"])
