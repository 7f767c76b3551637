"""Callers: personas, tokens on request, revocations, and pending device codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from starlette.responses import Response

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed, text
from bookings_emulator.identity.tokens import (
    API_HUB,
    GRAPH,
    LIFETIME,
    WRONGS,
    TokenOptions,
    issue,
    permissions_of,
    read,
)
from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.personas import Persona, credential_of
from bookings_emulator.times import format_instant, parse_duration

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("callers")
_PLANES = {"graph": GRAPH, "connector": API_HUB}
_PEM = "application/x-pem-file"
_LONGEST = 366 * 24 * 3600  # seconds


@table.get("/personas")
def list_personas(desk: Desk) -> answers.Listed[answers.PersonaRow]:
    """The personas with their roles, permissions and the ids they sign in with; without secrets and passwords."""
    return {"value": [_shown(each) for each in desk.tenant.personas.values()]}


@table.post(
    "/tokens",
    closed(
        {
            "persona": text("its name"),
            "audience": text("default: graph; connector, or a value for `aud`"),
            "permissions": {
                "type": "array",
                "items": {"type": "string"},
                "description": "scp or roles of the token; default: all permissions of the persona",
            },
            "lifetime": text("a duration such as PT10M; default: about an hour"),
            "wrong": text("what is wrong with it", *WRONGS),
        },
        ("persona",),
    ),
    status=201,
)
def create_token(desk: Desk) -> answers.TokenRow:
    """Issue an access token of a persona, as the identity platform would; or one that is wrong in a way you choose."""
    given = desk.body
    persona = _persona(desk, given["persona"])
    permissions = given.get("permissions")
    audience = given.get("audience", "graph")
    wanted = TokenOptions(
        audience=_PLANES.get(audience, audience),
        permissions=None if permissions is None else frozenset(permissions),
        lifetime=_seconds(given["lifetime"]) if "lifetime" in given else LIFETIME,
        wrong=given.get("wrong"),
    )
    token = issue(desk.tenant, persona, wanted)
    expires = read(token)["exp"]
    return {"token_type": "Bearer", "access_token": token, "expires_on": expires, "persona": persona.name}


@table.get("/personas/{name}/certificate.pem", media=_PEM)
def get_certificate(desk: Desk) -> Response:
    """Private key and certificate of an application in one PEM file, to sign in with instead of a secret."""
    try:
        pem = credential_of(_persona(desk, desk.path["name"]))
    except LookupError as error:
        raise ControlRefusal(str(error), 404) from error
    return Response(pem, media_type=_PEM)


@table.post("/personas/{name}/revoke")
def revoke(desk: Desk) -> answers.Revocation:
    """End the sessions of a persona: its tokens get a claims challenge, its refresh tokens end, new ones work."""
    persona = _persona(desk, desk.path["name"])
    return {"persona": persona.name, "since": desk.tenant.sessions.revoke(persona.name, desk.tenant.clock.now())}


@table.get("/device-codes")
def list_devices(desk: Desk) -> answers.Listed[answers.DeviceCode]:
    """The devices that wait for a person to sign in, with the code they display."""
    waiting = desk.tenant.sessions.waiting(desk.tenant.clock.now())
    return {
        "value": [
            {"user_code": each.user_code, "client_id": each.client_id, "expires": format_instant(each.expires)}
            for each in waiting
        ]
    }


@table.put("/device-codes/{code}", closed({"persona": {"type": ["string", "null"]}}, ("persona",)))
def decide_device(desk: Desk) -> answers.DeviceAnswer:
    """Complete a device sign-in: `{"persona": NAME}` signs the device in, `{"persona": null}` declines."""
    device = desk.tenant.sessions.device(desk.path["code"])
    if device is None or device not in desk.tenant.sessions.waiting(desk.tenant.clock.now()):
        why = "it has expired, or was used before" if device else "there is none"
        hint = "GET /_emulator/device-codes lists the waiting ones"
        raise ControlRefusal(f"no device is waiting with the code '{desk.path['code']}': {why}; {hint}", 404)
    persona = None if desk.body["persona"] is None else _persona(desk, desk.body["persona"])
    if persona is not None and persona.upn is None:
        raise ControlRefusal(f"'{persona.name}' is an application; only a person can sign in a device")
    desk.tenant.sessions.decide(device, persona.name if persona else None)
    return {"user_code": device.user_code, "persona": persona.name if persona else None}


@table.get("/ca.pem", media=_PEM)
def get_authority(desk: Desk) -> Response:
    """The certificate authority of https, for clients to trust."""
    https = desk.tenants.https
    if https is None:
        raise ControlRefusal("https is not served; start with --https", 404)
    return Response(https.pem, media_type=_PEM)


def _persona(desk: Desk, name: str) -> Persona:
    found = desk.tenant.personas.get(name)
    if found is None:
        known = ", ".join(desk.tenant.personas) or "none"
        near = did_you_mean(name, desk.tenant.personas)
        raise ControlRefusal(f"there is no persona '{name}'{near}; there are: {known}", 404)
    return found


def _seconds(text: str) -> int:
    length = parse_duration(text)
    seconds = int(length.total_seconds()) if length else 0
    if not 0 < seconds <= _LONGEST:
        raise ControlRefusal(f"lifetime must be a duration of one second to one year, such as PT10M; got '{text}'")
    return seconds


def _shown(persona: Persona) -> answers.PersonaRow:
    caller = persona.caller
    shown = {
        "name": persona.name,
        "kind": caller.kind,
        "upn": persona.upn,
        "object_id": persona.object_id,
        "client_id": persona.client_id,
        "roles": caller.roles,
        "permissions": sorted(permissions_of(persona)),
        "is_licensed": caller.is_licensed,
        "is_personal": caller.is_personal,
    }
    return cast("answers.PersonaRow", {name: value for name, value in shown.items() if value is not None})
