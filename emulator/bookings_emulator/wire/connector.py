"""The connector plane: webhooks are subscribed, mailboxes listed and webhooks deleted, as flow platforms do it.

It stands at `/apim/microsoftbookings/{connectionId}` (API hub), at `/BookingsService` (backend), and with a quirk at
`/api/v1.0` (the form of 2022).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import orjson

from bookings_emulator.contract.connector import ConnectorContract, ConnectorOperation, load_connector, match_path
from bookings_emulator.contract.connector_body import read_subscription
from bookings_emulator.contract.load import load_problems
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.events.callbacks import host_of, is_allowed
from bookings_emulator.events.subscriptions import Subscription
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.headers import reason_text
from bookings_emulator.pipeline.permissions import check_account
from bookings_emulator.pipeline.roles import role_in
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.caller import caller_of
from bookings_emulator.wire.mouth import Work

_HUB = re.compile(r"(/apim/microsoftbookings/[^/]+)(/.*)", re.IGNORECASE)
# problems of other planes by status: what this plane says instead
_OWN = {
    400: "connector.malformed",
    401: "connector.unauthenticated",
    500: "connector.internal",
}
_HUB_HEADERS = {
    "Cache-Control": "no-store, no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Timing-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "x-ms-apihub-cached-response": "false",
    "x-ms-apihub-obo": "false",
}  # seen with other connectors, 2026-08


class ConnectorPlace(NamedTuple):
    """A path taken apart: what stands before it (that of the API hub, or nothing), and what the operation sees."""

    prefix: str
    path: str

    @property
    def is_older(self) -> bool:
        """Whether it has the form of 2022."""
        return self.path.lower().startswith("/api/")


class Connector:
    """How the connector understands requests, and words answers and refusals."""

    name = "connector"

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    @cached_property
    def _contract(self) -> ConnectorContract:
        return load_connector()

    def understand(self, exchange: Exchange) -> Work:
        """Find the operation and the caller of a request. Raises Problem."""
        place = _read_place(exchange.request)
        operation, parameters = self._operation(exchange.request.method, place)
        exchange.operation = operation.name
        exchange.keys, exchange.business = tuple(parameters.values()), parameters.get("SMTPAddress")
        exchange.caller = caller = self._caller(exchange)
        return lambda: self._carry_out(exchange, operation, place, caller)

    def _carry_out(
        self, exchange: Exchange, operation: ConnectorOperation, place: ConnectorPlace, caller: Caller
    ) -> Response:
        check_account(caller, self._tenant.quirks)
        match operation.kind:
            case "trigger":
                return self._subscribe(exchange, operation, place)
            case "list":
                return self._list_mailboxes(exchange.request, caller)
            case _:
                return self._unsubscribe(exchange, caller, place)

    def _caller(self, exchange: Exchange) -> Caller:
        """Who asks. Raises Problem connector.unauthenticated, whatever is wrong with the token."""
        try:
            return caller_of(exchange, self._tenant)
        except Problem as problem:
            if load_problems()[problem.code].status != 401:
                raise
            raise Problem("connector.unauthenticated", problem.reason) from problem

    def _operation(self, method: str, place: ConnectorPlace) -> tuple[ConnectorOperation, dict[str, str]]:
        """The operation of a request and the parameters of its path. Raises Problem connector.noroute."""
        if place.is_older and not self._tenant.quirks["connector-2022"]:
            raise _no_route("the 2022 form is served only with the quirk connector-2022").by("connector-2022")
        methods = []
        for each in self._contract.operations.values():
            template = each.older_path if place.is_older else each.path
            found = match_path(template, place.path) if template else None
            if found is not None and each.method == method:
                return each, found
            if found is not None:
                methods.append(each.method)
        if methods:
            raise _no_route(f"this path accepts {' or '.join(methods)}; got {method}")
        raise _no_route(f"no operation of the connector has the path '{place.path}'")

    def _subscribe(self, exchange: Exchange, operation: ConnectorOperation, place: ConnectorPlace) -> Response:
        """Check in this order: body, mailbox and its administrators, domain of the callback, limit (a guess)."""
        tenant, request, caller = self._tenant, exchange.request, exchange.caller or Caller()
        wanted = read_subscription(self._contract, request.body, is_older=place.is_older)
        if len(wanted.changes) > 1 and not tenant.quirks["connector-several-changes"]:
            detail = f"change_type: expected one of {', '.join(self._contract.changes)}; got {len(wanted.changes)}"
            raise Problem("connector.malformed", f"{detail} (quirk connector-several-changes)", detail=detail)
        mailbox = self._find_administered(exchange.keys[0], caller)
        if not is_allowed(wanted.url, tenant.callback_settings):
            host = host_of(wanted.url)
            allowed = ", ".join(self._contract.suffixes)
            named = "a host that --deliver-to (or deliver_to of the tenant) or --allow-callback names"
            reason = f"'{host}' is not allowed: use https at {allowed}, loopback, or {named}"
            raise Problem("connector.domain", reason, host=host)
        kept = tenant.subscriptions.of(mailbox)
        if len(kept) >= self._contract.limit:
            scope = "business" if place.is_older else operation.limit_scope
            owners = ", ".join(f"{each.owner} ({'+'.join(each.changes)})" for each in kept)
            reason = f"{mailbox} already has {len(kept)} of {self._contract.limit} webhooks: {owners}"
            raise Problem("connector.limit", reason, scope=scope)
        made = Subscription(
            id=tenant.chance.guid(),
            business=mailbox,
            changes=wanted.changes,
            url=wanted.url,
            owner=caller.name,
            created=tenant.clock.now(),
            is_older=place.is_older,
        )
        tenant.subscriptions.add(made)
        exchange.events.append("webhookCreated")
        return self._write_subscription(request, operation, place, made)

    def _write_subscription(
        self, request: Request, operation: ConnectorOperation, place: ConnectorPlace, made: Subscription
    ) -> Response:
        quirks = self._tenant.quirks
        status = 201 if place.is_older else operation.status
        if not place.is_older and quirks["connector-status"] != "definition":
            status = int(quirks["connector-status"])
        headers = self.headers(request)
        if quirks["connector-location"] != "none":
            base = request.origin + place.prefix
            headers["Location"] = (self._contract.backend if quirks["connector-location"] == "backend" else base) + (
                f"/api/v1.0/bookingBusinesses('{quote(made.business, safe='@')}')/webhooks('{made.id}')"
                if place.is_older
                else f"/BookingsService/api/V1/bookingBusinesses/{quote(made.business, safe='@')}/webhook/{made.id}"
            )
        if not place.is_older and (operation.returns or quirks["connector-webhook-id"] == "all"):
            return _write_json(status, headers, {"webhookId": made.id})
        return Response(status, headers)

    def _list_mailboxes(self, request: Request, caller: Caller) -> Response:
        """The mailboxes that the caller administers, by display name (a guess)."""
        store = self._tenant.store
        administered = [each for each in store.business_ids() if role_in(store, each, caller) == "administrator"]
        found = [store.business(each) or {} for each in administered]
        shown = [{"displayName": each["displayName"], "email": each["id"]} for each in found]
        shown.sort(key=lambda each: (each["displayName"].lower(), each["email"]))
        is_missing = not shown and self._tenant.quirks["connector-empty-list"] == "missing"
        return _write_json(200, self.headers(request), {} if is_missing else {"mailboxes": shown})

    def _unsubscribe(self, exchange: Exchange, caller: Caller, place: ConnectorPlace) -> Response:
        mailbox = self._find_administered(exchange.keys[0], caller)
        webhook = exchange.keys[1]
        if not self._tenant.subscriptions.remove(mailbox, webhook):
            raise Problem("connector.nowebhook", f"{mailbox} has no webhook '{webhook}'", webhook=webhook)
        exchange.events.append("webhookDeleted")
        headers = self.headers(exchange.request)
        return Response(204, headers) if place.is_older else _write_json(200, headers, "")

    def _find_administered(self, address: str, caller: Caller) -> str:
        """The id of a mailbox that the caller administers. Raises Problem."""
        role = role_in(self._tenant.store, address, caller)
        if role != "administrator":
            said = f"has the role {role} in" if role else "is no member of"
            raise Problem("connector.notadmin", f"the caller '{caller.name}' {said} {address}; administrators only")
        business = self._tenant.store.business(address)
        if business is not None:
            return str(business["id"])
        reason = (
            f"no booking mailbox has the address '{address}'; GET "
            "/BookingsService/api/V1/bookingBusinessesUserAsAdmin lists them"
        )
        match self._tenant.quirks["connector-unknown-mailbox"]:
            case "404":
                raise Problem("connector.nomailbox", reason, mailbox=address)
            case "403":
                raise Problem("connector.notadmin", reason)
            case _:
                detail = "ErrorNonExistentMailbox: The SMTP address has no mailbox associated with it."
                raise Problem("connector.internal", reason, detail=detail)

    def refuse(self, exchange: Exchange, problem: Problem) -> Response:
        """A problem as the backend words it, or in the envelope of the API hub; its plain reason in a header."""
        rows = load_problems()
        row = rows[problem.code].fill({"detail": "", **problem.facts})
        headers = self.headers(exchange.request) | row.headers
        if not row.id.startswith("connector."):
            own = rows.get(_OWN.get(row.status, row.id), row)
            row = own.fill({**problem.facts, "detail": problem.reason if own.status == 400 else row.message})
            headers |= row.headers
        headers["x-emulator-reason"] = reason_text(problem.reason)
        if not row.code:  # what the hub refuses by itself, and no backend has seen (a guess)
            return _write_json(row.status, headers, {"statusCode": row.status, "message": row.message})
        return _write_json(
            row.status, headers, self._envelope(exchange.request, row.status, row.code, row.message.strip())
        )

    def _envelope(self, request: Request, status: int, code: str, message: str) -> dict[str, Any]:
        if self._tenant.quirks["connector-envelope"] == "backend":
            return {"error": {"code": code, "message": message}}
        ids = [self._tenant.chance.guid() for _ in range(2)]
        text = f"{message}\r\nclientRequestId: {ids[0]}\r\nserviceRequestId: {ids[1]}"
        return {
            "status": status,
            "message": text,
            "source": self._contract.backend + _read_place(request).path,
            "errors": [],
        }

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of every response."""
        headers = {"x-ms-request-id": self._tenant.chance.guid()}
        if _HUB.fullmatch(request.path):
            headers |= _HUB_HEADERS
            headers["x-ms-tenant-id"] = self._tenant.guid
            if self._tenant.quirks["strict-transport-security"]:
                headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return headers


def _read_place(request: Request) -> ConnectorPlace:
    found = _HUB.fullmatch(request.path)
    prefix, path = found.groups() if found else ("", request.path)
    return ConnectorPlace(prefix, unquote(path))


def _no_route(reason: str) -> Problem:
    return Problem("connector.noroute", reason)


def _write_json(status: int, headers: dict[str, str], value: Any) -> Response:
    return Response(status, {**headers, "Content-Type": "application/json; charset=utf-8"}, orjson.dumps(value))
