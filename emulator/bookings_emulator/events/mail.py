"""Mails as they would have gone out: the text, and the appointment as a file for calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from bookings_emulator.domain.messages import Message
from bookings_emulator.ids import guid_of
from bookings_emulator.times import instant_of, parse_instant

_METHODS = {
    "confirmation": "REQUEST",
    "invitation": "REQUEST",
    "change": "REQUEST",
    "cancellation": "CANCEL",
}  # kinds that bring a file
_PRODUCT = "-//Bookings emulator//EN"


def mail_of(message: Message, sent: datetime) -> EmailMessage:
    """A message of the channel mail as a mail, with the `.ics` where its kind brings one."""
    business = message.event.business
    mail = EmailMessage()
    mail["From"] = formataddr((str(business.get("displayName") or ""), str(business.get("id") or "bookings@localhost")))
    mail["To"] = message.to
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(sent)
    mail["Message-ID"] = f"<{guid_of('mail', f'{message.kind} {message.to} {message.event} {sent}')}@bookings-emulator>"
    mail.set_content(message.text)
    calendar = calendar_of(message, sent)
    if calendar is not None:
        mail.add_attachment(
            calendar.encode(),
            maintype="text",
            subtype="calendar",
            filename="appointment.ics",
            params={"method": _METHODS[message.kind], "charset": "utf-8"},
        )
    return mail


def calendar_of(message: Message, sent: datetime) -> str | None:
    """The appointment of a mail as iCalendar; None for what brings none: passcodes, reminders, SMS."""
    method = _METHODS.get(message.kind)
    if method is None or message.channel != "mail":
        return None
    from icalendar import Calendar, Event, vCalAddress  # with the first mail whose file somebody wants

    appointment, business = message.event.appointment, message.event.business
    event = Event()
    event.add("uid", f"{guid_of('calendar', appointment['id'])}@{business['id'].rpartition('@')[2]}")
    event.add("dtstamp", sent)
    event.add("dtstart", instant_of(appointment["startDateTime"]))
    event.add("dtend", instant_of(appointment["endDateTime"]))
    event.add("summary", f"{appointment['serviceName']} with {business['displayName']}")
    event.add("description", message.text)
    event.add("sequence", _sequence(message))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    place = appointment.get("joinWebUrl") or (appointment.get("serviceLocation") or {}).get("displayName")
    if place:
        event.add("location", place)
    if message.manage_url:
        event.add("url", message.manage_url)
    organizer = vCalAddress(f"mailto:{business['id']}")
    organizer.params["CN"] = business["displayName"]
    event["organizer"] = organizer
    event.add("attendee", vCalAddress(f"mailto:{message.to}"))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _sequence(message: Message) -> int:
    """A number that grows with every change of an appointment: the seconds since it was made."""
    appointment = message.event.appointment
    made, changed = (
        parse_instant(appointment.get(each) or "") or datetime(1970, 1, 1, tzinfo=UTC)
        for each in ("createdDateTime", "lastUpdatedDateTime")
    )
    return max(int((changed - made).total_seconds()), 0) + (message.kind == "cancellation")
