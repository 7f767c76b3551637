"""What faults do to an answer: its status, headers and body here and now, its bytes and its connection when it is sent.

On a server a connection is reset or closed for real; where an application is called in process there is none, and the
call ends in a ConnectionError instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

import orjson

from bookings_emulator.exchange import Effect, Exchange, Hit, Response
from bookings_emulator.faults import Faults
from bookings_emulator.headers import header_text, reason_text
from bookings_emulator.json_values import put_values
from bookings_emulator.wire.connection import transport_of
from bookings_emulator.wire.http import Send, packed, start_of, write_response
from bookings_emulator.wire.mouth import Mouth

HEADER = "x-emulator-fault"
_PIECES = 20  # into which a slow body is cut at most
REPLACING = ("problem", "status", "reset")  # effects whose answer is not that of the call
_ENDINGS = ("reset", "lost", "cut")
_PATIENCE = 5000  # milliseconds for what was sent to go out
_NO_LINGER = struct.pack("ii", 1, 0)


def spoil(exchange: Exchange, response: Response, mouth: Mouth, faults: Faults) -> Response:
    """Apply the faults that fired: the one that replaces or breaks the response, if any does, then the delays.

    One that finds nothing to act on is counted as not fired.
    """
    for hit in sorted(exchange.hits, key=lambda hit: hit.effect.kind is None):
        spoiled = _apply_hit(exchange, response, hit, mouth)
        if spoiled is None:
            faults.withdraw(exchange, hit)
        else:
            response = spoiled
    if exchange.hits:
        response.headers[HEADER] = ", ".join(hit.fault for hit in exchange.hits)
        exchange.duration += delay(exchange.hits)
    return response


def delay(hits: list[Hit]) -> float:
    """By how many milliseconds faults hold an answer back before its first byte."""
    return sum(hit.latency for hit in hits)


def on_the_wire(hits: list[Hit]) -> list[Hit]:
    """What faults that met a part of a batch do to the whole answer: what acts on the connection or on time."""
    found = []
    for hit in hits:
        kind = hit.effect.kind if hit.effect.kind in _ENDINGS else None
        if kind or hit.latency or hit.effect.slow:
            effect = Effect(slow=hit.effect.slow, kind=kind, cut=hit.effect.cut)
            found.append(Hit(hit.fault, effect, hit.latency, hit.reason))
    return found


async def write(exchange: Exchange, response: Response, send: Send) -> None:
    """Send a response as slowly and as incompletely as the faults want it. Raises ConnectionError in process."""
    hits = exchange.hits
    await asyncio.sleep(delay(hits) / 1000)
    kinds = {hit.effect.kind: hit.effect for hit in hits}
    if "reset" in kinds or "lost" in kinds:
        await _end(send, is_reset="reset" in kinds)
        return
    cut = kinds.get("cut")
    slow = sum(hit.effect.slow for hit in hits)
    if cut is None and not slow:
        await write_response(exchange.request.headers, response, send)
        return
    body = packed(exchange.request.headers, response)
    await send(start_of(response, len(body)))
    end = len(body) if cut is None else min(len(body) // 2 if cut.cut is None else cut.cut, len(body) - 1)
    await _drip(body[:end], slow, send, is_last=cut is None)
    if cut is not None:
        await _end(send)


async def _drip(body: bytes, slow: float, send: Send, *, is_last: bool) -> None:
    """Send a body in equal pieces with equal pauses, `slow` milliseconds in all."""
    pieces = max(1, min(_PIECES, len(body))) if slow else 1
    size = -(-len(body) // pieces) or 1
    for start in range(0, max(len(body), 1), size):
        await asyncio.sleep(slow / pieces / 1000)
        has_more = not is_last or start + size < len(body)
        await send({"type": "http.response.body", "body": body[start : start + size], "more_body": has_more})


async def _end(send: Send, *, is_reset: bool = False) -> None:
    """End the connection: what was sent still goes out and then nothing comes, or it is reset at once."""
    transport = transport_of(send)
    if transport is None:
        raise (
            ConnectionResetError("a fault reset the connection")
            if is_reset
            else ConnectionAbortedError("a fault closed the connection before the response was complete")
        )
    if is_reset:
        with contextlib.suppress(OSError, AttributeError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
    owner: Any = send.__self__  # type: ignore[attr-defined]
    for _ in range(_PATIENCE):  # or the server would take a return without an answer for a defect
        if owner.disconnected:
            return
        await asyncio.sleep(0.001)
    transport.abort()  # the client does not read what was sent


def _apply_hit(exchange: Exchange, response: Response, hit: Hit, mouth: Mouth) -> Response | None:
    """What one fault makes of a response; None if there is nothing that it could act on."""
    match hit.effect.kind:
        case "reset":
            exchange.problem, exchange.reason = None, hit.reason
            return Response(0)
        case "problem" | "status":
            is_too_late = hit.effect.is_kept and response.status >= 400
            return None if is_too_late else _replace_response(exchange, hit, mouth)
        case "malformed":
            return Response(response.status, response.headers, break_json(response.body)) if response.body else None
        case "replace":
            return _rewrite_values(response, hit.effect.replace)
        case kind:
            has_what_it_takes = response.status < 400 if kind == "lost" else response.body or (hit.latency and not kind)
            return response if has_what_it_takes else None


def _replace_response(exchange: Exchange, hit: Hit, mouth: Mouth) -> Response:
    """The response that a fault sends in the place of the call's own: a refusal of the plane, or a bare status."""
    if hit.problem is not None:
        exchange.note_problem(hit.problem)
        response = mouth.refuse(exchange, hit.problem)
    else:
        exchange.problem, exchange.reason = None, hit.reason
        response = _write_status(exchange, hit, mouth)
    if hit.retry_after is not None:
        response.headers["Retry-After"] = hit.retry_after
    for name, value in hit.effect.headers.items():
        spelled = next((each for each in response.headers if each.lower() == name.lower()), name)
        response.headers[spelled] = header_text(value)
    return response


def _write_status(exchange: Exchange, hit: Hit, mouth: Mouth) -> Response:
    """A status of a fault, with its body (JSON, or a text as it is) and the headers that the plane always sends."""
    body = hit.effect.body
    headers = {**mouth.headers(exchange.request), "x-emulator-reason": reason_text(hit.reason)}
    if isinstance(body, str):
        return Response(hit.effect.status, headers | {"Content-Type": "text/plain; charset=utf-8"}, body.encode())
    if body is None:
        return Response(hit.effect.status, headers)
    return Response(hit.effect.status, headers | {"Content-Type": "application/json"}, orjson.dumps(body))


def break_json(body: bytes) -> bytes:
    """A body that is no JSON any more: its last byte, which closes it, is missing and something else stands there."""
    return body[:-1] + b"<"


def _rewrite_values(response: Response, values: Any) -> Response | None:
    """A good JSON answer with other values at JSON pointers; None where one of them leads nowhere."""
    if response.status >= 400 or not response.body:
        return None
    body = put_values(response.body, values)
    return None if body is None else Response(response.status, response.headers, body)
