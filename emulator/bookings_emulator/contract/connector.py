"""The contract of the connector as values, read from `connector.toml`; a word it does not know is refused."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bookings_emulator.contract.property_lines import ContractError, known, nearest, needed
from bookings_emulator.contract.tables import read_table

SCALARS = frozenset({"string", "int32", "boolean"})
KINDS = ("trigger", "list", "unsubscribe")

_FILE = {
    "version", "name", "title", "hub", "backend", "authorize", "scopes", "resource", "sources", "limits", "callbacks",
    "delivery", "older", "operation", "type",
}  # fmt: skip
_LIMITS, _CALLBACKS = {"subscriptions"}, {"suffixes"}
_DELIVERY = {"attempts", "backoff", "time_limit", "retried", "capacity"}
_OLDER = {"host", "without"}
_OPERATION = {
    "name", "kind", "request", "older", "change", "status", "returns", "summary", "about", "source", "errors", "only",
}  # fmt: skip
_OPTIONAL = {"older", "change", "returns", "about", "errors", "only"}
_PARAMETER = re.compile(r"\\\{(\w+)\\\}")


class Member(NamedTuple):
    """One member of a type: `kind` is a scalar or a type, `title` what makers see (may be empty)."""

    name: str
    kind: str
    is_list: bool
    title: str
    about: str


class ConnectorOperation(NamedTuple):
    """One operation. `path` and `older_path` are templates; `change` is what a trigger subscribes unless told."""

    id: str
    name: str
    kind: str
    method: str
    path: str
    status: int
    summary: str
    about: str
    source: str
    errors: dict[int, str]
    older_path: str | None = None
    change: str | None = None
    returns: str | None = None
    is_backend_only: bool = False

    @property
    def limit_scope(self) -> str:
        """What the text of 429 calls a mailbox: the definition spells it in two ways."""
        return self.errors[429].rstrip(".").rpartition(" ")[2]


class DeliveryRules(NamedTuple):
    """How notifications are sent: `backoff` and `time_limit` are seconds; `retried` and every 5xx are tried again.

    `capacity` is how many may wait in a tenant.
    """

    attempts: int
    backoff: tuple[float, ...]
    time_limit: float
    retried: frozenset[int]
    capacity: int

    def is_retried(self, status: int) -> bool:
        """Whether an answer is worth another attempt."""
        return status in self.retried or status >= 500


class ConnectorContract(NamedTuple):
    """The whole contract. `changes` are the words of change_type, `without` what the form of 2022 did not send."""

    version: str
    name: str
    title: str
    hub: str
    backend: str
    authorize: str
    scopes: tuple[str, ...]
    resource: str
    sources: dict[str, str]
    limit: int
    suffixes: tuple[str, ...]
    delivery: DeliveryRules
    without: frozenset[str]
    operations: dict[str, ConnectorOperation]
    types: dict[str, tuple[Member, ...]]

    @property
    def changes(self) -> tuple[str, ...]:
        """The words of change_type, in the order of the triggers."""
        return tuple(dict.fromkeys(each.change for each in self.operations.values() if each.change))


@cache
def load_connector() -> ConnectorContract:
    """The contract of this emulator. Raises ContractError."""
    return build_connector("connector.toml", read_table(Path(__file__).with_name("connector.toml")))


def build_connector(where: str, table: dict[str, Any]) -> ConnectorContract:
    """Check every word of a contract file and make the values. Raises ContractError."""
    _check(table, _FILE, where)
    _check(table["limits"], _LIMITS, f"{where}: limits")
    _check(table["callbacks"], _CALLBACKS, f"{where}: callbacks")
    _check(table["delivery"], _DELIVERY, f"{where}: delivery")
    _check(table["older"], _OLDER, f"{where}: older")
    types = {name: _type(name, rows, table["type"], f"{where}: type.{name}") for name, rows in table["type"].items()}
    delivery = table["delivery"]
    return ConnectorContract(
        **{each: table[each] for each in ("version", "name", "title", "hub", "backend", "authorize", "resource")},
        scopes=tuple(table["scopes"]),
        sources=table["sources"],
        limit=table["limits"]["subscriptions"],
        suffixes=tuple(table["callbacks"]["suffixes"]),
        delivery=DeliveryRules(
            **{**delivery, "backoff": tuple(delivery["backoff"]), "retried": frozenset(delivery["retried"])}
        ),
        without=frozenset(table["older"]["without"]),
        operations={
            name: _operation(name, row, table, f"{where}: operation.{name}") for name, row in table["operation"].items()
        },
        types=types,
    )


def match_path(template: str, path: str) -> dict[str, str] | None:
    """The parameters of a decoded path that has the form of a template, else None; words compare without case."""
    found = _pattern(template).fullmatch(path)
    return found.groupdict() if found else None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+?)", re.escape(template)) + "/?", re.IGNORECASE)


def _check(table: dict[str, Any], words: set[str], where: str) -> None:
    known(table, words, where)
    needed(table, words, where)


def _operation(name: str, row: dict[str, Any], table: dict[str, Any], where: str) -> ConnectorOperation:
    known(row, _OPERATION, where)
    needed(row, _OPERATION - _OPTIONAL, where)
    for word, value, expected in (
        ("kind", row["kind"], KINDS),
        ("source", row["source"], table["sources"]),
        ("returns", row.get("returns"), (None, *table["type"])),
        ("only", row.get("only"), (None, "backend")),
    ):
        if value not in expected:
            raise ContractError(f"{where}.{word}: unknown word '{value}'{nearest(str(value), filter(None, expected))}")
    if row["kind"] == "trigger":
        needed(row, {"change", "errors"}, where)
    method, _, path = row["request"].partition(" ")
    return ConnectorOperation(
        id=name,
        name=row["name"],
        kind=row["kind"],
        method=method,
        path=path,
        status=row["status"],
        summary=row["summary"],
        about=row.get("about", ""),
        source=row["source"],
        errors={int(status): text for status, text in row.get("errors", {}).items()},
        older_path=row["older"].partition(" ")[2] if "older" in row else None,
        change=row.get("change"),
        returns=row.get("returns"),
        is_backend_only="only" in row,
    )


def _type(name: str, rows: dict[str, Any], types: dict[str, Any], where: str) -> tuple[Member, ...]:
    members = []
    for member, line in rows.items():
        if not isinstance(line, list) or len(line) != 3 or not all(isinstance(each, str) for each in line):
            raise ContractError(f"{where}.{member}: expected [type, title, what it holds]; got {line!r}")
        kind = line[0].removeprefix("[").removesuffix("]")
        if kind not in SCALARS | types.keys():
            raise ContractError(f"{where}.{member}: unknown type '{kind}'{nearest(kind, SCALARS | types.keys())}")
        members.append(Member(member, kind, line[0].startswith("["), line[1], line[2]))
    return tuple(members)
