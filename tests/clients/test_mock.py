"""The official SDKs with the hosts of Microsoft in them, unchanged, while `mock()` stands for these hosts."""

from __future__ import annotations

import asyncio

import msal
import pytest
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncCredential
from msgraph import GraphServiceClient

import bookings_emulator

pytestmark = pytest.mark.clients

TENANT = "contoso.onmicrosoft.com"


def application_of(bookings: bookings_emulator.Client) -> str:
    """The client id of the application of the default fixture."""
    return next(row["client_id"] for row in bookings.personas if row["name"] == "application")


def names_of(credential: object) -> list[str | None]:
    async def work() -> list[str | None]:
        graph = GraphServiceClient(credential, ["https://graph.microsoft.com/.default"])  # type: ignore[arg-type]
        found = await graph.solutions.booking_businesses.get()
        return [each.display_name for each in (found.value if found else None) or []]

    return asyncio.run(work())


def test_msgraph_sdk_and_azure_identity_work_with_the_addresses_they_have() -> None:
    with bookings_emulator.mock(strict=True) as bookings:
        credential = ClientSecretCredential(TENANT, application_of(bookings), "application-secret")
        assert names_of(credential) == ["Contoso Dental", "Contoso Tutoring"]
        assert bookings.journal[-1]["persona"] == "application"


def test_the_asynchronous_credential_works_by_aiohttp() -> None:
    async def token(bookings: bookings_emulator.Client) -> str:
        async with AsyncCredential(TENANT, application_of(bookings), "application-secret") as credential:
            return (await credential.get_token("https://graph.microsoft.com/.default")).token

    with bookings_emulator.mock(strict=True) as bookings:
        assert asyncio.run(token(bookings)).count(".") == 2


def test_msal_signs_in_with_its_own_authority() -> None:
    with bookings_emulator.mock(strict=True) as bookings:
        application = msal.ConfidentialClientApplication(
            application_of(bookings),
            client_credential="application-secret",
            authority=f"https://login.microsoftonline.com/{TENANT}",
        )
        assert application.acquire_token_for_client(["https://graph.microsoft.com/.default"])["access_token"]
