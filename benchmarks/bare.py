"""What the emulator is measured against: a bare starlette application that answers recorded bytes.

    python benchmarks/bare.py PORT ANSWERS

`ANSWERS` is a JSON file written by `run.py`: the status, headers and body that the emulator gave for each of the cases.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

APPOINTMENTS = "/v1.0/solutions/bookingBusinesses/{business}/appointments"


def create_app(answers: dict[str, dict[str, object]]) -> Starlette:
    """Three routes and nothing else; the create reads and decodes its body, as any application would."""
    fixed = {name: _recorded(each) for name, each in answers.items()}

    def answer(name: str) -> Response:
        status, headers, body = fixed[name]
        return Response(body, status, headers)

    async def list_appointments(request: Request) -> Response:
        return answer("list")

    async def get_appointment(request: Request) -> Response:
        return answer("get")

    async def create_appointment(request: Request) -> Response:
        orjson.loads(await request.body())
        return answer("create")

    return Starlette(
        routes=[
            Route(APPOINTMENTS, list_appointments),
            Route(APPOINTMENTS, create_appointment, methods=["POST"]),
            Route(f"{APPOINTMENTS}/{{id}}", get_appointment),
        ]
    )


def _recorded(answer: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
    return int(str(answer["status"])), dict(answer["headers"]), str(answer["body"]).encode()  # type: ignore[call-overload]


def main() -> None:
    """Serve with the settings that `bookings_emulator/cli.py` gives uvicorn."""
    port, answers = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(2048)
    config = uvicorn.Config(
        create_app(answers),
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
