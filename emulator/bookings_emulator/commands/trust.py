"""What the command of `exec --https` trusts: the authority of the emulator, and what its environment names already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

# where node adds to those it trusts, and where Python and OpenSSL, and requests, look for all of them
VARIABLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@contextmanager
def combined_trust(ca: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables by which clients trust an authority, while the files that they name are there.

    One that is set keeps what its file has: it names a new file with both. One whose file cannot be read stays, which
    is said.
    """
    made: dict[str, str] = {}
    try:
        yield {name: _combine(ca, name, environment.get(name), made) for name in VARIABLES}
    finally:
        for file in made.values():
            Path(file).unlink(missing_ok=True)


def _combine(ca: Path, name: str, given: str | None, made: dict[str, str]) -> str:
    """The file that a variable has to name; those written for it are remembered by the file that was given."""
    if not given:
        return str(ca)
    if given in made:
        return made[given]
    try:
        ours, theirs = ca.read_bytes(), Path(given).read_bytes()
        if ours.strip() in theirs:
            return given
        with tempfile.NamedTemporaryFile(prefix="bookings-emulator-", suffix="-trust.pem", delete=False) as file:
            made[given] = file.name
            file.write(theirs.rstrip() + b"\n" + ours)
    except OSError as error:
        told = f"{name} stays {given}, which cannot be combined with {ca} ({error.strerror})"
        click.echo(f"exec: {told}: what reads it does not trust the emulator's https", err=True)
        return given
    return made[given]
