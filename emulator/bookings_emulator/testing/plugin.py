"""What pytest loads at its start, so it imports nothing; the emulator comes with the first test that uses it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bookings_emulator.client.async_client import AsyncClient
    from bookings_emulator.client.client import Client

_MARKER = (
    "bookings(scenario=…, fixture=…, persona=…, now=…, seed=…, quirks=…, faults=…, auth=…, deliver_to=…, notes=…): "
    "what the tenant of the fixture `bookings` starts from, who calls, and which notes of the journal fail the test"
)
_KNOWN = (
    *("scenario", "fixture", "persona", "now", "seed", "quirks", "faults", "auth", "deliver_to"),
    *("name", "domain", "notes"),
)
_START = ("scenario", "fixture")  # what the records come from: the nearest marker with one of them decides
CLIENT = pytest.StashKey["Client"]()
_NOTES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The address of an emulator that runs already, where the tests shall use that."""
    group = parser.getgroup("bookings", "Bookings emulator")
    group.addoption(
        "--bookings-url",
        metavar="URL",
        default=os.environ.get("BOOKINGS_EMULATOR_URL"),
        help="use the emulator at this URL (default: $BOOKINGS_EMULATOR_URL; "
        "without it, one is started in this process)",
    )
    group.addoption(
        "--bookings-report",
        action="store_true",
        help="report at the end which permissions the calls need, which notes there are, and which calls were slowest",
    )
    parser.addini("bookings_fixture", "what tenants start from by default", type="args", default=[])
    parser.addini(
        "bookings_notes", "journal notes that fail a test: error for all, or a list of kinds", type="args", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("--bookings-report"):
        from bookings_emulator.testing.summary import RunSummary

        config.pluginmanager.register(RunSummary(CLIENT), "bookings-report")


@pytest.fixture(scope="session")
def bookings_server(pytestconfig: pytest.Config) -> Iterator[Client]:
    """The emulator of this run (of this worker under xdist), as the client of its default tenant.

    Override it to start it otherwise: `with Emulator(settings=Settings(auth="strict")) as server: yield server`.
    """
    url = pytestconfig.getoption("--bookings-url")
    if url:
        from bookings_emulator.client.client import Client

        with Client(url, key=os.environ.get("BOOKINGS_EMULATOR_CONTROL_KEY")) as client:
            yield client
        return
    from bookings_emulator.embedded import Emulator

    with Emulator(*_configured_fixtures(pytestconfig)) as client:
        yield client


@pytest.fixture
def bookings(request: pytest.FixtureRequest, bookings_server: Client) -> Iterator[Client]:
    """A fresh tenant for this test alone: its URLs, tokens, clock, journal, outbox and all that can be done to it."""
    from bookings_emulator.client.control_http import ControlError

    given = _given(request)
    notes = given.pop("notes", None)
    if notes is None:
        notes = request.config.getini("bookings_notes")
    if "fixture" not in given and "scenario" not in given:
        given["fixture"] = _configured_fixtures(request.config) or None
    try:
        kinds = _note_kinds(bookings_server, notes)  # before there is a tenant, which nobody would delete
        client = bookings_server.tenant(**given)
    except (ControlError, OSError) as error:
        refusal = f"cannot create the tenant of the test: {error}"
    else:
        refusal = ""
    if refusal:  # said here, where no other exception is under way
        pytest.fail(refusal, pytrace=False)
    request.node.stash[CLIENT], request.node.stash[_NOTES] = client, kinds
    yield client
    try:
        client.drop()
    except ControlError as error:
        client.close()
        if error.status != 404:  # else the test has dropped it
            raise


@pytest.fixture
def async_bookings(bookings: Client) -> AsyncClient:
    """The tenant of `bookings` for asynchronous tests: what that has, awaited, so that the loop of the test goes on."""
    from bookings_emulator.client.async_client import AsyncClient

    return AsyncClient(bookings)


@pytest.fixture
def bookings_mock(bookings: Client) -> Iterator[Client]:
    """The tenant of `bookings`, to which calls of httpx, requests and aiohttp to Microsoft's hosts lead as well."""
    from bookings_emulator.client.control_http import ControlError
    from bookings_emulator.interception.mock import intercept

    refusal = ""
    try:
        entered = intercept(bookings)
        entered.__enter__()
    except ControlError as error:
        refusal = f"bookings_mock needs an emulator in this process: {error}"
    if refusal:
        pytest.fail(refusal, pytrace=False)
    yield bookings
    entered.__exit__(None, None, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that passes otherwise where its tenant has notes that are to be errors."""
    yield
    kinds = item.stash.get(_NOTES, [])
    if kinds:
        from bookings_emulator.testing.notes import told_notes

        told = told_notes(item.stash[CLIENT], kinds)
        if told:
            pytest.fail(told, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what its tenant was asked and why it answered as it did."""
    report = yield
    client = item.stash.get(CLIENT, None)
    if client is not None and report.when == "call" and report.failed:
        from bookings_emulator.testing.report import exchanges

        report.sections.append(("bookings: exchanges of this test", exchanges(client)))
    return report


def _given(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the markers say, the nearest one last; a word that nobody knows ends the test.

    Records come from the nearest marker alone that says where from: a fixture farther off does not undo its scenario.
    """
    given: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("bookings"))):
        if marker.args:
            pytest.fail(
                f"the marker bookings takes keywords, such as fixture='clinic'; got {marker.args}", pytrace=False
            )
        _refuse_strange(marker.kwargs)
        if any(each in marker.kwargs for each in _START):
            given = {name: value for name, value in given.items() if name not in _START}
        given |= marker.kwargs
    for name in _START:
        if given.get(name) is not None:
            given[name] = _beside(request.path.parent, given[name])
    return given


def _refuse_strange(words: dict[str, Any]) -> None:
    for word in words:
        if word not in _KNOWN:
            from bookings_emulator.client.words import nearest

            told = f"the marker bookings takes {', '.join(_KNOWN)}; got '{word}'{nearest(word, _KNOWN)}"
            pytest.fail(told, pytrace=False)


def _note_kinds(client: Client, wanted: Any) -> list[str]:
    """The kinds of notes that fail the test, `error` for all. Raises ControlError for one that there is not."""
    kinds: list[Any] = [wanted] if isinstance(wanted, str) else list(wanted)
    for kind in kinds:
        if kind != "error":
            client.journal.notes(kind=kind)
    return kinds


def _configured_fixtures(config: pytest.Config) -> list[str]:
    """The fixtures of the setting; files are of the folder of its file."""
    listed: list[str] = _beside(config.rootpath, config.getini("bookings_fixture"))
    return listed


def _beside(folder: Path, given: Any) -> Any:
    """Files as they are found from anywhere, where they are named as of a folder; all else as it is."""
    if isinstance(given, list | tuple):
        return [_beside(folder, each) for each in given]
    if isinstance(given, str | Path) and (folder / given).is_file():
        return str(folder / given)
    return given
