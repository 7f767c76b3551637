"""The clock of a tenant: read it, freeze it, set it, move it on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Unpack

from bookings_emulator.client.control_http import ControlError, Line
from bookings_emulator.client.word_types import LengthWords
from bookings_emulator.client.words import LENGTH, check_words


class Clock:
    """The clock of a tenant. Moments are datetimes with a time zone, or strings such as `2026-01-05T08:00:00Z`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def mode(self) -> str:
        """`real`, `offset` or `frozen`."""
        return str(self._line.get("/clock")["mode"])

    def now(self) -> datetime:
        """The current time of the tenant, in UTC."""
        return _moment(self._line.get("/clock"))

    def freeze(self, moment: datetime | str | None = None) -> datetime:
        """Stop the clock at a moment; default: the current one."""
        return self._set({"mode": "frozen", **({} if moment is None else {"now": _text(moment)})})

    def set(self, moment: datetime | str) -> datetime:
        """Set the clock to a moment and let it run from there."""
        return self._set({"mode": "offset", "now": _text(moment)})

    def release(self) -> datetime:
        """Return the clock to real time."""
        return self._set({"mode": "real"})

    def advance(
        self, by: timedelta | str | None = None, *, to: datetime | str | None = None, **parts: Unpack[LengthWords]
    ) -> datetime:
        """Move forward `by` a duration (a timedelta, or `P1D`), `to` a moment, or by `days=1, hours=2`.

        Raises ControlError for none or several of these, and for a step back.
        """
        check_words("clock.advance", parts, ("by", "to", *LENGTH))
        words = {"by": by, "to": to, **parts}.items()
        came = ", ".join(f"{name}={value}" for name, value in words if value is not None)
        if (by is not None) + (to is not None) + bool(parts) != 1:
            expected = "a duration such as P1D, to=MOMENT, or parts such as days=1"
            raise ControlError(f"advance takes one of {expected}; got {came or 'nothing'}")
        by = _read_parts(parts) if parts else by
        if isinstance(by, timedelta) and by < timedelta():
            raise ControlError(f"the clock can only advance; {came} is negative; use clock.set to go back")
        if to is not None:
            return _moment(self._line.post("/clock/advance", {"to": _text(to)}))
        length = f"PT{by.total_seconds():f}S" if isinstance(by, timedelta) else by
        return _moment(self._line.post("/clock/advance", {"by": length}))

    def _set(self, wanted: dict[str, Any]) -> datetime:
        return _moment(self._line.put("/clock", wanted))


def _read_parts(parts: LengthWords) -> timedelta:
    """The length of `days=1, hours=2`. Raises ControlError."""
    for name, value in parts.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ControlError(f"clock.advance: {name} must be a number; got {value!r}", 400)
    try:
        return timedelta(**parts)
    except (OverflowError, ValueError) as error:
        came = ", ".join(f"{name}={value}" for name, value in parts.items())
        raise ControlError(f"clock.advance: no clock goes so far; got {came}", 400) from error


def _text(moment: datetime | str) -> str:
    if isinstance(moment, str):
        return moment
    if not isinstance(moment, datetime):
        raise ControlError(f"the clock takes a datetime, or text such as 2026-01-05T08:00:00Z; got {moment!r}", 400)
    return moment.isoformat()


def _moment(clock: dict[str, str]) -> datetime:
    return datetime.fromisoformat(clock["now"])
