"""The part of the table of quirks that is about rules of business: what to ask a fresh tenant, and what is seen."""

from __future__ import annotations

from typing import Any

from tests.conftest import AS_APP, GROUP, HOME, Graph, at, booking, customer, set_policy


def seat(graph: Graph, name: str) -> Any:
    """Book one place of the class on Monday the 12th at 10 as an application."""
    body = booking(
        serviceId=GROUP,
        endDateTime=at("2026-01-12T11:00:00"),
        customers=[customer(name=name, emailAddress=f"{name}@x.y")],
    )
    return graph.post(f"{HOME}/appointments", body, headers=AS_APP)


def group_slot_booked_twice(graph: Graph) -> Any:
    one, other = seat(graph, "one"), seat(graph, "other")
    if other.status != 201:
        return other.status, other.error["code"]
    return other.status, other.json["id"] == one.json["id"], other.json["filledAttendeesCount"]


def page_settings_changed_one_by_one(graph: Graph) -> Any:
    for name in ("enforceOneTimePassword", "isCustomerConsentEnabled"):
        assert graph.patch(HOME, {"bookingPageSettings": {name: True}}).status == 204
    settings = graph.get(HOME).json["bookingPageSettings"]
    return settings["enforceOneTimePassword"], settings["isCustomerConsentEnabled"]


def hours_of_an_availability(graph: Graph) -> Any:
    hours = [{"day": "monday", "timeSlots": []}]
    found = []
    for kind in ("bookWhenStaffAreFree", "customWeeklyHours"):
        set_policy(graph, generalAvailability={"availabilityType": kind, "businessHours": hours})
        found.append(graph.get(HOME).json["schedulingPolicy"]["generalAvailability"]["businessHours"])
    return [each == hours for each in found]


# id → what is asked, and what is seen under each value
SEEN: dict[str, tuple[Any, dict[bool | str, Any]]] = {
    "patch-merges": (page_settings_changed_one_by_one, {True: (True, True), False: (False, True)}),
    "availability-hours": (hours_of_an_availability, {True: [False, True], False: [True, True]}),
    "group-slot-joins": (group_slot_booked_twice, {True: (201, True, 2), False: (500, "UnknownError")}),
}
