"""Who a bearer token stands for: a persona of the fixtures, the claims of a token, or an administrator."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from functools import lru_cache
from typing import Any

import orjson

from emulator.domain.outcome import Caller
from emulator.exchange import Request
from emulator.problem import Problem
from emulator.tenant import Tenant
from emulator.wire.http import Scope

UNDECLARED = Caller()


def caller_of(request: Request, tenant: Tenant) -> Caller:
    """The caller of a request. Raises Problem auth.empty where there is no bearer token.

    A token that is the name of a persona is that persona; one in the form of a JWT is who its claims say (read, not
    verified); any other token is an administrator that may do everything.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Problem("auth.empty", "the request has no 'Authorization: Bearer TOKEN' header; any token will do")
    persona = tenant.personas.get(token)
    if persona:
        return persona.caller
    return _declared(token) if token.count(".") == 2 else UNDECLARED


def tenant_word(scope: Scope) -> str:
    """The tenant that a request names by its token (`tid`), before anything else is read of it; empty for none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return _tid(value)
    return ""


@lru_cache(maxsize=4096)
def _tid(authorization: bytes) -> str:
    token = authorization.partition(b" ")[2].strip().decode("latin-1")
    return str(_claims(token).get("tid", "")) if token.count(".") == 2 else ""


def _declared(token: str) -> Caller:
    """The caller that claims tell: roles without scp, or idtyp app, is an application; scp is a delegated caller."""
    claims = _claims(token)
    name = str(claims.get("upn") or claims.get("app_displayname") or claims.get("appid") or "token")
    if claims.get("idtyp") == "app" or (claims.get("roles") and not claims.get("scp")):
        return Caller(name, "application")
    if claims.get("scp"):
        return Caller(name, "delegated")
    return UNDECLARED


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    try:
        claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
