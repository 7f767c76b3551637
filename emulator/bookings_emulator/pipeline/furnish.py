"""What a business comes with when a person makes it: that person on its staff, and a first service."""

from __future__ import annotations

from typing import Any

from bookings_emulator.contract.api import api
from bookings_emulator.domain.businesses import first_service, maker_as_staff
from bookings_emulator.domain.operations_table import find_rule
from bookings_emulator.domain.outcome import Ask, Record
from bookings_emulator.pipeline.call import Call
from bookings_emulator.tenant import Tenant


def furnish(tenant: Tenant, call: Call, business: Record) -> None:
    """Put into a new business what it comes with; nothing for applications and for who does not say who it is."""
    maker = maker_as_staff(call.caller)
    if maker is None:
        return
    member = _create_record(tenant, call, business, "staffMembers", maker)
    if tenant.quirks["first-service"]:
        _create_record(tenant, call, business, "services", first_service(member))


def _create_record(tenant: Tenant, call: Call, business: Record, set_name: str, body: dict[str, Any]) -> Record:
    """A record made by the rule that makes those of its set."""
    served = api("v1.0")
    into = served.sets[set_name]
    ask = Ask(
        keys=(business["id"],),
        body=served.readers.create(into.type, body),
        silent=served.readers.silent(into.type),
        now=tenant.clock.now(),
        ids=tenant.chance,
        caller=call.caller,
        domain=tenant.domain,
        quirks=tenant.quirks,
    )
    outcome = find_rule(into.create, "create", set_name)(tenant.store, ask)
    tenant.store.apply(outcome.changes)
    made: Record = outcome.result
    return made
