"""The client for asynchronous tests: what `Client` has, awaited; written from its source by docs/build.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Unpack

from bookings_emulator.client.answers import (
    BusinessRow,
    Delivery,
    DeviceCode,
    Exchange,
    FaultRow,
    Message,
    Note,
    OperationRow,
    Permissions,
    PersonaRow,
    PresetRow,
    ProblemRow,
    QuirkRow,
    ScenarioRow,
    StreamEvent,
    StubRow,
    Subscription,
    SymptomRow,
)
from bookings_emulator.client.builder import Adder, BusinessBuilder
from bookings_emulator.client.callers import DeviceCodes
from bookings_emulator.client.client import URL, Asgi, Client
from bookings_emulator.client.clock import Clock
from bookings_emulator.client.deliveries import Deliveries, Subscriptions
from bookings_emulator.client.events import Events
from bookings_emulator.client.faults import Fault, Faults
from bookings_emulator.client.journal import Journal
from bookings_emulator.client.named_records import NamedBusiness
from bookings_emulator.client.receiver import Notification, Receiver
from bookings_emulator.client.rows import Outbox, Row, Rows, Symptoms
from bookings_emulator.client.snapshots import Snapshot
from bookings_emulator.client.stubs import Stub, Stubs, StubWords
from bookings_emulator.client.word_types import (
    Criteria,
    CriteriaSince,
    DeliveryWords,
    FaultWords,
    Given,
    JournalWords,
    LengthWords,
    OutboxWords,
    SubscriptionWords,
    SymptomWords,
    TenantWords,
    TokenWords,
    VerifyWords,
)

if TYPE_CHECKING:
    import ssl

    import httpx

    from bookings_emulator.client.in_process import AsyncTransport, Transport
    from bookings_emulator.client.literals import Change, NoteKind, QuirkName


class AsyncClock:
    """The clock of a tenant. Moments are datetimes with a time zone, or strings such as `2026-01-05T08:00:00Z`."""

    def __init__(self, sync: Clock) -> None:
        self._sync = sync

    async def mode(self) -> str:
        """`real`, `offset` or `frozen`."""
        return await asyncio.to_thread(lambda: self._sync.mode)

    async def now(self) -> datetime:
        """The current time of the tenant, in UTC."""
        return await asyncio.to_thread(self._sync.now)

    async def freeze(self, moment: datetime | str | None = None) -> datetime:
        """Stop the clock at a moment; default: the current one."""
        return await asyncio.to_thread(self._sync.freeze, moment)

    async def set(self, moment: datetime | str) -> datetime:
        """Set the clock to a moment and let it run from there."""
        return await asyncio.to_thread(self._sync.set, moment)

    async def release(self) -> datetime:
        """Return the clock to real time."""
        return await asyncio.to_thread(self._sync.release)

    async def advance(
        self, by: timedelta | str | None = None, *, to: datetime | str | None = None, **parts: Unpack[LengthWords]
    ) -> datetime:
        """Move forward `by` a duration (a timedelta, or `P1D`), `to` a moment, or by `days=1, hours=2`.

        Raises ControlError for none or several of these, and for a step back.
        """
        return await asyncio.to_thread(self._sync.advance, by, to=to, **parts)


class AsyncRows(Generic[Row]):
    """Rows of the emulator, fetched anew at every look: call, iterate, index or count."""

    def __init__(self, sync: Rows[Row]) -> None:
        self._sync = sync

    async def __call__(self) -> list[Row]:
        """All rows."""
        return await asyncio.to_thread(self._sync)


class AsyncOutbox(AsyncRows[Message]):
    """The messages that would have been sent, and the pending reminders."""

    _sync: Outbox

    def __init__(self, sync: Outbox) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[OutboxWords]) -> list[Message]:
        """The messages that match: `bookings.outbox(kind="confirmation", to="adelev@contoso.com")`."""
        return await asyncio.to_thread(self._sync, **filters)


class AsyncSymptoms(AsyncRows[SymptomRow]):
    """Symptoms of problems, with causes and fixes."""

    _sync: Symptoms

    def __init__(self, sync: Symptoms) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[SymptomWords]) -> list[SymptomRow]:
        """The symptoms of a refusal: `bookings.troubleshooting(problem="bk.unknown")`."""
        return await asyncio.to_thread(self._sync, **filters)


class AsyncJournal(AsyncRows[Exchange]):
    """The exchanges of a tenant, oldest first; criteria are those of `GET /_emulator/journal`."""

    _sync: Journal

    def __init__(self, sync: Journal) -> None:
        super().__init__(sync)

    async def __call__(self, **match: Unpack[JournalWords]) -> list[Exchange]:
        """The exchanges that match: `bookings.journal(operation="create*", status="4xx")`."""
        return await asyncio.to_thread(self._sync, **match)

    async def wait(self, *, timeout: float = 10.0, since: int = 0, **match: Unpack[Criteria]) -> Exchange:
        """The first exchange that matches, as soon as it is over.

        An exchange that is already over matches too, because tests in Python mostly send first and wait afterwards;
        `GET /_emulator/journal/wait` matches only new ones. Only exchanges after the number `since` match:
        `since=bookings.journal[-1]["number"]` waits for the next one. Raises TimeoutError, which lists the near
        misses.
        """
        return await asyncio.to_thread(self._sync.wait, timeout=timeout, since=since, **match)

    async def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        **match: Unpack[VerifyWords],
    ) -> int:
        """Check how many exchanges match, by default at least one, and return the number.

        Raises AssertionError, which lists the near misses, and says if the journal dropped exchanges that might have
        matched.
        """
        return await asyncio.to_thread(
            self._sync.verify, exactly=exactly, at_least=at_least, at_most=at_most, never=never, **match
        )

    async def exchange(self, number: int) -> Exchange:
        """One exchange by its number, counted from 1. Raises ControlError if it is not in the journal."""
        return await asyncio.to_thread(self._sync.exchange, number)

    async def notes(self, *, kind: NoteKind | None = None, persona: str | None = None) -> list[Note]:
        """What clients did that works here but may fail in production: `assert not bookings.journal.notes()`."""
        return await asyncio.to_thread(self._sync.notes, kind=kind, persona=persona)

    async def permissions(self, **match: Unpack[CriteriaSince]) -> Permissions:
        """The least permissions that the recorded requests need: `permissions()["application"]["least"]`."""
        return await asyncio.to_thread(self._sync.permissions, **match)

    async def har(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a HAR 1.2 document, secrets masked."""
        return await asyncio.to_thread(self._sync.har, **match)

    async def scenario(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a scenario, as its file would be in JSON: the requests with their responses."""
        return await asyncio.to_thread(self._sync.scenario, **match)

    async def clear(self) -> None:
        """Empty the journal; the numbers continue."""
        await asyncio.to_thread(self._sync.clear)


class AsyncDeviceCodes(AsyncRows[DeviceCode]):
    """The devices that wait for a person to sign in, with the code they display."""

    _sync: DeviceCodes

    def __init__(self, sync: DeviceCodes) -> None:
        super().__init__(sync)

    async def sign_in(self, user_code: str, persona: str) -> None:
        """Sign a device in as that persona, a person; its client gets the tokens with its next poll."""
        await asyncio.to_thread(self._sync.sign_in, user_code, persona)

    async def decline(self, user_code: str) -> None:
        """Decline the sign-in of a device."""
        await asyncio.to_thread(self._sync.decline, user_code)


class AsyncFaults(AsyncRows[FaultRow]):
    """The faults of a tenant in the order in which they are tried, and what you can create faults from."""

    _sync: Faults

    def __init__(self, sync: Faults) -> None:
        super().__init__(sync)

    @property
    def presets(self) -> AsyncRows[PresetRow]:
        return AsyncRows(self._sync.presets)

    @property
    def problems(self) -> AsyncRows[ProblemRow]:
        return AsyncRows(self._sync.problems)

    @property
    def operations(self) -> AsyncRows[OperationRow]:
        return AsyncRows(self._sync.operations)

    async def drop(self, id_: str) -> None:
        """Delete one fault by its id."""
        await asyncio.to_thread(self._sync.drop, id_)

    async def clear(self) -> None:
        """Delete all faults."""
        await asyncio.to_thread(self._sync.clear)


class AsyncFault:
    """A created fault; a preset can be several, which are counted together."""

    def __init__(self, sync: Fault) -> None:
        self._sync = sync

    @property
    def ids(self) -> list[str]:
        return self._sync.ids

    async def rows(self) -> list[FaultRow]:
        """Its current rows, with counters."""
        return await asyncio.to_thread(lambda: self._sync.rows)

    async def matched(self) -> int:
        """How many requests it matched."""
        return await asyncio.to_thread(lambda: self._sync.matched)

    async def fired(self) -> int:
        """For how many requests it fired."""
        return await asyncio.to_thread(lambda: self._sync.fired)

    async def drop(self) -> None:
        """Delete the fault."""
        await asyncio.to_thread(self._sync.drop)


class AsyncStubs(AsyncRows[StubRow]):
    """The stubs of a tenant, oldest first."""

    _sync: Stubs

    def __init__(self, sync: Stubs) -> None:
        super().__init__(sync)

    async def replace(self, stubs: Iterable[Mapping[str, Any]]) -> None:
        """Replace all stubs with these, each as for `stub`: `{"request": "GET /me/messages", "body": {…}}`."""
        await asyncio.to_thread(self._sync.replace, stubs)

    async def drop(self, name: str) -> None:
        """Delete one by its name. Raises ControlError if there is none."""
        await asyncio.to_thread(self._sync.drop, name)

    async def clear(self) -> None:
        """Delete all stubs."""
        await asyncio.to_thread(self._sync.clear)


class AsyncStub:
    """A created stub."""

    def __init__(self, sync: Stub) -> None:
        self._sync = sync

    @property
    def name(self) -> str:
        return self._sync.name

    async def hits(self) -> int:
        """How often it responded."""
        return await asyncio.to_thread(lambda: self._sync.hits)

    async def drop(self) -> None:
        """Delete the stub."""
        await asyncio.to_thread(self._sync.drop)


class AsyncDeliveries(AsyncRows[Delivery]):
    """The deliveries of a tenant, oldest first."""

    _sync: Deliveries

    def __init__(self, sync: Deliveries) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[DeliveryWords]) -> list[Delivery]:
        """The notifications that match: `bookings.deliveries(status="failed")`."""
        return await asyncio.to_thread(self._sync, **filters)

    async def settle(self, *, timeout: float = 30.0) -> None:
        """Wait until all current deliveries are settled; on a frozen clock retries run at once. Raises TimeoutError."""
        await asyncio.to_thread(self._sync.settle, timeout=timeout)

    async def redeliver(self, id_: str) -> Delivery:
        """Send a notification again; returns the new delivery."""
        return await asyncio.to_thread(self._sync.redeliver, id_)


class AsyncSubscriptions(AsyncRows[Subscription]):
    """The webhooks of a tenant's connector."""

    _sync: Subscriptions

    def __init__(self, sync: Subscriptions) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[SubscriptionWords]) -> list[Subscription]:
        """The subscriptions that match: `bookings.subscriptions(business=…)`."""
        return await asyncio.to_thread(self._sync, **filters)


class AsyncSnapshot:
    """A saved state of a tenant, without the journal; it can be restored any number of times."""

    def __init__(self, sync: Snapshot) -> None:
        self._sync = sync

    @property
    def name(self) -> str:
        return self._sync.name

    async def restore(self) -> None:
        """Restore that state."""
        await asyncio.to_thread(self._sync.restore)

    async def drop(self) -> None:
        """Delete the snapshot."""
        await asyncio.to_thread(self._sync.drop)


class AsyncReceiver:
    """A webhook receiver on a free port; every path accepts notifications. Responds with 200 by default."""

    def __init__(self, sync: Receiver) -> None:
        self._sync = sync

    @property
    def url(self) -> str:
        return self._sync.url

    @property
    def notifications(self) -> list[Notification]:
        return self._sync.notifications

    async def answer(self, status: int, *, times: int | None = None, body: Any = None, **headers: str) -> None:
        """Respond to the next `times` notifications like this, by default to all; `retry_after="1"` is a header."""
        await asyncio.to_thread(self._sync.answer, status, times=times, body=body, **headers)

    async def wait(self, count: int = 1, *, timeout: float = 5.0) -> list[Notification]:
        """Wait until at least `count` notifications have arrived, and return all of them. Raises TimeoutError."""
        return await asyncio.to_thread(self._sync.wait, count, timeout=timeout)

    async def clear(self) -> None:
        """Forget the notifications so far."""
        await asyncio.to_thread(self._sync.clear)

    async def close(self) -> None:
        """Stop listening."""
        await asyncio.to_thread(self._sync.close)


class AsyncEvents:
    """The events of a tenant as they happen, from its creation, or after the event with the given `id`."""

    def __init__(self, sync: Events) -> None:
        self._sync = sync

    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> StreamEvent:
        found = await asyncio.to_thread(next, self._sync, None)
        if found is None:
            raise StopAsyncIteration
        return found

    async def close(self) -> None:
        """Stop following."""
        await asyncio.to_thread(self._sync.close)


class AsyncAdder:
    """Adds records to a tenant directly: nobody is notified, no business rule is checked, no request is recorded."""

    def __init__(self, sync: Adder) -> None:
        self._sync = sync

    async def business(self, name: str, **members: Any) -> AsyncBusinessBuilder:
        """A new business; `members` are those of Graph: `businessType="Dentist"`."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.business, name, **members))

    async def to(self, business: str) -> AsyncBusinessBuilder:
        """Adds to an existing business, by its name or id. Raises ControlError."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.to, business))


class AsyncBusinessBuilder:
    """Adds records to one business, one after the other; `id` is the business, `ids` the added records by name."""

    def __init__(self, sync: BusinessBuilder) -> None:
        self._sync = sync

    @property
    def id(self) -> str:
        return self._sync.id

    @property
    def ids(self) -> dict[str, str]:
        return self._sync.ids

    @property
    def appointments(self) -> list[str]:
        return self._sync.appointments

    async def records(self) -> NamedBusiness:
        """The business in its current state, to look records up by name."""
        return await asyncio.to_thread(lambda: self._sync.records)

    async def service(
        self, name: str, *, minutes: float = 30, price: float | None = None, **members: Any
    ) -> AsyncBusinessBuilder:
        """A service of that many minutes, with a fixed price if you pass one."""
        return AsyncBusinessBuilder(
            await asyncio.to_thread(self._sync.service, name, minutes=minutes, price=price, **members)
        )

    async def staff(
        self, name: str, email: str | None = None, *, role: str = "administrator", **members: Any
    ) -> AsyncBusinessBuilder:
        """A staff member; by default the address is derived from the name."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.staff, name, email, role=role, **members))

    async def customer(self, name: str, email: str | None = None, **members: Any) -> AsyncBusinessBuilder:
        """A customer."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.customer, name, email, **members))

    async def question(self, text: str, *options: str, **members: Any) -> AsyncBusinessBuilder:
        """A custom question; if there are options, the answer is one of them."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.question, text, *options, **members))

    async def appointment(
        self,
        *,
        at: datetime | str,
        customer: str | None = None,
        service: str | None = None,
        staff: str | None = None,
        zone: str = "UTC",
        **members: Any,
    ) -> AsyncBusinessBuilder:
        """An appointment from `at` (a datetime, or text such as `2026-01-12T10:00`) as long as the service.

        `service` and `staff` are names; default: the newest of each. `customer` is the name or address of an existing
        customer; an unknown address becomes a new customer. A datetime without a time zone is in `zone`.
        """
        return AsyncBusinessBuilder(
            await asyncio.to_thread(
                self._sync.appointment, at=at, customer=customer, service=service, staff=staff, zone=zone, **members
            )
        )


class AsyncClient:
    """One tenant of a running emulator. Raises ControlError if the control plane refuses a request."""

    def __init__(self, sync: Client) -> None:
        self._sync = sync

    @classmethod
    def at(cls, url: str = URL, *, key: str | None = None, ca: str | Path | None = None) -> AsyncClient:
        """A client of its own of the emulator at a URL, as `Client` makes it."""
        return cls(Client(url, key=key, ca=ca))

    @cached_property
    def graph(self) -> httpx.AsyncClient:
        """An httpx.AsyncClient of Graph v1.0; every call carries a new `token()`, unless it brings a header."""
        import httpx

        async def sign(request: httpx.Request) -> None:
            if "authorization" not in request.headers:
                request.headers.update(await self.headers())

        hooks: dict[str, list[Callable[..., Any]]] = {"request": [sign]}
        verify: bool | ssl.SSLContext = self._sync.trust()
        transport = self._sync.async_transport if self._sync.is_in_process else None
        return httpx.AsyncClient(
            base_url=self.graph_url, event_hooks=hooks, trust_env=False, verify=verify, transport=transport
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        return self._sync.url

    @property
    def persona(self) -> str | None:
        return self._sync.persona

    @property
    def graph_url(self) -> str:
        return self._sync.graph_url

    @property
    def beta_url(self) -> str:
        return self._sync.beta_url

    @property
    def connector_url(self) -> str:
        return self._sync.connector_url

    @property
    def page_url(self) -> str:
        return self._sync.page_url

    @property
    def is_closed(self) -> bool:
        return self._sync.is_closed

    @property
    def app(self) -> Asgi:
        return self._sync.app

    @property
    def transport(self) -> Transport:
        return self._sync.transport

    @property
    def async_transport(self) -> AsyncTransport:
        return self._sync.async_transport

    @property
    def clock(self) -> AsyncClock:
        return AsyncClock(self._sync.clock)

    @property
    def journal(self) -> AsyncJournal:
        return AsyncJournal(self._sync.journal)

    @property
    def outbox(self) -> AsyncOutbox:
        return AsyncOutbox(self._sync.outbox)

    @property
    def quirks(self) -> AsyncRows[QuirkRow]:
        return AsyncRows(self._sync.quirks)

    @property
    def personas(self) -> AsyncRows[PersonaRow]:
        return AsyncRows(self._sync.personas)

    @property
    def device_codes(self) -> AsyncDeviceCodes:
        return AsyncDeviceCodes(self._sync.device_codes)

    @property
    def faults(self) -> AsyncFaults:
        return AsyncFaults(self._sync.faults)

    @property
    def stubs(self) -> AsyncStubs:
        return AsyncStubs(self._sync.stubs)

    @property
    def scenarios(self) -> AsyncRows[ScenarioRow]:
        return AsyncRows(self._sync.scenarios)

    @property
    def businesses(self) -> AsyncRows[BusinessRow]:
        return AsyncRows(self._sync.businesses)

    @property
    def troubleshooting(self) -> AsyncSymptoms:
        return AsyncSymptoms(self._sync.troubleshooting)

    @property
    def deliveries(self) -> AsyncDeliveries:
        return AsyncDeliveries(self._sync.deliveries)

    @property
    def subscriptions(self) -> AsyncSubscriptions:
        return AsyncSubscriptions(self._sync.subscriptions)

    async def index(self) -> dict[str, Any]:
        """The emulator's description of itself: all URLs, the fixtures and the seed."""
        return await asyncio.to_thread(lambda: self._sync.index)

    async def version(self) -> str:
        """The version of the running emulator."""
        return await asyncio.to_thread(lambda: self._sync.version)

    async def is_ready(self) -> bool:
        """Whether it responds yet; needs no key."""
        return await asyncio.to_thread(self._sync.is_ready)

    async def name(self) -> str:
        """The name of the tenant."""
        return await asyncio.to_thread(lambda: self._sync.name)

    async def id(self) -> str:
        """The GUID of the tenant, which its tokens carry as `tid`."""
        return await asyncio.to_thread(lambda: self._sync.id)

    async def authority(self) -> str:
        """The URL where sign-in libraries get tokens for this tenant: https if it is served, as most libraries require.

        The file that they must trust is then `index["ca"]`.
        """
        return await asyncio.to_thread(lambda: self._sync.authority)

    async def token(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> str:
        """A bearer token of a persona as the identity platform would issue it now; default: the persona of the test.

        `wanted` are `audience="connector"`, `permissions=[…]`, `lifetime="PT10M"`, `wrong="expired"` and similar. If
        there is no persona, the token is a string that stands for `anyone`, who may do everything.
        """
        return await asyncio.to_thread(self._sync.token, persona, **wanted)

    async def headers(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> dict[str, str]:
        """The header that sends a request as that persona, with the token of `token(persona, …)`."""
        return await asyncio.to_thread(self._sync.headers, persona, **wanted)

    async def revoke(self, persona: str) -> None:
        """End the sessions of a persona: its tokens get a claims challenge, its refresh tokens stop working."""
        await asyncio.to_thread(self._sync.revoke, persona)

    async def certificate(self, persona: str) -> str:
        """Private key and certificate of an application as one PEM, to sign in with instead of a secret."""
        return await asyncio.to_thread(self._sync.certificate, persona)

    async def ca(self) -> str:
        """The certificate authority of https, as PEM. Raises ControlError if https is not served."""
        return await asyncio.to_thread(self._sync.ca)

    async def events(
        self,
        *,
        kind: str | None = None,
        timeout: float | None = 10.0,
        after: str | None = None,
        **match: Unpack[CriteriaSince],
    ) -> AsyncEvents:
        """Events from now on, as they happen: `for event in bookings.events(kind="delivery")`.

        `kind` is exchange, event, message, delivery, fault, clock or reset, or several separated by commas. The
        criteria are those of the journal and limit the events to matching exchanges and what they caused. The iterator
        raises TimeoutError if nothing happens for `timeout` seconds, None for no limit; `with` or `close` end it.
        `after` is the `id` of an event to continue after.
        """
        return AsyncEvents(await asyncio.to_thread(self._sync.events, kind=kind, timeout=timeout, after=after, **match))

    async def quirk(self, name: QuirkName, value: Any = True) -> QuirkRow:
        """Switch a quirk by its id or number."""
        return await asyncio.to_thread(self._sync.quirk, name, value)

    async def tenant_settings(self, **given: bool) -> dict[str, bool]:
        """Change settings for the tenant's pages (`BookingsNotesEntryRestricted=True`), and return all of them."""
        return await asyncio.to_thread(self._sync.tenant_settings, **given)

    async def reset(self) -> None:
        """Reset the tenant to its starting state: records, clock, ids, quirks, journal and everything else."""
        await asyncio.to_thread(self._sync.reset)

    async def snapshot(self, name: str | None = None) -> AsyncSnapshot:
        """Save the current state: `kept = bookings.snapshot()`, and later `kept.restore()`."""
        return AsyncSnapshot(await asyncio.to_thread(self._sync.snapshot, name))

    async def snapshots(self) -> list[AsyncSnapshot]:
        """All snapshots, oldest first."""
        return [AsyncSnapshot(each) for each in await asyncio.to_thread(self._sync.snapshots)]

    @property
    def add(self) -> AsyncAdder:
        """Adds records: `bookings.add.business("Fourth Coffee").service("Tasting", minutes=45).staff("Ann")`."""
        return AsyncAdder(self._sync.add)

    async def business(self, name: str) -> NamedBusiness:
        """A business with its records, by name or id: `business("Contoso Dental").service("Check-up").id`.

        It shows the current state of the tenant. Raises ControlError for an unknown name, with the known names.
        """
        return await asyncio.to_thread(self._sync.business, name)

    async def state(self, version: str | None = None) -> dict[str, Any]:
        """All businesses with all their records, as a fixture; `"beta"` also includes what only beta has."""
        return await asyncio.to_thread(self._sync.state, version)

    async def replace(self, fixture: Path | dict[str, Any]) -> None:
        """Replace all businesses with those of a fixture; `reset` restores the starting state."""
        await asyncio.to_thread(self._sync.replace, fixture)

    async def load(self, scenario: Given) -> None:
        """Put the tenant into the starting state of a scenario, by name or from your file; `reset` returns to it."""
        await asyncio.to_thread(self._sync.load, scenario)

    async def play(self, scenario: Given, *, keep: bool = False) -> dict[str, Any]:
        """Play a scenario in a tenant created for it; returns its `result` and the outcome of each of its `steps`.

        With `keep` that tenant stays, and `tenant` is its name.
        """
        return await asyncio.to_thread(self._sync.play, scenario, keep=keep)

    async def show_business(self, id_: str) -> dict[str, Any]:
        """A business with its services, staff, customers and questions; unlike a Graph request, it is not recorded."""
        return await asyncio.to_thread(self._sync.show_business, id_)

    async def calendar(self, business: str, start: str, end: str) -> dict[str, Any]:
        """The appointments of a business in a period, and the open, taken and free times of its staff."""
        return await asyncio.to_thread(self._sync.calendar, business, start, end)

    async def scenario(self, name: str) -> dict[str, Any]:
        """A complete built-in scenario, as its file would be in JSON: change it, then `load` it."""
        return await asyncio.to_thread(self._sync.scenario, name)

    async def fault(self, preset: str | None = None, **words: Unpack[FaultWords]) -> AsyncFault:
        """Make requests fail: `fault("throttled")`, or `fault(operation="create*", status=503, first=2)`.

        The arguments are those of a rule's match, effect and schedule together (`for` is `for_`).
        """
        return AsyncFault(await asyncio.to_thread(self._sync.fault, preset, **words))

    async def stub(self, request: str, **words: Unpack[StubWords]) -> AsyncStub:
        """Respond to a request outside Bookings: `stub("GET /me/messages", body={"value": []})`.

        `request` is a method and a path below the version, with placeholders: `POST /users/{id}/messages`. Strings in
        `body` and `headers` can contain them, and `{caller.name}`, `{caller.upn}` and `{caller.id}`. `query` and
        `match` (JSON that the body must contain) limit the requests, `permissions` the callers, and
        `times` how often it responds before an older stub does. Raises ControlError.
        """
        return AsyncStub(await asyncio.to_thread(self._sync.stub, request, **words))

    async def receiver(self) -> AsyncReceiver:
        """A local web server that receives notifications; it is closed with this client.

        `bookings.subscribe(business, "Created", receiver.url)` makes the connector send notifications there.
        """
        return AsyncReceiver(await asyncio.to_thread(self._sync.receiver))

    async def subscribe(self, business: str, change: Change, url: str) -> str:
        """Make the connector notify a URL of `Created`, `Updated` or `Deleted` appointments; returns the webhook's id.

        Raises ControlError for another change, or with the plain reason if the connector refuses it.
        """
        return await asyncio.to_thread(self._sync.subscribe, business, change, url)

    async def unsubscribe(self, business: str, webhook: str) -> None:
        """End a subscription of the connector, by the id that `subscribe` returned.

        Raises ControlError with the plain reason if the connector refuses it.
        """
        await asyncio.to_thread(self._sync.unsubscribe, business, webhook)

    async def tenant(self, fixture: Given | Sequence[Given] | None = None, **given: Unpack[TenantWords]) -> AsyncClient:
        """A new tenant, isolated from all others; it is deleted with this one, or closed with this client.

        `fixture` is a name, your .json or .toml file, the content of one, or a list of these. Files are read here.
        `given` are `scenario` (a name or your file), `persona` (the caller), `now`, `seed`, `quirks`, `faults` (rules,
        or names of presets), `auth`, `deliver_to` (hosts that notifications are sent to), `name` and `domain`. A reset
        restores all of it.
        """
        return AsyncClient(await asyncio.to_thread(self._sync.tenant, fixture, **given))

    async def tenants(self) -> list[str]:
        """The names of all tenants."""
        return await asyncio.to_thread(self._sync.tenants)

    async def drop(self) -> None:
        """Delete the tenant and everything in it, with the tenants created through it, and close this client."""
        await asyncio.to_thread(self._sync.drop)

    async def close(self) -> None:
        """Close receivers and connections, including those of tenants created through this one; the tenants stay."""
        await asyncio.to_thread(self._sync.close)
