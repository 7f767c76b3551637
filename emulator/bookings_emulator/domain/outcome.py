"""The values that go in and out of every rule: what is asked, what can be seen, what shall change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bookings_emulator.domain.page_links import PageLinks

Record = Mapping[str, Any]
VISITOR = "visitor"  # the name of who calls a booking page without a sign-in
# where an application registers redirect addresses, in the words of Graph
PLATFORMS = ("web", "spa", "publicClient")
ANYONE = "anyone"  # the name of every caller who does not say who it is

BUSINESSES = "bookingBusinesses"
CURRENCIES = "bookingCurrencies"


class State(Protocol):
    """What a rule may look at. Records handed out are read-only. Business ids compare without regard to case."""

    def business(self, business_id: str) -> Record | None: ...

    def business_ids(self) -> Iterable[str]: ...

    def record(self, set_name: str, business_id: str, record_id: str) -> Record | None: ...

    def records(self, set_name: str, business_id: str) -> Iterable[Record]: ...

    def appointment_of_key(self, business_id: str, key: str) -> Record | None:
        """The appointment that customers manage by a key, whatever its case."""
        ...

    def appointments_around(self, business_id: str, start: datetime, end: datetime) -> Iterable[Record]:
        """At least the appointments that overlap a window when their buffers are counted in, by start."""
        ...

    def same_person(self, business_id: str, address: str, name: str) -> Record | None:
        """The customer of an e-mail address who has this name or none; without a name the first of the address.

        Letters compare without regard to case.
        """
        ...


class Ids(Protocol):
    """Where new identifiers come from; the tenant supplies them, so that a seed makes them repeatable."""

    def guid(self) -> str: ...

    def item(self, mailbox: str) -> str: ...


class Caller(NamedTuple):
    """Who asks. `kind` is `application` or `delegated` for callers that say what they are, else `undeclared`.

    A caller of the kind `fixture` plants records at the start of a tenant. A `visitor` of the booking page
    declares nothing, and yet the business rules hold for it.

    `roles` gives a delegated caller's role by business id in lower case, or in every business by `*`. Applications see
    every business of the tenant; an undeclared caller is `anyone` and may do everything. `permissions` are the
    scopes or roles of the token, None where it declares none. `upn` is the address of a person, by which it is found
    among the staff.
    """

    name: str = ANYONE
    kind: str = "undeclared"
    roles: Mapping[str, str] | None = None
    permissions: frozenset[str] | None = None
    client_id: str | None = None
    is_personal: bool = False
    upn: str | None = None
    is_licensed: bool = True

    def role(self, business_id: str) -> str | None:
        """The role in a business: `administrator` where nothing else is declared, None for no member."""
        if self.kind != "delegated" or self.roles is None:
            return "administrator"
        return self.roles.get(business_id.lower()) or self.roles.get("*")

    def is_bound(self, business_id: str) -> bool:
        """Whether the business rules hold for this caller: for who is no administrator, applications and visitors."""
        return self.kind in ("application", VISITOR) or self.role(business_id) != "administrator"


class Ask(NamedTuple):
    """One validated call: `body` holds what was said (stored names), `silent` what a create writes otherwise."""

    keys: tuple[str, ...]
    body: dict[str, Any]
    silent: dict[str, Any]
    now: datetime
    ids: Ids
    caller: Caller
    domain: str  # the tenant's mail domain
    quirks: Mapping[str, bool | str]
    tenant_id: str = "00000000-0000-0000-0000-000000000000"
    find_links: Callable[[], PageLinks] = PageLinks

    @property
    def business_id(self) -> str:
        return self.keys[0]


class Put(NamedTuple):
    """Keep a record, new or changed. `business_id` is empty for sets that stand at the root."""

    set_name: str
    business_id: str
    record: Record


class Drop(NamedTuple):
    """Forget a record; dropping a business drops what it contains."""

    set_name: str
    business_id: str
    record_id: str


Change = Put | Drop


class Event(NamedTuple):
    """Something that happened to an appointment: `appointmentCreated`, `…Updated`, `…Cancelled` or `…Deleted`."""

    name: str
    business: Record
    appointment: Record
    before: Record | None = None
    message: str | None = None  # the cancellation message


class Outcome(NamedTuple):
    """What a rule decided: the record (or rows) to answer with, the changes to apply, the events to publish.

    `bypassed` is why an application would have been refused, where a caller who does not say who it is was not.
    """

    result: Any = None
    changes: Sequence[Change] = ()
    events: Sequence[Event] = ()
    bypassed: str | None = None
