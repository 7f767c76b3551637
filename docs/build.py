"""Writes what is made from data: pages, and the schema of scenarios (`make docs`); a test holds each to its data."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from bookings_emulator.contract.load import OVERLAYS, load, load_problems
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.control.troubleshooting import load_symptoms
from bookings_emulator.documents.json_schema import fixture_schema_text
from bookings_emulator.documents.reference import reference
from bookings_emulator.faults.planes import targets
from bookings_emulator.faults.presets import load_presets
from bookings_emulator.scenario.load import SCHEMA_FILE
from bookings_emulator.scenario.schema import schema_text
from bookings_emulator.store import recipe_schema
from writers.async_client import async_client
from writers.behaviour import behaviour, quirks
from writers.control import control
from writers.faults import faults
from writers.layout import layout
from writers.literals import literals
from writers.parity import parity
from writers.python import python
from writers.scenarios import scenarios
from writers.settings import settings
from writers.troubleshooting import troubleshooting

DOCS = Path(__file__).parent
ROOT = DOCS.parent
CLIENT = ROOT / "emulator" / "bookings_emulator" / "client"


def pages() -> dict[Path, str]:
    """The files and what belongs into them."""
    contracts = [load(version) for version in OVERLAYS]
    areas = _areas("behaviour.toml")
    rows = load_quirks().values()
    return {
        DOCS / "reference.md": reference(contracts, load_problems()),
        DOCS / "behaviour.md": behaviour(areas),
        DOCS / "quirks.md": quirks(rows),
        DOCS / "parity.md": parity(contracts, load_problems().values(), rows, areas),
        DOCS / "control.md": control(ROUTES),
        DOCS / "faults.md": faults(
            load_presets().values(), targets(), (each for each in load_problems().values() if each.is_injected)
        ),
        DOCS / "settings.md": settings(),
        DOCS / "troubleshooting.md": troubleshooting(load_symptoms()),
        DOCS / "scenarios.md": scenarios(_text("scenarios.md"), _text("scenarios.toml")),
        ROOT / "CONTRIBUTING.md": layout((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), ROOT),
        DOCS / "python.md": python(CLIENT.parent),
        CLIENT / "literals.py": literals(),
        CLIENT / "async_client.py": _formatted(async_client(CLIENT)),
        ROOT / "fixtures" / "fixture.schema.json": fixture_schema_text().decode(),
        ROOT / "fixtures" / recipe_schema.SCHEMA_FILE: recipe_schema.recipe_schema_text().decode(),
        ROOT / "scenarios" / SCHEMA_FILE: schema_text().decode(),
    }


def _areas(name: str) -> list[dict[str, Any]]:
    areas: list[dict[str, Any]] = tomllib.loads(_text(name))["area"]
    return areas


def _formatted(code: str) -> str:
    """Python as ruff formats it, so that what is written is what is checked in."""
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", "written.py", "-"]
    return subprocess.run(command, input=code, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
        print(page)
