"""JSON batching: one POST with up to twenty requests, answered one by one in the order of their dependencies."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson

from bookings_emulator.contract.load import load_problems
from bookings_emulator.exchange import Request, Response
from bookings_emulator.problem import Problem

MAXIMUM_PARTS = 20
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_SHOWN = ("OData-Version", "Content-Type", "Cache-Control", "Retry-After", "Location")
_OURS = ("x-emulator-reason", "x-emulator-note", "x-emulator-fault")
_LISTED = ("id", "status", "headers", "body")


def answer(payload: Any, outer: Request, root: str, send: Callable[[Request], Response]) -> bytes:
    """The body of a batch answer. Raises Problem batch.*, before anything was sent, where the batch cannot be taken."""
    parts = _order_parts(_read_parts(payload))
    targets = {part["id"]: _resolve_target(part["url"], root) for part in parts}
    responses: dict[str, dict[str, Any]] = {}
    for part in parts:
        has_failed = any(responses[each]["status"] >= 400 for each in _parents(part))
        response = _refuse_part(part) if has_failed else _send_part(part, targets[part["id"]], outer, send)
        responses[part["id"].lower()] = response
    return orjson.dumps({"responses": list(responses.values())})


def _order_parts(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts, each behind those it depends on."""
    ordered: dict[str, dict[str, Any]] = {}
    while len(ordered) < len(parts):
        ready = [
            part
            for part in parts
            if part["id"].lower() not in ordered and all(each in ordered for each in _parents(part))
        ]
        if not ready:
            raise _invalid("dependsOn has a cycle")
        ordered |= {part["id"].lower(): part for part in ready}
    return list(ordered.values())


def _read_parts(payload: Any) -> list[dict[str, Any]]:
    parts = payload.get("requests") if isinstance(payload, dict) else None
    if not isinstance(parts, list) or not parts:
        raise _invalid('the body must be {"requests": [ … ]} with at least one request')
    if len(parts) > MAXIMUM_PARTS:
        raise Problem("batch.toomany", f"a batch may have at most {MAXIMUM_PARTS} requests; got {len(parts)}")
    seen: set[str] = set()
    for part in parts:
        _check_part(part)
        if part["id"].lower() in seen:
            raise Problem("batch.dupid", f"the id '{part['id']}' appears twice in the batch", id=part["id"])
        seen.add(part["id"].lower())
    for part in parts:
        for parent in _parents(part):
            if parent not in seen:
                raise _invalid(f"part '{part['id']}' depends on '{parent}', which is not in the batch")
    return parts


def _check_part(part: Any) -> None:
    """The shape of one part: id, method and url are text; headers an object of text; a body needs a content type."""
    if not isinstance(part, dict):
        raise _invalid("each request must be an object")
    for name in ("id", "method", "url"):
        if not isinstance(part.get(name), str) or not part[name]:
            raise _invalid(f"each request needs '{name}' as a string")
    if part["method"].upper() not in _METHODS:
        raise _invalid(f"'{part['method']}' is not a method; expected one of {', '.join(sorted(_METHODS))}")
    headers = part.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(each, str) for each in headers.values()):
        raise _invalid(f"the headers of part '{part['id']}' must be an object with string values")
    depends = _depends(part)
    if not isinstance(depends, list) or not all(isinstance(each, str) for each in depends):
        raise _invalid(f"dependsOn of part '{part['id']}' must be a list of ids")
    if part.get("body") is not None and "content-type" not in {name.lower() for name in headers}:
        raise _invalid(f"part '{part['id']}' has a body and so needs a Content-Type header")


def _depends(part: dict[str, Any]) -> Any:
    """`dependsOn`, or `depends_on` as msgraph-core for Python writes it."""
    return part.get("dependsOn") or part.get("depends_on") or []


def _parents(part: dict[str, Any]) -> list[str]:
    return [each.lower() for each in _depends(part)]


def _invalid(reason: str) -> Problem:
    return Problem("batch.invalid", reason)


def _send_part(
    part: dict[str, Any], target: tuple[str, str], outer: Request, send: Callable[[Request], Response]
) -> dict[str, Any]:
    """Send one part as a request of its own, with the token of the outer one."""
    path, query = target
    headers = {name.lower(): value for name, value in (part.get("headers") or {}).items()}
    if "authorization" in outer.headers:
        headers["authorization"] = outer.headers["authorization"]
    body = orjson.dumps(part["body"]) if part.get("body") is not None else b""
    response = send(Request(part["method"].upper(), path, query, headers, body, outer.origin))
    return _write_part(part["id"], response)


def _resolve_target(url: str, root: str) -> tuple[str, str]:
    """The path and query of a part: relative to the version, with the version in front, or absolute."""
    version = root.rpartition("/")[2]
    try:
        split = urlsplit(url if "://" in url else f"//host/{url.lstrip('/')}")
    except ValueError:
        raise _invalid(f"cannot parse the url of a part: '{url}'") from None
    path = split.path.lstrip("/")
    first = path.partition("/")[0].lower()
    if path.rstrip("/").lower().endswith("$batch"):
        raise _invalid("a batch cannot contain another batch")
    return (f"/{path}" if first in ("v1.0", "beta") else f"/{version}/{path}"), split.query


def _refuse_part(part: dict[str, Any]) -> dict[str, Any]:
    """What a part answers whose parent failed."""
    row = load_problems()["batch.dep"]
    error = {"error": {"code": row.code, "message": row.message}}
    return {"id": part["id"], "status": row.status, "headers": {"Content-Type": "application/json"}, "body": error}


def _write_part(id_: str, response: Response) -> dict[str, Any]:
    headers = {name: response.headers[name] for name in _SHOWN if name in response.headers}
    headers |= {name: response.headers[name] for name in _OURS if name in response.headers}
    out: dict[str, Any] = {"id": id_, "status": response.status, "headers": headers}
    if response.body:
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        out["body"] = orjson.Fragment(response.body) if is_json else b64encode(response.body).decode()
    return {name: out[name] for name in _LISTED if name in out}
