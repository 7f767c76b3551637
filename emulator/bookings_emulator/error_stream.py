"""Standard error as the program writes it: writing cannot fail, and never blocks a running server."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

Sink = Callable[[str], None]  # takes whole lines
_Lines = str | tuple[Callable[..., str], tuple[Any, ...]]  # lines, or what makes them
MOST_LINES = 4096  # that wait for a reader; what comes beyond is counted and dropped
_GATHER = 0.002  # seconds for which lines are gathered before they are written as one
_PATIENCE = 1.0  # seconds that the reader has at the end
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F)}


def on_one_line(text: str) -> str:
    """A text that may quote anything a client sent: printable ASCII, so that it can neither forge a line nor steer a
    terminal."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_ESCAPES).encode("ascii", "backslashreplace").decode()


class ErrorStream:
    """Where lines of the log, tracebacks and warnings go: at once, or by a thread of their own while a server runs."""

    def __init__(self) -> None:
        self._writer: _Writer | None = None
        self._sink: Sink = _write_now

    def write(self, text: str) -> None:
        """Write whole lines. Never raises: a stream that is closed, full or left by its reader takes nothing."""
        if self._writer is None:
            self._sink(text)
        else:
            self._writer.put(text)

    def write_later(self, make: Callable[..., str], *about: Any) -> None:
        """Write the lines that `make` makes of values that nobody changes: while a server runs, many at a time, which
        costs less than one by one between calls."""
        if self._writer is None:
            self._sink(make(*about))
        else:
            self._writer.put((make, about))

    @contextlib.contextmanager
    def lead_to(self, sink: Sink) -> Iterator[None]:
        """Within this, lines go to `sink`, which must not raise, in place of the standard error stream."""
        before, self._sink = self._sink, sink
        try:
            yield
        finally:
            self._sink = before

    @contextlib.contextmanager
    def gather(self) -> Iterator[None]:
        """Within this, who writes does not wait: lines are gathered, and all are written before it ends."""
        before, self._writer = self._writer, _Writer(self._sink)
        try:
            yield
        finally:
            writer, self._writer = self._writer, before
            writer.close()


class _Writer:
    """A thread that writes what was put, many lines at a time, and waits for the reader in the place of all others."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lines: SimpleQueue[_Lines | None] = SimpleQueue()
        self._dropped = 0
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="bookings-emulator-log", daemon=True)
        self._thread.start()

    def put(self, lines: _Lines) -> None:
        if self._lines.qsize() < MOST_LINES:
            self._lines.put(lines)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits; a reader that does not read is waited for no longer than its patience lasts."""
        self._is_ending.set()
        self._lines.put(None)
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        is_open = True
        while is_open:
            lines = [self._lines.get()]
            self._is_ending.wait(_GATHER)
            with contextlib.suppress(Empty):
                while True:
                    lines.append(self._lines.get_nowait())
            is_open = None not in lines
            dropped, self._dropped = self._dropped, 0
            if dropped:
                lines.append(f"{dropped} lines of this log were dropped because nobody read them\n")
            self._sink("".join(_make_text(each) for each in lines if each))


def _make_text(waiting: _Lines) -> str:
    """Lines that wait, as text; a defect in the making of one is told in its place."""
    if isinstance(waiting, str):
        return waiting
    make, about = waiting
    try:
        return make(*about)
    except Exception:  # the thread must go on, whatever one line is about
        return indented(traceback.format_exc())


def _write_now(text: str) -> None:
    stream = sys.stderr
    if stream is None:  # it was closed before the program began
        return
    with contextlib.suppress(OSError, ValueError):
        try:
            number = stream.fileno()
        except OSError:  # it stands for the stream and has no number, as in a test
            stream.write(text)
        else:
            stream.flush()
            _write_bytes(number, text.encode(stream.encoding, "backslashreplace"))


def _write_bytes(number: int, content: bytes) -> None:
    """Write past the buffer of the stream, which would keep what cannot be written and fail again at the exit."""
    while content:
        content = content[os.write(number, content) :]


error_stream = ErrorStream()


class WarningHandler(logging.Handler):
    """Takes what libraries log to the error stream, a line for each record, and a traceback indented below it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        text = f"{record.levelname}: {on_one_line(record.getMessage())}\n"
        if record.exc_info:
            text += indented("".join(traceback.format_exception(*record.exc_info)))
        error_stream.write(text)


def indented(text: str) -> str:
    """Lines that belong to the one before; indented, none of them passes for a line of its own."""
    return "".join(f"  {on_one_line(line)}\n" for line in text.split("\n") if line)
