"""Who tells the stream: journal, outbox and deliveries, each followed by what the stream makes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bookings_emulator.domain.outcome import Event
from bookings_emulator.events.deliveries import Deliveries
from bookings_emulator.events.journal import Entry, Journal
from bookings_emulator.events.outbox import Outbox, Sent
from bookings_emulator.events.stream import Stream
from bookings_emulator.exchange import Hit

if TYPE_CHECKING:
    from bookings_emulator.events.delivery import Delivery


class Occurrence(NamedTuple):
    """Something that was done in a business, by the name the journal has for it; webhooks are of no appointment."""

    name: str
    business: str | None
    appointment: str | None
    at: datetime


def occurrence_of(event: Event, at: datetime) -> Occurrence:
    """An event of an appointment as the stream tells it."""
    return Occurrence(event.name, event.business["id"], event.appointment["id"], at)


class Moment(NamedTuple):
    """Where the clock stands after it was moved."""

    mode: str
    now: datetime
    offset: timedelta


class Strike(NamedTuple):
    """A fault that fired, and the exchange it met."""

    hit: Hit
    entry: Entry


def follow(stream: Stream, journal: Journal, outbox: Outbox, deliveries: Deliveries) -> None:
    """Have the stream told of every exchange, message and delivery from now on."""

    def tell_exchange(entry: Entry) -> None:
        exchange = entry.exchange
        more: list[tuple[str, Occurrence | Strike]] = []
        if exchange.events or exchange.hits:
            more += [
                ("event", Occurrence(name, exchange.business, None, exchange.at))
                for name in exchange.events
                if name.startswith("webhook")
            ]
            more += [("fault", Strike(hit, entry)) for hit in exchange.hits]
        stream.tell_exchange(entry, entry.number, entry.kept, more)

    def tell_message(sent: Sent) -> None:
        stream.tell("message", sent, sent.exchange)

    def tell_delivery(delivery: Delivery) -> None:
        stream.tell("delivery", delivery, delivery.exchange)

    journal.follower = tell_exchange
    outbox.follower = tell_message
    deliveries.follower = tell_delivery
