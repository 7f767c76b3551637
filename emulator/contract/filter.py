"""Compiles `$filter` and the paths of `$orderby`: text → tree of odata-query → plain callables over stored records.

Names are taken out of the text before odata-query reads it and looked up when its tree is compiled, because its grammar
trips over names that begin with one of its words (`allowStaffSelection`), over casts and over long paths.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from emulator.contract import filter_functions as kinds
from emulator.contract.filter_functions import NOT_NUMBERS, NULL, NUMBERS, READS, Environment, computed
from emulator.contract.model import Contract, Navigation, Property, StructuredType, TypeRef
from emulator.problem import Problem

Record = Mapping[str, Any]

MAX_LENGTH = 8_000
MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Place:
    """What the options of a request are read against: the type of the rows, and the clock's `now()` if there is one."""

    contract: Contract
    kind: StructuredType
    now: datetime | None = None


def compile_filter(text: str, place: Place) -> Callable[[Record], bool]:
    """A `$filter` → a predicate over stored records. Raises Problem odata.filter.*."""
    if len(text) > MAX_LENGTH:
        raise _syntax(text, MAX_LENGTH, f"a filter may have {MAX_LENGTH} characters, this one has {len(text)}")
    try:
        tree, names = _tree(text)
        found = _value(tree, _Scope(place, text, names))
    except RecursionError:
        raise _syntax(text, 0, "the filter is nested too deeply") from None
    if found.kind != kinds.BOOLEAN:
        reason = f"a filter must be true or false for each row; this one gives {found.kind}"
        raise kinds.wrong_type(reason, "The $filter expression must evaluate to a single boolean value.")
    of = found.of
    return lambda record: of((record,)) is True


def compile_order(text: str, place: Place) -> Callable[[Record], Any]:
    """One path of an `$orderby` → a sort key: nulls first, then NaN, then values. Raises Problem odata.orderby.*."""
    steps, type_ = follow(place.contract, TypeRef(place.kind.name, False), text.split("/"), "orderby")
    enum = place.contract.enums.get(type_.name)
    read = kinds.ranks(enum) if enum else READS.get(type_.qualified(place.contract.namespace))
    if type_.is_collection or read is None:
        reason = f"rows are ordered by plain values; '{text}' is {type_.qualified(place.contract.namespace)}"
        raise Problem("odata.orderby.syntax", reason, n=0, text=text)

    def key(record: Record) -> tuple[Any, ...]:
        value = read(_dig(record, steps))
        if value is None:
            return (0,)
        return (1,) if isinstance(value, float) and math.isnan(value) else (2, value)

    return key


# names


def follow(contract: Contract, start: TypeRef, segments: list[str], clause: str) -> tuple[tuple[str, ...], TypeRef]:
    """A path of wire names and casts → the stored names to go through, and the type at its end."""
    steps: list[str] = []
    current = start
    for segment in segments:
        kind = contract.types.get(current.name)
        if kind is not None and "." in segment:
            current = TypeRef(cast(contract, kind, segment, clause).name, current.is_collection)
            continue
        if kind is None or current.is_collection:
            raise _not_single(segment, current.qualified(contract.namespace), clause, "/".join(segments))
        line = member(contract, kind, segment, clause)
        if isinstance(line, Navigation) or (line.is_unfiltered and clause == "filter"):
            raise _unsupported(line, clause, "/".join(segments))
        steps.append(line.stored)
        current = line.type
    return tuple(steps), current


def member(contract: Contract, kind: StructuredType, name: str, clause: str) -> Property | Navigation:
    """A member by its wire name, in exact case or else in any. Raises Problem odata.<clause>.unknown."""
    known: dict[str, Property | Navigation] = {**kind.navigation, **kind.by_name}
    found = known.get(name) or {each.lower(): line for each, line in known.items()}.get(name.lower())
    if found is not None:
        return found
    homes = [each for each in kind.derived if name in contract.types[each].by_name]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    if homes:
        hint = f"; {homes[0]} has it: write {contract.namespace}.{homes[0]}/{name}"
    reason = f"'{name}' is no property of {kind.name} in {contract.version}{hint}"
    raise Problem(f"odata.{clause}.unknown", reason, prop=name, type=kind.name)


def cast(contract: Contract, kind: StructuredType, name: str, clause: str) -> StructuredType:
    """The type of a cast segment, which must be the type itself or above or below it."""
    target = contract.types.get(name.removeprefix(f"{contract.namespace}."))
    if target is not None and name.startswith(f"{contract.namespace}.") and _related(contract, kind, target):
        return target
    below = ", ".join(f"{contract.namespace}.{each}" for each in (kind.name, *kind.derived))
    reason = f"'{name}' is no type that {kind.name} can be cast to; known are {below}"
    raise Problem(f"odata.{clause}.unknown", reason, prop=name, type=kind.name)


def _related(contract: Contract, one: StructuredType, other: StructuredType) -> bool:
    return other.name in _line(contract, one) or one.name in _line(contract, other)


def _line(contract: Contract, kind: StructuredType) -> list[str]:
    names = [kind.name]
    while (base := contract.types[names[-1]].base) is not None:
        names.append(base)
    return names


def _dig(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


# refusals


def _syntax(text: str, position: int, reason: str) -> Problem:
    return Problem("odata.filter.syntax", reason, n=position, filter=text)


def _not_single(segment: str, found: str, clause: str, path: str) -> Problem:
    reason = f"'{segment}' of '{path}' cannot be read from {found}; collections take any() or all()"
    if clause == "orderby":
        return Problem("odata.orderby.syntax", reason, n=path.find(segment), text=path)
    text = f"The parent value for a property access of a property '{segment}' is not a single value. "
    return kinds.wrong_type(reason, f"{text}Property access can only be applied to a single value.")


def _unsupported(line: Property | Navigation, clause: str, path: str) -> Problem:
    if clause == "orderby":
        return Problem(
            "odata.orderby.syntax", f"'{line.name}' is a set of its own; order by a property", n=0, text=path
        )
    other = "list the set itself" if isinstance(line, Navigation) else "ask calendarView for a range of time"
    return Problem("odata.filter.unsupported", f"'{line.name}' cannot be filtered on; {other}")


# from text to tree

_TOKEN = re.compile(
    r"""(?P<enum>[a-z_]\w*(?:\.\w+)+'(?:[^']|'')*')
    | (?P<literal>(?:duration)?'(?:[^']|'')*' | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} | [+-]?\d[\w.:+-]*)
    | (?P<word>[^\W\d]\w*(?:\.\w+)*(?:/[^\W\d]\w*(?:\.\w+)*)*)
    | (?P<mark>[(),:-])
    | (?P<blank>\s+)""",
    re.VERBOSE | re.IGNORECASE,
)
_CLOCK = re.compile(r"\d\d:\d\d")
_INFIX = frozenset(["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "in", "add", "sub", "mul", "div", "mod"])
_PLAIN = frozenset(["null", "true", "false"])


@lru_cache(maxsize=512)
def _tree(text: str) -> tuple[Any, tuple[str, ...]]:
    """The tree of odata-query, in which a path is the identifier `_<n>`, and the paths by that number."""
    from odata_query import exceptions
    from odata_query.grammar import ODataLexer, ODataParser

    parts, names = _rewritten(text)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize("".join(part for part, _ in parts)))
    except (exceptions.TokenizingException, exceptions.ParsingException) as error:
        position = _origin(parts, error.token.index) if error.token else len(text)
        raise _syntax(text, position, f"the filter cannot be read from {text[position:][:30]!r} on") from None
    except exceptions.UnknownFunctionException as error:
        raise kinds.unknown_function(error.function_name) from None
    except exceptions.ArgumentCountException as error:
        raise kinds.signature(error.function_name) from None
    return tree, tuple(names)


def _rewritten(text: str) -> tuple[list[tuple[str, int]], list[str]]:
    """The text for odata-query as parts with their places in the original, and the paths taken out of it."""
    parts: list[tuple[str, int]] = []
    names: list[str] = []
    lists: list[bool] = []  # for each open parenthesis: is it a list that has one item so far
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            raise _syntax(text, position, f"{text[position:][:30]!r} is no part of a filter, or a quote is not closed")
        part = token[0]
        match token.lastgroup:
            case "enum":
                part = part[part.index("'") :]
            case "literal" if _CLOCK.fullmatch(part):
                part += ":00"
            case "word":
                part = _word(part, text[token.end() : token.end() + 1] == "(", names)
            case "mark":
                part = _mark(part, parts, lists)
            case "blank":
                part = " " if parts else ""
        parts.append((part, position))
        position = token.end()
    return parts, names


def _word(word: str, is_called: bool, names: list[str]) -> str:
    lower = word.lower()
    if lower in _INFIX:
        return f" {lower} "
    if lower == "not" or lower in _PLAIN:
        return "not " if lower == "not" else lower
    owner, _, called = word.rpartition("/")
    if is_called and not owner:
        return lower
    if is_called and called.lower() not in ("any", "all"):
        raise kinds.unknown_function(called)
    names.append(owner if is_called else word)
    return f"_{len(names) - 1}/{called.lower()}" if is_called else f"_{len(names) - 1}"


def _mark(mark: str, parts: list[tuple[str, int]], lists: list[bool]) -> str:
    """Keep count of list items: odata-query wants a comma behind a single one."""
    match mark:
        case "(":
            lists.append(next((part for part, _ in reversed(parts) if part != " "), "") == " in ")
        case "," if lists:
            lists[-1] = False
        case ")" if lists and lists.pop():
            return ",)"
    return mark


def _origin(parts: list[tuple[str, int]], index: int) -> int:
    for part, origin in parts:
        if index < len(part):
            return origin
        index -= len(part)
    return parts[-1][1] if parts else 0


# from tree to callables


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a part of a filter is compiled in: lambda variables have a place in the environment and a type."""

    place: Place
    text: str
    names: tuple[str, ...]
    variables: dict[str, tuple[int, TypeRef]] = field(default_factory=dict)
    depth: int = 0

    def name(self, identifier: Any) -> str:
        """The path an identifier of the tree stands for; operators out of place become identifiers too."""
        number = identifier.name.removeprefix("_")
        if number.isdecimal():
            return self.names[int(number)]
        position = max(self.text.lower().find(identifier.name), 0)
        raise _syntax(self.text, position, f"'{identifier.name}' is out of place here")


def _value(node: Any, scope: _Scope) -> kinds.Value:
    if scope.depth > MAX_DEPTH:
        raise _syntax(scope.text, 0, f"the filter is nested deeper than {MAX_DEPTH} levels")
    name = type(node).__name__
    inner = replace(scope, depth=scope.depth + 1)
    if name in kinds.LITERALS:
        return _literal(name, node.val, scope)
    if name not in _NODES:
        raise Problem("odata.filter.unsupported", f"a {name.lower()} cannot stand at this place of a filter")
    return _NODES[name](node, inner)


def _literal(name: str, text: str, scope: _Scope) -> kinds.Value:
    kind, read = kinds.LITERALS[name]
    value = read(text)
    if value is None:
        hint = ", which needs Z or an offset" if kind == kinds.INSTANT else ""
        raise _syntax(scope.text, max(scope.text.find(text), 0), f"'{text[:60]}' is no {kind}{hint}")
    if kind == kinds.INT32 and not -(2**31) <= value < 2**31:
        kind = kinds.INT64
    return kinds.Value(kind, lambda _: value, word=text if kind == kinds.STRING else None)


def _null(_node: Any, _scope: _Scope) -> kinds.Value:
    return kinds.Value(NULL, lambda _: None)


def _path(node: Any, scope: _Scope) -> kinds.Value:
    name = scope.name(node)
    if name in NOT_NUMBERS:
        return kinds.Value(kinds.DOUBLE, lambda _: NOT_NUMBERS[name])
    segments = name.split("/")
    index, start = scope.variables.get(segments[0], (0, TypeRef(scope.place.kind.name, False)))
    rest = segments[1:] if segments[0] in scope.variables else segments
    steps, type_ = follow(scope.place.contract, start, rest, "filter")
    kind = type_.qualified(scope.place.contract.namespace)
    enum = scope.place.contract.enums.get(kind.removeprefix(f"{scope.place.contract.namespace}."))
    read = kinds.ranks(enum) if enum else READS.get(kind, lambda value: value)
    item = TypeRef(type_.name, False) if type_.is_collection else None
    if len(steps) == 1 and index == 0:
        step = steps[0]
        return kinds.Value(kind, lambda environment: read(environment[0].get(step)), enum=enum, item=item)
    return kinds.Value(kind, lambda environment: read(_dig(environment[index], steps)), enum=enum, item=item)


def _compare(node: Any, scope: _Scope) -> kinds.Value:
    if type(node.comparator).__name__ == "In":
        return _in(node, scope)
    name, compares = kinds.COMPARISONS[type(node.comparator).__name__]
    one, other = kinds.agree(_value(node.left, scope), _value(node.right, scope), name)
    left, right = one.of, other.of
    if name in ("Equal", "NotEqual"):
        return kinds.Value(kinds.BOOLEAN, lambda environment: compares(left(environment), right(environment)))
    return kinds.Value(
        kinds.BOOLEAN, lambda environment: computed(compares, left(environment), right(environment)) or False
    )


def _in(node: Any, scope: _Scope) -> kinds.Value:
    owner = _value(node.left, scope)
    pairs = [kinds.agree(owner, _value(each, scope), "Equal") for each in node.right.val]
    return kinds.Value(
        kinds.BOOLEAN, lambda environment: any(one.of(environment) == other.of(environment) for one, other in pairs)
    )


def _logic(node: Any, scope: _Scope) -> kinds.Value:
    """A chain of and, or of or, of any length, in three-valued logic: null where only the nulls could decide."""
    name = type(node.op).__name__
    decides = name == "Or"
    parts, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        if type(each).__name__ == "BoolOp" and type(each.op).__name__ == name:
            waiting += (each.right, each.left)
        else:
            parts.append(_value(each, scope))
    for before, part in zip([parts[1], *parts], parts, strict=False):
        if part.kind not in (kinds.BOOLEAN, NULL):
            found = (part.kind, before.kind) if part is parts[0] else (before.kind, part.kind)
            raise kinds.operands(name, *found)
    calls = tuple(part.of for part in parts)

    def of(environment: Environment) -> bool | None:
        result: bool | None = not decides
        for call in calls:
            value: bool | None = call(environment)
            if value is decides:
                return decides
            if value is None:
                result = None
        return result

    return kinds.Value(kinds.BOOLEAN, of)


def _unary(node: Any, scope: _Scope) -> kinds.Value:
    name = "Not" if type(node.op).__name__ == "Not" else "Negate"
    value = _value(node.operand, scope)
    fits = {kinds.BOOLEAN, NULL} if name == "Not" else {*NUMBERS, kinds.DURATION, NULL}
    if value.kind not in fits:
        text = "A unary operator with an incompatible type was detected. "
        reason = f"{value.kind} has no {name}; parentheses may be missing: not (…)"
        raise kinds.wrong_type(reason, f"{text}Found operand type '{value.kind}' for operator kind '{name}'.")
    of = value.of
    apply = operator.not_ if name == "Not" else operator.neg
    kind = kinds.BOOLEAN if name == "Not" else value.kind
    return kinds.Value(kind, lambda environment: computed(apply, of(environment)))


def _arithmetic(node: Any, scope: _Scope) -> kinds.Value:
    rule = kinds.ARITHMETIC[type(node.op).__name__]
    one, other = _value(node.left, scope), _value(node.right, scope)
    kind = rule.gives(one.kind, other.kind)
    if kind is None:
        raise kinds.operands(rule.name, one.kind, other.kind)
    left, right = one.of, other.of
    return kinds.Value(kind, lambda environment: computed(rule.apply, left(environment), right(environment)))


def _call(node: Any, scope: _Scope) -> kinds.Value:
    name = node.func.full_name()
    now = scope.place.now
    if name == "now" and now is not None:
        return kinds.Value(kinds.INSTANT, lambda _: now)
    if name not in kinds.FUNCTIONS:
        raise kinds.unknown_function(name)
    values = [_value(each, scope) for each in node.args]
    found = next((each for each in kinds.FUNCTIONS[name] if each.accepts([value.kind for value in values])), None)
    if found is None:
        raise kinds.signature(name)
    apply, calls = found.apply, tuple(value.of for value in values)
    return kinds.Value(found.gives, lambda environment: computed(apply, *(call(environment) for call in calls)))


def _lambda(node: Any, scope: _Scope) -> kinds.Value:
    """`any` and `all`; a lambda's variable is one more item of the environment."""
    owner = _value(node.owner, scope)
    if owner.item is None:
        raise kinds.wrong_type(
            f"any and all follow a collection; {owner.kind} came", "Any/All may only be used following a collection."
        )
    rows = owner.of
    if node.lambda_ is None:
        return kinds.Value(kinds.BOOLEAN, lambda environment: bool(rows(environment)))
    variable = scope.name(node.lambda_.identifier)
    place = len(scope.variables) + 1
    inner = replace(scope, variables={**scope.variables, variable: (place, owner.item)})
    body = _value(node.lambda_.expression, inner)
    if body.kind != kinds.BOOLEAN:
        raise kinds.wrong_type(
            f"what any and all ask must be true or false; {body.kind} came",
            "The Any/All body must be a single boolean value.",
        )
    of, over = body.of, any if type(node.operator).__name__ == "Any" else all
    return kinds.Value(
        kinds.BOOLEAN,
        lambda environment: over(of((*environment, row)) is True for row in rows(environment) or ()),
    )


_NODES: dict[str, Callable[[Any, _Scope], kinds.Value]] = {
    "Null": _null,
    "Identifier": _path,
    "Compare": _compare,
    "BoolOp": _logic,
    "UnaryOp": _unary,
    "BinOp": _arithmetic,
    "Call": _call,
    "CollectionLambda": _lambda,
}
