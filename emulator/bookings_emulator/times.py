"""Durations, instants and zones as they appear on the wire; pure functions shared by contract, domain and store.

Everything inside the program is UTC. Text that cannot be read gives None: only the caller knows how to refuse it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from bookings_emulator.caches import keep_answers

_DURATION = re.compile(
    r"(-)?P(?=.)(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,12}))?S)?)?", re.ASCII
)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,7}))?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})?", re.ASCII
)
# files in the zone folders of some systems that are no zones
_NO_ZONES = ("posix", "right/", "localtime", "Factory")
_ONE_MICROSECOND = timedelta(microseconds=1)
# zone names that mean UTC but are in neither list of names (seen in availability answers and Outlook data)
_UTC_NAMES = frozenset({"", "UTC", "Z", "Etc/UTC", "(UTC) Coordinated Universal Time", "tzone://Microsoft/Utc"})


@keep_answers(1024)
def parse_duration(text: str) -> timedelta | None:
    """`PT1H30M` → timedelta; days, hours, minutes and seconds only, as Edm.Duration has it."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith("P"):
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    length = timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int((fraction or "0").ljust(6, "0")[:6]),
    )
    return -length if sign else length


@keep_answers(1024)
def canonical_duration(text: str) -> str | None:
    """The spelling the service writes: `PT90M` → `PT1H30M`, `PT24H` → `P1D`, nothing → `PT0S`."""
    length = parse_duration(text)
    return None if length is None else format_duration(length)


@lru_cache(maxsize=1024)
def format_duration(length: timedelta) -> str:
    """timedelta → `P1DT7H`, `PT30M`, `PT0S`."""
    total = length // _ONE_MICROSECOND
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, fraction = divmod(total, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    tail = f".{fraction:06d}".rstrip("0") if fraction else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{tail}S" if seconds or fraction else ""
    day = f"{days}D" if days else ""
    return f"{sign}P{day}T{clock}" if clock else (f"{sign}P{day}" if day else "PT0S")


@keep_answers(1024)
def canonical_time_of_day(text: str) -> str | None:
    """`08:00` → `08:00:00.0000000`; None for what no clock shows (`24:00:00`)."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    return f"{hours}:{minutes}:{seconds or '00'}.{(fraction or '').ljust(7, '0')}"


def canonical_date(text: str) -> str | None:
    """`2026-01-31` as it is; None where there is no such day."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def shifted(moment: datetime, length: timedelta) -> datetime:
    """A moment moved by a length that anybody may have chosen; it stops at the first and last moment there is."""
    try:
        return moment + length
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if length > timedelta() else datetime.min.replace(tzinfo=UTC)


def parse_date_time(text: str) -> tuple[datetime, bool] | None:
    """An ISO date and time with or without offset → (value, has an offset); the value is UTC where it has one."""
    if len(text) == 27 and text.endswith(".0000000"):
        text = text[:19]
    if len(text) == 19 and text[4] == text[7] == "-" and text[10] == "T" and text[13] == ":":
        try:
            return datetime.fromisoformat(text), False
        except ValueError:
            return None
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction, offset = match.groups()
    zone = offset.upper() if offset else ""
    try:
        value = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')[:6]}{zone}")
        return (value.astimezone(UTC), True) if offset else (value, False)
    except (ValueError, OverflowError):
        return None


def parse_instant(text: str) -> datetime | None:
    """An Edm.DateTimeOffset (an offset is needed) → UTC."""
    parsed = parse_date_time(text)
    return parsed[0] if parsed and parsed[1] else None


def parse_edge(text: str) -> datetime | None:
    """The edge of a window: an instant, or a date and time without offset, or a date; what has no offset is UTC."""
    parsed = parse_date_time(f"{text}T00:00:00" if _DATE.fullmatch(text) else text)
    return parsed[0].replace(tzinfo=UTC) if parsed else None


def format_instant(value: datetime) -> str:
    """UTC → `2026-11-02T09:00:00Z`, with as many decimals as there are."""
    text = value.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


@keep_answers(512)
def zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA or a Windows name, or of what Windows shows for one; else None.

    `Europe/Berlin`, `W. Europe Standard Time`, `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`.
    """
    if name in _UTC_NAMES:
        return ZoneInfo("UTC")
    if name.startswith(_NO_ZONES):
        return None
    if " " not in name:  # no IANA name has a blank, and looking for one that is none opens many files
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name)
    from bookings_emulator.windows_zones import windows_name, windows_names  # wanted by few calls

    wanted = (windows_name(name) or name).lower()
    if wanted == "utc":
        return ZoneInfo("UTC")
    found = windows_names().get(wanted) or {each.lower(): each for each in available_timezones()}.get(wanted)
    return ZoneInfo(found) if found else None


@keep_answers(512)
def windows_zone(name: str) -> ZoneInfo | None:
    """The zone of a Windows name, of what Windows shows for one, or of `UTC`; None for IANA names and all others."""
    if name in _UTC_NAMES or name.upper() == "UTC":
        return ZoneInfo("UTC")
    from bookings_emulator.windows_zones import spelled

    return zone(name) if spelled(name) is not None else None


@keep_answers(512)
def windows_name(name: str) -> str:
    """The Windows name of an IANA or a Windows zone; `UTC` for what has none."""
    if name in _UTC_NAMES:
        return "UTC"
    from tzlocal.windows_tz import tz_win

    from bookings_emulator.windows_zones import spelled

    return spelled(name) or tz_win.get(name) or "UTC"


def windows_zone_names() -> dict[str, str]:
    """The Windows name of each IANA zone that has one, as the CLDR tells."""
    from tzlocal.windows_tz import tz_win

    return dict(tz_win)


def to_utc(text: str, zone_name: str | None) -> datetime | None:
    """The instant of a dateTimeTimeZone; an offset inside the text wins over the zone beside it."""
    parsed = parse_date_time(text)
    if parsed is None:
        return None
    value, has_offset = parsed
    if has_offset:
        return value
    if not zone_name or zone_name == "UTC":
        return value.replace(tzinfo=UTC)
    place = zone(zone_name)
    if place is None:
        return None
    try:
        return value.replace(tzinfo=place).astimezone(UTC)
    except OverflowError:
        return None


def date_time_time_zone(value: datetime) -> dict[str, str]:
    """UTC → the dateTimeTimeZone of appointments: seven decimals, Z, zone UTC."""
    return {"dateTime": f"{seven_decimals(value)}Z", "timeZone": "UTC"}


def seven_decimals(value: datetime) -> str:
    """A moment as its zone has it, with seven decimals and no offset."""
    text = value.isoformat()
    return f"{text[:26]}0" if value.microsecond else f"{text[:19]}.0000000"


def instant_of(record: dict[str, str]) -> datetime:
    """The instant of a stored dateTimeTimeZone, which is always UTC with seven decimals and Z."""
    return _instant_of_stored(record["dateTime"])


@lru_cache(maxsize=4096)
def _instant_of_stored(text: str) -> datetime:
    return datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)
