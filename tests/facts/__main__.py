"""Writes the facts of the contracts beside the tests, after somebody has changed one on purpose."""

from __future__ import annotations

from tests.facts import file_of, lines, names

for name in names():
    file_of(name).write_text("\n".join(lines(name)) + "\n", encoding="utf-8")
