"""The journal as a scenario: what was asked, in the situation of the tenant, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.control.turns import collect_in_turns
from bookings_emulator.events.journal import Entry
from bookings_emulator.json_values import texts_in
from bookings_emulator.masking import mask_body, mask_headers, mask_query, mask_text, mask_value
from bookings_emulator.recording.recorded import HOME, Recorded
from bookings_emulator.recording.scenario_steps import Steps
from bookings_emulator.store.personas import without_secrets
from bookings_emulator.store.seed import shipped
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant

_BROKEN = frozenset({"reset", "lost", "cut"})
_DRIFT = timedelta(minutes=1)  # by which a real clock may have gone on between two calls without a step that tells so


async def scenario_of(tenant: Tenant, entries: list[Entry], dropped: int) -> dict[str, Any]:
    """A scenario file of exchanges. Parts of a batch are in the batch; what shows tokens is left out.

    Secrets and passwords of personas are left out as well: played, personas have those that follow from their names.
    """
    shows = f"{len(entries)} recorded exchanges."
    if dropped:
        shows += f" The journal had dropped {dropped} earlier exchanges: their changes are missing here."
    start = entries[0].exchange.at if entries else tenant.clock.now()
    return {
        "title": f"Journal of the tenant {tenant.name}",
        "shows": shows,
        "source": f"journal, {format_instant(start)}",
        **_stubs(tenant),
        "given": _given(tenant, start, {hit.fault for each in entries for hit in each.exchange.hits}),
        "step": await collect_in_turns(_steps(tenant, entries, start)),
    }


def _given(tenant: Tenant, start: datetime, met: set[str]) -> dict[str, Any]:
    """The situation of a tenant, with those of its faults that met an exchange: no other had a part in what came."""
    fixtures = tenant.start.fixtures
    own = [each for each in fixtures if each.name not in shipped()]
    records: Any = [each.name for each in fixtures]
    if own:  # they are files, or were sent: the scenario carries them
        records = {**fixtures[0].whole()}
        for each in fixtures[1:]:
            records |= {name: _joined(records.get(name), value) for name, value in each.whole().items()}
        if "personas" in records:
            records["personas"] = without_secrets(records["personas"])
    changed = {
        each.id: tenant.quirks[each.id] for each in load_quirks().values() if tenant.quirks[each.id] != each.default
    }
    faults = [dict(each.rule.given) for each in tenant.faults if each.rule.id in met]
    return {
        "fixture": mask_value(records),
        **({"quirks": changed} if changed else {}),
        **({"faults": mask_value(faults)} if faults else {}),
        "now": format_instant(start),
        "seed": tenant.start.seed,
    }


def _stubs(tenant: Tenant) -> dict[str, Any]:
    """The stubs that there are, but those that the fixtures bring."""
    brought = [row for each in tenant.start.fixtures for row in each.data.get("stub", ())]
    made = [dict(stub.given) for stub in tenant.stubs if stub.given not in brought]
    return {"stub": mask_value(made)} if made else {}


def _joined(first: Any, second: Any) -> Any:
    """Two lists of records become one; of anything else the first stays."""
    return (
        [*first, *second]
        if isinstance(first, list) and isinstance(second, list)
        else second
        if first is None
        else first
    )


def _steps(tenant: Tenant, entries: list[Entry], now: datetime) -> Iterator[dict[str, Any]]:
    """The calls, with the clock moved where it was moved between them."""
    known = set(texts_in([each.whole() for each in tenant.start.fixtures]))
    steps = Steps(HOME, known)
    events: list[str] = []
    for entry in entries:
        exchange = entry.exchange
        events += exchange.events
        if exchange.is_part or exchange.plane == "identity":
            continue
        moved = exchange.at - now
        if moved > _DRIFT or (moved and tenant.clock.frozen):
            yield _moved(exchange.at, moved)
            now = exchange.at
        step = steps.step(_recorded(tenant, entry, events))
        if any(hit.effect.kind in _BROKEN for hit in exchange.hits):
            step["expect"] = {"lost": True}
            step.pop("capture", None)
        yield step
        events = []


def _moved(to: datetime, by: timedelta) -> dict[str, Any]:
    moment = format_instant(to)
    return {"advance": moment} if by > timedelta() else {"control": "PUT /clock", "body": {"now": moment}}


def _recorded(tenant: Tenant, entry: Entry, events: list[str]) -> Recorded:
    """An exchange as a recorded call, without secrets."""
    request, response = entry.exchange.request, entry.exchange.response
    headers = {
        name: each.replace(request.origin, HOME) for name, each in (response.headers if response else {}).items()
    }
    answer = response.body if response else b""
    return Recorded(
        method=request.method,
        path=mask_text(request.path) + (f"?{mask_query(request.query)}" if request.query else ""),
        headers={name: value for name, value in mask_headers(request.headers).items() if name != "authorization"},
        body=_masked(request.body, entry.exchange.sent_as),
        status=entry.exchange.status,
        answer_headers={name.lower(): value for name, value in mask_headers(headers).items()},
        answer=_masked(answer.replace(request.origin.encode(), HOME.encode()), headers.get("Content-Type", "")),
        caller=_caller(tenant, entry),
        is_whole=entry.answered <= len(answer),
        events=list(events),
    )


def _masked(body: bytes, content_type: str) -> bytes:
    shown = mask_body(body, content_type)
    return b"" if shown is None else shown.encode() if isinstance(shown, str) else orjson.dumps(shown)


def _caller(tenant: Tenant, entry: Entry) -> str | None:
    """The persona of an exchange; None for whoever may do everything, empty where no known caller asked."""
    caller = entry.exchange.caller
    if caller is None:
        return ""
    return caller.name if caller.name in tenant.personas else None
