"""The load generator: raw HTTP/1.1 over kept connections, in a process of its own so that it never measures itself.

`Generator` is the handle; run as a script, this file is the process:
a job is one line of JSON in, its result one line out.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from types import TracebackType
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Job:
    """Requests by turns, sent again and again by `connections` for `seconds`."""

    port: int
    requests: list[str]  # each all of it, latin-1
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a job found: `median` and `p99` are milliseconds, `busy` is the generator's own share of its processor."""

    requests: int
    rate: float
    median: float
    p99: float
    status: str
    busy: float


class Generator:
    """The process that makes load, from the side of the one who asks for it."""

    name = "benchmarks/load.py (no wrk here)"

    def __enter__(self) -> Generator:
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def run(self, job: Job) -> Result:
        """Run one job to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()
        return Result(**json.loads(self._process.stdout.readline()))


class _Connection(asyncio.Protocol):
    """Sends the request, waits for the last byte of its answer, sends it again until the time is over."""

    def __init__(self, questions: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._questions = questions
        self._until = until
        self.done = done
        self._head = b""
        self._left = 0
        self._sent = 0
        self.times: list[int] = []
        self.statuses: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter_ns()
        self._transport.write(next(self._questions))

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._begin(self._head + data if self._head else data)
        if not self._left and not self._head:
            self._finish()

    def _begin(self, data: bytes) -> None:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._head = data
            return
        self._head = b""
        self.statuses.add(data[9:12])
        at = data[:end].lower().index(b"\r\ncontent-length:") + 17
        length_end = data.find(b"\r\n", at)
        self._left = int(data[at:length_end]) - (len(data) - end - 4)

    def _finish(self) -> None:
        now = time.perf_counter_ns()
        self.times.append(now - self._sent)
        if now < self._until:
            self._send()
        elif not self.done.done():
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


async def _run(job: Job) -> Result:
    loop = asyncio.get_running_loop()
    started, used = time.perf_counter_ns(), time.process_time_ns()
    until = started + job.seconds * 1e9
    questions = cycle([each.encode("latin-1") for each in job.requests])
    connections = [_Connection(questions, until, loop.create_future()) for _ in range(job.connections)]
    waiting = iter(connections)
    for _ in connections:
        await loop.create_connection(waiting.__next__, "127.0.0.1", job.port)
    await asyncio.gather(*(each.done for each in connections))
    elapsed, busy = time.perf_counter_ns() - started, time.process_time_ns() - used
    times = sorted(duration for each in connections for duration in each.times)
    return Result(
        requests=len(times),
        rate=len(times) / elapsed * 1e9,
        median=times[len(times) // 2] / 1e6,
        p99=times[int(len(times) * 0.99)] / 1e6,
        status="/".join(sorted({status.decode() for each in connections for status in each.statuses})),
        busy=busy / elapsed,
    )


def _serve_jobs() -> None:
    gc.disable()
    factory: Any = None
    try:
        import uvloop

        factory = uvloop.new_event_loop
    except ImportError:  # Windows has none
        pass
    with asyncio.Runner(loop_factory=factory) as runner:
        for line in sys.stdin:
            result = runner.run(_run(Job(**json.loads(line))))
            print(json.dumps(asdict(result)), flush=True)
            gc.collect()


if __name__ == "__main__":
    _serve_jobs()
