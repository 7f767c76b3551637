"""Reads request bodies: each entity and action gets a reader that checks, normalizes and renames in one pass.

The texts of the refusals are those of the OData library behind Graph; the reason beside them says what to send instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bookings_emulator.contract.model import UNSET, Contract, Operation, Property, StructuredType
from bookings_emulator.contract.unknown_members import tell_unknown
from bookings_emulator.contract.value_readers import (
    EXACT,
    SCALARS,
    Read,
    make_collection_reader,
    make_enum_reader,
    tell_node,
)
from bookings_emulator.problem import Problem

Record = dict[str, Any]

_PARTIAL = frozenset({"update", "part"})  # uses in which a complex value may leave out what stays as it is
_ZERO: dict[str, Any] = {
    "String": "",
    "Boolean": False,
    "Int32": 0,
    "Double": 0.0,
    "Duration": "PT0S",
    "TimeOfDay": "00:00:00.0000000",
}


class _Always:
    """Makes the same value each time; nobody changes one in place."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        return self.value


class _Completion(NamedTuple):
    """What a complex value has where it was left open: the same for all, or made anew for each."""

    order: tuple[str, ...]
    constants: Record
    makers: list[tuple[str, Callable[[], Any]]]

    @classmethod
    def of(cls, makers: dict[str, Callable[[], Any]]) -> _Completion:
        constants = {stored: make.value if isinstance(make, _Always) else None for stored, make in makers.items()}
        anew = [(stored, make) for stored, make in makers.items() if not isinstance(make, _Always)]
        return cls(tuple(makers), constants, anew)


class BodyReaders:
    """The compiled readers of one contract. All methods raise Problem and never change what they are given."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._singles: dict[str, Read] = {}
        self._objects: dict[tuple[str, str], _Object] = {}
        self._completions: dict[str, _Completion] = {}
        self._service_set: dict[str, dict[str, tuple[str, Read]]] = {}
        self._silent: dict[str, tuple[Record, list[tuple[str, Callable[[], Any]]]]] = {}

    def create(self, type_name: str, body: Any) -> Record:
        """A body of POST → a record of stored names, holding what the body says; `silent` has the rest."""
        kind = self._contract.types[type_name]
        record = self._entity(kind, "create", body)
        for name in kind.required:
            if kind.by_name[name].stored not in record:
                reason = f"'{name}' is required to create a {type_name}"
                raise Problem("body.required", reason, prop=name, argument=kind.argument)
        return record

    def silent(self, type_name: str) -> Record:
        """What a create writes where its body is silent: documented defaults and the contract's fills, else null."""
        known = self._silent.get(type_name)
        if known is None:
            lines = [each for each in self._contract.types[type_name].properties if not each.is_key]
            constants = {each.stored: None if each.silent is UNSET else each.silent for each in lines}
            makers = [(each.stored, self._maker(each)) for each in lines if each.silent in ([], {})]
            known = self._silent[type_name] = constants, makers
        constants, makers = known
        record = dict(constants)
        for stored, make in makers:
            record[stored] = make()
        return record

    def update(self, type_name: str, body: Any, before: Mapping[str, Any] | None = None) -> Record:
        """A body of PATCH → the stored members it changes; read-only and immutable ones are checked and left out.

        A complex value keeps those members of `before`, the record as it is, that the body leaves out.
        """
        kind = self._contract.types[type_name]
        return self._merge(kind, self._entity(kind, "update", body), before or {})

    def _entity(self, kind: StructuredType, mode: str, body: Any) -> Record:
        """A body that is an entity; what cannot be bound names the argument that the service takes it for."""
        try:
            return self._object(kind.name, mode).read(body, kind.name)
        except Problem as problem:
            problem.facts["argument"] = kind.argument
            raise

    def parameters(self, operation: Operation, body: Any) -> Record:
        """A body of an action → its parameters."""
        key = (operation.name, "action")
        if key not in self._objects:
            fields = {each.name: _Field(each.name, self._reader(each), each) for each in operation.parameters}
            self._objects[key] = _Object(self._contract, operation, fields)
        try:
            values = self._objects[key].read(body, operation.name)
        except Problem as problem:
            problem.facts["argument"] = "parameters"
            raise
        for each in operation.parameters:
            if not each.is_nullable and each.name not in values:
                reason = f"the action {operation.name} needs the parameter '{each.name}'"
                raise Problem("body.required", reason, prop=each.name, argument="parameters")
        return values

    def service_set(self, type_name: str, body: Any) -> Record:
        """The members of a fixture's entity that no caller could set, as the fixture gives them."""
        kept = self._service_set.get(type_name)
        if kept is None:
            lines = [each for each in self._contract.types[type_name].properties if not each.is_writable]
            kept = self._service_set[type_name] = {each.name: (each.stored, self._reader(each)) for each in lines}
        found = [name for name in kept if body.get(name) is not None]
        return {kept[name][0]: kept[name][1](body[name], name) for name in found}

    def _object(self, type_name: str, mode: str) -> _Object:
        """The reader of a type for one use: `create` or `update` of an entity, `value` or `part` of a complex type."""
        found = self._objects.get((type_name, mode))
        if found is None:
            kind = self._contract.types[type_name]
            fields = {
                each.name: _Field(each.stored if _is_kept(each, mode) else None, self._reader(each, mode), each)
                for each in (*kind.properties, *kind.undeclared)
            }
            fields |= {alias: fields[name] for alias, name in kind.aliases.items()}
            found = self._objects[type_name, mode] = _Object(self._contract, kind, fields)
        return found

    def _maker(self, line: Property) -> Callable[[], Any]:
        """What makes the value of a create (or of a complex value) that does not name this property."""
        value = line.silent
        if value is UNSET:
            return _Always(None)
        if value == []:
            return list
        if value == {}:
            read = self._reader(line)
            return lambda: read({}, line.name)
        return _Always(value)

    def _merge(self, kind: StructuredType, change: Record, before: Mapping[str, Any]) -> Record:
        """A change whose complex values are whole: what they leave out is as before, else as a create has it."""
        merged = dict(change)
        for each in kind.properties:
            value, inner = change.get(each.stored), self._contract.types.get(each.type.name)
            if inner is not None and isinstance(value, dict):
                known = before.get(each.stored) or {}
                value = self._merge(inner, value, known)
                # what comes from the business is left to the rule, which knows what was set before and what was not
                is_left = each.default_from == "business"
                merged[each.stored] = value if is_left else self._complete(inner, {**known, **value})
        return merged

    def _reader(self, line: Property, mode: str = "value") -> Read:
        name = line.type.name
        if mode in _PARTIAL and name in self._contract.types and not line.type.is_collection:
            # what is left out is as before: see _merge
            return lambda value, where: self._object(name, "part").read(value, where)
        if line.default_from == "business" and name in self._contract.types and not line.type.is_collection:
            # what is left out is not the contract's to complete: the rule takes it from the business
            return lambda value, where: self._object(name, "value").read(value, where)
        item = self._single(name)
        return make_collection_reader(item) if line.type.is_collection else item

    def _single(self, name: str) -> Read:
        if name in SCALARS:
            return SCALARS[name]
        if name not in self._singles:
            enum, kind = self._contract.enums.get(name), self._contract.types.get(name)
            if enum is not None:
                self._singles[name] = make_enum_reader(enum)
            elif kind is not None:
                self._singles[name] = self._abstract(kind) if kind.is_abstract else self._value(kind)
        return self._singles[name]

    def _abstract(self, kind: StructuredType) -> Read:
        """An abstract type: the value must name its concrete type (msgraph docs-contrib PR 9854, 2026-04)."""
        concrete = kind.derived[0]

        def read(value: Any, where: str) -> Any:
            if isinstance(value, dict) and "@odata.type" not in value and not self._contract.assumes_types:
                reason = f'each item of \'{where}\' needs "@odata.type": "#microsoft.graph.{concrete}"'
                raise Problem("body.abstract", reason, type=kind.name).by("customers-need-type")
            return self._single(concrete)(value, where)

        return read

    def _value(self, kind: StructuredType) -> Read:
        """A complex value: read, then completed and put in order, since the service answers all its members."""

        def read(given: Any, where: str) -> Any:
            return self._complete(kind, self._object(kind.name, "value").read(given, where))

        return read

    def _complete(self, kind: StructuredType, record: Record) -> Record:
        """A complex value with all members of its type, in their order, and then those that the other version has."""
        completion = self._completions.get(kind.name)
        if completion is None:
            lines = {each.stored: self._completion(each, kind) for each in kind.properties}
            completion = self._completions[kind.name] = _Completion.of(lines)
        constants = completion.constants
        if len(record) == len(constants) and tuple(record) == completion.order and None not in record.values():
            return record
        out = dict(constants)
        for stored, value in record.items():
            if value is not None or stored not in constants:
                out[stored] = value
        for stored, make in completion.makers:
            if out[stored] is None:
                out[stored] = make()
        return out

    def _completion(self, line: Property, kind: StructuredType) -> Callable[[], Any]:
        """Missing members of a complex value: the contract's, else the zero of a kind that cannot be null."""
        if line.is_needed:
            return lambda: _refuse_without(line, kind)
        if line.silent is not UNSET or line.is_nullable:
            return self._maker(line)
        if line.type.is_collection:
            return list
        enum = self._contract.enums.get(line.type.name)
        return _Always(enum.members[0] if enum else _ZERO.get(line.type.name))


def _refuse_without(line: Property, kind: StructuredType) -> Any:
    """The refusal of a complex value that lacks what it is about: it would be a time slot of the whole day, say."""
    raise Problem("bk.unknown", f"'{line.name}' of a {kind.name} is missing")


def _is_kept(line: Property, mode: str) -> bool:
    """Whether a value that was sent is taken over, or only checked."""
    return mode in ("value", "part") or (line.is_writable and not (mode == "update" and line.is_immutable))


class _Field:
    """One property ready to read; `stored` is None where the value is checked and left out.

    Values of the type `exact` need no reading.
    """

    __slots__ = ("exact", "line", "read", "stored")

    def __init__(self, stored: str | None, read: Read, line: Property) -> None:
        self.stored = stored
        self.read = read
        self.exact = EXACT.get(read)
        self.line = line


class _Object:
    """A JSON object ready to read: annotations are passed over, unknown members refused."""

    __slots__ = ("_contract", "_fields", "_owner")

    def __init__(self, contract: Contract, owner: StructuredType | Operation, fields: dict[str, _Field]) -> None:
        self._contract = contract
        self._owner = owner
        self._fields = fields

    def read(self, body: Any, where: str) -> Record:
        if not isinstance(body, dict):
            raise tell_node(body, "StartObject", where)
        record: Record = {}
        for name, value in body.items():
            field = self._fields.get(name)
            if field is None:
                self._check_unknown(name, value, where)
                continue
            if value is None and not field.line.is_nullable:
                reason = f"'{name}' of {where} cannot be null; leave it out to keep its value or use the default"
                edm = field.line.type.qualified("microsoft.graph")
                raise Problem("body.null", reason, prop=name, type=edm)
            is_read = value is None or type(value) is field.exact
            normal = value if is_read else field.read(value, name)
            if field.stored is not None:
                record[field.stored] = normal
        return record

    def _check_unknown(self, name: str, value: Any, where: str) -> None:
        """Let annotations pass; a type that is named must be the right one, in any case (a live library writes so)."""
        owner = self._owner
        if "@" in name:
            if name == "@odata.type" and isinstance(owner, StructuredType):
                plain = str(value).lower().lstrip("#").removeprefix("microsoft.graph.")
                if plain != owner.name.lower():
                    reason = f"'@odata.type' of {where} must be '#microsoft.graph.{owner.name}'; got '{value}'"
                    raise Problem("body.typename", reason, name=str(value).lstrip("#"))
        elif isinstance(owner, Operation):
            raise Problem("body.parameter", tell_unknown(self._contract, owner, name), prop=name, action=owner.action)
        elif name in owner.navigation:
            reason = (
                f"'{name}' is a collection of its own: create its items with POST "
                f"to .../{name}, not inside the {owner.name}"
            )
            raise Problem("bk.unknown", reason)
        else:
            reason = tell_unknown(self._contract, owner, name)
            raise Problem("body.property.exchange", reason, prop=name, type=owner.name)
