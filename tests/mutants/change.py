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


def changes(source: str) -> list[Change]:
    """All changes of a module; texts of refusals and docstrings are left alone."""
    tree = ast.parse(source)
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in _live(tree):
        for make in _MAKERS:
            for part, text, kind in make(node, source):
                start = starts[part.lineno - 1] + part.col_offset
                end = starts[(part.end_lineno or 1) - 1] + (part.end_col_offset or 0)
                found.append(Change(part.lineno, start, end, text, kind))
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


def _text(node: ast.AST, source: str) -> str:
    """The text of an expression, in parentheses where it could fall apart in another place."""
    text = ast.get_source_segment(source, node) or ast.unparse(node)
    return text if isinstance(node, _SIMPLE) else f"({text})"


def _comparisons(node: ast.AST, source: str) -> _Made:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        left, right = _text(node.left, source), _text(node.comparators[0], source)
        yield node, f"({left} {_COMPARED[type(node.ops[0])]} {right})", "comparison"


def _operators(node: ast.AST, source: str) -> _Made:
    if isinstance(node, ast.BoolOp):
        word = " or " if isinstance(node.op, ast.And) else " and "
        yield node, "(" + word.join(_text(each, source) for each in node.values) + ")", "and/or"
        yield node, _text(node.values[0], source), "operand dropped"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, _text(node.operand, source), "not dropped"
    if isinstance(node, ast.BinOp) and type(node.op) in _COUNTED and not isinstance(node.left, ast.Constant):
        left, right = _text(node.left, source), _text(node.right, source)
        yield node, f"({left} {_COUNTED[type(node.op)]} {right})", "arithmetic"


def _constants(node: ast.AST, source: str) -> _Made:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, str(not node.value), "boolean"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, str(node.value + 1), "number"


def _branches(node: ast.AST, source: str) -> _Made:
    if isinstance(node, ast.If):
        yield node.test, f"not ({_text(node.test, source)})", "negated if"
    if isinstance(node, ast.IfExp):
        body, test, other = (_text(each, source) for each in (node.body, node.test, node.orelse))
        yield node, f"({other} if {test} else {body})", "branches swapped"
    if isinstance(node, ast.comprehension) and node.ifs:
        yield node.ifs[0], "True", "filter dropped"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
        yield node.func, _SWAPPED[node.func.id], "min/max/any/all"


def _statements(node: ast.AST, source: str) -> _Made:
    if isinstance(node, ast.Expr | ast.AugAssign):
        yield node, "pass", "statement removed"
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield node, "return None", "return None"


_MAKERS: tuple[Callable[[ast.AST, str], _Made], ...] = (_comparisons, _operators, _constants, _branches, _statements)
