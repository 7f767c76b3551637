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

from bookings_emulator.client.builder import Adder
from bookings_emulator.client.callers import DeviceCodes, PersonaRow
from bookings_emulator.client.clock import Clock
from bookings_emulator.client.control_http import ControlError, Line, path_of, plain_reason
from bookings_emulator.client.deliveries import Deliveries, Subscriptions
from bookings_emulator.client.events import Events
from bookings_emulator.client.faults import Fault, Faults
from bookings_emulator.client.files import fixture_of, scenario_of
from bookings_emulator.client.journal import Journal
from bookings_emulator.client.named_records import NamedBusiness, find_business
from bookings_emulator.client.receiver import Receiver
from bookings_emulator.client.rows import BusinessRow, Outbox, QuirkRow, Rows, ScenarioRow, Symptoms
from bookings_emulator.client.snapshots import Snapshot
from bookings_emulator.client.stubs import Stub, Stubs, StubWords
from bookings_emulator.client.word_types import CriteriaSince, FaultWords, Given, TenantWords, TokenWords
from bookings_emulator.client.words import CHANGES, CRITERIA, TENANT, TOKEN, check_words

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
        raise ControlError(f"the file of a certificate authority is expected; '{ca}' came: {error}") from error


class Client:
    """One tenant of a running emulator. Raises ControlError where the control plane refuses a call.

    `url` is where the tenant is: `http://localhost:8365`, or `…/tenants/{name}`. `http` is an httpx client to call
    with, `key` what the control plane asks for where it was started with `--control-key`. `app` is the emulator as an
    ASGI application, where it runs in this process. `ca` is the file of the authority to trust where the URL is https;
    without it that is what $SSL_CERT_FILE names. Close it, or use it in `with`.
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
        self.url = url.replace(IN_PROCESS, "http://localhost", 1).rstrip("/")
        self._owned = [] if http else [self._open()]
        self._line = Line(self.url, http or self._owned[0], key)
        self._receivers: list[Receiver] = []
        self._name: str | None = None  # where it is known without asking
        self._tenants: list[Client] = []  # made through this one
        self.is_closed = False
        self.persona: str | None = getattr(app, "persona", None)
        graph = GRAPH if self._is_in_process else self.url
        self.graph_url = f"{graph}/v1.0"
        self.beta_url = f"{graph}/beta"
        self.page_url = f"{self.url}/book"  # followed by the address of a business: {page_url}/{business}/
        self.connector_url = f"{self.url}/apim/microsoftbookings/{CONNECTION}"
        self.clock = Clock(self._line)
        self.journal = Journal(self._line)
        self.outbox = Outbox(self._line)
        self.quirks: Rows[QuirkRow] = Rows(self._line, "/quirks")
        self.personas: Rows[PersonaRow] = Rows(self._line, "/personas")
        self.device_codes = DeviceCodes(self._line)
        self.faults = Faults(self._line)
        self.stubs = Stubs(self._line)
        self.scenarios: Rows[ScenarioRow] = Rows(self._line, "/scenarios")
        self.businesses: Rows[BusinessRow] = Rows(self._line, "/businesses")
        self.troubleshooting = Symptoms(self._line)
        self.deliveries = Deliveries(self._line)
        self.subscriptions = Subscriptions(self._line)

    @cached_property
    def index(self) -> dict[str, Any]:
        """What the emulator says of itself: every URL, the fixtures and the seed."""
        return dict(self._line.get(""))

    @property
    def version(self) -> str:
        """The version of the emulator that answers."""
        return str(self._line.get("/version")["version"])

    def is_ready(self) -> bool:
        """Whether it answers already; needs no key."""
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
        """The emulator as an ASGI application, for `httpx.ASGITransport(app=…)`. Raises ControlError elsewhere."""
        if self._app is None:
            raise ControlError(f"the emulator at {self.url} runs in another process; call it over HTTP")
        return self._app

    @property
    def transport(self) -> Transport:
        """For code that takes a transport: `httpx.Client(transport=bookings.transport)` calls this tenant, no socket.

        Base URLs stay as they are; whatever the host, the call ends here. Raises ControlError in another process.
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
        """Whether its calls need no socket."""
        return self._is_in_process

    def trust(self) -> ssl.SSLContext | bool:
        """What `verify` of an httpx client of this emulator is. Raises ControlError for a file that is no authority."""
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
        """Where sign-in libraries get their tokens, for this tenant: by https where that is served, as most want it.

        What they must trust is then the file `index["ca"]`.
        """
        return str(self.index["authority"])

    def token(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> str:
        """A bearer token of a persona, the one given or else that of the test, as the identity platform issues it now.

        `wanted` are `audience="connector"`, `permissions=[…]`, `lifetime="PT10M"` and `wrong="expired"` and the like.
        Where no persona is named it is a text that stands for `anyone`, who may do everything.
        """
        check_words("token", wanted, TOKEN)
        name = persona or self.persona
        if name is None:
            if wanted:
                raise ControlError(f"{', '.join(wanted)} is said of the token of a persona; name one")
            return ANYBODY
        return str(self._line.post("/tokens", {"persona": name, **wanted})["access_token"])

    def headers(self, persona: str | None = None, **wanted: Unpack[TokenWords]) -> dict[str, str]:
        """The header that makes a request one of that persona, with a token of `token(persona, …)`."""
        return {"Authorization": f"Bearer {self.token(persona, **wanted)}"}

    def revoke(self, persona: str) -> None:
        """End the sessions of a persona: its tokens meet a claims challenge, its refresh tokens are gone."""
        self._line.post(path_of("personas", persona, "revoke"))

    def certificate(self, persona: str) -> str:
        """Private key and certificate of an application as one PEM, to sign in with in the place of a secret."""
        return str(self._line.get(path_of("personas", persona, "certificate.pem")))

    def ca(self) -> str:
        """The certificate authority of https, as PEM. Raises ControlError where https is not served."""
        return str(self._line.get("/ca.pem"))

    @cached_property
    def graph(self) -> httpx.Client:
        """An httpx client of Graph v1.0: `graph.get("/solutions/bookingBusinesses")`.

        Every call carries a new `token()`, unless it brings a header of its own, so that it goes with the clock.
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
        """What happens from now on, as it happens: `for event in bookings.events(kind="delivery")`.

        `kind` is exchange, event, message, delivery, fault, clock or reset, or several with commas; the criteria are
        those of the journal, and narrow it to exchanges that match and to what these caused. The iterator raises
        TimeoutError where nothing happens for `timeout` seconds, None for ever; `with` or `close` end it. `after` is
        the `id` of one to go on behind.
        """
        check_words("events", match, ("kind", "timeout", "after", *CRITERIA))
        return Events(self._line, {"kind": kind, **match}, timeout, after)

    def quirk(self, name: QuirkName, value: Any = True) -> QuirkRow:
        """Switch a quirk, by its id or number."""
        row: QuirkRow = self._line.put(path_of("quirks", name), {"value": value})
        return row

    def tenant_settings(self, **given: bool) -> dict[str, bool]:
        """The settings of the tenant that change its pages, after those given: `BookingsNotesEntryRestricted=True`."""
        path = "/tenant-settings"
        return dict(self._line.put(path, given) if given else self._line.get(path))

    def reset(self) -> None:
        """Put the tenant back to what it started from: records, clock, ids, quirks, journal and all else."""
        self._line.post("/reset")

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Keep everything as it is now: `kept = bookings.snapshot()`, and later `kept.restore()`."""
        made = self._line.post("/snapshots", {} if name is None else {"name": name})
        return Snapshot(self._line, str(made["name"]))

    def snapshots(self) -> list[Snapshot]:
        """All snapshots that are kept, oldest first."""
        return [Snapshot(self._line, str(each["name"])) for each in self._line.get("/snapshots")["value"]]

    @property
    def add(self) -> Adder:
        """Adds records: `bookings.add.business("Fourth Coffee").service("Tasting", minutes=45).staff("Ann")`."""
        return Adder(self._line)

    def business(self, name: str) -> NamedBusiness:
        """A business by its name or id, with what is in it: `business("Contoso Dental").service("Check-up").id`.

        It is as the tenant has it now. Raises ControlError for a name that there is not, with those there are.
        """
        return find_business(self._line.get("/state"), name)

    def state(self, version: str | None = None) -> dict[str, Any]:
        """All businesses with all that is in them, as a fixture; `"beta"` also tells what only beta has."""
        return dict(self._line.get("/state", {"version": version}))

    def replace(self, fixture: Path | dict[str, Any]) -> None:
        """Put the businesses of a fixture in the place of all there are; `reset` brings back what was at the start."""
        self._line.put("/state", fixture_of(fixture))

    def load(self, scenario: Given) -> None:
        """Put the tenant into what a scenario gives, by its name or a file of yours; `reset` comes back to it."""
        found = scenario_of(scenario)
        if isinstance(found, str):
            self._line.post(path_of("scenarios", found))
        else:
            self._line.post("/scenarios", found)
        self.__dict__.pop("index", None)

    def play(self, scenario: Given, *, keep: bool = False) -> dict[str, Any]:
        """Play a scenario in a tenant made for it: its `result`, and of each of its `steps` what came of it.

        With `keep` that tenant stays, and `tenant` is its name.
        """
        return dict(self._line.post("/plays", {"scenario": scenario_of(scenario), "keep": keep}, wait=120))

    def show_business(self, id_: str) -> dict[str, Any]:
        """A business with its services, staff, customers and questions; unlike Graph it makes no exchange."""
        return dict(self._line.get(path_of("businesses", id_)))

    def calendar(self, business: str, start: str, end: str) -> dict[str, Any]:
        """The appointments of a business in a span, and when each member of its staff is open, taken and free."""
        return dict(self._line.get(path_of("businesses", business, "calendar"), {"start": start, "end": end}))

    def scenario(self, name: str) -> dict[str, Any]:
        """A scenario that comes along, whole, as its file would be in JSON: change it, then `load` it."""
        found = dict(self._line.get(path_of("scenarios", name)))
        del found["name"]
        return found

    def fault(self, preset: str | None = None, **words: Unpack[FaultWords]) -> Fault:
        """Let calls go wrong: `fault("throttled")`, or `fault(operation="create*", status=503, first=2)`.

        The words are those of a rule's match, effect and schedule together (`for` is `for_`).
        """
        return Fault(self._line, preset, dict(words))

    def stub(self, request: str, **words: Unpack[StubWords]) -> Stub:
        """Answer what your program calls of Graph beside Bookings: `stub("GET /me/messages", body={"value": []})`.

        `request` is a method and a path below the version, with placeholders: `POST /users/{id}/messages`. Texts of
        `body` and `headers` may name them, and `{caller.name}`, `{caller.upn}` and `{caller.id}`. `query` and `match`
        (JSON that the body must contain) narrow the calls, `permissions` those who may call. Raises ControlError.
        """
        made = self._line.post("/stubs", {"request": request, **words})
        return Stub(self._line, str(made["name"]))

    def receiver(self) -> Receiver:
        """A local web server that takes notifications; it is closed with this client.

        `bookings.subscribe(business, "Created", receiver.url)` has notifications sent there.
        """
        made = Receiver()
        self._receivers.append(made)
        return made

    def subscribe(self, business: str, change: Change, url: str) -> str:
        """Have the connector notify a URL of `Created`, `Updated` or `Deleted` appointments; the id of the webhook.

        Raises ControlError for another change, and with the plain reason where the connector refuses it.
        """
        check_words("subscribe: change", [change], CHANGES)
        webhook = {"notification_url": url, "resource": "Appointments", "change_type": [change]}
        return str(self._call_connector("POST", business, f"Appointment{change}", {"webhook": webhook})["webhookId"])

    def unsubscribe(self, business: str, webhook: str) -> None:
        """End a subscription of the connector, by the id that `subscribe` gave.

        Raises ControlError with the plain reason where the connector refuses it.
        """
        self._call_connector("DELETE", business, webhook)

    def _call_connector(self, method: str, business: str, last: str, body: object = None) -> Any:
        mailbox = quote(business, safe="@")
        path = f"/BookingsService/api/V1/bookingBusinesses/{mailbox}/webhook/{quote(last, safe='')}"
        headers = self.headers(audience="connector") if self.persona else self.headers()
        answer = self._line.http.request(method, self.connector_url + path, headers=headers, json=body)
        if not answer.is_success:
            raise ControlError(plain_reason(answer), answer.status_code)
        return answer.json() if answer.content else None

    def tenant(self, fixture: Given | Sequence[Given] | None = None, **given: Unpack[TenantWords]) -> Client:
        """A new tenant, isolated from all others; it is dropped with this one, or closed with this client.

        `fixture` is a name, a .json or .toml file of yours, what is in one, or several of these. Files are read here.
        `given` are `scenario` (a name, or a file of yours), `persona` (who calls), `now`, `seed`, `quirks`, `faults`
        (rules, or names of presets), `auth`, `name` and `domain`. A reset comes back to all of it.
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
        """Forget the tenant and everything in it, with the tenants made through it, and close this client."""
        for each in self._tenants:
            if not each.is_closed:
                with suppress(ControlError):  # it is gone already
                    each.drop()
        self._line.delete(path_of("tenants", self.name))
        self.close()

    def close(self) -> None:
        """Close receivers and connections, also of the tenants made through this one; the tenants stay."""
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
