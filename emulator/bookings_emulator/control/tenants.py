"""Create, list and delete tenants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.control import scenarios
from bookings_emulator.control.addresses import addresses_of
from bookings_emulator.control.files import Files
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed, text
from bookings_emulator.events.callbacks import read_host
from bookings_emulator.faults import FaultError
from bookings_emulator.identity.working_token import working_token
from bookings_emulator.settings import LEVELS
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import utc
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.tenants import TenantError, UnknownTenant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("tenants")
TENANT = closed(
    {
        "name": text("lower case; default: generated"),
        "domain": text("its mail domain; default: that of its fixture"),
        "fixture": {
            "description": "names of fixtures, or the contents of fixture files; default: those of this tenant",
            "type": ["string", "object", "array"],
            "items": {"type": ["string", "object"]},
        },
        "scenario": {
            "description": "name of a scenario, or the content of its file: the tenant starts in its starting state",
            "type": ["string", "object"],
        },
        "seed": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        "now": text("freezes its clock at this time"),
        "quirks": {"type": "object", "description": "values of quirks by id"},
        "faults": {
            "type": "array",
            "items": {"type": ["string", "object"]},
            "description": "rules as in POST /_emulator/faults, or names of presets; added to the scenario's",
        },
        "auth": text("how strictly it checks bearer tokens; default: as the process does", *LEVELS),
        "deliver_to": {
            "type": "array",
            "items": text("a host, or .name for all below it"),
            "description": "more hosts that notifications are sent to and that webhooks may name",
        },
        "persona": text("the persona whose token is returned; default: the one with the most rights"),
    }
)


@table.get("/tenants")
def list_tenants(desk: Desk) -> answers.Listed[answers.TenantRow]:
    """All tenants with their URLs."""
    desk.tenants.expire()
    return {"value": [_shown(desk, each) for each in desk.tenants]}


@table.post("/tenants", TENANT, status=201)
def create_tenant(desk: Desk) -> answers.NewTenant:
    """Create an isolated tenant; returns its name, GUID, domain, URLs and a token that selects it from any URL."""
    given = desk.body
    start = _start(desk)
    fixtures = given.get("fixture")
    try:
        if fixtures is not None:
            files, listed = Files(desk.tenants), fixtures if isinstance(fixtures, list) else [fixtures]
            start = start._replace(fixtures=tuple(files.fixture(each) for each in listed))
        if "now" in given:
            start = start._replace(frozen=utc(given["now"]))
        start = start._replace(seed=given.get("seed", start.seed), quirks={**start.quirks, **given.get("quirks", {})})
        faults = (*start.faults, *given.get("faults", ()))
        hosts = (*start.deliver_to, *_read_hosts(given.get("deliver_to", ())))
        start = start._replace(auth=given.get("auth", start.auth), faults=faults, deliver_to=hosts)
        tenant = desk.tenants.create(start, given.get("name"), given.get("domain"))
    except (FixtureError, QuirkError, FaultError, TenantError) as error:
        raise ControlRefusal(str(error)) from error
    return {**_shown(desk, tenant), "token": _first_token(desk, tenant)}


def _read_hosts(given: Iterable[str]) -> tuple[str, ...]:
    """The hosts that notifications are sent to. Raises ControlRefusal."""
    try:
        return tuple(map(read_host, given))
    except ValueError as error:
        raise ControlRefusal(f"deliver_to: {error}") from error


def _first_token(desk: Desk, tenant: Tenant) -> str:
    """The token of the persona that was asked for; without that persona the tenant goes again."""
    try:
        return working_token(tenant, desk.body.get("persona"))
    except LookupError as error:
        desk.tenants.drop(tenant.name)
        raise ControlRefusal(str(error)) from error


@table.get("/tenants/{tenant}")
def show_tenant(desk: Desk) -> answers.TenantRow:
    """One tenant, by its name, GUID or domain."""
    tenant = desk.tenants.find(desk.path["tenant"])
    if tenant is None:
        raise ControlRefusal(f"there is no tenant '{desk.path['tenant']}'; GET /_emulator/tenants lists them", 404)
    return _shown(desk, tenant)


@table.delete("/tenants/{tenant}")
def drop_tenant(desk: Desk) -> None:
    """Delete a tenant and everything in it."""
    try:
        desk.tenants.drop(desk.path["tenant"])
    except TenantError as error:
        raise ControlRefusal(str(error), 404 if isinstance(error, UnknownTenant) else 400) from error


def _start(desk: Desk) -> Start:
    """What the new tenant starts from where nothing else is said: the given of a scenario, or what this one does."""
    scenario = desk.body.get("scenario")
    if scenario is None:
        return desk.tenant.start
    is_name = isinstance(scenario, str)
    return scenarios.given_of(desk, scenarios.named(desk, scenario) if is_name else scenarios.sent(scenario))


def _shown(desk: Desk, tenant: Tenant) -> answers.TenantRow:
    """A tenant with its URLs below the origin without the prefix of a tenant."""
    return addresses_of(desk.origin.partition("/tenants/")[0], tenant, desk.tenants.https)
