"""The tests of the reception: pytest, the fixture `bookings` of the emulator, and the real SDK."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from msgraph import GraphServiceClient
from reception import Full, book

DENTAL = "ContosoDental@contoso.onmicrosoft.com"
MONDAY, SUNDAY = date(2026, 1, 12), date(2026, 1, 11)

# an application meets the business rules: opening hours, lead times, one appointment at a time
pytestmark = pytest.mark.bookings(now="2026-01-05T08:00:00Z", persona="application")


class Credential:
    """What azure-identity would be in production."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken(self._token, expires_on=4102444800)


def graph_of(bookings: Any) -> GraphServiceClient:
    graph = GraphServiceClient(Credential(bookings.token()), ["https://graph.microsoft.com/.default"])
    graph.request_adapter.base_url = bookings.graph_url
    return graph


def test_two_customers_get_different_times(bookings: Any) -> None:
    async def book_both() -> list[str]:
        graph = graph_of(bookings)
        made = [await book(graph, DENTAL, name, MONDAY) for name in ("Adele Vance", "Alex Wilber")]
        return [each.start_date_time.date_time for each in made]

    first, second = asyncio.run(book_both())
    assert first < second
    assert {each["to"] for each in bookings.outbox(kind="confirmation")} >= {"adele@contoso.com", "alex@contoso.com"}
    bookings.journal.verify(operation="createAppointment", status=201, exactly=2)


def test_on_a_sunday_nobody_is_there(bookings: Any) -> None:
    with pytest.raises(Full):
        asyncio.run(book(graph_of(bookings), DENTAL, "Adele Vance", SUNDAY))
    assert "bookable hours" in bookings.journal[-1]["reason"]
