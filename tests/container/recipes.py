"""The recipes of the page that drive an engine themselves: testcontainers in Python and JavaScript, a Dev Container."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.container import page
from tests.container.commands import need_compose
from tests.container.engine import Engine
from tests.container.images import provide
from tests.container.packages import PYTHON, TOOLS
from tests.container.report import Report, Skipped
from tests.workflows import load

# the recipe ends where the tests of a project begin
_THEIR_TEST = "\nconsole.log((await fetch(`${url}/_emulator/health`)).status);\nawait bookings.stop();\n"
_ASK = "import os, urllib.request as r; print(r.urlopen(os.environ['BOOKINGS_EMULATOR_URL'] + '/_emulator').status)"


def check_recipes(engine: Engine, report: Report) -> None:
    """Each recipe; what it needs may be missing."""
    tries: dict[str, Callable[[Engine, Report], None]] = {
        "testcontainers in Python": _check_python,
        "testcontainers in JavaScript": _check_javascript,
        "Dev Container": _check_dev_container,
    }
    for name, check in tries.items():
        try:
            check(engine, report)
        except Skipped as reason:
            report.skip(name, reason)


def _check_python(engine: Engine, report: Report) -> None:
    python = PYTHON / "bin" / "python"
    if not (PYTHON / "lib").is_dir() or not list(PYTHON.glob("lib/*/site-packages/testcontainers")):
        raise Skipped("the package was not fetched")
    said = _run(python, "-c", page.recipe("Testcontainers", "python"), settings=_settings(engine))
    report.check("the recipe of testcontainers in Python runs", said == "200\n", said)


def _check_javascript(engine: Engine, report: Report) -> None:
    if not (TOOLS / "node_modules" / "testcontainers").is_dir():
        raise Skipped("the package was not fetched")
    script = TOOLS / "recipe.mjs"
    script.write_text(page.recipe("Testcontainers", "js") + _THEIR_TEST, encoding="utf-8")
    said = _run("node", script, settings=_settings(engine))
    report.check("the recipe of testcontainers in JavaScript runs", said == "200\n", said)


def _check_dev_container(engine: Engine, report: Report) -> None:
    """The two files of the page are brought up by the tool of the specification, and a command is run inside."""
    tool = TOOLS / "node_modules" / ".bin" / "devcontainer"
    if not tool.exists():
        raise Skipped("@devcontainers/cli was not fetched")
    need_compose(engine)
    files = {
        "devcontainer.json": page.recipe("Dev Container", "json"),
        "compose.yaml": page.recipe("Dev Container", "yaml"),
    }
    services = load(files["compose.yaml"])["services"]
    provide(engine, services["app"]["image"], report)
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / ".devcontainer"
        inside.mkdir()
        (Path(folder) / "theirs.txt").touch()
        for name, text in files.items():
            (inside / name).write_text(text, encoding="utf-8")
        workspace = ("--workspace-folder", folder)
        try:
            up = json.loads(_run(tool, "up", *workspace).splitlines()[-1])
            said = _run(tool, "exec", *workspace, "python3", "-c", _ASK)
            found = _run(tool, "exec", *workspace, "ls")
        finally:
            project = ("--project-name", f"{Path(folder).name}_devcontainer")
            engine("compose", *project, "--file", inside / "compose.yaml", "down", "--timeout", "1", is_checked=False)
    is_so = (up["outcome"], said, found) == ("success", "200\n", "theirs.txt\n")
    report.check("the Dev Container comes up, holds the project and reaches the emulator", is_so, (up, said, found))


def _settings(engine: Engine) -> dict[str, str]:
    """Our own engine has no registry, from which the cleaner of testcontainers would come."""
    return {"TESTCONTAINERS_RYUK_DISABLED": "true"} if engine.is_own else {}


def _run(*command: str | Path, settings: dict[str, str] | None = None) -> str:
    """What a program prints. Raises AssertionError with its words when it fails."""
    done = subprocess.run(
        command, env={**os.environ, **(settings or {})}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
