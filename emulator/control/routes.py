"""The control plane: health, reset, and the documents that follow from the contract."""

from __future__ import annotations

from functools import cache

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator import __version__
from emulator.contract.api import api
from emulator.contract.load import OVERLAYS, load_problems
from emulator.contract.openapi import openapi
from emulator.contract.reference import reference
from emulator.tenant import Tenant


def control(tenant: Tenant) -> Starlette:
    """The control plane of a tenant: everything below `/_emulator`."""

    async def index(request: Request) -> Response:
        return _json(index_of(_origin(request), tenant))

    async def health(request: Request) -> Response:
        return _json({"status": "ready", "version": __version__})

    async def reset(request: Request) -> Response:
        tenant.reset()
        return Response(status_code=204)

    async def document(request: Request) -> Response:
        version = request.path_params["version"]
        if version not in OVERLAYS:
            return _json({"error": f"expected one of {', '.join(OVERLAYS)}; '{version}' came"}, 404)
        return Response(_openapi(version, _origin(request)), media_type="application/json")

    async def pages(request: Request) -> Response:
        return Response(_reference(), media_type="text/markdown; charset=utf-8")

    return Starlette(
        routes=[
            Route("/_emulator", index),
            Route("/_emulator/", index),
            Route("/_emulator/health", health),
            Route("/_emulator/reset", reset, methods=["POST"]),
            Route("/_emulator/openapi/{version}.json", document),
            Route("/_emulator/reference", pages),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def index_of(origin: str, tenant: Tenant) -> dict[str, object]:
    """Where everything is: the URLs of an emulator that a client sees at `origin`."""
    return {
        "name": "graph-bookings-emulator",
        "version": __version__,
        "fixtures": [each.name for each in tenant.fixtures],
        "seed": tenant.chance.seed,
        "graph": {version: f"{origin}/{version}" for version in OVERLAYS},
        "control": {
            "health": f"{origin}/_emulator/health",
            "reset": f"{origin}/_emulator/reset",
            "openapi": {version: f"{origin}/_emulator/openapi/{version}.json" for version in OVERLAYS},
            "reference": f"{origin}/_emulator/reference",
        },
    }


async def _not_found(request: Request, error: Exception) -> Response:
    return _json({"error": f"nothing is served at {request.url.path}; GET /_emulator lists what is"}, 404)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return _json({"error": f"{request.method} is not taken at {request.url.path}"}, 405)


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value, option=orjson.OPT_INDENT_2), status, media_type="application/json")


@cache
def _openapi(version: str, server: str) -> bytes:
    return orjson.dumps(openapi(api(version).contract, server))


@cache
def _reference() -> str:
    return reference([api(version).contract for version in OVERLAYS], load_problems())
