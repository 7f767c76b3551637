"""What Bookings would have sent: confirmations, changes, cancellations and reminders, by mail and SMS."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from bookings_emulator.domain.business_rules import policy_member
from bookings_emulator.domain.outcome import Event, Record, State
from bookings_emulator.domain.page_links import PageLinks
from bookings_emulator.domain.self_service import customer_key
from bookings_emulator.times import format_instant, instant_of, parse_duration, shifted, zone

# event → kind of message
_KINDS = {
    "appointmentCreated": "confirmation",
    "appointmentUpdated": "change",
    "appointmentCancelled": "cancellation",
    "appointmentDeleted": "cancellation",
}
# members of an appointment whose change nobody is told
_INTERNAL = frozenset(
    {"serviceNotes", "appointmentLabel", "selfServiceAppointmentId", "reminders", "lastUpdatedDateTime"}
)
# members that change when others take or leave the seats of a group, which is no change for who stays
_SEATS = frozenset({"customers", "filledAttendeesCount"})
_Address = tuple[str, str, str]  # channel, audience, to
_Quirks = Mapping[str, bool | str]
_SUBJECTS = {
    "confirmation": "Your booking: {service} with {business}",
    "change": "Your booking has changed: {service} with {business}",
    "cancellation": "Your booking is cancelled: {service} with {business}",
    "invitation": "Invitation: {service} with {business}",
    "reminder": "Reminder: {service} with {business}",
    "passcode": "Your code for {business}",
}
KINDS = (*_SUBJECTS, "mail")


class Mail(NamedTuple):
    """A mail that a program sent by Graph: its subject, and its text or HTML as it came."""

    subject: str
    text: str


class Message(NamedTuple):
    """One message: `audience` is customer, staff or owner, `channel` mail or sms, `due` when it is to go out (UTC)."""

    kind: str
    channel: str
    audience: str
    to: str
    due: datetime
    event: Event
    words: str | None = None  # what a person wrote: the cancellation message, the text of a reminder
    mail: Mail | None = None  # of the kind `mail`, which is about no appointment
    code: str | None = None  # the six digits of a passcode
    links: PageLinks | None = None  # where pages were when it went out

    @property
    def subject(self) -> str:
        """The subject of a mail."""
        if self.mail is not None:
            return self.mail.subject
        names = {"service": self.event.appointment["serviceName"], "business": self.event.business["displayName"]}
        return _SUBJECTS[self.kind].format(**names)

    @property
    def text(self) -> str:
        """What was written, when and where, what the service adds, the link to join."""
        if self.mail is not None:
            return self.mail.text
        if self.code:
            return f"{self.code} is your code to book {self.event.appointment['serviceName']}."
        appointment = self.event.appointment
        lines = [
            self.words,
            f"{appointment['serviceName']}, {self._when}",
            (appointment.get("serviceLocation") or {}).get("displayName"),
            appointment.get("additionalInformation"),
            appointment.get("joinWebUrl"),
            self.event.business.get("phone"),
            f"Reschedule or cancel: {self.manage_url}" if self.manage_url else None,
        ]
        return "\n".join(line for line in lines if line)

    @property
    def manage_url(self) -> str | None:
        """Where the customer moves and cancels the booking; None for others, and where it may not be managed."""
        person = None if self.links is None or self.kind == "cancellation" else self._person
        key = None if person is None else customer_key(self.event.appointment, person)
        return self.links.manage(self.event.business["id"], key) if self.links and key else None

    @property
    def _person(self) -> Record | None:
        """The customer whom the message is for."""
        if self.audience != "customer":
            return None
        known = [*(self.event.appointment.get("customers") or ()), *((self.event.before or {}).get("customers") or ())]
        return next((each for each in known if self.to in (each.get("emailAddress"), each.get("phone"))), None)

    @property
    def _when(self) -> str:
        """Start and end: for a customer whose zone is known as wall clock there, else in UTC."""
        edges = [instant_of(self.event.appointment[edge]) for edge in ("startDateTime", "endDateTime")]
        name = (self._person or {}).get("timeZone") or ""
        place = zone(name) if name else None
        if place is None:
            return " to ".join(format_instant(each) for each in edges)
        start, end = (f"{each.astimezone(place):%Y-%m-%d %H:%M}" for each in edges)
        return f"{start} to {end} ({name})"


def messages(
    event: Event, state: State, now: datetime, quirks: _Quirks, links: PageLinks | None = None
) -> list[Message]:
    """The messages that an event causes at once; who comes or goes with a change is told so."""
    kind = _KINDS.get(event.name)
    if kind is None or (event.name == "appointmentDeleted" and not _is_deletion_told(event, state, quirks)):
        return []
    present = _attendees(state, event.business, event.appointment)
    if event.before is None:
        kinds = [(kind, address) for address in present]
    else:
        changed = _list_changed(event.before, event.appointment)
        if not changed:
            return []
        earlier = _attendees(state, event.business, event.before)
        untouched = [each for each in earlier if each[1] == "customer" and changed <= _SEATS]
        kinds = [
            (kind if address in earlier else "confirmation", address) for address in present if address not in untouched
        ]
        kinds += [("cancellation", address) for address in earlier if address not in present]
    kinds += [(kind, address) for address in _owner(state, event.business, event.appointment)]
    if _is_invited(state, event):
        kinds += [("invitation", address) for each, address in kinds if each == "confirmation" and _takes_mail(address)]
    reached = [(each, address) for each, address in kinds if _is_reached(address, quirks)]
    return [Message(each, *address, now, event, event.message, links=links) for each, address in reached]


def _is_deletion_told(event: Event, state: State, quirks: _Quirks) -> bool:
    """Whether a deletion is told as a cancellation is; that of a whole business is told to nobody (a guess)."""
    return state.business(event.business["id"]) is not None and bool(quirks["deletion-tells"])


def _is_invited(state: State, event: Event) -> bool:
    """Whether customers get an invitation beside the confirmation (docs, isMeetingInviteToCustomersEnabled)."""
    service = state.record("services", event.business["id"], event.appointment.get("serviceId") or "")
    return bool(policy_member(event.business, service or {}, "isMeetingInviteToCustomersEnabled"))


def _takes_mail(address: _Address) -> bool:
    return address[:2] == ("mail", "customer")


def _is_reached(address: _Address, quirks: _Quirks) -> bool:
    """Whether a message gets to an address: text messages to numbers of other countries do not."""
    channel, _, to = address
    is_abroad = channel == "sms" and to.strip().startswith("+") and not to.strip().startswith("+1")
    return not (is_abroad and quirks["sms-north-america"])


def passcode_message(business: Record, service: Record, address: str, code: str, now: datetime) -> Message:
    """The mail with the code that a visitor of a page needs; there is no appointment yet."""
    event = Event("passcodeSent", business, {"id": None, "serviceName": service["displayName"]})
    return Message("passcode", "mail", "customer", address, now, event, code=code)


def _list_changed(before: Record, after: Record) -> set[str]:
    """The members whose change is anybody's business outside: internal notes and labels are not."""
    return {name for name, value in after.items() if name not in _INTERNAL and value != before.get(name)}


def reminders(event: Event, state: State, now: datetime, quirks: _Quirks) -> list[Message]:
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
        reached = (each for each in addresses if _is_reached(each, quirks))
        out += [Message("reminder", *address, due, event, words) for address in reached]
    return out


def _attendees(state: State, business: Record, appointment: Record) -> list[_Address]:
    return [*_customers(appointment), *_staff(state, business, appointment)]


def _customers(appointment: Record) -> list[_Address]:
    """Mail to customers unless they opted out; SMS to those with a phone where it is enabled."""
    out = []
    for each in appointment["customers"]:
        if each.get("emailAddress") and not appointment["optOutOfCustomerEmail"]:
            out.append(("mail", "customer", each["emailAddress"]))
        if each.get("phone") and (appointment["smsNotificationsEnabled"] or each.get("smsNotificationsEnabled")):
            out.append(("sms", "customer", each["phone"]))
    return out


def _staff(state: State, business: Record, appointment: Record) -> list[_Address]:
    out = []
    for staff_id in appointment["staffMemberIds"] or ():
        member = state.record("staffMembers", business["id"], staff_id)
        if member is not None and member["isEmailNotificationEnabled"] and member.get("emailAddress"):
            out.append(("mail", "staff", member["emailAddress"]))
    return out


def _owner(state: State, business: Record, appointment: Record) -> list[_Address]:
    if not business.get("email"):
        return []
    service = state.record("services", business["id"], appointment["serviceId"] or "")
    is_wanted = policy_member(business, service or {}, "sendConfirmationsToOwner")
    return [("mail", "owner", business["email"])] if is_wanted else []
