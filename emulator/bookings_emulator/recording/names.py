"""Finds what is private in recorded calls: addresses, numbers, names, hosts and tenants, and what takes their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from bookings_emulator.ids import guid_of
from bookings_emulator.recording.callers import claims
from bookings_emulator.recording.recorded import ABSENT, Recorded

ADDRESS = re.compile(r"[A-Za-z0-9._+\-]+@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_HOST = re.compile(r"https?://([A-Za-z0-9.\-]+)")
# hosts that belong to everybody: loopback, Microsoft's, and those that are examples already
_PUBLIC = re.compile(
    r"localhost|127\.0\.0\.1|(?:.*\.)?(?:microsoft|microsoftonline|office365|office|outlook|live|graph|w3|oasis-open)"
    r"\.(?:com|net|org)|(?:.*\.)?azurewebsites\.net",
    re.IGNORECASE,
)
_PHONES = frozenset({"phone", "number", "phoneNumber", "smsNumber"})
_NAMES = frozenset(
    {"displayName", "name", "givenName", "surname", "serviceName", "customerName", "staffName", "uniqueId"}
)
# parts of a postal address: what stands there is replaced there and nowhere else
PARTS = {"street": "Street", "city": "City", "state": "State", "postalCode": "Postcode", "postOfficeBox": "Box"}
_PLACES = frozenset({"location", "serviceLocation", "defaultServiceLocation", "customerLocation"})
_KINDS = {"services": "Service", "customQuestions": "Question", "bookingBusinesses": "Business"}
_CLAIMS = ("tid", "oid", "appid", "azp")
_LEAST_DIGITS = 5


class Private:
    """All that is private in some calls, with what takes its place: the same for the same, in the same order.

    `identities` are addresses, domains, hosts, numbers and GUIDs of tenants and callers, which are replaced wherever
    they stand; `names` are those of people, businesses, services and questions; `parts` those of postal addresses.
    """

    def __init__(self, calls: Iterable[Recorded]) -> None:
        found = _Found()
        for each in calls:
            found.look(each)
        domains = _numbered(found.domains | {each.partition("@")[2] for each in found.addresses}, _domain)
        addresses = _numbered(found.addresses, lambda n, text: _address(n, text, found.businesses, domains))
        self.names: dict[str, str] = {}
        for kind in dict.fromkeys(found.names.values()):
            mine = {name for name, its in found.names.items() if its == kind}
            self.names |= _numbered(mine, _counted(kind))
        self.identities = {
            **_numbered(found.phones, lambda n, _: f"+1 206-555-{n:04d}"),
            **_numbered(found.guids, lambda n, _: guid_of("recorded", str(n))),
            **domains,
            **addresses,
        }
        self.parts: dict[str, str] = {}
        for word, kind in PARTS.items():
            values = {value for name, value in found.parts if name == word}
            self.parts |= {f"{word} {was}": now for was, now in _numbered(values, _counted(kind)).items()}


def _numbered(found: Iterable[str], make: Callable[[int, str], str]) -> dict[str, str]:
    """Replacements that sort as what they replace does, so that lists keep their order."""
    unique = {each.lower(): each for each in found}
    return {each: make(n, each) for n, each in enumerate(sorted(unique.values(), key=str.lower), 1)}


def _counted(kind: str) -> Callable[[int, str], str]:
    return lambda n, _: f"{kind} {n:03d}"


def _domain(n: int, text: str) -> str:
    return f"tenant{n}.onmicrosoft.com" if text.lower().endswith(".onmicrosoft.com") else f"domain{n}.example"


def _address(n: int, text: str, businesses: set[str], domains: dict[str, str]) -> str:
    lower = {each.lower(): now for each, now in domains.items()}
    word = "business" if text.lower() in businesses else "person"
    return f"{word}{n:03d}@{lower[text.lower().partition('@')[2]]}"


class _Found:
    """What is found, by kind."""

    def __init__(self) -> None:
        self.addresses: set[str] = set()
        self.businesses: set[str] = set()
        self.domains: set[str] = set()
        self.phones: set[str] = set()
        self.guids: set[str] = set()
        self.names: dict[str, str] = {}
        self.parts: set[tuple[str, str]] = set()

    def look(self, call: Recorded) -> None:
        path, _, query = call.path.partition("?")
        for text in (unquote(path), unquote(query.replace("+", " ")), *call.answer_headers.values()):
            self._text(text)
        self.businesses |= {each.lower() for each in ADDRESS.findall(unquote(path))}
        for value in (call.sent, call.answered):
            if value is not ABSENT:
                self._value(value, _kind_of(path), "")
        for name in _CLAIMS:
            value = claims(call.caller or "").get(name)
            if isinstance(value, str) and value:
                self.guids.add(value)
        if call.sent is ABSENT and call.body:
            self._text(call.body.decode(errors="replace"))

    def _text(self, text: str) -> None:
        self.addresses.update(ADDRESS.findall(text))
        self.domains.update(each for each in _HOST.findall(text) if "." in each and not _PUBLIC.fullmatch(each))

    def _value(self, value: Any, kind: str, inside: str) -> None:
        if isinstance(value, list):
            for each in value:
                self._value(each, kind, inside)
        elif isinstance(value, dict):
            for name, each in value.items():
                if isinstance(each, str):
                    self._member(name, each, "Place" if inside in _PLACES else kind)
                else:
                    self._value(each, _KINDS.get(name, kind), name)
        elif isinstance(value, str):
            self._text(value)

    def _member(self, name: str, text: str, kind: str) -> None:
        self._text(text)
        if not text.strip():
            return
        if name in PARTS:
            self.parts.add((name, text))
        elif name in _PHONES and sum(map(str.isdigit, text)) >= _LEAST_DIGITS:
            self.phones.add(text)
        elif name in _NAMES and not ADDRESS.fullmatch(text):
            self.names.setdefault(text, "Service" if name == "serviceName" else kind)


def _kind_of(path: str) -> str:
    """What the records at a path are called by."""
    return next((_KINDS[each] for each in _sets(path) if each in _KINDS), "Person")


def _sets(path: str) -> Iterator[str]:
    """The set that a path ends in or has a key of."""
    segments = [each.partition("(")[0] for each in path.rstrip("/").split("/")]
    yield from segments[-1:] if segments[-1] in ("customers", "staffMembers", "appointments") else ()
    yield from (each for each in reversed(segments[-2:]) if each in _KINDS)
