"""The client for asynchronous tests: what `Client` has, awaited; written from its source by docs/build.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Unpack

from bookings_emulator.client.builder import Adder, BusinessBuilder
from bookings_emulator.client.callers import DeviceCode, DeviceCodes, PersonaRow
from bookings_emulator.client.client import URL, Asgi, Client
from bookings_emulator.client.clock import Clock
from bookings_emulator.client.deliveries import Deliveries, Delivery, Subscription, Subscriptions
from bookings_emulator.client.events import Events, StreamEvent
from bookings_emulator.client.faults import Fault, FaultRow, Faults, OperationRow, PresetRow, ProblemRow
from bookings_emulator.client.journal import Exchange, Journal, Note, Permissions
from bookings_emulator.client.named_records import NamedBusiness
from bookings_emulator.client.receiver import Notification, Receiver
from bookings_emulator.client.rows import (
    BusinessRow,
    Message,
    Outbox,
    QuirkRow,
    Row,
    Rows,
    ScenarioRow,
    StubRow,
    SymptomRow,
    Symptoms,
)
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
    """The time of a tenant. Moments are datetimes with a zone or text such as `2026-01-05T08:00:00Z`."""

    def __init__(self, sync: Clock) -> None:
        self._sync = sync

    async def mode(self) -> str:
        """`real`, `offset` or `frozen`."""
        return await asyncio.to_thread(lambda: self._sync.mode)

    async def now(self) -> datetime:
        """The present moment of the tenant, in UTC."""
        return await asyncio.to_thread(self._sync.now)

    async def freeze(self, moment: datetime | str | None = None) -> datetime:
        """Stop at a moment, the present one if none is given."""
        return await asyncio.to_thread(self._sync.freeze, moment)

    async def set(self, moment: datetime | str) -> datetime:
        """Go on from a moment."""
        return await asyncio.to_thread(self._sync.set, moment)

    async def release(self) -> datetime:
        """Go with the real time again."""
        return await asyncio.to_thread(self._sync.release)

    async def advance(
        self, by: timedelta | str | None = None, *, to: datetime | str | None = None, **parts: Unpack[LengthWords]
    ) -> datetime:
        """Move on `by` a length (a timedelta, or `P1D`), `to` a moment, or by `days=1, hours=2`; do what falls due.

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
    """The messages that would have been sent, and the reminders that wait."""

    _sync: Outbox

    def __init__(self, sync: Outbox) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[OutboxWords]) -> list[Message]:
        """The messages that match: `bookings.outbox(kind="confirmation", to="adelev@contoso.com")`."""
        return await asyncio.to_thread(self._sync, **filters)


class AsyncSymptoms(AsyncRows[SymptomRow]):
    """What is seen where something goes wrong, why, and what to do."""

    _sync: Symptoms

    def __init__(self, sync: Symptoms) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[SymptomWords]) -> list[SymptomRow]:
        """Those of a refusal: `bookings.troubleshooting(problem="bk.unknown")`."""
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

        One that is over already is enough, since tests in Python mostly call first and wait then; unlike
        `GET /_emulator/journal/wait`, which takes what comes from now on. Only those after the number `since` count:
        `since=bookings.journal[-1]["number"]` waits for the next one. Raises TimeoutError, which tells the near misses.
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
        """How many exchanges match; one at least is right unless told otherwise.

        Raises AssertionError, which tells the near misses, and whether the journal had to drop what might have matched.
        """
        return await asyncio.to_thread(
            self._sync.verify, exactly=exactly, at_least=at_least, at_most=at_most, never=never, **match
        )

    async def exchange(self, number: int) -> Exchange:
        """One exchange by its number, which counts from 1. Raises ControlError where it is not kept."""
        return await asyncio.to_thread(self._sync.exchange, number)

    async def notes(self, *, kind: NoteKind | None = None, persona: str | None = None) -> list[Note]:
        """What clients did that works here and may not work there: `assert not bookings.journal.notes()`."""
        return await asyncio.to_thread(self._sync.notes, kind=kind, persona=persona)

    async def permissions(self, **match: Unpack[CriteriaSince]) -> Permissions:
        """The least permissions that the calls made would need: `permissions()["application"]["least"]`."""
        return await asyncio.to_thread(self._sync.permissions, **match)

    async def har(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a HAR 1.2 document, secrets masked."""
        return await asyncio.to_thread(self._sync.har, **match)

    async def scenario(self, **match: Unpack[CriteriaSince]) -> dict[str, Any]:
        """The exchanges as a scenario file in JSON: what was asked, and what was answered."""
        return await asyncio.to_thread(self._sync.scenario, **match)

    async def clear(self) -> None:
        """Forget what it holds; the numbers go on."""
        await asyncio.to_thread(self._sync.clear)


class AsyncDeviceCodes(AsyncRows[DeviceCode]):
    """The devices that wait for a person, by the code they show."""

    _sync: DeviceCodes

    def __init__(self, sync: DeviceCodes) -> None:
        super().__init__(sync)

    async def sign_in(self, user_code: str, persona: str) -> None:
        """Answer a device as that persona, a person; the client behind it has its tokens with its next poll."""
        await asyncio.to_thread(self._sync.sign_in, user_code, persona)

    async def decline(self, user_code: str) -> None:
        """Answer a device with no."""
        await asyncio.to_thread(self._sync.decline, user_code)


class AsyncFaults(AsyncRows[FaultRow]):
    """The faults of a tenant in the order in which they are tried, and what faults can be made of."""

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
        """Drop one fault by its id."""
        await asyncio.to_thread(self._sync.drop, id_)

    async def clear(self) -> None:
        """Drop all faults."""
        await asyncio.to_thread(self._sync.clear)


class AsyncFault:
    """A fault that was made; a preset may be several, which count together."""

    def __init__(self, sync: Fault) -> None:
        self._sync = sync

    @property
    def ids(self) -> list[str]:
        return self._sync.ids

    async def rows(self) -> list[FaultRow]:
        """What there is of it now, with its counters."""
        return await asyncio.to_thread(lambda: self._sync.rows)

    async def matched(self) -> int:
        """How many calls it was for."""
        return await asyncio.to_thread(lambda: self._sync.matched)

    async def fired(self) -> int:
        """How many calls it has hurt."""
        return await asyncio.to_thread(lambda: self._sync.fired)

    async def drop(self) -> None:
        """Let it hurt nothing more."""
        await asyncio.to_thread(self._sync.drop)


class AsyncStubs(AsyncRows[StubRow]):
    """The stubs of a tenant, oldest first."""

    _sync: Stubs

    def __init__(self, sync: Stubs) -> None:
        super().__init__(sync)

    async def replace(self, stubs: Iterable[Mapping[str, Any]]) -> None:
        """Have these and no others, each as `stub` takes it: `{"request": "GET /me/messages", "body": {…}}`."""
        await asyncio.to_thread(self._sync.replace, stubs)

    async def drop(self, name: str) -> None:
        """Drop one by its name. Raises ControlError if there is none."""
        await asyncio.to_thread(self._sync.drop, name)

    async def clear(self) -> None:
        """Drop all."""
        await asyncio.to_thread(self._sync.clear)


class AsyncStub:
    """A stub that was made."""

    def __init__(self, sync: Stub) -> None:
        self._sync = sync

    @property
    def name(self) -> str:
        return self._sync.name

    async def hits(self) -> int:
        """How often it answered."""
        return await asyncio.to_thread(lambda: self._sync.hits)

    async def drop(self) -> None:
        """Answer nothing more."""
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
        """Wait until all deliveries of the moment are settled; retries of a frozen clock are made at once.

        Raises TimeoutError.
        """
        await asyncio.to_thread(self._sync.settle, timeout=timeout)

    async def redeliver(self, id_: str) -> Delivery:
        """Send a notification once more; the new delivery."""
        return await asyncio.to_thread(self._sync.redeliver, id_)


class AsyncSubscriptions(AsyncRows[Subscription]):
    """The webhooks of a tenant's connector."""

    _sync: Subscriptions

    def __init__(self, sync: Subscriptions) -> None:
        super().__init__(sync)

    async def __call__(self, **filters: Unpack[SubscriptionWords]) -> list[Subscription]:
        """Those that match: `bookings.subscriptions(business=…)`."""
        return await asyncio.to_thread(self._sync, **filters)


class AsyncSnapshot:
    """Everything of a tenant as it was, but for the journal; it can be restored any number of times."""

    def __init__(self, sync: Snapshot) -> None:
        self._sync = sync

    @property
    def name(self) -> str:
        return self._sync.name

    async def restore(self) -> None:
        """Put the tenant back to that state."""
        await asyncio.to_thread(self._sync.restore)

    async def drop(self) -> None:
        """Forget it."""
        await asyncio.to_thread(self._sync.drop)


class AsyncReceiver:
    """A webhook receiver on a free port of this machine; every path takes notifications. Answers 200 unless told."""

    def __init__(self, sync: Receiver) -> None:
        self._sync = sync

    @property
    def url(self) -> str:
        return self._sync.url

    @property
    def notifications(self) -> list[Notification]:
        return self._sync.notifications

    async def answer(self, status: int, *, times: int | None = None, body: Any = None, **headers: str) -> None:
        """Answer the next `times` notifications like this, all if no number is given; `retry_after="1"` is a header."""
        await asyncio.to_thread(self._sync.answer, status, times=times, body=body, **headers)

    async def wait(self, count: int = 1, *, timeout: float = 5.0) -> list[Notification]:
        """Wait until at least `count` notifications have come, and give all of them. Raises TimeoutError."""
        return await asyncio.to_thread(self._sync.wait, count, timeout=timeout)

    async def clear(self) -> None:
        """Forget what has come."""
        await asyncio.to_thread(self._sync.clear)

    async def close(self) -> None:
        """Stop listening."""
        await asyncio.to_thread(self._sync.close)


class AsyncEvents:
    """What happens in a tenant from when this was made, or after the place of an `id`, as it happens."""

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
        """Follow it no longer."""
        await asyncio.to_thread(self._sync.close)


class AsyncAdder:
    """Adds records to a tenant: they are simply there; nobody is told, no business rule is asked, no call is noted."""

    def __init__(self, sync: Adder) -> None:
        self._sync = sync

    async def business(self, name: str, **members: Any) -> AsyncBusinessBuilder:
        """A new business; `members` are those of Graph: `businessType="Dentist"`."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.business, name, **members))

    async def to(self, business: str) -> AsyncBusinessBuilder:
        """What adds to a business that is there, by its name or id. Raises ControlError."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.to, business))


class AsyncBusinessBuilder:
    """Adds to one business, one after the other; `id` is the business, `ids` what was added by name."""

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
        """The business as it is now, to look things up by name."""
        return await asyncio.to_thread(lambda: self._sync.records)

    async def service(
        self, name: str, *, minutes: float = 30, price: float | None = None, **members: Any
    ) -> AsyncBusinessBuilder:
        """A service of so many minutes, at a fixed price if one is given."""
        return AsyncBusinessBuilder(
            await asyncio.to_thread(self._sync.service, name, minutes=minutes, price=price, **members)
        )

    async def staff(
        self, name: str, email: str | None = None, *, role: str = "administrator", **members: Any
    ) -> AsyncBusinessBuilder:
        """A member of staff; without an address one is made of the name."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.staff, name, email, role=role, **members))

    async def customer(self, name: str, email: str | None = None, **members: Any) -> AsyncBusinessBuilder:
        """A customer."""
        return AsyncBusinessBuilder(await asyncio.to_thread(self._sync.customer, name, email, **members))

    async def question(self, text: str, *options: str, **members: Any) -> AsyncBusinessBuilder:
        """A custom question; with options, one of these is the answer."""
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
        """An appointment from `at` (a datetime, or text such as `2026-01-12T10:00`) for as long as the service lasts.

        `service` and `staff` are names; without one it is the newest of each. `customer` is a name or an address of a
        customer that is there; an address of nobody becomes a new customer. A datetime without zone is in `zone`.
        """
        return AsyncBusinessBuilder(
            await asyncio.to_thread(
                self._sync.appointment, at=at, customer=customer, service=service, staff=staff, zone=zone, **members
            )
        )


class AsyncClient:
    """One tenant of a running emulator. Raises ControlError where the control plane refuses a call."""

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
        """What the emulator says of itself: every URL, the fixtures and the seed."""
        return await asyncio.to_thread(lambda: self._sync.index)

    async def version(self) -> str:
        """The version of the emulator that answers."""
        return await asyncio.to_thread(lambda: self._sync.version)

    async def is_ready(self) -> bool:
        """Whether it answers already; needs no key."""
        return await asyncio.to_thread(self._sync.is_ready)

    async def name(self) -> str:
        """The name of the tenant."""
        return await asyncio.to_thread(lambda: self._sync.name)

    async def id(self) -> str:
        """The GUID of the tenant, which its tokens carry as `tid`."""
        return await asyncio.to_thread(lambda: self._sync.id)

    async def authority(self) -> str:
        """Where sign-in libraries get their tokens, for this tenant: by https where that is served, as most want it.

        What they must trust is then the file `index["ca"]`.
        """
        return await asyncio.to_thread(lambda: self._sync.authority)

    async def token(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> str:
        """A bearer token of a persona, the one given or else that of the test, as the identity platform issues it now.

        `wanted` are `audience="connector"`, `permissions=[…]`, `lifetime="PT10M"` and `wrong="expired"` and the like.
        Where no persona is named it is a text that stands for `anyone`, who may do everything.
        """
        return await asyncio.to_thread(self._sync.token, persona, **wanted)

    async def headers(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> dict[str, str]:
        """The header that makes a request one of that persona, with a token of `token(persona, …)`."""
        return await asyncio.to_thread(self._sync.headers, persona, **wanted)

    async def revoke(self, persona: str) -> None:
        """End the sessions of a persona: its tokens meet a claims challenge, its refresh tokens are gone."""
        await asyncio.to_thread(self._sync.revoke, persona)

    async def certificate(self, persona: str) -> str:
        """Private key and certificate of an application as one PEM, to sign in with in the place of a secret."""
        return await asyncio.to_thread(self._sync.certificate, persona)

    async def ca(self) -> str:
        """The certificate authority of https, as PEM. Raises ControlError where https is not served."""
        return await asyncio.to_thread(self._sync.ca)

    async def events(
        self,
        *,
        kind: str | None = None,
        timeout: float | None = 10.0,
        after: str | None = None,
        **match: Unpack[CriteriaSince],
    ) -> AsyncEvents:
        """What happens from now on, as it happens: `for event in bookings.events(kind="delivery")`.

        `kind` is exchange, event, message, delivery, fault, clock or reset, or several with commas; the criteria are
        those of the journal, and narrow it to exchanges that match and to what these caused. The iterator raises
        TimeoutError where nothing happens for `timeout` seconds, None for ever; `with` or `close` end it. `after` is
        the `id` of one to go on behind.
        """
        return AsyncEvents(await asyncio.to_thread(self._sync.events, kind=kind, timeout=timeout, after=after, **match))

    async def quirk(self, name: QuirkName, value: Any = True) -> QuirkRow:
        """Switch a quirk, by its id or number."""
        return await asyncio.to_thread(self._sync.quirk, name, value)

    async def tenant_settings(self, **given: bool) -> dict[str, bool]:
        """The settings of the tenant that change its pages, after those given: `BookingsNotesEntryRestricted=True`."""
        return await asyncio.to_thread(self._sync.tenant_settings, **given)

    async def reset(self) -> None:
        """Put the tenant back to what it started from: records, clock, ids, quirks, journal and all else."""
        await asyncio.to_thread(self._sync.reset)

    async def snapshot(self, name: str | None = None) -> AsyncSnapshot:
        """Keep everything as it is now: `kept = bookings.snapshot()`, and later `kept.restore()`."""
        return AsyncSnapshot(await asyncio.to_thread(self._sync.snapshot, name))

    async def snapshots(self) -> list[AsyncSnapshot]:
        """All snapshots that are kept, oldest first."""
        return [AsyncSnapshot(each) for each in await asyncio.to_thread(self._sync.snapshots)]

    @property
    def add(self) -> AsyncAdder:
        """Adds records: `bookings.add.business("Fourth Coffee").service("Tasting", minutes=45).staff("Ann")`."""
        return AsyncAdder(self._sync.add)

    async def business(self, name: str) -> NamedBusiness:
        """A business by its name or id, with what is in it: `business("Contoso Dental").service("Check-up").id`.

        It is as the tenant has it now. Raises ControlError for a name that there is not, with those there are.
        """
        return await asyncio.to_thread(self._sync.business, name)

    async def state(self, version: str | None = None) -> dict[str, Any]:
        """All businesses with all that is in them, as a fixture; `"beta"` also tells what only beta has."""
        return await asyncio.to_thread(self._sync.state, version)

    async def replace(self, fixture: Path | dict[str, Any]) -> None:
        """Put the businesses of a fixture in the place of all there are; `reset` brings back what was at the start."""
        await asyncio.to_thread(self._sync.replace, fixture)

    async def load(self, scenario: Given) -> None:
        """Put the tenant into what a scenario gives, by its name or a file of yours; `reset` comes back to it."""
        await asyncio.to_thread(self._sync.load, scenario)

    async def play(self, scenario: Given, *, keep: bool = False) -> dict[str, Any]:
        """Play a scenario in a tenant made for it: its `result`, and of each of its `steps` what came of it.

        With `keep` that tenant stays, and `tenant` is its name.
        """
        return await asyncio.to_thread(self._sync.play, scenario, keep=keep)

    async def show_business(self, id_: str) -> dict[str, Any]:
        """A business with its services, staff, customers and questions; unlike Graph it makes no exchange."""
        return await asyncio.to_thread(self._sync.show_business, id_)

    async def calendar(self, business: str, start: str, end: str) -> dict[str, Any]:
        """The appointments of a business in a span, and when each member of its staff is open, taken and free."""
        return await asyncio.to_thread(self._sync.calendar, business, start, end)

    async def scenario(self, name: str) -> dict[str, Any]:
        """A scenario that comes along, whole, as its file would be in JSON: change it, then `load` it."""
        return await asyncio.to_thread(self._sync.scenario, name)

    async def fault(self, preset: str | None = None, **words: Unpack[FaultWords]) -> AsyncFault:
        """Let calls go wrong: `fault("throttled")`, or `fault(operation="create*", status=503, first=2)`.

        The words are those of a rule's match, effect and schedule together (`for` is `for_`).
        """
        return AsyncFault(await asyncio.to_thread(self._sync.fault, preset, **words))

    async def stub(self, request: str, **words: Unpack[StubWords]) -> AsyncStub:
        """Answer what your program calls of Graph beside Bookings: `stub("GET /me/messages", body={"value": []})`.

        `request` is a method and a path below the version, with placeholders: `POST /users/{id}/messages`. Texts of
        `body` and `headers` may name them, and `{caller.name}`, `{caller.upn}` and `{caller.id}`. `query` and `match`
        (JSON that the body must contain) narrow the calls, `permissions` those who may call. Raises ControlError.
        """
        return AsyncStub(await asyncio.to_thread(self._sync.stub, request, **words))

    async def receiver(self) -> AsyncReceiver:
        """A local web server that takes notifications; it is closed with this client.

        `bookings.subscribe(business, "Created", receiver.url)` has notifications sent there.
        """
        return AsyncReceiver(await asyncio.to_thread(self._sync.receiver))

    async def subscribe(self, business: str, change: Change, url: str) -> str:
        """Have the connector notify a URL of `Created`, `Updated` or `Deleted` appointments; the id of the webhook.

        Raises ControlError for another change, and with the plain reason where the connector refuses it.
        """
        return await asyncio.to_thread(self._sync.subscribe, business, change, url)

    async def unsubscribe(self, business: str, webhook: str) -> None:
        """End a subscription of the connector, by the id that `subscribe` gave.

        Raises ControlError with the plain reason where the connector refuses it.
        """
        await asyncio.to_thread(self._sync.unsubscribe, business, webhook)

    async def tenant(self, fixture: Given | Sequence[Given] | None = None, **given: Unpack[TenantWords]) -> AsyncClient:
        """A new tenant, isolated from all others; it is dropped with this one, or closed with this client.

        `fixture` is a name, a .json or .toml file of yours, what is in one, or several of these. Files are read here.
        `given` are `scenario` (a name, or a file of yours), `persona` (who calls), `now`, `seed`, `quirks`, `faults`
        (rules, or names of presets), `auth`, `name` and `domain`. A reset comes back to all of it.
        """
        return AsyncClient(await asyncio.to_thread(self._sync.tenant, fixture, **given))

    async def tenants(self) -> list[str]:
        """The names of all tenants."""
        return await asyncio.to_thread(self._sync.tenants)

    async def drop(self) -> None:
        """Forget the tenant and everything in it, with the tenants made through it, and close this client."""
        await asyncio.to_thread(self._sync.drop)

    async def close(self) -> None:
        """Close receivers and connections, also of the tenants made through this one; the tenants stay."""
        await asyncio.to_thread(self._sync.close)
