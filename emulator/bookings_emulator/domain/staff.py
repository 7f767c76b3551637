"""Staff members: hours copied from the business, membership, the limit of a hundred."""

from __future__ import annotations

from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import Ask, Outcome, Put, Record, State
from bookings_emulator.problem import Problem

SET = "staffMembers"
LIMIT = 100
# members who need not accept the membership first (inferred from msgraph-sdk-dotnet 3138)
_ACTIVE_ROLES = frozenset({"administrator", "guest", "externalGuest"})


def create(state: State, ask: Ask) -> Outcome:
    """A new member; working hours are those of the business where the body gives none."""
    business = records.find_business(state, ask.business_id)
    if sum(1 for _ in state.records(SET, business["id"])) >= LIMIT:
        raise Problem("bk.unknown", f"a business has at most {LIMIT} staff members, and this one is full")
    record = {**ask.silent, **ask.body, "id": ask.ids.guid()}
    if record.get("workingHours") is None:
        record["workingHours"] = business["businessHours"]
    if record.get("membershipStatus") is None:
        record["membershipStatus"] = membership(record["role"]) if ask.quirks["membership"] else "active"
    record = records.stamped(record, ask, is_new=True)
    return Outcome(record, [Put(SET, business["id"], record)])


def delete(state: State, ask: Ask) -> Outcome:
    """Delete a member; its id stays in the services (msgraph-sdk-dotnet 1488), or is taken out of them by a quirk."""
    outcome = records.delete(state, ask, SET)
    if ask.quirks["stale-staff"]:
        return outcome
    changes, member_id = [*outcome.changes], ask.keys[-1]
    for service in state.records("services", ask.business_id):
        if member_id in (service["staffMemberIds"] or ()):
            left = [each for each in service["staffMemberIds"] if each != member_id]
            changes.append(Put("services", ask.business_id, {**service, "staffMemberIds": left}))
    return outcome._replace(changes=changes)


def own(state: State, business_id: str, upn: str | None) -> Record | None:
    """The record of the staff member who has an address; letters compare without regard to case."""
    if not upn:
        return None
    address = upn.lower()
    found = (each for each in state.records(SET, business_id) if (each.get("emailAddress") or "").lower() == address)
    return next(found, None)


def membership(role: str) -> str:
    """`active` or `pendingAcceptance`, by role."""
    return "active" if role in _ACTIVE_ROLES else "pendingAcceptance"
