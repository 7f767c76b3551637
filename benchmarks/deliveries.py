"""Appointments with five subscriptions each: every notification arrives, in order, and memory stays within bounds.

    python benchmarks/deliveries.py [APPOINTMENTS]

The emulator runs in this process, the receiver in another one on loopback. Ends with 1 where anything is missing, comes
twice, comes out of order, or memory grows by more than MOST_MEMORY.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SUBSCRIPTIONS = 5
MOST_MEMORY = 200  # MB for ten thousand appointments and what waits and is remembered of fifty thousand notifications
PATIENCE = 900.0


def main() -> int:
    """Make the appointments, wait for the notifications, hold what came against what was made."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    command = [sys.executable, str(Path(__file__).resolve()), "--receive"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout
        port = int(receiver.stdout.readline())
        try:
            return _measure(count, port)
        finally:
            receiver.terminate()


def _measure(count: int, port: int) -> int:
    from tests.conftest import HOME, Graph, booking, make_tenant
    from tests.connector_quirks import Connector

    tenant = make_tenant()
    graph = Graph(tenant)
    for number in range(SUBSCRIPTIONS):
        Connector(graph).subscribe("Created", url=f"http://127.0.0.1:{port}/{number}")
    before, most_waiting, began = _memory(), 0, time.perf_counter()
    ids = []
    for _ in range(count):
        ids.append(graph.post(f"{HOME}/appointments", booking()).json["id"])
        most_waiting = max(most_waiting, tenant.deliveries.waiting)
    created = time.perf_counter() - began
    tenant.deliveries.settled().result(PATIENCE)
    settled = time.perf_counter() - began
    grown = _memory() - before
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
        came = json.load(answer)
    wrong = [path for path in map(str, range(SUBSCRIPTIONS)) if came.get(path) != ids]
    statuses = {each.status for each in tenant.deliveries.all()}
    total = sum(map(len, came.values()))
    pace = total / settled
    print(f"{count} appointments in {created:.1f} s, {total} notifications in {settled:.1f} s ({pace:.0f}/s)")
    print(f"at most {most_waiting} waited; memory grew by {grown:.0f} MB; statuses {', '.join(sorted(statuses))}")
    print(f"{len(wrong)} of {SUBSCRIPTIONS} subscriptions with something lost, doubled or out of order")
    return int(bool(wrong) or statuses != {"delivered"} or grown > MOST_MEMORY)


def _memory() -> float:
    """The most memory this process ever had, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


# the receiver


async def _receive() -> None:
    came: dict[str, list[str]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path = head.decode("latin-1").split(" ", 2)[:2]
                answer: Any = b""
                if method == "POST":
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                    body = json.loads(await reader.readexactly(length))
                    came.setdefault(path.strip("/"), []).append(body["Id"])
                else:
                    answer = json.dumps(came).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if "--receive" in sys.argv:
        asyncio.run(_receive())
    sys.exit(main())
