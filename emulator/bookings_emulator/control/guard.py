"""Who may drive the emulator: callers on this machine and under named hosts, with the key where one is asked for."""

from __future__ import annotations

import hmac

from starlette.requests import Request

from bookings_emulator.control.routing import ControlRefusal
from bookings_emulator.settings import Settings

HEADER = "x-emulator-key"
# a page on the internet can make a browser call a local port, but only under a host name of its own;
# testserver is what in-process test clients call themselves
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "host.docker.internal", "testserver", ""})


def admit(request: Request, settings: Settings) -> None:
    """Let a call in. Raises ControlRefusal with 403 for a foreign host, with 401 for a missing or wrong key."""
    host = _name(request.headers.get("host", ""))
    if host not in _LOOPBACK and host not in settings.hosts and "*" not in settings.hosts:
        raise ControlRefusal(
            f"the control plane answers on this machine and to named hosts; '{host}' is neither: "
            f"start with --control-host {host}, or * for any",
            403,
        )
    if settings.key is not None and not request.url.path.endswith("/_emulator/health"):
        came = request.headers.get(HEADER)
        if came is None or not hmac.compare_digest(came.encode(), settings.key.encode()):
            said = "none came" if came is None else "another one came"
            raise ControlRefusal(
                f"the control plane is behind a key; send it in the header X-Emulator-Key; {said}", 401
            )


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
