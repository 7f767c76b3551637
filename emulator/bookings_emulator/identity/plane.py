"""The identity plane: metadata, sign-in and token endpoints of the Microsoft identity platform, for any tenant word.

The shapes are those of login.microsoftonline.com. Codes, devices and refresh tokens belong to the tenant, and so does
the clock on which all of them expire.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import format_datetime
from functools import partial
from urllib.parse import parse_qs

import orjson

from bookings_emulator.contract.load import load_problems
from bookings_emulator.exchange import Exchange, Request, Response
from bookings_emulator.headers import OWN_HEADERS, header_text, reason_text
from bookings_emulator.identity import signin
from bookings_emulator.identity.grants import Grants
from bookings_emulator.identity.token_request import Form
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.urls import parts_of

PATHS = {
    r"(v2\.0/)?\.well-known/openid-configuration": "configuration",
    r"discovery/(v2\.0/)?keys": "keys",
    r"discovery/instance": "instance",
    r"oauth2/(v2\.0/)?token": "token",
    r"oauth2/(v2\.0/)?authorize": "authorize",
    r"oauth2/(v2\.0/)?devicecode": "devicecode",
    r"oauth2/(v2\.0/)?deviceauth": "deviceauth",
    r"oauth2/(v2\.0/)?logout": "logout",
    r"(v2\.0/)?adminconsent": "adminconsent",
}
_POSTED = {"token", "devicecode"}
_ANY_TENANT = {"common", "organizations", "consumers"}
_CODE = re.compile(r"AADSTS(\d+)")


class Identity:
    """How the identity platform understands requests, and words answers and refusals."""

    name = "identity"

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._grants = Grants(tenant)
        self._handlers: dict[str, Callable[[Exchange, str, Form], Response]] = {
            "configuration": self._configuration,
            "keys": self._keys,
            "instance": self._instance,
            "token": self._token,
            "devicecode": self._devicecode,
            "authorize": lambda exchange, word, form: signin.authorize(self._tenant, exchange, form),
            "deviceauth": lambda exchange, word, form: signin.approve(self._tenant, exchange, form),
            "logout": lambda exchange, word, form: signin.log_out(form),
            "adminconsent": lambda exchange, word, form: signin.consent(self._tenant, form),
        }

    def understand(self, exchange: Exchange) -> Callable[[], Response]:
        """Find the endpoint of a request. Raises Problem."""
        request = exchange.request
        word, _, rest = request.path.lstrip("/").partition("/")
        name = next((name for path, name in PATHS.items() if re.fullmatch(path, rest)), None)
        if name is None:
            raise Problem("odata.segment", f"the identity platform serves nothing at {request.path}", segment=rest)
        exchange.operation = f"identity.{name}"
        if request.method == "OPTIONS":
            return partial(self._preflight, request)
        return partial(self._carry_out, exchange, name, word)

    def _carry_out(self, exchange: Exchange, name: str, word: str) -> Response:
        request = exchange.request
        if name in _POSTED and request.method != "POST":
            raise Problem("aad.method", f"{exchange.operation} needs POST with a form", method=request.method)
        response = self._handlers[name](exchange, word, read_form(request))
        response.headers = {**self.headers(request), **response.headers}
        return response

    def refuse(self, exchange: Exchange, problem: Problem) -> Response:
        """A problem as an AADSTS error; on the way to a redirect address it goes there."""
        row = load_problems()[problem.code].fill(problem.facts)
        trace, correlation = self._tenant.sessions.guid(), _correlation(exchange.request)
        correlation = correlation or self._tenant.sessions.guid()
        stamp = f"{self._tenant.clock.now():%Y-%m-%d %H:%M:%S}Z"
        found = _CODE.search(row.message)
        error = {
            "error": row.code,
            "error_description": f"{row.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [int(found[1])] if found else [],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            **({"error_uri": f"https://login.microsoftonline.com/error?code={found[1]}"} if found else {}),
            **row.inner,
        }
        headers = {**self.headers(exchange.request), **row.headers, "x-emulator-reason": reason_text(problem.reason)}
        if exchange.operation == "identity.authorize":
            is_registered = problem.code != "aad.redirect"
            return signin.send_back(read_form(exchange.request), error, headers, is_registered=is_registered)
        return Response(row.status, {**headers, **_JSON}, orjson.dumps(error))

    def _configuration(self, exchange: Exchange, word: str, form: Form) -> Response:
        """The OpenID configuration; its addresses name the tenant by GUID, as the real ones do."""
        origin, guid = exchange.request.origin, self._tenant.guid
        home = f"{origin}/{word if word.lower() in _ANY_TENANT else guid}"
        part = "/v2.0" if exchange.request.path.split("/")[2] == "v2.0" else ""
        return _json(
            {
                "token_endpoint": f"{home}/oauth2{part}/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post", "private_key_jwt", "client_secret_basic"
                ],
                "jwks_uri": f"{home}/discovery{part}/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{origin}/{'{tenantid}' if word.lower() in _ANY_TENANT else guid}/v2.0",
                "request_uri_parameter_supported": False,
                "authorization_endpoint": f"{home}/oauth2{part}/authorize",
                "device_authorization_endpoint": f"{home}/oauth2{part}/devicecode",
                "http_logout_supported": True,
                "frontchannel_logout_supported": True,
                "end_session_endpoint": f"{home}/oauth2{part}/logout",
                "claims_supported": [
                    "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                    "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name",
                    "tid", "ver", "at_hash", "c_hash", "email",
                ],
                "tenant_region_scope": None,
                "cloud_instance_name": "microsoftonline.com",
                "cloud_graph_host_name": "graph.windows.net",
                "msgraph_host": "graph.microsoft.com",
                "rbac_url": "https://pas.windows.net",
            }
        )  # fmt: skip

    def _keys(self, exchange: Exchange, word: str, form: Form) -> Response:
        from bookings_emulator.keys import jwk_of

        return _json({"keys": [jwk_of(self._tenant.start.seed)]})

    def _instance(self, exchange: Exchange, word: str, form: Form) -> Response:
        """Which authority an address belongs to; all of them belong to this one."""
        asked = parts_of(form.get("authorization_endpoint", ""))
        word = asked.path.lstrip("/").partition("/")[0] or "common"
        origin = exchange.request.origin
        host = parts_of(origin).netloc
        return _json(
            {
                "tenant_discovery_endpoint": f"{origin}/{word}/v2.0/.well-known/openid-configuration",
                "api-version": form.get("api-version", "1.1"),
                "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
            }
        )

    def _token(self, exchange: Exchange, word: str, form: Form) -> Response:
        return _json(self._grants.token(exchange, form))

    def _devicecode(self, exchange: Exchange, word: str, form: Form) -> Response:
        return _json(self._grants.device_code(exchange, form))

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of every response."""
        headers = {
            "Cache-Control": "no-store, no-cache",
            "Pragma": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "x-ms-request-id": self._tenant.sessions.guid(),
            "Date": format_datetime(self._tenant.clock.now().replace(microsecond=0), usegmt=True),
        }
        if correlation := _correlation(request):
            headers["client-request-id"] = correlation
        if self._tenant.quirks["strict-transport-security"]:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if "origin" in request.headers:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = OWN_HEADERS
        return headers

    def _preflight(self, request: Request) -> Response:
        headers = self.headers(request)
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        headers["Access-Control-Allow-Headers"] = request.headers.get("access-control-request-headers", "*")
        return Response(200, headers)


_JSON = {"Content-Type": "application/json; charset=utf-8"}


def read_form(request: Request) -> Form:
    """The fields of a request, from its query and its form; of a field that comes twice the last counts."""
    fields = parse_qs(request.query, keep_blank_values=True)
    if request.method == "POST":
        fields |= parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def _json(value: object) -> Response:
    return Response(200, dict(_JSON), orjson.dumps(value))


def _correlation(request: Request) -> str:
    return header_text(request.headers.get("client-request-id", ""))
