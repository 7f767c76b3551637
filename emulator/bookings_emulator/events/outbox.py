"""The outbox: the messages Bookings would have sent, and the reminders that wait for their time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from bookings_emulator.domain.messages import Mail, Message, messages, reminders
from bookings_emulator.domain.outcome import Event, State
from bookings_emulator.domain.page_links import PageLinks

CAPACITY = 10_000
_FEW = 64  # reminders that no longer count and may stay until they fall due


class Sent(NamedTuple):
    """A message that went out, and when."""

    message: Message
    sent: datetime
    exchange: int | None = None  # number of the exchange that caused it; none caused what fell due


_Due = tuple[datetime, int, Message]
_Saved = tuple[list[Sent], int, list[_Due], dict[str, set[int]], int]


class Outbox:
    """Takes events and keeps what they cause: the newest messages sent, and the reminders to come, by due time."""

    def __init__(self, quirks: Mapping[str, bool | str], find_links: Callable[[], PageLinks] = PageLinks) -> None:
        self._quirks = quirks
        self._find_links = find_links
        self.hand_on: Callable[[Message, datetime], None] | None = None  # takes what goes out, to a mail server
        self.follower: Callable[[Sent], None] | None = None  # told of every message that goes out
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.sent: deque[Sent] = deque(maxlen=CAPACITY)
        self.dropped = 0
        self._due: list[_Due] = []
        self._plans: dict[str, set[int]] = {}  # appointment → its entries of _due that count; others are passed over
        self._count = 0
        self._passed_over = 0

    def save(self) -> _Saved:
        """What `restore` needs."""
        plans = {appointment: set(numbers) for appointment, numbers in self._plans.items()}
        return list(self.sent), self.dropped, list(self._due), plans, self._count

    def restore(self, saved: _Saved) -> None:
        """Hold what it held when `save` was called."""
        sent, self.dropped, due, plans, self._count = saved
        self.sent = deque(sent, maxlen=CAPACITY)
        self._due = list(due)
        self._plans = {appointment: set(numbers) for appointment, numbers in plans.items()}
        self._passed_over = len(due) - sum(map(len, plans.values()))

    def take(self, event: Event, state: State, now: datetime, exchange: int | None = None) -> None:
        """Send what an event causes; plan its reminders anew, or forget them where the appointment is gone."""
        for message in messages(event, state, now, self._quirks, self._find_links()):
            self.send(message, now, exchange)
        if self._plans:
            self._passed_over += len(self._plans.pop(event.appointment["id"], ()))
            self._drop_passed_over()
        if event.name in ("appointmentCreated", "appointmentUpdated"):
            self.plan(event, state, now)

    def take_mail(self, to: str, mail: Mail, now: datetime) -> None:
        """Keep a mail that a program sent by Graph."""
        nothing = Event("mailSent", {"id": ""}, {"id": ""})
        self.send(Message("mail", "mail", "other", to, now, nothing, mail=mail), now)

    def plan(self, event: Event, state: State, now: datetime) -> None:
        """Put the reminders of an appointment that are still to come in their place."""
        for message in reminders(event, state, now, self._quirks):
            self._count += 1
            self._plans.setdefault(event.appointment["id"], set()).add(self._count)
            heappush(self._due, (message.due, self._count, message))

    def settle(self, now: datetime) -> None:
        """Send what has fallen due, in order."""
        while self._due and self._due[0][0] <= now:
            due, number, message = heappop(self._due)
            if self._counts(number, message):
                plans = self._plans[message.event.appointment["id"]]
                plans.discard(number)
                if not plans:
                    del self._plans[message.event.appointment["id"]]
                self.send(message._replace(links=self._find_links()), due)
            else:
                self._passed_over -= 1

    def next_due(self) -> datetime | None:
        """When the next reminder falls due."""
        return self._due[0][0] if self._due else None

    def waiting(self) -> Iterator[Message]:
        """The reminders to come, the next one first."""
        return (message for _, number, message in sorted(self._due) if self._counts(number, message))

    def _drop_passed_over(self) -> None:
        """Let the reminders go that no longer count, once they are more than those that do: each holds a record."""
        if self._passed_over > max(_FEW, len(self._due) - self._passed_over):
            self._due = [each for each in self._due if self._counts(each[1], each[2])]
            heapify(self._due)
            self._passed_over = 0

    def _counts(self, number: int, message: Message) -> bool:
        return number in self._plans.get(message.event.appointment["id"], ())

    def send(self, message: Message, now: datetime, exchange: int | None = None) -> None:
        """Send one message."""
        self.dropped += len(self.sent) == CAPACITY
        sent = Sent(message, now, exchange)
        self.sent.append(sent)
        if self.follower:
            self.follower(sent)
        if self.hand_on:
            self.hand_on(message, now)
