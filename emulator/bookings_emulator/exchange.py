"""One exchange as values: the request, what was understood of it, and the response; independent of any server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bookings_emulator.domain.outcome import Caller
    from bookings_emulator.problem import Problem

FORM = "application/x-www-form-urlencoded"
# the names of what a call can cause, as `Exchange.events` holds them
EVENTS = (
    "appointmentCreated",
    "appointmentUpdated",
    "appointmentCancelled",
    "appointmentDeleted",
    "webhookCreated",
    "webhookDeleted",
    "mailSent",
    "passcodeSent",
)


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
    """A response: names and values of headers are text; `body` is what goes out, empty for 204.

    Status 0 stands for none: a fault reset the connection before there was an answer.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Effect(NamedTuple):
    """What a fault does to an exchange: at most one `kind` beside the delays.

    `latency` is a range and `slow` a time, both in milliseconds. With `is_kept` the call is carried out first, and only
    its good answer is replaced. `cut` is how many bytes of the body are sent, None for half. `replace` gives values by
    JSON pointer; `body` is sent in the place of the answer's. `late` is by how much a notification is late.
    """

    latency: tuple[float, float] = (0.0, 0.0)
    slow: float = 0.0
    kind: str | None = None  # problem status reset lost cut malformed replace; of notifications late twice overtaken
    is_kept: bool = False
    problem: str | None = None
    facts: Mapping[str, str] = {}
    retry_after: int | None = None
    is_retry_date: bool = False
    status: int = 0
    headers: Mapping[str, str] = {}
    body: Any = None
    cut: int | None = None
    replace: Mapping[str, Any] = {}
    late: timedelta = timedelta()


class Hit(NamedTuple):
    """One fault that met one exchange: its id, its effect, and the latency drawn for this exchange in milliseconds.

    `reason` says so in plain words. `problem` is what it refuses the call with, or the good answer afterwards;
    `retry_after` goes into that header, `pause` is the same in seconds.
    """

    fault: str
    effect: Effect = Effect()
    latency: float = 0.0
    reason: str = ""
    problem: "Problem | None" = None
    retry_after: str | None = None
    pause: int | None = None


class Remark(NamedTuple):
    """What an answer does not say and its caller should know: the kind of a note, and a sentence."""

    kind: str
    text: str


@dataclass(slots=True, eq=False, repr=False)
class Exchange:
    """A request and what becomes of it. The plane fills it as it understands: faults match on it, the journal keeps it.

    `operation` is a name of the contract (`createAppointment`, `connector.subscribe.created`), `keys` those of its
    path, `business` the one of them that names a business (mailbox), `problem` the id of the refusal, `reason` its
    plain sentence, `duration` milliseconds until the response was ready. `hits` are the faults that met it, `events`
    the names of what happened, `remarks` what `x-emulator-note` says; `quirks` are those whose value decided what
    came of it; `is_part`: it came inside of a batch.
    """

    plane: str
    request: Request
    at: datetime
    operation: str | None = None
    keys: tuple[str, ...] = ()
    business: str | None = None
    caller: "Caller | None" = None
    response: Response | None = None
    problem: str | None = None
    reason: str | None = None
    events: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    quirks: tuple[str, ...] = ()
    is_part: bool = False
    duration: float = 0.0

    def note_problem(self, problem: "Problem") -> None:
        """Remember why it is refused."""
        self.problem, self.reason = problem.code, problem.reason

    @property
    def sent_as(self) -> str:
        """The type of what was sent: that of its header, and always a form where the identity platform reads it."""
        return FORM if self.plane == "identity" else self.request.headers.get("content-type", "")

    @property
    def note(self) -> str:
        """All remarks as one text; empty without any."""
        return "; ".join(each.text for each in self.remarks)

    @property
    def status(self) -> int:
        """The status of the response; 0 while there is none."""
        return self.response.status if self.response else 0
