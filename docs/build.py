"""Writes what is made from data: the reference, behaviour, the list of scenarios and their schema (`make docs`)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from emulator.contract.load import OVERLAYS, load, load_problems
from emulator.contract.quirks import Quirk, load_quirks
from emulator.contract.reference import reference
from emulator.scenario.load import SCHEMA_FILE, load_scenario, shipped
from emulator.scenario.schema import schema_text

DOCS = Path(__file__).parent
_BEGIN, _END = "<!-- list: written by docs/build.py -->\n", "<!-- end of list -->"
HEAD = """# Behaviour

What is emulated of what Bookings does, what is a guess, and what is not emulated. *Emulated*: documented or seen;
*guess*: nobody outside the service knows, and the most plausible behaviour was chosen; *absent*: not there. Where the
documents and the observed service differ, or where a guess matters, there is a switch: [quirks](#quirks).
"""
QUIRKS = """## Quirks

Each can be switched at the start (`--quirk ID=VALUE`), while running (`PUT /_emulator/quirks/{id}` with
`{"value": …}`) and in process (`create_app(quirks={…})`). `GET /_emulator/quirks` lists them with their present values.
A number such as Q9 is a second name of the same quirk.

| id | number | what the service does | default | values | switched | confidence | source |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def pages() -> dict[Path, str]:
    """The pages and what belongs into them."""
    return {
        DOCS / "reference.md": reference([load(version) for version in OVERLAYS], load_problems()),
        DOCS / "behaviour.md": behaviour(tomllib.loads((DOCS / "behaviour.toml").read_text(encoding="utf-8"))),
        DOCS / "scenarios.md": scenarios((DOCS / "scenarios.md").read_text(encoding="utf-8")),
        DOCS.parent / "scenarios" / SCHEMA_FILE: schema_text().decode(),
    }


def scenarios(page: str) -> str:
    """The page of scenarios with its list, between its two marks, as the files say."""
    rows = "".join(_scenario(name, file) for name, file in shipped().items())
    unshown = tomllib.loads((DOCS / "scenarios.toml").read_text(encoding="utf-8"))["unshown"]
    reasons = "".join(f"| `{id_}` | {load_problems()[id_].status} | {why} |\n" for id_, why in unshown.items())
    listed = (
        "| scenario | what it shows | refusals | source |\n| --- | --- | --- | --- |\n"
        f"{rows}\nNot shown:\n\n| refusal | status | why |\n| --- | --- | --- |\n{reasons}"
    )
    return re.sub(f"{_BEGIN}.*{_END}", lambda _: f"{_BEGIN}{listed}{_END}", page, flags=re.DOTALL)


def _scenario(name: str, file: Path) -> str:
    each = load_scenario(name)
    problems = ", ".join(f"`{id_}`" for id_ in each.problems)
    link = f"[`{name}`](../scenarios/{file.name})"
    return f"| {link} | **{each.title}.** {each.shows} | {problems} | {each.source} |\n"


def behaviour(data: dict[str, Any]) -> str:
    """The page of behaviour: one table an area, then the quirks."""
    areas = "\n".join(_area(each["name"], each["rows"]) for each in data["area"])
    return f"{HEAD}\n{areas}\n{QUIRKS}{''.join(_quirk(each) for each in load_quirks().values())}"


def _area(name: str, rows: list[list[str]]) -> str:
    for status, _ in rows:
        if status not in ("emulated", "guess", "absent"):
            raise ValueError(f"behaviour.toml: {name}: status takes emulated, guess or absent; {status!r} came")
    lines = "".join(f"| {status} | {text} |\n" for status, text in rows)
    return f"## {name}\n\n| | |\n| --- | --- |\n{lines}"


def _quirk(row: Quirk) -> str:
    default = {True: "on", False: "off"}.get(row.default, row.default) if isinstance(row.default, bool) else row.default
    values = ", ".join(row.values) or "on, off"
    cells = (f"`{row.id}`", row.number or "", row.title, default, values, row.does, row.confidence, row.source)
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
        print(page)
