"""Writes a contract as an OpenAPI 3.1 document: what generators, test tools and people read instead of the TOML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.model import Contract, Operation, Permissions, QueryParameter
from bookings_emulator.documents.json_schema import (
    DIALECT,
    SCALAR_SCHEMAS,
    Schema,
    collection_answer,
    definitions,
    input_schema,
    parameters_schema,
    value_schema,
)

COMPONENTS = "#/components/schemas/"
_DEFAULT = {"default": "x-default"}

_TEXT: Schema = {"type": "string"}
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "innerError": {
                    "type": "object",
                    "properties": {
                        **{name: _TEXT for row in load_problems().values() for name in row.inner or {}},
                        "date": _TEXT,
                        "request-id": _TEXT,
                        "client-request-id": _TEXT,
                    },
                },
            },
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}

_WORDS: Schema = {"type": "array", "items": {"type": "string"}}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_SYSTEM_OPTIONS: dict[str, Schema] = {
    "$count": {"type": "boolean"},
    "$expand": _WORDS,
    "$filter": {"type": "string"},
    "$orderby": _WORDS,
    "$select": _WORDS,
    "$skip": _NUMBER,
    "$top": _NUMBER,
}
_SUPPORTED = {"list": tuple(_SYSTEM_OPTIONS), "get": ("$expand", "$select")}
_SUMMARIES = {
    "list": "List {set}",
    "get": "Read one of {set}",
    "create": "Create one of {set}",
    "update": "Update one of {set}",
    "delete": "Delete one of {set}",
    "count": "Count {set}",
    "action": "Call {action} on one of {set}",
}


def openapi(contract: Contract, server: str) -> dict[str, Any]:
    """The document of one version. `server` is the origin, without the version: `http://localhost:8365`."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Bookings emulator",
            "version": contract.version,
            "description": "The Bookings part of Microsoft Graph as this emulator serves it.",
            "x-sources": dict(contract.sources),
        },
        "servers": [{"url": f"{server}/{contract.version}"}],
        "security": [{"bearerAuth": []}],
        "tags": [{"name": name} for name in sorted({_tag(each) for each in contract.operations.values()})],
        "paths": _paths(contract),
        "components": {
            "schemas": _schemas(contract),
            "responses": {"error": {"description": "A refusal", "content": _json(_ref("error"))}},
            "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer"}},
        },
    }


def _paths(contract: Contract) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for root in contract.roots:
        for operation in contract.operations.values():
            path, keys = _path(contract, root, operation)
            item = paths.setdefault(path, {"parameters": [_key(each) for each in keys]} if keys else {})
            item[operation.method.lower()] = _operation(operation, root)
    return paths


def _path(contract: Contract, root: str, operation: Operation) -> tuple[str, list[str]]:
    """The path template and the names of its keys, which are called after the declared type: `bookingService-id`."""
    declared = {each.name: each.target for kind in contract.entities() for each in kind.navigations}
    segments, keys, last = [root] if root else [], [], ""
    for segment in operation.segments:
        if segment is None:
            keys.append(f"{declared[last]}-id")
            segments.append(f"{{{keys[-1]}}}")
        else:
            last = segment
            segments.append(segment)
    return "/" + "/".join(segments), keys


def _operation(operation: Operation, root: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.name if root else f"{operation.name}.root",
        "summary": _SUMMARIES[operation.kind].format(set=_tag(operation), action=operation.action),
        "tags": [_tag(operation)],
        "responses": {**_answers(operation), "default": {"$ref": "#/components/responses/error"}},
        "x-permissions": _permissions(operation.permissions_at(root)),
        "x-source": {"operation": operation.source, "permissions": operation.permission_source},
    }
    if parameters := list(_query(operation)):
        document["parameters"] = parameters
    if operation.has_body:
        required = operation.kind != "action" or any(not each.is_nullable for each in operation.parameters)
        document["requestBody"] = {"required": required, "content": _json(_ref(_body_name(operation)))}
    if operation.refused:
        document["x-emulated"] = False
        document["description"] = "Declared by the metadata only; the emulator refuses it."
    return document


def _tag(operation: Operation) -> str:
    return operation.set or "solutions"


def _permissions(permissions: Permissions) -> dict[str, Any]:
    """Least privileged first; null where this kind of caller is not supported."""
    document: dict[str, Any] = {
        "delegated": list(permissions.delegated) if permissions.delegated is not None else None,
        "application": list(permissions.application) if permissions.application is not None else None,
    }
    if permissions.also_least:
        document["alsoLeast"] = {kind: list(names) for kind, names in permissions.also_least.items()}
    return document


def _key(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(operation: Operation) -> Iterator[dict[str, Any]]:
    """The operation's own options, then the system options; `x-documented` says whether its page names them."""
    for option in operation.options:
        yield _own_option(option)
    for name in sorted({*operation.query, *_SUPPORTED.get(operation.kind, ())}):
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": _SYSTEM_OPTIONS[name]}
        if _SYSTEM_OPTIONS[name] is _WORDS:
            parameter |= {"style": "form", "explode": False}
        if name in operation.ignores:
            parameter["description"] = "Accepted and without effect."
        yield parameter | {"x-documented": name in operation.query}


def _own_option(option: QueryParameter) -> dict[str, Any]:
    return {
        "name": option.name,
        "in": "query",
        "required": option.is_required,
        "schema": SCALAR_SCHEMAS[option.type],
        "x-documented": True,
    }


def _answers(operation: Operation) -> dict[str, Any]:
    """The answer to a call that succeeds, or the one answer of an operation that is always refused."""
    if operation.refused:
        problem = load_problems()[operation.refused]
        refusal = {"description": f"Always: {problem.code}", "content": _json(_ref("error"))}
        return {str(problem.status): refusal}
    content = _content(operation)
    return {str(operation.status): {"description": "Success"} | ({"content": content} if content else {})}


def _content(operation: Operation) -> dict[str, Any] | None:
    match operation.kind:
        case _ if operation.status == 204:
            return None
        case "count":
            return {"text/plain": {"schema": {"type": "integer", "minimum": 0}}}
        case "list":
            return _json(collection_answer(_ref(operation.type or "")))
        case "action":
            return _json(_returned(operation))
        case _:
            return _json(_ref(operation.type or ""))


def _returned(operation: Operation) -> Schema:
    returns = operation.returns
    assert returns is not None, f"{operation.name} answers {operation.status} and so must return something"
    return collection_answer(_ref(returns.name)) if returns.is_collection else value_schema(returns, COMPONENTS)


def _schemas(contract: Contract) -> dict[str, Schema]:
    """The types, the bodies that create and update them, the parameters of actions, and the error envelope."""
    bodies = {_body_name(each): _body(contract, each) for each in contract.operations.values() if each.has_body}
    described = definitions(contract, COMPONENTS) | bodies
    return {name: _tell_defaults(each) for name, each in described.items()} | {"error": _ERROR}


def _tell_defaults(schema: Schema) -> Schema:
    """A schema whose members tell their defaults as `x-default`.

    Generators take a member with a `default` for one that is always there, and then ask for it in every request.
    """
    members = schema.get("properties")
    if members is None:
        return schema
    told = {name: {_DEFAULT.get(word, word): value for word, value in each.items()} for name, each in members.items()}
    return {**schema, "properties": told}


def _body_name(operation: Operation) -> str:
    return f"{operation.action}.parameters" if operation.kind == "action" else f"{operation.type}.{operation.kind}"


def _body(contract: Contract, operation: Operation) -> Schema:
    if operation.kind == "action":
        return parameters_schema(operation.parameters, COMPONENTS)
    schema = input_schema(contract, contract.types[operation.type or ""], COMPONENTS)
    if operation.kind == "update":
        schema.pop("required", None)
    return schema


def _ref(name: str) -> Schema:
    return {"$ref": f"{COMPONENTS}{name}"}


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
