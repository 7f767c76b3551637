"""`run.py FOLDER`: installs the wheel of a folder into an empty environment, serves from it and tests with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, by a Python that has nothing of this

from tests.typed_blocks import write_blocks
from tests.wheel.typed_programs import TYPOS, missed_typos, write_programs

THREE_LINES = """def test_the_dentist_is_there(bookings):
    answer = bookings.graph.get("/solutions/bookingBusinesses")
    assert answer.json()["value"][0]["displayName"] == "Contoso Dental"
"""
COLLIDING = {
    "a package": {"emulator/__init__.py": "NAME = 'theirs'\n"},
    "a module": {"emulator.py": "NAME = 'theirs'\n"},
}
THEIR_TEST = """import emulator

def test_both_are_there(bookings):
    assert emulator.NAME == "theirs"
    assert bookings.graph.get("/solutions/bookingBusinesses").status_code == 200
"""
STOPWATCH = """import pathlib, time

def pytest_sessionstart():
    global began
    began = time.perf_counter(), time.process_time()

def pytest_sessionfinish():
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    pathlib.Path(__file__).with_name("took").write_text("{} {}".format(*took))
"""
BIN = "Scripts" if os.name == "nt" else "bin"


def main(built: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel_in(Path(built))
        python = install(wheel, Path(folder) / "venv")
        check(python.parent / "bookings-emulator", Path(folder))
        took = check_plugin(python, Path(folder) / "suite")
        for name, files in COLLIDING.items():
            check_collision(python, Path(folder) / name, files)
        check_types(python, Path(folder) / "typed")
    print(f"a test of three lines with the plugin passes in {took}")
    print(f"{wheel.name} serves outside the repository")


def wheel_in(folder: Path) -> Path:
    """The one wheel of a folder."""
    (wheel,) = folder.glob("graph_bookings_emulator-*.whl")
    return wheel.resolve()


def install(wheel: Path, target: Path) -> Path:
    """An environment that holds the wheel and what it depends on; its Python."""
    venv.create(target, with_pip=True)
    python = target / BIN / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"{wheel}[recipes]"], check=True)
    return python


def check(command: Path, folder: Path) -> None:
    """Serve with every shipped fixture and ask for what only package data can answer."""
    fixtures = subprocess.run([command, "fixtures"], check=True, capture_output=True, text=True, cwd=folder).stdout
    names = [line.split()[0] for line in fixtures.splitlines()]
    assert {"default", "empty"} <= set(names), fixtures
    played = subprocess.run([command, "run", "--all"], check=False, capture_output=True, text=True, cwd=folder)
    assert played.returncode == 0, played.stdout + played.stderr
    arguments = [each for name in names for each in ("--fixture", name)]
    process = subprocess.Popen(
        [command, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True, cwd=folder
    )
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        origin = lines[1].split()[-1].removesuffix("/v1.0")
        businesses = json.loads(get(f"{origin}/v1.0/solutions/bookingBusinesses"))["value"]
        assert businesses
        assert b"bookingBusiness" in get(f"{origin}/v1.0/$metadata")
        assert b"openapi" in get(f"{origin}/_emulator/openapi/beta.json")
    finally:
        process.terminate()
        process.wait(10)


def check_plugin(python: Path, folder: Path) -> str:
    """Run a test of three lines in an empty folder, in under a second from pytest's start to its end; how long it took.

    Seconds of processor time count, so that a busy machine does not matter.
    """
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pytest"], check=True)
    folder.mkdir()
    (folder / "test_bookings.py").write_text(THREE_LINES, encoding="utf-8")
    (folder.parent / "stopwatch.py").write_text(STOPWATCH, encoding="utf-8")
    command = [python, "-m", "pytest", "-p", "no:cacheprovider", "-p", "stopwatch"]
    settings = {**os.environ, "PYTHONPATH": str(folder.parent)}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    wall, worked = map(float, (folder.parent / "took").read_text(encoding="utf-8").split())
    assert worked < 1.0, f"{worked:.2f} s of processor time"
    return f"{wall:.2f} s ({worked:.2f} s of processor time)"


def check_collision(python: Path, folder: Path, files: dict[str, str]) -> None:
    """Run the tests of a project that has a package or a module called `emulator` of its own."""
    for name, text in {**files, "test_theirs.py": THEIR_TEST}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command = [python, "-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def check_types(python: Path, folder: Path) -> None:
    """Have mypy and pyright judge the installed package by programs: right ones, what the documents show, and typos."""
    needed = ["mypy", "pyright[nodejs]", "requests", "types-requests"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *needed], check=True)
    folder.mkdir()
    write_programs(folder)
    shown = write_blocks(folder)
    mypy = [python, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "right.py", "typos.py", *shown]
    pyright = [python, "-m", "pyright", "--pythonpath", python, "."]
    for checker in (mypy, pyright):
        done = subprocess.run(checker, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        told = done.stdout.splitlines()
        wrong = [line for line in told if "error:" in line and "typos.py:" not in line]
        assert not wrong, "\n".join(wrong)
        assert not missed_typos(done.stdout), f"{checker[2]} misses {missed_typos(done.stdout)}: {done.stderr}"
        print(f"{checker[2]} accepts {len(shown)} programs of the documents and finds every one of {len(TYPOS)} typos")


def get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer x"})
    with urllib.request.urlopen(request, timeout=10) as response:
        content: bytes = response.read()
        return content


if __name__ == "__main__":
    main(sys.argv[1])
