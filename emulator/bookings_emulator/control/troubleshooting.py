"""The troubleshooting page as data: symptoms, causes and fixes."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bookings_emulator.contract.load import load_problems
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.problem import did_you_mean

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("troubleshooting")


@cache
def load_symptoms() -> list[dict[str, Any]]:
    """The areas of troubleshooting.toml, each with its symptoms."""
    areas: list[dict[str, Any]] = tomllib.loads(
        files(__package__).joinpath("troubleshooting.toml").read_text(encoding="utf-8")
    )["area"]
    return areas


@table.get("/troubleshooting", {"problem": "the id of a refusal, as in the journal"})
def list_symptoms(desk: Desk) -> answers.Listed[answers.SymptomRow]:
    """Symptom, cause and fix; `problem` is the id of the refusal, `reason` text of its plain reason.

    `request` is a request that shows it on the default fixture; `{home}` stands for the first business there.
    """
    wanted = desk.query.get("problem")
    if wanted is not None and wanted not in load_problems():
        where = did_you_mean(wanted, load_problems()) or "; GET /_emulator/faults/problems lists them"
        raise ControlRefusal(f"there is no problem '{wanted}'{where}")
    found = [_shown(area["name"], each) for area in load_symptoms() for each in area["symptom"]]
    return {"value": [each for each in found if wanted in (None, each["problem"])]}


def _shown(area: str, symptom: dict[str, Any]) -> answers.SymptomRow:
    tried = symptom.get("try", {})
    return {
        "area": area,
        "sees": symptom["sees"],
        "why": symptom["why"],
        "do": symptom["do"],
        "problem": symptom.get("problem"),
        "reason": tried.get("reason"),
        "request": tried.get("request"),
    }
