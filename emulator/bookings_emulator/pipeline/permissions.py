"""Whether a token lets its caller in: its permissions against the table of the contract; and what calls would need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bookings_emulator.contract.load import OVERLAYS, load
from bookings_emulator.contract.model import Operation, Permissions
from bookings_emulator.domain.outcome import Caller
from bookings_emulator.problem import Problem

_MOST_SHOWN = 8  # permissions of a token in a reason; real tokens carry dozens
_AVAILABILITY = {"UnknownError": "bk.unknown", "forbidden": "authz.erroraccessdenied", "anybody": None}
_APPOINTMENTS = "BookingsAppointment.ReadWrite.All"
_UNLICENSED = {"forbidden": "authz.erroraccessdenied", "no-mailbox": "mailbox.rest", "anybody": None}


def check_permissions(operation: Operation, root: str, caller: Caller, quirks: Mapping[str, bool | str]) -> None:
    """Whether a caller may call an operation below a root (`solutions`, or the empty one of beta). Raises Problem.

    Who declares nothing may do everything; who says what it is, is held to it: personal accounts and people without a
    licence are refused, kinds of callers that the operation does not support, and tokens without one of the
    permissions in the table. A declared caller that tells no permissions (None) has them all.
    """
    if caller.kind == "undeclared":
        return
    if caller.is_personal or not caller.is_licensed:
        check_account(caller, quirks)
    permissions = operation.permissions_at(root)
    accepted = permissions.accepted.get(caller.kind)
    if accepted is None:
        _refuse_kind(operation, permissions, caller, quirks)
    elif caller.permissions is not None and accepted.isdisjoint(caller.permissions):
        raise _missing(operation, permissions, caller)
    elif _lacks_own_permission(operation, caller) and quirks["appointments-need-own-permission"]:
        reason = (
            f"with the quirk appointments-need-own-permission, applications need {_APPOINTMENTS} at {operation.name}"
        )
        raise Problem("authz.erroraccessdenied", reason)


def _lacks_own_permission(operation: Operation, caller: Caller) -> bool:
    """Whether an application comes to appointments without their own permission."""
    if operation.set not in ("appointments", "calendarView") or caller.kind != "application":
        return False
    return caller.permissions is not None and _APPOINTMENTS not in caller.permissions


def check_account(caller: Caller, quirks: Mapping[str, bool | str]) -> None:
    """Whether the account of a caller can use Bookings at all, on any plane. Raises Problem."""
    if caller.is_personal:
        reason = f"'{caller.name}' is a personal account; Bookings does not support those, whatever the permissions"
        raise Problem("authz.erroraccessdenied", reason)
    code = _UNLICENSED[str(quirks["unlicensed"])]
    if code is not None and caller.kind == "delegated" and not caller.is_licensed:
        raise Problem(code, f"'{caller.name}' has no licence for Bookings")


class Used(NamedTuple):
    """One call that was made: the operation by its name, the version, and the root of its route."""

    operation: str
    version: str = "v1.0"
    root: str = "solutions"


class Least(NamedTuple):
    """The least permissions that calls need, by name; `refused` are the operations that such a caller may not call."""

    permissions: tuple[str, ...]
    refused: tuple[str, ...]


def least_for(calls: Iterable[Used], kind: str) -> Least:
    """The least permissions that a `delegated` or `application` caller needs to make all these calls.

    Each call asks for its least permission; what the others make superfluous is left out, permissions to write first. A
    read permission is not trusted with writes, though the table accepts it for some of applications. What is no
    documented call of Graph (`$batch`, the connector, operations that are always refused) asks for nothing.
    """
    needs: list[set[str]] = []
    kept: set[str] = set()
    refused = set()
    for call in sorted(set(calls)):
        operation = load(call.version).operations.get(call.operation) if call.version in OVERLAYS else None
        if operation is None or operation.refused:
            continue
        permissions = operation.permissions_at(call.root)
        if kind not in permissions.accepted:
            refused.add(call.operation)
            continue
        least, *higher = permissions.of(kind)
        kept.add(least)
        needs.append({least, *(each for each in higher if operation.is_read or not _is_read_only(each))})
    for name in sorted(kept, key=lambda name: (_is_read_only(name), name)):
        others = kept - {name}
        if not any(each.isdisjoint(others) for each in needs):
            kept = others
    return Least(tuple(sorted(kept)), tuple(sorted(refused)))


def _is_read_only(permission: str) -> bool:
    """Whether a permission is for reading, by its name."""
    return "Read" in permission.split(".")


def _refuse_kind(
    operation: Operation, permissions: Permissions, caller: Caller, quirks: Mapping[str, bool | str]
) -> None:
    """An operation that this kind of caller may not call, by any permission."""
    code: str | None = "authz.erroraccessdenied"
    if operation.name == "getStaffAvailability":
        code = _AVAILABILITY[str(quirks["availability-callers"])]
    elif caller.kind == "application" and quirks["token-type-text"]:
        code = "bk.tokentype"
    if code is not None:
        allowed = " and ".join(permissions.accepted)
        reason = f"{operation.name} is for {allowed} callers; the token of '{caller.name}' is {_a(caller.kind)} one"
        raise Problem(code, reason, operation=operation.name[:1].upper() + operation.name[1:])


def _missing(operation: Operation, permissions: Permissions, caller: Caller) -> Problem:
    least, *higher = permissions.of(caller.kind)
    also = sorted(permissions.least(caller.kind) - {least})
    *others, last = [f"{least} (the least)", *also, *(each for each in higher if each not in also)]
    enough = f"{', '.join(others)} or {last}" if others else last
    needed = f"{_a(caller.kind)} caller of {operation.name} needs {enough}"
    held = sorted(caller.permissions or ())
    if not held:
        return Problem("auth.noperm", f"the token of '{caller.name}' has no permissions; {needed}")
    shown = ", ".join(held[:_MOST_SHOWN]) + (f" and {len(held) - _MOST_SHOWN} more" if held[_MOST_SHOWN:] else "")
    return Problem("authz.erroraccessdenied", f"{needed}; the token of '{caller.name}' has {shown}")


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "application" else f"a {kind}"
