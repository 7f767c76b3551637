"""Serves the files of the inspector below `/_inspector`: nothing from outside, and nothing that may be framed."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from bookings_emulator.exchange import Response
from bookings_emulator.settings import Settings
from bookings_emulator.wire.guard import Stranger, check_caller
from bookings_emulator.wire.http import Receive, Scope, Send, read_head, write_response

PATH = "/_inspector"
_TYPES = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_TYPES["svg"] = "image/svg+xml"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Inspector:
    """The files as an ASGI application; what is in them is public, so they ask for no key, but they have one host."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file."""
        request = read_head(scope)
        await write_response(request.headers, self.answer(scope), send)

    def answer(self, scope: Scope) -> Response:
        """The file that a path names, the page itself for none."""
        path = scope["path"].removeprefix(PATH)
        try:
            check_caller(scope, self._settings)
        except Stranger as error:
            return _refusal(error.status, str(error))
        if scope["method"] not in ("GET", "HEAD"):
            return _refusal(405, f"{scope['method']} is not allowed at {PATH}; use GET")
        if not path:
            return Response(307, {**_SAFE, "Location": f"{scope.get('root_path', '')}{PATH}/"})
        name = path.removeprefix("/") or "index.html"
        content = _files().get(name)
        if content is None:
            return _refusal(404, f"the inspector has no file '{name}'; open {PATH}/")
        headers = {**_SAFE, "Content-Type": _TYPES[name.rpartition(".")[2]]}
        return Response(200, headers, b"" if scope["method"] == "HEAD" else content)


@cache
def _files() -> dict[str, bytes]:
    """All files by name; there is nothing else to be asked for."""
    found = (each for each in files(__package__).iterdir() if each.name.rpartition(".")[2] in _TYPES)
    return {each.name: each.read_bytes() for each in found}


def _refusal(status: int, text: str) -> Response:
    return Response(status, {**_SAFE, "Content-Type": "application/json"}, json.dumps({"error": text}).encode())
