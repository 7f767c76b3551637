"""What `$filter` computes with: kinds, functions, arithmetic, literals, and which values compare.

Kinds are spelled as in the metadata (`Edm.Int32`). Values of the wrong form, divisions by zero and overflows are null.
"""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bookings_emulator.contract.model import EnumType, TypeRef
from bookings_emulator.problem import Problem
from bookings_emulator.times import canonical_date, canonical_time_of_day, parse_duration, parse_instant

NULL = "<null>"
STRING, BOOLEAN, DOUBLE = "Edm.String", "Edm.Boolean", "Edm.Double"
INT32, INT64 = "Edm.Int32", "Edm.Int64"
DURATION, TIME_OF_DAY, DATE, INSTANT = "Edm.Duration", "Edm.TimeOfDay", "Edm.Date", "Edm.DateTimeOffset"
GUID = "Edm.Guid"
NUMBERS = frozenset({INT32, INT64, DOUBLE})

Read = Callable[[Any], Any]
Environment = tuple[Any, ...]  # the record, then the items of the lambdas around


class Signature(NamedTuple):
    """One overload: what it takes, what it gives, and how; `apply` is never called with a null."""

    takes: tuple[str, ...]
    gives: str
    apply: Callable[..., Any]

    def accepts(self, kinds: list[str]) -> bool:
        return len(kinds) == len(self.takes) and all(map(_fits, kinds, self.takes))


def _fits(kind: str, wanted: str) -> bool:
    return kind in (wanted, NULL) or (wanted == DOUBLE and kind in NUMBERS)


def midnight(day: str) -> datetime:
    """A Date where an instant is wanted: its first moment in UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    """Int32 and Double; doubles that JSON cannot write are stored as the texts NaN, INF and -INF."""
    if isinstance(value, str):
        return NOT_NUMBERS.get(value)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _parsed(parse: Callable[[str], Any]) -> Read:
    return lambda value: parse(value) if isinstance(value, str) else None


NOT_NUMBERS = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}

# stored value → comparable value; the canonical texts of Date and TimeOfDay sort as they are
READS: dict[str, Read] = {
    STRING: _text,
    BOOLEAN: _boolean,
    INT32: _number,
    DOUBLE: _number,
    DURATION: _parsed(parse_duration),
    TIME_OF_DAY: _text,
    DATE: _text,
    INSTANT: _parsed(parse_instant),
}


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(start, 0)
    return text[start:] if length is None else text[start : start + max(length, 0)]


def _round(value: float) -> float:
    """To the nearest whole number, halves away from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _whole(way: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: float(way(value)) if math.isfinite(value) else value


def _date_part(first: int, last: int) -> Callable[[str], int]:
    return lambda text: int(text[first:last])


def _instant_part(name: str) -> Signature:
    return Signature((INSTANT,), INT32, operator.attrgetter(name))


def _one(takes: str, gives: str, apply: Callable[..., Any]) -> tuple[Signature, ...]:
    return (Signature((takes,), gives, apply),)


def _two_texts(gives: str, apply: Callable[[str, str], Any]) -> tuple[Signature, ...]:
    return (Signature((STRING, STRING), gives, apply),)


FUNCTIONS: dict[str, tuple[Signature, ...]] = {
    "contains": _two_texts(BOOLEAN, operator.contains),
    "startswith": _two_texts(BOOLEAN, str.startswith),
    "endswith": _two_texts(BOOLEAN, str.endswith),
    "indexof": _two_texts(INT32, str.find),
    "concat": _two_texts(STRING, operator.add),
    "length": _one(STRING, INT32, len),
    "tolower": _one(STRING, STRING, str.lower),
    "toupper": _one(STRING, STRING, str.upper),
    "trim": _one(STRING, STRING, str.strip),
    "substring": (
        Signature((STRING, INT32), STRING, _substring),
        Signature((STRING, INT32, INT32), STRING, _substring),
    ),
    "year": (_instant_part("year"), Signature((DATE,), INT32, _date_part(0, 4))),
    "month": (_instant_part("month"), Signature((DATE,), INT32, _date_part(5, 7))),
    "day": (_instant_part("day"), Signature((DATE,), INT32, _date_part(8, 10))),
    "hour": (_instant_part("hour"), Signature((TIME_OF_DAY,), INT32, _date_part(0, 2))),
    "minute": (_instant_part("minute"), Signature((TIME_OF_DAY,), INT32, _date_part(3, 5))),
    "second": (_instant_part("second"), Signature((TIME_OF_DAY,), INT32, _date_part(6, 8))),
    "date": _one(INSTANT, DATE, lambda value: value.date().isoformat()),
    "time": _one(INSTANT, TIME_OF_DAY, lambda value: value.strftime("%H:%M:%S.%f0")),
    "round": _one(DOUBLE, DOUBLE, _whole(_round)),
    "floor": _one(DOUBLE, DOUBLE, _whole(math.floor)),
    "ceiling": _one(DOUBLE, DOUBLE, _whole(math.ceil)),
}


def _divide(left: Any, right: Any) -> Any:
    """Whole numbers divide to whole numbers, towards zero."""
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _modulo(left: Any, right: Any) -> Any:
    """The remainder has the sign of the dividend."""
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return math.fmod(left, right)


class Arithmetic(NamedTuple):
    """One operator: its name in messages, and what it makes of two kinds that are not both numbers."""

    name: str
    apply: Callable[[Any, Any], Any]
    others: dict[tuple[str, str], str]

    def gives(self, left: str, right: str) -> str | None:
        """The kind of the result; None where the kinds do not go together."""
        if {left, right} <= NUMBERS | {NULL}:
            return DOUBLE if DOUBLE in (left, right) else INT64 if INT64 in (left, right) else INT32
        return self.others.get((left, right))


ARITHMETIC = {
    "Add": Arithmetic("Add", operator.add, {(INSTANT, DURATION): INSTANT, (DURATION, DURATION): DURATION}),
    "Sub": Arithmetic(
        "Subtract",
        operator.sub,
        {(INSTANT, DURATION): INSTANT, (INSTANT, INSTANT): DURATION, (DURATION, DURATION): DURATION},
    ),
    "Mult": Arithmetic("Multiply", operator.mul, {}),
    "Div": Arithmetic("Divide", _divide, {}),
    "Mod": Arithmetic("Modulo", _modulo, {}),
}


def computed(apply: Callable[..., Any], *values: Any) -> Any:
    """`apply` over values, null where one of them is null or the result is no value."""
    if None in values:
        return None
    try:
        return apply(*values)
    except (ArithmeticError, ValueError):
        return None


# values of a filter, and how they compare


class Value(NamedTuple):
    """A part of a filter, ready to compute: its kind as the metadata spell it, `word` the text of a literal string,
    `enum` the type of a member, `item` the type of the items of a collection.
    """

    kind: str
    of: Callable[[Environment], Any]
    word: str | None = None
    enum: EnumType | None = None
    item: TypeRef | None = None


def ranks(enum: EnumType) -> Callable[[Any], Any]:
    """A stored member → its place among the members, so that members compare as the service's numbers do."""
    return {name: rank for rank, name in enumerate(enum.members)}.get


def agree(left: Value, right: Value, name: str) -> tuple[Value, Value]:
    """Both sides of a comparison as values that compare, else Problem odata.filter.type."""
    both = {left.kind, right.kind}
    if NULL in both or both <= NUMBERS:
        return left, right
    if both == {DATE, INSTANT}:
        return _instant(left), _instant(right)
    if left.enum is not None and right.word is not None:
        return left, _member(left.enum, right.word)
    if right.enum is not None and left.word is not None:
        return _member(right.enum, left.word), right
    if len(both) > 1 or not (left.enum or left.kind in READS or left.kind == GUID):
        raise operands(name, left.kind, right.kind)
    return left, right


def _instant(value: Value) -> Value:
    of = value.of
    if value.kind == INSTANT:
        return value
    return Value(INSTANT, lambda environment: computed(midnight, of(environment)))


def _member(enum: EnumType, word: str) -> Value:
    known = {enum.wire.get(name, name): rank for rank, name in enumerate(enum.members)}
    if word not in known:
        reason = f"{enum.name} has the members {', '.join(known)}; got '{word}'"
        raise wrong_type(reason, f"The string '{word}' is not a valid enumeration type constant.")
    return Value(enum.name, lambda _: known[word])


def operands(name: str, left: str, right: str) -> Problem:
    text = "A binary operator with incompatible types was detected. "
    return wrong_type(
        f"{left} and {right} cannot be compared with {name}; quote strings with ', but not numbers",
        f"{text}Found operand types '{left}' and '{right}' for operator kind '{name}'.",
    )


def unknown_function(name: str) -> Problem:
    near = difflib.get_close_matches(name.lower(), FUNCTIONS, 1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(FUNCTIONS)}"
    return Problem("odata.filter.function", f"unknown function '{name}'{hint}", name=name)


def signature(name: str) -> Problem:
    takes = [f"{name}({', '.join(f'{kind} Nullable=true' for kind in each.takes)})" for each in FUNCTIONS.get(name, ())]
    known = "; ".join(takes) or f"{name}()"
    text = f"No function signature for the function with name '{name}' matches the specified arguments. "
    return wrong_type(f"{name} takes {known}", f"{text}The function signatures considered are: {known}.")


def wrong_type(reason: str, text: str) -> Problem:
    return Problem("odata.filter.type", reason, text=text)


COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Eq": ("Equal", operator.eq),
    "NotEq": ("NotEqual", operator.ne),
    "Gt": ("GreaterThan", operator.gt),
    "GtE": ("GreaterThanOrEqual", operator.ge),
    "Lt": ("LessThan", operator.lt),
    "LtE": ("LessThanOrEqual", operator.le),
}
LITERALS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "Integer": (INT32, lambda text: int(text) if len(text) < 20 else float(text)),
    "Float": (DOUBLE, float),
    "Boolean": (BOOLEAN, lambda text: text.lower() == "true"),
    "String": (STRING, str),
    "GUID": (GUID, str.lower),
    "Date": (DATE, canonical_date),
    "Time": (TIME_OF_DAY, canonical_time_of_day),
    "DateTime": (INSTANT, lambda text: parse_instant(text.upper())),
    "Duration": (DURATION, lambda text: parse_duration(text.removeprefix("+"))),
}
