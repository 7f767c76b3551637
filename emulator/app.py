"""The composition root: which plane answers which path, in one visible table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from emulator.tenant import Tenant
from emulator.wire.graph import GraphPlane
from emulator.wire.http import Receive, Response, Scope, Send, write_response

Plane = Callable[[Scope, Receive, Send], Awaitable[None]]


class App:
    """The whole emulator as an ASGI application; paths of no other plane are Graph's, which refuses what it lacks."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._graph = GraphPlane(tenant)
        self._planes: dict[str, Plane] = {"_emulator": _Late(lambda: _control(tenant)), "": _to_index}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its plane."""
        if scope["type"] == "http":
            first = scope["path"].strip("/").partition("/")[0]
            await self._planes.get(first, self._graph)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)


class _Late:
    """A plane that is made with its first request, since its imports would make every start slower."""

    def __init__(self, make: Callable[[], Plane]) -> None:
        self._make = make
        self._plane: Plane | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._plane = self._plane or self._make()
        await self._plane(scope, receive, send)


def _control(tenant: Tenant) -> Plane:
    from emulator.control.routes import control

    return control(tenant)


async def _to_index(scope: Scope, receive: Receive, send: Send) -> None:
    await write_response({}, Response(307, {"Location": "/_emulator"}), send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def create_app(
    *fixtures: str, seed: int | None = None, now: str | None = None, quirks: Mapping[str, Any] | None = None
) -> App:
    """An emulator to mount or to call in process.

    `fixtures` are names or files (default: `default`), `seed` makes ids repeatable, `now` freezes the clock at a moment
    such as `2026-01-05T08:00:00Z`, `quirks` switches quirks by id. Raises FixtureError and QuirkError.
    """
    from secrets import randbelow

    from emulator.store.seed import load_fixture, utc

    return App(
        Tenant(
            [load_fixture(each) for each in fixtures or ("default",)],
            seed=randbelow(2**31) if seed is None else seed,
            frozen=utc(now) if now else None,
            quirks=quirks,
        )
    )
