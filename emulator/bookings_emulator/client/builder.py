"""Records of a test in a few words: `bookings.add.business("Fourth Coffee").service("Tasting").staff("Ann")`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bookings_emulator.client.control_http import ControlError, Line
from bookings_emulator.client.named_records import NamedBusiness, find_business, find_row
from bookings_emulator.client.words import check_text, nearest

# what methods of the builder take by their own names, for who misspells one
_WORDS = {
    "services": ("minutes", "price"),
    "staffMembers": ("email", "role"),
    "customers": ("email",),
    "customQuestions": ("options",),
}
_MOST_MINUTES = 1_000_000_000  # more than any service takes, and still a duration
_CUSTOMER = "#microsoft.graph.bookingCustomerInformation"


class Adder:
    """Adds records to a tenant directly: nobody is notified, no business rule is checked, no request is recorded."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def business(self, name: str, **members: Any) -> BusinessBuilder:
        """A new business; `members` are those of Graph: `businessType="Dentist"`."""
        made = self._line.post("/records", {"record": {"displayName": name, **members}})
        return BusinessBuilder(self._line, str(made["id"]))

    def to(self, business: str) -> BusinessBuilder:
        """Adds to an existing business, by its name or id. Raises ControlError."""
        return BusinessBuilder(self._line, find_business(self._line.get("/state"), business).id)


class BusinessBuilder:
    """Adds records to one business, one after the other; `id` is the business, `ids` the added records by name.

    Every method accepts other members with their Graph names, and raises ControlError for what a fixture would refuse.
    """

    def __init__(self, line: Line, id_: str) -> None:
        self._line = line
        self.id: str = id_  # the id of the business
        self.ids: dict[str, str] = {}  # the ids of the added records, by name
        self.appointments: list[str] = []  # the ids of those added, in order

    @property
    def records(self) -> NamedBusiness:
        """The business in its current state, to look records up by name."""
        return find_business(self._line.get("/state"), self.id)

    def service(self, name: str, *, minutes: float = 30, price: float | None = None, **members: Any) -> BusinessBuilder:
        """A service of that many minutes, with a fixed price if you pass one."""
        cost = {} if price is None else {"defaultPrice": price, "defaultPriceType": "fixedPrice"}
        return self._add("services", name, {"defaultDuration": _word_minutes(minutes), **cost, **members})

    def staff(
        self, name: str, email: str | None = None, *, role: str = "administrator", **members: Any
    ) -> BusinessBuilder:
        """A staff member; by default the address is derived from the name."""
        check_text("staff: name", name)
        address = email or f"{'.'.join(name.lower().split())}@{self.id.partition('@')[2]}"
        return self._add("staffMembers", name, {"emailAddress": address, "role": role, **members})

    def customer(self, name: str, email: str | None = None, **members: Any) -> BusinessBuilder:
        """A customer."""
        return self._add("customers", name, {**({"emailAddress": email} if email else {}), **members})

    def question(self, text: str, *options: str, **members: Any) -> BusinessBuilder:
        """A custom question; if there are options, the answer is one of them."""
        kind = {"answerInputType": "radioButton", "answerOptions": list(options)} if options else {}
        return self._add("customQuestions", text, {"answerInputType": "text", **kind, **members})

    def appointment(
        self,
        *,
        at: datetime | str,
        customer: str | None = None,
        service: str | None = None,
        staff: str | None = None,
        zone: str = "UTC",
        **members: Any,
    ) -> BusinessBuilder:
        """An appointment from `at` (a datetime, or text such as `2026-01-12T10:00`) as long as the service.

        `service` and `staff` are names; default: the newest of each. `customer` is the name or address of an existing
        customer; an unknown address becomes a new customer. A datetime without a time zone is in `zone`.
        """
        there = self._line.get("/state")
        business = find_business(there, self.id)
        offered = _choose_record(business, "services", "service", service)
        if offered is None:
            raise ControlError(f"an appointment needs a service; add one to {business.name} first")
        member = _choose_record(business, "staffMembers", "staff member", staff, offered.get("staffMemberIds"))
        begin = _read_moment(at)
        body = {
            "serviceId": offered["id"],
            "startDateTime": _moment(begin, zone),
            **({"staffMemberIds": [member["id"]]} if member else {}),
            **({"customers": [self._guest(business, customer)]} if customer else {}),
            **members,
        }
        made = self._line.post("/records", {"business": self.id, "set": "appointments", "record": body})
        self.appointments.append(str(made["id"]))
        return self

    def _guest(self, business: NamedBusiness, wanted: str) -> dict[str, Any]:
        try:
            found = dict(business.customer(wanted).members)
        except ControlError:
            if "@" not in str(wanted):
                raise
            self.customer(wanted.partition("@")[0], wanted)
            found = dict(self.records.customer(wanted).members)
        known = {"emailAddress": found["emailAddress"]} if found.get("emailAddress") else {}
        return {"@odata.type": _CUSTOMER, "customerId": found["id"], "name": found["displayName"], **known}

    def _add(self, set_name: str, name: str, members: dict[str, Any]) -> BusinessBuilder:
        body = {"displayName": name, **members}
        try:
            made = self._line.post("/records", {"business": self.id, "set": set_name, "record": body})
        except ControlError as error:
            hints = {nearest(each, _WORDS[set_name]) for each in members if f"'{each}' is not a property" in str(error)}
            raise ControlError(f"{error}{''.join(hints)}", error.status) from None
        self.ids[name] = str(made["id"])
        return self


def _choose_record(
    business: NamedBusiness, set_name: str, kind: str, name: str | None, among: list[str] | None = None
) -> Any:
    """The record of a name, else the newest `among` some ids; None where there is none and none was named."""
    rows = business.members.get(set_name, [])
    if name is not None:
        return find_row(rows, f"{kind} at {business.name}", name)
    rows = [each for each in rows if not among or each["id"] in among]
    return rows[-1] if rows else None


def _read_moment(at: datetime | str) -> datetime:
    """The begin of an appointment. Raises ControlError."""
    expected = f"at must be a datetime, or text such as 2026-01-12T10:00; got {at!r}"
    if isinstance(at, datetime):
        return at
    if not isinstance(at, str):
        raise ControlError(expected, 400)
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        raise ControlError(expected, 400) from None


def _word_minutes(minutes: float) -> str:
    """A length in minutes as Graph writes it, to the second. Raises ControlError."""
    is_number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if not is_number or not 0 <= minutes < _MOST_MINUTES:
        raise ControlError(f"service: minutes must be a number such as 45, and not negative; got {minutes!r}", 400)
    whole, seconds = divmod(round(minutes * 60), 60)
    return f"PT{whole}M" + (f"{seconds}S" if seconds else "")


def _moment(moment: datetime, zone: str) -> dict[str, str]:
    if moment.tzinfo is not None:
        return {"dateTime": moment.astimezone(UTC).replace(tzinfo=None).isoformat(), "timeZone": "UTC"}
    return {"dateTime": moment.isoformat(), "timeZone": zone}
