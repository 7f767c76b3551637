"""Fixtures and scenarios over HTTP: names, files of named folders, and what a caller sends; no other file is opened."""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App, create_app
from bookings_emulator.client.client import Client
from bookings_emulator.client.control_http import ControlError
from bookings_emulator.embedded import Emulator
from bookings_emulator.settings import Settings
from tests.conftest import BUSINESS, NOW, ORIGIN, ROOT, small

SECRET = {"auths": {"registry": "hidden-value"}, "bookingBusinesses": "hidden-value"}
SCENARIO = {"title": "t", "shows": "s", "source": "o"}
TOML = 'title = "t"\nshows = "s"\nsource = "o"\n[given]\nfixture = "{}"\n'
RECIPE = 'title = "r"\nanchor = 2026-01-05T08:00:00Z\n[[business]]\ndisplay_name = "Made"\nappointments = 3\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of fixtures and scenarios beside a file that is nobody's business."""
    (tmp_path / "secret.json").write_text(json.dumps(SECRET))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "ours.json").write_text(json.dumps(small()))
    (inside / "made.toml").write_text(RECIPE.replace("2026-01-05T08:00:00Z", '"2026-01-05T08:00:00Z"'))
    (inside / "situation.toml").write_text(TOML.format("ours"))
    (inside / "broken.json").write_text("[")
    (inside / "link.json").symlink_to(inside / "ours.json")
    (inside / "out.json").symlink_to(tmp_path / "secret.json")
    (inside / ".hidden.json").write_text(json.dumps(small()))
    (inside / "folder.json").mkdir()
    return inside


def client_of(app: App) -> TestClient:
    return TestClient(app, base_url=ORIGIN, headers={"Authorization": "Bearer x"})


def served(folder: Path | None = None) -> TestClient:
    settings = Settings(fixtures_folder=folder, scenarios_folder=folder)
    return client_of(create_app(seed=1, now=NOW, settings=settings))


def create(client: TestClient, **given: Any) -> tuple[int, str]:
    answer = client.post("/_emulator/tenants", json=given)
    return answer.status_code, answer.json().get("error", answer.json().get("name"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are opened."""
    found: list[str] = []
    before = {"open": builtins.open, "io": os.open}

    def note(path: Any, *rest: Any, **options: Any) -> Any:
        found.append(str(path))
        return before["open"](path, *rest, **options)

    monkeypatch.setattr("io.open", note)
    monkeypatch.setattr(builtins, "open", note)
    return found


def strange_names(folder: Path) -> list[str]:
    return [
        str(folder.parent / "secret.json"), str(folder / "ours.json"), "../secret.json", "inside/ours.json",
        "./ours.json",
        "..\\secret.json", "out", "out.json", ".hidden", ".hidden.json", "folder", "folder.json", "", ".", "..",
        "a" * 5_000 + ".json",
        "ours.json\0", "/etc/passwd", "file:///etc/passwd", "nothing.json", "C:ours.json", "~/ours.json",
        "ours.json/", "OURS.JSON.",
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(24))
@pytest.mark.parametrize("has_folder", [True, False])
def test_no_other_file_is_opened_and_nothing_of_one_is_told(
    number: int, has_folder: bool, folder: Path, opened: list[str]
) -> None:
    name = strange_names(folder)[number]
    client = served(folder if has_folder else None)
    opened.clear()
    calls = [
        create(client, fixture=name),
        create(client, fixture=["empty", name]),
        create(client, scenario=name),
        create(client, scenario={**SCENARIO, "given": {"fixture": name}}),
    ]
    for status, error in calls:
        assert status in (400, 404)
        assert "hidden-value" not in error
        assert "auths" not in error
    assert not [each for each in opened if str(folder.parent) in each]


def test_a_file_that_is_there_is_refused_as_one_that_is_not(folder: Path) -> None:
    client = served()
    there, missing = folder.parent / "secret.json", folder.parent / "absent.json"
    said = [create(client, fixture=str(each))[1].replace(each.stem, "…") for each in (there, missing)]
    assert said[0] == said[1]
    assert "--fixtures-folder" in said[0]


@pytest.mark.parametrize(
    ("name", "is_of_a_file"),
    [("folder/any", True), ("folder\\any", True), ("any.json", True), ("any.toml", True), ("any", False)],
)
def test_who_names_a_file_is_told_how_its_content_gets_here(name: str, is_of_a_file: bool) -> None:
    said = create(served(), fixture=name)[1]
    assert ("send the file's content as an object" in said) == is_of_a_file


def test_files_of_the_folder_are_named_with_their_suffix_or_without(folder: Path) -> None:
    client = served(folder)
    for name in ("ours", "ours.json", "made", "made.toml", "link"):
        assert create(client, fixture=name)[0] == 201, name
    status, error = create(client, fixture="broken")
    assert (status, "cannot read broken.json as JSON" in error) == (400, True)
    status, error = create(client, fixture="our")
    assert (status, "did you mean 'ours'?" in error) == (400, True)
    assert "hidden" not in error
    for name in ("situation", "situation.toml"):
        status, tenant = create(client, scenario=name)
        assert status == 201
        found = client.get(f"/tenants/{tenant}{ROOT}").json()["value"]
        assert [each["id"] for each in found] == [BUSINESS]
    assert "situation" in [each["name"] for each in client.get("/_emulator/scenarios").json()["value"]]


def test_what_the_process_was_started_with_is_named_too(folder: Path) -> None:
    client = client_of(create_app(str(folder / "ours.json"), seed=1, now=NOW))
    for name in ("ours", "ours.json", ["empty", "ours"]):
        assert create(client, fixture=name)[0] == 201
    assert create(client, fixture=str(folder / "ours.json"))[0] == 400


@pytest.mark.parametrize("several", [False, True])
def test_what_is_sent_is_taken_as_a_file_would_be(several: bool) -> None:
    client = served()
    status, tenant = create(client, fixture=[small(), "empty"] if several else small())
    assert status == 201
    assert client.get(f"/tenants/{tenant}{ROOT}/{BUSINESS}").status_code == 200
    status, error = create(client, fixture={"bookingBusinesses": [{"displayNam": "x"}]})
    assert (status, "displayName" in error) == (400, True)
    status, tenant = create(client, fixture={"business": [{"display_name": "Made", "appointments": 3}]})
    assert status == 201
    assert [each["displayName"] for each in client.get(f"/tenants/{tenant}{ROOT}").json()["value"]] == ["Made"]


# the client reads files itself


@pytest.fixture
def bookings() -> Iterator[Client]:
    with Emulator(now=NOW) as client:
        yield client


def names_of(client: Client) -> list[str]:
    return [each["displayName"] for each in client.state()["bookingBusinesses"]]


def test_the_client_takes_names_files_paths_and_objects(
    bookings: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names_of(bookings.tenant(folder / "ours.json")) == ["Contoso Small"]
    assert names_of(bookings.tenant(str(folder / "ours.json"))) == ["Contoso Small"]
    assert names_of(bookings.tenant(small())) == ["Contoso Small"]
    assert names_of(bookings.tenant("empty")) == []
    assert names_of(bookings.tenant([folder / "ours.json", folder / "made.toml"])) == ["Contoso Small", "Made"]
    monkeypatch.chdir(folder)
    assert names_of(bookings.tenant("ours.json")) == ["Contoso Small"]
    assert names_of(bookings.tenant("../inside/ours.json")) == ["Contoso Small"]


def test_moments_of_toml_become_text(bookings: Client, folder: Path) -> None:
    (folder / "dated.toml").write_text(RECIPE)
    assert names_of(bookings.tenant(folder / "dated.toml")) == ["Made"]


def test_the_client_sends_the_fixtures_of_a_scenario_with_it(bookings: Client, folder: Path) -> None:
    (folder / "here.toml").write_text(TOML.format("./ours.json"))
    (folder / "there.json").write_text(json.dumps({**SCENARIO, "given": {"fixture": ["empty", "../inside/ours.json"]}}))
    for name in ("here.toml", "there.json"):
        assert names_of(bookings.tenant(scenario=folder / name)) == ["Contoso Small"]
        bookings.load(folder / name)
        assert names_of(bookings) == ["Contoso Small"]


def test_a_file_that_cannot_be_read_is_told_with_its_place(bookings: Client, folder: Path) -> None:
    for name in ("broken.json", "absent.json", "folder.json"):
        with pytest.raises(ControlError, match=name):
            bookings.tenant(folder / name)
    with pytest.raises(ControlError, match=r"there is no fixture 'nowhere\.json'"):
        bookings.tenant("nowhere.json")
    (folder / "list.json").write_text("[]")
    with pytest.raises(ControlError, match=r"expected an object; got list"):
        bookings.tenant(folder / "list.json")


def test_the_client_replaces_by_a_file(bookings: Client, folder: Path) -> None:
    bookings.replace(folder / "ours.json")
    assert names_of(bookings) == ["Contoso Small"]
