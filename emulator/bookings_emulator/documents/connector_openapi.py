"""The connector as an OpenAPI 2.0 document with its x-ms annotations: a custom connector can be imported from it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bookings_emulator.contract.connector import SCALARS, ConnectorContract, ConnectorOperation, Member

_PARAMETER = re.compile(r"\{(\w+)\}")
_KINDS = {
    "string": {"type": "string"},
    "int32": {"type": "integer", "format": "int32"},
    "boolean": {"type": "boolean"},
}
_INTERNAL = {"x-ms-visibility": "internal"}
_ADDRESS = {
    "name": "SMTPAddress",
    "in": "path",
    "required": True,
    "type": "string",
    "x-ms-summary": "Booking page.",
    "description": "The address of the booking page.",
    "x-ms-dynamic-values": {
        "operationId": "ListBookingsBusinessUserAsAdmin",
        "value-collection": "mailboxes",
        "value-path": "email",
        "value-title": "displayName",
    },
}
_WEBHOOK = {"name": "WebhookId", "in": "path", "required": True, "type": "string", "description": "The webhook."}
_PREFER = {
    "name": "X-Prefer-OWAUserConfig",
    "in": "header",
    "required": True,
    "type": "string",
    "default": "true",
    "description": "Always true.",
    **_INTERNAL,
}

# refusals that are answered (issues and flows show them) but that Microsoft's definition does not list
_UNLISTED = {
    400: "The request is malformed.",
    401: "Unauthenticated.",
    403: "Permission denied.",
    404: "There is no such mailbox or webhook.",
    429: "Resource exhausted.",
    500: "Internal server error.",
}


def connector_openapi(contract: ConnectorContract, origin: str) -> dict[str, Any]:
    """The definition in its source form, served by an emulator that a client sees at `origin`."""
    place = urlsplit(origin)
    return {
        "swagger": "2.0",
        "info": {
            "title": contract.title,
            "version": contract.version,
            "description": "The Bookings connector, as this emulator serves it.",
        },
        "host": place.netloc,
        "basePath": place.path or "/",
        "schemes": [place.scheme],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": _paths(contract),
        "definitions": {name: _definition(members) for name, members in contract.types.items()},
        "securityDefinitions": {
            "oauth2_auth": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": contract.authorize,
                "tokenUrl": contract.authorize,
                "scopes": {each: each for each in contract.scopes},
            }
        },
        "security": [{"oauth2_auth": list(contract.scopes)}],
    }


def _paths(contract: ConnectorContract) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for each in contract.operations.values():
        if not each.is_backend_only:
            path = paths.setdefault(each.path, {})
            if each.kind == "trigger":
                path["x-ms-notification-content"] = {
                    "description": "One appointment.",
                    "schema": {"$ref": "#/definitions/AppointmentData"},
                }
            path[each.method.lower()] = _operation(contract, each)
    return paths


def _operation(contract: ConnectorContract, operation: ConnectorOperation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": {200: "OK.", 201: "Created."}.get(operation.status, "Done.")}
    if operation.returns:
        success["schema"] = {"$ref": f"#/definitions/{operation.returns}"}
    errors = {str(status): {"description": text} for status, text in {**_UNLISTED, **operation.errors}.items()}
    shown: dict[str, Any] = {"trigger": {"x-ms-visibility": "important"}, "unsubscribe": _INTERNAL}.get(
        operation.kind, {}
    )
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.about,
        **shown,
        **({"x-ms-trigger": "single"} if operation.kind == "trigger" else {}),
        "parameters": list(_parameters(contract, operation)),
        "responses": {str(operation.status): success, **errors},
        "deprecated": False,
    }


def _parameters(contract: ConnectorContract, operation: ConnectorOperation) -> list[dict[str, Any]]:
    named = {"SMTPAddress": _ADDRESS, "WebhookId": _WEBHOOK}
    found = [named[each] for each in _PARAMETER.findall(operation.path)]
    if operation.kind == "list":
        found.append(_PREFER)
    if operation.kind == "trigger":
        found.append({"name": "body", "in": "body", "required": True, "schema": _subscription(contract, operation)})
    return found


def _subscription(contract: ConnectorContract, operation: ConnectorOperation) -> dict[str, Any]:
    members = {
        "notification_url": {"type": "string", "x-ms-notification-url": True, **_INTERNAL},
        "resource": {"type": "string", "default": contract.resource, **_INTERNAL},
        "change_type": {"type": "array", "items": {"type": "string"}, "default": [operation.change], **_INTERNAL},
    }
    webhook = {"type": "object", "properties": members, "required": list(members)}
    return {"type": "object", "properties": {"webhook": webhook}, "required": ["webhook"]}


def _definition(members: tuple[Member, ...]) -> dict[str, Any]:
    if not members:
        return {"type": "string"}
    return {"type": "object", "properties": {each.name: _property(each) for each in members}}


def _property(member: Member) -> dict[str, Any]:
    kind: dict[str, Any] = _KINDS[member.kind] if member.kind in SCALARS else {"$ref": f"#/definitions/{member.kind}"}
    if member.is_list:
        kind = {"type": "array", "items": kind}
    if "$ref" in kind:  # nothing may stand beside it
        return kind
    return {**kind, **({"title": member.title} if member.title else {}), "description": member.about}
