"""A small application: it books a customer into the first free half hour of a day, with the Microsoft Graph SDK."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from msgraph import GraphServiceClient
from msgraph.generated.models.booking_appointment import BookingAppointment
from msgraph.generated.models.booking_customer_information import BookingCustomerInformation
from msgraph.generated.models.booking_service import BookingService
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

LENGTH = timedelta(minutes=30)
ZONE = "Pacific Standard Time"


class Full(Exception):
    """There is no free time on that day."""


async def book(graph: GraphServiceClient, business_id: str, name: str, day: date) -> BookingAppointment:
    """Book the first service of a business for a customer. Raises Full."""
    business = graph.solutions.booking_businesses.by_booking_business_id(business_id)
    service = (await business.services.get()).value[0]
    start = datetime.combine(day, time(8))
    while start + LENGTH <= datetime.combine(day, time(18)):
        try:
            return await business.appointments.post(_appointment(service, name, start))
        except ODataError as error:
            if error.response_status_code not in (400, 409, 500):  # what Bookings answers to a time it does not like
                raise
            start += LENGTH
    raise Full(f"{business_id} has no time for {name} on {day}")


def _appointment(service: BookingService, name: str, start: datetime) -> BookingAppointment:
    customer = BookingCustomerInformation(name=name, email_address=f"{name.split(maxsplit=1)[0].lower()}@contoso.com")
    return BookingAppointment(
        service_id=service.id,
        staff_member_ids=service.staff_member_ids[:1],
        start_date_time=_moment(start),
        end_date_time=_moment(start + LENGTH),
        customers=[customer],
    )


def _moment(value: datetime) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=value.isoformat(), time_zone=ZONE)
