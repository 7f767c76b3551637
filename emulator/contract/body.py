"""Reads request bodies: every entity and action of a contract gets a reader that checks, normalizes and renames in one pass.

The texts of the refusals are those of the OData library behind Graph; the reason beside them says what to send instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from emulator.contract.model import SENTINEL, UNSET, Contract, Operation, Property, StructuredType
from emulator.problem import Problem
from emulator.times import canonical_date, canonical_duration, canonical_time_of_day, format_instant, parse_instant

Read = Callable[[Any, str], Any]
Record = dict[str, Any]

_NOT_NUMBERS = frozenset({"NaN", "INF", "-INF"})
_ZERO: dict[str, Any] = {
    "String": "",
    "Boolean": False,
    "Int32": 0,
    "Double": 0.0,
    "Duration": "PT0S",
    "TimeOfDay": "00:00:00.0000000",
}


class BodyReaders:
    """The compiled readers of one contract. All methods raise Problem and never change what they are given."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._complex: dict[str, Read] = {}
        self._fields: dict[str, dict[str, _Field]] = {}
        self._silent: dict[str, list[tuple[str, Callable[[], Any]]]] = {}
        self._parameters: dict[str, tuple[dict[str, _Field], tuple[str, ...]]] = {}

    def create(self, type_name: str, body: Any) -> Record:
        """A body of POST → a record of stored names, holding what the body says; `silent` has the rest."""
        record = self._entity(type_name, body, is_new=True)
        kind = self._contract.types[type_name]
        for name in kind.required:
            stored = kind.by_name[name].stored
            if stored not in record:
                raise Problem("body.required", f"'{name}' is required to create a {type_name}", prop=name)
        return record

    def silent(self, type_name: str) -> Record:
        """What a create writes where its body is silent: documented defaults and the contract's fills, else null."""
        return {stored: make() for stored, make in self._silent_values(type_name)}

    def update(self, type_name: str, body: Any) -> Record:
        """A body of PATCH → the stored members it changes; read-only and immutable ones are checked and left out."""
        return self._entity(type_name, body, is_new=False)

    def parameters(self, operation: Operation, body: Any) -> Record:
        """A body of an action → its parameters."""
        compiled = self._parameters.get(operation.name)
        if compiled is None:
            fields = {each.name: self._field(each) for each in operation.parameters}
            needed = tuple(each.name for each in operation.parameters if not each.is_nullable)
            compiled = self._parameters[operation.name] = (fields, needed)
        fields, needed = compiled
        values = _members(body, fields, None, operation.name, is_new=True)
        for name in needed:
            if name not in values:
                raise Problem("body.required", f"the action {operation.name} needs the parameter '{name}'", prop=name)
        return values

    def service_set(self, type_name: str, body: Any) -> Record:
        """The members of a fixture's entity that no caller could set, as the fixture gives them."""
        kind = self._contract.types[type_name]
        return {
            each.stored: self._reader(each)(body[each.name], each.name)
            for each in kind.properties
            if not each.is_writable and body.get(each.name) is not None
        }

    def _entity(self, type_name: str, body: Any, *, is_new: bool) -> Record:
        fields = self._fields.get(type_name)
        kind = self._contract.types[type_name]
        if fields is None:
            fields = {each.name: self._field(each) for each in kind.properties}
            for alias, name in kind.aliases.items():
                fields[alias] = fields[name]
            self._fields[type_name] = fields
        return _members(body, fields, kind, type_name, is_new=is_new, check_type=self._check_type)

    def _silent_values(self, type_name: str) -> list[tuple[str, Callable[[], Any]]]:
        silent = self._silent.get(type_name)
        if silent is None:
            kind = self._contract.types[type_name]
            silent = [(each.stored, self._maker(each)) for each in kind.properties if not each.is_key]
            self._silent[type_name] = silent
        return silent

    def _maker(self, line: Property) -> Callable[[], Any]:
        """What makes the value of a create (or of a complex value) that does not name this property."""
        value = line.silent
        if value is UNSET:
            return lambda: None
        if value == []:
            return list
        if value == {}:
            read = self._reader(line)
            return lambda: read({}, line.name)
        return lambda: value

    def _field(self, line: Property) -> _Field:
        return _Field(line, self._reader(line))

    def _reader(self, line: Property) -> Read:
        item = self._single(line.type.name)
        return _collection(item) if line.type.is_collection else item

    def _single(self, name: str) -> Read:
        if name in _SCALARS:
            return _SCALARS[name]
        if name in self._contract.enums:
            return self._enum(name)
        if name not in self._complex:
            kind = self._contract.types[name]
            self._complex[name] = self._abstract(kind) if kind.is_abstract else self._value(kind)
        return self._complex[name]

    def _enum(self, name: str) -> Read:
        enum = self._contract.enums[name]
        stored = {enum.wire.get(member, member): member for member in enum.members if member != SENTINEL}

        def read(value: Any, where: str) -> Any:
            if isinstance(value, str) and value in stored:
                return stored[value]
            if isinstance(value, (dict, list)):
                raise _node(value, "PrimitiveValue", where)
            near = difflib.get_close_matches(str(value), stored, 1, 0.5)
            hint = f", perhaps '{near[0]}'" if near else ""
            raise Problem(
                "body.enum", f"'{where}' takes one of {', '.join(stored)}{hint}; '{value}' came", v=_literal(value)
            )

        return read

    def _abstract(self, kind: StructuredType) -> Read:
        """An abstract type: the value must name its concrete type (msgraph docs-contrib PR 9854, 2026-04)."""
        concrete = kind.derived[0]

        def read(value: Any, where: str) -> Any:
            if isinstance(value, dict) and "@odata.type" not in value:
                reason = f"each item of '{where}' needs \"@odata.type\": \"#microsoft.graph.{concrete}\""
                raise Problem("body.abstract", reason, type=kind.name)
            return self._single(concrete)(value, where)

        return read

    def _value(self, kind: StructuredType) -> Read:
        fields: dict[str, _Field] = {}
        complete: list[tuple[str, Callable[[], Any]]] = []

        def read(value: Any, where: str) -> Any:
            if not fields:
                fields.update({each.name: self._field(each) for each in kind.properties})
                complete.extend((each.stored, self._completion(each)) for each in kind.properties)
            record = _members(value, fields, kind, where, is_new=True, check_type=self._check_type, keeps_all=True)
            for stored, make in complete:
                if record.get(stored) is None:
                    record[stored] = make()
            return record

        return read

    def _completion(self, line: Property) -> Callable[[], Any]:
        """Missing members of a complex value: the contract's, else the zero of a kind that cannot be null, else null."""
        if line.silent is not UNSET or line.is_nullable:
            return self._maker(line)
        enum = self._contract.enums.get(line.type.name)
        zero = [] if line.type.is_collection else enum.members[0] if enum else _ZERO.get(line.type.name)
        return (lambda: []) if zero == [] else lambda: zero

    def _check_type(self, value: Mapping[str, Any], kind: StructuredType, where: str) -> None:
        """An `@odata.type` must name the type itself; anything else could not be read."""
        named = value["@odata.type"]
        plain = named.lstrip("#").removeprefix(f"{self._contract.namespace}.") if isinstance(named, str) else named
        if plain != kind.name:
            reason = f"'@odata.type' of {where} must be '#microsoft.graph.{kind.name}'; '{named}' came"
            raise Problem("body.typename", reason, name=str(named).lstrip("#"))


class _Field:
    """One property ready to read: `keeps_new` and `keeps_old` say whether a create or an update takes the value."""

    __slots__ = ("is_nullable", "keeps_new", "keeps_old", "read", "stored", "type_name")

    def __init__(self, line: Property, read: Read) -> None:
        self.stored = line.stored
        self.read = read
        self.is_nullable = line.is_nullable
        self.keeps_new = line.is_writable
        self.keeps_old = line.is_writable and not line.is_immutable
        self.type_name = line.type.qualified("microsoft.graph")


def _members(
    body: Any,
    fields: Mapping[str, _Field],
    kind: StructuredType | None,
    where: str,
    *,
    is_new: bool,
    check_type: Callable[[Mapping[str, Any], StructuredType, str], None] | None = None,
    keeps_all: bool = False,
) -> Record:
    """Read the members of one JSON object; annotations are passed over, unknown names refused."""
    if not isinstance(body, dict):
        raise _node(body, "StartObject", where)
    record: Record = {}
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            if "@" in name:
                if name == "@odata.type" and kind is not None and check_type is not None:
                    check_type(body, kind, where)
            elif kind is None or name not in kind.tolerated:
                raise _unknown(name, fields, kind, where)
        elif value is None:
            if not field.is_nullable:
                reason = f"'{name}' of {where} cannot be null; leave it out to keep or default it"
                raise Problem("body.null", reason, prop=name, type=field.type_name)
            if field.keeps_new if is_new else field.keeps_old:
                record[field.stored] = None
        else:
            read = field.read(value, name)
            if keeps_all or (field.keeps_new if is_new else field.keeps_old):
                record[field.stored] = read
    return record


def _unknown(name: str, fields: Mapping[str, _Field], kind: StructuredType | None, where: str) -> Problem:
    type_name = kind.name if kind is not None else where
    if kind is not None and name in kind.navigation:
        reason = f"'{name}' is a set of its own: write its items with POST …/{name}, not inside the {type_name}"
        return Problem("bk.unknown", reason)
    near = difflib.get_close_matches(name, fields, 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    reason = f"'{name}' is no property of {type_name} in this version{hint}"
    return Problem("body.property.exchange", reason, prop=name, type=type_name)


def _literal(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)[:200]


def _node(value: Any, expected: str, where: str) -> Problem:
    found = "StartObject" if isinstance(value, dict) else "StartArray" if isinstance(value, list) else "PrimitiveValue"
    words = {"StartObject": "an object {…}", "StartArray": "an array […]", "PrimitiveValue": "a plain value"}
    return Problem("body.node", f"{where} takes {words[expected]}; {words[found]} came", found=found, expected=expected)


def _collection(item: Read) -> Read:
    def read(value: Any, where: str) -> Any:
        if not isinstance(value, list):
            raise _node(value, "StartArray", where)
        return [_item(each, item, where) for each in value]

    return read


def _item(value: Any, item: Read, where: str) -> Any:
    if value is None:
        raise Problem("body.null", f"an item of '{where}' is null", prop=where, type="Collection")
    return item(value, where)


def _scalar(edm: str, accepts: Callable[[Any], Any], example: str) -> Read:
    """A reader of one Edm kind: `accepts` gives the normalized value, or None for a literal that is not of the kind."""

    def read(value: Any, where: str) -> Any:
        normal = accepts(value)
        if normal is not None:
            return normal
        if isinstance(value, (dict, list)):
            raise _node(value, "PrimitiveValue", where)
        reason = f"'{where}' takes Edm.{edm}, such as {example}; {_literal(value)!r} came"
        raise Problem("body.type", reason, v=_literal(value), T=edm)

    return read


def _text(canonical: Callable[[str], str | None]) -> Callable[[Any], Any]:
    return lambda value: canonical(value) if isinstance(value, str) else None


def _int32(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
        return value
    return None


def _double(value: Any) -> float | str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, str) and value in _NOT_NUMBERS else None


def _date_time_offset(text: str) -> str | None:
    value = parse_instant(text)
    return format_instant(value) if value else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_SCALARS: dict[str, Read] = {
    "String": _scalar("String", _text(str), '"text"'),
    "Boolean": _scalar("Boolean", _boolean, "true"),
    "Int32": _scalar("Int32", _int32, "5"),
    "Double": _scalar("Double", _double, "10.5"),
    "Duration": _scalar("Duration", _text(canonical_duration), '"PT30M" or "P1DT2H"'),
    "TimeOfDay": _scalar("TimeOfDay", _text(canonical_time_of_day), '"08:00:00.0000000"'),
    "Date": _scalar("Date", _text(canonical_date), '"2026-01-31"'),
    "DateTimeOffset": _scalar("DateTimeOffset", _text(_date_time_offset), '"2026-01-31T09:00:00Z"'),
}
