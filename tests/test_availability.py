"""getStaffAvailability: opening hours, zones, daylight saving, appointments with buffers, and the personal calendar."""

from __future__ import annotations

from typing import Any

import pytest

from bookings_emulator.contract.quirks import Quirks
from tests.conftest import BUSINESS, GROUP, HOME, SERVICE, STAFF, Graph, at, booking, make_tenant, small
from tests.rule_quirks import SEEN as RULED
from tests.test_domain import GUEST, OTHER_STAFF, decide, people, refusal, store_of

TUESDAY = ("2026-01-06T00:00:00", "2026-01-07T00:00:00")
OPEN_TUESDAY = "available 01-06T08:00 01-06T17:00"


def hours(*slots: tuple[str, str], days: tuple[str, ...] = ("tuesday",)) -> list[dict[str, Any]]:
    """Weekly hours with the same slots on some days."""
    times = [{"startTime": opens, "endTime": closes} for opens, closes in slots]
    return [{"day": day, "timeSlots": times} for day in days]


def taken(start: str, end: str, **members: Any) -> dict[str, Any]:
    """An appointment without buffers; bare times of day are those of Tuesday."""
    start, end = (text if "T" in text else f"2026-01-06T{text}:00" for text in (start, end))
    plain: dict[str, Any] = {"preBuffer": "PT0S", "postBuffer": "PT0S"}
    return booking(startDateTime=at(start), endDateTime=at(end), **{**plain, **members})


def entry(start: str, end: str, *, zone: str = "UTC", **members: Any) -> dict[str, Any]:
    """An entry of a personal calendar on Tuesday."""
    return {"start": at(f"2026-01-06T{start}:00", zone), "end": at(f"2026-01-06T{end}:00", zone), **members}


def desk(*appointments: dict[str, Any], member: dict[str, Any] | None = None, **business: Any) -> dict[str, Any]:
    """The small tenant with other hours, with other traits of its member, and with these appointments only."""
    data = small()
    (record,) = data["bookingBusinesses"]
    record |= {**business, "appointments": list(appointments)}
    record["staffMembers"][0] |= member or {}
    return data


def question(window: tuple[str, str], staff_ids: tuple[str, ...] = (STAFF,)) -> dict[str, Any]:
    return {"staffIds": list(staff_ids), "startDateTime": at(window[0]), "endDateTime": at(window[1])}


def written(items: list[dict[str, Any]]) -> list[str]:
    """Availability items as `status from to`."""
    edges = ("startDateTime", "endDateTime")
    return [" ".join([each["status"], *(each[edge]["dateTime"][5:16] for edge in edges)]) for each in items]


def availability(data: dict[str, Any], window: tuple[str, str] = TUESDAY, **members: Any) -> list[str]:
    """What the rule says of the one member."""
    (row,) = decide(store_of(data), "getStaffAvailability", question(window), **members).result
    return written(row["availabilityItems"])


# opening hours


def own(*slots: tuple[str, str], zone: str | None = None, days: tuple[str, ...] = ("tuesday",)) -> dict[str, Any]:
    """A member with hours of its own."""
    return {"useBusinessHours": False, "workingHours": hours(*slots, days=days), "timeZone": zone}


def page(zone: str) -> dict[str, Any]:
    return {"businessTimeZone": zone}


HOURS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by default from 8 to 17": ({}, [OPEN_TUESDAY]),
    "other hours": ({"businessHours": hours(("06:15", "07:45"))}, ["available 01-06T06:15 01-06T07:45"]),
    "a closed day": ({"businessHours": hours(("08:00", "17:00"), days=("monday",))}, []),
    "a day without slots": ({"businessHours": hours()}, []),
    "several slots, in any order": (
        {"businessHours": hours(("14:00", "18:00"), ("08:00", "12:00"))},
        ["available 01-06T08:00 01-06T12:00", "available 01-06T14:00 01-06T18:00"],
    ),
    "slots that touch": (
        {"businessHours": hours(("08:00", "12:00"), ("12:00", "17:00"))}, ["available 01-06T08:00 01-06T17:00"]
    ),
    "slots that overlap": (
        {"businessHours": hours(("08:00", "13:00"), ("09:00", "10:00"), ("12:00", "17:00"))},
        ["available 01-06T08:00 01-06T17:00"],
    ),
    "a day that is named twice": (
        {"businessHours": hours(("08:00", "09:00")) + hours(("10:00", "11:00"))},
        ["available 01-06T08:00 01-06T09:00", "available 01-06T10:00 01-06T11:00"],
    ),
    "a slot into the next day": (
        {"businessHours": hours(("22:00", "02:00"))}, ["available 01-06T22:00 01-07T00:00"]
    ),
    "a slot from the day before": (
        {"businessHours": hours(("22:00", "02:00"), days=("monday",))}, ["available 01-06T00:00 01-06T02:00"]
    ),
    "from midnight to midnight": (
        {"businessHours": hours(("00:00", "00:00"))}, ["available 01-06T00:00 01-07T00:00"]
    ),
    "up to the last second": (
        {"businessHours": hours(("00:00", "23:59:59.9999999"))}, ["available 01-06T00:00 01-06T23:59"]
    ),
    "the zone of the business, IANA": (
        {"bookingPageSettings": page("Europe/Berlin")}, ["available 01-06T07:00 01-06T16:00"]
    ),
    "the zone of the business, Windows": (
        {"bookingPageSettings": page("W. Europe Standard Time")}, ["available 01-06T07:00 01-06T16:00"]
    ),
    "a zone far in the east": (
        {"bookingPageSettings": page("Asia/Tokyo")},
        ["available 01-06T00:00 01-06T08:00", "available 01-06T23:00 01-07T00:00"],
    ),
    "a zone far in the west": (
        {"bookingPageSettings": page("Pacific Standard Time")},
        ["available 01-06T00:00 01-06T01:00", "available 01-06T16:00 01-07T00:00"],
    ),
    "own hours": ({"member": own(("10:00", "12:00"))}, ["available 01-06T10:00 01-06T12:00"]),
    "own hours in the own zone": (
        {"member": own(("10:00", "12:00"), zone="America/New_York")}, ["available 01-06T15:00 01-06T17:00"]
    ),
    "own hours in the own zone, Windows": (
        {"member": own(("14:00", "16:00"), zone="India Standard Time")}, ["available 01-06T08:30 01-06T10:30"]
    ),
    "own hours, no zone: that of the business": (
        {"member": own(("10:00", "12:00")), "bookingPageSettings": page("Europe/Berlin")},
        ["available 01-06T09:00 01-06T11:00"],
    ),
    "own hours reach beyond those of the business": ({"member": own(("05:00", "20:00"))}, [OPEN_TUESDAY]),
    "own hours before those of the business": ({"member": own(("05:00", "08:00"))}, []),
    "own hours of several slots and a break of the business": (
        {
            "member": own(("06:00", "09:00"), ("11:00", "14:00"), ("16:00", "20:00")),
            "businessHours": hours(("08:00", "12:00"), ("13:00", "17:00")),
        },
        [
            "available 01-06T08:00 01-06T09:00",
            "available 01-06T11:00 01-06T12:00",
            "available 01-06T13:00 01-06T14:00",
            "available 01-06T16:00 01-06T17:00",
        ],
    ),
    "own hours that do not count": (
        {"member": {**own(("10:00", "12:00"), zone="Asia/Tokyo"), "useBusinessHours": True}}, [OPEN_TUESDAY]
    ),
    "no own hours at all": ({"member": own(days=())}, []),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), HOURS.values(), ids=HOURS.keys())
def test_a_member_is_available_when_open(change: dict[str, Any], expected: list[str]) -> None:
    assert availability(desk(**change)) == expected


WINDOWS: dict[str, tuple[tuple[str, str], list[str]]] = {
    "inside the hours": (("2026-01-06T09:10:00", "2026-01-06T09:50:00"), ["available 01-06T09:10 01-06T09:50"]),
    "before the hours": (("2026-01-06T06:00:00", "2026-01-06T08:00:00"), []),
    "after the hours": (("2026-01-06T17:00:00", "2026-01-06T23:00:00"), []),
    "over midnight": (
        ("2026-01-06T16:00:00", "2026-01-07T09:00:00"),
        ["available 01-06T16:00 01-06T17:00", "available 01-07T08:00 01-07T09:00"],
    ),
    "a weekend": (("2026-01-10T00:00:00", "2026-01-12T00:00:00"), []),
    "days with a weekend between": (
        ("2026-01-09T00:00:00", "2026-01-13T00:00:00"),
        ["available 01-09T08:00 01-09T17:00", "available 01-12T08:00 01-12T17:00"],
    ),
    "the past": (("2025-12-30T00:00:00", "2025-12-31T00:00:00"), ["available 12-30T08:00 12-30T17:00"]),
    "a long time ago": (("1970-01-01T00:00:00", "1970-01-02T00:00:00"), ["available 01-01T08:00 01-01T17:00"]),
}


@pytest.mark.parametrize(("window", "expected"), WINDOWS.values(), ids=WINDOWS.keys())
def test_a_window_cuts_what_reaches_over_its_edges(window: tuple[str, str], expected: list[str]) -> None:
    assert availability(desk(), window) == expected


# daylight saving: hours of a Sunday on which clocks change, seen from UTC

CLOCKS: dict[str, tuple[str, tuple[str, str], tuple[str, str], list[str]]] = {
    "Berlin, the day before, March": (
        "Europe/Berlin", ("08:00", "17:00"), ("2026-03-28T00:00:00", "2026-03-29T00:00:00"),
        ["available 03-28T07:00 03-28T16:00"],
    ),
    "Berlin, March": (
        "Europe/Berlin", ("08:00", "17:00"), ("2026-03-29T00:00:00", "2026-03-30T00:00:00"),
        ["available 03-29T06:00 03-29T15:00"],
    ),
    "Berlin, March, a night of five hours": (
        "Europe/Berlin", ("00:00", "06:00"), ("2026-03-28T22:00:00", "2026-03-29T12:00:00"),
        ["available 03-28T23:00 03-29T04:00"],
    ),
    "Berlin, March, the hour that is skipped": (
        "Europe/Berlin", ("02:00", "03:00"), ("2026-03-28T22:00:00", "2026-03-29T12:00:00"), []
    ),
    "Berlin, March, opening in the hour that is skipped": (
        "Europe/Berlin", ("02:30", "06:00"), ("2026-03-28T22:00:00", "2026-03-29T12:00:00"),
        ["available 03-29T01:30 03-29T04:00"],
    ),
    "Berlin, March, from Saturday over midnight": (
        "Europe/Berlin", ("22:00", "04:00"), ("2026-03-28T12:00:00", "2026-03-29T12:00:00"),
        ["available 03-28T21:00 03-29T02:00"],
    ),
    "Berlin, the day before, October": (
        "Europe/Berlin", ("08:00", "17:00"), ("2026-10-24T00:00:00", "2026-10-25T00:00:00"),
        ["available 10-24T06:00 10-24T15:00"],
    ),
    "Berlin, October": (
        "Europe/Berlin", ("08:00", "17:00"), ("2026-10-25T00:00:00", "2026-10-26T00:00:00"),
        ["available 10-25T07:00 10-25T16:00"],
    ),
    "Berlin, October, a night of seven hours": (
        "Europe/Berlin", ("00:00", "06:00"), ("2026-10-24T21:00:00", "2026-10-25T12:00:00"),
        ["available 10-24T22:00 10-25T05:00"],
    ),
    "Berlin, October, the hour that comes twice": (
        "Europe/Berlin", ("02:00", "03:00"), ("2026-10-24T21:00:00", "2026-10-25T12:00:00"),
        ["available 10-25T00:00 10-25T02:00"],
    ),
    "New York, March": (
        "Eastern Standard Time", ("08:00", "17:00"), ("2026-03-07T00:00:00", "2026-03-09T00:00:00"),
        ["available 03-07T13:00 03-07T22:00", "available 03-08T12:00 03-08T21:00"],
    ),
    "New York, November": (
        "America/New_York", ("08:00", "17:00"), ("2026-10-31T06:00:00", "2026-11-02T00:00:00"),
        ["available 10-31T12:00 10-31T21:00", "available 11-01T13:00 11-01T22:00"],
    ),
    "New York, March, Sunday night over the gap": (
        "America/New_York", ("23:00", "03:00"), ("2026-03-08T00:00:00", "2026-03-08T12:00:00"),
        ["available 03-08T04:00 03-08T07:00"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("zone", "slot", "window", "expected"), CLOCKS.values(), ids=CLOCKS.keys())
def test_hours_are_those_of_the_clock_on_the_wall(
    zone: str, slot: tuple[str, str], window: tuple[str, str], expected: list[str]
) -> None:
    weekend = hours(slot, days=("saturday", "sunday"))
    night = hours(slot, days=("saturday",)) if slot[1] <= slot[0] else weekend
    data = desk(businessHours=night, bookingPageSettings=page(zone))
    assert availability(data, window) == expected


def test_slots_that_overlap_because_of_a_skipped_hour_are_one_item() -> None:
    data = desk(
        businessHours=hours(("00:00", "02:30"), ("03:00", "05:00"), days=("sunday",)),
        bookingPageSettings=page("Europe/Berlin"),
    )
    assert availability(data, ("2026-03-28T12:00:00", "2026-03-29T12:00:00")) == ["available 03-28T23:00 03-29T03:00"]


def test_a_business_that_never_closes_is_one_item_over_a_change_of_clocks() -> None:
    days = ("saturday", "sunday", "monday")
    data = desk(businessHours=hours(("00:00", "00:00"), days=days), bookingPageSettings=page("Europe/Berlin"))
    for month, day in (("03", 28), ("10", 24)):
        window = (f"2026-{month}-{day}T10:00:00", f"2026-{month}-{day + 2}T10:00:00")
        assert availability(data, window) == [f"available {month}-{day}T10:00 {month}-{day + 2}T10:00"]


# appointments

BOOKED: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "none": ([], [OPEN_TUESDAY]),
    "one": (
        [taken("10:00", "10:30")],
        ["available 01-06T08:00 01-06T10:00", "busy 01-06T10:00 01-06T10:30", "available 01-06T10:30 01-06T17:00"],
    ),
    "with buffers": (
        [taken("10:00", "10:30", preBuffer="PT15M", postBuffer="PT10M")],
        ["available 01-06T08:00 01-06T09:45", "busy 01-06T09:45 01-06T10:40", "available 01-06T10:40 01-06T17:00"],
    ),
    "with negative buffers, which count as none": (
        [taken("10:00", "10:30", preBuffer="-PT3H", postBuffer="-PT3H")],
        ["available 01-06T08:00 01-06T10:00", "busy 01-06T10:00 01-06T10:30", "available 01-06T10:30 01-06T17:00"],
    ),
    "end to end": (
        [taken("10:00", "10:30"), taken("10:30", "11:00")],
        [
            "available 01-06T08:00 01-06T10:00",
            "busy 01-06T10:00 01-06T10:30",
            "busy 01-06T10:30 01-06T11:00",
            "available 01-06T11:00 01-06T17:00",
        ],
    ),
    "overlapping": (
        [taken("10:00", "11:00"), taken("10:30", "11:30"), taken("10:45", "10:50")],
        [
            "available 01-06T08:00 01-06T10:00",
            "busy 01-06T10:00 01-06T11:00",
            "busy 01-06T10:30 01-06T11:30",
            "busy 01-06T10:45 01-06T10:50",
            "available 01-06T11:30 01-06T17:00",
        ],
    ),
    "at opening": (
        [taken("08:00", "09:00")], ["busy 01-06T08:00 01-06T09:00", "available 01-06T09:00 01-06T17:00"]
    ),
    "until closing": (
        [taken("16:00", "17:00")], ["available 01-06T08:00 01-06T16:00", "busy 01-06T16:00 01-06T17:00"]
    ),
    "outside the hours": (
        [taken("18:00", "19:00")], [OPEN_TUESDAY, "busy 01-06T18:00 01-06T19:00"]
    ),
    "over closing": (
        [taken("16:00", "19:00")], ["available 01-06T08:00 01-06T16:00", "busy 01-06T16:00 01-06T19:00"]
    ),
    "exactly the hours": ([taken("08:00", "17:00")], ["busy 01-06T08:00 01-06T17:00"]),
    "a whole day": ([taken("00:00", "2026-01-07T00:00:00")], ["busy 01-06T00:00 01-07T00:00"]),
    "from before the window": (
        [taken("2026-01-05T22:00:00", "09:00")],
        ["busy 01-06T00:00 01-06T09:00", "available 01-06T09:00 01-06T17:00"],
    ),
    "until after the window": (
        [taken("16:30", "2026-01-07T02:00:00")],
        ["available 01-06T08:00 01-06T16:30", "busy 01-06T16:30 01-07T00:00"],
    ),
    "from before until after": (
        [taken("2026-01-02T00:00:00", "2026-02-02T00:00:00")], ["busy 01-06T00:00 01-07T00:00"]
    ),
    "ending when the window begins": ([taken("2026-01-05T23:00:00", "00:00")], [OPEN_TUESDAY]),
    "beginning when the window ends": ([taken("2026-01-07T00:00:00", "2026-01-07T01:00:00")], [OPEN_TUESDAY]),
    "a buffer into the window": (
        [taken("2026-01-05T23:00:00", "2026-01-05T23:30:00", postBuffer="PT45M")],
        ["busy 01-06T00:00 01-06T00:15", OPEN_TUESDAY],
    ),
    "a buffer back into the window": (
        [taken("2026-01-07T00:10:00", "2026-01-07T00:30:00", preBuffer="PT45M")],
        [OPEN_TUESDAY, "busy 01-06T23:25 01-07T00:00"],
    ),
    "a buffer that just reaches the window": (
        [taken("2026-01-05T23:00:00", "2026-01-05T23:30:00", postBuffer="PT30M")], [OPEN_TUESDAY]
    ),
    "buffers of several days": (
        [taken("2026-01-09T09:00:00", "2026-01-09T10:00:00", preBuffer="P3D")],
        ["available 01-06T08:00 01-06T09:00", "busy 01-06T09:00 01-07T00:00"],
    ),
    "buffers longer than the calendar": (
        [taken("2026-01-09T09:00:00", "2026-01-09T10:00:00", preBuffer="P999999D", postBuffer="P999999D")],
        ["busy 01-06T00:00 01-07T00:00"],
    ),
    "of others": ([taken("10:00", "10:30", staffMemberIds=[])], [OPEN_TUESDAY]),
    "of nobody": ([taken("10:00", "10:30", staffMemberIds=None)], [OPEN_TUESDAY]),
}  # fmt: skip


@pytest.mark.parametrize(("appointments", "expected"), BOOKED.values(), ids=BOOKED.keys())
def test_appointments_take_their_time_with_buffers(appointments: list[dict[str, Any]], expected: list[str]) -> None:
    assert availability(desk(*appointments)) == expected


GROUPS: dict[str, tuple[dict[str, Any], str, str]] = {
    "one to one": ({"customers": people(1)}, "busy", ""),
    "one to one, and nobody came": ({"customers": []}, "busy", ""),
    "a group that nobody joined yet": ({"serviceId": GROUP, "customers": []}, "slotsAvailable", GROUP),
    "a group with seats": ({"serviceId": GROUP, "customers": people(9)}, "slotsAvailable", GROUP),
    "a full group": ({"serviceId": GROUP, "customers": people(10)}, "busy", GROUP),
    "a group made full by itself": (
        {"serviceId": GROUP, "customers": people(2), "maximumAttendeesCount": 2}, "busy", GROUP
    ),
}  # fmt: skip


@pytest.mark.parametrize(("members", "status", "service_id"), GROUPS.values(), ids=GROUPS.keys())
def test_a_group_appointment_shows_its_service_and_whether_it_has_seats(
    members: dict[str, Any], status: str, service_id: str
) -> None:
    store = store_of(desk(taken("10:00", "11:00", **members)))
    (row,) = decide(store, "getStaffAvailability", question(TUESDAY)).result
    first, middle, last = row["availabilityItems"]
    assert (middle["status"], middle["serviceId"]) == (status, service_id)
    assert {(each["status"], each["serviceId"]) for each in (first, last)} == {("available", "")}


# the personal calendar

PERSONAL: dict[str, tuple[bool, list[dict[str, Any]], list[str]]] = {
    "busy": (True, [entry("10:00", "11:00", showAs="busy")], ["busy 01-06T10:00 01-06T11:00"]),
    "busy if nothing is said": (True, [entry("10:00", "11:00")], ["busy 01-06T10:00 01-06T11:00"]),
    "tentative": (True, [entry("10:00", "11:00", showAs="tentative")], ["busy 01-06T10:00 01-06T11:00"]),
    "away": (True, [entry("10:00", "11:00", showAs="oof")], ["outOfOffice 01-06T10:00 01-06T11:00"]),
    "free": (True, [entry("10:00", "11:00", showAs="free")], []),
    "in another zone": (
        True, [entry("11:00", "12:00", showAs="busy", zone="W. Europe Standard Time")], ["busy 01-06T10:00 01-06T11:00"]
    ),
    "lasting no time": (True, [entry("10:00", "10:00", showAs="busy")], []),
    "backwards": (True, [entry("11:00", "10:00", showAs="busy")], []),
    "empty": (True, [], []),
    "busy, but it does not count": (False, [entry("10:00", "11:00", showAs="busy")], []),
    "away, but it does not count": (False, [entry("10:00", "11:00", showAs="oof")], []),
}  # fmt: skip


@pytest.mark.parametrize(("counts", "entries", "expected"), PERSONAL.values(), ids=PERSONAL.keys())
def test_the_personal_calendar_counts_where_the_member_says_so(
    counts: bool, entries: list[dict[str, Any]], expected: list[str]
) -> None:
    member = {"availabilityIsAffectedByPersonalCalendar": counts, "personalCalendar": entries}
    whole = (
        ["available 01-06T08:00 01-06T10:00", *expected, "available 01-06T11:00 01-06T17:00"]
        if expected
        else [OPEN_TUESDAY]
    )
    assert availability(desk(member=member)) == whole


def test_a_member_without_a_personal_calendar_is_free() -> None:
    assert availability(desk(member={"availabilityIsAffectedByPersonalCalendar": True})) == [OPEN_TUESDAY]


# who is asked for


def team(*appointments: dict[str, Any]) -> dict[str, Any]:
    """Three members: the first by business hours, the second by own hours, the third with none."""
    data = desk(*appointments)
    (business,) = data["bookingBusinesses"]
    for staff_id, traits in ((OTHER_STAFF, own(("10:00", "12:00"))), (GUEST, own(days=()))):
        plain = {"id": staff_id, "displayName": "x", "emailAddress": "x@contoso.com", "role": "guest"}
        business["staffMembers"].append({**plain, **traits})
    business["services"][0]["staffMemberIds"] = [STAFF, OTHER_STAFF]
    return data


@pytest.mark.parametrize(
    "staff_ids",
    [
        (STAFF, OTHER_STAFF, GUEST),
        (GUEST, OTHER_STAFF, STAFF),
        (OTHER_STAFF,),
        (STAFF, STAFF),
        (),
    ],
    ids=len,
)
def test_staff_stand_in_the_order_of_the_question(staff_ids: tuple[str, ...]) -> None:
    rows = decide(store_of(team()), "getStaffAvailability", question(TUESDAY, staff_ids)).result
    assert tuple(each["staffId"] for each in rows) == staff_ids
    expected = {STAFF: [OPEN_TUESDAY], OTHER_STAFF: ["available 01-06T10:00 01-06T12:00"], GUEST: []}
    assert [written(each["availabilityItems"]) for each in rows] == [expected[each] for each in staff_ids]


def test_an_appointment_takes_all_its_staff_and_nobody_else() -> None:
    data = team(taken("10:00", "11:00", staffMemberIds=[STAFF, OTHER_STAFF]), taken("11:00", "11:30"))
    rows = decide(store_of(data), "getStaffAvailability", question(TUESDAY, (OTHER_STAFF, GUEST))).result
    assert [written(each["availabilityItems"]) for each in rows] == [
        ["busy 01-06T10:00 01-06T11:00", "available 01-06T11:00 01-06T12:00"],
        [],
    ]


def test_no_staff_means_everybody_where_the_quirk_says_so() -> None:
    quirks = Quirks({"empty-staff-is-everybody": "on"})
    rows = decide(store_of(team()), "getStaffAvailability", question(TUESDAY, ()), quirks=quirks).result
    assert [each["staffId"] for each in rows] == [STAFF, OTHER_STAFF, GUEST]


def test_staff_that_is_unknown_or_of_another_business_is_refused_whole() -> None:
    data = desk()
    foreign = {"id": OTHER_STAFF, "displayName": "x", "emailAddress": "x@contoso.com", "role": "guest"}
    data["bookingBusinesses"].append({"displayName": "Other", "staffMembers": [foreign]})
    store = store_of(data)
    for staff_id in (OTHER_STAFF, GUEST, SERVICE, "", STAFF.upper() + "x"):
        problem = refusal(store, "getStaffAvailability", question(TUESDAY, (STAFF, staff_id)))
        assert (problem.code, f"'{staff_id}'" in problem.reason) == ("bk.unknown", True)


# the range asked for


@pytest.mark.parametrize(
    ("start", "end", "is_answered"),
    [
        ("2026-01-01T00:00:00", "2026-02-12T00:00:00", True),
        ("2026-01-01T00:00:00", "2026-02-12T00:00:01", False),
        ("2026-01-06T00:00:00", "2026-01-06T00:00:00", False),
        ("2026-01-06T00:00:00", "2026-01-05T00:00:00", False),
        ("2026-01-06T00:00:00", "2026-01-06T00:30:00", True),
        ("2026-01-06T00:00:00", "2026-01-06T00:29:59.9999990", False),
        ("0001-01-01T00:00:00", "0001-01-02T00:00:00", False),
        ("9999-12-30T00:00:00", "9999-12-31T00:00:00", False),
        ("1601-01-01T00:00:00", "1601-01-02T00:00:00", True),
        ("4500-12-30T00:00:00", "4500-12-31T00:00:00", True),
        ("tomorrow", "2026-01-06T00:00:00", False),
    ],
)
def test_a_range_is_forward_and_of_half_an_hour_to_42_days(start: str, end: str, is_answered: bool) -> None:
    store, body = store_of(desk()), question((start, end))
    if is_answered:
        assert decide(store, "getStaffAvailability", body).result
    else:
        assert refusal(store, "getStaffAvailability", body).code == "bk.unknown"


def test_any_range_is_answered_where_the_quirk_is_off() -> None:
    window = ("2026-01-01T00:00:00", "2027-01-01T00:00:00")
    assert len(availability(desk(), window, quirks=Quirks({"availability-range": "off"}))) == 261


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            at("2026-01-06T09:00:00", "W. Europe Standard Time"),
            at("2026-01-06T06:00:00", "Eastern Standard Time"),
            "09:00 12:00",
        ),
        (at("2026-01-06T09:00:00+01:00"), at("2026-01-06T11:00:00.0000000Z", "Tokyo Standard Time"), "08:00 11:00"),
        (at("2026-01-06T18:00:00", "Tokyo Standard Time"), at("2026-01-06T10:00:00"), "18:00 19:00"),
    ],
)
def test_start_and_end_may_lie_in_different_zones(start: Any, end: Any, expected: str) -> None:
    body = {"staffIds": [STAFF], "startDateTime": start, "endDateTime": end}
    (row,) = decide(store_of(desk()), "getStaffAvailability", body).result
    opens, closes = expected.split()
    assert written(row["availabilityItems"]) == [f"available 01-06T{opens} 01-06T{closes}"]


def test_an_end_that_is_earlier_in_its_zone_only_is_refused() -> None:
    body = {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-06T09:00:00", "Eastern Standard Time"),
        "endDateTime": at("2026-01-06T10:00:00", "W. Europe Standard Time"),
    }
    assert "ends before it starts" in refusal(store_of(desk()), "getStaffAvailability", body).reason


# over the wire


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_an_answer_is_a_collection_with_times_in_the_zone_asked_for(version: str) -> None:
    graph = Graph(make_tenant(desk(taken("10:00", "11:00", serviceId=GROUP))))
    url = f"/{version}/solutions/bookingBusinesses/{BUSINESS}/getStaffAvailability"
    answer = graph.post(url, question(("2026-01-06T10:30:00", "2026-01-06T12:00:00")))
    assert answer.status == 200
    assert answer.json["@odata.context"].endswith("#Collection(microsoft.graph.staffAvailabilityItem)")
    assert answer.json["value"] == [
        {
            "staffId": STAFF,
            "availabilityItems": [
                {
                    "status": "slotsAvailable",
                    "serviceId": GROUP,
                    "startDateTime": at("2026-01-06T10:30:00.0000000"),
                    "endDateTime": at("2026-01-06T11:00:00.0000000"),
                },
                {
                    "status": "available",
                    "serviceId": "",
                    "startDateTime": at("2026-01-06T11:00:00.0000000"),
                    "endDateTime": at("2026-01-06T12:00:00.0000000"),
                },
            ],
        }
    ]


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Etc/UTC"])
def test_an_iana_name_is_the_empty_500_and_told_with_the_windows_name(name: str) -> None:
    body = {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-06T09:00:00", name),
        "endDateTime": at("2026-01-06T10:00"),
    }
    problem = refusal(store_of(desk()), "getStaffAvailability", body)
    assert problem.code == "bk.unknown"
    assert f"timeZone of startDateTime is '{name}'; did you mean '" in problem.reason


@pytest.mark.parametrize("name", ["", "UTC", "tzone://Microsoft/Utc", "(UTC) Coordinated Universal Time", "utc"])
def test_utc_is_known_by_every_name_it_has(name: str) -> None:
    body = {
        "staffIds": [STAFF],
        "startDateTime": at("2026-01-06T08:00:00", name),
        "endDateTime": at("2026-01-06T09:00"),
    }
    (row,) = decide(store_of(desk()), "getStaffAvailability", body).result
    assert written(row["availabilityItems"]) == ["available 01-06T08:00 01-06T09:00"]


def test_a_zone_may_have_the_name_that_windows_shows() -> None:
    name = "(UTC-05:00) Eastern Time (US & Canada)"
    window = {"startDateTime": at("2026-07-07T04:00:00", name), "endDateTime": at("2026-07-07T05:00:00", name)}
    (row,) = decide(store_of(desk()), "getStaffAvailability", {"staffIds": [STAFF], **window}).result
    assert row["availabilityItems"][0]["startDateTime"] == at("2026-07-07T04:00:00.0000000", name)


def test_availability_follows_bookings_changes_and_cancellations() -> None:
    graph = Graph(make_tenant(desk()))

    def items() -> list[str]:
        return written(
            graph.post(f"{HOME}/getStaffAvailability", question(TUESDAY)).json["value"][0]["availabilityItems"]
        )

    made = graph.post(f"{HOME}/appointments", taken("10:00", "10:30")).json["id"]
    assert "busy 01-06T10:00 01-06T10:30" in items()
    graph.patch(f"{HOME}/appointments/{made}", {"endDateTime": at("2026-01-06T11:00:00"), "postBuffer": "PT15M"})
    assert "busy 01-06T10:00 01-06T11:15" in items()
    graph.post(f"{HOME}/appointments/{made}/cancel", {})
    assert items() == [OPEN_TUESDAY]


def test_the_personal_calendar_is_seen_in_availability_only() -> None:
    member = {"availabilityIsAffectedByPersonalCalendar": True, "personalCalendar": [entry("10:00", "11:00")]}
    graph = Graph(make_tenant(desk(member=member)))
    assert "personalCalendar" not in graph.get(f"{HOME}/staffMembers/{STAFF}").json
    (row,) = graph.post(f"{HOME}/getStaffAvailability", question(TUESDAY)).json["value"]
    assert "busy 01-06T10:00 01-06T11:00" in written(row["availabilityItems"])


@pytest.mark.parametrize("staff_ids", [(STAFF, GUEST), (GUEST,)])
def test_unknown_staff_is_the_empty_500_of_bookings(graph: Graph, staff_ids: tuple[str, ...]) -> None:
    answer = graph.post(f"{HOME}/getStaffAvailability", question(TUESDAY, staff_ids))
    assert (answer.status, answer.error["code"], answer.error["message"]) == (500, "UnknownError", "")
    assert GUEST in answer.reason


def test_the_setting_of_the_tenant_has_members_approve_as_the_quirk_does() -> None:
    ask, seen = RULED["membership-approval"]
    for is_required in (False, True):
        tenant = make_tenant()
        tenant.tenant_settings.set({"BookingsMembershipApprovalRequired": is_required})
        assert ask(Graph(tenant)) == seen[is_required]
