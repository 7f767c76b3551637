"""The server that a scenario is played against: its calls over httpx, and its control plane where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

ANYBODY = "scenario"  # a token that names no persona


class Lost(Exception):
    """No whole answer came."""


class NoControl(Exception):
    """The server has no control plane; the message says what it is needed for."""


def key_header(key: str | None) -> dict[str, str]:
    """The header that opens a control plane behind a key."""
    return {"X-Emulator-Key": key} if key else {}


@dataclass
class ScenarioServer:
    """A server and what is known of it.

    `origin` is what paths are appended to, `control` the URL of its control plane, None where it has none. `tokens`
    are bearer tokens by persona; for a persona without one its name is the token. `receiver` takes notifications, `key`
    opens the control plane.
    """

    client: httpx.AsyncClient
    origin: str
    control: str | None = None
    tenant: str = "common"
    receiver: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None

    async def call(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> httpx.Response:
        """One call of an emulated plane. Raises Lost where no whole answer comes."""
        return await self._send(method, f"{self.origin}{path}", headers, content)

    async def steer(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        """One call of the control plane, `path` below /_emulator. Raises NoControl and Lost."""
        if self.control is None:
            raise NoControl(f"needs the control plane ({method} /_emulator{path}), and this server has none")
        headers = {"Content-Type": "application/json"} if content is not None else {}
        headers |= key_header(self.key)
        return await self._send(method, f"{self.control}{path}", headers, content)

    async def look(self, path: str) -> Any:
        """What the control plane shows at a path. Raises NoControl and Lost."""
        answer = await self.steer("GET", path)
        if answer.status_code != 200:
            raise NoControl(f"GET /_emulator{path} answered {answer.status_code}")
        return answer.json()

    def token(self, persona: str | None) -> str:
        """The bearer token of a persona; None is whoever may do everything."""
        if persona is None:
            return self.tokens.get("", ANYBODY)
        return self.tokens.get(persona, persona)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> httpx.Response:
        import httpx

        try:
            return await self.client.request(method, url, headers=dict(headers), content=content)
        except (httpx.TransportError, httpx.DecodingError, ConnectionError) as error:  # the last one in process
            raise Lost(f"{type(error).__name__}: {error}".rstrip(": ")) from error
