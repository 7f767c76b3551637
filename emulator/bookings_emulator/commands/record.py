"""`bookings-emulator record`: stands before another server and writes what it sees."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path

import click

from bookings_emulator.recording.call_log import FILE, RecordingError
from bookings_emulator.recording.proxy import Recorder
from bookings_emulator.serving.serve import ListenError, listen, serve

_PORT = 8367


@click.command
@click.option("--upstream", required=True, metavar="URL", help="The server to record: https://graph.microsoft.com")
@click.option(
    "--output", default="recording", show_default=True, type=click.Path(file_okay=False, path_type=Path),
    help="Folder for fixture.json and scenario.json.",
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=_PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 picks a free one."
)
@click.option(
    "--control-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Host name, besides loopback names, that /_recorder accepts.",
)
def record(upstream: str, output: Path, host: str, port: int, hosts: tuple[str, ...]) -> None:
    """Record the requests of clients and the responses of another server, until interrupted.

    \b
    bookings-emulator record --upstream https://graph.microsoft.com --output ours
    bookings-emulator record --upstream http://localhost:8365 --port 0

    Point a client at the recorder instead of the server. It forwards every request and returns every response. At the
    end, and on POST /_recorder/write, it writes a fixture and a scenario without tokens, addresses, numbers, names,
    tenants and hosts. Read them before you share them: free text is kept, except for values known to be private.
    """
    if not upstream.startswith(("http://", "https://")):
        raise click.UsageError(f"--upstream takes a URL such as https://graph.microsoft.com; got '{upstream}'")
    recorder = Recorder(upstream, output, hosts=hosts)
    try:
        listener = listen(host, port)
        left = recorder.begin()
    except (ListenError, RecordingError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"recording {recorder.upstream} at {listener.url}, into {output}")
    if left:
        click.echo(f"continuing after {left} calls of an interrupted run")
    stopped_by = serve(recorder, [listener], [lambda: _close(recorder)])
    _write_files(recorder)
    if stopped_by == signal.SIGTERM:
        signal.raise_signal(signal.SIGTERM)


def _write_files(recorder: Recorder) -> None:
    """Write what was recorded; where its folder takes it no more, into another one. Raises ClickException."""
    try:
        files, failed = recorder.write() if recorder.calls else [], None
    except RecordingError as error:
        try:
            files, failed = recorder.write(Path(tempfile.mkdtemp(prefix="bookings-recording-"))), error
        except (OSError, RecordingError):
            raise click.ClickException(f"{error}; the calls are in {recorder.folder / FILE}") from error
    recorder.discard_log()
    for file in files:
        click.echo(f"wrote {file}")
    if failed:
        raise click.ClickException(f"{failed}; the files are in {files[0].parent}")


async def _close(recorder: Recorder) -> None:
    """Let go of the other server when the recorder stops."""
    try:
        await asyncio.Event().wait()
    finally:
        await recorder.close()
