"""The caller that the claims of a token describe: a persona, an application, or a person."""

from __future__ import annotations

from typing import Any

from bookings_emulator.domain.outcome import Caller
from bookings_emulator.store.personas import Persona
from bookings_emulator.tenant import Tenant

UNDECLARED = Caller()
_PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of all personal accounts
_CARRIED_IN = {"application": "roles", "delegated": "scp"}


def caller_of_claims(claims: dict[str, Any], tenant: Tenant, *, is_own: bool) -> Caller:
    """The persona that claims name, else the application or the person they describe, with the permissions they carry.

    A token issued here carries all its permissions; one from elsewhere that carries none has those of its persona.
    """
    kind, persona = _recognize(claims, tenant)
    permissions = _read_permissions(claims, _CARRIED_IN[kind])
    if persona is not None:
        if permissions is None and not is_own:
            permissions = persona.caller.permissions
        return persona.caller._replace(permissions=permissions, client_id=_client_id(claims) or persona.client_id)
    if kind == "delegated" and not claims.get("scp"):
        return UNDECLARED
    if permissions is None and tenant.auth != "open":
        permissions = frozenset()  # what cannot be read gives nothing
    return _describe_caller(claims, kind, permissions)


def _recognize(claims: dict[str, Any], tenant: Tenant) -> tuple[str, Persona | None]:
    """The kind of caller that claims describe, and the persona they name.

    `idtyp` app, or roles without scp, is an application. Claims that say neither may still name one by its id.
    """
    is_application = claims.get("idtyp") == "app" or bool(claims.get("roles") and not claims.get("scp"))
    kind = "application" if is_application else "delegated"
    persona = _find_persona(claims, kind, tenant)
    if persona is None and not (claims.get("scp") or claims.get("upn")):
        persona = _find_persona(claims, "application", tenant)
    return (persona.caller.kind if persona else kind), persona


def _describe_caller(claims: dict[str, Any], kind: str, permissions: frozenset[str] | None) -> Caller:
    return Caller(
        name=str(claims.get("upn") or claims.get("app_displayname") or _client_id(claims) or "token"),
        kind=kind,
        permissions=permissions,
        client_id=_client_id(claims),
        is_personal=claims.get("tid") == _PERSONAL_ACCOUNTS,
        upn=claims["upn"] if isinstance(claims.get("upn"), str) else None,
    )


def _client_id(claims: dict[str, Any]) -> Any:
    """The id of the calling application: `appid`, or `azp` of version 2."""
    return claims.get("appid") or claims.get("azp")


def _find_persona(claims: dict[str, Any], kind: str, tenant: Tenant) -> Persona | None:
    """The persona that claims name: a person by oid or upn, an application by oid, appid or (v2) azp."""
    oid, upn = (str(claims.get(name, "")).lower() for name in ("oid", "upn"))
    appid = str(claims.get("appid") or claims.get("azp") or "").lower()
    for each in tenant.personas.values():
        if each.caller.kind == kind:
            other = (each.upn or "").lower() if kind == "delegated" else each.client_id.lower()
            if oid == each.object_id or (other and other == (upn if kind == "delegated" else appid)):
                return each
    return None


def _read_permissions(claims: dict[str, Any], name: str) -> frozenset[str] | None:
    """The permissions that a token carries; None where it tells none that can be understood."""
    value = claims.get(name)
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list):
        return frozenset(map(str, value))
    return None
