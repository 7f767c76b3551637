"""`bookings-emulator trigger`: one realistic notification of the connector, with all that it needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click
import httpx

from bookings_emulator.client.client import Client
from bookings_emulator.client.literals import Change
from bookings_emulator.commands.messages import print_deliveries
from bookings_emulator.commands.printing import print_json
from bookings_emulator.commands.remote import Remote, drives_emulator

_CHANGES: dict[str, Change] = {"created": "Created", "updated": "Updated", "cancelled": "Deleted"}
_ROOT = "/solutions/bookingBusinesses"


class BookableService(NamedTuple):
    """What is booked: the business, the service with its length, and who does it."""

    business: str
    service: dict[str, Any]
    staff: list[str]


@click.command
@click.argument("change", type=click.Choice([*_CHANGES]))
@click.option("--group", "is_group", is_flag=True, help="Book a class with several seats instead of a 1:1 booking.")
@click.option(
    "--to", metavar="URL", help="Your receiver; by default one is started here, and what it receives is printed."
)
@click.option("--business", metavar="NAME|ID", help="The business to book at; default: the first one.")
@drives_emulator
def trigger(remote: Remote, change: str, is_group: bool, to: str | None, business: str | None) -> None:
    """Send one notification: book an appointment (and change or cancel it) while a webhook is subscribed.

    The webhook is deleted afterwards; the appointment stays, so that your receiver can read it through Graph.

    \b
    bookings-emulator trigger created
    bookings-emulator trigger cancelled --group --to http://localhost:7071/api/bookings
    """
    bookings = remote.bookings
    try:
        booking = _choose(bookings, business, is_group=is_group)
        if to is not None:
            print_deliveries(remote, _notify(bookings, booking, change, to))
            return
        with bookings.receiver() as receiver:
            (delivery,) = _notify(bookings, booking, change, receiver.url)
            print_json(delivery if remote.is_json else receiver.notifications[0].body)
    except httpx.HTTPStatusError as error:
        raise click.ClickException(_refusal_of(error.response)) from error


def _notify(bookings: Client, booking: BookableService, change: str, url: str) -> list[Any]:
    """The one delivery of a change to a webhook at an address."""
    appointment = None if change == "created" else _book(bookings, booking)
    bookings.deliveries.settle()
    webhook = bookings.subscribe(booking.business, _CHANGES[change], url)
    try:
        _carry_out(bookings, booking, change, appointment)
        bookings.deliveries.settle()
        return [row for row in bookings.deliveries if row["subscription"] == webhook]
    finally:
        bookings.unsubscribe(booking.business, webhook)


def _carry_out(bookings: Client, booking: BookableService, change: str, appointment: dict[str, Any] | None) -> None:
    if appointment is None:
        _book(bookings, booking)
        return
    path = f"{_ROOT}/{booking.business}/appointments/{appointment['id']}"
    if change == "updated":
        _ask(bookings, "PATCH", path, {"serviceNotes": "Changed by bookings-emulator trigger."})
    else:
        _ask(bookings, "POST", f"{path}/cancel", {"cancellationMessage": "Cancelled by bookings-emulator trigger."})


def _choose(bookings: Client, wanted: str | None, *, is_group: bool) -> BookableService:
    """A business, and a service of it of the right kind."""
    found = _ask(bookings, "GET", _ROOT)["value"]
    named = [row for row in found if wanted is None or wanted in (row["id"], row["displayName"])]
    if not named:
        there = ", ".join(row["displayName"] for row in found) or "none"
        raise click.UsageError(f"there is no business '{wanted or ''}'; there are: {there}")
    business = named[0]["id"]
    services = _ask(bookings, "GET", f"{_ROOT}/{business}/services")["value"]
    fitting = [row for row in services if (row["maximumAttendeesCount"] > 1) == is_group]
    service = fitting[0] if fitting else _make_service(bookings, business, is_group=is_group)
    return BookableService(business, service, service["staffMemberIds"][:1])


def _make_service(bookings: Client, business: str, *, is_group: bool) -> dict[str, Any]:
    wanted = {
        "displayName": "Group class" if is_group else "Consultation",
        "maximumAttendeesCount": 5 if is_group else 1,
    }
    return _ask(bookings, "POST", f"{_ROOT}/{business}/services", {**wanted, "defaultDuration": "PT30M"})


def _book(bookings: Client, booking: BookableService) -> dict[str, Any]:
    """Book a week ahead of the tenant's clock, at ten."""
    from bookings_emulator.times import parse_duration

    start = (bookings.clock.now() + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    end = start + (parse_duration(booking.service["defaultDuration"]) or timedelta(minutes=30))
    customer = {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        "name": "Adele Vance",
        "emailAddress": "adelev@contoso.com",
        "phone": "+1 555 0100",
        "notes": "Please call before you come.",
        "timeZone": "UTC",
    }
    body = {
        "serviceId": booking.service["id"],
        "staffMemberIds": booking.staff,
        "startDateTime": _moment(start),
        "endDateTime": _moment(end),
        "customerTimeZone": "UTC",
        "customers": [customer],
        "maximumAttendeesCount": booking.service["maximumAttendeesCount"],
    }
    return _ask(bookings, "POST", f"{_ROOT}/{booking.business}/appointments", body)


def _moment(moment: datetime) -> dict[str, str]:
    return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}


def _ask(bookings: Client, method: str, path: str, body: object = None) -> dict[str, Any]:
    answer = bookings.graph.request(method, path, json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def _refusal_of(answer: httpx.Response) -> str:
    """Why a call was refused, in plain words where the emulator gives them."""
    reason = answer.headers.get("x-emulator-reason") or answer.text
    return f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {reason}"
