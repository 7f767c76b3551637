"""What a client did that works here and may not work there, told from the exchanges of the journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from bookings_emulator.contract.load import OVERLAYS, load
from bookings_emulator.contract.model import StructuredType
from bookings_emulator.events.journal import Entry
from bookings_emulator.json_values import UnreadableJson, read_json
from bookings_emulator.masking import mask_text
from bookings_emulator.pipeline.permissions import Used, least_for

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals

_LINK = re.compile(rb'"@odata\.nextLink":("(?:[^"\\]|\\.)*")')
# the permissions of Bookings, each allowing more than those before it
_RANK = {
    "Bookings.Read.All": 1,
    "BookingsAppointment.ReadWrite.All": 2,
    "Bookings.ReadWrite.All": 3,
    "Bookings.Manage.All": 4,
}
_LOST = frozenset({"lost", "cut", "malformed"})


class Note(NamedTuple):
    """One thing to look at: its kind, the exchange it is about, the earlier one that it follows from, a sentence."""

    kind: str
    entry: Entry
    text: str
    because: int | None = None

    def shown(self) -> answers.Note:
        """The note as JSON."""
        exchange = self.entry.exchange
        return {
            "kind": cast("literals.NoteKind", self.kind),
            "number": self.entry.number,
            "because": self.because,
            "persona": exchange.caller.name if exchange.caller else None,
            "operation": exchange.operation,
            "text": self.text,
        }


def notes(entries: Iterable[Entry]) -> list[Note]:
    """Every note on some exchanges, oldest first."""
    kept = list(entries)
    found = [note for look in KINDS.values() for note in look(kept)]
    return sorted(found, key=lambda note: note.entry.number)


def retried_early(entries: Sequence[Entry]) -> Iterator[Note]:
    """A call came again before the time of Retry-After was over, by the tenant's clock and by that of the machine."""
    waiting: dict[tuple[str, str | None], tuple[Entry, float]] = {}
    for entry in entries:
        key = (_client(entry), entry.exchange.operation)
        if key in waiting:
            before, seconds = waiting[key]
            clock = (entry.exchange.at - before.exchange.at).total_seconds()
            passed = max(clock, entry.arrived - before.arrived - before.exchange.duration / 1000)
            if passed < seconds:
                text = f"request {before.number} got {before.exchange.status} with Retry-After: {seconds:g} s; "
                yield Note(
                    "retried-early", entry, f"{text}this request came after {max(passed, 0):.3f} s", before.number
                )
        told = _retry_after(entry)
        if told:
            waiting[key] = (entry, told)


def _retry_after(entry: Entry) -> float | None:
    """The seconds that the Retry-After of a 429 or 503 asks for; as a date it names a moment of real time."""
    response = entry.exchange.response
    text = response.headers.get("Retry-After", "") if response and response.status in (429, 503) else ""
    if text.isascii() and text.isdigit():
        return float(text)
    return next((float(each.pause) for each in entry.exchange.hits if each.retry_after == text and each.pause), None)


def ignored_links(entries: Sequence[Entry]) -> Iterator[Note]:
    """A list had further pages, and nobody asked for them. Who asks for `$top` wants no more than that."""
    asked: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    found = []
    for entry in reversed(entries):
        request = entry.exchange.request
        link = _next_link(entry)
        if link and link not in asked:
            text = (
                "the response has an @odata.nextLink that no later request followed; the remaining rows were not read"
            )
            found.append(Note("ignored-next-link", entry, text))
        asked.add((unquote(request.path), frozenset(parse_qsl(request.query))))
    yield from reversed(found)


def _next_link(entry: Entry) -> tuple[str, frozenset[tuple[str, str]]] | None:
    """Path and parameters of the link to the next page of a list."""
    exchange = entry.exchange
    if exchange.response is None or exchange.request.method != "GET" or "top=" in exchange.request.query.lower():
        return None
    found = _LINK.search(entry.tail or exchange.response.body)
    if found is None:
        return None
    split = urlsplit(orjson.loads(found[1]).removeprefix(exchange.request.origin))
    return unquote(split.path), frozenset(parse_qsl(split.query))


def wide_permissions(entries: Sequence[Entry]) -> Iterator[Note]:
    """A token carries permissions that the calls made with it do not need."""
    callers: dict[tuple[str, str, frozenset[str]], list[Entry]] = {}
    for entry in entries:
        caller = entry.exchange.caller
        if caller and caller.permissions and used(entry):
            callers.setdefault((caller.name, caller.kind, frozenset(caller.permissions)), []).append(entry)
    for (name, kind, held), made in callers.items():
        uses = {use for each in made if (use := used(each))}
        spare, least = _spare(uses, kind, held), least_for(uses, kind).permissions
        if spare:
            asked = f"the requests of '{name}' need {', '.join(least) or 'none'}; its token also has {', '.join(spare)}"
            yield Note("more-permission-than-needed", made[0], asked)


def _spare(uses: set[Used], kind: str, held: frozenset[str]) -> list[str]:
    """The permissions of Bookings that calls could be made without, and those that allow more than the least do."""
    operations = ((load(each.version).operations.get(each.operation), each.root) for each in uses)
    accepted = [each.permissions_at(root).accepted.get(kind, frozenset()) for each, root in operations if each]
    kept = held & _RANK.keys()
    for name in sorted(kept, key=lambda each: -_RANK[each]):
        if all(not each.isdisjoint(kept - {name}) for each in accepted if not each.isdisjoint(kept)):
            kept -= {name}
    highest = max((_RANK.get(each, 0) for each in least_for(uses, kind).permissions), default=0)
    return sorted((held & _RANK.keys()) - {each for each in kept if _RANK[each] <= highest})


def used(entry: Entry) -> Used | None:
    """The operation of Graph that an exchange called, with the version and the root of its path."""
    exchange = entry.exchange
    version, _, rest = exchange.request.path.lstrip("/").partition("/")
    if exchange.plane != "graph" or exchange.operation is None or version.lower() not in OVERLAYS:
        return None
    root = "solutions" if rest.partition("/")[0].lower() == "solutions" else ""
    return Used(exchange.operation, version.lower(), root)


def ignored_members(entries: Sequence[Entry]) -> Iterator[Note]:
    """A body held members that the service checks and drops, since it sets them itself."""
    for entry, kind, use, body in _written(entries):
        lines = [kind.by_name[name] for name in body if name in kind.by_name]
        names = [each.name for each in lines if not each.is_writable or (each.is_immutable and use == "update")]
        if names:
            yield Note("ignored-members", entry, f"sent but not stored: {', '.join(names)}")


def aliases(entries: Sequence[Entry]) -> Iterator[Note]:
    """A body spelled a member in a way that no page documents."""
    for entry, kind, _, body in _written(entries):
        names = [f"{name} (for {kind.aliases[name]})" for name in body if name in kind.aliases]
        if names:
            yield Note("undocumented-alias", entry, f"no documentation has this spelling: {', '.join(names)}")


def _written(entries: Sequence[Entry]) -> Iterator[tuple[Entry, StructuredType, str, dict[str, Any]]]:
    """The creates and updates that were carried out: of what type, create or update, and what was sent."""
    for entry in entries:
        use = used(entry)
        contract = load(use.version) if use else None
        operation = contract.operations.get(use.operation) if contract and use else None
        if contract is None or operation is None or operation.kind not in ("create", "update"):
            continue
        if entry.exchange.status >= 300:
            continue
        try:
            body = read_json(entry.exchange.request.body)
        except UnreadableJson:  # it was cut
            continue
        if isinstance(body, dict):
            yield entry, contract.types[operation.type or ""], operation.kind, body


def unknown_members(entries: Sequence[Entry]) -> Iterator[Note]:
    """A body held members that its type does not have; they were ignored."""
    return _remarked(entries, "unknown-member")


def ignored_headers(entries: Sequence[Entry]) -> Iterator[Note]:
    """A request carried conditions or preferences that nobody looks at."""
    return _remarked(entries, "ignored-header")


def doubtful_values(entries: Sequence[Entry]) -> Iterator[Note]:
    """A body held a value below what makes sense, such as a negative length; it was taken."""
    return _remarked(entries, "doubtful-value")


def beta_calls(entries: Sequence[Entry]) -> Iterator[Note]:
    """An operation was called in beta that v1.0 has as well; one note for each caller and operation."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        use = used(entry)
        key = (_client(entry), use.operation if use else "")
        if use is None or use.version != "beta" or key in seen:
            continue
        operation = load("v1.0").operations.get(use.operation)
        if operation is not None and operation.is_documented:
            seen.add(key)
            yield Note("beta-instead-of-v1.0", entry, f"v1.0 has {use.operation} too, and beta may change at any time")


def repeated_creates(entries: Sequence[Entry]) -> Iterator[Note]:
    """What was kept although its answer was lost was created once more."""
    lost: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        request = entry.exchange.request
        if request.method != "POST":
            continue
        key = (_client(entry), request.path, request.query, request.body.decode("latin-1"))
        if key in lost and entry.exchange.status == 201:
            text = (
                f"request {lost[key].number} was carried out although its response was "
                "lost; this request created a second record"
            )
            yield Note("repeated-create", entry, text, lost[key].number)
        effects = [hit.effect for hit in entry.exchange.hits]
        is_kept = any(each.is_kept for each in effects)
        if is_kept or (any(each.kind in _LOST for each in effects) and entry.exchange.status == 201):
            lost[key] = entry


def unknown_personas(entries: Sequence[Entry]) -> Iterator[Note]:
    """A token is nearly the name of a persona, and was taken as anyone; one note for each caller."""
    seen: set[str] = set()
    for note in _remarked(entries, "unknown-persona"):
        if _client(note.entry) not in seen:
            seen.add(_client(note.entry))
            yield note


def bypassed_rules(entries: Sequence[Entry]) -> Iterator[Note]:
    """Anyone was given what an application would be refused."""
    yield from _remarked(entries, "bypassed-business-rule")


def _remarked(entries: Sequence[Entry], kind: str) -> Iterator[Note]:
    """What callers were told at once, of one kind."""
    for entry in entries:
        for each in entry.exchange.remarks:
            if each.kind == kind:
                yield Note(kind, entry, mask_text(each.text))


def _client(entry: Entry) -> str:
    """Who asks: the caller, or its token if that names nobody; a renewed token is the same client."""
    caller = entry.exchange.caller
    if caller and caller.kind != "undeclared":
        return f"{caller.kind} {caller.name}"
    return entry.exchange.request.headers.get("authorization", "")


Look = Callable[[Sequence[Entry]], Iterator[Note]]
KINDS: dict[str, Look] = {
    "retried-early": retried_early,
    "ignored-next-link": ignored_links,
    "more-permission-than-needed": wide_permissions,
    "ignored-members": ignored_members,
    "unknown-member": unknown_members,
    "ignored-header": ignored_headers,
    "doubtful-value": doubtful_values,
    "undocumented-alias": aliases,
    "beta-instead-of-v1.0": beta_calls,
    "repeated-create": repeated_creates,
    "unknown-persona": unknown_personas,
    "bypassed-business-rule": bypassed_rules,
}
