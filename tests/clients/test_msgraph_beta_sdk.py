"""The official msgraph-beta-sdk: one journey, on /beta/solutions and on the older root route."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph_beta import GraphServiceClient
from msgraph_beta.generated.booking_businesses.item.appointments.item.cancel.cancel_post_request_body import (
    CancelPostRequestBody,
)
from msgraph_beta.generated.booking_businesses.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder as RootView,
)
from msgraph_beta.generated.booking_currencies.booking_currencies_request_builder import BookingCurrenciesRequestBuilder
from msgraph_beta.generated.models.booking_appointment import BookingAppointment
from msgraph_beta.generated.models.booking_business import BookingBusiness
from msgraph_beta.generated.models.booking_custom_question import BookingCustomQuestion
from msgraph_beta.generated.models.booking_customer import BookingCustomer
from msgraph_beta.generated.models.booking_customer_information import BookingCustomerInformation
from msgraph_beta.generated.models.booking_invoice_status import BookingInvoiceStatus
from msgraph_beta.generated.models.booking_service import BookingService
from msgraph_beta.generated.models.booking_staff_member import BookingStaffMember
from msgraph_beta.generated.models.booking_staff_role import BookingStaffRole
from msgraph_beta.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError

Run = Callable[[Any], Any]
WindowQuery = RootView.CalendarViewRequestBuilderGetQueryParameters
CurrencyQuery = BookingCurrenciesRequestBuilder.BookingCurrenciesRequestBuilderGetQueryParameters
ROUTES: dict[str, Callable[[GraphServiceClient], Any]] = {
    "solutions": lambda graph: graph.solutions,
    "root": lambda graph: graph,
}

pytestmark = pytest.mark.clients


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest, connect: Callable[..., Any]) -> Any:
    """The request builder under which businesses and currencies stand."""
    return ROUTES[request.param](connect(GraphServiceClient, "beta"))


@pytest.fixture
def business(route: Any, run: Run) -> Any:
    made = run(route.booking_businesses.post(BookingBusiness(display_name="Beta Test")))
    yield route.booking_businesses.by_booking_business_id(made.id)
    run(route.booking_businesses.by_booking_business_id(made.id).delete())


@pytest.fixture
def staff(business: Any, run: Run) -> BookingStaffMember:
    role = BookingStaffRole.ExternalGuest
    body = BookingStaffMember(display_name="Dana", email_address="dana@contoso.com", role=role)
    return run(business.staff_members.post(body))


@pytest.fixture
def appointment(business: Any, staff: BookingStaffMember, run: Run) -> BookingAppointment:
    half_an_hour: Any = "PT30M"  # a timedelta would go out as 0:30:00
    service = run(business.services.post(BookingService(display_name="Check-up", default_duration=half_an_hour)))
    body = BookingAppointment(
        service_id=service.id,
        start=moment("2030-01-07T10:00:00"),
        end=moment("2030-01-07T10:30:00"),
        staff_member_ids=[staff.id],
        customers=[BookingCustomerInformation(name="Adele Vance", email_address="adelev@contoso.com")],
    )
    return run(business.appointments.post(body))


def moment(text: str) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=text, time_zone="UTC")


def test_a_business_is_listed_read_changed_and_published(route: Any, business: Any, run: Run) -> None:
    assert "Beta Test" in [each.display_name for each in run(route.booking_businesses.get()).value]
    run(business.patch(BookingBusiness(phone="5550100")))
    run(business.publish.post())
    read = run(business.get())
    assert (read.display_name, read.phone, read.is_published) == ("Beta Test", "5550100", True)
    run(business.unpublish.post())
    assert not run(business.get()).is_published


def test_customers_questions_and_staff_are_created_listed_changed_and_deleted(
    business: Any, staff: BookingStaffMember, run: Run
) -> None:
    assert (type(staff), staff.role, staff.color_index) == (BookingStaffMember, BookingStaffRole.ExternalGuest, 0)
    for sets, builder, kind in (
        (business.customers, business.customers.by_booking_customer_id, BookingCustomer),
        (business.custom_questions, business.custom_questions.by_booking_custom_question_id, BookingCustomQuestion),
    ):
        one = builder(run(sets.post(kind(display_name="First"))).id)
        run(one.patch(kind(display_name="Second")))
        assert [each.display_name for each in run(sets.get()).value] == ["Second"]
        assert run(sets.count.get()) == 1
        run(one.delete())
        assert run(sets.get()).value == []


def test_an_appointment_has_the_names_of_beta_and_can_be_moved_and_cancelled(
    business: Any, appointment: BookingAppointment, run: Run
) -> None:
    one = business.appointments.by_booking_appointment_id(appointment.id)
    assert (appointment.duration, appointment.invoice_status) == (timedelta(minutes=30), BookingInvoiceStatus.Draft)
    assert (appointment.customer_name, appointment.customer_email_address) == ("Adele Vance", "adelev@contoso.com")
    assert type(appointment.customers[0]) is BookingCustomerInformation
    run(one.patch(BookingAppointment(start=moment("2030-01-07T11:00:00"), end=moment("2030-01-07T12:00:00"))))
    assert run(one.get()).start.date_time.startswith("2030-01-07T11:00:00")
    query = WindowQuery(start="2030-01-07T00:00:00Z", end="2030-01-08T00:00:00Z")
    assert len(run(business.calendar_view.get(RequestConfiguration(query_parameters=query))).value) == 1
    run(one.cancel.post(CancelPostRequestBody(cancellation_message="The dentist is ill")))
    assert run(business.appointments.get()).value == []


def test_an_error_is_parsed(business: Any, run: Run) -> None:
    with pytest.raises(ODataError) as caught:
        run(business.services.by_booking_service_id("none").get())
    assert (caught.value.response_status_code, caught.value.error.code) == (404, "ErrorItemNotFound")
    assert caught.value.error.inner_error.request_id


def test_currencies_are_listed(route: Any, run: Run) -> None:
    query = CurrencyQuery(filter="id eq 'EUR'")
    listed = run(route.booking_currencies.get(RequestConfiguration(query_parameters=query))).value
    assert [(each.id, each.symbol) for each in listed] == [("EUR", "€")]


def test_the_recipe_runs_on_both_routes(run_recipe: Callable[..., str]) -> None:
    lines = run_recipe("msgraph-beta-sdk", sys.executable, "-").splitlines()
    assert lines
    assert lines[: len(lines) // 2] == lines[len(lines) // 2 :]
