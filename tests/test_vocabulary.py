"""One vocabulary: whatever starts a tenant takes the same words, and each word does the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from bookings_emulator import Client, Emulator, create_app, mock
from bookings_emulator.client.client import IN_PROCESS
from bookings_emulator.commands.serve import serve
from bookings_emulator.commands.serving import open_emulator, token_of
from bookings_emulator.control.tenants import table as tenants_table
from bookings_emulator.keys import key_of
from bookings_emulator.testing.plugin import _KNOWN
from tests.documents import ROOT

pytest_plugins = ["pytester"]

LIST = "/solutions/bookingBusinesses"
NOW = "2026-01-05T08:00:00Z"
Check = Callable[[Client], object]


def list_status(bookings: Client) -> int:
    return bookings.graph.get(LIST).status_code


def caller(bookings: Client) -> Any:
    list_status(bookings)
    return bookings.journal[-1]["persona"]


def as_viewer(bookings: Client) -> int:
    return bookings.graph.get(LIST, headers={"Authorization": "Bearer viewer"}).status_code


WEBHOOK = "https://prod-1.westeurope.logic.azure.com/flow"


def target_of_webhook(bookings: Client) -> Any:
    """Where notifications of a webhook go; None where they do not leave this machine."""
    bookings.subscribe(bookings.businesses[0]["id"], "Created", WEBHOOK)
    return bookings.subscriptions[-1]["target"]


# word → what is said, what shows its effect, and what that is
WORDS: dict[str, tuple[Any, Check, object]] = {
    "fixture": ("empty", lambda bookings: bookings.graph.get(LIST).json()["value"], []),
    "scenario": ("list-forbidden", list_status, 403),
    "persona": ("viewer", caller, "viewer"),
    "now": (
        NOW,
        lambda bookings: (bookings.clock.mode, bookings.clock.now()),
        ("frozen", datetime(2026, 1, 5, 8, tzinfo=UTC)),
    ),
    "seed": (7, lambda bookings: bookings.index["seed"], 7),
    "quirks": ({"list-forbidden": True}, list_status, 403),
    "faults": (["unavailable"], list_status, 503),
    "auth": ("strict", as_viewer, 401),
    "deliver_to": (["prod-1.westeurope.logic.azure.com"], target_of_webhook, WEBHOOK),
    "name": ("ours", lambda bookings: bookings.name, "ours"),
    "domain": ("ours.example", lambda bookings: bookings.state()["domain"], "ours.example"),
}
Place = Callable[..., AbstractContextManager[Client]]


@contextmanager
def by_create_app(**words: Any) -> Iterator[Client]:
    with Client(IN_PROCESS, app=create_app(**words)) as bookings:
        yield bookings


@contextmanager
def by_tenant(**words: Any) -> Iterator[Client]:
    with mock() as server, server.tenant(**words) as bookings:
        yield bookings


@contextmanager
def by_control_plane(**words: Any) -> Iterator[Client]:
    with Emulator() as server:
        made = httpx.post(f"{server.url}/_emulator/tenants", json=words)
        assert made.status_code == 201, made.text
        with Client(made.json()["control"].removesuffix("/_emulator")) as bookings:
            bookings.persona = words.get("persona")
            yield bookings


@contextmanager
def by_command_line(**words: Any) -> Iterator[Client]:
    """The emulator that `serve` starts, on a free port; the start lines tell the token of the persona."""
    spelled = {"quirks": "quirk", "faults": "fault"}
    options: list[str] = ["--port", "0"]
    for word, value in words.items():
        said = [f"{id_}=on" for id_ in value] if word == "quirks" else value if isinstance(value, list) else [value]
        for each in said:
            options += [f"--{spelled.get(word, word).replace('_', '-')}", str(each)]
    given = serve.make_context("serve", options).params
    app, (listener,) = open_emulator(given)
    listener.socket.close()
    with Client(IN_PROCESS, app=app) as bookings:
        bookings.persona = token_of(app.tenant, given["persona"]) if given["persona"] else None
        yield bookings


PLACES: dict[str, Place] = {
    "Emulator": Emulator,
    "mock": mock,
    "create_app": by_create_app,
    "tenant()": by_tenant,
    "control plane": by_control_plane,
    "command line": by_command_line,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_does_the_same_wherever_it_is_said(place: str, word: str) -> None:
    value, check, expected = WORDS[word]
    with PLACES[place](**{word: value}) as bookings:
        assert check(bookings) == expected


def test_the_marker_takes_the_same_words(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    jwt.encode({}, key_of(1), "RS256")  # imported for good, not inside of pytester, which forgets what it imported
    monkeypatch.syspath_prepend(str(ROOT))
    tests = [
        f"@pytest.mark.bookings({word}={value!r})\n"
        f"def test_{word}(bookings):\n    assert WORDS[{word!r}][1](bookings) == WORDS[{word!r}][2]\n"
        for word, (value, _, _) in WORDS.items()
    ]
    pytester.makepyfile("import pytest\nfrom tests.test_vocabulary import WORDS\n\n" + "\n".join(tests))
    loaded = ("-p", "bookings_emulator.testing.plugin", "-p", "pytester", "-p", "no:cacheprovider")
    pytester.runpytest_inprocess(*loaded).assert_outcomes(passed=len(WORDS))


def test_no_place_has_a_word_that_the_others_lack() -> None:
    (route,) = (each for each in tenants_table.routes if (each.method, each.path) == ("POST", "/tenants"))
    assert route.body is not None
    assert set(route.body["properties"]) == {*WORDS}
    assert set(_KNOWN) == {*WORDS, "notes"}  # notes are of a test, not of a tenant


@pytest.mark.parametrize("place", ["Emulator", "mock", "create_app", "tenant()"])
def test_python_takes_names_files_and_what_is_in_them(place: str, tmp_path: Path) -> None:
    ours = {"bookingBusinesses": [{"displayName": "Salon"}]}
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(ours), encoding="utf-8")
    for given in (ours, file, str(file), [ours, "currencies"]):
        with PLACES[place](fixture=given, now=datetime(2026, 1, 5, 8, tzinfo=UTC)) as bookings:
            assert [each["displayName"] for each in bookings.graph.get(LIST).json()["value"]] == ["Salon"]
            assert bookings.clock.now().year == 2026
    scenario = {
        "title": "x",
        "shows": "x",
        "source": "x",
        "given": {"quirks": {"list-forbidden": True}},
        "step": [{"title": "x", "request": f"GET /v1.0{LIST}", "expect": {"status": 403}}],
    }
    with PLACES[place](scenario=scenario) as bookings:
        assert list_status(bookings) == 403


@pytest.mark.parametrize("place", PLACES)
def test_a_persona_that_there_is_not_is_refused_with_the_nearest(place: str) -> None:
    with pytest.raises(Exception, match="did you mean 'viewer'"), PLACES[place](persona="viewr"):
        pass
