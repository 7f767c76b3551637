"""What a failed test shows of its tenant: the exchanges, and the plain reasons behind opaque answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bookings_emulator.client.answers import Delivery, Exchange
from bookings_emulator.client.client import Client
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.masking import mask_text

MOST = 50
LONGEST = 1000  # characters of a body that was sent


def exchanges(client: Client) -> str:
    """The newest exchanges of a tenant as text, oldest first."""
    try:
        found, deliveries = client.journal(), client.deliveries()
    except ControlError as error:
        return f"the journal cannot be read: {error}"
    if not found:
        return "none: this tenant received no request; does the client use bookings.graph_url?"
    left_out = [f"… {len(found) - MOST} earlier ones"] if len(found) > MOST else []
    undelivered = [_line(each) for each in deliveries if each["status"] != "delivered"]
    return "\n".join([*left_out, *(line for each in found[-MOST:] for line in _lines(each)), *undelivered[-MOST:]])


def _line(delivery: Delivery) -> str:
    reason = f": {delivery['reason']}" if delivery["reason"] else ""
    callback = mask_text(delivery["callback"])
    return f"notification of {delivery['event']} to {callback}: {delivery['status']}{mask_text(reason)}"


def _lines(exchange: Exchange) -> Iterator[str]:
    query = f"?{exchange['query']}" if exchange["query"] else ""
    who = f"  as {exchange['persona']}" if exchange["persona"] else ""
    yield f"{exchange['method']} {exchange['path']}{query} → {exchange['status']}{who}  ({exchange['duration']:.1f} ms)"
    if exchange["problem"]:
        yield f"    {exchange['problem']}: {exchange['reason']}"
        sent = exchange.get("request", {}).get("body")
        if sent:
            text = sent if isinstance(sent, str) else json.dumps(sent, ensure_ascii=False)
            yield f"    sent: {text if len(text) <= LONGEST else text[:LONGEST] + ' …'}"
    if exchange["faults"]:
        yield f"    faults: {', '.join(map(str, exchange['faults']))}"
    if exchange["events"]:
        yield f"    events: {', '.join(exchange['events'])}"
