"""Properties of the booking page: what it offers can be booked, what it does not cannot, and no seat is sold twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings_emulator import Emulator
from bookings_emulator.domain.page_availability import AskedRanges, ranges
from tests.conftest import GROUP, HOME, SERVICE, STAFF, at, make_tenant
from tests.page import AVAILABLE, KEY, PAGE, SEATS, Visitor, class_visit, published, visit, window

DAY = datetime.fromisoformat("2026-01-14T00:00:00")  # a Wednesday, more than the lead time away
NIGHT = DAY + timedelta(days=1)
STEP = timedelta(minutes=5)
LENGTH = timedelta(minutes=30)
MINUTES = st.integers(0, 24 * 12 - 1).map(lambda number: DAY + number * STEP)
BUFFERS = st.sampled_from(["PT0S", "PT5M", "PT15M"])
HOURS = st.lists(
    st.tuples(st.integers(0, 22), st.integers(1, 6)).map(lambda pair: (pair[0], min(pair[0] + pair[1], 23))), max_size=3
)
LIGHT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def at_hours(hours: list[tuple[int, int]]) -> list[dict[str, Any]]:
    slots = [{"startTime": f"{opens:02}:00:00", "endTime": f"{closes:02}:00:00"} for opens, closes in hours]
    return [{"day": "wednesday", "timeSlots": slots}]


class Shop(NamedTuple):
    """Hours of the business, buffers of the service, and perhaps hours of the service alone."""

    hours: list[tuple[int, int]]
    before: str = "PT0S"
    behind: str = "PT0S"
    custom: list[tuple[int, int]] | None = None


def open_shop(shop: Shop) -> Visitor:
    """The small tenant as such a shop."""
    data = published(businessHours=at_hours(shop.hours))
    service = data["bookingBusinesses"][0]["services"][0]
    service |= {"preBuffer": shop.before, "postBuffer": shop.behind}
    if shop.custom is not None:
        rule = {"availabilityType": "customWeeklyHours", "businessHours": at_hours(shop.custom)}
        service["schedulingPolicy"] = {"generalAvailability": rule}
    return Visitor(make_tenant(data))


def offered(visitor: Visitor) -> list[tuple[datetime, datetime]]:
    found = visitor.ranges(window(DAY.isoformat(), NIGHT.isoformat()))
    assert [each[1] for each in found[1:]] == [each[2] for each in found[:-1]], "ranges are contiguous"
    assert (found[0][1], found[-1][2]) == (DAY.isoformat(), NIGHT.isoformat()), "ranges cover the window"
    assert all(one[0] != other[0] for one, other in pairwise(found)), "neighbours are joined"
    free = [each for each in found if each[0] == AVAILABLE]
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for _, start, end in free]


SHOPS = st.builds(Shop, HOURS, BUFFERS, BUFFERS, st.none() | HOURS)


@LIGHT
@given(shop=SHOPS, taken=st.lists(MINUTES, max_size=4), start=MINUTES)
def test_a_slot_can_be_booked_exactly_where_availability_offers_it(
    shop: Shop, taken: list[datetime], start: datetime
) -> None:
    visitor = open_shop(shop)
    for each in taken:  # an administrator may take any time
        body = {
            "serviceId": SERVICE,
            "staffMemberIds": [STAFF],
            "startDateTime": at(each.isoformat()),
            "endDateTime": at((each + LENGTH).isoformat()),
            "customers": [],
        }
        assert visitor.graph.post(f"{HOME}/appointments", body).status == 201
    is_offered = any(opens <= start and start + LENGTH <= closes for opens, closes in offered(visitor))
    answer = visitor.book(visit(start=start.isoformat(), end=(start + LENGTH).isoformat()))
    assert (answer.status == 200) == is_offered, answer.reason


@LIGHT
@given(starts=st.lists(MINUTES, min_size=2, max_size=8))
def test_nobody_is_booked_twice_for_the_same_time(starts: list[datetime]) -> None:
    visitor = open_shop(Shop([(8, 20)], "PT0S", "PT10M"))
    for number, start in enumerate(starts):
        visitor.book(visit(f"Guest{number}", start.isoformat(), (start + LENGTH).isoformat()))
    made = sorted(each["startDateTime"]["dateTime"][:19] for each in visitor.appointments())
    spans = [datetime.fromisoformat(each) for each in made]
    assert all(other - one >= LENGTH + timedelta(minutes=10) for one, other in pairwise(spans))


@LIGHT
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=8), leaves=st.sets(st.integers(0, 7)))
def test_seats_are_never_exceeded_and_those_given_back_can_be_had(sizes: list[int], leaves: set[int]) -> None:
    visitor = Visitor()
    seated = 0
    for number, size in enumerate(sizes):
        names = [f"g{number}-{each}" for each in range(size)]
        people = [{"name": each, "emailAddress": f"{each}@example.com"} for each in names]
        answer = visitor.book(class_visit(customers=people))
        assert (answer.status == 200) == (seated + size <= 10), answer.reason
        if answer.status != 200:
            continue
        seated += size
        if number in leaves:
            assert visitor.cancel(answer.json["appointment"][KEY]).status == 204
            seated -= size
    made = visitor.appointments()
    assert sum(each["filledAttendeesCount"] for each in made) == seated == sum(len(each["customers"]) for each in made)
    asked = window("2026-01-12T10:00:00", "2026-01-12T11:00:00", GROUP)
    assert any(status in (SEATS, AVAILABLE) for status, *_ in visitor.ranges(asked)) == (seated < 10)


@pytest.mark.parametrize(("body", "winners"), [(visit, 1), (class_visit, 10)], ids=["one place", "ten seats"])
def test_of_many_visitors_at_once_as_many_win_as_there_are_places(body: Any, winners: int, tmp_path: Any) -> None:
    import json

    file = tmp_path / "small.json"
    file.write_text(json.dumps(published()))
    with Emulator(str(file), now="2026-01-05T08:00:00Z") as bookings:
        url = f"{bookings.url}{PAGE}/appointments"

        def book(number: int) -> int:
            with httpx.Client(trust_env=False) as client:  # a connection of its own
                return client.post(url, json=body(f"Guest{number}")).status_code

        with ThreadPoolExecutor(24) as pool:
            statuses = list(pool.map(book, range(24)))
    assert sorted(statuses) == [200] * winners + [409] * (24 - winners)


def test_the_ranges_of_a_busy_month_cost_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: how often two layers are compared, at eight times as many appointments in the window."""
    from bookings_emulator.domain import page_availability
    from bookings_emulator.store.seed import utc

    def compared(count: int) -> int:
        data = published()
        first = utc("2026-02-02T00:00:00Z")
        data["bookingBusinesses"][0]["appointments"] = [
            {
                "serviceId": SERVICE,
                "staffMemberIds": [STAFF],
                "startDateTime": at((first + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S")),
                "endDateTime": at((first + timedelta(minutes=number + 600)).strftime("%Y-%m-%dT%H:%M:%S")),
                "customers": [],
            }
            for number in range(count)
        ]
        tenant = make_tenant(data)
        (business_id,) = tenant.store.business_ids()
        business = tenant.store.business(business_id)
        member = tenant.store.record("staffMembers", business_id, STAFF)
        steps = 0
        pop, push = page_availability.heappop, page_availability.heappush

        def counted_pop(heap: list[Any]) -> Any:
            nonlocal steps
            steps += 1
            return pop(heap)

        def counted_push(heap: list[Any], item: Any) -> None:
            nonlocal steps
            steps += 1
            push(heap, item)

        monkeypatch.setattr(page_availability, "heappop", counted_pop)
        monkeypatch.setattr(page_availability, "heappush", counted_push)
        assert business is not None
        assert member is not None
        assert ranges(
            tenant.store, AskedRanges(business, None, (first, first + timedelta(days=30)), tenant.quirks), member
        )
        return steps

    assert compared(800) <= 16 * compared(100)
