"""The composition root: which plane answers which path, in one visible table."""

from __future__ import annotations

from emulator.tenant import Tenant
from emulator.wire.graph import GraphPlane
from emulator.wire.http import Receive, Response, Scope, Send, write_response


class App:
    """The whole emulator as an ASGI application; paths of no other plane are Graph's, which refuses what it lacks."""

    def __init__(self, tenant: Tenant) -> None:
        from emulator.control.routes import control

        self.tenant = tenant
        self._graph = GraphPlane(tenant)
        self._planes = {"_emulator": control(tenant)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its plane."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            first = scope["path"].partition("/")[2].partition("/")[0]
            plane = self._planes.get(first)
            if plane is not None:
                path = scope["path"] if scope["path"] != f"/{first}" else f"/{first}/"
                await plane({**scope, "path": path, "root_path": f"/{first}"}, receive, send)
            elif scope["path"] == "/":
                await write_response({}, Response(307, {"Location": "/_emulator/"}), send)
            else:
                await self._graph(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def create_app(*fixtures: str, seed: int | None = None, now: str | None = None) -> App:
    """An emulator to mount or to call in process.

    `fixtures` are names or files (default: `default`), `seed` makes ids repeatable, `now` freezes the clock at a moment
    such as `2026-01-05T08:00:00Z`. Raises FixtureError.
    """
    from secrets import randbelow

    from emulator.store.seed import load_fixture, utc

    return App(
        Tenant(
            [load_fixture(each) for each in fixtures or ("default",)],
            seed=randbelow(2**31) if seed is None else seed,
            frozen=utc(now) if now else None,
        )
    )
