"""Subscriptions: who wants to be told of which changes in which booking mailbox; they never expire (a guess)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from bookings_emulator.domain.outcome import State


class Subscription(NamedTuple):
    """One webhook of one mailbox: `changes` are Created, Updated, Deleted; `is_older` means the form of 2022."""

    id: str
    business: str
    changes: tuple[str, ...]
    url: str
    owner: str  # the name of the caller that made it
    created: datetime
    is_older: bool = False


_ByMailbox = dict[str, tuple[Subscription, ...]]


class Subscriptions:
    """The subscriptions of a tenant by mailbox, in the order they were made; mailboxes compare without case."""

    def __init__(self) -> None:
        self._by_mailbox: _ByMailbox = {}
        # under which id an appointment was last told of, where that is no longer its own
        self.renamed: dict[str, str] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return (each for kept in list(self._by_mailbox.values()) for each in kept)

    def of(self, business: str) -> tuple[Subscription, ...]:
        """Those of one mailbox."""
        return self._by_mailbox.get(business.lower(), ())

    def add(self, subscription: Subscription) -> None:
        """Keep a subscription; how many a mailbox may have is for the plane to say."""
        self._by_mailbox[subscription.business.lower()] = (*self.of(subscription.business), subscription)

    def remove(self, business: str, id_: str) -> bool:
        """Forget a subscription of a mailbox; False where it has none of this id."""
        kept = tuple(each for each in self.of(business) if each.id != id_)
        was_there = len(kept) < len(self.of(business))
        self._by_mailbox[business.lower()] = kept
        if not kept:
            del self._by_mailbox[business.lower()]
        return was_there

    def retain(self, state: State) -> None:
        """Forget those of mailboxes that are no longer there."""
        if not self._by_mailbox:
            return
        for mailbox in [each for each in self._by_mailbox if state.business(each) is None]:
            del self._by_mailbox[mailbox]

    def save(self) -> tuple[_ByMailbox, dict[str, str]]:
        """What `restore` needs."""
        return dict(self._by_mailbox), dict(self.renamed)

    def restore(self, saved: tuple[_ByMailbox, dict[str, str]]) -> None:
        """Hold what it held when `save` was called."""
        self._by_mailbox, self.renamed = dict(saved[0]), dict(saved[1])
