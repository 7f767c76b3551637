"""The stream of a tenant in Python: what happens, one after the other, as an iterator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic
from types import TracebackType
from typing import Any

from bookings_emulator.client.answers import StreamEvent
from bookings_emulator.client.control_http import ControlError, Line

_LULL = 60.0  # seconds without a sign of life after which a connection is taken for dead


class Events(Iterator[StreamEvent]):
    """The events of a tenant as they happen, from its creation, or after the event with the given `id`.

    It waits `timeout` seconds for the next event, None for no limit; then it raises TimeoutError, and you can
    continue. If the connection breaks it reconnects and continues where it was. It ends when the tenant is deleted or
    the emulator stops.
    """

    def __init__(self, line: Line, match: dict[str, Any], timeout: float | None, after: str | None = None) -> None:
        self._line = line
        self._match = match
        self._timeout = timeout
        self._place = after
        self._open = ExitStack()
        self._lines: Iterator[str] | None = None
        self._is_over = False
        self._connect()

    def __next__(self) -> StreamEvent:
        until = None if self._timeout is None else monotonic() + self._timeout
        while not self._is_over:
            found = self._read(until)
            if found is not None and found["kind"] == "end":
                self.close()
            elif found is not None:
                return found
        raise StopIteration

    def close(self) -> None:
        """Stop following."""
        self._is_over = True
        self._open.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _connect(self) -> None:
        """Open the stream, and read until it has begun: what happens from now on is not missed."""
        self._open.close()
        query = {**self._match, "after": self._place}
        answer = self._open.enter_context(self._line.stream("/events", query, wait=self._timeout or _LULL))
        self._lines = answer.iter_lines()
        begun = self._next_event()
        if begun is None or begun["kind"] != "begin":
            raise ControlError(f"the emulator at {self._line.url} did not start its event stream")

    def _read(self, until: float | None) -> StreamEvent | None:
        """The next one, None for a sign of life or a connection that had to be made again. Raises TimeoutError."""
        import httpx

        found = None
        try:
            if self._lines is None:
                self._connect()
            found = self._next_event()
        except httpx.ReadTimeout:
            self._lines = None
        except httpx.TransportError:
            self._connect()
        if found is None and until is not None and monotonic() >= until:
            raise TimeoutError(f"nothing{_told(self._match)} happened within {self._timeout:g} s")
        return found

    def _next_event(self) -> StreamEvent | None:
        """What the lines up to the next empty one say; None for a comment. Raises httpx.TransportError at their end."""
        import httpx

        said: dict[str, str] = {}
        for line in self._lines or ():
            if not line:
                if "id" in said:
                    self._place = said["id"]
                return _event(said, self._place or "") if "data" in said else None
            name, _, value = line.partition(":")
            said[name] = value.removeprefix(" ")
        raise httpx.RemoteProtocolError("the stream ended without an end event")


def _event(said: dict[str, str], place: str) -> StreamEvent:
    import json

    return {"id": place, "kind": said.get("event", "message"), "data": json.loads(said["data"])}


def _told(match: dict[str, Any]) -> str:
    words = ", ".join(f"{name} {value}" for name, value in match.items() if value is not None)
    return f" of {words}" if words else ""
