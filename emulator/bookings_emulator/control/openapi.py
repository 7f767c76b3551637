"""The OpenAPI document of the control plane, from the tables of its routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bookings_emulator import __version__
from bookings_emulator.control.routing import ControlRoute, text

_PARAMETER = re.compile(r"\{(\w+)\}")


def control_openapi(origin: str, routes: Iterable[ControlRoute]) -> dict[str, Any]:
    """OpenAPI 3.1 of `/_emulator` as a caller at `origin` sees it."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/_emulator{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bookings emulator, control plane", "version": __version__},
        "servers": [{"url": origin}],
        "paths": paths,
    }


def _operation(route: ControlRoute) -> dict[str, Any]:
    inside = [_parameter("path", name, "") for name in _PARAMETER.findall(route.path)]
    asked = [_parameter("query", name, each.about, each.words) for name, each in route.query.items()]
    refusal = {"type": "object", "properties": {"error": text("what was expected, what was received, and where")}}
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": inside + asked,
        "responses": {
            str(route.status): {"description": "done"},
            "4XX": {"description": "not done", "content": _json(refusal)},
        },
    }
    if route.about:
        operation["description"] = route.about
    if route.body is not None:
        operation["requestBody"] = {"content": _json(route.body)}
    return operation


def _parameter(place: str, name: str, about: str, words: tuple[str, ...] = ()) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(words)} if words else {"type": "string"}
    return {"name": name, "in": place, "required": place == "path", "description": about, "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
