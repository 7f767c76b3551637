"""Documents generated from the contract: OpenAPI and the reference."""

from __future__ import annotations

from functools import cache

import orjson
from starlette.responses import Response

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.api import api
from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.load import OVERLAYS, load_problems
from bookings_emulator.control.routing import ControlRefusal, Desk, Parameter, RouteTable, json_response
from bookings_emulator.documents.openapi import openapi
from bookings_emulator.documents.reference import reference
from bookings_emulator.problem import did_you_mean

table = RouteTable("documents")
DOCUMENTS = (*OVERLAYS, "connector", "connector-openapi3", "control")


@table.get("/openapi/{version}.json", inside={"version": Parameter("which document", DOCUMENTS)})
def document(desk: Desk) -> Response:
    """The OpenAPI document of an API: `v1.0`, `beta`, `control`, `connector` (OpenAPI 2.0, x-ms annotations).

    `connector-openapi3` is the connector again, for generators that read OpenAPI 3 only.
    """
    version = desk.path["version"]
    if version == "control":
        from bookings_emulator.control.openapi import control_openapi

        return json_response(control_openapi(desk.origin, desk.routes))
    if version == "connector":
        from bookings_emulator.documents.connector_openapi import connector_openapi

        return json_response(connector_openapi(load_connector(), desk.origin))
    if version == "connector-openapi3":
        from bookings_emulator.documents.connector_openapi3 import connector_openapi3

        return json_response(connector_openapi3(load_connector(), desk.origin))
    if version not in OVERLAYS:
        known = ", ".join(DOCUMENTS)
        raise ControlRefusal(f"expected one of {known}; got '{version}'{did_you_mean(version, DOCUMENTS)}", 404)
    return Response(_openapi(version, desk.origin), media_type="application/json")


@table.get("/schemas/notification.json", media="application/schema+json")
def show_notification_schema(desk: Desk) -> Response:
    """The JSON Schema of the notifications that the connector sends."""
    from bookings_emulator.documents.connector_openapi3 import notification_schema

    return Response(orjson.dumps(notification_schema(load_connector())), media_type="application/schema+json")


@table.get("/reference", media="text/markdown")
def pages(desk: Desk) -> Response:
    """The reference of everything in the contract, as Markdown."""
    return Response(_reference(), media_type="text/markdown; charset=utf-8")


@keep_answers(8)
def _openapi(version: str, server: str) -> bytes:
    return orjson.dumps(openapi(api(version).contract, server))


@cache
def _reference() -> str:
    return reference([api(version).contract for version in OVERLAYS], load_problems())
