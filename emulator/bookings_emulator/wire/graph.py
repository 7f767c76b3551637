"""The Graph plane: requests of `/v1.0` and `/beta` become calls, answers and refusals what Graph puts on the wire."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

import orjson

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.api import Api, api, list_amendments, list_forms
from bookings_emulator.contract.load import OVERLAYS, load_problems
from bookings_emulator.contract.model import Operation
from bookings_emulator.contract.routes import Route
from bookings_emulator.contract.shape import View
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.exchange import Exchange, Remark, Request, Response
from bookings_emulator.headers import OWN_HEADERS, reason_text
from bookings_emulator.ids import guid_of
from bookings_emulator.json_values import UnreadableJson, read_json
from bookings_emulator.odata.query import EMPTY, Query, QueryTarget, parse
from bookings_emulator.pipeline.call import Answer, Call
from bookings_emulator.pipeline.execute import execute
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.caller import caller_of
from bookings_emulator.wire.memo import Memo, Reading
from bookings_emulator.wire.plane import Plane
from bookings_emulator.wire.remarks import note_headers

if TYPE_CHECKING:
    from bookings_emulator.wire.mouth import Work
    from bookings_emulator.wire.stubs import RestOfGraph

_DIAGNOSTIC = orjson.dumps(
    {
        "ServerInfo": {
            "DataCenter": "Emulator",
            "Slice": "E",
            "Ring": "0",
            "ScaleUnit": "000",
            "RoleInstance": "BOOKINGS-EMULATOR",
        }
    }
).decode()
_EXPOSED = (
    "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, "
    f"SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, Retry-After, {OWN_HEADERS}"
)
_OWN = ("OData-Version", "Preference-Applied", "Content-Type")  # headers of an answer beside those of every one
_POSITIVE = re.compile(r"0*[1-9][0-9]{0,8}", re.ASCII)
_ADDRESSES = (b'"publicUrl":"', b'"webUrl":"')  # of pages, in a body


class Graph:
    """How Graph understands requests, and words answers and refusals."""

    name = "graph"

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._plane = Plane(tenant, self)
        self._memo = Memo(tenant)

    @cached_property
    def _rest(self) -> RestOfGraph:
        from bookings_emulator.wire.stubs import RestOfGraph  # wanted with the first call beside Bookings

        return RestOfGraph(self._tenant)

    def understand(self, exchange: Exchange) -> Work:
        """Find the operation and the caller of a request. Raises Problem."""
        request = exchange.request
        if request.method == "GET":
            known = self._memo.find(request)
            if known is not None and known.caller == self._name(exchange, known):
                if known.quirks:
                    self._tenant.quirks.note(known.quirks)
                return lambda: Response(200, {**self.headers(request), **known.headers}, known.body)
        if request.method == "OPTIONS":
            return partial(self._preflight, request)
        version, _, path = request.path.lstrip("/").partition("/")
        if version.lower() not in OVERLAYS:
            raise Problem("path.version", f"'{version}' is not a version of Graph; this emulator serves v1.0 and beta")
        served = api(version.lower(), self._tenant.quirks.variant)
        match path.strip("/").lower():
            case "$metadata":
                exchange.operation = "$metadata"
                return lambda: self._document(request, _write_metadata(served.contract.version))
            case "$batch":
                return self._understand_batch(exchange, f"{request.origin}/{served.contract.version}")
        try:
            route = served.routes.find(path)
        except Problem as problem:
            if "beta-root-routes" in self._tenant.quirks.variant and _is_root_route(version, path):
                problem.by("beta-root-routes")
            return self._understand_rest(exchange, path, problem)
        exchange.keys, exchange.business = route.keys, route.business
        if request.method in route.operations:
            exchange.operation = route.operations[request.method].name
        exchange.caller = caller = exchange.caller or self._find_caller(exchange)
        operation = route.operation(request.method)
        if self._tenant.quirks.variant:
            self._tenant.quirks.note(list_amendments(self._tenant.quirks.variant, operation.set or ""))
        return lambda: self._carry_out(exchange, self._call(served, route, operation, caller, exchange))

    def _name(self, exchange: Exchange, known: Reading) -> Caller:
        """Name what a question is about that was answered before, and find who asks it now. Raises Problem."""
        exchange.keys, exchange.business, exchange.operation = known.keys, known.business, known.operation
        exchange.caller = self._find_caller(exchange)
        return exchange.caller

    def _find_caller(self, exchange: Exchange) -> Caller:
        """Who asks; what is remarked on in the headers is remarked on. Raises Problem."""
        caller = caller_of(exchange, self._tenant)
        note_headers(exchange)
        return caller

    def _understand_rest(self, exchange: Exchange, path: str, problem: Problem) -> Work:
        """A path that Bookings does not have: a stub or a ready-made answer, else the problem there is."""
        work = self._rest.find(exchange, path, self.headers)
        if work is None:
            hint = "POST /_emulator/stubs adds a response for what else your program calls"
            problem.reason = f"{problem.reason}; {hint}"
            raise problem
        return work

    def _call(self, served: Api, route: Route, operation: Operation, caller: Caller, exchange: Exchange) -> Call:
        """A request as a call, its query, body and preferences read. Raises Problem."""
        request = exchange.request
        prefer = request.headers.get("prefer", "")
        return Call(
            api=served,
            route=route,
            operation=operation,
            caller=caller,
            view=_read_view(request.headers.get("accept", ""), prefer),
            query=self._query(served, route, operation, request.query),
            body=_read_body(request, operation),
            service_root=f"{request.origin}/{served.contract.version}",
            page_size=None if "$skip" in operation.ignores else _page_size(prefer),  # else no page would be the last
            remarks=exchange.remarks,
        )

    def _carry_out(self, exchange: Exchange, call: Call) -> Response:
        answer = execute(self._tenant, call)
        exchange.events.extend(answer.events)
        if answer.bypassed:
            told = f"an application would be refused: {answer.bypassed}"
            exchange.remarks.append(Remark("bypassed-business-rule", told))
        response = self._write(exchange.request, call, answer)
        if response.body and self._tenant.quirks.gives_other_forms:
            self._note_forms(call.operation.set or "", response.body)
        pairs = call.query.pairs
        is_of_the_moment = pairs and any("now" in value.lower() for _, value in pairs)
        if exchange.request.method == "GET" and not is_of_the_moment and not exchange.remarks:
            own = {name: response.headers[name] for name in _OWN if name in response.headers}
            self._memo.keep(exchange, own, response.body)
        return response

    def _note_forms(self, set_name: str, body: bytes) -> None:
        """Note the quirks that gave a body its form, where its rows may have been shown, and read, before."""
        quirks = self._tenant.quirks
        quirks.note(list_forms(quirks.variant, set_name, body))
        if any(each in body for each in _ADDRESSES):
            quirks.note_if_told("public-url")

    def _query(self, served: Api, route: Route, operation: Operation, text: str) -> Query:
        if not text:
            return EMPTY
        query = parse(QueryTarget(served.contract, operation, route.declared, self._tenant.clock.now()), text)
        if query.top == 0:
            self._tenant.quirks.note(("top-zero",))
        return query

    def _write(self, request: Request, call: Call, answer: Answer) -> Response:
        """An answer in the envelope of OData."""
        headers = self.headers(request)
        if answer.location:
            headers["Location"] = answer.location
        if answer.status == 204:
            return Response(204, headers)
        headers["OData-Version"] = "4.0"
        if call.operation.kind == "count":
            headers["Content-Type"] = "text/plain"
            return Response(answer.status, headers, str(answer.total).encode())
        if call.page_size is not None and answer.values is not None:
            headers["Preference-Applied"] = f"odata.maxpagesize={call.page_size}"
        ieee754 = "ieee754compatible=true" in request.headers.get("accept", "").lower().replace(" ", "")
        headers["Content-Type"] = _content_type(call.view.metadata, ieee754)
        body = _envelope(request, call, answer, ieee754)
        if call.operation.name == "getStaffAvailability":
            body = _rewrap_items(body, answer, str(self._tenant.quirks["availability-key"]))
        return Response(answer.status, headers, body)

    def refuse(self, exchange: Exchange, problem: Problem) -> Response:
        """A problem as Graph's error envelope, with the plain reason in a header of the emulator's own."""
        code = problem.code
        if code == "bk.unknown" and self._tenant.quirks["unknown-error"] == "older":
            code = exchange.problem = "bk.anerror"
        headers = self.headers(exchange.request)
        row = load_problems()[code]
        row = row.fill({**problem.facts, **_name_event(headers["request-id"])} if row.inner else problem.facts)
        headers |= row.headers
        headers["Content-Type"] = "application/json"
        headers["x-emulator-reason"] = reason_text(problem.reason)
        inner = {
            "date": self._tenant.clock.now().replace(tzinfo=None).isoformat(timespec="seconds"),
            "request-id": headers["request-id"],
            "client-request-id": headers["client-request-id"],
            **row.inner,
        }
        error = {"code": row.code, "message": row.message, "innerError": inner}
        return Response(row.status, headers, orjson.dumps({"error": error}))

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of every response."""
        request_id = self._tenant.chance.guid()
        headers = {
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "request-id": request_id,
            "client-request-id": request.headers.get("client-request-id") or request_id,
            "x-ms-ags-diagnostic": _DIAGNOSTIC,
            "Date": _http_date(self._tenant.clock.now().replace(microsecond=0)),
        }
        if self._tenant.quirks["strict-transport-security"]:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if "origin" in request.headers:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
        return headers

    def _preflight(self, request: Request) -> Response:
        headers = self.headers(request)
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
        headers["Access-Control-Allow-Headers"] = request.headers.get("access-control-request-headers", "*")
        headers["Access-Control-Max-Age"] = "3600"
        return Response(200, headers)

    def _document(self, request: Request, document: bytes) -> Response:
        if request.method != "GET":
            raise Problem("method.notallowed", "$metadata is read-only")
        headers = {**self.headers(request), "Content-Type": "application/xml", "OData-Version": "4.0"}
        return Response(200, headers, document)

    def _understand_batch(self, exchange: Exchange, root: str) -> Work:
        exchange.operation = "$batch"
        exchange.caller = caller_of(exchange, self._tenant)
        if exchange.request.method != "POST":
            raise Problem("method.notallowed", "$batch takes POST")
        return lambda: self._answer_batch(exchange, root)

    def _answer_batch(self, exchange: Exchange, root: str) -> Response:
        from bookings_emulator.wire import batch  # few clients send any

        request = exchange.request
        body = batch.answer(_read_json(request), request, root, lambda part: self._answer_part(part, exchange))
        headers = {**self.headers(request), "Content-Type": _content_type("minimal", ieee754=False)}
        return Response(200, {**headers, "OData-Version": "4.0"}, body)

    def _answer_part(self, request: Request, whole: Exchange) -> Response:
        """Answer one part of a batch; what a fault does to its time or connection happens to the whole answer."""
        part = Exchange(self.name, request, self._tenant.clock.now(), is_part=True)
        response = self._plane.answer(part)
        if part.hits:
            from bookings_emulator.wire.damage import on_the_wire

            whole.hits += on_the_wire(part.hits)
        return response


def _is_root_route(version: str, path: str) -> bool:
    """Whether a path is one of those that the contract has unless a quirk takes them away."""
    try:
        api(version.lower()).routes.find(path)
    except Problem:
        return False
    return True


@keep_answers(256)
def _read_view(accept: str, prefer: str) -> View:
    level = "minimal"
    accept = accept.lower().replace(" ", "")
    if "odata" in accept:
        for each in ("none", "full"):
            if f"metadata={each}" in accept:
                level = each
    return View(level, reveals_enums="include-unknown-enum-members" in prefer)


def _page_size(prefer: str) -> int | None:
    """The size of `Prefer: odata.maxpagesize=n`; anything that is no positive number is not honoured."""
    for part in prefer.replace(";", ",").split(",") if prefer else ():
        name, _, value = part.strip().partition("=")
        if name.lower() in ("odata.maxpagesize", "maxpagesize") and _POSITIVE.fullmatch(value):
            return int(value)
    return None


def _read_body(request: Request, operation: Operation) -> Any:
    """The JSON of a body, where the operation takes one; an action whose parameters are all optional may go without."""
    if not operation.has_body:
        return None
    if not request.body and operation.kind == "action" and all(each.is_nullable for each in operation.parameters):
        return {}
    return _read_json(request)


def _read_json(request: Request) -> Any:
    content_type = request.headers.get("content-type")
    if content_type is None:
        raise Problem("body.contenttype.missing", "send 'Content-Type: application/json' with the body")
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise Problem("body.contenttype.wrong", f"send 'Content-Type: application/json'; got '{content_type}'")
    if not request.body.strip():
        raise Problem("body.empty", "this call needs a JSON body; got nothing")
    try:
        return read_json(request.body)
    except UnreadableJson as error:
        raise Problem("body.json", f"the body is not JSON in UTF-8: {error}") from None


def _envelope(request: Request, call: Call, answer: Answer, ieee754: bool) -> bytes:
    """The JSON of an answer, joined from what the pipeline made."""
    head = b"{"
    if answer.context is not None:
        head = b'{"@odata.context":"%b/$metadata#%b",' % (call.service_root.encode(), answer.context.encode())
    if answer.value is not None:
        return head + answer.value[1:]
    if answer.total is not None:
        head += b'"@odata.count":%b,' % (b'"%d"' if ieee754 else b"%d") % answer.total
    tail = b"]}"
    if answer.next_skip is not None:
        link = orjson.dumps(_next_link(request, call, answer.next_skip))
        tail = b'],"@odata.nextLink":%b}' % link
    return b'%b"value":[%b%b' % (head, b",".join(answer.values or ()), tail)


def _rewrap_items(body: bytes, answer: Answer, key: str) -> bytes:
    """The items of getStaffAvailability under the key that the quirk says."""
    if key == "value":
        return body
    items = b'"%b":[%b]' % (key.encode(), b",".join(answer.values or ()))
    return b"%b%b}" % (body[: body.index(b'"value":[')], items)


def _next_link(request: Request, call: Call, skip: int) -> str:
    """The same request at the next page, at the address the client used."""
    pairs = [(name, value) for name, value in call.query.pairs if name.lower() not in ("$skip", "skip")]
    query = urlencode([*pairs, ("$skip", str(skip))], safe="$,()'/:")
    return f"{request.origin}{request.path}?{query}"


@lru_cache(maxsize=8)
def _content_type(level: str, ieee754: bool) -> str:
    compatible = "true" if ieee754 else "false"
    return f"application/json;odata.metadata={level};odata.streaming=true;IEEE754Compatible={compatible};charset=utf-8"


@lru_cache(maxsize=2)
def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@lru_cache(maxsize=2)
def _write_metadata(version: str) -> bytes:
    from bookings_emulator.documents.metadata import metadata

    return metadata(api(version).contract)


def _name_event(request_id: str) -> dict[str, str]:
    """The ids of an event that innerError names; they follow from the request."""
    event = guid_of("event", request_id)
    return {"event": event, "vector": b64encode(UUID(event).bytes).decode().rstrip("=")}
