"""`bookings-emulator fault`: make, list and drop the faults of a tenant."""

from __future__ import annotations

from typing import Any

import click
import orjson

from bookings_emulator.commands.printing import print_rows, print_table
from bookings_emulator.commands.remote import Remote, drives_emulator


@click.group
def fault() -> None:
    """Make requests to a running emulator fail.

    \b
    bookings-emulator fault add throttled
    bookings-emulator fault add operation=createAppointment status=503 first=2
    bookings-emulator fault list
    bookings-emulator fault drop
    """


@fault.command
@click.argument("words", nargs=-1, required=True, metavar="PRESET|WORD=VALUE…")
@drives_emulator
def add(remote: Remote, words: tuple[str, ...]) -> None:
    """Create a fault from a PRESET, from the words of a rule (see docs/faults.md), or from both."""
    presets = [word for word in words if "=" not in word]
    if len(presets) > 1:
        raise click.UsageError(f"expected one PRESET, and options as NAME=VALUE; got {', '.join(presets)}")
    pairs = (word.partition("=") for word in words if "=" in word)
    made = remote.bookings.fault(*presets, **{name: read_value(value) for name, _, value in pairs})
    _print_faults(remote, made.rows)


@fault.command("list")
@drives_emulator
def list_faults(remote: Remote) -> None:
    """List the faults, with how often each matched and fired."""
    _print_faults(remote, list(remote.bookings.faults))


@fault.command
@click.argument("ids", nargs=-1, metavar="[ID…]")
@drives_emulator
def drop(remote: Remote, ids: tuple[str, ...]) -> None:
    """Delete the faults with these IDs, or all."""
    if not ids:
        remote.bookings.faults.clear()
    for name in ids:
        remote.bookings.faults.drop(name)


@fault.command
@drives_emulator
def presets(remote: Remote) -> None:
    """List the presets: documented failures, with what each shows."""
    print_rows(list(remote.bookings.faults.presets), ("name", "title"), is_json=remote.is_json, empty="no presets")


def read_value(text: str) -> Any:
    """A value of the command line: JSON if it is that, else text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _print_faults(remote: Remote, rows: list[Any]) -> None:
    if remote.is_json:
        print_rows(rows, (), is_json=True, empty="")
        return
    cells = ((row["id"], row["state"], row["matched"], row["fired"], row["title"]) for row in rows)
    print_table(("id", "state", "matched", "fired", "title"), cells, empty="no faults")
