"""Reads what `$select` and `$expand` name, for `query`: members of a row, and navigations to show inside it.

Options in the parentheses behind a navigation are cut here and read by `query`, which knows them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from bookings_emulator.contract.model import Contract, Navigation, Property, StructuredType
from bookings_emulator.odata.names import cast, member
from bookings_emulator.problem import Problem

if TYPE_CHECKING:
    from bookings_emulator.odata.filter import FilterPlace

Piece = tuple[str, int]  # a part of a text, and where in the text it begins


class Select(NamedTuple):
    """What `$select` chose: a tree of wire names (None is all of a member), and the spelling for `@odata.context`."""

    members: dict[str, Select | None]
    text: tuple[str, ...]


def read_select(text: str, place: FilterPlace) -> Select | None:
    """A `$select` → what it chose, None where it names nothing. Raises Problem odata.select.unknown."""
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


def read_expand(text: str, place: FilterPlace) -> Iterator[tuple[Navigation, list[Piece]]]:
    """The navigations of a `$expand` as they come, each with the options in its parentheses, cut but not yet read.

    Raises Problem odata.expand.* and, for calendarView, bk.invalidrequest.
    """
    for item, offset in _split(text, ",", text, 0):
        yield from _expand_item(item, offset, text, place)


def refuse_expand(text: str, position: int, reason: str) -> NoReturn:
    raise Problem("odata.expand.syntax", reason, found=text[position : position + 1], n=position, text=text)


# $select


def _chosen(path: str, place: FilterPlace) -> tuple[list[str], list[str]]:
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
    reason = f"'{path}' continues after a value without members; only single complex values have paths"
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


def _expand_item(item: str, offset: int, text: str, place: FilterPlace) -> list[tuple[Navigation, list[Piece]]]:
    if not text.strip():
        return []
    start = offset + len(item) - len(item.lstrip())
    match = re.fullmatch(r"(\*|[\w.$/]+)\s*(?:\((.*)\))?", item.strip(), re.DOTALL)
    if match is None or (match[1] == "*" and match[2]):
        refuse_expand(
            text,
            start,
            f"$expand must be a list of navigations, with options in parentheses; got {item.strip()[:60]!r}",
        )
    if match[1] == "*":
        lines = [each for each in place.kind.navigations if each.name != "calendarView"]
        return [(line, []) for line in lines]
    line = member(place.contract, place.kind, match[1], "expand")
    if isinstance(line, Property):
        reason = f"'{line.name}' is a property and always included; $expand accepts {_navigations(place.kind)}"
        raise Problem("odata.expand.unknown", reason, prop=line.name, type=place.kind.name)
    if line.name == "calendarView":
        raise Problem("bk.invalidrequest", "calendarView needs start and end, which $expand cannot send; use its path")
    return [(line, _split(match[2] or "", ";", text, start + match.start(2)))]


def _navigations(kind: StructuredType) -> str:
    return ", ".join(each.name for each in kind.navigations) or "nothing here"


def _split(piece: str, separator: str, text: str, offset: int) -> list[Piece]:
    """Cut at a separator that stands outside quotes and parentheses → the parts and where in `text` they begin."""
    parts: list[Piece] = []
    begin, depth, is_quoted = 0, 0, False
    for place, character in enumerate(piece):
        if character == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                refuse_expand(text, offset + place, "$expand closes a parenthesis that was not opened")
        elif character == separator and depth == 0:
            parts.append((piece[begin:place], offset + begin))
            begin = place + 1
    if depth or is_quoted:
        refuse_expand(text, len(text) - 1, "$expand has a parenthesis or quote that is not closed")
    return [*parts, (piece[begin:], offset + begin)]
