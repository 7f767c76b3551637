"""Compiles `$filter` and the paths of `$orderby`: text → tree of odata-query → plain callables over stored records.

The text is read in `filter_text`, names are looked up in `names`, values computed with `filter_functions`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bookings_emulator.contract.model import Contract, StructuredType, TypeRef
from bookings_emulator.odata import filter_functions as kinds
from bookings_emulator.odata.filter_functions import NOT_NUMBERS, NULL, NUMBERS, READS, Environment, computed
from bookings_emulator.odata.filter_text import read_tree, syntax, words_of
from bookings_emulator.odata.names import dig, follow, unfiltered
from bookings_emulator.problem import Problem

Record = Mapping[str, Any]

MAX_LENGTH = 8_000
MAX_DEPTH = 60
MAX_LAMBDAS = 2  # any and all, one inside the other
MAX_STEPS = 10_000_000  # of one filter over all rows: parts computed, items looked at, a hundred characters read
MAX_TEXT = 8_000_000  # characters that a function of a filter may take: more than a body can store, and soon read


class Budget:
    """The steps that a filter may take yet; what costs more is refused in the place of holding up everybody."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps. Raises Problem odata.filter.unsupported where none are left."""
        self.left -= steps
        if self.left < 0:
            reason = f"the filter needs more than {MAX_STEPS:,} steps over these rows; simplify it"
            raise Problem("odata.filter.unsupported", reason)


class FilterPlace(NamedTuple):
    """What the options of a request are read against: the type of the rows, and the clock's `now()` if there is one."""

    contract: Contract
    kind: StructuredType
    now: datetime | None = None


def compile_filter(text: str, place: FilterPlace, budget: Budget | None = None) -> Callable[[Record], bool]:
    """A `$filter` → a predicate over stored records, for one look at all rows. Raises Problem odata.filter.*."""
    if len(text) > MAX_LENGTH:
        raise syntax(text, MAX_LENGTH, f"a filter may have at most {MAX_LENGTH} characters; this one has {len(text)}")
    budget = budget or Budget(MAX_STEPS)
    whole = budget.left
    try:
        tree, names = read_tree(text)
        found = _value(tree, _Scope(place, text, names, budget))
        size = whole - budget.left  # each part was counted when it was compiled
        budget.left = whole
    except Problem as problem:
        raise (_unfiltered(text, place) or problem) from None
    except RecursionError:
        raise syntax(text, 0, "the filter is nested too deeply") from None
    if found.kind != kinds.BOOLEAN:
        reason = f"a filter must be true or false for each row; this one returns {found.kind}"
        raise kinds.wrong_type(reason, "The $filter expression must evaluate to a single boolean value.")
    of = found.of

    def is_met(record: Record) -> bool:
        budget.spend(size)
        return of((record,)) is True

    return is_met


def _unfiltered(text: str, place: FilterPlace) -> Problem | None:
    """The refusal of a property that cannot be filtered on, which comes before that of a literal behind it.

    Three forms of `start/dateTime gt …` were all refused so, that of OData 2 among them (microsoft-graph-docs 2846).
    A spelling that bodies may use (`start` on v1.0) counts as the property, which is a guess.
    """
    for word in words_of(text):
        name = word.partition("/")[0]
        line = place.kind.by_name.get(place.kind.aliases.get(name, name))
        if line is not None and line.is_unfiltered:
            return unfiltered(line)
    return None


def compile_order(text: str, place: FilterPlace) -> Callable[[Record], Any]:
    """One path of an `$orderby` → a sort key: nulls first, then NaN, then values. Raises Problem odata.orderby.*."""
    steps, type_ = follow(place.contract, TypeRef(place.kind.name, False), text.split("/"), "orderby")
    enum = place.contract.enums.get(type_.name)
    read = kinds.ranks(enum) if enum else READS.get(type_.qualified(place.contract.namespace))
    if type_.is_collection or read is None:
        reason = f"rows can be ordered by simple values only; '{text}' is {type_.qualified(place.contract.namespace)}"
        raise Problem("odata.orderby.syntax", reason, n=0, text=text)

    def key(record: Record) -> tuple[Any, ...]:
        value = read(dig(record, steps))
        if value is None:
            return (0,)
        return (1,) if isinstance(value, float) and math.isnan(value) else (2, value)

    return key


# from tree to callables


class _Scope(NamedTuple):
    """What a part of a filter is compiled in: lambda variables have a place in the environment and a type."""

    place: FilterPlace
    text: str
    names: tuple[str, ...]
    budget: Budget
    variables: Mapping[str, tuple[int, TypeRef]] = {}
    depth: int = 0

    def name(self, identifier: Any) -> str:
        """The path an identifier of the tree stands for; operators out of place become identifiers too."""
        number = identifier.name.removeprefix("_")
        if number.isdecimal():
            return self.names[int(number)]
        position = max(self.text.lower().find(identifier.name), 0)
        raise syntax(self.text, position, f"'{identifier.name}' is not allowed here")


def _value(node: Any, scope: _Scope) -> kinds.Value:
    if scope.depth > MAX_DEPTH:
        raise syntax(scope.text, 0, f"the filter is nested more than {MAX_DEPTH} levels deep")
    scope.budget.spend(1)
    name = type(node).__name__
    inner = scope._replace(depth=scope.depth + 1)
    if name in kinds.LITERALS:
        return _literal(name, node.val, scope)
    if name not in _NODES:
        raise Problem("odata.filter.unsupported", f"a {name.lower()} is not allowed at this place in a filter")
    return _NODES[name](node, inner)


def _literal(name: str, text: str, scope: _Scope) -> kinds.Value:
    kind, read = kinds.LITERALS[name]
    value = read(text)
    if value is None:
        hint = ", which needs Z or an offset" if kind == kinds.INSTANT else ""
        raise syntax(scope.text, max(scope.text.find(text), 0), f"'{text[:60]}' is no {kind}{hint}")
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
    return kinds.Value(kind, lambda environment: read(dig(environment[index], steps)), enum=enum, item=item)


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
    apply, calls, spend = found.apply, tuple(value.of for value in values), scope.budget.spend

    def of(environment: Environment) -> Any:
        arguments = [call(environment) for call in calls]
        length = sum(len(each) for each in arguments if isinstance(each, str))
        if length > MAX_TEXT:
            reason = f"{name} in a filter takes at most {MAX_TEXT:,} characters; got {length:,}"
            raise Problem("odata.filter.unsupported", reason)
        spend(1 + length // 100)
        return computed(apply, *arguments)

    return kinds.Value(found.gives, of)


def _lambda(node: Any, scope: _Scope) -> kinds.Value:
    """`any` and `all`; a lambda's variable is one more item of the environment."""
    owner = _value(node.owner, scope)
    if owner.item is None:
        raise kinds.wrong_type(
            f"any and all must follow a collection; got {owner.kind}",
            "Any/All may only be used following a collection.",
        )
    rows = owner.of
    if node.lambda_ is None:
        return kinds.Value(kinds.BOOLEAN, lambda environment: bool(rows(environment)))
    variable = scope.name(node.lambda_.identifier)
    place = len(scope.variables) + 1
    if place > MAX_LAMBDAS:
        reason = f"any and all may be nested at most {MAX_LAMBDAS} deep; these are deeper"
        raise Problem("odata.filter.unsupported", reason)
    inner = scope._replace(variables={**scope.variables, variable: (place, owner.item)})
    before = scope.budget.left
    body = _value(node.lambda_.expression, inner)
    if body.kind != kinds.BOOLEAN:
        raise kinds.wrong_type(
            f"the body of any and all must be true or false; got {body.kind}",
            "The Any/All body must be a single boolean value.",
        )
    of, decides, budget = body.of, type(node.operator).__name__ == "Any", scope.budget
    size = before - budget.left + 1

    def over(environment: Environment) -> bool:
        for row in rows(environment) or ():
            budget.spend(size)
            if (of((*environment, row)) is True) is decides:
                return decides
        return not decides

    return kinds.Value(kinds.BOOLEAN, over)


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
