"""The documents say what is true: their commands, files and JSON are tried here."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import bookings_emulator
from bookings_emulator import Emulator
from bookings_emulator.app import App
from bookings_emulator.cli import COMMANDS
from bookings_emulator.client.words import TENANT
from bookings_emulator.control.plane import ROUTES
from bookings_emulator.store.seed import Fixture, check, shipped, utc
from bookings_emulator.tenant import Start, Tenant
from tests import documents
from tests.conftest import NOW, Graph
from tests.test_cli import served

ROOT = Path(__file__).parents[1]


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a language in a page."""
    return [each.text for each in documents.blocks(ROOT / page) if each.language == language]


@pytest.mark.parametrize("page", documents.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", documents.prose(page)):
        if "://" not in target:
            there = page.parent / target if target else page
            assert there.is_file(), f"{page.name} links to {target}"
            assert not anchor or anchor in documents.anchors(there), f"{page.name} links to {target}#{anchor}"


def test_versions_names_everything_that_can_be_imported() -> None:
    page = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
    exported = set(bookings_emulator.__all__) - {"__version__"}
    assert not {name for name in exported if f"`{name}`" not in page}
    assert all(getattr(bookings_emulator, name) for name in exported)


def test_the_readme_opens_with_the_two_commands() -> None:
    assert "make serve" in blocks("README.md", "sh")[0]
    assert "make test" in blocks("README.md", "sh")[0]


def test_the_curls_of_the_readme_work_on_the_default_fixture() -> None:
    curls = "\n".join(block for block in blocks("README.md", "sh") if block.startswith("curl"))
    tenant = Tenant(Start((_shipped("default"),), seed=1))
    statuses = []
    for command in re.split(r"\n(?=curl)", curls.replace("\\\n", " ")):
        words = shlex.split(command)
        url = next(word for word in words if word.startswith("http"))
        body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        path = url.removeprefix("http://localhost:8365")
        statuses.append(Graph(tenant).call("POST" if body else "GET", path, body).status)
    assert statuses == [200, 201]


def test_what_contributing_points_at_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text[text.index("## Where is") : text.index("## Rules")]
    package = ROOT / "emulator" / "bookings_emulator"
    pointed = re.findall(r"`([\w/]+\.py)`: ((?:`\w+`(?:, )?)+)", section)
    assert len(pointed) > 8
    for file, names in pointed:
        for name in re.findall(r"\w+", names):
            if file.startswith("test_"):
                continue
            source = (package / file).read_text(encoding="utf-8")
            assert re.search(rf"^ *(def {name}\(|{name}\b.* = )", source, re.MULTILINE), f"{file} has no {name}"


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
def test_make_help_lists_every_target_and_a_target_takes_arguments() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = [line.split()[0] for line in shown.splitlines() if line.startswith("  ")]
    assert listed == re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    command = ["make", "-n", "test", "ARGS=-k availability"]
    dry = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pytest -n auto -q -k availability" in dry.stdout


def test_every_page_stands_in_the_index() -> None:
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in ROOT.glob("docs/*.md"):
        assert page.name == "index.md" or f"({page.name})" in text, f"docs/index.md does not lead to {page.name}"
    for page in (ROOT / "examples").glob("*/README.md"):
        target = f"(../{page.relative_to(ROOT).as_posix()})"
        assert target in text, f"docs/index.md does not lead to {target}"


def test_the_fixture_of_the_page_is_valid_and_can_be_planted() -> None:
    (text,) = blocks("docs/fixtures.md", "json")
    check("docs/fixtures.md", json.loads(text))
    graph = Graph(Tenant(Start((Fixture("page", json.loads(text)),), seed=1, frozen=utc(NOW))))
    assert (
        graph.get("/v1.0/solutions/bookingBusinesses/Salon@contoso.onmicrosoft.com/appointments/$count").status == 200
    )


def test_every_fixture_stands_in_its_page() -> None:
    text = (ROOT / "docs" / "fixtures.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in shipped())


def test_the_pages_made_from_data_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec
    assert spec.loader
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    for page, text in build.pages().items():
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is out of date; run: make docs"


def test_the_types_of_the_npm_package_are_made_from_the_present_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test-node` makes them again and compares all; this goes without node."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    types = importlib.import_module("writers.javascript_types")
    assert types.FILE.read_text(encoding="utf-8").startswith(types.head_of_types()), "run: make docs (with node)"


def test_every_word_that_starts_a_tenant_stands_in_its_pages() -> None:
    place = "`Emulator`, `create_app`, `mock`, `tenant()`"
    (settings,) = [each for each in (ROOT / "docs" / "settings.md").read_text().split("\n\n") if each.startswith(place)]
    readme = (ROOT / "clients" / "javascript" / "README.md").read_text()
    (row,) = [each for each in readme.splitlines() if each.startswith("| `tenant(start)`")]
    for text in (settings, row):
        assert {word for word in TENANT if f"`{word}`" not in text} == set()


def test_every_row_and_every_attribute_of_the_client_stands_in_its_page() -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    client = page.partition("## Client\n")[2].partition("\n## ")[0]
    with Emulator() as bookings:
        public = {name for name in vars(bookings) if not name.startswith("_") and name != "index"}
    assert {name for name in public if f"| `{name}` |" not in client} == set()
    named = set(re.findall(r"\b(?:Rows|list)\[(\w+)\]", page)) - {"str", "Change"}
    assert {"BusinessRow", "PresetRow", "ProblemRow", "OperationRow"} <= named
    assert {name for name in named | {"StubRow"} if f"## {name}\n" not in page} == set()


def test_every_client_of_the_table_has_the_version_that_its_tests_install() -> None:
    page = (ROOT / "docs" / "clients.md").read_text()
    table = dict(re.findall(r"^\| \[(@?[\w/-]+)\]\(#[\w-]+\) \(npm\) \| ([\d.]+) \|", page, re.MULTILINE))
    files = (ROOT / "tests" / "clients" / "node" / "package.json", ROOT / "examples" / "spa" / "package.json")
    installed = {
        name: version for file in files for name, version in json.loads(file.read_text())["dependencies"].items()
    }
    assert "@azure/msal-browser" in table
    assert {name: installed[name] for name in table} == table


def test_every_command_stands_in_its_page() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"^\| `{name}[ `]", text, re.MULTILINE), f"docs/commands.md says nothing of {name}"


def test_the_ready_line_of_the_page_has_the_members_of_the_real_one() -> None:
    (shown,) = (json.loads(each) for each in blocks("docs/commands.md", "json"))
    with served() as (_, lines):
        ready = json.loads(lines[-1].removeprefix("ready "))
    assert list(shown) == list(ready)


@pytest.mark.parametrize("page", documents.pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_calls_of_the_control_plane_and_commands_in_the_text_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = [(each.method, re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each.path))) for each in ROUTES]
    for method, path in re.findall(r"`(GET|POST|PUT|DELETE) /_emulator([^`?\s]*)", text):
        found = any(method == each and re.fullmatch(pattern, path.rstrip("/")) for each, pattern in paths)
        assert found, f"{page.name}: {method} /_emulator{path}"
    for command in re.findall(r"`bookings-emulator ([a-z]+)", text):
        assert command in COMMANDS, f"{page.name}: bookings-emulator {command}"


def test_every_library_is_accounted_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Libraries\n")[2].partition("\n## ")[0]
    for each in project["dependencies"]:
        name = re.split(r"[^\w-]", each)[0]
        assert re.search(rf"^\| [^|]*\b{name}\b", text, re.MULTILINE), f"CONTRIBUTING says nothing of {name}"


def _shipped(name: str) -> Fixture:
    from bookings_emulator.store.seed import load_fixture

    return load_fixture(name)


def test_the_curls_of_the_page_of_faults_work() -> None:
    (curls,) = (each for each in blocks("docs/faults.md", "sh") if "curl" in each)
    with TestClient(App(Tenant(Start((_shipped("default"),), seed=1)))) as client:
        statuses = []
        for command in re.split(r"\n(?=curl)", curls):
            words = shlex.split(command)
            method = words[words.index("-X") + 1] if "-X" in words else "GET"
            path = next(word for word in words if word.startswith("http")).removeprefix("http://localhost:8365")
            body = words[words.index("-d") + 1] if "-d" in words else None
            statuses.append(client.request(method, path, content=body).status_code)
    assert statuses == [201, 201, 200, 204]
