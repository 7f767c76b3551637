"""A tenant: everything that changes during a run; the only module that asks its clock and its dice.

Reset puts it back, in place, to what its fixtures say; the same seed, clock and calls give the same bytes.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from bookings_emulator.chance import Chance
from bookings_emulator.clock import Clock, real_now
from bookings_emulator.contract.quirks import Quirk, Quirks
from bookings_emulator.domain.outcome import Event
from bookings_emulator.domain.page_links import PageLinks
from bookings_emulator.events.deliveries import Deliveries
from bookings_emulator.events.journal import Journal
from bookings_emulator.events.outbox import Outbox
from bookings_emulator.events.relay import hand_on_to
from bookings_emulator.events.stream import Stream
from bookings_emulator.events.subscriptions import Subscription, Subscriptions
from bookings_emulator.events.telling import Moment, follow, occurrence_of
from bookings_emulator.faults import Faults
from bookings_emulator.ids import guid_of
from bookings_emulator.log import log_defect
from bookings_emulator.plantings import Ground, Planting, plantings
from bookings_emulator.settings import Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.memory import Store
from bookings_emulator.store.passcodes import Passcodes
from bookings_emulator.store.personas import Persona, read_personas, without_secrets
from bookings_emulator.store.seed import Fixture, PlantingContext, load_fixture, persona_rows, plant, plant_record
from bookings_emulator.store.sessions import Sessions
from bookings_emulator.store.tenant_settings import SettingError, TenantSettings
from bookings_emulator.stubs.state import Stubs


class Start(NamedTuple):
    """What a tenant starts from, and what a reset puts back."""

    fixtures: tuple[Fixture, ...]
    seed: int = 1
    frozen: datetime | None = None
    quirks: Mapping[str, Any] = {}
    subscriptions: tuple[Mapping[str, str], ...] = ()  # webhooks: business, change (Created, Updated, Deleted) and url
    faults: tuple[str | Mapping[str, Any], ...] = ()  # rules as POST /_emulator/faults takes them, or names of presets
    stubs: tuple[Mapping[str, Any], ...] = ()  # as POST /_emulator/stubs takes them; beside those of the fixtures
    auth: str | None = None  # the level of Settings.auth where it differs
    deliver_to: tuple[str, ...] = ()  # hosts that notifications are sent to, beside those of Settings.deliver_to


Saved = dict[str, Any]
_PLANTED = ("records", "ids", "outbox")  # the parts that planting fills
_UNTOUCHED = ("records", "outbox")  # those of them that stay as they are until the first call


class Part(Protocol):
    """One kind of state of a tenant, with the verbs that snapshots and resets are made of."""

    def save(self) -> Any:
        """All of it as a value that nothing changes any more."""
        ...

    def restore(self, saved: Any) -> None:
        """Become, in place, what `save` gave."""
        ...


class Tenant:
    """Everything that changes in one isolated tenant, started from fixtures.

    `settings` are those of the process, shared by all tenants. `name` is its word in URLs, `guid` what its tokens
    carry, `domain` its mail domain, often that of the fixture and so shared by several; `words` name no other tenant.
    """

    def __init__(
        self, start: Start, settings: Settings | None = None, *, name: str = "default", domain: str | None = None
    ) -> None:
        self.start = start
        self.settings = settings or Settings()
        self.name = name
        self.guid = guid_of("tenant", name)
        fixture_domain = next((each.domain for each in start.fixtures if each.domain), "contoso.onmicrosoft.com")
        self._given_domain = domain
        self.domain = domain or fixture_domain
        own = domain or (fixture_domain if name == "default" else f"{name}.onmicrosoft.com")
        self.words = (name, self.guid, own.lower())
        # another tenant of the process by its GUID, None for none and for itself; set by who keeps several
        self.find_other: Callable[[str], Tenant | None] = lambda word: None
        self.clock = Clock(start.frozen)
        self.chance = Chance(start.seed)
        self.quirks = Quirks(start.quirks)
        self.store = Store()
        self.find_root: Callable[[], str | None] = lambda: self.settings.public_url
        self.outbox = Outbox(self.quirks, self._find_mail_links)
        self.outbox.hand_on = hand_on_to(self.settings.smtp)
        self.sessions = Sessions(start.seed)
        self.passcodes = Passcodes()
        self.tenant_settings = TenantSettings()
        self.journal = Journal()
        self.subscriptions = Subscriptions()
        self.deliveries = Deliveries(lambda: self.callback_settings, self.clock)
        self.faults = Faults(self.clock.now, start.seed, lambda: self.personas, real_now)
        self.stream = Stream()
        self.personas: dict[str, Persona] = {}
        self.stubs = Stubs()
        # what a snapshot holds and a reset puts back; the journal is history, which only a reset empties
        self.parts: dict[str, Part] = {
            "records": self.store,
            "clock": self.clock,
            "ids": self.chance,
            "quirks": self.quirks,
            "outbox": self.outbox,
            "subscriptions": self.subscriptions,
            "deliveries": self.deliveries,
            "faults": self.faults,
            "stubs": self.stubs,
            "sessions": self.sessions,
            "passcodes": self.passcodes,
            "tenant_settings": self.tenant_settings,
        }
        self.snapshots: dict[str, Saved] = {}
        self._first: Saved = {}
        self._planted_at = self.clock.now()
        self._has_switched = False
        self._plant()
        follow(self.stream, self.journal, self.outbox, self.deliveries)

    @property
    def sign_in_domain(self) -> str:
        """The domain that leads to this tenant alone, as its GUID does; records may have addresses at another one."""
        return self.words[2]

    def find_links(self) -> PageLinks:
        """Where the tenant's booking pages are, for who calls."""
        return PageLinks(self.find_root(), lambda: str(self.quirks["public-url"]))

    def _find_mail_links(self) -> PageLinks:
        """The same for mails as of now: their links decide no answer, so no exchange names the quirk for them."""
        form = str(self.quirks.values_now["public-url"])
        return PageLinks(self.find_root(), lambda: form)

    @property
    def auth(self) -> str:
        """How bearer tokens are taken: `open`, `check` or `strict`."""
        return self.start.auth or self.settings.auth

    @property
    def callback_settings(self) -> Settings:
        """The settings, with the hosts that this tenant alone calls."""
        if not self.start.deliver_to:
            return self.settings
        return self.settings._replace(deliver_to=(*self.settings.deliver_to, *self.start.deliver_to))

    @property
    def version(self) -> tuple[int, int]:
        """Numbers that change with records and quirks, and never come back."""
        return self.store.version, self.quirks.version

    def rule_switches(self) -> Mapping[str, bool | str]:
        """The quirks as rules see them, which note what was read; that members approve first is a setting as well."""
        if self.tenant_settings["BookingsMembershipApprovalRequired"]:
            return ChainMap({"membership-approval": True}, self.quirks)  # type: ignore[arg-type]
        return self.quirks

    def reset(self) -> None:
        """Become, in place, what the tenant was when it was made. Takes no longer than copying the tables."""
        self.journal.clear()
        self.snapshots.clear()
        self.restore(self._first)
        self.faults.begin(self.start.faults)  # what ends after some time begins anew
        self._has_switched = False
        if self.clock.now() - self._planted_at >= timedelta(days=7):
            self.chance.restart(self.start.seed)
            self._plant()  # fixture times follow the calendar by whole weeks
        self.stream.begin_anew("start")

    def restart(self, start: Start) -> None:
        """Begin anew from something else. Raises FixtureError, and then nothing has changed."""
        fresh = Tenant(start, self.settings, name=self.name, domain=self._given_domain)
        self.start, self.domain, self.personas = start, fresh.domain, fresh.personas
        self._first, self._planted_at = fresh._first, fresh._planted_at
        self.faults.seed = start.seed
        self.reset()

    def save(self) -> Saved:
        """All state but the journal, as a value that nothing changes any more."""
        return {name: part.save() for name, part in self.parts.items()}

    def restore(self, saved: Saved) -> None:
        """Become, in place, what `save` gave."""
        for name, part in self.parts.items():
            part.restore(saved[name])
        if self._has_switched:
            self.store.forget_shown()  # rows that were not there when a quirk was switched know nothing of it

    def begin_export(self, version: str = "v1.0") -> tuple[dict[str, Any], Iterator[None]]:
        """A fixture of all there is at this moment, without its records yet, and what fills it, step by step."""
        from bookings_emulator.store.export import begin_export

        personas = without_secrets(persona_rows(self.start.fixtures, self.domain))
        settings = {"tenantSettings": self.tenant_settings.given} if self.tenant_settings.given else {}
        head = {"title": f"State of the tenant {self.name}", "domain": self.domain, "personas": personas}
        state, fill = begin_export(self.store, self.clock.now(), version)
        return {**head, **settings, **state}, fill

    def replace(self, fixture: Fixture) -> None:
        """Put the records of a fixture in the place of all there are. Raises FixtureError; then nothing has changed."""
        planted = self._planted([fixture])
        self.store.restore(planted)
        self.subscriptions.retain(self.store)
        self._plan()
        self.stream.tell("reset", {"to": "fixture"})

    def add_record(self, business: str | None, set_name: str, data: dict[str, Any]) -> Mapping[str, Any]:
        """Add a record that nobody booked: no event, no mail, and no business rule but those of its shape.

        Raises FixtureError; then nothing has changed.
        """
        now = self.clock.now()
        before = self.store.save()
        try:
            ground = PlantingContext(self.store, self.chance, now, self.domain, self.quirks)
            record = plant_record(ground, business, set_name, data)
        except FixtureError:
            self.store.restore(before)
            raise
        if set_name == "appointments" and record["reminders"]:
            found = self.store.business(business or "") or {}
            self.outbox.plan(Event("appointmentCreated", found, record), self.store, now)
        self.stream.tell("reset", {"to": "added record"})
        return record

    def set_quirk(self, name: str, value: Any) -> Quirk:
        """Switch a quirk; what was kept of shown records is forgotten. Raises QuirkError."""
        quirk = self.quirks.set(name, value)
        self._has_switched = True
        self.store.forget_shown()
        return quirk

    def set_clock(self, mode: str, moment: datetime | None) -> None:
        """Make the clock `real`, `frozen` (at the moment, else the present one) or `offset` (going on from it)."""
        now = moment or self.clock.now()
        self.clock.frozen = now if mode == "frozen" else None
        self.clock.offset = timedelta()
        if mode == "offset":
            self.clock.offset = now - self.clock.now()
        self._fall_due()

    def publish(self, events: Iterable[Event]) -> None:
        """Tell outbox and subscribers what happened, after what fell due before; none can undo or fail the change.

        From here an event goes to `events/notifications.py` (which subscription gets which body), then to
        `events/deliveries.py` (order and retries) and `events/courier.py` (the request).
        """
        now, exchange = self.clock.now(), self.journal.last + 1  # the number of the one under way
        self.outbox.settle(now)
        self.subscriptions.retain(self.store)
        for event in events:
            self.stream.tell("event", occurrence_of(event, now), exchange)
            self.outbox.take(event, self.store, now, exchange)
            if self.subscriptions.of(event.business["id"]):
                self._notify(event, now, exchange)

    def _notify(self, event: Event, now: datetime, exchange: int) -> None:
        from bookings_emulator.events.notifications import Around, notifications  # few tenants send any

        try:
            for each in notifications(event, self.subscriptions, Around(self.store, self.quirks, self.chance)):
                operation = f"delivery.{each.change.lower()}"
                is_next = self.deliveries.is_overtaking(each.subscription.id)
                hit = self.faults.meet_delivery(operation, event.business["id"], now, each.body, is_overtaking=is_next)
                self.deliveries.send(each, now, exchange=exchange, hit=hit)
        except Exception:  # the change is made, and its answer must not suffer from who is told of it
            log_defect()

    def advance(self, length: timedelta) -> None:
        """Move the clock on and do what falls due on the way, in order."""
        self.clock.advance(length)
        self._fall_due()

    def _fall_due(self) -> None:
        """Do what the clock has come to: reminders and retries."""
        self.stream.tell("clock", Moment(self.clock.mode, self.clock.now(), self.clock.offset))
        self.outbox.settle(self.clock.now())
        self.deliveries.wake()

    def _plant(self) -> None:
        """Have what the fixtures say as of now: planted, or copied from a tenant that started from the same."""
        now = self._planted_at = self.clock.now()
        quirks = self.quirks.values_now
        ground = Ground(self.start.fixtures, self.start.seed, now, self.clock.frozen, self.domain, quirks)
        kept = plantings().find(ground)
        if kept is None:
            self.store.restore(self._planted(self.start.fixtures))
            self._plan()
            self._read_personas()
            planted = {name: self.parts[name].save() for name in _PLANTED}
            kept = Planting(planted, self.personas, self.store.size, self.outbox.next_due())
            plantings().keep(ground, kept)
        else:
            self.personas = dict(kept.personas)
            for name in _PLANTED:
                self.parts[name].restore(kept.parts[name])
        self._read_settings()
        self._subscribe()
        self.faults.begin(self.start.faults)
        self._make_stubs()
        # saved already, and nothing of what follows planting changes them; subscriptions draw ids
        first = {name: kept.parts[name] for name in _UNTOUCHED}
        self._first = {name: first[name] if name in first else part.save() for name, part in self.parts.items()}

    def _planted(self, fixtures: Iterable[Fixture]) -> Store:
        """The records of fixtures as of now, in a store of their own."""
        store = Store()
        ground = PlantingContext(
            store, self.chance, self.clock.now(), self.domain, self.quirks, self.guid, self.settings.on_planted
        )
        for fixture in (load_fixture("currencies"), *fixtures):
            plant(fixture, ground)
        return store

    def _subscribe(self) -> None:
        """Have the subscriptions of the start and no others. Raises FixtureError."""
        self.subscriptions.restore(({}, {}))
        if not self.start.subscriptions:
            return
        from bookings_emulator.contract.connector_body import is_callback  # few starts have any

        for each in self.start.subscriptions:
            business = self.store.business(each["business"])
            if business is None:
                known = ", ".join(self.store.business_ids())
                raise FixtureError(
                    f"subscriptions: there is no mailbox '{each['business']}'; known mailboxes are {known}"
                )
            if not is_callback(each["url"]):
                raise FixtureError(f"subscriptions: expected an absolute http or https URL; got {each['url'][:200]!r}")
            made = Subscription(
                self.chance.guid(), business["id"], (each["change"],), each["url"], "start", self.clock.now()
            )
            self.subscriptions.add(made)

    def _make_stubs(self) -> None:
        """Have the stubs of the start and no others. Raises FixtureError."""
        given = [*(row for fixture in self.start.fixtures for row in fixture.data.get("stub", ())), *self.start.stubs]
        if not given:
            self.stubs.replace(())
            return
        from bookings_emulator.stubs.parse import StubError  # few starts have any

        try:
            self.stubs.replace(given)
        except StubError as error:
            raise FixtureError(str(error)) from error

    def _read_personas(self) -> None:
        """Have the personas of the start. Raises FixtureError."""
        try:
            self.personas = read_personas(persona_rows(self.start.fixtures, self.domain), self.domain)
        except ValueError as error:
            raise FixtureError(f"{', '.join(each.name for each in self.start.fixtures)}: {error}") from error

    def _read_settings(self) -> None:
        """Have the settings of the start. Raises FixtureError."""
        self.tenant_settings.restore({})
        for fixture in self.start.fixtures:
            try:
                self.tenant_settings.set(fixture.data.get("tenantSettings", {}))
            except SettingError as error:
                raise FixtureError(f"{fixture.name}: tenantSettings: {error}") from error

    def _plan(self) -> None:
        """Put the reminders of planted appointments in their place."""
        self.outbox.clear()
        for business_id in self.store.business_ids():
            business = self.store.business(business_id) or {}
            for each in self.store.records("appointments", business_id):
                if each["reminders"]:
                    self.outbox.plan(Event("appointmentCreated", business, each), self.store, self._planted_at)
