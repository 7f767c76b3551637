"""What an application has registered: the addresses it may be called back at, by platform, and what follows from that.

Nothing is checked of an application that describes no platform.
"""

from __future__ import annotations

from bookings_emulator.exchange import Request
from bookings_emulator.identity.token_request import Application
from bookings_emulator.problem import Problem, did_you_mean
from bookings_emulator.urls import parts_of

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def find_platform(asking: Application, address: str) -> str | None:
    """The platform that an address is registered for; None if none is described. Raises Problem aad.redirect."""
    platforms = asking.persona.platforms if asking.persona else None
    if platforms is None:
        return None
    for platform, addresses in platforms.items():
        if any(_is_same(each, address) for each in addresses):
            return platform
    known = [f"{each} ({platform})" for platform, addresses in platforms.items() for each in addresses]
    near = did_you_mean(address, [each for addresses in platforms.values() for each in addresses])
    reason = f"redirect_uri must be one of those registered for '{asking.client_id}': {', '.join(known) or 'none'}"
    raise Problem("aad.redirect", f"{reason}; got '{address}'{near}", came=address, appid=asking.client_id)


def check_redemption(asking: Application, platform: str | None, request: Request) -> None:
    """Who may redeem what was sent to an address of a platform: spa a page, all others no page. Raises Problem."""
    if asking.persona is None or asking.persona.platforms is None:
        return
    origin, where = request.headers.get("origin"), f"the redirect address is registered for the platform {platform}"
    if platform == "spa" and origin is None:
        raise Problem("aad.samesite", f"{where}, so a page redeems it and sends Origin; got no Origin")
    if platform != "spa" and origin is not None:
        where = where if platform else "a grant without a redirect address belongs on a server"
        reason = (
            f"{where}, so a page may not use it: use the authorization code flow with "
            "an address registered for spa, or send no Origin"
        )
        raise Problem("aad.crossorigin", f"{reason}; got Origin {origin}", origin=origin)
    if platform == "web" and not asking.proof:
        raise Problem("aad.nosecret", f"{where}, which needs client_secret or client_assertion; got neither")


def _is_same(registered: str, address: str) -> bool:
    """Addresses are compared letter by letter, but for the port of loopback and the slash of an empty path."""
    return _comparable(registered) == _comparable(address)


def _comparable(address: str) -> str:
    parts = parts_of(address)
    host = parts.hostname or ""
    netloc = host if parts.scheme == "http" and host in _LOOPBACK else parts.netloc
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()
