"""`make test-clients`, `make test-node`, `make docs`: install the real client libraries, then run what uses them.

Python packages go to .venv-clients, npm packages to tests/clients/node/node_modules. What is there already is used
again until a pinned version changes. Arguments are passed on to pytest.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / ".venv-clients"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NODE = HERE / "node"
GENERATORS = NODE / "generators"
NEWEST = NODE / "newest"
EXAMPLE = ROOT / "examples" / "node-typescript"
NODE_TESTS = (
    HERE / "test_node_clients.py",
    HERE / "test_javascript_package.py",
    HERE / "test_typescript.py",
)
PINNED = (
    "msgraph-sdk==1.65.0",
    "msgraph-beta-sdk==1.66.0",
    "msgraph-core==1.5.2",
    "microsoft-kiota-http==1.16.0",
    "azure-identity==1.27.0",
    "msal==1.39.0",
    "aiohttp==3.14.5",
    "deprecated==1.3.1",  # msgraph-core imports it for batches and forgets to ask for it
    "fastapi==0.165.0",  # what examples/fastapi is made with
    "pytest==9.2.0",
)
# the last version of the connector SDK that subscribes by typed methods, and the newest; each in a place of its own
CONNECTORS = ("0.4.0b1", "0.5.0b1")
BESIDE_CONNECTORS = ("azure-identity==1.27.0", "aiohttp==3.14.5")
OLDEST_NODE = 20
T = TypeVar("T")
# what pip and npm say when nobody answers
UNREACHABLE = ("connection broken", "ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN")


class Skipped(Exception):
    """A part cannot be set up here; the text says why."""


def main(arguments: list[str]) -> int:
    """Set up, test, and give the exit code: 0 also where the registry cannot be reached."""
    if arguments[:1] == ["node"]:
        return _test_node(arguments[1:])
    if arguments[:1] == ["types"]:
        return _write_types()
    try:
        _step("python clients", _set_up_python)
    except Skipped as reason:
        _say(f"nothing was tested: {reason}", "skipped")
        return 0
    try:
        _step("connector clients", _set_up_connectors)
    except Skipped as reason:
        _say(f"connector clients: {reason}", "skipped")
    command = [
        PYTHON,
        "-m",
        "pytest",
        "-m",
        "clients",
        f"--confcutdir={HERE}",
        HERE,
        *(f"--ignore={each}" for each in NODE_TESTS),
    ]
    settings = os.environ | {"PYTHONPATH": str(ROOT / "emulator")}  # the emulator itself is not installed there
    done = _step("tests", lambda: subprocess.run([*command, *arguments], cwd=ROOT, env=settings, check=False))
    return done.returncode


def _test_node(arguments: list[str]) -> int:
    """The JavaScript clients, run from the environment of the emulator itself."""
    try:
        for folder in (NODE, GENERATORS, EXAMPLE):
            _step(f"packages of {folder.name}", partial(_set_up_node, folder))
    except Skipped as reason:
        _say(f"nothing was tested: {reason}", "skipped")
        return 0
    try:
        _step("newest node", lambda: _set_up_node(NEWEST))
    except Skipped as reason:
        _say(f"newest node: {reason}", "skipped")
    command = [sys.executable, "-m", "pytest", "-m", "clients", f"--confcutdir={HERE}", *NODE_TESTS, *arguments]
    settings = os.environ | {"CLIENTS_ARE_SET_UP": "1"}  # a package that is missing now is a failure
    return _step("tests", lambda: subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode)


def _write_types() -> int:
    """The types of the npm package, where the document they are made from has changed."""
    sys.path.insert(0, str(ROOT / "docs"))
    from writers.javascript_types import FILE, head_of_types, write_types

    if _text(FILE).startswith(head_of_types()):
        return 0
    try:
        _set_up_node(GENERATORS)
    except Skipped as reason:
        _say(f"{FILE.relative_to(ROOT)} was not written: {reason}", "skipped")
        return 0
    FILE.write_text(write_types(GENERATORS / "node_modules"), encoding="utf-8")
    print(FILE)
    return 0


def _step(name: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    done = work()
    _say(name, f"{time.perf_counter() - began:.1f} s")
    return done


def _say(what: str, outcome: str) -> None:
    print(f"test-clients  {what}: {outcome}", flush=True)


def _set_up_python() -> None:
    _make(VENV, [*PINNED, *_needed_by_the_emulator()])


def _set_up_connectors() -> None:
    for version in CONNECTORS:
        _make(ROOT / f".venv-connectors-{version}", [f"azure-connectors=={version}", *BESIDE_CONNECTORS])


def _make(venv: Path, packages: list[str]) -> None:
    """An environment with these packages, made anew for another Python."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join((platform.python_version(), *packages))
    marker = venv / ".ready"
    if _text(marker) == wanted and python.exists():
        return
    is_other_python = _text(marker).partition("\n")[0] != platform.python_version()
    marker.unlink(missing_ok=True)
    if is_other_python or not python.exists():
        _install([sys.executable, "-m", "venv", "--clear", venv])
    # only few of the SDKs' modules are ever imported: compiling all of them takes a minute and half a gigabyte
    _install([python, "-m", "pip", "install", "--quiet", "--no-compile", "--retries", "2", *packages])
    marker.write_text(wanted, encoding="utf-8")


def _needed_by_the_emulator() -> list[str]:
    """What the emulator itself is built on, recipes included; it runs from the repository and need not be installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["recipes"]]


def _set_up_node(folder: Path) -> None:
    """The npm packages that a folder names, by its lock where it has one."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Skipped("node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        raise Skipped(f"node {OLDEST_NODE} or newer is needed; this is {version}")
    wanted = _text(folder / "package.json") + _text(folder / "package-lock.json")
    marker = folder / "node_modules" / ".ready"
    if _text(marker) == wanted:
        return
    way = ["ci"] if (folder / "package-lock.json").is_file() else ["install", "--no-package-lock"]
    _install([npm, *way, "--no-audit", "--no-fund", "--fetch-retries=1"], folder)
    marker.write_text(wanted, encoding="utf-8")


def _install(command: list[str | Path], folder: Path = ROOT) -> None:
    """Run an installer quietly; its words are shown when it fails for another reason than the network."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if any(each in said for each in UNREACHABLE):
        raise Skipped("the package registry cannot be reached")
    sys.exit(f"{said}\n{' '.join(map(str, command[:4]))} … failed")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
