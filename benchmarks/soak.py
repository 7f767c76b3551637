"""A long run of mixed traffic over every plane, everything in it distinct, with a model beside it that knows the truth.

`make soak` takes ten minutes, `make soak ARGS=--short` 45 seconds. Told are calls, lost updates, lost and doubled
notifications, memory, descriptors and tracebacks; the number of live records stays the same, so memory must too. Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import httpx

from benchmarks.soak_traffic import Model, Told, Worker, compare_records, subscribe

LONG, SHORT = 600, 45  # seconds
WORKERS = 6
GROWTH = 1.1  # memory at the end of the long form, over that of half-time
_SPARE = 96  # descriptors beside those at rest: kept connections to clients and receivers
_PACE = 0.25  # seconds that a slow receiver takes
_SETTLE = 60  # seconds
_DEAD = "http://127.0.0.1:9"  # where nothing listens


class Receiver:
    """A web server that keeps what it is told, after a pause where it is slow."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self.heard: Counter[tuple[str, str, str]] = Counter()
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; the URL without a path."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                fields = dict(each.lower().split(": ", 1) for each in lines[1:] if ": " in each)
                told = json.loads(await reader.readexactly(int(fields["content-length"])))
                change = lines[0].split(" ")[1].strip("/")
                await asyncio.sleep(self._pause)
                self.heard[change, told["Id"], told["ServiceNotes"]] += 1
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


class Watch:
    """Memory and descriptors of the server, at intervals."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.rows: list[tuple[float, float, int]] = []  # seconds, MB, descriptors
        self._started = monotonic()

    def look(self) -> None:
        """Note what there is now, and say so."""
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        memory = int(status.split("VmRSS:")[1].split()[0]) / 1024
        row = (monotonic() - self._started, memory, len(list(Path(f"/proc/{self._pid}/fd").iterdir())))
        self.rows.append(row)
        print(f"  {row[0]:5.0f} s  {row[1]:6.1f} MB  {row[2]:3d} descriptors", flush=True)

    def growth(self) -> float:
        """Memory at the end over that of half-time."""
        half = self.rows[-1][0] / 2
        middle = min(self.rows, key=lambda row: abs(row[0] - half))
        return self.rows[-1][1] / middle[1]


@asynccontextmanager
async def serving(log: Path) -> AsyncIterator[tuple[str, int]]:
    """An emulator in a process of its own: its URL and its process id."""
    command = [sys.executable, "-m", "bookings_emulator", "serve", "--port", "0"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert process.stdout is not None
            while not (line := process.stdout.readline().decode()).startswith("ready "):
                assert line, log.read_text(encoding="utf-8")
            ready = json.loads(line.removeprefix("ready "))
            yield ready["control"].removesuffix("/_emulator"), process.pid
        finally:
            process.terminate()
            process.wait(30)


class Scene:
    """One tenant of the soak: its workers, its model, and the receiver that hears of every change, if any does."""

    def __init__(self, root: str, receiver: Receiver | None) -> None:
        self.root = root
        self.receiver = receiver
        self.model = Model()

    async def subscribe(self, http: httpx.AsyncClient, url: str) -> None:
        """Have every kind of change told to an address."""
        for change in ("Created", "Updated", "Deleted"):
            await subscribe(http, self.root, change, f"{url}/{change}")

    async def compare(self, http: httpx.AsyncClient, told: Told) -> None:
        """Hold records and notifications against the model."""
        await compare_records(http, self.root, self.model, told)
        if self.receiver is None:
            return
        settled = await http.post(
            f"{self.root}/_emulator/deliveries/settle", json={"timeout": _SETTLE}, timeout=2 * _SETTLE
        )
        if not settled.json()["settled"]:
            told.miss(f"notifications of {self.root} are not settled: {settled.text}")
        lost = self.model.expected - self.receiver.heard
        doubled = self.receiver.heard - self.model.expected
        told.problems += [f"lost notification: {each}" for each in lost]
        told.problems += [f"doubled or foreign notification: {each}" for each in doubled]


async def soak(seconds: float, told: Told) -> Watch:
    """Let the traffic run, and hold against the model what came of it."""
    log = Path(tempfile.mkdtemp()) / "log.txt"
    async with serving(log) as (url, pid), httpx.AsyncClient(timeout=60, trust_env=False) as http:
        watch, until = Watch(pid), monotonic() + seconds
        good, slow = Receiver(0), Receiver(_PACE)
        scenes = [Scene(url, good), *[Scene(await _tenant(http, url, name), each) for name, each in
                                      (("slow", slow), ("dead", None))]]  # fmt: skip
        for scene, address in zip(scenes, (await good.start(), await slow.start(), _DEAD), strict=True):
            await scene.subscribe(http, address)
        crowd = [(scenes[0], 0.0)] * WORKERS + [(scenes[1], 4 * _PACE), (scenes[2], 4 * _PACE)]
        workers = [Worker(number, http, scene.root, scene.model, told) for number, (scene, _) in enumerate(crowd)]
        running = [
            asyncio.create_task(worker.run(lambda: monotonic() >= until, pause))
            for worker, (_, pause) in zip(workers, crowd, strict=True)
        ]
        while not all(each.done() for each in running):
            watch.look()
            await asyncio.wait(running, timeout=max(5.0, seconds / 20))
        for each in running:
            each.result()
        watch.look()
        for scene in scenes:
            await scene.compare(http, told)
        told.calls["notifications heard"] = good.heard.total() + slow.heard.total()
    told.problems += [each for each in log.read_text(encoding="utf-8").splitlines() if "Traceback" in each]
    return watch


async def _tenant(http: httpx.AsyncClient, url: str, name: str) -> str:
    """A tenant of its own; the URL before its planes."""
    made = await http.post(f"{url}/_emulator/tenants", json={"name": name, "fixture": "default"})
    made.raise_for_status()
    return f"{url}/tenants/{name}"


def main() -> None:
    """Run it, tell what came, and end with 1 where anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="45 seconds, without a verdict on memory")
    parser.add_argument("--seconds", type=float, help="another length; memory is judged from ten minutes on")
    given = parser.parse_args()
    seconds, told = given.seconds or (SHORT if given.short else LONG), Told()
    print(f"soaking for {seconds:.0f} s", flush=True)
    watch = asyncio.run(soak(seconds, told))
    print("\n".join(f"  {count:8,} {what}" for what, count in told.calls.most_common()))
    most = max(row[2] for row in watch.rows)
    if most > watch.rows[0][2] + _SPARE:
        told.miss(f"{most} descriptors, {watch.rows[0][2]} at the start")
    growth = watch.growth()
    print(f"  memory at the end is {growth:.2f} x that of half-time")
    if seconds >= LONG and growth > GROWTH:
        told.miss(f"memory grew: {growth:.2f} x that of half-time, {GROWTH} is allowed")
    for each in told.problems[:20]:
        print(f"  WRONG: {each}")
    print(f"{len(told.problems)} problems" if told.problems else "nothing lost, nothing doubled, no traceback")
    sys.exit(1 if told.problems else 0)


if __name__ == "__main__":
    main()
