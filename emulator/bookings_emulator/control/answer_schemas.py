"""The types of `client.answers` as JSON Schema, so that the OpenAPI document says what the handlers are held to."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from bookings_emulator.client import answers, literals

Schema = dict[str, Any]
Bound = Mapping[Any, Any]
NOTHING: Bound = {}
COMPONENTS = "#/components/schemas/"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_LISTS = {value: name for name, value in vars(literals).items() if get_origin(value) is Literal}
# the closed lists of the contract by their names, and the other way round
CLOSED_LISTS: dict[str, Schema] = {
    name: {"type": "string", "enum": list(get_args(value))} for value, name in _LISTS.items()
}
LIST_NAMES = {tuple(schema["enum"]): name for name, schema in CLOSED_LISTS.items()}


class AnswerSchemas:
    """The schemas of types by name; what a type refers to is added to `named` as it is met."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def read_annotation(self, annotation: str) -> Schema:
        """The schema of what a handler is annotated to answer, such as `answers.Listed[answers.FaultRow]`."""
        return self.describe(eval(annotation, {"answers": answers, "Any": Any}))  # it is written in this package

    def describe(self, kind: Any, bound: Bound = NOTHING) -> Schema:
        """The schema of a type; `bound` says what type variables stand for. Raises TypeError for an unknown one."""
        origin, inner = get_origin(kind), get_args(kind)
        if origin is None:
            return self._describe_name(kind, bound)
        if origin in (Union, UnionType):
            return _join([self.describe(each, bound) for each in inner])
        if is_typeddict(origin):  # a generic one is written out where it stands
            return self._members(origin, dict(zip(origin.__parameters__, inner, strict=True)))
        if origin is Literal:
            return self._list_words(kind)
        within = self.describe(inner[1] if origin is dict else inner[0], bound)
        shapes: dict[Any, Schema] = {
            Annotated: _describe_more(within, inner[-1]),
            NotRequired: within,
            list: {"type": "array", "items": within},
            dict: {"type": "object", "additionalProperties": within},
        }
        return shapes[origin]

    def _describe_name(self, kind: Any, bound: Bound) -> Schema:
        if isinstance(kind, TypeVar):
            return self.describe(bound[kind])
        if is_typeddict(kind):
            return self._refer(kind)
        if kind is Any:
            return {}
        if kind not in _PLAIN:
            raise TypeError(f"{kind!r} is no type of which a schema can be made")
        return {"type": _PLAIN[kind]}

    def _refer(self, kind: Any) -> Schema:
        name = kind.__name__.removesuffix("Row")
        if name not in self.named:
            self.named[name] = {}  # so that one which refers to itself ends
            self.named[name] = self._members(kind, NOTHING)
        return {"$ref": COMPONENTS + name}

    def _members(self, kind: Any, bound: Bound) -> Schema:
        hints = get_type_hints(kind, localns=vars(literals), include_extras=True)
        about = " ".join((kind.__doc__ or "").split())
        required = [name for name, each in hints.items() if get_origin(each) is not NotRequired]
        return {
            "type": "object",
            **({"description": about} if about and not about.startswith("dict(") else {}),
            "properties": {name: self.describe(each, bound) for name, each in hints.items()},
            "required": required,
            "additionalProperties": False,
        }

    def _list_words(self, kind: Any) -> Schema:
        """A closed list, by its name if it has one."""
        name = _LISTS.get(kind)
        return {"$ref": COMPONENTS + name} if name else {"type": "string", "enum": list(get_args(kind))}


def _describe_more(schema: Schema, said: Any) -> Schema:
    """A schema with what `Annotated` says behind its type."""
    return {"$ref": COMPONENTS + said.name} if isinstance(said, answers.Named) else {**schema, "description": said}


def _join(schemas: list[Schema]) -> Schema:
    """Any of some schemas."""
    if all(each.keys() == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    return {"anyOf": schemas}
