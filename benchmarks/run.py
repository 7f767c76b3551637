"""Measures the emulator beside a bare starlette application that answers the same bytes, by turns, on one machine.

    python benchmarks/run.py [--quick] [--json FILE]

The emulator runs with the settings a user has, its log on. Only ratios are held against an aim, and a missed aim is
shown, never failed: machines differ, and so do neighbours.
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
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import growth
import in_process
import orjson
import planted
import servers
from figures import Aim, Figure, latency, megabytes, microseconds, milliseconds, pairs, per_second, table
from load import Generator, Job, Result
from servers import Server
from wrk import Wrk, generator

BUSINESSES = "/v1.0/solutions/bookingBusinesses"
APPOINTMENTS = f"{BUSINESSES}/{quote(planted.BUSINESS)}/appointments"
MANY = 2_000  # appointments that are read by turns: more than a tenant remembers answers of
SLOTS = 12_000  # free moments for creates, more than a round makes
CREATORS = ("administrator", "application", "nobody-in-particular")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how often is measured."""

    starts: int
    rounds: int
    seconds: float
    many: int  # appointments of the large calendar


FULL = Pace(starts=9, rounds=3, seconds=1.0, many=100_000)
QUICK = Pace(starts=3, rounds=1, seconds=1.0, many=20_000)


class Case(NamedTuple):
    """What is asked of both sides: one request or several by turns, and the ratio of rates to reach."""

    title: str
    ours: Sequence[str]
    theirs: Sequence[str]
    connections: int = 16
    aim: Aim | None = None


def main() -> None:
    """Measure everything, print the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left behind
    arguments = _arguments()
    pace = QUICK if arguments.quick else FULL
    began = time.perf_counter()
    servers.pin(1)
    with tempfile.TemporaryDirectory() as folder, generator() as load:
        bench = Bench(Path(folder), load, pace)
        figures = []
        for part in (bench.starts, bench.requests, bench.many_tenants, bench.large, in_process.figures):
            print(f"measuring: {part.__doc__}".splitlines()[0], file=sys.stderr)
            figures += part()
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": _machine(),
        "seconds": round(time.perf_counter() - began),
        "generator": load.name,
        "generator_busy": round(bench.busiest, 2),
        "figures": [asdict(each) | {"verdict": each.verdict} for each in figures],
    }
    print(table(figures))
    print("\nratio: emulator / bare, the median of the pairs [lowest .. highest]")
    print(f"load by {load.name}, busy {bench.busiest:.0%} at most; the log is on")
    print(f"{report['machine']}, {report['date']}, {report['seconds']} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


class Bench:
    """The measurements, in the order in which they are made."""

    def __init__(self, folder: Path, load: Wrk | Generator, pace: Pace) -> None:
        self._folder = folder
        self._generator = load
        self._pace = pace
        self.busiest = 0.0

    def starts(self) -> Iterable[Figure]:
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
        yield pairs("first answer", times, milliseconds, aim=("<=", 1.26))
        yield pairs("memory, idle", memories, megabytes)

    def requests(self) -> Iterable[Figure]:
        """Requests per second and the slowest of a hundred."""
        fixture = self._fixture(planted.PER_DAY)
        options = ("--fixture", str(fixture), "--now", planted.NOW, "--seed", "1")
        with ExitStack() as stack:
            ours = stack.enter_context(servers.emulator(APPOINTMENTS, *options))
            first = f"{APPOINTMENTS}/{quote(orjson.loads(ours.ask('GET', APPOINTMENTS).body)['value'][0]['id'])}"
            bodies = [orjson.dumps(each) for each in planted.slots(SLOTS)]
            answers = self._record(
                ours,
                {
                    "list": ("GET", APPOINTMENTS, b""),
                    "get": ("GET", first, b""),
                    "create": ("POST", APPOINTMENTS, bodies[0]),
                },
            )
            ours.ask("POST", "/_emulator/reset")
            theirs = stack.enter_context(servers.bare(APPOINTMENTS, answers))
            listed, by_id = [servers.request("GET", APPOINTMENTS)], [servers.request("GET", first)]
            signed = [servers.request("GET", first, token=_signed(ours))]
            created = {who: [servers.request("POST", APPOINTMENTS, each, who) for each in bodies] for who in CREATORS}
            one = ("list of 20 appointments", "appointment by id", "create as administrator")
            for title, asked in zip(one, (listed, by_id, created["administrator"]), strict=True):
                yield from self._compared(Case(f"{title}, 1 connection", asked, asked, 1), ours, theirs)
            for case in (
                Case("list of 20 appointments", listed, listed, aim=(">=", 1.0)),
                Case("by id, the same again", by_id, by_id, aim=(">=", 1.0)),
                Case("by id, with a JWT", signed, signed, aim=(">=", 0.9)),
                *(Case(f"create as {who}", each, each, aim=(">=", 0.45)) for who, each in created.items()),
            ):
                yield from self._compared(case, ours, theirs)
            yield self._slowest_create(ours, created["administrator"])
            yield from self._varied(stack, theirs)

    def many_tenants(self) -> Iterable[Figure]:
        """The same inside a tenant of many."""
        fixture = self._fixture(planted.PER_DAY)
        with ExitStack() as stack:
            ours = stack.enter_context(servers.emulator(APPOINTMENTS, "--fixture", str(fixture), "--now", planted.NOW))
            for number in range(20):
                ours.ask("POST", "/_emulator/tenants", orjson.dumps({"name": f"team{number}"}))
            inside = f"/tenants/team7{APPOINTMENTS}"
            first = orjson.loads(ours.ask("GET", inside).body)["value"][0]["id"]
            cases = {"list": ("GET", inside, b""), "get": ("GET", f"{inside}/{quote(first)}", b"")}
            answers = self._record(ours, {**cases, "create": cases["get"]})
            theirs = stack.enter_context(servers.bare(APPOINTMENTS, answers))
            for name, title in (("list", "list of 20, inside a tenant"), ("get", "by id, inside a tenant")):
                method, path, _ = cases[name]
                plain = path.removeprefix("/tenants/team7")
                case = Case(title, [servers.request(method, path)], [servers.request(method, plain)], aim=(">=", 1.0))
                yield from self._compared(case, ours, theirs)

    def large(self) -> Iterable[Figure]:
        """A hundred thousand appointments beside a thousand: growth, memory, and how long reading them takes."""
        yield from growth.figures(self.load, self._fixture, self._pace.rounds, self._pace.many)

    def load(self, server: Server, requests: Sequence[str], connections: int = 16) -> Result:
        """A round of load. Raises RuntimeError where anything is refused."""
        result = self._generator.run(Job(server.port, list(requests), connections, self._pace.seconds))
        if result.status not in ("200", "201", "204"):
            raise RuntimeError(f"{result.status} came for {requests[0]}")
        self.busiest = max(self.busiest, result.busy)
        return result

    def _varied(self, stack: ExitStack, theirs: Server) -> Iterable[Figure]:
        """By id over more appointments than there are answers remembered of."""
        many = stack.enter_context(servers.planted(APPOINTMENTS, self._fixture(MANY)))
        ids = [each["id"] for each in orjson.loads(many.ask("GET", APPOINTMENTS).body)["value"]]
        asked = [servers.request("GET", f"{APPOINTMENTS}/{quote(each)}") for each in ids]
        yield from self._compared(Case("by id, never the same soon again", asked, asked, aim=(">=", 0.9)), many, theirs)

    def _slowest_create(self, ours: Server, asked: Sequence[str]) -> Figure:
        """The slowest of a hundred creates while the store grows for several rounds."""
        found = [self.load(ours, asked).p99 for _ in range(3)]
        ours.ask("POST", "/_emulator/reset")
        worst = max(found)
        return Figure(
            "99 of 100 creates within, store growing", f"{worst:.1f} ms", ratio=(worst,) * 3, aim=("<=", 11.0)
        )

    def _compared(self, case: Case, ours: Server, theirs: Server) -> Iterable[Figure]:
        """Emulator and bare application by turns."""
        self._worked(ours, case.ours, case.connections)
        rates, slowest, work = [], [], []
        for _ in range(self._pace.rounds):
            if case.ours[0].startswith("POST"):
                ours.ask("POST", "/_emulator/reset")
            mine, my_work = self._worked(ours, case.ours, case.connections)
            other, other_work = self._worked(theirs, case.theirs, case.connections)
            rates.append((mine.rate, other.rate))
            slowest.append((mine.p99, other.p99))
            work.append((my_work, other_work))
        if case.ours[0].startswith("POST"):
            ours.ask("POST", "/_emulator/reset")
        yield pairs(case.title, rates, per_second, aim=case.aim)
        yield pairs("  99 of 100 within", slowest, latency)
        if all(each for each in work[0]):
            yield pairs("  processor time of one", work, microseconds)

    def _worked(self, server: Server, requests: Sequence[str], connections: int) -> tuple[Result, float]:
        """A round of load, and the processor time that the server took for one request of it."""
        before = server.worked()
        result = self.load(server, requests, connections)
        after = server.worked()
        return result, 0.0 if before is None or after is None else (after - before) / result.requests

    def _record(self, server: Server, cases: dict[str, tuple[str, str, bytes]]) -> Path:
        """What the emulator answers, for the bare application to repeat."""
        answers = {}
        for name, (method, path, body) in cases.items():
            answer = server.ask(method, path, body)
            answers[name] = {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}
        file = self._folder / f"answers-{time.perf_counter_ns()}.json"
        file.write_text(json.dumps(answers))
        return file

    def _fixture(self, count: int) -> Path:
        file = self._folder / f"appointments-{count}.json"
        if not file.exists():
            file.write_bytes(orjson.dumps(planted.fixture(count)))
        return file


def _signed(server: Server) -> str:
    """A token of the administrator, as the identity platform issues it."""
    return str(
        orjson.loads(server.ask("POST", "/_emulator/tokens", b'{"persona":"administrator"}').body)["access_token"]
    )


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {sys.version.split()[0]}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, a smaller calendar")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
