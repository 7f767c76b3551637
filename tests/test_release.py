"""What a release needs: a tag that is the version, notes, a workflow that publishes only what was checked, forms."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookings_emulator import __version__
from tests.documents import blocks

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "release.py"
FORMS = sorted(each for each in ROOT.glob(".github/ISSUE_TEMPLATE/*.yml") if each.name != "config.yml")


def read(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return loaded


def notes(changes: str, version: str) -> str:
    spec = importlib.util.spec_from_file_location("release", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.notes(changes, version))


def test_a_tag_that_is_not_the_version_is_refused() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "v9.9.9"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"the tag is v9.9.9, the version of the package {__version__}" in done.stderr


def test_the_notes_are_the_dated_section_of_the_version() -> None:
    changes = "# Changelog\n\n## 1.2.0 - 2026-12-01\n\n- New.\n\n## 1.1.0 - 2026-11-01\n\n- Old.\n"
    assert notes(changes, "1.2.0") == "- New."
    assert notes(changes, "1.1.0") == "- Old."


@pytest.mark.parametrize(
    "changes", ["## Unreleased\n\n- New.\n", "## 1.2.0\n\n- New.\n", "## 11.2.0 - 2026-12-01\n\n- New.\n"]
)
def test_a_version_without_a_dated_section_is_refused(changes: str) -> None:
    with pytest.raises(SystemExit, match="no section"):
        notes(changes, "1.2.0")


def test_only_what_was_built_and_checked_is_published_and_only_by_a_tag() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "release.yml")
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert set(jobs["publish"]["needs"]) == {"check", "all"}
    assert jobs["check"]["needs"] == "build"
    assert jobs["publish"]["if"] == "github.ref_type == 'tag'"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS, ids=lambda each: each.name)
def test_an_issue_form_is_complete(form: Path) -> None:
    data = read(form)
    assert data["name"]
    assert data["description"]
    ids = [each["id"] for each in data["body"]]
    assert len(set(ids)) == len(ids)
    assert all(each["attributes"]["label"] for each in data["body"])


@pytest.mark.parametrize("name", ["differs.yml", "broken.yml"])
def test_who_reports_a_defect_is_asked_for_the_exported_journal(name: str) -> None:
    (journal,) = (each for each in read(ROOT / ".github" / "ISSUE_TEMPLATE" / name)["body"] if each["id"] == "journal")
    assert journal["attributes"]["label"] == "The exported journal"
    assert journal["validations"]["required"]


def test_the_address_of_the_repository_is_the_only_thing_to_fill_in() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    home = urls["Repository"]
    assert all(each.startswith(home) for each in urls.values())
    (lines,) = (each.text for each in blocks(ROOT / "README.md") if "REPOSITORY=" in each.text)
    assert f"REPOSITORY={home}\n" in lines
    assert f"/releases/download/v{__version__}/graph_bookings_emulator-{__version__}-py3-none-any.whl" in lines


def test_a_release_without_the_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    package = tmp_path / "emulator" / "bookings_emulator"
    package.mkdir(parents=True)
    (tmp_path / ".ci" / "release.py").write_bytes(SCRIPT.read_bytes())
    (package / "__init__.py").write_text('__version__ = "1.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("## 1.2.0 - 2026-12-01\n\n- New.\n", encoding="utf-8")

    def check(address: str) -> Any:
        (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nRepository = "{address}"\n', encoding="utf-8")
        script = tmp_path / ".ci" / "release.py"
        return subprocess.run([sys.executable, script, "v1.2.0"], capture_output=True, text=True, check=False)

    refused = check("https://github.com/OWNER/bookings-emulator")
    assert (refused.returncode, "[project.urls] names OWNER" in refused.stderr) == (1, True)
    assert check("https://github.com/contoso/bookings-emulator").stdout == "- New.\n"
