"""Reads the text of a `$filter` into a tree of odata-query, which `filter` compiles.

Names are taken out of the text before odata-query reads it and looked up when its tree is compiled, because its grammar
trips over names that begin with one of its words (`allowStaffSelection`), over casts and over long paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bookings_emulator.caches import keep_answers
from bookings_emulator.odata import filter_functions as kinds
from bookings_emulator.problem import Problem

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


@keep_answers(512, 1000)
def read_tree(text: str) -> tuple[Any, tuple[str, ...]]:
    """The tree of odata-query, in which a path is the identifier `_<n>`, and the paths by that number.

    Raises Problem odata.filter.syntax, .function and .type.
    """
    from odata_query import exceptions
    from odata_query.grammar import ODataLexer, ODataParser

    parts, names = _rewritten(text)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize("".join(part for part, _ in parts)))
    except (exceptions.TokenizingException, exceptions.ParsingException) as error:
        position = _origin(parts, error.token.index) if error.token else len(text)
        raise syntax(text, position, f"the filter cannot be parsed from {text[position:][:30]!r}") from None
    except exceptions.UnknownFunctionException as error:
        raise kinds.unknown_function(error.function_name) from None
    except exceptions.ArgumentCountException as error:
        raise kinds.signature(error.function_name) from None
    return tree, tuple(names)


def syntax(text: str, position: int, reason: str) -> Problem:
    """The refusal of a text that is no filter from `position` on."""
    return Problem("odata.filter.syntax", reason, n=position, filter=text)


def words_of(text: str) -> Iterator[str]:
    """The names and paths in the text of a filter, whatever else stands there."""
    for found in _TOKEN.finditer(text):
        if found["word"]:
            yield found["word"]


def _rewritten(text: str) -> tuple[list[tuple[str, int]], list[str]]:
    """The text for odata-query as parts with their places in the original, and the paths taken out of it."""
    parts: list[tuple[str, int]] = []
    names: list[str] = []
    lists: list[bool] = []  # for each open parenthesis: is it a list that has one item so far
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None:
            raise syntax(text, position, f"{text[position:][:30]!r} is not part of a filter, or a quote is not closed")
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
