"""Fixtures and scenarios that callers name or send; no file is opened but those of folders named at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bookings_emulator.problem import did_you_mean
from bookings_emulator.scenario.load import ScenarioError, load_scenario
from bookings_emulator.scenario.load import shipped as shipped_scenarios
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture, load_fixture, read_fixture, shipped
from bookings_emulator.tenants import Tenants

_SUFFIXES = (".json", ".toml")
_LONGEST = 200  # characters of the name of a file


class Files:
    """What the callers of a process may name."""

    def __init__(self, tenants: Tenants) -> None:
        self._settings = tenants.settings
        self._started_with = {each.name: each for each in tenants.default.start.fixtures}

    def fixture(self, given: str | dict[str, Any]) -> Fixture:
        """A fixture by its name, or as its file would be in JSON. Raises FixtureError."""
        if not isinstance(given, str):
            return read_fixture("sent", given)
        if given in shipped():
            return load_fixture(given)
        started = self._started_with.get(_without_suffix(given))
        if started is not None:
            return started
        file = _file_in(self._settings.fixtures_folder, given)
        if file is not None:
            return load_fixture(str(file))
        known = [*shipped(), *self._started_with, *_names_in(self._settings.fixtures_folder)]
        raise FixtureError(_unknown("fixture", given, known))

    def scenario(self, given: str) -> Scenario:
        """A scenario by its name. Raises ScenarioError."""
        if given in shipped_scenarios():
            return load_scenario(given)
        file = _file_in(self._settings.scenarios_folder, given)
        if file is not None:
            return load_scenario(str(file))
        known = [*shipped_scenarios(), *_names_in(self._settings.scenarios_folder)]
        raise ScenarioError(_unknown("scenario", given, known))

    def scenarios(self) -> list[str]:
        """The names of the scenarios that may be named."""
        return [*shipped_scenarios(), *_names_in(self._settings.scenarios_folder)]


def _unknown(kind: str, name: str, known: list[str]) -> str:
    """What is said of any name that is not known, whether or not there is a file of that name somewhere."""
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]} …"
    hint = did_you_mean(name, known)
    if not hint and ("/" in name or "\\" in name or name.endswith(_SUFFIXES)):
        hint = f"; send the file's content as an object, or start the emulator with --{kind}s-folder FOLDER"
    return f"there is no {kind} '{shown}'; known are {', '.join(dict.fromkeys(known))}{hint}"


def _without_suffix(name: str) -> str:
    return name[:-5] if name.endswith(_SUFFIXES) else name


def _names_in(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    return sorted(each.stem for each in folder.iterdir() if _file_in(folder, each.name) is not None)


def _file_in(folder: Path | None, name: str) -> Path | None:
    """The file of a bare name, with its suffix or without, in a folder; no link leads out of it."""
    if folder is None or not name or len(name) > _LONGEST or name.startswith(".") or set(name) & set("/\\:\0"):
        return None
    home = folder.resolve()
    names = [name] if name.endswith(_SUFFIXES) else [name + each for each in _SUFFIXES]
    files = ((home / each).resolve() for each in names)
    return next((each for each in files if each.is_relative_to(home) and each.is_file()), None)
