"""Records by their names, so that no test copies ids: `bookings.business("Contoso Dental").service("Check-up").id`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bookings_emulator.client.control_http import ControlError
from bookings_emulator.client.words import check_text, nearest


class NamedRecord(NamedTuple):
    """A record in its current state: its id, its name, and all its members in the format of Graph."""

    id: str
    name: str
    members: Mapping[str, Any]


class NamedBusiness(NamedTuple):
    """A business in its current state, with its records by name. Raises ControlError for an unknown name."""

    id: str
    name: str
    members: Mapping[str, Any]

    def service(self, name: str) -> NamedRecord:
        """A service by its name."""
        return self._find("services", "service", name)

    def staff(self, name: str) -> NamedRecord:
        """A staff member by name or address."""
        return self._find("staffMembers", "staff member", name)

    def customer(self, name: str) -> NamedRecord:
        """A customer by name or address."""
        return self._find("customers", "customer", name)

    def question(self, name: str) -> NamedRecord:
        """A custom question by its text."""
        return self._find("customQuestions", "question", name)

    def appointments(self, *, service: str | None = None, customer: str | None = None) -> list[NamedRecord]:
        """The appointments by their start; with arguments, only those of a service or a customer (name or address)."""
        wanted = None if service is None else self.service(service).id
        rows = (each for each in self.members.get("appointments", ()) if wanted in (None, each["serviceId"]))
        found = [each for each in rows if customer is None or _has_customer(each, customer)]
        found.sort(key=lambda each: str(each["startDateTime"]["dateTime"]))
        return [NamedRecord(each["id"], each.get("serviceName") or "", each) for each in found]

    def _find(self, set_name: str, kind: str, name: str) -> NamedRecord:
        row = find_row(self.members.get(set_name, ()), kind, name, f" at {self.name}")
        return NamedRecord(row["id"], row["displayName"], row)


def find_business(state: Mapping[str, Any], name: str) -> NamedBusiness:
    """A business of a state by its name or id. Raises ControlError."""
    row = find_row(state["bookingBusinesses"], "business", name)
    return NamedBusiness(row["id"], row["displayName"], row)


def find_row(rows: Iterable[Mapping[str, Any]], kind: str, name: str, place: str = "") -> Mapping[str, Any]:
    """The one row of a name, an address or an id, in any case of letters. Raises ControlError for none or several."""
    check_text(f"the name of a {kind}", name)
    kept = list(rows)
    wanted = name.lower()
    found = [each for each in kept if wanted in map(str.lower, _words_of(each))]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each["id"] for each in found)
        raise ControlError(f"{len(found)} records have the name '{name}' ({kind}{place}): {ids}; use an id")
    names = [each["displayName"] for each in kept]
    raise ControlError(
        f"there is no {kind} '{name}'{place}; there are: {', '.join(names) or 'none'}{nearest(name, names)}"
    )


def _words_of(row: Mapping[str, Any]) -> list[str]:
    return [row[each] for each in ("id", "displayName", "emailAddress") if row.get(each)]


def _has_customer(appointment: Mapping[str, Any], wanted: str) -> bool:
    customers = appointment.get("customers", ())
    words = (each.get(word) for each in customers for word in ("customerId", "name", "emailAddress"))
    return wanted.lower() in (str(each).lower() for each in words if each)
