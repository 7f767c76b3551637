"""Tokens as the identity platform issues them: made for a persona on the tenant's clock, read and verified again."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode
from functools import lru_cache
from typing import Any, NamedTuple
from warnings import catch_warnings

from bookings_emulator.contract.load import OVERLAYS, load
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.ids import guid_of
from bookings_emulator.json_values import read_json
from bookings_emulator.keys import base64url, key_of, kid_of
from bookings_emulator.store.personas import Persona
from bookings_emulator.stubs.ready_made import load_ready_made
from bookings_emulator.tenant import Tenant
from bookings_emulator.urls import parts_of

GRAPH = "https://graph.microsoft.com"
API_HUB = "https://apihub.azure.com"
# who reads the tokens of a plane: its audiences, in lower case and without a slash at the end
AUDIENCES = {
    "graph": (GRAPH, "00000003-0000-0000-c000-000000000000"),
    "connector": (API_HUB, "https://management.core.windows.net", "https://service.flow.microsoft.com"),
}
LIFETIME = 3599  # seconds, as the real service says
LONG_LIFETIME = 86_399  # of clients that can answer a claims challenge (CP1)
SKEW = 300  # seconds that clocks may differ
# what a token on request can be wrong by
WRONGS = ("expired", "not-yet-valid", "audience", "tenant", "signature", "no-permissions")
_ISSUER = "https://sts.windows.net/{}/"
_OUTDATED = 7200  # seconds


class TokenOptions(NamedTuple):
    """What an access token shall say beside who it is for.

    `permissions` None gives all that the persona has. `client_id` is the application a person signs in to. `proof` is
    how that application showed itself: 0 not at all, 1 by a secret, 2 by an assertion. `wrong` is one of WRONGS.
    """

    audience: str = GRAPH
    permissions: frozenset[str] | None = None
    lifetime: int = LIFETIME
    client_id: str | None = None
    proof: int = 1
    is_challengeable: bool = False
    wrong: str | None = None


@lru_cache(maxsize=2)
def all_permissions(kind: str) -> frozenset[str]:
    """Every permission of Bookings for `delegated` or `application` callers."""
    names: set[str] = set()
    for version in OVERLAYS:
        for operation in load(version).operations.values():
            for each in (operation.permissions, operation.root_permissions):
                names |= each.accepted.get(kind, frozenset()) if each else frozenset()
    beside = (row.permissions[kind][:1] for row in load_ready_made())
    return frozenset(names).union(*beside)


def permissions_of(persona: Persona) -> frozenset[str]:
    """What a persona may ask for: what the fixture gives it, else everything there is."""
    given = persona.caller.permissions
    return all_permissions(persona.caller.kind) if given is None else given


def application(client_id: str) -> Persona:
    """The application that nobody has described: one that may do everything."""
    caller = Caller(name=client_id, kind="application", client_id=client_id)
    return Persona(caller, guid_of("application", client_id), client_id)


def issue(tenant: Tenant, persona: Persona, wanted: TokenOptions) -> str:
    """An access token for a persona, in the form of v1.0 as Graph's are."""
    tid = guid_of("tenant", f"other than {tenant.name}") if wanted.wrong == "tenant" else tenant.guid
    audience = "https://vault.azure.net" if wanted.wrong == "audience" else wanted.audience
    issuer = _ISSUER.format(tid)
    claims = {"aud": audience, "iss": issuer, **_times(tenant, persona, wanted)}
    claims |= _application(persona) if persona.caller.kind == "application" else _person(persona)
    claims |= {
        "appid": wanted.client_id or persona.client_id,
        "appidacr": str(wanted.proof),
        "idp": issuer,
        "oid": persona.object_id,
        "rh": "0.",
        "tid": tid,
        "uti": base64url(bytes.fromhex(tenant.sessions.guid().replace("-", ""))),
        "ver": "1.0",
    }
    if wanted.is_challengeable:
        claims["xms_cc"] = ["CP1"]
    if wanted.wrong != "no-permissions":
        claims |= _permissions(persona, wanted)
    token = _signed(tenant, claims)
    return _spoilt(token) if wanted.wrong == "signature" else token


def id_token(tenant: Tenant, persona: Persona, client_id: str, origin: str, nonce: str | None) -> str:
    """What tells an application who signed in; `origin` is where the application sees the tenant's authority."""
    claims = {
        "aud": client_id,
        "iss": f"{origin}/{tenant.guid}/v2.0",
        **_times(tenant, persona, TokenOptions()),
        "name": persona.name,
        "oid": persona.object_id,
        "preferred_username": persona.upn,
        "rh": "0.",
        "sub": _pairwise(persona, client_id),
        "tid": tenant.guid,
        "uti": base64url(bytes.fromhex(tenant.sessions.guid().replace("-", ""))),
        "ver": "2.0",
    }
    if persona.upn:
        claims["email"] = persona.upn
    if nonce is not None:
        claims["nonce"] = nonce
    return _signed(tenant, claims)


def read(token: str) -> dict[str, Any]:
    """The claims of a token, unverified; empty for what is none."""
    return _part(token, 1)


def read_head(token: str) -> dict[str, Any]:
    """The header of a token, unverified; empty for what is none."""
    return _part(token, 0)


def is_own(token: str, tenant: Tenant) -> bool:
    """Whether a token says that the key of the tenant signed it."""
    return read_head(token).get("kid") == kid_of(tenant.start.seed)


def is_signed(token: str, seed: int) -> bool:
    """Whether the key of a seed signed a token."""
    return is_signed_by(token, key_of(seed).public_key(), "RS256")


def is_signed_by(token: str, key: Any, *algorithms: str) -> bool:
    """Whether a public key tells that its owner signed a token; what the token says is not looked at."""
    import jwt

    try:
        with catch_warnings(action="ignore"):  # of keys that are short
            jwt.PyJWS().decode_complete(token, key, algorithms=list(algorithms))
    except jwt.InvalidTokenError:
        return False
    return True


def issuer_of(tenant: Tenant) -> str:
    """Who issues the access tokens of a tenant."""
    return _ISSUER.format(tenant.guid)


def is_for(audience: object, plane: str, host: str) -> bool:
    """Whether an audience is that of a plane, or the host name under which the emulator was called."""
    text = str(audience).lower().rstrip("/")
    return text in AUDIENCES[plane] or (host != "" and (parts_of(text).hostname or "") == host)


def _part(token: str, number: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = read_json(urlsafe_b64decode(parts[number] + "=" * (-len(parts[number]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _times(tenant: Tenant, persona: Persona, wanted: TokenOptions) -> dict[str, int]:
    """When a token was issued and how long it is good; never before the persona's latest revocation."""
    now = max(int(tenant.clock.now().timestamp()), tenant.sessions.revoked.get(persona.name, 0))
    if wanted.wrong == "expired":
        now -= wanted.lifetime + _OUTDATED
    start = now + _OUTDATED if wanted.wrong == "not-yet-valid" else now
    return {"iat": now, "nbf": start, "exp": start + wanted.lifetime}


def _application(persona: Persona) -> dict[str, Any]:
    return {"app_displayname": persona.name, "idtyp": "app", "sub": persona.object_id}


def _person(persona: Persona) -> dict[str, Any]:
    return {
        "acct": 0,
        "acr": "1",
        "amr": ["pwd"],
        "app_displayname": "Bookings emulator",
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": persona.name,
        "sub": _pairwise(persona, GRAPH),
        "unique_name": persona.upn,
        "upn": persona.upn,
    }


def _permissions(persona: Persona, wanted: TokenOptions) -> dict[str, Any]:
    names = sorted(permissions_of(persona) if wanted.permissions is None else wanted.permissions)
    if not names:
        return {}
    return {"roles": names} if persona.caller.kind == "application" else {"scp": " ".join(names)}


def _pairwise(persona: Persona, application: str) -> str:
    """The subject: another one for each application, the same one every time."""
    return base64url(hashlib.sha256(f"{persona.object_id} {application}".encode()).digest())


def _signed(tenant: Tenant, claims: dict[str, Any]) -> str:
    import jwt

    seed = tenant.start.seed
    return jwt.encode(claims, key_of(seed), "RS256", headers={"kid": kid_of(seed)})


def _spoilt(token: str) -> str:
    """A token whose signature is another one."""
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[::-1]}"
