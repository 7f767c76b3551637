"""What the Graph plane answers beside Bookings: stubs of the test, and what is ready from personas and staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import orjson

from bookings_emulator.domain.messages import Mail
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.problem import Problem
from bookings_emulator.stubs.directory import find_caller, find_user, list_users, organization_of
from bookings_emulator.stubs.ready_made import ReadyMade, check_any, check_ready_made, load_ready_made
from bookings_emulator.stubs.schedule import schedules_of
from bookings_emulator.stubs.state import Found
from bookings_emulator.stubs.stub import fill_placeholders, segments_of
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.caller import caller_of
from bookings_emulator.wire.mouth import Work

Headers = Callable[[Request], dict[str, str]]  # of every response of the plane

_OPTIONS = ("$select", "$top")  # that a ready-made answer takes
_SANDBOX = "sandbox; default-src 'none'"  # a page of a stub can run nothing
_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


class RestOfGraph:
    """Answers paths outside of Bookings: a stub first, then what is ready-made, unless that is switched off."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._answers: dict[str, Callable[[Exchange, Caller, dict[str, str]], Any]] = {
            "getMe": lambda exchange, caller, facts: self._me(caller),
            "listUsers": lambda exchange, caller, facts: self._users(),
            "getUser": lambda exchange, caller, facts: find_user(self._users(), facts["id"]),
            "listOrganization": lambda exchange, caller, facts: [organization_of(tenant.guid, tenant.domain)],
            "sendMyMail": lambda exchange, caller, facts: self._send_mail(exchange),
            "sendMail": lambda exchange, caller, facts: self._send_users_mail(exchange, facts["id"]),
            "getMySchedule": lambda exchange, caller, facts: self._schedules(exchange),
            "getSchedule": lambda exchange, caller, facts: self._schedules(exchange),
        }

    def find(self, exchange: Exchange, path: str, headers: Headers) -> Work | None:
        """The work that answers a request at a path below the version; None if nothing of this is for it.

        Raises Problem for a caller that is not let in, and for a method that nothing there takes.
        """
        segments, request = segments_of(path), exchange.request
        found = self._tenant.stubs.find(segments, request.method, request.query, _json_of(request))
        if found is not None:
            exchange.operation = found.stub.name
            exchange.caller = caller = caller_of(exchange, self._tenant)
            return partial(self._answer_stub, exchange, found, caller, headers)
        return self._find_ready_made(exchange, segments, headers)

    def _find_ready_made(self, exchange: Exchange, segments: tuple[str, ...], headers: Headers) -> Work | None:
        if not self._tenant.quirks["ready-made-answers"]:
            return None
        there = [(row, facts) for row in load_ready_made() if (facts := row.stub.match_path(segments)) is not None]
        methods = {row.stub.method for row, _ in there} | self._tenant.stubs.find_methods(segments)
        if not methods:
            return None
        exchange.caller = caller = caller_of(exchange, self._tenant)
        for operation, facts in there:
            if operation.stub.method == exchange.request.method:
                exchange.operation = operation.name
                return partial(self._answer_ready_made, exchange, operation, facts, caller, headers)
        allowed = f"this path accepts {', '.join(sorted(methods))}; add a stub for any other call"
        raise Problem("method.notallowed", f"{exchange.request.method} is not available here: {allowed}")

    def _answer_stub(self, exchange: Exchange, found: Found, caller: Caller, headers: Headers) -> Response:
        stub = found.stub
        check_any(stub.permissions, caller, stub.request)
        self._tenant.stubs.count(stub.name)
        facts = {**found.facts, **self._facts_of(caller), "origin": exchange.request.origin}
        all_headers = {**headers(exchange.request), **{k: fill_placeholders(v, facts) for k, v in stub.headers.items()}}
        body = fill_placeholders(stub.body, facts)
        if body is None:
            return Response(stub.status, all_headers)
        given = next((value for name, value in stub.headers.items() if name.lower() == "content-type"), None)
        if given is None:
            all_headers["Content-Type"] = "application/json"
        elif "html" in given.lower() or "xml" in given.lower() or "svg" in given.lower():
            all_headers["Content-Security-Policy"] = _SANDBOX
        is_text = given is not None and "json" not in given.lower() and isinstance(body, str)
        return Response(stub.status, all_headers, body.encode() if is_text else orjson.dumps(body))

    def _answer_ready_made(
        self, exchange: Exchange, operation: ReadyMade, facts: dict[str, str], caller: Caller, headers: Headers
    ) -> Response:
        check_ready_made(operation, caller)
        self._tenant.stubs.count(operation.name)
        options = _read_options(exchange.request.query)
        value = self._answers[operation.name](exchange, caller, facts)
        if value is None:
            return Response(202, headers(exchange.request))
        all_headers = {**headers(exchange.request), "OData-Version": "4.0", "Content-Type": _JSON}
        version = exchange.request.path.lstrip("/").partition("/")[0]
        root = f"{exchange.request.origin}/{version}/$metadata#"
        return Response(200, all_headers, orjson.dumps(_envelope(root, operation.name, value, options)))

    def _users(self) -> list[dict[str, Any]]:
        return list_users(self._tenant.personas, self._tenant.store)

    def _me(self, caller: Caller) -> dict[str, Any]:
        return find_caller(self._users(), caller, self._tenant.personas)

    def _facts_of(self, caller: Caller) -> dict[str, str]:
        """The placeholders that tell who calls."""
        if caller.kind == "application":
            return {"caller.name": caller.name, "caller.upn": caller.client_id or caller.name, "caller.id": caller.name}
        user = self._me(caller)
        return {"caller.name": user["displayName"], "caller.upn": user["userPrincipalName"], "caller.id": user["id"]}

    def _schedules(self, exchange: Exchange) -> list[dict[str, Any]]:
        return schedules_of(_json_of(exchange.request), self._tenant.store)

    def _send_users_mail(self, exchange: Exchange, user: str) -> None:
        find_user(self._users(), user)
        self._send_mail(exchange)

    def _send_mail(self, exchange: Exchange) -> None:
        """Put a mail into the outbox, a message for each recipient. Raises Problem."""
        body = _json_of(exchange.request)
        found = body.get("message") if isinstance(body, dict) else None
        message: dict[str, Any] = found if isinstance(found, dict) else {}
        recipients = _recipients_of(message)
        if not recipients:
            reason = "sendMail needs message with toRecipients, each with emailAddress.address"
            raise Problem("body.json", f"{reason}; got {body!r}")
        mail = Mail(str(message.get("subject") or ""), str((message.get("body") or {}).get("content") or ""))
        for address in recipients:
            self._tenant.outbox.take_mail(address, mail, self._tenant.clock.now())
        exchange.events.append("mailSent")


def _recipients_of(message: dict[str, Any]) -> list[str]:
    """The addresses of a message, in order."""
    kinds = ("toRecipients", "ccRecipients", "bccRecipients")
    rows = [row for kind in kinds for row in message.get(kind) or () if isinstance(row, dict)]
    return [str(row["emailAddress"]["address"]) for row in rows if (row.get("emailAddress") or {}).get("address")]


def _json_of(request: Request) -> Any:
    """The body of a request if it is JSON."""
    try:
        return orjson.loads(request.body) if request.body else None
    except orjson.JSONDecodeError:
        return None


def _read_options(query: str) -> dict[str, str]:
    """The options of a ready-made answer. Raises Problem for any other: nothing must be ignored without a word."""
    options = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    for name in options:
        if name.startswith("$") and name not in _OPTIONS:
            raise Problem(
                "odata.option.unknown",
                f"'{name}' is not supported here: this built-in response (from personas and staff) supports only "
                f"{' and '.join(_OPTIONS)}; add a stub for what your program needs",
                option=name,
            )
    return options


def _envelope(root: str, operation: str, value: Any, options: dict[str, str]) -> dict[str, Any]:
    """JSON in the envelope of OData, with the members that were selected."""
    chosen = [name.strip() for name in options["$select"].split(",")] if "$select" in options else None
    if isinstance(value, dict):
        return {"@odata.context": f"{root}users/$entity", **_select(value, chosen)}
    top = options.get("$top", "")
    rows = value[: int(top)] if top.isascii() and top.isdigit() else value
    name = {"listUsers": "users", "listOrganization": "organization"}.get(operation)
    context = f"{root}{name}" if name else f"{root}Collection(microsoft.graph.scheduleInformation)"
    return {"@odata.context": context, "value": [_select(row, chosen) for row in rows]}


def _select(row: dict[str, Any], chosen: list[str] | None) -> dict[str, Any]:
    return row if chosen is None else {name: value for name, value in row.items() if name in chosen}
