"""Add records directly, without a request to Graph: no event, no mail, nothing in the journal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bookings_emulator.contract.api import api
from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable, closed, text
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.times import parse_duration

if TYPE_CHECKING:
    from bookings_emulator.client import answers

table = RouteTable("records")
_RECORD = closed(
    {
        "business": text("id of the business to add it to; without it a business is added"),
        "set": text("the set of that business", *api("v1.0").sets),
        "record": {"type": "object", "description": "as in a fixture"},
    },
    ("record",),
)


@table.post("/records", _RECORD, status=201)
def add_record(desk: Desk) -> answers.RecordIds:
    """Add a business, or with `business` and `set` an item of one; returns its id and the id of its business.

    Members you leave out are filled as in a fixture; an appointment without an end lasts as long as its service.
    Nobody is notified, and a reset removes the record.
    """
    given = desk.body
    if ("business" in given) != ("set" in given):
        raise ControlRefusal("give business and set together, or neither to add a business")
    business, data = given.get("business"), given["record"]
    if given.get("set") == "appointments" and "endDateTime" not in data:
        data = _add_end(desk, business, data)
    try:
        record = desk.tenant.add_record(business, given.get("set", ""), data)
    except FixtureError as error:
        raise ControlRefusal(str(error)) from error
    return {"id": record["id"], "business": given.get("business", record["id"])}


def _add_end(desk: Desk, business: str, data: dict[str, Any]) -> dict[str, Any]:
    """The record of an appointment with the end that its service gives; what cannot be read is left to be refused."""
    service = desk.tenant.store.record("services", business, str(data.get("serviceId")))
    begin = data.get("startDateTime")
    length = parse_duration(str(service["defaultDuration"])) if service else None
    try:
        end = datetime.fromisoformat(begin["dateTime"]) + length if isinstance(begin, dict) and length else None
    except (ValueError, KeyError, TypeError, OverflowError):
        end = None
    if end is None or not isinstance(begin, dict):
        return data
    return {**data, "endDateTime": {**begin, "dateTime": end.isoformat()}}
