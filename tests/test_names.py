"""Names: a function is a verb with its object, and a name stands for one thing; what is left may only become fewer."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "emulator" / "bookings_emulator"
# participles that do not end in -ed
_IRREGULAR = frozenset(
    {
        "begun", "bound", "broken", "brought", "built", "chosen", "come", "done", "drawn", "driven", "found", "given",
        "gone", "held", "hidden", "hurt", "kept", "known", "laid", "left", "lent", "lost", "made", "meant", "met",
        "paid", "said", "sent", "shown", "spent", "spoken", "stood", "sworn", "taken", "taught", "thrown", "told",
        "understood", "withdrawn", "won", "written",
    }
)  # fmt: skip
# words that end in -ed and are verbs or nouns
_VERBS = frozenset({"bed", "embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed"})
# how many there are; new code adds none, and who renames some lowers the number
CEILINGS = {"participles": 135, "repeated": 340}
SLACK = 15  # how far a ceiling may lie above what there is, so that work in parallel does not meet here


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is read like a value, and so may be called like one."""
    return any("property" in ast.unparse(each) for each in node.decorator_list)


def is_participle(name: str) -> bool:
    word = name.strip("_")
    return "_" not in word and word not in _VERBS and (word.endswith("ed") or word in _IRREGULAR)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.name == "async_client.py":
            continue  # written from the client, whose properties are methods there
        yield str(file.relative_to(PACKAGE)), ast.parse(file.read_text(encoding="utf-8"))


def participles() -> list[str]:
    """Functions and methods that are called by a bare participle: `_filled` for `fill_placeholders`."""
    return [
        f"{name}: {node.name}"
        for name, tree in trees()
        for node in functions(tree)
        if is_participle(node.name) and not is_property(node)
    ]


def repeated() -> list[str]:
    """Functions of one word that another module defines as well, so that a search for them finds a crowd."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees():
        for node in tree.body:
            is_command = name.startswith("commands/")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_command:
                places[node.name.strip("_")].append(f"{name}: {node.name}")
    return [place for word, found in places.items() if "_" not in word and len(found) > 1 for place in found]


@pytest.mark.parametrize(("kind", "count"), CEILINGS.items(), ids=CEILINGS)
def test_bad_names_only_become_fewer(kind: str, count: int) -> None:
    found = {"participles": participles, "repeated": repeated}[kind]()
    listed = "\n  ".join(found)
    assert len(found) <= count, (
        f"{len(found)} {kind} where {count} are tolerated: call a new function by a verb and its object, a name that "
        f"no other module has\n  {listed}"
    )
    assert len(found) >= count - SLACK, f"only {len(found)} {kind} are left: lower CEILINGS['{kind}'] to {len(found)}"


NAMES = {
    "_filled": True, "filled": True, "told": True, "_shown": True, "__made": True, "read": False, "seed": False,
    "fill_placeholders": False, "made_of": False, "put": False, "_bound": True, "apply": False,
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=NAMES)
def test_a_participle_is_recognized(name: str, expected: bool) -> None:
    assert is_participle(name) is expected


def test_a_class_name_stands_for_one_thing() -> None:
    """The client calls its rows by the names of what they show, a protocol may have the name of what it asks for."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees():
        if not name.startswith("client/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and "Protocol" not in map(ast.unparse, node.bases):
                    places[node.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
