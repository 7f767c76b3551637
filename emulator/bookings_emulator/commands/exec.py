"""`bookings-emulator exec -- COMMAND`: a command with an emulator around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from bookings_emulator.app import App
from bookings_emulator.commands.exec_log import written_log
from bookings_emulator.commands.serve_options import emulator_options
from bookings_emulator.commands.serving import open_emulator, urls
from bookings_emulator.commands.trust import combined_trust
from bookings_emulator.serving.garbage import seldom_collection
from bookings_emulator.serving.serve import Listener, Work, finish, serve

_NOT_FOUND, _NOT_RUN, _SIGNALLED = 127, 126, 128  # as a shell says it


@click.command(context_settings={"ignore_unknown_options": True})
@emulator_options(port=0, https_port=0)
@click.option(
    "--log-file",
    metavar="FILE",
    help="Write the log to this file, replacing it; - is standard error. Default: show the log if COMMAND fails.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(command: tuple[str, ...], log_file: str | None, **given: Any) -> None:
    """Start an emulator, run COMMAND with its URLs in the environment, then stop; exits with the code of COMMAND.

    The environment has BOOKINGS_EMULATOR_URL, and the same with GRAPH, BETA, CONNECTOR, CONTROL_URL, PORT, TENANT and
    TOKEN at the end; with --https also BOOKINGS_EMULATOR_AUTHORITY and BOOKINGS_EMULATOR_CA. NODE_EXTRA_CA_CERTS,
    SSL_CERT_FILE and REQUESTS_CA_BUNDLE name that certificate, so that clients trust it, next to what they named
    before.

    \b
    bookings-emulator exec -- pytest
    bookings-emulator exec --https --log-file emulator.log -- npm test
    bookings-emulator exec --fixture clinic --now 2026-01-05T08:00:00Z -- npm test
    """
    with written_log(log_file) as log, seldom_collection() as begin_collection, ExitStack() as files:
        app, listeners = open_emulator(given)
        environment = partial(_environment, app, listeners, given["persona"], files)
        log.code = _run_beside(command, app, listeners, begin_collection, environment)
    sys.exit(log.code)


def _run_beside(
    command: tuple[str, ...],
    app: App,
    listeners: Sequence[Listener],
    work: Work,
    describe: Callable[[], dict[str, str]],
) -> int:
    """Run a command while an emulator serves, in the environment that describes it, and give its exit code."""
    try:
        child = _start(command, describe())
    except BaseException:
        app.release()
        raise
    ended = threading.Event()
    threading.Thread(target=_tell, args=(child, ended), daemon=True).start()
    stopped_by = serve(app, listeners, [work], until=ended, at_end=app.release)
    finish(app)
    if stopped_by == signal.SIGTERM:
        child.terminate()  # SIGINT reaches it from the terminal, as it reached us
    code = child.wait()
    return code if code >= 0 else _SIGNALLED - code


def _environment(app: App, listeners: Sequence[Listener], persona: str | None, files: ExitStack) -> dict[str, str]:
    """Our environment, with where the emulator is and what the clients of https must trust, in files that are kept."""
    said = urls(app, listeners, persona)
    if "ca" in said and said["ca"] is None:
        raise click.ClickException(
            "exec --https has to write a certificate file for COMMAND; set --ca-folder to a writable folder"
        )
    found = {f"BOOKINGS_EMULATOR_{name.upper()}": str(value) for name, value in said.items() if value}
    found["BOOKINGS_EMULATOR_CONTROL_URL"] = found.pop("BOOKINGS_EMULATOR_CONTROL")  # without _URL it is an option
    trusted = files.enter_context(combined_trust(Path(said["ca"]), os.environ)) if said.get("ca") else {}
    return {**os.environ, **trusted, **found}


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
