"""Other emulators on the same list, for a look beside: Mockoon, Prism, moto and emulate, by npm and pip where they are.

    python benchmarks/peers.py

Each serves its own list of twenty records of a kilobyte or two, since none of them has Bookings; a peer that cannot be
installed or started is left out, with the reason. Nothing is held against an aim.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson
import planted
import servers
from load import Generator, Job
from wrk import Wrk, generator

ROWS = 20
_GIVE_UP = 30.0  # seconds until it must answer
_INSTALL = 300.0
_PATH = "/appointments"


class PeerError(Exception):
    """A peer cannot be measured here; the message says why."""


class Peer(NamedTuple):
    """Another emulator: how it gets here, how it is started, and what is asked of it.

    `make` writes what it needs into a folder and gives the command; `{port}` is filled in.
    """

    name: str
    packages: Sequence[str]
    make: Callable[[Path], Sequence[str]]
    path: str = _PATH


def main() -> None:
    """Measure one after the other, and print a line for each."""
    with tempfile.TemporaryDirectory() as name, generator() as load:
        folder = Path(name)
        print(f"list of {ROWS}, 16 connections, by {load.name}; every server for two seconds")
        fixture = folder / "ours.json"
        fixture.write_bytes(orjson.dumps(planted.fixture(ROWS)))
        path = f"/v1.0/solutions/bookingBusinesses/{planted.BUSINESS.replace('@', '%40')}/appointments"
        with servers.emulator(path, "--fixture", str(fixture)) as ours:
            _show("bookings-emulator", load, ours.port, path, ours.first_answer)
        for peer in PEERS:
            try:
                _measure(peer, folder / peer.name, load)
            except PeerError as error:
                print(f"{peer.name:20} left out: {error}")


def _measure(peer: Peer, folder: Path, load: Wrk | Generator) -> None:
    folder.mkdir()
    _install(peer.packages, folder)
    began = time.perf_counter()
    with _served(peer.make(folder), folder, peer.path) as port:
        _show(peer.name, load, port, peer.path, time.perf_counter() - began)


def _show(name: str, load: Wrk | Generator, port: int, path: str, ready: float) -> None:
    request = servers.request("GET", path)
    load.run(Job(port, [request], 16, 1.0))
    found = load.run(Job(port, [request], 16, 2.0))
    print(f"{name:20} {found.rate:9,.0f}/s   99 of 100 within {found.p99:7.2f} ms   first answer {ready * 1e3:6.0f} ms")


def _install(packages: Sequence[str], folder: Path) -> None:
    if not packages:
        return
    npm = shutil.which("npm")
    is_python = packages[0].startswith("pip:")
    if not is_python and npm is None:
        raise PeerError("npm is not installed")
    command = (
        [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), *(each[4:] for each in packages)]
        if is_python
        else [str(npm), "install", "--silent", "--no-fund", "--no-audit", *packages]
    )
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL, check=False)
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"it was not installed within {_INSTALL:.0f} s") from error
    if done.returncode:
        raise PeerError(f"it cannot be installed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")


@contextmanager
def _served(command: Sequence[str], folder: Path, path: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "PYTHONPATH": str(folder), "PORT": str(port)}
    try:
        process = subprocess.Popen(
            [each.format(port=port) for each in command],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise PeerError(f"it cannot be started: {error}") from error
    try:
        _wait(process, port, path)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    give_up = time.perf_counter() + _GIVE_UP
    question = servers.request("GET", path).encode()
    while time.perf_counter() < give_up and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(question)
                answer = connection.recv(64)
        except OSError:
            time.sleep(0.01)
            continue
        if b" 200" in answer[:15]:
            return
        raise PeerError(f"{path} is answered with {answer[:40]!r}")
    raise PeerError("it does not answer")


def _rows() -> list[dict[str, object]]:
    return [{"id": f"appointment{each}", **planted.appointment(each)} for each in range(ROWS)]


def _mockoon(folder: Path) -> Sequence[str]:
    body = json.dumps({"value": _rows()})
    response = {
        "uuid": "00000000-0000-4000-8000-000000000002", "body": body, "statusCode": 200, "label": "", "latency": 0,
        "headers": [{"key": "Content-Type", "value": "application/json"}], "bodyType": "INLINE", "filePath": "",
        "databucketID": "", "sendFileAsBody": False, "rules": [], "rulesOperator": "OR", "disableTemplating": True,
        "fallbackTo404": False, "default": True, "crudKey": "id", "callbacks": [],
    }  # fmt: skip
    route = {
        "uuid": "00000000-0000-4000-8000-000000000001", "type": "http", "documentation": "", "method": "get",
        "endpoint": _PATH[1:], "responses": [response], "responseMode": None, "streamingMode": None,
        "streamingInterval": 0,
    }  # fmt: skip
    environment = {
        "uuid": "00000000-0000-4000-8000-000000000000", "lastMigration": 33, "name": "list", "endpointPrefix": "",
        "latency": 0, "port": 3000, "hostname": "127.0.0.1", "folders": [], "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}], "proxyMode": False, "proxyHost": "",
        "proxyRemovePrefix": False, "tlsOptions": {"enabled": False}, "cors": False, "headers": [],
        "proxyReqHeaders": [], "proxyResHeaders": [], "data": [], "callbacks": [],
    }  # fmt: skip
    (folder / "list.json").write_text(json.dumps(environment))
    command = ["node_modules/.bin/mockoon-cli", "start", "--data", "list.json", "--port", "{port}"]
    return [*command, "--disable-log-to-file"]


def _prism(folder: Path) -> Sequence[str]:
    content = {"application/json": {"example": {"value": _rows()}}}
    answers = {"200": {"description": "the list", "content": content}}
    document = {
        "openapi": "3.0.3", "info": {"title": "list", "version": "1"}, "paths": {_PATH: {"get": {"responses": answers}}}
    }  # fmt: skip
    (folder / "openapi.json").write_text(json.dumps(document))
    return ["node_modules/.bin/prism", "mock", "openapi.json", "-p", "{port}", "-h", "127.0.0.1"]


def _moto(folder: Path) -> Sequence[str]:
    return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"]


def _emulate(folder: Path) -> Sequence[str]:
    return ["node_modules/.bin/emulate", "start", "--service", "github", "--port", "{port}"]


PEERS = (
    Peer("mockoon", ["@mockoon/cli"], _mockoon),
    Peer("prism", ["@stoplight/prism-cli"], _prism),
    Peer("moto", ["pip:moto[server]"], _moto, "/moto-api/data.json"),
    Peer("emulate", ["emulate"], _emulate, "/users"),
)

if __name__ == "__main__":
    main()
