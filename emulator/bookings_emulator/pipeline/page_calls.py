"""One call of the booking page, from a business and a body to a value in the shape of the page; never awaiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bookings_emulator.contract.api import api
from bookings_emulator.contract.page import PageOperation
from bookings_emulator.contract.page_body import (
    AskedBooking,
    AskedTime,
    read_booking,
    read_move,
    read_window,
    refuse_page_body,
)
from bookings_emulator.domain import page_booking
from bookings_emulator.domain.messages import passcode_message
from bookings_emulator.domain.outcome import Ask, Outcome, Record
from bookings_emulator.domain.page_availability import AskedRanges, ranges
from bookings_emulator.domain.page_booking import Held
from bookings_emulator.pipeline import page_shaping as shaping
from bookings_emulator.problem import Problem
from bookings_emulator.tenant import Tenant
from bookings_emulator.times import date_time_time_zone

LONGEST_WINDOW = 370  # days; windows of up to 90 are asked for (a guess, so that no question costs without end)
_RESTRICTED = {  # a setting of the tenant → the member of a customer that is then not taken
    "BookingsAddressEntryRestricted": "location",
    "BookingsPhoneNumberEntryRestricted": "phone",
    "BookingsNotesEntryRestricted": "notes",
}


class PageCall(NamedTuple):
    """One call: the operation, the business it is about, the key at the end of its path (or empty), its body."""

    operation: PageOperation
    business: Record
    key: str
    content: bytes


class PageAnswer(NamedTuple):
    """What a call answers, and the names of what happened."""

    value: dict[str, Any] | None
    events: tuple[str, ...] = ()


def carry_out(tenant: Tenant, call: PageCall) -> PageAnswer:
    """Carry out a call on a tenant.

    Raises Problem, and then nothing has changed, but page.passcode has sent a code and page.code has counted a try.
    """
    return CALLS[call.operation.name](tenant, call)


def published_business(tenant: Tenant, address: str) -> Record:
    """The business of an address, or of its part before the @. Raises Problem page.nobusiness and page.personal."""
    if address.lower().startswith("mbx:"):
        raise Problem("page.personal", "personal pages (Bookings with me) are not emulated; mbx: names one")
    name = address if "@" in address else f"{address}@{tenant.domain}"
    business = tenant.store.business(name)
    if business is None:
        known = ", ".join(tenant.store.business_ids()) or "none"
        raise Problem("page.nobusiness", f"no business has the address '{address}'; known addresses are {known}")
    if not business["isPublished"]:
        raise Problem("page.nobusiness", f"the page of {business['id']} is not published; publish it first")
    return business


def page_settings(tenant: Tenant, business: Record) -> dict[str, bool]:
    """The settings of a tenant as the page of a business tells them: who wants a sign-in says so there."""
    settings = tenant.tenant_settings.all()
    is_restricted = (business["bookingPageSettings"] or {}).get("accessControl") == "restrictedToOrganization"
    return {**settings, "BookingsAuthEnabled": settings["BookingsAuthEnabled"] or is_restricted}


def _answer_business(tenant: Tenant, call: PageCall) -> PageAnswer:
    return PageAnswer(shaping.show_business(call.business, tenant.find_links()))


def _answer_settings(tenant: Tenant, call: PageCall) -> PageAnswer:
    return PageAnswer(shaping.show_settings(page_settings(tenant, call.business)))


def _answer_services(tenant: Tenant, call: PageCall) -> PageAnswer:
    asks = not tenant.tenant_settings["BookingsCreationOfCustomQuestionsRestricted"]
    services = tenant.store.records("services", call.business["id"])
    return PageAnswer(shaping.show_services(call.business, services, tenant.find_links(), asks=asks))


def _answer_staff(tenant: Tenant, call: PageCall) -> PageAnswer:
    is_named = not tenant.tenant_settings["BookingsExposureOfStaffDetailsRestricted"]
    return PageAnswer(shaping.show_staff(tenant.store.records("staffMembers", call.business["id"]), is_named=is_named))


def _answer_questions(tenant: Tenant, call: PageCall) -> PageAnswer:
    is_restricted = tenant.tenant_settings["BookingsCreationOfCustomQuestionsRestricted"]
    questions = [] if is_restricted else tenant.store.records("customQuestions", call.business["id"])
    return PageAnswer(shaping.show_questions(questions))


def _answer_availability(tenant: Tenant, call: PageCall) -> PageAnswer:
    asked, store, business_id = read_window(call.content), tenant.store, call.business["id"]
    window = asked.start.moment, asked.end.moment
    if window[1] <= window[0]:
        raise refuse_page_body("endDateTime", "a time behind startDateTime", asked.end.moment.isoformat())
    if (window[1] - window[0]).days > LONGEST_WINDOW:
        raise refuse_page_body(
            "endDateTime", f"a window of at most {LONGEST_WINDOW} days", asked.end.moment.isoformat()
        )
    service = _find_page_service(tenant, business_id, asked.service_id) if asked.service_id else None
    question = AskedRanges(call.business, service, window, tenant.quirks)
    found = []
    for staff_id in asked.staff_ids:
        member = store.record("staffMembers", business_id, staff_id)
        if member is not None:  # services go on naming people who are gone, and clients ask for all of them
            found.append((staff_id, ranges(store, question, member)))
    return PageAnswer(shaping.show_availability(found, asked.start, str(tenant.quirks["page-zone"])))


def _answer_book(tenant: Tenant, call: PageCall) -> PageAnswer:
    asked, business = read_booking(call.content), call.business
    service = _find_page_service(tenant, business["id"], asked.service_id)
    missing = _refuse_form(asked, service)
    if missing is not None and tenant.quirks["page-required-answers"]:
        raise missing
    key = tenant.chance.guid()
    ask = _ask_as_visitor(tenant, business, _make_booking_body(tenant, asked, key))
    if business["bookingPageSettings"].get("enforceOneTimePassword"):
        _check_passcode(tenant, business, service, asked)
    choices = [list(asked.staff_ids)] if asked.staff_ids else []
    choices += [[each] for each in asked.candidates if [each] not in choices]
    choices = choices or page_booking.all_choices(tenant.store, ask, business, service)
    outcome = page_booking.book_visit(tenant.store, ask, business, service, choices)
    events = _apply_visit(tenant, outcome)
    tenant.passcodes.spend(business["id"], asked.customers[0]["emailAddress"] or "")
    return _answer_booking(tenant, call, key, asked.start, events)


def _answer_cancel(tenant: Tenant, call: PageCall) -> PageAnswer:
    held = page_booking.find_held(tenant.store, call.business, call.key)
    outcome = page_booking.cancel_visit(tenant.store, _ask_as_visitor(tenant, call.business, {}), call.business, held)
    return PageAnswer(None, _apply_visit(tenant, outcome))


def _answer_appointment(tenant: Tenant, call: PageCall) -> PageAnswer:
    return _answer_booking(tenant, call, call.key, None, ())


def _answer_reschedule(tenant: Tenant, call: PageCall) -> PageAnswer:
    asked, business = read_move(call.content), call.business
    held = page_booking.find_held(tenant.store, business, call.key)
    record = held.appointment
    service = _find_page_service(tenant, business["id"], record["serviceId"] or "")
    body: dict[str, Any] = {"staffMemberIds": list(asked.staff_ids)} if asked.staff_ids else {}
    if asked.start:
        body["startDateTime"] = date_time_time_zone(asked.start.moment)
        body["endDateTime"] = date_time_time_zone(asked.end.moment) if asked.end else None
    elif asked.end:
        body["endDateTime"] = date_time_time_zone(asked.end.moment)
    outcome = page_booking.move_visit(tenant.store, _ask_as_visitor(tenant, business, body), business, service, held)
    return _answer_booking(tenant, call, call.key, asked.start, _apply_visit(tenant, outcome))


CALLS: dict[str, Callable[[Tenant, PageCall], PageAnswer]] = {
    "page.business": _answer_business,
    "page.settings": _answer_settings,
    "page.services": _answer_services,
    "page.staff": _answer_staff,
    "page.questions": _answer_questions,
    "page.availability": _answer_availability,
    "page.book": _answer_book,
    "page.cancel": _answer_cancel,
    "page.appointment": _answer_appointment,
    "page.reschedule": _answer_reschedule,
}


def _ask_as_visitor(tenant: Tenant, business: Record, body: dict[str, Any]) -> Ask:
    silent = api("v1.0", tenant.quirks.variant).readers.silent("bookingAppointment")
    ask = Ask(
        keys=(business["id"],),
        body=body,
        silent=silent,
        now=tenant.clock.now(),
        ids=tenant.chance,
        caller=page_booking.AS_VISITOR,
        domain=tenant.domain,
        quirks=tenant.rule_switches(),
        tenant_id=tenant.guid,
        find_links=tenant.find_links,
    )
    return page_booking.visiting(ask)


def _apply_visit(tenant: Tenant, outcome: Outcome) -> tuple[str, ...]:
    tenant.store.apply(outcome.changes)
    tenant.publish(outcome.events)
    return tuple(each.name for each in outcome.events)


def _answer_booking(
    tenant: Tenant, call: PageCall, key: str, like: AskedTime | None, events: tuple[str, ...]
) -> PageAnswer:
    held: Held = page_booking.find_held(tenant.store, call.business, key)
    return PageAnswer(shaping.show_appointment(held, like), events)


def _find_page_service(tenant: Tenant, business_id: str, service_id: str) -> Record:
    service = tenant.store.record("services", business_id, service_id)
    if service is None:
        known = ", ".join(each["id"] for each in tenant.store.records("services", business_id)) or "none"
        raise Problem("page.noservice", f"{business_id} has no service '{service_id}'; there are {known}")
    return service


def _make_booking_body(tenant: Tenant, asked: AskedBooking, key: str) -> dict[str, Any]:
    """The appointment that a booking asks for, with the members of Graph; `key` is what its customer manages it by."""
    body: dict[str, Any] = {
        "serviceId": asked.service_id,
        "startDateTime": date_time_time_zone(asked.start.moment),
        "endDateTime": date_time_time_zone(asked.end.moment),
        "customers": [_narrow_visitor(tenant, each, key) for each in asked.customers],
        "customerTimeZone": asked.customer_zone,
        "smsNotificationsEnabled": asked.wants_sms,
        "selfServiceAppointmentId": key,
        "isCustomerAllowedToManageBooking": True,
        "trackingDataId": asked.tracking,
    }
    return body if asked.is_online is None else {**body, "isLocationOnline": asked.is_online}


def _narrow_visitor(tenant: Tenant, given: dict[str, Any], key: str) -> dict[str, Any]:
    """A customer as it is kept: without what the tenant forbids to ask for, and with the texts of its questions."""
    settings = tenant.tenant_settings.all()
    kept = {**given, "selfServiceId": key}
    for setting, member in _RESTRICTED.items():
        if settings[setting]:
            kept[member] = None
    if settings["BookingsCreationOfCustomQuestionsRestricted"]:
        kept["customQuestionAnswers"] = []
    return kept


def _refuse_form(asked: AskedBooking, service: Record) -> Problem | None:
    """What a booking lacks of what the page's form requires, as the quirk page-required-answers refuses it."""
    given = asked.customers[0]
    answered = {
        each["questionId"] for each in given["customQuestionAnswers"] if each["answer"] or each["selectedOptions"]
    }
    required = {each["questionId"] for each in service.get("customQuestions") or () if each["isRequired"]}
    if not given["name"]:
        return Problem("page.required", "the quirk page-required-answers requires the customer's name", what="name")
    for missing in sorted(required - answered):
        reason = f"the quirk page-required-answers requires an answer to the question {missing}"
        return Problem("page.required", reason, what=missing)
    return None


def _check_passcode(tenant: Tenant, business: Record, service: Record, asked: AskedBooking) -> None:
    """Hold a booking to the code that was mailed; without one, mail it. Raises Problem page.passcode and page.code."""
    address, now = asked.customers[0]["emailAddress"], tenant.clock.now()
    if not address:
        raise refuse_page_body(
            "appointment.customers[0].emailAddress", "an address that a passcode can be sent to", None
        )
    if not asked.code:
        code = f"{int(tenant.chance.guid()[:8], 16) % 1_000_000:06}"
        tenant.passcodes.keep(business["id"], address, code, now)
        tenant.outbox.send(passcode_message(business, service, address, code, now), now, tenant.journal.last + 1)
        reason = f"a code of six digits was sent to {address}; GET /_emulator/outbox?kind=passcode shows it"
        raise Problem("page.passcode", reason)
    refused = tenant.passcodes.refuse(business["id"], address, asked.code, now)
    if refused:
        raise Problem("page.code", refused)
