"""`bookings-emulator exec -- COMMAND`: a command with an emulator around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import click

from bookings_emulator.app import App
from bookings_emulator.commands.serving import emulator_options, open_emulator, urls
from bookings_emulator.serving.garbage import seldom_collection
from bookings_emulator.serving.serve import Listener, Work, finish, serve

_NOT_FOUND, _NOT_RUN, _SIGNALLED = 127, 126, 128  # as a shell says it


@click.command(context_settings={"ignore_unknown_options": True})
@emulator_options(port=0)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(command: tuple[str, ...], **given: Any) -> None:
    """Start an emulator, run COMMAND with its URLs in the environment, stop; the exit code is that of COMMAND.

    COMMAND finds BOOKINGS_EMULATOR_URL, and the same with GRAPH, BETA, CONNECTOR, CONTROL_URL, PORT, TENANT and TOKEN
    at the end; with --https AUTHORITY and CA as well.

    \b
    bookings-emulator exec -- pytest
    bookings-emulator exec --fixture clinic --now 2026-01-05T08:00:00Z -- npm test
    """
    with seldom_collection() as begin_collection:
        app, listeners = open_emulator(given)
        stopped_by, child = _run(command, app, listeners, begin_collection)
    finish(app)
    if stopped_by == signal.SIGTERM:
        child.terminate()  # SIGINT reaches it from the terminal, as it reached us
    code = child.wait()
    sys.exit(code if code >= 0 else _SIGNALLED - code)


def _run(
    command: tuple[str, ...], app: App, listeners: Sequence[Listener], work: Work
) -> tuple[int | None, subprocess.Popen[bytes]]:
    """Run a command until it ends or a signal comes; which signal that was, and the command."""
    found = {f"BOOKINGS_EMULATOR_{name.upper()}": str(value) for name, value in urls(app, listeners).items() if value}
    found["BOOKINGS_EMULATOR_CONTROL_URL"] = found.pop("BOOKINGS_EMULATOR_CONTROL")  # without _URL it is an option
    child = _start(command, {**os.environ, **found})
    ended = threading.Event()
    threading.Thread(target=_tell, args=(child, ended), daemon=True).start()
    return serve(app, listeners, [work], until=ended, at_end=app.release), child


def _tell(child: subprocess.Popen[bytes], ended: threading.Event) -> None:
    child.wait()
    ended.set()


def _start(command: tuple[str, ...], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a command. Exits as a shell would where there is none or it cannot be run."""
    try:
        return subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        click.echo(f"exec: there is no command '{command[0]}'", err=True)
        sys.exit(_NOT_FOUND)
    except OSError as error:
        click.echo(f"exec: cannot run '{command[0]}': {error.strerror}", err=True)
        sys.exit(_NOT_RUN)
