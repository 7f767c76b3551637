"""The composition root: which plane of which tenant handles which path, in one table."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import wait
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookings_emulator.events.relay import relay_to
from bookings_emulator.exchange import Response
from bookings_emulator.headers import reason_text
from bookings_emulator.problem import did_you_mean
from bookings_emulator.settings import LEVELS, Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.tenants import Tenants
from bookings_emulator.wire.caller import tenant_word
from bookings_emulator.wire.graph import Graph
from bookings_emulator.wire.head_limit import LARGEST_HEAD
from bookings_emulator.wire.http import Receive, Scope, Send, Written, write_response
from bookings_emulator.wire.plane import Plane

if TYPE_CHECKING:
    from bookings_emulator.client.literals import Auth, QuirkName
    from bookings_emulator.client.word_types import Given
    from bookings_emulator.store.seed import Fixture

PATIENCE = 5.0  # seconds that notifications have when everything ends
# what follows the tenant in the paths of the identity platform
_IDENTITY = ("oauth2/", "v2.0/", "discovery/", ".well-known/", "adminconsent")
# the API of the booking page below `BookingsService`, and what paths of pages begin with; both without regard to case
_PAGE_API = "(?i)api/V1/bookingBusinessesc2(/|$)"
_PAGES = ("book", "owa")
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class App:
    """The whole emulator as an ASGI application.

    `/tenants/{name}/…` leads to a tenant by its name; elsewhere the token or the login path may name one.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenants = Tenants(tenant)
        self.tenants.app = self
        self.persona: str | None = None  # who calls by a client that is made with this application
        self._planes: dict[Tenant, dict[str, Asgi]] = {}
        self.tenants.on_drop.append(lambda gone: self._planes.pop(gone, None))
        self._default = self._planes_of(tenant)

    @property
    def tenant(self) -> Tenant:
        """The default tenant."""
        return self.tenants.default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its plane."""
        if scope["type"] == "http":
            if sum([len(name) + len(value) for name, value in scope["headers"]]) > LARGEST_HEAD:
                await _refuse_head(send)
                return
            if scope.get("root_path"):
                scope = _below(scope)
            planes, scope = self._find(scope)
            if planes is None:
                await _no_tenant(scope, receive, send)
                return
            await _choose(planes, scope)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    def answer(self, scope: Scope, body: bytes) -> Written | None:
        """Answer a request that came whole, at once; None where `__call__` must do it."""
        planes, scope = self._find(scope)
        if planes is None:
            return None
        plane = _choose(planes, scope)
        if isinstance(plane, _Late):
            plane = plane.plane or plane
        return plane.answer_whole(scope, body) if isinstance(plane, Plane) else None

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow a server that tells of its beginning and its end, and bring what waits before that."""
        while True:
            message = await receive()
            is_over = message["type"] == "lifespan.shutdown"
            if is_over:
                await asyncio.to_thread(self.close)
            await send({"type": f"{message['type']}.complete"})
            if is_over:
                return

    def release(self) -> None:
        """Let no call of the control plane wait any longer: the server ends. Any thread may call it."""
        for stop in list(self.tenants.waiting):
            stop()

    def close(self, patience: float = PATIENCE) -> int:
        """Bring the notifications that wait, for so many seconds at most; how many had to stay behind.

        The authority of https goes, unless it is kept for further runs.
        """
        futures = [each.deliveries.settled() for each in self.tenants if each.deliveries.waiting]
        wait(futures, timeout=patience)
        if self.tenants.settings.smtp:
            relay_to(self.tenants.settings.smtp).settle(patience)
        https, self.tenants.https = self.tenants.https, None
        if https and https.ca and not https.is_kept:
            Path(https.ca).unlink(missing_ok=True)
        return sum(each.deliveries.waiting for each in self.tenants)

    def _find(self, scope: Scope) -> tuple[dict[str, Asgi] | None, Scope]:
        """The planes of the tenant a request is for, and the request as they see it."""
        path = scope["path"]
        if path.startswith("/tenants/"):
            word = path.split("/", 3)[2]
            tenant = self.tenants.find(word)
            return (self._planes_of(tenant) if tenant else None), _move_path(scope, f"/tenants/{word}")
        if len(self.tenants) > 1 and not path.startswith(("/_emulator", "/_inspector")):
            first, _, rest = path.lstrip("/").partition("/")
            word = first if _plane_of(rest) == "identity" else tenant_word(scope)
            tenant = self.tenants.find(word)
            if tenant:
                return self._planes_of(tenant), scope
        return self._default, scope

    def _planes_of(self, tenant: Tenant) -> dict[str, Asgi]:
        """The planes of a tenant by the first segment of their paths; `graph` takes and refuses what is nobody's."""
        planes = self._planes.get(tenant)
        if planes is None:
            connector = _Late(lambda: _make_connector(tenant))
            planes = {
                "graph": Plane(tenant, Graph(tenant)),
                "apim": connector,
                "BookingsService": connector,
                "api": connector,  # its form of 2022
                "_emulator": _Late(lambda: _make_control(self.tenants, tenant))
                if tenant.settings.has_control
                else _no_control,
                "_inspector": _Late(lambda: _make_inspector(tenant)) if tenant.settings.has_control else _no_control,
                "identity": _Late(lambda: _make_identity(tenant)),
                "": _to_inspector_or_index if tenant.settings.has_control else _to_index,
            }
            page = _Late(lambda: _make_page(tenant))
            planes |= {"bookingBusinessesc2": page, "book": page, "owa": page, "_page": _Late(_page_files)}
            self._planes[tenant] = planes
        return planes


class _Late:
    """A plane that is made with its first request, since its imports would make every start slower."""

    def __init__(self, make: Callable[[], Asgi]) -> None:
        self._make = make
        self.plane: Asgi | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.plane = self.plane or self._make()
        await self.plane(scope, receive, send)


def _choose(planes: dict[str, Asgi], scope: Scope) -> Asgi:
    first, _, rest = scope["path"].lstrip("/").partition("/")
    return planes.get(_word(first, rest)) or planes[_plane_of(rest)]


def _word(first: str, rest: str) -> str:
    """What tells the plane of a path: mostly its first segment; two planes stand below `BookingsService`."""
    lower = first.lower()
    if lower == "bookingsservice" and re.match(_PAGE_API, rest):
        return "bookingBusinessesc2"
    return lower if lower in _PAGES else first


def _plane_of(rest: str) -> str:
    """The plane of a path whose first segment is no plane's: by what comes behind it."""
    return "identity" if rest.startswith(_IDENTITY) else "graph"


def _below(scope: Scope) -> Scope:
    """A request to an application that is mounted: its path without what it is mounted at."""
    root = scope["root_path"]
    return _move_path(scope, root, root) if scope["path"].startswith(root) else scope


def _move_path(scope: Scope, prefix: str, root: str | None = None) -> Scope:
    """A request as it looks from below a prefix of its path."""
    raw = scope.get("raw_path") or scope["path"].encode()
    root_path = scope.get("root_path", "") + prefix if root is None else root
    return {**scope, "path": scope["path"][len(prefix) :], "raw_path": raw[len(prefix) :], "root_path": root_path}


def _make_connector(tenant: Tenant) -> Asgi:
    from bookings_emulator.wire.connector import Connector

    return Plane(tenant, Connector(tenant))


def _make_control(tenants: Tenants, tenant: Tenant) -> Asgi:
    from bookings_emulator.control.plane import control

    return control(tenants, tenant)


def _make_page(tenant: Tenant) -> Asgi:
    from bookings_emulator.wire.page import Page

    return Plane(tenant, Page(tenant))


def _page_files() -> Asgi:
    from bookings_emulator.wire.page_site import serve_asset

    return serve_asset


def _make_identity(tenant: Tenant) -> Asgi:
    from bookings_emulator.identity.plane import Identity

    return Plane(tenant, Identity(tenant))


def _make_inspector(tenant: Tenant) -> Asgi:
    from bookings_emulator.inspector.pages import Inspector

    return Inspector(tenant.settings)


async def _to_inspector_or_index(scope: Scope, receive: Receive, send: Send) -> None:
    """Lead people to the page, and programs to the index: a browser that navigates asks for HTML before all else."""
    headers = dict(scope["headers"])
    if not headers.get(b"accept", b"").lower().startswith((b"text/html", b"application/xhtml+xml")):
        await _to_index(scope, receive, send)
        return
    location = {"Location": f"{scope.get('root_path', '')}/_inspector/", "Vary": "Accept"}
    await write_response({}, Response(307, location), send)


async def _to_index(scope: Scope, receive: Receive, send: Send) -> None:
    await write_response({}, Response(307, {"Location": f"{scope.get('root_path', '')}/_emulator"}), send)


async def _no_control(scope: Scope, receive: Receive, send: Send) -> None:
    body = b'{"error":"the control plane is switched off; start without --no-control"}'
    await write_response({}, Response(404, {"Content-Type": "application/json"}, body), send)


async def _refuse_head(send: Send) -> None:
    reason = f"request headers may have at most {LARGEST_HEAD:,} bytes; the rest of this request was not read"
    headers = {"Content-Type": "application/json", "x-emulator-reason": reason, "Connection": "close"}
    body = json.dumps({"error": {"code": "emulator.headers", "message": reason}}).encode()
    await write_response({}, Response(431, headers, body), send)


async def _no_tenant(scope: Scope, receive: Receive, send: Send) -> None:
    reason = f"there is no tenant at {scope['root_path']}; GET /_emulator/tenants lists the tenants"
    is_control = "/_emulator" in scope["path"]
    error = reason if is_control else {"code": "emulator.notenant", "message": reason}
    headers = {"Content-Type": "application/json", "x-emulator-reason": reason_text(reason)}
    await write_response({}, Response(404, headers, json.dumps({"error": error}).encode()), send)


def create_app(  # noqa: PLR0913 - each is given by its name
    *fixtures: Given,
    fixture: Given | Sequence[Given] | None = None,
    scenario: Given | None = None,
    persona: str | None = None,
    seed: int | None = None,
    now: datetime | str | None = None,
    quirks: Mapping[QuirkName, Any] | None = None,
    faults: Iterable[str | Mapping[str, Any]] = (),
    auth: Auth | None = None,
    deliver_to: Iterable[str] = (),
    name: str = "default",
    domain: str | None = None,
    settings: Settings | None = None,
) -> App:
    """An emulator to mount or to call in process.

    `fixtures`, and those of `fixture`, are names, files, or what is in one (default: `default`), `scenario` is one
    whose situation to start in, likewise; what else is said goes before it. `persona` is who calls where a client is
    made with this application: `Client(app=create_app(persona="viewer"))`. `seed` makes ids repeatable, `now` freezes
    the clock at a moment such as `2026-01-05T08:00:00Z`, `quirks` switches quirks by id, `faults` are rules or names of
    presets, `auth` is the level of tokens (open, check or strict), `deliver_to` names hosts that notifications are
    really sent to, `name` and `domain` are how the tenant is called. Raises FixtureError, QuirkError, FaultError and
    ScenarioError.
    """
    listed = (*fixtures, *_list_given(fixture))
    start = start_of(
        listed, scenario=scenario, seed=seed, now=now, quirks=quirks, faults=faults, auth=auth, deliver_to=deliver_to
    )
    app = App(Tenant(start, settings, name=name, domain=domain))
    app.persona = _known_persona(app.tenant, persona)
    return app


def _list_given(fixture: Given | Sequence[Given] | None) -> Sequence[Given]:
    """Fixtures as a list, be it one, several or none."""
    if fixture is None:
        return ()
    return [fixture] if isinstance(fixture, str | Path | dict) else fixture


def _known_persona(tenant: Tenant, name: str | None) -> str | None:
    """A persona of a tenant. Raises FixtureError for one that there is not."""
    if name is None or name in tenant.personas:
        return name
    known = ", ".join(tenant.personas) or "none"
    raise FixtureError(f"there is no persona '{name}'; there are: {known}{did_you_mean(name, tenant.personas)}")


def start_of(  # noqa: PLR0913 - each is given by its name
    fixtures: Iterable[Given] = (),
    *,
    scenario: Given | None = None,
    seed: int | None = None,
    now: datetime | str | None = None,
    quirks: Mapping[Any, Any] | None = None,
    faults: Iterable[str | Mapping[str, Any]] = (),
    auth: str | None = None,
    deliver_to: Iterable[str] = (),
) -> Start:
    """What a tenant starts from, read from names, files and text; what is not said follows the scenario, if any.

    Raises FixtureError and ScenarioError.
    """
    from bookings_emulator.store.seed import utc

    if auth is not None and auth not in LEVELS:
        raise ValueError(f"auth must be one of {', '.join(LEVELS)}; got '{auth}'{did_you_mean(auth, LEVELS)}")
    basis = _situation(scenario) if scenario else Start((), seed=_chance_seed() if seed is None else seed)
    named = [*fixtures] or ([] if scenario else ["default"])
    moment = now.isoformat() if isinstance(now, datetime) else now
    return basis._replace(
        fixtures=tuple(_read_given(each) for each in named) or basis.fixtures,
        seed=basis.seed if seed is None else seed,
        frozen=utc(moment) if moment else basis.frozen,
        quirks={**basis.quirks, **(quirks or {})},
        faults=(*basis.faults, *faults),
        auth=auth or basis.auth,
        deliver_to=(*basis.deliver_to, *_known_hosts(deliver_to)),
    )


def _known_hosts(given: Iterable[str]) -> list[str]:
    """Names of hosts, be it one or several. Raises ValueError."""
    named = [given] if isinstance(given, str) else [*given]
    if not named:
        return []
    from bookings_emulator.events.callbacks import read_host

    return [read_host(each) for each in named]


def _read_given(given: Given) -> Fixture:
    """A fixture by its name, as a file, or as what is in one. Raises FixtureError."""
    from bookings_emulator.store.seed import load_fixture, read_fixture

    return read_fixture("the fixture", deepcopy(given)) if isinstance(given, dict) else load_fixture(str(given))


def _situation(scenario: Given) -> Start:
    from bookings_emulator.scenario.given import start_of_given
    from bookings_emulator.scenario.load import load_scenario, read_scenario

    if isinstance(scenario, dict):
        return start_of_given(read_scenario("the scenario", scenario))
    return start_of_given(load_scenario(str(scenario)))


def _chance_seed() -> int:
    from secrets import randbelow

    return randbelow(2**31)
