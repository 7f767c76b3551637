"""`serve --state FILE`: the records of the default tenant in a file, so that they outlive the server."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import click
import orjson

from bookings_emulator.error_stream import error_stream
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, read_fixture
from bookings_emulator.store.tenant_settings import SettingError
from bookings_emulator.tenant import Tenant

_PAUSE = 1.0  # seconds between two looks at whether something changed
_SHARE = 10  # a file that takes long to write is written so many times as seldom
_LARGE = 5_000  # records from which writing them at the end is told
_Mark = tuple[Any, ...]  # differs when the records do


class StateError(click.ClickException):
    """A state file cannot be read or written; the message says which, why, and what to do."""


class KeptState:
    """A state file: read at the start, written after changes and at the end, always whole.

    It has the format of `GET /_emulator/state`. Times stay what they are, unlike those of a fixture, which move to the
    present.
    """

    def __init__(self, file: Path) -> None:
        self.file = _check_place(file)
        self._content = _read_content(file)
        self.fixture = None if self._content is None else _parse(file, self._content)
        self.is_new = self.fixture is None
        self._version = "v1.0" if self.fixture is None else str(self.fixture.data.get("version", "v1.0"))
        self._written: _Mark | None = None

    def restore(self, tenant: Tenant) -> None:
        """Put the records of the file in the place of those of the fixtures, if there is a file. Raises StateError.

        New ids then follow from the seed and the file: those of the seed alone may be taken by records of the file.
        """
        if self.fixture is None or self._content is None:
            return
        try:
            tenant.replace(self.fixture)
            tenant.tenant_settings.set(self.fixture.data.get("tenantSettings", {}))
        except (FixtureError, SettingError) as error:
            raise StateError(_explain_break(self.file, str(error))) from error
        digest = hashlib.sha256(self._content).digest()
        tenant.chance.restart(tenant.start.seed ^ int.from_bytes(digest[:8], "big"))
        self.fixture = self._content = None  # they may be large

    def write(self, tenant: Tenant) -> None:
        """Write what changed since the last time, if anything did; what cannot be written is said."""
        mark = _mark(tenant)
        if mark != self._written:
            if tenant.store.size >= _LARGE:
                error_stream.write(f"writing {tenant.store.size:,} records to {self.file}\n")
            self._write(*tenant.begin_export(self._version))

    async def keep(self, tenant: Tenant) -> None:
        """Write what changed, again and again, by a thread of its own, so that nobody waits."""
        rest = _PAUSE
        if not self.is_new:
            self._written = _mark(tenant)
        while True:
            await asyncio.sleep(rest)
            mark, began = _mark(tenant), monotonic()
            if mark == self._written:
                continue
            writing = asyncio.ensure_future(asyncio.to_thread(self._write, *tenant.begin_export(self._version)))
            try:
                is_written = await asyncio.shield(writing)
            except asyncio.CancelledError:
                await writing  # the last write must not meet this one
                raise
            self._written = mark if is_written else self._written
            rest = max(_PAUSE, _SHARE * (monotonic() - began))

    def _write(self, data: dict[str, Any], fill: Iterator[None]) -> bool:
        """Write a state, once it is filled, beside the file and put it in its place; whether it could be done."""
        deque(fill, maxlen=0)
        content = orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n"
        try:
            _replace_content(self.file, content)
        except OSError as error:
            error_stream.write(
                f"--state {self.file}: cannot be written: {error.strerror}; the old file was not changed\n"
            )
            return False
        return True


def _mark(tenant: Tenant) -> _Mark:
    return tenant.store.version, tenant.tenant_settings.given


def check_state_name(file: Path) -> None:
    """Refuse a name that no state file can have. Raises ValueError."""
    place = file.resolve()
    if place.is_dir():
        raise ValueError(f"expected a file; got the folder {file}: name a file in it, such as {file / 'state.json'}")
    if place.suffix != ".json":
        raise ValueError(f"expected a file whose name ends in .json, such as {file.with_suffix('.json')}; got {file}")
    if not place.parent.is_dir():
        raise ValueError(f"expected a file in a folder that exists; got {file}, and there is no {place.parent}")


def _check_place(file: Path) -> Path:
    """Where the file really is, if it can be written there. Raises StateError."""
    place = file.resolve()
    if place.is_mount():
        raise StateError(
            f"--state {file}: the file is a mount of its own and cannot be replaced; mount its folder instead"
        )
    probe = _beside(place)
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StateError(f"--state {file}: cannot write into {place.parent}: {error.strerror}") from error
    return place


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}.new")


def _read_content(file: Path) -> bytes | None:
    """The bytes of a file, None where there is none yet. Raises StateError."""
    try:
        return file.read_bytes() if file.exists() else None
    except OSError as error:
        raise StateError(f"--state {file}: cannot be read: {error.strerror}") from error


def _parse(file: Path, content: bytes) -> Fixture:
    """The state of a file, its times not to be moved. Raises StateError."""
    try:
        found = read_fixture(file.name, orjson.loads(content))
    except (orjson.JSONDecodeError, FixtureError) as error:
        raise StateError(_explain_break(file, str(error))) from error
    return found._replace(data={name: value for name, value in found.data.items() if name != "anchor"})


def _explain_break(file: Path, why: str) -> str:
    return f"--state {file}: cannot be read, and was not changed: {why}; correct or move it"


def _replace_content(file: Path, content: bytes) -> None:
    """Have a file with this content; whoever looks, and whatever ends us, finds the old one or the new one, whole."""
    beside = _beside(file)
    try:
        with beside.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
