"""What tests pay that have the emulator in their own process: a tenant, a test with `bookings`, a stop."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from figures import Figure

_TESTS = 300
_PLAIN = "@pytest.fixture\ndef bookings(): return None"


def figures() -> Iterable[Figure]:
    """What a test pays that has the emulator in its own process."""
    yield _figure("a tenant in process", _tenant(), 0.1)
    yield _figure("a test with `bookings`, beyond pytest itself", _test(), 4.0)
    yield _figure("Emulator().stop()", _stop(), 20.0)


def _figure(name: str, seconds: float, most: float) -> Figure:
    shown = seconds * 1e3
    return Figure(name, f"{shown:.2f} ms", ratio=(shown,) * 3, aim=("<=", most))


def _tenant() -> float:
    from bookings_emulator.app import start_of
    from bookings_emulator.tenant import Tenant

    start = start_of(seed=1)
    return min(_processor_time(lambda: Tenant(start), 50) for _ in range(12))


def _processor_time(work: Callable[[], object], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began) / count


def _stop() -> float:
    from bookings_emulator.embedded import Emulator

    found = []
    for _ in range(5):
        emulator = Emulator()
        emulator.start().graph.get("/solutions/bookingBusinesses")
        began = time.perf_counter()
        emulator.stop()
        found.append(time.perf_counter() - began)
    return sorted(found)[len(found) // 2]


def _test() -> float:
    """The processor time of a test that asks for a tenant, less that of one that asks for nothing.

    What the first such test pays for starting the emulator is taken out by a run with one test.
    """
    return (_run(_TESTS, "") - _run(1, "") - _run(_TESTS, _PLAIN) + _run(1, _PLAIN)) / (_TESTS - 1)


def _run(count: int, fixture: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        code = f"import pytest\n{fixture}\n@pytest.mark.parametrize('n', range({count}))\ndef test(bookings, n): pass\n"
        (Path(folder) / "test_it.py").write_text(code)
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
