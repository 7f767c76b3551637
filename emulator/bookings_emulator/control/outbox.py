"""The outbox: mails and text messages that Bookings would have sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from bookings_emulator.control.routing import Desk, Parameter, RouteTable, check_number
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.domain.messages import KINDS, Message
from bookings_emulator.events.mail import calendar_of
from bookings_emulator.events.outbox import Sent
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals

table = RouteTable("outbox")


@table.get(
    "/outbox",
    {
        "kind": Parameter("confirmation, invitation, change, cancellation, reminder, passcode or mail", KINDS),
        "to": "an address or a number",
        "appointment": "an id",
        "status": Parameter("sent or waiting", ("sent", "waiting")),
        "exchange": Parameter("the number of the exchange that caused it", kind="integer"),
        "calendar": Parameter("true includes the .ics of each mail", ("true", "false"), "boolean"),
    },
)
async def outbox(desk: Desk) -> answers.OutboxPage:
    """The messages that Bookings would have sent, and the reminders that are not due yet."""
    check_number("exchange", desk.query.get("exchange"))
    desk.tenant.outbox.settle(desk.tenant.clock.now())
    return await _outbox_of(desk.tenant, desk.query)


async def _outbox_of(tenant: Tenant, given: dict[str, str]) -> answers.OutboxPage:
    """Messages sent and reminders waiting, narrowed by kind, to (recipient), appointment and status."""
    wanted = dict(given)
    has_calendar = wanted.pop("calendar", "false")
    messages: list[tuple[Message, datetime | None, int | None]] = [
        (each.message, each.sent, each.exchange) for each in tenant.outbox.sent
    ]
    messages += [(each, None, None) for each in tenant.outbox.waiting()]
    dropped = tenant.outbox.dropped
    found = await collect_in_turns(_narrow_messages(messages, wanted, has_calendar=has_calendar.lower() == "true"))
    return {"value": found, "dropped": dropped}


def _narrow_messages(
    messages: list[tuple[Message, datetime | None, int | None]], wanted: dict[str, str], *, has_calendar: bool
) -> Iterator[answers.Message]:
    """Those that are wanted, as JSON."""
    for message, sent, exchange in messages:
        row = _message(message, sent, exchange)
        if all(_matches(row, name, value) for name, value in wanted.items()):
            if has_calendar and sent:
                row["calendar"] = calendar_of(message, sent)
            yield row


def _matches(message: Mapping[str, Any], name: str, value: str) -> bool:
    found = str(message[name] or "")
    return found == value if name == "appointment" else found.lower() == value.lower()


def show_message(sent: Sent) -> answers.Message:
    """A message that went out, as JSON."""
    return _message(sent.message, sent.sent, sent.exchange)


def _message(message: Message, sent: datetime | None, exchange: int | None) -> answers.Message:
    return {
        "status": "sent" if sent else "waiting",
        "kind": cast("literals.MessageKind", message.kind),
        "channel": cast(Any, message.channel),
        "audience": cast(Any, message.audience),
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
