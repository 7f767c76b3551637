"""The pytest plugin, in test suites of its own: what a user writes, and what pytest then says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import httpx
import jwt
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bookings_emulator import Client, Emulator
from bookings_emulator.client.control_http import Line
from bookings_emulator.keys import key_of
from tests.test_docs import blocks

pytest_plugins = ["pytester"]

# named, since a checkout may have been installed before it had this entry point
LOADED = ("-p", "bookings_emulator.testing.plugin", "-p", "no:cacheprovider", "--strict-markers")
DENTAL = "ContosoDental@contoso.onmicrosoft.com"
LIST = "/solutions/bookingBusinesses"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("BOOKINGS_EMULATOR_URL", raising=False)
    # imported for good, not inside of pytester, which forgets what it imported
    httpx.HTTPTransport().close()
    jwt.encode({}, key_of(1), "RS256")


@pytest.fixture
def shared() -> Iterator[Client]:
    with Emulator("empty") as client:
        yield client


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(code)
    return pytester.runpytest_inprocess(*LOADED, *options)


def test_every_test_has_a_fresh_tenant_on_one_server(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        seen = []

        @pytest.mark.parametrize("turn", range(3))
        def test_alone(bookings, turn):
            before = bookings.graph.get("{LIST}").json()["value"]
            assert "Ours" not in [each["displayName"] for each in before]
            made = bookings.graph.post("{LIST}", json={{"displayName": "Ours"}}).json()
            seen.append((bookings.url.partition("/tenants")[0], bookings.url, made["id"]))

        def test_one_server_and_the_same_ids():
            servers, tenants, ids = map(set, zip(*seen))
            assert (len(servers), len(tenants), len(ids)) == (1, 3, 1)
    """
    run(pytester, code).assert_outcomes(passed=4)


def test_a_tenant_is_made_and_dropped_in_one_call_each(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    plain = Line._call

    def count(line: Line, method: str, path: str, *given: Any, **named: Any) -> Any:
        calls.append(f"{method} {path}")
        return plain(line, method, path, *given, **named)

    monkeypatch.setattr(Line, "_call", count)
    run(pytester, "def test_alone(bookings):\n    assert bookings.name == 't1'\n").assert_outcomes(passed=1)
    assert calls == ["POST /tenants", "DELETE /tenants/t1"]


def test_the_marker_says_what_a_test_starts_from_and_who_calls(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        pytestmark = pytest.mark.bookings(fixture="empty", now="2026-01-05T08:00:00Z", quirks={{"Q9": "value"}})

        def test_of_the_module(bookings):
            assert bookings.graph.get("{LIST}").json()["value"] == []
            assert bookings.clock.now().isoformat() == "2026-01-05T08:00:00+00:00"
            assert {{each["id"]: each["value"] for each in bookings.quirks}}["availability-key"] == "value"

        @pytest.mark.bookings(fixture="default", persona="viewer")
        def test_of_its_own(bookings):
            assert bookings.graph.get("{LIST}").json()["value"]
            assert bookings.journal[0]["persona"] == "viewer"
            assert bookings.clock.mode == "frozen"

        @pytest.mark.bookings(faults=["unavailable"])
        def test_on_a_bad_day(bookings):
            assert bookings.graph.get("{LIST}").status_code == 503

        @pytest.mark.bookings(scenario="list-forbidden")
        def test_in_a_situation(bookings):
            assert bookings.graph.get("{LIST}").status_code == 403
            bookings.reset()
            assert bookings.graph.get("{LIST}").status_code == 403
    """
    run(pytester, code).assert_outcomes(passed=4)


def test_the_marker_sets_the_level_and_a_test_may_drop_its_tenant_itself(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest

        @pytest.mark.bookings(auth="strict", persona="viewer")
        def test_strict(bookings):
            assert bookings.graph.get("{LIST}").status_code == 200
            assert bookings.graph.get("{LIST}", headers={{"Authorization": "Bearer viewer"}}).status_code == 401

        def test_dropped(bookings):
            bookings.drop()

        @pytest.mark.bookings(deliver_to=["n8n"])
        def test_another_host_is_called(bookings):
            business = bookings.business("Contoso Dental").id
            bookings.subscribe(business, "Created", "http://n8n:5678/webhook/booked")
            assert bookings.subscriptions()[0]["target"] == "http://n8n:5678/webhook/booked"
    """
    run(pytester, code).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("fixtures='empty'", "*takes scenario, fixture, *got 'fixtures'*"),
        ("'empty'", "*takes keywords, such as fixture='clinic'; got ('empty',)*"),
        ("persona='viewr'", "*cannot create the tenant of the test: *did you mean 'viewer'?*"),
        ("notes=['retried-erly']", "*cannot create the tenant of the test: *did you mean 'retried-early'?*"),
        ("fixture='emtpy'", "*cannot create the tenant of the test: *did you mean 'empty'?*"),
    ],
)
def test_a_wrong_marker_ends_the_test_with_one_sentence(pytester: pytest.Pytester, marker: str, message: str) -> None:
    code = f"""
        import pytest

        @pytest.mark.bookings({marker})
        def test_wrong(bookings):
            pass
    """
    result = run(pytester, code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*another exception occurred*")


def test_a_failure_shows_the_exchanges_and_the_reasons(pytester: pytest.Pytester) -> None:
    code = f"""
        def test_fails(bookings):
            made = bookings.graph.post("{LIST}/none@contoso.com/services", json={{"displayName": "X"}})
            assert made.status_code == 201

        def test_passes(bookings):
            bookings.graph.get("{LIST}/other@contoso.com/services")

        def test_asks_nothing(bookings):
            assert False

        def test_without():
            assert False
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "*bookings: exchanges of this test*",
            f"POST /v1.0{LIST}/none@contoso.com/services → 404*",
            "*no business has the id 'none@contoso.com'*",
            '*sent: {"displayName": "X"}',
            "*none: this tenant received no request*",
        ]
    )
    assert str(result.stdout).count("exchanges of this test") == 2
    result.stdout.no_fnmatch_line("*other@contoso.com*")


def test_a_failure_shows_what_was_not_delivered(pytester: pytest.Pytester) -> None:
    code = f"""
        def test_fails(bookings):
            bookings.subscribe("{DENTAL}", "Deleted", "https://prod-1.westeurope.logic.azure.com/flow")
            appointments = "{LIST}/{DENTAL}/appointments"
            first = bookings.graph.get(appointments).json()["value"][0]["id"]
            assert bookings.graph.delete(f"{{appointments}}/{{first}}").status_code == 200
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["notification of Deleted to https://prod-1*/flow: withheld: *"])


def test_async_tests_call_over_a_socket_and_in_process(pytester: pytest.Pytester) -> None:
    code = f"""
        import httpx
        import pytest
        pytestmark = pytest.mark.anyio

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        async def test_socket(bookings):
            async with httpx.AsyncClient(base_url=bookings.graph_url, headers=bookings.headers()) as graph:
                assert (await graph.get("{LIST}")).json()["value"]

        async def test_in_process(bookings):
            transport = httpx.ASGITransport(app=bookings.app)
            async with httpx.AsyncClient(
                transport=transport, base_url=bookings.graph_url, headers=bookings.headers()
            ) as graph:
                assert (await graph.get("{LIST}")).json()["value"]
            assert len(bookings.journal) == 1
    """
    run(pytester, code, "-p", "anyio").assert_outcomes(passed=2)


def test_every_worker_of_xdist_has_a_server_of_its_own(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest

        @pytest.mark.parametrize("turn", range(8))
        def test_alone(bookings, turn):
            assert bookings.graph.post("{LIST}", json={{"displayName": "Ours"}}).status_code == 201
            assert len(bookings.journal) == 1
    """
    pytester.makepyfile(code)
    result = pytester.runpytest_subprocess(*LOADED, "-p", "xdist", "-n", "2")
    result.assert_outcomes(passed=8)


def test_an_emulator_that_runs_already_can_be_used(pytester: pytest.Pytester, shared: Client) -> None:
    code = f"""
        def test_there(bookings):
            assert bookings.graph.get("{LIST}").json()["value"] == []
            assert bookings.url.startswith("{shared.url}/tenants/")
    """
    run(pytester, code, "--bookings-url", shared.url).assert_outcomes(passed=1)
    assert shared.tenants() == ["default"]


def test_the_fixture_of_a_suite_is_set_once(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nbookings_fixture = empty")
    code = f"""
        def test_empty(bookings):
            assert bookings.graph.get("{LIST}").json()["value"] == []
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_the_server_of_a_suite_can_be_started_otherwise(pytester: pytest.Pytester) -> None:
    code = """
        import pytest
        from bookings_emulator import Emulator

        @pytest.fixture(scope="session")
        def bookings_server():
            with Emulator(now="2026-01-05T08:00:00Z") as server:
                yield server

        def test_frozen(bookings):
            assert bookings.clock.mode == "frozen"
    """
    run(pytester, code).assert_outcomes(passed=1)


NOTED = f"""
        import pytest

        def ask_early(bookings):
            bookings.fault("throttled", first=1)
            bookings.graph.get("{LIST}")
            bookings.graph.get("{LIST}")

        def test_early(bookings):
            ask_early(bookings)

        @pytest.mark.bookings(notes=["repeated-create"])
        def test_of_another_kind(bookings):
            ask_early(bookings)

        @pytest.mark.bookings(notes=[])
        def test_of_no_kind(bookings):
            ask_early(bookings)
    """


@pytest.mark.parametrize("kinds", ["error", "repeated-create retried-early"])
def test_notes_fail_a_test_where_the_suite_says_so_and_the_marker_of_the_test_wins(
    pytester: pytest.Pytester, kinds: str
) -> None:
    pytester.makeini(f"[pytest]\nbookings_notes = {kinds}")
    result = run(pytester, NOTED)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*bookings_notes treats as errors*", "*number 2, retried-early: *"])


def test_notes_fail_no_test_unless_asked(pytester: pytest.Pytester) -> None:
    run(pytester, NOTED).assert_outcomes(passed=3)


def test_the_nearest_marker_decides_where_records_come_from(pytester: pytest.Pytester) -> None:
    code = f"""
        import pytest
        pytestmark = pytest.mark.bookings(scenario="list-forbidden", seed=7)

        def test_of_the_module(bookings):
            assert bookings.graph.get("{LIST}").status_code == 403

        @pytest.mark.bookings(fixture="empty")
        def test_of_its_own(bookings):
            assert bookings.graph.get("{LIST}").json()["value"] == []
            assert bookings.index["seed"] == 7
    """
    run(pytester, code).assert_outcomes(passed=2)


def test_a_failed_verify_shows_the_line_of_the_test_and_none_of_its_own(pytester: pytest.Pytester) -> None:
    code = """
        def test_fails(bookings):
            bookings.journal.verify(operation="createAppointment")
    """
    result = run(pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['>*bookings.journal.verify(operation="createAppointment")'])
    result.stdout.no_fnmatch_line("*found = self._line*")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_report_of_the_run_tells_permissions_notes_and_what_was_slow(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makepyfile(NOTED)
    result = pytester.runpytest_subprocess(*LOADED, "-p", "xdist", "-n", workers, "--bookings-report")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "permissions needed by 3 tests, 6 calls to Graph:",
            "  application  Bookings.Read.All",
            "notes: retried-early 3",
            "slowest answers:",
            f"* ms  GET /v1.0{LIST}  (*)",
        ]
    )


def test_unittest_suites_use_the_emulator_as_a_context(pytester: pytest.Pytester) -> None:
    code = f"""
        import unittest
        from bookings_emulator import Emulator

        class Test(unittest.TestCase):
            def setUp(self):
                server = self.enterContext(Emulator("empty"))
                self.bookings = self.enterContext(server.tenant())

            def test_empty(self):
                self.assertEqual(self.bookings.graph.get("{LIST}").json()["value"], [])
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_what_the_page_of_the_plugin_shows_works(pytester: pytest.Pytester) -> None:
    found = blocks("docs/pytest.md", "python")
    (conftest,) = (each for each in found if "def bookings_server" in each and "def test_" not in each)
    tests = [each for each in found if each != conftest]
    other = pytester.mkpydir("other")
    other.joinpath("conftest.py").write_text(conftest, encoding="utf-8")
    other.joinpath("test_served.py").write_text("def test_served(bookings):\n    assert bookings.url", encoding="utf-8")
    for number, code in enumerate(tests):
        pytester.path.joinpath(f"test_{number}.py").write_text(code, encoding="utf-8")
    result = pytester.runpytest_subprocess(*LOADED, "-p", "anyio")
    result.assert_outcomes(passed=len(tests) + 2)


def test_a_suite_that_does_not_use_it_imports_nothing_of_it() -> None:
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import bookings_emulator.testing.plugin\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(said.split()) == {"bookings_emulator", "bookings_emulator.testing", "bookings_emulator.testing.plugin"}


def test_a_tenant_made_in_a_test_goes_with_it_and_troubles_no_later_one(pytester: pytest.Pytester) -> None:
    code = f"""
        import gc

        def test_makes_another(bookings):
            other = bookings.tenant("empty")
            assert other.graph.get("{LIST}").status_code == 200

        def test_is_innocent(bookings, bookings_server):
            gc.collect()
            assert len(bookings_server.tenants()) == 2
    """
    rewritten = "ignore::pytest.PytestAssertRewriteWarning"  # this process has imported the plugin already
    run(pytester, code, "-W", "error", "-W", rewritten).assert_outcomes(passed=2)


def test_what_it_depends_on_brings_no_plugin_of_pytest_but_the_one_of_anyio() -> None:
    """anyio comes with httpx, which has no choice; faker would bring one, and so is an extra."""
    found: dict[str, set[str]] = {}
    waiting = ["graph-bookings-emulator"]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # of another system
            continue
        found[name] = {each.name for each in distribution.entry_points if each.group == "pytest11"}
        required = map(Requirement, distribution.requires or ())
        waiting += [each.name for each in required if each.marker is None or each.marker.evaluate({"extra": ""})]
    assert len(found) > 15
    assert {name for name, plugins in found.items() if plugins} == {"graph-bookings-emulator", "anyio"}
