"""Appointments: what a service lends them, their times, their customers, cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from emulator.domain import records
from emulator.domain.outcome import Ask, Change, Drop, Outcome, Put, Record, State
from emulator.problem import Problem
from emulator.times import date_time_time_zone, format_duration, instant_of, parse_duration, to_utc

SET = "appointments"
# what an appointment takes from its service where the body is silent: appointment member ← service member
_LENT = {
    "serviceName": "displayName",
    "price": "defaultPrice",
    "priceType": "defaultPriceType",
    "preBuffer": "preBuffer",
    "postBuffer": "postBuffer",
    "serviceLocation": "defaultLocation",
    "reminders": "defaultReminders",
    "maximumAttendeesCount": "maximumAttendeesCount",
    "isLocationOnline": "isLocationOnline",
    "smsNotificationsEnabled": "smsNotificationsEnabled",
    "isCustomerAllowedToManageBooking": "isCustomerAllowedToManageBooking",
    "additionalInformation": "additionalInformation",
}


def create(state: State, ask: Ask) -> Outcome:
    """A new appointment, with the customers it brings along."""
    business = records.find_business(state, ask.business_id)
    service = _service(state, business["id"], ask.body.get("serviceId"))
    record = {**ask.silent, **lent(service), **ask.body, "id": ask.ids.item(business["id"])}
    _set_times(record, service)
    _check_staff(state, business["id"], record["staffMemberIds"])
    changes = _set_customers(state, ask, business["id"], record, service)
    _set_links(record, service)
    record = records.stamped(record, ask, is_new=True)
    return Outcome(record, [*changes, Put(SET, business["id"], record)])


def update(state: State, ask: Ask) -> Outcome:
    """Reschedule, reassign or otherwise change an appointment; customers given replace the old ones."""
    before = records.find(state, SET, *ask.keys)
    service = state.record("services", ask.business_id, before["serviceId"] or "")
    record = {**before, **ask.body}
    _set_times(record, service)
    if "staffMemberIds" in ask.body:
        _check_staff(state, ask.business_id, record["staffMemberIds"])
    changes = _set_customers(state, ask, ask.business_id, record, service) if "customers" in ask.body else []
    _set_links(record, service)
    record = records.stamped(record, ask, is_new=False)
    return Outcome(record, [*changes, Put(SET, ask.business_id, record)])


def cancel(state: State, ask: Ask) -> Outcome:
    """Cancel an appointment: it leaves every list (inferred: there is no property that could say it is cancelled)."""
    record = records.find(state, SET, *ask.keys)
    return Outcome(None, [Drop(SET, ask.business_id, record["id"])])


def lent(service: Record) -> dict[str, Any]:
    """The members of an appointment that come from its service."""
    return {mine: service[theirs] for mine, theirs in _LENT.items() if service.get(theirs) is not None}


def _service(state: State, business_id: str, service_id: str | None) -> Record:
    service = state.record("services", business_id, service_id or "")
    if service is None:
        came = f"'{service_id}' is no service of {business_id}" if service_id else "serviceId is missing"
        raise Problem("bk.unknown", f"an appointment needs the serviceId of a service of its business: {came}")
    return service


def _set_times(record: dict[str, Any], service: Record | None) -> None:
    """Bring start, end and other times to UTC and compute the duration; without an end the service's length counts."""
    start = read_time(record.get("startDateTime"), "startDateTime")
    if record.get("endDateTime") is None and service is not None:
        end = start + (parse_duration(service["defaultDuration"]) or timedelta())
    else:
        end = read_time(record.get("endDateTime"), "endDateTime")
    if end <= start:
        raise Problem("bk.unknown", "the appointment ends before it starts, or at the very same moment")
    record["startDateTime"] = date_time_time_zone(start)
    record["endDateTime"] = date_time_time_zone(end)
    record["duration"] = format_duration(end - start)
    if record.get("invoiceDate") is not None:
        record["invoiceDate"] = date_time_time_zone(read_time(record["invoiceDate"], "invoiceDate"))


def read_time(value: Record | None, name: str) -> datetime:
    """The instant of a dateTimeTimeZone from outside, else the empty 500 that the service gives for such bodies."""
    if value is None:
        raise Problem("bk.unknown", f"{name} is missing; it takes a dateTime and a timeZone")
    moment = to_utc(value["dateTime"], value["timeZone"])
    if moment is None:
        reason = (
            f"{name} cannot be read: dateTime '{value['dateTime']}' must be ISO 8601 such as 2026-01-31T09:00:00, "
            f"timeZone '{value['timeZone']}' an IANA or Windows zone"
        )
        raise Problem("bk.unknown", reason)
    return moment


def _check_staff(state: State, business_id: str, staff_ids: list[str] | None) -> None:
    for staff_id in staff_ids or ():
        if state.record("staffMembers", business_id, staff_id) is None:
            raise Problem("bk.unknown", f"staffMemberIds names '{staff_id}', which is no staff member of {business_id}")


def _set_customers(
    state: State, ask: Ask, business_id: str, record: dict[str, Any], service: Record | None
) -> list[Change]:
    """Tie the customers of an appointment to customer records, making those that do not exist; count the seats."""
    is_group = record["maximumAttendeesCount"] > 1
    changes: list[Change] = []
    kept = []
    for given in record["customers"] or _single_customer(record):
        customer_id = given.get("customerId")
        is_known = customer_id is not None and state.record("customers", business_id, customer_id) is not None
        if customer_id is not None and not is_known and is_group:
            continue  # group services drop ids they do not know without a word (documented note)
        if not is_known:
            made = _new_customer(ask, given)
            changes.append(Put("customers", business_id, made))
            customer_id = made["id"]
        # the location of a customer is never kept (docs 19313)
        kept.append({**given, "customerId": customer_id, "location": None})
    record["customers"] = kept
    record["filledAttendeesCount"] = len(kept)
    if kept and (not is_group or record.get("customerName")):
        _set_first_customer(record, kept[0])
    return changes


def _single_customer(record: Record) -> list[dict[str, Any]]:
    """The members customerName, customerEmailAddress … of the appointment itself, for clients without `customers`."""
    if not (record.get("customerName") or record.get("customerEmailAddress")):
        return []
    return [
        {
            "customerId": record.get("customerId"),
            "name": record.get("customerName"),
            "emailAddress": record.get("customerEmailAddress"),
            "phone": record.get("customerPhone"),
            "notes": record.get("customerNotes"),
            "timeZone": record.get("customerTimeZone"),
            "customQuestionAnswers": [],
        }
    ]


def _set_first_customer(record: dict[str, Any], customer: Record) -> None:
    record["customerId"] = customer["customerId"]
    for mine, theirs in (
        ("customerName", "name"),
        ("customerEmailAddress", "emailAddress"),
        ("customerPhone", "phone"),
        ("customerTimeZone", "timeZone"),
        ("customerNotes", "notes"),
    ):
        if customer.get(theirs) is not None:
            record[mine] = customer[theirs]


def _new_customer(ask: Ask, given: Record) -> dict[str, Any]:
    """The bookingCustomer that a booking without a known customer id leaves behind; addresses are not compared."""
    phone = {"number": given.get("phone"), "type": "mobile", "language": None, "region": None}
    customer = {
        "id": ask.ids.guid(),
        "displayName": given.get("name") or "",
        "emailAddress": given.get("emailAddress"),
        "addresses": [],
        "phones": [phone] if given.get("phone") else [],
    }
    return records.stamped(customer, ask, is_new=True)


def _set_links(record: dict[str, Any], service: Record | None) -> None:
    """Join links exist only for online appointments of services that offer them."""
    if not (record["isLocationOnline"] and service is not None and service["isLocationOnline"]):
        record["joinWebUrl"] = record["anonymousJoinWebUrl"] = None
        return
    link = record.get("joinWebUrl") or _meeting_url(record["id"], "meetup-join")
    record["joinWebUrl"] = link
    record["anonymousJoinWebUrl"] = (
        _meeting_url(record["id"], "meet-anonymous") if service["isAnonymousJoinEnabled"] else None
    )


def _meeting_url(appointment_id: str, path: str) -> str:
    """A link of the form Teams uses, made from the appointment so that it is the same in every run."""
    thread = UUID(bytes=appointment_id.encode()[-20:-4].rjust(16, b"0"))
    return f"https://teams.microsoft.com/l/{path}/{quote(f'19:meeting_{thread.hex}@thread.v2', safe='')}/0"


def start_of(record: Record) -> datetime:
    """When an appointment starts, in UTC."""
    return instant_of(record["startDateTime"])


def end_of(record: Record) -> datetime:
    """When an appointment ends, in UTC."""
    return instant_of(record["endDateTime"])
