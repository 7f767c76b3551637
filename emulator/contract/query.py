"""Reads the query options of a request against a type of the contract, and pages the rows they choose.

Filters and paths are compiled in `filter`; what comes out is a frozen `Query` that knows no text any more.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, NoReturn, Protocol, TypeVar
from urllib.parse import parse_qsl

from emulator.contract.filter import Place, cast, compile_filter, compile_order, member
from emulator.contract.model import Contract, Navigation, Operation, Property, StructuredType
from emulator.problem import Problem

Order = tuple[Callable[[Mapping[str, Any]], Any], bool]

_OPTIONS = ("$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count")
_PASSED_OVER = frozenset({"$format"})
_WITHOUT_EFFECT = {
    "get": frozenset({"$filter", "$orderby", "$top", "$skip", "$count"}),
    "count": frozenset({"$orderby", "$top", "$skip", "$count"}),
}
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Select:
    """What `$select` chose: a tree of wire names (None is all of a member), and the spelling for `@odata.context`."""

    members: dict[str, Select | None]
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expand:
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


class Holder(Protocol):
    """A row: what holds a stored record."""

    @property
    def record(self) -> Mapping[str, Any]: ...


Row = TypeVar("Row", bound=Holder)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, how many the filter let through in all, and where the next page begins if there is one."""

    rows: list[Row]
    total: int
    next_skip: int | None


def page(rows: list[Row], query: Query, page_size: int | None = None) -> Page[Row]:
    """Filter, sort, count and cut, in this order, leaving `rows` alone; `page_size` limits a page as `$top` does."""
    where = query.where
    if where is not None:
        rows = [row for row in rows if where(row.record)]
    for key, is_descending in reversed(query.order):
        rows = sorted(rows, key=_of_record(key), reverse=is_descending)
    total = len(rows)
    sizes = [size for size in (query.top, page_size) if size is not None]
    if query.skip or sizes:
        rows = rows[query.skip : query.skip + min(sizes) if sizes else None]
    end = query.skip + len(rows)
    return Page(rows, total, end if rows and end < total else None)


def _of_record(key: Callable[[Mapping[str, Any]], Any]) -> Callable[[Holder], Any]:
    return lambda row: key(row.record)


def parse(  # noqa: PLR0913  everything a query is read against
    contract: Contract,
    operation: Operation,
    query_string: str,
    *,
    declared: StructuredType | None,
    cast: StructuredType | None = None,
    now: datetime | None = None,
) -> Query:
    """A raw query string → the options of one call. Raises Problem odata.* and, for calendarView, bk.invalidrequest.

    `declared` is the declared type of the rows, `cast` that of a cast segment of the path; `now` is what now() gives.
    """
    if not query_string:
        return EMPTY
    pairs = tuple(parse_qsl(query_string, keep_blank_values=True))
    system, own = _sorted(pairs, contract, operation)
    kind = cast or declared
    if operation.kind not in ("list", "get", "count") or kind is None:
        return replace(EMPTY, own=own, pairs=pairs)
    ignored = operation.ignores | _WITHOUT_EFFECT.get(operation.kind, frozenset())
    for name in ignored & system.keys():
        if name in _VALUES:
            _VALUES[name](system[name])
        del system[name]
    return replace(_query(system, Place(contract, kind, now)), own=own, pairs=pairs)


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
        near = difflib.get_close_matches(lower, _OPTIONS, 1)
        hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(_OPTIONS)}"
        raise Problem("odata.option.unknown", f"'{name}' is no query option of Bookings{hint}", option=name)
    return f"${lower}" if version == "beta" and f"${lower}" in _OPTIONS else None


def _keep(options: dict[str, str], option: str, value: str) -> None:
    if option in options:
        raise Problem("odata.option.duplicate", f"{option} may be given once, it came twice", option=option)
    options[option] = value


def _query(options: Mapping[str, str], place: Place) -> Query:
    """The query of system options by canonical name; also that of the parentheses behind an expanded navigation."""
    read: dict[str, Any] = {
        _FIELDS[name]: _VALUES[name](text) if name in _VALUES else _CLAUSES[name](text, place)
        for name, text in options.items()
    }
    return Query(**read)


# plain values


def _top(text: str) -> int:
    return _whole(text, "top")


def _skip(text: str) -> int:
    return _whole(text, "skip")


def _whole(text: str, option: str) -> int:
    digits = text.strip()
    if re.fullmatch("[0-9]{1,10}", digits) is None or int(digits) > _LARGEST:
        raise Problem(
            f"odata.{option}.invalid", f"${option} takes a whole number from 0 on; '{text[:60]}' came", v=text
        )
    return int(digits)


def _count(text: str) -> bool:
    value = {"true": True, "false": False}.get(text.strip().lower())
    if value is None:
        raise Problem("odata.count.invalid", f"$count takes true or false; '{text[:60]}' came", v=text)
    return value


# $filter and $orderby


def _where(text: str, place: Place) -> Callable[[Mapping[str, Any]], bool] | None:
    return compile_filter(text, place) if text.strip() else None


def _order(text: str, place: Place) -> tuple[Order, ...]:
    return tuple(_order_item(item, text, place) for item in text.split(",")) if text.strip() else ()


def _order_item(item: str, text: str, place: Place) -> Order:
    path, *words = item.split() or [""]
    direction = words[0].lower() if words else "asc"
    if re.fullmatch(r"[\w./]+", path) is None or direction not in ("asc", "desc") or len(words) > 1:
        reason = f"$orderby takes paths, each with asc or desc behind it if wanted; {item.strip()[:60]!r} came"
        raise Problem("odata.orderby.syntax", reason, n=text.find(item), text=text)
    return compile_order(path, place), direction == "desc"


# $select


def _select(text: str, place: Place) -> Select | None:
    paths = [item.strip() for item in text.split(",") if item.strip()]
    tree: dict[str, Any] = {}
    chosen: dict[str, list[str]] = {}
    for path in paths:
        if path == "*":
            return Select(dict.fromkeys(_all_names(place.contract, place.kind)), ("*",))
        names, spelling = _chosen(path, place)
        _grow(tree, names)
        chosen.setdefault("/".join(spelling), names)
    shown = tuple(spelling for spelling, names in chosen.items() if not _is_inside_whole(tree, names))
    return _frozen(tree, shown) if paths else None


def _chosen(path: str, place: Place) -> tuple[list[str], list[str]]:
    """One path of `$select` → the wire names of its members (none for a navigation), and its canonical spelling."""
    kind: StructuredType | None = place.kind
    names: list[str] = []
    spelling: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if kind is None:
            raise _not_below(path, segment, place.kind)
        if "." in segment and segment is not segments[-1]:
            kind = cast(place.contract, kind, segment, "select")
            spelling.append(f"{place.contract.namespace}.{kind.name}")
            continue
        line = member(place.contract, kind, segment, "select")
        spelling.append(line.name)
        if isinstance(line, Property):
            names.append(line.name)
        is_single = isinstance(line, Property) and not line.type.is_collection
        kind = place.contract.types.get(line.type.name) if isinstance(line, Property) and is_single else None
    return names, spelling


def _not_below(path: str, segment: str, kind: StructuredType) -> Problem:
    reason = f"'{path}' goes on behind what has no members to choose; only single complex values take a path"
    return Problem("odata.select.unknown", reason, prop=segment, type=kind.name)


def _grow(tree: dict[str, Any], names: list[str]) -> None:
    """Add a path to a tree in which None stands for the whole of a member."""
    for name in names[:-1]:
        tree = tree.setdefault(name, {})
        if tree is None:
            return
    if names:
        tree[names[-1]] = None


def _is_inside_whole(tree: dict[str, Any], names: list[str]) -> bool:
    for name in names[:-1]:
        tree = tree[name]
        if tree is None:
            return True
    return False


def _frozen(tree: dict[str, Any], text: tuple[str, ...]) -> Select:
    members = {name: None if inner is None else _frozen(inner, tuple(inner)) for name, inner in tree.items()}
    return Select(members, text)


def _all_names(contract: Contract, kind: StructuredType) -> list[str]:
    """What `*` chooses: the members of the type and, as a row may be of it, of what derives from it."""
    names = list(kind.by_name)
    for each in kind.derived:
        names += _all_names(contract, contract.types[each])
    return names


# $expand


def _expand(text: str, place: Place) -> tuple[Expand, ...]:
    found: dict[str, Expand] = {}
    for item, offset in _split(text, ",", text, 0):
        for expand in _expand_item(item, offset, text, place):
            found.setdefault(expand.navigation.name, expand)
    return tuple(found.values())


def _expand_item(item: str, offset: int, text: str, place: Place) -> list[Expand]:
    if not text.strip():
        return []
    start = offset + len(item) - len(item.lstrip())
    match = re.fullmatch(r"(\*|[\w.$/]+)\s*(?:\((.*)\))?", item.strip(), re.DOTALL)
    if match is None or (match[1] == "*" and match[2]):
        _refuse_expand(
            text, start, f"$expand takes navigations with options in parentheses; {item.strip()[:60]!r} came"
        )
    if match[1] == "*":
        lines = [each for each in place.kind.navigations if each.name != "calendarView"]
        return [Expand(line, EMPTY) for line in lines]
    line = member(place.contract, place.kind, match[1], "expand")
    if isinstance(line, Property):
        reason = f"'{line.name}' is a property and always there; $expand takes {_navigations(place.kind)}"
        raise Problem("odata.expand.unknown", reason, prop=line.name, type=place.kind.name)
    if line.name == "calendarView":
        raise Problem(
            "bk.invalidrequest", "calendarView needs start and end, which $expand cannot give; call it by its path"
        )
    target = replace(place, kind=place.contract.types[line.target])
    options = _nested(match[2] or "", start + match.start(2), text, place.contract.version)
    return [Expand(line, _query(options, target) if options else EMPTY)]


def _navigations(kind: StructuredType) -> str:
    return ", ".join(each.name for each in kind.navigations) or "nothing here"


def _nested(inside: str, offset: int, text: str, version: str) -> dict[str, str]:
    """The options in the parentheses behind a navigation, by canonical name."""
    options: dict[str, str] = {}
    for piece, start in _split(inside, ";", text, offset):
        name, equals, value = piece.partition("=")
        option = _option(name, version) if equals else None
        if option is not None:
            _keep(options, option, value)
        elif piece.strip():
            _refuse_expand(text, start, f"options inside $expand read $name=value; {piece.strip()[:60]!r} came")
    return options


def _split(piece: str, separator: str, text: str, offset: int) -> list[tuple[str, int]]:
    """Cut at a separator that stands outside quotes and parentheses → the parts and where in `text` they begin."""
    parts: list[tuple[str, int]] = []
    begin, depth, is_quoted = 0, 0, False
    for place, character in enumerate(piece):
        if character == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                _refuse_expand(text, offset + place, "a parenthesis of $expand is closed that was not opened")
        elif character == separator and depth == 0:
            parts.append((piece[begin:place], offset + begin))
            begin = place + 1
    if depth or is_quoted:
        _refuse_expand(text, len(text) - 1, "a parenthesis or a quote of $expand is not closed")
    return [*parts, (piece[begin:], offset + begin)]


def _refuse_expand(text: str, position: int, reason: str) -> NoReturn:
    raise Problem("odata.expand.syntax", reason, found=text[position : position + 1], n=position, text=text)


_FIELDS = {
    "$select": "select",
    "$expand": "expand",
    "$filter": "where",
    "$orderby": "order",
    "$top": "top",
    "$skip": "skip",
    "$count": "count",
}
_VALUES: dict[str, Callable[[str], Any]] = {"$top": _top, "$skip": _skip, "$count": _count}
_CLAUSES: dict[str, Callable[[str, Place], Any]] = {
    "$select": _select,
    "$expand": _expand,
    "$filter": _where,
    "$orderby": _order,
}
