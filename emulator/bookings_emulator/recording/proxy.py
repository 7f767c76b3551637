"""The recorder: stands before a server, passes every call on and every answer back, and remembers both."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from bookings_emulator.exchange import Request, Response
from bookings_emulator.headers import reason_text
from bookings_emulator.recording.call_log import CallLog, RecordingError
from bookings_emulator.recording.recorded import HOME, Recorded
from bookings_emulator.recording.write import Origin, is_kept, write
from bookings_emulator.settings import Settings
from bookings_emulator.wire.guard import Stranger, check_caller
from bookings_emulator.wire.http import (
    BadEncoding,
    BodyTooLarge,
    ClientGone,
    Receive,
    Scope,
    Send,
    read_request,
    write_response,
)

if TYPE_CHECKING:
    import httpx

# headers of one connection (RFC 9110 7.6.1), and those that are made anew on the way
_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "content-encoding", "accept-encoding",
    }
)  # fmt: skip
_TEXTS = ("json", "xml", "text", "javascript", "urlencoded")
_EMULATOR = "BOOKINGS-EMULATOR"
_PATIENCE = 100.0  # seconds for an answer


class Recorder:
    """The recorder as an ASGI application. `upstream` is the URL that stands before the paths of the other server.

    URLs of the other server in its answers become those of the recorder, so that a client which follows them stays
    here. `POST /_recorder/write` writes the files, `GET /_recorder` tells how many calls came. No web page may do that;
    `hosts` are the names, beside loopback, under which it is done.
    """

    def __init__(
        self,
        upstream: str,
        folder: Path,
        make: Callable[[], httpx.AsyncClient] | None = None,
        hosts: tuple[str, ...] = (),
    ) -> None:
        self.upstream = upstream.rstrip("/")
        self.folder = folder
        self._settings = Settings(hosts=hosts)
        self.calls: list[Recorded] = []
        self._log = CallLog(folder)
        self._make = make or _client
        self._client: httpx.AsyncClient | None = None
        self._personas: list[dict[str, Any]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one HTTP request."""
        try:
            request = await read_request(scope, receive)
        except ClientGone:
            return
        except (BodyTooLarge, BadEncoding) as error:
            await write_response({}, _refusal(413, f"the recorder cannot read the body: {error!r}"), send)
            return
        request.origin = f"{scope['scheme']}://{request.headers.get('host', 'localhost')}"
        if request.path.startswith("/_recorder"):
            response = await self._control(scope, request)
        else:
            response = await self._pass_on(request)
        await write_response(request.headers, response, send)

    async def close(self) -> None:
        """Let go of the other server, and of the file of the calls."""
        self._log.close()
        if self._client:
            await self._client.aclose()

    def begin(self) -> int:
        """Keep calls in a file as they come; how many a run left there that did not end. Raises RecordingError."""
        self.calls = self._log.open()
        return len(self.calls)

    def write(self, folder: Path | None = None) -> list[Path]:
        """Write fixture and scenario of all calls so far; answers the files. Raises RecordingError."""
        host = "an emulator" if self._personas is not None else urlsplit(self.upstream).netloc
        return write(folder or self.folder, self.calls, Origin(HOME, host, self._personas or ()))

    def discard_log(self) -> None:
        """Remove the file of the calls: all of them are written."""
        self._log.discard()

    async def _meet(self, client: httpx.AsyncClient) -> None:
        """Ask an upstream that is an emulator for its personas: there a token may be a name, or issued for one."""
        self._personas = []
        state, personas = [await client.get(f"{self.upstream}/_emulator/{each}") for each in ("state", "personas")]
        if state.status_code == personas.status_code == 200:
            ids = {each["name"]: each["object_id"] for each in personas.json()["value"]}
            rows = state.json().get("personas", ())
            self._personas = [{**row, "objectId": ids.get(row["name"])} for row in rows]

    async def _control(self, scope: Scope, request: Request) -> Response:
        try:
            check_caller(scope, self._settings)
        except Stranger as error:
            return _refusal(error.status, str(error))
        if (request.method, request.path) == ("GET", "/_recorder"):
            return _json({"upstream": self.upstream, "calls": len(self.calls), "folder": str(self.folder)})
        if (request.method, request.path) == ("POST", "/_recorder/write"):
            try:
                return _json({"files": [str(each) for each in self.write()]})
            except RecordingError as error:
                return _refusal(507, f"{error}; the calls are kept")
        return _refusal(404, "the recorder accepts GET /_recorder and POST /_recorder/write")

    async def _pass_on(self, request: Request) -> Response:
        import httpx

        self._client = self._client or self._make()
        query = f"?{request.query}" if request.query else ""
        headers = {name: self._out(value, request) for name, value in request.headers.items() if name not in _HOP}
        body = self._out_bytes(request)
        if not request.path.startswith("/"):  # behind a host it would be a part of another one
            return _refusal(400, "the recorder forwards paths, and these start with a slash")
        url = f"{self.upstream}{request.path}{self._out(query, request)}"
        place = len(self.calls)
        try:
            answer = await self._client.request(request.method, url, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _refusal(502, f"the recorder got no response from {self.upstream}: {error!r}")
        if self._personas is None and _EMULATOR in answer.headers.get("x-ms-ags-diagnostic", ""):
            with suppress(httpx.HTTPError, ValueError, KeyError):  # the answer is here, and is passed on in any case
                await self._meet(self._client)
        response = self._back(answer, request.origin)
        if is_kept(request.path):
            recorded = _recorded(request, query, self._back(answer, HOME))
            self.calls.insert(place, recorded)
            self._log.append(place, recorded)
        return response

    def _out(self, text: str, request: Request) -> str:
        return text.replace(request.origin, self.upstream)

    def _out_bytes(self, request: Request) -> bytes:
        return request.body.replace(request.origin.encode(), self.upstream.encode())

    def _back(self, answer: httpx.Response, origin: str) -> Response:
        """An answer as a client gets it: the same, but with `origin` in the URLs of the other server."""
        headers = {name: value for name, value in answer.headers.items() if name not in _HOP}
        headers = {name: value.replace(self.upstream, origin) for name, value in headers.items()}
        body = answer.content
        if any(each in headers.get("content-type", "") for each in _TEXTS):
            for was, now in ((self.upstream, origin), (_slashed(self.upstream), _slashed(origin))):
                body = body.replace(was.encode(), now.encode())
        return Response(answer.status_code, headers, body)


def _slashed(url: str) -> str:
    r"""A URL as some write it in JSON: `http:\/\/host`."""
    return url.replace("/", "\\/")


def _recorded(request: Request, query: str, response: Response) -> Recorded:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Recorded(
        method=request.method,
        path=request.path + query.replace(request.origin, HOME),
        headers={name: value for name, value in request.headers.items() if name != "authorization"},
        body=request.body.replace(request.origin.encode(), HOME.encode()),
        status=response.status,
        answer_headers={name.lower(): value for name, value in response.headers.items()},
        answer=response.body,
        caller=token.strip() if scheme.lower() == "bearer" else "",
    )


def _client() -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(timeout=_PATIENCE, trust_env=True)


def _json(value: object) -> Response:
    return Response(200, {"Content-Type": "application/json"}, orjson.dumps(value))


def _refusal(status: int, reason: str) -> Response:
    body = orjson.dumps({"error": {"code": "recorder", "message": reason}})
    return Response(status, {"Content-Type": "application/json", "x-emulator-reason": reason_text(reason)}, body)
