"""The connector as OpenAPI 3.1, which generators of types read, and its notification as JSON Schema."""

from __future__ import annotations

import re
from typing import Any

from bookings_emulator.contract.connector import ConnectorContract
from bookings_emulator.documents.connector_openapi import connector_openapi
from bookings_emulator.documents.json_schema import DIALECT, Schema

NOTIFICATION = "AppointmentData"
_MEDIA = "application/json"
_REF = "#/definitions/"
_NAMED = re.compile(rf"{_REF}(\w+)")
_PLACE = "#/components/schemas/"
# members that notifications do not always have, beside those that the form of 2022 lacks
_SOMETIMES = frozenset({"CustomQuestion.Answer", "StaffMemberData.EmailAddress"})
_OBJECT_OR_NULL = f"{NOTIFICATION}.CustomerLocation"  # null in group bookings


def connector_openapi3(contract: ConnectorContract, origin: str) -> dict[str, Any]:
    """What the OpenAPI 2.0 document says, in the words of OpenAPI 3.1; notifications also say what may be null."""
    old = connector_openapi(contract, origin)
    sign_in = old["securityDefinitions"]["oauth2_auth"]
    flow = {each: sign_in[each] for each in ("authorizationUrl", "tokenUrl", "scopes")}
    paths = {path: _convert_path(item) for path, item in old["paths"].items()}
    return {
        "openapi": "3.1.0",
        "info": old["info"],
        "servers": [{"url": origin}],
        "security": old["security"],
        **_rename_refs({"paths": paths}, _PLACE),
        "components": {
            "schemas": _rename_refs(_complete_definitions(contract), _PLACE),
            "securitySchemes": {"oauth2_auth": {"type": "oauth2", "flows": {"authorizationCode": flow}}},
        },
    }


def notification_schema(contract: ConnectorContract) -> Schema:
    """The JSON Schema of a notification, with all that it refers to."""
    found = _complete_definitions(contract)
    parts = {name: found[name] for name in _parts_of(NOTIFICATION, found) if name != NOTIFICATION}
    schema: Schema = _rename_refs({**found[NOTIFICATION], "$defs": parts}, "#/$defs/")
    return {"$schema": DIALECT, "title": NOTIFICATION, **schema}


def notification_components(contract: ConnectorContract) -> dict[str, Schema]:
    """The notification and what it consists of by name, for another OpenAPI document."""
    found = _complete_definitions(contract)
    return {name: _rename_refs(found[name], _PLACE) for name in _parts_of(NOTIFICATION, found)}


def _convert_path(item: dict[str, Any]) -> dict[str, Any]:
    content = item.get("x-ms-notification-content")
    found = {name: _convert_operation(each) for name, each in item.items() if name != "x-ms-notification-content"}
    if content is None:
        return found
    subscribed = found["post"]["responses"]
    for status in subscribed.keys() & {"200", "201"}:  # the definition leaves the body of a 201 out
        subscribed[status] = {**subscribed[status], "content": _json({"$ref": f"{_REF}Webhookresponse"})}
    told = {
        "requestBody": {"description": content["description"], "required": True, "content": _json(content["schema"])},
        "responses": {"2XX": {"description": "Taken."}},
    }
    address = "{$request.body#/webhook/notification_url}"
    callbacks = {"callbacks": {"notification": {address: {"post": told}}}}
    return {name: {**each, **callbacks} for name, each in found.items()}


def _convert_operation(old: dict[str, Any]) -> dict[str, Any]:
    parameters = [_convert_parameter(each) for each in old["parameters"] if each["in"] != "body"]
    bodies = [each for each in old["parameters"] if each["in"] == "body"]
    responses = {status: _convert_response(each) for status, each in old["responses"].items()}
    body = {"requestBody": {"required": True, "content": _json(_drop_defaults(bodies[0]["schema"]))}} if bodies else {}
    return {**old, "parameters": parameters, **body, "responses": responses}


def _convert_parameter(old: dict[str, Any]) -> dict[str, Any]:
    schema = {name: old[name] for name in ("type", "default") if name in old}
    return {**{name: each for name, each in old.items() if name not in schema}, "schema": schema}


def _convert_response(old: dict[str, Any]) -> dict[str, Any]:
    found = {name: each for name, each in old.items() if name != "schema"}
    return {**found, "content": _json(old["schema"])} if "schema" in old else found


def _drop_defaults(schema: Any) -> Any:
    """A schema without defaults, which generators take for members that are always there."""
    if isinstance(schema, dict):
        return {name: _drop_defaults(each) for name, each in schema.items() if name != "default"}
    return [_drop_defaults(each) for each in schema] if isinstance(schema, list) else schema


def _complete_definitions(contract: ConnectorContract) -> dict[str, Schema]:
    """The types of the definition; those of notifications say what is always there, and what may be null."""
    found: dict[str, Schema] = connector_openapi(contract, "http://localhost")["definitions"]
    told = _parts_of(NOTIFICATION, found)
    without = {each if "." in each else f"{NOTIFICATION}.{each}" for each in contract.without} | _SOMETIMES
    return {name: _complete(name, each, without) if name in told else each for name, each in found.items()}


def _complete(name: str, schema: Schema, without: set[str]) -> Schema:
    members = {each: _allow_null(f"{name}.{each}", shape) for each, shape in schema["properties"].items()}
    required = [each for each in members if f"{name}.{each}" not in without]
    return {**schema, "properties": members, "required": required}


def _allow_null(name: str, schema: Schema) -> Schema:
    """A text, number or truth value that may be null; lists are always there, and objects but one."""
    if name == _OBJECT_OR_NULL:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema if schema.get("type") in (None, "array") else {**schema, "type": [schema["type"], "null"]}


def _parts_of(name: str, definitions: dict[str, Schema]) -> list[str]:
    """A type and all that it consists of."""
    found, ahead = [], [name]
    while ahead:
        one = ahead.pop(0)
        if one in found:
            continue
        found.append(one)
        ahead += _NAMED.findall(str(definitions[one]))
    return found


def _rename_refs(value: Any, place: str) -> Any:
    if isinstance(value, dict):
        return {name: _rename_refs(each, place) for name, each in value.items()}
    if isinstance(value, list):
        return [_rename_refs(each, place) for each in value]
    return place + value.removeprefix(_REF) if isinstance(value, str) and value.startswith(_REF) else value


def _json(schema: Schema) -> dict[str, Any]:
    return {_MEDIA: {"schema": schema}}
