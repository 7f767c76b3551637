"""`bookings-emulator serve`: the emulator as a server."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Any

import click

from emulator import __version__
from emulator.app import App, create_app
from emulator.contract.quirks import QuirkError
from emulator.store.seed import FixtureError

PORT = 8365
TOKEN = "test-token"  # any token that names no persona is an administrator that may do everything


@click.command
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--fixture", "fixtures", multiple=True, metavar="NAME|FILE", help="Records to start from; repeatable.")
@click.option("--seed", type=int, help="Makes ids repeatable.")
@click.option("--now", metavar="MOMENT", help="Freezes the clock, for example at 2026-01-05T08:00:00Z.")
@click.option("--quirk", "quirks", multiple=True, metavar="ID=VALUE", help="Switches a quirk: on, off, a value.")
def serve(**settings: Any) -> None:
    """Serve until interrupted.

    \b
    bookings-emulator serve
    bookings-emulator serve --fixture empty --fixture ./ours.json --seed 1 --now 2026-01-05T08:00:00Z
    bookings-emulator serve --quirk five-customers=off --quirk Q9=value
    """
    try:
        quirks = dict(_pair(each) for each in settings["quirks"])
        app = create_app(*settings["fixtures"], seed=settings["seed"], now=settings["now"], quirks=quirks)
    except (FixtureError, QuirkError) as error:
        raise click.ClickException(str(error)) from error
    run(app, listen(settings["host"], settings["port"]), settings["host"])


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise QuirkError(f"--quirk takes ID=VALUE, such as five-customers=off; '{text}' came")
    return name, value


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ClickException where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        reason = f"cannot listen on {_in_url(host)}:{port}: {error.strerror}; give another --port (0: a free one)"
        raise click.ClickException(reason) from error
    listener.listen(2048)
    return listener


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def run(app: App, listener: socket.socket, host: str) -> None:
    """Say where everything is, and serve until a signal ends it."""
    import uvicorn

    port = listener.getsockname()[1]
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1") else _in_url(host)
    for line in start_lines(app, f"http://{shown}:{port}"):
        click.echo(line)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to stop it
        uvicorn.Server(config).run(sockets=[listener])


def start_lines(app: App, origin: str) -> list[str]:
    """What is said at the start: every URL, the fixtures, the seed and a token that works."""
    tenant = app.tenant
    clock = tenant.clock.frozen.isoformat() if tenant.clock.frozen else "real"
    return [
        f"bookings-emulator {__version__}",
        f"  Graph v1.0  {origin}/v1.0",
        f"  Graph beta  {origin}/beta",
        f"  control     {origin}/_emulator",
        f"  reference   {origin}/_emulator/reference",
        f"  OpenAPI     {origin}/_emulator/openapi/v1.0.json  {origin}/_emulator/openapi/beta.json",
        f"  fixture     {', '.join(each.name for each in tenant.start.fixtures)}",
        f"  seed        {tenant.start.seed}   clock {clock}",
        f"  token       {TOKEN}",
        f'  try         curl -H "Authorization: Bearer {TOKEN}" {origin}/v1.0/solutions/bookingBusinesses',
    ]
