"""Runs a flow from end to end on this machine: the emulator, the flow, and a stand-in of the service it calls.

python examples/flows/run.py stripe      or: zoom, dynamics, sixth
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import httpx
import make_meeting
import take_payment
import write_contact
from server import receiver, served
from stand_ins import Services

from bookings_emulator import Emulator
from bookings_emulator.client.client import Client

MAILBOX = "ContosoTutoring@contoso.onmicrosoft.com"
STAFF = ["10000000-0000-4000-8000-000000000101", "10000000-0000-4000-8000-000000000102"]
NOW = "2026-01-05T08:00:00Z"


def customer(name: str) -> dict[str, str]:
    """Somebody who books."""
    return {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        "name": name,
        "emailAddress": f"{name.split(maxsplit=1)[0].lower()}@contoso.com",
        "timeZone": "Europe/Berlin",
    }


# a lesson for one, with two of the staff; a class for several, with one
LESSON = {
    "serviceId": "20000000-0000-4000-8000-000000000101",
    "staffMemberIds": STAFF,
    "startDateTime": {"dateTime": "2026-01-12T10:00:00", "timeZone": "UTC"},
    "endDateTime": {"dateTime": "2026-01-12T11:00:00", "timeZone": "UTC"},
    "customers": [customer("Adele Vance")],
}
CLASS = {
    "serviceId": "20000000-0000-4000-8000-000000000102",
    "staffMemberIds": STAFF[:1],
    "startDateTime": {"dateTime": "2026-01-13T16:00:00", "timeZone": "UTC"},
    "endDateTime": {"dateTime": "2026-01-13T17:30:00", "timeZone": "UTC"},
    "maximumAttendeesCount": 5,
    "customers": [customer("Adele Vance"), customer("Megan Bowen"), customer("Alex Wilber")],
}


def main() -> None:
    """Run what the command line names."""
    examples: dict[str, Callable[[Client], None]] = {
        "stripe": stripe,
        "zoom": zoom,
        "dynamics": dynamics,
        "sixth": sixth,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in examples:
        sys.exit(f"usage: run.py {'|'.join(examples)}")
    with Emulator(now=NOW) as bookings:
        examples[sys.argv[1]](bookings)


def stripe(bookings: Client) -> None:
    """Payments for a lesson and for a class."""
    services = Services()
    with served(services.app()) as url, httpx.Client(base_url=url, headers={"Authorization": "Bearer sk_test"}) as api:

        def flow(notification: dict[str, Any]) -> None:
            price = take_payment.price_of(bookings.graph, MAILBOX, notification["ServiceId"])
            take_payment.flow(notification, api, price)

        _book(bookings, flow)
    _show("payments", services.payments)


def zoom(bookings: Client) -> None:
    """Meetings for a lesson and for a class."""
    services = Services()
    with served(services.app()) as url, httpx.Client(base_url=url, headers={"Authorization": "Bearer zoom"}) as api:
        _book(bookings, lambda notification: make_meeting.flow(notification, api))
    _show("meetings", services.meetings)
    _show("registrants", services.registrants)


def dynamics(bookings: Client) -> None:
    """Contacts and leads; somebody who books twice is written once."""
    services = Services()
    with served(services.app()) as url, httpx.Client(base_url=url, headers={"Authorization": "Bearer crm"}) as api:
        _book(bookings, lambda notification: write_contact.flow(notification, api))
    _show("contacts", services.contacts)
    _show("leads", services.leads)


def sixth(bookings: Client) -> None:
    """A mailbox takes five flows, whoever owns them: the sixth is refused, and the portal does not show it."""
    for number in range(1, 7):
        answer = subscribe(bookings, "AppointmentCreated", f"http://127.0.0.1/flow{number}")
        print(f"flow {number}: {answer.status_code} {answer.headers.get('x-emulator-reason', '')}".rstrip())
        if answer.is_error:
            print(answer.text)


def subscribe(bookings: Client, trigger: str, url: str) -> httpx.Response:
    """What a flow platform does when a flow is saved: POST the callback URL for one trigger of one mailbox."""
    where = f"{bookings.url}/apim/microsoftbookings/demo/BookingsService/api/V1/bookingBusinesses/{MAILBOX}/webhook"
    change = trigger.removeprefix("Appointment")
    body = {"webhook": {"notification_url": url, "resource": "Appointments", "change_type": [change]}}
    return httpx.post(f"{where}/{trigger}", json=body, headers=bookings.headers("administrator", audience="connector"))


def _book(bookings: Client, flow: Callable[[dict[str, Any]], None]) -> None:
    """Subscribe a flow, book a lesson and a class through Graph, and wait until both have been notified."""
    with served(receiver(flow)) as url:
        subscribe(bookings, "AppointmentCreated", f"{url}/notifications").raise_for_status()
        home = f"/solutions/bookingBusinesses/{MAILBOX}"
        both = {"staffMemberIds": STAFF}  # who shall serve must be on the list of the service
        bookings.graph.patch(f"{home}/services/{LESSON['serviceId']}", json=both).raise_for_status()
        for body in (LESSON, CLASS):
            bookings.graph.post(f"{home}/appointments", json=body).raise_for_status()
        httpx.post(f"{bookings.url}/_emulator/deliveries/settle", json={}).raise_for_status()
        deliveries = httpx.get(f"{bookings.url}/_emulator/deliveries").json()["value"]
        _show("deliveries", [{"event": each["event"], "status": each["status"]} for each in deliveries])


def _show(title: str, values: list[dict[str, Any]]) -> None:
    print(f"{title}:")
    for each in values:
        print(f"  {json.dumps(each)}")


if __name__ == "__main__":
    main()
