"""Measures the emulator beside a bare starlette application that answers the same bytes, by turns, on one machine.

    python benchmarks/run.py [--quick] [--json FILE]

Only ratios are held against an aim, and a missed aim is shown, never failed: machines differ, and so do neighbours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
import planted
import servers
from figures import Aim, Figure, latency, megabytes, microseconds, milliseconds, pairs, per_second, table
from load import Generator, Job, Result
from servers import Server

BUSINESSES = "/v1.0/solutions/bookingBusinesses"
APPOINTMENTS = f"{BUSINESSES}/{quote(planted.BUSINESS)}/appointments"
FEW = 1_000
_AIMS = {"list": 0.55, "get": 0.50, "create": 0.45}
_TITLES = {"list": "list of 20 appointments", "get": "appointment by id", "create": "create an appointment"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often is measured."""

    starts: int
    rounds: int
    seconds: float
    many: int  # appointments of the large calendar


FULL = Pace(starts=9, rounds=7, seconds=0.7, many=100_000)
QUICK = Pace(starts=3, rounds=3, seconds=0.25, many=20_000)


def main() -> None:
    """Measure everything, print the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    arguments = _arguments()
    pace = QUICK if arguments.quick else FULL
    began = time.perf_counter()
    servers.pin(1)
    with tempfile.TemporaryDirectory() as folder, Generator() as generator:
        bench = Bench(Path(folder), generator, pace)
        figures = [*bench.starts(), *bench.requests(), *bench.calendars()]
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "seconds": round(time.perf_counter() - began),
        "generator_busy": round(bench.busiest, 2),
        "figures": [asdict(each) | {"verdict": each.verdict} for each in figures],
    }
    print(table(figures))
    print("\nratio: emulator / bare, the median of the pairs [lowest .. highest]")
    print(
        f"{report['machine']}, {report['date']}, {report['seconds']} s, load generator busy {bench.busiest:.0%} at most"
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


class Bench:
    """The measurements, in the order in which they are made."""

    def __init__(self, folder: Path, generator: Generator, pace: Pace) -> None:
        self._folder = folder
        self._generator = generator
        self._pace = pace
        self.busiest = 0.0

    def starts(self) -> list[Figure]:
        """From the start of the process to the first 200 of a list, and the memory of what idles then."""
        with servers.emulator(BUSINESSES) as server:
            business = orjson.loads(server.ask("GET", BUSINESSES).body)["value"][0]["id"]
            path = f"{BUSINESSES}/{quote(business)}/appointments"
            answers = self._record(server, {"list": ("GET", path, b"")})
        times, memories = [], []
        for _ in range(self._pace.starts):
            with servers.emulator(path) as ours, servers.bare(path, answers) as theirs:
                times.append((ours.first_answer, theirs.first_answer))
                memories.append((ours.memory(), theirs.memory()))
        return [
            pairs("first answer", times, milliseconds, aim=("<=", 1.5)),
            pairs("memory, idle", memories, megabytes),
        ]

    def requests(self) -> Iterable[Figure]:
        """Requests per second and the slowest of a hundred, at 1 and at 16 connections."""
        fixture = self._fixture(planted.PER_DAY)
        with ExitStack() as stack:
            ours = stack.enter_context(servers.emulator(APPOINTMENTS, "--fixture", str(fixture)))
            first = orjson.loads(ours.ask("GET", APPOINTMENTS).body)["value"][0]["id"]
            body = orjson.dumps(planted.appointment(planted.PER_DAY))
            cases = {
                "list": ("GET", APPOINTMENTS, b""),
                "get": ("GET", f"{APPOINTMENTS}/{quote(first)}", b""),
                "create": ("POST", APPOINTMENTS, body),
            }
            answers = self._record(ours, cases)
            ours.ask("POST", "/_emulator/reset")
            theirs = stack.enter_context(servers.bare(APPOINTMENTS, answers))
            for name, case in cases.items():
                for connections in (1, 16):
                    aim = (">=", _AIMS[name]) if connections == 16 else None
                    yield from self._compared(_TITLES[name], servers.request(*case), connections, (ours, theirs), aim)

    def calendars(self) -> Iterable[Figure]:
        """One day among a thousand and among a hundred thousand appointments, and what an appointment weighs."""
        size = self._pace.many
        with ExitStack() as stack:
            few, many = (stack.enter_context(self._planted(count)) for count in (FEW, size))
            weight = (many.memory() - few.memory()) / (size - FEW)
            paths = {few.port: _middle(FEW), many.port: _middle(size)}
            rows = orjson.loads(many.ask("GET", paths[many.port]).body)["value"]
            if len(rows) != planted.PER_DAY:
                raise RuntimeError(f"the day has {len(rows)} appointments")
            for connections in (1, 16):
                yield self._grown(few, many, paths, connections)
            before = many.memory()
            many.ask_all(_day(each) for each in range(size // planted.PER_DAY))
            shown = weight + (many.memory() - before) / size
            length = len(orjson.dumps(rows[0]))
            yield _weight("KB an appointment beyond its JSON, never read", weight, length)
            yield _weight("KB an appointment beyond its JSON, read once", shown, length)
            yield Figure(
                f"start with {size:,} : {FEW:,} appointments", f"{many.first_answer:.1f} s", f"{few.first_answer:.1f} s"
            )

    def _compared(
        self, title: str, request: str, connections: int, pair: tuple[Server, Server], aim: Aim | None
    ) -> Iterable[Figure]:
        """Emulator and bare application by turns."""
        for server in pair:
            self._load(server, request, connections, 0.2)
        rates, slowest, work = [], [], []
        for _ in range(self._pace.rounds):
            (ours, our_work), (theirs, their_work) = (self._worked(each, request, connections) for each in pair)
            rates.append((ours.rate, theirs.rate))
            slowest.append((ours.p99, theirs.p99))
            work.append((our_work, their_work))
            if request.startswith("POST"):
                pair[0].ask("POST", "/_emulator/reset")
        yield pairs(_at(title, connections), rates, per_second, aim=aim)
        yield pairs("  99 of 100 within", slowest, latency)
        if all(each for each in work[0]):
            yield pairs("  processor time of one", work, microseconds)

    def _worked(self, server: Server, request: str, connections: int) -> tuple[Result, float]:
        """A round of load, and the processor time that the server took for one request of it."""
        before = server.worked()
        result = self._load(server, request, connections)
        after = server.worked()
        return result, 0.0 if before is None or after is None else (after - before) / result.requests

    def _grown(self, few: Server, many: Server, paths: dict[int, str], connections: int) -> Figure:
        """The time of a calendarView in a large calendar over that in a small one."""
        times = []
        for _ in range(self._pace.rounds + 1):
            found = [self._load(each, servers.request("GET", paths[each.port]), connections) for each in (many, few)]
            times.append((1e3 / found[0].rate, 1e3 / found[1].rate))
        title = f"calendarView of a day, {self._pace.many:,} : {FEW:,}"
        return pairs(_at(title, connections), times[1:], latency, aim=("<=", 1.5))

    def _load(self, server: Server, request: str, connections: int, seconds: float | None = None) -> Result:
        result = self._generator.run(Job(server.port, request, connections, seconds or self._pace.seconds))
        if result.status not in ("200", "201"):
            raise RuntimeError(f"{result.status} came for {request}")
        self.busiest = max(self.busiest, result.busy)
        return result

    def _record(self, server: Server, cases: dict[str, tuple[str, str, bytes]]) -> Path:
        """What the emulator answers, for the bare application to repeat."""
        answers = {}
        for name, (method, path, body) in cases.items():
            answer = server.ask(method, path, body)
            answers[name] = {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}
        file = self._folder / f"answers-{len(cases)}.json"
        file.write_text(json.dumps(answers))
        return file

    def _fixture(self, count: int) -> Path:
        file = self._folder / f"appointments-{count}.json"
        file.write_bytes(orjson.dumps(planted.fixture(count)))
        return file

    def _planted(self, count: int) -> AbstractContextManager[Server]:
        return servers.planted(_middle(count), self._fixture(count))


def _middle(count: int) -> str:
    """The calendarView of the day in the middle of a calendar."""
    return _day(count // planted.PER_DAY // 2)


def _day(number: int) -> str:
    day = planted.FIRST_DAY + timedelta(days=number)
    window = f"start={day:%Y-%m-%d}T00:00:00Z&end={day + timedelta(days=1):%Y-%m-%d}T00:00:00Z"
    return f"{BUSINESSES}/{quote(planted.BUSINESS)}/calendarView?{window}"


def _weight(name: str, weight: float, length: int) -> Figure:
    """The memory of an appointment, less what its JSON is long."""
    beyond = (weight - length) / 1024
    return Figure(
        name, f"{weight / 1024:.1f} KB", f"{length / 1024:.1f} KB of JSON", (beyond, beyond, beyond), ("<=", 4.0)
    )


def _at(title: str, connections: int) -> str:
    return f"{title}, {connections} connection{'s' if connections > 1 else ''}"


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {sys.version.split()[0]}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, a smaller calendar")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
