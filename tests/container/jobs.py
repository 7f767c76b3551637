"""The CI documents of the page and of this repository, played: services by the engine, each command in a project."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.container import page
from tests.container.commands import need_compose, need_port
from tests.container.engine import IMAGE, Engine
from tests.container.images import provide
from tests.container.packages import FOLDER, OFFLINE, PROJECT, ROOT
from tests.container.report import Report, Skipped
from tests.workflows import Job, Step, azure, copy, github, gitlab, load, play, resolved

_READERS = {"GitHub Actions": github, "GitLab CI": gitlab, "Azure Pipelines": azure}
_VARIABLES = {"BOOKINGS_IMAGE": IMAGE}


def check_jobs(engine: Engine, report: Report) -> None:
    """Every document of the page, the commands around a test, and the job of this repository that uses the image."""
    if not (PROJECT / "package-lock.json").exists():
        report.skip("the CI documents", "their project was not fetched")
        return
    around = Job("around a command", tuple(map(Step, page.commands("Around a command"))))
    _tried(engine, Job(around.name, (Step(action="actions/setup-python"), Step("npm ci"), *around.steps)), report)
    for heading, jobs in _READERS.items():
        for each in page.part(heading):
            for job in jobs(load(each.text)):
                _tried(engine, job, report, heading)
    _check_own(engine, report)


def _tried(engine: Engine, job: Job, report: Report, heading: str = "docs/ci.md") -> None:
    try:
        with tempfile.TemporaryDirectory() as folder, _services(engine, job) as network:
            project = shutil.copytree(PROJECT, Path(folder) / "project")
            if job.image:
                commands = _play_inside(engine, job, project, network, report)
            else:
                commands = play(job, project, OFFLINE, Path(folder))
        beside = f" beside {', '.join(each.name for each in job.services)}" if job.services else ""
        report.check(f"{heading}: {job.name}{beside}: {'; '.join(commands)}")
    except Skipped as reason:
        report.skip(f"{heading}: {job.name}", reason)


def _play_inside(engine: Engine, job: Job, project: Path, network: str, report: Report) -> list[str]:
    """A job whose commands run in a container of an image of its own, as GitLab does it."""
    provide(engine, job.image, report)
    settings = {**OFFLINE, **job.variables, "npm_config_cache": "/npm"}
    variables = [word for each in settings.items() for word in ("--env", "=".join(each))]
    mounts = ("--volume", f"{project}:/builds", "--volume", f"{FOLDER / 'npm'}:/npm", "--workdir", "/builds")
    scripts = [each.script for each in job.steps]
    command = ("--rm", "--network", network, *variables, *mounts, job.image, "sh", "-e", "-c", "\n".join(scripts))
    engine("run", *command)
    return scripts


@contextmanager
def _services(engine: Engine, job: Job) -> Iterator[str]:
    """The containers beside a job, healthy, in a network of the job, which is given."""
    network = f"bookings-emulator-job-{os.getpid()}"
    names = []
    for each in job.services:
        for port in each.ports:
            need_port(int(port.partition(":")[0]))
    engine("network", "create", network)
    try:
        for each in job.services:
            name = f"{network}-{each.name}"
            ports = [word for port in each.ports for word in ("--publish", port)]
            variables = [word for pair in each.variables.items() for word in ("--env", "=".join(pair))]
            place = ("--network", network, "--network-alias", each.name)
            image = resolved(each.image, _VARIABLES)
            names.append(name)
            engine("run", "--detach", "--name", name, *place, *ports, *variables, image)
            assert engine.health(name) == "healthy", engine("logs", name)
        yield network
    finally:
        for name in names:
            engine("rm", "--force", name, is_checked=False)
        engine("network", "rm", network)


def _check_own(engine: Engine, report: Report) -> None:
    """The job `service` of this repository's workflow. The others are what runs this (`all`) and `make test`."""
    jobs = {job.name: job for job in github(load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")))}
    try:
        need_compose(engine)
        need_port(8365)
    except Skipped as reason:
        report.skip("ci.yml: service", reason)
        return
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy(ROOT, Path(folder) / f"bookings-{os.getpid()}")
        try:
            commands = play(jobs["service"], checkout, OFFLINE, Path(folder))
        finally:
            engine("compose", "down", "--rmi", "local", folder=checkout)
    report.check(f"ci.yml: service: {'; '.join(commands)}")
