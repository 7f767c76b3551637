"""One exchange as values: the request, what was understood of it, and the response; free of any server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.domain.outcome import Caller


@dataclass(slots=True)
class Request:
    """A request: `path` and `query` percent-encoded, header names in lower case, `origin` as the client sees it.

    In a tenant below `/tenants/{name}` that prefix is part of the origin, not of the path.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    origin: str


@dataclass(slots=True)
class Response:
    """A response: names and values of headers are text; `body` is what goes out, empty for 204."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Hit:
    """One fault that met one exchange: its id."""

    fault: str


@dataclass(slots=True)
class Exchange:
    """A request and what becomes of it. The plane fills it as it understands: faults match on it, the journal keeps it.

    `operation` is a name of the contract (`createAppointment`, `connector.subscribe.created`), `keys` those of its
    path, `problem` the id of the refusal, `reason` its plain sentence, `duration` milliseconds until the response was
    ready. `hits` are the faults that met it, `events` the names of what happened; `is_part`: it came inside of a batch.
    """

    plane: str
    request: Request
    at: datetime
    operation: str | None = None
    keys: tuple[str, ...] = ()
    caller: Caller | None = None
    response: Response | None = None
    problem: str | None = None
    reason: str | None = None
    events: list[str] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    is_met: bool = False
    is_part: bool = False
    duration: float = 0.0

    @property
    def business(self) -> str | None:
        """The business (mailbox) the call is about, where its path names one."""
        return self.keys[0] if self.keys else None

    @property
    def status(self) -> int:
        """The status of the response; 0 while there is none."""
        return self.response.status if self.response else 0
