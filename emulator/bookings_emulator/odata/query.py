"""Reads the query options of a request against a type of the contract, and pages the rows they choose.

Filters and paths are compiled in `filter`, `$select` and `$expand` are read in `selection`; what comes out is a frozen
`Query` that knows no text any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nlargest, nsmallest
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qsl

from bookings_emulator.contract.model import Contract, Navigation, Operation, StructuredType
from bookings_emulator.problem import Problem

if TYPE_CHECKING:
    from bookings_emulator.odata.filter import FilterPlace
    from bookings_emulator.odata.selection import Piece, Select

Order = tuple[Callable[[Mapping[str, Any]], Any], bool]

_OPTIONS = ("$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count")
_PASSED_OVER = frozenset({"$format"})
_WITHOUT_EFFECT = {
    "get": frozenset({"$filter", "$orderby", "$top", "$skip", "$count"}),
    "count": frozenset({"$orderby", "$top", "$skip", "$count"}),
}
_LARGEST = 2**31 - 1
_FEW = 8  # as many times more rows make it worth the while to look for the first ones only


class Expand(NamedTuple):
    """One navigation to show inside its entity, with the options in its parentheses."""

    navigation: Navigation
    query: Query


@dataclass(frozen=True, slots=True)
class Query:
    """The options of one request. `where` and the keys of `order` (key, is descending) take stored records.

    `own` are the operation's own options (`start`, `query`), `pairs` everything that came, decoded and in order.
    """

    select: Select | None = None
    expand: tuple[Expand, ...] = ()
    where: Callable[[Mapping[str, Any]], bool] | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    own: dict[str, str] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()


EMPTY = Query()


class QueryTarget(NamedTuple):
    """What a query is read against: `kind` is the type of the rows, that of a cast if the path has one."""

    contract: Contract
    operation: Operation
    kind: StructuredType | None
    now: datetime | None = None


class Holder(Protocol):
    """A row: what holds a stored record."""

    @property
    def record(self) -> Mapping[str, Any]: ...


Row = TypeVar("Row", bound=Holder)


class Rows(Protocol[Row]):
    """Rows in order, however they are kept: a list, or what can give a part of itself without listing the rest."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Row]: ...

    def __getitem__(self, part: slice, /) -> list[Row]: ...


class RowPage(NamedTuple, Generic[Row]):
    """The rows of one page, how many the filter let through in all, and where the next page begins if there is one."""

    rows: list[Row]
    total: int
    next_skip: int | None


def page(rows: Rows[Row], query: Query, page_size: int | None = None) -> RowPage[Row]:
    """Filter, sort, count and cut, in this order, leaving `rows` alone; `page_size` limits a page as `$top` does."""
    where = query.where
    if where is not None:
        rows = [row for row in rows if where(row.record)]
    total = len(rows)
    sizes = [size for size in (query.top, page_size) if size is not None]
    stop = query.skip + min(sizes) if sizes else None
    if query.order:
        rows = _first_in_order(rows, query.order, total if stop is None else stop)
    found = rows[query.skip : stop]
    end = query.skip + len(found)
    return RowPage(found, total, end if found and end < total else None)


def _first_in_order(rows: Rows[Row], order: tuple[Order, ...], count: int) -> list[Row]:
    """The first rows in an order, and perhaps more; few of many are found without sorting the others."""
    directions = {is_descending for _, is_descending in order}
    if len(directions) == 1 and count * _FEW <= len(rows):
        keys = [_of_record(key) for key, _ in order]
        choose = nlargest if directions.pop() else nsmallest
        return choose(count, rows, keys[0] if len(keys) == 1 else lambda row: [key(row) for key in keys])
    found = list(rows)
    for key, is_descending in reversed(order):
        found.sort(key=_of_record(key), reverse=is_descending)
    return found


def _of_record(key: Callable[[Mapping[str, Any]], Any]) -> Callable[[Holder], Any]:
    return lambda row: key(row.record)


def parse(target: QueryTarget, query_string: str) -> Query:
    """A raw query string → the options of one call. Raises Problem odata.* and, for calendarView, bk.invalidrequest."""
    if not query_string:
        return EMPTY
    pairs = tuple(parse_qsl(query_string, keep_blank_values=True))
    operation = target.operation
    system, own = _sorted(pairs, target.contract, operation)
    if operation.kind not in ("list", "get", "count") or target.kind is None:
        return replace(EMPTY, own=own, pairs=pairs)
    ignored = operation.ignores | _WITHOUT_EFFECT.get(operation.kind, frozenset())
    for name in ignored & system.keys():
        if name in _FORMS:
            _FORMS[name](system[name])
        del system[name]
    from bookings_emulator.odata.filter import FilterPlace  # its modules are many, and most calls have no query

    place = FilterPlace(target.contract, target.kind, target.now)
    return replace(_query(system, place), own=own, pairs=pairs)


def _sorted(
    pairs: tuple[tuple[str, str], ...], contract: Contract, operation: Operation
) -> tuple[dict[str, str], dict[str, str]]:
    """The system options and the operation's own ones by canonical name; other plain names are nobody's and pass."""
    system: dict[str, str] = {}
    own: dict[str, str] = {}
    exact = {each.name: each.name for each in operation.options}
    folded = {name.lower(): name for name in exact}
    for name, value in pairs:
        found = exact.get(name) or folded.get(name.lower())
        if found is not None:
            own.setdefault(found, value)
        elif (option := _option(name, contract.version)) is not None:
            _keep(system, option, value)
    return system, own


def _option(name: str, version: str) -> str | None:
    """The system option a name means, on beta without `$` too. Raises Problem odata.option.unknown."""
    lower = name.strip().lower()
    if lower in _OPTIONS:
        return lower
    if lower in _PASSED_OVER:
        return None
    if lower.startswith("$"):
        import difflib  # wanted by few calls

        near = difflib.get_close_matches(lower, _OPTIONS, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(_OPTIONS)}"
        raise Problem("odata.option.unknown", f"'{name}' is not a query option of Bookings{hint}", option=name)
    return f"${lower}" if version == "beta" and f"${lower}" in _OPTIONS else None


def _keep(options: dict[str, str], option: str, value: str) -> None:
    if option in options:
        raise Problem("odata.option.duplicate", f"{option} may appear only once; got it twice", option=option)
    options[option] = value


def _query(options: Mapping[str, str], place: FilterPlace) -> Query:
    """The query of system options by canonical name; also that of the parentheses behind an expanded navigation."""
    read: dict[str, Any] = {
        _FIELDS[name]: _VALUES[name](text) if name in _VALUES else _CLAUSES[name](text, place)
        for name, text in options.items()
    }
    return Query(**read)


# plain values


def _top(text: str, place: FilterPlace) -> int:
    top = _whole(text, "top")
    if top < place.contract.least_top:
        reason = f"$top must be a whole number, {place.contract.least_top} or more"
        raise Problem("odata.top.invalid", reason, v=text).by("top-zero")
    return top


def _skip(text: str) -> int:
    return _whole(text, "skip")


def _whole(text: str, option: str) -> int:
    digits = text.strip()
    if re.fullmatch("[0-9]{1,10}", digits) is None or int(digits) > _LARGEST:
        raise Problem(
            f"odata.{option}.invalid", f"${option} must be a whole number, 0 or more; got '{text[:60]}'", v=text
        )
    return int(digits)


def _count(text: str) -> bool:
    value = {"true": True, "false": False}.get(text.strip().lower())
    if value is None:
        raise Problem("odata.count.invalid", f"$count must be true or false; got '{text[:60]}'", v=text)
    return value


# $filter and $orderby


def _where(text: str, place: FilterPlace) -> Callable[[Mapping[str, Any]], bool] | None:
    from bookings_emulator.odata.filter import compile_filter

    return compile_filter(text, place) if text.strip() else None


def _order(text: str, place: FilterPlace) -> tuple[Order, ...]:
    return tuple(_order_item(item, text, place) for item in text.split(",")) if text.strip() else ()


def _order_item(item: str, text: str, place: FilterPlace) -> Order:
    path, *words = item.split() or [""]
    direction = words[0].lower() if words else "asc"
    if re.fullmatch(r"[\w./]+", path) is None or direction not in ("asc", "desc") or len(words) > 1:
        reason = f"$orderby must be a list of paths, each optionally followed by asc or desc; got {item.strip()[:60]!r}"
        raise Problem("odata.orderby.syntax", reason, n=text.find(item), text=text)
    from bookings_emulator.odata.filter import compile_order

    return compile_order(path, place), direction == "desc"


# $select and $expand


def _read_chosen(text: str, place: FilterPlace) -> Select | None:
    from bookings_emulator.odata.selection import read_select

    return read_select(text, place)


def _expand(text: str, place: FilterPlace) -> tuple[Expand, ...]:
    from bookings_emulator.odata.selection import read_expand

    found: dict[str, Expand] = {}
    for navigation, pieces in read_expand(text, place):
        target = place._replace(kind=place.contract.types[navigation.target])
        options = _nested(pieces, text, place.contract.version)
        found.setdefault(navigation.name, Expand(navigation, _query(options, target) if options else EMPTY))
    return tuple(found.values())


def _nested(pieces: list[Piece], text: str, version: str) -> dict[str, str]:
    """The options in the parentheses behind a navigation, by canonical name."""
    options: dict[str, str] = {}
    for piece, start in pieces:
        name, equals, value = piece.partition("=")
        option = _option(name, version) if equals else None
        if option is not None:
            _keep(options, option, value)
        elif piece.strip():
            from bookings_emulator.odata.selection import refuse_expand

            refuse_expand(text, start, f"options inside $expand must be $name=value; got {piece.strip()[:60]!r}")
    return options


_FIELDS = {
    "$select": "select",
    "$expand": "expand",
    "$filter": "where",
    "$orderby": "order",
    "$top": "top",
    "$skip": "skip",
    "$count": "count",
}
_VALUES: dict[str, Callable[[str], Any]] = {"$skip": _skip, "$count": _count}
# of what an operation ignores only the form is looked at
_FORMS: dict[str, Callable[[str], Any]] = {"$top": lambda text: _whole(text, "top"), **_VALUES}
_CLAUSES: dict[str, Callable[[str, FilterPlace], Any]] = {
    "$select": _read_chosen,
    "$expand": _expand,
    "$filter": _where,
    "$top": _top,
    "$orderby": _order,
}
