"""What Bookings would have sent: confirmations, changes, cancellations and reminders, by mail and SMS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from emulator.domain.outcome import Event, Record, State
from emulator.times import format_instant, instant_of, parse_duration, shifted

# event → kind of message; a deletion tells nobody
_KINDS = {
    "appointmentCreated": "confirmation",
    "appointmentUpdated": "change",
    "appointmentCancelled": "cancellation",
}
_Address = tuple[str, str, str]  # channel, audience, to
_SUBJECTS = {
    "confirmation": "Your booking: {service} with {business}",
    "change": "Your booking has changed: {service} with {business}",
    "cancellation": "Your booking is cancelled: {service} with {business}",
    "reminder": "Reminder: {service} with {business}",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `audience` is customer, staff or owner, `channel` mail or sms, `due` when it is to go out (UTC)."""

    kind: str
    channel: str
    audience: str
    to: str
    due: datetime
    event: Event
    words: str | None = None  # what a person wrote: the cancellation message, the text of a reminder

    @property
    def subject(self) -> str:
        """The subject of a mail."""
        names = {"service": self.event.appointment["serviceName"], "business": self.event.business["displayName"]}
        return _SUBJECTS[self.kind].format(**names)

    @property
    def text(self) -> str:
        """What was written, when and where, what the service adds, the link to join."""
        appointment = self.event.appointment
        start, end = (format_instant(instant_of(appointment[edge])) for edge in ("startDateTime", "endDateTime"))
        lines = [
            self.words,
            f"{appointment['serviceName']}, {start} to {end}",
            (appointment.get("serviceLocation") or {}).get("displayName"),
            appointment.get("additionalInformation"),
            appointment.get("joinWebUrl"),
            self.event.business.get("phone"),
        ]
        return "\n".join(line for line in lines if line)


def messages(event: Event, state: State, now: datetime) -> list[Message]:
    """The messages that an event causes at once."""
    kind = _KINDS.get(event.name)
    if kind is None:
        return []
    addresses = [
        *_customers(event.appointment),
        *_staff(state, event.business, event.appointment),
        *_owner(event.business),
    ]
    return [Message(kind, *address, now, event, event.message) for address in addresses]


def reminders(event: Event, state: State, now: datetime) -> list[Message]:
    """The reminders of an appointment that are still to come."""
    out = []
    start = instant_of(event.appointment["startDateTime"])
    for reminder in event.appointment["reminders"] or ():
        due = shifted(start, -(parse_duration(reminder["offset"]) or timedelta()))
        if due <= now:
            continue
        addresses: list[_Address] = []
        if reminder["recipients"] in ("allAttendees", "customer"):
            addresses += _customers(event.appointment)
        if reminder["recipients"] in ("allAttendees", "staff"):
            addresses += _staff(state, event.business, event.appointment)
        words = reminder["message"]
        out += [Message("reminder", *address, due, event, words) for address in addresses]
    return out


def _customers(appointment: Record) -> Iterator[_Address]:
    """Mail to customers unless they opted out; SMS to those with a phone where the appointment has it enabled."""
    for each in appointment["customers"]:
        if each.get("emailAddress") and not appointment["optOutOfCustomerEmail"]:
            yield ("mail", "customer", each["emailAddress"])
        if each.get("phone") and appointment["smsNotificationsEnabled"]:
            yield ("sms", "customer", each["phone"])


def _staff(state: State, business: Record, appointment: Record) -> Iterator[_Address]:
    for staff_id in appointment["staffMemberIds"] or ():
        member = state.record("staffMembers", business["id"], staff_id)
        if member is not None and member["isEmailNotificationEnabled"] and member.get("emailAddress"):
            yield ("mail", "staff", member["emailAddress"])


def _owner(business: Record) -> Iterator[_Address]:
    policy = business.get("schedulingPolicy") or {}
    if policy.get("sendConfirmationsToOwner") and business.get("email"):
        yield ("mail", "owner", business["email"])
