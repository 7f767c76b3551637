"""The image and how it is published: what can be read of Dockerfile, locks and compose file without an engine."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.container import page
from tests.documents import ROOT, blocks, pages

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKED = {
    "requirements.lock": [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["recipes"],  # the image serves every fixture that it ships
    ],
    "requirements-build.lock": PROJECT["build-system"]["requires"],
}


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in their order: the word and what follows."""
    lines = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#"))
    parts = (line.partition(" ") for line in re.sub(r"\\\n\s*", "", lines).splitlines() if line)
    return [(word, rest) for word, _, rest in parts]


def pins(lock: Path) -> list[Requirement]:
    """What a lock holds."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_pins_whatever_the_project_asks_for_at_a_version_that_it_takes(name: str) -> None:
    found = {each.name: each for each in pins(ROOT / name)}
    assert all(re.fullmatch(r"==[^*,]+", str(each.specifier)) for each in found.values())
    for wanted in map(Requirement, LOCKED[name]):
        pin = found.get(wanted.name)
        assert pin, f"{name} lacks {wanted.name}; run: make lock"
        version = str(pin.specifier).removeprefix("==")
        assert wanted.specifier.contains(version, prereleases=True), f"{pin} is not {wanted}; run: make lock"


def test_a_change_of_the_code_installs_no_dependencies_again() -> None:
    steps = [f"{word} {rest}" for word, rest in instructions()]
    installed = next(at for at, each in enumerate(steps) if each.startswith("RUN") and "-r requirements.lock" in each)
    copied = [each.split()[1:-1] for each in steps[:installed] if each.startswith("COPY ")]
    assert copied == [["requirements.lock", "requirements-build.lock", "wheel[s]"]]
    later = [
        each.removeprefix("RUN ") for each in steps[installed + 1 :] if each.startswith("RUN ") and " pip " in each
    ]
    assert later
    for command in " && ".join(later).split(" && "):
        assert "--no-deps" in command
        assert "--no-build-isolation" in command or "--no-index" in command


def test_whatever_the_image_copies_is_sent_to_the_engine() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        each for word, rest in instructions() if word == "COPY" and "--from" not in rest for each in rest.split()[:-1]
    }
    assert {each.replace("[s]", "s") for each in copied} == {each[1:] for each in ignored if each.startswith("!")}


def test_the_health_check_is_known_to_every_engine_and_costs_little() -> None:
    (check,) = (rest for word, rest in instructions() if word == "HEALTHCHECK")
    options = dict(re.findall(r"--([a-z-]+)=(\d+)s", check))
    assert "start-interval" not in options  # engines before Docker 25 refuse a file that has it
    assert int(options["interval"]) == 5  # it takes 0.1 s of processor time


def test_the_image_says_what_it_is() -> None:
    (labels,) = (rest for word, rest in instructions() if word == "LABEL")
    found = dict(each.split("=", 1) for each in shlex.split(labels))
    name = "org.opencontainers.image"
    assert set(found) == {f"{name}.title", f"{name}.description", f"{name}.licenses"}
    assert (found[f"{name}.licenses"], found[f"{name}.title"]) == (PROJECT["project"]["license"], "bookings-emulator")


def test_a_port_is_published_to_this_machine_only() -> None:
    shown = [each.text for where in pages() for each in blocks(where) if "docker run" in each.text]
    shown.append(next(line for line in DOCKERFILE.splitlines() if "docker run" in line))
    published = [each for text in shown for each in re.findall(r"-p (\S+)", text)]
    assert published
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert [each for each in (*published, *service["ports"]) if not each.startswith("127.0.0.1:")] == []


def test_the_service_of_compose_can_be_driven_under_its_name() -> None:
    ((name, service),) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].items()
    assert service["environment"]["BOOKINGS_EMULATOR_CONTROL_HOST"] == name


def test_https_in_a_container_is_told_and_played() -> None:
    shown = "\n".join(page.commands("https in a container"))
    for needed in ("--https", "--https-host", "/_emulator/ca.pem", "NODE_EXTRA_CA_CERTS", "127.0.0.1:8366:8366"):
        assert needed in shown
