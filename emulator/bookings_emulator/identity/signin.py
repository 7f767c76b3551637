"""What a person sees of the identity platform: small pages to pick a persona, and the ways back to the application."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from bookings_emulator.exchange import Exchange, Response
from bookings_emulator.identity.registration import find_platform
from bookings_emulator.identity.token_request import Form, allow, application_of, asked_for, person, scopes_of
from bookings_emulator.problem import Problem
from bookings_emulator.store.personas import Persona
from bookings_emulator.store.sessions import CODE_LIFETIME, Grant
from bookings_emulator.tenant import Tenant
from bookings_emulator.urls import parts_of

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}
a{{display:block;padding:.6rem .8rem;margin:.4rem 0;border:1px solid #8886;border-radius:6px;text-decoration:none}}
small{{opacity:.7}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
# the page that posts itself needs its script, and may be in a frame of the application
_POST_SCRIPT = "document.forms[0].submit()"
_POSTING = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; script-src 'sha256-"
    + b64encode(sha256(_POST_SCRIPT.encode()).digest()).decode()
    + "'",
}
_CHALLENGES = ("S256", "PLAIN")
# schemes by which a browser runs or shows something in the place of calling an application
_NO_ADDRESSES = {
    "javascript", "data", "vbscript", "file", "blob", "filesystem", "view-source", "feed", "jar", "about", ""
}  # fmt: skip
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def authorize(tenant: Tenant, exchange: Exchange, form: Form) -> Response:
    """Sign a person in for an application: at once where `login_hint` names one, else by a page to pick one.

    Raises Problem; `send_back` tells the application of it.
    """
    _address(form)
    asking = application_of(tenant, {n: value for n, value in form.items() if n != "client_secret"}, exchange.request)
    platform = find_platform(asking, form["redirect_uri"])
    if form.get("response_type", "code") != "code":
        kind = form["response_type"]
        raise Problem("aad.responsetype", f"response_type must be code; got '{kind}'", type=kind)
    if form.get("code_challenge_method", "plain").upper() not in _CHALLENGES:
        method = form["code_challenge_method"]
        raise Problem("aad.malformed", f"code_challenge_method must be one of {', '.join(_CHALLENGES)}; got '{method}'")
    scopes = scopes_of(form)
    asked = asked_for(scopes, exchange)
    if "declined" in form:
        raise Problem("aad.cancelled", "the sign-in was cancelled on the page")
    picked = person(tenant, form.get("persona", ""))
    hint = form.get("login_hint", "")
    if picked is None and hint and form.get("prompt") != "select_account":
        picked = person(tenant, hint)
    if picked is None:
        if form.get("prompt") == "none":
            raise Problem("aad.signin", "prompt=none needs a login_hint that names a persona; there is no session")
        return _choose(tenant, f"Sign in to {asking.client_id}", form)
    exchange.caller = picked.caller
    allow(tenant, picked, asked, asking.client_id)
    grant = Grant(
        persona=picked.name,
        client_id=asking.client_id,
        scopes=scopes,
        expires=tenant.clock.now() + CODE_LIFETIME,
        nonce=form.get("nonce"),
        redirect_uri=form["redirect_uri"],
        challenge=form.get("code_challenge"),
        challenge_method=form.get("code_challenge_method", "plain"),
        platform=platform,
    )
    answer = {"code": tenant.sessions.keep_code(grant), "session_state": tenant.sessions.guid()}
    return _back(form, {**answer, **_state(form)})


def send_back(form: Form, error: dict[str, Any], headers: dict[str, str], *, is_registered: bool) -> Response:
    """Tell the application of a refusal at its redirect address; without a good one of its own, tell the person."""
    told = {name: str(value) for name, value in error.items() if name in ("error", "error_description", "error_uri")}
    if not is_registered or not _is_address(form.get("redirect_uri", "")):
        why = headers.get("x-emulator-reason", "")
        body = f"<p>{escape(error['error_description'])}</p><p><small>Emulator: {escape(why)}</small></p>"
        return Response(400, {**headers, **_HTML}, _page("Sign-in failed", body))
    if error["error"] == "access_denied":
        told["error_subcode"] = "cancel"
    response = _back(form, {**told, **_state(form)})
    response.headers = {**headers, **response.headers}
    return response


def approve(tenant: Tenant, exchange: Exchange, form: Form) -> Response:
    """The page of the device code flow: enter the code, pick a persona, done."""
    sessions, code = tenant.sessions, form.get("user_code", "")
    device = sessions.device(code)
    if device is None or device.expires <= tenant.clock.now():
        said = "<p>This code is unknown or has expired.</p>" if code else ""
        entry = '<form><label>Code <input name="user_code" autofocus></label> <button>Next</button></form>'
        return Response(200, dict(_HTML), _page("Enter the code", said + entry))
    if device.persona is not None or device.is_declined:
        return Response(200, dict(_HTML), _page("This code has already been used", ""))
    picked = person(tenant, form.get("persona", ""))
    is_of_another_page = exchange.request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")
    if is_of_another_page or (picked is None and "declined" not in form):
        return _choose(tenant, f"Sign in on the device that shows {device.user_code}", form)
    if picked:
        exchange.caller = picked.caller
        allow(tenant, picked, asked_for(device.scopes, exchange), device.client_id)
    sessions.decide(device, picked.name if picked and "declined" not in form else None)
    title = "You are signed in" if picked else "Declined"
    return Response(200, dict(_HTML), _page(title, "<p>You may close this page.</p>"))


def log_out(form: Form) -> Response:
    """The end of a session: on to the address that the application names, else a page. There is no session to end."""
    address = form.get("post_logout_redirect_uri")
    if address and _is_address(address):
        return Response(302, {"Location": _with(address, _state(form), "query")})
    return Response(200, dict(_HTML), _page("You are signed out", "<p>You may close this page.</p>"))


def consent(tenant: Tenant, form: Form) -> Response:
    """The consent of an administrator, which is always given."""
    _address(form)
    given = {"admin_consent": "True", "tenant": tenant.guid, "scope": form.get("scope", "")}
    return _back(form, {**{name: value for name, value in given.items() if value}, **_state(form)})


def _choose(tenant: Tenant, title: str, form: Form) -> Response:
    """The page with a link for every person."""
    persons = [each for each in tenant.personas.values() if each.upn]
    links = "".join(_link(form, each) for each in persons)
    cancel = f'<a href="?{escape(urlencode({**form, "declined": "1"}))}">Cancel</a>'
    return Response(200, dict(_HTML), _page(title, links + cancel))


def _link(form: Form, persona: Persona) -> str:
    query = escape(urlencode({**form, "persona": persona.name}))
    about = ", ".join(sorted(set((persona.caller.roles or {}).values()))) or "no role"
    return f'<a href="?{query}">{escape(persona.name)} <small>{escape(persona.upn or "")} ({escape(about)})</small></a>'


def _address(form: Form) -> str:
    """The redirect address. Raises Problem where there is none that a browser can be sent to."""
    address = form.get("redirect_uri", "")
    if not address:
        raise Problem("aad.missing", "the request needs redirect_uri", name="redirect_uri")
    if not _is_address(address):
        raise Problem("aad.malformed", f"redirect_uri must be an absolute URI; got '{address}'")
    return address


def _is_address(address: str) -> bool:
    return parts_of(address).scheme.lower() not in _NO_ADDRESSES and address.isprintable()


def _back(form: Form, answer: dict[str, str]) -> Response:
    """On to the application, in the way it wants to be told."""
    address, mode = form["redirect_uri"], form.get("response_mode", "query")
    if mode != "form_post":
        return Response(302, {"Location": _with(address, answer, mode)})
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in answer.items()
    )
    body = f'<form method="post" action="{escape(address)}">{fields}<button>Continue</button></form>'
    return Response(200, dict(_POSTING), _page("Signing in", f"{body}<script>{_POST_SCRIPT}</script>"))


def _with(address: str, answer: dict[str, str], mode: str) -> str:
    address = quote(address, safe=_ASCII)
    if not answer:
        return address
    mark = "#" if mode == "fragment" else "&" if "?" in address else "?"
    return f"{address}{mark}{urlencode(answer)}"


def _state(form: Form) -> dict[str, str]:
    return {"state": form["state"]} if "state" in form else {}


def _page(title: str, body: str) -> bytes:
    return _PAGE.format(title=escape(title), body=body).encode()
