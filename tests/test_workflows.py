"""Workflows, pipelines, compose files and forms hold to the schemas of what reads them."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.container import page
from tests.container.commands import ROWS
from tests.documents import ROOT
from tests.workflows import load

GITHUB = ROOT / ".github"
# section of docs/ci.md → schema of the YAML in it
SECTIONS = {
    "GitHub Actions": "github-workflows",
    "GitLab CI": "gitlab-ci",
    "Azure Pipelines": "azure-pipelines",
    "A receiver in another container": "compose-spec",
    "Dev Container": "compose-spec",
}
FILES = [
    *((each, "github-workflows") for each in sorted(GITHUB.glob("workflows/*.yml"))),
    *((each, "github-issue-forms") for each in sorted(GITHUB.glob("ISSUE_TEMPLATE/*.yml")) if each.stem != "config"),
    (GITHUB / "ISSUE_TEMPLATE" / "config.yml", "github-issue-config"),
    (ROOT / "compose.yaml", "compose-spec"),
    (ROOT / "examples" / "receiver" / "compose.yaml", "compose-spec"),
]
# section and language of what `make container-test` runs of docs/ci.md
PLAYED = {
    ("Around a command", "sh"),
    ("The image", "sh"),
    ("https in a container", "sh"),
    ("GitHub Actions", "yaml"),
    ("GitLab CI", "yaml"),
    ("Azure Pipelines", "yaml"),
    ("A receiver in another container", "yaml"),
    ("A receiver in another container", "sh"),
    ("Dev Container", "json"),
    ("Dev Container", "yaml"),
    ("Testcontainers", "python"),
    ("Testcontainers", "js"),
}
# what stands around steps that the page shows alone
WORKFLOW = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n"


def held(schema: str, *files: Path) -> str:
    """What is wrong with files; nothing where they hold to a schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(("file", "schema"), FILES, ids=lambda each: getattr(each, "name", each))
def test_a_file_holds_to_its_schema(file: Path, schema: str) -> None:
    assert not held(schema, file)


@pytest.mark.parametrize("heading", SECTIONS)
def test_what_the_page_shows_holds_to_the_schema(heading: str, tmp_path: Path) -> None:
    shown = [each.text for each in page.part(heading) if each.language == "yaml"]
    assert shown
    for number, text in enumerate(shown):
        whole = (
            WORKFLOW + textwrap.indent(textwrap.dedent(text), "    ") if text.lstrip().startswith("steps:") else text
        )
        (tmp_path / f"{number}.yml").write_text(whole, encoding="utf-8")
    assert not held(SECTIONS[heading], *tmp_path.iterdir())


def test_whatever_the_page_does_not_call_not_run_is_run_by_the_container_test() -> None:
    headings = re.findall(r"^## (.+)$", page.TEXT, re.MULTILINE)
    shown = {(heading, each.language) for heading in headings for each in page.part(heading) if each.reason is None}
    assert shown == PLAYED
    assert {each.name for each in page.rows()} == set(ROWS)


def test_a_release_pushes_an_image_for_both_architectures_and_its_note_names_it() -> None:
    jobs = load((GITHUB / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"]
    image, note = jobs["image"], jobs["note"]
    (built,) = (each["with"] for each in image["steps"] if each.get("uses", "").startswith("docker/build-push-action@"))
    assert set(built["platforms"].split(",")) == {"linux/amd64", "linux/arm64"}
    assert (built["push"], built["sbom"], built["provenance"]) == (True, True, "mode=max")
    assert "steps.described.outputs.labels" in built["labels"]
    assert {"check", "all"} <= set(image["needs"])
    assert "tag" in image["if"]
    used = {match for step in note["steps"] for match in re.findall(r"needs\.image\.outputs\.(\w+)", str(step))}
    assert used == set(image["outputs"])
    assert "image" in note["needs"]
    assert {each.get("id") for each in image["steps"]} >= set(re.findall(r"steps\.(\w+)\.", str(image)))


def test_a_key_that_nobody_knows_is_found(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(WORKFLOW + "    stepps: []\n", encoding="utf-8")
    assert "stepps" in held("github-workflows", tmp_path / "ci.yml")


def test_a_folder_with_a_lock_file_is_installed_as_it_is_locked() -> None:
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / ".github" / "workflows").glob("*.yml")]
    texts += [
        (ROOT / "examples" / "README.md").read_text(encoding="utf-8"),
        (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"),
    ]
    assert (ROOT / "examples" / "node" / "package-lock.json").is_file()
    assert [each for each in texts if "npm install" in each] == []
