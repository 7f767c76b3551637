"""Whether JSON fits a schema, said many times as fast as jsonschema says why not.

It knows the words that the schemas made here consist of, and refuses to be made of any other. Where it says no,
jsonschema words the reason (`store.seed.check`); `tests/test_verdict.py` holds that both always agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bookings_emulator.caches import keep_answers

Schema = Mapping[str, Any]
Fits = Callable[[Any], bool]

_PASSED_OVER = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples", "format"})
_PASSED_OVER |= {"readOnly", "writeOnly", "deprecated"}
# words that are read together with another one
_BESIDE = frozenset({"then", "else", "patternProperties", "additionalProperties"})


class UnknownWordError(Exception):
    """A schema has a word that is not known here, so that nothing can be said of it."""


def compile_schema(schema: Schema) -> Fits:
    """What says of a JSON value whether it fits. Raises UnknownWordError."""
    return _Compiler(schema).compile(schema)


class _Compiler:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._named: dict[str, Fits] = {}

    def compile(self, schema: Any) -> Fits:
        if isinstance(schema, bool):
            return lambda value: schema
        checks = [self._word(word, schema) for word in schema if word not in _PASSED_OVER | _BESIDE]
        if schema.keys() & {"patternProperties", "additionalProperties"} and "properties" not in schema:
            checks.append(self._members(schema))
        if len(checks) == 1:
            return checks[0]
        if len(checks) == 2:
            first, second = checks
            return lambda value: first(value) and second(value)
        return lambda value: all(check(value) for check in checks)

    def _word(self, word: str, schema: Schema) -> Fits:
        make = _WORDS.get(word)
        if make is None:
            raise UnknownWordError(f"the word '{word}' of a schema is not known here; known are {', '.join(_WORDS)}")
        return make(self, schema)

    def _type(self, schema: Schema) -> Fits:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if _CLASSES.keys() >= set(names):
            classes = tuple(_CLASSES[each] for each in names)
            return lambda value: isinstance(value, classes)
        kinds = [_TYPES[each] for each in names]
        if len(kinds) == 1:
            return kinds[0]
        return lambda value: any(is_kind(value) for is_kind in kinds)

    def _members(self, schema: Schema) -> Fits:
        known = {name: self.compile(each) for name, each in schema.get("properties", {}).items()}
        patterned = [(re.compile(each), self.compile(it)) for each, it in schema.get("patternProperties", {}).items()]
        others = self.compile(schema.get("additionalProperties", True))

        @keep_answers(1024)
        def find(name: str) -> list[Fits]:
            """What holds for the members of a name."""
            found = [known[name]] if name in known else []
            found += [it for pattern, it in patterned if pattern.search(name)]
            return found or [others]

        def fits(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            for name, each in value.items():
                for it in find(name):
                    if not it(each):
                        return False
            return True

        return fits

    def _items(self, schema: Schema) -> Fits:
        item = self.compile(schema["items"])
        return lambda value: not isinstance(value, list) or all(map(item, value))

    def _required(self, schema: Schema) -> Fits:
        names = frozenset(schema["required"])
        return lambda value: not isinstance(value, dict) or value.keys() >= names

    def _pattern(self, schema: Schema) -> Fits:
        search = re.compile(schema["pattern"]).search
        return lambda value: not isinstance(value, str) or search(value) is not None

    def _reference(self, schema: Schema) -> Fits:
        name = schema["$ref"]
        found: Any = self._root
        for step in name.removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]

        def fits(value: Any) -> bool:
            named = self._named.get(name)
            if named is None:
                named = self._named[name] = self.compile(found)
            return named(value)

        return fits

    def _any(self, schema: Schema) -> Fits:
        choices = [self.compile(each) for each in schema["anyOf"]]
        return lambda value: any(choice(value) for choice in choices)

    def _all(self, schema: Schema) -> Fits:
        parts = [self.compile(each) for each in schema["allOf"]]
        return lambda value: all(part(value) for part in parts)

    def _if(self, schema: Schema) -> Fits:
        condition, then, otherwise = (self.compile(schema.get(each, True)) for each in ("if", "then", "else"))
        return lambda value: then(value) if condition(value) else otherwise(value)

    def _not(self, schema: Schema) -> Fits:
        refused = self.compile(schema["not"])
        return lambda value: not refused(value)


def _enum(compiler: _Compiler, schema: Schema) -> Fits:
    values = schema["enum"]
    texts = frozenset(each for each in values if isinstance(each, str))
    others = [each for each in values if not isinstance(each, str)]
    return lambda value: value in texts if isinstance(value, str) else any(_is_same(value, each) for each in others)


def _const(compiler: _Compiler, schema: Schema) -> Fits:
    wanted = schema["const"]
    return lambda value: _is_same(value, wanted)


def _minimum(compiler: _Compiler, schema: Schema) -> Fits:
    least = schema["minimum"]
    return lambda value: not _is_number(value) or value >= least


def _maximum(compiler: _Compiler, schema: Schema) -> Fits:
    most = schema["maximum"]
    return lambda value: not _is_number(value) or value <= most


def _min_length(compiler: _Compiler, schema: Schema) -> Fits:
    least = schema["minLength"]
    return lambda value: not isinstance(value, str) or len(value) >= least


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_same(value: Any, other: Any) -> bool:
    """Whether two plain values are the same JSON; true is not 1."""
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


# the types that a class of Python tells
_CLASSES: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def _is_of(kind: type) -> Fits:
    return lambda value: isinstance(value, kind)


_TYPES: dict[str, Fits] = {
    **{name: _is_of(kind) for name, kind in _CLASSES.items()},
    "number": _is_number,
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
}
_WORDS: dict[str, Callable[[_Compiler, Schema], Fits]] = {
    "type": _Compiler._type,
    "properties": _Compiler._members,
    "items": _Compiler._items,
    "required": _Compiler._required,
    "pattern": _Compiler._pattern,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _min_length,
    "$ref": _Compiler._reference,
    "anyOf": _Compiler._any,
    "allOf": _Compiler._all,
    "if": _Compiler._if,
    "not": _Compiler._not,
}
