"""Who may drive what is behind no token: callers on this machine and under named hosts; no web page but named ones."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from bookings_emulator.headers import OWN_HEADERS
from bookings_emulator.settings import Settings
from bookings_emulator.urls import parts_of
from bookings_emulator.wire.http import Receive, Scope, Send

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
KEY_HEADER = "x-emulator-key"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE | re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "host.docker.internal"})
_IN_PROCESS = "testserver"  # what test clients call an application that they call in process, and no network
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"  # what curl -d says of anything
_READS = frozenset({"GET", "HEAD"})
_SHARED = (
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    (b"access-control-allow-headers", b"content-type, x-emulator-key"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
)
_EXPOSED = (b"access-control-expose-headers", OWN_HEADERS.encode())


class Stranger(Exception):
    """A caller who may not drive the emulator; the message says why, and what lets it in."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.status = status


class _Head(NamedTuple):
    """What a request says before its body: names of headers in lower case, and the hosts it was sent to."""

    method: str
    headers: dict[str, str]
    hosts: tuple[str, ...]

    @property
    def origin(self) -> str | None:
        return self.headers.get("origin")

    @property
    def is_from_another_origin(self) -> bool:
        """Whether a page of another origin than this one asks."""
        return self.origin is not None and parts_of(self.origin).netloc.lower() != self.hosts[0].lower()


def read_head(scope: Scope) -> _Head:
    """The head of a request."""
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return _Head(scope["method"], dict(pairs), tuple(value for name, value in pairs if name == "host"))


def check_caller(scope: Scope, settings: Settings) -> None:
    """Let a call in, before anything of its body is read. Raises Stranger."""
    head = read_head(scope)
    _check_host(head, scope, settings)
    _check_page(head, settings)
    _check_body(head)


def check_key(scope: Scope, settings: Settings) -> None:
    """Let in who shows the key, where one is asked for. Raises Stranger with 401."""
    if settings.key is None:
        return
    came = read_head(scope).headers.get(KEY_HEADER)
    if came is None or not hmac.compare_digest(came.encode(), settings.key.encode()):
        said = "none" if came is None else "another one"
        raise Stranger(f"the control plane needs a key; send it in the header X-Emulator-Key; got {said}", 401)


def share(app: Asgi, settings: Settings) -> Asgi:
    """An application that also answers pages of the origins of `--control-origin`, as CORS has it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        head = read_head(scope)
        if head.origin is None or head.origin not in settings.origins:
            await app(scope, receive, send)
            return
        shared = [(b"access-control-allow-origin", head.origin.encode("latin-1")), (b"vary", b"Origin")]
        if head.method == "OPTIONS" and "access-control-request-method" in head.headers:
            await send({"type": "http.response.start", "status": 204, "headers": [*shared, *_SHARED]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def say(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *shared, _EXPOSED]}
            await send(message)

        await app(scope, receive, say)

    return answer


def read_origin(text: str) -> str:
    """The origin of a page as browsers send it: `http://localhost:3000`. Raises ValueError."""
    parts = parts_of(text)
    plain = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme not in ("http", "https") or not parts.hostname or plain != text.rstrip("/").lower():
        raise ValueError(f"takes the origin of a page, such as http://localhost:3000; got '{text}'")
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return plain.removesuffix(usual)


def _check_host(head: _Head, scope: Scope, settings: Settings) -> None:
    """A page can make a browser call a local port under a host name of its own, which it lets point here."""
    hosts = head.hosts
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if found is None:
        came = "none" if not hosts else " and ".join(f"'{each}'" for each in hosts[:2])
        raise Stranger(f"the control plane expects one host in the header Host, such as localhost:8365; got {came}")
    name = found[1].strip("[]").lower()
    is_in_process = name == _IN_PROCESS and (scope.get("server") or ("",))[0] == _IN_PROCESS
    if name not in _LOOPBACK and not is_in_process and name not in settings.hosts and "*" not in settings.hosts:
        raise Stranger(
            f"the control plane accepts loopback names and the hosts of --control-host; got '{name}': "
            f"start with --control-host {name}, or * for any"
        )


def _check_page(head: _Head, settings: Settings) -> None:
    """A page can also call a local port under its own name; browsers then say where the page is from."""
    if head.origin in settings.origins:
        return
    origin, site = head.origin, head.headers.get("sec-fetch-site", "none")
    is_opened = (
        head.method in _READS
        and head.headers.get("sec-fetch-mode") == "navigate"
        and head.headers.get("sec-fetch-dest", "document") == "document"
    )
    if head.is_from_another_origin or (site in ("cross-site", "same-site") and not is_opened):
        page = f"of {origin}" if origin not in (None, "null") else "of another origin"
        named = origin if origin not in (None, "null") else "ORIGIN"
        raise Stranger(
            f"the control plane refuses web pages {page}; if this page is yours, start with --control-origin {named}"
        )


def _check_body(head: _Head) -> None:
    """What a page may send to another origin unasked is never JSON."""
    has_body = head.headers.get("content-length", "0") != "0" or "transfer-encoding" in head.headers
    if head.method in _READS or not has_body:
        return
    sent = head.headers.get("content-type", "")
    is_of_page = head.origin is not None or "sec-fetch-site" in head.headers
    is_plain = sent.partition(";")[0].strip().lower() in ("", _FORM)
    if not _JSON.match(sent) and (is_of_page or not is_plain):
        said = f"'{sent}'" if sent else "no content type"
        raise Stranger(f"send JSON as Content-Type: application/json, as curl --json does; got {said}")
