"""The customers of an appointment: who they are among the customers of the business, and what they answer."""

from __future__ import annotations

from typing import Any

from bookings_emulator.domain import records
from bookings_emulator.domain.answers import complete_answers
from bookings_emulator.domain.business_rules import Booking
from bookings_emulator.domain.outcome import Ask, Change, Outcome, Put, Record, State
from bookings_emulator.problem import Problem

SET = "customers"
MOST = 4  # in one POST; five were seen to fail
# the members of an appointment that tell of the customer of a 1:1 booking, and theirs in the list of customers
FIRST = {
    "customerName": "name",
    "customerEmailAddress": "emailAddress",
    "customerPhone": "phone",
    "customerTimeZone": "timeZone",
    "customerNotes": "notes",
}
_IDENTITY = frozenset({"customerName", "customerEmailAddress", "customerPhone"})


def set_customers(booking: Booking, *, is_new: bool) -> list[Change]:
    """Tie the customers of an appointment to customer records, making those that do not exist; count the seats."""
    record = booking.record
    given = named_customers(booking)
    if is_new:
        check_count(booking, given)
    kept, changes = identify(booking, given)
    record["customers"] = kept
    record["filledAttendeesCount"] = len(kept)
    if record["maximumAttendeesCount"] <= 1 or (kept and record.get("customerName")):
        _set_first_customer(record, kept[0] if kept else {}, is_new=is_new)
    return changes


def named_customers(booking: Booking) -> list[dict[str, Any]]:
    """The customers that a body names: by the list, or by the members of the appointment itself."""
    if "customers" in booking.ask.body:
        return list(booking.ask.body["customers"])
    return _single_customer(booking)


def check_count(booking: Booking, given: list[dict[str, Any]]) -> None:
    """Raise Problem bk.unknown for more customers than one POST takes."""
    if booking.ask.quirks["five-customers"] and len(given) > MOST:
        reason = f"one POST takes at most {MOST} customers; got {len(given)} (add the others by PATCH)"
        raise Problem("bk.unknown", reason)


def identify(booking: Booking, given: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Change]]:
    """The entries with the customer record that each of them means, and the records to be made for the others.

    An unknown id is dropped by groups without a word, and no id at all to everybody else.
    """
    drops = booking.record["maximumAttendeesCount"] > 1 and booking.ask.quirks["group-drops-unknown"]
    made = _Made(booking)
    kept = []
    for entry in given:
        known = _record_of(booking, entry)
        if known is None and entry.get("customerId") and drops:
            continue
        location = None if booking.ask.quirks["customer-location"] else entry.get("location")
        kept.append(
            {
                **entry,
                "customerId": known["id"] if known else made.person(entry),
                "location": location,
                "customQuestionAnswers": complete_answers(booking, entry),
            }
        )
    return kept, made.changes


def create_customer(state: State, ask: Ask) -> Outcome:
    """A new customer; by the quirk `customer-name-is-address` its address is its name."""
    address = ask.body.get("emailAddress")
    body = {**ask.body, "displayName": address} if address and ask.quirks["customer-name-is-address"] else ask.body
    return records.create(state, ask._replace(body=body), SET)


class _Made:
    """The customers that one appointment brings along: each person once."""

    def __init__(self, booking: Booking) -> None:
        self._booking = booking
        self._ids: dict[tuple[str, ...], str] = {}
        self.changes: list[Change] = []

    def person(self, entry: Record) -> str:
        """The id of the customer of an entry: the same person as in the business, or earlier in the list, else new."""
        ask, business_id = self._booking.ask, self._booking.business["id"]
        address, name = (str(entry.get(each) or "").strip().casefold() for each in ("emailAddress", "name"))
        if address and ask.quirks["customer-matching"]:
            found = self._booking.state.same_person(business_id, address, name)
            earlier = self._ids.get((address, name)) or self._ids.get((address, "") if name else (address,))
            if found is not None or earlier:
                return str(found["id"] if found else earlier)
        customer = _new_customer(ask, entry)
        self.changes.append(Put(SET, business_id, customer))
        for key in ((address, name), (address,)):
            self._ids.setdefault(key, customer["id"])
        return str(customer["id"])


def _record_of(booking: Booking, entry: Record) -> Record | None:
    """The customer record whose id an entry gives."""
    if not entry.get("customerId"):
        return None
    return booking.state.record(SET, booking.business["id"], entry["customerId"])


def _single_customer(booking: Booking) -> list[dict[str, Any]]:
    """The members customerName, customerEmailAddress … of the appointment itself, for clients without `customers`.

    In beta customerId names the customer as well: what the body leaves open of it is as the customer's record has it.
    """
    record, body = booking.record, booking.ask.body
    if body.get("customerId"):
        known = booking.state.record(SET, booking.business["id"], body["customerId"]) or {}
        facts = _tell_facts(known)
        record.update({name: facts.get(name) for name in _IDENTITY if body.get(name) is None})
    if not (record.get("customerName") or record.get("customerEmailAddress") or body.get("customerId")):
        return []
    entry = {theirs: record.get(mine) for mine, theirs in FIRST.items()}
    kept = record["customers"][0] if record["customers"] else {"customQuestionAnswers": []}
    return [{**kept, **entry, "customerId": record.get("customerId")}]


def _tell_facts(customer: Record) -> dict[str, Any]:
    """What an appointment tells of a customer of the business."""
    phones = customer.get("phones") or ()
    return {
        "customerName": customer.get("displayName"),
        "customerEmailAddress": customer.get("emailAddress"),
        "customerPhone": phones[0].get("number") if phones else None,
    }


def _set_first_customer(record: dict[str, Any], customer: Record, *, is_new: bool) -> None:
    """Let the members of the appointment itself mirror its customer; its notes never change once they are there."""
    record["customerId"] = customer.get("customerId")
    for mine, theirs in FIRST.items():
        value = customer.get(theirs)
        if value is not None and (is_new or mine != "customerNotes"):
            record[mine] = value
        elif value is None and not is_new and mine in _IDENTITY:
            record[mine] = None


def names_its_customer(record: Record, ask: Ask) -> bool:
    """Whether an update of a 1:1 appointment speaks of its customer by the members of the appointment itself."""
    return record["maximumAttendeesCount"] == 1 and not ask.body.keys().isdisjoint({*FIRST, "customerId"})


def _new_customer(ask: Ask, given: Record) -> dict[str, Any]:
    """The bookingCustomer that a booking without a known customer leaves behind."""
    phone = {"number": given.get("phone"), "type": "mobile", "language": None, "region": None}
    customer = {
        "id": ask.ids.guid(),
        "displayName": given.get("name") or "",
        "emailAddress": given.get("emailAddress"),
        "addresses": [],
        "phones": [phone] if given.get("phone") else [],
    }
    return records.stamped(customer, ask, is_new=True)
