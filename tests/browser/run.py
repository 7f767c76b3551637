"""`make test-browser`: the pages driven by a real browser, in one run for all of them.

Chromium is taken from the machine ($CHROMIUM, or what is on the path); Playwright comes from the dependency group
`browser` of pyproject.toml. Where either cannot be had, it says why and tests nothing. Arguments go on to pytest.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The program of a browser, None where there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def main(arguments: list[str]) -> int:
    """Set up and test; the exit code is 0 as well where nothing could be tested."""
    browser = find_chromium()
    if browser is None:
        return _skip(f"no browser is here: none of {', '.join(NAMES)} is on the path, and $CHROMIUM names none")
    if importlib.util.find_spec("playwright") is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--group", "browser"]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            return _skip(f"Playwright cannot be installed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    settings = {**os.environ, "CHROMIUM": browser, "BOOKINGS_BROWSER": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-m", "browser", str(HERE), *arguments]
    return subprocess.run(command, cwd=ROOT, env=settings, check=False).returncode


def _skip(why: str) -> int:
    print(f"skipped: nothing was tested in a browser: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
