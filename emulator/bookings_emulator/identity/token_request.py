"""What a request to the identity platform asks for and who asks: the application, the person, the scopes."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_plus

from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.identity.client_assertion import TYPE, check_assertion
from bookings_emulator.identity.tokens import AUDIENCES, GRAPH, read
from bookings_emulator.problem import Problem
from bookings_emulator.store.personas import Persona
from bookings_emulator.tenant import Tenant
from bookings_emulator.urls import parts_of

Form = dict[str, str]

OPENID = ("openid", "profile", "email", "offline_access")
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "host.docker.internal"}


class Application(NamedTuple):
    """The application that asks: its client id, the persona it is (None: nobody has described it) and its proof.

    `proof` is 0 for none, 1 for a secret, 2 for an assertion.
    """

    client_id: str
    persona: Persona | None
    proof: int


class Asked(NamedTuple):
    """What is asked for: an audience, permissions of it (None: all that were given), and scopes of OpenID."""

    audience: str
    permissions: frozenset[str] | None
    openid: frozenset[str]


def application_of(tenant: Tenant, form: Form, request: Request) -> Application:
    """The application that asks, by its client id, with its secret or assertion checked. Raises Problem aad.*.

    At level open, one that nobody has described may ask too, by any secret and with any certificate.
    """
    client_id, secret = _named(form, request)
    assertion = form.get("client_assertion")
    if not client_id and assertion:
        client_id = str(read(assertion).get("iss") or "")
    if not client_id:
        need(form, "client_id")
    known = [each for each in tenant.personas.values() if each.client_id.lower() == client_id.lower()]
    client_id = known[0].client_id if known else client_id
    persona = next((each for each in known if each.caller.kind == "application"), None)
    if not known and tenant.auth != "open":
        reason = f"no persona has the client id '{client_id}'; level {tenant.auth} requires one from the fixture"
        raise Problem("aad.noapp", reason, appid=client_id, tenant=tenant.domain)
    if assertion:
        if need(form, "client_assertion_type") != TYPE:
            raise Problem(
                "aad.malformed", f"client_assertion_type must be {TYPE}; got '{form['client_assertion_type']}'"
            )
        check_assertion(assertion, client_id, persona, request.origin)
        return Application(client_id, persona, 2)
    if persona and secret is not None and secret not in persona.secrets:
        reason = f"the persona '{persona.name}' has no such secret"
        raise Problem("aad.badsecret", reason, appid=client_id)
    return Application(client_id, persona, 1 if secret else 0)


def _named(form: Form, request: Request) -> tuple[str, str | None]:
    """Client id and secret of the form, or else of a basic header. Raises Problem aad.malformed."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret")
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return client_id, secret
    try:
        name, _, word = b64decode(basic + "==").decode("utf-8", "replace").partition(":")
    except ValueError as error:
        reason = f"a Basic header must hold the base64 of 'client id:secret'; this one does not: {error}"
        raise Problem("aad.malformed", reason) from error
    return client_id or unquote_plus(name), secret or unquote_plus(word)


def person(tenant: Tenant, hint: str) -> Persona | None:
    """The person of a user principal name or of a persona's name."""
    hint = hint.lower()
    for each in tenant.personas.values():
        if each.upn and hint in (each.upn.lower(), each.name.lower()):
            return each
    return None


def asked_for(scopes: Iterable[str], exchange: Exchange) -> Asked:
    """What scopes ask for; a scope without a resource is one of Graph. Raises Problem."""
    host = (parts_of(exchange.request.origin).hostname or "").lower()
    audience, names, openid, is_default = "", set(), set(), False
    for word in scopes:
        if word in OPENID:
            openid.add(word)
            continue
        resource, slash, name = word.rpartition("/")
        resource = resource if slash else GRAPH
        if audience and resource != audience:
            raise Problem(
                "aad.scope", f"all scopes must belong to one resource; got {audience} and {resource}", scope=word
            )
        audience = _known(resource, host)
        is_default = is_default or name == ".default"
        names.add(name)
    permissions = None if is_default or not names else frozenset(names)
    return Asked(audience or GRAPH, permissions, frozenset(openid))


def allow(tenant: Tenant, persona: Persona, asked: Asked, client_id: str) -> None:
    """Refuse permissions that the fixture does not give a person. Raises Problem aad.consent."""
    given = persona.caller.permissions
    if given is not None and asked.permissions is not None and not asked.permissions <= given:
        more = ", ".join(sorted(asked.permissions - given))
        reason = f"the persona '{persona.name}' has no {more}; its permissions are {', '.join(sorted(given)) or 'none'}"
        raise Problem("aad.consent", reason, appid=client_id, name="Bookings emulator")


def _known(resource: str, host: str) -> str:
    """A resource that tokens are issued for: Graph, the API hub, or the emulator by its own host name."""
    bare = resource.lower().rstrip("/")
    name = parts_of(bare).hostname if "://" in bare else None
    if any(bare in names for names in AUDIENCES.values()) or (name and name in {*_LOOPBACK, host}):
        return resource
    known = ", ".join(names[0] for names in AUDIENCES.values())
    reason = f"tokens are issued for {known} and this host ({host}); got '{resource}'"
    raise Problem("aad.noresource", reason, uri=resource, tenant="the emulator")


def scopes_of(form: Form) -> tuple[str, ...]:
    """The scopes of a request; the v1 endpoints say `resource` instead."""
    if "resource" in form:
        return (f"{form['resource'].rstrip('/')}/.default", *OPENID)
    return tuple(form.get("scope", "").split())


def need(form: Form, name: str) -> str:
    """A field of a form that must be there. Raises Problem aad.missing."""
    value = form.get(name)
    if not value:
        raise Problem("aad.missing", f"the form needs {name}", name=name)
    return value
