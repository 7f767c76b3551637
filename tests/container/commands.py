"""The commands of the page about the image, and each row of its table, run in a checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.container import page
from tests.container.engine import IMAGE, Engine, ask
from tests.container.images import provide
from tests.container.packages import ROOT, WHEELS
from tests.container.report import Report, Skipped
from tests.documents import blocks
from tests.workflows import load, shell

_NAMED = {"bookingBusinesses": [{"id": "Ours@contoso.com", "displayName": "Ours"}]}
_ASK = """import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1]).status)
except urllib.error.HTTPError as error:
    print(error.code)"""


class Image:
    """The image in a checkout, and how the page says it is used."""

    def __init__(self, engine: Engine, checkout: Path, report: Report) -> None:
        self.engine = engine
        self.checkout = checkout
        self.report = report
        self.base = ""

    def check(self) -> None:
        """Everything in turn. Raises Skipped where the image cannot even be built."""
        default = re.findall(r"^ARG BASE=(.+)$", (self.checkout / "Dockerfile").read_text(encoding="utf-8"), re.M)
        provide(self.engine, default[0], self.report)
        build, run, wheels = page.commands("The image")
        began = time.perf_counter()
        shell(build, self.checkout, os.environ)
        size = self.engine.inspect(IMAGE)["Size"] / 1e6
        took = time.perf_counter() - began
        self.report.check(f"`{build}` does, in {took:.0f} s, and makes {size:.0f} MB with its base")
        user = self.engine.inspect(IMAGE)["Config"]["User"]
        self.report.check("runs as nobody in particular", user == "65532:65532", user)
        self._try("run", lambda: self._run(run))
        self._try("compose", self._compose)
        self._try("receiver", self._receiver)
        self._try("https", self._https)
        self.report.say(f"not run, since what it fetches is there: `{wheels}`")
        for row in page.rows():
            assert row.name in ROWS, f"nothing tries the row '{row.name}' of {page.PAGE.name}"
            self._try(row.name, partial(ROWS[row.name], self, row))
        self._control_host()

    def _try(self, name: str, check: Callable[[], None]) -> None:
        try:
            check()
        except Skipped as reason:
            self.report.skip(name, reason)

    def _run(self, command: str) -> None:
        """The command of the page in the foreground, the calls of README to it, and the end by a signal."""
        need_port(8365)
        quiet = subprocess.DEVNULL
        with subprocess.Popen(shlex.split(command), cwd=self.checkout, stdout=quiet, stderr=quiet) as started:
            try:
                ask("http://localhost:8365/_emulator/health")
                name = self.engine("ps", "-q", "--filter", "publish=8365")
                self.report.check(f"`{command}` is healthy", self.engine.health(name) == "healthy")
                calls = (each.text for each in blocks(ROOT / "README.md") if "curl" in each.text)
                answer = shell(next(calls).replace("curl -s", "curl -sS --fail-with-body"), self.checkout, os.environ)
                self.report.check("answers the calls of README", "Contoso Dental" in answer, answer)
            finally:
                began = time.perf_counter()
                started.send_signal(signal.SIGTERM)
                started.wait(10)
        left = self.engine("ps", "-q", "--filter", "publish=8365")
        self.report.check(f"ended {time.perf_counter() - began:.1f} s after the signal", not left)

    def _compose(self) -> None:
        need_compose(self.engine)
        need_port(8365)
        command = page.span("docker compose up")
        try:
            shell(command, self.checkout, os.environ)
            ask("http://localhost:8365/_emulator/health")
            self.report.check(f"`{command}` does")
        finally:
            self.engine("compose", "down", "--timeout", "1", "--volumes", "--rmi", "local", folder=self.checkout)

    def _receiver(self) -> None:
        """The commands of the page in their order; the compose file that it shows is the one that they start."""
        need_compose(self.engine)
        need_port(8365)
        need_port(7071)
        kept = load((self.checkout / "examples/receiver/compose.yaml").read_text(encoding="utf-8"))
        shown = load(page.recipe("A receiver in another container", "yaml", first=True))
        self.report.check("the compose file with a receiver is the one that is shown", kept == shown)
        provide(self.engine, kept["services"]["receiver"]["image"], self.report)
        start, trigger, ask_receiver, stop = page.commands("A receiver in another container")
        try:
            shell(start, self.checkout, os.environ)
            shell(trigger, self.checkout, os.environ)
            (came,) = json.loads(shell(ask_receiver, self.checkout, os.environ))
            is_so = came["path"] == "/booked" and "ServiceName" in came["notification"]
            self.report.check("a receiver in a second container gets the notification", is_so, came)
        finally:
            shell(stop, self.checkout, os.environ)

    def _https(self) -> None:
        """The commands of the page in their order; one that calls stands in for the tests of node."""
        need_port(8365)
        need_port(8366)
        start, wait, fetch, test, stop = page.commands("https in a container")
        try:
            for each in (start, wait, fetch):
                shell(each, self.checkout, os.environ)
            trusted = test.partition("=")[2].split()[0]
            call = f"curl -sS --fail --cacert {trusted} https://localhost:8366/common/discovery/v2.0/keys"
            self.report.check(f"`{fetch}` is what to trust", "keys" in shell(call, self.checkout, os.environ))
        finally:
            shell(stop, self.checkout, os.environ)

    @contextmanager
    def started(self, options: str = "", command: str = "", port: int = 8365) -> Iterator[tuple[str, str]]:
        """A container started with words of the page: its name and its address."""
        name = f"bookings-emulator-{os.getpid()}-{time.monotonic_ns()}"
        words = f"docker run --detach --name {name} --publish 127.0.0.1::{port} {options} {IMAGE} {command}"
        try:
            shell(words, self.checkout, os.environ)
            yield name, f"http://{self.engine('port', name, f'{port}/tcp')}"
        except AssertionError:
            self.report.say(self.engine("logs", name, is_checked=False))
            raise
        finally:
            self.engine("rm", "--force", name, is_checked=False)

    def _build(self, *options: str) -> dict[str, str]:
        """Build with options under another name; the labels of what came."""
        tag = f"{IMAGE}-{os.getpid()}"
        shell(f"docker build {' '.join(options)} --tag {tag} .", self.checkout, os.environ)
        try:
            assert "bookings-emulator" in self.engine("run", "--rm", tag, "version")
            return dict(self.engine.inspect(tag)["Config"]["Labels"] or {})
        finally:
            self.engine("rmi", tag)

    def _base(self, row: page.Row) -> None:
        """Another base; in our own engine it holds no packages, and is built from together with the wheels."""
        self.base = row.ways[0][0]
        provide(self.engine, self.base.partition("BASE=")[2], self.report, "debian")
        if not self.engine.is_own:
            self._build(self.base)
            self.report.check(f"builds with `{self.base}`")

    def _wheels(self, row: page.Row) -> None:
        folder, option = row.ways[0]
        if not self.engine.is_own:
            self.report.skip(row.name, "the wheels are for the Python of Debian")
            return
        shutil.copytree(WHEELS, self.checkout / folder, dirs_exist_ok=True)
        labels = self._build(self.base, option)
        is_so = labels.get("stands-in-for") == self.base.partition("BASE=")[2]
        self.report.check(f"builds with `{self.base}`, wheels in `{folder}` and `{option}`", is_so, labels)

    def _fixtures(self, row: page.Row) -> None:
        options, command, *_ = row.ways[0]  # the name that callers of /_emulator use stands behind
        (self.checkout / "fixtures" / "ours.json").write_text(json.dumps(_NAMED), encoding="utf-8")
        with self.started(options, command) as (_, url):
            names = _businesses(url)
        self.report.check(f"serves a fixture of `{options}`", names == ["Ours"], names)

    def _scenarios(self, row: page.Row) -> None:
        options, command, *_ = row.ways[0]
        folder = self.checkout / "scenarios"
        shutil.copy(folder / "slot-taken.toml", folder / "ours.toml")
        shell(f"docker run --rm {options} {IMAGE} {command}", self.checkout, os.environ)
        self.report.check(f"plays a scenario of `{options}`")

    def _port(self, row: page.Row) -> None:
        for (way,) in row.ways:
            options, command = (way, "") if way.startswith("-") else ("", way)
            with self.started(options, command, port=9000) as (name, url):
                ask(f"{url}/_emulator/health")
                self.report.check(f"is healthy with `{way}`", self.engine.health(name) == "healthy")

    def _option(self, row: page.Row) -> None:
        (option,) = row.ways[-1]
        with self.started(option) as (_, url):
            names = _businesses(url)
        self.report.check(f"takes `{option}`", bool(names) and "Contoso Dental" not in names, names)

    def _read_only(self, row: page.Row) -> None:
        (option,) = row.ways[0]
        with self.started(option) as (_, url):
            self.report.check(f"serves with `{option}`", "Contoso Dental" in _businesses(url))

    def _state(self, row: page.Row) -> None:
        """A business of one container is there in the next one, which has the same volume and a read-only root."""
        options, command = row.ways[0]
        volume = options.split()[-1].partition(":")[0]
        try:
            with self.started(options, command) as (name, url):
                ask(f"{url}/v1.0/solutions/bookingBusinesses", body={"displayName": "Ours"})
                self.engine("stop", name)
            with self.started(f"{options} --read-only", command) as (_, url):
                self.report.check(f"keeps records in `{options}`", "Ours" in _businesses(url))
        finally:
            self.engine("volume", "rm", volume, is_checked=False)

    def _health(self, row: page.Row) -> None:
        asked = self.engine.inspect(IMAGE)["Config"]["Healthcheck"]["Test"]
        self.report.check("asks for its health as the page says", asked == ["CMD", *row.ways[0][0].split()], asked)

    def _end(self, row: page.Row) -> None:
        with self.started() as (name, url):
            ask(f"{url}/_emulator/health")
            user = self.engine("exec", name, "python3", "-c", "import os; print(os.getuid())")
            assert user == "65532", user
            began = datetime.now(UTC)
            self.engine("kill", "--signal", "TERM", name)
            self.engine("wait", name)
            took = (self.engine.finished(name) - began).total_seconds()
        self.report.check(f"ended {took:.2f} s after SIGTERM", took < 1.0)

    def _control_host(self) -> None:
        """Another container calls the control plane under a name, which must have been given."""
        network = f"bookings-emulator-{os.getpid()}"
        self.engine("network", "create", network)
        option = page.span("-e BOOKINGS_EMULATOR_CONTROL_HOST=")
        any_name = option.partition("=")[0] + "='*'"
        try:
            for words, expected in (("", "403"), (option, "200"), (any_name, "200")):
                with self.started(f"--network {network} --network-alias bookings {words}") as (_, url):
                    ask(f"{url}/_emulator/health")
                    caller = ("--rm", "--network", network, "--entrypoint", "python3", IMAGE, "-c", _ASK)
                    said = self.engine("run", *caller, "http://bookings:8365/_emulator/journal")
                how = f"with `{words}`" if words else "without a name"
                self.report.check(f"answers {expected} to another container {how}", said == expected, said)
        finally:
            self.engine("network", "rm", network)


# row of the table → what tries it
ROWS: dict[str, Callable[[Image, page.Row], None]] = {
    "another base": Image._base,
    "no registry of Python packages": Image._wheels,
    "your own fixtures": Image._fixtures,
    "your own scenarios": Image._scenarios,
    "another port": Image._port,
    "any other option": Image._option,
    "records that outlive the container": Image._state,
    "a read-only root": Image._read_only,
    "health": Image._health,
    "the end": Image._end,
}


def need_port(port: int) -> None:
    """Raise Skipped where something on this machine has the port that the page publishes."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Skipped(f"port {port} of this machine is taken")


def need_compose(engine: Engine) -> None:
    """Raise Skipped where the engine has no `docker compose`."""
    try:
        engine("compose", "version")
    except RuntimeError:
        raise Skipped("docker compose is not installed") from None


def _businesses(url: str) -> list[str]:
    return [each["displayName"] for each in ask(f"{url}/v1.0/solutions/bookingBusinesses")["value"]]
