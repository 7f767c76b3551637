"""The examples and the pages for containers and CI: what can be run here is run, the rest is held to the program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.test_cli import run
from tests.test_docs import ROOT, blocks


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_in_shell_books_an_appointment() -> None:
    script = ROOT / "examples" / "shell" / "book.sh"
    command = [sys.executable, "-m", "bookings_emulator", "exec", "--", "sh", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, again, told = done.stdout.splitlines()
    assert (first, told) == ("first: 201", "Adele Vance has been told")
    assert "double booking" in again


FILES = ["docs/ci.md", "docs/pytest.md", "Dockerfile", "compose.yaml", ".github/workflows/ci.yml", "examples/README.md"]


@cache
def helps_of_commands() -> dict[str, str]:
    return {command: run(command, "--help").stdout for command in ("serve", "exec", "healthcheck")}


@pytest.mark.parametrize("file", FILES)
def test_commands_options_and_variables_are_those_of_the_program(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    helps = helps_of_commands()
    for command, options in re.findall(r"bookings-emulator (serve|exec|healthcheck)((?: --[a-z-]+(?: \S+)?)*)", text):
        for option in re.findall(r"--[a-z-]+", options):
            assert option in helps[command]
    for variable in re.findall(r"BOOKINGS_EMULATOR_[A-Z_]+", text):
        assert variable in "".join(helps.values()), variable


def test_the_image_holds_what_is_copied_into_it() -> None:
    taken = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for name in line.split():
            assert name.replace("[s]", "s") in taken
            assert (ROOT / name).exists() or "[" in name


def test_the_dev_containers_are_json() -> None:
    assert json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())["forwardPorts"] == [8365]
    assert [json.loads(each)["service"] for each in blocks("docs/ci.md", "json")] == ["app"]


def test_every_example_stands_in_its_page() -> None:
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    for folder in sorted(Path(ROOT / "examples").iterdir()):
        if folder.is_dir():
            assert f"]({folder.name}/" in page
