"""Every block of code in the documents is run or read here, or its page says that it is not run, and why."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bookings_emulator import Emulator, Settings
from bookings_emulator.client.client import Client
from tests.documents import ROOT, Block, blocks, pages
from tests.test_cli import served

ORIGIN = "http://localhost:8365"
BLOCKS = [each for page in pages() for each in blocks(page)]
# what only shows: output, pictures, and languages that others run (`make test-clients`, `make container-test`)
SHOWN = {"text", "js", "ts", "mermaid"}
# where python is run by tests of its own
PYTHON_ELSEWHERE = {
    "docs/pytest.md": "test_plugin.py",
    "docs/first-change.md": "test_first_change.py",
    "docs/clients.md": "clients",
    "docs/connector.md": "clients",
    "docs/ci.md": "container",
}
# what installs, serves for good or needs a container: `make wheel-test`, `test-clients`, `test-browser` and so on do it
SET_UP = re.compile(
    r"(python3? -m venv|(\S*python3? -m )?pip (install|wheel)|npm (install|ci)|certutil"
    r"|curl -sS --fail http://localhost:7071"
    r"|cd|git clone|\.venv/bin/|docker|podman)\b"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with Emulator("default", seed=1, now="2026-01-05T08:00:00Z", settings=Settings(https=0)) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the files that the pages speak of, where commands are run."""
    (fixture,) = (each.text for each in blocks(ROOT / "docs" / "fixtures.md") if each.language == "json")
    (tmp_path / "ours.json").write_text(fixture, encoding="utf-8")
    if sys.platform != "win32":
        (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "package.json").write_text('{"scripts": {"test": "echo done"}}', encoding="utf-8")
    (tmp_path / ".curlrc").write_text('write-out = "%{stderr}%{http_code}\\n"\n', encoding="utf-8")
    monkeypatch.setenv("CURL_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of(*languages: str) -> pytest.MarkDecorator:
    """Once for each block of these languages that is not called not run."""
    wanted = [each for each in BLOCKS if each.language in languages and each.reason is None]
    return pytest.mark.parametrize("block", wanted, ids=lambda each: each.place)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda each: each.place)
def test_a_block_is_run_or_read_or_says_why_not(block: Block) -> None:
    if block.reason is not None:
        assert len(block.reason.split()) > 2, f"{block.place} is not run, and does not say why"
    else:
        run = {"sh", "python", "json", "toml", "http", "yaml"}
        assert block.language in run | SHOWN, f"{block.place}: nothing runs or reads '{block.language}'"


@of("sh")
def test_commands_do_what_they_say(block: Block, folder: Path, server: Client) -> None:
    if sys.platform == "win32" or shutil.which("sh") is None or shutil.which("curl") is None:
        pytest.skip("the commands are written for a Unix shell with curl")
    server.reset()
    for command, comment in statements(block.text):
        first, *rest = shlex.split(command, comments=True)
        if first == "make":
            assert f"\n{rest[0]}:" in (ROOT / "Makefile").read_text(encoding="utf-8"), f"{block.place}: {command}"
        elif first == "bookings-emulator" and "serve" in rest:
            serve(rest)
        elif " npm " in command and shutil.which("npm") is None:
            pytest.skip("npm is not on this machine")
        elif not SET_UP.match(command):
            run(block, command.replace(ORIGIN, server.url), comment, server)


def test_the_files_of_the_tutorial_in_one_folder_pass_as_it_says(tmp_path: Path) -> None:
    page = ROOT / "docs" / "tutorial.md"
    (name,) = set(re.findall(r"`(test_\w+\.py)`", page.read_text(encoding="utf-8")))
    parts = [each for each in blocks(page) if each.language == "python"]
    (tmp_path / name).write_text("\n\n".join(each.text for each in parts), encoding="utf-8")
    (command,) = re.findall(r"^\.venv/bin/python (-m pytest .*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    done = subprocess.run(
        [sys.executable, *shlex.split(command)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout, "the page promises ten tests"
    assert "Bookings" in done.stdout, "--bookings-report prints nothing"


def statements(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, over as many lines as it takes, and the comment behind it."""
    command = ""
    for line in text.splitlines():
        command += line + "\n"
        if line.endswith("\\") or not is_whole(command):
            continue
        plain = command.strip()
        comment = re.search(r"(?:^|\s)#.*$", plain)
        if plain and not plain.startswith("#"):
            yield plain, comment[0] if comment else ""
        command = ""


def is_whole(command: str) -> bool:
    """Whether every quotation of a command has its end."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def serve(words: list[str]) -> None:
    """Start what a page starts, on a free port, and end it when it is ready."""
    before, after = words[: words.index("serve")], words[words.index("serve") + 1 :]
    if before:
        pytest.fail(f"options before serve are not tried here: {before}")
    kept = re.sub(r"--(https-)?port[ =]\d+", "", shlex.join(after))
    with served(*shlex.split(kept)) as (origin, _):
        assert httpx.get(f"{origin}/_emulator/health").status_code == 200


def run(block: Block, command: str, comment: str, server: Client) -> None:
    """Run one command in a shell: it must end well, and so must each answer, unless the comment names its status."""
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    said = f"{block.place}: {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert done.returncode == 0, said
    if "curl" in command:
        for status in re.findall(r"^(\d{3})$", done.stderr, re.MULTILINE):
            assert status in comment if int(status) >= 400 else int(status) >= 200, said
        for code in re.findall(r"\b\d{3} (\w+)", comment):
            assert code in done.stdout, said


@of("python")
def test_python_runs(block: Block, folder: Path, server: Client) -> None:
    ast.parse(block.text)
    if str(block.page.relative_to(ROOT)) in PYTHON_ELSEWHERE:
        return
    server.reset()
    file = folder / "test_block.py"
    file.write_text(block.text.replace(ORIGIN, server.url), encoding="utf-8")
    command = [sys.executable, *(["-m", "pytest", "-q"] if "def test_" in block.text else []), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, f"{block.place}:\n{done.stdout}{done.stderr}"


@of("json", "toml", "yaml")
def test_data_can_be_read(block: Block) -> None:
    readers: dict[str, Callable[[str], object]] = {"json": json.loads, "toml": tomllib.loads}
    if block.language == "yaml":
        readers["yaml"] = pytest.importorskip("yaml", reason="no reader of YAML is on this machine").safe_load
    assert readers[block.language](block.text)


@of("toml")
def test_a_configuration_file_is_taken(block: Block, folder: Path) -> None:
    if "serve" not in tomllib.loads(block.text):
        return
    (folder / "bookings-emulator.toml").write_text(block.text, encoding="utf-8")
    with served() as (origin, lines):
        assert httpx.get(f"{origin}/_emulator/health").status_code == 200
        assert any("ours" in line for line in lines)


@of("http")
def test_a_request_is_answered(block: Block, server: Client) -> None:
    server.reset()
    head, _, body = block.text.partition("\n\n")
    first, *lines = head.splitlines()
    method, target = first.split()[:2]
    headers = dict(re.split(r":\s*", line, maxsplit=1) for line in lines)
    answer = httpx.request(method, httpx.URL(server.url).join(target), headers=headers, content=body)
    assert answer.status_code < 400, f"{block.place}: {answer.status_code} {answer.headers.get('x-emulator-reason')}"


def test_the_start_lines_in_the_readme_are_those_of_the_emulator() -> None:
    home = ROOT / "README.md"
    (shown,) = (each.text for each in BLOCKS if each.page == home and each.text.startswith("bookings-emu"))
    with served() as (origin, lines):
        said = [line.rstrip() for line in lines]
    for line in shown.replace(ORIGIN, origin).splitlines():
        assert line.strip() == "…" or line in said, line
