"""The journal as HAR 1.2, the form in which browsers and proxies save and show exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from bookings_emulator import __version__
from bookings_emulator.control.journal_entries import brief, content_type
from bookings_emulator.events.journal import Entry
from bookings_emulator.masking import mask_body, mask_headers
from bookings_emulator.times import format_instant

if TYPE_CHECKING:
    from bookings_emulator.client import answers

_NONE = -1  # a size that is not known


def har(entries: list[dict[str, Any]]) -> answers.Har:
    """A HAR document of entries."""
    creator = {"name": "graph-bookings-emulator", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def har_entry(entry: Entry) -> dict[str, Any]:
    """An exchange as an entry of HAR, what is secret masked; members of ours begin with `_`."""
    exchange = entry.exchange
    facts: Mapping[str, Any] = brief(entry)
    own = ("number", "plane", "operation", "business", "persona", "problem", "reason", "faults", "events", "in_batch")
    return {
        "startedDateTime": format_instant(exchange.at),
        "time": facts["duration"],
        "request": _request(entry, facts),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": facts["duration"], "receive": 0},
        **{f"_{name}": facts[name] for name in own},
    }


def _request(entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
    request = entry.exchange.request
    query = facts["query"]
    shown: dict[str, Any] = {
        "method": request.method,
        "url": f"{request.origin}{facts['path']}{'?' if query else ''}{query}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(mask_headers(request.headers)),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
        "headersSize": _NONE,
        "bodySize": entry.sent,
    }
    if request.body:
        mime = content_type(request.headers)
        shown["postData"] = {"mimeType": mime, "text": _text(request.body, entry.exchange.sent_as)}
        if entry.sent > len(request.body):
            shown["postData"]["comment"] = f"the first {len(request.body)} bytes"
    return shown


def _response(entry: Entry) -> dict[str, Any]:
    response = entry.exchange.response
    headers = response.headers if response else {}
    body = response.body if response else b""
    mime = content_type(headers)
    content: dict[str, Any] = {"size": entry.answered, "mimeType": mime or "x-unknown"}
    if body:
        content["text"] = _text(body, mime)
    if entry.answered > len(body):
        content["comment"] = f"the first {len(body)} bytes"
    status = entry.exchange.status
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(mask_headers(headers)),
        "content": content,
        "redirectURL": mask_headers(headers).get("Location", ""),
        "headersSize": _NONE,
        "bodySize": entry.answered,
    }


def _pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _text(body: bytes, mime: str) -> str:
    shown = mask_body(body, mime)
    return shown if isinstance(shown, str) else orjson.dumps(shown).decode()
