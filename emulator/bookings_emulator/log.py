"""One line an exchange on the standard error stream, as text or as JSON; what is secret is masked."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

import orjson

from bookings_emulator.exchange import Exchange
from bookings_emulator.masking import mask_text
from bookings_emulator.times import format_instant

Log = Callable[[str, Exchange], None]


def log_text(tenant: str, exchange: Exchange) -> None:
    """`08:00:00 POST /v1.0/… 500 1.2 ms createAppointment as viewer: the reason`."""
    who = f" as {exchange.caller.name}" if exchange.caller else ""
    where = f" [{tenant}]" if tenant != "default" else ""
    why = f": {mask_text(exchange.reason)}" if exchange.reason else ""
    hurt = "".join(f" fault {each.fault}" for each in exchange.hits)
    line = (
        f"{exchange.at:%H:%M:%S}{where} {exchange.request.method} {mask_text(exchange.request.path)} {exchange.status}"
        f" {exchange.duration:.1f} ms {exchange.operation or exchange.plane}{who}{hurt}{why}\n"
    )
    sys.stderr.write(line.encode("ascii", "backslashreplace").decode())


def log_json(tenant: str, exchange: Exchange) -> None:
    """The same as one JSON object."""
    entry = {
        "at": format_instant(exchange.at),
        "tenant": tenant,
        "plane": exchange.plane,
        "method": exchange.request.method,
        "path": mask_text(exchange.request.path),
        "status": exchange.status,
        "duration": round(exchange.duration, 3),
        "operation": exchange.operation,
        "persona": exchange.caller.name if exchange.caller else None,
        "faults": [each.fault for each in exchange.hits],
        "problem": exchange.problem,
        "reason": mask_text(exchange.reason) if exchange.reason else None,
    }
    sys.stderr.write(orjson.dumps(entry).decode() + "\n")


def log_defect() -> None:
    """The exception that is being handled, with its traceback."""
    sys.stderr.write("".join(map(mask_text, traceback.format_exc().splitlines(keepends=True))))


LOGS: dict[str, Log | None] = {"text": log_text, "json": log_json, "none": None}
