"""What the tests of the image need from elsewhere: fetched before, kept in build/container, used without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.container.report import Skipped

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "container"
BASE = FOLDER / "base.tar"
WHEELS = FOLDER / "wheels"
PROJECT = FOLDER / "project"
TOOLS = FOLDER / "tools"
PYTHON = FOLDER / "python"
# what npm and pip are told while the tests run
OFFLINE = {
    "npm_config_cache": str(FOLDER / "npm"),
    "npm_config_offline": "true",
    "npm_config_omit_lockfile_registry_resolved": "false",
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": str(WHEELS),
}
_DEBIAN = ("curl", "python3", "python3-venv")
_NODE = ("testcontainers@11.14.0", "@devcontainers/cli@0.89.0")
_PYTHON = ("testcontainers==4.15.0",)


def fetch() -> list[str]:
    """Fetch everything, and give the reasons why something is missing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        reasons = pool.map(_tried, (_fetch_wheels, _fetch_base, _fetch_node, _fetch_python))
    return [each for each in reasons if each]


def _tried(fetch_one: Callable[[], None]) -> str:
    try:
        fetch_one()
    except Skipped as reason:
        return str(reason)
    return ""


def _fetch_base() -> None:
    """Debian's packages as the tree of an image."""
    if BASE.exists():
        return
    if shutil.which("mmdebstrap") is None:
        raise Skipped("mmdebstrap is not installed")
    made = BASE.with_suffix(".part.tar")
    _run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(_DEBIAN)}", "bookworm", made)
    made.rename(BASE)


def _fetch_wheels() -> None:
    """The wheel of this project, and what it is installed and built with by the locks, for this Python."""
    locks = [word for each in sorted(ROOT.glob("requirements*.lock")) for word in ("-r", str(each))]
    for each in WHEELS.glob("graph_bookings_emulator-*"):
        each.unlink()
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", f"--wheel-dir={WHEELS}", ROOT, *locks)


def _fetch_node() -> None:
    """The project that the CI documents test, with its lock file, and the tools of the recipes."""
    if shutil.which("npm") is None:
        raise Skipped("node and npm are not installed")
    settings = {**OFFLINE, "npm_config_offline": "false"}
    shutil.rmtree(PROJECT, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "node", PROJECT, ignore=shutil.ignore_patterns("node_modules"))
    _run("npm", "ci", "--silent", folder=PROJECT, settings=settings)
    shutil.rmtree(PROJECT / "node_modules")
    TOOLS.mkdir(exist_ok=True)
    _run("npm", "install", "--silent", "--prefer-offline", "--prefix", TOOLS, *_NODE, folder=TOOLS, settings=settings)


def _fetch_python() -> None:
    """An environment for the recipe in Python."""
    python = PYTHON / "bin" / "python"
    if not python.exists():
        venv.EnvBuilder(with_pip=True).create(PYTHON)
    _run(python, "-m", "pip", "install", "--quiet", *_PYTHON)


def _run(*command: str | Path, folder: Path = ROOT, settings: dict[str, str] | None = None) -> None:
    """Run what fetches something. Raises Skipped with its last words."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **(settings or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it failed").splitlines()[-1]
        raise Skipped(f"{Path(command[0]).name}: {said}")
