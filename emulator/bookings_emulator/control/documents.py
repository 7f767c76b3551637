"""Documents generated from the contract: OpenAPI and the reference."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from starlette.responses import Response

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.api import api
from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.load import OVERLAYS, load_problems
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.documents.openapi import openapi
from bookings_emulator.documents.reference import reference

table = RouteTable("documents")


@table.get("/openapi/{version}.json")
def document(desk: Desk) -> Any:
    """The OpenAPI document of an API: `v1.0`, `beta`, `control`, `connector` (OpenAPI 2.0, x-ms annotations)."""
    version = desk.path["version"]
    if version == "control":
        from bookings_emulator.control.openapi import control_openapi

        return control_openapi(desk.origin, desk.routes)
    if version == "connector":
        from bookings_emulator.documents.connector_openapi import connector_openapi

        return connector_openapi(load_connector(), desk.origin)
    if version not in OVERLAYS:
        raise ControlRefusal(f"expected one of {', '.join(OVERLAYS)}, connector, control; got '{version}'", 404)
    return Response(_openapi(version, desk.origin), media_type="application/json")


@table.get("/reference")
def pages(desk: Desk) -> Any:
    """The reference of everything in the contract, as Markdown."""
    return Response(_reference(), media_type="text/markdown; charset=utf-8")


@keep_answers(8)
def _openapi(version: str, server: str) -> bytes:
    return orjson.dumps(openapi(api(version).contract, server))


@cache
def _reference() -> str:
    return reference([api(version).contract for version in OVERLAYS], load_problems())
