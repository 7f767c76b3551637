"""A snapshot of a tenant: a state to come back to."""

from __future__ import annotations

from bookings_emulator.client.control_http import Line, path_of


class Snapshot:
    """A saved state of a tenant, without the journal; it can be restored any number of times."""

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self.name: str = name  # by which it can be restored

    def restore(self) -> None:
        """Restore that state."""
        self._line.post(path_of("snapshots", self.name, "restore"))

    def drop(self) -> None:
        """Delete the snapshot."""
        self._line.delete(path_of("snapshots", self.name))

    def __repr__(self) -> str:
        return f"<snapshot {self.name} of {self._line.url}>"
