"""Durations, times of day, instants and zones: what is read, what is refused, how it is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bookings_emulator.times import (
    canonical_date,
    canonical_duration,
    canonical_time_of_day,
    date_time_time_zone,
    format_instant,
    instant_of,
    parse_instant,
    to_utc,
    zone,
)
from bookings_emulator.windows_zones import screen_names, windows_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT30M", "PT30M"), ("PT90M", "PT1H30M"), ("PT24H", "P1D"), ("P1DT7H", "P1DT7H"), ("P365D", "P365D"),
        ("PT0S", "PT0S"), ("P0D", "PT0S"), ("-PT5M", "-PT5M"), ("PT1.5S", "PT1.5S"), ("P1M", None), ("P1W", None),
        ("P", None), ("PT", None), ("P1DT", None), ("0:30:00", None), ("30", None), ("", None), ("pt30m", None),
    ],
)  # fmt: skip
def test_durations_have_one_spelling(text: str, expected: str | None) -> None:
    assert canonical_duration(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00", "08:00:00.0000000"), ("08:00:00", "08:00:00.0000000"), ("17:30:15.000500", "17:30:15.0005000"),
        ("23:59:59.9999999", "23:59:59.9999999"), ("24:00:00", None), ("8:00:00", None), ("08:60", None), ("", None),
    ],
)  # fmt: skip
def test_times_of_day_have_seven_decimals(text: str, expected: str | None) -> None:
    assert canonical_time_of_day(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("2028-02-29", "2028-02-29"), ("2026-02-29", None), ("20260101", None)])
def test_dates_are_days_that_exist(text: str, expected: str | None) -> None:
    assert canonical_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00.1234567Z", "2026-01-05T08:00:00.123456Z"),
        ("2026-01-05T08:00:00.50+05:30", "2026-01-05T02:30:00.5Z"),
        ("2026-01-05T08:00Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00", None),
        ("2026-01-05", None),
        ("2026-01-05T25:00:00Z", None),
        ("0001-01-01T00:00:00+05:00", None),
    ],
)
def test_instants_need_an_offset_and_are_written_in_utc(text: str, expected: str | None) -> None:
    value = parse_instant(text)
    assert (format_instant(value) if value else None) == expected


@pytest.mark.parametrize(
    ("text", "zone_name", "expected"),
    [
        ("2026-07-01T10:00:00", "Europe/Berlin", "2026-07-01T08:00:00"),
        ("2026-07-01T10:00:00", "W. Europe Standard Time", "2026-07-01T08:00:00"),
        ("2026-07-01T10:00:00", "europe/BERLIN", "2026-07-01T08:00:00"),
        ("2026-07-01T10:00:00", "w. europe standard time", "2026-07-01T08:00:00"),
        ("2026-01-01T10:00:00.0000000", "Pacific Standard Time", "2026-01-01T18:00:00"),
        ("2026-07-01T10:00:00Z", "Europe/Berlin", "2026-07-01T10:00:00"),
        ("2026-07-01T10:00:00", None, "2026-07-01T10:00:00"),
        ("2026-07-01T10:00:00", "(UTC) Coordinated Universal Time", "2026-07-01T10:00:00"),
    ],
)
def test_zones_are_known_by_both_names_and_an_offset_wins(text: str, zone_name: str | None, expected: str) -> None:
    value = to_utc(text, zone_name)
    assert value == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "a" * 1000, "\0", "posixrules", "localtime"],
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone(name) is None


def test_a_date_time_time_zone_is_read_back_as_written() -> None:
    moment = datetime(2026, 1, 5, 8, 0, 0, 120000, UTC)
    written = date_time_time_zone(moment)
    assert written == {"dateTime": "2026-01-05T08:00:00.1200000Z", "timeZone": "UTC"}
    assert instant_of(written) == moment
    assert to_utc(**{"text": written["dateTime"], "zone_name": "UTC"}) - moment == timedelta()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(utc-05:00) eastern time (us & canada)", "America/New_York"),
        ("(UTC-04:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("(UTC) Co-ordinated Universal Time", "UTC"),
        ("(UTC-05:00) Eastern Time (US and Canada)", "America/New_York"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-07:00) Chihuahua, La Paz, Mazatlan", "America/Mazatlan"),
        ("(UTC+02:00) Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius", "Europe/Kiev"),
        ("W. Europe Standard Time", "Europe/Berlin"),
    ],
)
def test_a_zone_is_known_by_what_windows_shows_for_it(name: str, key: str) -> None:
    found = zone(name)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("name", ["(UTC-05:00)", "(UTC-05:00) Nowhere", "Eastern Time (US & Canada)"])
def test_what_windows_does_not_show_is_no_zone(name: str) -> None:
    assert zone(name) is None


def test_every_zone_that_windows_shows_is_one_of_the_cldr() -> None:
    assert {name.lower() for name in screen_names()} <= windows_names().keys()
    assert all(zone(screen) == zone(name) for name, screen in screen_names().items())


@pytest.mark.parametrize(
    ("text", "written"),
    [("PT0.123456789012S", "PT0.123456S"), ("P11DT23H59M59.999999999999S", "P11DT23H59M59.999999S")],
)
def test_a_duration_may_have_twelve_decimals(text: str, written: str) -> None:
    assert canonical_duration(text) == written


def test_a_duration_has_no_thirteen_decimals() -> None:
    assert canonical_duration("PT0.1234567890123S") is None
