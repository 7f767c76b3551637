"""Reads the operation tables of contract files."""

from __future__ import annotations

from typing import Any

from bookings_emulator.contract.model import Operation, Permissions, QueryParameter, StructuredType
from bookings_emulator.contract.property_lines import (
    ContractError,
    PropertyPlace,
    known,
    nearest,
    needed,
    property_line,
    type_ref,
)

_PERMISSIONS = {"delegated", "application", "also_least"}
_OPERATION = _PERMISSIONS | {
    "request", "status", "query", "ignores", "limit", "members", "options", "action", "parameters", "returns",
    "refused", "required", "updatable", "like", "root", "source",
}  # fmt: skip


def read_operation(
    name: str, table: dict[str, Any], merged: dict[str, Any], types: dict[str, StructuredType], place: PropertyPlace
) -> Operation:
    known(table, _OPERATION, place.where)
    needed(table, {"request"}, place.where)
    method, _, path = table["request"].partition(" ")
    segments = tuple(None if segment == "{}" else segment for segment in path.split("/"))
    set_, type_ = _target(segments, types, place.where, table.get("action"))
    returns = type_ref(table["returns"], place) if "returns" in table else None
    like = merged["operation"].get(table["like"]) if "like" in table else table
    if like is None:
        raise ContractError(f"{place.where}.like: '{table['like']}'{nearest(table['like'], merged['operation'])}")
    lines = types[type_].by_name if type_ else {}
    for word in table.get("required", ()):
        if word not in lines:
            raise ContractError(f"{place.where}.required: '{word}'{nearest(word, lines)}")
    root = like.get("root")
    if root is not None:
        known(root, _PERMISSIONS, f"{place.where}.root")
    parameters = tuple(
        property_line(each, each, text, place.at(each)) for each, text in table.get("parameters", {}).items()
    )
    if "refused" not in table:
        needed(table, {"status"}, place.where)
    return Operation(
        name=name,
        method=method,
        segments=segments,
        kind=_kind(method, segments, table.get("action"), place),
        type=returns.name if returns else type_,
        set=set_,
        status=table.get("status", 0),
        permissions=_permissions(like),
        root_permissions=_permissions(root) if root is not None else None,
        source=table.get("source", "docs"),
        permission_source="guess" if "like" in table else "data",
        query=tuple(table.get("query", ())),
        ignores=frozenset(table.get("ignores", ())),
        limit=table.get("limit"),
        members=tuple(table.get("members", ())),
        options=tuple(_option(option, text, place.at(option)) for option, text in table.get("options", {}).items()),
        action=table.get("action"),
        parameters=parameters,
        returns=returns,
        refused=table.get("refused"),
        required=tuple(table.get("required", ())),
        updatable=tuple(table.get("updatable", ())),
    )


def _permissions(table: dict[str, Any]) -> Permissions:
    return Permissions(
        delegated=tuple(table["delegated"]) if "delegated" in table else None,
        application=tuple(table["application"]) if "application" in table else None,
        also_least={kind: tuple(names) for kind, names in table.get("also_least", {}).items()},
    )


def _option(name: str, text: str, place: PropertyPlace) -> QueryParameter:
    type_, *words = text.split() or [""]
    for word in words:
        if word != "required":
            raise ContractError(f"{place.where}: unknown word '{word}'{nearest(word, {'required'})}")
    return QueryParameter(name, type_ref(type_, place).name, bool(words))


def _kind(method: str, segments: tuple[str | None, ...], action: str | None, place: PropertyPlace) -> str:
    if action:
        return "action"
    if segments[-1] == "$count":
        return "count"
    on_item = {"GET": "get", "PATCH": "update", "DELETE": "delete"}
    on_set = {"GET": "list", "POST": "create"}
    kinds = on_item if segments[-1] is None else on_set
    if method not in kinds:
        raise ContractError(f"{place.where}.request: method '{method}'{nearest(method, kinds)}")
    return kinds[method]


def _target(
    segments: tuple[str | None, ...], types: dict[str, StructuredType], where: str, action: str | None
) -> tuple[str | None, str | None]:
    """The last navigation of the path and the concrete type of its items, followed from the root."""
    current, found = types["solutionsRoot"], None
    for segment in segments:
        if segment in (None, "$count", action):
            continue
        navigation = current.navigation.get(segment or "")
        if navigation is None:
            raise ContractError(f"{where}.request: '{segment}'{nearest(str(segment), current.navigation)}")
        found, current = navigation, types[navigation.instance]
    return (found.name, found.instance) if found else (None, None)
