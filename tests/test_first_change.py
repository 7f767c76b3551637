"""The examples of "Your first change", carried out in a copy of the project: what fails first, and what then passes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks

PAGE = ROOT / "docs" / "first-change.md"
PACKAGE = Path("emulator") / "bookings_emulator"
COPIED = ("emulator", "fixtures", "scenarios", "tests", "docs", "pyproject.toml", "CONTRIBUTING.md")
WATCHING = (
    "tests/test_callers.py::test_every_rule_has_a_case",
    "tests/test_callers.py::test_a_rule_holds_for_applications_and_breaking_it_changes_nothing",
    "tests/test_quirks.py::test_every_quirk_of_the_table_and_every_value_of_it_has_a_case",
    "tests/test_quirks.py::test_a_switched_quirk_does_what_its_value_says",
    "tests/test_client_routes.py",
    "tests/test_docs.py::test_the_pages_made_from_data_are_up_to_date",
)


def insert(file: Path, mark: str, text: str) -> None:
    """Put a text in front of the first place of a mark."""
    before = file.read_text(encoding="utf-8")
    assert mark in before, f"{file.name} has no '{mark}' any more"
    file.write_text(before.replace(mark, text + mark, 1), encoding="utf-8")


def rows_of(block: str) -> str:
    """The lines that a block adds to a table or a class: those behind its `# …`."""
    return block.partition("# …\n")[2].removesuffix("}\n")


def add_row(file: Path, table: str, row: str) -> None:
    """Put a row at the end of a table."""
    text = file.read_text(encoding="utf-8")
    end = text.index("\n}", text.index(table)) + 1
    file.write_text(text[:end] + rows_of(row) + text[end:], encoding="utf-8")


@pytest.fixture(scope="module")
def written() -> dict[str, list[str]]:
    """The blocks of the page by language."""
    found: dict[str, list[str]] = {}
    for block in blocks(PAGE):
        found.setdefault(block.language, []).append(block.text)
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, written: dict[str, list[str]]) -> Path:
    """A copy of the project with the changes of the page, before any test has a row for them."""
    copy = tmp_path_factory.mktemp("project")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, copy / name)
    package, python, (colour, quirk) = copy / PACKAGE, written["python"], written["toml"]
    insert(package / "contract" / "graph.beta.toml", "[entity.bookingStaffMember]\n", f"{colour}\n")
    quirks = package / "contract" / "quirks.toml"
    quirks.write_text(f"{quirks.read_text(encoding='utf-8').rstrip()}\n\n{quirk}", encoding="utf-8")
    rules = package / "domain" / "business_rules.py"
    insert(rules, "_RULES: dict", f"{python[0]}\n\n")
    add_row(rules, "_RULES: dict", python[1])
    insert(package / "control" / "state.py", '@table.get("/state"', f"{python[6]}\n\n")
    return copy


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(project / "emulator"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def failing(project: Path) -> set[str]:
    """The names of the tests that fail in a copy."""
    done = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *WATCHING)
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    return set(re.findall(r"^FAILED [^:]+::(\w+)", done.stdout, re.MULTILINE))


def test_the_tests_that_the_page_names_ask_for_the_rest(project: Path, written: dict[str, list[str]]) -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert failing(project) == named
    tests, python = project / "tests", written["python"]
    insert(tests / "test_callers.py", "def own_hours(", f"{python[2]}\n\n")
    add_row(tests / "test_callers.py", "BROKEN = {", python[3])
    insert(tests / "rule_quirks.py", "# id → what is asked", f"{python[4]}\n\n")
    add_row(tests / "rule_quirks.py", "SEEN: dict", python[5])
    insert(project / PACKAGE / "client" / "client.py", "    def snapshots(", f"{rows_of(python[7])}\n")
    add_row(tests / "test_client_routes.py", "CALLS: dict", python[8])
    made = run(project, "docs/build.py")
    assert made.returncode == 0, made.stderr
    assert failing(project) == set()


def test_the_beta_property_is_of_beta_only(project: Path) -> None:
    script = (
        "from bookings_emulator import Emulator\n"
        "with Emulator('default', seed=1) as bookings:\n"
        "    business = bookings.state()['bookingBusinesses'][0]['id']\n"
        "    root = bookings.graph_url.rpartition('/')[0]\n"
        "    home = f'/solutions/bookingBusinesses/{business}/services'\n"
        "    body = {'displayName': 'Bento', 'colour': 'green'}\n"
        "    made = bookings.graph.post(f'{root}/beta{home}', json=body).json()\n"
        "    print(made.get('colour'), 'colour' in bookings.graph.get(f\"{root}/v1.0{home}/{made['id']}\").json())\n"
    )
    done = run(project, "-c", script)
    assert done.stdout.split() == ["green", "False"], done.stderr
