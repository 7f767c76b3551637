"""Mails of the booking page: links, zones and calendar files; and the relay, seen by a real SMTP server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from icalendar import Calendar
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.cli import main
from bookings_emulator.events.relay import Relay
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import APPOINTMENT, BUSINESS, HOME, NOW, ORIGIN, Graph, booking
from tests.page import KEY, Visitor, class_visit, published, visit

ZONE = "Eastern Standard Time"


@pytest.fixture
def visitor() -> Visitor:
    made = Visitor()
    made.tenant.find_root = lambda: ORIGIN
    return made


def mail_to(visitor: Visitor, address: str, kind: str = "confirmation") -> Any:
    return [each for each in visitor.mail(kind) if each.to == address][-1]


def rows(visitor: Visitor, query: str) -> list[dict[str, Any]]:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        return list(client.get(f"/_emulator/outbox?{query}").json()["value"])


def test_a_confirmation_leads_its_customer_to_the_page_where_it_is_managed(visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][KEY]
    link = f"{ORIGIN}/book/{BUSINESS}/manage/{key}"
    assert mail_to(visitor, "ann@example.com").text.splitlines()[-1] == f"Reschedule or cancel: {link}"
    assert mail_to(visitor, "danas@contoso.com").manage_url is None
    page = visitor.call("GET", base=link.removeprefix(ORIGIN))
    assert f'data-appointment="{key}"' in page.response.body.decode()


def test_times_are_those_of_the_customers_zone(visitor: Visitor) -> None:
    visitor.book(visit(customerTimeZone=ZONE))
    when = "2026-01-12 05:00 to 2026-01-12 05:30"
    assert f"Check-up, {when} ({ZONE})" in mail_to(visitor, "ann@example.com").text
    assert "2026-01-12T10:00:00Z to 2026-01-12T10:30:00Z" in mail_to(visitor, "danas@contoso.com").text


def test_change_and_cancellation_are_told_and_a_cancelled_booking_has_no_link(visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][KEY]
    visitor.move(key, "2026-01-12T14:00:00", "2026-01-12T14:30:00")
    assert mail_to(visitor, "ann@example.com", "change").manage_url.endswith(key)
    visitor.cancel(key)
    assert mail_to(visitor, "ann@example.com", "cancellation").manage_url is None


def test_each_visitor_of_a_group_has_a_link_of_its_own_and_hears_of_no_other(visitor: Visitor) -> None:
    keys = [visitor.book(class_visit(name)).json["appointment"][KEY] for name in ("Ann", "Ben")]
    links = [mail_to(visitor, f"{name}@example.com").manage_url for name in ("ann", "ben")]
    assert [each.rpartition("/")[2] for each in links] == keys
    visitor.cancel(keys[1])
    told = [(each.kind, each.to) for each in visitor.mail("cancellation")]
    assert told == [("cancellation", "ben@example.com")]
    assert not [each for each in visitor.mail("change") if each.audience == "customer"]


def test_bookings_that_staff_made_have_a_link_where_customers_may_manage_them(visitor: Visitor) -> None:
    visitor.graph.post(f"{HOME}/appointments", booking())
    assert mail_to(visitor, "adelev@contoso.com").manage_url is None
    change = {"isCustomerAllowedToManageBooking": True, "additionalInformation": "Bring a towel"}
    assert visitor.graph.patch(f"{HOME}/appointments/{APPOINTMENT}", change).status == 204
    key = mail_to(visitor, "adelev@contoso.com", "change").manage_url.rpartition("/")[2]
    assert visitor.call("GET", f"/appointments/{key}").json["appointment"]["id"] == APPOINTMENT


def test_the_outbox_shows_the_calendar_file_where_it_is_asked_for(visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][KEY]
    assert "calendar" not in rows(visitor, "to=ann@example.com")[0]
    (row,) = rows(visitor, "to=ann@example.com&kind=confirmation&calendar=true")
    calendar = Calendar.from_ical(row["calendar"])
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["STATUS"]) == ("REQUEST", "CONFIRMED")
    assert event["SUMMARY"] == "Check-up with Contoso Small"
    assert event.decoded("DTSTART") == utc("2026-01-12T10:00:00Z")
    assert event.decoded("DTEND") == utc("2026-01-12T10:30:00Z")
    assert str(event["URL"]).endswith(key)


def test_the_file_of_a_cancellation_cancels_the_same_event(visitor: Visitor) -> None:
    key = visitor.book().json["appointment"][KEY]
    visitor.move(key, "2026-01-12T14:00:00", "2026-01-12T14:30:00")
    visitor.cancel(key)
    files = [Calendar.from_ical(each["calendar"]) for each in rows(visitor, "to=ann@example.com&calendar=true")]
    events = [each.walk("VEVENT")[0] for each in files]
    assert [str(each["METHOD"]) for each in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({str(each["UID"]) for each in events}) == 1
    sequences = [int(each["SEQUENCE"]) for each in events]
    assert sequences == sorted(sequences)
    assert sequences[-1] > sequences[0]


def test_what_calendar_takes_is_a_closed_list(visitor: Visitor) -> None:
    with TestClient(App(visitor.tenant), base_url=ORIGIN) as client:
        answer = client.get("/_emulator/outbox?calendar=yes")
    assert (answer.status_code, "calendar must be one of true, false; got 'yes'" in answer.json()["error"]) == (
        400,
        True,
    )


# the relay


class Inbox:
    """What an SMTP server was handed."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield inbox, f"127.0.0.1:{port}"
    server.stop()


def relayed(address: str) -> App:
    start = Start((Fixture("small", published()),), seed=1, frozen=utc(NOW))
    return App(Tenant(start, Settings(smtp=address)))


def test_mails_are_handed_to_a_server_with_text_and_calendar_file(inbox: tuple[Inbox, str]) -> None:
    received, address = inbox
    app = relayed(address)
    Visitor(app.tenant).book()
    app.close()
    mails = {each["To"]: each for each in received.mails}
    assert set(mails) == {"ann@example.com", "danas@contoso.com"}
    mail: Any = mails["ann@example.com"]
    assert mail["Subject"] == "Your booking: Check-up with Contoso Small"
    assert mail["Date"] == "Mon, 05 Jan 2026 08:00:00 +0000"
    assert BUSINESS in mail["From"]
    assert "Check-up, 2026-01-12T10:00:00Z" in mail.get_body().get_content()
    (file,) = mail.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "appointment.ics")
    assert "BEGIN:VEVENT" in file.get_content()


def test_subjects_with_line_breaks_stay_one_header(inbox: tuple[Inbox, str]) -> None:
    received, address = inbox
    app = relayed(address)
    name = "Cut\r\nBcc: everybody@example.com"
    Graph(app.tenant).patch(f"{HOME}/services/20000000-0000-4000-8000-000000000001", {"displayName": name})
    Visitor(app.tenant).book()
    app.close()
    assert received.mails
    assert all(each["Bcc"] is None and "Bcc: everybody" in each["Subject"] for each in received.mails)


def test_without_a_server_nothing_fails_and_the_error_stream_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    visitor = Visitor()
    relay = Relay("127.0.0.1", 9)  # nobody listens at the port of discard
    visitor.tenant.outbox.hand_on = relay.take
    assert visitor.book().status == 200
    assert relay.settle(patience=30)
    said = capsys.readouterr().err
    assert "could not send the mail to ann@example.com through 127.0.0.1:9" in said


def test_sms_are_handed_to_nobody(inbox: tuple[Inbox, str]) -> None:
    received, address = inbox
    app = relayed(address)
    person = {"name": "Ann", "phone": "5550101", "smsNotificationsEnabled": True}
    Visitor(app.tenant).book(visit(customers=[person]))
    app.close()
    assert {each["To"] for each in received.mails} == {"danas@contoso.com"}


WRONG = {
    "no port": (["--smtp", "localhost"], "--smtp takes HOST:PORT, such as localhost:1025; got 'localhost'"),
    "a host of elsewhere": (
        ["--smtp", "mail.example.com:25"],
        "--smtp mail.example.com:25: mail leaves this machine only for a host that --deliver-to names",
    ),
    "a public URL of another kind": (
        ["--public-url", "bookings.local"],
        "--public-url takes an address such as http://bookings.local:8365; got 'bookings.local'",
    ),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_options_that_cannot_be_meant_are_refused(options: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
