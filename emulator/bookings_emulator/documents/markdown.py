"""Markdown as the pages made from data use it: tables and code."""

from __future__ import annotations

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; bars and line breaks inside its cells do not break it."""
    heads = list(head)
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Several of them, with commas."""
    return ", ".join(map(code, names))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
