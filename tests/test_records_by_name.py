"""Records that a test adds in a few words, and finds by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bookings_emulator import Client, Emulator
from bookings_emulator.client.builder import BusinessBuilder
from bookings_emulator.client.control_http import ControlError

LIST = "/solutions/bookingBusinesses"


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator(now="2026-01-05T08:00:00Z") as client:
        yield client


@pytest.fixture
def bookings(server: Client) -> Iterator[Client]:
    client = server.tenant()
    yield client
    client.drop()


def test_a_business_is_built_in_a_line_and_graph_shows_it(bookings: Client) -> None:
    made = (
        bookings.add.business("Fourth Coffee", businessType="Cafe")
        .service("Tasting", minutes=45, price=12.5)
        .staff("Ann Beebe")
        .customer("Adele Vance", "adelev@contoso.com")
        .question("How strong?", "weak", "strong")
        .appointment(at="2026-01-12T10:00", customer="adelev@contoso.com")
        .appointment(at="2026-01-13T10:00", customer="new@contoso.com", zone="Europe/Berlin")
    )
    first, second = bookings.graph.get(f"{LIST}/{made.id}/appointments").json()["value"]
    assert [first["id"], second["id"]] == made.appointments
    assert (first["serviceId"], first["serviceName"], first["duration"]) == (made.ids["Tasting"], "Tasting", "PT45M")
    assert first["startDateTime"]["dateTime"].startswith("2026-01-12T10:00:00")
    assert first["staffMemberIds"] == [made.ids["Ann Beebe"]]
    assert first["customers"][0]["customerId"] == made.ids["Adele Vance"]
    assert second["startDateTime"]["dateTime"].startswith("2026-01-13T09:00:00")
    assert made.records.customer("new@contoso.com").name == "new"
    assert made.records.members["businessType"] == "Cafe"


def test_what_is_added_is_no_call_no_event_and_no_mail_but_its_reminder_waits(bookings: Client) -> None:
    reminders = [{"message": "Soon", "offset": "P1D", "recipients": "customer"}]
    made = bookings.add.to("Contoso Dental")
    made.appointment(at="2026-01-14T18:00", service="Check-up", customer="Adele Vance", reminders=reminders)
    assert (len(bookings.journal), bookings.outbox(status="sent"), len(bookings.deliveries)) == (0, [], 0)
    assert "2026-01-13T18:00:00" in {each["due"][:19] for each in bookings.outbox(status="waiting")}


def test_a_reset_forgets_what_was_added(bookings: Client) -> None:
    bookings.add.business("Fourth Coffee")
    bookings.reset()
    with pytest.raises(ControlError, match="there is no business 'Fourth Coffee'; there are: Contoso Dental"):
        bookings.business("Fourth Coffee")


def test_a_member_that_graph_does_not_have_changes_nothing(bookings: Client) -> None:
    before = bookings.state()
    with pytest.raises(ControlError, match="did you mean 'displayName'"):
        bookings.add.to("Contoso Dental").service("Tasting", displayNam="x")
    with pytest.raises(ControlError, match="needs a service; add one to Fourth Coffee first"):
        bookings.add.business("Fourth Coffee").appointment(at="2026-01-12T10:00")
    bookings.reset()
    assert bookings.state()["bookingBusinesses"] == before["bookingBusinesses"]


def test_a_misspelled_word_of_the_builder_is_told_with_the_nearest(bookings: Client) -> None:
    coffee = bookings.add.business("Fourth Coffee")
    with pytest.raises(ControlError, match=r"'minuts' is not a property of .*; did you mean 'minutes'\?"):
        coffee.service("Tasting", minuts=45)
    with pytest.raises(ControlError, match="at must be a datetime, or text such as 2026-01-12T10:00; got 'tomorrow'"):
        coffee.service("Tasting").appointment(at="tomorrow")


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda each: each.service("Tasting", minutes="a"), "service: minutes must be a number such as 45.*; got 'a'"),
        (lambda each: each.service("Tasting", minutes=None), "minutes must be a number .*; got None"),
        (lambda each: each.service("Tasting", minutes=True), "minutes must be a number .*; got True"),
        (lambda each: each.service("Tasting", minutes=-5), "minutes must be a number .*not negative; got -5"),
        (lambda each: each.service("Tasting", minutes=float("inf")), "minutes must be a number .*; got inf"),
        (lambda each: each.service("Tasting", minutes=float("nan")), "minutes must be a number .*; got nan"),
        (lambda each: each.service("Tasting", price="a"), "'defaultPrice' must be Edm.Double, such as 10.5; got 'a'"),
        (lambda each: each.staff(5), "staff: name must be text; got 5"),
        (lambda each: each.appointment(at=5), "at must be a datetime, or text such as 2026-01-12T10:00; got 5"),
        (
            lambda each: each.appointment(at="2026-01-12T10:00", service=5),
            "the name of a service .*must be text; got 5",
        ),
        (
            lambda each: each.appointment(at="2026-01-12T10:00", customer=5),
            "the name of a customer must be text; got 5",
        ),
        (lambda each: each.records.staff(5), "the name of a staff member must be text; got 5"),
    ],
)
def test_a_word_of_the_wrong_kind_is_refused_with_its_name_what_was_expected_and_what_came(
    bookings: Client, build: Callable[[BusinessBuilder], object], told: str
) -> None:
    coffee = bookings.add.business("Fourth Coffee").service("Coffee").staff("Ann")
    with pytest.raises(ControlError, match=told):
        build(coffee)


def test_minutes_may_be_parts_of_a_minute(bookings: Client) -> None:
    coffee = bookings.add.business("Fourth Coffee").service("A", minutes=1.5).service("B", minutes=1_000_000)
    lengths = {each["displayName"]: each["defaultDuration"] for each in coffee.records.members["services"]}
    assert lengths == {"A": "PT1M30S", "B": "P694DT10H40M"}


def test_records_are_found_by_name_address_or_id_whatever_the_case(bookings: Client) -> None:
    dental = bookings.business("contoso dental")
    assert bookings.business(dental.id) == dental
    service = dental.service("check-UP")
    assert bookings.graph.get(f"{LIST}/{dental.id}/services/{service.id}").json()["displayName"] == "Check-up"
    assert dental.staff("danas@contoso.onmicrosoft.com").name == dental.staff("Dana Swope").name == "Dana Swope"
    assert dental.customer("Adele Vance").members["emailAddress"] == "adelev@proseware.com"
    assert dental.question("Are you allergic to anything?").id
    starts = [each.members["startDateTime"]["dateTime"] for each in dental.appointments()]
    assert starts == sorted(starts)
    theirs = dental.appointments(service="Check-up", customer="Adele Vance")
    assert theirs
    assert {each.members["serviceId"] for each in theirs} == {service.id}


def test_appointments_are_found_by_their_start_whenever_they_were_made(bookings: Client) -> None:
    built = bookings.add.business("Late Coffee").service("Tasting").customer("Adele Vance", "adelev@contoso.com")
    for day in (14, 12, 13):
        built = built.appointment(at=f"2026-01-{day}T10:00", customer="adelev@contoso.com")
    found = bookings.business("Late Coffee").appointments()
    assert [each.members["startDateTime"]["dateTime"][8:10] for each in found] == ["12", "13", "14"]


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (lambda found: found.service("Chek-up"), "there is no service 'Chek-up' at Contoso Dental; .*mean 'Check-up'"),
        (lambda found: found.staff("nobody"), "there is no staff member 'nobody' at Contoso Dental; there are: Dana"),
    ],
)
def test_a_name_there_is_not_is_refused_with_those_there_are(bookings: Client, look, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ControlError, match=message):
        look(bookings.business("Contoso Dental"))


def test_two_of_one_name_are_told_by_id(bookings: Client) -> None:
    made = bookings.add.business("Twins").service("Same").service("Same")
    with pytest.raises(ControlError, match=f"2 records have the name 'Same'.*{made.ids['Same']}"):
        made.records.service("Same")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"record": {}, "set": "services"}, "give business and set together"),
        ({"record": {}, "set": "servces", "business": "x"}, "did you mean 'services'"),
        ({"record": {"displayName": "x"}, "set": "services", "business": "x"}, "there is no business 'x'; there are: "),
    ],
)
def test_a_record_with_nowhere_to_go_is_refused(bookings: Client, body: dict[str, object], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        bookings._line.post("/records", body)
