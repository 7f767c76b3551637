"""Fixtures and scenarios by name, or as files of a test suite, which another process does not open for anybody."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bookings_emulator.client.control_http import ControlError
from bookings_emulator.client.word_types import Given

_SUFFIXES = (".toml", ".json")


def fixture_of(given: Given | Sequence[Given], folder: Path | None = None) -> Any:
    """Fixtures as the control plane takes them: names, and the content of files; relative ones are of `folder`.

    Raises ControlError for a file that cannot be read.
    """
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [fixture_of(each, folder) for each in given]
    return _content(given, folder or Path())


def scenario_of(given: Given, folder: Path | None = None) -> str | dict[str, Any]:
    """A scenario as the control plane takes it: a name, or the content of a file with the fixtures that it names.

    Raises ControlError for a file that cannot be read.
    """
    folder = folder or Path()
    found = _content(given, folder)
    if isinstance(found, str):
        return found
    if isinstance(given, str | Path):
        folder = (folder / given).parent
    start = found.get("given")
    if not isinstance(start, dict) or "fixture" not in start:
        return found
    return {**found, "given": {**start, "fixture": fixture_of(start["fixture"], folder)}}


def _content(given: Given, folder: Path) -> str | dict[str, Any]:
    if isinstance(given, dict):
        return given
    path = folder / given
    if path.suffix not in _SUFFIXES:
        return str(given)
    if isinstance(given, str) and Path(given).name == given and not path.exists():
        return given  # the emulator may have a folder in which there is one
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise ControlError(f"cannot read {path}: {error}") from error
    if not isinstance(found, dict):
        raise ControlError(f"{path}: expected an object; got {type(found).__name__}")
    plain: dict[str, Any] = _plain(found)
    return plain


def _plain(value: Any) -> Any:
    """A value of TOML as JSON has it: moments become text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    return value
