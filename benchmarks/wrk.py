"""The load generator in C, where it is installed: `wrk`, which takes a fifth of what a Python program takes to ask."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from load import Generator, Job, Result

_SCRIPT = Path(__file__).with_name("wrk.lua")


def generator() -> Wrk | Generator:
    """wrk where it is installed (`apt-get install wrk`), else the one of this folder."""
    return Wrk() if shutil.which("wrk") else Generator()


class Wrk:
    """Runs wrk with one thread for every job."""

    name = "wrk"

    def __enter__(self) -> Wrk:
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def run(self, job: Job) -> Result:
        """Run one job to its end; wrk counts whole seconds, so one of less takes a second."""
        file = Path(self._folder.name) / "requests"
        file.write_bytes(b"\0".join(each.encode("latin-1") for each in job.requests))
        seconds = max(1, round(job.seconds))
        command = ["wrk", "-t1", f"-c{job.connections}", f"-d{seconds}s", "-s", str(_SCRIPT)]
        began, before = time.perf_counter(), os.times()
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{job.port}", "--", str(file)], capture_output=True, text=True, check=True
        )
        elapsed, after = time.perf_counter() - began, os.times()
        found = json.loads(done.stdout.rpartition("\nmeasured ")[2])
        if found["broken"]:
            raise RuntimeError(f"{found['broken']} connections broke: {done.stdout}")
        busy = (after.children_user + after.children_system - before.children_user - before.children_system) / elapsed
        status = "200" if not found["bad"] else f"{found['bad']} refusals"
        return Result(
            requests=found["requests"],
            rate=found["requests"] / found["seconds"],
            median=found["median"],
            p99=found["p99"],
            status=status,
            busy=busy,
        )
