"""Named presets: the documented failures as rules, read from `presets.toml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bookings_emulator.contract.property_lines import known, nearest, needed
from bookings_emulator.contract.tables import read_table
from bookings_emulator.faults.shape import FaultError

_WORDS = {"title", "shows", "source", "confidence", "rules"}
_COUNTS = {1: "once", 2: "twice", 3: "three times"}
_PARTS = ("match", "effect", "schedule")


class Preset(NamedTuple):
    """One documented failure: what happens, how a client should take it, and where that is known from."""

    name: str
    title: str
    shows: str
    source: str
    confidence: str
    rules: tuple[Mapping[str, Any], ...]

    @property
    def bare_title(self) -> str:
        """What happens, without how often."""
        return self.title.removesuffix(_word_count(self.rules[0]))


@cache
def load_presets() -> dict[str, Preset]:
    """All presets by name. Raises ContractError for a word that is not known."""
    presets = {}
    for name, table in _file()["preset"].items():
        where = f"presets.toml: preset.{name}"
        known(table, _WORDS, where)
        needed(table, _WORDS, where)
        rules = tuple(map(_read_rule, table["rules"]))
        counted = table["title"] + _word_count(rules[0])
        presets[name] = Preset(name=name, **{**table, "title": counted, "rules": rules})
    return presets


def _read_rule(given: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """A rule, which is JSON as text where it needs a null."""
    rule: Mapping[str, Any] = json.loads(given) if isinstance(given, str) else given
    return rule


@cache
def samples() -> dict[str, str]:
    """What stands for a placeholder of a refusal where neither the exchange nor the rule says it."""
    found: dict[str, str] = _file()["sample"]
    return found


def expand(given: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rules of a preset, or the one rule that is given.

    `{"preset": "throttled", "match": {…}, "schedule": {…}}` lays the members of its parts over those of the preset.
    Raises FaultError for an unknown preset.
    """
    if not isinstance(given, str) and "preset" not in given:
        return [given]
    asked = {"preset": given} if isinstance(given, str) else dict(given)
    name = str(asked.pop("preset"))
    preset = load_presets().get(name)
    if preset is None:
        raise FaultError(f"preset: there is no preset '{name}'{nearest(name, load_presets())}")
    if "id" in asked and len(preset.rules) > 1:
        raise FaultError(f"id: the preset {name} adds {len(preset.rules)} faults, so they cannot share one id")
    return [_laid_over(rule, asked, preset.bare_title) for rule in preset.rules]


def _laid_over(rule: Mapping[str, Any], asked: Mapping[str, Any], title: str) -> Mapping[str, Any]:
    laid: dict[str, Any] = dict(rule)
    for name, value in asked.items():
        merges = name in _PARTS and isinstance(value, Mapping)
        laid[name] = {**laid.get(name, {}), **value} if merges else value
    return {"title": title + _word_count(laid) + _word_changes(rule, laid), **laid}


def _word_count(rule: Mapping[str, Any]) -> str:
    """How often a rule fires, as the end of its title: `, twice`."""
    schedule = rule.get("schedule")
    first = schedule.get("first") if isinstance(schedule, Mapping) else None
    return f", {_COUNTS.get(first, f'{first} times')}" if isinstance(first, int) else ""


def _word_changes(rule: Mapping[str, Any], laid: Mapping[str, Any]) -> str:
    """What a title may state otherwise: members of the preset's rule that were given another value."""
    return "".join(
        f" (here {part}.{name} is {json.dumps(laid[part][name], ensure_ascii=False)})"
        for part in ("effect", "schedule")
        for name, value in rule.get(part, {}).items()
        if name != "first" and isinstance(laid[part], Mapping) and laid[part].get(name, value) != value
    )


@cache
def _file() -> dict[str, Any]:
    return read_table(Path(__file__).with_name("presets.toml"))
