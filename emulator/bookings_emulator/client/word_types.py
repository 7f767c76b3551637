"""The types of what calls of the client take by name; `words.py` has the same words for those who check none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:  # the module is generated, also by who imports this one
    from bookings_emulator.client.literals import (
        Auth,
        Change,
        DeliveryStatus,
        FaultPlane,
        MessageKind,
        NoteKind,
        Plane,
        ProblemName,
        QuirkName,
        WrongToken,
    )

Given = str | Path | dict[str, Any]  # a name, a file, or what is in one


class Criteria(TypedDict, total=False):
    """Which exchanges are meant; each criterion as `GET /_emulator/journal` takes it."""

    number: int
    plane: Plane
    operation: str
    business: str
    persona: str
    method: str
    path: str
    status: int | str | Sequence[int | str]
    problem: ProblemName
    fault: str
    quirk: str
    event: str
    request_id: str
    reason: str
    text: str
    body: Any
    slower: float


class CriteriaSince(Criteria, total=False):
    """Criteria of exchanges that came after the one of a number."""

    since: int


class JournalWords(CriteriaSince, total=False):
    """Criteria, no more than the newest `limit`, and `brief` for exchanges without headers and bodies."""

    limit: int
    brief: bool


class VerifyWords(TypedDict, total=False):
    """Criteria of `journal.verify`, which takes several values of each, too."""

    number: int | Sequence[int]
    plane: Plane | Sequence[Plane]
    operation: str | Sequence[str]
    business: str | Sequence[str]
    persona: str | Sequence[str]
    method: str | Sequence[str]
    path: str | Sequence[str]
    status: int | str | Sequence[int | str]
    problem: ProblemName | Sequence[ProblemName]
    fault: str | Sequence[str]
    quirk: str | Sequence[str]
    event: str | Sequence[str]
    request_id: str | Sequence[str]
    reason: str | Sequence[str]
    text: str | Sequence[str]
    body: Any
    slower: float
    since: int


class OutboxWords(TypedDict, total=False):
    """Which messages are meant."""

    kind: MessageKind
    to: str
    appointment: str
    status: str
    exchange: int


class SymptomWords(TypedDict, total=False):
    """Which symptoms are meant: those of a refusal, by its id."""

    problem: ProblemName


class SubscriptionWords(TypedDict, total=False):
    """Which webhooks are meant."""

    business: str


class DeliveryWords(TypedDict, total=False):
    """Which notifications are meant."""

    subscription: str
    business: str
    event: Change
    appointment: str
    status: DeliveryStatus
    exchange: int
    fault: str


class FaultHeader(TypedDict, total=False):
    """A header that a call must have; any value unless `value`, a glob, is given."""

    name: str
    value: str


class FaultLimit(TypedDict, total=False):
    """A limit of calls: `requests` in a `window`, or so many `concurrent` ones, `per` mailbox or application."""

    requests: int
    window: str
    concurrent: int
    per: str


class FaultWords(TypedDict, total=False):
    """The words of a rule: which calls it is for, what it does to them, and which of those it hurts."""

    plane: FaultPlane
    operation: str
    method: str
    path: str
    business: str
    persona: str
    header: FaultHeader
    problem: ProblemName
    facts: Mapping[str, Any]
    status: int
    body: Any
    headers: Mapping[str, str]
    retry_after: int
    retry_after_as: str
    kept: bool
    reset: bool
    lost: bool
    cut: bool | int
    malformed: bool
    replace: Mapping[str, Any]
    latency: float | Mapping[str, float]
    slow: float
    late: str
    twice: bool
    overtaken: bool
    first: int
    skip: int
    every: int
    probability: float
    until: str
    for_: str
    limit: FaultLimit


class TokenWords(TypedDict, total=False):
    """What a token is to be: `audience` is graph, connector or what `aud` shall say, `lifetime` such as PT10M."""

    audience: str
    permissions: Sequence[str]
    lifetime: str
    wrong: WrongToken


class LengthWords(TypedDict, total=False):
    """Parts of a length of time."""

    weeks: float
    days: float
    hours: float
    minutes: float
    seconds: float
    milliseconds: float
    microseconds: float


class TenantWords(TypedDict, total=False):
    """What a tenant starts from and who calls it; None says nothing. `faults` are rules, or names of presets."""

    scenario: Given | None
    persona: str | None
    now: datetime | str | None
    seed: int | None
    quirks: Mapping[QuirkName, Any] | None
    faults: Sequence[str | Mapping[str, Any]] | None
    auth: Auth | None
    deliver_to: Sequence[str] | None
    name: str | None
    domain: str | None


class MarkerWords(TenantWords, total=False):
    """What the marker of pytest takes: what the tenant of a test starts from, and which notes fail the test."""

    fixture: Given | Sequence[Given] | None
    notes: Literal["error"] | Sequence[NoteKind]
