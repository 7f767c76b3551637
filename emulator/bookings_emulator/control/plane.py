"""The control plane of a tenant, below `/_emulator`: every route from the tables of its modules, in one list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bookings_emulator.control import (
    businesses,
    clock,
    deliveries,
    documents,
    faults,
    index,
    journal,
    outbox,
    performance,
    quirks,
    records,
    scenarios,
    state,
    stream,
    stubs,
    tenant_settings,
    tokens,
    troubleshooting,
)
from bookings_emulator.control import tenants as isolation
from bookings_emulator.control.event_response import TRANSPORT
from bookings_emulator.control.routing import ControlRefusal, ControlRoute, answer, json_response
from bookings_emulator.log import log_defect
from bookings_emulator.settings import Settings
from bookings_emulator.tenant import Tenant
from bookings_emulator.tenants import Tenants
from bookings_emulator.wire.connection import transport_of
from bookings_emulator.wire.guard import Stranger, check_caller, check_key, share
from bookings_emulator.wire.http import ClientGone

TABLES = (
    index.table,
    state.table,
    businesses.table,
    records.table,
    clock.table,
    quirks.table,
    tenant_settings.table,
    outbox.table,
    journal.table,
    stream.table,
    deliveries.table,
    isolation.table,
    tokens.table,
    faults.table,
    stubs.table,
    scenarios.table,
    performance.table,
    troubleshooting.table,
    documents.table,
)
_CLIENT_GONE = 499  # nobody reads it
ROUTES: list[ControlRoute] = [route for table in TABLES for route in table.routes]


def control(tenants: Tenants, tenant: Tenant) -> ASGIApp:
    """The control plane of one of the tenants as an application.

    It goes by the path as it was written: a slash that a name has comes escaped and parts nothing.
    """
    app = Starlette(
        routes=[
            Route(f"/_emulator{each.path}", _endpoint(each, tenants, tenant), methods=[each.method]) for each in ROUTES
        ]
        + [Route("/_emulator/", _endpoint(ROUTES[0], tenants, tenant))],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )
    app.router.redirect_slashes = False  # a redirect would lead from a tenant to the default one

    shared = share(_guarded(app, tenants.settings), tenants.settings)

    async def as_written(scope: Scope, receive: Receive, send: Send) -> None:
        written = scope.get("raw_path") or quote(scope["path"]).encode()
        await shared({**scope, "path": written.decode("latin-1"), TRANSPORT: transport_of(send)}, receive, send)

    return as_written


def _guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application for those who may drive it; what a stranger sends is not read."""

    async def admit(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            check_caller(scope, settings)
            if not scope["path"].endswith("/_emulator/health"):
                check_key(scope, settings)
        except Stranger as error:
            await _refused(Request(scope), str(error), error.status)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return admit


def _endpoint(route: ControlRoute, tenants: Tenants, tenant: Tenant) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await answer(route, ROUTES, tenants, tenant, request)
        except ControlRefusal as error:
            return _refused(request, str(error), error.status)
        except ClientGone:
            return Response(status_code=_CLIENT_GONE)
        except Exception as error:  # the edge: a defect of the emulator is told of, and ends no connection
            log_defect()
            return _refused(request, f"a defect in the emulator: {error!r}", 500)

    return endpoint


def _refused(request: Request, reason: str, status: int) -> Response:
    return json_response({"error": f"{request.method} {request.scope['path']}: {reason}"}, status)


async def _not_found(request: Request, error: Exception) -> Response:
    return json_response({"error": f"nothing is served at {request.url.path}; GET /_emulator lists all routes"}, 404)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return json_response({"error": f"{request.method} is not allowed at {request.url.path}"}, 405)
