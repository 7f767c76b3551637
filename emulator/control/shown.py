"""How the control plane shows what a tenant holds: plain JSON values."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime

import orjson

from emulator import __version__
from emulator.contract.load import OVERLAYS
from emulator.contract.quirks import Quirk
from emulator.domain.messages import Message
from emulator.store.personas import Persona
from emulator.tenant import Tenant
from emulator.tenants import Https
from emulator.times import format_duration, format_instant
from emulator.urls import parts_of


def index_of(origin: str, tenant: Tenant, https: Https | None) -> dict[str, object]:
    """Where everything is: the URLs of an emulator that a client sees at `origin`; `ca` where https is served."""
    from emulator.control.routes import ROUTES  # they name this module

    plain = {each.path[1:]: f"{origin}/_emulator{each.path}" for each in ROUTES if each.path and "{" not in each.path}
    return {
        "name": "graph-bookings-emulator",
        "version": __version__,
        "tenant": tenant.name,
        "fixtures": [each.name for each in tenant.start.fixtures],
        "seed": tenant.start.seed,
        "graph": {version: f"{origin}/{version}" for version in OVERLAYS},
        "connector": connector_url(origin, tenant),
        "authority": _authority(origin.partition("/tenants/")[0], tenant, https),
        **({"ca": https.ca} if https else {}),
        "control": plain,
        "openapi": {name: f"{origin}/_emulator/openapi/{name}.json" for name in (*OVERLAYS, "connector", "control")},
    }


def _authority(root: str, tenant: Tenant, https: Https | None) -> str:
    """Where sign-in libraries get their tokens: by https where that is served, under the host that the caller uses."""
    parts = parts_of(root)
    if https is None or parts.scheme == "https":
        return f"{root}/{tenant.guid}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"https://{host}:{https.port}{parts.path}/{tenant.guid}"


def tenant(root: str, shown: Tenant, https: Https | None) -> dict[str, object]:
    """A tenant with its URLs; the default one is where the emulator itself is."""
    origin = root if shown.name == "default" else f"{root}/tenants/{shown.name}"
    return {
        "name": shown.name,
        "id": shown.guid,
        "domain": shown.domain,
        "fixtures": [each.name for each in shown.start.fixtures],
        "seed": shown.start.seed,
        "graph": {version: f"{origin}/{version}" for version in OVERLAYS},
        "connector": connector_url(origin, shown),
        "authority": _authority(root, shown, https),
        "control": f"{origin}/_emulator",
    }


def token_of(tenant: Tenant) -> str:
    """A token of an administrator that names its tenant, so that it leads there from the plain URLs as well.

    At level open it needs no signature and is made at once; else it is one of the foremost persona, empty without any.
    """
    if tenant.auth == "open":
        return ".".join(_part(each) for each in ({"alg": "none"}, {"tid": tenant.guid})) + "."
    persona = foremost(tenant)
    if persona is None:
        return ""
    from emulator.tokens import Wanted, issue

    return issue(tenant, persona, Wanted())


def foremost(tenant: Tenant) -> Persona | None:
    """The persona that may do most, the first of several: a person that administers every business where there is one.

    None where the fixtures name nobody.
    """
    return min(tenant.personas.values(), key=_limits, default=None)


def _limits(persona: Persona) -> tuple[bool, bool, bool]:
    """What keeps a persona from doing everything, the gravest first."""
    caller = persona.caller
    is_held_back = caller.permissions is not None or caller.is_personal or not caller.is_licensed
    return is_held_back, caller.role("*") != "administrator", caller.kind == "application"


def _part(claims: dict[str, str]) -> str:
    return urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")


def connector_url(origin: str, tenant: Tenant) -> str:
    """A connection runtime URL of the connector, as the API hub has them; any word will do for the connection."""
    return f"{origin}/apim/microsoftbookings/{tenant.name}"


def clock(tenant: Tenant) -> dict[str, str]:
    """Mode, present moment and offset."""
    now = format_instant(tenant.clock.now())
    return {"mode": tenant.clock.mode, "now": now, "offset": format_duration(tenant.clock.offset)}


def quirk(tenant: Tenant, row: Quirk) -> dict[str, object]:
    """A row of quirks.toml with its value in the tenant and the values it can take."""
    values: list[object] = [*row.values] or [True, False]
    shown = row._asdict() | {"values": values, "value": tenant.quirks[row.id]}
    return {name: value for name, value in shown.items() if value is not None}


def outbox(tenant: Tenant, wanted: dict[str, str]) -> dict[str, object]:
    """Messages sent and reminders waiting, narrowed by kind, to (recipient), appointment and status."""
    messages = [_message(each.message, each.sent) for each in tenant.outbox.sent]
    messages += [_message(each, None) for each in tenant.outbox.waiting()]
    found = [each for each in messages if all(_matches(each, name, value) for name, value in wanted.items())]
    return {"value": found, "dropped": tenant.outbox.dropped}


def _matches(message: dict[str, str | None], name: str, value: str) -> bool:
    found = message[name] or ""
    return found == value if name == "appointment" else found.lower() == value.lower()


def _message(message: Message, sent: datetime | None) -> dict[str, str | None]:
    return {
        "status": "sent" if sent else "waiting",
        "kind": message.kind,
        "channel": message.channel,
        "audience": message.audience,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "business": message.event.business["id"],
        "appointment": message.event.appointment["id"],
        "due": format_instant(message.due),
        "sent": format_instant(sent) if sent else None,
    }
