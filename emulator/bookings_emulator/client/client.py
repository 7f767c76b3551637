"""One tenant as a test drives it: where it is, who calls, what time it is, what happened, what shall go wrong."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import quote, urlsplit

from bookings_emulator.client.answers import BusinessRow, PersonaRow, QuirkRow, ScenarioRow
from bookings_emulator.client.builder import Adder
from bookings_emulator.client.callers import DeviceCodes
from bookings_emulator.client.clock import Clock
from bookings_emulator.client.control_http import ControlError, Line, path_of
from bookings_emulator.client.deliveries import Deliveries, Subscriptions
from bookings_emulator.client.events import Events
from bookings_emulator.client.faults import Fault, Faults
from bookings_emulator.client.files import fixture_of, scenario_of
from bookings_emulator.client.journal import Journal
from bookings_emulator.client.named_records import NamedBusiness, find_business
from bookings_emulator.client.receiver import Receiver
from bookings_emulator.client.rows import Outbox, Rows, Symptoms
from bookings_emulator.client.snapshots import Snapshot
from bookings_emulator.client.stubs import Stub, Stubs, StubWords
from bookings_emulator.client.word_types import CriteriaSince, FaultWords, Given, TenantWords, TokenWords
from bookings_emulator.client.words import CHANGES, CRITERIA, TENANT, TOKEN, check_text, check_words, refuse_other_words

if TYPE_CHECKING:
    import httpx

    from bookings_emulator.client.in_process import AsyncTransport, Transport
    from bookings_emulator.client.literals import Change, QuirkName

URL = "http://localhost:8365"
IN_PROCESS = "in-process:"  # the address of an emulator that is called without a socket
GRAPH = "https://graph.microsoft.com"  # what in-process clients call, as a program would
CONNECTION = "shared-bookings"  # any connection id will do
ANYBODY = "test-token"  # any token that names no persona stands for anyone, who may do everything
Asgi = Callable[..., Any]


def open_http(url: str, ca: str | Path | None = None, **options: Any) -> httpx.Client:
    """An httpx client that reaches this machine only: no proxy, and no certificates read where none are needed.

    By https it trusts the authority in a file, else what OpenSSL does, which is $SSL_CERT_FILE where that is set.
    Raises ControlError where the file is none.
    """
    import httpx

    return httpx.Client(verify=trust_of(url, ca), trust_env=False, **options)


def trust_of(url: str, ca: str | Path | None = None) -> ssl.SSLContext | bool:
    """What an httpx client trusts at a URL: nothing is read where it is no https. Raises ControlError."""
    try:
        return ssl.create_default_context(cafile=ca) if url.startswith("https:") else False
    except OSError as error:
        raise ControlError(f"ca must be the file of a certificate authority; cannot use '{ca}': {error}") from error


class Client:
    """One tenant of a running emulator. Raises ControlError if the control plane refuses a request.

    `url` is the tenant's URL: `http://localhost:8365`, or `…/tenants/{name}`. `http` is the httpx client to use, `key`
    the key of an emulator that was started with `--control-key`. `app` is the emulator as an ASGI application, if it
    runs in this process. `ca` is the file of the authority to trust if the URL is https; default: $SSL_CERT_FILE.
    Close it, or use it in `with`.
    """

    def __init__(
        self,
        url: str = URL,
        *,
        key: str | None = None,
        http: httpx.Client | None = None,
        app: Asgi | None = None,
        ca: str | Path | None = None,
    ) -> None:
        self._app = app
        self._is_in_process = url.startswith(IN_PROCESS)
        self._ca = ca
        self.url: str = url.replace(IN_PROCESS, "http://localhost", 1).rstrip("/")  # the URL of the tenant
        self._owned = [] if http else [self._open()]
        self._line = Line(self.url, http or self._owned[0], key)
        self._receivers: list[Receiver] = []
        self._name: str | None = None  # where it is known without asking
        self._tenants: list[Client] = []  # made through this one
        self.is_closed: bool = False  # whether `close` was called
        self.persona: str | None = getattr(app, "persona", None)  # who calls, if nobody else is named
        graph = GRAPH if self._is_in_process else self.url
        self.graph_url: str = f"{graph}/v1.0"  # Graph v1.0, for your program
        self.beta_url: str = f"{graph}/beta"  # Graph beta
        self.page_url: str = f"{self.url}/book"  # the booking pages: {page_url}/{address of a business}/
        self.connector_url: str = f"{self.url}/apim/microsoftbookings/{CONNECTION}"  # the connector
        self.clock = Clock(self._line)
        self.journal = Journal(self._line)
        self.outbox = Outbox(self._line)
        self.quirks: Rows[QuirkRow] = Rows(self._line, "/quirks")  # switches for single behaviours
        self.personas: Rows[PersonaRow] = Rows(self._line, "/personas")  # the callers
        self.device_codes = DeviceCodes(self._line)
        self.faults = Faults(self._line)
        self.stubs = Stubs(self._line)
        self.scenarios: Rows[ScenarioRow] = Rows(self._line, "/scenarios")  # the built-in scenarios
        self.businesses: Rows[BusinessRow] = Rows(self._line, "/businesses")  # all of them, a row each
        self.troubleshooting = Symptoms(self._line)
        self.deliveries = Deliveries(self._line)
        self.subscriptions = Subscriptions(self._line)

    @cached_property
    def index(self) -> dict[str, Any]:
        """The emulator's description of itself: all URLs, the fixtures and the seed."""
        return dict(self._line.get(""))

    @property
    def version(self) -> str:
        """The version of the running emulator."""
        return str(self._line.get("/version")["version"])

    def is_ready(self) -> bool:
        """Whether it responds yet; needs no key."""
        try:
            return bool(self._line.get("/health")["status"] == "ready")
        except ControlError:
            return False

    @property
    def name(self) -> str:
        """The name of the tenant."""
        return self._name or str(self.index["tenant"])

    @property
    def app(self) -> Asgi:
        """The emulator as an ASGI app, for `httpx.ASGITransport(app=…)`. Raises ControlError in another process."""
        if self._app is None:
            raise ControlError(f"the emulator at {self.url} runs in another process; call it over HTTP")
        return self._app

    @property
    def transport(self) -> Transport:
        """For code that accepts a transport: `httpx.Client(transport=bookings.transport)` needs no socket.

        Base URLs do not change; whatever the host, the request goes to this tenant. Raises ControlError in another
        process.
        """
        from bookings_emulator.client.in_process import Transport

        return Transport(self.app, urlsplit(self.url).path)

    @property
    def async_transport(self) -> AsyncTransport:
        """The same for `httpx.AsyncClient(transport=bookings.async_transport)`."""
        from bookings_emulator.client.in_process import AsyncTransport

        return AsyncTransport(self.app, urlsplit(self.url).path)

    @property
    def is_in_process(self) -> bool:
        """Whether its requests need no socket."""
        return self._is_in_process

    def trust(self) -> ssl.SSLContext | bool:
        """The value of `verify` for httpx clients of this emulator. Raises ControlError if the file is no authority."""
        return trust_of(self.url, self._ca)

    def _open(self, **options: Any) -> httpx.Client:
        if not self._is_in_process:
            return open_http(self.url, self._ca, **options)
        import httpx

        return httpx.Client(transport=self.transport, **options)

    @cached_property
    def id(self) -> str:
        """The GUID of the tenant, which its tokens carry as `tid`."""
        return str(self._line.get(path_of("tenants", self.name))["id"])

    @property
    def authority(self) -> str:
        """The URL where sign-in libraries get tokens for this tenant: https if it is served, as most libraries require.

        The file that they must trust is then `index["ca"]`.
        """
        return str(self.index["authority"])

    def token(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> str:
        """A bearer token of a persona as the identity platform would issue it now; default: the persona of the test.

        `wanted` are `audience="connector"`, `permissions=[…]`, `lifetime="PT10M"`, `wrong="expired"` and similar. If
        there is no persona, the token is a string that stands for `anyone`, who may do everything.
        """
        check_words("token", wanted, ("persona", *TOKEN))
        name = persona or self.persona
        if name is None:
            if wanted:
                raise ControlError(f"{', '.join(wanted)} describes a persona's token; give persona as well")
            return ANYBODY
        return str(self._line.post("/tokens", {"persona": name, **wanted})["access_token"])

    def headers(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> dict[str, str]:
        """The header that sends a request as that persona, with the token of `token(persona, …)`."""
        return {"Authorization": f"Bearer {self.token(persona, **wanted)}"}

    def revoke(self, persona: str) -> None:
        """End the sessions of a persona: its tokens get a claims challenge, its refresh tokens stop working."""
        self._line.post(path_of("personas", persona, "revoke"))

    def certificate(self, persona: str) -> str:
        """Private key and certificate of an application as one PEM, to sign in with instead of a secret."""
        return str(self._line.get(path_of("personas", persona, "certificate.pem")))

    def ca(self) -> str:
        """The certificate authority of https, as PEM. Raises ControlError if https is not served."""
        return str(self._line.get("/ca.pem"))

    @cached_property
    def graph(self) -> httpx.Client:
        """An httpx client of Graph v1.0: `graph.get("/solutions/bookingBusinesses")`.

        Every request has a new `token()`, unless it sets the header itself, so that tokens do not expire when the
        clock moves.
        """
        made = self._open(base_url=self.graph_url, auth=self._sign)
        self._owned.append(made)
        return made

    def _sign(self, request: httpx.Request) -> httpx.Request:
        if "authorization" not in request.headers:
            request.headers.update(self.headers())
        return request

    def events(
        self,
        *,
        kind: str | None = None,
        timeout: float | None = 10.0,
        after: str | None = None,
        **match: Unpack[CriteriaSince],
    ) -> Events:
        """Events from now on, as they happen: `for event in bookings.events(kind="delivery")`.

        `kind` is exchange, event, message, delivery, fault, clock or reset, or several separated by commas. The
        criteria are those of the journal and limit the events to matching exchanges and what they caused. The iterator
        raises TimeoutError if nothing happens for `timeout` seconds, None for no limit; `with` or `close` end it.
        `after` is the `id` of an event to continue after.
        """
        check_words("events", match, ("kind", "timeout", "after", *CRITERIA))
        return Events(self._line, {"kind": kind, **match}, timeout, after)

    def quirk(self, name: QuirkName, value: Any = True) -> QuirkRow:
        """Switch a quirk by its id or number."""
        row: QuirkRow = self._line.put(path_of("quirks", name), {"value": value})
        return row

    def tenant_settings(self, **given: bool) -> dict[str, bool]:
        """Change settings for the tenant's pages (`BookingsNotesEntryRestricted=True`), and return all of them."""
        path = "/tenant-settings"
        return dict(self._line.put(path, given) if given else self._line.get(path))

    def reset(self) -> None:
        """Reset the tenant to its starting state: records, clock, ids, quirks, journal and everything else."""
        self._line.post("/reset")

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Save the current state: `kept = bookings.snapshot()`, and later `kept.restore()`."""
        made = self._line.post("/snapshots", {} if name is None else {"name": name})
        return Snapshot(self._line, str(made["name"]))

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, oldest first."""
        return [Snapshot(self._line, str(each["name"])) for each in self._line.get("/snapshots")["value"]]

    @property
    def add(self) -> Adder:
        """Adds records: `bookings.add.business("Fourth Coffee").service("Tasting", minutes=45).staff("Ann")`."""
        return Adder(self._line)

    def business(self, name: str) -> NamedBusiness:
        """A business with its records, by name or id: `business("Contoso Dental").service("Check-up").id`.

        It shows the current state of the tenant. Raises ControlError for an unknown name, with the known names.
        """
        return find_business(self._line.get("/state"), name)

    def state(self, version: str | None = None) -> dict[str, Any]:
        """All businesses with all their records, as a fixture; `"beta"` also includes what only beta has."""
        return dict(self._line.get("/state", {"version": version}))

    def replace(self, fixture: Path | dict[str, Any]) -> None:
        """Replace all businesses with those of a fixture; `reset` restores the starting state."""
        self._line.put("/state", fixture_of(fixture))

    def load(self, scenario: Given) -> None:
        """Put the tenant into the starting state of a scenario, by name or from your file; `reset` returns to it."""
        found = scenario_of(scenario)
        if isinstance(found, str):
            self._line.post(path_of("scenarios", found))
        else:
            self._line.post("/scenarios", found)
        self.__dict__.pop("index", None)

    def play(self, scenario: Given, *, keep: bool = False) -> dict[str, Any]:
        """Play a scenario in a tenant created for it; returns its `result` and the outcome of each of its `steps`.

        With `keep` that tenant stays, and `tenant` is its name.
        """
        return dict(self._line.post("/plays", {"scenario": scenario_of(scenario), "keep": keep}, wait=120))

    def show_business(self, id_: str) -> dict[str, Any]:
        """A business with its services, staff, customers and questions; unlike a Graph request, it is not recorded."""
        return dict(self._line.get(path_of("businesses", id_)))

    def calendar(self, business: str, start: str, end: str) -> dict[str, Any]:
        """The appointments of a business in a period, and the open, taken and free times of its staff."""
        return dict(self._line.get(path_of("businesses", business, "calendar"), {"start": start, "end": end}))

    def scenario(self, name: str) -> dict[str, Any]:
        """A complete built-in scenario, as its file would be in JSON: change it, then `load` it."""
        found = dict(self._line.get(path_of("scenarios", name)))
        del found["name"]
        return found

    def fault(self, preset: str | None = None, **words: Unpack[FaultWords]) -> Fault:
        """Make requests fail: `fault("throttled")`, or `fault(operation="create*", status=503, first=2)`.

        The arguments are those of a rule's match, effect and schedule together (`for` is `for_`).
        """
        return Fault(self._line, preset, dict(words))

    def stub(self, request: str, **words: Unpack[StubWords]) -> Stub:
        """Respond to a request outside Bookings: `stub("GET /me/messages", body={"value": []})`.

        `request` is a method and a path below the version, with placeholders: `POST /users/{id}/messages`. Strings in
        `body` and `headers` can contain them, and `{caller.name}`, `{caller.upn}` and `{caller.id}`. `query` and
        `match` (JSON that the body must contain) limit the requests, `permissions` the callers, and
        `times` how often it responds before an older stub does. Raises ControlError.
        """
        made = self._line.post("/stubs", {"request": request, **words})
        return Stub(self._line, str(made["name"]))

    def receiver(self) -> Receiver:
        """A local web server that receives notifications; it is closed with this client.

        `bookings.subscribe(business, "Created", receiver.url)` makes the connector send notifications there.
        """
        made = Receiver()
        self._receivers.append(made)
        return made

    @refuse_other_words
    def subscribe(self, business: str, change: Change, url: str) -> str:
        """Make the connector notify a URL of `Created`, `Updated` or `Deleted` appointments; returns the webhook's id.

        Raises ControlError for another change, or with the plain reason if the connector refuses it.
        """
        check_words("subscribe: change", [change], CHANGES)
        webhook = {"notification_url": url, "resource": "Appointments", "change_type": [change]}
        return str(self._call_connector("POST", business, f"Appointment{change}", {"webhook": webhook})["webhookId"])

    def unsubscribe(self, business: str, webhook: str) -> None:
        """End a subscription of the connector, by the id that `subscribe` returned.

        Raises ControlError with the plain reason if the connector refuses it.
        """
        self._call_connector("DELETE", business, webhook)

    def _call_connector(self, method: str, business: str, last: str, body: object = None) -> Any:
        check_text("the id of a business", business)
        mailbox = quote(business, safe="@")
        path = f"/BookingsService/api/V1/bookingBusinesses/{mailbox}/webhook{path_of(last)}"
        headers = self.headers(audience="connector") if self.persona else self.headers()
        return self._line.send(method, self.connector_url + path, body, headers=headers)

    def tenant(self, fixture: Given | Sequence[Given] | None = None, **given: Unpack[TenantWords]) -> Client:
        """A new tenant, isolated from all others; it is deleted with this one, or closed with this client.

        `fixture` is a name, your .json or .toml file, the content of one, or a list of these. Files are read here.
        `given` are `scenario` (a name or your file), `persona` (the caller), `now`, `seed`, `quirks`, `faults` (rules,
        or names of presets), `auth`, `deliver_to` (hosts that notifications are sent to), `name` and `domain`. A reset
        restores all of it.
        """
        check_words("tenant", given, TENANT)
        wanted: dict[str, Any] = {"fixture": None if fixture is None else fixture_of(fixture), **given}
        if wanted.get("scenario") is not None:
            wanted["scenario"] = scenario_of(wanted["scenario"])
        if isinstance(wanted.get("now"), datetime):
            wanted["now"] = wanted["now"].isoformat()
        made = self._line.post("/tenants", {name: value for name, value in wanted.items() if value is not None})
        url = made["control"].removesuffix("/_emulator")
        if self._is_in_process:
            url = f"{IN_PROCESS}{urlsplit(url).path}"
        client = Client(url, key=self._line.key, http=self._line.http, app=self._app, ca=self._ca)
        client._name = str(made["name"])
        client.persona = given.get("persona")
        self._tenants = [*(each for each in self._tenants if not each.is_closed), client]
        return client

    def tenants(self) -> list[str]:
        """The names of all tenants."""
        return [each["name"] for each in self._line.get("/tenants")["value"]]

    def drop(self) -> None:
        """Delete the tenant and everything in it, with the tenants created through it, and close this client."""
        for each in self._tenants:
            if not each.is_closed:
                with suppress(ControlError):  # it is gone already
                    each.drop()
        self._line.delete(path_of("tenants", self.name))
        self.close()

    def close(self) -> None:
        """Close receivers and connections, including those of tenants created through this one; the tenants stay."""
        self.is_closed = True
        for each in self._tenants:
            each.close()
        self._tenants.clear()
        for receiver in self._receivers:
            receiver.close()
        self._receivers.clear()
        for http in self._owned:
            http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<bookings in process{urlsplit(self.url).path}>" if self._is_in_process else f"<bookings at {self.url}>"
