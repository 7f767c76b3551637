"""`make container-test`: builds the image, starts it read-only and tries what a user of it relies on.

Works with docker or podman, whichever answers. Where no registry of images is reached, a base is made from Debian's
packages by mmdebstrap and the Python packages are fetched beforehand. `BASE=IMAGE` names another base.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WHEELS = ROOT / "wheels"
IMAGE = "bookings-emulator:test"
OWN_BASE = "localhost/bookings-emulator-base"
DEBIAN = ("python3", "python3-venv")
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
# how engines are called until one of these works: as they are, then where control groups or limits are restricted
ENGINES = (
    (("docker",), ()),
    (("podman",), ()),
    (("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs"), LIMITS),
)
# the same for what is started over the socket of podman
CONF = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
TESTCONTAINERS = "testcontainers==4.15.0"
PASSED: list[str] = []
FIXTURE = {"bookingBusinesses": [{"id": "Ours@contoso.com", "displayName": "Ours"}]}


class Skipped(Exception):
    """The image cannot be tried here; the text says why."""


class Engine:
    """A container engine that answers: how it is called, and what its `run` needs here."""

    def __init__(self, command: tuple[str, ...], options: tuple[str, ...]) -> None:
        self.command = command
        self.options = options

    def __call__(self, *arguments: str | Path, is_checked: bool = True) -> str:
        """What a command of it prints. Raises RuntimeError with its words."""
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode and is_checked:
            raise RuntimeError(f"{' '.join(map(str, (*self.command, *arguments)))}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def run(self, *arguments: str) -> str:
        """Start a container in the network of this machine."""
        return self("run", *self.options, "--network", "host", *arguments)


def main() -> int:
    """Build, try, and give the exit code: 0 also where nothing can be tried."""
    try:
        engine = find_engine()
        build(engine)
    except Skipped as reason:
        print(f"container-test  skipped: {reason}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ours.json").write_text(json.dumps(FIXTURE), encoding="utf-8")
        Path(folder).chmod(0o755)
        check_image(engine)
        check_server(engine, folder)
        check_testcontainers(engine, Path(folder))
    print(f"container-test  {len(PASSED)} passed, 0 failed")
    return 0


def find_engine() -> Engine:
    """The first engine that answers. Raises Skipped."""
    said = []
    for command, options in ENGINES:
        if shutil.which(command[0]) is None:
            continue
        engine = Engine(command, options)
        try:
            engine("info")
        except RuntimeError as error:
            said.append(str(error).strip().splitlines()[-1])
            continue
        if command[0] == "docker" or _can_run(engine):
            return engine
        said.append(f"{' '.join(command)} cannot start containers here")
    raise Skipped("; ".join(said) or "neither docker nor podman is installed")


def _can_run(engine: Engine) -> bool:
    """Whether it can start anything: a container of a base made here does `true`."""
    if not engine("images", "-q", OWN_BASE):
        try:
            _make_base(engine)
        except Skipped:
            return True  # it may still pull a base
    try:
        engine.run("--rm", OWN_BASE, "true")
    except RuntimeError:
        return False
    return True


def build(engine: Engine) -> None:
    """Build the image from the Dockerfile. Raises Skipped where no base image can be had."""
    base = os.environ.get("BASE") or (OWN_BASE if engine("images", "-q", OWN_BASE) else None)
    arguments = ["--build-arg", f"BASE={base}"] if base else []
    if base == OWN_BASE:
        _fetch_wheels(engine)
        arguments += ["--build-arg", "PIP_NO_INDEX=1"]
    if engine.command[0] == "podman":
        arguments += ["--format", "docker", "--isolation", "chroot"]
    began = time.perf_counter()
    try:
        engine("build", *arguments, "--tag", IMAGE, ROOT)
    except RuntimeError as error:
        if base is None and any(each in str(error) for each in ("pull", "resolve", "registry", "lookup")):
            raise Skipped("the base image cannot be pulled (BASE=IMAGE names another)") from error
        raise
    print(f"container-test  built in {time.perf_counter() - began:.0f} s, {_size(engine):.0f} MB with its base")


def _size(engine: Engine) -> float:
    return int(json.loads(engine("inspect", IMAGE))[0]["Size"]) / 1e6


def _make_base(engine: Engine) -> None:
    """A base image out of Debian's packages. Raises Skipped."""
    if shutil.which("mmdebstrap") is None:
        raise Skipped("mmdebstrap is not installed")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "base.tar"
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(DEBIAN)}", "bookworm", tree]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Skipped(f"mmdebstrap: {done.stderr.strip().splitlines()[-1]}")
        engine("import", tree, OWN_BASE)


def _fetch_wheels(engine: Engine) -> None:
    """What the image installs, as wheels for the Python of the base made here, which has no way to a registry."""
    theirs = engine.run("--rm", OWN_BASE, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    ours = ".".join(map(str, sys.version_info[:2]))
    if theirs != ours:
        raise Skipped(f"the base made here has Python {theirs}, the wheels made here are for {ours} (BASE=IMAGE)")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", f"--wheel-dir={WHEELS}", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"the Python packages cannot be fetched: {done.stderr.strip().splitlines()[-1]}")


def check(what: str, is_so: bool, came: object = "") -> None:
    """Count a statement about the image that holds. Raises AssertionError for one that does not."""
    assert is_so, f"{what}: {came}"
    PASSED.append(what)
    print(f"container-test  {what}")


def check_image(engine: Engine) -> None:
    """What the image says of itself."""
    image = json.loads(engine("inspect", IMAGE))[0]
    settings = image["Config"]
    check("runs as nobody in particular", settings["User"] == "65532:65532", settings)
    health = settings.get("Healthcheck") or image.get("Healthcheck")  # docker, podman
    check("says how it is asked for its health", "bookings-emulator" in str(health), image)


def check_server(engine: Engine, folder: str) -> None:
    """What a container of it does, on a port that is not the usual one."""
    port = _free_port()
    with _started(engine, "--volume", f"{folder}:/fixtures:ro", "--", str(port), "--fixture", "ours.json") as name:
        found = _ask(f"http://127.0.0.1:{port}/v1.0/solutions/bookingBusinesses")["value"]
        names = [each["displayName"] for each in found]
        check("serves a mounted fixture from a read-only root", names == ["Ours"], names)
        user = engine("exec", name, "python3", "-c", "import os; print(os.getuid())")
        check("is that user", user == "65532", user)
        check("is healthy on any port", _health(engine, name) == "healthy", engine("logs", name))
        began = datetime.now(UTC)
        engine("kill", "--signal", "TERM", name)
        engine("wait", name)
        took = (_finished(engine, name) - began).total_seconds()
        check(f"ended {took:.2f} s after SIGTERM", took < 1.0)


def check_testcontainers(engine: Engine, folder: Path) -> None:
    """The recipe of the page for testcontainers runs, over the socket of the engine."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    (recipe,) = (each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "testcontainers" in each)
    environment = venv.EnvBuilder(with_pip=True)
    environment.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", TESTCONTAINERS], capture_output=True, check=False
    )
    if installed.returncode:
        print(f"container-test  testcontainers: skipped: {TESTCONTAINERS} cannot be installed")
        return
    engine("tag", IMAGE, "bookings-emulator:latest")
    with _socket(engine, folder) as settings:
        done = subprocess.run([python, "-c", recipe], env=settings, capture_output=True, text=True, check=False)
    check("runs with testcontainers", done.stdout == "200\n", done.stdout + done.stderr)


@contextmanager
def _socket(engine: Engine, folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which testcontainers finds the engine; podman is asked to listen."""
    settings = dict(os.environ)
    if engine.command[0] != "podman":
        yield settings
        return
    address = f"unix://{folder}/engine.sock"
    settings |= {"DOCKER_HOST": address, "TESTCONTAINERS_RYUK_DISABLED": "true"}
    settings |= {"TESTCONTAINERS_CONNECTION_MODE": "docker_host", "TESTCONTAINERS_HOST_OVERRIDE": "localhost"}
    (folder / "containers.conf").write_text(CONF if engine.options else "", encoding="utf-8")
    command = [*engine.command, "system", "service", "--time=0", address]
    theirs = {**settings, "CONTAINERS_CONF": str(folder / "containers.conf")}
    with subprocess.Popen(command, env=theirs, stderr=subprocess.DEVNULL) as service:
        try:
            while not (folder / "engine.sock").exists():
                assert service.poll() is None, "podman does not listen"
                time.sleep(0.05)
            yield settings
        finally:
            service.terminate()


def _finished(engine: Engine, name: str) -> datetime:
    """When a container ended, by the engine's own account; Go writes nanoseconds."""
    text = json.loads(engine("inspect", name))[0]["State"]["FinishedAt"]
    return datetime.fromisoformat(re.sub(r"\.(\d{6})\d*", r".\1", text))


@contextmanager
def _started(engine: Engine, *arguments: str) -> Iterator[str]:
    """A container with a read-only root; behind `--` come the port and further options of serve."""
    before, after = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    name = f"bookings-emulator-{os.getpid()}"
    engine.run("--detach", "--name", name, "--read-only", *before, IMAGE, "serve", "--port", *after)
    try:
        yield name
    except BaseException:
        print(engine("logs", name, is_checked=False), file=sys.stderr)
        raise
    finally:
        engine("rm", "--force", name, is_checked=False)


def _health(engine: Engine, name: str) -> str:
    """What the health check of the image says."""
    if engine.command[0] == "podman":
        return "healthy" if not engine("healthcheck", "run", name) else "unhealthy"
    for _ in range(100):
        status = engine("inspect", "--format", "{{.State.Health.Status}}", name)
        if status != "starting":
            return status
        time.sleep(0.1)
    return status


def _ask(url: str) -> Any:
    for _ in range(200):
        try:
            request = urllib.request.Request(url, headers={"Authorization": "Bearer any"})
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
