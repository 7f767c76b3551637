"""What the control plane answers, as types: its handlers are held to them, and its OpenAPI document is made of them.

A type that ends in `Row` is called without it there. What stands behind a type in `Annotated` describes the member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

if TYPE_CHECKING:
    from bookings_emulator.client.literals import (
        Auth,
        Change,
        DeliveryStatus,
        FaultPlane,
        MessageKind,
        NoteKind,
        Plane,
        ProblemName,
    )

Item = TypeVar("Item")


class Named(NamedTuple):
    """Stands behind a type in `Annotated` for the schema of a body that has a name of its own in the document."""

    name: str


class Listed(TypedDict, Generic[Item]):
    """All there are of a kind."""

    value: list[Item]


class Refusal(TypedDict):
    """Why a call was not carried out."""

    error: Annotated[str, "what was expected, what came and where"]


# about the emulator and its tenants


class VersionRow(TypedDict):
    """Which emulator answers."""

    name: str
    version: str


class Health(TypedDict):
    """That the emulator has loaded what it starts from."""

    status: Literal["ready"]
    version: str


GraphUrls = TypedDict("GraphUrls", {"v1.0": str, "beta": str})


class Index(TypedDict):
    """What the emulator says of itself: its URLs as the caller sees them, and what the tenant starts from."""

    name: str
    version: str
    tenant: Annotated[str, "the name of the tenant that is asked"]
    fixtures: list[str]
    seed: int
    auth: Auth
    graph: GraphUrls
    connector: str
    pages: Annotated[str, "where the booking pages are"]
    authority: Annotated[str, "where sign-in libraries get their tokens"]
    ca: NotRequired[Annotated[str, "the file of the certificate authority, if https is served"]]
    inspector: str
    control: Annotated[dict[str, str], "the calls of the control plane without parameters in their paths"]
    openapi: dict[str, str]


class TenantRow(TypedDict):
    """A tenant and where it is."""

    name: str
    id: Annotated[str, "its GUID, which its tokens carry as `tid`"]
    domain: Annotated[str, "which signs in here, and nowhere else"]
    mail_domain: str
    fixtures: list[str]
    seed: int
    graph: GraphUrls
    connector: str
    authority: str
    control: str


class NewTenant(TenantRow):
    """A tenant that was made, with a token that leads to it from any URL of the emulator."""

    token: str


class ClockReading(TypedDict):
    """Where the clock of a tenant stands."""

    mode: Literal["real", "offset", "frozen"]
    now: Annotated[str, "a moment in UTC"]
    offset: Annotated[str, "how far it is from the real time, a duration such as P1D"]


class Replaced(TypedDict):
    """How many businesses there are after the records were replaced."""

    businesses: int


class SnapshotRow(TypedDict):
    """A state that is kept."""

    name: str


class RecordIds(TypedDict):
    """The id of a record that was added, and of the business it is in."""

    id: str
    business: str


class QuirkRow(TypedDict):
    """A quirk with its current value."""

    id: str
    number: NotRequired[Annotated[str, "such as Q9"]]
    also: NotRequired[Annotated[str, "another number of the same quirk"]]
    title: str
    does: str
    acts: Annotated[str, "where it acts"]
    value: Annotated[bool | str, "its value now"]
    values: Annotated[list[bool | str], "what it can be"]
    default: bool | str
    confidence: str
    source: str


# records to look at


class BusinessRow(TypedDict):
    """A business with how many records it has."""

    id: str
    displayName: str
    isPublished: bool
    timeZone: str
    services: int
    staffMembers: int
    customers: int
    customQuestions: int
    appointments: int


class Span(TypedDict):
    """A span of time, in UTC."""

    start: str
    end: str


class TakenSpan(Span):
    """A span in which a member of the staff cannot be booked, buffers included."""

    status: Annotated[str, "busy, outOfOffice or slotsAvailable"]


class StaffDays(TypedDict):
    """When a member of the staff works, is taken, and is free."""

    id: str
    displayName: str
    open: list[Span]
    taken: list[TakenSpan]
    free: list[Span]


class BusinessCalendar(TypedDict):
    """A span of time of a business: its appointments, as fixtures have them and with moments in UTC, and its staff."""

    start: str
    end: str
    timeZone: Annotated[str, "of the business"]
    appointments: list[dict[str, Any]]
    staff: list[StaffDays]


# what happened


class ExchangeSide(TypedDict):
    """A request or an answer, its secrets masked."""

    headers: dict[str, str]
    body: Annotated[Any, "JSON as a value, text as text, null if there is none"]
    size: Annotated[int, "bytes"]
    is_cut: Annotated[bool, "whether the journal keeps only the begin of the body"]


class Exchange(TypedDict):
    """A request and its response; `reason` says in plain words why it was refused. `duration` is in ms."""

    number: int
    at: Annotated[str, "on the clock of the tenant, in UTC"]
    plane: Plane
    operation: str | None
    business: str | None
    persona: Annotated[str | None, "the name of the caller"]
    method: str
    path: str
    query: str
    status: Annotated[int, "0 if a fault ended the connection before there was an answer"]
    problem: Annotated[str | None, "the id of the refusal"]
    reason: Annotated[str, "why it was refused, empty if it was not"]
    note: str | None
    faults: Annotated[list[str], "the ids of the faults that acted on it"]
    quirks: Annotated[list[str], "the ids of the quirks whose value decided the outcome"]
    events: Annotated[list[str], "what it caused"]
    duration: Annotated[float, "milliseconds"]
    request_id: str | None
    in_batch: Annotated[bool, "whether it is a part of a $batch"]
    request: NotRequired[Annotated[ExchangeSide, "left out where `brief` is asked for"]]
    response: NotRequired[ExchangeSide | None]


class NearMiss(TypedDict):
    """An exchange that misses one criterion alone."""

    criterion: str
    wanted: Any
    came: Any
    entry: Exchange


class JournalPage(TypedDict):
    """Exchanges, oldest first."""

    value: list[Exchange]
    last: Annotated[int, "the number of the newest exchange of all"]
    dropped: Annotated[int, "how many there was no room for"]


class WaitVerdict(TypedDict):
    """The exchange that was waited for, or why it did not come."""

    ok: bool
    entry: Exchange | None
    message: NotRequired[str]
    near: NotRequired[list[NearMiss]]
    dropped: NotRequired[int]


class CountVerdict(TypedDict):
    """Whether as many exchanges match as was expected."""

    ok: bool
    count: int
    message: Annotated[str, "the verdict in a sentence"]
    entries: Annotated[list[Exchange], "the newest hundred that match, without headers and bodies"]
    near: list[NearMiss]
    dropped: int


class Note(TypedDict):
    """What a client did that may fail in production; `number` is the exchange, `because` an earlier one."""

    kind: NoteKind
    number: int
    because: int | None
    persona: str | None
    operation: str | None
    text: str


class NotePage(TypedDict):
    """Notes, oldest first."""

    value: list[Note]
    dropped: Annotated[int, "how many exchanges there was no room for"]


class Least(TypedDict):
    """The least permissions of one kind of caller, and the operations that it may not call by any."""

    least: list[str]
    refused: list[str]


class OperationUse(TypedDict):
    """An operation of Graph and how often it was called."""

    operation: str
    version: str
    root: Annotated[str, "solutions, or empty for the paths of beta without it"]
    calls: int


class Permissions(TypedDict):
    """The permissions that requests need; `operations` with their counts; `dropped` counts lost exchanges."""

    delegated: Least
    application: Least
    operations: list[OperationUse]
    dropped: int


class Har(TypedDict):
    """A HAR 1.2 document; members of ours begin with `_`."""

    log: dict[str, Any]


class Message(TypedDict):
    """A message that Bookings would have sent, or a pending reminder; times are in UTC."""

    status: Literal["sent", "waiting"]
    kind: MessageKind
    channel: Literal["mail", "sms"]
    audience: Annotated[Literal["customer", "staff", "owner", "other"], "other: of a mail to somebody else"]
    to: str
    subject: str
    text: str
    code: Annotated[str | None, "the digits of a passcode"]
    manage: Annotated[str | None, "where the customer moves and cancels the booking"]
    business: str
    appointment: Annotated[str | None, "null for a passcode or a mail, which concern no appointment"]
    due: str
    sent: str | None
    exchange: Annotated[int | None, "the number of the exchange that caused it"]
    calendar: NotRequired[Annotated[str | None, "the .ics it brings, if that is asked for"]]


class OutboxPage(TypedDict):
    """Messages, oldest first."""

    value: list[Message]
    dropped: Annotated[int, "how many are no longer remembered"]


class Subscription(TypedDict):
    """A webhook of the connector; `target` is None if its notifications are not sent."""

    id: str
    business: str
    changes: list[Change]
    url: str
    target: Annotated[str | None, "where notifications really go"]
    owner: str
    created: str
    form: Annotated[Literal["2022", "2023"], "the year of the API in which it was made"]


class DeliveryAttempt(TypedDict):
    """One attempt to bring a notification."""

    at: str
    status: Annotated[int | None, "of the answer, null if none came"]
    error: str | None
    duration: Annotated[float, "milliseconds"]


class QuirkTouch(TypedDict):
    """A member of a notification that a quirk emptied or changed."""

    quirk: str
    member: str
    does: str


class Delivery(TypedDict):
    """A notification and every attempt to deliver it; `status` is waiting, delivered, failed, withheld or discarded."""

    id: str
    subscription: str
    business: str
    event: Change
    appointment: str
    callback: str
    target: str | None
    at: str
    status: DeliveryStatus
    reason: str | None
    due: Annotated[str | None, "when the next attempt is made"]
    repeats: Annotated[str | None, "the id of the delivery that this one is made from"]
    exchange: Annotated[int | None, "the number of the exchange that caused it"]
    faults: Annotated[list[str], "the ids of the faults that acted on it"]
    attempts: list[DeliveryAttempt]
    quirks: list[QuirkTouch]
    body: Annotated[dict[str, Any], Named("AppointmentData")]


class DeliveryPage(TypedDict):
    """Deliveries, oldest first."""

    value: list[Delivery]
    discarded: Annotated[int, "how many there was no room for"]
    dropped: Annotated[int, "how many are settled and no longer remembered"]


class Settled(TypedDict):
    """Whether all deliveries are settled, and how many still wait."""

    settled: bool
    waiting: int
    message: NotRequired[str]


class EventRow(TypedDict):
    """Something that was done in a business, by the name the journal has for it; webhooks are of no appointment."""

    name: str
    business: str | None
    appointment: str | None
    at: str
    exchange: int | None


class StrikeRow(TypedDict):
    """A fault that fired."""

    fault: str
    operation: str | None
    status: int
    at: str
    exchange: int | None


class StreamBegin(TypedDict):
    """Where a stream begins: in which tenant, and behind which exchange."""

    tenant: str
    exchange: int


class StreamGap(TypedDict):
    """What a reader missed: how many happenings, null if nobody can tell."""

    missed: int | None
    message: str


class StreamReset(TypedDict):
    """What a tenant was put back to."""

    to: str


class StreamData(TypedDict):
    """What `data` of an event of the stream is, by its kind."""

    begin: StreamBegin
    exchange: Exchange
    event: EventRow
    message: Message
    delivery: Delivery
    fault: StrikeRow
    clock: ClockReading
    reset: StreamReset
    gap: StreamGap
    end: Annotated[dict[str, Any], "empty"]


class StreamEvent(TypedDict):
    """One event: `kind` says what `data` is; `gap` says how many events were missed. `id` is its position."""

    id: str
    kind: str
    data: dict[str, Any]


# what goes wrong


class FaultRow(TypedDict):
    """A fault with its counters; `left` is None if it can fire any number of times."""

    id: str
    title: str | None
    match: Annotated[dict[str, Any], Named("FaultMatch")]
    effect: Annotated[dict[str, Any], Named("FaultEffect")]
    schedule: Annotated[dict[str, Any], Named("FaultSchedule")]
    state: Annotated[Literal["active", "spent", "over"], "spent: fired as often as it may; over: its time is up"]
    until: str | None
    matched: Annotated[int, "how many calls it was for"]
    fired: Annotated[int, "how many requests it fired for"]
    left: Annotated[int | None, "how often it can still fire"]


class PresetRow(TypedDict):
    """A documented failure: what happens, what it shows, and where it is known from."""

    name: str
    title: str
    shows: str
    source: str
    confidence: str
    rules: list[Annotated[dict[str, Any], Named("FaultRule")]]


class ProblemRow(TypedDict):
    """A refusal that a fault can answer with."""

    id: ProblemName
    status: int
    code: str
    message: str
    confidence: str
    source: str
    headers: dict[str, str]
    inner: Annotated[dict[str, str], "members of innerError beside those that every refusal has"]
    is_injected: Annotated[bool, "whether only a fault raises it"]


class OperationRow(TypedDict):
    """An operation that a fault can be aimed at; `method` is None where there are several."""

    plane: FaultPlane
    name: str
    method: str | None


class StubRow(TypedDict):
    """A stub, and how often it answered."""

    name: str
    request: Annotated[str, "method and path below the version"]
    status: int
    hits: int
    query: NotRequired[dict[str, str]]
    match: NotRequired[Any]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[Any]
    permissions: NotRequired[list[str]]
    times: NotRequired[int]


class ReadyStub(TypedDict):
    """An operation that is ready-made, and how often it answered."""

    name: str
    request: str
    hits: int


class StubPage(TypedDict):
    """The stubs of a tenant, and what is ready-made."""

    value: list[StubRow]
    ready_made: list[ReadyStub]


class SymptomRow(TypedDict):
    """A symptom with its cause and fix; `problem` is the refusal that causes it."""

    area: str
    sees: str
    why: str
    do: str
    problem: str | None
    reason: str | None
    request: str | None


# who calls


class PersonaRow(TypedDict):
    """A caller; `name` is the argument of `token(name)`, and a bearer token itself if the emulator is not strict.

    `kind` is delegated for people, who alone have an address and roles by business, or application.
    """

    name: str
    kind: Literal["delegated", "application"]
    upn: NotRequired[str]
    object_id: str
    client_id: str
    roles: NotRequired[Annotated[dict[str, str], "by business"]]
    permissions: list[str]
    is_licensed: bool
    is_personal: bool


class TokenRow(TypedDict):
    """An access token of a persona."""

    token_type: Literal["Bearer"]
    access_token: str
    expires_on: Annotated[int, "seconds since 1970"]
    persona: str


class Revocation(TypedDict):
    """From when on the older tokens of a persona are refused."""

    persona: str
    since: int


class DeviceCode(TypedDict):
    """A device that waits for a person; `user_code` is what it shows, `expires` a moment of the tenant's clock."""

    user_code: str
    client_id: str
    expires: str


class DeviceAnswer(TypedDict):
    """How a device was answered: by a persona, or with null for no."""

    user_code: str
    persona: str | None


# scenarios


class ScenarioRow(TypedDict):
    """A built-in scenario; `problems` are the refusals it shows."""

    name: str
    title: str
    shows: str
    source: str
    problems: list[str]
    given: dict[str, Any]
    steps: Annotated[int, "how many"]


class PlayedMisfit(TypedDict):
    """What differed from what a step expects; `came` is missing where nothing came."""

    where: str
    expected: Any
    came: NotRequired[Any]


class PlayedRequest(TypedDict):
    """What a step sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class PlayedResponse(TypedDict):
    """What a step got; the status is null if no answer came."""

    status: int | None
    headers: dict[str, str]
    body: str


class PlayedStep(TypedDict):
    """What came of a step; the exchange of one that failed is told."""

    number: int
    title: str
    result: Literal["passed", "failed", "skipped"]
    seconds: float
    why: NotRequired[str]
    misfits: NotRequired[list[PlayedMisfit]]
    request: NotRequired[PlayedRequest]
    response: NotRequired[PlayedResponse]
    reason: NotRequired[str | None]


class PlayRow(TypedDict):
    """What came of a scenario; `tenant` is where it was played, null where that is gone."""

    name: str
    title: str
    shows: str
    source: str
    result: Literal["passed", "failed", "skipped"]
    seconds: float
    note: NotRequired[str]
    steps: list[PlayedStep]
    tenant: str | None
