"""How an exchange of the journal is shown: what is secret masked, headers and bodies as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bookings_emulator.events.journal import Entry
from bookings_emulator.events.matching import request_ids
from bookings_emulator.masking import mask_body, mask_headers, mask_query, mask_text
from bookings_emulator.times import format_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals


def brief(entry: Entry) -> answers.Exchange:
    """An exchange without headers and bodies; `duration` is in milliseconds."""
    exchange = entry.exchange
    return {
        "number": entry.number,
        "at": format_instant(exchange.at),
        "plane": cast("literals.Plane", exchange.plane),
        "operation": exchange.operation,
        "business": _masked(exchange.business),
        "persona": exchange.caller.name if exchange.caller else None,
        "method": exchange.request.method,
        "path": mask_text(exchange.request.path),
        "query": mask_query(exchange.request.query),
        "status": exchange.status,
        "problem": exchange.problem,
        "reason": _masked(exchange.reason) or "",
        "note": _masked(exchange.note) or None,
        "faults": [hit.fault for hit in exchange.hits],
        "quirks": list(exchange.quirks),
        "events": exchange.events,
        "duration": round(exchange.duration, 3),
        "request_id": request_ids(entry)[0],
        "in_batch": exchange.is_part,
    }


def _masked(text: str | None) -> str | None:
    return mask_text(text) if text else text


def show(entry: Entry) -> answers.Exchange:
    """An exchange with request and response: headers, the body (JSON as a value) and its size in bytes."""
    exchange = entry.exchange
    response = exchange.response
    answered = None
    if response:
        answered = _side(response.headers, content_type(response.headers), response.body, entry.answered)
    return {
        **brief(entry),
        "request": _side(exchange.request.headers, exchange.sent_as, exchange.request.body, entry.sent),
        "response": answered,
    }


def _side(headers: dict[str, str], mime: str, body: bytes, size: int) -> answers.ExchangeSide:
    shown = mask_body(body, mime)
    return {"headers": mask_headers(headers), "body": shown, "size": size, "is_cut": size > len(body)}


def content_type(headers: dict[str, str]) -> str:
    """The content type of a request or a response."""
    return headers.get("content-type") or headers.get("Content-Type") or ""
