"""The changes that are tried: every place of a module where one operator of the syntax tree can be another one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_COUNTED: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "+",
    ast.BitOr: "&", ast.BitAnd: "|",
}  # fmt: skip
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Change(NamedTuple):
    """A stretch of the text of a module, and what stands there instead."""

    line: int
    start: int
    end: int
    text: str
    kind: str


class _Text:
    """The text of a module, and where in it a node stands; `ast.get_source_segment` splits all of it for every node."""

    def __init__(self, source: str) -> None:
        self._raw = source.encode()
        self._starts = [0]
        for line in self._raw.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)

    def of(self, node: ast.expr) -> str:
        """The text of an expression, in parentheses where it could fall apart in another place."""
        start, end = self.span(node)
        text = self._raw[start:end].decode()
        return text if isinstance(node, _SIMPLE) else f"({text})"


def changes(source: str) -> list[Change]:
    """All changes of a module; texts of refusals and docstrings are left alone."""
    whole = _Text(source)
    found = []
    for node in _live(ast.parse(source)):
        for make in _MAKERS:
            for part, text, kind in make(node, whole):
                found.append(Change(part.lineno, *whole.span(part), text, kind))
    return found


def apply(source: str, change: Change) -> str:
    """The text of a module with one change."""
    raw = source.encode()
    return (raw[: change.start] + change.text.encode() + raw[change.end :]).decode()


def _live(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that a run can reach, without annotations, raised texts and docstrings."""
    for child in ast.iter_child_nodes(node):
        is_dead = isinstance(child, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr)
        is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_annotation = isinstance(node, ast.arg | ast.AnnAssign) and child is node.annotation
        is_returned = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and child is node.returns
        is_typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if is_dead or is_text or is_annotation or is_returned or is_typing:
            continue
        yield child
        yield from _live(child)


_Made = Iterator[tuple[ast.expr | ast.stmt, str, str]]


_SIMPLE = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript)


def _comparisons(node: ast.AST, whole: _Text) -> _Made:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        left, right = whole.of(node.left), whole.of(node.comparators[0])
        yield node, f"({left} {_COMPARED[type(node.ops[0])]} {right})", "comparison"


def _operators(node: ast.AST, whole: _Text) -> _Made:
    if isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        yield node, "(" + word.join(whole.of(each) for each in node.values) + ")", "and/or"
        yield node, whole.of(node.values[0]), "operand dropped"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, whole.of(node.operand), "not dropped"
    if isinstance(node, ast.BinOp) and type(node.op) in _COUNTED and not isinstance(node.left, ast.Constant):
        left, right = whole.of(node.left), whole.of(node.right)
        yield node, f"({left} {_COUNTED[type(node.op)]} {right})", "arithmetic"


def _constants(node: ast.AST, whole: _Text) -> _Made:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, str(not node.value), "boolean"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, str(node.value + 1), "number"


def _branches(node: ast.AST, whole: _Text) -> _Made:
    if isinstance(node, ast.If):
        yield node.test, f"not ({whole.of(node.test)})", "negated if"
    if isinstance(node, ast.IfExp):
        body, test, other = (whole.of(each) for each in (node.body, node.test, node.orelse))
        yield node, f"({other} if {test} else {body})", "branches swapped"
    if isinstance(node, ast.comprehension) and node.ifs:
        yield node.ifs[0], "True", "filter dropped"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
        yield node.func, _SWAPPED[node.func.id], "min/max/any/all"


def _statements(node: ast.AST, whole: _Text) -> _Made:
    if isinstance(node, ast.Expr | ast.AugAssign):
        yield node, "pass", "statement removed"
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield node, "return None", "return None"


_MAKERS: tuple[Callable[[ast.AST, str], _Made], ...] = (_comparisons, _operators, _constants, _branches, _statements)
