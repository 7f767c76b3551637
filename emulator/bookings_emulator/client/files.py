"""Scenarios by name, or as the files that a test suite has beside it, which another process could not read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

Given = str | Path | dict[str, Any]


def scenario_of(given: Given) -> str | dict[str, Any]:
    """A scenario as the control plane takes it: a name, or the content of a .toml or .json file."""
    if isinstance(given, dict):
        return given
    path = Path(given)
    if path.suffix not in (".toml", ".json"):
        return str(given)
    text = path.read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    return found
