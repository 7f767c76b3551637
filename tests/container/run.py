"""`make container-test`: does what docs/ci.md says, word by word: commands, CI documents, recipes.

The engine is the docker that answers and can pull images, else one of our own where this is root and dockerd is
installed, else podman for the image alone. `run.py FOLDER` is the part of it inside an engine of our own.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from tests.container.commands import Image
from tests.container.engine import Engine, own, start_inside
from tests.container.jobs import check_jobs
from tests.container.packages import ROOT, fetch
from tests.container.podman import check_podman
from tests.container.recipes import check_recipes
from tests.container.report import Report, Skipped
from tests.workflows import copy

_BASE = "python:3.12-slim"
_IMPOSSIBLE = 75


def main() -> int:
    """Try what can be tried, and give the exit code: 0 also where nothing can."""
    report = Report()
    for reason in fetch():
        report.say(f"not fetched: {reason}")
    docker = Engine()
    if docker.answers() and docker.has(_BASE):
        check(docker, report)
        report.close()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        code = start_inside("tests.container.run", folder)
    if code not in (None, _IMPOSSIBLE):
        return int(code or 0)
    try:
        check_podman(report)
    except Skipped as reason:
        report.say(f"skipped: {reason}")
        return 0
    report.close()
    return 0


def main_inside(folder: Path) -> int:
    """The same with an engine of our own, whose data is in a folder."""
    report = Report()
    try:
        with own(folder) as engine:
            report.say("no docker answers that can pull images: an engine of our own does")
            check(engine, report)
    except Skipped as reason:
        report.say(f"no engine of our own: {reason}")
        return _IMPOSSIBLE
    report.close()
    return 0


def check(engine: Engine, report: Report) -> None:
    """The page from its beginning to its end."""
    with tempfile.TemporaryDirectory() as folder:
        Image(engine, copy(ROOT, Path(folder) / f"bookings-{os.getpid()}"), report).check()
    check_jobs(engine, report)
    check_recipes(engine, report)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main_inside(Path(sys.argv[1])) if sys.argv[1:] else main())
