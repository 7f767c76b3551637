"""The fixture that a recording can run on: every record that an answer showed before a call had made it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import SENTINEL
from bookings_emulator.contract.sets import references_of, sets_of
from bookings_emulator.recording.recorded import ABSENT, Recorded

Record = dict[str, Any]
_BUSINESSES = "bookingBusinesses"
_VIEW = "calendarView"
# what a record that was never shown needs beside a name, so that others can refer to it
_PLACEHOLDERS: dict[str, Record] = {"staffMembers": {"role": "guest", "emailAddress": "unseen@domain0.example"}}


def fixture_of(calls: Iterable[Recorded], version: str = "v1.0") -> Record:
    """The businesses that the answers of one version show, each with its sets, in the form of a fixture."""
    ground = _Ground(version)
    for call in calls:
        ground.look(call)
    return ground.fixture()


class _Ground:
    """Records by business and set, as they were first shown."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._contract = load(version)
        self._set_names = tuple(sets_of(self._contract))
        self._referring = references_of(self._contract)
        self._businesses: dict[str, Record] = {}
        self._sets: dict[tuple[str, str], dict[str, Record]] = {}
        self._listed: dict[tuple[str, str], dict[str, None]] = {}
        self._created: set[str] = set()
        self._changed: set[str] = set()
        self._references: dict[tuple[str, str], set[str]] = {}

    def look(self, call: Recorded) -> None:
        """Take what a call shows; the parts of a batch one by one."""
        path, _, query = call.path.partition("?")
        if path.lower().endswith("/$batch"):
            for part in split_batch(call):
                self.look(part)
            return
        place = _read_place(path, self._set_names)
        if place is None or place.version != self._version or call.status >= 300:
            return
        self._refer(place.business, call.sent)
        answered = call.answered
        if call.method == "POST" and call.status == 201 and isinstance(answered, dict):
            self._created.add(str(answered.get("id", "")).lower())
        if call.method != "GET":
            self._changed |= {each.lower() for each in (place.key, place.business) if each}
        if call.method == "GET" and answered is not ABSENT:
            self._take(place, answered, dict(parse_qsl(query)))

    def _take(self, place: _Place, answered: Any, query: dict[str, str]) -> None:
        if place.key is not None or (place.set == _BUSINESSES and place.business):
            self._keep(place, answered)
        elif isinstance(answered, dict) and isinstance(answered.get("value"), list):
            is_ordered = place.set == _VIEW or "$orderby" in query
            before = None
            for each in answered["value"]:
                if isinstance(each, dict):
                    before = self._keep(place, each, before, is_listed=not is_ordered)

    def _keep(self, place: _Place, record: Any, before: str | None = None, *, is_listed: bool = False) -> str | None:
        """Keep a record where it is new, and what was not known of it where it is not; lists tell the order."""
        id_ = record.get("id") if isinstance(record, dict) else None
        if not isinstance(id_, str) or id_.lower() in self._created:
            return before
        record = {
            name: value for name, value in record.items() if not name.startswith("@odata.") or name == "@odata.type"
        }
        if place.set == _BUSINESSES:
            known, listed = self._businesses, self._listed.setdefault(("", _BUSINESSES), {})
        else:
            name = "appointments" if place.set == _VIEW else place.set
            known = self._sets.setdefault((place.business, name), {})
            listed = self._listed.setdefault((place.business, name), {})
            self._refer(place.business, record)
        # what was shown first is what was there, and one record is shown with more than many are
        is_best = not is_listed and before is None and id_.lower() not in self._changed
        kept = {**known.get(id_, {}), **record} if is_best else {**record, **known.get(id_, {})}
        if is_listed and id_ not in listed:
            before = before if before in known else next(reversed(listed), None)  # on the pages before
            listed[id_] = None
            known.pop(id_, None)
            _put_behind(known, before, id_, kept)
        else:
            known[id_] = kept
        return id_

    def _refer(self, business: str, value: Any) -> None:
        """Remember what a value refers to by id."""
        if isinstance(value, list):
            for each in value:
                self._refer(business, each)
        elif isinstance(value, dict):
            for name, each in value.items():
                ids = each if isinstance(each, list) else [each]
                if name in self._referring:
                    found = {id_ for id_ in ids if isinstance(id_, str) and id_}
                    self._references.setdefault((business, self._referring[name]), set()).update(found)
                else:
                    self._refer(business, each)

    def _reveal_enums(self, record: Record, name: str) -> Record:
        """A record without the sentinel of enums: the first member that it can hide stands in for what is not known."""
        contract = self._contract
        kind = contract.types["bookingBusiness"]
        kind = kind if name == _BUSINESSES else contract.types[kind.navigation[name].instance]
        revealed = dict(record)
        for each in kind.properties:
            enum = contract.enums.get(each.type.name)
            if enum and revealed.get(each.name) == SENTINEL:
                hidden = [member for member in enum.members if member in enum.hidden]
                revealed[each.name] = hidden[0] if hidden else None
        return revealed

    def fixture(self) -> Record:
        """Everything, with placeholders for what was only referred to."""
        ids = {business.lower(): business for business in self._businesses}
        for business, _ in (*self._sets, *self._references):
            if business and business.lower() not in ids and business.lower() not in self._created:
                ids[business.lower()] = business
        businesses = []
        for lower, id_ in ids.items():
            record = self._businesses.get(id_) or {"id": id_, "displayName": "Unseen business"}
            sets = {name: list(self._records(lower, name)) for name in self._set_names}
            businesses.append(
                {
                    **self._reveal_enums(record, _BUSINESSES),
                    **{name: records for name, records in sets.items() if records},
                }
            )
        domains = [id_.partition("@")[2] for id_ in ids.values() if "@" in id_]
        return {
            **({"version": self._version} if self._version != "v1.0" else {}),
            **({"domain": max(domains, key=domains.count)} if domains else {}),
            _BUSINESSES: businesses,
        }

    def _records(self, business: str, name: str) -> Iterator[Record]:
        mine = {id_: each for (owner, set_), found in self._sets.items() if (owner.lower(), set_) == (business, name)
                for id_, each in found.items()}  # fmt: skip
        yield from (self._reveal_enums(each, name) for each in mine.values())
        referred = {id_ for (owner, set_), ids in self._references.items() if (owner.lower(), set_) == (business, name)
                    for id_ in ids}  # fmt: skip
        for id_ in sorted(referred):
            if id_ not in mine and id_.lower() not in self._created:
                yield {"id": id_, "displayName": f"Unseen of {name}", **_PLACEHOLDERS.get(name, {})}


def _put_behind(known: dict[str, Record], before: str | None, id_: str, record: Record) -> None:
    """Put a record behind another one, or in front of all."""
    items = list(known.items())
    items.insert(0 if before is None else list(known).index(before) + 1, (id_, record))
    known.clear()
    known.update(items)


class _Place:
    """What a path is about: a set of a business, or an item of it."""

    def __init__(self, version: str, set_: str, business: str, key: str | None) -> None:
        self.version, self.set, self.business, self.key = version, set_, business, key


_PATH = re.compile(
    r"/(?P<version>v1\.0|beta)(?:/solutions)?/bookingBusinesses(?:/(?P<business>[^/]+))?(?:/(?P<set>\w+))?(?:/(?P<key>[^/]+))?"
    r"(?P<rest>/.*)?",
    re.IGNORECASE,
)


def _read_place(path: str, set_names: Iterable[str]) -> _Place | None:
    plain = re.sub(r"\('([^']*)'\)", r"/\1", unquote(path)).rstrip("/")
    found = _PATH.fullmatch(plain)
    if found is None:
        return None
    known = {each.lower(): each for each in (*set_names, _VIEW)}
    set_ = known.get((found["set"] or "").lower())
    business = found["business"] or ""
    if set_ is None:
        return _Place(found["version"].lower(), _BUSINESSES if not found["set"] else found["set"], business, None)
    return _Place(found["version"].lower(), set_, business, found["key"])


def split_batch(call: Recorded) -> Iterator[Recorded]:
    """The parts of a batch as calls of their own, in the order of their answers."""
    sent, answered = call.sent, call.answered
    if not (isinstance(sent, dict) and isinstance(answered, dict)):
        return
    import orjson

    requests = {str(each.get("id")): each for each in sent.get("requests", ()) if isinstance(each, dict)}
    version = call.path.lstrip("/").partition("/")[0]
    for each in answered.get("responses", ()):
        request = requests.get(str(each.get("id")))
        if request is None:
            continue
        url = str(request.get("url", "")).lstrip("/")
        path = f"/{url}" if url.lower().startswith(("v1.0/", "beta/")) else f"/{version}/{url}"
        yield Recorded(
            method=str(request.get("method", "")).upper(),
            path=path,
            headers={},
            body=orjson.dumps(request["body"]) if request.get("body") is not None else b"",
            status=int(each.get("status", 0)),
            answer_headers={name.lower(): str(value) for name, value in (each.get("headers") or {}).items()},
            answer=orjson.dumps(each["body"]) if "body" in each else b"",
        )
