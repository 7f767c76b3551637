"""Writes docs/control.md from the tables of the control routes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from bookings_emulator.control.routing import ControlRoute
from bookings_emulator.documents.markdown import code, codes, table

_MANY = 5  # parameters that two routes have in common, from which on they are told once
_HEAD = """\
# The control plane

The control plane is the emulator's own API below `/_emulator`, which tests use to drive the emulator. It is not part
of the emulated services, and faults never affect it. Every tenant has its own: `/_emulator` controls the default
tenant, `/tenants/{name}/_emulator` another one.

```sh
curl -s http://localhost:8365/_emulator                       # all URLs
curl -s -X POST http://localhost:8365/_emulator/reset         # back to the fixtures
curl -s --json '{"by": "P1D"}' http://localhost:8365/_emulator/clock/advance
```

This request creates a tenant for a single test, isolated from all others; the response contains its URLs:

```http
POST /_emulator/tenants HTTP/1.1
Content-Type: application/json

{"fixture": "empty", "seed": 7, "now": "2026-01-05T08:00:00Z", "quirks": {"five-customers": false}}
```

- Request and response bodies are JSON. A request that cannot be carried out gets 400, 404 or 409 with `{"error": …}`,
  which says what was expected, what was received and where.
- Members of a body are optional unless marked as required. Unknown members are refused.
- Pass a fixture or a scenario by name, or send the content of its file as JSON. The names are the built-in ones, the
  files the emulator was started with, and the files in `--fixtures-folder` and `--scenarios-folder` (in the image:
  `/fixtures` and `/scenarios`), with or without suffix. A request cannot open any other file.
- The control plane accepts requests to the host names of this machine (localhost, 127.0.0.1, ::1,
  host.docker.internal). Allow other host names with `--control-host`; otherwise the response is 403.
- It refuses web pages of other origins and bodies that are not JSON (use `curl --json`, or plain `-d`) with 403,
  before it reads the body. `--control-origin http://localhost:63315` allows a page of yours, such as a test runner in
  browser mode, with CORS. Links that people follow work.
- A body can have at most 64 MB and 100 levels of nesting.
- With `--control-key KEY` it accepts only requests with the header `X-Emulator-Key: KEY`; `health` stays open.
  `--no-control` turns the control plane off.
- `GET /_emulator/openapi/control.json` describes the same routes as OpenAPI 3.1, with types for parameters, bodies,
  responses and errors. There are typed clients for Python, `bookings_emulator.Client`
  ([Tests in Python](pytest.md)), and for [JavaScript](clients.md#tests-in-javascript)."""


def control(routes: Iterable[ControlRoute]) -> str:
    """The page: one table for each group of routes, in their order."""
    groups: dict[str, list[ControlRoute]] = {}
    for each in routes:
        groups.setdefault(each.tag, []).append(each)
    return "\n\n".join([_HEAD, *(_group(tag, rows) for tag, rows in groups.items())]) + "\n"


def _group(tag: str, rows: list[ControlRoute]) -> str:
    about = (sys.modules[rows[0].handler.__module__].__doc__ or "").strip().splitlines()[0]
    head = ("request", "parameters and body", "what it does")
    cells = (_row(each, rows[:number]) for number, each in enumerate(rows))
    return f"## {tag.capitalize()}\n\n{about}\n\n{table(head, cells)}"


def _row(route: ControlRoute, before: list[ControlRoute]) -> tuple[str, str, str]:
    told = next((each for each in before if len(each.query.items() & route.query.items()) >= _MANY), None)
    shared = told.query.items() & route.query.items() if told else set()
    query = [f"`?{name}=` {each.about}".rstrip() for name, each in route.query.items() if (name, each) not in shared]
    if told:
        but = codes(f"?{name}=" for name, about in told.query.items() if (name, about) not in shared)
        query.insert(0, f"as in `GET /_emulator{told.path}`{f', except {but}' if but else ''}")
    what = f"{route.summary} {route.about}".strip()
    return code(f"{route.method} /_emulator{route.path}"), "<br>".join([*query, *_members(route.body)]), what


def _members(body: dict[str, Any] | None) -> list[str]:
    if body is None:
        return []
    required = body.get("required", ())
    members = body.get("properties")
    if members is None:
        return [str(body.get("description", "JSON"))]
    return [_member(name, schema, name in required) for name, schema in members.items()]


def _member(name: str, schema: dict[str, Any], is_required: bool) -> str:
    kind = schema.get("type", "")
    kinds = " or ".join([kind] if isinstance(kind, str) else kind).replace("string", "text")
    kinds = codes(map(str, schema["enum"])) if "enum" in schema else kinds
    note = ", ".join(each for each in (kinds, "required" if is_required else "") if each)
    return f"`{name}`{f' ({note})' if note else ''}: {schema.get('description', '')}".rstrip(": ")
