"""`bookings-emulator replay`: plays a recording back and tells every difference."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import click

from bookings_emulator.commands.printing import show_progress
from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.recording.write import SCENARIO
from bookings_emulator.scenario.load import ScenarioError, load_scenario
from bookings_emulator.scenario.report import as_json, tell
from bookings_emulator.scenario_runner import Cast, Unreachable, play_at, play_in_process
from bookings_emulator.store.fixture_error import FixtureError


@click.command
@click.argument("recording", type=click.Path(exists=True, path_type=Path), metavar="FOLDER|FILE")
@click.option("--base-url", metavar="URL", help="Play against this server instead of a fresh emulator.")
@click.option("--token", metavar="TOKEN", help="The bearer token for requests of callers who may do everything.")
@click.option("--control-key", "key", metavar="KEY", help="The key of the control plane at --base-url.")
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
def replay(recording: Path, base_url: str | None, token: str | None, key: str | None, is_json: bool) -> None:
    """Play a recording back, and report every difference from what was recorded.

    \b
    bookings-emulator replay ours
    bookings-emulator replay ours/scenario.json --base-url http://localhost:8365 --json

    It compares statuses, the headers that clients act on, and whole bodies; values that a server generates (ids, times,
    request ids) are captured where they first appear.

    Exit code 0: no differences; 1: differences, or the recording cannot be played; 2: wrong usage.
    """
    file = recording / SCENARIO if recording.is_dir() else recording
    cast = Cast({"": token} if token else {}, key=key, stops=False)
    try:
        scenario = load_scenario(str(file))
        with show_progress(len(scenario.steps), "replaying") as advance:
            cast = replace(cast, on_step=advance)
            played = play_at(base_url, [scenario], cast) if base_url else play_in_process([scenario], cast)
            performances = asyncio.run(played)
    except (ScenarioError, FixtureError, QuirkError, Unreachable) as error:
        raise click.ClickException(str(error)) from error
    click.echo(as_json(performances).decode() if is_json else tell(performances))
    sys.exit(0 if all(each.result == "passed" for each in performances) else 1)
