"""What a fresh tenant answers under each value of the quirks of the booking page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import HOME, Graph
from tests.page import Visitor, answered, visit, window

_PLACE = f"/book/{HOME.rpartition('/')[2]}/"


def visitor_of(graph: Graph) -> Visitor:
    assert graph.post(f"{HOME}/publish").status == 204
    return Visitor(graph.tenant)


def taken_slot(graph: Graph) -> Any:
    visitor = visitor_of(graph)
    assert visitor.book().status == 200
    answer = visitor.book(visit("Ben"))
    return answer.status, answer.json["message"].partition(":")[0]


def iana_zone(graph: Graph) -> Any:
    body = window("2026-01-12T00:00:00", "2026-01-13T00:00:00", zone="Europe/Berlin")
    answer = visitor_of(graph).call("POST", "/GetStaffAvailability", body)
    return answer.status, answer.json["message"].partition(":")[0]


def zone_of_ranges(graph: Graph) -> Any:
    body = window("2026-01-12T00:00:00", "2026-01-13T00:00:00", zone="W. Europe Standard Time")
    return visitor_of(graph).available(body)[0]["startDateTime"]["timeZone"]


def name_of_exception(graph: Graph) -> Any:
    graph.patch(HOME, {"bookingPageSettings": {"enforceOneTimePassword": True}})
    answer = visitor_of(graph).book()
    return answer.status, answer.json["message"].partition(":")[0]


def booking_without_an_answer(graph: Graph) -> Any:
    visitor = visitor_of(graph)
    silent = visitor.book()
    person = {"name": "Ben", "answeredCustomQuestions": [answered("42")]}
    spoken = visitor.book(visit(start="2026-01-12T14:00:00", end="2026-01-12T14:30:00", customers=[person]))
    return silent.status, spoken.status


def other_origins(graph: Graph) -> Any:
    visitor = visitor_of(graph)
    origin = {"origin": "https://elsewhere.example"}
    answer, preflight = visitor.call("GET", headers=origin), visitor.call("OPTIONS", headers=origin)
    return answer.headers.get("Access-Control-Allow-Origin"), preflight.status


def framing(graph: Graph) -> Any:
    answer = visitor_of(graph).call("GET", base=_PLACE)
    return "frame-ancestors" in answer.headers["Content-Security-Policy"]


def filling(graph: Graph) -> Any:
    """Whether the form is filled from the address of the page."""
    return b'data-prefill="true"' in visitor_of(graph).call("GET", base=_PLACE).response.body


SEEN: dict[str, tuple[Callable[[Graph], Any], dict[bool | str, Any]]] = {
    "page-taken-slot": (
        taken_slot,
        {"409": (409, "AppointmentSlotNotAvailable"), "500": (500, "AppointmentSlotNotAvailableException")},
    ),
    "page-iana-zone": (iana_zone, {"400": (400, "InvalidTimeZone"), "500": (500, "TimeZoneNotFoundException")}),
    "page-zone": (
        zone_of_ranges,
        {"display": "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "asked": "W. Europe Standard Time"},
    ),
    "page-exception-names": (
        name_of_exception,
        {
            False: (500, "SelfServiceBookingEmailVerificationRequired"),
            True: (500, "SelfServiceBookingEmailVerificationRequiredException"),
        },
    ),
    "page-required-answers": (booking_without_an_answer, {False: (200, 200), True: (400, 200)}),
    "page-prefill": (filling, {False: False, True: True}),
    "page-cors": (other_origins, {False: (None, 404), True: ("*", 200)}),
    "page-frame-ancestors": (framing, {False: False, True: True}),
}
