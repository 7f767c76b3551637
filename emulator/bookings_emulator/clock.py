"""The clock of a tenant: the only module that reads the time of the machine for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The moment by the clock of the machine, which clients of a tenant with another clock still go by."""
    return datetime.now(UTC)


class Clock:
    """The tenant's time: real, real with an offset, or frozen at a moment."""

    def __init__(self, frozen: datetime | None = None) -> None:
        self.frozen = frozen
        self.offset = timedelta()

    @property
    def mode(self) -> str:
        """`frozen`, `offset` or `real`."""
        return "frozen" if self.frozen else "offset" if self.offset else "real"

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.frozen or real_now() + self.offset

    def save(self) -> tuple[datetime | None, timedelta]:
        """What `restore` needs."""
        return self.frozen, self.offset

    def restore(self, saved: tuple[datetime | None, timedelta]) -> None:
        """Stand as it stood when `save` was called."""
        self.frozen, self.offset = saved

    def advance(self, length: timedelta) -> None:
        """Move on; a frozen clock stays frozen, at the later moment."""
        if self.frozen:
            self.frozen += length
        else:
            self.offset += length
