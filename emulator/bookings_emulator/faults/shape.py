"""The form of a rule as JSON Schema, and the check of a value against the few words of it that are used here."""

from __future__ import annotations

from typing import Any

from bookings_emulator.problem import did_you_mean

Schema = dict[str, Any]


class FaultError(Exception):
    """A rule that cannot be read, never matches or never fires; the message says where, and what was expected."""


def _object(members: dict[str, Schema], *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _text(about: str, *values: str) -> Schema:
    return {"type": "string", "description": about, **({"enum": list(values)} if values else {}), "minLength": 1}


def _whole(about: str, minimum: int, maximum: int = 10**9) -> Schema:
    return {"type": "integer", "description": about, "minimum": minimum, "maximum": maximum}


_TIME: Schema = {"type": "number", "minimum": 0, "maximum": 600_000}
MATCH = _object(
    {
        "plane": _text(
            "default: all that receive calls, or with a problem alone the plane it belongs to",
            *("graph", "connector", "identity", "page", "delivery"),
        ),
        "operation": _text("a name, or a glob such as create* or connector.subscribe.*"),
        "method": _text("GET, POST, PATCH, PUT or DELETE"),
        "path": _text("a glob of the decoded path, such as */appointments/*"),
        "business": _text("the id of a business"),
        "persona": _text("the name of a persona, or the address or GUID of the caller in the token"),
        "header": _object(
            {"name": _text("name of a request header"), "value": _text("a glob; by default any value")}, "name"
        ),
    }
)
EFFECT = _object(
    {
        "problem": _text("a refusal by its id, such as throttle.mailbox"),
        "facts": {"type": "object", "description": "values for the placeholders in the text of the problem"},
        "status": _whole("the response status", 200, 599),
        "body": {"description": "the JSON (or text) of the response body"},
        "headers": {
            "type": "object",
            "description": "more headers, except Content-Length, Transfer-Encoding and Connection",
            "additionalProperties": {"type": "string"},
        },
        "retry_after": _whole("seconds of Retry-After", 0),
        "retry_after_as": _text("default: seconds", "seconds", "date"),
        "kept": {"type": "boolean", "description": "carry the request out, then replace its successful response"},
        "reset": {"type": "boolean", "description": "reset the connection before the request is carried out"},
        "lost": {"type": "boolean", "description": "carry the request out, then close without a response"},
        "cut": {
            "type": ["boolean", "integer"],
            "minimum": 0,
            "description": "send that many bytes (true: half), then close",
        },
        "malformed": {"type": "boolean", "description": "break the JSON of the response"},
        "replace": {
            "type": "object",
            "minProperties": 1,
            "description": "values by JSON pointer, in a successful response",
        },
        "latency": {
            "type": ["number", "object"],
            "description": "milliseconds before the response, or a range as min and max",
            "minimum": 0,
            "maximum": 600_000,
            "properties": {"min": _TIME, "max": _TIME},
            "required": ["min", "max"],
            "additionalProperties": False,
        },
        "slow": {**_TIME, "description": "milliseconds over which the body is spread"},
        "late": _text("a duration on the clock of the tenant by which a notification comes late, such as PT5M"),
        "twice": {"type": "boolean", "description": "bring a notification twice"},
        "overtaken": {"type": "boolean", "description": "hold a notification back until the next one has been brought"},
    }
)
SCHEDULE = _object(
    {
        "first": _whole("fires at most this many times", 1),
        "skip": _whole("lets this many matches pass first", 0),
        "every": _whole("fires for every k-th match only", 1),
        "probability": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "chance to fire, drawn from the seed",
        },
        "until": _text("a moment on the tenant's clock"),
        "for": _text("a duration on the tenant's clock, such as PT5M"),
        "limit": _object(
            {
                "requests": _whole("allowed in one window", 0),
                "window": _text("a duration on the tenant's clock"),
                "concurrent": _whole("allowed at the same time", 0),
                "per": _text("what is counted together; default: mailbox", "mailbox", "application"),
            }
        ),
    }
)
RULE = _object(
    {"id": _text("its name; default: f1, f2 …"), "title": _text("what it does, in a few words"),
     "match": MATCH, "effect": EFFECT, "schedule": SCHEDULE}
)  # fmt: skip
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
}  # fmt: skip


def check(value: Any, schema: Schema, where: str) -> None:
    """Hold a value against a schema of this module. Raises FaultError."""
    at = f"{where}: " if where else ""
    types = schema.get("type")
    if types is not None:
        names = [types] if isinstance(types, str) else types
        if not any(_is(value, each) for each in names):
            raise FaultError(f"{at}expected {' or '.join(names)}; got {value!r}")
    if isinstance(value, dict):
        _check_members(value, schema, where)
    elif isinstance(value, str):
        words = schema.get("enum", [value])
        if not value and "minLength" in schema:
            raise FaultError(f"{at}expected a string that is not empty")
        if value not in words:
            raise FaultError(f"{at}expected one of {', '.join(words)}; got '{value}'{did_you_mean(value, words)}")
    elif not isinstance(value, bool) and isinstance(value, int | float):
        low, above = schema.get("minimum", value), schema.get("exclusiveMinimum")
        high = schema.get("maximum", value)
        if not low <= value <= high or (above is not None and value <= above):
            least = f"more than {above}" if above is not None else f"at least {low}"
            most = f" and at most {high}" if "maximum" in schema else ""
            raise FaultError(f"{at}expected {least}{most}; got {value!r}")


def _check_members(value: dict[str, Any], schema: Schema, where: str) -> None:
    at = f"{where}: " if where else ""
    members, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    for name, each in value.items():
        place = f"{where}.{name}" if where else name
        if others is False and name not in members:
            known = ", ".join(members)
            raise FaultError(f"{at}unknown word '{name}'; expected {known}{did_you_mean(name, members)}")
        check(each, members.get(name) or others, place)
    for name in schema.get("required", ()):
        if name not in value:
            raise FaultError(f"{at}needs {name}; got {value!r}")
    if len(value) < schema.get("minProperties", 0):
        raise FaultError(f"{at}expected at least one member; got {value!r}")


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
