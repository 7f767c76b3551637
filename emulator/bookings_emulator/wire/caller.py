"""Who a bearer token stands for: a persona of the fixtures, the claims of a token, or anyone.

How a token is taken depends on the tenant's level. `open` takes any, `check` those that say who calls, `strict` those
that were issued here. A token that was issued here is verified at every level: signature, audience and lifetime, which
runs on the tenant's clock.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bookings_emulator.caches import keep_answers
from bookings_emulator.domain.outcome import ANYONE, Caller
from bookings_emulator.exchange import Exchange, Remark, Request
from bookings_emulator.problem import Problem
from bookings_emulator.store.seed import default_personas
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import format_instant
from bookings_emulator.wire.claims import UNDECLARED, caller_of_claims
from bookings_emulator.wire.http import Scope

_REMEMBERED = 1024  # tokens of a tenant
_LONGEST_WORD = 64  # characters of a token that may be a misspelled name
_LIKENESS = 0.75  # from which on a token is taken for one
_LONGEST = 8192  # characters of one that is remembered
_LIKE = {"page": "graph"}  # whose tokens are taken where a plane has none of its own
_NEEDED = {
    "open": "any token will do",
    "check": "send the name of a persona, or a JWT with the caller's claims",
    "strict": "get one from /{tenant}/oauth2/v2.0/token or POST /_emulator/tokens",
}


class Meaning(NamedTuple):
    """What a token in the form of a JWT says, whatever the time and the plane.

    `planes` are those it is made for; `span` is when it may be used, in seconds since 1970: from, and not any more.
    """

    caller: Caller
    claims: dict[str, Any]
    is_own: bool
    is_signed: bool
    planes: frozenset[str]
    span: tuple[float, float]


def caller_of(exchange: Exchange, tenant: Tenant) -> Caller:
    """The caller of a request to a plane (`graph`, `connector`). Raises Problem auth.*.

    A token that is the name of a persona is that persona; one in the form of a JWT is the persona, or else the
    application or person, that its claims tell, with the permissions they carry. Any other token is `anyone`, who may
    do everything; where it looks like the name of a persona, the exchange is told so.
    """
    request, plane = exchange.request, _LIKE.get(exchange.plane, exchange.plane)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        if tenant.settings.allow_anonymous:
            return UNDECLARED
        raise Problem("auth.empty", f"the request has no 'Authorization: Bearer TOKEN' header; {_NEEDED[tenant.auth]}")
    level = tenant.auth
    persona = tenant.personas.get(token)
    if persona and level != "strict":
        return persona.caller
    if token.count(".") != 2:
        if level == "open":
            exchange.remarks += _find_misspelling(token, tuple(tenant.personas))
            return UNDECLARED
        code = "auth.compact" if "." in token else "auth.notjwt"
        raise Problem(code, f"level {level}: {_NEEDED[level]}; the token is not a JWT")
    meaning = _meaning(token, tenant)
    _check_home(meaning, tenant)
    _check_level(meaning, tenant)
    if meaning.is_own:
        _verify_token(meaning, request, tenant, plane)
    return meaning.caller


@keep_answers(1024)
def _find_misspelling(word: str, personas: tuple[str, ...]) -> tuple[Remark, ...]:
    """What to tell a caller whose token is nearly the name of a persona, or that of one that only others have."""
    if len(word) > _LONGEST_WORD:
        return ()
    from difflib import get_close_matches  # wanted by few calls

    by_lower = {each.lower(): each for each in (*default_personas(), *personas)}
    found = get_close_matches(word.lower(), by_lower, 1, _LIKENESS)
    if not found:
        return ()
    near = by_lower[found[0]]
    there = f"did you mean '{near}'?"
    if near not in personas:
        known = ", ".join(personas) or "none"
        there = f"'{near}' is a persona of the default fixture; the fixtures of this tenant name {known}"
    said = f"'{word}' names no persona of this tenant, so the caller is {ANYONE}, who may do everything; {there}"
    return (Remark("unknown-persona", said),)


def tenant_word(scope: Scope) -> str:
    """The tenant that a request names by its token (`tid`), before anything else is read of it; empty for none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return _tid(value)
    return ""


@keep_answers(1024, _LONGEST)
def _tid(authorization: bytes) -> str:
    token = authorization.partition(b" ")[2].strip().decode("latin-1")
    if token.count(".") != 2:
        return ""
    from bookings_emulator.identity.tokens import read  # a first request has no such token

    return str(read(token).get("tid", ""))


def _meaning(token: str, tenant: Tenant) -> Meaning:
    known = tenant.sessions.meanings
    found = known.get(token)
    if found is None:
        from bookings_emulator.identity.tokens import AUDIENCES, SKEW, is_for, is_own, is_signed, read

        claims = read(token)
        own = is_own(token, tenant)
        caller = caller_of_claims(claims, tenant, is_own=own)
        if own and caller.permissions is None:
            caller = caller._replace(permissions=frozenset())  # of a token issued here nothing else is known
        planes = frozenset(each for each in AUDIENCES if is_for(claims.get("aud"), each, ""))
        span = _read_seconds(claims, "nbf") - SKEW, _read_seconds(claims, "exp") + SKEW
        found = Meaning(caller, claims, own, own and is_signed(token, tenant.start.seed), planes, span)
        if len(known) >= _REMEMBERED:
            known.clear()
        if len(token) <= _LONGEST:
            known[token] = found
    return found


def _check_level(meaning: Meaning, tenant: Tenant) -> None:
    """Hold a token to the level of the tenant, and to the revocations of its persona."""
    level = tenant.auth
    if level == "check" and not meaning.is_own and meaning.caller.kind == "undeclared":
        if not meaning.claims:
            raise Problem("auth.compact", f"level check: {_NEEDED[level]}; the token cannot be read")
        raise Problem(
            "auth.noperm", "level check: a JWT must have scp or roles, or name a persona by oid, upn or appid"
        )
    if level == "strict" and not meaning.is_own:
        code = "auth.signature" if meaning.claims else "auth.compact"
        raise Problem(code, f"level strict: only tokens issued here are accepted; {_NEEDED[level]}")
    since = tenant.sessions.revoked.get(meaning.caller.name, 0) if tenant.sessions.revoked else 0
    if since and _read_seconds(meaning.claims, "iat") < since:
        wanted = f'{{"access_token":{{"nbf":{{"essential":true, "value":"{since}"}}}}}}'
        reason = f"the sessions of '{meaning.caller.name}' were revoked; only tokens issued later are accepted"
        raise Problem("auth.claims", reason, claims=b64encode(wanted.encode()).decode())


def _verify_token(meaning: Meaning, request: Request, tenant: Tenant, plane: str) -> None:
    """Verify a token that claims to be issued here."""
    if not meaning.is_signed:
        raise Problem("auth.signature", "the token names this tenant's key, but that key did not sign it")
    if plane not in meaning.planes or tenant.auth == "strict":
        _verify_issue(meaning, request, tenant, plane)
    now, there = tenant.clock.now(), "the tenant's clock is at"
    seconds, (first, last) = now.timestamp(), meaning.span
    if seconds >= last:
        expired = f"the token expired at {_format_claim(meaning, 'exp')}; {there} {format_instant(now)}"
        raise Problem("auth.expired", expired)
    if seconds < first:
        early = f"the token is not valid before {_format_claim(meaning, 'nbf')}; {there} {format_instant(now)}"
        raise Problem("auth.early", early)


def _verify_issue(meaning: Meaning, request: Request, tenant: Tenant, plane: str) -> None:
    """Verify for whom a token is, and at the level strict who issued it."""
    from bookings_emulator.identity.tokens import AUDIENCES, is_for, issuer_of
    from bookings_emulator.urls import parts_of

    claims = meaning.claims
    if plane not in meaning.planes:
        host = parts_of(request.origin).hostname or ""
        if not is_for(claims.get("aud"), plane, host):
            wanted = ", ".join(AUDIENCES[plane])
            raise Problem(
                "auth.audience", f"the token is for {claims.get('aud')}; this plane accepts {wanted} or {host}"
            )
    if tenant.auth == "strict" and claims.get("iss") != issuer_of(tenant):
        raise Problem("auth.issuer", f"the token's issuer is {claims.get('iss')}; this tenant is {issuer_of(tenant)}")


def _format_claim(meaning: Meaning, name: str) -> str:
    """A claim that is seconds since 1970, as a moment."""
    return format_instant(datetime.fromtimestamp(_read_seconds(meaning.claims, name), UTC))


def _check_home(meaning: Meaning, tenant: Tenant) -> None:
    """Refuse the token of another tenant of this process, whatever the level: what it leads to is not here."""
    word = str(meaning.claims.get("tid", ""))
    other = tenant.find_other(word) if word and word != tenant.guid else None
    if other is not None:
        here = f"this is the tenant '{tenant.name}' ({tenant.guid})"
        raise Problem("auth.issuer", f"the token was issued by the tenant '{other.name}' ({other.guid}); {here}")


def _read_seconds(claims: dict[str, Any], name: str) -> int:
    """A claim that is seconds since 1970; 0 for none."""
    value = claims.get(name)
    return value if isinstance(value, int) else 0
