"""The page of the Python client: every class, its methods with their types, and the members of rows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# what the page describes, in its order: the class and the module it stands in
_CLASSES = (
    ("Client", "client/client.py"),
    ("Journal", "client/journal.py"),
    ("Clock", "client/clock.py"),
    ("Outbox", "client/rows.py"),
    ("Symptoms", "client/rows.py"),
    ("Faults", "client/faults.py"),
    ("Fault", "client/faults.py"),
    ("Stubs", "client/stubs.py"),
    ("Stub", "client/stubs.py"),
    ("Deliveries", "client/deliveries.py"),
    ("Subscriptions", "client/deliveries.py"),
    ("DeviceCodes", "client/callers.py"),
    ("Receiver", "client/receiver.py"),
    ("Snapshot", "client/snapshots.py"),
    ("Events", "client/events.py"),
    ("Adder", "client/builder.py"),
    ("BusinessBuilder", "client/builder.py"),
    ("NamedBusiness", "client/named_records.py"),
    ("NamedRecord", "client/named_records.py"),
    ("Emulator", "embedded.py"),
    ("Settings", "settings.py"),
)
_ROWS = (
    ("Exchange", "client/answers.py"),
    ("Note", "client/answers.py"),
    ("Permissions", "client/answers.py"),
    ("Message", "client/answers.py"),
    ("Delivery", "client/answers.py"),
    ("Subscription", "client/answers.py"),
    ("Notification", "client/receiver.py"),
    ("StreamEvent", "client/answers.py"),
    ("FaultRow", "client/answers.py"),
    ("PersonaRow", "client/answers.py"),
    ("QuirkRow", "client/answers.py"),
    ("ScenarioRow", "client/answers.py"),
    ("SymptomRow", "client/answers.py"),
)
_HEAD = """# The Python client

Generated from the signatures and docstrings of the package. The pytest fixture `bookings` is a `Client`; `AsyncClient`
and the fixture `async_bookings` have the same methods, which you await. Everything is typed: mypy and editors know
every name below. If the emulator refuses a call, it raises `ControlError`, which says what was expected, what came and
where.

"""


def python(package: Path) -> str:
    """The page `docs/python.md` from the modules of the package."""
    classes = "\n".join(_class(_find(package / file, name)) for name, file in _CLASSES)
    words = "\n".join(_words(each) for each in _typed(package / "client" / "word_types.py"))
    rows = "\n".join(_row(_find(package / file, name)) for name, file in _ROWS)
    named = "## Keyword arguments\n\nThe arguments of methods with `**words: Unpack[…Words]`.\n\n"
    told = "## Rows\n\nThe items of lists. A row is a dictionary with these members.\n\n"
    return f"{_HEAD}{classes}\n{named}{words}\n{told}{rows}"


def _find(file: Path, name: str) -> ast.ClassDef:
    return next(each for each in _typed(file) if each.name == name)


def _typed(file: Path) -> Iterator[ast.ClassDef]:
    return (each for each in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(each, ast.ClassDef))


def _class(found: ast.ClassDef) -> str:
    rows = [row for each in found.body if isinstance(each, ast.FunctionDef) for row in _method(each)]
    members = _fields(found.body) if any("NamedTuple" in ast.unparse(each) for each in found.bases) else []
    table = ["| method | what it does |", "| --- | --- |", *rows] if rows else []
    return "\n".join([f"## {found.name}", "", _prose(found), "", *members, *([""] if members else []), *table, ""])


def _method(method: ast.FunctionDef) -> Iterator[str]:
    if method.name.startswith("_") and method.name not in ("__init__", "__call__"):
        return
    told = ast.get_docstring(method) or ""
    is_property = any("property" in ast.unparse(each) for each in method.decorator_list)
    if not told and method.name != "__init__":
        return
    arguments = ast.unparse(method.args).removeprefix("self").removeprefix(", ")
    returned = f" → {ast.unparse(method.returns)}" if method.returns and method.name != "__init__" else ""
    name = {"__init__": "(constructor)", "__call__": "(call)"}.get(method.name, method.name)
    call = f"{name}{returned}" if is_property else f"{name}({arguments}){returned}"
    yield f"| `{_cell(call)}` | {_cell(told)} |"


def _words(found: ast.ClassDef) -> str:
    return f"- `{found.name}`: {', '.join(_names(found.body))}\n"


def _row(found: ast.ClassDef) -> str:
    return "\n".join([f"### {found.name}", "", _prose(found), "", *_fields(found.body), ""])


def _fields(body: Iterable[ast.stmt]) -> list[str]:
    members = map(_describe_member, _annotated(body))
    rows = [f"| `{name}` | `{_cell(type_)}`{_cell(about)} |" for name, type_, about in members]
    return ["| member | type |", "| --- | --- |", *rows] if rows else []


def _describe_member(member: tuple[str, str]) -> tuple[str, str, str]:
    """Name and type of a member, and what `Annotated` says of it."""
    name, type_ = member
    found = re.search(r"Annotated\[(.*), (?:'([^']*)'|Named\('\w+'\))\]", type_)
    return (
        (name, type_.replace(found[0], found[1]), f": {found[2]}" if found[2] else "") if found else (name, type_, "")
    )


def _names(body: Iterable[ast.stmt]) -> Iterator[str]:
    return (f"`{name}`" for name, _ in _annotated(body))


def _annotated(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for each in body:
        if isinstance(each, ast.AnnAssign):
            yield ast.unparse(each.target), ast.unparse(each.annotation)


def _prose(found: ast.ClassDef) -> str:
    return ast.get_docstring(found) or ""


def _cell(text: str) -> str:
    """A text as it stands in a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
