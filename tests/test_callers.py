"""Who asks, and what follows from it: personas, claims and other tokens; the business rules that some must meet."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.ids import guid_of
from tests.conftest import (
    APPOINTMENT,
    AS_APP,
    AS_SCHEDULER,
    AS_STRANGER,
    AS_VIEWER,
    BUSINESS,
    CUSTOMER,
    GROUP,
    HOME,
    ORIGIN,
    ROOT,
    SERVICE,
    STAFF,
    Answer,
    Graph,
    at,
    bearer,
    booking,
    customer,
    make_tenant,
    set_policy,
    small,
)

AS_ADMINISTRATOR = bearer("anything")
OFFER = f"{HOME}/services/{SERVICE}"
MEMBER = f"{HOME}/staffMembers/{STAFF}"
URL = f"{HOME}/appointments/{APPOINTMENT}"


def part(value: Any) -> str:
    """A value as a part of a token in the form of a JWT."""
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(**claims: Any) -> str:
    """An unsigned token with these claims."""
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def slot(start: str, end: str) -> dict[str, Any]:
    """The times of an appointment on the Monday a week from now, or on the day given with them."""
    return {
        f"{name}DateTime": at(text if "T" in text else f"2026-01-12T{text}:00")
        for name, text in (("start", start), ("end", end))
    }


def week(start: str, end: str) -> list[dict[str, Any]]:
    """Weekly hours that are the same every day."""
    slots = [{"startTime": start, "endTime": end}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return [{"day": day, "timeSlots": slots} for day in days]


def book(graph: Graph, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    return graph.post(f"{HOME}/appointments", booking(**members), headers=headers)


# who a token stands for


def kind(graph: Graph, headers: dict[str, str]) -> str:
    """What the answers tell of a caller: whether it must name staff, and whether it may ask for availability."""
    window = {"startDateTime": at("2026-01-12T00:00:00"), "endDateTime": at("2026-01-13T00:00:00")}
    asked = graph.post(f"{HOME}/getStaffAvailability", {"staffIds": [STAFF], **window}, headers=headers)
    if graph.get(HOME, headers=headers).status == 404:
        return "nobody"
    if asked.status == 500:
        assert "delegated" in asked.reason
        return "delegated"
    return "application" if book(graph, headers, staffMemberIds=[]).status == 400 else "undeclared"


WHO = {
    "the name of a persona that is an application": ("app", "application"),
    "the name of a persona with a role": ("viewer", "delegated"),
    "the name of a persona without a role": ("stranger", "nobody"),
    "a name nobody has": ("nobody", "undeclared"),
    "a persona's name in other letters": ("APP", "undeclared"),
    "an opaque token": ("EwBwA8l6BAAUO9chh8cJscQLmU+LSWpbnr0vmwwAAQ==", "undeclared"),
    "roles without scp": (token(roles=["Bookings.Read.All"], appid="1"), "application"),
    "idtyp app": (token(idtyp="app"), "application"),
    "idtyp app beside scp": (token(idtyp="app", scp="Bookings.Read.All"), "application"),
    "scp": (token(scp="Bookings.Read.All", upn="dana@contoso.com"), "delegated"),
    "scp beside roles": (token(scp="Bookings.Read.All", roles=["admin"]), "delegated"),
    "idtyp user": (token(idtyp="user", scp="Bookings.Read.All"), "delegated"),
    "the appid of an application persona": (token(appid=guid_of("client", "app")), "application"),
    "the same in a token of v2": (token(azp=guid_of("client", "app").upper()), "application"),
    "no claims": (token(), "undeclared"),
    "claims that tell nothing": (token(aud="https://graph.microsoft.com", sub="1"), "undeclared"),
    "empty roles": (token(roles=[], scp=""), "undeclared"),
    "a signature of any kind": (token(idtyp="app") + "c2lnbmF0dXJl", "application"),
    "a signature that is no base64": (token(idtyp="app") + "!!!", "application"),
    "a head that is nothing": (token(idtyp="app").partition(".")[2].join(("x.", "")), "application"),
    "an expired token of another tenant": (token(idtyp="app", exp=1, tid="other", aud="other"), "application"),
}


@pytest.mark.parametrize(("given", "expected"), WHO.values(), ids=WHO)
def test_a_token_stands_for(given: str, expected: str, graph: Graph) -> None:
    assert kind(graph, bearer(given)) == expected


PAYLOADS = {
    "nothing": "..",
    "no base64": "a.!!!.c",
    "base64 of the wrong length": "a.abcde.c",
    "no ASCII": "é.é.é",
    "no UTF-8": f"a.{urlsafe_b64encode(bytes([255, 254, 253])).decode()}.c",
    "no JSON": f"a.{urlsafe_b64encode(b'claims').decode()}.c",
    "a list": f"a.{part([1])}.c",
    "a text": f"a.{part('app')}.c",
    "a number": f"a.{part(5)}.c",
    "null": f"a.{part(None)}.c",
    "a deep nest": f"a.{urlsafe_b64encode(b'[' * 5000).decode().rstrip('=')}.c",
    "null claims": token(roles=None, scp=None, idtyp=None, upn=None),
    "two dots more": "a.b.c.d.e",
}


@pytest.mark.parametrize("given", PAYLOADS.values(), ids=PAYLOADS)
def test_a_token_that_cannot_be_read_is_anyone(given: str, graph: Graph) -> None:
    assert kind(graph, bearer(given)) == "undeclared"


ODD = {
    "roles is a number": token(roles=5),
    "roles is an object": token(roles={"a": 1}),
    "scp is a list": token(scp=["Bookings.ReadWrite.All"]),
    "idtyp is a list": token(idtyp=["app"]),
    "upn is a number": token(scp="Bookings.ReadWrite.All", upn=5),
    "everything is long": token(scp="x" * 5000 + " Bookings.ReadWrite.All", upn="y" * 5000),
}


@pytest.mark.parametrize("given", ODD.values(), ids=ODD)
def test_odd_claims_do_no_harm(given: str, graph: Graph) -> None:
    assert graph.get(HOME, headers=bearer(given)).status == 200
    assert book(graph, bearer(given)).status == 201


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_without_case_and_blanks_do_not_matter(scheme: str, graph: Graph) -> None:
    assert kind(graph, {"authorization": f"{scheme}   app  "}) == "application"


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer  ", "Basic YTpi", "app"])
def test_without_a_bearer_token_nobody_is_let_in(given: str | None, graph: Graph) -> None:
    answer = graph.get(HOME, headers={"authorization": given})
    assert (answer.status, answer.error["code"]) == (401, "InvalidAuthenticationToken")
    assert "any token will do" in answer.reason


def test_a_persona_is_known_over_a_socket_too() -> None:
    with TestClient(App(make_tenant()), base_url=ORIGIN) as client:
        answer = client.post(f"{HOME}/appointments", json=booking(staffMemberIds=[]), headers=AS_APP)
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid Staff")


def test_a_batch_is_carried_out_for_the_caller_who_sent_it(graph: Graph) -> None:
    entry = {"id": "1", "method": "POST", "url": f"{HOME[5:]}/appointments", "body": booking(staffMemberIds=[])}
    entry["headers"] = {"Content-Type": "application/json"}
    for headers, status in ((AS_APP, 400), (AS_STRANGER, 404), (AS_ADMINISTRATOR, 201)):
        (part_,) = graph.post("/v1.0/$batch", {"requests": [entry]}, headers=headers).json["responses"]
        assert part_["status"] == status


# members and others


def test_who_is_no_member_finds_no_business_and_changes_nothing(graph: Graph) -> None:
    calls = [
        ("GET", HOME, None),
        ("GET", f"{HOME}/services", None),
        ("GET", URL, None),
        ("PATCH", HOME, {"displayName": "Mine"}),
        ("POST", f"{HOME}/appointments", booking()),
        ("POST", f"{URL}/cancel", {}),
        ("DELETE", HOME, None),
    ]
    before = records(graph)
    for method, url, body in calls:
        answer = graph.call(method, url, body, headers=AS_STRANGER)
        assert (answer.status, answer.error["code"]) == (404, "ErrorFolderNotFound"), (method, url)
        assert answer.reason == f"the caller 'stranger' is no member of {BUSINESS}"
    assert records(graph) == before


def test_business_ids_of_roles_compare_without_regard_to_case(graph: Graph) -> None:
    assert graph.get(f"{ROOT}/{BUSINESS.upper()}", headers=AS_VIEWER).status == 200
    assert graph.get(f"{ROOT}/{BUSINESS.upper()}", headers=AS_STRANGER).status == 404


def test_a_role_in_every_business_gives_way_to_one_of_its_own() -> None:
    roles = {"*": "scheduler", BUSINESS: "administrator"}
    graph = Graph(make_tenant({**small(), "personas": [{"name": "dana", "kind": "delegated", "roles": roles}]}))
    set_policy(graph, allowStaffSelection=False)
    assert book(graph, bearer("dana")).status == 201
    other = graph.post(ROOT, {"displayName": "Fourth Coffee"}).json["id"]
    service = graph.post(f"{ROOT}/{other}/services", {"displayName": "Tea", "defaultDuration": "PT1H"}).json["id"]
    body = booking(serviceId=service, staffMemberIds=[])
    answer = graph.post(f"{ROOT}/{other}/appointments", body, headers=bearer("dana"))
    assert answer.reason.startswith("business rule duration: ")
    assert graph.get(f"{ROOT}/{other}", headers=bearer("dana")).status == 200


def test_applications_and_callers_with_claims_see_every_business(graph: Graph) -> None:
    other = graph.post(ROOT, {"displayName": "Fourth Coffee"}).json["id"]
    for headers in (
        AS_APP,
        AS_ADMINISTRATOR,
        bearer(token(scp="Bookings.Read.All")),
        bearer(token(roles=["Bookings.Read.All"])),
    ):
        assert graph.get(f"{ROOT}/{other}", headers=headers).status == 200
    assert graph.get(f"{ROOT}/{other}", headers=AS_VIEWER).status == 404


def test_currencies_belong_to_nobody(graph: Graph) -> None:
    assert graph.get("/v1.0/solutions/bookingCurrencies/USD", headers=AS_STRANGER).status == 200


# the business rules


@dataclass(frozen=True)
class Case:
    """A call that breaks one rule: what is asked, after what an administrator has set up."""

    rule: str
    ask: Callable[[Graph, dict[str, str]], Answer]
    prepare: Callable[[Graph], object] = lambda _: None
    calendar: list[dict[str, Any]] = field(default_factory=list)

    def graph(self) -> Graph:
        """A fresh tenant in which everything is prepared."""
        data = small()
        member = data["bookingBusinesses"][0]["staffMembers"][0]
        member["personalCalendar"] = self.calendar
        member["availabilityIsAffectedByPersonalCalendar"] = bool(self.calendar)
        graph = Graph(make_tenant(data))
        self.prepare(graph)
        return graph


def create(**members: Any) -> Callable[[Graph, dict[str, str]], Answer]:
    return lambda graph, headers: book(graph, headers, **members)


def change(**members: Any) -> Callable[[Graph, dict[str, str]], Answer]:
    return lambda graph, headers: graph.patch(URL, members, headers=headers)


def cancel(graph: Graph, headers: dict[str, str]) -> Answer:
    return graph.post(f"{URL}/cancel", {"cancellationMessage": "Sorry"}, headers=headers)


def policy(path: str = HOME, **members: Any) -> Callable[[Graph], object]:
    return lambda graph: set_policy(graph, path, **members)


def booked(**members: Any) -> Callable[[Graph], object]:
    return lambda graph: book(graph, **members)


def own_hours(graph: Graph, zone: str = "", **hours: str) -> None:
    body = {"useBusinessHours": False, "timeZone": zone, "workingHours": week(**hours)}
    assert graph.patch(MEMBER, body).status == 204


def custom(start: str, end: str, kind: str = "notBookable") -> dict[str, Any]:
    return {"availabilityType": kind, "startDate": start, "endDate": end, "businessHours": []}


def entry(start: str, end: str, showing: str) -> dict[str, Any]:
    return {"start": at(f"2026-01-12T{start}:00"), "end": at(f"2026-01-12T{end}:00"), "showAs": showing}


WEEKLY = {"availabilityType": "customWeeklyHours", "businessHours": week("12:00", "15:00")}
BROKEN = {
    "duration, too long": Case("duration", create(**slot("10:00", "11:00"))),
    "duration, too short": Case("duration", create(**slot("10:00", "10:15"))),
    "duration, changed": Case("duration", change(endDateTime=at("2026-01-06T10:00:00"))),
    "minimum lead time": Case("minimumLeadTime", create(**slot("2026-01-05T10:00:00", "2026-01-05T10:30:00"))),
    "minimum lead time, a second too late": Case(
        "minimumLeadTime",
        create(**slot("2026-01-06T08:00:00", "2026-01-06T08:30:00")),
        lambda graph: graph.tenant.advance(graph.tenant.clock.now().resolution),
    ),
    "minimum lead time, in the past": Case(
        "minimumLeadTime", create(**slot("2025-12-29T10:00:00", "2025-12-29T10:30:00"))
    ),
    "minimum lead time, rescheduled": Case(
        "minimumLeadTime", change(**slot("2026-01-05T10:00:00", "2026-01-05T10:30:00"))
    ),
    "minimum lead time, cancelled": Case("minimumLeadTime", cancel, policy(minimumLeadTime="P2D")),
    "maximum advance": Case("maximumAdvance", create(), policy(maximumAdvance="P7D")),
    "maximum advance, rescheduled": Case(
        "maximumAdvance", change(**slot("10:00", "10:30")), policy(maximumAdvance="P7D")
    ),
    "maximum advance, usual": Case("maximumAdvance", create(**slot("2027-01-11T10:00:00", "2027-01-11T10:30:00"))),
    "staff selection": Case("allowStaffSelection", create(), policy(allowStaffSelection=False)),
    "staff selection, changed": Case(
        "allowStaffSelection", change(staffMemberIds=[STAFF]), policy(allowStaffSelection=False)
    ),
    "hours, closed day": Case("businessHours", create(**slot("2026-01-11T10:00:00", "2026-01-11T10:30:00"))),
    "hours, before opening": Case("businessHours", create(**slot("07:30", "08:00"))),
    "hours, over closing time": Case("businessHours", create(**slot("16:45", "17:15"))),
    "hours, after closing time": Case("businessHours", create(**slot("17:00", "17:30"))),
    "hours, rescheduled": Case("businessHours", change(**slot("07:30", "08:00"))),
    "hours, in the zone of the business": Case(
        "businessHours",
        create(**slot("10:00", "10:30")),
        lambda graph: graph.patch(HOME, {"bookingPageSettings": {"businessTimeZone": "Pacific Standard Time"}}),
    ),
    "hours, buffer over closing time": Case("businessHours", create(**slot("16:30", "17:00"))),
    "hours, buffer before opening": Case("businessHours", create(**slot("08:00", "08:30"), preBuffer="PT15M")),
    "hours, of the member before opening": Case(
        "businessHours",
        create(**slot("06:00", "06:30")),
        lambda graph: own_hours(graph, start="06:00", end="10:00"),
    ),
    "a hidden service": Case(
        "isHiddenFromCustomers",
        create(),
        lambda graph: (
            graph.patch(OFFER, {"isHiddenFromCustomers": True}),
            graph.tenant.set_quirk("hidden-services", "on"),
        ),
    ),
    "a member who rejected": Case(
        "membershipStatus", create(), lambda graph: graph.patch(MEMBER, {"membershipStatus": "rejectedByStaff"})
    ),
    "a member who rejected, assigned": Case(
        "membershipStatus",
        change(staffMemberIds=[STAFF]),
        lambda graph: graph.patch(MEMBER, {"membershipStatus": "rejectedByStaff"}),
    ),
    "hours, of the member": Case("businessHours", create(), lambda graph: own_hours(graph, start="13:00", end="17:00")),
    "hours, in the zone of the member": Case(
        "businessHours", create(), lambda graph: own_hours(graph, "Asia/Tokyo", start="08:00", end="17:00")
    ),
    "hours, service not bookable": Case(
        "businessHours", create(), policy(OFFER, generalAvailability={"availabilityType": "notBookable"})
    ),
    "hours, service with weekly hours": Case("businessHours", create(), policy(OFFER, generalAvailability=WEEKLY)),
    "hours, service with weekly hours outside those of staff": Case(
        "businessHours",
        create(**slot("12:00", "12:30")),
        lambda graph: (
            policy(OFFER, generalAvailability=WEEKLY)(graph),
            own_hours(graph, start="08:00", end="11:00"),
        ),
    ),
    "hours, window not bookable": Case(
        "businessHours", create(), policy(OFFER, customAvailabilities=[custom("2026-01-10", "2026-01-12")])
    ),
    "hours, window with weekly hours": Case(
        "businessHours",
        create(),
        policy(OFFER, customAvailabilities=[{**custom("2026-01-12", "2026-01-12"), **WEEKLY}]),
    ),
    "hours, business not bookable": Case(
        "businessHours", create(), policy(generalAvailability={"availabilityType": "notBookable"})
    ),
    "slots": Case("timeSlotInterval", create(**slot("10:10", "10:40"))),
    "slots, rescheduled": Case("timeSlotInterval", change(**slot("10:10", "10:40"))),
    "slots, of an hour": Case(
        "timeSlotInterval", create(**slot("10:30", "11:00")), policy(OFFER, timeSlotInterval="PT1H")
    ),
    "slots, from the member's opening": Case(
        "timeSlotInterval",
        create(**slot("10:00", "10:30")),
        lambda graph: own_hours(graph, start="08:15", end="17:00"),
    ),
    "double booking": Case("double booking", create(), booked()),
    "double booking, rescheduled": Case("double booking", change(**slot("10:00", "10:30")), booked()),
    "double booking, its buffer afterwards": Case("double booking", create(**slot("10:30", "11:00")), booked()),
    "double booking, its buffer before": Case(
        "double booking",
        create(**slot("10:00", "10:30"), postBuffer="PT0S"),
        booked(**slot("10:30", "11:00"), preBuffer="PT5M"),
    ),
    "double booking, own buffer afterwards": Case(
        "double booking", create(**slot("10:00", "10:30")), booked(**slot("10:30", "11:00"))
    ),
    "double booking, own buffer before": Case(
        "double booking",
        create(**slot("10:30", "11:00"), preBuffer="PT5M"),
        booked(postBuffer="PT0S"),
    ),
    "double booking, own buffer changed": Case(
        "double booking",
        change(preBuffer="PT1H"),
        booked(**slot("2026-01-06T08:00:00", "2026-01-06T08:30:00")),
    ),
    "double booking, of another service": Case(
        "double booking", create(), booked(serviceId=GROUP, **slot("09:30", "10:30"))
    ),
    "double booking, of a group with seats": Case(
        "double booking", create(serviceId=GROUP, **slot("10:00", "11:00")), booked(serviceId=GROUP)
    ),
    "double booking, personal calendar busy": Case(
        "double booking", create(), calendar=[entry("10:15", "10:20", "busy")]
    ),
    "double booking, personal calendar out of office": Case(
        "double booking", create(), calendar=[entry("00:00", "23:00", "oof")]
    ),
    "double booking, personal calendar tentative": Case(
        "double booking", create(), calendar=[entry("10:35", "11:00", "tentative")]
    ),
}


def records(graph: Graph) -> list[bytes]:
    """Everything the tenant holds, as it is shown, and the messages it sent."""
    sets = ("appointments", "customers", "services", "staffMembers", "customQuestions")
    urls = [HOME, *(f"{HOME}/{each}" for each in sets)]
    return [*(graph.get(url).response.body for url in urls), repr(graph.tenant.outbox.sent).encode()]


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_a_rule_holds_for_applications_and_breaking_it_changes_nothing(case: Case) -> None:
    graph = case.graph()
    before = records(graph)
    answer = case.ask(graph, AS_APP)
    assert (answer.status, answer.error["code"], answer.error["message"]) == (500, "UnknownError", ""), answer.reason
    assert answer.reason.startswith(f"business rule {case.rule}: ")
    assert records(graph) == before


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_a_rule_holds_for_who_is_no_administrator(case: Case) -> None:
    answer = case.ask(case.graph(), AS_SCHEDULER)
    assert (answer.status, answer.reason.partition(":")[0]) == (500, f"business rule {case.rule}")


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    "headers", [AS_ADMINISTRATOR, bearer(token(scp="Bookings.ReadWrite.All"))], ids=["opaque", "delegated"]
)
def test_a_rule_holds_for_no_administrator(case: Case, headers: dict[str, str]) -> None:
    answer = case.ask(case.graph(), headers)
    assert answer.status in (201, 204), answer.reason


def test_every_rule_has_a_case() -> None:
    from bookings_emulator.domain.business_rules import _RULES

    assert {each.rule for each in BROKEN.values()} == set(_RULES)


@pytest.mark.parametrize("status", ["active", "pendingAcceptance", "rejectedByStaff"])
def test_who_rejected_the_membership_shows_no_free_time_and_is_not_chosen(status: str) -> None:
    graph = Graph(make_tenant(crowded()))
    graph.patch(OFFER, {"staffMemberIds": [STAFF, OTHER]})
    book(graph, **slot("10:00", "10:30"))
    graph.patch(MEMBER, {"membershipStatus": status})
    day = slot("2026-01-12T08:00:00", "2026-01-12T17:00:00")
    question = {"staffIds": [STAFF], **day}
    (row,) = graph.post(f"{HOME}/getStaffAvailability", question, headers=AS_APP).json["value"]
    statuses = [each["status"] for each in row["availabilityItems"]]
    assert statuses == (["busy"] if status == "rejectedByStaff" else ["available", "busy", "available"])
    body = booking(**slot("13:00", "13:30"))
    del body["staffMemberIds"]
    chosen = graph.post(f"{HOME}/appointments", body).json["staffMemberIds"]
    assert chosen == ([OTHER] if status == "rejectedByStaff" else [STAFF])


# just inside the rules

MET = {
    "a plain booking": Case("", create()),
    "lead time to the second": Case("", create(**slot("2026-01-06T08:00:00", "2026-01-06T08:30:00"))),
    "maximum advance to the second": Case(
        "", create(**slot("2026-01-12T08:00:00", "2026-01-12T08:30:00")), policy(maximumAdvance="P7D")
    ),
    "from opening": Case("", create(**slot("08:00", "08:30"))),
    "to closing": Case("", create(**slot("16:30", "17:00"), postBuffer="PT0S")),
    "to closing, its buffer too": Case("", create(**slot("16:00", "16:30"), postBuffer="PT30M")),
    "right after a buffer": Case(
        "", create(**slot("10:30", "11:00")), lambda graph: book(graph, postBuffer="PT0S", preBuffer="PT5M")
    ),
    "cancelled in time": Case("", cancel),
    "moved onto itself": Case("", change(**slot("2026-01-06T09:30:00", "2026-01-06T10:00:00"))),
    "changed without new times, long over": Case(
        "",
        change(serviceNotes="He came"),
        lambda graph: graph.patch(URL, slot("2025-01-06T09:00:00", "2025-01-06T09:05:00")),
    ),
    "hours of the zone of the member": Case(
        "",
        create(**slot("08:00", "08:30")),
        lambda graph: own_hours(graph, "Asia/Tokyo", start="17:00", end="20:00"),
    ),
    "inside weekly hours of the service": Case(
        "", create(**slot("12:00", "12:30")), policy(OFFER, generalAvailability=WEEKLY)
    ),
    "a window on other days": Case(
        "", create(), policy(OFFER, customAvailabilities=[custom("2026-01-13", "2026-01-20")])
    ),
    "a window beats what is general": Case(
        "",
        create(),
        policy(
            OFFER,
            generalAvailability={"availabilityType": "notBookable"},
            customAvailabilities=[custom("2026-01-12", "2026-01-12", "bookWhenStaffAreFree")],
        ),
    ),
    "personal calendar free": Case("", create(), calendar=[entry("09:00", "12:00", "free")]),
    "personal calendar elsewhere": Case("", create(), calendar=[entry("09:00", "12:00", "workingElsewhere")]),
    "personal calendar at another time": Case("", create(), calendar=[entry("10:40", "12:00", "busy")]),
    "what was cancelled takes no time": Case(
        "",
        create(**slot("2026-01-06T09:00:00", "2026-01-06T09:30:00")),
        lambda graph: graph.post(f"{URL}/cancel", {}),
    ),
}


@pytest.mark.parametrize("case", MET.values(), ids=MET)
@pytest.mark.parametrize("headers", [AS_APP, AS_SCHEDULER], ids=["application", "scheduler"])
def test_what_meets_the_rules_is_done(case: Case, headers: dict[str, str]) -> None:
    answer = case.ask(case.graph(), headers)
    assert answer.status in (201, 204), answer.reason


def test_a_personal_calendar_counts_only_where_it_shall() -> None:
    graph = Case("", create(), calendar=[entry("09:00", "12:00", "busy")]).graph()
    graph.patch(MEMBER, {"availabilityIsAffectedByPersonalCalendar": False})
    assert book(graph, AS_APP).status == 201


# which policy counts

TWO_HOURS_AHEAD = slot("2026-01-05T10:00:00", "2026-01-05T10:30:00")
POLICIES = {
    "a shorter lead of the service": ({}, {"minimumLeadTime": "PT1H"}, TWO_HOURS_AHEAD, 201),
    "a longer lead of the service": ({"minimumLeadTime": "PT1H"}, {"minimumLeadTime": "P1D"}, TWO_HOURS_AHEAD, 500),
    "no policy of the service": ({"minimumLeadTime": "PT1H"}, None, TWO_HOURS_AHEAD, 201),
    "staff may be named for the service": ({"allowStaffSelection": False}, {"allowStaffSelection": True}, {}, 201),
    "staff may not be named for the service": ({}, {"allowStaffSelection": False}, {}, 500),
    "the service may be booked farther ahead": ({"maximumAdvance": "P1D"}, {"maximumAdvance": "P30D"}, {}, 201),
    "slots of the service": ({}, {"timeSlotInterval": "PT10M"}, slot("10:10", "10:40"), 201),
    "availability of the business where the service says nothing": (
        {"generalAvailability": {"availabilityType": "notBookable"}},
        {"generalAvailability": None},
        {},
        500,
    ),
    "availability of the service": (
        {"generalAvailability": {"availabilityType": "notBookable"}},
        {"generalAvailability": {"availabilityType": "bookWhenStaffAreFree"}},
        {},
        201,
    ),
}


@pytest.mark.parametrize(("business", "service", "times", "status"), POLICIES.values(), ids=POLICIES)
def test_the_policy_of_the_service_beats_that_of_the_business(
    business: dict[str, Any], service: dict[str, Any] | None, times: dict[str, Any], status: int, graph: Graph
) -> None:
    if service is not None:
        set_policy(graph, OFFER, **service)
    set_policy(graph, **business)
    assert book(graph, AS_APP, **times).status == status


def test_a_removed_policy_of_the_service_leaves_that_of_the_business(graph: Graph) -> None:
    set_policy(graph, OFFER, minimumLeadTime="P2D")
    assert graph.post(f"{URL}/cancel", {}, headers=AS_APP).status == 500
    assert graph.patch(OFFER, {"schedulingPolicy": None}).status == 204
    assert graph.post(f"{URL}/cancel", {}, headers=AS_APP).status == 204


# what nobody may

OTHER = "10000000-0000-4000-8000-000000000002"
FOREIGN = "10000000-0000-4000-8000-000000000003"


def crowded() -> dict[str, Any]:
    """The small tenant with a second member who offers nothing, and a member of another business."""
    data = small()
    person = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "viewer"}
    data["bookingBusinesses"][0]["staffMembers"].append({**person, "id": OTHER})
    data["bookingBusinesses"].append({"displayName": "Other", "staffMembers": [{**person, "id": FOREIGN}]})
    return data


PAIR = [customer(customerId=CUSTOMER, name="Adele"), customer(name="Lee")]
REFUSED = {
    "more customers than seats": (
        {"customers": PAIR},
        "business rule capacity: the appointment has 1 seats; got 2 customers",
    ),
    "more customers than seats of its own": (
        {"serviceId": GROUP, "maximumAttendeesCount": 1, "customers": PAIR, **slot("10:00", "11:00")},
        "business rule capacity: the appointment has 1 seats; got 2 customers",
    ),
    "unknown staff": ({"staffMemberIds": ["nobody"]}, f"'nobody', which is not a staff member of {BUSINESS}"),
    "one unknown among staff": ({"staffMemberIds": [STAFF, "nobody"]}, "'nobody', which is not a staff member"),
    "staff of another business": (
        {"staffMemberIds": [FOREIGN]},
        f"'{FOREIGN}', which is not a staff member of {BUSINESS}",
    ),
    "staff that does not offer the service": ({"staffMemberIds": [OTHER]}, f"'{OTHER}', who does not offer 'Check-up'"),
    "an unknown service": ({"serviceId": "none"}, f"{BUSINESS} has no service 'none'"),
}


@pytest.mark.parametrize(("members", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize(
    "headers", [AS_APP, AS_SCHEDULER, AS_ADMINISTRATOR], ids=["application", "scheduler", "administrator"]
)
def test_what_is_refused_to_everybody(headers: dict[str, str], members: dict[str, Any], reason: str) -> None:
    graph = Graph(make_tenant(crowded()))
    before = records(graph)
    answer = book(graph, headers, **members)
    assert (answer.status, answer.error["code"], answer.error["message"]) == (500, "UnknownError", "")
    assert reason in answer.reason
    assert records(graph) == before


@pytest.mark.parametrize("staff", [["nobody"], [FOREIGN], [OTHER]], ids=["unknown", "foreign", "not offered"])
@pytest.mark.parametrize("headers", [AS_APP, AS_ADMINISTRATOR], ids=["application", "administrator"])
def test_an_appointment_cannot_be_given_to_such_staff(headers: dict[str, str], staff: list[str]) -> None:
    graph = Graph(make_tenant(crowded()))
    before = records(graph)
    assert graph.patch(URL, {"staffMemberIds": staff}, headers=headers).status == 500
    assert records(graph) == before


def test_a_service_without_staff_is_offered_by_everybody() -> None:
    graph = Graph(make_tenant(crowded()))
    graph.patch(OFFER, {"staffMemberIds": []})
    assert book(graph, AS_APP, staffMemberIds=[OTHER]).status == 201


# staff nobody named


@pytest.mark.parametrize(
    "members", [{"staffMemberIds": []}, {"staffMemberIds": None}, {}], ids=["empty", "null", "silent"]
)
def test_applications_must_name_staff_and_others_need_not(members: dict[str, Any], graph: Graph) -> None:
    body = booking()
    del body["staffMemberIds"]
    body |= members
    before = records(graph)
    answer = graph.post(f"{HOME}/appointments", body, headers=AS_APP)
    assert (answer.status, answer.error["message"]) == (400, "Invalid Staff")
    assert "must name staffMemberIds" in answer.reason
    assert records(graph) == before
    for headers, start in ((AS_SCHEDULER, "11"), (AS_ADMINISTRATOR, "12")):
        times = slot(f"{start}:00", f"{start}:30")
        assert graph.post(f"{HOME}/appointments", {**body, **times}, headers=headers).status == 201


def test_who_names_no_staff_gets_the_first_free_member_of_the_service() -> None:
    graph = Graph(make_tenant(crowded()))
    graph.patch(OFFER, {"staffMemberIds": [STAFF, OTHER]})
    body = booking()
    del body["staffMemberIds"]
    given = [graph.post(f"{HOME}/appointments", body).json["staffMemberIds"] for _ in range(3)]
    assert given == [[STAFF], [OTHER], []]


@pytest.mark.parametrize(
    ("headers", "hour", "given"),
    [
        (AS_ADMINISTRATOR, "10", [STAFF]),
        (AS_ADMINISTRATOR, "03", [STAFF]),  # nobody works then, and the hours do not bind an administrator
        (AS_SCHEDULER, "03", None),
    ],
    ids=["by day", "by night", "by night, bound by the hours"],
)
def test_outside_the_hours_a_free_member_is_given_to_whom_they_do_not_bind(
    headers: dict[str, str], hour: str, given: list[str] | None, graph: Graph
) -> None:
    body = {**booking(), **slot(f"2026-01-12T{hour}:00:00", f"2026-01-12T{hour}:30:00")}
    del body["staffMemberIds"]
    answer = graph.post(f"{HOME}/appointments", body, headers=headers)
    assert (answer.json["staffMemberIds"] if answer.status == 201 else None) == given


# reasons


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nx-evil: 1", "a\0b", "a\x7fb", "zoë", "\u2028"])
def test_a_reason_is_always_a_header_that_can_be_sent(text: str, graph: Graph) -> None:
    reason = book(graph, staffMemberIds=[text]).reason
    assert "which is not a staff member" in reason
    assert reason.isascii()
    assert reason.isprintable()


def test_an_application_cannot_take_all_staff_away(graph: Graph) -> None:
    answer = graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"staffMemberIds": []}, headers=AS_APP)
    assert (answer.status, answer.error["message"]) == (400, "Invalid Staff")


def test_what_the_policy_of_a_service_leaves_out_is_that_of_the_business(graph: Graph) -> None:
    policy = {"timeSlotInterval": "PT15M", "minimumLeadTime": "PT3H", "maximumAdvance": "P30D"}
    graph.patch(HOME, {"schedulingPolicy": {**policy, "allowStaffSelection": False}})
    graph.patch(f"{HOME}/services/{SERVICE}", {"schedulingPolicy": {"minimumLeadTime": "PT1H"}})
    found = graph.get(f"{HOME}/services/{SERVICE}").json["schedulingPolicy"]
    assert found["minimumLeadTime"] == "PT1H"
    assert (found["timeSlotInterval"], found["maximumAdvance"]) == ("PT15M", "P30D")
    assert found["allowStaffSelection"] is False


_READ, _WRITE, _NONE = "Bookings.Read.All", "Bookings.ReadWrite.All", "User.Read"
# what a persona has, what a foreign token that names it says, and the answers to a read and to a write
FOREIGN_TOKENS: dict[str, tuple[str | None, str | None, tuple[int, int]]] = {
    "all, silent": (None, None, (200, 201)),
    "read, silent": (_READ, None, (200, 403)),
    "write, silent": (_WRITE, None, (200, 201)),
    "none, silent": (_NONE, None, (403, 403)),
    "read, says read": (_READ, _READ, (200, 403)),
    "read, says write": (_READ, _WRITE, (200, 201)),
    "write, says read": (_WRITE, _READ, (200, 403)),
    "all, says read": (None, _READ, (200, 403)),
    "all, says none": (None, _NONE, (403, 403)),
}


@pytest.mark.parametrize(("has", "says", "answers"), FOREIGN_TOKENS.values(), ids=FOREIGN_TOKENS)
@pytest.mark.parametrize("kind_of", ["delegated", "application"])
def test_a_foreign_token_has_the_permissions_it_says_else_those_of_its_persona(
    kind_of: str, has: str | None, says: str | None, answers: tuple[int, int]
) -> None:
    row: dict[str, Any] = {"name": "someone", "kind": kind_of}
    row |= {"roles": {"*": "administrator"}} if kind_of == "delegated" else {}
    row |= {} if has is None else {"permissions": [has]}
    graph = Graph(make_tenant({**small(), "personas": [row]}))
    persona = graph.tenant.personas["someone"]
    who = {"upn": persona.upn} if kind_of == "delegated" else {"appid": persona.client_id, "idtyp": "app"}
    told = {} if says is None else {"scp": says} if kind_of == "delegated" else {"roles": [says]}
    headers = bearer(token(**who, **told))
    services = graph.get(f"{HOME}/services", headers=headers)
    made = graph.post(f"{HOME}/services", {"displayName": "New"}, headers=headers)
    assert (services.status, made.status) == (answers[0], answers[1])
