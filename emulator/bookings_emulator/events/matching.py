"""Which exchanges of the journal are meant: criteria, each tested by itself, so that near misses can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.events.journal import Entry
from bookings_emulator.exchange import EVENTS, Exchange
from bookings_emulator.faults.planes import DELIVERY, OPERATIONS, STUBS, targets
from bookings_emulator.globs import GlobError, is_like, read_glob
from bookings_emulator.json_values import UnreadableJson, contains, read_json
from bookings_emulator.masking import mask_body, mask_bytes, mask_headers, mask_query, mask_text
from bookings_emulator.problem import did_you_mean

CRITERIA = {
    "plane": "graph, connector, identity or page",
    "operation": "a name such as createAppointment; * and ? stand for anything",
    "business": "the id of a business",
    "persona": "the name of the caller",
    "method": "GET, POST …",
    "path": "the path, percent-encoded or not; * and ? are wildcards",
    "status": "a status, a class such as 4xx, or several: 404,5xx",
    "problem": "the id of a refusal",
    "fault": "the id of a fault that acted on it",
    "quirk": "the id of a quirk that decided its result",
    "event": "the name of an event that it caused",
    "request_id": "the request-id or client-request-id of the response",
    "reason": "the plain reason of a refusal; * and ? stand for anything",
    "text": "text anywhere in it: path, query, headers, bodies (as they are shown), reason",
    "body": "JSON that the request body contains, member by member",
    "slower": "took at least that many milliseconds",
    "since": "has a greater number than this",
    "number": "has this number, or one of several: 7, 9-12",
}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
_STATUS = re.compile(r"[1-5](?:\d\d|xx)|0", re.IGNORECASE)


class MatchError(ValueError):
    """A criterion cannot be read; the message says what was expected and what came."""


class Criterion(NamedTuple):
    """One thing asked of an exchange: what is wanted (as it was given), whether it is so, and what there is."""

    name: str
    wanted: Any
    is_met: Callable[[Entry], bool]
    found: Callable[[Entry], Any]


class Match(NamedTuple):
    """All criteria together; with none, every exchange matches. `since` is the number behind which it looks."""

    criteria: tuple[Criterion, ...]
    since: int = 0

    def matches(self, entry: Entry) -> bool:
        """Whether an exchange meets all criteria."""
        return entry.number > self.since and all(each.is_met(entry) for each in self.criteria)

    def misses(self, entry: Entry) -> list[Criterion]:
        """The criteria that an exchange does not meet."""
        return [each for each in self.criteria if not each.is_met(entry)]

    def miss_by_one(self, entry: Entry) -> tuple[Entry, Criterion] | None:
        """An exchange that meets all criteria but one, with that one; None for any other."""
        if len(self.criteria) < 2 or entry.number <= self.since:
            return None
        missed = self.misses(entry)
        return (entry, missed[0]) if len(missed) == 1 else None

    def __str__(self) -> str:
        return ", ".join(f"{each.name} {each.wanted}" for each in self.criteria) or "any content"


def read_match(given: Mapping[str, Any]) -> Match:
    """Criteria from names and values: text, a number, or a list of which one is enough.

    Raises MatchError, also for a name or a pattern that no exchange can ever meet; personas, faults and businesses
    come and go, so any of these may be asked for.
    """
    for name in given:
        if name not in CRITERIA:
            raise MatchError(
                f"unknown criterion '{name}'; expected one of {', '.join(CRITERIA)}{did_you_mean(name, CRITERIA)}"
            )
    since = _number("since", given.get("since", 0))
    return Match(tuple(_criterion(name, value) for name, value in given.items() if name != "since"), since)


def read_query_match(given: Mapping[str, str]) -> Match:
    """Criteria from the parameters of a query, all of which are text: that of `body` is JSON.

    Raises MatchError as `read_match` does.
    """
    if "body" not in given:
        return read_match(given)
    try:
        body = read_json(given["body"])
    except UnreadableJson as error:
        example = 'such as {"serviceNotes": "Bring X-rays"}, or "text" in quotes'
        raise MatchError(f"body must be JSON, {example}; got {given['body'][:200]!r}: {error}") from error
    return read_match({**given, "body": body})


def _criterion(name: str, wanted: Any) -> Criterion:
    match name:
        case "status":
            test = _status_test(wanted)
            return Criterion(name, wanted, lambda entry: test(entry.exchange.status), lambda e: e.exchange.status)
        case "number":
            spans = _spans(wanted)
            return Criterion(name, wanted, lambda e: any(e.number in span for span in spans), lambda e: e.number)
        case "slower":
            least = _number(name, wanted)
            return Criterion(
                name, wanted, lambda e: e.exchange.duration >= least, lambda e: round(e.exchange.duration, 3)
            )
        case "text":
            words = [each.lower() for each in _texts(name, wanted)]
            return Criterion(name, wanted, lambda e: any(each in _everything(e) for each in words), lambda e: None)
        case "body":
            return Criterion(name, wanted, lambda e: contains(_request_body(e), wanted), _request_body)
        case _:
            return _text_criterion(name, wanted)


def _text_criterion(name: str, wanted: Any) -> Criterion:
    read = _TEXTS[name]
    words = _texts(name, wanted)
    try:
        globs = [read_glob(each) for each in words]
    except GlobError as error:
        raise MatchError(f"{name}: {error}") from error
    for each in words:
        _check_known(name, each)

    def is_met(entry: Entry) -> bool:
        return any(each.fits(value) for value in read(entry) if value for each in globs)

    def found(entry: Entry) -> Any:
        values = [each for each in read(entry) if each]
        return values if name in _SEVERAL else values[0] if values else None

    return Criterion(name, wanted, is_met, found)


def _check_known(name: str, wanted: str) -> None:
    """Refuse a name or a pattern that fits none of those there can ever be. Raises MatchError."""
    if name not in _KNOWN:
        return
    known, where = _KNOWN[name]
    names = known()
    is_stub = name == "operation" and wanted.lower().startswith(STUBS[:-1])
    if not is_stub and not any(is_like(wanted, each) for each in names):
        near = did_you_mean(wanted, names)
        raise MatchError(f"{name} '{wanted}' can never match: nothing has this name{near or f'; {where}'}")


def request_ids(entry: Entry) -> tuple[str | None, str | None]:
    """The request id of an answer, and the one its client gave it."""
    headers = entry.exchange.response.headers if entry.exchange.response else {}
    return (
        headers.get("request-id") or headers.get("x-ms-request-id"),
        headers.get("client-request-id") or entry.exchange.request.headers.get("client-request-id"),
    )


# criterion → the texts of an exchange of which one must match; some have more than one to tell
_TEXTS: dict[str, Callable[[Entry], Iterable[str | None]]] = {
    "plane": lambda entry: (entry.exchange.plane,),
    "operation": lambda entry: (entry.exchange.operation,),
    "business": lambda entry: (_masked(entry.exchange.business),),
    "persona": lambda entry: (entry.exchange.caller.name if entry.exchange.caller else None,),
    "method": lambda entry: (entry.exchange.request.method,),
    "path": lambda entry: _paths(entry.exchange),
    "problem": lambda entry: (entry.exchange.problem,),
    "fault": lambda entry: (hit.fault for hit in entry.exchange.hits),
    "quirk": lambda entry: entry.exchange.quirks,
    "event": lambda entry: entry.exchange.events,
    "reason": lambda entry: (_masked(entry.exchange.reason),),
    "request_id": request_ids,
}
PLANES = tuple(each for each in OPERATIONS if each != DELIVERY)  # a notification is no exchange
# criterion → all that it can ever be, and where one finds them
_KNOWN: dict[str, tuple[Callable[[], list[str]], str]] = {
    "plane": (lambda: list(PLANES), f"known are {', '.join(PLANES)}"),
    "operation": (
        lambda: [each.name for each in targets() if each.plane != DELIVERY],
        "GET /_emulator/faults/operations lists them",
    ),
    "problem": (lambda: list(load_problems()), "GET /_emulator/faults/problems lists them"),
    "quirk": (lambda: list(load_quirks()), "GET /_emulator/quirks lists them"),
    "event": (lambda: list(EVENTS), f"known are {', '.join(EVENTS)}"),
    "method": (lambda: list(METHODS), f"known are {', '.join(METHODS)}"),
}
_SEVERAL = frozenset({"fault", "quirk", "event", "request_id"})


def _texts(name: str, wanted: Any) -> list[str]:
    texts = wanted if isinstance(wanted, list) else [wanted]
    if not texts or not all(isinstance(each, (str, int)) and not isinstance(each, bool) for each in texts):
        raise MatchError(f"{name} must be a string or a list of strings; got {wanted!r}")
    return [str(each) for each in texts]


def _number(name: str, wanted: Any) -> int:
    text = str(wanted)
    if isinstance(wanted, bool) or not text.isascii() or not text.isdigit() or len(text) > 12:
        raise MatchError(f"{name} must be a whole number; got {wanted!r}")
    return int(text)


def _spans(wanted: Any) -> list[range]:
    """`7`, `9-12` or several with commas."""
    spans = []
    for word in (each.strip() for text in _texts("number", wanted) for each in text.split(",")):
        first, _, last = word.partition("-")
        try:
            spans.append(range(_number("number", first), _number("number", last or first) + 1))
        except MatchError:
            raise MatchError(f"number must be numbers such as 7, or 7,9-12; got {wanted!r}") from None
    return spans


def _status_test(wanted: Any) -> Callable[[int], bool]:
    words = [word.strip().lower() for each in _texts("status", wanted) for word in each.split(",")]
    for word in words:
        if not _STATUS.fullmatch(word):
            raise MatchError(
                f"status must be a status, a class such as 4xx, or several separated by commas; got {wanted!r}"
            )
    return lambda status: str(status) in words or f"{status // 100}xx" in words


@lru_cache(maxsize=1)  # many may wait for an exchange, and each is asked about by all of them in a row
def _request_body(entry: Entry) -> Any:
    return mask_body(entry.exchange.request.body, entry.exchange.sent_as)


def _paths(exchange: Exchange) -> tuple[str, str]:
    """The path as it may be shown, percent-encoded and not."""
    return mask_text(exchange.request.path), mask_text(unquote(exchange.request.path))


def _masked(text: str | None) -> str:
    return mask_text(text or "")


@lru_cache(maxsize=1)
def _everything(entry: Entry) -> str:
    """All text of an exchange as it may be shown, in lower case."""
    exchange = entry.exchange
    request, response = exchange.request, exchange.response
    parts = [request.method, *_paths(exchange), mask_query(request.query), _masked(exchange.reason)]
    parts += [f"{name}: {value}" for name, value in mask_headers(request.headers).items()]
    parts.append(mask_bytes(request.body, exchange.sent_as))
    if response:
        parts += [f"{name}: {value}" for name, value in mask_headers(response.headers).items()]
        parts.append(mask_bytes(response.body, response.headers.get("Content-Type", "")))
    return "\n".join(parts).lower()
