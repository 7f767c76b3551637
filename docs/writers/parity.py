"""Writes docs/parity.md: everything of the emulated services with one of three words, its source and its date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from bookings_emulator.contract.connector import ConnectorContract, ConnectorOperation, load_connector
from bookings_emulator.contract.model import Contract, EnumType, Operation, ProblemRow, StructuredType
from bookings_emulator.contract.page import PageContract, PageOperation, load_page
from bookings_emulator.contract.quirks import Quirk
from bookings_emulator.documents.markdown import code, codes, table
from bookings_emulator.faults.planes import FaultTarget, targets

Row = tuple[str, ...]  # the status first, the source last
_HEAD = """\
# Parity

Everything that is known about the emulated services, and how far the emulator implements it. This page is generated
from the contract files, the tables of errors and quirks, and docs/behaviour.toml; a test checks that it is up to date.

- *emulated*: documented, published as data, or seen; the source says where and when.
- *guess*: nobody outside the service knows, or it is only inferred; the most plausible behaviour was chosen.
- *absent*: declared or documented, but not emulated; a request is refused, and the refusal says so."""


def parity(contracts: list[Contract], problems: Iterable[ProblemRow], quirks: Iterable[Quirk], areas: Any) -> str:
    """The page: a summary in numbers, then every row by part."""
    parts: dict[str, tuple[Row, list[Row]]] = {}
    for each in contracts:
        head = ("", "operation", "request", "permissions", "source")
        parts[f"Operations, {each.version}"] = head, list(map(_operation, each.operations.values()))
    for each in contracts:
        head = ("", "type", "properties", "guesses among them", "source")
        parts[f"Property groups, {each.version}"] = head, list(_groups(each))
    connector = load_connector()
    head = ("", "operation", "request", "what it is", "source")
    parts["Operations, connector"] = head, list(map(_connector_operation, connector.operations.values()))
    asked: list[Row] = [_identity(each) for each in targets() if each.plane == "identity"]
    parts["Operations, identity"] = ("", "operation", "method", "source"), asked
    types: list[Row] = [
        ("emulated", code(name), str(len(members)), "definition") for name, members in connector.types.items()
    ]
    parts["Property groups, connector"] = ("", "type", "properties", "source"), types
    page = load_page()
    head = ("", "operation", "request below the base", "what it is", "confidence", "source")
    parts["Operations, booking page"] = head, list(map(_page_operation, page.operations.values()))
    head = ("", "type", "properties", "defaults that are a guess", "source")
    parts["Property groups, booking page"] = head, list(_page_groups(page))
    parts["Errors"] = ("", "problem", "response", "confidence", "source"), list(map(_problem, problems))
    parts["Quirks"] = ("", "quirk", "what it switches", "confidence", "source"), list(map(_quirk, quirks))
    parts["Behaviour"] = ("", "area", "behaviour", "source"), list(_behaviour(areas))
    sections = (f"## {name}\n\n{table(head, rows)}" for name, (head, rows) in parts.items())
    return "\n\n".join([_HEAD, _summary(parts), _sources([*contracts, connector, page]), *sections]) + "\n"


def _summary(parts: dict[str, tuple[Row, list[Row]]]) -> str:
    def line(name: str, rows: list[Row]) -> Row:
        count = Counter(row[0] for row in rows)
        return (name, *(str(count[word]) for word in ("emulated", "guess", "absent")))

    return table(("", "emulated", "guess", "absent"), (line(name, rows) for name, (_, rows) in parts.items()))


def _sources(contracts: list[Contract | ConnectorContract | PageContract]) -> str:
    rows = ((_name_of(each), code(key), what) for each in contracts for key, what in each.sources.items())
    return "## Sources\n\n" + table(("of", "source", "what it is, and when"), rows)


def _name_of(contract: Contract | ConnectorContract | PageContract) -> str:
    if isinstance(contract, Contract):
        return contract.version
    return "booking page" if isinstance(contract, PageContract) else "connector"


def _page_operation(each: PageOperation) -> Row:
    status = "guess" if each.confidence == "guess" else "emulated"
    request = code(f"{each.method} {each.path}".strip())
    return status, code(each.name), request, each.summary, each.confidence, each.source


def _page_groups(page: PageContract) -> Iterator[Row]:
    """A row a type; one whose members are only known from Graph is a guess."""
    for name, lines in page.types.items():
        guessed = [each.name for each in lines if each.fill_source == "guess"]
        status = "guess" if lines[0].source == "graph" else "emulated"
        yield status, code(name), str(len(lines)), codes(guessed), lines[0].source


def _operation(operation: Operation) -> Row:
    is_guess = operation.source not in ("docs", "seen") or operation.permission_source == "guess"
    status = "absent" if operation.refused else "guess" if is_guess else "emulated"
    permissions = "a guess" if operation.permission_source == "guess" else operation.permission_source
    request = code(f"{operation.method} {operation.path}")
    return status, code(operation.name), request, permissions, operation.source


def _connector_operation(each: ConnectorOperation) -> Row:
    request = code(f"{each.method} {each.path}")
    return "guess" if each.source == "guess" else "emulated", code(each.name), request, each.summary, each.source


def _identity(each: FaultTarget) -> Row:
    return "emulated", code(each.name), each.method or "", "docs: Microsoft identity platform, 2026; sign-in libraries"


def _groups(contract: Contract) -> Iterator[Row]:
    for each in sorted(contract.types.values(), key=lambda each: each.name.lower()):
        yield _group(each)
    for enum in sorted(contract.enums.values(), key=lambda each: each.name.lower()):
        yield _enum(enum)


def _group(kind: StructuredType) -> Row:
    guessed = [each.name for each in kind.own if each.source == "guess"]
    filled = [each.name for each in kind.own if each.fill_source == "guess" and each.source != "guess"]
    notes = [codes(guessed)] if guessed else []
    notes += [f"default on create: {codes(filled)}"] if filled else []
    status = "guess" if kind.source == "guess" else "emulated"
    sources = dict.fromkeys([kind.source, *(each.source for each in kind.own)])
    return status, code(kind.name), str(len(kind.own) + len(kind.navigations)), "; ".join(notes), ", ".join(sources)


def _enum(enum: EnumType) -> Row:
    status = "guess" if enum.source == "guess" else "emulated"
    return status, code(enum.name), f"{len(enum.members)} members", "", enum.source


def _problem(row: ProblemRow) -> Row:
    status = "emulated" if row.confidence == "high" else "guess"
    return (
        status,
        code(row.id),
        f"{row.status} `{row.code}`" if row.code else str(row.status),
        row.confidence,
        row.source,
    )


def _quirk(row: Quirk) -> Row:
    status = "emulated" if row.confidence in ("high", "medium") else "guess"
    return status, f"[{row.id}](quirks.md#{row.id})", row.title, row.confidence, row.source


def _behaviour(areas: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for area in areas:
        for status, what, *source in area["rows"]:
            yield status, area["name"], what, *(source or [""])
