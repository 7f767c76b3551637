"""`bookings-emulator reset`, `state`, `snapshot`, `load` and `personas`: what a tenant holds, and who may call it."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from bookings_emulator.client.snapshots import Snapshot
from bookings_emulator.commands.printing import print_json, print_rows, print_table
from bookings_emulator.commands.remote import Remote, drives_emulator

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command
@drives_emulator
def reset(remote: Remote) -> None:
    """Put a tenant of a running emulator back to what it started from: records, clock, quirks, faults, journal."""
    remote.bookings.reset()


@click.command
@click.argument("scenario", metavar="SCENARIO|FILE")
@drives_emulator
def load(remote: Remote, scenario: str) -> None:
    """Put a tenant of a running emulator into the situation that a scenario describes; `reset` comes back to it."""
    remote.bookings.load(scenario)


@click.command
@drives_emulator
def personas(remote: Remote) -> None:
    """List who may call: each name is a bearer token, unless the emulator takes issued ones only."""
    rows = list(remote.bookings.personas)
    if remote.is_json:
        print_json(rows)
        return
    cells = ((row["name"], row["kind"], row.get("upn") or row["client_id"], row["permissions"]) for row in rows)
    print_table(("name", "kind", "who", "permissions"), cells, empty="the fixtures name nobody")


@click.group
def state() -> None:
    """Write the records of a running emulator to a file, or put those of a file in their place.

    \b
    bookings-emulator state export ours.json
    bookings-emulator state load ours.json
    """


@state.command
@click.argument("file", type=_FILE, required=False)
@click.option(
    "--version", "version", metavar="VERSION", help="beta also writes the members that only beta has; by default v1.0."
)
@drives_emulator
def export(remote: Remote, file: Path | None, version: str | None) -> None:
    """Write all businesses with all that is in them, as a fixture, to FILE or to the screen."""
    content = orjson.dumps(remote.bookings.state(version), option=orjson.OPT_INDENT_2)
    if file is None:
        click.echo(content.decode())
        return
    try:
        file.write_bytes(content + b"\n")
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from error


@state.command("load")
@click.argument("file", type=_FILE)
@drives_emulator
def load_state(remote: Remote, file: Path) -> None:
    """Put the businesses of a fixture FILE (JSON) in the place of all there are; `reset` undoes it."""
    try:
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise click.ClickException(f"{file} is not JSON: {error}") from error
    remote.bookings.replace(found)


@click.group
def snapshot() -> None:
    """Keep a running emulator as it is, and come back to it.

    \b
    bookings-emulator snapshot save before
    bookings-emulator snapshot restore before
    """


@snapshot.command
@click.argument("name", required=False)
@drives_emulator
def save(remote: Remote, name: str | None) -> None:
    """Keep everything but the journal as it is now; prints the name, which is made up if not given."""
    made = remote.bookings.snapshot(name)
    print_json({"name": made.name}) if remote.is_json else click.echo(made.name)


@snapshot.command
@click.argument("name")
@drives_emulator
def restore(remote: Remote, name: str) -> None:
    """Put the tenant back to the snapshot NAME."""
    _find(remote, name).restore()


@snapshot.command
@click.argument("name")
@drives_emulator
def drop(remote: Remote, name: str) -> None:
    """Forget the snapshot NAME."""
    _find(remote, name).drop()


@snapshot.command("list")
@drives_emulator
def list_snapshots(remote: Remote) -> None:
    """List the snapshots that are kept, oldest first."""
    rows = [{"name": kept.name} for kept in remote.bookings.snapshots()]
    print_rows(rows, ("name",), is_json=remote.is_json, empty="no snapshots")


def _find(remote: Remote, name: str) -> Snapshot:
    from bookings_emulator.problem import did_you_mean

    kept = {found.name: found for found in remote.bookings.snapshots()}
    if name not in kept:
        near = did_you_mean(name, kept)
        raise click.UsageError(f"there is no snapshot '{name}'; there are: {', '.join(kept) or 'none'}{near}")
    return kept[name]
