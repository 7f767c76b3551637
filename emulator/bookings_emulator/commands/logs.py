"""`bookings-emulator logs`: the exchanges of a running emulator, as they happen."""

from __future__ import annotations

from typing import Any

import click
import orjson

from bookings_emulator.commands.journal import cells_of, print_exchange, selects_exchanges
from bookings_emulator.commands.remote import Remote, drives_emulator

_COLOURS = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}


@click.command
@selects_exchanges
@click.option("--bodies", is_flag=True, help="Print the bodies of request and response as well.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after this many exchanges.")
@click.option("--timeout", type=float, metavar="SECONDS", help="End with exit code 1 if nothing happens for this long.")
@drives_emulator
def logs(remote: Remote, bodies: bool, count: int | None, timeout: float | None, **criteria: Any) -> None:
    """Follow the exchanges of a running emulator, with the plain reason for each refusal, until Ctrl-C.

    \b
    bookings-emulator logs
    bookings-emulator logs --status 4xx,5xx --bodies
    bookings-emulator logs --operation createAppointment --json
    """
    given = {name: value for name, value in criteria.items() if value is not None}
    try:
        with remote.bookings.events(kind="exchange", timeout=timeout, **given) as events:
            for number, event in enumerate(events, start=1):
                _print_event(remote, event["data"], bodies=bodies)
                if number == count:
                    return
    except TimeoutError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        return


def _print_event(remote: Remote, row: dict[str, Any], *, bodies: bool) -> None:
    if bodies:
        row = {**row, **remote.bookings.journal.exchange(row["number"])}
    if remote.is_json:
        click.echo(orjson.dumps(row).decode())
    elif bodies:
        print_exchange(row)
    else:
        _, time, method, path, status, duration, caller, reason = cells_of(row)
        line = f"{time}  {method:6} {path}  "
        click.echo(
            line + click.style(str(status), fg=_COLOURS.get(row["status"] // 100)) + f"  {duration} ms  {caller or '-'}"
        )
        if reason:
            click.echo(f"          {reason}")
