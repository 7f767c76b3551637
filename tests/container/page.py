"""docs/ci.md, as the tests of the image read it: what it says is what is run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.documents import ROOT, Block, blocks

PAGE = ROOT / "docs" / "ci.md"
TEXT = PAGE.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Row:
    """A row of the table of the image: options of `docker build` or `docker run`, and commands behind the image."""

    name: str
    ways: tuple[tuple[str, ...], ...]


def part(heading: str) -> list[Block]:
    """The blocks of a section."""
    before, _, rest = TEXT.partition(f"\n## {heading}\n")
    first = before.count("\n")
    last = first + rest.partition("\n## ")[0].count("\n") + 2
    return [each for each in blocks(PAGE) if first < each.line <= last]


def commands(heading: str) -> list[str]:
    """The commands that a section shows."""
    return [line for each in part(heading) if each.language == "sh" for line in each.text.splitlines()]


def recipe(heading: str, language: str, *, first: bool = False) -> str:
    """The one block of a language in a section, or the first one."""
    texts = [each.text for each in part(heading) if each.language == language]
    assert first or len(texts) == 1, f"{heading}: {len(texts)} blocks of {language}"
    return texts[0]


def span(start: str) -> str:
    """The first code within a line that starts so."""
    found = re.search(rf"`({re.escape(start)}[^`]*)`", TEXT)
    assert found, f"{PAGE.name} does not say `{start}…`"
    return found[1]


def rows() -> list[Row]:
    """The rows of the table of the image; ways that are joined by "or" stand apart."""
    found = re.findall(r"^\| ([^|`]+) \| (.*) \|$", TEXT.partition("\n## The image\n")[2], re.MULTILINE)
    table = [Row(name, tuple(_codes(each) for each in cell.split(", or "))) for name, cell in found if name != "what"]
    return [each for each in table if set(each.name) != {"-"}]


def _codes(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))
