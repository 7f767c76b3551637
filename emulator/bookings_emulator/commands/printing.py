"""How the commands that drive an emulator print what they get: tables for people, JSON for programs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import orjson

_GAP = "  "


def print_json(value: object) -> None:
    """Print a value as JSON that people can read as well."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows below their head, the last column cut where a terminal ends; `empty` is said if there are none."""
    texts = [[_text(cell) for cell in row] for row in rows]
    if not texts:
        click.echo(empty)
        return
    widths = [max(len(row[place]) for row in [list(head), *texts]) for place in range(len(head) - 1)]
    room = max(20, _room() - sum(widths) - len(_GAP) * len(widths))
    for row in [list(head), *texts]:
        line = _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        click.echo(f"{line}{_GAP}{_cut(row[-1], room)}".rstrip() if widths else _cut(row[-1], room))


def print_rows(rows: Sequence[Any], columns: Sequence[str], *, is_json: bool, empty: str) -> None:
    """Print rows of the control plane: whole as JSON, or the named members as a table."""
    if is_json:
        print_json(rows)
        return
    print_table(columns, ([row.get(name) for name in columns] for row in rows), empty=empty)


def _room() -> int:
    """The columns of the terminal; as many as there may be where the output is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _text(cell: object) -> str:
    """One cell in one line."""
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list | tuple):
        return ", ".join(map(str, cell)) or "-"
    return " ".join(str(cell).split()) if isinstance(cell, str) else str(cell)


@contextmanager
def show_progress(length: int, title: str, least: int = 2) -> Iterator[Callable[[], object]]:
    """Show on a terminal how far a long work is, on the error stream; what it gives is called after each of its parts.

    click's bar is taken because click is there anyway; elsewhere than on a terminal it is one line. A work of fewer
    than `least` parts says nothing.
    """
    if length < least or not sys.stderr.isatty():
        if length >= least > 2:
            click.echo(f"{title}: {length:,}", err=True)
        yield lambda: None
        return
    with click.progressbar(length=length, label=title, file=sys.stderr) as bar:
        yield lambda: bar.update(1)
