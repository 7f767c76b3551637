"""The identity plane: metadata, every grant, the pages, and the errors in the envelope of the real service."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import create_app
from bookings_emulator.identity.tokens import API_HUB, GRAPH, read
from bookings_emulator.ids import guid_of
from bookings_emulator.keys import base64url, key_of
from bookings_emulator.log import LOGS
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import utc
from bookings_emulator.store.sessions import Grant, Sessions
from tests.conftest import HOME, NOW, ORIGIN, bearer

APP = "70000000-0000-4000-8000-000000000001"
SECRET = "application-secret"
PEOPLE = "00000000-1111-4222-8333-444444444444"
DANA = "danas@contoso.onmicrosoft.com"
BACK = "http://localhost:5000/back?x=1"
TOKEN = "/any-tenant/oauth2/v2.0/token"
AUTHORIZE = "/any-tenant/oauth2/v2.0/authorize"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The default fixture, frozen, without a token of its own."""
    app = create_app("default", seed=1, now=NOW)
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


def machine(**form: Any) -> dict[str, str]:
    """The form of client credentials; None leaves a field out."""
    given = {
        "grant_type": "client_credentials",
        "client_id": APP,
        "client_secret": SECRET,
        "scope": f"{GRAPH}/.default",
        **form,
    }
    return {name: value for name, value in given.items() if value is not None}


def person(**form: Any) -> dict[str, str]:
    """The form of the password grant."""
    return {
        "grant_type": "password",
        "client_id": PEOPLE,
        "username": DANA,
        "password": "administrator",
        "scope": "Bookings.Read.All openid profile offline_access",
        **form,
    }


def asked(**query: str) -> str:
    """The address of the sign-in page."""
    given = {"client_id": PEOPLE, "response_type": "code", "redirect_uri": BACK, "scope": "openid Bookings.Read.All"}
    return f"{AUTHORIZE}?{urlencode({**given, 'state': 'a b&c', **query})}"


def sent_back(answer: Any) -> dict[str, str]:
    """What the application is told at its redirect address."""
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def error(answer: Any, code: int, status: int = 400) -> dict[str, Any]:
    """The JSON of a refusal with an AADSTS code."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["error_codes"]) == (status, [code]), body
    return body


# metadata


@pytest.mark.parametrize("word", ["contoso.onmicrosoft.com", "default", "0b7a47b6-0000-4000-8000-000000000000", "x"])
def test_any_tenant_word_leads_to_the_configuration(client: TestClient, word: str) -> None:
    found = client.get(f"/{word}/v2.0/.well-known/openid-configuration").json()
    home = found["issuer"].removesuffix("/v2.0")
    assert GUID.fullmatch(home.removeprefix(f"{ORIGIN}/"))
    assert found["token_endpoint"] == f"{home}/oauth2/v2.0/token"
    assert found["authorization_endpoint"] == f"{home}/oauth2/v2.0/authorize"
    assert found["device_authorization_endpoint"] == f"{home}/oauth2/v2.0/devicecode"
    assert found["jwks_uri"] == f"{home}/discovery/v2.0/keys"
    assert client.get(found["jwks_uri"]).status_code == 200


def test_the_configuration_of_all_tenants_names_none(client: TestClient) -> None:
    found = client.get("/common/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == f"{ORIGIN}/{{tenantid}}/v2.0"
    assert found["token_endpoint"] == f"{ORIGIN}/common/oauth2/v2.0/token"
    older = client.get("/common/.well-known/openid-configuration").json()
    assert older["token_endpoint"] == f"{ORIGIN}/common/oauth2/token"


def test_the_keys_verify_the_tokens(client: TestClient) -> None:
    (entry,) = client.get("/common/discovery/v2.0/keys").json()["keys"]
    assert (entry["kty"], entry["use"], entry["e"]) == ("RSA", "sig", "AQAB")
    assert entry["x5c"]
    token = client.post(TOKEN, data=machine()).json()["access_token"]
    assert jwt.decode(token, jwt.PyJWK(entry).key, ["RS256"], audience=GRAPH, options={"verify_exp": False})["roles"]


def test_instance_discovery_says_that_every_address_is_known(client: TestClient) -> None:
    where = "https://localhost:8366/contoso/oauth2/v2.0/authorize"
    found = client.get("/common/discovery/instance", params={"authorization_endpoint": where, "api-version": "1.1"})
    body = found.json()
    assert body["tenant_discovery_endpoint"] == f"{ORIGIN}/contoso/v2.0/.well-known/openid-configuration"
    assert body["metadata"][0]["aliases"] == ["localhost:8365"]


# applications


def test_an_application_gets_a_token_and_calls_graph(client: TestClient) -> None:
    answer = client.post(TOKEN, data=machine(client_info="1", anything="else"))
    assert answer.headers["Cache-Control"] == "no-store, no-cache"
    body = answer.json()
    assert {**body, "access_token": ""} == {
        "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": ""
    }  # fmt: skip
    claims = read(body["access_token"])
    assert (claims["appid"], claims["appidacr"], claims["aud"]) == (APP, "1", GRAPH)
    assert client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(body["access_token"])).status_code == 200
    entries = client.get("/_emulator/journal").json()["value"]
    assert [(each["operation"], each["persona"]) for each in entries] == [
        ("identity.token", "application"),
        ("listBusinesses", "application"),
    ]


def test_the_secret_may_stand_in_a_basic_header(client: TestClient) -> None:
    header = {"Authorization": f"Basic {b64encode(f'{APP}:{SECRET}'.encode()).decode()}"}
    form = machine(client_id=None, client_secret=None)
    assert client.post(TOKEN, data=form, headers=header).status_code == 200
    header = {"Authorization": f"Basic {b64encode(f'{APP}:wrong'.encode()).decode()}"}
    error(client.post(TOKEN, data=form, headers=header), 7000215, 401)


def test_the_endpoint_of_v1_says_resource_and_answers_text(client: TestClient) -> None:
    form = machine(scope=None, resource=GRAPH)
    body = client.post("/any/oauth2/token", data=form).json()
    assert (body["expires_in"], body["resource"]) == ("3599", GRAPH)
    assert int(body["expires_on"]) - int(body["not_before"]) == 3599
    assert client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(body["access_token"])).status_code == 200


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        (f"{API_HUB}/.default", API_HUB),
        (f"{GRAPH}//.default", f"{GRAPH}/"),
        ("00000003-0000-0000-c000-000000000000/.default", "00000003-0000-0000-c000-000000000000"),
        ("http://localhost/.default", "http://localhost"),
        ("https://127.0.0.1:8366/.default", "https://127.0.0.1:8366"),
    ],
)
def test_a_token_is_for_the_resource_that_was_asked_for(client: TestClient, scope: str, audience: str) -> None:
    assert read(client.post(TOKEN, data=machine(scope=scope)).json()["access_token"])["aud"] == audience


def test_an_application_that_nobody_has_described_may_ask_at_level_open_only() -> None:
    form = machine(client_id="11111111-2222-4333-8444-555555555555", client_secret="whatever")
    with TestClient(create_app("default", seed=1), base_url=ORIGIN) as client:
        token = client.post(TOKEN, data=form).json()["access_token"]
        answer = client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(token))
        assert answer.status_code == 200
        tight = client.post("/_emulator/tenants", json={"name": "tight", "auth": "check"}).json()
        refused = client.post(f"/{tight['id']}/oauth2/v2.0/token", data=form)
        assert "11111111-2222-4333-8444-555555555555' was not found" in error(refused, 700016)["error_description"]


def test_a_client_that_can_answer_challenges_gets_a_long_token(client: TestClient) -> None:
    claims = {"access_token": {"xms_cc": {"values": ["CP1"]}, "nbf": {"essential": True, "value": "1"}}}
    body = client.post(TOKEN, data=machine(claims=json.dumps(claims))).json()
    assert (body["expires_in"], body["refresh_in"]) == (86_399, 43_199)
    assert read(body["access_token"])["xms_cc"] == ["CP1"]
    for odd in ("", "{", "[]", '{"access_token": 5}', '{"access_token": {"xms_cc": {"values": 1}}}'):
        assert client.post(TOKEN, data=machine(claims=odd)).json()["expires_in"] == 3599


# people


def test_a_person_signs_in_by_password(client: TestClient) -> None:
    body = client.post(TOKEN, data=person()).json()
    claims = read(body["access_token"])
    assert (claims["upn"], claims["scp"], claims["appid"]) == (DANA, "Bookings.Read.All", PEOPLE)
    assert body["scope"] == "Bookings.Read.All openid profile"
    body = client.post(TOKEN, data=person(scope=f"{GRAPH}/Bookings.Read.All openid")).json()
    assert body["scope"] == f"{GRAPH}/Bookings.Read.All openid"
    told = read(body["id_token"])
    assert (told["aud"], told["preferred_username"], told["ver"]) == (PEOPLE, DANA, "2.0")
    assert told["iss"] == client.get("/x/v2.0/.well-known/openid-configuration").json()["issuer"]
    info = json.loads(urlsafe_b64decode(body["client_info"] + "=="))
    assert info == {"uid": claims["oid"], "utid": claims["tid"]}
    assert client.get(HOME.replace("Small", "Dental"), headers=bearer(body["access_token"])).status_code == 200


def test_a_refresh_token_gives_new_tokens_until_it_is_revoked(client: TestClient) -> None:
    first = client.post(TOKEN, data=person()).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": PEOPLE, "refresh_token": first}
    body = client.post(TOKEN, data=form).json()
    assert read(body["access_token"])["scp"] == "Bookings.Read.All"
    narrower = client.post(TOKEN, data={**form, "scope": f"{GRAPH}/User.Read"}).json()
    assert read(narrower["access_token"])["scp"] == "User.Read"
    error(client.post(TOKEN, data={**form, "client_id": APP}), 70008)
    assert client.post("/_emulator/personas/administrator/revoke").status_code == 200
    error(client.post(TOKEN, data=form), 70008)


def test_codes_and_refresh_tokens_belong_to_the_tenant_and_go_with_a_reset(client: TestClient) -> None:
    word = client.post(TOKEN, data=person()).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "client_id": PEOPLE, "refresh_token": word}
    client.post("/_emulator/tenants", json={"name": "other"})
    error(client.post("/other/oauth2/v2.0/token", data=form), 70008)
    assert client.post(TOKEN, data=form).status_code == 200
    client.post("/_emulator/snapshots", json={"name": "kept"})
    client.post("/_emulator/reset")
    error(client.post(TOKEN, data=form), 70008)


def test_a_hint_signs_in_without_a_page_and_the_code_is_good_once(client: TestClient) -> None:
    verifier = "a" * 50
    challenge = base64url(hashlib.sha256(verifier.encode()).digest())
    url = asked(login_hint=DANA, code_challenge=challenge, code_challenge_method="S256", nonce="n1")
    answer = client.get(url)
    assert answer.headers["location"].startswith(f"{BACK}&code=0.A")
    told = sent_back(answer)
    assert told["state"] == "a b&c"
    assert GUID.fullmatch(told["session_state"])
    form = {
        "grant_type": "authorization_code", "client_id": PEOPLE, "code": told["code"], "redirect_uri": BACK,
        "code_verifier": verifier,
    }  # fmt: skip
    error(client.post(TOKEN, data={**form, "code_verifier": "b" * 50}), 501481)
    error(client.post(TOKEN, data={**form, "code_verifier": "é"}), 501481)
    error(client.post(TOKEN, data={**form, "redirect_uri": "http://else"}), 500112)
    error(client.post(TOKEN, data={name: value for name, value in form.items() if name != "redirect_uri"}), 900144)
    error(client.post(TOKEN, data={**form, "client_id": APP}), 70008)
    body = client.post(TOKEN, data=form).json()
    assert read(body["id_token"])["nonce"] == "n1"
    assert "refresh_token" not in body  # offline_access was not asked for
    error(client.post(TOKEN, data=form), 54005)


def test_a_code_expires_on_the_clock_of_the_tenant(client: TestClient) -> None:
    code = sent_back(client.get(asked(login_hint="viewer")))["code"]
    client.post("/_emulator/clock/advance", json={"by": "PT10M"})
    form = {"grant_type": "authorization_code", "client_id": PEOPLE, "code": code}
    assert "expired" in client.post(TOKEN, data=form).headers["x-emulator-reason"]


def test_the_page_lets_a_person_pick_a_persona_or_cancel(client: TestClient) -> None:
    page = client.get(asked())
    assert page.headers["Content-Type"].startswith("text/html")
    links = [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]+)"', page.text)]
    assert "application" not in {name for link in links for name in parse_qs(link[1:]).get("persona", ())}
    (viewer,) = (each for each in links if "persona=viewer" in each)
    code = sent_back(client.get(AUTHORIZE + viewer))["code"]
    form = {"grant_type": "authorization_code", "client_id": PEOPLE, "code": code, "redirect_uri": BACK}
    assert read(client.post(TOKEN, data=form).json()["access_token"])["upn"].startswith("diegos@")
    told = sent_back(client.get(AUTHORIZE + links[-1]))
    assert (told["error"], told["error_subcode"], told["state"]) == ("access_denied", "cancel", "a b&c")


def test_the_page_shows_nothing_of_the_request_as_markup(client: TestClient) -> None:
    page = client.get(asked(client_id="<script>alert(1)</script>", state='"><script>')).text
    assert "<script>" not in page


MODES = {"query": (f"{BACK}&code=", 302), "fragment": (f"{BACK}#code=", 302)}


@pytest.mark.parametrize("mode", MODES)
def test_the_application_is_told_in_the_way_it_wants(client: TestClient, mode: str) -> None:
    answer = client.get(asked(login_hint="viewer", response_mode=mode))
    assert answer.headers["location"].startswith(MODES[mode][0])
    page = client.get(asked(login_hint="viewer", response_mode="form_post"))
    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert f'action="{BACK}"' in page.text


SILENT = {
    "nobody is hinted": ({"prompt": "none"}, "login_required"),
    "another response type": ({"response_type": "token"}, "unsupported_response_type"),
    "permissions that the persona has not": (
        {"login_hint": "reader", "scope": "Bookings.Manage.All"}, "invalid_grant"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_the_application_is_told_of_refusals(client: TestClient, name: str) -> None:
    query, said = SILENT[name]
    told = sent_back(client.get(asked(**query)))
    assert told["error"] == said
    assert told["error_description"].startswith("AADSTS")
    assert told["state"] == "a b&c"


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "data:text/html,x", "/relative"])
def test_without_a_good_address_the_person_is_told(client: TestClient, address: str) -> None:
    answer = client.get(asked(redirect_uri=address, login_hint="viewer"))
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "AADSTS" in answer.text


def test_signing_out_and_consenting_lead_back(client: TestClient) -> None:
    answer = client.get("/x/oauth2/v2.0/logout", params={"post_logout_redirect_uri": BACK, "state": "s"})
    assert answer.headers["location"] == f"{BACK}&state=s"
    assert "signed out" in client.get("/x/oauth2/v2.0/logout").text
    told = sent_back(client.get("/x/v2.0/adminconsent", params={"redirect_uri": BACK, "client_id": APP, "state": "s"}))
    assert told["admin_consent"] == "True"


# registered addresses

RECEPTION = "5a000000-0000-4000-8000-000000000001"
PAGE, SERVER, DESKTOP = "http://localhost:3000/", "https://reception.contoso.com/in", "http://127.0.0.1/native"
REGISTERED = {
    "name": "reception",
    "kind": "application",
    "clientId": RECEPTION,
    "spa": {"redirectUris": [PAGE]},
    "web": {"redirectUris": [SERVER]},
    "publicClient": {"redirectUris": [DESKTOP]},
}
CROSS = {"Origin": "http://localhost:3000"}


@pytest.fixture
def registered(client: TestClient) -> TestClient:
    """The same with a tenant `any-tenant`, whose application has registered where it may be called back."""
    people = [{"name": "viewer"}]
    fixture = {"personas": [REGISTERED, *people]}
    made = client.post("/_emulator/tenants", json={"name": "any-tenant", "fixture": fixture})
    assert made.status_code == 201, made.text
    return client


def redeem(client: TestClient, address: str, headers: dict[str, str] | None = None, **form: str) -> Any:
    """The answer of the token endpoint to a code for an address."""
    scope = "openid offline_access Bookings.Read.All"
    url = asked(client_id=RECEPTION, redirect_uri=address, login_hint="viewer", scope=scope)
    code = sent_back(client.get(url))["code"]
    given = {"grant_type": "authorization_code", "client_id": RECEPTION, "code": code, "redirect_uri": address, **form}
    return client.post(TOKEN, data=given, headers=headers)


@pytest.mark.parametrize(
    "address", ["http://localhost:3000/other", "http://localhost:3000/?x=1", "https://reception.contoso.com/IN"]
)
def test_an_address_that_is_not_registered_is_told_to_the_person_alone(registered: TestClient, address: str) -> None:
    answer = registered.get(asked(client_id=RECEPTION, redirect_uri=address, login_hint="viewer"))
    assert (answer.status_code, answer.headers.get("location")) == (400, None)
    assert f"AADSTS50011: The redirect URI &#x27;{address}&#x27; specified" in answer.text
    known = f"{SERVER} (web), {PAGE} (spa), {DESKTOP} (publicClient); got '{address}'"
    assert known in answer.headers["x-emulator-reason"]
    assert known in unescape(answer.text)


@pytest.mark.parametrize("address", [PAGE, "http://localhost:8123/", "http://localhost:8123"])
def test_the_port_of_loopback_does_not_count_and_no_path_is_a_slash(registered: TestClient, address: str) -> None:
    assert redeem(registered, address, CROSS).status_code == 200


def test_a_code_for_a_page_is_redeemed_by_a_page_only(registered: TestClient) -> None:
    refused = redeem(registered, PAGE)
    assert "may only be redeemed via cross-origin requests" in error(refused, 9002327)["error_description"]
    assert redeem(registered, PAGE, CROSS).status_code == 200


def test_a_code_for_a_server_or_a_desktop_is_redeemed_by_no_page(registered: TestClient) -> None:
    refused = redeem(registered, SERVER, CROSS, client_secret="reception-secret")
    text = error(refused, 9002326)["error_description"]
    assert "'Single-Page Application' client-type. Request origin: 'http://localhost:3000'." in text
    error(redeem(registered, DESKTOP, CROSS), 9002326)
    error(redeem(registered, SERVER), 7000218, status=401)
    assert redeem(registered, SERVER, client_secret="reception-secret").status_code == 200
    assert redeem(registered, DESKTOP).status_code == 200


def test_a_page_has_no_secret_to_redeem(registered: TestClient) -> None:
    form = machine(client_id=RECEPTION, client_secret="reception-secret")
    error(registered.post(TOKEN, data=form, headers=CROSS), 9002326)
    assert registered.post(TOKEN, data=form).status_code == 200


def test_the_refresh_token_of_a_page_ends_a_day_after_the_sign_in(registered: TestClient) -> None:
    advance = "/tenants/any-tenant/_emulator/clock/advance"
    form = {"grant_type": "refresh_token", "client_id": RECEPTION}
    word = redeem(registered, PAGE, CROSS).json()["refresh_token"]
    error(registered.post(TOKEN, data={**form, "refresh_token": word}), 9002327)
    registered.post(advance, json={"by": "PT23H"})
    word = registered.post(TOKEN, data={**form, "refresh_token": word}, headers=CROSS).json()["refresh_token"]
    registered.post(advance, json={"by": "PT2H"})
    refused = registered.post(TOKEN, data={**form, "refresh_token": word}, headers=CROSS)
    body = error(refused, 700084)
    assert body["suberror"] == "bad_token"
    assert f"The token was issued on {NOW[:19]}." in body["error_description"]


def test_the_refresh_token_of_a_desktop_lives_on(registered: TestClient) -> None:
    word = redeem(registered, DESKTOP).json()["refresh_token"]
    registered.post("/tenants/any-tenant/_emulator/clock/advance", json={"by": "P30D"})
    form = {"grant_type": "refresh_token", "client_id": RECEPTION, "refresh_token": word}
    assert registered.post(TOKEN, data=form).status_code == 200


def test_what_describes_no_platform_is_called_back_anywhere_and_redeemed_by_anybody(client: TestClient) -> None:
    told = sent_back(client.get(asked(client_id=APP, login_hint="viewer")))
    form = {"grant_type": "authorization_code", "client_id": APP, "code": told["code"], "redirect_uri": BACK}
    assert client.post(TOKEN, data=form, headers=CROSS).status_code == 200


def test_redirect_addresses_of_a_person_are_refused(client: TestClient) -> None:
    rows = [{"name": "viewer", "spa": {"redirectUris": [PAGE]}}]
    refused = client.post("/_emulator/tenants", json={"fixture": {"personas": rows}})
    assert refused.status_code == 400
    assert "persona 'viewer', spa: redirect addresses are of applications" in refused.text


# devices


def device(client: TestClient) -> tuple[dict[str, Any], dict[str, str]]:
    """A device that waits, and the form it polls with (msal sends the code under both names)."""
    body = client.post(
        "/any/oauth2/v2.0/devicecode", data={"client_id": PEOPLE, "scope": "Bookings.Read.All openid offline_access"}
    ).json()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": PEOPLE, "client_info": "1",
        "device_code": body["device_code"], "code": body["device_code"],
    }  # fmt: skip
    return body, form


def test_a_device_waits_until_a_person_picks_a_persona_on_its_page(client: TestClient) -> None:
    body, form = device(client)
    assert (body["expires_in"], body["interval"]) == (900, 5)
    assert body["user_code"] in body["message"]
    assert "aiting" not in error(client.post(TOKEN, data=form), 70016)["error"]
    assert client.post(TOKEN, data=form).json()["error"] == "authorization_pending"
    page = client.get(body["verification_uri"])
    assert "user_code" in page.text
    page = client.get(body["verification_uri"], params={"user_code": body["user_code"].lower()})
    links = [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]+)"', page.text)]
    (viewer,) = (each for each in links if "persona=viewer" in each)
    assert "signed in" in client.get(body["verification_uri"] + viewer).text
    tokens = client.post(TOKEN, data=form).json()
    assert tokens["refresh_token"]
    assert read(tokens["access_token"])["scp"] == "Bookings.Read.All"
    error(client.post(TOKEN, data=form), 70020)


def test_a_test_answers_a_device_over_the_control_plane(client: TestClient) -> None:
    body, form = device(client)
    (waiting,) = client.get("/_emulator/device-codes").json()["value"]
    assert waiting["user_code"] == body["user_code"]
    answered = client.put(f"/_emulator/device-codes/{body['user_code']}", json={"persona": "scheduler"})
    assert answered.status_code == 200
    assert client.get("/_emulator/device-codes").json()["value"] == []
    assert read(client.post(TOKEN, data=form).json()["access_token"])["upn"].startswith("miriamg@")
    body, form = device(client)
    client.put(f"/_emulator/device-codes/{body['user_code']}", json={"persona": None})
    assert error(client.post(TOKEN, data=form), 70018)["error"] == "authorization_declined"
    assert client.put("/_emulator/device-codes/NOSUCHONE", json={"persona": "viewer"}).status_code == 404
    again = client.put(f"/_emulator/device-codes/{body['user_code']}", json={"persona": "viewer"})
    assert (again.status_code, "was used before" in again.json()["error"]) == (404, True)
    body, form = device(client)
    wrong = client.put(f"/_emulator/device-codes/{body['user_code']}", json={"persona": "application"})
    assert "is an application" in wrong.json()["error"]
    error(client.post(TOKEN, data={**form, "client_id": APP}), 70008)
    client.post("/_emulator/clock/advance", json={"by": "PT15M"})
    assert error(client.post(TOKEN, data=form), 70020)["error"] == "expired_token"
    late = client.put(f"/_emulator/device-codes/{body['user_code']}", json={"persona": "viewer"})
    assert (late.status_code, "has expired" in late.json()["error"]) == (404, True)


# errors

ERRORS: dict[str, tuple[dict[str, Any], int, int, str]] = {
    "a wrong secret": (machine(client_secret="wrong"), 7000215, 401, "invalid_client"),
    "no secret": (machine(client_secret=None), 7000218, 401, "invalid_client"),
    "no grant type": (machine(grant_type=None), 900144, 400, "invalid_request"),
    "no client id": (machine(client_id=None), 900144, 400, "invalid_request"),
    "another grant type": (machine(grant_type="magic"), 70003, 400, "unsupported_grant_type"),
    "no .default": (machine(scope="Bookings.Read.All"), 1002012, 400, "invalid_scope"),
    "no scope": (machine(scope=None), 1002012, 400, "invalid_scope"),
    "another resource": (machine(scope="https://vault.azure.net/.default"), 500011, 400, "invalid_resource"),
    "a wrong password": (person(password="x"), 50126, 400, "invalid_grant"),
    "nobody": (person(username="nobody@contoso.com"), 50126, 400, "invalid_grant"),
    "no consent": (
        person(username="reader", password="reader", scope="Bookings.Manage.All"), 65001, 400, "invalid_grant"
    ),
    "two resources": (person(scope=f"{GRAPH}/User.Read {API_HUB}/x"), 70011, 400, "invalid_scope"),
    "an unknown code": (
        {"grant_type": "authorization_code", "client_id": PEOPLE, "code": "x"}, 70008, 400, "invalid_grant"
    ),
    "an unknown device": ({"grant_type": "device_code", "client_id": PEOPLE, "code": "x"}, 70020, 400, "expired_token"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_a_refusal_has_the_envelope_of_the_real_service(client: TestClient, name: str) -> None:
    form, code, status, word = ERRORS[name]
    correlation = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    answer = client.post(TOKEN, data=form, headers={"client-request-id": correlation})
    body = error(answer, code, status)
    assert body["error"] == word
    assert [*body][:6] == [
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"
    ]  # fmt: skip
    assert body["timestamp"] == "2026-01-05 08:00:00Z"
    assert GUID.fullmatch(body["trace_id"])
    assert body["correlation_id"] == correlation
    assert body["error_uri"] == f"https://login.microsoftonline.com/error?code={code}"
    tail = f" Trace ID: {body['trace_id']} Correlation ID: {correlation} Timestamp: 2026-01-05 08:00:00Z"
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert body["error_description"].endswith(tail)
    assert answer.headers["x-emulator-reason"]
    assert "{" not in body["error_description"]


def test_no_consent_says_so_in_the_suberror(client: TestClient) -> None:
    assert client.post(TOKEN, data=ERRORS["no consent"][0]).json()["suberror"] == "consent_required"


def test_what_is_no_endpoint_or_no_post_is_refused(client: TestClient) -> None:
    error(client.get(TOKEN), 900561)
    assert client.get("/x/oauth2/v2.0/nothing").status_code == 400
    assert "serves nothing at" in client.get("/x/oauth2/v2.0/nothing").headers["x-emulator-reason"]


def test_browsers_may_call_the_token_endpoint(client: TestClient) -> None:
    asks = {"Origin": "http://spa", "Access-Control-Request-Headers": "content-type"}
    assert client.options(TOKEN, headers=asks).headers["Access-Control-Allow-Headers"] == "content-type"
    answer = client.post(TOKEN, data=machine(), headers={"Origin": "http://spa"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_faults_meet_the_identity_plane_too(client: TestClient) -> None:
    rule = {"match": {"operation": "identity.token"}, "effect": {"problem": "aad.badsecret"}}
    assert client.post("/_emulator/faults", json=rule).status_code == 201
    error(client.post(TOKEN, data=machine()), 7000215, 401)


# tenants and repetition


def test_the_login_path_names_the_tenant_and_the_token_leads_to_it(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "north"}).json()
    for word in ("north", made["id"], "NORTH.onmicrosoft.com"):
        token = client.post(f"/{word}/oauth2/v2.0/token", data=machine()).json()["access_token"]
        assert read(token)["tid"] == made["id"]
    client.post("/v1.0/solutions/bookingBusinesses", json={"displayName": "Ours"}, headers=bearer("administrator"))
    names = client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(token)).text
    assert "Ours" not in names
    below = client.post("/tenants/north/x/oauth2/v2.0/token", data=machine()).json()["access_token"]
    assert read(below)["tid"] == made["id"]
    found = client.get("/tenants/north/x/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"].startswith(f"{ORIGIN}/tenants/north/{made['id']}/oauth2/")


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    def play() -> list[bytes]:
        with TestClient(create_app("default", seed=9, now=NOW), base_url=ORIGIN, follow_redirects=False) as client:
            answers = [client.post(TOKEN, data=machine()), client.post(TOKEN, data=person())]
            answers += [client.get(asked(login_hint="viewer")), client.post(TOKEN, data=machine(client_secret="x"))]
            return [each.content + str(sorted(each.headers.items())).encode() for each in answers]

    assert play() == play()


def test_signing_in_changes_no_id_of_a_record() -> None:
    def ids(signs_in: bool) -> str:
        with TestClient(create_app("default", seed=9, now=NOW), base_url=ORIGIN) as client:
            if signs_in:
                client.post(TOKEN, data=machine())
            made = client.post("/v1.0/solutions/bookingBusinesses", json={"displayName": "A"}, headers=bearer("x"))
            return str(made.headers["request-id"])

    assert ids(signs_in=True) == ids(signs_in=False)


# what must never be shown


@pytest.mark.parametrize("log", ["text", "json"])
def test_no_token_secret_or_password_is_shown_anywhere(log: str, capfd: pytest.CaptureFixture[str]) -> None:
    app = create_app("default", seed=1, now=NOW, settings=Settings(log=LOGS[log]))
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
    words = [SECRET, "administrator-word", "wrong-secret"]
    kept = client.post(TOKEN, data=machine()).json()["access_token"]
    client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(kept))
    shown = [client.post(TOKEN, data=machine(client_secret="wrong-secret")).text]
    shown += [client.post(TOKEN, data=person(password="administrator-word")).text]
    body = client.post(TOKEN, data=person()).json()
    code = sent_back(client.get(asked(login_hint="viewer")))["code"]
    client.post(TOKEN, data={"grant_type": "authorization_code", "client_id": PEOPLE, "code": code})
    client.post(
        TOKEN, data={"grant_type": "refresh_token", "client_id": PEOPLE, "refresh_token": body["refresh_token"]}
    )
    waiting, form = device(client)
    client.post(TOKEN, data=form)
    header = {"Authorization": f"Basic {b64encode(f'{APP}:{SECRET}'.encode()).decode()}"}
    client.post(TOKEN, data=machine(client_secret=None), headers=header)
    shown += [client.get(HOME, headers=bearer(f"{kept}x")).text, client.get(HOME, headers=bearer(kept[:-9])).text]
    words += [kept, body["access_token"], body["id_token"], body["refresh_token"], code, waiting["device_code"]]
    words += [header["Authorization"].partition(" ")[2]]
    for url in ("/_emulator/journal", "/_emulator/journal?limit=1000", "/_emulator/personas", "/_emulator"):
        shown.append(client.get(url).text)
    for row in client.get("/_emulator/journal").json()["value"]:
        shown.append(client.get(f"/_emulator/journal/{row['id']}").text if "id" in row else "")
    said = capfd.readouterr()
    assert "identity.token" in said.err
    shown += [said.out, said.err]
    for word in words:
        for text in shown:
            assert word not in text, f"{word[:12]}… in {text[max(0, text.find(word) - 300) :][:600]}"


@pytest.mark.parametrize("level", ["check", "strict"])
def test_what_persons_sign_in_to_is_no_application_that_may_do_everything(client: TestClient, level: str) -> None:
    made = client.post("/_emulator/tenants", json={"auth": level}).json()
    shared = guid_of("client", "people")
    form = machine(client_id=shared, client_secret="anything")
    error(client.post(f"/{made['id']}/oauth2/v2.0/token", data=form), 7000215, 401)
    claims = {"iss": shared, "sub": shared, "aud": f"{ORIGIN}{TOKEN}", "exp": 2**33}
    assertion = jwt.encode(claims, key_of(7), "RS256")
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = machine(client_id=shared, client_secret=None, client_assertion=assertion, client_assertion_type=kind)
    error(client.post(f"/{made['id']}/oauth2/v2.0/token", data=form), 7000215, 401)


@pytest.mark.parametrize("word", ["a", "abcde", "é", "="])
def test_a_basic_header_that_is_none_is_refused(client: TestClient, word: str) -> None:
    headers = [(b"authorization", f"Basic {word}".encode("latin-1"))]
    for path in (TOKEN, "/any/oauth2/v2.0/devicecode"):
        answer = client.post(path, data=machine(client_id=None), headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error_codes"][0] in (9002313, 900144)


def test_json_at_the_token_endpoint_is_told_that_a_form_is_wanted(client: TestClient) -> None:
    answer = client.post(TOKEN, json=machine())
    error(answer, 900144)
    assert "must be a form" in answer.headers["x-emulator-reason"]


def test_a_reason_is_never_too_long_for_a_header(client: TestClient) -> None:
    answer = client.post(TOKEN, data=machine(grant_type="x" * 70_000))
    reason = answer.headers["x-emulator-reason"]
    assert len(reason) < 1_100
    assert reason.endswith("... (the journal has all of it)")
    (entry,) = client.get("/_emulator/journal").json()["value"]
    assert len(entry["reason"]) > 70_000


@pytest.mark.parametrize("word", ["http://[", "http://host:port", "https://[::1", "http://a]b"])
def test_what_only_looks_like_an_address_is_refused_and_breaks_nothing(client: TestClient, word: str) -> None:
    error(client.post(TOKEN, data=machine(scope=f"{word}/.default")), 500011)
    error(client.post(TOKEN, data=machine(scope=None, resource=word)), 500011)
    assert client.get(asked(redirect_uri=word, login_hint=DANA)).status_code == 400
    assert client.get("/x/oauth2/v2.0/logout", params={"post_logout_redirect_uri": word}).status_code == 200
    assert client.get("/common/discovery/instance", params={"authorization_endpoint": word}).status_code == 200
    made = client.post("/_emulator/tokens", json={"persona": "administrator", "audience": word}).json()
    token = bearer(made["access_token"])
    assert client.get("/v1.0/solutions/bookingBusinesses", headers=token).status_code == 401
    webhook = {"notification_url": word, "resource": "Appointments", "change_type": ["Created"]}
    where = "/apim/microsoftbookings/a/BookingsService/api/V1/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com"
    answer = client.post(f"{where}/webhook/AppointmentCreated", json={"webhook": webhook}, headers=bearer("any"))
    assert answer.status_code == 400, answer.text


def test_a_plain_challenge_may_be_any_text(client: TestClient) -> None:
    told = sent_back(client.get(asked(login_hint=DANA, code_challenge="é")))
    form = {"grant_type": "authorization_code", "client_id": PEOPLE, "code": told["code"], "redirect_uri": BACK}
    error(client.post(TOKEN, data={**form, "code_verifier": "e"}), 501481)
    assert client.post(TOKEN, data={**form, "code_verifier": "é"}).status_code == 200


CONSENTED: dict[str, tuple[str, int]] = {
    "exactly what it has": ("Bookings.Read.All", 200),
    "all it has": (".default", 200),
    "nothing": ("openid", 200),
    "more": ("Bookings.Read.All Bookings.ReadWrite.All", 400),
    "something else": ("Bookings.ReadWrite.All", 400),
}


@pytest.mark.parametrize(("scope", "status"), CONSENTED.values(), ids=CONSENTED)
def test_a_persona_gets_what_it_has_and_no_more(scope: str, status: int, client: TestClient) -> None:
    asking = person(username="reader@contoso.onmicrosoft.com", password="reader", scope=scope)
    answer = client.post(TOKEN, data=asking)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert read(answer.json()["access_token"])["scp"] == "Bookings.Read.All"
    else:
        error(answer, 65001)


def test_a_redirect_of_a_refusal_tells_these_words_and_no_others(client: TestClient) -> None:
    told = sent_back(client.get(asked(response_type="token"), follow_redirects=False))
    assert set(told) - {"x"} == {"error", "error_description", "error_uri", "state"}
    assert told["state"] == "a b&c"


@pytest.mark.parametrize(
    "path",
    ["/common/v2.0/.well-known/openid-configuration", "/common/discovery/v2.0/keys", "/common/oauth2/v2.0/token"],
)
def test_every_answer_of_the_identity_platform_has_these_headers(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in ("X-Content-Type-Options", "Cache-Control", "Pragma")} == {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store, no-cache",
        "Pragma": "no-cache",
    }
    assert GUID.fullmatch(answer.headers["x-ms-request-id"])


def test_the_oldest_code_device_and_refresh_token_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings_emulator.store.sessions.CAPACITY", 3)
    sessions, later = Sessions(1), utc("2026-01-06T08:00:00Z")
    grants = [Grant(str(each), "client", (), later) for each in range(4)]
    for keep, kept in ((sessions.keep_code, sessions.codes), (sessions.keep_refresh, sessions.refreshes)):
        for each in grants:
            keep(each)
        assert [each.persona for each in kept.values()] == ["1", "2", "3"]


# addresses that a browser is sent to


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "blob:http://x/y",
        "view-source:javascript:1",
        "feed:javascript:1",
        "jar:x",
        "about:blank",
    ],
)
def test_no_browser_is_sent_where_it_would_run_or_show_something(client: TestClient, address: str) -> None:
    for path in ("authorize", "logout"):
        name = "redirect_uri" if path == "authorize" else "post_logout_redirect_uri"
        query = {"client_id": "c", "scope": "openid", "login_hint": "administrator", name: address, "state": "s"}
        answer = client.get(f"/common/oauth2/v2.0/{path}", params=query, follow_redirects=False)
        assert "location" not in answer.headers


def test_an_address_of_other_letters_is_encoded(client: TestClient) -> None:
    query = {"post_logout_redirect_uri": "http://localhost/中?a=ä", "state": "s"}
    answer = client.get("/common/oauth2/v2.0/logout", params=query, follow_redirects=False)
    assert answer.headers["location"] == "http://localhost/%E4%B8%AD?a=%C3%A4&state=s"


def test_a_page_elsewhere_approves_no_device(client: TestClient) -> None:
    asked = {"client_id": "c", "scope": "openid"}
    code = client.post("/common/oauth2/v2.0/devicecode", data=asked).json()["user_code"]
    query = {"user_code": code, "persona": "administrator"}
    for site in ("cross-site", "same-site"):
        shown = client.get("/common/oauth2/v2.0/deviceauth", params=query, headers={"Sec-Fetch-Site": site})
        assert "Sign in on the device" in shown.text
    assert "You are signed in" in client.get("/common/oauth2/v2.0/deviceauth", params=query).text
