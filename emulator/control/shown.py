"""How the control plane shows what a tenant holds: plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from emulator import __version__
from emulator.contract.load import OVERLAYS
from emulator.contract.quirks import Quirk
from emulator.domain.messages import Message
from emulator.tenant import Tenant
from emulator.times import format_duration, format_instant


def index_of(origin: str, tenant: Tenant) -> dict[str, object]:
    """Where everything is: the URLs of an emulator that a client sees at `origin`."""
    return {
        "name": "graph-bookings-emulator",
        "version": __version__,
        "fixtures": [each.name for each in tenant.fixtures],
        "seed": tenant.chance.seed,
        "graph": {version: f"{origin}/{version}" for version in OVERLAYS},
        "control": {
            "health": f"{origin}/_emulator/health",
            "reset": f"{origin}/_emulator/reset",
            "clock": f"{origin}/_emulator/clock",
            "quirks": f"{origin}/_emulator/quirks",
            "outbox": f"{origin}/_emulator/outbox",
            "journal": f"{origin}/_emulator/journal",
            "openapi": {version: f"{origin}/_emulator/openapi/{version}.json" for version in OVERLAYS},
            "reference": f"{origin}/_emulator/reference",
        },
    }


def clock(tenant: Tenant) -> dict[str, str]:
    """Mode, present moment and offset."""
    now = format_instant(tenant.clock.now())
    return {"mode": tenant.clock.mode, "now": now, "offset": format_duration(tenant.clock.offset)}


def quirk(tenant: Tenant, row: Quirk) -> dict[str, object]:
    """A row of quirks.toml with its value in the tenant and the values it can take."""
    values: list[object] = [*row.values] or [True, False]
    shown = asdict(row) | {"values": values, "value": tenant.quirks[row.id]}
    return {name: value for name, value in shown.items() if value is not None}


def journal(tenant: Tenant) -> dict[str, object]:
    """The newest exchanges, oldest first, and how many were let go before them."""
    entries = [{**each._asdict(), "at": format_instant(each.at)} for each in tenant.journal.exchanges]
    return {"value": entries, "dropped": tenant.journal.dropped}


OUTBOX_FILTERS = frozenset({"kind", "to", "appointment", "status"})


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
