"""Scheduling policies: what a service sets itself, what it has from its business, and what availabilities may hold."""

from __future__ import annotations

from typing import Any

from bookings_emulator.domain.outcome import Ask, Change, Put, Record, State

POLICY = "schedulingPolicy"
OWN = "policyMembers"  # never shown: the members of its policy that a service has set itself
_CUSTOM = "customWeeklyHours"


def set_service_policy(ask: Ask, business: Record, before: Record) -> dict[str, Any]:
    """The body of a service with its policy whole: what the service sets and had set, else as the business has it.

    A body without a policy says nothing; null clears the policy, and null in it what the service had set.
    """
    if POLICY not in ask.body:
        return ask.body
    given = ask.body[POLICY]
    if given is None:
        return {**ask.body, OWN: []}
    own = {**_list_own(before), **given} if ask.quirks["patch-merges"] else given
    own = without_unused_hours({name: each for name, each in own.items() if each is not None}, ask)
    return {**ask.body, POLICY: _complete_policy(business, own), OWN: list(own)}


def set_business_policy(ask: Ask) -> dict[str, Any]:
    """The body of a business, whose availabilities hold hours only where those are custom."""
    policy = ask.body.get(POLICY)
    return {**ask.body, POLICY: without_unused_hours(policy, ask)} if policy else ask.body


def add_general_availability(policy: Record | None) -> Record | None:
    """The policy with a general availability that says what none says; as it is where it has one."""
    if not policy or policy.get("generalAvailability"):
        return policy
    return {**policy, "generalAvailability": {"availabilityType": "bookWhenStaffAreFree", "businessHours": []}}


def follow_business(state: State, business: Record) -> list[Change]:
    """What a new policy of the business changes in its services: all that they have not set themselves."""
    changes: list[Change] = []
    for service in state.records("services", business["id"]):
        if service.get(POLICY) is not None:
            policy = _complete_policy(business, _list_own(service))
            if policy != service[POLICY]:
                changes.append(Put("services", business["id"], {**service, POLICY: policy}))
    return changes


def without_unused_hours(policy: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """The policy without business hours in availabilities that are not of custom hours (docs, bookingsAvailability)."""
    out = dict(policy)
    if out.get("generalAvailability"):
        out["generalAvailability"] = _drop_unused_hours(out["generalAvailability"])
    if out.get("customAvailabilities"):
        out["customAvailabilities"] = [_drop_unused_hours(each) for each in out["customAvailabilities"]]
    return out if out != policy and ask.quirks["availability-hours"] else policy


def _drop_unused_hours(availability: dict[str, Any]) -> dict[str, Any]:
    return availability if availability["availabilityType"] == _CUSTOM else {**availability, "businessHours": None}


def _list_own(service: Record) -> dict[str, Any]:
    policy = service.get(POLICY) or {}
    return {name: policy[name] for name in service.get(OWN) or () if name in policy}


def _complete_policy(business: Record, own: dict[str, Any]) -> dict[str, Any]:
    return {**(business.get(POLICY) or {}), **own}
