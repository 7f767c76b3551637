"""Services: their page address."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

from emulator.domain import records
from emulator.domain.outcome import Ask, Outcome, Put, State

SET = "services"


def create(state: State, ask: Ask) -> Outcome:
    """A new service with the URL under which customers reach it."""
    business = records.find_business(state, ask.business_id)
    record = {**ask.silent, **ask.body, "id": ask.ids.guid()}
    record["webUrl"] = web_url(business["id"], record["id"])
    record = records.stamped(record, ask, is_new=True)
    return Outcome(record, [Put(SET, business["id"], record)])


def web_url(business_id: str, service_id: str) -> str:
    """The page of a service; the token is like a .NET UrlTokenEncode of the id (shape printed, encoding inferred)."""
    token = urlsafe_b64encode(UUID(service_id).bytes_le).decode().rstrip("=") + "2"
    return f"https://outlook.office365.com/owa/calendar/{business_id}/bookings/s/{token}"
