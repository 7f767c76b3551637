"""Scenario files, TOML or JSON, become scenarios; what does not fit is refused with its place and the nearest word."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson

from bookings_emulator.domain.outcome import ANYONE
from bookings_emulator.json_values import texts_in
from bookings_emulator.masking import mask_at
from bookings_emulator.problem import did_you_mean
from bookings_emulator.scenario.fill import fill, variables_in
from bookings_emulator.scenario.given import fixtures_of
from bookings_emulator.scenario.match import KINDS, NONE, SOME, kind_of
from bookings_emulator.scenario.model import Kind, Scenario, Step
from bookings_emulator.scenario.schema import CALL, MOVE, STEPS, scenario_schema
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import persona_rows

# what a step can use without having captured it
PROVIDED = frozenset({"origin", "tenant", "receiver"})
SENT = ("body", "text", "form")
SCHEMA_FILE = "scenario.schema.json"
# patterns of the schema that people should be told in words
_PATTERNS = {CALL: "a method and a path, such as 'GET /v1.0/solutions/bookingBusinesses'",
             MOVE: "a duration such as PT1H or a moment such as 2026-01-05T10:00:00Z"}  # fmt: skip


class ScenarioError(Exception):
    """A scenario cannot be read; the message names file, place, what was expected and what it got."""


@cache
def shipped() -> dict[str, Path]:
    """The scenario files that come with the emulator, by name: inside the package when installed, else beside it."""
    package = Path(__file__).parents[1]
    inside = package / "scenarios"
    folder = inside if inside.is_dir() else package.parents[1] / "scenarios"
    files = [each for each in sorted(folder.iterdir()) if each.suffix in (".json", ".toml")]
    return {each.stem: each for each in files if each.name != SCHEMA_FILE}


def load_scenario(name: str) -> Scenario:
    """A scenario by its name or as a file. Raises ScenarioError."""
    path = find_scenario(name)
    content = path.read_bytes()
    try:
        data = orjson.loads(content) if path.suffix == ".json" else tomllib.loads(content.decode())
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"cannot read {path.name} as {path.suffix[1:].upper()}: {error}") from error
    scenario = read_scenario(path.stem, data, path.name)
    check_callers(path.name, scenario, _personas_of(scenario))
    return scenario


def find_scenario(name: str) -> Path:
    """The file of a scenario: one of ours by its name, or a file as it is. Raises ScenarioError."""
    path = Path(name)
    if path.suffix not in (".json", ".toml"):
        known = shipped()
        if name not in known:
            hint = did_you_mean(name, known) or "; `bookings-emulator scenarios` lists the built-in ones"
            raise ScenarioError(f"'{name}' is neither a scenario nor a .json or .toml file{hint}")
        path = known[name]
    if not path.is_file():
        raise ScenarioError(f"{name}: no such file")
    return path


def check_callers(file: str, scenario: Scenario, personas: Collection[str] | None) -> None:
    """Hold the callers of steps against the personas there are; None where nobody knows them. Raises ScenarioError."""
    if personas is None:
        return
    known = (*personas, *scenario.callers, ANYONE)
    for step in scenario.steps:
        word = str(fill(step.caller, scenario.values)) if step.caller else ""
        if word and word not in known and not any(variables_in(word)):
            near = did_you_mean(word, known)
            raise ScenarioError(
                f"{file}: at $.step[{step.number - 1}].as: '{word}' is not a persona of [given]; expected one of "
                f"{', '.join(known)}, or a word of $.callers{near}"
            )


def _personas_of(scenario: Scenario) -> list[str] | None:
    """The personas of a given; None where its fixtures cannot be read, which is said by whoever starts from them."""
    try:
        fixtures = fixtures_of(scenario)
    except FixtureError:
        return None
    return [row["name"] for row in persona_rows(fixtures, "")]


def read_scenario(name: str, data: Any, file: str | None = None) -> Scenario:
    """A scenario out of the JSON of its file, checked. Raises ScenarioError."""
    file = file or name
    _check_kinds_of_steps(file, data)
    _check_schema(file, data)
    steps = tuple(_step(number, each) for number, each in enumerate(data.get("step", ()), 1))
    scenario = Scenario(
        name=name,
        title=data["title"],
        shows=data["shows"],
        source=data["source"],
        problems=tuple(data.get("problems", ())),
        values=data.get("values", {}),
        given=data.get("given", {}),
        steps=steps,
        data=data,
        callers=tuple(data.get("callers", ())),
    )
    _check_variables(file, scenario)
    for each in steps:
        _check_expected(f"{file}: at $.step[{each.number - 1}].expect", each.expect)
    return scenario


def _step(number: int, data: dict[str, Any]) -> Step:
    kind = cast(Kind, next(each for each in STEPS if each in data))
    method, _, target = str(data[kind]).partition(" ") if kind in ("request", "control") else ("POST", "", data[kind])
    return Step(
        number=number,
        kind=kind,
        title=data.get("title") or f"{kind} {data[kind]}".replace("settle True", "settle").removeprefix("request "),
        method=method,
        target=str(target),
        caller=data.get("as"),
        headers=data.get("headers", {}),
        sends={each: data[each] for each in SENT if each in data},
        captures=data.get("capture", {}),
        repeat=data.get("repeat", 1),
        expect=data.get("expect", {}),
    )


def _check_kinds_of_steps(file: str, data: Any) -> None:
    """What the schema cannot say well: a step is one of four things, and sends one body."""
    steps = data.get("step", ()) if isinstance(data, dict) else ()
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        where = f"{file}: at $.step[{index}]"
        kinds = [each for each in STEPS if each in step]
        if len(kinds) != 1:
            hint = "".join(did_you_mean(each, STEPS) for each in step if each not in STEPS) if not kinds else ""
            came = " and ".join(kinds) or ", ".join(step) or "nothing"
            raise ScenarioError(f"{where}: expected one of {', '.join(STEPS)}; got {came}{hint}")
        bodies = [each for each in SENT if each in step]
        if len(bodies) > 1:
            raise ScenarioError(f"{where}: expected at most one of {', '.join(SENT)}; got {' and '.join(bodies)}")
        if kinds[0] in ("advance", "settle"):
            strange = step.keys() & {"as", "headers", "capture", *SENT}
            if strange:
                raise ScenarioError(f"{where}: a step with {kinds[0]} sends nothing; got {sorted(strange)[0]}")
        expect = step.get("expect", {})
        if isinstance(expect, dict) and "lost" in expect and expect.keys() & {"status", "headers", "body", "exact"}:
            raise ScenarioError(f"{where}.expect: if the response is lost, nothing else can be expected")


def _check_schema(file: str, data: Any) -> None:
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(data))
    if error is None:
        return
    instance = mask_at(error.absolute_path, error.instance)
    found = orjson.dumps(instance, default=str).decode()
    found = found if len(found) <= 200 else f"{found[:200]} …"
    message = f"{error.message.replace(repr(error.instance), repr(instance))}; got {found}"
    if error.validator == "additionalProperties" and "properties" in error.schema:
        known = error.schema["properties"]
        strange = next(each for each in error.instance if each not in known and "@" not in each)
        message = f"unknown word '{strange}'; expected one of {', '.join(known)}{did_you_mean(strange, known)}"
    elif error.validator == "enum":
        near = did_you_mean(str(error.instance), map(str, error.validator_value))
        message = f"expected one of {', '.join(map(str, error.validator_value))}; got {found}{near}"
    elif error.validator == "pattern" and error.validator_value in _PATTERNS:
        message = f"expected {_PATTERNS[error.validator_value]}; got {found}"
    elif error.validator == "required":
        message = error.message
    raise ScenarioError(f"{file}: at {error.json_path}: {message}")


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # slow to import, and most processes read no scenario

    return Draft202012Validator(scenario_schema())


def _check_variables(file: str, scenario: Scenario) -> None:
    known = PROVIDED | scenario.values.keys()
    _check_known(f"{file}: at $.values", scenario.values, known)
    _check_known(f"{file}: at $.given", scenario.given, known)
    for step, data in zip(scenario.steps, scenario.data.get("step", ()), strict=True):
        where = f"{file}: at $.step[{step.number - 1}]"
        _check_known(where, {name: each for name, each in data.items() if name != "expect"}, known)
        known = known | step.captures.keys()
        _check_known(f"{where}.expect", step.expect, known)


def _check_known(where: str, value: Any, known: Iterable[str]) -> None:
    for name in variables_in(value):
        if name not in known:
            raise ScenarioError(
                f"{where}: {{{name}}} has no value; known names are {', '.join(sorted(known))}"
                f"{did_you_mean(name, known)}"
            )


def _check_expected(where: str, value: Any) -> None:
    for text in texts_in(value):
        kind = kind_of(text)
        if kind is None or text in (SOME, NONE):
            continue
        if kind[0] not in KINDS:
            names = ", ".join(f"<{each}>" for each in KINDS)
            raise ScenarioError(f"{where}: unknown kind {text}; expected one of {names}{did_you_mean(kind[0], KINDS)}")
        if kind[0] == "like":
            try:
                re.compile(kind[1])
            except re.error as error:
                raise ScenarioError(f"{where}: {text} is not a regular expression: {error}") from error
