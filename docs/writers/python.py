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
_ROW_MODULES = ("client/answers.py", "client/receiver.py")  # where the items of lists are described
_HEAD = """# The Python client

Generated from the signatures and docstrings of the package. The pytest fixture `bookings` is a `Client`; `AsyncClient`
and the fixture `async_bookings` have the same methods, which you await. Everything is typed: mypy and editors know
every name below. If the emulator refuses a call, it raises `ControlError`, which says what was expected, what came and
where.

"""


def python(package: Path) -> str:
    """The page `docs/python.md` from the modules of the package."""
    classes = "\n".join(_class(package / file, _find(package / file, name)) for name, file in _CLASSES)
    words = "\n".join(_words(each) for each in _typed(package / "client" / "word_types.py"))
    rows = "\n".join(map(_row, list_rows(package)))
    named = "## Keyword arguments\n\nThe arguments of methods with `**words: Unpack[…Words]`.\n\n"
    told = "## Rows\n\nThe items of lists. A row is a dictionary with these members.\n\n"
    return f"{_HEAD}{classes}\n{named}{words}\n{told}{rows}"


def list_rows(package: Path) -> list[ast.ClassDef]:
    """The rows that the described classes take or give, and those inside these, in the order of their modules."""
    there = {each.name: each for file in _ROW_MODULES for each in _typed(package / file) if _annotated_names(each)}
    wanted = {name for title, file in _CLASSES for name in _told_names(_find(package / file, title))}
    found: set[str] = set()
    while wanted:
        found |= wanted
        wanted = {name for each in wanted & there.keys() for name in _annotated_names(there[each])} - found
    described = {name for name, _ in _CLASSES}
    return [each for name, each in there.items() if name in found and name not in described]


def _told_names(described: ast.ClassDef) -> set[str]:
    """The names of types in the public signatures and attributes of a class."""
    public = [each for each in described.body if isinstance(each, ast.FunctionDef) and _is_public(each)]
    types = [each for method in public for each in (*_argument_types(method), method.returns) if each is not None]
    attributes = [each.annotation for each in _attributes(described) if isinstance(each, ast.AnnAssign)]
    return {name for each in (*types, *attributes, *described.bases) for name in _names_in(each)}


def _argument_types(method: ast.FunctionDef) -> Iterator[ast.expr | None]:
    return (each.annotation for each in (*method.args.args, *method.args.kwonlyargs))


def _annotated_names(row: ast.ClassDef) -> set[str]:
    """The names of types in the members of a row, and of what it is built on."""
    members = [each.annotation for each in row.body if isinstance(each, ast.AnnAssign)]
    return {name for each in (*members, *row.bases) for name in _names_in(each)} if members else set()


def _names_in(type_: ast.expr) -> Iterator[str]:
    """The names in a type, also in one that is written as text; not those of what `Annotated` says of it."""
    if isinstance(type_, ast.Subscript) and ast.unparse(type_.value) == "Annotated":
        yield from _names_in(type_.slice.elts[0] if isinstance(type_.slice, ast.Tuple) else type_.slice)
    elif isinstance(type_, ast.Name):
        yield type_.id
    elif isinstance(type_, ast.Constant) and isinstance(type_.value, str) and type_.value.isidentifier():
        yield type_.value
    else:
        for each in ast.iter_child_nodes(type_):
            if isinstance(each, ast.expr):
                yield from _names_in(each)


def _is_public(method: ast.FunctionDef) -> bool:
    return not method.name.startswith("_") or method.name in ("__init__", "__call__")


def _attributes(described: ast.ClassDef) -> Iterator[ast.Assign | ast.AnnAssign]:
    """What the constructor of a class sets that is public."""
    for begin in described.body:
        if isinstance(begin, ast.FunctionDef) and begin.name == "__init__":
            for each in begin.body:
                target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
                is_own = isinstance(target, ast.Attribute) and re.fullmatch(r"self\.[a-z]\w*", ast.unparse(target))
                if isinstance(each, ast.Assign | ast.AnnAssign) and is_own:
                    yield each


def _describe_attribute(lines: list[str], set_: ast.Assign | ast.AnnAssign) -> str:
    """A row of the table of attributes: name, type, and the comment behind it, if there is one."""
    target = set_.target if isinstance(set_, ast.AnnAssign) else set_.targets[0]
    if isinstance(set_, ast.AnnAssign):
        type_ = ast.unparse(set_.annotation)
    elif isinstance(set_.value, ast.Call):
        type_ = ast.unparse(set_.value.func)
    else:
        raise ValueError(f"{ast.unparse(target)}: annotate its type, for docs/python.md")
    comment = lines[set_.lineno - 1].partition("  # ")[2]
    is_described = type_ in {name for name, _ in _CLASSES}
    told = f"[{type_}](#{type_.lower()})" if is_described else _cell(comment)
    return f"| `{ast.unparse(target).removeprefix('self.')}` | `{_cell(type_)}` | {told} |"


def _find(file: Path, name: str) -> ast.ClassDef:
    return next(each for each in _typed(file) if each.name == name)


def _typed(file: Path) -> Iterator[ast.ClassDef]:
    return (each for each in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(each, ast.ClassDef))


def _class(file: Path, found: ast.ClassDef) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    attributes = [_describe_attribute(lines, each) for each in _attributes(found)]
    held = ["| attribute | type | what it is |", "| --- | --- | --- |", *attributes, ""] if attributes else []
    rows = [row for each in found.body if isinstance(each, ast.FunctionDef) for row in _method(each)]
    members = _fields(found.body) if any("NamedTuple" in ast.unparse(each) for each in found.bases) else []
    table = ["| method | what it does |", "| --- | --- |", *rows] if rows else []
    return "\n".join(
        [f"## {found.name}", "", _prose(found), "", *members, *([""] if members else []), *held, *table, ""]
    )


def _method(method: ast.FunctionDef) -> Iterator[str]:
    if not _is_public(method):
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
