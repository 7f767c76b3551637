"""What a hundred thousand appointments cost beside a thousand: of one call, of memory, and of being read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
import planted
import servers
from figures import Aim, Figure, latency, pairs
from load import Result
from servers import Server

BUSINESS = f"/v1.0/solutions/bookingBusinesses/{quote(planted.BUSINESS)}"
PAGE = f"/BookingsService/api/V1/bookingBusinessesc2/{quote(planted.BUSINESS)}"
FEW = 1_000
_FLAT: Aim = ("<=", 2.0)
_FLATTER: Aim = ("<=", 1.5)

Load = Callable[..., Result]
Asked = Callable[[Server, int], list[str]]


def figures(load: Load, fixture: Callable[[int], Path], rounds: int, many: int) -> Iterable[Figure]:
    """Each call at both sizes by turns; then what an appointment weighs, and how long a user's file takes."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(servers.planted(_day(n), fixture(n))) for n in (FEW, many))
        weight = (large.memory() - small.memory()) / (many - FEW)
        for title, (asked, aim) in _CALLS.items():
            requests = {each.port: asked(each, size) for each, size in ((large, many), (small, FEW))}
            times = []
            for turn in range(rounds + 1):
                found = [load(each, requests[each.port], 1) for each in (large, small)]
                if turn:
                    times.append((1e3 / found[0].rate, 1e3 / found[1].rate))
            yield pairs(f"{title}, {many:,} : {FEW:,}", times, latency, aim=aim)
        yield from _weigh(large, weight, many)
    yield from _starts(fixture, many)


def _weigh(large: Server, weight: float, many: int) -> Iterator[Figure]:
    large.ask("POST", "/_emulator/reset")
    before = large.memory()
    row = orjson.loads(large.ask("GET", _day(many)).body)["value"][0]
    large.ask_all(_day(2 * each * planted.PER_DAY) for each in range(many // planted.PER_DAY))
    shown = weight + (large.memory() - before) / many
    length = len(orjson.dumps(row))
    yield _weight("KB an appointment beyond its JSON, never read", weight, length, 2.5)
    yield _weight("KB an appointment beyond its JSON, read once", shown, length, 3.5)


def _starts(fixture: Callable[[int], Path], many: int) -> Iterator[Figure]:
    """A user's own file, checked and planted, until the first answer."""
    seconds = []
    for count in (many, FEW):
        with servers.emulator(_day(count), "--fixture", str(fixture(count)), "--now", planted.NOW) as server:
            seconds.append(server.first_answer)
    ratio = (seconds[0],) * 3
    title = f"start with a file of {many:,} : {FEW:,} appointments, checked"
    yield Figure(title, f"{seconds[0]:.1f} s", f"{seconds[1]:.1f} s", ratio, ("<=", 5.0 * many / 100_000))


def _day(count: int) -> str:
    """The calendarView of the day in the middle of a calendar of so many appointments."""
    day = planted.FIRST_DAY + timedelta(days=count // planted.PER_DAY // 2)
    window = f"start={day:%Y-%m-%d}T00:00:00Z&end={day + timedelta(days=1):%Y-%m-%d}T00:00:00Z"
    return f"{BUSINESS}/calendarView?{window}"


def _get(path: str) -> list[str]:
    """A read that is asked in two ways by turns with something changed between, so that it is not remembered."""
    return [servers.request("GET", path), _change()]


def _change() -> str:
    staff = f"{BUSINESS}/staffMembers/{planted.STAFF[0]}"
    body = orjson.dumps({"@odata.type": "#microsoft.graph.bookingStaffMember", "displayName": "staff0"})
    return servers.request("PATCH", staff, body)


def _item(server: Server, size: int) -> str:
    return f"{BUSINESS}/appointments/{quote(orjson.loads(server.ask('GET', _day(size)).body)['value'][0]['id'])}"


def _patch(server: Server, size: int) -> list[str]:
    body = orjson.dumps({"@odata.type": "#microsoft.graph.bookingAppointment", "serviceNotes": "later"})
    return [servers.request("PATCH", _item(server, size), body)]


def _create(server: Server, size: int) -> list[str]:
    bodies = (planted.appointment(each) for each in range(2000))
    return [servers.request("POST", f"{BUSINESS}/appointments", orjson.dumps(each)) for each in bodies]


def _availability(server: Server, size: int) -> list[str]:
    day = planted.FIRST_DAY + timedelta(days=size // planted.PER_DAY // 2)
    window = {"startDateTime": day, "endDateTime": day + timedelta(days=1)}
    shown = {name: {"dateTime": each.isoformat(), "timeZone": "UTC"} for name, each in window.items()}
    body = orjson.dumps({"staffIds": planted.STAFF, **shown})
    return [servers.request("POST", f"{BUSINESS}/getStaffAvailability", body, "application")]


def _month(server: Server, size: int) -> list[str]:
    """The booking page's availability of thirty days, in which there are as many appointments at both sizes.

    The days are within what may be booked ahead; the creates of this run come later, since they fill them.
    """
    first = planted.FIRST_DAY + timedelta(days=15)
    window = {"startDateTime": first, "endDateTime": first + timedelta(days=30)}
    shown = {name: {"dateTime": each.isoformat(), "timeZone": "UTC"} for name, each in window.items()}
    body = orjson.dumps({"serviceId": planted.SERVICE, "staffIds": planted.STAFF, **shown})
    return [servers.request("POST", f"{PAGE}/GetStaffAvailability", body)]


def _visit(server: Server, size: int) -> list[str]:
    return [servers.request("POST", f"{PAGE}/appointments", orjson.dumps(each)) for each in planted.visits(1000)]


def _all_of(path: str) -> Asked:
    return lambda server, size: _get(f"{BUSINESS}/{path}")


_CALLS: dict[str, tuple[Asked, Aim | None]] = {
    "calendarView of a day": (lambda server, size: _get(_day(size)), _FLAT),
    "by id": (lambda server, size: _get(_item(server, size)), _FLAT),
    "list of the first 20, counted": (_all_of("appointments?$top=20&$count=true"), _FLAT),
    "availability of a day": (_availability, _FLAT),
    "patch": (_patch, _FLAT),
    "page.availability of 30 days": (_month, _FLATTER),
    "create": (_create, _FLAT),
    "page.book": (_visit, _FLATTER),
    "$orderby with $top=20 (a scan)": (_all_of("appointments?$orderby=price&$top=20"), None),
    "$filter that finds nothing (a scan)": (_all_of("appointments?$filter=serviceName%20eq%20'x'"), None),
}


def _weight(name: str, weight: float, length: int, most: float) -> Figure:
    """The memory of an appointment, less what its JSON is long."""
    beyond = (weight - length) / 1024
    return Figure(
        name, f"{weight / 1024:.1f} KB", f"{length / 1024:.1f} KB of JSON", (beyond, beyond, beyond), ("<=", most)
    )
