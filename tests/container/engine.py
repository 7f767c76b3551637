"""The engine: one that answers, or one of our own in a network of its own, which leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.container.report import Skipped

IMAGE = "bookings-emulator"
_NAMESPACES = ("--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
# what is needed where a process may not raise its limits
_RESTRICTED = ("--oom-score-adjust", "0", "--default-ulimit", "nofile=1024:1024", "--default-ulimit", "nproc=1024:1024")


class Engine:
    """A container engine: how it is called. `is_own` where it is ours alone and reaches no registry."""

    def __init__(self, command: tuple[str, ...] = ("docker",), options: tuple[str, ...] = (), is_own: bool = False):
        self.command = command
        self.options = options
        self.is_own = is_own

    def __call__(self, *arguments: str | Path, is_checked: bool = True, folder: Path | None = None) -> str:
        """What a command of it prints. Raises RuntimeError with its words."""
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode and is_checked:
            raise RuntimeError(f"{' '.join(map(str, (*self.command, *arguments)))}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def answers(self) -> bool:
        """Whether anything answers; a command that is missing does not."""
        try:
            self("info")
        except (RuntimeError, OSError):
            return False
        return True

    def has(self, image: str) -> bool:
        """Whether it has an image, or can have it from a registry."""
        if self("images", "-q", image):
            return True
        try:
            self("pull", "--quiet", image)
        except RuntimeError:
            return False
        return True

    def inspect(self, name: str) -> Any:
        """What it knows of an image or a container."""
        return json.loads(self("inspect", name))[0]

    def health(self, name: str) -> str:
        """What the health check of a container comes to."""
        status = "starting"
        for _ in range(200):
            status = self.inspect(name)["State"]["Health"]["Status"]
            if status != "starting":
                break
            time.sleep(0.1)
        return status

    def finished(self, name: str) -> datetime:
        """When a container ended, by the engine's own account; Go writes nanoseconds."""
        text = self.inspect(name)["State"]["FinishedAt"]
        return datetime.fromisoformat(re.sub(r"\.(\d{6})\d*", r".\1", text))


def start_inside(*arguments: str) -> int | None:
    """Run a module of Python where an engine of our own can be started; None where that is impossible.

    Network, mounts and processes are the child's own: whatever it starts ends with it, and no port is taken there.
    """
    needed = ("dockerd", "docker", "unshare", "iptables")
    if sys.platform != "linux" or os.geteuid() or not all(map(shutil.which, needed)):
        return None
    unshare = ["unshare", *_NAMESPACES]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        return None
    return subprocess.run([*unshare, sys.executable, "-m", *arguments], check=False).returncode


@contextmanager
def own(folder: Path) -> Iterator[Engine]:
    """An engine of our own, as long as it is needed. Raises Skipped where it does not start."""
    _raise_loopback()
    address = f"unix://{folder}/docker.sock"
    places = ("--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid")
    with (
        (folder / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(["dockerd", "--host", address, *places, *_RESTRICTED], stdout=log, stderr=log) as daemon,
    ):
        (folder / "config").mkdir()
        os.environ.update(DOCKER_HOST=address, DOCKER_CONFIG=str(folder / "config"))
        try:
            engine = Engine(is_own=True)
            wait_until(lambda: daemon.poll() is not None or engine.answers())
            if not engine.answers():
                raise Skipped((folder / "log").read_text(encoding="utf-8").strip().splitlines()[-1])
            yield engine
        finally:
            daemon.terminate()


def _raise_loopback() -> None:
    """Switch on the loopback of a new network: SIOCSIFFLAGS with IFF_UP."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something, or for the end of the time."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)


def ask(url: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
    """The JSON of an address, as soon as something listens there; a body is sent to it as JSON by POST."""
    sent = {"Authorization": "Bearer any", "Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), sent)
    for _ in range(400):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer")
