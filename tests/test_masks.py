"""What is secret is shown nowhere: not in the journal and what is made of it, not in the log, not in an error."""

from __future__ import annotations

import io
import json
import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as some
from starlette.testclient import TestClient

from bookings_emulator import masking as masks
from bookings_emulator.app import create_app
from bookings_emulator.client.client import Client
from bookings_emulator.exchange import FORM, Exchange
from bookings_emulator.identity.tokens import GRAPH
from bookings_emulator.keys import pem_of
from bookings_emulator.log import LOGS
from bookings_emulator.masking import mask_text
from bookings_emulator.settings import Settings
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import check
from bookings_emulator.testing.report import exchanges
from tests.conftest import HOME, NOW, ORIGIN

TOKEN = "/any-tenant/oauth2/v2.0/token"
LISTED = "/v1.0/solutions/bookingBusinesses"
EVERYWHERE = settings(
    max_examples=12, derandomize=True, deadline=None, database=None, phases=(Phase.explicit, Phase.generate)
)

# a secret, with marks at both ends that nothing else has
HEAD, TAIL = "Zq9Vh", "Wk7Jx"
middles = some.text(some.sampled_from("ab1#\"'<>\\ &;=,:{}[]%+/?\t\n~é"), max_size=8)
secrets = middles.map(lambda middle: f"{HEAD}{middle}{TAIL}")
names = some.sampled_from(
    [
        "client_secret",
        "password",
        "refresh_token",
        "code",
        "client_assertion",
        "device_code",
        "user_code",
        "code_verifier",
    ]
)
types = some.sampled_from([FORM, "text/plain", "application/json", "", f"{FORM}; charset=utf-8", "text/html"])


def spelled(name: str) -> str:
    """A name with every other character percent-encoded."""
    return "".join(each if index % 2 else f"%{ord(each):02x}" for index, each in enumerate(name))


def raw(secret: str) -> str:
    """A secret as `curl -d` sends it: nothing encoded but what would end it."""
    return secret.replace("&", "%26")


def jwt(secret: str) -> str:
    """A token that holds a secret."""
    parts = (json.dumps(each).encode() for each in ({"alg": "none", "x": HEAD}, {"s": secret}))
    return ".".join([*(urlsafe_b64encode(each).decode().rstrip("=") for each in parts), f"{HEAD}-{TAIL}"])


# a body by the name of a field and its secret
BODIES: dict[str, Callable[[str, str], str]] = {
    "a form": lambda name, secret: urlencode({"grant_type": "password", name: secret, "scope": "x"}),
    "a form, first and alone": lambda name, secret: f"{name}={raw(secret)}",
    "a form as curl sends it": lambda name, secret: f"client_id=a&{name}={raw(secret)}&scope=x",
    "a form with an encoded name": lambda name, secret: f"{spelled(name)}={raw(secret)}&scope=x",
    "a form inside of a form": lambda name, secret: urlencode({"state": urlencode({"a": 1, name: secret})}),
    "an address inside of a form": lambda name, secret: urlencode({"redirect_uri": f"x://y/?{name}={quote(secret)}"}),
    "semicolons": lambda name, secret: f"grant_type=client_credentials;{name}={raw(secret)}",
    "JSON": lambda name, secret: json.dumps({"grant_type": "x", name: secret}),
    "JSON that is cut": lambda name, secret: json.dumps({"grant_type": "x", "client_secret": secret})[:-1],
    "a list in JSON": lambda name, secret: json.dumps([{"client_id": "x", name: [secret, {"password": secret}]}]),
    "JSON whose quotes are single": lambda name, secret: str({"client_secret": secret}),
    "JSON whose quotes a shell took": lambda name, secret: f"{{client_id:x,client_secret:{secret}}}",
    "an address in JSON": lambda name, secret: json.dumps(
        {"notificationUrl": f"https://x/?{name}={quote(secret)}&a=1"}
    ),
    "an address in JSON that is cut": lambda name, secret: json.dumps({"url": f"https://x/?sig={quote(secret)}"})[:-1],
    "a multipart form": lambda name, secret: (
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{secret}\r\n--b--\r\n'
    ),
    "a token": lambda name, secret: f"assertion of {jwt(secret)}",
    "a key": lambda name, secret: f"-----BEGIN RSA PRIVATE KEY-----\n{HEAD}\n{TAIL}\n-----END RSA PRIVATE KEY-----",
    "a wrong grant type": lambda name, secret: urlencode({"grant_type": f"x;{name}={secret}"}),
    "a wrong assertion type": lambda name, secret: urlencode(
        {"client_id": "a", "client_assertion": "x", "client_assertion_type": jwt(secret)}
    ),
}
# the rest of a request: path, query and headers
PATHS: dict[str, Callable[[str, str], tuple[str, dict[str, str]]]] = {
    "a query": lambda name, secret: (f"{LISTED}?a=1&{name}={quote(secret)}", {}),
    "an encoded query": lambda name, secret: (f"{LISTED}?{spelled(name)}={quote(secret)}", {}),
    "an address in a query": lambda name, secret: (f"{LISTED}?u={quote(f'http://x/?a=1&{name}={quote(secret)}')}", {}),
    "a path": lambda name, secret: (f"{LISTED}/{jwt(secret)}", {}),
    "a path of the identity platform": lambda name, secret: (f"/x/oauth2/v2.0/tokn;{name}={quote(secret)}", {}),
    "a token in a path": lambda name, secret: (f"/x/oauth2/v2.0/{jwt(secret)}", {}),
    "an address to come back to": lambda name, secret: (
        f"/x/oauth2/v2.0/authorize?client_id=a&redirect_uri={quote(f'http://x/#{name}={quote(secret)}', safe='')}",
        {},
    ),
    "a bad address to come back to": lambda name, secret: (
        f"/x/oauth2/v2.0/authorize?client_id=a&redirect_uri={quote(f'?{name}={quote(secret)}', safe='')}",
        {},
    ),
    "a header": lambda name, secret: (LISTED, {"x-api-key": f"{HEAD}-{TAIL}"}),
    "an Authorization": lambda name, secret: (LISTED, {"authorization": f"{HEAD} {TAIL}"}),
    "a bearer": lambda name, secret: (LISTED, {"authorization": f"Bearer {HEAD}{TAIL}"}),
    "a cookie": lambda name, secret: (LISTED, {"cookie": f"a={HEAD}; b={TAIL}"}),
    "a referer": lambda name, secret: (LISTED, {"referer": f"http://x/#{name}={quote(secret)}&y=1"}),
    "a password in an address": lambda name, secret: (LISTED, {"referer": f"http://me:{HEAD}{TAIL}@x/"}),
}


LOGGED = io.StringIO()


def log(tenant: str, exchange: Exchange) -> None:
    """A line of each kind."""
    with redirect_stderr(LOGGED):
        for each in LOGS.values():
            if each:
                each(tenant, exchange)


@pytest.fixture(scope="module")
def loud() -> Iterator[TestClient]:
    app = create_app("default", seed=1, now=NOW, settings=Settings(log=log))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


def shown(client: TestClient) -> dict[str, str]:
    """Everything that is told of the exchanges of a tenant."""
    told = ("journal", "journal.har", "journal/scenario", "journal/notes", "state", "personas", "deliveries")
    texts = {each: client.get(f"/_emulator/{each}").text for each in told}
    match = {"match": {"path": "nowhere", "reason": "none"}}
    texts["verdict"] = client.post("/_emulator/journal/verify", json=match).text
    for near in ("path", "reason"):
        texts[f"near {near}"] = client.post("/_emulator/journal/verify", json={"match": {near: "none"}}).text
    with warnings.catch_warnings(action="ignore"):  # the client of the tests takes no timeout
        texts["failure"] = exchanges(Client(ORIGIN, http=client))
    return {**texts, "log": LOGGED.getvalue()}


def assert_hidden(client: TestClient) -> None:
    texts = shown(client)
    client.delete("/_emulator/journal")
    LOGGED.truncate(LOGGED.seek(0))
    for where, text in texts.items():
        for mark in (HEAD, TAIL):
            found = text.find(mark)
            assert found < 0, f"{where}: {text[max(0, found - 300) : found + 100]}"


@pytest.mark.parametrize("place", BODIES)
@EVERYWHERE
@given(name=names, secret=secrets, content_type=types)
@example("client_secret", f"{HEAD}#{TAIL}", "text/plain")
@example("client_secret", f"{HEAD}&{TAIL}", FORM)
def test_a_secret_in_a_body_is_shown_nowhere(
    loud: TestClient, place: str, name: str, secret: str, content_type: str
) -> None:
    body = BODIES[place](name, secret).encode()
    headers = {"content-type": content_type} if content_type else {}
    loud.post(TOKEN, content=body, headers=headers)
    loud.post(f"{HOME}/appointments", content=body, headers=headers)
    assert_hidden(loud)


@pytest.mark.parametrize("place", PATHS)
@EVERYWHERE
@given(name=names, secret=secrets)
def test_a_secret_in_an_address_or_a_header_is_shown_nowhere(
    loud: TestClient, place: str, name: str, secret: str
) -> None:
    url, headers = PATHS[place](name, secret)
    loud.get(url, headers=headers)
    loud.request("DELETE", url, headers=headers)
    assert_hidden(loud)


def test_what_is_masked_stays_readable() -> None:
    kept = {
        "grant_type=password&password=x&scope=a": "grant_type=password&password=***&scope=a",
        "state=1&redirect_uri=http%3A%2F%2Fx%2F%3Fa%3Db": "state=1&redirect_uri=http%3A%2F%2Fx%2F%3Fa%3Db",
        "https://x/?sp=1&sig=abc&sv=1": "https://x/?sp=1&sig=***&sv=1",
        "grant_type is one of a, b; got 'c'": "grant_type is one of a, b; got 'c'",
        '{"a": "https://x/?sig=1", "b": 2': '{"a": "https://x/?sig=***", "b": 2',
        "password_hint=kept&x=secret": "password_hint=kept&x=secret",
    }
    for text, wanted in kept.items():
        assert mask_text(text) == wanted


HARD = [
    "a" * 16000, "a%" * 8000, "%25" * 5000, "%" + "25" * 8000, "<input name=code " * 1000, "=" * 16000, '{"' * 8000,
    "{'a" * 5000, "://a:" * 3000, '"' * 16000, "a=b%41&" * 2000, "--a\r\nContent-Disposition: x\r\n" * 500,
    "{client_secret:" * 1000, " " * 16000 + "=", "-----BEGIN PRIVATE KEY-----" * 500, "eyJ" * 5000, "[\\" * 8000,
    '{"password":"\\' * 1000, '{"a":"' + '\\"' * 7000, "'password' " + " " * 15000,
]  # fmt: skip


@pytest.mark.parametrize("text", HARD, ids=lambda text: repr(text[:12]))
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    masks.mask_body(text.encode(), "application/json")
    masks.mask_body(text.encode(), FORM)
    assert time.process_time() - started < 2


# what a tenant starts from


OWN = {
    "title": "ours",
    "personas": [
        {"name": "nightly", "kind": "application", "secrets": [f"{HEAD}{TAIL}"]},
        {"name": "dana", "password": f"{HEAD}{TAIL}"},
    ],
}


def started(folder: Path, fixture: dict[str, Any]) -> TestClient:
    """An emulator that starts from a fixture of its own."""
    file = folder / "ours.json"
    file.write_text(json.dumps(fixture), encoding="utf-8")
    return TestClient(create_app(str(file), seed=1, now=NOW), base_url=ORIGIN)


def test_what_is_exported_has_the_personas_without_their_secrets(tmp_path: Path) -> None:
    client = started(tmp_path, OWN)
    for path in ("state", "journal/scenario"):
        text = client.get(f"/_emulator/{path}").text
        assert "nightly" in text
        assert HEAD not in text
        assert "secrets" not in text
    again = client.get("/_emulator/journal/scenario").json()["given"]["fixture"]
    form = {"grant_type": "client_credentials", "client_secret": "nightly-secret", "scope": f"{GRAPH}/.default"}
    form["client_id"] = client.get("/_emulator/personas").json()["value"][0]["client_id"]
    assert client.post(TOKEN, data=form).status_code == 401
    assert started(tmp_path, again).post(TOKEN, data=form).status_code == 200


def test_a_certificate_with_its_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    pem = pem_of("nightly")
    row = {"name": "nightly", "kind": "application", "certificates": [pem]}
    with pytest.raises(FixtureError, match="not its private key") as caught:
        started(tmp_path, {"title": "x", "personas": [row]})
    assert "persona 'nightly', certificates[0]" in str(caught.value)
    assert pem[100:160] not in str(caught.value)


def test_of_a_certificate_nothing_else_in_its_file_is_kept(tmp_path: Path) -> None:
    pem = pem_of("nightly")
    certificate = pem[pem.index("-----BEGIN CERTIFICATE") :]
    row = {"name": "nightly", "kind": "application", "certificates": [f"Bag: {HEAD}\n{certificate}{TAIL}"]}
    (shown,) = started(tmp_path, {"title": "x", "personas": [row]}).get("/_emulator/state").json()["personas"]
    assert shown["certificates"] == [certificate.strip()]


@pytest.mark.parametrize("member", [{"password": [f"{HEAD}{TAIL}"]}, {"secrets": f"{HEAD}{TAIL}"}], ids=str)
def test_a_fixture_is_refused_without_showing_its_secrets(member: dict[str, Any], client: TestClient) -> None:
    data = {"title": "x", "personas": [{"name": "dana", **member}]}
    with pytest.raises(FixtureError) as caught:
        check("x", data)
    told = [str(caught.value), client.put("/_emulator/state", json=data).text]
    assert all("personas[0]" in each and HEAD not in each for each in told)


def test_the_code_of_a_device_is_told_to_nobody_but_the_one_who_asked(loud: TestClient) -> None:
    home = "/x/oauth2/v2.0"
    waiting = loud.post(f"{home}/devicecode", data={"client_id": "x", "scope": "User.Read"}).json()
    form = {"grant_type": "device_code", "client_id": "x", "device_code": waiting["device_code"]}
    pending = loud.post(f"{home}/token", data=form)
    assert "GET /_emulator/device-codes" in pending.headers["x-emulator-reason"]
    assert waiting["user_code"] in loud.get(f"{home}/deviceauth", params={"user_code": waiting["user_code"]}).text
    texts = [str(pending.headers), pending.text, *shown(loud).values()]
    assert all(waiting["user_code"] not in each and waiting["device_code"] not in each for each in texts)
    assert "oauth2/v2.0/token" in LOGGED.getvalue()
    loud.post("/_emulator/reset")


def test_the_number_of_an_error_is_no_authorization_code() -> None:
    address = "https://login.microsoftonline.com/error?code="
    assert mask_text(f"{address}7000215") == f"{address}7000215"
    for code in ("7000215x", "0.AAAA", "12345678", "7000215.A", "1"):
        assert mask_text(address + code) == f"{address}***"
    assert mask_text("?state=1&code=7000215") == "?state=1&code=***"
    assert mask_text("?user_code=7000215") == "?user_code=***"


def test_the_fields_of_a_page_keep_their_values_but_for_secrets() -> None:
    page = '<input name="login_hint" value="dana@contoso.com"> <input type="password" name="password" value="hunter2">'
    masked = mask_text(page)
    assert "dana@contoso.com" in masked
    assert "hunter2" not in masked


@pytest.mark.parametrize("name", ["code", "client_secret", "refresh_token", "password"])
def test_in_prose_what_follows_an_ampersand_of_a_secret_goes_with_it(name: str) -> None:
    masked = mask_text(f"he said y?{name}=abc&def")
    assert "abc" not in masked
    assert "def" not in masked
