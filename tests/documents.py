"""The documents as the tests read them: their pages, headings, links and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_NOT_RUN = re.compile(r"\**_?Not run\b[^\w]*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code with its place. `reason` is what the page says where it is not run, None elsewhere."""

    page: Path
    line: int
    language: str
    text: str
    reason: str | None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every Markdown page of the project."""
    examples = (each for each in ROOT.glob("examples/**/*.md") if "node_modules" not in each.parts)
    folders = (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md"), *examples)
    return sorted(each for each in folders if not each.name.startswith("."))


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for each in _FENCE.finditer(text):
        before = text[: each.start()]
        body = re.sub(f"^{each[1]}", "", each[3], flags=re.MULTILINE)
        found.append(Block(page, before.count("\n") + 1, each[2], body, _reason(before)))
    return found


def prose(page: Path) -> str:
    """A page without its blocks and its code, where links and headings are."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What a link into a page can name: its headings as GitHub spells them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def _reason(before: str) -> str | None:
    """Why a block is not run: the paragraph before it says so, or the section it is in."""
    paragraphs = [each.strip() for each in re.split(r"\n\s*\n", _FENCE.sub("", before)) if each.strip()]
    if paragraphs and (said := _NOT_RUN.match(paragraphs[-1])):
        return said[1].strip("*_ ")
    section = re.split(r"^(?=#+ )", _FENCE.sub("", before), flags=re.MULTILINE)[-1]
    heading, _, rest = section.partition("\n")
    if heading.lower().endswith(("not run", "(not run)")):
        return rest.strip().partition("\n\n")[0]
    return None
