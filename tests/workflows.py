"""Jobs of GitHub Actions, GitLab CI and Azure Pipelines as the tests play them: services, variables, commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# what is done here in the place of an action; another one fails
ACTIONS = {
    "actions/checkout": "a copy of the repository",
    "actions/setup-python": "an empty environment of this Python",
    "actions/setup-node": "node as it is on this machine",
    "actions/upload-artifact": "the folder stays where it is",
    "actions/download-artifact": "the folder is where it was built",
}


@dataclass(frozen=True)
class Service:
    """A container beside a job: its image, the name it is reached by, its `HOST:CONTAINER` ports and variables."""

    image: str
    name: str
    ports: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step: a script for a shell, or the name of an action."""

    script: str = ""
    action: str = ""
    folder: str = "."


@dataclass(frozen=True)
class Job:
    """What runs in one place; `image` where that is a container."""

    name: str
    steps: tuple[Step, ...]
    services: tuple[Service, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    image: str = ""


def load(text: str) -> dict[str, Any]:
    """A workflow as data."""
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def github(data: dict[str, Any]) -> Iterator[Job]:
    """The jobs of a workflow of GitHub Actions; steps that stand alone are one job."""
    for name, job in data.get("jobs", {"steps": data}).items():
        services = job.get("services", {}).items()
        yield Job(
            name,
            tuple(
                Step(each.get("run", ""), each.get("uses", "").partition("@")[0], each.get("working-directory", "."))
                for each in job["steps"]
            ),
            tuple(Service(each["image"], alias, tuple(each["ports"]), each["env"]) for alias, each in services),
            job.get("env", {}),
        )


def gitlab(data: dict[str, Any]) -> Iterator[Job]:
    """The jobs of a pipeline of GitLab CI."""
    for name, job in data.items():
        services = tuple(
            Service(each["name"], each["alias"], (), each.get("variables", {})) for each in job.get("services", ())
        )
        yield Job(name, tuple(map(Step, job["script"])), services, job.get("variables", {}), job["image"])


def azure(data: dict[str, Any]) -> Iterator[Job]:
    """The one job of a pipeline of Azure Pipelines that names none."""
    containers = {each["container"]: each for each in data["resources"]["containers"]}
    services = tuple(
        Service(containers[name]["image"], alias, tuple(containers[name]["ports"]), containers[name].get("env", {}))
        for alias, name in data["services"].items()
    )
    yield Job("job", tuple(Step(each["script"]) for each in data["steps"]), services, data.get("variables", {}))


def resolved(text: str, variables: Mapping[str, str]) -> str:
    """A text with the variables of a repository put in, as each of the three writes them."""
    names = r"\$\{\{ *vars\.(\w+) *\}\}|\$\((\w+)\)|\$(\w+)"
    return re.sub(names, lambda found: variables[found[1] or found[2] or found[3]], text)


def play(job: Job, folder: Path, variables: Mapping[str, str], scratch: Path) -> list[str]:
    """Run each command of a job in a folder, and give those. Raises AssertionError with the words of one that fails."""
    settings = {**os.environ, **variables, **job.variables}
    commands = []
    for step in job.steps:
        if step.action:
            assert step.action in ACTIONS, f"nothing stands in for {step.action}"
        if step.action == "actions/setup-python":
            settings["PATH"] = f"{environment(scratch / f'python-{job.name}')}{os.pathsep}{settings['PATH']}"
        if step.script:
            shell(step.script, folder / step.folder, settings)
            commands.append(step.script)
    return commands


def shell(script: str, folder: Path, settings: Mapping[str, str]) -> str:
    """What a script prints. Raises AssertionError when it fails."""
    command = ["bash", "-e", "-c", script]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def environment(folder: Path) -> Path:
    """The programs of an empty Python environment."""
    venv.EnvBuilder(with_pip=True, clear=True).create(folder)
    return folder / ("Scripts" if sys.platform == "win32" else "bin")


def copy(root: Path, folder: Path) -> Path:
    """A copy of what a checkout of the repository holds."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((root / name).read_bytes())
    return folder
