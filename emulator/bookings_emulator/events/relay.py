"""The relay: hands mails to an SMTP server such as Mailpit, in a thread of its own, so that no answer waits for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from queue import Queue
from threading import Thread
from time import monotonic, sleep

from bookings_emulator.domain.messages import Message

_TIME_LIMIT = 10.0  # seconds for one mail
_PAUSE = 0.01
CAPACITY = 10_000  # mails that wait; more are told of and dropped


class Relay:
    """One SMTP server, for all tenants of the process. It starts with the first mail."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._waiting: Queue[tuple[Message, datetime]] = Queue(CAPACITY)
        self._thread: Thread | None = None

    def take(self, message: Message, sent: datetime) -> None:
        """Hand on a message, if it is a mail; what cannot be handed on is told of on the error stream."""
        if message.channel != "mail":
            return
        if self._waiting.full():
            _tell_relay_error(f"{CAPACITY} mails are waiting for {self._name}; the mail to {message.to} was dropped")
            return
        self._waiting.put((message, sent))
        if self._thread is None:
            self._thread = Thread(target=self._work, name="bookings-relay", daemon=True)
            self._thread.start()

    def settle(self, patience: float) -> bool:
        """Wait until nothing waits, for so many seconds at most; whether nothing waits."""
        end = monotonic() + patience
        while self._waiting.unfinished_tasks and monotonic() < end:
            sleep(_PAUSE)
        return not self._waiting.unfinished_tasks

    @property
    def _name(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"

    def _work(self) -> None:
        while True:
            message, sent = self._waiting.get()
            try:
                self._hand_on(message, sent)
            except Exception as error:  # a mail that cannot be handed on must not end the relay
                _tell_relay_error(f"could not send the mail to {message.to} through {self._name}: {error!r}")
            finally:
                self._waiting.task_done()

    def _hand_on(self, message: Message, sent: datetime) -> None:
        from smtplib import SMTP  # with the first mail, as all that writes mails

        from bookings_emulator.events.mail import mail_of

        with SMTP(*self._address, timeout=_TIME_LIMIT) as server:
            server.send_message(mail_of(message, sent))


@cache
def relay_to(address: str) -> Relay:
    """The relay of an address `HOST:PORT`, one for the whole process."""
    host, _, port = address.rpartition(":")
    return Relay(host.strip("[]"), int(port))


def hand_on_to(address: str | None) -> Callable[[Message, datetime], None] | None:
    """What takes the messages that go out, where they are handed on at all."""
    return relay_to(address).take if address else None


def _tell_relay_error(text: str) -> None:
    print(text, file=sys.stderr)
