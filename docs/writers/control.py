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

`/_emulator` is how a test drives the emulator. It is not part of the emulated services and never subject to faults.
Every tenant has its own: `/_emulator` is that of the default tenant, `/tenants/{name}/_emulator` that of another.

```sh
curl -s http://localhost:8365/_emulator                       # every URL there is
curl -s -X POST http://localhost:8365/_emulator/reset         # back to the fixtures
curl -s --json '{"by": "P1D"}' http://localhost:8365/_emulator/clock/advance
```

A tenant of its own for a test, isolated from all others; the answer names its URLs:

```http
POST /_emulator/tenants HTTP/1.1
Content-Type: application/json

{"fixture": "empty", "seed": 7, "now": "2026-01-05T08:00:00Z", "quirks": {"five-customers": false}}
```

- Bodies and answers are JSON. What cannot be carried out is 400, 404 or 409 with `{"error": …}`, which says what was
  expected, what came and where.
- Members of a body are optional unless they are called required; unknown ones are refused.
- A fixture is named, or sent as its file would be in JSON; so is a scenario. Names are those that come along, the files
  the emulator was started with, and files of the folders `--fixtures-folder` and `--scenarios-folder` (of the image:
  `/fixtures` and `/scenarios`), with their suffix or without. No other file is opened for a caller.
- It answers to callers on this machine (localhost, 127.0.0.1, ::1, host.docker.internal). Other host names are named
  with `--control-host`; otherwise the answer is 403.
- It answers no web page of another origin, and takes no body but JSON (`curl --json`, or `-d` as it is): 403, before
  anything of the body is read. `--control-origin http://localhost:63315` lets in a page of yours, such as a test runner
  in browser mode, with CORS. Links that people follow are answered.
- A body has at most 64 MB and 100 levels.
- With `--control-key KEY` it takes calls with the header `X-Emulator-Key: KEY` only; `health` stays open. With
  `--no-control` it is not there.
- `GET /_emulator/openapi/control.json` describes the same routes as OpenAPI. Python has a typed client of them:
  `bookings_emulator.Client` ([Tests in Python](pytest.md)); so has [JavaScript](clients.md#tests-in-javascript)."""


def control(routes: Iterable[ControlRoute]) -> str:
    """The page: one table for each group of routes, in their order."""
    groups: dict[str, list[ControlRoute]] = {}
    for each in routes:
        groups.setdefault(each.tag, []).append(each)
    return "\n\n".join([_HEAD, *(_group(tag, rows) for tag, rows in groups.items())]) + "\n"


def _group(tag: str, rows: list[ControlRoute]) -> str:
    about = (sys.modules[rows[0].handler.__module__].__doc__ or "").strip().splitlines()[0]
    head = ("call", "takes", "what it does")
    cells = (_row(each, rows[:number]) for number, each in enumerate(rows))
    return f"## {tag.capitalize()}\n\n{about}\n\n{table(head, cells)}"


def _row(route: ControlRoute, before: list[ControlRoute]) -> tuple[str, str, str]:
    told = next((each for each in before if len(each.query.items() & route.query.items()) >= _MANY), None)
    shared = told.query.items() & route.query.items() if told else set()
    query = [f"`?{name}=` {each.about}".rstrip() for name, each in route.query.items() if (name, each) not in shared]
    if told:
        but = codes(f"?{name}=" for name, about in told.query.items() if (name, about) not in shared)
        query.insert(0, f"what `GET /_emulator{told.path}` takes{f' but {but}' if but else ''}")
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
