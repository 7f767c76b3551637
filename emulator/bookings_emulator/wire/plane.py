"""What all emulated planes share: a request is read, answered, noted in the journal and written, with what faults do.

A plane speaks through a mouth: Graph, the connector and the identity platform each know their own routes, envelopes and
headers, and nothing of servers, faults or journals.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.exchange import Exchange, Hit, Response
from bookings_emulator.headers import reason_text
from bookings_emulator.log import log_defect
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.http import (
    MAXIMUM_BODY,
    WITHOUT_BODY,
    BadEncoding,
    BodyTooLarge,
    ClientGone,
    Receive,
    Scope,
    Send,
    Written,
    read_head,
    read_request,
    write_response,
    written,
)

if TYPE_CHECKING:
    from bookings_emulator.wire.mouth import Mouth


class Plane:
    """One plane of one tenant as an ASGI application; `answer` is its synchronous core."""

    def __init__(self, tenant: Tenant, mouth: Mouth) -> None:
        self._tenant = tenant
        self._mouth = mouth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            request = await read_request(scope, receive)
        except ClientGone:
            return
        except (BodyTooLarge, BadEncoding) as error:
            exchange = Exchange(self._mouth.name, read_head(scope), self._tenant.clock.now())
            response = self._finish(exchange, self._refuse(exchange, _unreadable(error)))
        else:
            exchange = Exchange(self._mouth.name, request, self._tenant.clock.now())
            response = self._answer(exchange)
        try:
            if exchange.hits:
                from bookings_emulator.wire import damage

                await damage.write(exchange, response, send)
            else:
                await write_response(exchange.request.headers, response, send)
        finally:
            if self._tenant.faults.flying:
                self._tenant.faults.leave(exchange)

    def answer_whole(self, scope: Scope, body: bytes) -> Written | None:
        """Answer a request whose body is here, at once; None where that needs time, or more than an answer."""
        if len(self._tenant.faults):
            return None
        request = read_head(scope)
        if "content-encoding" in request.headers:
            return None
        if request.method not in WITHOUT_BODY:
            request.body = body
        return written(request.headers, self._answer(Exchange(self._mouth.name, request, self._tenant.clock.now())))

    def answer(self, exchange: Exchange) -> Response:
        """Answer one request and note it in the journal. Never raises: whatever goes wrong is an answer.

        What faults do to time and connection is left to the caller: it is in `exchange.hits`.
        """
        response = self._answer(exchange)
        self._tenant.faults.leave(exchange)
        return response

    def _answer(self, exchange: Exchange) -> Response:
        """The same, while the exchange still counts as one that is being answered."""
        started = perf_counter()
        decided = self._tenant.quirks.decided
        if decided:
            decided.clear()  # read by what was no exchange
        try:
            response = self._respond(exchange)
        except Exception as error:  # the edge: a defect of the emulator must not look like the service
            log_defect()
            where = f"{exchange.request.method} {exchange.request.path}"
            defect = Problem("server.internal", f"a defect in the emulator: {error!r} at {where}")
            response = self._refuse(exchange, defect)
        exchange.duration = (perf_counter() - started) * 1000
        if decided:
            exchange.quirks = tuple(decided)
            decided.clear()
        if exchange.hits:
            from bookings_emulator.wire import damage

            response = damage.spoil(exchange, response, self._mouth, self._tenant.faults)
            replacing = [hit for hit in exchange.hits if hit.effect.kind in damage.REPLACING]
            if replacing:
                exchange.quirks = (*_list_kept(exchange, replacing[0]), *decided)
                decided.clear()
        return self._finish(exchange, response)

    def _respond(self, exchange: Exchange) -> Response:
        """Understand a request, let faults meet it, and carry it out: this is the one place where faults come in.

        What a fault makes of the response (a 429, another status, a broken connection) is written by `damage.spoil`.
        """
        try:
            work = self._mouth.understand(exchange)
        except Problem as problem:
            work = partial(self._refuse, exchange, problem)
        if self._tenant.faults.meet(exchange):
            return Response(0)  # the call is not carried out, and the fault says what is sent in its place
        try:
            return work()
        except Problem as problem:
            return self._refuse(exchange, problem)

    def _refuse(self, exchange: Exchange, problem: Problem) -> Response:
        exchange.note_problem(problem)
        if self._tenant.quirks.decided:
            self._tenant.quirks.forget_kept()
        if problem.quirk:
            self._tenant.quirks.note((problem.quirk,))
        return self._mouth.refuse(exchange, problem)

    def _finish(self, exchange: Exchange, response: Response) -> Response:
        exchange.response = response
        if exchange.remarks:
            response.headers["x-emulator-note"] = reason_text(exchange.note)
        self._tenant.journal.note(exchange)
        log = self._tenant.settings.log
        if log:
            log(self._tenant.name, exchange)
        return response


def _list_kept(exchange: Exchange, hit: Hit) -> Iterator[str]:
    """The quirks of what was carried out although a fault replaced the answer: those that decided what is kept."""
    return (each for each in exchange.quirks if hit.effect.is_kept and load_quirks()[each].makes_records)


def _unreadable(error: Exception) -> Problem:
    if isinstance(error, BodyTooLarge):
        return Problem("payload.toolarge", f"the body is larger than {MAXIMUM_BODY:,} bytes; the rest was not read")
    return Problem("body.json", "the body does not match its Content-Encoding; gzip and deflate are supported")
