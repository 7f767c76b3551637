"""Writes docs/faults.md from the form of a rule, the presets, and the operations and refusals that rules can name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bookings_emulator.contract.model import ProblemRow
from bookings_emulator.documents.markdown import code, codes, table
from bookings_emulator.faults.planes import FaultTarget
from bookings_emulator.faults.presets import Preset
from bookings_emulator.faults.shape import EFFECT, MATCH, SCHEDULE

_HEAD = """\
# Faults

A fault disturbs matching requests to the emulated APIs: it refuses or delays them, or it corrupts, replaces or drops
their responses. Without faults nothing is disturbed. Nothing is random unless a rule sets a probability or a range;
the values are then drawn from the tenant's seed. Faults never affect `/_emulator`, CORS preflights of Graph and
sign-in, or requests whose body cannot be read (too large, or not encoded as its `Content-Encoding` says), because
these are answered before faults are checked. Faults belong to a tenant. A snapshot includes them with their counters,
and a reset restores those the tenant started with: `--fault throttled`, `"faults": ["throttled"]` of a new tenant, or
a scenario.

```sh
curl -X POST http://localhost:8365/_emulator/faults/presets/throttled -d '{}'
curl -X POST http://localhost:8365/_emulator/faults -d '{
  "match": {"operation": "createAppointment"},
  "effect": {"problem": "throttle.mailbox", "retry_after": 2},
  "schedule": {"first": 2}}'
curl http://localhost:8365/_emulator/faults
curl -X DELETE http://localhost:8365/_emulator/faults
```

A response that faults changed names them in `x-emulator-fault` and gives the reason in `x-emulator-reason`. Its entry
in the [journal](journal.md) names them too (`GET /_emulator/journal?fault=f1`). A fault reports how many requests it
`matched`, for how many it `fired`, how often it can still fire (`left`), and whether it is `active`, `spent` or
`over`. A rule that could never match or never fire is refused when you create it; the error says what was expected."""
_MATCH = """\
## Which requests

A request must match all members; a member you leave out matches everything. `*` is the only wildcard, and case is
ignored. Paths are compared decoded, without the query and without `/tenants/{name}`. A plane is one of the emulated
APIs. A rule with a `problem` but no plane and no operation applies to the plane that the problem belongs to."""
_EFFECT = """\
## What happens to them

Use one of `problem`, `status`, `reset`, `lost`, `cut`, `malformed` and `replace`. Add `latency` and `slow` to it, or
use them alone. If several faults would replace a response, the oldest does; delays add up.

- A `problem` or `status` ends the request before it is carried out. With `kept` the request is carried out first, and
  the refusal replaces its successful response.
- `lost`, `cut`, `malformed` and `replace` apply to responses of requests that were carried out. A fault that finds
  nothing to change (the request was refused anyway, the response has no body, or a pointer leads nowhere) has matched
  but not fired.
- On a server, connections really break: `reset` sends a TCP reset, `lost` closes the connection without a response,
  and `cut` closes it after part of the announced body. In process (`ASGITransport`, `TestClient`) the request raises a
  `ConnectionError` instead.
- Latency is real time, whatever the tenant's clock says. So is a `Retry-After` that is a date: clients compare it with
  their own clock, and could not honour one on the tenant's clock.
- In a `$batch` every part is a request of its own, and the batch itself is the operation `$batch`. Refusals, statuses
  and replaced values affect only the part. The delays of the parts add up to one delay of the whole response. A part
  whose connection would break breaks the connection of the whole batch, after all parts have been answered. A
  malformed part makes the JSON of the whole response malformed.

### Notifications

`late`, `twice`, `overtaken` and `replace` affect what the connector sends, on the plane `delivery`. Its operations are
`delivery.created`, `delivery.updated` and `delivery.deleted`; `match` takes `operation` and `business`. The request
that caused the notification is not affected. The delivery names the fault (`GET /_emulator/deliveries?fault=f1`).

- `late` counts on the tenant's clock, and later notifications of the same subscription wait too. While the clock is
  frozen, advancing it sends them, and so does `settle`.
- `twice` makes a second delivery right after the first; its `repeats` names the first.
- `overtaken` holds the notification back until the next one of its subscription has been sent. If none comes, `settle`
  sends it, and so does the end of the emulator. The next one is not held back as well: if the fault fires for all of
  them, they come in pairs, as 2, 1, 4, 3.
- `replace` changes values of the body, such as `{"/StaffMembers/0/EmailAddress": null}`.

```sh
bookings-emulator fault add delivery-twice --url http://localhost:8365
bookings-emulator fault list --url http://localhost:8365
```"""
_SCHEDULE = """\
## When

All conditions apply together. The first `skip` matches pass. After that every k-th match (`every`) fires, with a
`probability`, at most `first` times, until a moment (`until`) or for a duration (`for`) on the tenant's clock. With a
`limit` the fault fires for the requests that exceed it, with `throttle.rate` or `throttle.mailbox` unless the rule
sets another effect.

A rate is counted in windows on the tenant's clock that start with the first request. Each pair of application and
mailbox has its own count (`"per": "application"`: one count over all mailboxes). `Retry-After` is the rest of the
window. A request that names no mailbox (listing and creating businesses, currencies, `$metadata`, a `$batch` itself
but not its parts) does not count and is never refused by the limit, because the documented limits are per mailbox.
With `"per": "application"` every request that the fault matches counts. Concurrent requests are counted for real, from
when the request has been parsed until its response has been sent. Requests finish fast; add `latency` to make them
overlap, as the preset `mailbox-concurrency` does. Microsoft documents no limits for Bookings; the nearest documented
ones are those of the Outlook service: 10,000 requests in 10 minutes, and four at the same time."""
_PRESETS = """\
## Presets

Documented failures by name: `POST /_emulator/faults/presets/{name}`. Members of `match`, `effect` and `schedule` that
you send override those of each rule: `{"match": {"operation": "createAppointment"}, "schedule": {"first": 1}}`. A
scenario names presets in its `[given]` table: `faults = ["throttled"]`."""
_OPERATIONS = """\
## Operations

The names that `match.operation` can use."""
_PROBLEMS = """\
## Problems

`effect.problem` accepts any refusal of the [reference](reference.md#problems). Placeholders in its text are filled
from `effect.facts`, otherwise from the request, otherwise with a sample. These problems are raised by faults only:"""


def faults(presets: Iterable[Preset], operations: Iterable[FaultTarget], problems: Iterable[ProblemRow]) -> str:
    """The page."""
    parts = [
        _HEAD.strip(),
        _MATCH,
        _members(MATCH),
        _EFFECT,
        _members(EFFECT),
        _SCHEDULE,
        _members(SCHEDULE),
        _PRESETS,
        table(("preset", "what happens", "what it shows", "rules", "confidence", "source"), map(_preset, presets)),
        _OPERATIONS,
        *_by_plane(operations),
        _PROBLEMS,
        table(("problem", "status", "code", "text", "confidence", "source"), map(_problem, problems)),
    ]
    return "\n\n".join(parts) + "\n"


def _members(schema: Mapping[str, Any], prefix: str = "") -> str:
    return table(("member", "type or values", "meaning"), _rows(schema, prefix))


def _rows(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, member in schema["properties"].items():
        about = member.get("description", "")
        if about or "properties" not in member:
            yield code(prefix + name), _takes(member), about
        if "properties" in member:
            yield from _rows(member, f"{prefix}{name}.")


def _takes(member: Mapping[str, Any]) -> str:
    types = member.get("type", "JSON")
    return codes(member["enum"]) if "enum" in member else " or ".join([types] if isinstance(types, str) else types)


def _preset(row: Preset) -> tuple[str, ...]:
    rules = "<br>".join(code(json.dumps({**each}, ensure_ascii=False)) for each in row.rules)
    return code(row.name), row.title, row.shows, rules, row.confidence, row.source


def _by_plane(operations: Iterable[FaultTarget]) -> Iterator[str]:
    planes: dict[str, list[str]] = {}
    for each in operations:
        planes.setdefault(each.plane, []).append(each.name)
    for plane, names in planes.items():
        yield f"**{plane}**: {codes(dict.fromkeys(names))}"


def _problem(row: ProblemRow) -> tuple[str, ...]:
    message = code(row.message) if row.message else "(empty)"
    return code(row.id), str(row.status), code(row.code), message, row.confidence, row.source
