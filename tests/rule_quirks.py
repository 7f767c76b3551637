"""The part of the table of quirks that is about rules of business: what to ask a fresh tenant, and what is seen."""

from __future__ import annotations

from typing import Any

from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    GROUP,
    HOME,
    ROOT,
    SERVICE,
    STAFF,
    Graph,
    at,
    bearer,
    booking,
    customer,
    set_policy,
)
from tests.test_callers import token


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


def answers_of_who_gave_none(graph: Graph) -> Any:
    (entry,) = graph.post(f"{HOME}/appointments", booking()).json["customers"]
    return [(each["question"], each["answer"], each["isRequired"]) for each in entry["customQuestionAnswers"]]


def hidden_service_booked_by_an_application(graph: Graph) -> Any:
    graph.patch(f"{HOME}/services/{SERVICE}", {"isHiddenFromCustomers": True})
    assert graph.post(f"{HOME}/appointments", booking()).status == 201
    graph.delete(f"{HOME}/appointments/{graph.get(f'{HOME}/appointments').json['value'][-1]['id']}")
    return graph.post(f"{HOME}/appointments", booking(), headers=AS_APP).status


def free_times(graph: Graph, staff_id: str = STAFF) -> list[str]:
    """When a member is available on Monday the 12th."""
    body = {
        "staffIds": [staff_id],
        "startDateTime": at("2026-01-12T00:00:00"),
        "endDateTime": at("2026-01-13T00:00:00"),
    }
    (row,) = graph.post(f"{HOME}/getStaffAvailability", body, headers=AS_APP).json["value"]
    spans = [(each["startDateTime"], each["endDateTime"], each["status"]) for each in row["availabilityItems"]]
    return [
        f"{start['dateTime'][11:16]} {end['dateTime'][11:16]}" for start, end, status in spans if status == "available"
    ]


def member_who_waits_for_approval(graph: Graph) -> Any:
    graph.patch(f"{HOME}/staffMembers/{STAFF}", {"membershipStatus": "pendingAcceptance"})
    return graph.post(f"{HOME}/appointments", booking(), headers=AS_APP).status, free_times(graph)


def own_hours(start: str, end: str) -> list[dict[str, Any]]:
    return [{"day": "monday", "timeSlots": [{"startTime": f"{start}:00", "endTime": f"{end}:00"}]}]


def early_hours_of_a_member(graph: Graph) -> Any:
    hours = {"useBusinessHours": False, "workingHours": own_hours("06:00", "10:00")}
    graph.patch(f"{HOME}/staffMembers/{STAFF}", hours)
    early = booking(startDateTime=at("2026-01-12T06:00:00"), endDateTime=at("2026-01-12T06:30:00"))
    return free_times(graph), graph.post(f"{HOME}/appointments", early, headers=AS_APP).status


def hours_of_a_member_far_away(graph: Graph) -> Any:
    hours = {"useBusinessHours": False, "workingHours": own_hours("08:00", "10:00"), "timeZone": "America/New_York"}
    graph.patch(f"{HOME}/staffMembers/{STAFF}", hours)
    return free_times(graph)


def booked_until_closing_with_a_buffer(graph: Graph) -> Any:
    last = booking(startDateTime=at("2026-01-12T16:30:00"), endDateTime=at("2026-01-12T17:00:00"))
    answer = graph.post(f"{HOME}/appointments", last, headers=AS_APP)
    return answer.status, "buffers" in answer.reason


def chosen_staff(graph: Graph) -> Any:
    added = []
    for number in range(4):
        member = {"displayName": f"M{number}", "emailAddress": f"m{number}@x.y", "role": "guest"}
        added.append(graph.post(f"{HOME}/staffMembers", member).json["id"])
    graph.patch(f"{HOME}/services/{SERVICE}", {"staffMemberIds": [STAFF, *added]})
    found = []
    for day in range(12, 24):
        body = booking(startDateTime=at(f"2026-01-{day}T10:00:00"), endDateTime=at(f"2026-01-{day}T10:30:00"))
        del body["staffMemberIds"]
        found += graph.post(f"{HOME}/appointments", body).json["staffMemberIds"]
    return len(set(found)) > 1


def told_of_a_deletion(graph: Graph) -> Any:
    graph.delete(f"{HOME}/appointments/{APPOINTMENT}")
    return [(each.message.kind, each.message.audience) for each in graph.tenant.outbox.sent]


def text_messages_of_a_booking(graph: Graph) -> Any:
    people = [customer(name=each, phone=each) for each in ("+49 30 555", "+1 555 0100", "5550100")]
    graph.post(f"{HOME}/appointments", booking(serviceId=GROUP, customers=people, smsNotificationsEnabled=True))
    return [each.message.to for each in graph.tenant.outbox.sent if each.message.channel == "sms"]


def services_of_a_new_business(graph: Graph) -> Any:
    person = bearer(token(scp="Bookings.Manage.All", upn="new@contoso.com"))
    made = graph.post(ROOT, {"displayName": "New Place"}, headers=person).json
    return len(graph.get(f"{ROOT}/{made['id']}/services").json["value"])


def appointments_without_their_own_permission(graph: Graph) -> Any:
    application = bearer(token(roles=["Bookings.ReadWrite.All"]))
    assert graph.get(f"{HOME}/services", headers=application).status == 200
    return graph.get(f"{HOME}/appointments", headers=application).status


def name_of_a_new_customer(graph: Graph) -> Any:
    return graph.post(f"{HOME}/customers", {"displayName": "Lee", "emailAddress": "lee@x.y"}).json["displayName"]


def appointment_of_eight_days(graph: Graph) -> Any:
    found = []
    for start, end in (("12T10:00", "20T10:30"), ("12T11:00", "20T12:00"), ("12T20:00", "20T20:30")):
        times = {"startDateTime": at(f"2026-01-{start}:00"), "endDateTime": at(f"2026-01-{end}:00")}
        found.append(graph.post(f"{HOME}/appointments", booking(**times), headers=AS_APP).status)
    return found


def place_of_an_appointment(graph: Graph) -> Any:
    address = {"street": "1 Main", "city": "Rome", "state": "NY", "postalCode": "9", "countryOrRegion": "USA"}
    place = {"displayName": "Home", "address": address}
    made = graph.post(f"{HOME}/appointments", booking(serviceLocation=place)).json
    url = f"{HOME}/appointments/{made['id']}"
    graph.patch(url, {"serviceNotes": "x"})
    places = [made["serviceLocation"], graph.get(url).json["serviceLocation"]]
    return {(each["displayName"], *each["address"].values()) for each in places}


def address_in_beta(graph: Graph) -> Any:
    place = {"displayName": "Room", "address": {"city": "Rome"}}
    url = f"{HOME.replace('v1.0', 'beta')}/services"
    address = graph.post(url, {"displayName": "Cut", "defaultLocation": place}).json["defaultLocation"]["address"]
    return address["type"], address["postOfficeBox"], address["city"]


def general_availability_of_a_new_business(graph: Graph) -> Any:
    made = graph.post(ROOT, {"displayName": "New Place"}).json
    return made["schedulingPolicy"]["generalAvailability"]


def colors_of_the_page(graph: Graph) -> Any:
    colors = ("#123456", "#aBcDeF", "", "red", "#12345", "123456")
    found = [graph.patch(HOME, {"bookingPageSettings": {"bookingPageColorCode": each}}).status for each in colors]
    settings = {"bookingPageColorCode": "green"}
    return [*found, graph.post(ROOT, {"displayName": "New", "bookingPageSettings": settings}).status]


def items_without_length(graph: Graph) -> Any:
    for start in ("08:00", "08:40", "16:20"):
        end = f"{int(start[:2]):02}:{int(start[3:]) + 30}" if start != "08:40" else "09:10"
        times = {"startDateTime": at(f"2026-01-12T{start}:00"), "endDateTime": at(f"2026-01-12T{end}:00")}
        assert graph.post(f"{HOME}/appointments", booking(**times)).status == 201
    return [each for each in free_times(graph) if each[:5] == each[6:]]


# id → what is asked, and what is seen under each value
SEEN: dict[str, tuple[Any, dict[bool | str, Any]]] = {
    "patch-merges": (page_settings_changed_one_by_one, {True: (True, True), False: (False, True)}),
    "availability-hours": (hours_of_an_availability, {True: [False, True], False: [True, True]}),
    "unanswered-questions": (answers_of_who_gave_none, {False: [], True: [("What is your age?", None, True)]}),
    "hidden-services": (hidden_service_booked_by_an_application, {False: 201, True: 500}),
    "membership-approval": (
        member_who_waits_for_approval,
        {False: (201, ["08:00 10:00", "10:40 17:00"]), True: (500, [])},
    ),
    "own-hours-narrow": (
        early_hours_of_a_member,
        {True: (["08:00 10:00"], 500), False: (["06:00 10:00"], 201)},
    ),
    "staff-zone": (hours_of_a_member_far_away, {"member": ["13:00 15:00"], "business": ["08:00 10:00"]}),
    "buffers-inside-hours": (booked_until_closing_with_a_buffer, {True: (500, True), False: (201, False)}),
    "staff-drawn": (chosen_staff, {False: False, True: True}),
    "deletion-tells": (
        told_of_a_deletion,
        {True: [("cancellation", "customer"), ("cancellation", "staff")], False: []},
    ),
    "sms-north-america": (
        text_messages_of_a_booking,
        {True: ["+1 555 0100", "5550100"], False: ["+49 30 555", "+1 555 0100", "5550100"]},
    ),
    "first-service": (services_of_a_new_business, {True: 1, False: 0}),
    "appointments-need-own-permission": (appointments_without_their_own_permission, {False: 200, True: 403}),
    "customer-name-is-address": (name_of_a_new_customer, {False: "Lee", True: "lee@x.y"}),
    "duration-ignores-days": (appointment_of_eight_days, {False: [500, 500, 500], True: [201, 500, 500]}),
    "folded-locations": (
        place_of_an_appointment,
        {
            False: {("Home", "1 Main", "Rome", "NY", "USA", "9")},
            True: {("Home (1 Main, Rome, NY 9, USA)", "", "", "", "", "")},
        },
    ),
    "beta-address-fills": (address_in_beta, {False: (None, None, "Rome"), True: ("home", "", "Rome")}),
    "new-general-availability": (
        general_availability_of_a_new_business,
        {False: None, True: {"availabilityType": "bookWhenStaffAreFree", "businessHours": []}},
    ),
    "page-color-code": (
        colors_of_the_page,
        {True: [204, 204, 204, 500, 500, 500, 500], False: [204, 204, 204, 204, 204, 204, 201]},
    ),
    "availability-empty-items": (
        items_without_length,
        {False: [], True: ["08:00 08:00", "08:40 08:40", "17:00 17:00"]},
    ),
    "group-slot-joins": (group_slot_booked_twice, {True: (201, True, 2), False: (500, "UnknownError")}),
}
