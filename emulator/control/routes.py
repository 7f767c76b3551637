"""The control plane: health, reset, clock, quirks, outbox, and the documents that follow from the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator import __version__
from emulator.contract.api import api
from emulator.contract.load import OVERLAYS, load_problems
from emulator.contract.openapi import openapi
from emulator.contract.quirks import QuirkError, load_quirks
from emulator.contract.reference import reference
from emulator.control import shown
from emulator.tenant import Tenant
from emulator.times import parse_duration, parse_instant

# where the clock can stand: what Exchange has dates for
_FIRST, _LAST = datetime(1601, 1, 1, tzinfo=UTC), datetime(4500, 12, 31, tzinfo=UTC)
_SPAN = f"the clock can stand in the years {_FIRST.year} to {_LAST.year}"


def control(tenant: Tenant) -> Starlette:
    """The control plane of a tenant: everything below `/_emulator`."""

    async def index(request: Request) -> Response:
        return _json(shown.index_of(_origin(request), tenant))

    async def health(request: Request) -> Response:
        return _json({"status": "ready", "version": __version__})

    async def reset(request: Request) -> Response:
        tenant.reset()
        return Response(status_code=204)

    async def document(request: Request) -> Response:
        version = request.path_params["version"]
        if version not in OVERLAYS:
            raise Misfit(f"expected one of {', '.join(OVERLAYS)}; '{version}' came", 404)
        return Response(_openapi(version, _origin(request)), media_type="application/json")

    async def pages(request: Request) -> Response:
        return Response(_reference(), media_type="text/markdown; charset=utf-8")

    async def show_clock(request: Request) -> Response:
        return _json(shown.clock(tenant))

    async def set_clock(request: Request) -> Response:
        given = await _object(request, {"mode", "now"})
        _set_clock(tenant, given)
        return _json(shown.clock(tenant))

    async def advance(request: Request) -> Response:
        tenant.advance(_length(tenant, await _object(request, {"by", "to"})))
        return _json(shown.clock(tenant))

    async def list_quirks(request: Request) -> Response:
        return _json({"value": [shown.quirk(tenant, each) for each in load_quirks().values()]})

    async def set_quirk(request: Request) -> Response:
        given = await _object(request, {"value"})
        try:
            quirk = tenant.set_quirk(request.path_params["id"], given.get("value"))
        except QuirkError as error:
            raise Misfit(str(error), 404 if "there is no quirk" in str(error) else 400) from error
        return _json(shown.quirk(tenant, quirk))

    async def outbox(request: Request) -> Response:
        unknown = sorted(set(request.query_params) - shown.OUTBOX_FILTERS)
        if unknown:
            raise Misfit(f"unknown parameter '{unknown[0]}'; expected {', '.join(sorted(shown.OUTBOX_FILTERS))}")
        tenant.outbox.settle(tenant.clock.now())
        return _json(shown.outbox(tenant, dict(request.query_params)))

    async def journal(request: Request) -> Response:
        return _json(shown.journal(tenant))

    return Starlette(
        routes=[
            Route("/_emulator", index),
            Route("/_emulator/", index),
            Route("/_emulator/health", health),
            Route("/_emulator/reset", reset, methods=["POST"]),
            Route("/_emulator/clock", show_clock, methods=["GET"]),
            Route("/_emulator/clock", set_clock, methods=["PUT"]),
            Route("/_emulator/clock/advance", advance, methods=["POST"]),
            Route("/_emulator/quirks", list_quirks),
            Route("/_emulator/quirks/{id}", set_quirk, methods=["PUT"]),
            Route("/_emulator/outbox", outbox),
            Route("/_emulator/journal", journal),
            Route("/_emulator/openapi/{version}.json", document),
            Route("/_emulator/reference", pages),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed, Misfit: _misfit},
    )


class Misfit(Exception):
    """A call that cannot be carried out; the message says what was expected and what came."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def _object(request: Request, names: set[str]) -> dict[str, Any]:
    """The JSON object of a body with none but these members. Raises Misfit."""
    try:
        given = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise Misfit(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise Misfit(f"the body must be an object with {' or '.join(sorted(names))}; {given!r} came")
    unknown = sorted(set(given) - names)
    if unknown:
        raise Misfit(f"unknown member '{unknown[0]}'; expected {' or '.join(sorted(names))}")
    return given


def _set_clock(tenant: Tenant, given: dict[str, Any]) -> None:
    """`{"mode": "real"}`, `{"mode": "frozen", "now": …}` or `{"mode": "offset", "now": …}`; `now` alone freezes."""
    mode = given.get("mode", "frozen")
    moment = parse_instant(given["now"]) if isinstance(given.get("now"), str) else None
    if mode not in ("real", "frozen", "offset"):
        raise Misfit(f"mode takes real, frozen or offset; {mode!r} came")
    if "now" in given and moment is None:
        raise Misfit(f"now takes a moment such as 2026-01-05T08:00:00Z; {given['now']!r} came")
    if mode == "offset" and moment is None:
        raise Misfit("mode offset needs now, the moment from which the clock goes on")
    if mode == "real" and moment is not None:
        raise Misfit(f"mode real takes no now; {given['now']!r} came")
    if moment is not None and not _FIRST <= moment <= _LAST:
        raise Misfit(f"{_SPAN}; {given['now']!r} came")
    tenant.set_clock(mode, moment)


def _length(tenant: Tenant, given: dict[str, Any]) -> timedelta:
    """How far to go: `{"by": "P1D"}` or `{"to": "2026-02-01T00:00:00Z"}`, forward only."""
    by, to = given.get("by"), given.get("to")
    length = parse_duration(by) if isinstance(by, str) else None
    moment = parse_instant(to) if isinstance(to, str) else None
    if (by is None) == (to is None) or (length is None and moment is None):
        raise Misfit(f"give either by, such as P1D or PT30M, or to, such as 2026-02-01T00:00:00Z; {given!r} came")
    now = tenant.clock.now()
    length = length if moment is None else moment - now
    if length is None or length < timedelta():
        raise Misfit("the clock only advances; PUT /_emulator/clock sets it to an earlier moment")
    if length > _LAST - now:
        raise Misfit(f"{_SPAN}; {given!r} came")
    return length


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _misfit(request: Request, error: Exception) -> Response:
    return _json({"error": f"{request.method} {request.url.path}: {error}"}, getattr(error, "status", 400))


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
