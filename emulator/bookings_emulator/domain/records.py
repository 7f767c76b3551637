"""Finding records, and the plain create, update and delete of a set that has no rules of its own."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import datetime
from functools import lru_cache
from typing import Any

from bookings_emulator.domain.outcome import Ask, Drop, Outcome, Put, Record, State
from bookings_emulator.problem import Problem
from bookings_emulator.times import format_instant, to_utc

_YEARS = range(1601, 4501)  # what Exchange, which keeps the appointments, has dates for
_CAPITAL = re.compile(r"(?=[A-Z])")


def find_business(state: State, business_id: str) -> Record:
    """The business of an address, else Problem mailbox.nonexistent."""
    business = state.business(business_id)
    if business is None:
        reason = (
            f"no business has the id '{business_id}'; ids look like Name@domain and are listed by GET bookingBusinesses"
        )
        raise Problem("mailbox.nonexistent", reason, smtp=business_id)
    return business


def find(state: State, set_name: str, business_id: str, record_id: str) -> Record:
    """A record of a business, else Problem notfound.item, or id.malformed for what cannot be an Exchange id."""
    find_business(state, business_id)
    record = state.record(set_name, business_id, record_id)
    if record is not None:
        return record
    if set_name == "appointments" and not is_item_id(record_id):
        raise Problem("id.malformed", f"'{record_id}' is not an Exchange item id; those are base64 and start with AAMk")
    raise Problem("notfound.item", f"'{business_id}' has no {name_item(set_name)} with the id '{record_id}'")


def name_item(set_name: str) -> str:
    """What one record of a set is called in a sentence: `staffMembers` → `staff member`, `categories` → `category`."""
    words = " ".join(_CAPITAL.split(set_name)).lower()
    return words.removesuffix("ies") + "y" if words.endswith("ies") else words.removesuffix("s")


def is_item_id(text: str) -> bool:
    """Whether a text could be an id of an Exchange item: URL-safe base64 that begins with AAMk."""
    try:
        b64decode(text, altchars=b"_-", validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith("AAMk")


def read_time(value: Record | None, name: str) -> datetime:
    """The instant of a dateTimeTimeZone from outside, else the empty 500 that the service gives for such bodies."""
    if value is None:
        raise Problem("bk.unknown", f"{name} is missing; it needs a dateTime and a timeZone")
    moment = to_utc(value["dateTime"], value["timeZone"])
    if moment is None or moment.year not in _YEARS:
        reason = (
            f"{name} cannot be read: dateTime '{value['dateTime']}' must be ISO 8601 such as 2026-01-31T09:00:00 "
            f"in the years {_YEARS[0]} to {_YEARS[-1]}, "
            f"timeZone '{value['timeZone']}' an IANA or Windows zone"
        )
        raise Problem("bk.unknown", reason)
    return moment


def stamped(record: dict[str, Any], ask: Ask, *, is_new: bool) -> dict[str, Any]:
    """Set the time stamps the service keeps on every record."""
    moment = _moment_of(ask.now)
    if is_new:
        record["createdDateTime"] = moment
    record["lastUpdatedDateTime"] = moment
    return record


@lru_cache(maxsize=1)
def _moment_of(now: datetime) -> str:
    """The present moment as text, which all records of one moment share."""
    return format_instant(now)


def create(state: State, ask: Ask, set_name: str) -> Outcome:
    """Create a plain record of a business with a GUID for an id."""
    business = find_business(state, ask.business_id)
    record = stamped({**ask.silent, **ask.body, "id": ask.ids.guid()}, ask, is_new=True)
    return Outcome(record, [Put(set_name, business["id"], record)])


def update(state: State, ask: Ask, set_name: str) -> Outcome:
    """Merge a body into a record; its complex values are whole already, its collections replace the old ones."""
    before = find(state, set_name, *ask.keys)
    record = stamped({**before, **ask.body}, ask, is_new=False)
    return Outcome(record, [Put(set_name, ask.business_id, record)])


def delete(state: State, ask: Ask, set_name: str) -> Outcome:
    """Forget a record of a business; what refers to it keeps its id."""
    record = find(state, set_name, *ask.keys)
    return Outcome(None, [Drop(set_name, ask.business_id, record["id"])])
