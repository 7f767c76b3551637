"""HTTP as values: a request read whole within a limit, a response written whole; what every plane shares."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, NamedTuple

from bookings_emulator.exchange import Request, Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAXIMUM_BODY = 4 * 1024 * 1024  # about what Graph takes (docs errors: 413 over about 4 MB)
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]+")
_SMALLEST_ZIPPED = 1024
_MOST_MEMBERS = 16  # of a gzip body; each costs a copy of what follows it
_FASTEST = 1
_MODERATE = 64 * 1024  # bytes of a body that is kept zipped
_MOST_TEMPLATES = 256  # of heads that are kept
_LONGEST_TEMPLATE = 2000  # characters of one
_CONTROLS = bytes([*range(9), *range(10, 32), 127])


class BodyTooLarge(Exception):
    """The body is larger than MAXIMUM_BODY; it was not read to its end."""


class ClientGone(Exception):
    """The rest of the body will never come; nobody waits for an answer."""


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says."""


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Everything of a request. Raises BodyTooLarge, BadEncoding and ClientGone."""
    request = read_head(scope)
    if request.method not in WITHOUT_BODY:
        request.body = await read_body(request.headers, receive)
    return request


def read_head(scope: Scope) -> Request:
    """A request without its body."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = "localhost"  # what is no host must not get into links
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"",
        origin=f"{scope['scheme']}://{host}{scope.get('root_path', '')}",
    )


async def read_body(headers: dict[str, str], receive: Receive, most: int = MAXIMUM_BODY) -> bytes:
    """The body of a request, of so many bytes at most. Raises BodyTooLarge, BadEncoding and ClientGone."""
    announced = headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > most:
        raise BodyTooLarge
    parts: list[bytes] = []
    size, has_more = 0, True
    while has_more:
        try:
            message = await receive()
        except asyncio.CancelledError:  # the server stops and waits no longer
            raise ClientGone from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise BodyTooLarge
        has_more = message.get("more_body", False)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    encoding = headers.get("content-encoding", "identity").lower()
    return body if encoding == "identity" or not body else _unzipped(body, encoding)


def _unzipped(body: bytes, encoding: str) -> bytes:
    """A gzip or deflate body, its members inflated no further than the limit."""
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadEncoding
    whole = b""
    for _ in range(_MOST_MEMBERS):
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            whole += inflater.decompress(body, MAXIMUM_BODY + 1 - len(whole))
        except zlib.error as error:
            raise BadEncoding from error
        if len(whole) > MAXIMUM_BODY:
            raise BodyTooLarge
        if not inflater.eof:
            raise BadEncoding
        body = inflater.unused_data
        if not body:
            return whole
    raise BadEncoding


def _takes_gzip(accept_encoding: str) -> bool:
    for each in accept_encoding.lower().split(","):
        name, _, quality = each.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def write_response(request_headers: dict[str, str], response: Response, send: Send) -> None:
    """Send a response, zipped where the client asks for it and it is worth the while."""
    body = packed(request_headers, response)
    await send(start_of(response, len(body)))
    await send({"type": "http.response.body", "body": body})


def packed(request_headers: dict[str, str], response: Response) -> bytes:
    """The body as it goes out, zipped where the client asks for it and it is worth the while; a header says so then."""
    accepted = request_headers.get("accept-encoding")
    if not accepted or len(response.body) < _SMALLEST_ZIPPED or not _takes_gzip(accepted):
        return response.body
    response.headers["Content-Encoding"] = "gzip"
    return _zip_once(response.body) if len(response.body) <= _MODERATE else _zip(response.body)


def _zip(body: bytes) -> bytes:
    import gzip  # many clients ask for none

    return gzip.compress(body, _FASTEST, mtime=0)


_zip_once = lru_cache(maxsize=64)(_zip)  # what is read again and again is the same bytes


class Written(NamedTuple):
    """A response as it goes out: the lines of its head, each ended, and its body."""

    status: int
    head: bytes
    body: bytes


def written(request_headers: dict[str, str], response: Response) -> Written:
    """A response as one piece of bytes, the same that `write_response` has a server send. Raises ValueError."""
    body = packed(request_headers, response)
    headers = response.headers
    if response.status != 204:
        headers["Content-Length"] = str(len(body))
    names = tuple(headers)
    head = ((_TEMPLATES.get(names) or _write_template(names)) % tuple(headers.values())).encode("latin-1", "replace")
    if len(head.translate(None, _CONTROLS)) != len(head) - 2 * len(headers):
        raise ValueError("a header contains characters that are not allowed")
    return Written(response.status, head, body)


_TEMPLATES: dict[tuple[str, ...], str] = {}  # by the names of headers, as planes spell them


def _write_template(names: tuple[str, ...]) -> str:
    """The lines of headers with room for their values; kept unless a stub or a fault made the names long or many."""
    template = "".join([f"{name.lower().replace('%', '%%')}: %s\r\n" for name in names])
    if len(_TEMPLATES) < _MOST_TEMPLATES and len(template) <= _LONGEST_TEMPLATE:
        _TEMPLATES[names] = template
    return template


def start_of(response: Response, length: int) -> dict[str, Any]:
    """The message that opens a response whose body has this length."""
    if response.status != 204:
        response.headers["Content-Length"] = str(length)
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers.items()]
    return {"type": "http.response.start", "status": response.status, "headers": raw}
