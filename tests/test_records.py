"""Create, read, update and delete of every kind of record: what is filled, merged, replaced, kept and computed."""

from __future__ import annotations

import pytest

from tests.conftest import (
    APPOINTMENT,
    BUSINESS,
    CUSTOMER,
    GROUP,
    HOME,
    QUESTION,
    ROOT,
    SERVICE,
    STAFF,
    Graph,
    at,
    booking,
    customer,
)

ZERO = "00000000-0000-0000-0000-000000000000"


# businesses


def test_a_new_business_has_an_address_of_its_name_and_documented_defaults(graph: Graph) -> None:
    body = graph.post(ROOT, {"displayName": "Fourth Coffee, Ltd."}).json
    assert body["id"] == "FourthCoffeeLtd@contoso.onmicrosoft.com"
    assert (body["businessType"], body["languageTag"]) == ("", "en-US")
    assert (body["isPublished"], body["publicUrl"]) == (False, None)
    assert body["schedulingPolicy"]["timeSlotInterval"] == "PT30M"
    assert body["schedulingPolicy"]["minimumLeadTime"] == "P1D"
    assert body["schedulingPolicy"]["maximumAdvance"] == "P365D"
    hours = {each["day"]: each["timeSlots"] for each in body["businessHours"]}
    assert next(iter(hours)) == "sunday"
    assert hours["sunday"] == hours["saturday"] == []
    assert hours["monday"] == [{"startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000"}]


def test_a_taken_address_gets_a_number(graph: Graph) -> None:
    ids = [graph.post(ROOT, {"displayName": name}).json["id"] for name in ("Café Zoë", "cafe zoe", "CAFE-ZOE")]
    assert ids == [
        "CafZo@contoso.onmicrosoft.com",
        "cafezoe@contoso.onmicrosoft.com",
        "CAFEZOE1@contoso.onmicrosoft.com",
    ]


def test_a_name_without_letters_gives_no_address(graph: Graph) -> None:
    assert graph.post(ROOT, {"displayName": "!!!"}).status == 500


def test_publish_and_unpublish_set_flag_and_url(graph: Graph) -> None:
    graph.post(f"{HOME}/publish")
    assert graph.get(HOME).json["publicUrl"] == f"https://outlook.office365.com/book/{BUSINESS}/"
    graph.post(f"{HOME}/unpublish")
    assert (graph.get(HOME).json["isPublished"], graph.get(HOME).json["publicUrl"]) == (False, None)


def test_deleting_a_business_takes_what_it_contains(graph: Graph) -> None:
    assert graph.delete(HOME).status == 204
    for path in ("", "/services", f"/services/{SERVICE}", f"/appointments/{APPOINTMENT}"):
        assert graph.get(HOME + path).status == 404
    graph.post(ROOT, {"displayName": "Contoso Small"})
    assert graph.get(f"{HOME}/services").json["value"] == []


def test_a_patch_merges_the_record_and_its_complex_values_and_replaces_collections(graph: Graph) -> None:
    graph.patch(HOME, {"phone": "1", "address": {"city": "Buffalo", "street": "1 Main"}})
    graph.patch(
        HOME, {"email": "a@b.c", "address": {"city": "Rome"}, "businessHours": [{"day": "monday", "timeSlots": []}]}
    )
    body = graph.get(HOME).json
    assert (body["phone"], body["email"]) == ("1", "a@b.c")
    assert (body["address"]["city"], body["address"]["street"]) == ("Rome", "1 Main")
    assert body["businessHours"] == [{"day": "monday", "timeSlots": []}]


def test_computed_and_read_only_members_of_a_body_are_ignored(graph: Graph) -> None:
    body = {
        "id": "x",
        "isPublished": True,
        "publicUrl": "http://x",
        "createdDateTime": "2000-01-01T00:00:00Z",
        "phone": "7",
    }
    assert graph.patch(HOME, body).status == 204
    after = graph.get(HOME).json
    assert (after["id"], after["isPublished"], after["publicUrl"], after["phone"]) == (BUSINESS, False, None, "7")
    assert after["createdDateTime"] == "2026-01-05T08:00:00Z"


@pytest.mark.parametrize("path", ["", f"/services/{SERVICE}", f"/staffMembers/{STAFF}", f"/customers/{CUSTOMER}",
                                  f"/customQuestions/{QUESTION}", f"/appointments/{APPOINTMENT}"])  # fmt: skip
def test_a_whole_object_can_be_read_and_sent_back(graph: Graph, path: str) -> None:
    before = graph.get(HOME + path).json
    answer = graph.patch(HOME + path, before)
    assert answer.status in (200, 204), answer.response.body
    assert graph.get(HOME + path).json == before


# services, staff, customers, questions


def test_a_service_needs_only_a_name(graph: Graph) -> None:
    body = graph.post(f"{HOME}/services", {"displayName": "Bento"}).json
    assert body["defaultPriceType"] == "notSet"
    assert body["webUrl"].startswith(f"https://outlook.office365.com/book/{BUSINESS}/s/")
    assert body["webUrl"].endswith("2")
    assert body["schedulingPolicy"] is None
    assert body["defaultLocation"]["locationType"] == "default"
    assert body["defaultLocation"]["coordinates"]["altitude"] == "NaN"


def test_nulls_stand_with_the_primitive_members_before_what_is_structured(graph: Graph) -> None:
    members = list(graph.post(f"{HOME}/services", {"displayName": "Bento"}).json)
    assert members.index("schedulingPolicy") < members.index("defaultLocation")
    policy = {"timeSlotInterval": "PT1H", "minimumLeadTime": "PT1H", "maximumAdvance": "P10D"}
    members = list(graph.post(f"{HOME}/services", {"displayName": "Bento", "schedulingPolicy": policy}).json)
    assert members.index("schedulingPolicy") > members.index("defaultLocation")


def test_durations_are_written_as_the_service_does(graph: Graph) -> None:
    body = graph.post(f"{HOME}/services", {"displayName": "x", "defaultDuration": "PT90M", "preBuffer": "PT1440M"}).json
    assert (body["defaultDuration"], body["preBuffer"], body["postBuffer"]) == ("PT1H30M", "P1D", "PT0S")


def test_reminders_of_a_service_are_seen_in_lists_too(graph: Graph) -> None:
    listed = graph.get(f"{HOME}/services").json["value"][0]["defaultReminders"]
    reminders = graph.get(f"{HOME}/services/{SERVICE}").json["defaultReminders"]
    assert reminders == listed == [{"offset": "P1D", "recipients": "customer", "message": "Tomorrow!"}]


def test_a_new_staff_member_takes_the_hours_of_the_business(graph: Graph) -> None:
    body = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "member"}
    member = graph.post(f"{HOME}/staffMembers", body).json
    assert member["workingHours"] == graph.get(HOME).json["businessHours"]
    assert member["role"] == "member"
    assert (member["membershipStatus"], member["isEmailNotificationEnabled"]) == ("pendingAcceptance", True)


def test_the_role_of_the_metadata_is_refused_and_the_one_of_the_wire_is_taken(graph: Graph) -> None:
    answer = graph.patch(f"{HOME}/staffMembers/{STAFF}", {"role": "teamMember"})
    assert (answer.status, answer.error["message"]) == (400, "staffMember: Requested value 'teamMember' was not found.")
    assert graph.patch(f"{HOME}/staffMembers/{STAFF}", {"role": "member"}).status == 204


def test_a_role_behind_the_sentinel_is_hidden_unless_asked_for(graph: Graph) -> None:
    graph.patch(f"{HOME}/staffMembers/{STAFF}", {"role": "scheduler"})
    assert graph.get(f"{HOME}/staffMembers/{STAFF}").json["role"] == "unknownFutureValue"
    prefer = {"prefer": "include-unknown-enum-members"}
    assert graph.get(f"{HOME}/staffMembers/{STAFF}", headers=prefer).json["role"] == "scheduler"


def test_a_business_has_at_most_a_hundred_staff_members(graph: Graph) -> None:
    body = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "guest"}
    statuses = [graph.post(f"{HOME}/staffMembers", body).status for _ in range(100)]
    assert statuses == [201] * 99 + [500]


@pytest.mark.parametrize(("path", "member"), [(f"customers/{CUSTOMER}", "displayName"),
                                              (f"customQuestions/{QUESTION}", "displayName")])  # fmt: skip
def test_customers_and_questions_answer_their_updates_with_the_object(graph: Graph, path: str, member: str) -> None:
    answer = graph.patch(f"{HOME}/{path}", {member: "changed"})
    assert (answer.status, answer.json[member]) == (200, "changed")
    assert answer.json["@odata.context"].endswith("/$entity")


def test_deleting_a_member_leaves_its_id_in_the_services(graph: Graph) -> None:
    assert graph.delete(f"{HOME}/staffMembers/{STAFF}").status == 204
    assert graph.get(f"{HOME}/services/{SERVICE}").json["staffMemberIds"] == [STAFF]


def test_documented_address_members_of_v1_are_taken_and_dropped(graph: Graph) -> None:
    body = {"displayName": "x", "addresses": [{"city": "Rome", "type": "home", "postOfficeBox": "1"}]}
    (address,) = graph.post(f"{HOME}/customers", body).json["addresses"]
    assert address["city"] == "Rome"
    assert "type" not in address
    answer = graph.post(f"/beta/solutions/bookingBusinesses/{BUSINESS}/customers", body)
    assert answer.json["addresses"][0]["type"] == "home"


# appointments


def test_an_appointment_takes_from_its_service_what_the_body_leaves_out(graph: Graph) -> None:
    body = graph.post(f"{HOME}/appointments", booking()).json
    assert len(body["id"]) == 152
    assert body["id"].startswith("AAMk")
    assert body["id"].endswith("=")
    assert (body["serviceName"], body["price"], body["priceType"]) == ("Check-up", 40.0, "fixedPrice")
    assert (body["preBuffer"], body["postBuffer"], body["duration"]) == ("PT0S", "PT10M", "PT30M")
    assert body["reminders"][0]["message"] == "Tomorrow!"
    assert (body["maximumAttendeesCount"], body["filledAttendeesCount"]) == (1, 1)
    assert body["selfServiceAppointmentId"] == ZERO
    assert (body["joinWebUrl"], body["anonymousJoinWebUrl"]) == (None, None)


def test_times_come_back_in_utc_with_seven_decimals(graph: Graph) -> None:
    times = {
        "startDateTime": at("2026-07-01T10:00:00", "W. Europe Standard Time"),
        "endDateTime": at("2026-07-01T14:00:00.0000000+05:30", "UTC"),
    }
    body = graph.post(f"{HOME}/appointments", booking(**times)).json
    assert body["startDateTime"] == {"dateTime": "2026-07-01T08:00:00.0000000Z", "timeZone": "UTC"}
    assert body["endDateTime"] == {"dateTime": "2026-07-01T08:30:00.0000000Z", "timeZone": "UTC"}


def test_without_an_end_the_length_of_the_service_counts(graph: Graph) -> None:
    body = booking()
    del body["endDateTime"]
    assert graph.post(f"{HOME}/appointments", body).json["duration"] == "PT30M"


def test_v1_takes_the_beta_names_of_the_times_and_answers_its_own(graph: Graph) -> None:
    body = booking()
    body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    answer = graph.post(f"{HOME}/appointments", body)
    assert answer.status == 201
    assert "startDateTime" in answer.json
    assert "start" not in answer.json


def test_beta_has_names_and_members_of_its_own(graph: Graph) -> None:
    body = graph.get(f"/beta/bookingBusinesses/{BUSINESS}/appointments/{APPOINTMENT}").json
    assert body["start"]["dateTime"] == "2026-01-06T09:00:00.0000000Z"
    assert {"invoiceAmount", "invoiceStatus", "onlineMeetingUrl", "customerId"} <= set(body)
    assert "startDateTime" not in body
    assert graph.get(f"/beta/bookingBusinesses/{BUSINESS}").json["businessHours"][1]["timeSlots"] == [
        {"start": "08:00:00.0000000", "end": "17:00:00.0000000"}
    ]


def test_what_is_read_by_id_only_is_empty_in_lists_and_calendar_view(graph: Graph) -> None:
    window = "?end=2026-02-01T00:00:00Z&start=2026-01-01T00:00:00Z"
    for url in (f"{HOME}/appointments", f"{HOME}/calendarView{window}"):
        (row,) = graph.get(url).json["value"]
        assert (row["reminders"], row["serviceNotes"], row["customerNotes"]) == ([], None, None)
    body = graph.get(f"{HOME}/appointments/{APPOINTMENT}").json
    assert (body["serviceNotes"], body["customerNotes"]) == ("Punctual!", "Allergic")
    assert body["reminders"]


@pytest.mark.parametrize(("window", "is_inside"), [
    ("start=2026-01-06T09:00:00Z&end=2026-01-06T09:30:00Z", True),
    ("start=2026-01-06T09:29:00Z&end=2026-01-06T12:00:00Z", True),
    ("start=2026-01-06T09:30:00Z&end=2026-01-06T12:00:00Z", False),
    ("start=2026-01-06T08:00:00Z&end=2026-01-06T09:00:00Z", False),
    ("start=2026-01-06T10:00:00%2B01:00&end=2026-01-06T10:01:00%2B01:00", True),
    ("start=2026-01-06T03:00:00-06:00&end=2026-01-06T03:01:00-06:00", True),
    ("$top=5&end=2026-01-07T00:00:00Z&start=2026-01-06T00:00:00Z", True),
])  # fmt: skip
def test_calendar_view_shows_what_overlaps_its_window(graph: Graph, window: str, is_inside: bool) -> None:
    assert bool(graph.get(f"{HOME}/calendarView?{window}").json["value"]) is is_inside


def test_calendar_view_follows_a_change_and_a_deletion(graph: Graph) -> None:
    window = f"{HOME}/calendarView?start=2026-03-01T00:00:00Z&end=2026-04-01T00:00:00Z"
    times = {"startDateTime": at("2026-03-03T09:00:00"), "endDateTime": at("2026-03-03T10:15:00")}
    assert graph.patch(f"{HOME}/appointments/{APPOINTMENT}", times).status == 204
    (row,) = graph.get(window).json["value"]
    assert row["duration"] == "PT1H15M"
    graph.delete(f"{HOME}/appointments/{APPOINTMENT}")
    assert graph.get(window).json["value"] == []


def test_the_service_of_an_appointment_and_its_customer_notes_never_change(graph: Graph) -> None:
    graph.patch(f"{HOME}/appointments/{APPOINTMENT}", {"serviceId": GROUP, "customerNotes": "other", "price": 5})
    body = graph.get(f"{HOME}/appointments/{APPOINTMENT}").json
    assert (body["serviceId"], body["customerNotes"], body["price"]) == (SERVICE, "Allergic", 5.0)


def test_a_customer_without_an_id_becomes_a_customer_of_the_business(graph: Graph) -> None:
    body = graph.post(f"{HOME}/appointments", booking(customers=[customer(name="New", emailAddress="n@x.y")])).json
    customer_id = body["customers"][0]["customerId"]
    assert graph.get(f"{HOME}/customers/{customer_id}").json["displayName"] == "New"
    assert (body["customerName"], body["customerEmailAddress"]) == ("New", "n@x.y")


def test_members_of_the_appointment_itself_make_a_customer_too(graph: Graph) -> None:
    body = booking(customerName="Solo", customerEmailAddress="solo@x.y", customerPhone="1")
    del body["customers"]
    answer = graph.post(f"{HOME}/appointments", body).json
    assert (answer["customers"][0]["name"], answer["filledAttendeesCount"]) == ("Solo", 1)


def test_a_group_service_drops_customer_ids_it_does_not_know(graph: Graph) -> None:
    customers = [customer(customerId=ZERO, name="Ghost"), customer(customerId=CUSTOMER, name="Adele")]
    body = graph.post(f"{HOME}/appointments", booking(serviceId=GROUP, customers=customers)).json
    assert [each["customerId"] for each in body["customers"]] == [CUSTOMER]
    assert (body["filledAttendeesCount"], body["maximumAttendeesCount"]) == (1, 10)


def test_the_members_of_a_one_to_one_appointment_mirror_its_customer(graph: Graph) -> None:
    made = graph.post(
        f"{HOME}/appointments", booking(customers=[customer(name="A", emailAddress="a@x.y", phone="1")])
    ).json
    url = f"{HOME}/appointments/{made['id']}"
    graph.patch(url, {"customers": [customer(name="B", notes="other")]})
    body = graph.get(url).json
    assert (body["customerName"], body["customerEmailAddress"], body["customerPhone"]) == ("B", None, None)
    assert body["customerNotes"] is None
    graph.patch(url, {"customerName": "C", "customerEmailAddress": "c@x.y"})
    (entry,) = graph.get(url).json["customers"]
    assert (entry["name"], entry["emailAddress"]) == ("C", "c@x.y")
    graph.patch(url, {"customers": []})
    assert (graph.get(url).json["customerName"], graph.get(url).json["filledAttendeesCount"]) == (None, 0)


def test_a_member_who_works_then_is_chosen_before_one_who_does_not(graph: Graph) -> None:
    closed = [{"day": "tuesday", "timeSlots": []}]
    graph.patch(f"{HOME}/staffMembers/{STAFF}", {"useBusinessHours": False, "workingHours": closed})
    other = {"displayName": "Alex", "emailAddress": "alex@contoso.com", "role": "guest"}
    other_id = graph.post(f"{HOME}/staffMembers", other).json["id"]
    graph.patch(f"{HOME}/services/{SERVICE}", {"staffMemberIds": [STAFF, other_id]})
    body = booking()
    del body["staffMemberIds"]
    assert graph.post(f"{HOME}/appointments", body).json["staffMemberIds"] == [other_id]


def test_the_place_of_a_customer_is_not_kept(graph: Graph) -> None:
    entry = customer(customerId=CUSTOMER, location={"displayName": "Home"})
    body = graph.post(f"{HOME}/appointments", booking(customers=[entry])).json
    assert body["customers"][0]["location"] is None


def test_an_online_appointment_gets_a_link_only_where_the_service_is_online(graph: Graph) -> None:
    online = graph.post(f"{HOME}/appointments", booking(serviceId=GROUP)).json
    assert online["isLocationOnline"] is True
    assert online["joinWebUrl"].startswith("https://teams.microsoft.com/l/meetup-join/19%3a")
    assert graph.post(f"{HOME}/appointments", booking(isLocationOnline=True)).json["joinWebUrl"] is None


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_what_is_cancelled_or_deleted_is_in_no_list(graph: Graph, verb: str) -> None:
    url = f"{HOME}/appointments/{APPOINTMENT}"
    answer = graph.post(f"{url}/cancel", {"cancellationMessage": "Sorry"}) if verb == "cancel" else graph.delete(url)
    assert answer.status == 204
    assert graph.get(url).status == 404
    assert graph.get(f"{HOME}/appointments").json["value"] == []


def test_a_refused_change_changes_nothing(graph: Graph) -> None:
    url = f"{HOME}/appointments/{APPOINTMENT}"
    before = graph.get(url).response.body
    assert graph.patch(url, {"price": 1, "endDateTime": at("2020-01-01T00:00:00")}).status == 500
    assert graph.get(url).response.body == before


def test_a_record_of_one_version_is_shown_by_the_other_with_its_own_members(graph: Graph) -> None:
    beta = HOME.replace("v1.0", "beta")
    here = graph.get(f"{HOME}/customers/{CUSTOMER}").json["phones"][0]
    assert list(here) == ["number", "type", "language", "region"]
    assert list(graph.get(f"{beta}/customers/{CUSTOMER}").json["phones"][0]) == ["number", "type"]
    body = {"displayName": "Both", "addresses": [{"city": "Oslo", "postOfficeBox": "12"}], "phones": [{"number": "1"}]}
    made = graph.post(f"{beta}/customers", body).json
    assert made["addresses"][0]["postOfficeBox"] == "12"
    there = graph.get(f"{HOME}/customers/{made['id']}").json
    assert "postOfficeBox" not in there["addresses"][0]
    assert list(there["phones"][0]) == list(here)


def test_letters_outside_ascii_are_left_out_of_the_id_of_a_business(graph: Graph) -> None:
    assert (
        graph.post(ROOT, {"displayName": "Beratungsgespräch"}).json["id"] == "Beratungsgesprch@contoso.onmicrosoft.com"
    )


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_coordinates_nobody_gave_are_null_in_appointments(graph: Graph, version: str) -> None:
    root = f"/{version}/solutions/bookingBusinesses/{BUSINESS}"
    graph.patch(f"{root}/services/{SERVICE}", {"defaultLocation": {"displayName": "Room 1"}})
    made = graph.post(f"{HOME}/appointments", booking()).json["id"]
    graph.patch(f"{HOME}/appointments/{made}", {"serviceLocation": {"displayName": "Room 2"}})
    shown = graph.get(f"{root}/appointments/{made}").json["serviceLocation"]
    assert shown["displayName"] == "Room 2"
    assert set(shown["coordinates"].values()) == {None}
    assert set(graph.get(f"{root}/services/{SERVICE}").json["defaultLocation"]["coordinates"].values()) == {"NaN"}


def test_a_join_link_names_tenant_and_organizer_in_its_context(graph: Graph) -> None:
    graph.patch(f"{HOME}/services/{SERVICE}", {"isLocationOnline": True})
    link = graph.post(f"{HOME}/appointments", booking(isLocationOnline=True)).json["joinWebUrl"]
    assert "/19%3ameeting_" in link
    assert f"/0?context=%7b%22Tid%22%3a%22{graph.tenant.guid}%22%2c%22Oid%22%3a%22" in link
    assert link.endswith("%22%7d")
