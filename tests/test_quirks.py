"""Every quirk, seen over the wire with each of its values; how quirks are switched, shown, refused and reset."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.contract.property_lines import ContractError
from bookings_emulator.contract.quirks import Quirk, QuirkError, Quirks, build_quirks, load_quirks
from bookings_emulator.pipeline.rows import CALENDAR_VIEW_LIMIT
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    AS_STRANGER,
    AS_UNLICENSED,
    AS_VIEWER,
    BUSINESS,
    CUSTOMER,
    GROUP,
    HOME,
    NOW,
    ORIGIN,
    ROOT,
    SERVICE,
    STAFF,
    Answer,
    Graph,
    at,
    booking,
    customer,
    make_tenant,
    set_policy,
    small,
)
from tests.connector_quirks import SEEN as CONNECTOR
from tests.header_quirks import SEEN as HEADERS
from tests.page_quirks import SEEN as PAGE
from tests.rule_quirks import SEEN as RULED
from tests.test_cli import get, run, served

NO_PROPERTY = (
    "The property '{}' does not exist on type 'microsoft.graph.{}'. "
    "Make sure to only use property names that are defined by the type or mark the type as open type."
)
NO_PARAMETER = "The parameter 'comment' in the request payload is not a valid parameter for the operation 'cancel'."
UNKNOWN = (500, "UnknownError", "")
MEMBER = f"{HOME}/staffMembers/{STAFF}"
OFFER = f"{HOME}/services/{SERVICE}"


@dataclass(frozen=True)
class Case:
    """What to ask a fresh tenant, and what it answers under each value of the quirk."""

    ask: Callable[[Graph], Any]
    seen: dict[bool | str, Any]


def refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.error["code"], answer.error["message"]


def book(graph: Graph, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    return graph.post(f"{HOME}/appointments", booking(**members), headers=headers)


def availability(
    graph: Graph, headers: dict[str, str], end: str = "2026-01-13T00:00:00", staff: tuple[str, ...] = (STAFF,)
) -> Answer:
    body = {"staffIds": [*staff], "startDateTime": at("2026-01-12T00:00:00"), "endDateTime": at(end)}
    return graph.post(f"{HOME}/getStaffAvailability", body, headers=headers)


# what is asked, in the order of the table


def who_is_signed_in(graph: Graph) -> Any:
    return graph.get("/v1.0/me").status


def booked_with_beta_names(graph: Graph) -> Any:
    body = booking()
    body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    return graph.post(f"{HOME}/appointments", body).status


def members_that_no_type_has(graph: Graph) -> Any:
    known = graph.patch(HOME, {"displayName": "New name"}).status
    made = graph.post(ROOT, {"displayNam": "x"})
    cancelled = graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", {"comment": "x"})
    assert all(
        "did you mean" in each.reason or "not a parameter of cancel" in each.reason for each in (made, cancelled)
    )
    return [known, refusal(made), refusal(cancelled)]


def booked_for_a_customer_without_type(graph: Graph) -> Any:
    return book(graph, customers=[{"customerId": CUSTOMER, "name": "Adele"}]).status


def keys_of_availability(graph: Graph) -> Any:
    body = availability(graph, AS_APP).json
    assert body.pop("@odata.context").endswith("#Collection(microsoft.graph.staffAvailabilityItem)")
    assert all(items[0]["staffId"] == STAFF for items in body.values())
    return set(body)


def both_names_of_the_role(graph: Graph) -> Any:
    taken = [graph.patch(MEMBER, {"role": role}).status for role in ("member", "teamMember")]
    return (*taken, graph.get(MEMBER).json["role"])


def role_behind_the_sentinel(graph: Graph) -> Any:
    graph.patch(MEMBER, {"role": "scheduler"})
    return graph.get(MEMBER).json["role"]


def booked_with_an_unknown_service(graph: Graph) -> Any:
    return refusal(book(graph, serviceId="none"))


def booked_by_an_application_without_staff(graph: Graph) -> Any:
    answer = book(graph, AS_APP, staffMemberIds=[])
    body = booking()
    del body["staffMemberIds"]
    silent = graph.post(f"{HOME}/appointments", body, headers=AS_APP)
    assert answer.status == silent.status
    return refusal(silent) if silent.status >= 400 else silent.json["staffMemberIds"]


def booked_twice(graph: Graph) -> Any:
    return [book(graph, AS_APP).status for _ in range(2)]


def four_and_five_customers(graph: Graph) -> Any:
    people = [customer(name=f"Person {number}") for number in range(5)]
    return [book(graph, serviceId=GROUP, customers=people[:count]).status for count in (4, 5)]


def unknown_customer_of_a_group(graph: Graph) -> Any:
    body = book(graph, serviceId=GROUP, customers=[customer(customerId="none", name="Ghost")]).json
    names = [graph.get(f"{HOME}/customers/{each['customerId']}").json["displayName"] for each in body["customers"]]
    return names, body["filledAttendeesCount"]


def business_of_others(graph: Graph) -> Any:
    return refusal(graph.get(HOME, headers=AS_STRANGER))[:2]


def list_of_two_businesses(graph: Graph) -> Any:
    one = graph.get(ROOT, headers=AS_VIEWER).status
    graph.post(ROOT, {"displayName": "Fourth Coffee"})
    narrowed = graph.get(f"{ROOT}?query=fourth", headers=AS_VIEWER).json["value"]
    assert [each["displayName"] for each in narrowed] == ["Fourth Coffee"]
    assert graph.get(ROOT).status == graph.get(ROOT, headers=AS_APP).status == 200
    two = graph.get(ROOT, headers=AS_VIEWER)
    return one, refusal(two)[:2] if two.status >= 400 else two.status


def calendar_view_with_a_raw_plus(graph: Graph) -> Any:
    return graph.get(f"{HOME}/calendarView?start=2026-01-06T00:00:00+02:00&end=2026-01-07T00:00:00+02:00").status


def booked_by_a_viewer(graph: Graph) -> Any:
    answer = book(graph, AS_VIEWER)
    return refusal(answer)[:2] if answer.status >= 400 else answer.status


def business_without_a_licence(graph: Graph) -> Any:
    answer = graph.get(HOME, headers=AS_UNLICENSED)
    return refusal(answer)[:2] if answer.status >= 400 else answer.status


def availability_for_a_delegated_caller(graph: Graph) -> Any:
    assert availability(graph, {}).status == availability(graph, AS_APP).status == 200
    answer = availability(graph, AS_VIEWER)
    return refusal(answer)[:2] if answer.status >= 400 else answer.status


def availability_of_42_days_and_more(graph: Graph) -> Any:
    return [availability(graph, AS_APP, end).status for end in ("2026-02-23T00:00:00", "2026-02-23T00:00:01")]


def services_of_a_deleted_member(graph: Graph) -> Any:
    graph.delete(MEMBER)
    return [graph.get(f"{HOME}/services/{each}").json["staffMemberIds"] for each in (SERVICE, GROUP)]


def place_of_a_customer(graph: Graph) -> Any:
    entry = customer(customerId=CUSTOMER, location={"displayName": "Home"})
    location = book(graph, customers=[entry]).json["customers"][0]["location"]
    return location and location["displayName"]


def customers_after_a_booking_with_a_known_address(graph: Graph) -> Any:
    book(graph, customers=[customer(name="ADELE VANCE", emailAddress="AdeleV@Contoso.com")])
    return len(graph.get(f"{HOME}/customers").json["value"])


def answers_to_updates(graph: Graph) -> Any:
    places = ("", f"/services/{SERVICE}", f"/staffMembers/{STAFF}", f"/appointments/{APPOINTMENT}")
    answers = [graph.patch(HOME + place, {}) for place in places]
    shown = [graph.get(HOME + place).response.body for place in places]
    (status,) = {each.status for each in answers}
    assert [each.response.body for each in answers] == ([b""] * 4 if status == 204 else shown)
    assert graph.patch(f"{HOME}/customers/{CUSTOMER}", {}).status == 200
    return status


def link_of_an_offline_service(graph: Graph) -> Any:
    return book(graph, isLocationOnline=True).json["joinWebUrl"] is not None


def address_of_the_page(graph: Graph) -> Any:
    graph.post(f"{HOME}/publish")
    graph.tenant.find_root = lambda: ORIGIN
    return graph.get(HOME).json["publicUrl"].replace(BUSINESS, "ID")


def web_site_of_a_published_business(graph: Graph) -> Any:
    graph.post(f"{HOME}/publish")
    published = graph.get(HOME).json
    graph.post(f"{HOME}/unpublish")
    return published["webSiteUrl"] == published["publicUrl"], graph.get(HOME).json["webSiteUrl"]


def deletion_of_services(graph: Graph) -> Any:
    used, unused = graph.delete(OFFER), graph.delete(f"{HOME}/services/{GROUP}")
    return used.status, unused.status, graph.get(OFFER).status


def membership_of_new_members(graph: Graph) -> Any:
    body = {"displayName": "Alex", "emailAddress": "alex@contoso.com"}
    made = [graph.post(f"{HOME}/staffMembers", {**body, "role": role}) for role in ("administrator", "guest", "viewer")]
    return [each.json["membershipStatus"] for each in made]


def coordinates_nobody_gave(graph: Graph) -> Any:
    return set(graph.get(OFFER).json["defaultLocation"]["coordinates"].values())


def null_member_before_structured_ones(graph: Graph) -> Any:
    members, inner = list(graph.get(OFFER).json), list(graph.get(HOME).json["schedulingPolicy"])
    return (
        members.index("schedulingPolicy") < members.index("defaultLocation"),
        inner.index("generalAvailability") < inner.index("customAvailabilities"),
    )


def calendar_view_of_a_thousand_and_one_more(graph: Graph) -> Any:
    window = f"{HOME}/calendarView?start=2026-01-12T00:00:00Z&end=2026-01-13T00:00:00Z"
    for _ in range(CALENDAR_VIEW_LIMIT):
        book(graph)
    assert graph.get(window).status == 200
    book(graph)
    return graph.get(window).status


def list_and_calls_by_id(graph: Graph) -> Any:
    read, by_id, deleted = graph.get(ROOT), graph.get(HOME), graph.delete(HOME)
    return read.status, by_id.status, deleted.status, refusal(read)[1] if read.status >= 400 else None


def booked_between_slots(graph: Graph) -> Any:
    times = {"startDateTime": at("2026-01-12T10:10:00"), "endDateTime": at("2026-01-12T10:40:00")}
    return book(graph, AS_APP, **times).status


def staff_named_where_nobody_may(graph: Graph) -> Any:
    set_policy(graph, allowStaffSelection=False)
    return book(graph, AS_APP).status


def availability_of_nobody(graph: Graph) -> Any:
    return [each["staffId"] for each in availability(graph, AS_APP, staff=()).json["value"]]


def zone_of_availability(graph: Graph) -> Any:
    window = {
        "startDateTime": at("2026-01-12T00:00:00", "Eastern Standard Time"),
        "endDateTime": at("2026-01-13T00:00:00", "Eastern Standard Time"),
    }
    answer = graph.post(f"{HOME}/getStaffAvailability", {"staffIds": [STAFF], **window}, headers=AS_APP)
    return answer.json["value"][0]["availabilityItems"][0]["startDateTime"]


def availability_by_an_iana_zone(graph: Graph) -> Any:
    window = {
        "startDateTime": at("2026-01-12T00:00:00", "Europe/Berlin"),
        "endDateTime": at("2026-01-13T00:00:00", "Europe/Berlin"),
    }
    answer = graph.post(f"{HOME}/getStaffAvailability", {"staffIds": [STAFF], **window}, headers=AS_APP)
    return refusal(answer) if answer.status >= 400 else answer.status


def availability_of_half_an_hour_and_less(graph: Graph) -> Any:
    return [availability(graph, AS_APP, f"2026-01-12T00:{minute}:00").status for minute in ("30", "29")]


def times_of_an_appointment(graph: Graph) -> Any:
    shown = [graph.get(f"{HOME}/appointments/{APPOINTMENT}").json, graph.get(f"{HOME}/appointments").json["value"][0]]
    (times,) = {(each["startDateTime"]["dateTime"], each["endDateTime"]["dateTime"]) for each in shown}
    return {time[19:] for time in times}


def reminders_of_listed_services(graph: Graph) -> Any:
    (service,) = (each for each in graph.get(f"{HOME}/services").json["value"] if each["id"] == SERVICE)
    assert graph.get(OFFER).json["defaultReminders"]
    return [each["offset"] for each in service["defaultReminders"]]


def customers_of_listed_appointments(graph: Graph) -> Any:
    window = "calendarView?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z"
    assert graph.get(f"{HOME}/appointments/{APPOINTMENT}").json["customers"]
    return [bool(graph.get(f"{HOME}/{path}").json["value"][0]["customers"]) for path in ("appointments", window)]


def a_page_of_no_rows(graph: Graph) -> Any:
    return graph.get(f"{HOME}/services?$top=0").status, graph.get(f"{HOME}/services?$top=1").status


def routes_of_beta(graph: Graph) -> Any:
    return graph.get("/beta/bookingBusinesses").status, graph.get("/beta/solutions/bookingBusinesses").status


def calendar_view_without_offsets(graph: Graph) -> Any:
    return [
        graph.get(f"{HOME}/calendarView?start={start}&end={end}").status
        for start, end in (("2026-01-06", "2026-01-07"), ("2026-01-06T00:00:00", "2026-01-07T00:00:00"))
    ]


def business_made_by_an_application(graph: Graph) -> Any:
    return refusal(graph.post(ROOT, {"displayName": "x"}, headers=AS_APP))


PAGES = {
    "emulator": "http://localhost:8365/book/ID/",
    "book": "https://outlook.office365.com/book/ID/",
    "classic": "https://outlook.office365.com/owa/calendar/ID/bookings/",
    "cloud": "https://bookings.cloud.microsoft/book/ID/",
}
CASES = {
    "beta-names-on-v1": Case(booked_with_beta_names, {True: 201, False: 500}),
    "unknown-members": Case(
        members_that_no_type_has,
        {
            True: [204, UNKNOWN, UNKNOWN],
            False: [
                204,
                (400, "RequestBodyRead", NO_PROPERTY.format("displayNam", "bookingBusiness")),
                (400, "RequestBodyRead", NO_PARAMETER),
            ],
        },
    ),
    "customers-need-type": Case(booked_for_a_customer_without_type, {True: 400, False: 201}),
    "availability-key": Case(
        keys_of_availability,
        {
            "value": {"value"},
            "staffAvailabilityItem": {"staffAvailabilityItem"},
        },
    ),
    "role-member": Case(both_names_of_the_role, {True: (204, 400, "member"), False: (400, 204, "teamMember")}),
    "hidden-roles": Case(role_behind_the_sentinel, {True: "unknownFutureValue", False: "scheduler"}),
    "unknown-error": Case(
        booked_with_an_unknown_service, {"UnknownError": UNKNOWN, "older": (500, "", "An error has occurred.")}
    ),
    "invalid-staff": Case(
        booked_by_an_application_without_staff,
        {True: (400, "BadRequest", "Invalid Staff"), False: [STAFF]},
    ),
    "double-booking": Case(booked_twice, {True: [201, 500], False: [201, 201]}),
    "five-customers": Case(four_and_five_customers, {True: [201, 500], False: [201, 201]}),
    "group-drops-unknown": Case(unknown_customer_of_a_group, {True: ([], 0), False: (["Ghost"], 1)}),
    "foreign-business": Case(
        business_of_others, {True: (404, "ErrorFolderNotFound"), False: (403, "ErrorAccessDenied")}
    ),
    "list-needs-query": Case(
        list_of_two_businesses, {False: (200, 200), True: (200, (400, "ErrorExceededFindCountLimit"))}
    ),
    "plus-is-blank": Case(calendar_view_with_a_raw_plus, {True: 400, False: 200}),
    "roles": Case(booked_by_a_viewer, {True: (403, "ErrorAccessDenied"), False: 201}),
    "unlicensed": Case(
        business_without_a_licence,
        {
            "forbidden": (403, "ErrorAccessDenied"),
            "no-mailbox": (404, "MailboxNotEnabledForRESTAPI"),
            "anybody": 200,
        },
    ),
    "availability-callers": Case(
        availability_for_a_delegated_caller,
        {"UnknownError": (500, "UnknownError"), "forbidden": (403, "ErrorAccessDenied"), "anybody": 200},
    ),
    "availability-range": Case(availability_of_42_days_and_more, {True: [200, 500], False: [200, 200]}),
    "stale-staff": Case(services_of_a_deleted_member, {True: [[STAFF], [STAFF]], False: [[], []]}),
    "customer-location": Case(place_of_a_customer, {True: None, False: "Home"}),
    "customer-matching": Case(customers_after_a_booking_with_a_known_address, {True: 1, False: 2}),
    "update-no-content": Case(answers_to_updates, {True: 204, False: 200}),
    "online-needs-service": Case(link_of_an_offline_service, {True: False, False: True}),
    "public-url": Case(address_of_the_page, {**PAGES}),
    "page-is-web-site": Case(web_site_of_a_published_business, {False: (False, None), True: (True, None)}),
    "service-in-use": Case(deletion_of_services, {False: (204, 204, 404), True: (500, 204, 200)}),
    "membership": Case(
        membership_of_new_members,
        {True: ["active", "active", "pendingAcceptance"], False: ["active", "active", "active"]},
    ),
    "nan-coordinates": Case(coordinates_nobody_gave, {True: {"NaN"}, False: {None}}),
    "appointment-z": Case(times_of_an_appointment, {True: {".0000000Z"}, False: {".0000000"}}),
    "service-reminders-in-lists": Case(reminders_of_listed_services, {True: ["P1D"], False: []}),
    "customers-in-lists": Case(customers_of_listed_appointments, {True: [True, True], False: [False, False]}),
    "top-zero": Case(a_page_of_no_rows, {True: (200, 200), False: (400, 200)}),
    "beta-root-routes": Case(routes_of_beta, {True: (200, 200), False: (400, 200)}),
    "calendar-view-assumes-utc": Case(calendar_view_without_offsets, {True: [200, 200], False: [400, 400]}),
    "token-type-text": Case(
        business_made_by_an_application,
        {
            False: (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
            True: (
                403,
                "ErrorAccessDenied",
                "VASTT: Api Business.CreateBusiness does not support the token type: App",
            ),
        },
    ),
    "nulls-first": Case(null_member_before_structured_ones, {True: (True, True), False: (False, False)}),
    "calendar-view-limit": Case(calendar_view_of_a_thousand_and_one_more, {False: 200, True: 416}),
    "list-forbidden": Case(list_and_calls_by_id, {False: (200, 200, 204, None), True: (403, 200, 403, "UnknownError")}),
    "slot-grid": Case(booked_between_slots, {True: 500, False: 201}),
    "staff-selection": Case(staff_named_where_nobody_may, {True: 500, False: 201}),
    "empty-staff-is-everybody": Case(availability_of_nobody, {False: [], True: [STAFF]}),
    **{name: Case(*each) for name, each in RULED.items()},
    "availability-zone": Case(
        zone_of_availability,
        {
            "asked": at("2026-01-12T03:00:00.0000000", "Eastern Standard Time"),
            "display": at("2026-01-12T03:00:00.0000000", "(UTC-05:00) Eastern Time (US & Canada)"),
            "UTC": at("2026-01-12T08:00:00.0000000"),
        },
    ),
    "availability-windows-zones": Case(availability_by_an_iana_zone, {True: UNKNOWN, False: 200}),
    "availability-minimum": Case(availability_of_half_an_hour_and_less, {True: [200, 500], False: [200, 200]}),
    **{name: Case(*each) for name, each in HEADERS.items()},
    **{name: Case(*each) for name, each in CONNECTOR.items()},
    "ready-made-answers": Case(who_is_signed_in, {True: 200, False: 400}),
    **{name: Case(*each) for name, each in PAGE.items()},
}


def word(value: bool | str) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


VALUES = [pytest.param(name, value, id=f"{name}={word(value)}") for name, case in CASES.items() for value in case.seen]


def test_every_quirk_of_the_table_and_every_value_of_it_has_a_case() -> None:
    assert set(CASES) == set(load_quirks())
    for quirk in load_quirks().values():
        assert set(CASES[quirk.id].seen) == set(quirk.values or (True, False)), quirk.id


@pytest.mark.parametrize("name", CASES)
def test_every_value_of_a_quirk_makes_a_difference(name: str) -> None:
    seen = list(CASES[name].seen.values())
    assert all(one != other for index, one in enumerate(seen) for other in seen[:index])


@pytest.mark.parametrize("name", CASES)
def test_a_fresh_tenant_behaves_as_the_default_says(name: str, graph: Graph) -> None:
    assert CASES[name].ask(graph) == CASES[name].seen[load_quirks()[name].default]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_switched_quirk_does_what_its_value_says(name: str, value: bool | str, graph: Graph) -> None:
    graph.tenant.set_quirk(name, value)
    assert CASES[name].ask(graph) == CASES[name].seen[value]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_quirk_given_at_the_start_does_the_same(name: str, value: bool | str) -> None:
    tenant = Tenant(Start((Fixture("small", small()),), seed=1, frozen=utc(NOW), quirks={name: value}))
    assert CASES[name].ask(Graph(tenant)) == CASES[name].seen[value]


PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "other members": ({"locationEmailAddress": "a@b.c"}, "Home (1 Main, Rome)"),
    "a name": ({"displayName": "Away"}, "Away"),
    "an address": ({"address": {"city": "Oslo"}}, "Home (Oslo)"),
    "all as it was read, with an address": (
        {"displayName": "Home (1 Main, Rome)", "address": {"city": "Oslo"}},
        "Home (Oslo)",
    ),
    "another name and an address": ({"displayName": "Away (far)", "address": {"city": "Oslo"}}, "Away (far) (Oslo)"),
}


@pytest.mark.parametrize(("place", "name"), PLACES.values(), ids=PLACES)
def test_a_changed_address_takes_the_place_of_the_one_that_was_folded_into_the_name(
    place: dict[str, Any], name: str, graph: Graph
) -> None:
    graph.tenant.set_quirk("folded-locations", True)
    first = {"displayName": "Home", "address": {"street": "1 Main", "city": "Rome"}}
    made = graph.post(f"{HOME}/appointments", booking(serviceLocation=first)).json
    assert made["serviceLocation"]["displayName"] == "Home (1 Main, Rome)"
    url = f"{HOME}/appointments/{made['id']}"
    assert graph.patch(url, {"serviceLocation": place}).status == 204
    assert graph.get(url).json["serviceLocation"]["displayName"] == name


# which quirks decided what came of a call


def named_quirks(tenant: Tenant) -> list[str]:
    return [each for entry in tenant.journal.entries for each in entry.exchange.quirks]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_the_calls_that_a_quirk_decided_name_it(name: str, value: bool | str, graph: Graph) -> None:
    graph.tenant.set_quirk(name, value)
    CASES[name].ask(graph)
    quirk = load_quirks()[name]
    is_refused_for_being_off = (name, value) == ("connector-2022", False)
    assert (name in named_quirks(graph.tenant)) is (quirk.is_told(value) or is_refused_for_being_off)


def test_calls_that_would_come_out_the_same_name_no_quirk(graph: Graph, client: TestClient) -> None:
    made = book(graph, AS_APP).json["id"]
    client.get(f"/_emulator/businesses/{BUSINESS}/calendar?start=2026-01-05T00:00:00Z&end=2026-01-12T00:00:00Z")
    for headers in (AS_APP, None):
        assert graph.patch(f"{HOME}/appointments/{made}", {"serviceNotes": "x"}, headers=headers).status == 204
    for path in (ROOT, HOME, MEMBER, f"{HOME}/services", f"{HOME}/appointments?$top=1", f"{HOME}/customers"):
        assert graph.get(path).status == 200
    assert availability(graph, AS_APP).status == 200
    assert graph.post(f"{HOME}/appointments/{made}/cancel", {"cancellationMessage": "x"}).status == 204
    assert named_quirks(graph.tenant) == []


WINDOW = f"{HOME}/calendarView?start=2026-01-05&end=2026-01-12"
# quirk, its value, a call, its status, and whether the value decided what it answers
NAMED: dict[str, tuple[str, bool | str, str, str, int, bool]] = {
    "a service that nobody booked": ("service-in-use", True, "DELETE", f"{HOME}/services/unused", 204, False),
    "a service with a booking": ("service-in-use", True, "DELETE", OFFER, 500, True),
    "an address of a page": ("public-url", "cloud", "GET", HOME, 200, True),
    "an address of a service": ("public-url", "cloud", "GET", f"{HOME}/services", 200, True),
    "addresses shown before": ("public-url", "cloud", "GET", f"{HOME}/services?$top=5", 200, True),
    "a member without an address": ("public-url", "cloud", "GET", MEMBER, 200, False),
    "an address left out": ("public-url", "cloud", "GET", f"{HOME}?$select=displayName", 200, False),
    "a change": ("public-url", "cloud", "PATCH", MEMBER, 204, False),
    "publishing": ("public-url", "cloud", "POST", f"{HOME}/publish", 204, False),
    "dates alone": ("calendar-view-assumes-utc", False, "GET", WINDOW, 400, True),
    "dates in the wrong order": (
        "calendar-view-assumes-utc",
        False,
        "GET",
        WINDOW.replace("2026-01-05", "2027-01-05"),
        400,
        False,
    ),
    "one date": ("calendar-view-assumes-utc", False, "GET", f"{HOME}/calendarView?start=2026-01-05", 400, False),
    "offsets": (
        "calendar-view-assumes-utc",
        False,
        "GET",
        WINDOW.replace("&", "T00:00:00Z&") + "T00:00:00Z",
        200,
        False,
    ),
    "coordinates": ("nan-coordinates", False, "GET", OFFER, 200, True),
    "no coordinates": ("nan-coordinates", False, "GET", f"{OFFER}?$select=displayName", 200, False),
    "a service there is not": ("nan-coordinates", False, "GET", f"{HOME}/services/none", 404, False),
    "a change of a service": ("nan-coordinates", False, "PATCH", OFFER, 204, False),
    "a member of staff there is not": ("nulls-first", False, "GET", f"{HOME}/staffMembers/none", 404, False),
}


@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED)
def test_a_quirk_is_named_only_where_its_value_decided_the_answer(
    case: tuple[str, bool | str, str, str, int, bool],
) -> None:
    name, value, method, url, status, decided = case
    data = small()
    unused = {**data["bookingBusinesses"][0]["services"][0], "id": "unused"}
    data["bookingBusinesses"][0]["services"].append(unused)
    data["bookingBusinesses"][0]["isPublished"] = True
    graph = Graph(make_tenant(data))
    book(graph, AS_APP)
    graph.tenant.set_quirk(name, value)
    for _ in range(1 if method == "DELETE" else 2):
        graph.tenant.journal.clear()
        assert graph.call(method, url, {"displayName": "x"} if method == "PATCH" else None).status == status
        assert named_quirks(graph.tenant) == ([name] if decided else [])


@pytest.mark.parametrize("kept", [False, True])
def test_a_fault_that_replaces_an_answer_leaves_the_quirks_of_what_was_kept(kept: bool, graph: Graph) -> None:
    graph.tenant.set_quirk("nan-coordinates", False)
    graph.tenant.set_quirk("deletion-tells", True)
    made = book(graph, AS_APP).json["id"]
    graph.tenant.faults.add({"effect": {"problem": "unavailable", "kept": kept}})
    graph.tenant.journal.clear()
    assert graph.get(OFFER).status == 503
    assert graph.delete(f"{HOME}/appointments/{made}").status == 503
    assert named_quirks(graph.tenant) == (["deletion-tells"] if kept else [])


def test_the_journal_and_the_stream_carry_the_quirks_of_an_exchange(client: TestClient, graph: Graph) -> None:
    book(graph, AS_APP)
    book(graph, AS_APP)
    client.put("/_emulator/quirks/double-booking", json={"value": False})
    book(graph, AS_APP)
    rows = client.get("/_emulator/journal", params={"brief": "true"}).json()["value"]
    assert [(each["status"], each["quirks"]) for each in rows] == [
        (201, []),
        (500, ["double-booking"]),
        (201, ["double-booking"]),
    ]
    assert client.get("/_emulator/journal/2").json()["quirks"] == ["double-booking"]
    told = client.get("/_emulator/events", params={"kind": "exchange", "follow": "false"}).text
    assert '"quirks":["double-booking"]' in told
    found = client.get("/_emulator/journal", params={"quirk": "double-b*", "brief": "true"}).json()["value"]
    assert [each["number"] for each in found] == [2, 3]


@pytest.mark.parametrize("again", ["?$top=5", "?$count=true", "?$orderby=displayName"])
def test_rows_that_were_shown_before_name_the_quirk_of_their_addresses_again(again: str, graph: Graph) -> None:
    graph.tenant.set_quirk("public-url", "cloud")
    for query in ("", again):
        graph.get(f"{HOME}/services{query}")
    assert named_quirks(graph.tenant) == ["public-url"] * 2


def test_a_reading_that_is_given_again_names_its_quirks_again(graph: Graph) -> None:
    graph.tenant.set_quirk("appointment-z", "off")
    for _ in range(3):
        graph.get(f"{HOME}/appointments")
    assert named_quirks(graph.tenant) == ["appointment-z"] * 3


# the control plane


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_quirk_is_switched_over_http(name: str, value: bool | str, client: TestClient, graph: Graph) -> None:
    answer = client.put(f"/_emulator/quirks/{name}", json={"value": value})
    assert (answer.status_code, answer.json()["id"], answer.json()["value"]) == (200, name, value)
    assert CASES[name].ask(graph) == CASES[name].seen[value]


@pytest.mark.parametrize(
    "quirk", [each for each in load_quirks().values() if each.number], ids=lambda each: each.number
)
def test_a_quirk_is_found_by_its_number(quirk: Quirk, client: TestClient) -> None:
    for number in (str(quirk.number), str(quirk.number).lower()):
        for value in CASES[quirk.id].seen:
            shown = client.put(f"/_emulator/quirks/{number}", json={"value": value}).json()
            assert (shown["id"], shown["value"], shown["number"]) == (quirk.id, value, quirk.number)


def test_quirks_are_listed_with_their_values_and_what_they_could_be(client: TestClient, tenant: Tenant) -> None:
    tenant.set_quirk("Q9", "value")
    rows = {each["id"]: each for each in client.get("/_emulator/quirks").json()["value"]}
    assert list(rows) == list(load_quirks())
    assert rows["availability-key"] == {
        **{name: rows["availability-key"][name] for name in ("title", "does", "source")},
        "id": "availability-key",
        "number": "Q9",
        "default": "value",
        "value": "value",
        "values": ["value", "staffAvailabilityItem"],
        "acts": "wire",
        "confidence": "medium",
    }
    assert rows["slot-grid"]["values"] == [True, False]
    assert "number" not in rows["slot-grid"]
    assert all(each["title"] and each["does"] and each["source"] for each in rows.values())


WORDS = [("on", True), ("OFF", False), ("true", True), ("False", False), (True, True), (False, False)]


@pytest.mark.parametrize(("given", "value"), WORDS, ids=repr)
def test_on_and_off_can_be_said_in_words(given: Any, value: bool, client: TestClient) -> None:
    assert client.put("/_emulator/quirks/Q24", json={"value": given}).json()["value"] is value


REFUSED = {
    "an unknown id with a near one": (
        "double-bookings",
        {"value": True},
        404,
        "there is no quirk 'double-bookings'; did you mean 'double-booking'?",
    ),
    "an unknown id": ("zzz", {"value": True}, 404, "there is no quirk 'zzz'"),
    "an unknown number": ("Q999", {"value": True}, 404, "there is no quirk 'Q999'"),
    "a word for a switch": ("slot-grid", {"value": "maybe"}, 400, "slot-grid must be on or off; got 'maybe'"),
    "a number for a switch": ("slot-grid", {"value": 1}, 400, "slot-grid must be on or off; got 1"),
    "no value": ("slot-grid", {}, 400, "slot-grid must be on or off; got None"),
    "an object": ("slot-grid", {"value": {}}, 400, "slot-grid must be on or off; got {}"),
    "no value of the choice": (
        "Q9",
        {"value": "values"},
        400,
        "availability-key must be one of value, staffAvailabilityItem; got 'values'",
    ),
    "a switch for a choice": ("Q9", {"value": True}, 400, "staffAvailabilityItem; got True"),
    "a list for a choice": ("Q9", {"value": ["value"]}, 400, "staffAvailabilityItem; got ['value']"),
    "an unknown member": ("Q9", {"vaule": "both"}, 400, "unknown member 'vaule'; expected value"),
    "no object": ("Q9", ["both"], 400, 'at $: expected object; got ["both"]'),
}


@pytest.mark.parametrize(("name", "body", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_switched_is_said(name: str, body: Any, status: int, message: str, client: TestClient) -> None:
    before = client.get("/_emulator/quirks").json()
    answer = client.put(f"/_emulator/quirks/{name}", json=body)
    assert (answer.status_code, answer.json()["error"].partition(": ")[0]) == (
        status,
        f"PUT /_emulator/quirks/{name}",
    )
    assert message in answer.json()["error"]
    assert client.get("/_emulator/quirks").json() == before


def test_a_body_that_is_no_json_is_said(client: TestClient) -> None:
    answer = client.put("/_emulator/quirks/Q9", content=b"value=both")
    assert answer.status_code == 400
    assert "the body is not JSON" in answer.json()["error"]


# the command line


def test_quirks_can_be_given_on_the_command_line() -> None:
    with served("--fixture", "empty", "--quirk", "five-customers=off", "--quirk", "Q9=staffAvailabilityItem") as (
        origin,
        _,
    ):
        rows = get(f"{origin}/_emulator/quirks")["value"]
    changed = {each["id"]: each["value"] for each in rows if each["value"] != each["default"]}
    assert changed == {"five-customers": False, "availability-key": "staffAvailabilityItem"}


WRONG = {
    "no value": ("five-customers", "--quirk: expected ID=VALUE, such as five-customers=off; got 'five-customers'"),
    "an unknown name": ("five-customer=off", "there is no quirk 'five-customer'; did you mean 'five-customers'?"),
    "an unknown value": ("Q9=values", "availability-key must be one of value, staffAvailabilityItem"),
    "no name": ("=off", "there is no quirk ''"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_quirk_ends_the_start_with_one_sentence(given: str, message: str) -> None:
    result = run("serve", "--port", "0", "--quirk", given)
    assert result.returncode == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


# what was kept of shown records

SHOWN = {
    "nan-coordinates": (OFFER, f"{HOME}/services"),
    "appointment-z": (f"{HOME}/appointments/{APPOINTMENT}", f"{HOME}/appointments"),
    "nulls-first": (
        OFFER,
        f"{HOME}/services",
        HOME,
        f"/beta/bookingBusinesses/{BUSINESS}",
    ),
    "hidden-roles": (MEMBER, f"{HOME}/staffMembers"),
    "role-member": (MEMBER, f"{HOME}/staffMembers"),
}
VIEWS = [pytest.param(name, url, id=f"{name}: {url[len(HOME) :] or url}") for name in SHOWN for url in SHOWN[name]]


def team(role: str) -> dict[str, Any]:
    """The small tenant where the member has a role that a quirk shows in another way."""
    data = small()
    data["bookingBusinesses"][0]["staffMembers"][0]["role"] = role
    return data


def tenant_for(name: str) -> Tenant:
    return make_tenant(team("scheduler" if name == "hidden-roles" else "member"))


@pytest.mark.parametrize(("name", "url"), VIEWS)
def test_switching_forgets_the_bytes_of_earlier_answers(name: str, url: str) -> None:
    graph = Graph(tenant_for(name))
    first = graph.get(url).response.body
    assert graph.get(url).response.body == first
    graph.tenant.set_quirk(name, "off")
    other = graph.get(url).response.body
    assert other != first
    assert graph.get(url).response.body == other
    graph.tenant.set_quirk(name, "on")
    assert graph.get(url).response.body == first


@pytest.mark.parametrize(("name", "url"), VIEWS)
def test_reset_forgets_the_bytes_of_answers_under_other_quirks(name: str, url: str) -> None:
    graph = Graph(tenant_for(name))
    first = graph.get(url).response.body
    graph.tenant.set_quirk(name, "off")
    assert graph.get(url).response.body != first
    graph.tenant.reset()
    assert graph.get(url).response.body == first


@pytest.mark.parametrize("last", ["off", "on"])
def test_reset_forgets_the_bytes_of_records_that_were_deleted_under_other_quirks(last: str, graph: Graph) -> None:
    first = graph.get(OFFER).response.body
    graph.tenant.set_quirk("nan-coordinates", "off")
    graph.get(OFFER)
    graph.delete(OFFER)
    graph.tenant.set_quirk("nan-coordinates", last)
    graph.tenant.reset()
    assert graph.get(OFFER).response.body == first


def test_a_switch_in_one_tenant_is_not_seen_in_another(graph: Graph) -> None:
    other = Graph(make_tenant())
    first = other.get(OFFER).response.body
    graph.tenant.set_quirk("nan-coordinates", "off")
    assert graph.get(OFFER).response.body != first
    assert other.get(OFFER).response.body == first


def test_reset_puts_quirks_back_to_what_was_given_at_the_start() -> None:
    tenant = Tenant(
        Start((Fixture("small", small()),), seed=1, frozen=utc(NOW), quirks={"Q9": "value", "slot-grid": "off"})
    )
    given = dict(tenant.quirks)
    assert (given["availability-key"], given["slot-grid"], given["membership"]) == ("value", False, True)
    for name, value in (("Q9", "staffAvailabilityItem"), ("slot-grid", "on"), ("membership", "off")):
        tenant.set_quirk(name, value)
    assert dict(tenant.quirks) != given
    tenant.reset()
    assert dict(tenant.quirks) == given


def test_reset_over_http_puts_quirks_back(client: TestClient) -> None:
    before = client.get("/_emulator/quirks").json()
    client.put("/_emulator/quirks/Q24", json={"value": False})
    assert client.get("/_emulator/quirks").json() != before
    client.post("/_emulator/reset")
    assert client.get("/_emulator/quirks").json() == before


# the table itself

ROW = {
    "title": "A title",
    "does": "What it does.",
    "default": True,
    "acts": "domain",
    "confidence": "guess",
    "source": "nowhere",
}
BAD = {
    "an unknown word": ({**ROW, "titel": "x"}, "ours.toml: quirk.mine: unknown word 'titel'; did you mean 'title'?"),
    "an unknown word near to nothing": ({**ROW, "zzz": "x"}, "ours.toml: quirk.mine: unknown word 'zzz'"),
    "no default": (
        {name: each for name, each in ROW.items() if name not in ("default", "does")},
        "ours.toml: quirk.mine: needs default, does",
    ),
}


@pytest.mark.parametrize(("row", "message"), BAD.values(), ids=BAD)
def test_a_bad_row_of_the_table_names_its_place(row: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError) as caught:
        build_quirks("ours.toml", {"quirk": {"mine": row}})
    assert str(caught.value) == message


def test_ids_and_numbers_are_unique_and_defaults_are_values() -> None:
    rows = load_quirks().values()
    numbers = [each.number for each in rows if each.number]
    assert len(numbers) == len(set(numbers))
    assert not {each.lower() for each in numbers} & set(load_quirks())
    for each in rows:
        assert each.read(each.default) == each.default
        assert each.acts in {"contract", "domain", "pipeline", "wire"}
        assert each.confidence in {"high", "medium", "low", "guess"}


@pytest.mark.parametrize("name", ["nothing", "", "Q"])
def test_a_name_that_nobody_has_is_no_quirk(name: str) -> None:
    with pytest.raises(QuirkError, match=f"there is no quirk '{name}'"):
        Quirks({name: True})


def test_only_contract_quirks_make_another_api(tenant: Tenant) -> None:
    for quirk in load_quirks().values():
        other = next(value for value in CASES[quirk.id].seen if value != quirk.default)
        tenant.set_quirk(quirk.id, other)
    assert tenant.quirks.variant == {each.id for each in load_quirks().values() if each.acts == "contract"}


def test_all_quirks_can_stand_otherwise_at_once(graph: Graph) -> None:
    for quirk in load_quirks().values():
        graph.tenant.set_quirk(quirk.id, next(value for value in CASES[quirk.id].seen if value != quirk.default))
    for url in (HOME, OFFER, MEMBER, f"{HOME}/appointments/{APPOINTMENT}", f"{HOME}/customers"):
        assert graph.get(url).status == 200
    assert json.loads(book(graph).response.body)["staffMemberIds"] == [STAFF]
