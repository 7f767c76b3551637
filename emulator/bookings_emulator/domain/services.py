"""Services: their page address, and what may keep them from being deleted."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import Ask, Outcome, Put, State
from bookings_emulator.domain.scheduling_policy import set_service_policy
from bookings_emulator.ids import guid_of
from bookings_emulator.problem import Problem
from bookings_emulator.times import instant_of

SET = "services"


def create(state: State, ask: Ask) -> Outcome:
    """A new service with the URL under which customers reach it."""
    business = records.find_business(state, ask.business_id)
    record = {**ask.silent, **set_service_policy(ask, business, {}), "id": ask.ids.guid()}
    record["webUrl"] = web_url(business["id"], record["id"])
    record = records.stamped(record, ask, is_new=True)
    return Outcome(record, [Put(SET, business["id"], record)])


def update(state: State, ask: Ask) -> Outcome:
    """Merge the body, its policy with what the service had set."""
    business, before = records.find_business(state, ask.business_id), records.find(state, SET, *ask.keys)
    return records.update(state, ask._replace(body=set_service_policy(ask, business, before)), SET)


def delete(state: State, ask: Ask) -> Outcome:
    """Delete a service; whether appointments to come prevent it is a quirk."""
    if ask.quirks["service-in-use"]:
        for each in state.records("appointments", ask.business_id):
            if each["serviceId"] == ask.keys[-1] and instant_of(each["startDateTime"]) > ask.now:
                raise Problem("bk.unknown", f"the service has an appointment to come: '{each['id']}'")
    return records.delete(state, ask, SET)


def web_url(business_id: str, service_id: str) -> str:
    """The page of a service; the token is like a .NET UrlTokenEncode of the id (shape printed, encoding inferred)."""
    token = urlsafe_b64encode(_guid_of(service_id).bytes_le).decode().rstrip("=") + "2"
    return f"https://outlook.office365.com/owa/calendar/{business_id}/bookings/s/{token}"


def _guid_of(service_id: str) -> UUID:
    """The GUID of a service; a fixture may call it by another word, which then stands for one."""
    try:
        return UUID(service_id)
    except ValueError:
        return UUID(guid_of("service", service_id))
