"""Assertions: what an application signs with its certificate and sends in the place of a secret (RFC 7523)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bookings_emulator.identity.tokens import SKEW, is_signed_by, read, read_head
from bookings_emulator.keys import Certificate, certificate_of
from bookings_emulator.problem import Problem
from bookings_emulator.store.personas import Persona
from bookings_emulator.urls import parts_of

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ("RS256", "PS256")
_LATEST = 2**37  # seconds; the year 6325, well before the last that a datetime can hold
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{27}=?|[A-Za-z0-9_-]{43}=?")
_LOGIN = ("login.microsoftonline.com", "login.windows.net", "sts.windows.net")


def check_assertion(assertion: str, client_id: str, persona: Persona | None, origin: str) -> None:
    """Check who an assertion is of, who signed it, whom it is for and how long it is good. Raises Problem aad.*.

    `persona` is the application; one that nobody has described has no certificate to compare with. `origin` is where
    the client sees the emulator. Time is that of the machine, not of the tenant: the client knows no other.
    """
    head, claims = read_head(assertion), read(assertion)
    if not head or not claims:
        raise Problem("aad.assertionform", "client_assertion is not a JWT: its header or claims cannot be read")
    if head.get("alg") not in _ALGORITHMS:
        reason = f"an assertion must be signed with {' or '.join(_ALGORITHMS)}; its header has alg {head.get('alg')!r}"
        raise Problem("aad.assertionform", reason)
    if any(str(claims.get(name)).lower() != client_id.lower() for name in ("iss", "sub")):
        reason = f"the claims iss and sub of client_assertion must both be the client id {client_id}"
        raise Problem("aad.assertion", reason)
    if persona is not None:
        _check_signature(assertion, head, persona)
    _check_audience(claims.get("aud"), origin)
    _check_time(claims, datetime.now(UTC))


def _check_signature(assertion: str, head: dict[str, Any], persona: Persona) -> None:
    """An assertion is signed by the key of the certificate whose thumbprint it names."""
    given = {name: head[name] for name in ("x5t#S256", "x5t") if name in head}
    named = [_thumbprint(each) for each in given.values()]
    certificates = (certificate_of(persona.name),) if persona.certificates is None else persona.certificates
    found = next((each for each in certificates if named and {each.sha1, each.sha256}.issuperset(named)), None)
    shown = " and ".join(each.hex().upper() for each in named)
    if found is None:
        came = " and ".join(f"{name} {value!r}" for name, value in given.items()) or "neither x5t#S256 nor x5t"
        came += f", which is {shown} in hexadecimal" if shown else ", which no base64url of a thumbprint" * bool(given)
        reason = f"{_known(persona, certificates)}; the header of the assertion has {came}"
        part = f", Thumbprint of key used by client: '{shown}'" if shown else ""
        raise Problem("aad.assertionkey", reason, appid=persona.client_id, thumbprint=part)
    start, end = (f"{each:%m/%d/%Y %H:%M:%S}" for each in (found.start, found.end))
    facts = {"thumbprint": shown, "start": start, "end": end}
    if not found.start <= datetime.now(UTC) <= found.end:
        reason = f"the certificate {shown} of the persona '{persona.name}' is valid from {found.start} to {found.end}"
        raise Problem("aad.assertioncertificate", reason, **facts)
    if not is_signed_by(assertion, found.key, *_ALGORITHMS):
        reason = f"the persona '{persona.name}' has the certificate {shown}, but its key does not verify the signature"
        raise Problem("aad.assertionsignature", reason, **facts)


def _known(persona: Persona, certificates: Sequence[Certificate]) -> str:
    """Which certificates an application has, and where the usual one comes from."""
    if not certificates:
        return f"the fixture gives the persona '{persona.name}' no certificates"
    thumbprints = " and ".join(each.sha1.hex().upper() for each in certificates)
    known = f"the persona '{persona.name}' has the certificate {thumbprints}"
    if persona.certificates is not None:
        return known
    hint = (
        f"`bookings-emulator certificate --persona {persona.name}` prints it with its key, and a fixture can set others"
    )
    return f"{known} ({hint})"


def _thumbprint(value: object) -> bytes:
    """The bytes of x5t or x5t#S256; empty for what is no base64url, or too long or short for a SHA-1 or SHA-256."""
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        return b""
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _check_audience(audience: object, origin: str) -> None:
    """An assertion is for the token endpoint or the issuer of some tenant, here or at the real address."""
    asked, here = parts_of(str(audience)), parts_of(origin)
    is_here = asked.netloc == here.netloc or asked.hostname in _LOGIN
    if not is_here or not asked.path.rstrip("/").endswith(("/token", "/v2.0")):
        wanted = f"{here.scheme}://{here.netloc}/{{tenant}}/oauth2/v2.0/token"
        raise Problem("aad.assertionaudience", f"the claim aud must be the token endpoint ({wanted}); got {audience!r}")


def _check_time(claims: dict[str, Any], now: datetime) -> None:
    """An assertion must say when it expires, and be good at the time of this machine."""
    for name in ("exp", "nbf"):
        if not isinstance(claims.get(name, 0), (int, float)):
            raise Problem("aad.assertionform", f"the claim {name} must be seconds since 1970; got {claims[name]!r}")
    first, last = _moment(claims.get("nbf", 0)), _moment(claims.get("exp", 0))
    grace = timedelta(seconds=SKEW)
    if first - grace <= now < last + grace:
        return
    start, end, present = (f"{each:%Y-%m-%dT%H:%M:%S.%f}0Z" for each in (first, last, now))
    good = f"is valid from {start} (nbf) to {end} (exp)" if "exp" in claims else "has no exp"
    reason = f"the assertion {good}; this machine's clock is at {present}"
    raise Problem("aad.assertiontime", reason, now=present, start=start, end=end)


def _moment(seconds: float) -> datetime:
    """A claim that counts seconds; what no clock shows is long over."""
    return datetime.fromtimestamp(seconds if 0 <= seconds < _LATEST else 0, UTC)
