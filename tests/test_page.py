"""The booking page's API: every call over the wire, in the shapes that public programs read, and every refusal."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.contract import page
from bookings_emulator.contract.page import build_page, load_page
from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.domain.self_service import NOBODY
from bookings_emulator.pipeline import page_calls
from tests.conftest import APPOINTMENT, BUSINESS, GROUP, HOME, ORIGIN, QUESTION, SERVICE, STAFF, at, make_tenant, small
from tests.page import AVAILABLE, AWAY, BUSY, KEY, PAGE, SEATS, Visitor, answered, class_visit, published, visit, window


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def members(type_name: str) -> list[str]:
    return [each.name for each in load_page().types[type_name]]


# what a page shows


def test_the_business_is_shown_with_minutes_of_the_day_and_a_windows_zone() -> None:
    settings = {"businessTimeZone": "Europe/Berlin"}
    visitor = Visitor(make_tenant(published(bookingPageSettings=settings)))
    shown = visitor.call("GET").json["businessInfo"]
    assert list(shown) == members("business")
    assert (shown["displayName"], shown["businessTimeZone"]) == ("Contoso Small", "W. Europe Standard Time")
    assert shown["businessHours"][1] == {"day": "monday", "timeSlots": [{"startTime": 480, "endTime": 1020}]}
    assert shown["schedulingPolicy"]["timeSlotInterval"] == "PT30M"


def test_every_known_setting_of_the_tenant_is_told(visitor: Visitor) -> None:
    settings = visitor.call("GET", "/bookingsSettings").json["tenantSettings"]["settings"]
    assert settings["BookingsAuthEnabled"] == {"boolValue": False}
    assert {name: value["boolValue"] for name, value in settings.items()} == visitor.tenant.tenant_settings.all()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_services_are_told_with_title_and_service_id(method: str, visitor: Visitor) -> None:
    (first, second) = visitor.call(method, "/services", {} if method == "POST" else None).json["service"]
    assert list(first) == members("service")
    assert (first["serviceId"], first["title"]) == (SERVICE, "Check-up")
    assert (first["defaultDuration"], first["formattedDuration"]) == ("PT30M", "30 minutes")
    assert first["defaultPriceType"] == "SERVICEDEFAULTPRICETYPES_FIXED_PRICE"
    assert first["bookingsSchedulingPolicy"]["minimumLeadTime"] == "P1D"
    assert first["customQuestions"] == [{"questionGuid": QUESTION, "required": True}]
    assert second["formattedDuration"] == "1 hour"


def test_hidden_services_are_in_the_list(visitor: Visitor) -> None:
    visitor.graph.patch(f"{HOME}/services/{SERVICE}", {"isHiddenFromCustomers": True})
    shown = {
        each["serviceId"]: each["isHiddenFromCustomers"] for each in visitor.call("GET", "/services").json["service"]
    }
    assert shown == {SERVICE: True, GROUP: False}


def test_staff_are_told_by_id_name_and_role(visitor: Visitor) -> None:
    expected = [{"id": STAFF, "displayName": "Dana Swope", "role": "ADMINISTRATOR"}]
    assert visitor.call("GET", "/staffMembers").json == {"staffMembers": expected}


def test_questions_are_told_by_their_text(visitor: Visitor) -> None:
    (question,) = visitor.call("GET", "/customQuestions").json["questions"]
    assert question == {
        "id": QUESTION,
        "questionText": "What is your age?",
        "answerInputType": "ANSWER_INPUT_TYPE_TEXT",
        "answerOptions": [],
    }


# addresses


@pytest.mark.parametrize(
    "base",
    [
        PAGE,
        PAGE.replace("@", "%40"),
        PAGE.lower(),
        PAGE.replace("bookingBusinessesc2", "BOOKINGBUSINESSESC2"),
        f"{PAGE.rpartition('/')[0]}/ContosoSmall",
    ],
)
@pytest.mark.parametrize("path", ["", "/", "/staffmembers", "/STAFFMEMBERS/", "/bookingssettings"])
def test_segments_compare_without_case_and_the_address_may_be_encoded(base: str, path: str, visitor: Visitor) -> None:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        assert client.get(f"{base}{path}?app=BookingsC2&n=7").status_code == 200


def test_no_header_is_needed_and_those_of_the_page_are_taken(visitor: Visitor) -> None:
    sent = {
        "content-type": "application/json; charset=utf-8",
        "x-anchormailbox": BUSINESS,
        "x-req-source": "BookingsC2",
        "prefer": 'exchange.behavior="IncludeThirdPartyOnlineMeetingProviders"',
        "x-owa-canary": "X-OWA-CANARY_cookie_is_null_or_empty",
        "cookie": "ClientId=0123456789ABCDEF0123456789ABCDEF; OIDC=1",
    }
    assert visitor.call("POST", "/services", {}, headers=sent).status == 200
    assert visitor.call("POST", "/services", b"").status == 200


def test_the_plane_works_below_the_prefix_of_a_tenant() -> None:
    with TestClient(App(make_tenant()), base_url=ORIGIN) as client:
        client.post("/_emulator/tenants", json={"name": "one", "fixture": "default"}).raise_for_status()
        path = "/BookingsService/api/V1/bookingBusinessesc2/ContosoDental@contoso.onmicrosoft.com"
        assert client.get(f"/tenants/one{path}").json()["businessInfo"]["displayName"] == "Contoso Dental"
        assert client.get(path).status_code == 404
        shown = client.get("/tenants/one/book/ContosoDental@contoso.onmicrosoft.com/").text
        assert 'data-root="/tenants/one"' in shown
        assert 'src="/tenants/one/_page/page.js"' in shown
        assert client.get("/tenants/one/_page/page.js").status_code == 200


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("Nobody@contoso.onmicrosoft.com", "no business has the address"),
        ("mbx:0123456789abcdef0123456789abcdef@10000000-0000-4000-8000-000000000001", "personal pages"),
    ],
)
def test_unknown_and_personal_pages_are_404(address: str, reason: str, visitor: Visitor) -> None:
    answer = visitor.call("GET", base=f"{PAGE.rpartition('/')[0]}/{address}")
    assert (answer.status, answer.json["message"]) == (
        404,
        "BookingBusinessNotFound: The booking page is not available.",
    )
    assert reason in answer.reason


def test_an_unpublished_page_is_404_at_once(visitor: Visitor) -> None:
    assert visitor.call("GET").status == 200
    assert visitor.graph.post(f"{HOME}/unpublish").status == 204
    answer = visitor.call("GET")
    assert (answer.status, answer.reason) == (
        404,
        f"the page of {BUSINESS} is not published; publish it first",
    )


@pytest.mark.parametrize(
    ("method", "path", "reason"),
    [
        ("GET", "/GetStaffAvailability", "this path accepts POST"),
        ("PUT", "/appointments", "this path accepts POST"),
        ("POST", "/appointments/x", "this path accepts DELETE or GET or PATCH"),
        ("GET", "/customers", "nothing is served at this path"),
    ],
)
def test_what_is_not_served_is_404_with_what_is(method: str, path: str, reason: str, visitor: Visitor) -> None:
    answer = visitor.call(method, path, {})
    assert answer.status == 404
    assert reason in answer.reason


# availability


def test_ranges_are_contiguous_and_cover_the_window(visitor: Visitor) -> None:
    assert visitor.ranges(window("2026-01-06T00:00:00", "2026-01-07T00:00:00")) == [
        (AWAY, "2026-01-06T00:00:00", "2026-01-06T08:00:00"),
        (AVAILABLE, "2026-01-06T08:00:00", "2026-01-06T08:50:00"),  # the postBuffer of the service itself is kept free
        (BUSY, "2026-01-06T08:50:00", "2026-01-06T09:40:00"),
        (AVAILABLE, "2026-01-06T09:40:00", "2026-01-06T16:50:00"),
        (AWAY, "2026-01-06T16:50:00", "2026-01-07T00:00:00"),
    ]


def test_without_a_service_only_what_is_taken_is_busy(visitor: Visitor) -> None:
    found = visitor.ranges(window("2026-01-06T08:00:00", "2026-01-06T12:00:00", None))
    assert found == [
        (AVAILABLE, "2026-01-06T08:00:00", "2026-01-06T09:00:00"),
        (BUSY, "2026-01-06T09:00:00", "2026-01-06T09:40:00"),
        (AVAILABLE, "2026-01-06T09:40:00", "2026-01-06T12:00:00"),
    ]


def test_busy_ranges_name_the_service_of_the_booking(visitor: Visitor) -> None:
    items = visitor.available(window("2026-01-06T08:00:00", "2026-01-06T12:00:00"))
    assert [each["serviceId"] for each in items] == ["", SERVICE, ""]
    assert all(list(each) == members("availabilityItem") for each in items)


def test_times_are_wall_clock_of_the_zone_that_was_asked_for(visitor: Visitor) -> None:
    items = visitor.available(window("2026-01-06T00:00:00", "2026-01-06T23:59:59", zone="Pacific Standard Time"))
    shown = {"dateTime": "2026-01-06T08:50:00", "timeZone": "(UTC-08:00) Pacific Time (US & Canada)"}
    assert shown in [each["endDateTime"] for each in items]
    assert items[0]["startDateTime"]["dateTime"] == "2026-01-06T00:00:00"
    assert items[-1]["endDateTime"]["dateTime"] == "2026-01-06T23:59:59"


def test_lead_time_advance_and_the_past_are_not_applied(visitor: Visitor) -> None:
    found = visitor.ranges(window("2025-12-29T00:00:00", "2025-12-30T00:00:00"))
    assert (AVAILABLE, "2025-12-29T08:00:00", "2025-12-29T16:50:00") in found


def test_a_service_that_is_not_bookable_has_no_time(visitor: Visitor) -> None:
    policy = {"generalAvailability": {"availabilityType": "notBookable", "businessHours": []}}
    visitor.graph.patch(f"{HOME}/services/{SERVICE}", {"schedulingPolicy": policy})
    found = visitor.ranges(window("2026-01-07T00:00:00", "2026-01-08T00:00:00"))
    assert found == [(AWAY, "2026-01-07T00:00:00", "2026-01-08T00:00:00")]


def test_a_service_with_hours_of_its_own_is_open_in_those_of_both(visitor: Visitor) -> None:
    hours = [{"day": "wednesday", "timeSlots": [{"startTime": "06:00:00", "endTime": "10:00:00"}]}]
    policy = {"generalAvailability": {"availabilityType": "customWeeklyHours", "businessHours": hours}}
    visitor.graph.patch(f"{HOME}/services/{SERVICE}", {"schedulingPolicy": policy})
    found = visitor.ranges(window("2026-01-07T00:00:00", "2026-01-08T00:00:00"))
    assert [each for each in found if each[0] == AVAILABLE] == [
        (AVAILABLE, "2026-01-07T08:00:00", "2026-01-07T09:50:00")
    ]


@pytest.mark.parametrize("staff_ids", [[], ["10000000-0000-4000-8000-00000000ffff"]])
def test_nobody_and_people_who_are_gone_have_no_ranges(staff_ids: list[str], visitor: Visitor) -> None:
    body = {**window("2026-01-07T00:00:00", "2026-01-08T00:00:00"), "staffIds": staff_ids}
    assert visitor.call("POST", "/getstaffavailability", body).json == {"staffAvailabilityResponse": []}


# booking


def test_a_booking_answers_every_member_in_order_and_reaches_graph(visitor: Visitor) -> None:
    person = {
        "name": "Ann",
        "emailAddress": "ann@example.com",
        "phone": "5550101",
        "notes": "A window seat",
        "timeZone": "",
        "location": {"displayName": "Home", "address": {"street": "1 Main", "type": "Other"}},
        "answeredCustomQuestions": [answered("42")],
    }
    body = visit(customers=[person], customerTimeZone="Eastern Standard Time", trackingDataId="spring")
    answer = visitor.book(body)
    assert answer.status == 200
    shown = answer.json["appointment"]
    assert list(shown) == members("appointment")
    assert list(shown["customers"][0]) == members("customer")
    assert (shown["startTime"], shown["duration"]) == (at("2026-01-12T10:00:00"), "PT30M")
    assert shown["createTime"] == "2026-01-05T08:00:00Z"
    assert shown["trackingDataId"] == "spring"
    (kept,) = visitor.appointments()
    assert (kept["id"], kept[KEY]) == (shown["id"], shown[KEY])
    assert kept[KEY] != NOBODY
    assert kept["customerTimeZone"] == "Eastern Standard Time"
    assert kept["isCustomerAllowedToManageBooking"] is True
    (customer,) = kept["customers"]
    assert (customer["phone"], customer["notes"]) == ("5550101", "A window seat")
    assert customer["location"]["address"]["street"] == "1 Main"
    (answer_kept,) = customer["customQuestionAnswers"]
    assert (answer_kept["questionId"], answer_kept["answer"]) == (QUESTION, "42")


def test_a_visitor_becomes_a_customer_of_the_business(visitor: Visitor) -> None:
    visitor.book()
    customers = visitor.graph.get(f"{HOME}/customers").json["value"]
    assert ("Ann", "ann@example.com") in [(each["displayName"], each["emailAddress"]) for each in customers]


def test_the_second_visitor_on_a_slot_is_told_to_choose_another(visitor: Visitor) -> None:
    assert visitor.book().status == 200
    answer = visitor.book(visit("Ben"))
    message = "AppointmentSlotNotAvailable: The selected time is no longer available. Choose another time."
    assert (answer.status, answer.json) == (409, {"message": message})
    assert "Dana Swope is booked" in answer.reason
    assert len(visitor.appointments()) == 1


@pytest.mark.parametrize(
    ("start", "end", "rule"),
    [
        ("2026-01-05T10:00:00", "2026-01-05T10:30:00", "minimumLeadTime"),
        ("2027-02-01T10:00:00", "2027-02-01T10:30:00", "maximumAdvance"),
        ("2026-01-12T18:00:00", "2026-01-12T18:30:00", "businessHours"),
        ("2026-01-12T10:00:00", "2026-01-12T11:00:00", "duration"),
    ],
)
def test_what_the_page_would_not_offer_is_refused(start: str, end: str, rule: str, visitor: Visitor) -> None:
    answer = visitor.book(visit(start=start, end=end))
    assert answer.status == 409
    assert f"business rule {rule}" in answer.reason


def test_a_candidate_stands_in_for_staff_that_was_taken_meanwhile() -> None:
    data = published()
    (business,) = data["bookingBusinesses"]
    second = "10000000-0000-4000-8000-000000000002"
    person = {"displayName": "Lee Gu", "emailAddress": "leeg@contoso.com", "role": "guest"}
    business["staffMembers"].append({"id": second, **person})
    business["services"][0]["staffMemberIds"].append(second)
    visitor = Visitor(make_tenant(data))
    visitor.book()
    body = {**visit("Ben"), "preferences": {"staffCandidates": [STAFF, second]}}
    assert visitor.book(body).json["appointment"]["staffMemberIds"] == [second]
    assert visitor.book({**visit("Cid"), "preferences": {"staffCandidates": [STAFF, second]}}).status == 409


def test_without_staff_somebody_free_is_drawn(visitor: Visitor) -> None:
    assert visitor.book(visit(staffMemberIds=[])).json["appointment"]["staffMemberIds"] == [STAFF]
    assert visitor.book(visit("Ben", staffMemberIds=[])).status == 409


def test_all_who_offer_a_service_have_their_turn_where_nobody_is_named() -> None:
    data = published()
    (business,) = data["bookingBusinesses"]
    others = [f"10000000-0000-4000-8000-00000000000{number}" for number in (2, 3)]
    for number, each in enumerate(others):
        person = {"displayName": f"M{number}", "emailAddress": f"m{number}@contoso.com", "role": "guest"}
        business["staffMembers"].append({"id": each, **person})
    business["services"][0]["staffMemberIds"] += others
    drawn = []
    for seed in range(12):
        booked = Visitor(make_tenant(deepcopy(data), seed=seed)).book(visit(staffMemberIds=[]))
        drawn += booked.json["appointment"]["staffMemberIds"]
    assert set(drawn) == {STAFF, *others}
    assert len(drawn) == 12


def test_people_who_share_a_booking_are_all_its_customers(visitor: Visitor) -> None:
    people = [{"name": "Ann", "emailAddress": "ann@example.com"}, {"name": "Bo", "emailAddress": "bo@example.com"}]
    shown = visitor.book(visit(customers=people)).json["appointment"]
    assert [each["name"] for each in shown["customers"]] == ["Ann", "Bo"]
    assert visitor.cancel(shown[KEY]).status == 204
    assert visitor.appointments() == []


# groups


def test_a_class_fills_seat_by_seat_and_then_disappears(visitor: Visitor) -> None:
    slot = ("2026-01-12T10:00:00", "2026-01-12T11:00:00")
    asked = window("2026-01-12T09:00:00", "2026-01-12T12:00:00", GROUP)
    keys = set()
    for number in range(10):
        answer = visitor.book(class_visit(f"Guest{number}"))
        assert answer.status == 200, answer.reason
        shown = answer.json["appointment"]
        assert [each["name"] for each in shown["customers"]] == [f"Guest{number}"]
        assert shown["filledAttendeesCount"] == number + 1
        keys.add(shown[KEY])
        assert (SEATS if number < 9 else BUSY, *slot) in visitor.ranges(asked)
    assert len(keys) == 10
    assert visitor.book(class_visit("Guest10")).status == 409
    (kept,) = visitor.appointments()
    assert (kept["filledAttendeesCount"], len(kept["customers"])) == (10, 10)


def test_who_cancels_a_seat_leaves_the_others_theirs(visitor: Visitor) -> None:
    keys = [visitor.book(class_visit(name)).json["appointment"][KEY] for name in ("Ann", "Ben", "Cid")]
    assert visitor.cancel(keys[1]).status == 204
    assert visitor.cancel(keys[1]).status == 404
    (kept,) = visitor.appointments()
    assert [each["name"] for each in kept["customers"]] == ["Ann", "Cid"]
    assert [visitor.cancel(each).status for each in (keys[0], keys[2])] == [204, 204]
    assert visitor.appointments() == []


def test_who_moves_a_seat_takes_one_at_another_time(visitor: Visitor) -> None:
    first, second = (visitor.book(class_visit(name)).json["appointment"][KEY] for name in ("Ann", "Ben"))
    answer = visitor.move(second, "2026-01-12T14:00:00", "2026-01-12T15:00:00")
    assert (answer.status, answer.json["appointment"][KEY]) == (200, second), answer.reason
    starts = {
        key: visitor.call("GET", f"/appointments/{key}").json["appointment"]["startTime"]["dateTime"]
        for key in (first, second)
    }
    assert starts == {first: "2026-01-12T10:00:00", second: "2026-01-12T14:00:00"}


# manage


@pytest.mark.parametrize("name", [KEY, "id"])
def test_a_booking_is_cancelled_once_by_either_key(name: str, visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][name]
    first = visitor.call("DELETE", f"/appointments/{key}", {})
    assert (first.status, first.response.body) == (204, b"")
    second = visitor.cancel(key)
    assert (second.status, second.json) == (404, {"message": "AppointmentNotFound: The booking was not found."})
    assert visitor.book().status == 200


def test_a_booking_is_read_and_moved(visitor: Visitor) -> None:
    made = visitor.book().json["appointment"]
    assert visitor.call("GET", f"/appointments/{made[KEY].upper()}").json["appointment"] == made
    answer = visitor.move(made[KEY], "2026-01-12T14:00:00", "2026-01-12T14:30:00")
    assert (answer.status, answer.json["appointment"]["startTime"]) == (200, at("2026-01-12T14:00:00"))
    assert visitor.book(visit("Ben")).status == 200
    assert visitor.move(made[KEY], "2026-01-12T10:00:00", "2026-01-12T10:30:00").status == 409


def test_inside_the_lead_time_nothing_is_moved_or_cancelled(visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][KEY]
    visitor.tenant.set_clock("frozen", visitor.tenant.clock.now().replace(day=11, hour=12))
    for answer in (visitor.cancel(key), visitor.move(key, "2026-01-14T10:00:00", "2026-01-14T10:30:00")):
        assert answer.status == 409
        assert "minimumLeadTime" in answer.reason
    assert len(visitor.appointments()) == 1


def test_bookings_that_staff_made_are_managed_where_the_service_allows_it(visitor: Visitor) -> None:
    assert visitor.cancel(APPOINTMENT).status == 404
    assert visitor.cancel(NOBODY).status == 404
    change = {"isCustomerAllowedToManageBooking": True}
    assert visitor.graph.patch(f"{HOME}/appointments/{APPOINTMENT}", change).status == 204
    assert visitor.cancel(APPOINTMENT).status == 204


# bodies that cannot be read

WRONG: dict[str, tuple[str, Any, str]] = {
    "no JSON": ("/appointments", b"{", "the body: expected a JSON object; got no JSON"),
    "a list": ("/appointments", [], "the body: expected an object; got []"),
    "no appointment": ("/appointments", {}, "appointment: expected an object; got nothing"),
    "no service": (
        "/appointments",
        visit(serviceId=None),
        "appointment.serviceId: expected the serviceId",
    ),
    "no customers": ("/appointments", visit(customers=[]), "appointment.customers: expected at least one customer"),
    "a customer that is a text": (
        "/appointments",
        visit(customers=["Ann"]),
        "appointment.customers[0]: expected an object",
    ),
    "a number for a name": (
        "/appointments",
        visit(customers=[{"name": 1}]),
        "appointment.customers[0].name: expected a text",
    ),
    "no time": ("/appointments", visit(startTime=None), "appointment.startTime: expected an object; got nothing"),
    "a time that is none": (
        "/appointments",
        visit(start="tomorrow"),
        "appointment.startTime.dateTime: expected a time such as 2026-08-21T14:00:00",
    ),
    "a year that no calendar has": (
        "/appointments",
        visit(start="0001-01-01T00:00:00"),
        "appointment.startTime.dateTime",
    ),
    "a window that is backwards": (
        "/GetStaffAvailability",
        window("2026-01-13T00:00:00", "2026-01-12T00:00:00"),
        "endDateTime: expected a time behind startDateTime",
    ),
    "a window of years": (
        "/GetStaffAvailability",
        window("2026-01-13T00:00:00", "2036-01-12T00:00:00"),
        "endDateTime: expected a window of at most 370 days",
    ),
    "staff that is no list": (
        "/GetStaffAvailability",
        {**window("2026-01-12T00:00:00", "2026-01-13T00:00:00"), "staffIds": STAFF},
        "staffIds: expected a list",
    ),
    "an answer without a question": (
        "/appointments",
        visit(customers=[{"name": "Ann", "answeredCustomQuestions": [{"answer": "42"}]}]),
        "appointment.customers[0].answeredCustomQuestions[0].customQuestion.id: expected the id of a question",
    ),
}


@pytest.mark.parametrize(("path", "body", "reason"), WRONG.values(), ids=WRONG)
def test_a_body_that_cannot_be_read_is_refused_with_its_place(
    path: str, body: Any, reason: str, visitor: Visitor
) -> None:
    answer = visitor.call("POST", path, body)
    assert answer.status == 400
    assert reason in answer.reason
    assert answer.json["message"].startswith("InvalidRequest: ")
    assert visitor.appointments() == []


@pytest.mark.parametrize("path", ["/appointments", "/GetStaffAvailability"])
def test_iana_zones_are_refused(path: str, visitor: Visitor) -> None:
    body = window("2026-01-12T00:00:00", "2026-01-13T00:00:00", zone="Europe/Berlin")
    if path == "/appointments":
        body = visit(startTime=at("2026-01-12T10:00:00", "Europe/Berlin"))
    answer = visitor.call("POST", path, body)
    assert (answer.status, answer.json["message"]) == (
        400,
        "InvalidTimeZone: The time zone 'Europe/Berlin' is not valid.",
    )


SCREEN = "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"


@pytest.mark.parametrize("zone", ["UTC", "utc", "W. Europe Standard Time", "w. europe standard time", SCREEN, ""])
def test_windows_zones_and_utc_are_taken(zone: str, visitor: Visitor) -> None:
    assert visitor.ranges(window("2026-01-12T00:00:00", "2026-01-13T00:00:00", zone=zone))


def test_a_zone_by_what_windows_shows_is_that_zone_in_questions_bookings_and_settings() -> None:
    settings = {"businessTimeZone": SCREEN}
    visitor = Visitor(make_tenant(published(bookingPageSettings=settings)))
    assert visitor.call("GET").json["businessInfo"]["businessTimeZone"] == "W. Europe Standard Time"
    item, *_ = visitor.available(window("2026-01-12T08:00:00", "2026-01-12T17:00:00", zone=SCREEN))
    assert item["startDateTime"] == at("2026-01-12T08:00:00", SCREEN)
    start, end = "2026-01-12T10:00:00", "2026-01-12T10:30:00"
    made = visitor.book(visit(startTime=at(start, SCREEN), endTime=at(end, SCREEN))).json["appointment"]
    assert made["startTime"]["dateTime"] == start
    assert visitor.appointments()[0]["startDateTime"] == at("2026-01-12T09:00:00.0000000Z")


def test_who_rejected_the_membership_has_no_time_on_the_page_and_cannot_be_booked() -> None:
    data = published()
    data["bookingBusinesses"][0]["staffMembers"][0]["membershipStatus"] = "rejectedByStaff"
    visitor = Visitor(make_tenant(data))
    statuses = {each[0] for each in visitor.ranges(window("2026-01-12T00:00:00", "2026-01-13T00:00:00"))}
    assert AVAILABLE not in statuses
    assert visitor.book().status == 409


def test_an_unknown_service_is_refused_with_those_there_are(visitor: Visitor) -> None:
    answer = visitor.book(visit(serviceId=STAFF))
    assert answer.status == 404
    assert SERVICE in answer.reason


# passcodes


@pytest.fixture
def guarded() -> Visitor:
    return Visitor(make_tenant(published(bookingPageSettings={"enforceOneTimePassword": True})))


def code_of(visitor: Visitor) -> str:
    return str(visitor.mail("passcode")[-1].code)


def test_a_booking_needs_the_code_that_was_mailed(guarded: Visitor) -> None:
    answer = guarded.book()
    assert (answer.status, answer.json["message"].partition(":")[0]) == (
        500,
        "SelfServiceBookingEmailVerificationRequired",
    )
    (mail,) = guarded.mail("passcode")
    assert (mail.to, len(mail.code), mail.code.isdigit(), mail.code in mail.text) == ("ann@example.com", 6, True, True)
    assert guarded.appointments() == []
    assert guarded.book(visit(verificationCode=mail.code)).status == 200
    again = guarded.book(visit(start="2026-01-12T14:00:00", end="2026-01-12T14:30:00", verificationCode=mail.code))
    assert (again.status, "has been used" in again.reason) == (500, True)


def test_a_wrong_code_is_refused_and_five_spend_the_good_one(guarded: Visitor) -> None:
    guarded.book()
    code = code_of(guarded)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        answer = guarded.book(visit(verificationCode=wrong))
        assert (answer.status, answer.json["message"]) == (500, "InvalidCode: The verification code is not valid.")
    assert guarded.book(visit(verificationCode=code)).status == 500
    guarded.book()
    assert guarded.book(visit(verificationCode=code_of(guarded))).status == 200


def test_a_code_is_good_for_ten_minutes_of_the_tenants_clock(guarded: Visitor) -> None:
    guarded.book()
    with TestClient(App(guarded.tenant), base_url=ORIGIN) as client:
        client.post("/_emulator/clock/advance", json={"by": "PT10M"}).raise_for_status()
    answer = guarded.book(visit(verificationCode=code_of(guarded)))
    assert (answer.status, "expired" in answer.reason) == (500, True)


def test_a_new_code_voids_the_one_before(guarded: Visitor) -> None:
    guarded.book()
    first = code_of(guarded)
    guarded.book()
    assert code_of(guarded) != first
    assert guarded.book(visit(verificationCode=first)).status == 500
    assert guarded.book(visit(verificationCode=code_of(guarded))).status == 200


def test_the_code_stands_in_the_outbox(guarded: Visitor) -> None:
    guarded.book()
    with TestClient(App(guarded.tenant), base_url=ORIGIN) as client:
        (message,) = client.get("/_emulator/outbox?kind=passcode").json()["value"]
    assert (message["code"], message["appointment"], message["audience"]) == (code_of(guarded), None, "customer")


# settings of the tenant

SETTINGS = {
    "BookingsPhoneNumberEntryRestricted": "phone",
    "BookingsNotesEntryRestricted": "notes",
    "BookingsAddressEntryRestricted": "location",
}


@pytest.mark.parametrize(("setting", "member"), SETTINGS.items(), ids=SETTINGS)
def test_what_the_tenant_forbids_to_ask_for_is_not_taken(setting: str, member: str, visitor: Visitor) -> None:
    person = {"name": "Ann", "phone": "1", "notes": "n", "location": {"displayName": "Home"}}
    visitor.tenant.tenant_settings.set({setting: True})
    visitor.book(visit(customers=[person]))
    (kept,) = visitor.appointments()
    empty = [each for each in SETTINGS.values() if not kept["customers"][0][each]]
    assert empty == [member]


def test_questions_and_names_of_staff_can_be_switched_off(visitor: Visitor) -> None:
    visitor.tenant.tenant_settings.set(
        {"BookingsCreationOfCustomQuestionsRestricted": True, "BookingsExposureOfStaffDetailsRestricted": True}
    )
    assert visitor.call("GET", "/customQuestions").json == {"questions": []}
    assert all(each["customQuestions"] == [] for each in visitor.call("GET", "/services").json["service"])
    assert [each["displayName"] for each in visitor.call("GET", "/staffMembers").json["staffMembers"]] == [""]


def test_settings_come_from_the_fixture_and_a_wrong_one_names_the_nearest() -> None:
    data = {**small(), "tenantSettings": {"BookingsAuthEnabled": True}}
    tenant = make_tenant(data)
    assert tenant.tenant_settings["BookingsAuthEnabled"] is True
    with TestClient(App(tenant), base_url=ORIGIN) as client:
        answer = client.put("/_emulator/tenant-settings", json={"BookingsAuthEnable": False})
        assert answer.status_code == 400
        assert "did you mean 'BookingsAuthEnabled'?" in answer.json()["error"]
        assert client.get("/_emulator/state").json()["tenantSettings"] == {"BookingsAuthEnabled": True}


def test_an_exported_state_keeps_campaigns_and_the_keys_of_visitors(visitor: Visitor) -> None:
    made = [visitor.book(class_visit(name, trackingDataId="spring")).json for name in ("Ann", "Ben")]
    keys = [each["appointment"][KEY] for each in made]
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        state = client.get("/_emulator/state").json()
        assert client.put("/_emulator/state", json=state).status_code == 200
        assert client.get("/_emulator/state").json() == state
    assert visitor.cancel(keys[0]).status == 204
    (kept,) = visitor.appointments()
    assert [each["name"] for each in kept["customers"]] == ["Ben"]
    assert visitor.call("GET", f"/appointments/{keys[1]}").json["appointment"]["trackingDataId"] == "spring"


# the organization's pages


@pytest.mark.parametrize("setting", [True, False])
def test_a_page_of_the_organization_needs_a_sign_in(setting: bool) -> None:
    settings = {} if setting else {"accessControl": "restrictedToOrganization"}
    visitor = Visitor(make_tenant(published(bookingPageSettings=settings)))
    visitor.tenant.tenant_settings.set({"BookingsAuthEnabled": setting})
    answer = visitor.call("GET")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    told = visitor.call("GET", "/bookingsSettings").json["tenantSettings"]["settings"]["BookingsAuthEnabled"]
    assert told == {"boolValue": True}
    for headers in ({"authorization": "Bearer viewer"}, {"cookie": "ClientId=1; BookingsPage=viewer"}):
        assert visitor.call("GET", headers=headers).status == 200


def test_the_code_of_a_sign_in_is_good_once_and_its_cookie_opens_the_page() -> None:
    data = published(bookingPageSettings={"accessControl": "restrictedToOrganization"})
    data["personas"] = [{"name": "ann", "kind": "delegated", "upn": "ann@contoso.onmicrosoft.com", "roles": {}}]
    with TestClient(App(make_tenant(data)), base_url=ORIGIN, follow_redirects=False) as browser:
        path = f"/book/{BUSINESS}/?RefID=spring"
        away = browser.get(path)
        assert away.status_code == 302
        back = browser.get(f"{away.headers['location']}&persona=ann").headers["location"]
        assert back.startswith(f"{ORIGIN}{path}&code=")
        arrived = browser.get(back)
        assert (arrived.status_code, arrived.headers["location"]) == (302, f"{ORIGIN}{path}")
        assert "HttpOnly; SameSite=Lax" in arrived.headers["set-cookie"]
        assert browser.get(path).status_code == 200
        assert browser.get(PAGE).status_code == 200
        assert browser.get(back).status_code == 401
        browser.cookies.clear()
        assert browser.get(PAGE).status_code == 401


PLACES = ["/book/{}/", "/book/{}", "/BOOK/{}/", "/owa/calendar/{}/bookings/", "/owa/calendar/{}/bookings"]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("spelled", [BUSINESS, BUSINESS.replace("@", "%40"), "ContosoSmall"])
def test_pages_are_found_in_every_form_of_their_address(path: str, spelled: str, visitor: Visitor) -> None:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        answer = client.get(path.format(spelled))
    assert answer.status_code == 200
    assert f'data-business="{BUSINESS}"' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


def shell(visitor: Visitor, path: str) -> str:
    """The HTML at a path."""
    return visitor.call("GET", base=path).response.body.decode()


def test_a_deep_link_opens_its_service_a_hidden_one_too(visitor: Visitor) -> None:
    visitor.graph.patch(f"{HOME}/services/{SERVICE}", {"isHiddenFromCustomers": True})
    link = visitor.tenant.find_links().service(BUSINESS, SERVICE).removeprefix("https://outlook.office365.com")
    assert f'data-service="{SERVICE}"' in shell(visitor, link)
    assert 'data-service="unknown"' in shell(visitor, f"/book/{BUSINESS}/s/AAAAIAAAAECAAAAAAAAAAA2")


def test_what_a_business_is_called_stays_text_on_its_page(visitor: Visitor) -> None:
    visitor.graph.patch(HOME, {"displayName": '"><script>alert(1)</script>'})
    assert "<script>alert" not in shell(visitor, f"/book/{BUSINESS}/")


@pytest.mark.parametrize("name", ["%2e%2e%2fwire%2fpage.py", "%2e%2e/index.html", "index.html", "nothing.js", ""])
def test_only_the_files_of_the_page_are_served(name: str, visitor: Visitor) -> None:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        assert client.get(f"/_page/{name}").status_code == 404


def test_the_page_knows_the_windows_names_of_zones(visitor: Visitor) -> None:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        answer = client.get("/_page/zones.json")
    assert answer.json()["Europe/Berlin"] == "W. Europe Standard Time"


def test_search_engines_are_told_to_stay_away_where_a_setting_says_so(visitor: Visitor) -> None:
    assert "X-Robots-Tag" not in visitor.call("GET", base=f"/book/{BUSINESS}/").headers
    visitor.tenant.tenant_settings.set({"BookingsSearchEngineIndexDisabled": True})
    assert visitor.call("GET", base=f"/book/{BUSINESS}/").headers["X-Robots-Tag"] == "noindex"


def test_every_row_of_the_contract_is_served_and_every_word_is_checked() -> None:
    table = tomllib.loads(Path(page.__file__).with_name("page.toml").read_text(encoding="utf-8"))
    assert set(page_calls.CALLS) == {each.name for each in load_page().operations.values()}
    table["operation"]["book"]["sauce"] = "clients"
    with pytest.raises(ContractError, match=r"operation.book: unknown word 'sauce'; did you mean 'source'\?"):
        build_page("page.toml", table)
