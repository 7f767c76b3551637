"""Serves an application on a free port of this machine, in a thread, as long as it is needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The URL of an application while it is served."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def receiver(flow: Any) -> Starlette:
    """An application that runs a flow for every notification it gets; 202 is what Logic Apps answers to one."""

    async def take(request: Request) -> Response:
        await run_in_threadpool(flow, await request.json())
        return Response(status_code=202)

    return Starlette(routes=[Route("/notifications", take, methods=["POST"])])
