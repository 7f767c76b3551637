"""Starts the servers that are measured, asks them single questions, and reads how much memory they take."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "administrator"
_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent
_GIVE_UP = 300.0
_PAUSE = 0.001
_PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and the seconds from its start to its first answer."""

    process: subprocess.Popen[bytes]
    port: int
    first_answer: float

    def ask(self, method: str, path: str, body: bytes = b"", token: str = TOKEN) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body or None, {"Authorization": f"Bearer {token}", **headers})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Answer(answer.status, dict(answer.getheaders()), content)

    def ask_all(self, paths: Iterable[str]) -> None:
        """Many reads on one connection, whose answers nobody wants."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for path in paths:
            connection.request("GET", path, None, {"Authorization": f"Bearer {TOKEN}"})
            connection.getresponse().read()
        connection.close()

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.process.pid}/statm")
        if status.exists():
            return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, check=True)
        return int(shown.stdout) * 1024

    def worked(self) -> float | None:
        """Seconds of processor time of all threads so far, to the nanosecond, where the system tells."""
        threads = list(Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"))
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9 if threads else None


def request(method: str, path: str, body: bytes = b"", token: str = TOKEN) -> str:
    """A whole request as the load generator sends it: what a client on a test machine would say, and no more."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost:8365",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
        "User-Agent: benchmark/1.0",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body.decode()


@contextmanager
def emulator(path: str, *options: str) -> Iterator[Server]:
    """The emulator as users start it; `path` is what its first answer is asked for."""
    script = Path(sys.executable).parent / ("bookings-emulator.exe" if os.name == "nt" else "bookings-emulator")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "bookings_emulator"]
    with _started([*command, "serve", "--port", "{port}", *options], path) as server:
        yield server


@contextmanager
def planted(path: str, fixture: Path) -> Iterator[Server]:
    """The emulator with a large fixture that is taken as it is, without the check of users' files."""
    with _started([sys.executable, "-m", f"{_HERE.name}.planted", "{port}", str(fixture)], path) as server:
        yield server


@contextmanager
def bare(path: str, answers: Path) -> Iterator[Server]:
    """The bare application that answers what was recorded."""
    with _started([sys.executable, str(_HERE / "bare.py"), "{port}", str(answers)], path) as server:
        yield server


def pin(place: int) -> None:
    """Keep this process, and what it starts, on one processor, where the system can do that and gives two."""
    if len(_PROCESSORS) > 1:
        os.sched_setaffinity(0, {_PROCESSORS[place]})


@contextmanager
def _started(command: list[str], path: str) -> Iterator[Server]:
    port = _free_port()
    pin(0)
    began = time.perf_counter()
    arguments = [each.format(port=port) for each in command]
    # compiled modules are kept, as they are wherever a package was installed
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # the log is written to a file, as where a pipeline keeps it
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=log, cwd=_ROOT, env=settings)
    pin(1)
    try:
        _wait(process, port, request("GET", path).encode())
        yield Server(process, port, time.perf_counter() - began)
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, question: bytes) -> None:
    """Ask until the answer is 200."""
    give_up = time.perf_counter() + _GIVE_UP
    while time.perf_counter() < give_up and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP) as connection:
                connection.sendall(question)
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return
                raise RuntimeError(f"no 200 for {question.decode()}")
        except ConnectionRefusedError:
            time.sleep(_PAUSE)
    raise RuntimeError(f"{process.args!r} did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
