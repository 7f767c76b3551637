"""Pages for the organization alone: who is signed in, and the way to the identity platform and back."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from bookings_emulator.domain.outcome import Caller, Record
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.identity.tokens import TokenOptions, issue
from bookings_emulator.ids import guid_of
from bookings_emulator.pipeline.page_calls import page_settings
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.urls import parts_of
from bookings_emulator.wire.caller import caller_of

COOKIE = "BookingsPage"  # holds the token of who signed in
CLIENT_ID = guid_of("application", "booking page")
_ANSWER = ("code", "state", "session_state")  # what the identity platform adds to the address


def member_of(tenant: Tenant, exchange: Exchange) -> Caller:
    """Who visits, by the header or the cookie of a sign-in. Raises Problem page.signin."""
    request = exchange.request
    token = cookies_of(request).get(COOKIE)
    if token and "authorization" not in request.headers:
        request.headers["authorization"] = f"Bearer {token}"
    try:
        caller = caller_of(exchange, tenant)
    except Problem as problem:
        raise Problem("page.signin", f"the page is for members of the organization only: {problem.reason}") from problem
    if caller.is_personal:
        raise Problem(
            "page.signin", f"'{caller.name}' is a personal account, and the page is for members of the organization"
        )
    return caller


def send_to_sign_in(tenant: Tenant, exchange: Exchange, business: Record) -> Response | None:
    """Where a browser goes before it sees a page of the organization; None for who may see it."""
    if not page_settings(tenant, business)["BookingsAuthEnabled"]:
        return None
    request = exchange.request
    pairs = parse_qsl(request.query, keep_blank_values=True)
    here = _make_page_address(request, [each for each in pairs if each[0] not in _ANSWER])
    code = dict(pairs).get("code")
    if code:
        return _finish_sign_in(tenant, request, code, here)
    try:
        exchange.caller = member_of(tenant, exchange)
    except Problem:
        return Response(302, {"Location": _make_sign_in_url(tenant, request, here), "Cache-Control": "no-store"})
    return None


def cookies_of(request: Request) -> dict[str, str]:
    """The cookies of a request by name."""
    pairs = (each.strip().partition("=") for each in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def _make_sign_in_url(tenant: Tenant, request: Request, here: str) -> str:
    """The address of the identity plane where one signs in and comes back from."""
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": here,
        "scope": "openid profile",
    }
    return f"{request.origin}/{tenant.guid}/oauth2/v2.0/authorize?{urlencode(asked)}"


def _finish_sign_in(tenant: Tenant, request: Request, code: str, here: str) -> Response:
    """Back from the sign-in: keep who it is in a cookie, and go on without the code. Raises Problem page.signin."""
    codes = tenant.sessions.codes
    grant = codes.get(code)
    if grant is None or grant.is_used or grant.expires <= tenant.clock.now() or grant.redirect_uri != here:
        raise Problem("page.signin", "the sign-in code is not valid: used, expired, or for another address")
    codes[code] = grant._replace(is_used=True)
    token = issue(tenant, tenant.personas[grant.persona], TokenOptions())
    secure = "; Secure" if request.origin.startswith("https:") else ""
    path = parts_of(request.origin).path or "/"
    cookie = f"{COOKIE}={token}; Path={path}; HttpOnly; SameSite=Lax{secure}"
    return Response(302, {"Location": here, "Set-Cookie": cookie, "Cache-Control": "no-store"})


def _make_page_address(request: Request, pairs: list[tuple[str, str]]) -> str:
    """The address of a request with other parameters."""
    return f"{request.origin}{request.path}{'?' if pairs else ''}{urlencode(pairs)}"
