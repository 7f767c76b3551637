"""What the commands that drive a running emulator share: how they reach it, and how a refusal ends them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import quote

import click

from bookings_emulator.client.client import URL, Client
from bookings_emulator.client.control_http import ControlError

_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--url", default=URL, show_default=True, metavar="URL", help="The running emulator."),
    click.option("--tenant", metavar="NAME", help="The tenant; default: the default tenant."),
    click.option("--control-key", "key", metavar="KEY", help="The key of its control plane."),
    click.option(
        "--ca",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="The authority to trust if the URL is https; default: $SSL_CERT_FILE.",
    ),
    click.option("--json", "is_json", is_flag=True, help="Print JSON for programs."),
]
_NOT_A_WRONG_WORD = (0, 401, 403, 500, 503)  # nobody answered, or this caller may not: no word of the command is wrong


class Remote(NamedTuple):
    """A running emulator, and whether its answers are printed for programs."""

    bookings: Client
    is_json: bool


def drives_emulator(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that lead to a running emulator; it takes a Remote first, then its own options.

    Exit code 1 if the emulator cannot be reached or does not let the caller in, 2 if it refuses a word of the command.
    """

    @wraps(command)
    def call(*, url: str, tenant: str | None, key: str | None, ca: str | None, is_json: bool, **given: Any) -> None:
        try:
            with Client(address_of(url, tenant), key=key, ca=ca) as bookings:
                command(Remote(bookings, is_json), **given)
        except ControlError as error:
            kind = click.ClickException if error.status in _NOT_A_WRONG_WORD else click.UsageError
            raise kind(str(error)) from error

    for option in reversed(_OPTIONS):
        call = option(call)
    return call


def address_of(url: str, tenant: str | None) -> str:
    """Where a tenant of an emulator is."""
    plain = url.rstrip("/")
    return f"{plain}/tenants/{quote(tenant, safe='')}" if tenant else plain
