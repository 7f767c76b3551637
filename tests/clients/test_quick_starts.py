"""The examples in Python and JavaScript, run by the commands that they name, against the real libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

pytestmark = pytest.mark.clients


def run(command: list[str | Path], folder: Path) -> str:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("BOOKINGS_EMULATOR")}
    settings |= {"PYTHONPATH": str(ROOT / "emulator"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("example", "count"), [("python", 2), ("fastapi", 19)])
def test_the_example_in_python_passes(example: str, count: int) -> None:
    # as the installed package loads it by itself
    plugins = ["-p", "bookings_emulator.testing.plugin", "-p", "no:cacheprovider"]
    said = run([sys.executable, "-m", "pytest", *plugins, "--rootdir", "."], EXAMPLES / example)
    assert f" {count} passed" in said


def test_the_example_in_javascript_passes(tmp_path: Path, packages: Path) -> None:
    for file in (EXAMPLES / "node").glob("*.js*"):
        shutil.copy(file, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages, target_is_directory=True)
    said = run(
        [sys.executable, "-m", "bookings_emulator", "exec", "--", shutil.which("npm") or "npm", "test"], tmp_path
    )
    assert "# pass 2" in said
