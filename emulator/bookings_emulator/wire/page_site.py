"""The booking page for people: an HTML shell of the folder `page/`, which calls the API and nothing else."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import orjson

from bookings_emulator.domain.availability import business_zone
from bookings_emulator.domain.outcome import Record
from bookings_emulator.domain.page_links import token_of_service
from bookings_emulator.exchange import Exchange, Response
from bookings_emulator.pipeline.page_calls import published_business
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import windows_zone_names, zone
from bookings_emulator.urls import parts_of
from bookings_emulator.wire.http import Receive, Scope, Send, write_response
from bookings_emulator.wire.page_sign_in import send_to_sign_in

FILES = Path(__file__).parents[1] / "page"
ASSETS = "/_page/"
ZONES = "zones.json"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
# what Microsoft's page was seen to send on a personal page (2026); on shared pages nobody knows
_ANCESTORS = "frame-ancestors 'self' *.office.com teams.microsoft.com *.teams.microsoft.com outlook.office365.com"
_PLACES = (
    re.compile(r"/book/(?P<address>[^/]+)(?:/s/(?P<token>[^/]*)|/manage/(?P<key>[^/]*))?/?", re.IGNORECASE),
    re.compile(
        r"/owa/calendar/(?P<address>[^/]+)/bookings(?:/s/(?P<token>[^/]*)|/manage/(?P<key>[^/]*))?/?", re.IGNORECASE
    ),
)


class AskedPage(NamedTuple):
    """A page that is asked for: whose, of which service by the token of its link, of which booking by its key."""

    address: str
    token: str | None
    key: str | None


def find_page(path: str) -> AskedPage | None:
    """The page of a decoded path, in one of the forms that Microsoft's links have; None for no page."""
    for place in _PLACES:
        found = place.fullmatch(path)
        if found:
            return AskedPage(found["address"], found["token"], found["key"])
    return None


def show_page(tenant: Tenant, exchange: Exchange, asked: AskedPage) -> Response:
    """The shell of a page: what it is about stands in `data-` attributes of its root. Raises Problem."""
    business, request = published_business(tenant, asked.address), exchange.request
    away = send_to_sign_in(tenant, exchange, business)
    if away is not None:
        return away
    services = tenant.store.records("services", business["id"])
    named = (each["id"] for each in services if asked.token and token_of_service(each["id"]) == asked.token)
    service_id = next(named, "")
    is_hidden = (business["bookingPageSettings"] or {}).get("isSearchEngineIndexabilityDisabled")
    is_hidden = is_hidden or tenant.tenant_settings["BookingsSearchEngineIndexDisabled"]
    facts = {
        "root": parts_of(request.origin).path,
        "business": business["id"],
        "service": service_id or ("unknown" if asked.token else ""),
        "appointment": asked.key or "",
        "title": business["displayName"],
        "language": business.get("languageTag") or "en-US",
        "robots": "noindex" if is_hidden else "all",
        "zone": _iana_zone(business),
        "prefill": "true" if tenant.quirks["page-prefill"] else "",
    }
    headers = {**_headers(tenant), **({"X-Robots-Tag": "noindex"} if is_hidden else {})}
    return Response(200, headers, _fill_shell("index.html", facts))


def refuse_page(status: int, message: str, headers: dict[str, str]) -> Response:
    """A page that says why there is none."""
    shown = {**headers, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
    return Response(status, shown, _fill_shell("refusal.html", {"message": message}))


async def serve_asset(scope: Scope, receive: Receive, send: Send) -> None:
    """A file of the page; no exchange of the emulated service, so no fault meets it and no journal holds it."""
    name = scope["path"].removeprefix(ASSETS)
    content = zone_names() if name == ZONES else assets().get(name)
    kind = _TYPES.get(Path(scope["path"]).suffix, "")
    if content is None or not kind or scope["method"] not in ("GET", "HEAD"):
        response = Response(404, {"Content-Type": "text/plain"}, b"no such file of the booking page")
    else:
        headers = {"Content-Type": kind, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        response = Response(200, headers, content)
    await write_response({}, response, send)


def _iana_zone(business: Record) -> str:
    """The zone of a business by the name that browsers know; empty if there is none."""
    settings = business["bookingPageSettings"] or {}
    found = zone(settings.get("businessTimeZone") or "") or business_zone(business)
    return found.key if found else ""


@cache
def zone_names() -> bytes:
    """The Windows name of every IANA zone that has one, as JSON: the page tells the zone of its visitor by it."""
    return orjson.dumps(windows_zone_names())


@cache
def assets() -> dict[str, bytes]:
    """The files of the page by name, read once."""
    return {file.name: file.read_bytes() for file in FILES.iterdir() if file.is_file()}


def _headers(tenant: Tenant) -> dict[str, str]:
    ancestors = f"; {_ANCESTORS}" if tenant.quirks["page-frame-ancestors"] else ""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": _POLICY + ancestors,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _fill_shell(name: str, facts: dict[str, str]) -> bytes:
    """A file of the page with its placeholders `{{name}}` filled; whatever the facts hold stays text."""
    text = assets()[name].decode()
    return re.sub(r"\{\{(\w+)\}\}", lambda found: escape(facts[found[1]]), text).encode()
