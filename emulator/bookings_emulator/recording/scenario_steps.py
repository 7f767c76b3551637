"""Recorded calls become the steps of a scenario: what the server makes up is bound where it is first seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from bookings_emulator.recording.captured import Captured, spellings_of
from bookings_emulator.recording.recorded import ABSENT, Recorded
from bookings_emulator.times import parse_instant

# headers of a request that steer its answer, and headers of an answer that clients act on
_SENT = {
    "accept": "Accept",
    "consistencylevel": "ConsistencyLevel",
    "content-type": "Content-Type",
    "if-match": "If-Match",
    "prefer": "Prefer",
}
_TOLD = {
    "content-type": "Content-Type",
    "location": "Location",
    "odata-version": "OData-Version",
    "preference-applied": "Preference-Applied",
    "retry-after": "Retry-After",
    "www-authenticate": "WWW-Authenticate",
}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ITEM = re.compile(r"AAMk[\w\-+/]{40,}=*")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_KIND = re.compile(r"<[a-z]+(?: .*)?>", re.DOTALL)
# members that are another value each time
_VOLATILE = frozenset(
    {
        "date", "request-id", "client-request-id", "createdDateTime", "lastUpdatedDateTime", "lastModifiedDateTime",
        "@odata.etag",
    }
)  # fmt: skip
_URLS = ("anonymousJoinWebUrl", "joinWebUrl", "onlineMeetingUrl", "publicUrl", "webUrl")  # made up with a record
_PAGES = ("publicUrl", "webUrl")  # wherever the server is that plays it
_HOLE = "\x00"
_REASON = "x-emulator-reason"
_ESCAPED = re.compile(r"\\\{(\w+)\\\}")  # a variable in what was escaped for a pattern


class Steps:
    """Makes steps, one after the other; `origin` is what stands before the paths in the answers.

    `known` are ids that the fixture gives: they are the same in every run. What else looks like an id is captured by
    the step that answers it first, and is a variable from then on.
    """

    def __init__(self, origin: str, known: set[str]) -> None:
        self._origin = origin.lower()
        self._known = {each.lower() for each in known}
        self._variables: dict[str, str] = {}
        self._captured = Captured()

    def step(self, call: Recorded) -> dict[str, Any]:
        """The step of one call, as it stands in a scenario."""
        self._known |= {each.lower() for text in _texts(call) for each in _ids(text) if each not in self._variables}
        step: dict[str, Any] = {"request": f"{call.method} {self._filled(call.path)}", **_as(call.caller)}
        step |= self._sends(call)
        answer = _Answer(self, call)
        step["expect"] = answer.expect()
        if call.events:
            step["expect"]["events"] = list(call.events)
        if answer.captures:
            step["capture"] = answer.captures
        for name, text in answer.bound.items():
            self._variables[text] = name
            self._captured.add(text, name)
        return step

    def _sends(self, call: Recorded) -> dict[str, Any]:
        headers = {shown: self._filled(call.headers[name]) for name, shown in _SENT.items() if name in call.headers}
        if headers.get("Accept") == "*/*":
            del headers["Accept"]
        if call.sent is not ABSENT:
            if headers.get("Content-Type", "").lower() == "application/json":
                del headers["Content-Type"]
            sends = {"body": self.filled(call.sent)}
        elif "form-urlencoded" in headers.get("Content-Type", ""):
            sends = {"form": dict(parse_qsl(call.body.decode(), keep_blank_values=True))}
        else:
            sends = {"text": self._filled(call.body.decode(errors="replace"))} if call.body else {}
        return {**({"headers": headers} if headers else {}), **sends}

    def filled(self, value: Any) -> Any:
        """JSON with variables in the place of what was captured."""
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return self._filled(value) if isinstance(value, str) else value

    def encoded(self, text: str) -> list[str]:
        """The captured ids that stand in a text percent-encoded, so that a variable cannot take their place."""
        return [each.id for each in self._captured.find_in(text) if each.id not in text]

    def is_made(self, record: dict[str, Any]) -> bool:
        """Whether a record was made by a step, by its id."""
        id_ = record.get("id")
        return isinstance(id_, str) and (id_ in self._variables or (self.is_new(id_) and _is_id(id_)))

    def _filled(self, text: str) -> str:
        for each in self._captured.find_in(text):
            for spelled in each.spellings:
                text = text.replace(spelled, f"{{{each.name}}}")
        start = text.lower().find(self._origin)
        while start >= 0:
            text = f"{text[:start]}{{origin}}{text[start + len(self._origin) :]}"
            start = text.lower().find(self._origin)
        return text

    def is_new(self, text: str) -> bool:
        """Whether a text is an id that nobody has told before."""
        return text.lower() not in self._known and text not in self._variables

    def free_name(self, taken: int) -> str:
        """The name of the next variable."""
        return f"id{len(self._variables) + taken + 1}"


def _as(caller: str | None) -> dict[str, str]:
    return {} if caller is None else {"as": caller}


class _Answer:
    """What is expected of one answer, and what is captured from it."""

    def __init__(self, steps: Steps, call: Recorded) -> None:
        self._steps = steps
        self._call = call
        self.captures: dict[str, str] = {}
        self.bound: dict[str, str] = {}
        self._found = Captured()  # the same ids

    def expect(self) -> dict[str, Any]:
        """Status, headers and body."""
        call = self._call
        expect: dict[str, Any] = {"status": call.status}
        body = call.answered
        if body is not ABSENT:
            is_batch = call.path.partition("?")[0].lower().endswith("/$batch")
            # the parts of a batch have headers of their own, not all of which matter
            expect["body" if is_batch else "exact"] = self._value(body, "")
        headers = {
            shown: self._text(call.answer_headers[name])
            for name, shown in _TOLD.items()
            if name in call.answer_headers and not _is_date(name, call.answer_headers[name])
        }
        if headers:
            expect["headers"] = headers
        return expect

    def _value(self, value: Any, pointer: str) -> Any:
        if isinstance(value, dict):
            members = {name: each for name, each in value.items() if name.lower() != _REASON}
            is_made = self._steps.is_made(value) or self._is_created(f"{pointer}/id")
            members |= {
                name: "<url>"
                for name in (_URLS if is_made else _PAGES)
                if isinstance(value.get(name), str) and "://" in value[name]
            }
            return {name: self._member(name, each, f"{pointer}/{_escaped(name)}") for name, each in members.items()}
        if isinstance(value, list):
            return [self._value(each, f"{pointer}/{n}") for n, each in enumerate(value)]
        return self._bound(value, pointer) if isinstance(value, str) else value

    def _member(self, name: str, value: Any, pointer: str) -> Any:
        if name in _VOLATILE and isinstance(value, str):
            return "<instant>" if parse_instant(value) else "<datetime>" if _LOCAL.fullmatch(value) else "<any>"
        if name == "id" and isinstance(value, str) and self._is_created(pointer) and self._steps.is_new(value):
            return self._capture(value, pointer)
        return value if value == "<url>" else self._value(value, pointer)

    def _is_created(self, pointer: str) -> bool:
        """Whether it is the id of what a call has created, which the server makes up whatever its form."""
        if self._call.status == 201 and pointer == "/id":
            return True
        found = re.fullmatch(r"/responses/(\d+)/body/id", pointer)
        return bool(found and self._call.answered["responses"][int(found[1])].get("status") == 201)

    def _bound(self, text: str, pointer: str) -> str:
        if _is_id(text) and self._steps.is_new(text):
            return self._capture(text, pointer)
        return self._text(text)

    def _capture(self, text: str, pointer: str) -> str:
        if text not in self.bound.values():
            name = self._steps.free_name(len(self.bound))
            self.captures[name] = pointer
            self.bound[name] = text
            self._found.add(text, name)
        return "<guid>" if _GUID.fullmatch(text) else "<item>" if _ITEM.fullmatch(text) else "<text>"

    def _text(self, text: str) -> str:
        """A text as it is expected; one that holds what is made up, by its form."""
        made_up = [each for each in _ids(text) if self._steps.is_new(each)]
        made_up += [each.id for each in self._found.find_in(text)]
        made_up += self._steps.encoded(text)
        if not made_up:
            filled: str = self._steps.filled(text)
            return f"<like ^{re.escape(filled)}$>" if _KIND.fullmatch(filled) else filled
        for each in sorted(set(made_up), key=len, reverse=True):
            for spelled in spellings_of(each):
                text = text.replace(spelled, _HOLE)
        pattern = re.escape(self._steps.filled(text)).replace(re.escape(_HOLE), "[^/'?&]+")
        pattern = _ESCAPED.sub(r"{\1}", pattern)
        return f"<like ^{pattern}$>"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _is_id(text: str) -> bool:
    return bool(_GUID.fullmatch(text) or _ITEM.fullmatch(text))


def _ids(text: str) -> Iterator[str]:
    plain = unquote(text)
    yield from _GUID.findall(plain)
    yield from _ITEM.findall(plain)


def _texts(call: Recorded) -> Iterator[str]:
    yield call.path
    yield call.body.decode(errors="replace")


def _is_date(name: str, value: str) -> bool:
    """Whether a header is a Retry-After that names a moment, which is another one in every run."""
    return name == "retry-after" and not value.isdigit()
