"""One version of the API, compiled: the contract with its routes, body readers, shapers and sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bookings_emulator.contract.body import BodyReaders
from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import Contract, Property
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.contract.routes import Routes
from bookings_emulator.contract.sets import sets_of
from bookings_emulator.contract.shape import Shapers


class Api:
    """What serves a version; made once a process, shared by all tenants, holding no records."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.routes = Routes(contract)
        self.readers = BodyReaders(contract)
        self.shapers = Shapers(contract)
        self.sets = sets_of(contract)


@lru_cache(maxsize=64)
def api(version: str, variant: frozenset[str] = frozenset()) -> Api:
    """The compiled `v1.0` or `beta`; `variant` holds the contract quirks that stand otherwise than by default."""
    return Api(amended(load(version), variant))


def amended(contract: Contract, variant: frozenset[str]) -> Contract:
    """The contract with quirks switched: each is a change of facts, so that nothing else needs to know of it."""
    for quirk in sorted(variant):
        contract = _AMENDMENTS[quirk](contract)
    return contract


def _without_aliases(contract: Contract) -> Contract:
    types = {name: replace(each, aliases={}) for name, each in contract.types.items()}
    return replace(contract, types=types)


def _with_assumed_types(contract: Contract) -> Contract:
    return replace(contract, assumes_types=True)


def _with_metadata_roles(contract: Contract) -> Contract:
    roles = contract.enums["bookingStaffRole"]._replace(wire={"teamMember": "teamMember"})
    return replace(contract, enums={**contract.enums, roles.name: roles})


def _with_open_enums(contract: Contract) -> Contract:
    enums = {name: each._replace(hides=False) for name, each in contract.enums.items()}
    return replace(contract, enums=enums)


def _with_null_coordinates(contract: Contract) -> Contract:
    kind = contract.types["outlookGeoCoordinates"]
    lines = tuple(each._replace(shown={"NaN": None}) for each in kind.own)
    return replace(contract, types={**contract.types, kind.name: replace(kind, own=lines, properties=lines)})


def _in_contract_order(contract: Contract) -> Contract:
    return replace(contract, nulls_first=False)


def _with_lines(contract: Contract, type_name: str, names: Iterable[str], **members: Any) -> Contract:
    """The contract with some lines of a type changed."""
    kind = contract.types[type_name]

    def changed(lines: tuple[Property, ...]) -> tuple[Property, ...]:
        return tuple(each._replace(**members) if each.stored in names else each for each in lines)

    kind = replace(kind, own=changed(kind.own), properties=changed(kind.properties))
    return replace(contract, types={**contract.types, type_name: kind})


def _without_z(contract: Contract) -> Contract:
    times = ("startDateTime", "endDateTime", "invoiceDate")
    return _with_lines(contract, "bookingAppointment", times, is_zoneless=True)


def _with_reminders_by_id(contract: Contract) -> Contract:
    return _with_lines(contract, "bookingService", ("defaultReminders",), is_by_id=True)


def _with_customers_by_id(contract: Contract) -> Contract:
    return _with_lines(contract, "bookingAppointment", ("customers",), is_by_id=True)


def _refusing_top_zero(contract: Contract) -> Contract:
    return replace(contract, least_top=1)


def _without_root_routes(contract: Contract) -> Contract:
    return replace(contract, roots=tuple(each for each in contract.roots if each))


def _with_home_addresses(contract: Contract) -> Contract:
    for name, fill in (("type", "home"), ("postOfficeBox", "")):
        contract = _with_lines(contract, "physicalAddress", (name,), fill=fill)
    return contract


def _refusing_unknown(contract: Contract) -> Contract:
    return replace(contract, ignores_unknown=False)


# amendments that show by a refusal, and by nothing else
_REFUSING = frozenset({"unknown-members", "top-zero", "beta-root-routes"})
# the sets whose bodies and answers an amendment can change; empty for all
_CONCERNED: dict[str, frozenset[str]] = {
    "beta-names-on-v1": frozenset({"appointments"}),
    "customers-need-type": frozenset({"appointments"}),
    "role-member": frozenset({"staffMembers"}),
    "hidden-roles": frozenset({"staffMembers"}),
    "nan-coordinates": frozenset({"services", "appointments", "calendarView", "bookingBusinesses"}),
    "appointment-z": frozenset({"appointments", "calendarView"}),
    "service-reminders-in-lists": frozenset({"services"}),
    "customers-in-lists": frozenset({"appointments", "calendarView"}),
    "beta-address-fills": frozenset({"bookingBusinesses", "customers", "services", "appointments"}),
}


def list_amendments(variant: frozenset[str], set_name: str) -> list[str]:
    """The quirks of a variant that can have changed how a body of a set is read."""
    return [each for each in _list_concerning(variant, set_name) if not load_quirks()[each].gives_form]


def list_forms(variant: frozenset[str], set_name: str, body: bytes) -> list[str]:
    """The quirks of a variant that can have changed the form in which rows of a set are answered: a whole body."""
    found = [each for each in _list_concerning(variant, set_name) if load_quirks()[each].gives_form]
    return [each for each in found if _MARKS.get(each, b"") in body]


def _list_concerning(variant: frozenset[str], set_name: str) -> list[str]:
    found = (each for each in sorted(variant) if not _CONCERNED.get(each) or set_name in _CONCERNED[each])
    return [each for each in found if each not in _REFUSING]


# what stands in a body whose form an amendment has changed
_MARKS = {"nan-coordinates": b'"latitude":null', "appointment-z": b'"dateTime":'}
_AMENDMENTS: dict[str, Callable[[Contract], Contract]] = {
    "beta-names-on-v1": _without_aliases,
    "unknown-members": _refusing_unknown,
    "customers-need-type": _with_assumed_types,
    "role-member": _with_metadata_roles,
    "hidden-roles": _with_open_enums,
    "nan-coordinates": _with_null_coordinates,
    "nulls-first": _in_contract_order,
    "appointment-z": _without_z,
    "service-reminders-in-lists": _with_reminders_by_id,
    "customers-in-lists": _with_customers_by_id,
    "top-zero": _refusing_top_zero,
    "beta-root-routes": _without_root_routes,
    "beta-address-fills": _with_home_addresses,
}
