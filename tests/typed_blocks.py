"""The Python that the documents show, with the types of the fixtures written in, for type checkers to judge."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.documents import Block, blocks, pages

# fixture → its type; a block shows it without, since pytest hands it over
FIXTURES = {
    "bookings": "bookings_emulator.Client",
    "bookings_mock": "bookings_emulator.Client",
    "async_bookings": "bookings_emulator.AsyncClient",
    "monkeypatch": "pytest.MonkeyPatch",
}
# what is no program of a user's: fragments of this project, and SDKs that the environment of the checkers lacks
_OTHERS = ("docs/first-change.md",)
_ABSENT = ("msal", "azure", "msgraph", "testcontainers", "kiota")


def typed_blocks() -> Iterator[tuple[Block, str]]:
    """Every block of Python that shows the client, and the program that checkers get."""
    for page in pages():
        for block in blocks(page):
            if block.language == "python" and block.reason is None and not _is_other(block):
                yield block, annotate(block.text)


def write_blocks(folder: Path) -> list[str]:
    """Write every such program into a folder; the names of the files."""
    names = []
    for block, program in typed_blocks():
        name = re.sub(r"\W", "_", block.place) + ".py"
        (folder / name).write_text(program, encoding="utf-8")
        names.append(name)
    return names


def annotate(text: str) -> str:
    """A program whose functions say the types of fixtures, and what they return: nothing, or anything."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in node.args.args:
                if argument.annotation is None and argument.arg in FIXTURES:
                    argument.annotation = ast.parse(FIXTURES[argument.arg], mode="eval").body
            if node.returns is None:
                node.returns = ast.Name("object") if _gives(node) else ast.Constant(None)
    head = "from __future__ import annotations\nimport pytest\nimport bookings_emulator\n"
    return head + ast.unparse(tree) + "\n"


def _gives(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function gives anything back."""
    return any(
        isinstance(each, ast.Yield | ast.YieldFrom) or (isinstance(each, ast.Return) and each.value)
        for each in ast.walk(function)
    )


def _is_other(block: Block) -> bool:
    return block.place.startswith(_OTHERS) or any(
        f"import {each}" in block.text or f"from {each}" in block.text for each in _ABSENT
    )
