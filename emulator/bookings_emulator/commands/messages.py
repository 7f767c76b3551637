"""`bookings-emulator outbox` and `deliveries`: what Bookings would have sent, and what the connector sent."""

from __future__ import annotations

from typing import Any

import click

from bookings_emulator.commands.printing import print_json, print_rows, print_table
from bookings_emulator.commands.remote import Remote, drives_emulator


@click.command
@click.option("--kind", metavar="KIND", help="Only confirmations, changes, cancellations or reminders.")
@click.option("--to", metavar="ADDRESS", help="Only messages to this address or number.")
@click.option("--appointment", metavar="ID", help="Only messages about this appointment.")
@click.option("--status", metavar="STATUS", help="Only sent or waiting messages.")
@drives_emulator
def outbox(remote: Remote, **filters: Any) -> None:
    """List the messages that Bookings would have sent, and the pending reminders.

    \b
    bookings-emulator outbox --status sent
    bookings-emulator outbox --kind reminder --json
    """
    rows = remote.bookings.outbox(**filters)
    columns = ("due", "status", "kind", "channel", "to", "subject")
    print_rows(rows, columns, is_json=remote.is_json, empty="no messages")


class ListsByDefault(click.Group):
    """A group whose command `list` is meant if none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_plain = not args or (args[0].startswith("-") and args[0] != "--help")
        return super().parse_args(ctx, ["list", *args] if is_plain else args)


@click.group(cls=ListsByDefault)
def deliveries() -> None:
    """List the notifications of the connector, send one again, or wait until all are settled.

    \b
    bookings-emulator deliveries --status failed
    bookings-emulator deliveries redeliver d3
    bookings-emulator deliveries settle
    """


@deliveries.command("list")
@click.option("--status", metavar="STATUS", help="Only notifications with this status.")
@drives_emulator
def list_deliveries(remote: Remote, status: Any) -> None:
    """List the notifications, oldest first, with every attempt counted."""
    print_deliveries(remote, remote.bookings.deliveries(status=status))


@deliveries.command
@click.argument("id_", metavar="ID")
@drives_emulator
def redeliver(remote: Remote, id_: str) -> None:
    """Send the notification ID once more, and wait until it is settled."""
    made = remote.bookings.deliveries.redeliver(id_)
    remote.bookings.deliveries.settle()
    print_deliveries(remote, [row for row in remote.bookings.deliveries if row["id"] == made["id"]])


@deliveries.command
@click.option("--timeout", type=float, default=30.0, show_default=True, metavar="SECONDS", help="How long to wait.")
@drives_emulator
def settle(remote: Remote, timeout: float) -> None:
    """Wait until every current notification is delivered or abandoned."""
    try:
        remote.bookings.deliveries.settle(timeout=timeout)
    except TimeoutError as error:
        raise click.ClickException(str(error)) from error
    print_deliveries(remote, list(remote.bookings.deliveries))


def print_deliveries(remote: Remote, rows: list[Any]) -> None:
    """Print deliveries: whole as JSON, or a line each with the status of the last attempt."""
    if remote.is_json:
        print_json(rows)
        return
    head = ("id", "event", "status", "attempts", "to", "reason")
    cells = (
        (row["id"], row["event"], row["status"], len(row["attempts"]), row["target"] or row["callback"], row["reason"])
        for row in rows
    )
    print_table(head, cells, empty="no deliveries")
