"""What is kept for texts that come again has bounds of count and of length."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookings_emulator.caches import keep_answers

PACKAGE = Path(__file__).parents[1] / "emulator" / "bookings_emulator"
# functions whose arguments no client chooses, or that refuse to be called with long ones
OF_OUR_OWN = {
    "api": "versions and switches of the contract, of which few stand together",
    "_lines_to_look_at": "types of the contract",
    "format_duration": "lengths of time",
    "jwk_of": "numbers",
    "_instant_of_stored": "times as they are stored, all of one form",
    "_find_spans": "hours that are called with few slots and for few days only",
    "_lay_out_day": "hours that are called with few slots only",
    "_pattern": "templates of paths in our contract",
    "_set_path": "called with short keys only",
    "load": "versions of the contract",
    "match_base": "the base of our contract",
    "_verdict": "versions of the contract",
    "relay_to": "the address that a setting names",
    "_compile_page_path": "templates of paths in our contract",
}  # fmt: skip


def decorated_functions() -> Iterator[tuple[str, str, str]]:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.args.args:
                for each in map(ast.unparse, node.decorator_list):
                    if each == "cache" or each.startswith("lru_cache"):
                        yield file.name, node.name, each


@pytest.mark.parametrize(("file", "name", "decorator"), [*decorated_functions()])
def test_no_function_keeps_what_clients_send_without_bounds(file: str, name: str, decorator: str) -> None:
    size = re.fullmatch(r"lru_cache\(maxsize=(\d)\)", decorator)
    assert size or name in OF_OUR_OWN, f"{file}: {name} keeps texts of any length; take keep_answers"


def test_a_short_text_is_answered_once_and_a_long_one_every_time() -> None:
    asked: list[str] = []

    @keep_answers(2, longest=3)
    def answer(text: str, other: str = "") -> str:
        """What it is."""
        asked.append(text)
        return text + other

    assert [answer("abc"), answer("abc"), answer("abc", "d")] == ["abc", "abc", "abcd"]
    assert asked == ["abc", "abc"]
    assert [answer("long"), answer("long"), answer("a", "long")] == ["long", "long", "along"]
    assert asked == ["abc", "abc", "long", "long", "a"]
    assert answer.__doc__ == "What it is."


def test_the_oldest_go_first() -> None:
    asked: list[str] = []
    answer = keep_answers(2)(asked.append)
    for each in "abcab":
        answer(each)
    assert asked == ["a", "b", "c", "a", "b"]
