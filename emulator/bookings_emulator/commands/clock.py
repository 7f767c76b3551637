"""`bookings-emulator clock`: read, freeze, set and advance the clock of a tenant."""

from __future__ import annotations

from datetime import datetime

import click

from bookings_emulator.commands.printing import print_json
from bookings_emulator.commands.remote import Remote, drives_emulator


@click.group
def clock() -> None:
    """Read and move the clock of a running emulator. A moment looks like 2026-01-05T08:00:00Z.

    \b
    bookings-emulator clock now
    bookings-emulator clock freeze 2026-01-05T08:00:00Z
    bookings-emulator clock advance P1D
    """


@clock.command("now")
@drives_emulator
def show(remote: Remote) -> None:
    """Print the current moment and the mode of the clock."""
    _print(remote, remote.bookings.clock.now())


@clock.command
@click.argument("moment", required=False)
@drives_emulator
def freeze(remote: Remote, moment: str | None) -> None:
    """Stop the clock at MOMENT; default: the current moment."""
    _print(remote, remote.bookings.clock.freeze(moment))


@clock.command("set")
@click.argument("moment")
@drives_emulator
def set_(remote: Remote, moment: str) -> None:
    """Set the clock to MOMENT and let it run from there."""
    _print(remote, remote.bookings.clock.set(moment))


@clock.command
@drives_emulator
def release(remote: Remote) -> None:
    """Return the clock to real time."""
    _print(remote, remote.bookings.clock.release())


@clock.command
@click.argument("by", required=False, metavar="[DURATION]")
@click.option("--to", metavar="MOMENT", help="Advance to a moment instead of by a duration.")
@drives_emulator
def advance(remote: Remote, by: str | None, to: str | None) -> None:
    """Move the clock forward by DURATION, such as P1D or PT30M; everything due in between happens, in order."""
    if (by is None) == (to is None):
        raise click.UsageError(f"expected DURATION, such as P1D, or --to MOMENT; got {'both' if by else 'neither'}")
    _print(remote, remote.bookings.clock.advance(by, to=to))


def _print(remote: Remote, now: datetime) -> None:
    mode = remote.bookings.clock.mode
    if remote.is_json:
        print_json({"now": now.isoformat(), "mode": mode})
    else:
        click.echo(f"{now.isoformat()}  {mode}")
