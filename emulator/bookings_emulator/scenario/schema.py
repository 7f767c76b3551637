"""The JSON Schema of scenario files: for the loader, for editors (completion), and for whoever writes such files."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from bookings_emulator.contract.api import api
from bookings_emulator.contract.load import load_problems
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.documents.json_schema import DIALECT, fixture_schema
from bookings_emulator.faults.presets import load_presets
from bookings_emulator.faults.shape import MATCH, RULE, SCHEDULE
from bookings_emulator.scenario.match import KINDS
from bookings_emulator.settings import LEVELS
from bookings_emulator.stubs.parse import STUB

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_KINDS = ", ".join(f"<{each}>" for each in KINDS)
_VALUE = f"JSON, with {{name}} for variables; a whole string of {_KINDS} is a placeholder"
CALL = r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\{|/)\S*$"
MOVE = r"^(P|\d{4}-\d\d-\d\dT|\{)"
STEPS = {
    "request": "METHOD and path, with query, of any emulated API: GET /v1.0/solutions/bookingBusinesses",
    "control": "METHOD and path below /_emulator: PUT /quirks/Q9",
    "advance": "moves the clock: by a duration (PT1H) or to a moment (2026-01-05T10:00:00Z)",
    "settle": "true: waits until all deliveries that are due are delivered or abandoned",
}


def scenario_schema() -> Schema:
    """The schema, draft 2020-12; inline fixtures are described by that of fixtures."""
    fixture = fixture_schema(api("v1.0").contract)
    definitions = fixture.pop("$defs")
    del fixture["$schema"]
    personas = fixture["properties"]["personas"]
    members = {
        "$schema": {"type": "string"},
        "title": {**_TEXT, "description": "the situation in a few words"},
        "shows": {**_TEXT, "description": "what it shows, in a sentence or two"},
        "source": {**_TEXT, "description": "where the behaviour is documented or was seen"},
        "problems": _list({"enum": sorted(load_problems())}, "refusals that it shows"),
        "values": {
            "type": "object",
            "propertyNames": {"pattern": _NAME},
            "description": "constants, used as {name}; run --value NAME=VALUE replaces them",
        },
        "callers": _list(_TEXT, "names for `as` that are not personas; run --token NAME=TOKEN provides their tokens"),
        "given": _given(personas),
        "stub": {
            "type": "array",
            "items": STUB,
            "description": "responses of the rest of Graph, in addition to the fixture's",
        },
        "step": {"type": "array", "items": _step(), "description": "what happens, in order"},
    }
    return {
        "$schema": DIALECT,
        "title": "Scenario",
        **_closed(members, "title", "shows", "source"),
        "$defs": {"fixture": fixture, **definitions},
    }


@cache
def schema_text() -> bytes:
    """The schema as a JSON document."""
    return orjson.dumps(scenario_schema()) + b"\n"


# a name, records, or the recipe of them, which is held against its own words when it is expanded
_FIXTURE: Schema = {
    "if": {"type": "object"},
    "then": {"if": {"required": ["business"]}, "then": {}, "else": {"$ref": "#/$defs/fixture"}},
    "else": {"type": "string"},
}


def _given(personas: Schema) -> Schema:
    quirks = {name: {"type": ["boolean", "string"], "description": each.title} for name, each in load_quirks().items()}
    by_number = {f"^{each.number}$": {"type": ["boolean", "string"]} for each in load_quirks().values() if each.number}
    return _closed(
        {
            "fixture": {
                "description": "a name, or records in the form of a fixture, or a list of these; default: default",
                "if": {"type": "array"},
                "then": {"items": _FIXTURE},
                "else": _FIXTURE,
            },
            "personas": {**personas, "description": "callers in addition to those of the fixture"},
            "faults": _list(_fault(), "rules as in POST /_emulator/faults, presets, or names of presets"),
            "subscriptions": _list(_subscription(), "existing webhooks of the connector"),
            "limits": _list(
                SCHEDULE["properties"]["limit"], "limits on requests to Graph; requests over a limit get 429"
            ),
            "auth": {
                "enum": list(LEVELS),
                "description": "how strictly tokens are checked; default: as the server does",
            },
            "quirks": {"type": "object", "properties": quirks, "patternProperties": by_number},
            "now": {
                "type": "string",
                "format": "date-time",
                "description": "freezes the clock at this moment; default: real time",
            },
            "seed": {"type": "integer", "description": "seed of ids and random values; default: 1"},
        }
    )


def _fault() -> Schema:
    preset = _closed({"preset": {"enum": [*load_presets()]}, "match": MATCH, "schedule": SCHEDULE}, "preset")
    is_rule = {"type": "object", "not": {"required": ["preset"]}}
    return {
        "type": ["object", "string"],
        "if": is_rule,
        "then": RULE,
        "else": {"if": {"type": "string"}, "then": {"enum": [*load_presets()]}, "else": preset},
    }


def _subscription() -> Schema:
    change = {"enum": ["Created", "Updated", "Deleted"]}
    return _closed(
        {
            "business": {**_TEXT, "description": "the address of the mailbox"},
            "change": change,
            "url": {**_TEXT, "description": "where notifications are sent; {receiver} is the receiver of the run"},
        },
        "business",
        "change",
        "url",
    )


def _step() -> Schema:
    words = {
        "title": _TEXT,
        "request": {"type": "string", "pattern": CALL, "description": STEPS["request"]},
        "control": {"type": "string", "pattern": CALL, "description": STEPS["control"]},
        "advance": {"type": "string", "pattern": MOVE, "description": STEPS["advance"]},
        "settle": {"const": True, "description": STEPS["settle"]},
        "as": {
            "type": "string",
            "description": 'the calling persona, or one of `callers`; "" sends no token; default: anyone',
        },
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {"description": _VALUE},
        "text": {"type": "string", "description": "the body as plain text"},
        "form": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "the body as a form, url-encoded",
        },
        "capture": {
            "type": "object",
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": {"type": "string", "pattern": r"^(/.*|header \S+)?$"},
            "description": "variables for later steps: a JSON pointer into the response, or header NAME",
        },
        "repeat": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "description": "how often to run the step; default: 1",
        },
        "expect": _expect(),
    }
    return {**_closed(words), "oneOf": [{"required": [each]} for each in STEPS]}


def _expect() -> Schema:
    return _closed(
        {
            "status": {"type": "integer", "minimum": 100, "maximum": 599},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "body": {"description": f"partial: members you do not name can have any value. {_VALUE}"},
            "exact": {"description": f"the whole body. {_VALUE}"},
            "at": {
                "type": "object",
                "propertyNames": {"pattern": "^(/.*)?$"},
                "description": f"values by JSON pointer. {_VALUE}",
            },
            "reason": {**_TEXT, "description": "x-emulator-reason contains this"},
            "events": {"description": "names of the events of this step"},
            "messages": {"description": "messages added to the outbox in this step"},
            "deliveries": {
                "description": "notifications that no earlier step has checked; waits until they are settled"
            },
            "lost": {"const": True, "description": "no complete response arrives; nothing else can be expected then"},
        }
    )


def _closed(members: dict[str, Schema], *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _list(item: Schema, about: str) -> Schema:
    return {"type": "array", "items": item, "description": about}
