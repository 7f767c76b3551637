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

A fault hurts some calls of the emulated planes: it refuses them, holds them back, or spoils, replaces or loses their
answers. Without faults nothing is hurt, and nothing is random unless a rule asks for a probability or a range; then it
is drawn from the seed of the tenant. Never hurt are `/_emulator`, preflights of Graph and of sign-in, and requests
whose body cannot be read (too large, or not what its `Content-Encoding` says): these are answered before anything of
them is understood. Faults belong to a tenant; a snapshot holds them with their counters, and a reset puts back those
that the tenant started with: `--fault throttled`, `"faults": ["throttled"]` of a new tenant, a scenario.

```sh
curl -X POST http://localhost:8365/_emulator/faults/presets/throttled -d '{}'
curl -X POST http://localhost:8365/_emulator/faults -d '{
  "match": {"operation": "createAppointment"},
  "effect": {"problem": "throttle.mailbox", "retry_after": 2},
  "schedule": {"first": 2}}'
curl http://localhost:8365/_emulator/faults
curl -X DELETE http://localhost:8365/_emulator/faults
```

An answer that faults touched names them in `x-emulator-fault`, the reason in `x-emulator-reason`; the entry of the
[journal](journal.md) names them too (`GET /_emulator/journal?fault=f1`). A fault tells how many calls it `matched`,
for how many it `fired`, how often it can fire yet (`left`), and whether it is `active`, `spent` or `over`. A rule
that could never match or never fire is refused when it is made, with what was expected."""
_MATCH = """\
## Which calls

All members together; what is left out matches everything. `*` is the only wildcard and letters may be large or small.
Paths are compared decoded, without the query and without `/tenants/{name}`. A rule with a `problem` and without plane
and operation is for the plane that the problem belongs to."""
_EFFECT = """\
## What happens to them

One of `problem`, `status`, `reset`, `lost`, `cut`, `malformed`, `replace`, and beside it or alone `latency` and `slow`.
Of several faults that would replace an answer the oldest does; delays add up.

- A `problem` or `status` ends the call before it is carried out; with `kept` it takes the place of a good answer
  afterwards: the change has happened.
- `lost`, `cut`, `malformed` and `replace` are for answers to calls that were carried out. A fault that finds nothing to
  spoil (a call that was refused anyway, an answer without a body, a pointer that leads nowhere) has matched but not
  fired.
- On a server connections break for real: `reset` sends a TCP reset, `lost` closes without an answer, `cut` closes after
  a part of the announced body. In process (`ASGITransport`, `TestClient`) the call raises a `ConnectionError` instead.
- Latency is real time, whatever the clock of the tenant says. So is a `Retry-After` as a date: clients compare it with
  their own clock, and could not honour one on the clock of the tenant.
- In a `$batch` every part is a call of its own, and the batch is the operation `$batch`. Refusals, statuses and values
  hurt the part. The delays of parts add up to one of the whole answer, and a part whose connection would break, breaks
  that of the whole after all parts were answered; a malformed part makes the JSON of the whole malformed.

### Notifications

What the connector sends is hurt by `late`, `twice`, `overtaken` or `replace`, on the plane `delivery`, whose operations
are `delivery.created`, `delivery.updated` and `delivery.deleted`; `match` takes `operation` and `business`. The call
that caused the notification is not touched; the delivery names the fault (`GET /_emulator/deliveries?fault=f1`).

- `late` counts on the clock of the tenant, and those behind it in the same subscription wait as well. While the clock
  is frozen, advancing it brings them, and so does `settle`.
- `twice` makes a second delivery right behind the first, which says in `repeats` which one.
- `overtaken` lets the notification stand aside until the next one of its subscription has been brought. If none comes,
  `settle` brings it, and so does the end of the emulator.
- `replace` changes values of the body, such as `{"/StaffMembers/0/EmailAddress": null}`.

```sh
bookings-emulator fault add delivery-twice --url http://localhost:8365
bookings-emulator fault list --url http://localhost:8365
```"""
_SCHEDULE = """\
## When

All conditions together. The first `skip` matches pass, then every k-th (`every`) fires, with a `probability`, at most
`first` times, until a moment (`until`) or for some time (`for`) on the clock of the tenant. With a `limit` the fault
fires for the calls beyond it, with `throttle.rate` or `throttle.mailbox` unless the rule has another effect.

A rate is counted in windows of the tenant's clock that begin with the first call, for each application and mailbox
(`"per": "application"`: over all mailboxes); `Retry-After` is what is left of the window. A call that names no mailbox
(the list and creation of businesses, currencies, `$metadata`, a `$batch` itself but not its parts) does not count and
is never refused by it, since the documented limits are those of one mailbox; with `"per": "application"` every call
that the fault matches counts. Concurrent calls are counted for real, from the moment the call is understood until its
answer has been sent. Calls are quick, so give them `latency` if they shall meet, as the preset `mailbox-concurrency`
does. Microsoft lists no limits of Bookings; those of the Outlook service are the nearest that are documented: 10,000
requests in 10 minutes and four at the same time."""
_PRESETS = """\
## Presets

Documented failures by name: `POST /_emulator/faults/presets/{name}`, with members of `match`, `effect` and `schedule`
that are laid over those of each rule: `{"match": {"operation": "createAppointment"}, "schedule": {"first": 1}}`. A
scenario names them in `given`: `faults = ["throttled"]`."""
_OPERATIONS = """\
## Operations

What `match.operation` can name."""
_PROBLEMS = """\
## Problems

`effect.problem` takes any refusal of the [reference](reference.md#problems). Placeholders in their texts are filled
from `effect.facts`, else from the call, else with a sample. These are raised by faults only:"""


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
    return table(("member", "takes", "what it is"), _rows(schema, prefix))


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
