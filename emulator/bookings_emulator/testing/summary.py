"""What `--bookings-report` tells of a whole run: the permissions that calls need, the notes, the slowest calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import Any, TypedDict

import pytest

from bookings_emulator.client.client import Client
from bookings_emulator.client.control_http import ControlError

SLOWEST = 10
_TOLD = "bookings"  # the member of a report that carries it


class TestTold(TypedDict):
    """What one test tells, as values that xdist can send; `calls` are operation, version, root and how often."""

    test: str
    calls: list[list[Any]]
    notes: list[list[Any]]
    slowest: list[list[Any]]


class RunSummary:
    """The part of the plugin that is there with `--bookings-report` only; `key` is where a test keeps its client."""

    def __init__(self, key: pytest.StashKey[Client]) -> None:
        self._key = key
        self._told: list[TestTold] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Have the report of a test carry what its tenant tells; xdist takes it to who reports."""
        report = yield
        client = item.stash.get(self._key, None)
        if client is not None and report.when == "call":
            report.__dict__[_TOLD] = _ask_tenant(client, item.nodeid)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what tests of all workers tell."""
        told = report.__dict__.get(_TOLD)
        if told is not None:
            self._told.append(told)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell it at the end."""
        terminalreporter.section("bookings")
        for line in summary_lines(self._told):
            terminalreporter.line(line)


def _ask_tenant(client: Client, test: str) -> TestTold | None:
    """What the tenant of a test tells; None where the test has dropped it."""
    try:
        needed, notes, exchanges = client.journal.permissions(), client.journal.notes(), client.journal()
    except ControlError:
        return None
    slowest = sorted(exchanges, key=lambda each: -each["duration"])[:SLOWEST]
    return {
        "test": test,
        "calls": [[each["operation"], each["version"], each["root"], each["calls"]] for each in needed["operations"]],
        "notes": [[each["kind"], each["text"]] for each in notes],
        "slowest": [[each["duration"], each["method"], each["path"]] for each in slowest],
    }


def summary_lines(told: Iterable[TestTold]) -> list[str]:
    """The summary of a run, a line each."""
    kept = list(told)
    if not kept:
        return ["no test used the fixture bookings"]
    return [*_permission_lines(kept), *_note_lines(kept), *_slowest_lines(kept)]


def _permission_lines(told: list[TestTold]) -> list[str]:
    from bookings_emulator.pipeline.permissions import Used, least_for

    calls: Counter[Used] = Counter()
    for test in told:
        for operation, version, root, times in test["calls"]:
            calls[Used(operation, version, root)] += times
    lines = [f"permissions needed by {len(told)} tests, {calls.total()} calls to Graph:"]
    for kind in ("delegated", "application"):
        least = least_for(calls, kind)
        refused = f"; may not call {', '.join(least.refused)}" if least.refused else ""
        lines.append(f"  {kind:12} {', '.join(least.permissions) or 'none'}{refused}")
    return lines


def _note_lines(told: list[TestTold]) -> list[str]:
    rows = [(kind, text, test["test"]) for test in told for kind, text in test["notes"]]
    kinds = Counter(kind for kind, _, _ in rows)
    lines = [f"notes: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common()) or 'none'}"]
    first = {kind: (text, test) for kind, text, test in reversed(rows)}
    return [*lines, *(f"  {kind}: {first[kind][0]} ({first[kind][1]})" for kind in kinds)]


def _slowest_lines(told: list[TestTold]) -> list[str]:
    rows = [(ms, f"{method} {path}", test["test"]) for test in told for ms, method, path in test["slowest"]]
    rows.sort(key=lambda each: -each[0])
    return ["slowest answers:", *(f"  {ms:8.1f} ms  {call}  ({test})" for ms, call, test in rows[:SLOWEST])]
