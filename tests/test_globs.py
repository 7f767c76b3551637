"""Patterns with stars and question marks: what they fit, what is refused, and what they cost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bookings_emulator.faults import FaultError
from bookings_emulator.globs import LONGEST, MOST_MARKS, GlobError, is_like, read_glob

from .conftest import AS_APP, ROOT, Graph
from .growth import assert_linear


def as_expression(pattern: str) -> re.Pattern[str]:
    """The same as a regular expression, which tries places again."""
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), re.I | re.S)


@settings(max_examples=2_000, derandomize=True, deadline=None, database=None)
@given(some.text("aAb*?", max_size=8), some.text("aAb?\n", max_size=12))
def test_a_pattern_fits_what_the_regular_expression_fits(pattern: str, text: str) -> None:
    assert is_like(pattern, text) == (as_expression(pattern).fullmatch(text) is not None)


@pytest.mark.parametrize("pattern", ["*a*a*a*a*b", "*?a?a*?a*b", "a*" * MOST_MARKS + "b", "*" + "a" * 900 + "b*"])
def test_a_text_costs_what_its_length_costs(pattern: str) -> None:
    assert_linear(lambda text: is_like(pattern, text), lambda size: "a" * size)


def test_brackets_and_dots_are_taken_as_they_are() -> None:
    assert is_like("/a('*')/$count", "/A('b')/$count")
    assert not is_like("a.c", "abc")


def test_nothing_is_like_none() -> None:
    assert not is_like("*", None)


@pytest.mark.parametrize("pattern", ["a" * (LONGEST + 1), "*" * (MOST_MARKS + 1), "?" * (MOST_MARKS + 1)])
def test_a_pattern_has_bounds(pattern: str) -> None:
    with pytest.raises(GlobError, match=r"at most 1,000 characters and 20 wildcards"):
        read_glob(pattern)


@pytest.mark.parametrize(
    "match", [{"path": "*a" * 30}, {"operation": "*a" * 30}, {"header": {"name": "accept", "value": "*a" * 30}}]
)
def test_a_fault_with_such_a_pattern_is_refused_and_not_there(graph: Graph, match: dict[str, Any]) -> None:
    faults = graph.tenant.faults
    with pytest.raises(FaultError, match=rf"^match\.{next(iter(match))}.*at most 1,000 characters"):
        faults.add({"match": match, "effect": {"status": 503}})
    assert not list(faults)
    assert graph.get(ROOT, headers=AS_APP).status == 200
