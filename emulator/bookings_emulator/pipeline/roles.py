"""What the role of a caller in a business lets it do: read everything, write some sets, or not even find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookings_emulator.contract.model import Operation
from bookings_emulator.domain import staff
from bookings_emulator.domain.outcome import CURRENCIES, Caller, State
from bookings_emulator.pipeline.call import Call
from bookings_emulator.problem import Problem

# who cannot open the mailbox of a business, though services may be assigned to them (learn, Bookings: add staff)
_SHUT_OUT = frozenset({"guest", "externalGuest"})
# the sets that a role may write (learn, Bookings: add staff; that the API holds them too is a guess)
_WRITES = {
    "scheduler": frozenset({"appointments", "customers"}),
    "member": frozenset({"appointments", "staffMembers"}),
    "viewer": frozenset[str](),
}
# what a team member may change of its own record: its availability
_OWN_MEMBERS = frozenset({"availabilityIsAffectedByPersonalCalendar", "timeZone", "useBusinessHours", "workingHours"})


def check_role(state: State, call: Call, quirks: Mapping[str, bool | str]) -> Caller:
    """The caller of a call inside a business, with the role it has there. Raises Problem where that role forbids it.

    Who is no member cannot find the business (Q27), nor can guests.
    """
    caller, keys = call.caller, call.route.keys
    if caller.roles is None or not keys or call.operation.set == CURRENCIES:
        return caller
    role = role_in(state, keys[0], caller)
    if role is None or (role in _SHUT_OUT and quirks["roles"]):
        code = "bk.nofolder" if quirks["foreign-business"] else "authz.erroraccessdenied"
        what = f"{_a(role)} of {keys[0]} and cannot open its mailbox" if role else f"no member of {keys[0]}"
        raise Problem(code, f"the caller '{caller.name}' is {what}")
    if role != "administrator" and quirks["roles"] and not call.operation.is_read:
        _check_write(state, call, role)
    return caller if caller.role(keys[0]) == role else caller._replace(roles={keys[0].lower(): role})


def role_in(state: State, business_id: str, caller: Caller) -> str | None:
    """The role of a caller in a business, None for no member; who has no roles at all is an administrator everywhere.

    The persona's own word for the business counts, then that it made the business, then its word for every business,
    and last the record of the staff with its address. A team member is a `member`, as on the wire.
    """
    if caller.roles is None:
        return "administrator"
    role = caller.roles.get(business_id.lower())
    if role is None:
        if caller.upn and caller.upn.lower() == _maker(state, business_id):
            return "administrator"
        role = caller.roles.get("*") or _staff_role(state, business_id, caller)
    return "member" if role == "teamMember" else role


def _maker(state: State, business_id: str) -> str | None:
    """The address of who made a business, in lower case, where a person did."""
    business = state.business(business_id)
    maker: str | None = business.get("maker") if business else None
    return maker.lower() if maker else None


def _staff_role(state: State, business_id: str, caller: Caller) -> str | None:
    """The role of the staff member with the caller's address, once the membership is accepted (Q74)."""
    member = staff.own(state, business_id, caller.upn)
    return member["role"] if member and member["membershipStatus"] == "active" else None


def _check_write(state: State, call: Call, role: str) -> None:
    operation, caller = call.operation, call.caller
    if operation.set not in _WRITES[role]:
        allowed = " and ".join(sorted(_WRITES[role])) or "nothing"
        if role == "member":
            allowed = "its own appointments and availability"
        raise _forbidden(caller, role, operation, f"who may write {allowed}")
    if role == "member":
        _check_own(state, call)


def _check_own(state: State, call: Call) -> None:
    """A team member writes its own calendar and its own availability only."""
    operation, caller, business_id = call.operation, call.caller, call.business_id
    own = staff.own(state, business_id, caller.upn)
    if own is None:
        raise _forbidden(caller, "member", operation, f"but no staff member has the address {caller.upn}")
    if operation.set == "staffMembers":
        if operation.kind != "update" or call.key != own["id"]:
            raise _forbidden(caller, "member", operation, f"who may change only their own record {own['id']}")
        named: Any = call.body if isinstance(call.body, dict) else {}
        others = sorted(each for each in named if "@" not in each and each not in _OWN_MEMBERS)
        if others:
            raise _forbidden(caller, "member", operation, f"who may not change {', '.join(others)} of its own record")
    elif operation.kind != "create":
        appointment = state.record("appointments", business_id, call.route.keys[1])
        if appointment is not None and own["id"] not in appointment["staffMemberIds"]:
            raise _forbidden(caller, "member", operation, "and the appointment is in the calendar of others")


def _forbidden(caller: Caller, role: str, operation: Operation, why: str) -> Problem:
    reason = f"{operation.name}: the caller '{caller.name}' is {_a(role)} of this business, {why}"
    return Problem("authz.erroraccessdenied", reason)


def _a(role: str) -> str:
    named = {"member": "team member", "externalGuest": "guest"}.get(role, role)
    return f"an {named}" if named == "administrator" else f"a {named}"
