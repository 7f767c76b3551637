"""Signing in by a certificate: an assertion is taken from its application only, and a refusal says what is wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from starlette.testclient import TestClient

from bookings_emulator.app import create_app
from bookings_emulator.identity.tokens import GRAPH, read
from bookings_emulator.keys import base64url
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import Fixture
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import NOW, ORIGIN, bearer
from tests.test_cli import run

APP = "70000000-0000-4000-8000-000000000001"
TOKEN = "/any-tenant/oauth2/v2.0/token"
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HOUR = 3600


class Credential(NamedTuple):
    """A private key with its certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def x5t(self) -> str:
        return base64url(hashlib.sha1(self.der, usedforsecurity=False).digest())

    @property
    def x5t_s256(self) -> str:
        return base64url(hashlib.sha256(self.der).digest())


def made(key: Any = None, start: timedelta = timedelta(days=-1), length: timedelta = timedelta(days=30)) -> Credential:
    """A certificate signed by its own key."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    first = datetime.now(UTC) + start
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, first, first + length)
    return Credential(key, builder.sign(key, SHA256()))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The default fixture, its clock frozen far from that of the machine: assertions are of the machine's time."""
    with TestClient(create_app("default", seed=1, now=NOW), base_url=ORIGIN) as client:
        yield client


@pytest.fixture(scope="module")
def known(client: TestClient) -> Credential:
    """What the emulator gives out for the application."""
    answer = client.get("/_emulator/personas/application/certificate.pem")
    assert answer.headers["content-type"] == "application/x-pem-file"
    return Credential(load_pem_private_key(answer.content, None), x509.load_pem_x509_certificate(answer.content))


@pytest.fixture(scope="module")
def stranger() -> Credential:
    return made()


def signed(by: Credential, *, alg: str = "PS256", head: Any = None, client_id: str = APP, **claims: Any) -> str:
    """An assertion as MSAL makes it; a claim that is None is left out."""
    now = datetime.now(UTC).timestamp()  # MSAL for Python sends fractions, too
    given = {
        "aud": f"{ORIGIN}{TOKEN}", "iss": client_id, "sub": client_id, "jti": "1", "nbf": now, "exp": now + 600,
        **claims,
    }  # fmt: skip
    said = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(said, by.key, alg, headers={"x5t#S256": by.x5t_s256} if head is None else head)


def ask(client: TestClient, assertion: str, path: str = TOKEN, **form: Any) -> Any:
    """Ask for a token; a field that is None is left out."""
    given = {
        "grant_type": "client_credentials", "client_id": APP, "scope": f"{GRAPH}/.default",
        "client_assertion": assertion, "client_assertion_type": KIND, **form,
    }  # fmt: skip
    return client.post(path, data={name: value for name, value in given.items() if value is not None})


def refused(answer: Any, number: int, status: int = 401) -> str:
    """The description of an error, after its number."""
    body = answer.json()
    assert (answer.status_code, body["error_codes"]) == (status, [number]), answer.text
    assert answer.headers["x-emulator-reason"]
    return str(body["error_description"]).removeprefix(f"AADSTS{number}: ")


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
@pytest.mark.parametrize("name", ["x5t", "x5t#S256"])
def test_an_assertion_takes_the_place_of_the_secret(client: TestClient, known: Credential, alg: str, name: str) -> None:
    head = {name: known.x5t if name == "x5t" else known.x5t_s256}
    answer = ask(client, signed(known, alg=alg, head=head))
    token = answer.json()["access_token"]
    assert (read(token)["appid"], read(token)["appidacr"]) == (APP, "2")
    assert client.get("/v1.0/solutions/bookingBusinesses", headers=bearer(token)).status_code == 200


def test_the_client_id_may_stand_in_the_assertion_alone(client: TestClient, known: Credential) -> None:
    assert read(ask(client, signed(known), client_id=None).json()["access_token"])["appid"] == APP


@pytest.mark.parametrize(
    "audience",
    [
        f"{ORIGIN}{TOKEN}",
        f"{ORIGIN}/contoso.onmicrosoft.com/v2.0",
        f"{ORIGIN}/common/oauth2/token",
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token",
    ],
)
def test_an_assertion_is_for_a_token_endpoint_or_an_issuer(
    client: TestClient, known: Credential, audience: str
) -> None:
    assert ask(client, signed(known, aud=audience)).status_code == 200


@pytest.mark.parametrize(
    "audience", ["https://elsewhere.example/x/oauth2/v2.0/token", ORIGIN, GRAPH, "http://[", 5, None]
)
def test_an_assertion_for_somebody_else_is_refused(client: TestClient, known: Credential, audience: Any) -> None:
    said = refused(ask(client, signed(known, aud=audience)), 700023)
    assert said.startswith("Client assertion audience claim does not match Realm issuer.")


def test_an_assertion_of_another_certificate_is_refused(
    client: TestClient, known: Credential, stranger: Credential
) -> None:
    answer = ask(client, signed(stranger))
    said = refused(answer, 700027)
    thumbprint = hashlib.sha256(stranger.der).hexdigest().upper()
    assert f"[Reason - The key was not found., Thumbprint of key used by client: '{thumbprint}', Please" in said
    reason = answer.headers["x-emulator-reason"]
    assert hashlib.sha1(known.der, usedforsecurity=False).hexdigest().upper() in reason
    assert "bookings-emulator certificate --persona application" in reason


def test_an_assertion_that_names_no_certificate_is_refused(client: TestClient, known: Credential) -> None:
    for head in (
        {},
        {"kid": known.x5t},
        {"x5t": 5},
        {"x5t": "A1:B2"},
        {"x5t": base64.b64encode(b"\xff" * 20).decode()},
    ):
        answer = ask(client, signed(known, head=head))
        assert "[Reason - The key was not found., Please visit" in refused(answer, 700027), head
        said = "has neither x5t#S256 nor x5t" if "x5t" not in head else f"has x5t {head['x5t']!r}, which no base64url"
        assert said in answer.headers["x-emulator-reason"]


def test_two_thumbprints_must_be_of_one_certificate(
    client: TestClient, known: Credential, stranger: Credential
) -> None:
    both = {"x5t": known.x5t, "x5t#S256": known.x5t_s256}
    assert ask(client, signed(known, head=both)).status_code == 200
    refused(ask(client, signed(known, head={**both, "x5t": stranger.x5t})), 700027)
    refused(ask(client, signed(known, head={**both, "x5t#S256": stranger.x5t_s256})), 700027)


def test_a_client_id_compares_without_case(client: TestClient, known: Credential) -> None:
    for said in (APP, APP.upper()):
        token = ask(client, signed(known, client_id=said), client_id=APP.upper()).json()["access_token"]
        assert read(token)["appid"] == APP


def test_the_signature_counts_not_the_thumbprint(client: TestClient, known: Credential, stranger: Credential) -> None:
    forged = signed(Credential(stranger.key, known.certificate))
    said = refused(ask(client, forged), 700027)
    assert "The provided signature value did not match the expected signature value." in said
    assert "Found key 'Start=01/01/2020 00:00:00, End=01/01/2120 00:00:00'" in said
    head, claims, signature = signed(known).split(".")
    other = base64url(json.dumps({**json.loads(base64.urlsafe_b64decode(claims + "==")), "jti": "2"}).encode())
    refused(ask(client, f"{head}.{other}.{signature}"), 700027)
    refused(ask(client, f"{head}.{claims}."), 700027)


@pytest.mark.parametrize(
    "claims",
    [{"exp": -1}, {"exp": None}, {"exp": 2**70}, {"exp": -(2**70)}, {"nbf": 1}],
    ids=["over", "no end", "an end out of reach", "an end before all time", "to come"],
)
def test_the_time_of_the_machine_counts(client: TestClient, known: Credential, claims: dict[str, Any]) -> None:
    now = int(datetime.now(UTC).timestamp())
    moments = {name: now + value * 2 * HOUR if value in (1, -1) else value for name, value in claims.items()}
    said = refused(ask(client, signed(known, **moments)), 700024)
    assert said.startswith(f"Client assertion is not within its valid time range. Current time: {datetime.now(UTC):%Y}")


def test_five_minutes_of_grace_are_given(client: TestClient, known: Credential) -> None:
    now = int(datetime.now(UTC).timestamp())
    assert ask(client, signed(known, exp=now - 240)).status_code == 200
    assert ask(client, signed(known, nbf=now + 240)).status_code == 200


def test_an_assertion_that_is_none_is_refused(client: TestClient, known: Credential) -> None:
    for word in ("none", "a.b.c", "e30.e30.e30"):
        refused(ask(client, word), 50027)
    refused(ask(client, jwt.encode({"iss": APP, "sub": APP}, "k" * 32, "HS256")), 50027)
    refused(ask(client, jwt.encode({"iss": APP, "sub": APP}, None, "none")), 50027)
    for odd in ({"exp": "soon"}, {"nbf": "now"}):
        refused(ask(client, signed(known, **odd)), 50027)
    for claims in ({"iss": "other"}, {"sub": "other"}, {"sub": None}):
        refused(ask(client, signed(known, **claims)), 700021)
    refused(ask(client, signed(known), client_assertion_type=None), 900144, 400)
    refused(ask(client, signed(known), client_assertion_type="saml"), 9002313, 400)


def fixture(certificates: list[str]) -> Fixture:
    rows = [{"name": "nightly", "kind": "application", "clientId": APP, "certificates": certificates}]
    return Fixture("ours", {"personas": rows})


@pytest.fixture
def ours(tmp_path: Path) -> Callable[[list[str]], TestClient]:
    """An emulator whose only application has these certificates."""

    def start(certificates: list[str]) -> TestClient:
        file = tmp_path / "ours.json"
        file.write_text(json.dumps(fixture(certificates).data), encoding="utf-8")
        return TestClient(create_app(str(file), seed=1, now=NOW), base_url=ORIGIN)

    return start


def test_a_fixture_gives_an_application_its_certificates(
    ours: Callable[[list[str]], TestClient], stranger: Credential
) -> None:
    second, third = made(), made()
    client = ours([stranger.pem, base64.encodebytes(second.der).decode()])
    assert ask(client, signed(stranger)).status_code == 200
    assert ask(client, signed(second)).status_code == 200
    answer = ask(client, signed(third))
    refused(answer, 700027)
    assert "bookings-emulator certificate" not in answer.headers["x-emulator-reason"]
    shown = " and ".join(
        hashlib.sha1(each.der, usedforsecurity=False).hexdigest().upper() for each in (stranger, second)
    )
    assert f"the persona 'nightly' has the certificate {shown};" in answer.headers["x-emulator-reason"]
    assert client.get("/_emulator/personas/nightly/certificate.pem").status_code == 404
    bare = ask(ours([]), signed(stranger))
    refused(bare, 700027)
    assert "the fixture gives the persona 'nightly' no certificates" in bare.headers["x-emulator-reason"]


def test_a_certificate_is_good_for_its_time_only(ours: Callable[[list[str]], TestClient]) -> None:
    old = made(start=timedelta(days=-60))
    said = refused(ask(ours([old.pem]), signed(old)), 700027)
    assert "[Reason - The key used is expired.," in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----", "as PEM or as the base64 of DER"),
        ("not base64", "as PEM or as the base64 of DER"),
        (made(ec.generate_private_key(ec.SECP256R1())).pem, "RSA"),
    ],
    ids=["spoilt PEM", "neither PEM nor base64", "another kind of key"],
)
def test_a_certificate_that_cannot_be_used_is_refused_at_the_start(text: str, reason: str) -> None:
    with pytest.raises(FixtureError, match=rf"ours: persona 'nightly', certificates\[0\]: .*{reason}"):
        Tenant(Start((fixture([text]),)))


def test_an_application_that_nobody_has_described_has_no_certificate_to_compare_with(
    client: TestClient, stranger: Credential
) -> None:
    unknown = "11111111-2222-4333-8444-555555555555"
    assertion = signed(stranger, client_id=unknown)
    assert ask(client, assertion, client_id=unknown).status_code == 200
    refused(ask(client, signed(stranger, client_id=unknown, exp=1), client_id=unknown), 700024)
    tight = client.post("/_emulator/tenants", json={"auth": "check"}).json()
    refused(ask(client, assertion, f"/{tight['id']}/oauth2/v2.0/token", client_id=unknown), 700016, 400)


def test_a_short_key_is_no_matter_for_the_log(
    ours: Callable[[list[str]], TestClient], recwarn: pytest.WarningsRecorder
) -> None:
    short = made(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    recwarn.clear()
    assertion = signed(short)
    recwarn.clear()
    assert ask(ours([short.pem]), assertion).status_code == 200
    assert [each.message for each in recwarn if "Key" in type(each.message).__name__] == []


def test_the_command_prints_what_the_control_plane_answers(client: TestClient) -> None:
    printed = run("certificate", "--persona", "application")
    assert printed.stdout == client.get("/_emulator/personas/application/certificate.pem").text
    for name, reason in (("viewer", "is a person"), ("applicaton", "did you mean 'application'")):
        done = run("certificate", "--persona", name)
        assert (done.returncode, reason in done.stderr) == (2, True)
        answer = client.get(f"/_emulator/personas/{name}/certificate.pem")
        assert answer.status_code == 404
        assert reason in answer.json()["error"]


def test_neither_key_nor_assertion_is_shown_anywhere(client: TestClient, known: Credential) -> None:
    assertion = signed(known)
    ask(client, assertion)
    assert assertion.rpartition(".")[2] not in client.get("/_emulator/journal").text
