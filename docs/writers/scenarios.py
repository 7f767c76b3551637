"""Writes the list of docs/scenarios.md from the files of scenarios."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bookings_emulator.contract.load import load_problems
from bookings_emulator.documents.markdown import code, codes, table
from bookings_emulator.scenario.load import load_scenario, shipped

_BEGIN, _END = "<!-- list: written by docs/build.py -->\n", "<!-- end of list -->"
_COMPLETE = (
    "Every refusal with 401, 403, 404, 429 or 500 in the [reference](reference.md#problems) is shown by at least one."
)


def scenarios(page: str, unshown: str) -> str:
    """The page of scenarios with its list, between its two marks, as the files say; `unshown` is TOML."""
    rows = [_scenario(name, file) for name, file in shipped().items()]
    problems = load_problems()
    reasons = [(code(id_), str(problems[id_].status), why) for id_, why in tomllib.loads(unshown)["unshown"].items()]
    listed = table(("scenario", "what it shows", "refusals", "source"), rows)
    missing = f"Not shown:\n\n{table(('refusal', 'status', 'why'), reasons)}" if reasons else _COMPLETE
    text = f"{_BEGIN}{listed}\n\n{missing}\n{_END}"
    return re.sub(f"{_BEGIN}.*{_END}", lambda _: text, page, flags=re.DOTALL)


def _scenario(name: str, file: Path) -> tuple[str, ...]:
    each = load_scenario(name)
    return f"[`{name}`](../scenarios/{file.name})", f"**{each.title}.** {each.shows}", codes(each.problems), each.source
