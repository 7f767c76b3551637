"""A used and reset tenant equals a fresh one: every kind of state is visited, seen to differ, and seen to be back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from tests.conftest import APPOINTMENT, BUSINESS, HOME, ORIGIN, ROOT, SERVICE, booking, make_tenant
from tests.page import PAGE, visit

HOOK = f"/apim/microsoftbookings/c1/BookingsService/api/V1/bookingBusinesses/{BUSINESS}/webhook/AppointmentCreated"
# a host that is never contacted: the delivery is recorded as withheld
WEBHOOK = {"notification_url": "https://x.logic.azure.com/a", "resource": "Appointments", "change_type": ["Created"]}
FAULT = {"match": {"operation": "listCustomers"}, "effect": {"problem": "bk.unknown"}}


def subscribe(client: TestClient) -> None:
    assert client.post(HOOK, json={"webhook": WEBHOOK}).status_code == 200


def notify(client: TestClient) -> None:
    subscribe(client)
    client.post(f"{HOME}/appointments", json=booking())


def ask_for_a_device(client: TestClient) -> None:
    asked = {"client_id": "10000000-0000-4000-8000-000000000009", "scope": "Bookings.Read.All"}
    assert client.post("/common/oauth2/v2.0/devicecode", data=asked).status_code == 200


def ask_for_a_passcode(client: TestClient) -> None:
    page = {"enforceOneTimePassword": True}
    assert client.patch(HOME, json={"bookingPageSettings": page}).status_code == 204
    assert client.post(f"{HOME}/publish").status_code == 204
    assert client.post(f"{PAGE}/appointments", json=visit()).status_code == 500


# part of a tenant → what changes it, and where the change is seen
VISITS: dict[str, tuple[Callable[[TestClient], object], str]] = {
    "records": (
        lambda client: client.patch(f"{HOME}/services/{SERVICE}", json={"displayName": "X"}),
        f"{HOME}/services",
    ),
    "clock": (lambda client: client.post("/_emulator/clock/advance", json={"by": "PT1H"}), "/_emulator/clock"),
    "ids": (lambda client: client.post(f"{HOME}/appointments", json=booking()), f"{HOME}/appointments"),
    "quirks": (
        lambda client: client.put("/_emulator/quirks/Q9", json={"value": "staffAvailabilityItem"}),
        "/_emulator/quirks",
    ),
    "outbox": (lambda client: client.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", json={}), "/_emulator/outbox"),
    "sessions": (ask_for_a_device, "/_emulator/device-codes"),
    "subscriptions": (subscribe, "/_emulator/subscriptions"),
    "deliveries": (notify, "/_emulator/deliveries"),
    "faults": (lambda client: client.post("/_emulator/faults", json=FAULT), "/_emulator/faults"),
    "stubs": (lambda client: client.post("/_emulator/stubs", json={"request": "GET /teams"}), "/_emulator/stubs"),
    "passcodes": (ask_for_a_passcode, "/_emulator/outbox"),
    "tenant_settings": (
        lambda client: client.put("/_emulator/tenant-settings", json={"BookingsAuthEnabled": True}),
        "/_emulator/tenant-settings",
    ),
}
URLS = sorted({url for _, url in VISITS.values()} | {ROOT, "/_emulator", "/_emulator/journal", "/_emulator/snapshots"})


def client_of(seed: int = 1) -> TestClient:
    app = App(make_tenant(seed=seed))
    return TestClient(app, base_url=ORIGIN, headers={"Authorization": "Bearer anything"})


def seen(client: TestClient) -> dict[str, bytes]:
    """Everything there is to see, the journal first, since looking makes entries."""
    return {url: client.get(url).content for url in sorted(URLS, key=lambda each: "journal" not in each)}


def test_every_part_of_a_tenant_is_visited() -> None:
    assert set(VISITS) == set(make_tenant().parts), (
        "a new part needs a row in VISITS: what changes it, where it is seen"
    )


@pytest.mark.parametrize("part", VISITS)
def test_a_reset_undoes_the_change_of_one_part(part: str) -> None:
    client, fresh = client_of(), seen(client_of())
    change, url = VISITS[part]
    change(client)
    assert client.get(url).content != fresh[url]
    client.post("/_emulator/reset")
    assert seen(client) == fresh


def test_after_every_change_at_once_a_reset_tenant_goes_on_like_a_fresh_one() -> None:
    used, fresh = client_of(seed=7), client_of(seed=7)
    for change, _ in VISITS.values():
        change(used)
    used.post("/_emulator/snapshots")
    used.delete(HOME)
    used.post("/_emulator/reset")
    assert seen(used) == seen(fresh)
    for change, _ in VISITS.values():
        change(used)
        change(fresh)
    one, other = seen(used), seen(fresh)
    for url in set(URLS) - {"/_emulator/journal"}:  # which tells how long each answer took
        assert one[url] == other[url], url
