"""Calls as they come, appended to a file, so that a recording outlives the end of its process, whatever ends it."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from bookings_emulator.error_stream import error_stream
from bookings_emulator.masking import mask_headers
from bookings_emulator.recording.recorded import Recorded

FILE = "calls.ndjson"
_BYTES = ("body", "answer")


class RecordingError(Exception):
    """A recording cannot be written; the message says where and why."""


class CallLog:
    """The file of one recording. Only its owner may read it, since nothing is taken out of it but what opens doors;
    it goes once fixture and scenario are written."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._target: BinaryIO | None = None

    def open(self) -> list[Recorded]:
        """Begin to write; the calls that a run left which did not end. Raises RecordingError."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            left = [*_read_calls(self.file)] if self.file.exists() else []
            number = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._target = os.fdopen(number, "ab", buffering=0)
            self._target.write(b"\n")  # a full disk takes nothing; it also parts what follows from a line that was cut
        except OSError as error:
            raise RecordingError(
                f"cannot write into {self.file.parent}: {error.strerror}; use another --output"
            ) from error
        return left

    def append(self, place: int, call: Recorded) -> None:
        """Keep a call at its place among the others; where that fails, it is said once, and memory keeps them."""
        if self._target is None:
            return
        try:
            self._target.write(orjson.dumps({"place": place, **_as_json(call)}) + b"\n")
        except OSError as error:
            self.close()
            error_stream.write(f"from here on, calls are kept in memory only: {self.file}: {error.strerror}\n")

    def close(self) -> None:
        """Write no more."""
        if self._target is not None:
            self._target.close()
            self._target = None

    def discard(self) -> None:
        """Remove the file, since all that is in it was written otherwise."""
        self.close()
        with suppress(OSError):
            self.file.unlink()


def _as_json(call: Recorded) -> dict[str, Any]:
    head, _, signature = (call.caller or "").rpartition(".")
    caller = (
        f"{head}." if signature and head.count(".") == 1 else call.caller
    )  # claims tell who called, and sign nothing
    plain = {**asdict(call), "caller": caller, "headers": mask_headers(call.headers)}
    return {name: b64encode(value).decode() if name in _BYTES else value for name, value in plain.items()}


def _read_calls(file: Path) -> list[Recorded]:
    calls: list[Recorded] = []
    for place, call in _lines(file):
        calls.insert(place, call)
    return calls


def _lines(file: Path) -> Iterator[tuple[int, Recorded]]:
    """The calls of a file with their places; the last line may have been cut."""
    for line in file.read_bytes().splitlines():
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        place = found.pop("place")
        contents: dict[str, Any] = {name: b64decode(found.pop(name)) for name in _BYTES}
        yield place, Recorded(**found, **contents)
