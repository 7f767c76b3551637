"""The booking service of a practice: a web page calls it, and it calls Microsoft Graph.

It knows nothing of the emulator: its hosts are those of Microsoft, and it signs in by azure-identity.
Start it with `uvicorn reception:app`, and AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and BOOKINGS_BUSINESS.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import EnvironmentCredential
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.booking_appointment import BookingAppointment
from msgraph.generated.models.booking_customer_information import BookingCustomerInformation
from msgraph.generated.models.booking_reminder import BookingReminder
from msgraph.generated.models.booking_reminder_recipients import BookingReminderRecipients
from msgraph.generated.models.booking_service import BookingService
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.solutions.booking_businesses.item.appointments.item.cancel.cancel_post_request_body import (
    CancelPostRequestBody,
)
from msgraph.generated.solutions.booking_businesses.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)
from pydantic import AwareDatetime, BaseModel

DAY_BEFORE: Any = "P1D"  # as text: the SDK would write a timedelta as "1 day, 0:00:00", which Graph refuses
SCOPE = "https://graph.microsoft.com/.default"


class Wish(BaseModel):
    """What a customer wants."""

    service: str
    name: str
    email: str
    start: AwareDatetime


class Booking(BaseModel):
    """What a customer has."""

    id: str
    service: str
    start: datetime
    customers: int


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client of Graph as long as the service runs."""
    async with EnvironmentCredential() as credential:
        app.state.graph = GraphServiceClient(credential, [SCOPE])
        app.state.heard = []
        yield


app = FastAPI(title="Reception", lifespan=lifespan)


def our_business(request: Request) -> Any:
    """The calls of Graph below our business."""
    graph: GraphServiceClient = request.app.state.graph
    return graph.solutions.booking_businesses.by_booking_business_id(os.environ["BOOKINGS_BUSINESS"])


Business = Annotated[Any, Depends(our_business)]


@app.post("/bookings", status_code=201)
async def book(wish: Wish, business: Business, idempotency_key: Annotated[str | None, Header()] = None) -> Booking:
    """Book an appointment, or take a seat in a class that has one left."""
    service = await find_service(business, wish.service)
    booked = await find_class(business, service, wish) if (service.maximum_attendees_count or 1) > 1 else None
    if booked is not None:
        return await take_seat(business, booked, wish)
    wanted = appointment_of(service, wish, idempotency_key)
    try:
        return show(await business.appointments.post(wanted))
    except httpx.TransportError:  # nobody knows whether it was booked: look before asking again
        return show(await find_ours(business, wanted) or await business.appointments.post(wanted))


@app.get("/days/{day}")
async def list_day(day: str, business: Business) -> list[Booking]:
    """What is booked on a day (UTC)."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return [show(each) for each in await appointments_between(business, start, start + timedelta(days=1))]


@app.delete("/bookings/{booking_id}", status_code=204)
async def cancel(booking_id: str, business: Business) -> None:
    """Cancel an appointment; Bookings tells the customer."""
    message = CancelPostRequestBody(cancellation_message="The customer cancelled.")
    await business.appointments.by_booking_appointment_id(booking_id).cancel.post(message)


@app.post("/notifications", status_code=202)
async def hear(request: Request) -> None:
    """What the flow of the Bookings connector posts here."""
    request.app.state.heard.append(await request.json())


@app.get("/notifications")
async def show_heard(request: Request) -> list[Any]:
    """What was heard since the start."""
    return list(request.app.state.heard)


@app.exception_handler(ODataError)
async def explain_refusal(request: Request, error: ODataError) -> JSONResponse:
    """Say what a refusal of Graph means to the web page."""
    status = error.response_status_code or 0
    if status in (401, 403):
        return JSONResponse({"detail": "Microsoft Graph does not let this service in"}, 502)
    if status in (429, 503, 504):
        after = (error.response_headers or {}).get("Retry-After", "60")
        return JSONResponse({"detail": "too many calls; try again later"}, 503, {"Retry-After": str(after)})
    if status == 404:
        return JSONResponse({"detail": "there is no such booking"}, 404)
    return JSONResponse({"detail": "that time cannot be booked"}, 409)  # Bookings says 500 UnknownError, and no more


@app.exception_handler(ClientAuthenticationError)
async def explain_sign_in(request: Request, error: ClientAuthenticationError) -> JSONResponse:
    """Say that sign-in failed; the reason is for the log, not for the web page."""
    return JSONResponse({"detail": "this service cannot sign in"}, 502)


async def find_service(business: Any, name: str) -> BookingService:
    """The service of a name."""
    found = await business.services.get()
    for each in found.value:
        if each.display_name == name:
            return each
    raise HTTPException(404, f"there is no service '{name}'")


async def find_class(business: Any, service: BookingService, wish: Wish) -> BookingAppointment | None:
    """The class at that time that somebody opened, with a seat left; None where there is none yet."""
    end = wish.start + (service.default_duration or timedelta())
    for each in await appointments_between(business, wish.start, end):
        if each.service_id == service.id and moment_of(each.start_date_time) == wish.start:
            if len(each.customers) >= (each.maximum_attendees_count or 1):
                raise HTTPException(409, "the class is full")
            return each
    return None


async def take_seat(business: Any, booked: BookingAppointment, wish: Wish) -> Booking:
    """Put one more customer into a class."""
    changed = BookingAppointment(customers=[*booked.customers, customer_of(wish)])
    seats = business.appointments.by_booking_appointment_id(booked.id)
    await seats.patch(changed)
    return show(await seats.get())


async def find_ours(business: Any, wanted: BookingAppointment) -> BookingAppointment | None:
    """The appointment that was booked by a call without an answer; our key in its notes tells it.

    Lists leave notes out, so each that it could be is asked for.
    """
    start, end = moment_of(wanted.start_date_time), moment_of(wanted.end_date_time)
    for each in await appointments_between(business, start, end):
        if each.service_id == wanted.service_id and each.id:
            found = await business.appointments.by_booking_appointment_id(each.id).get()
            if wanted.service_notes and found.service_notes == wanted.service_notes:
                return found
    return None


async def appointments_between(business: Any, start: datetime, end: datetime) -> list[BookingAppointment]:
    """The appointments of a window."""
    query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
        start=start.isoformat(), end=end.isoformat()
    )
    found = await business.calendar_view.get(request_configuration=RequestConfiguration(query_parameters=query))
    return list(found.value)


def appointment_of(service: BookingService, wish: Wish, key: str | None) -> BookingAppointment:
    """What Graph is asked for: the first of the staff, and a reminder the day before."""
    reminder = BookingReminder(
        offset=DAY_BEFORE, recipients=BookingReminderRecipients.Customer, message="See you tomorrow"
    )
    return BookingAppointment(
        service_id=service.id,
        staff_member_ids=(service.staff_member_ids or [])[:1],
        start_date_time=zoned(wish.start),
        end_date_time=zoned(wish.start + (service.default_duration or timedelta())),
        customers=[customer_of(wish)],
        maximum_attendees_count=service.maximum_attendees_count,
        reminders=[reminder],
        service_notes=key,
    )


def customer_of(wish: Wish) -> BookingCustomerInformation:
    """Who comes."""
    return BookingCustomerInformation(name=wish.name, email_address=wish.email)


def zoned(moment: datetime) -> DateTimeTimeZone:
    """A moment as Graph takes it."""
    return DateTimeTimeZone(date_time=moment.astimezone(UTC).replace(tzinfo=None).isoformat(), time_zone="UTC")


def moment_of(value: DateTimeTimeZone | None) -> datetime:
    """A moment as Graph gives it: in UTC, as we ask for no other zone."""
    assert value is not None
    assert value.date_time is not None
    return datetime.fromisoformat(value.date_time.rstrip("Z")[:19]).replace(tzinfo=UTC)


def show(booked: BookingAppointment) -> Booking:
    """An appointment as the web page sees it."""
    return Booking(
        id=booked.id or "",
        service=booked.service_name or "",
        start=moment_of(booked.start_date_time),
        customers=len(booked.customers or []),
    )
