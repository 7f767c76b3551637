"""The words of the contract: frozen values that `load` builds from TOML and everybody else reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Self

from bookings_emulator.headers import header_text

SCALARS = frozenset({"String", "Boolean", "Int32", "Double", "Duration", "TimeOfDay", "Date", "DateTimeOffset"})
SENTINEL = "unknownFutureValue"
_PLACEHOLDER = r"\{(\w+)\}"
_LONGEST_FACT = 200  # characters of what a client sent, in the message of a refusal


class Unset:
    """Stands, as a class, for a value that there is not: a contract that was kept has it by its name."""


UNSET: Any = Unset


class TypeRef(NamedTuple):
    """`String`, `[phone]` …: the name of a scalar, enum or structured type, and whether it is a collection."""

    name: str
    is_collection: bool

    @property
    def is_scalar(self) -> bool:
        return self.name in SCALARS

    def qualified(self, namespace: str) -> str:
        """`Edm.String`, `microsoft.graph.phone`, `Collection(microsoft.graph.phone)`."""
        single = f"Edm.{self.name}" if self.is_scalar else f"{namespace}.{self.name}"
        return f"Collection({single})" if self.is_collection else single


class EnumType(NamedTuple):
    """Members in the order of their values 0, 1, 2 …; `wire` maps a metadata name to what the service writes."""

    name: str
    members: tuple[str, ...]
    wire: dict[str, str]
    source: str
    hides: bool = True

    @property
    def is_evolvable(self) -> bool:
        return SENTINEL in self.members

    @property
    def hidden(self) -> frozenset[str]:
        """Members behind the sentinel, read back as the sentinel unless asked for; renamed ones are not hidden."""
        if not (self.is_evolvable and self.hides):
            return frozenset()
        behind = self.members[self.members.index(SENTINEL) + 1 :]
        return frozenset(member for member in behind if member not in self.wire)


class Property(NamedTuple):
    """One property line. `name` is the wire name of this version, `stored` the name inside records (that of v1.0)."""

    name: str
    stored: str
    type: TypeRef
    source: str
    is_nullable: bool = True
    is_key: bool = False
    is_computed: bool = False
    is_readonly: bool = False
    is_server: bool = False
    is_immutable: bool = False
    is_by_id: bool = False
    is_url: bool = False
    is_localized: bool = False
    is_unfiltered: bool = False
    is_needed: bool = False  # of a complex value: a value without it is not taken
    is_zone: bool = False  # the name of a time zone; what is none is taken, and remarked on
    default: Any = UNSET
    default_from: str | None = None
    fill: Any = UNSET
    fill_source: str | None = None
    refers: str | None = None  # the set of the business whose records it names by id
    shown: dict[str, Any] | None = None  # values that are written otherwise than kept
    is_zoneless: bool = False  # a dateTimeTimeZone is written without its Z
    least: int | None = None  # a number, or seconds of a duration: what is less is taken, and remarked on

    @property
    def is_writable(self) -> bool:
        """False for what the service sets itself: a value sent is checked and ignored."""
        return not (self.is_key or self.is_computed or self.is_readonly or self.is_server)

    @property
    def silent(self) -> Any:
        """The value of a create that does not name it: documented default, else fill, else UNSET."""
        return self.default if self.default is not UNSET else self.fill


class Navigation(NamedTuple):
    """A contained collection. `target` is the declared type, `instance` the concrete type of its items."""

    name: str
    target: str
    instance: str
    is_readonly: bool
    source: str

    @property
    def is_abstract(self) -> bool:
        return self.target != self.instance


@dataclass(frozen=True, eq=False, repr=False)
class StructuredType:
    """An entity or complex type. `own` are its own lines; `properties` include the inherited ones, base first."""

    name: str
    kind: str
    base: str | None
    is_abstract: bool
    own: tuple[Property, ...]
    navigations: tuple[Navigation, ...]
    required: tuple[str, ...]
    aliases: dict[str, str]
    source: str
    undeclared: tuple[Property, ...] = ()  # taken in bodies and kept, though this version has no such property
    argument: str = ""  # what the service calls a body of this type in its refusals
    properties: tuple[Property, ...] = ()
    derived: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Property]:
        return {each.name: each for each in self.properties}

    @cached_property
    def navigation(self) -> dict[str, Navigation]:
        return {each.name: each for each in self.navigations}


@dataclass(frozen=True, slots=True)
class Permissions:
    """Who may call: the first of each tuple is the least privileged; None: this kind of caller is not supported."""

    delegated: tuple[str, ...] | None = None
    application: tuple[str, ...] | None = None
    also_least: dict[str, tuple[str, ...]] = field(default_factory=dict)
    accepted: dict[str, frozenset[str]] = field(init=False, repr=False)  # by kind of caller, where it is supported

    def __post_init__(self) -> None:
        given = {"delegated": self.delegated, "application": self.application}
        accepted = {kind: frozenset(names) for kind, names in given.items() if names is not None}
        object.__setattr__(self, "accepted", accepted)

    def of(self, kind: str) -> tuple[str, ...]:
        """The permissions that let a kind of caller in, the least first; empty where it is not supported."""
        return (self.delegated if kind == "delegated" else self.application) or ()

    def least(self, kind: str) -> frozenset[str]:
        """The permissions that are flagged as the least ones of a kind; usually one."""
        return frozenset((*self.of(kind)[:1], *self.also_least.get(kind, ())))


class QueryParameter(NamedTuple):
    """A query option of the operation's own (`start`, `end`, `query`), without `$`."""

    name: str
    type: str
    is_required: bool


class Operation(NamedTuple):
    """One operation; `segments` is the path below the root, None standing for a key."""

    name: str
    method: str
    segments: tuple[str | None, ...]
    kind: str  # list get create update delete count action
    type: str | None  # concrete type of the entity it is about, or of an action's result
    set: str | None  # navigation it is about: appointments, calendarView, bookingBusinesses …
    status: int
    permissions: Permissions
    root_permissions: Permissions | None  # where they differ on the beta root route
    source: str
    permission_source: str
    query: tuple[str, ...] = ()
    ignores: frozenset[str] = frozenset()
    limit: int | None = None
    members: tuple[str, ...] = ()
    options: tuple[QueryParameter, ...] = ()
    action: str | None = None
    parameters: tuple[Property, ...] = ()
    returns: TypeRef | None = None
    refused: str | None = None
    required: tuple[str, ...] = ()
    updatable: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return "/".join("{id}" if segment is None else segment for segment in self.segments)

    @property
    def is_documented(self) -> bool:
        return self.source == "docs"

    @property
    def is_read(self) -> bool:
        """Whether a call changes nothing: GET, and the action that answers a value."""
        return self.method == "GET" or self.returns is not None

    def permissions_at(self, root: str) -> Permissions:
        """Who may call it below a root: `solutions`, or the empty one of beta."""
        return self.permissions if root or self.root_permissions is None else self.root_permissions

    @property
    def has_body(self) -> bool:
        return self.kind in ("create", "update") or bool(self.parameters)


class Term(NamedTuple):
    """An annotation term that the version declares."""

    name: str
    type: str
    applies: str


@dataclass(frozen=True, eq=False, repr=False)
class Contract:
    """One version of the API, complete: routes, readers, shapers, `$metadata`, OpenAPI and reference follow from it."""

    version: str
    namespace: str
    roots: tuple[str, ...]
    sources: dict[str, str]
    terms: tuple[Term, ...]
    enums: dict[str, EnumType]
    types: dict[str, StructuredType]
    operations: dict[str, Operation]
    assumes_types: bool = False  # a value of an abstract type need not name its concrete type
    nulls_first: bool = True  # null members stand with the primitive ones
    least_top: int = 0  # what $top may be
    ignores_unknown: bool = True  # members that a type does not have are left out of a body, not refused

    def entities(self) -> list[StructuredType]:
        return [each for each in self.types.values() if each.kind == "entity"]

    def complexes(self) -> list[StructuredType]:
        return [each for each in self.types.values() if each.kind == "complex"]


class ProblemRow(NamedTuple):
    """One refusal of `problems.toml`: what the Graph plane answers for it, and how sure that is.

    `inner` are members of `innerError` beside those that every refusal has; with `is_injected` only a fault raises it.
    """

    id: str
    status: int
    code: str
    message: str
    confidence: str
    source: str
    headers: dict[str, str]
    inner: dict[str, str]
    is_injected: bool = False

    def fill(self, facts: Mapping[str, object]) -> Self:
        """The same with facts in its placeholders, those of the message cut; what there is no fact for stays."""

        def fill_text(text: str, limit: int | None = None) -> str:
            return re.sub(_PLACEHOLDER, lambda found: str(facts.get(found[1], found[0]))[:limit], text)

        return self._replace(
            message=fill_text(self.message, _LONGEST_FACT),
            headers={name: header_text(fill_text(text)) for name, text in self.headers.items()},
            inner={name: fill_text(text) for name, text in self.inner.items()},
        )
