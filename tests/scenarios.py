"""What the tests of scenarios share: short ways to make and to play one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bookings_emulator.scenario.load import load_scenario, read_scenario, shipped
from bookings_emulator.scenario.model import Scenario
from bookings_emulator.scenario.play import Performance
from bookings_emulator.scenario_runner import Cast, play_in_process

ROOT = Path(__file__).parents[1]
ALL = [load_scenario(name) for name in shipped()]
HOME = "/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com"


def scenario(*steps: dict[str, Any], **members: Any) -> Scenario:
    """A scenario of these steps."""
    return read_scenario("ours", {"title": "Ours", "shows": "It.", "source": "us", "step": list(steps), **members})


def perform(played: Scenario, **cast: Any) -> Performance:
    (performance,) = asyncio.run(play_in_process([played], Cast(**cast)))
    return performance


STEP: dict[str, Any] = {"request": f"GET {HOME}"}
