"""The booking page's plane: the anonymous JSON API behind published pages, and the pages themselves.

No token, no cookie and no header is needed, but where a page is restricted to the organization.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from urllib.parse import unquote

import orjson

from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.page import PageOperation, find_operation, load_page, match_base
from bookings_emulator.domain.outcome import Caller, Record
from bookings_emulator.domain.page_booking import AS_VISITOR
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.headers import reason_text
from bookings_emulator.pipeline.page_calls import PageAnswer, PageCall, carry_out, page_settings, published_business
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire import page_site
from bookings_emulator.wire.mouth import Work
from bookings_emulator.wire.page_sign_in import member_of

_OPEN = "page.settings"  # tells who may not look any further that a sign-in is needed


class Page:
    """How the booking page understands requests, and words answers and refusals."""

    name = "page"

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def understand(self, exchange: Exchange) -> Work:
        """Find the operation or the page that is asked for. Raises Problem."""
        request, exchange.caller = exchange.request, AS_VISITOR
        path = unquote(request.path)
        found = match_base(load_page().base)(path)
        if found is None:
            return self._understand_site(exchange, path)
        exchange.business = found["business"]
        if request.method == "OPTIONS" and self._tenant.quirks["page-cors"]:
            return lambda: self._preflight(request)
        operation = find_operation(load_page(), request.method, found["rest"] or "")
        if isinstance(operation, list):
            taken = f"this path accepts {' or '.join(operation)}" if operation else "nothing is served at this path"
            raise Problem("page.noroute", f"{taken}; got {request.method} {path}")
        exchange.operation, key = operation[0].name, operation[1]
        exchange.keys = (found["business"], key) if key else (found["business"],)
        return lambda: self._carry_out(exchange, operation[0], key)

    def _carry_out(self, exchange: Exchange, operation: PageOperation, key: str) -> Response:
        business = published_business(self._tenant, exchange.business or "")
        exchange.business = business["id"]
        if operation.name != _OPEN:
            exchange.caller = self._visitor(exchange, business)
        answer = carry_out(self._tenant, PageCall(operation, business, key, exchange.request.body))
        return self._write(exchange, operation.status, answer)

    def _understand_site(self, exchange: Exchange, path: str) -> Work:
        """A page for people."""
        request, asked = exchange.request, page_site.find_page(path)
        if asked is None:
            raise Problem("page.noroute", f"there is no page and no API operation at {path}")
        exchange.operation, exchange.keys, exchange.business = "page.show", (asked.address,), asked.address
        if request.method not in ("GET", "HEAD"):
            raise Problem("page.noroute", f"a page accepts only GET; got {request.method}")
        return lambda: page_site.show_page(self._tenant, exchange, asked)

    def _visitor(self, exchange: Exchange, business: Record) -> Caller:
        """Who visits: anybody, or who is signed in where the page is for the organization alone."""
        if not page_settings(self._tenant, business)["BookingsAuthEnabled"]:
            return AS_VISITOR
        return member_of(self._tenant, exchange)

    def _write(self, exchange: Exchange, status: int, answer: PageAnswer) -> Response:
        exchange.events.extend(answer.events)
        headers = self.headers(exchange.request)
        if answer.value is None:
            return Response(status, headers)
        return Response(status, {**headers, **_JSON}, orjson.dumps(answer.value))

    def refuse(self, exchange: Exchange, problem: Problem) -> Response:
        """A problem as the service words it: the name of an exception in `message`; of a page, a page that says so."""
        code = problem.code
        if code == "page.slot" and self._tenant.quirks["page-taken-slot"] == "500":
            code = exchange.problem = "page.slotexception"
        if code == "page.zone" and self._tenant.quirks["page-iana-zone"] == "500":
            code = exchange.problem = "page.zoneexception"
        if code == "page.passcode":
            exchange.events.append("passcodeSent")
        ending = "Exception" if self._tenant.quirks["page-exception-names"] else ""
        row = load_problems()[code].fill({"detail": problem.reason, "suffix": ending, **problem.facts})
        headers = self.headers(exchange.request) | row.headers
        headers["x-emulator-reason"] = reason_text(problem.reason)
        if exchange.operation == "page.show":
            return page_site.refuse_page(row.status, row.message or row.code, headers)
        text = ": ".join(filter(None, (row.code.replace("{suffix}", ending), row.message)))
        return Response(row.status, {**headers, **_JSON}, orjson.dumps({"message": text}))

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of every response; the date is that of the tenant's clock, by which the page goes."""
        headers = {
            "Cache-Control": "no-store",
            "request-id": self._tenant.chance.guid(),
            "Date": _http_date(self._tenant.clock.now()),
        }
        if "origin" in request.headers and self._tenant.quirks["page-cors"]:
            headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Date, x-emulator-reason"}
        return headers

    def _preflight(self, request: Request) -> Response:
        headers = self.headers(request)
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, DELETE, OPTIONS"
        headers["Access-Control-Allow-Headers"] = request.headers.get("access-control-request-headers", "*")
        return Response(200, headers)


_JSON = {"Content-Type": "application/json; charset=utf-8"}


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
