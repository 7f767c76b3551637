"""Documents that follow from the contract: OpenAPI and the reference."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from starlette.responses import Response

from emulator.contract.api import api
from emulator.contract.connector import load_connector
from emulator.contract.load import OVERLAYS, load_problems
from emulator.contract.openapi import openapi
from emulator.contract.reference import reference
from emulator.control.route import Desk, Misfit, Table

table = Table("documents")


@table.get("/openapi/{version}.json")
def document(desk: Desk) -> Any:
    """The OpenAPI document of a plane: `v1.0`, `beta`, `control`, `connector` (OpenAPI 2.0, x-ms annotations)."""
    version = desk.path["version"]
    if version == "control":
        from emulator.control.openapi import control_openapi

        return control_openapi(desk.origin)
    if version == "connector":
        from emulator.contract.connector_openapi import connector_openapi

        return connector_openapi(load_connector(), desk.origin)
    if version not in OVERLAYS:
        raise Misfit(f"expected one of {', '.join(OVERLAYS)}, connector, control; '{version}' came", 404)
    return Response(_openapi(version, desk.origin), media_type="application/json")


@table.get("/reference")
def pages(desk: Desk) -> Any:
    """The reference of everything in the contract, as Markdown."""
    return Response(_reference(), media_type="text/markdown; charset=utf-8")


@cache
def _openapi(version: str, server: str) -> bytes:
    return orjson.dumps(openapi(api(version).contract, server))


@cache
def _reference() -> str:
    return reference([api(version).contract for version in OVERLAYS], load_problems())
