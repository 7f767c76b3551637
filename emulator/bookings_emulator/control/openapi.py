"""The OpenAPI document of the control plane, from the tables of its routes and the types of its answers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from bookings_emulator import __version__
from bookings_emulator.contract.connector import load_connector
from bookings_emulator.control.answer_schemas import CLOSED_LISTS, COMPONENTS, LIST_NAMES, AnswerSchemas
from bookings_emulator.control.routing import JSON, ControlRoute, Parameter
from bookings_emulator.control.tenants import TENANT
from bookings_emulator.documents.connector_openapi3 import notification_components
from bookings_emulator.faults.presets import load_presets
from bookings_emulator.faults.shape import EFFECT, MATCH, RULE, SCHEDULE
from bookings_emulator.stubs.parse import STUB

_PARAMETER = re.compile(r"\{(\w+)\}")
_ABOUT = (
    "How a test drives the emulator. Every tenant has its own: `/_emulator` is that of the default tenant, "
    "`/tenants/{name}/_emulator` that of another."
)
# what bodies consist of, by the names that it has in the document
_BODIES = {
    "FaultMatch": MATCH, "FaultEffect": EFFECT, "FaultSchedule": SCHEDULE, "FaultRule": RULE, "StubRule": STUB,
    "TenantStart": TENANT,
}  # fmt: skip
_EVENTS = "text/event-stream"
_OR_EVENTS = " | EventResponse"  # at the end of the annotation of a handler that also answers so
_MEMBERS = {"properties", "additionalProperties", "patternProperties"}
_KINDS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "minimum": 0},
    "number": {"type": "number", "minimum": 0},
    "boolean": {"type": "boolean"},
    "number or text": {"type": ["integer", "string"]},
}


def control_openapi(origin: str, routes: Iterable[ControlRoute]) -> dict[str, Any]:
    """OpenAPI 3.1 of `/_emulator` as a caller at `origin` sees it."""
    schemas = AnswerSchemas()
    told = list(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in told:
        paths.setdefault(f"/_emulator{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    refusal = {"description": "not done", "content": _media(JSON, schemas.read_annotation("answers.Refusal"))}
    bodies = {name: _name_parts(schema, name) for name, schema in _BODIES.items()}
    bodies["FaultEffect"]["properties"]["problem"]["$ref"] = f"{COMPONENTS}ProblemName"
    presets = {"PresetName": {"type": "string", "enum": list(load_presets())}}
    paths["/_emulator/faults/presets/{name}"]["post"]["parameters"][0]["schema"] = {"$ref": f"{COMPONENTS}PresetName"}
    named = CLOSED_LISTS | presets | bodies | schemas.named | notification_components(load_connector())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bookings emulator, control plane", "version": __version__, "description": _ABOUT},
        "servers": [{"url": origin}],
        "security": [{}, {"controlKey": []}],
        "tags": list({each.tag: {"name": each.tag, "description": _first_line(each)} for each in told}.values()),
        "paths": paths,
        "components": {
            "schemas": dict(sorted(named.items())),
            "responses": {"Refusal": refusal},
            "securitySchemes": {
                "controlKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Emulator-Key",
                    "description": "asked for where the emulator was started with --control-key",
                }
            },
        },
    }


def _first_line(route: ControlRoute) -> str:
    return (sys.modules[route.handler.__module__].__doc__ or "").strip().partition("\n")[0]


def _operation(route: ControlRoute, schemas: AnswerSchemas) -> dict[str, Any]:
    inside = [
        _parameter("path", name, route.inside.get(name, Parameter(""))) for name in _PARAMETER.findall(route.path)
    ]
    asked = [_parameter("query", name, each) for name, each in route.query.items()]
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": inside + asked,
        "responses": {
            str(route.status): _answer(route, schemas),
            "4XX": {"$ref": "#/components/responses/Refusal"},
            "5XX": {"$ref": "#/components/responses/Refusal"},
        },
    }
    if route.about:
        operation["description"] = route.about
    if route.body is not None:
        content = _media(JSON, _name_parts(route.body))
        operation["requestBody"] = {"required": "required" in route.body, "content": content}
    if route.path == "/health":
        operation["security"] = []
    return operation


def _answer(route: ControlRoute, schemas: AnswerSchemas) -> dict[str, Any]:
    if route.status == 204:
        return {"description": "done"}
    if route.media == _EVENTS:
        schemas.read_annotation("answers.StreamData")
        about = f"events; `data` is JSON, the member of {COMPONENTS}StreamData that `event` names"
        return {"description": "done", "content": _media(route.media, {"type": "string", "description": about})}
    if "Response" in route.answers.removesuffix(_OR_EVENTS):  # written by the handler itself
        schema = _name_parts({"type": "object" if route.media.endswith("json") else "string"})
    else:
        schema = schemas.read_annotation(route.answers.removesuffix(_OR_EVENTS))
    content = _media(route.media, schema)
    if route.answers.endswith(_OR_EVENTS):
        content |= _media(_EVENTS, {"type": "string", "description": "events; `data` is JSON"})
    return {"description": "done", "content": content}


def _parameter(place: str, name: str, given: Parameter) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": place, "required": place == "path"}
    if given.about:
        parameter["description"] = given.about
    if given.kind == "list":
        return {
            **parameter,
            "style": "form",
            "explode": False,
            "schema": {"type": "array", "items": {"type": "string"}},
        }
    schema = dict(_KINDS[given.kind])
    if given.words and given.kind == "string":
        schema["enum"] = list(given.words)
    return {**parameter, "schema": _name_parts(schema)}


def _name_parts(schema: Any, but: str = "") -> Any:
    """A schema in which what has a name is referred to by it, and objects of any members say that they are."""
    if isinstance(schema, list):
        return [_name_parts(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = _name_of(schema)
    if name not in (None, but):
        return {"$ref": f"{COMPONENTS}{name}", **{word: schema[word] for word in ("description",) if word in schema}}
    named = {word: _name_parts(each) for word, each in schema.items()}
    is_any_object = "object" in _types_of(schema) and not schema.keys() & _MEMBERS
    return {**named, "additionalProperties": True} if is_any_object else named


def _name_of(schema: dict[str, Any]) -> str | None:
    """The name of a closed list of the contract, or of what bodies consist of."""
    if isinstance(schema.get("enum"), list):
        return LIST_NAMES.get(tuple(schema["enum"]))
    return next((name for name, named in _BODIES.items() if schema == named), None)


def _types_of(schema: dict[str, Any]) -> list[str]:
    given = schema.get("type")
    return given if isinstance(given, list) else [given] if isinstance(given, str) else []


def _media(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {media: {"schema": schema}}
