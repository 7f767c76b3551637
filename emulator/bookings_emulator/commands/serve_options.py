"""The options of every command that starts an emulator, with its usual ports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bookings_emulator.log import LOGS
from bookings_emulator.settings import LEVELS

PORT = 8365
HTTPS_PORT = 8366

_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all."),
    click.option(
        "--fixture", "fixtures", multiple=True, metavar="NAME|FILE", help="Records to start from; repeatable."
    ),
    click.option(
        "--scenario", metavar="NAME|FILE", help="Start in the state of a scenario ([given]); other options override it."
    ),
    click.option("--name", default="default", show_default=True, help="Name of the tenant."),
    click.option("--domain", help="Mail domain of the tenant; default: that of its fixture."),
    click.option("--persona", metavar="NAME", help="Persona whose token is printed at startup."),
    click.option("--seed", type=int, help="Make ids repeatable."),
    click.option("--now", metavar="MOMENT", help="Freeze the clock at a moment, such as 2026-01-05T08:00:00Z."),
    click.option(
        "--quirk", "quirks", multiple=True, metavar="ID=VALUE", help="Switch a quirk: on, off or one of its values."
    ),
    click.option(
        "--fault", "faults", multiple=True, metavar="PRESET", help="Make requests fail with a fault preset. Repeatable."
    ),
    click.option(
        "--allow-callback",
        "callbacks",
        multiple=True,
        metavar="NAME",
        help="Allow this host in webhook URLs of the connector, but send nothing there. Repeatable.",
    ),
    click.option(
        "--deliver-to",
        multiple=True,
        metavar="NAME",
        help="Really send notifications to this host, which webhooks may name then. Repeatable.",
    ),
    click.option(
        "--callback-map",
        "callback_map",
        multiple=True,
        metavar="PATTERN=URL",
        help="Send notifications for origins like PATTERN to URL instead. Repeatable.",
    ),
    click.option(
        "--auth",
        type=click.Choice(LEVELS),
        default="open",
        show_default=True,
        help="open: accept any token; check: it must name a persona or carry claims; strict: it must be issued here.",
    ),
    click.option(
        "--allow-anonymous", is_flag=True, help="Treat a request without a token as a caller who may do everything."
    ),
    click.option(
        "--https-host",
        "https_hosts",
        multiple=True,
        metavar="NAME",
        help="Another host name for the certificate. Repeatable.",
    ),
    click.option(
        "--ca-folder",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Keep the certificate authority in this folder; otherwise each run creates a new one.",
    ),
    click.option(
        "--public-url",
        metavar="BASE",
        help="Base of links to booking pages; default: where the emulator listens.",
    ),
    click.option("--smtp", metavar="HOST:PORT", help="Send mails to this SMTP server, such as Mailpit."),
    click.option("--idle", type=float, metavar="SECONDS", help="Delete tenants that have not been used for this long."),
    click.option(
        "--control/--no-control",
        default=True,
        show_default=True,
        help="Serve the control plane, the emulator's own API below /_emulator.",
    ),
    click.option(
        "--control-host",
        "hosts",
        multiple=True,
        metavar="NAME",
        help="Allow requests to /_emulator under this host name too. Repeatable.",
    ),
    click.option(
        "--control-origin",
        "origins",
        multiple=True,
        metavar="ORIGIN",
        help="Allow web pages of this origin to use /_emulator, such as http://localhost:3000. Repeatable.",
    ),
    click.option(
        "--fixtures-folder",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        metavar="DIR",
        help="Folder of fixtures that requests to /_emulator can name.",
    ),
    click.option(
        "--scenarios-folder",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        metavar="DIR",
        help="Folder of scenarios that requests to /_emulator can name.",
    ),
    click.option(
        "--control-key",
        "key",
        metavar="KEY",
        help="Key that requests to /_emulator must send in the header X-Emulator-Key.",
    ),
    click.option(
        "--log-format",
        "log",
        type=click.Choice([*LOGS]),
        default="text",
        show_default=True,
        help="Log one line for each request.",
    ),
]


def emulator_options(
    port: int = PORT, https_port: int = HTTPS_PORT
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of every command that starts an emulator; `port` is its usual one, `https_port` that of --https."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        kind, about = click.IntRange(0, 65535), "Port; 0 picks a free one."
        for option in reversed(_OPTIONS):
            command = option(command)
        command = _https_option(https_port)(command)
        return click.option("--port", default=port, show_default=True, type=kind, help=about)(command)

    return decorate


def _https_option(port: int) -> Callable[[Any], Any]:
    which = f"on port {port}" if port else "on a free port"
    return click.option(
        "--https",
        is_flag=False,
        flag_value=str(port),
        type=click.IntRange(0, 65535),
        metavar="[PORT]",
        help=f"Also listen for https, {which} if none is given.",
    )
