"""`bookings-emulator healthcheck`: whether an emulator answers, for containers and scripts."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import click

from bookings_emulator.commands.serve_options import PORT

_FIRST_PROCESS = Path("/proc/1/cmdline")  # of a container: the emulator itself


@click.command
@click.option("--url", help="Origin of the emulator; default: this machine, at --port.")
@click.option("--port", type=int, help=f"Port on this machine; without it, that of a container's server, else {PORT}.")
@click.option("--timeout", type=float, default=2.0, show_default=True, help="Seconds to wait for the response.")
def healthcheck(url: str | None, port: int | None, timeout: float) -> None:
    """Exit with 0 if an emulator is ready, otherwise with 1 and a reason.

    \b
    bookings-emulator healthcheck
    bookings-emulator healthcheck --url http://localhost:9000
    """
    where = f"{url or f'http://127.0.0.1:{port or _port_of_container() or PORT}'}/_emulator/health"
    try:
        with urllib.request.urlopen(where, timeout=timeout) as response:
            status = json.load(response)["status"]
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        click.echo(f"{where} did not respond like an emulator: {getattr(error, 'reason', error)}", err=True)
        sys.exit(1)
    click.echo(status)
    sys.exit(0 if status == "ready" else 1)


def _port_of_container() -> int | None:
    """The port that the first process of a container was told on its command line."""
    if os.getpid() == 1:
        return None
    try:
        words = _FIRST_PROCESS.read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    if not any("bookings-emulator" in each for each in words):
        return None
    for index, word in enumerate(words):
        name, _, value = word.partition("=")
        value = value or (words[index + 1] if index + 1 < len(words) else "")
        if name == "--port" and value.isdigit():
            return int(value)
    return None
