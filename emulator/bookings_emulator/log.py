"""The log: one line for each exchange on standard error, as text or JSON, with secrets masked."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable

import orjson

from bookings_emulator.caches import keep_answers
from bookings_emulator.error_stream import error_stream, indented, on_one_line
from bookings_emulator.exchange import Exchange
from bookings_emulator.secret_signs import may_hide
from bookings_emulator.times import format_instant

Log = Callable[[str, Exchange], None]
_LONGEST = 1_000  # characters of a path or a reason; all of it is in the journal
_LONGEST_KEPT = 400  # characters of a path whose masked form is kept


def log_text(tenant: str, exchange: Exchange) -> None:
    """`08:00:00 POST /v1.0/… 500 1.2 ms createAppointment as viewer: the reason`."""
    error_stream.write_later(_word_text, tenant, exchange)


def log_json(tenant: str, exchange: Exchange) -> None:
    """The same as one JSON object."""
    error_stream.write_later(_word_json, tenant, exchange)


def _word_text(tenant: str, exchange: Exchange) -> str:
    at, caller, reason = exchange.at, exchange.caller, exchange.reason
    who = f" as {caller.name}" if caller else ""
    where = f" [{tenant}]" if tenant != "default" else ""
    why = f": {_shown(reason)}" if reason else ""
    note = f"; note: {_shown(exchange.note)}" if exchange.remarks else ""
    hurt = "".join(f" fault {each.fault}" for each in exchange.hits) if exchange.hits else ""
    line = (
        f"{at.hour:02}:{at.minute:02}:{at.second:02}{where} {exchange.request.method} {_path(exchange)}"
        f" {exchange.status} {exchange.duration:.1f} ms {exchange.operation or exchange.plane}{who}{hurt}{why}{note}"
    )
    return on_one_line(line) + "\n"


def _word_json(tenant: str, exchange: Exchange) -> str:
    entry = {
        "at": format_instant(exchange.at),
        "tenant": tenant,
        "plane": exchange.plane,
        "method": exchange.request.method,
        "path": _path(exchange),
        "status": exchange.status,
        "duration": round(exchange.duration, 3),
        "operation": exchange.operation,
        "persona": exchange.caller.name if exchange.caller else None,
        "faults": [each.fault for each in exchange.hits],
        "problem": exchange.problem,
        "reason": _shown(exchange.reason) if exchange.reason else None,
        "note": _shown(exchange.note) if exchange.remarks else None,
    }
    line = orjson.dumps(entry).decode()
    return (line if line.isascii() else json.dumps(entry)) + "\n"


def log_defect() -> None:
    """The exception that is being handled, with its traceback."""
    error_stream.write(indented("".join(map(_without_secrets, traceback.format_exc().splitlines(keepends=True)))))


def _without_secrets(text: str) -> str:
    """A text without its secrets; nearly all have none."""
    if not may_hide(text):
        return text
    from bookings_emulator.masking import mask_text  # its patterns take a while to compile

    return mask_text(text)


def _path(exchange: Exchange) -> str:
    path = exchange.request.path
    return _shown_again(path)


def _shown(text: str) -> str:
    """A text as far as it is shown, its secrets masked; cut before, so that a long one costs no more."""
    return _without_secrets(text) if len(text) <= _LONGEST else f"{_without_secrets(text[:_LONGEST])} ..."


_shown_again = keep_answers(1024, _LONGEST_KEPT)(_shown)


LOGS: dict[str, Log | None] = {"text": log_text, "json": log_json, "none": None}
