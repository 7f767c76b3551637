"""`bookings-emulator run`: plays scenarios and tells what came of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bookings_emulator.commands.option_words import check_scenario
from bookings_emulator.commands.printing import show_progress
from bookings_emulator.contract.quirks import QuirkError
from bookings_emulator.faults import FaultError
from bookings_emulator.problem import did_you_mean
from bookings_emulator.scenario.load import ScenarioError, load_scenario, shipped
from bookings_emulator.scenario.report import as_json, as_junit, tell
from bookings_emulator.scenario_runner import Cast, Unreachable, play_at, play_in_process
from bookings_emulator.store.fixture_error import FixtureError

FAILED = 1


@click.command
@click.argument("files", nargs=-1, metavar="FILE|NAME…")
@click.option("--all", "is_all", is_flag=True, help="Play all built-in scenarios.")
@click.option("--base-url", metavar="URL", help="Play against this server instead of a fresh emulator.")
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
@click.option("--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Also write a JUnit XML report.")
@click.option("--value", "values", multiple=True, metavar="NAME=VALUE", help="Replace a value of the files.")
@click.option("--token", "tokens", multiple=True, metavar="[PERSONA=]TOKEN", help="The bearer token of a persona.")
@click.option("--control-key", "key", metavar="KEY", help="The key of the control plane at --base-url.")
@click.option(
    "--allow-skipped", "may_skip", is_flag=True, help="Exit with 0 even if steps were skipped, as long as none failed."
)
def run(**given: Any) -> None:
    """Play scenarios, FILES or names of built-in ones, and report the results.

    \b
    bookings-emulator run slot-taken
    bookings-emulator run ours.toml theirs.json --junit report.xml
    bookings-emulator run --all --base-url http://localhost:8365

    An emulator at --base-url gives each scenario its own tenant. Any other server is used as it is: steps that
    need the control plane are skipped there, and a skipped step has not passed.

    \b
    Exit codes: 0 every step passed
                1 a step failed or was skipped, a file is invalid, or no server responds
                2 wrong usage
    """
    try:
        for name in given["files"]:
            check_scenario("", name)
        scenarios = [load_scenario(name) for name in (*given["files"], *(shipped() if given["is_all"] else ()))]
        if not scenarios:
            raise click.UsageError("name the scenarios or FILES to play, or use --all")
        cast = Cast(_pairs(given["tokens"], "--token"), _pairs(given["values"], "--value"), given["key"])
        _check_names("--value", cast.values, {name for each in scenarios for name in each.values})
        _check_names("--token", cast.tokens, {"", *(step.caller or "" for each in scenarios for step in each.steps)})
        with show_progress(sum(len(scenario.steps) for scenario in scenarios), "playing") as advance:
            cast = replace(cast, on_step=lambda _: advance())
            base_url = given["base_url"]
            played = play_at(base_url, scenarios, cast) if base_url else play_in_process(scenarios, cast)
            performances = asyncio.run(played)
    except (ScenarioError, FixtureError, QuirkError, FaultError, Unreachable) as error:
        raise click.ClickException(str(error)) from error
    if given["junit"]:
        _write(Path(given["junit"]), as_junit(performances))
    click.echo(as_json(performances).decode() if given["is_json"] else tell(performances))
    results = {each.result for each in performances}
    has_failed = "failed" in results or ("skipped" in results and not given["may_skip"])
    sys.exit(FAILED if has_failed else 0)


def _check_names(option: str, given: Iterable[str], known: set[str]) -> None:
    """Refuse what no file knows, so that no option is without effect."""
    for name in given:
        if name not in known:
            there = ", ".join(sorted(known - {""})) or "none"
            raise click.UsageError(f"{option}: no file has '{name}'; there are: {there}{did_you_mean(name, known)}")


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"--junit must be a writable file; cannot write '{file}': {error.strerror}") from error


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """`NAME=VALUE` by name; a token without a name is that of whoever may do everything."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals and option == "--value":
            raise click.UsageError(f"--value takes NAME=VALUE; got '{text}'")
        found[name if equals else ""] = value if equals else name
    return found
