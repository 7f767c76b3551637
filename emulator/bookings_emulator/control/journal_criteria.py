"""The criteria of the journal as the control plane declares them: each with its type, in a query and in a body."""

from __future__ import annotations

from typing import Any

from bookings_emulator.control.routing import Parameter
from bookings_emulator.events.matching import CRITERIA

# what is no text; `status` is several with commas in a query, and a number is one as well
_KINDS = {"status": "list", "slower": "integer", "since": "integer", "number": "number or text"}
_TEXT = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
_NUMBER = {"type": ["integer", "string", "array"], "items": {"type": ["integer", "string"]}, "minItems": 1}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "status": _NUMBER,
    "number": _NUMBER,
    "slower": {"type": ["integer", "string"]},
    "since": {"type": ["integer", "string"]},
    "body": {},
}

CRITERIA_PARAMETERS = {name: Parameter(about, kind=_KINDS.get(name, "string")) for name, about in CRITERIA.items()}
CRITERIA_SCHEMAS = {name: {"description": about, **_SCHEMAS.get(name, _TEXT)} for name, about in CRITERIA.items()}
