"""MSAL and azure-identity for Python sign in at the emulator over https, and call Graph with what they get."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DeviceCodeCredential

CLIENT, SECRET = "70000000-0000-4000-8000-000000000001", "application-secret"
GRAPH = "https://graph.microsoft.com/.default"

SCOPES = ["https://graph.microsoft.com/Bookings.Read.All"]

pytestmark = [pytest.mark.clients, pytest.mark.filterwarnings("ignore:response_mode='form_post' is:UserWarning")]


@pytest.fixture(autouse=True)
def no_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle of the environment would go before the certificate that a client is given."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def application(ready: dict[str, Any], secret: str = SECRET) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        CLIENT, client_credential=secret, authority=ready["authority"], instance_discovery=False, verify=ready["ca"]
    )


def person(ready: dict[str, Any]) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(
        CLIENT, authority=ready["authority"], instance_discovery=False, verify=ready["ca"]
    )


def by_certificate(ready: dict[str, Any], pem: str) -> msal.ConfidentialClientApplication:
    proof = {"private_key": pem, "public_certificate": pem}
    return msal.ConfidentialClientApplication(
        CLIENT, client_credential=proof, authority=ready["authority"], instance_discovery=False, verify=ready["ca"]
    )


def approve(ready: dict[str, Any], where: str, code: str, persona: str) -> None:
    """What a person does on the page that a device names."""
    page = {"user_code": code, "persona": persona}
    requests.get(where, params=page, verify=ready["ca"], timeout=10).raise_for_status()


def called(ready: dict[str, Any], token: str) -> dict[str, Any]:
    """What the journal knows of a list of the businesses with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{ready['graph']}/solutions/bookingBusinesses"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    found = requests.get(f"{ready['control']}/journal?operation=listBusinesses", timeout=10).json()["value"]
    return dict(found[-1])


@pytest.mark.parametrize("heading", ["azure-identity", "MSAL for Python"])
def test_the_recipes_of_signing_in_run(run_recipe: Callable[..., str], heading: str) -> None:
    assert "Contoso Dental" in run_recipe(heading, sys.executable, "-")


def test_the_recipe_with_a_certificate_gives_a_token(ready: dict[str, Any], run_recipe: Callable[..., str]) -> None:
    token = run_recipe("azure-identity with a certificate", sys.executable, "-").strip()
    assert called(ready, token)["persona"] == "application"


def test_msal_signs_with_a_certificate_and_no_other_will_do(ready: dict[str, Any], credential: Path) -> None:
    token = by_certificate(ready, credential.read_text()).acquire_token_for_client([GRAPH])
    assert called(ready, token["access_token"])["persona"] == "application"
    url = f"{ready['control']}/personas/application-reader/certificate.pem"
    refused = by_certificate(ready, requests.get(url, timeout=10).text).acquire_token_for_client([GRAPH])
    assert refused["error_codes"] == [700027]
    assert "The key was not found., Thumbprint of key used by client: '" in refused["error_description"]


def test_msal_gets_a_token_for_an_application_once_and_keeps_it(ready: dict[str, Any]) -> None:
    client = application(ready)
    first = client.acquire_token_for_client([GRAPH])
    assert (first["token_type"], first["token_source"]) == ("Bearer", "identity_provider")
    assert called(ready, first["access_token"])["persona"] == "application"
    assert client.acquire_token_for_client([GRAPH])["token_source"] == "cache"


def test_a_wrong_secret_is_told_as_entra_tells_it(ready: dict[str, Any]) -> None:
    refused = application(ready, "wrong").acquire_token_for_client([GRAPH])
    assert refused["error"] == "invalid_client"
    assert refused["error_codes"] == [7000215]
    assert refused["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    credential = ClientSecretCredential(
        ready["tenant"],
        CLIENT,
        "wrong",
        authority=ready["authority"].rpartition("/")[0],
        disable_instance_discovery=True,
        connection_verify=ready["ca"],
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential.get_token(GRAPH)


def test_msal_signs_a_person_in_by_a_code_and_refreshes_silently(ready: dict[str, Any]) -> None:
    client = person(ready)
    back = "http://localhost:3000/back"
    flow = client.initiate_auth_code_flow(SCOPES, back, login_hint="diegos@contoso.onmicrosoft.com")
    page = requests.get(flow["auth_uri"], verify=ready["ca"], allow_redirects=False, timeout=10)
    assert page.headers["location"].startswith(f"{back}?")
    answer = dict(parse_qsl(urlsplit(page.headers["location"]).query))
    token = client.acquire_token_by_auth_code_flow(flow, answer)
    assert "access_token" in token, token
    assert called(ready, token["access_token"])["persona"] == "viewer"
    (account,) = client.get_accounts()
    assert account["username"] == "diegos@contoso.onmicrosoft.com"
    again = client.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert again["token_source"] == "identity_provider"


def test_azure_identity_signs_a_person_in_on_another_device(ready: dict[str, Any]) -> None:
    credential = DeviceCodeCredential(
        CLIENT,
        tenant_id=ready["tenant"],
        authority=ready["authority"].rpartition("/")[0],
        disable_instance_discovery=True,
        connection_verify=ready["ca"],
        prompt_callback=lambda where, code, _: approve(ready, where, code, "scheduler"),
    )
    assert called(ready, credential.get_token(SCOPES[0]).token)["persona"] == "scheduler"


def test_msal_gets_a_code_for_a_device_that_a_person_then_approves(ready: dict[str, Any]) -> None:
    client = person(ready)
    flow = client.initiate_device_flow(SCOPES)
    assert flow["user_code"], flow
    approve(ready, flow["verification_uri"], flow["user_code"], "member")
    token = client.acquire_token_by_device_flow(flow)
    assert "access_token" in token, token
    assert called(ready, token["access_token"])["persona"] == "member"
