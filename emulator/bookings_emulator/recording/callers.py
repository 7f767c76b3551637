"""Whose a bearer token of a recording is: personas without their tokens."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bookings_emulator.json_values import read_json
from bookings_emulator.recording.recorded import Recorded


def claims(token: str) -> dict[str, Any]:
    """The claims of a token in the form of a JWT, read and not verified; none of any other."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = read_json(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def name_callers(
    calls: Iterable[Recorded], known: Iterable[dict[str, Any]] = ()
) -> tuple[list[Recorded], list[dict[str, Any]]]:
    """The same calls with personas in the place of tokens, and the rows of these personas.

    `known` are rows of personas of an emulator: their names are tokens, and tokens it issued carry their `objectId`.
    Any other JWT becomes a persona with the kind and the permissions that its claims tell; whatever else is a token
    may do everything.
    """
    by_name: dict[Any, dict[str, Any]] = {}
    for row in known:
        by_name |= {row["name"]: row, row.get("objectId"): row}
    rows: dict[str, dict[str, Any]] = {}
    named = []
    for call in calls:
        token = call.caller
        if token and token not in rows:
            found = by_name.get(token) or by_name.get(claims(token).get("oid", ""))
            if found:
                rows[token] = found
            elif claims(token):
                rows[token] = _row(f"caller{len(rows) + 1}", claims(token))
        named.append(replace(call, caller=rows[token]["name"] if token in rows else None) if token else call)
    return named, list({row["name"]: row for row in rows.values()}.values())


def _row(name: str, told: dict[str, Any]) -> dict[str, Any]:
    scopes = str(told.get("scp", "")).split()
    if told.get("idtyp") == "app" or (told.get("roles") and not scopes):
        return {"name": name, "kind": "application", "permissions": list(told.get("roles", ()))}
    return {"name": name, "kind": "delegated", "permissions": scopes, "roles": {"*": "administrator"}}
