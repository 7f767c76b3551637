"""The stubs of a recording: what was called beside Bookings, each path with the answers that it got."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, unquote

from bookings_emulator.recording.fixture_of_recording import split_batch
from bookings_emulator.recording.recorded import ABSENT, Recorded
from bookings_emulator.stubs.parse import StubError, read_stub
from bookings_emulator.stubs.stub import placeholders_in

_ORIGIN = "{origin}"
_KEPT = {"content-type": "Content-Type", "odata-version": "OData-Version"}  # headers that clients look at


def stubs_of(calls: Iterable[Recorded], address: str) -> list[dict[str, Any]]:
    """The stubs of what Bookings does not answer; `address` is that of the server, which stands in its links.

    A path that was called with several queries has a stub for each, and one of its own for none. One that did not
    always give the same answer has a stub for each, which answers as often as it did in a row.
    """
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for call in _split(calls):
        path, _, query = call.path.partition("?")
        version, _, rest = path.strip("/").partition("/")
        if version.lower() not in ("v1.0", "beta"):
            continue
        stub = _stub_of(call, rest, query, address)
        if stub is not None:
            found.setdefault((call.method, rest.lower(), query), []).append(stub)
    # the newest that fits answers, and one without a query fits all
    newest_last = sorted(found.values(), key=lambda stubs: len(stubs[0].get("query", ())))
    return [stub for stubs in newest_last for stub in _in_turn(stubs)]


def _in_turn(stubs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Stubs that give the answers of some calls in their order: the last first, which then answers always."""
    runs = [(stub, len(list(same))) for stub, same in groupby(stubs)]
    (last, _), *earlier = reversed(runs)
    yield last
    for stub, count in earlier:
        yield {**stub, "times": count}


def _split(calls: Iterable[Recorded]) -> Iterator[Recorded]:
    """The calls, and in the place of a batch its parts."""
    for call in calls:
        if call.path.partition("?")[0].lower().endswith("/$batch"):
            yield from split_batch(call)
        else:
            yield call


def _stub_of(call: Recorded, path: str, query: str, address: str) -> dict[str, Any] | None:
    """The stub of a call; None for what Bookings answers, and for what no stub can answer."""
    stub: dict[str, Any] = {"request": f"{call.method} /{unquote(path)}"}
    parameters = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if parameters:
        stub["query"] = parameters
    if call.status != 200:
        stub["status"] = call.status
    headers = {shown: call.answer_headers[name] for name, shown in _KEPT.items() if name in call.answer_headers}
    if headers and headers != {"Content-Type": "application/json"}:
        stub["headers"] = headers
    if call.answered is not ABSENT:
        if placeholders_in(call.answered):
            return None
        stub["body"] = _lead_here(call.answered, address)
    try:
        read_stub(stub, 1)
    except StubError:
        return None
    return stub


def _lead_here(value: Any, address: str) -> Any:
    """JSON whose links lead to who answers, whatever its address."""
    if isinstance(value, dict):
        return {name: _lead_here(each, address) for name, each in value.items()}
    if isinstance(value, list):
        return [_lead_here(each, address) for each in value]
    if isinstance(value, str):
        return re.sub(re.escape(address), lambda _: _ORIGIN, value, flags=re.IGNORECASE)
    return value
