"""What the reception must do on good days and bad ones; nothing of it, and nothing of its libraries, is replaced."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from conftest import DENTAL, Start
from fastapi.testclient import TestClient

from bookings_emulator import Client

# an application meets the business rules; a Monday
pytestmark = pytest.mark.bookings(now="2026-01-05T08:00:00Z", persona="application")

WEDNESDAY, SUNDAY = "2026-01-14", "2026-01-11"


def wish(service: str = "Cleaning", at: str = f"{WEDNESDAY}T18:00:00Z", name: str = "Adele Vance") -> dict[str, str]:
    return {"service": service, "name": name, "email": f"{name.split(maxsplit=1)[0].lower()}@contoso.com", "start": at}


def book(page: TestClient, body: dict[str, str], key: str = "key-1") -> httpx.Response:
    return page.post("/bookings", json=body, headers={"Idempotency-Key": key})


# good days


def test_an_appointment_is_booked_and_confirmed(page: TestClient, bookings: Client) -> None:
    made = book(page, wish())
    assert made.status_code == 201, made.text
    assert made.json() | {"id": ""} == {
        "id": "",
        "service": "Cleaning",
        "start": "2026-01-14T18:00:00Z",
        "customers": 1,
    }
    assert [each["to"] for each in bookings.outbox(kind="confirmation", to="adele@contoso.com")]


def test_the_day_shows_what_was_booked(page: TestClient) -> None:
    made = book(page, wish()).json()
    assert made in page.get(f"/days/{WEDNESDAY}").json()


def test_a_cancelled_appointment_is_gone_and_the_customer_told(page: TestClient, bookings: Client) -> None:
    made = book(page, wish()).json()
    assert page.delete(f"/bookings/{made['id']}").status_code == 204
    assert made not in page.get(f"/days/{WEDNESDAY}").json()
    assert bookings.outbox(kind="cancellation", to="adele@contoso.com")


def test_the_customer_is_reminded_a_day_before(page: TestClient, bookings: Client) -> None:
    book(page, wish())
    bookings.clock.advance(to="2026-01-13T17:59:00Z")
    assert bookings.outbox(kind="reminder", status="sent", to="adele@contoso.com") == []
    bookings.clock.advance(minutes=1)
    (reminder,) = bookings.outbox(kind="reminder", status="sent", to="adele@contoso.com")
    assert "See you tomorrow" in str(reminder["text"])


# classes


def test_two_customers_share_a_class(page: TestClient, bookings: Client) -> None:
    first = book(page, wish("Braces evening")).json()
    second = book(page, wish("Braces evening", name="Alex Wilber")).json()
    assert (second["id"], second["customers"]) == (first["id"], 2)
    bookings.journal.verify(operation="createAppointment", exactly=1)


def test_a_full_class_takes_nobody(page: TestClient) -> None:
    for name in ("Adele Vance", "Alex Wilber", "Lynne Robbins"):
        assert book(page, wish("Braces evening", name=name)).status_code == 201
    refused = book(page, wish("Braces evening", name="Henrietta Mueller"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "the class is full")


# refusals


def test_a_closed_sunday_is_no_time_to_book(page: TestClient, bookings: Client) -> None:
    refused = book(page, wish(at=f"{SUNDAY}T18:00:00Z"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "that time cannot be booked")
    assert bookings.journal[-1]["status"] == 500  # all that production tells; the emulator knows why:
    assert "business rule businessHours" in bookings.journal[-1]["reason"]


def test_access_that_was_taken_away_is_told(page: TestClient, bookings: Client) -> None:
    bookings.fault("access-denied", operation="createAppointment")
    assert book(page, wish()).status_code == 502
    assert bookings.journal.verify(operation="createAppointment", status=403) == 1


def test_an_application_without_permissions_is_not_let_in(start: Start, bookings: Client) -> None:
    with start("application-none") as page:
        refused = book(page, wish())
    assert (refused.status_code, refused.json()["detail"]) == (502, "Microsoft Graph does not let this service in")
    assert bookings.journal[-1]["status"] == 401
    assert "BookingsAppointment.ReadWrite.All (the least)" in bookings.journal[-1]["reason"]


def test_a_wrong_secret_is_told_without_the_reason(start: Start, bookings: Client) -> None:
    with start(secret="yesterday's") as page:
        refused = book(page, wish())
    assert (refused.status_code, refused.json()["detail"]) == (502, "this service cannot sign in")
    bookings.journal.verify(plane="identity", status=401)
    bookings.journal.verify(plane="graph", never=True)


# limits and lost answers


def test_a_throttled_call_is_made_again_when_it_may(page: TestClient, bookings: Client, patience: list[float]) -> None:
    bookings.fault("throttled", operation="createAppointment", first=2, retry_after=7)
    assert book(page, wish()).status_code == 201
    assert patience == [7, 7]
    assert bookings.journal.notes(kind="retried-early") == []


def test_a_limit_that_stays_is_passed_on(page: TestClient, bookings: Client, patience: list[float]) -> None:
    bookings.fault("throttled", operation="createAppointment", first=100, retry_after=20)
    refused = book(page, wish())
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "20")
    assert bookings.journal.verify(operation="createAppointment", status=429) == len(patience) + 1


def test_a_lost_answer_leads_to_one_appointment(page: TestClient, bookings: Client) -> None:
    before = page.get(f"/days/{WEDNESDAY}").json()
    bookings.fault("answer-lost")
    made = book(page, wish())
    assert made.status_code == 201
    assert [each for each in page.get(f"/days/{WEDNESDAY}").json() if each not in before] == [made.json()]
    bookings.journal.verify(operation="createAppointment", exactly=1)


def test_a_call_that_never_arrived_is_made_again(page: TestClient, bookings: Client) -> None:
    before = page.get(f"/days/{WEDNESDAY}").json()
    bookings.fault("connection-reset", operation="createAppointment")
    assert book(page, wish()).status_code == 201
    assert len(page.get(f"/days/{WEDNESDAY}").json()) == len(before) + 1


# other data


@pytest.mark.bookings(fixture="studio.json")
def test_our_own_studio_is_booked(start: Start, bookings: Client) -> None:
    studio = bookings.business("Contoso Studio")
    with start(business=studio.id) as page:
        made = book(page, wish("Yoga", at=f"{WEDNESDAY}T10:00:00Z"))
    assert (made.status_code, made.json()["service"]) == (201, "Yoga")


@pytest.mark.bookings(fixture="practice.toml")
def test_a_day_of_a_large_practice_is_listed(start: Start, bookings: Client) -> None:
    practice = bookings.business("Contoso Practice")
    booked = [each["startDateTime"]["dateTime"][:10] for each in practice.members["appointments"]]
    day = max(booked, key=booked.count)
    with start(business=practice.id) as page:
        assert len(page.get(f"/days/{day}").json()) == booked.count(day)


@pytest.mark.bookings(scenario="closed.toml")
def test_on_a_bad_day_nothing_is_booked_and_the_list_works(page: TestClient) -> None:
    assert book(page, wish()).status_code == 409
    assert page.get(f"/days/{WEDNESDAY}").status_code == 200


# who is told, and what was asked


def test_the_service_hears_of_appointments_even_if_it_was_away(
    page: TestClient, bookings: Client, address: str
) -> None:
    receiver = bookings.receiver()
    bookings.subscribe(DENTAL, "Created", f"{address}/notifications")
    bookings.subscribe(DENTAL, "Created", receiver.url)
    receiver.answer(500, times=2)
    made = book(page, wish()).json()
    bookings.deliveries.settle()
    (heard,) = page.get("/notifications").json()
    assert heard["Id"] == made["id"]
    attempts = {each["callback"]: len(each["attempts"]) for each in bookings.deliveries}
    assert attempts == {f"{address}/notifications": 1, receiver.url: 3}


def test_a_booking_costs_two_calls_and_the_least_permissions(page: TestClient, bookings: Client) -> None:
    book(page, wish())
    asked: list[Any] = [each["operation"] for each in bookings.journal(plane="graph")]
    assert asked == ["listServices", "createAppointment"]
    assert bookings.journal.permissions()["application"]["least"] == ["BookingsAppointment.ReadWrite.All"]
