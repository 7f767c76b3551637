"""Writes contracts and problems as the Markdown page docs/reference.md, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.model import (
    UNSET,
    Contract,
    EnumType,
    Operation,
    Permissions,
    ProblemRow,
    Property,
    StructuredType,
    TypeRef,
)
from bookings_emulator.documents.connector_reference import connector_reference
from bookings_emulator.documents.markdown import code, codes, table

_FLAGS = {
    "is_key": "key",
    "is_computed": "computed",
    "is_readonly": "read-only",
    "is_server": "time stamp",
    "is_immutable": "immutable",
    "is_by_id": "by id only",
    "is_url": "URL",
    "is_localized": "localized",
    "is_unfiltered": "no $filter",
}

_INTRO = """\
# Reference

This page is generated from the contract files of the emulator; do not edit it. Paths of Graph are below `/v1.0` or
`/beta`. Permissions are listed with the least privileged one first; any one of them is sufficient, and – means that
this kind of caller is not supported."""


def reference(contracts: list[Contract], problems: Mapping[str, ProblemRow]) -> str:
    """The whole page: per version its operations, types and enums; the connector; the problems of all of them."""
    parts = [_INTRO]
    for contract in contracts:
        parts += [f"## {contract.version}", _sources(contract), *_operations(contract, problems)]
        parts += ["### Types", *(_type(each) for each in _by_name(contract.complexes() + contract.entities()))]
        parts += ["### Enums", _enums(contract)]
    parts += connector_reference(load_connector())
    return "\n\n".join([*parts, *_problems(problems)]) + "\n"


def _by_name(types: Iterable[StructuredType]) -> list[StructuredType]:
    return sorted(types, key=lambda each: each.name.lower())


def _sources(contract: Contract) -> str:
    return "\n".join(["Sources of the facts:", "", *(f"- **{key}**: {what}" for key, what in contract.sources.items())])


def _operations(contract: Contract, problems: Mapping[str, ProblemRow]) -> Iterator[str]:
    sets: dict[str, list[Operation]] = {}
    for operation in contract.operations.values():
        sets.setdefault(operation.set or "", []).append(operation)
    yield "### Operations"
    yield f"Below {' and '.join(code('/' + root) for root in contract.roots)}."
    head = ("operation", "request", "kind", "status", "delegated", "application", "query", "source")
    for name, operations in sets.items():
        yield f"#### {name}"
        yield table(head, (_operation_row(each, problems) for each in operations))
        if notes := [note for each in operations for note in _notes(each)]:
            yield "\n".join(notes)


def _operation_row(operation: Operation, problems: Mapping[str, ProblemRow]) -> Iterator[str]:
    yield code(operation.name)
    yield code(f"{operation.method} {operation.path}")
    yield operation.kind
    yield _status(operation, problems)
    yield _permitted(operation.permissions.delegated)
    yield _permitted(operation.permissions.application)
    yield _query(operation)
    yield operation.source


def _status(operation: Operation, problems: Mapping[str, ProblemRow]) -> str:
    if operation.refused is None:
        return str(operation.status)
    return f"declared only, returns {problems[operation.refused].status} `{operation.refused}`"


def _permitted(names: tuple[str, ...] | None) -> str:
    return "<br>".join(names) if names else "–"


def _query(operation: Operation) -> str:
    own = [f"`{each.name}` ({each.type}{', required' if each.is_required else ''})" for each in operation.options]
    return ", ".join([*own, *map(code, operation.query)])


def _notes(operation: Operation) -> Iterator[str]:
    """What does not fit into the row of an operation."""
    name = code(operation.name)
    if operation.parameters:
        parameters = (f"`{each.name}` {_type_text(each.type)}{_needed(each)}" for each in operation.parameters)
        yield f"- {name} accepts {', '.join(parameters)}."
    if operation.returns:
        yield f"- {name} returns {_type_text(operation.returns)}."
    if operation.required:
        yield f"- {name} requires {codes(operation.required)}."
    if operation.updatable:
        yield f"- {name} can change, according to its documentation, {codes(operation.updatable)}."
    if operation.members:
        yield f"- {name} returns only {codes(operation.members)}."
    if operation.limit is not None:
        yield f"- {name} returns at most {operation.limit} items."
    if operation.ignores:
        yield f"- {name} ignores {codes(sorted(operation.ignores))}."
    yield from _permission_notes(operation)


def _permission_notes(operation: Operation) -> Iterator[str]:
    name = code(operation.name)
    if operation.permission_source == "guess":
        yield f"- {name}: its permissions are a guess."
    if also := _also_least(operation.permissions):
        yield f"- {name}: the permission data also list as least privileged {also}."
    if root := operation.root_permissions:
        delegated, application = _permitted(root.delegated), _permitted(root.application)
        text = f"delegated {delegated}; application {application}".replace("<br>", ", ")
        also = _also_least(root)
        yield f"- {name} at the root `/`: {text}{f'; also least privileged {also}' if also else ''}."


def _also_least(permissions: Permissions) -> str:
    return " and ".join(f"{', '.join(names)} ({kind})" for kind, names in permissions.also_least.items())


def _needed(parameter: Property) -> str:
    return "" if parameter.is_nullable else " (required)"


def _type(kind: StructuredType) -> str:
    parts = [f"#### {kind.name}", _headline(kind)]
    if kind.own:
        head = ("property", "type", "nullable", "flags", "default", "source")
        parts.append(table(head, (_property_row(each) for each in kind.own)))
    if kind.navigations:
        parts.append(table(("set", "declared type", "type of its items", "flags", "source"), _set_rows(kind)))
    return "\n\n".join(parts)


def _headline(kind: StructuredType) -> str:
    abstract = "abstract " if kind.is_abstract else ""
    sentences = [f"{abstract}{kind.kind} type".capitalize() + (f", derived from {kind.base}" if kind.base else "")]
    if kind.required:
        sentences.append(f"A create requires {codes(kind.required)}")
    if kind.undeclared:
        names = codes(each.name for each in kind.undeclared)
        sentences.append(f"A body can contain {names} as in beta: they are stored, and returned in beta only")
    sentences += [f"A body can use `{alias}` for `{name}`" for alias, name in kind.aliases.items()]
    return ". ".join([*sentences, f"Source: {kind.source}."])


def _set_rows(kind: StructuredType) -> Iterator[tuple[str, ...]]:
    for each in kind.navigations:
        yield code(each.name), each.target, each.instance, "read-only" if each.is_readonly else "", each.source


def _property_row(line: Property) -> tuple[str, ...]:
    flags = ", ".join(word for flag, word in _FLAGS.items() if getattr(line, flag))
    nullable = "yes" if line.is_nullable else "no"
    return code(line.name), _type_text(line.type), nullable, flags, _silent(line), line.source


def _type_text(type_: TypeRef) -> str:
    return f"[{type_.name}]" if type_.is_collection else type_.name


def _silent(line: Property) -> str:
    """What is there when nobody said anything, and how that is known."""
    source = f" ({line.fill_source})" if line.fill_source else ""
    said = [f"from the {line.default_from}"] if line.default_from else []
    if line.default is not UNSET:
        said.append(f"{_literal(line.default)} (documented)")
    if line.fill is not UNSET:
        said.append(f"{_literal(line.fill)}{source}")
    return ", otherwise ".join(said)


def _literal(value: Any) -> str:
    return code(json.dumps(value, ensure_ascii=False))


def _enums(contract: Contract) -> str:
    enums = sorted(contract.enums.values(), key=lambda each: each.name.lower())
    return table(("enum", "members", "source"), ((code(each.name), _members(each), each.source) for each in enums))


def _members(enum: EnumType) -> str:
    return ", ".join(
        f"`{each}`" + (f" (in requests and responses `{enum.wire[each]}`)" if each in enum.wire else "")
        for each in enum.members
    )


def _problems(problems: Mapping[str, ProblemRow]) -> Iterator[str]:
    yield "## Problems"
    yield "The responses of Graph to refused requests, each with a confidence."
    head = ("problem", "status", "code", "text", "confidence", "source")
    yield table(head, (_problem_row(each) for each in problems.values() if not each.is_injected))
    yield "### Raised by faults only"
    yield "The emulator never returns these by itself, only if a fault does."
    yield table(head, (_problem_row(each) for each in problems.values() if each.is_injected))


def _problem_row(each: ProblemRow) -> tuple[str, ...]:
    return code(each.id), str(each.status), code(each.code), _text(each.message), each.confidence, each.source


def _text(message: str) -> str:
    return code(message) if message else "(empty)"
