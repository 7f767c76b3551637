"""`make wheel-test`: the commands of the release workflow, in a copy of the repository, but those that publish."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from emulator import __version__
from tests.workflows import Job, copy, github, load, play

ROOT = Path(__file__).resolve().parents[2]
# job → why it is not played; of `note` the last step makes a release and is left out
_NOT_PLAYED = {"all": "it is .ci/run", "publish": "it publishes"}
_PUBLISHES = "gh release"


def main() -> int:
    """Play the jobs in their order, as for a tag of this version."""
    workflow = load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy(ROOT, Path(folder) / "checkout")
        _date(checkout / "CHANGELOG.md")
        for job in github(workflow):
            if job.name in _NOT_PLAYED:
                print(f"release.yml  {job.name}: not played: {_NOT_PLAYED[job.name]}")
                continue
            for command in play(_harmless(job), checkout, {"GITHUB_REF_NAME": f"v{__version__}"}, Path(folder)):
                print(f"release.yml  {job.name}: {command}")
    return 0


def _harmless(job: Job) -> Job:
    return replace(job, steps=tuple(each for each in job.steps if not each.script.startswith(_PUBLISHES)))


def _date(changes: Path) -> None:
    """What the maintainer does before a release: the newest section gets the version and a date."""
    text = changes.read_text(encoding="utf-8")
    changes.write_text(text.replace("## Unreleased\n", f"## {__version__} - 2026-01-01\n", 1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
