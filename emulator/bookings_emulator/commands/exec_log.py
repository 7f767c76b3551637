"""Where the log of `exec` goes: into a file, or held back and shown only when the command fails."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

import click

from bookings_emulator.error_stream import error_stream

MOST_LINES = 2_000  # that are held back, the newest; --log-file keeps all
_AT_ONCE = "-"


class HeldLog:
    """Lines that wait for the exit code of the command; `code` is that, 0 until it is known."""

    def __init__(self) -> None:
        self.code = 0
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._count = 0

    def take(self, text: str) -> None:
        """Keep whole lines, the newest."""
        lines = text.splitlines(keepends=True)
        self._count += len(lines)
        self._lines.extend(lines)

    def show(self) -> None:
        """Write what was kept if the command failed and there is anything."""
        if not self.code or not self._lines:
            return
        gone = self._count - len(self._lines)
        before = f" (its first {gone} lines are left out; --log-file keeps all)" if gone else ""
        error_stream.write(f"exec: the command exited with {self.code}; the emulator's log{before}:\n")
        error_stream.write("".join(self._lines))


@contextlib.contextmanager
def written_log(file: str | None) -> Iterator[HeldLog]:
    """Within this, the log goes into `file`, or where that is None is held back; whoever asks tells it the exit code.

    Raises ClickException if the file cannot be written.
    """
    held = HeldLog()
    if file == _AT_ONCE:
        yield held
    elif file is None:
        with error_stream.lead_to(held.take):
            yield held
        held.show()
    else:
        with _opened(file) as target, error_stream.lead_to(lambda text: _append(target, text)):
            yield held


def _opened(file: str) -> IO[Any]:
    try:
        return open(file, "w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise click.ClickException(f"cannot write the --log-file {file}: {error.strerror}") from error


def _append(target: IO[Any], text: str) -> None:
    """Write at once, so that the file can be followed; a full disk takes nothing and stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        target.write(text)
        target.flush()
