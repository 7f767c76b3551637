"""Makes the files of a recording: a fixture, and a scenario that runs on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bookings_emulator.json_values import texts_in
from bookings_emulator.recording.call_log import RecordingError
from bookings_emulator.recording.callers import name_callers
from bookings_emulator.recording.fixture_of_recording import fixture_of
from bookings_emulator.recording.recorded import Recorded
from bookings_emulator.recording.scenario_steps import Steps
from bookings_emulator.recording.scrub import Scrub
from bookings_emulator.recording.stubs_of_recording import stubs_of
from bookings_emulator.times import format_instant

FIXTURE, SCENARIO = "fixture.json", "scenario.json"
_SEED = 1
# calls that get or show tokens are passed on, and never kept
_SECRET = ("/oauth2/", "/openid", "/discovery/", "/.well-known/", "/common/", "/_emulator", "/_recorder")


class Origin(NamedTuple):
    """Where a recording comes from: the address that stands in its answers, and what an emulator told of itself."""

    address: str
    name: str
    personas: Sequence[dict[str, Any]] = ()


def is_kept(path: str) -> bool:
    """Whether calls to a path belong in a recording."""
    return not any(each in path.lower() for each in _SECRET)


def write(folder: Path, calls: Iterable[Recorded], origin: Origin) -> list[Path]:
    """Write fixture and scenario into a folder, which is made where it is missing; answers the files.

    Both are written beside before one of them takes its place. Raises RecordingError.
    """
    scenario = scenario_of(calls, origin)
    fixture = scenario["given"]["fixture"]
    files = {folder / FIXTURE: {"title": f"Recorded from {origin.name}", **fixture}, folder / SCENARIO: scenario}
    beside = {file: file.with_name(f".{file.name}.new") for file in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, value in files.items():
            beside[file].write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
        for file, new in beside.items():
            new.replace(file)
    except OSError as error:
        with suppress(OSError):
            for new in beside.values():
                new.unlink(missing_ok=True)
        raise RecordingError(f"cannot write into {folder}: {error.strerror}") from error
    return list(files)


def scenario_of(calls: Iterable[Recorded], origin: Origin) -> dict[str, Any]:
    """The scenario of recorded calls, scrubbed, with the fixture inside, so that it stands alone."""
    calls = [each for each in calls if is_kept(each.path)]
    scrub = Scrub(calls)
    named, rows = name_callers(calls, origin.personas)
    cleaned = [scrub.call(each) for each in named]
    version = _version(cleaned)
    fixture = fixture_of(cleaned, version)
    personas = [_persona(each, scrub) for each in rows]
    now = _moment(calls)
    given = {
        "fixture": {**fixture, **({"anchor": now} if now else {})},
        **({"personas": personas} if personas else {}),
        **({"now": now} if now else {}),
        "seed": _SEED,
    }
    stubs = stubs_of(cleaned, origin.address)
    return {
        "title": f"Recorded from {origin.name}",
        "shows": f"{len(cleaned)} recorded calls.",
        "source": f"recorded {now or ''}".strip(),
        "given": given,
        **({"stub": stubs} if stubs else {}),
        "step": steps_of(cleaned, origin.address, set(texts_in(fixture))),
    }


def steps_of(calls: Iterable[Recorded], address: str, known: set[str]) -> list[dict[str, Any]]:
    """The steps of a scenario; `known` are the ids of its fixture."""
    steps = Steps(address, known)
    return [steps.step(each) for each in calls]


def _version(calls: list[Recorded]) -> str:
    """The version that most calls are of."""
    versions = [call.path.lstrip("/").partition("/")[0].lower() for call in calls]
    return "beta" if versions.count("beta") > versions.count("v1.0") else "v1.0"


def _persona(row: dict[str, Any], scrub: Scrub) -> dict[str, Any]:
    """What decides the answers of a persona; no secrets."""
    kept = ("name", "kind", "roles", "permissions", "upn", "isPersonal", "isLicensed")
    clean = {name: scrub.value(value, name) for name, value in row.items() if name in kept}
    return {**clean, "name": row["name"]}


def _moment(calls: list[Recorded]) -> str | None:
    """The time of the first answer, by its Date header."""
    for call in calls:
        if "date" in call.answer_headers:
            try:
                return format_instant(parsedate_to_datetime(call.answer_headers["date"]).astimezone(UTC))
            except ValueError:
                continue
    return None
