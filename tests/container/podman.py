"""Where only podman is: the image built and started with the flags that restricted machines need, and tried."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.container import page
from tests.container.commands import need_port
from tests.container.engine import Engine, ask, wait_until
from tests.container.packages import BASE, PYTHON, ROOT, WHEELS
from tests.container.report import Report, Skipped
from tests.workflows import copy

_IMAGE = "bookings-emulator"
_BASE = "localhost/bookings-emulator-base"
_LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
# how podman is called until one of these works: as it is, then where control groups or limits are restricted
_WAYS = (Engine(("podman",)), Engine(("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs"), _LIMITS))
# the same for what is started over its socket
_CONF = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
_FIXTURE = {"bookingBusinesses": [{"id": "Ours@contoso.com", "displayName": "Ours"}]}
_PORT = 8366


def check_podman(report: Report) -> None:
    """The image, a container of it, and the recipe in Python. Raises Skipped."""
    engine = _find()
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy(ROOT, Path(folder) / "checkout")
        shutil.copytree(WHEELS, checkout / "wheels")
        _build(engine, checkout)
        report.check("podman builds the image")
        (Path(folder) / "ours.json").write_text(json.dumps(_FIXTURE), encoding="utf-8")
        Path(folder).chmod(0o755)
        _check_server(engine, folder, report)
        _check_testcontainers(engine, Path(folder), report)


def _find() -> Engine:
    for engine in _WAYS:
        if not engine.answers():
            continue
        if not BASE.exists():
            raise Skipped("podman answers, but the base image could not be made")
        engine("import", BASE, _BASE)
        try:
            engine("run", "--rm", *engine.options, "--network", "host", _BASE, "true")
        except RuntimeError:
            continue
        return engine
    raise Skipped("neither docker nor podman can start a container here")


def _build(engine: Engine, checkout: Path) -> None:
    options = ("--format", "docker", "--isolation", "chroot", "--tag", _IMAGE)
    engine("build", *options, "--build-arg", f"BASE={_BASE}", "--build-arg", "PIP_NO_INDEX=1", checkout)


def _check_server(engine: Engine, folder: str, report: Report) -> None:
    """A container with a read-only root, a mounted fixture and a port that is not the usual one."""
    need_port(_PORT)
    name = f"bookings-emulator-{os.getpid()}"
    place = ("--detach", "--name", name, "--network", "host", "--read-only", "--volume", f"{folder}:/fixtures:ro")
    engine("run", *engine.options, *place, _IMAGE, "serve", "--port", str(_PORT), "--fixture", "ours.json")
    try:
        found = ask(f"http://127.0.0.1:{_PORT}/v1.0/solutions/bookingBusinesses")["value"]
        names = [each["displayName"] for each in found]
        report.check("serves a mounted fixture from a read-only root", names == ["Ours"], names)
        user = engine("exec", name, "python3", "-c", "import os; print(os.getuid())")
        report.check("runs as nobody in particular", user == "65532", user)
        report.check("is healthy on any port", not engine("healthcheck", "run", name))
        began = datetime.now(UTC)
        engine("kill", "--signal", "TERM", name)
        engine("wait", name)
        took = (engine.finished(name) - began).total_seconds()
        report.check(f"ended {took:.2f} s after SIGTERM", took < 1.0)
    finally:
        engine("rm", "--force", name, is_checked=False)


def _check_testcontainers(engine: Engine, folder: Path, report: Report) -> None:
    """The recipe in Python runs over the socket of podman."""
    if not list(PYTHON.glob("lib/*/site-packages/testcontainers")):
        report.skip("testcontainers in Python", "the package was not fetched")
        return
    with _socket(engine, folder) as settings:
        command = [str(PYTHON / "bin" / "python"), "-c", page.recipe("Testcontainers", "python")]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    report.check("the recipe of testcontainers in Python runs", done.stdout == "200\n", done.stdout + done.stderr)


@contextmanager
def _socket(engine: Engine, folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which testcontainers finds podman, which is asked to listen."""
    address = f"unix://{folder}/engine.sock"
    settings = {**os.environ, "DOCKER_HOST": address, "TESTCONTAINERS_RYUK_DISABLED": "true"}
    settings |= {"TESTCONTAINERS_CONNECTION_MODE": "docker_host", "TESTCONTAINERS_HOST_OVERRIDE": "localhost"}
    (folder / "containers.conf").write_text(_CONF if engine.options else "", encoding="utf-8")
    theirs = {**settings, "CONTAINERS_CONF": str(folder / "containers.conf")}
    command = [*engine.command, "system", "service", "--time=0", address]
    with subprocess.Popen(command, env=theirs, stderr=subprocess.DEVNULL) as service:
        try:
            wait_until(lambda: service.poll() is not None or (folder / "engine.sock").exists())
            assert service.poll() is None, "podman does not listen"
            yield settings
        finally:
            service.terminate()
