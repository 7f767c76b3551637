"""The npm package of clients/javascript: packed as it would be published, then used as a stranger's project does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "clients" / "javascript"
NAME = "graph-bookings-emulator-client"
TESTS = HERE / "node" / "emulator-client"
NEWEST = HERE / "node" / "newest"
COMMAND = Path(sys.executable).with_name("bookings-emulator")
SHOWN = re.compile(
    r"GET /v1\.0/solutions/bookingBusinesses/nope → 404 .*\n.*mailbox\.nonexistent: no business has the id"
)

pytestmark = pytest.mark.clients


def test_the_archive_has_what_is_named_and_nothing_else(packed: Path) -> None:
    with tarfile.open(packed) as opened:
        files = {each.removeprefix("package/") for each in opened.getnames()}
    package = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    entries = [each for each in package["exports"].values() if isinstance(each, dict)]
    named = {path.removeprefix("./") for entry in entries for path in entry.values()}
    assert named <= files
    assert files == {"package.json", "README.md", "LICENSE"} | {
        path.relative_to(PACKAGE).as_posix() for path in (PACKAGE / "lib").iterdir()
    }


def test_an_empty_project_installs_it_and_finds_the_command(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    _run("npm", "install", "--offline", "--no-audit", "--no-fund", packed, folder=tmp_path)
    assert [each.name for each in (tmp_path / "node_modules").iterdir() if each.name[0] != "."] == [NAME]
    (tmp_path / "program.js").write_text(_blocks("js")[0], encoding="utf-8")
    said = _run("node", "program.js", folder=tmp_path, PATH=f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}")
    assert "command" in said
    assert "Contoso Dental" in said


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize("file", sorted(TESTS.glob("*.test.mjs")), ids=lambda file: file.name.partition(".")[0])
@pytest.mark.parametrize("which", ["node on the path", "newest node"])
def test_the_node_tests_of_the_package_pass(which: str, file: Path, origin: str) -> None:
    if sys.platform == "win32" and file.name.startswith("launcher"):
        pytest.skip("the stand-ins of the launcher are shell scripts")
    node = _newest_node() if which == "newest node" else "node"
    _run(node, "--test", file, folder=TESTS, EMULATOR_ORIGIN=origin, EMULATOR_COMMAND=str(COMMAND))


def _newest_node() -> Path:
    """The node that the registry has as newest; skips where it could not be installed."""
    program = NEWEST / "node_modules" / "node" / "bin" / "node"
    if not program.is_file():
        pytest.skip("the npm package `node` is not installed; make test-node does so where the registry is reached")
    wanted = json.loads((NEWEST / "package.json").read_text(encoding="utf-8"))["dependencies"]["node"]
    assert _run(program, "--version", folder=NEWEST).strip() == f"v{wanted}"
    return program


@pytest.mark.usefixtures("packed")
def test_the_recipe_of_the_page_runs(
    run_recipe: Callable[..., str], origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKINGS_EMULATOR_URL", origin)
    assert run_recipe("Tests in JavaScript", "node", "--input-type=module", "-") == ""


@pytest.mark.usefixtures("packed")
def test_a_strict_program_compiles_against_the_types() -> None:
    _run("node", "../../node_modules/typescript/bin/tsc", "-p", ".", folder=TESTS / "types")


@pytest.mark.usefixtures("packed")
def test_the_typescript_of_the_readme_compiles(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for number, block in enumerate(_blocks("ts")):
        (tmp_path / f"block{number}.ts").write_text(block, encoding="utf-8")
    options = json.loads((TESTS / "types" / "tsconfig.json").read_text(encoding="utf-8")) | {"include": ["*.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    _run("node", packages / "typescript/bin/tsc", "-p", ".", folder=tmp_path)


@pytest.mark.usefixtures("packed")
def test_the_starter_of_init_compiles_and_passes(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    _run(COMMAND, "init", "vitest", folder=tmp_path)
    options = json.loads((TESTS / "types" / "tsconfig.json").read_text(encoding="utf-8")) | {"include": ["tests"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    _run("node", packages / "typescript/bin/tsc", "-p", ".", folder=tmp_path)
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    said = _run("node", packages / "vitest/vitest.mjs", "run", folder=tmp_path, PATH=path, NO_COLOR="1")
    assert "2 passed" in said, said


RUNNERS = {
    "node:test": (("node", "--test", "--test-reporter=spec", "node-test.mjs"), {}, "pass 1", "fail 1"),
    "vitest": (("node", "../../node_modules/vitest/vitest.mjs", "run"), {}, "2 passed", "1 failed"),
    "vitest, an emulator for each file": (
        ("node", "../../node_modules/vitest/vitest.mjs", "run"),
        {"WITHOUT_GLOBAL_SETUP": "1"},
        "2 passed",
        "1 failed",
    ),
    "playwright": (("node", "../../node_modules/@playwright/test/cli.js", "test"), {}, "1 passed", "1 failed"),
}


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize("is_running", [True, False], ids=["one that runs", "one it starts"])
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_failed_test_of_a_runner_shows_its_exchanges(
    runner: str, is_running: bool, origin: str, tmp_path: Path
) -> None:
    command, settings, passed, failed = RUNNERS[runner]
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    where = {"BOOKINGS_EMULATOR_URL": origin} if is_running else {"PATH": path}
    output = {"NO_COLOR": "1", "FORCE_COLOR": "0", "RESULTS": str(tmp_path)}
    said = _run(*command, folder=TESTS / "runners", expected=1, **settings, **where, **output)
    assert passed in said, said
    assert failed in said, said
    assert len(SHOWN.findall(said)) == 1, said


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (PACKAGE / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def _run(*command: str | Path, folder: Path, expected: int = 0, **settings: str) -> str:
    """What a program says; it fails with all of that where another exit code than the expected one comes."""
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOOKINGS_")}
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=clean | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert done.returncode == expected, done.stdout
    return done.stdout
