"""The grants of the token endpoint: who asks is made sure of, what is asked for is allowed, tokens are answered."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

import orjson

from bookings_emulator.exchange import Exchange
from bookings_emulator.identity.registration import check_redemption
from bookings_emulator.identity.token_request import (
    OPENID,
    Application,
    Form,
    allow,
    application_of,
    asked_for,
    need,
    person,
    scopes_of,
)
from bookings_emulator.identity.tokens import (
    GRAPH,
    LIFETIME,
    LONG_LIFETIME,
    TokenOptions,
    application,
    id_token,
    issue,
    permissions_of,
    read,
)
from bookings_emulator.json_values import read_json
from bookings_emulator.keys import base64url
from bookings_emulator.problem import Problem, did_you_mean
from bookings_emulator.store.personas import Persona
from bookings_emulator.store.sessions import CODE_LIFETIME, DEVICE_LIFETIME, PAGE_LIFETIME, REFRESH_LIFETIME, Grant
from bookings_emulator.tenant import Tenant

_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL = 5  # seconds between two polls


class Grants:
    """The grants of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._by_type = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._authorization_code,
            "password": self._password,
            "refresh_token": self._refresh_token,
            "device_code": self._device_code,
            _DEVICE: self._device_code,
        }

    def token(self, exchange: Exchange, form: Form) -> dict[str, Any]:
        """The answer of the token endpoint. Raises Problem aad.*."""
        if "grant_type" not in form and "json" in exchange.request.headers.get("content-type", ""):
            reason = "the body must be a form (application/x-www-form-urlencoded); got JSON"
            raise Problem("aad.missing", reason, name="grant_type")
        grant_type = need(form, "grant_type")
        grant = self._by_type.get(grant_type)
        if grant is None:
            known = ", ".join(self._by_type)
            reason = f"grant_type must be one of {known}; got '{grant_type}'{did_you_mean(grant_type, self._by_type)}"
            raise Problem("aad.grant_type", reason, g=grant_type)
        asking = application_of(self._tenant, form, exchange.request)
        answer = grant(exchange, form, asking)
        return _of_v1(answer) if _is_v1(exchange) else answer

    def device_code(self, exchange: Exchange, form: Form) -> dict[str, Any]:
        """The answer of the device code endpoint: a code for the device and one for the person. Raises Problem."""
        asking = application_of(self._tenant, form, exchange.request)
        scopes = scopes_of(form)
        asked_for(scopes, exchange)
        device = self._tenant.sessions.keep_device(asking.client_id, scopes, self._tenant.clock.now())
        where = f"{exchange.request.origin}/{self._tenant.guid}/oauth2/v2.0/deviceauth"
        return {
            "user_code": device.user_code,
            "device_code": device.code,
            "verification_uri": where,
            "expires_in": int(DEVICE_LIFETIME.total_seconds()),
            "interval": _INTERVAL,
            "message": f"To sign in, use a web browser to open the page {where} and enter the code {device.user_code} "
            "to authenticate.",
        }

    def _client_credentials(self, exchange: Exchange, form: Form, asking: Application) -> dict[str, Any]:
        check_redemption(asking, None, exchange.request)
        if not asking.proof:
            raise Problem("aad.nosecret", "client_credentials needs client_secret, or client_assertion with its type")
        words = [each for each in scopes_of(form) if each not in OPENID]
        if len(words) != 1 or not words[0].endswith("/.default"):
            reason = f"client_credentials needs exactly one scope, which ends with /.default, such as {GRAPH}/.default"
            raise Problem("aad.badscope", f"{reason}; got '{' '.join(words)}'", scope=" ".join(words))
        if asking.persona is None and self._tenant.auth != "open":
            reason = (
                f"only people sign in through {asking.client_id}; it is not an "
                "application of the fixture and has no secret"
            )
            raise Problem("aad.badsecret", reason, appid=asking.client_id)
        persona = asking.persona or application(asking.client_id)
        exchange.caller = persona.caller
        asked = asked_for(words, exchange)
        wanted = _wanted(form, asked.audience, None, asking)
        token = issue(self._tenant, persona, wanted)
        return _bearer(wanted, token)

    def _authorization_code(self, exchange: Exchange, form: Form, asking: Application) -> dict[str, Any]:
        codes, code = self._tenant.sessions.codes, need(form, "code")
        grant = self._good(codes.get(code), asking, "authorization code")
        if grant.is_used:
            raise Problem("aad.redeemed", "this authorization code has already been redeemed")
        if grant.redirect_uri != need(form, "redirect_uri"):
            facts = {"came": form["redirect_uri"], "expected": grant.redirect_uri}
            raise Problem("aad.replyaddress", "redirect_uri differs from the one the code was requested with", **facts)
        check_redemption(asking, grant.platform, exchange.request)
        if grant.challenge is not None and not _proves(grant, form.get("code_verifier", "")):
            raise Problem("aad.verifier", f"code_verifier does not match the code_challenge ({grant.challenge_method})")
        codes[code] = grant._replace(is_used=True)
        return self._signed_in(exchange, form, asking, grant)

    def _refresh_token(self, exchange: Exchange, form: Form, asking: Application) -> dict[str, Any]:
        word = need(form, "refresh_token")
        grant = self._good(self._tenant.sessions.refreshes.get(word), asking, "refresh token")
        check_redemption(asking, grant.platform, exchange.request)
        return self._signed_in(exchange, form, asking, grant, ends=grant.expires if grant.platform == "spa" else None)

    def _password(self, exchange: Exchange, form: Form, asking: Application) -> dict[str, Any]:
        username, password = need(form, "username"), need(form, "password")
        persona = person(self._tenant, username)
        if persona is None or not hmac.compare_digest((persona.password or "").encode(), password.encode()):
            known = ", ".join(each.upn for each in self._tenant.personas.values() if each.upn)
            reason = (
                "the password is wrong" if persona else f"nobody has the user name '{username}'; people are {known}"
            )
            raise Problem("aad.badpw", reason)
        return self._signed_in(exchange, form, asking, self._grant(persona, asking, scopes_of(form)))

    def _device_code(self, exchange: Exchange, form: Form, asking: Application) -> dict[str, Any]:
        word = form.get("device_code") or need(form, "code")
        device = self._tenant.sessions.devices.get(word)
        if device is None or device.expires <= self._tenant.clock.now():
            raise Problem("aad.devexpired", "the device code does not exist, or it expired on the tenant's clock")
        _check_client(device.client_id, asking, "device code")
        if device.is_declined:
            raise Problem("aad.declined", "the sign-in of this device was declined")
        persona = self._tenant.personas.get(device.persona or "")
        if persona is None:
            reason = "nobody has approved the device yet: open its page, or use GET /_emulator/device-codes"
            raise Problem("aad.pending", reason)
        del self._tenant.sessions.devices[word]
        return self._signed_in(exchange, form, asking, self._grant(persona, asking, device.scopes))

    def _grant(self, persona: Persona, asking: Application, scopes: tuple[str, ...]) -> Grant:
        return Grant(persona.name, asking.client_id, scopes, self._tenant.clock.now() + CODE_LIFETIME)

    def _good(self, grant: Grant | None, asking: Application, what: str) -> Grant:
        """A grant that can be used. Raises Problem."""
        if grant is None:
            raise Problem("aad.grant", f"unknown {what}: it was never issued here, was revoked, or a reset removed it")
        if grant.expires <= self._tenant.clock.now():
            reason = f"the {what} expired at {grant.expires:%Y-%m-%dT%H:%M:%SZ} on the tenant's clock"
            is_of_page = what == "refresh token" and grant.platform == "spa"
            issued = f"{grant.expires - PAGE_LIFETIME:%Y-%m-%dT%H:%M:%S.%f}0Z"
            raise Problem("aad.pagegrant" if is_of_page else "aad.grant", reason, issued=issued)
        _check_client(grant.client_id, asking, what)
        return grant

    def _signed_in(
        self, exchange: Exchange, form: Form, asking: Application, grant: Grant, ends: datetime | None = None
    ) -> dict[str, Any]:
        """The tokens of a person; `ends` is when a refresh token of theirs is over that cannot be extended."""
        tenant = self._tenant
        persona = tenant.personas.get(grant.persona)
        if persona is None:
            raise Problem("aad.grant", f"the persona '{grant.persona}' no longer exists")
        exchange.caller = persona.caller
        words = scopes_of(form) or grant.scopes
        asked = asked_for(words, exchange)
        allow(tenant, persona, asked, asking.client_id)
        wanted = _wanted(form, asked.audience, asked.permissions, asking)
        answer = _bearer(wanted, issue(tenant, persona, wanted))
        held = permissions_of(persona) if asked.permissions is None else asked.permissions
        # names come back as they were asked for: a client finds a token in its cache by the names it knows
        is_named = any("/" in each for each in words) and "://" in asked.audience
        prefix = f"{asked.audience.rstrip('/')}/" if is_named else ""
        answer["scope"] = " ".join(
            [*(prefix + each for each in sorted(held)), *sorted(asked.openid - {"offline_access"})]
        )
        openid = asked.openid.union(each for each in grant.scopes if each in OPENID)
        if "offline_access" in openid or _is_v1(exchange):
            lifetime = PAGE_LIFETIME if grant.platform == "spa" else REFRESH_LIFETIME
            ends = ends or tenant.clock.now() + lifetime
            kept = Grant(persona.name, asking.client_id, grant.scopes, ends, platform=grant.platform)
            answer["refresh_token"] = tenant.sessions.keep_refresh(kept)
        if "openid" in openid or _is_v1(exchange):
            origin = exchange.request.origin
            answer["id_token"] = id_token(tenant, persona, asking.client_id, origin, grant.nonce)
        info = orjson.dumps({"uid": persona.object_id, "utid": tenant.guid})
        answer["client_info"] = base64url(info)
        return answer


def _check_client(client_id: str, asking: Application, what: str) -> None:
    """A code or refresh token is good for the client that it was issued to. Raises Problem."""
    if client_id != asking.client_id:
        raise Problem("aad.grant", f"the {what} was issued to the client {client_id}, not to this one")


def _is_v1(exchange: Exchange) -> bool:
    """Whether the endpoint of v1 was called, which gives a refresh token and an ID token unasked."""
    return "/v2.0/" not in exchange.request.path


def _wanted(form: Form, audience: str, permissions: frozenset[str] | None, asking: Application) -> TokenOptions:
    is_challengeable = "CP1" in _capabilities(form.get("claims", ""))
    lifetime = LONG_LIFETIME if is_challengeable else LIFETIME
    return TokenOptions(audience, permissions, lifetime, asking.client_id, asking.proof, is_challengeable)


def _capabilities(claims: str) -> list[Any]:
    """What a client says in `claims` that it can do; anything else there is tolerated."""
    try:
        values = read_json(claims)["access_token"]["xms_cc"]["values"]
    except (ValueError, KeyError, TypeError):
        return []
    return values if isinstance(values, list) else []


def _bearer(wanted: TokenOptions, token: str) -> dict[str, Any]:
    answer = {"token_type": "Bearer", "expires_in": wanted.lifetime, "ext_expires_in": wanted.lifetime}
    if wanted.is_challengeable:
        answer["refresh_in"] = wanted.lifetime // 2
    return {**answer, "access_token": token}


def _of_v1(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of the v1 endpoint: numbers as text, and the times of the token beside it."""
    claims = read(answer["access_token"])
    answer |= {"expires_on": claims["exp"], "not_before": claims["nbf"], "resource": claims["aud"]}
    return {name: str(value) if isinstance(value, int) else value for name, value in answer.items()}


def _proves(grant: Grant, verifier: str) -> bool:
    if grant.challenge_method.upper() == "S256":
        verifier = base64url(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(verifier.encode(), (grant.challenge or "").encode())
