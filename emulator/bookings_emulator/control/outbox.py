"""What would have been sent: the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bookings_emulator.control.routing import Desk, Parameter, RouteTable, read_number
from bookings_emulator.domain.messages import KINDS, Message
from bookings_emulator.events.mail import calendar_of
from bookings_emulator.events.outbox import Sent
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant

table = RouteTable("outbox")


@table.get(
    "/outbox",
    {
        "kind": Parameter("confirmation, invitation, change, cancellation, reminder, passcode or mail", KINDS),
        "to": "an address or a number",
        "appointment": "an id",
        "status": Parameter("sent or waiting", ("sent", "waiting")),
        "exchange": "the number of the exchange that caused it",
        "calendar": Parameter("true to see the .ics that each mail brings", ("true", "false")),
    },
)
def outbox(desk: Desk) -> Any:
    """The messages that Bookings would have sent, and the reminders that wait for their time."""
    desk.tenant.outbox.settle(desk.tenant.clock.now())
    return _outbox_of(desk.tenant, desk.query)


def _outbox_of(tenant: Tenant, given: dict[str, str]) -> dict[str, object]:
    """Messages sent and reminders waiting, narrowed by kind, to (recipient), appointment and status."""
    wanted = dict(given)
    has_calendar, cause = wanted.pop("calendar", "false").lower(), read_number("exchange", wanted.pop("exchange", None))
    messages: list[tuple[Message, datetime | None, int | None]] = [
        (each.message, each.sent, each.exchange) for each in tenant.outbox.sent
    ]
    messages += [(each, None, None) for each in tenant.outbox.waiting()]
    found = []
    for message, sent, exchange in messages:
        row = _message(message, sent, exchange)
        if cause in (None, exchange) and all(_matches(row, name, value) for name, value in wanted.items()):
            found.append({**row, "calendar": calendar_of(message, sent)} if has_calendar == "true" and sent else row)
    return {"value": found, "dropped": tenant.outbox.dropped}


def _matches(message: dict[str, Any], name: str, value: str) -> bool:
    found = str(message[name] or "")
    return found == value if name == "appointment" else found.lower() == value.lower()


def show_message(sent: Sent) -> dict[str, Any]:
    """A message that went out, as JSON."""
    return _message(sent.message, sent.sent, sent.exchange)


def _message(message: Message, sent: datetime | None, exchange: int | None) -> dict[str, Any]:
    return {
        "status": "sent" if sent else "waiting",
        "kind": message.kind,
        "channel": message.channel,
        "audience": message.audience,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "code": message.code,
        "manage": message.manage_url,
        "business": message.event.business["id"],
        "appointment": message.event.appointment["id"],
        "due": format_instant(message.due),
        "sent": format_instant(sent) if sent else None,
        "exchange": exchange,
    }
