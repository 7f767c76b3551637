"""`make wheel-test`: the commands of the release workflow, in a copy of the repository, but those that publish."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bookings_emulator import __version__
from tests.workflows import Job, Step, copy, github, load, play

ROOT = Path(__file__).resolve().parents[2]
# how the scripts begin that are played; any other might publish something
_PLAYED = (
    "python -m pip install ",
    "python -m build",
    "python -m twine check ",
    "python .ci/release.py ",
    "python3 .ci/release.py ",
    "python tests/wheel/run.py ",
)


def main() -> int:
    """Play the jobs in their order, as for a tag of this version."""
    workflow = load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy(ROOT, Path(folder) / "checkout")
        _date(checkout / "CHANGELOG.md")
        _address(checkout / "pyproject.toml")
        for job in github(workflow):
            for step in job.steps:
                if step.script and not _is_played(step):
                    print(f"release.yml  {job.name}: not played: {step.script}")
            for command in play(_harmless(job), checkout, {"GITHUB_REF_NAME": f"v{__version__}"}, Path(folder)):
                print(f"release.yml  {job.name}: {command}")
    return 0


def _is_played(step: Step) -> bool:
    return step.script.startswith(_PLAYED) and step.script.isprintable() and not set(step.script) & set(";&|`")


def _harmless(job: Job) -> Job:
    """A job with nothing but the steps that are played; without any it needs no actions either."""
    if not any(_is_played(each) for each in job.steps):
        return replace(job, steps=())
    return replace(job, steps=tuple(each for each in job.steps if each.action or _is_played(each)))


def _date(changes: Path) -> None:
    """What the maintainer does before a release: the newest section gets the version and a date."""
    text = changes.read_text(encoding="utf-8")
    changes.write_text(text.replace("## Unreleased\n", f"## {__version__} - 2026-01-01\n", 1), encoding="utf-8")


def _address(project: Path) -> None:
    """What the maintainer does once: the address of the repository is filled in."""
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("/OWNER/", "/example/"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
