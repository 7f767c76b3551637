"""Writes the types of a contract as JSON Schema (draft 2020-12): for OpenAPI, for editors and for bodies under test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import SENTINEL, UNSET, Contract, EnumType, Property, StructuredType, TypeRef
from bookings_emulator.contract.page import load_page
from bookings_emulator.contract.sets import BUSINESS, sets_of
from bookings_emulator.domain.outcome import PLATFORMS
from bookings_emulator.stubs.parse import STUB

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LOCAL = "#/$defs/"

_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_OFFSET = r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
_LENGTH = r"([0-9]{1,6}D)?(T(?=[0-9])([0-9]{1,8}H)?([0-9]{1,9}M)?([0-9]{1,9}(\.[0-9]{1,7})?S)?)?"

SCALAR_SCHEMAS: dict[str, Schema] = {
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "Int32": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1, "format": "int32"},
    "Double": {"anyOf": [{"type": "number"}, {"enum": ["NaN", "INF", "-INF"]}]},
    "Duration": {"type": "string", "pattern": f"^-?P(?=[0-9T]){_LENGTH}$"},
    "TimeOfDay": {"type": "string", "pattern": rf"^{_CLOCK}(:[0-5][0-9](\.[0-9]{{1,7}})?)?$"},
    "Date": {"type": "string", "pattern": f"^{_DAY}$", "format": "date"},
    "DateTimeOffset": {
        "type": "string",
        "pattern": rf"^{_DAY}[Tt ]{_CLOCK}(:[0-5][0-9](\.[0-9]{{1,9}})?)?{_OFFSET}$",
        "format": "date-time",
    },
}


# beyond the types: what a fixture's appointment cannot do without, and what a fixture says of a staff member
_FIXTURE_NEEDS = {"bookingAppointment": ("serviceId", "startDateTime", "endDateTime")}
_SHOWN_AS = ("busy", "oof", "tentative", "free", "workingElsewhere")
_BUSY_TIME: Schema = {
    "type": "object",
    "properties": {
        "start": {"$ref": f"{LOCAL}dateTimeTimeZone"},
        "end": {"$ref": f"{LOCAL}dateTimeTimeZone"},
        "showAs": {"enum": list(_SHOWN_AS)},
    },
    "required": ["start", "end", "showAs"],
    "additionalProperties": False,
}
# what a fixture may say and no answer ever shows
_FIXTURE_EXTRAS: dict[str, dict[str, Schema]] = {
    "bookingStaffMember": {"personalCalendar": {"type": "array", "items": _BUSY_TIME}},
    "bookingBusiness": {
        "maker": {"type": "string", "description": "the address of the person who made it, its administrator"}
    },
    "bookingAppointment": {
        "visit": {
            "type": "object",
            "properties": {
                "trackingDataId": {"type": ["string", "null"], "description": "the campaign (RefID) it came from"},
                "keys": {
                    "type": "array",
                    "items": {"type": ["string", "null"]},
                    "description": "by which its customers manage it on the booking page, in their order",
                },
            },
            "additionalProperties": False,
        }
    },
    "bookingService": {
        "policyMembers": {
            "type": "array",
            "items": {"type": "string"},
            "description": "the members of its schedulingPolicy that are its own; others follow the business",
        }
    },
}


def definitions(contract: Contract, prefix: str = LOCAL) -> dict[str, Schema]:
    """A schema for every enum and structured type by name; `prefix` is where references to them point."""
    enums = {name: _enum(each) for name, each in contract.enums.items()}
    return enums | {name: _definition(contract, each, prefix) for name, each in contract.types.items()}


def entity_schema(contract: Contract, type_name: str, *, for_input: bool) -> Schema:
    """A complete schema of one type. As input it is what a create takes, required members and aliases included."""
    kind = contract.types[type_name]
    schema = input_schema(contract, kind) if for_input else _definition(contract, kind, LOCAL)
    return {"$schema": DIALECT, **schema, "$defs": definitions(contract)}


def input_schema(contract: Contract, kind: StructuredType, prefix: str = LOCAL) -> Schema:
    """What the body of a create may hold; without `required` it is that of an update."""
    members = _entity_members(contract, kind, prefix)
    aliases = {alias: {**members[name], "writeOnly": True} for alias, name in kind.aliases.items()}
    return _requiring(closed(members | aliases | _undeclared(kind, prefix)), kind.required)


def fixture_schema(contract: Contract) -> Schema:
    """What a fixture file may hold: records in wire shape, their sets inside the business; ids may be missing."""
    staff = contract.enums["bookingStaffRole"]
    roles = [staff.wire.get(each, each) for each in staff.members if each != SENTINEL]
    currency = closed(_entity_members(contract, contract.types["bookingCurrency"]))
    text = {"type": "string", "minLength": 1}
    members: dict[str, Schema] = {
        "$schema": {"type": "string"},
        "title": {"type": "string"},
        "about": {"type": "string"},
        "domain": {"type": "string"},
        "version": {"enum": ["v1.0", "beta"]},
        "anchor": SCALAR_SCHEMAS["DateTimeOffset"],
        "bookingBusinesses": _listed(_planted(contract, contract.types["bookingBusiness"])),
        "bookingCurrencies": _listed(currency),
        "stub": {"type": "array", "items": STUB, "description": "stubs for the rest of Graph"},
        "tenantSettings": closed({each.name: {"type": "boolean"} for each in load_page().types["settings"]}),
        "personas": {
            "type": "array",
            "items": {
                **closed(
                    {
                        "name": text,
                        "kind": {"enum": ["delegated", "application"]},
                        "roles": {"type": "object", "additionalProperties": {"enum": roles}},
                        "permissions": {"type": "array", "items": _permission(contract)},
                        "upn": text,
                        "password": text,
                        "objectId": text,
                        "clientId": text,
                        "secrets": {"type": "array", "items": text},
                        "certificates": {"type": "array", "items": text},
                        **{each: closed({"redirectUris": {"type": "array", "items": text}}) for each in PLATFORMS},
                        "isLicensed": {"type": "boolean"},
                        "isPersonal": {"type": "boolean"},
                    }
                ),
                "required": ["name"],
            },
        },
    }
    return {"$schema": DIALECT, "title": "Fixture", **closed(members), "$defs": definitions(contract)}


def fixture_schema_text(version: str = "v1.0") -> bytes:
    """The schema of fixture files as JSON."""
    return orjson.dumps(fixture_schema(load(version)), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _permission(contract: Contract) -> Schema:
    """The name of a permission: those of Bookings are known, others are nobody's business here."""
    tables = [table for each in contract.operations.values() for table in (each.permissions, each.root_permissions)]
    names = {name for table in tables if table for names in table.accepted.values() for name in names}
    of_bookings = {"enum": sorted(each for each in names if each.startswith("Bookings"))}
    return {"type": "string", "minLength": 1, "if": {"pattern": "^[Bb]ookings"}, "then": of_bookings}


def parameters_schema(parameters: tuple[Property, ...], prefix: str = LOCAL) -> Schema:
    """The body of an action: those of its parameters that cannot be null are required."""
    schema = closed({each.name: member(each, prefix) for each in parameters})
    return _requiring(schema, [each.name for each in parameters if not each.is_nullable])


def collection_answer(item: Schema) -> Schema:
    """The answer to a list: items in `value`, annotations beside them."""
    counted = {"@odata.count": SCALAR_SCHEMAS["Int32"], "@odata.nextLink": {"type": "string"}}
    values = {"value": {"type": "array", "items": item}}
    return _requiring(closed({"@odata.context": {"type": "string"}, **counted, **values}), ["value"])


def closed(members: dict[str, Schema]) -> Schema:
    """An object that knows its members; annotations (`@odata.type`, `role@odata.type`) may stand anywhere."""
    return {
        "type": "object",
        "properties": members,
        "patternProperties": {"@": True},
        "additionalProperties": False,
    }


def value_schema(type_: TypeRef, prefix: str = LOCAL) -> Schema:
    """The schema of a value of that type, not null."""
    single = SCALAR_SCHEMAS[type_.name] if type_.is_scalar else {"$ref": f"{prefix}{type_.name}"}
    return {"type": "array", "items": single} if type_.is_collection else dict(single)


def member(line: Property, prefix: str = LOCAL) -> Schema:
    """The schema of a property's value, with what the contract says about it."""
    schema = value_schema(line.type, prefix)
    if line.is_nullable:
        schema = _or_null(schema)
    if not line.is_writable:
        schema["readOnly"] = True
    if line.default is not UNSET:
        schema["default"] = line.default
    return schema


def _requiring(schema: Schema, names: Sequence[str]) -> Schema:
    return {**schema, "required": list(names)} if names else schema


def _or_null(schema: Schema) -> Schema:
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}


def _entity_members(contract: Contract, kind: StructuredType, prefix: str = LOCAL) -> dict[str, Schema]:
    return {each.name: _input_member(contract, each, prefix) for each in kind.properties}


def _input_member(contract: Contract, line: Property, prefix: str) -> Schema:
    """As `member`, but narrower where a caller may say less than the service: abstract items, the sentinel."""
    schema = member(line, prefix)
    kind, enum = contract.types.get(line.type.name), contract.enums.get(line.type.name)
    if kind is not None and kind.is_abstract and line.type.is_collection:
        schema["items"] = {**schema["items"], "required": ["@odata.type"]}
    if enum is not None and enum.hidden:
        schema["not"] = {"const": SENTINEL}
    return schema


def _enum(enum: EnumType) -> Schema:
    """What stands on the wire. The sentinel is written only where members hide behind it."""
    shown = [each for each in enum.members if each != SENTINEL or enum.hidden]
    return {"enum": [enum.wire.get(each, each) for each in shown]}


def _definition(contract: Contract, kind: StructuredType, prefix: str) -> Schema:
    """An abstract type is any of its derived ones; the others are objects, with their sets when these are expanded."""
    if kind.is_abstract:
        return {"anyOf": [{"$ref": f"{prefix}{name}"} for name in kind.derived]}
    members = {each.name: member(each, prefix) for each in kind.properties}
    sets = {each.name: value_schema(TypeRef(each.target, is_collection=True), prefix) for each in kind.navigations}
    return closed(members | sets | (_undeclared(kind, prefix) if kind.kind == "complex" else {}))


def _undeclared(kind: StructuredType, prefix: str) -> dict[str, Schema]:
    return {each.name: {**member(each, prefix), "writeOnly": True, "deprecated": True} for each in kind.undeclared}


def _planted(contract: Contract, kind: StructuredType) -> Schema:
    """An entity of a fixture: no aliases, its own extras, and inside it every set that a caller can add to."""
    sets = {
        name: _listed(_planted(contract, contract.types[each.type]))
        for name, each in (sets_of(contract) if kind.name == BUSINESS else {}).items()
    }
    members = _entity_members(contract, kind) | _FIXTURE_EXTRAS.get(kind.name, {})
    needed = [each.name for each in kind.properties if each.stored in _FIXTURE_NEEDS.get(kind.name, ())]
    return _requiring(closed(members | sets), (*kind.required, *needed))


def _listed(item: Schema) -> Schema:
    """A set in a fixture: a list, or the answer of Graph to a list, pasted."""
    return {
        "if": {"type": "object"},
        "then": collection_answer(item),
        "else": {"type": "array", "items": item},
    }
