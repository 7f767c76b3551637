"""Tokens: what they say, how each level takes them, and when they stop to be good."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import jwt
import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import create_app
from bookings_emulator.identity.tokens import API_HUB, GRAPH, LIFETIME, WRONGS, TokenOptions, issue, read
from bookings_emulator.keys import jwk_of, key_of, kid_of
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import Fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import BUSINESS, HOME, NOW, ORIGIN, ROOT, Graph, bearer, small
from tests.connector_quirks import HUB, V1
from tests.test_callers import token as foreign

DANA = {"name": "dana", "kind": "delegated", "upn": "Dana@contoso.com", "roles": {BUSINESS: "viewer"}}


def at_level(auth: str, **settings: Any) -> Graph:
    """The small tenant at a level, with the further persona Dana."""
    data = small()
    data["personas"] = [*data["personas"], DANA]
    start = Start((Fixture("small", data),), seed=1, frozen=utc(NOW))
    return Graph(Tenant(start, Settings(auth=auth, **settings)))


def made(graph: Graph, persona: str = "app", **wanted: Any) -> dict[str, str]:
    """The header of a token made for a persona."""
    return bearer(issue(graph.tenant, graph.tenant.personas[persona], TokenOptions(**wanted)))


def code(graph: Graph, headers: dict[str, str]) -> str:
    """The problem that a read of the business meets, or its status."""
    answer = graph.get(HOME, headers=headers)
    return [*graph.tenant.journal.entries][-1].exchange.problem or str(answer.status)


# what a token says


def test_the_token_of_an_application_is_as_graph_issues_it(tenant: Tenant) -> None:
    persona = tenant.personas["app"]
    claims = read(issue(tenant, persona, TokenOptions()))
    now = int(utc(NOW).timestamp())
    assert claims["aud"] == GRAPH
    assert claims["iss"] == claims["idp"] == f"https://sts.windows.net/{tenant.guid}/"
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + LIFETIME)
    assert (claims["ver"], claims["idtyp"], claims["tid"]) == ("1.0", "app", tenant.guid)
    assert claims["appid"] == persona.client_id
    assert claims["oid"] == claims["sub"] == persona.object_id
    assert claims["app_displayname"] == "app"
    assert "Bookings.Read.All" in claims["roles"]
    assert "scp" not in claims


def test_the_token_of_a_person_names_it_and_carries_scopes(tenant: Tenant) -> None:
    persona = tenant.personas["viewer"]
    claims = read(issue(tenant, persona, TokenOptions(permissions=frozenset({"Bookings.Read.All", "User.Read"}))))
    assert claims["idtyp"] == "user"
    assert claims["upn"] == claims["unique_name"] == persona.upn
    assert claims["scp"] == "Bookings.Read.All User.Read"
    assert claims["sub"] != claims["oid"] == persona.object_id
    assert "roles" not in claims


def test_any_library_can_verify_a_token_by_the_published_key(tenant: Tenant) -> None:
    token = issue(tenant, tenant.personas["app"], TokenOptions())
    key = jwt.PyJWK(jwk_of(tenant.start.seed))
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    claims = jwt.decode(token, key.key, ["RS256"], audience=GRAPH, options={"verify_exp": False, "verify_nbf": False})
    assert claims["appid"]


def test_the_seed_fixes_key_and_tokens() -> None:
    first, second, other = (Graph(Tenant(Start((Fixture("s", small()),), seed, utc(NOW)))) for seed in (3, 3, 4))
    assert made(first) == made(second)
    assert made(first) != made(other)
    assert kid_of(3) != kid_of(4)
    assert key_of(3).key_size == 2048


# how each level takes tokens

OUTCOMES = {
    "nothing": ({"authorization": None}, "auth.empty", "auth.empty", "auth.empty"),
    "opaque": (bearer("anything"), "200", "auth.notjwt", "auth.notjwt"),
    "opaque with dots": (bearer("a.b"), "200", "auth.compact", "auth.compact"),
    "a persona's name": (bearer("viewer"), "200", "200", "auth.notjwt"),
    "no JSON": (bearer("a.b.c"), "200", "auth.compact", "auth.compact"),
    "no claims that tell": (bearer(foreign(aud=GRAPH)), "200", "auth.noperm", "auth.signature"),
    "foreign scp": (bearer(foreign(scp="Bookings.Read.All")), "200", "200", "auth.signature"),
    "foreign roles": (bearer(foreign(roles=["Bookings.Read.All"])), "200", "200", "auth.signature"),
    "foreign scp of something else": (
        bearer(foreign(scp="User.Read")), "authz.erroraccessdenied", "authz.erroraccessdenied", "auth.signature"
    ),
    "foreign upn of a persona": (bearer(foreign(upn="dana@CONTOSO.com")), "200", "200", "auth.signature"),
    "foreign and long expired": (bearer(foreign(roles=["Bookings.Read.All"], exp=1)), "200", "200", "auth.signature"),
    "issued here": ({}, "200", "200", "200"),
    "issued here for the GUID of Graph": (
        {"audience": "00000003-0000-0000-c000-000000000000"}, "200", "200", "200"
    ),
    "issued here for Graph with a slash": ({"audience": f"{GRAPH}/"}, "200", "200", "200"),
    "issued here for this host": ({"audience": "http://localhost"}, "200", "200", "200"),
    "issued here for another host": ({"audience": "http://else"}, *["auth.audience"] * 3),
    "issued here for the connector": ({"audience": API_HUB}, *["auth.audience"] * 3),
    "expired": ({"wrong": "expired"}, *["auth.expired"] * 3),
    "not yet valid": ({"wrong": "not-yet-valid"}, *["auth.early"] * 3),
    "of another audience": ({"wrong": "audience"}, *["auth.audience"] * 3),
    "of another tenant": ({"wrong": "tenant"}, "200", "200", "auth.issuer"),
    "with a bad signature": ({"wrong": "signature"}, *["auth.signature"] * 3),
    "without permissions": ({"wrong": "no-permissions"}, *["auth.noperm"] * 3),
}  # fmt: skip


@pytest.mark.parametrize(
    ("number", "auth"), [(0, "open"), (1, "check"), (2, "strict")], ids=["open", "check", "strict"]
)
@pytest.mark.parametrize("name", OUTCOMES)
def test_a_level_takes_or_refuses_a_token(name: str, number: int, auth: str) -> None:
    given, *expected = OUTCOMES[name]
    graph = at_level(auth)
    headers = given if "authorization" in given else made(graph, **given)
    for _ in range(2):  # what is remembered of a token is what was found
        assert code(graph, headers) == expected[number]


@pytest.mark.parametrize("kind", ["application", "delegated"])
def test_a_token_without_permissions_is_not_helped_by_those_its_persona_declares(kind: str) -> None:
    data = small()
    data["personas"] = [{"name": "some", "kind": kind, "permissions": ["Bookings.Manage.All"], "roles": {}}]
    if kind == "delegated":
        data["personas"][0]["roles"] = {"*": "administrator"}
    graph = Graph(Tenant(Start((Fixture("small", data),), seed=1, frozen=utc(NOW))))
    assert code(graph, made(graph, "some")) == "200"
    assert code(graph, made(graph, "some", wrong="no-permissions")) == "auth.noperm"


def test_every_wrong_token_has_a_row_above() -> None:
    assert {given["wrong"] for given, *_ in OUTCOMES.values() if "wrong" in given} == set(WRONGS)


def test_refusals_carry_the_challenge_of_graph() -> None:
    answer = at_level("strict").get(HOME, headers=bearer("anything"))
    assert answer.status == 401
    assert answer.error["message"].startswith("IDX14100: JWT is not well formed, there are no dots (.).")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="", authorization_uri=')
    assert "get one from" in answer.reason


@pytest.mark.parametrize("auth", ["open", "check", "strict"])
def test_anonymous_callers_may_do_everything_where_they_are_allowed(auth: str) -> None:
    graph = at_level(auth, allow_anonymous=True)
    assert graph.post(ROOT, {"displayName": "Ours"}, headers={"authorization": None}).status == 201


def test_the_permissions_of_a_token_count_and_not_those_of_its_persona() -> None:
    graph = at_level("open")
    headers = made(graph, permissions=frozenset({"Bookings.Read.All"}))
    assert graph.get(HOME, headers=headers).status == 200
    answer = graph.patch(HOME, {"displayName": "Ours"}, headers=headers)
    assert (answer.status, answer.error["code"]) == (403, "ErrorAccessDenied")
    assert "the token of 'app' has Bookings.Read.All" in answer.reason


def test_a_foreign_token_has_the_role_of_the_persona_that_it_names() -> None:
    graph = at_level("open")
    headers = bearer(foreign(oid=graph.tenant.personas["dana"].object_id, scp="Bookings.ReadWrite.All"))
    assert graph.get(HOME, headers=headers).status == 200
    assert graph.patch(HOME, {"displayName": "Mine"}, headers=headers).status == 403


# time


def test_a_token_expires_on_the_clock_of_the_tenant_with_some_minutes_of_grace(client: TestClient) -> None:
    made = client.post("/_emulator/tokens", json={"persona": "app", "lifetime": "PT10M"}).json()
    headers = bearer(made["access_token"])
    assert client.get(HOME, headers=headers).status_code == 200
    client.post("/_emulator/clock/advance", json={"by": "PT14M59S"})
    assert client.get(HOME, headers=headers).status_code == 200
    client.post("/_emulator/clock/advance", json={"by": "PT1S"})
    late = client.get(HOME, headers=headers)
    assert (late.status_code, late.json()["error"]["message"]) == (
        401, "Lifetime validation failed, the token is expired."
    )  # fmt: skip
    client.put("/_emulator/clock", json={"now": NOW})
    assert client.get(HOME, headers=headers).status_code == 200


def test_a_revoked_persona_meets_a_claims_challenge_until_it_has_a_new_token(client: TestClient) -> None:
    ask = {"persona": "app"}
    old = bearer(client.post("/_emulator/tokens", json=ask).json()["access_token"])
    other = bearer(client.post("/_emulator/tokens", json={"persona": "viewer"}).json()["access_token"])
    since = client.post("/_emulator/personas/app/revoke").json()["since"]
    answer = client.get(HOME, headers=old)
    assert answer.status_code == 401
    assert "TokenIssuedBeforeRevocationTimestamp" in answer.json()["error"]["message"]
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in challenge
    claims = json.loads(b64decode(challenge.partition('claims="')[2].rstrip('"')))
    assert claims == {"access_token": {"nbf": {"essential": True, "value": str(since)}}}
    assert client.get(HOME, headers=other).status_code == 200
    new = bearer(client.post("/_emulator/tokens", json=ask).json()["access_token"])  # while the clock stands
    assert client.get(HOME, headers=new).status_code == 200
    client.post("/_emulator/reset")
    assert client.get(HOME, headers=old).status_code == 200


# over the control plane


def test_a_tenant_has_a_level_of_its_own(client: TestClient) -> None:
    made = client.post("/_emulator/tenants", json={"name": "tight", "auth": "strict"}).json()
    assert client.get(f"{made['graph']['v1.0']}/solutions/bookingBusinesses").status_code == 401
    assert client.get(ROOT).status_code == 200
    token = client.post(f"{made['control']}/tokens", json={"persona": "app"}).json()["access_token"]
    assert client.get(f"{made['graph']['v1.0']}/solutions/bookingBusinesses", headers=bearer(token)).status_code == 200
    answer = client.get(ROOT, headers=bearer(token))  # its token leads to it at the plain address too
    assert answer.status_code == 200
    paths = [each["path"] for each in client.get(f"{made['control']}/journal").json()["value"]]
    assert paths.count("/v1.0/solutions/bookingBusinesses") == 3
    assert client.post("/_emulator/tenants", json={"auth": "closed"}).status_code == 400


def test_personas_are_listed_without_their_secrets(client: TestClient) -> None:
    shown = client.get("/_emulator/personas")
    assert [each["name"] for each in shown.json()["value"]][:2] == ["app", "viewer"]
    assert "secret" not in shown.text
    assert "password" not in shown.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"persona": "ap"}, "there is no persona 'ap'; did you mean 'app'?"),
        ({}, "'persona' is a required property"),
        ({"persona": "app", "lifetime": "long"}, "lifetime must be a duration"),
        ({"persona": "app", "lifetime": "PT0S"}, "lifetime must be a duration"),
        ({"persona": "app", "wrong": "all"}, "expected one of expired"),
    ],
)
def test_a_token_that_cannot_be_made_is_said(client: TestClient, body: dict[str, Any], message: str) -> None:
    answer = client.post("/_emulator/tokens", json=body)
    assert answer.status_code in (400, 404)
    assert message in answer.json()["error"]


def test_tokens_of_the_default_fixture_reach_both_planes() -> None:
    with TestClient(create_app(seed=1), base_url=ORIGIN) as client:
        for audience, url in (
            ("graph", "/v1.0/solutions/bookingBusinesses"),
            ("connector", f"{HUB}{V1}/bookingBusinessesUserAsAdmin"),
        ):
            body = {"persona": "administrator", "audience": audience}
            token = client.post("/_emulator/tokens", json=body).json()["access_token"]
            answer = client.get(url, headers=bearer(token))
            assert answer.status_code != 401, answer.text
            other = {"graph": "connector", "connector": "graph"}[audience]
            token = client.post("/_emulator/tokens", json={**body, "audience": other}).json()["access_token"]
            assert client.get(url, headers=bearer(token)).status_code == 401


def test_what_tokens_mean_is_not_remembered_without_end() -> None:
    graph = at_level("open")
    for number in range(3000):
        graph.get("/v1.0/solutions/bookingCurrencies/USD", headers=bearer(foreign(scp="Bookings.Read.All", n=number)))
    assert len(graph.tenant.sessions.meanings) <= 1024


def test_an_app_starts_without_the_libraries_of_tokens() -> None:
    import subprocess
    import sys

    program = "import sys, bookings_emulator.app, bookings_emulator.cli; bookings_emulator.app.create_app(); print([m for m in ('jwt', 'cryptography', 'trustme') if m in sys.modules])"  # noqa: E501
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("claims", [{"roles": 5}, {"roles": 5, "app_displayname": "administrator"}, {"idtyp": "app"}])
def test_permissions_that_cannot_be_read_are_none_at_level_check(claims: dict[str, Any]) -> None:
    token = jwt.encode(claims, "k" * 32, "HS256")
    app = create_app("default", seed=1, settings=Settings(auth="check"))
    with TestClient(app, base_url=ORIGIN, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/v1.0/solutions/bookingBusinesses").status_code in (401, 403)
