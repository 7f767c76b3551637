"""Writes the rows of CONTRIBUTING.md from tests/test_layout.py, which holds the modules to them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from bookings_emulator.documents.markdown import code, codes, table

_BEGIN, _END = "<!-- rows: written by docs/build.py -->\n", "<!-- end of rows -->"


def layout(page: str, root: Path) -> str:
    """The page with the table between its two marks: each module with its row, what it is, and its libraries."""
    rules = ast.parse((root / "tests" / "test_layout.py").read_text(encoding="utf-8"))
    rows, libraries = _value(rules, "ROWS"), _value(rules, "THIRD_PARTY")
    cells = [
        (str(number), code(_shown(root, name)), _about(root, name), codes(sorted(libraries.get(name, ()))))
        for number, names in reversed(list(enumerate(rows, start=1)))
        for name in sorted(names)
    ]
    text = f"{_BEGIN}{table(('row', 'module', 'what it is', 'libraries'), cells)}\n{_END}"
    return re.sub(f"{_BEGIN}.*{_END}", lambda _: text, page, flags=re.DOTALL)


def _value(module: ast.Module, name: str) -> Any:
    """What a module sets a name to."""
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise ValueError(f"tests/test_layout.py sets no {name}")


def _shown(root: Path, name: str) -> str:
    return f"{name}/" if (root / "emulator" / "bookings_emulator" / name).is_dir() else name


def _about(root: Path, name: str) -> str:
    """The first line of the docstring of a module or a package."""
    folder = root / "emulator" / "bookings_emulator" / name
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]
