"""Services: their policy, and what may keep them from being deleted."""

from __future__ import annotations

from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import Ask, Outcome, Put, Record, State
from bookings_emulator.domain.scheduling_policy import set_service_policy
from bookings_emulator.problem import Problem
from bookings_emulator.times import instant_of

SET = "services"


def create(state: State, ask: Ask) -> Outcome:
    """A new service, with a policy that is whole."""
    business = records.find_business(state, ask.business_id)
    record = {**ask.silent, **set_service_policy(ask, business, {}), "id": ask.ids.guid()}
    record = records.stamped(record, ask, is_new=True)
    return Outcome(record, [Put(SET, business["id"], record)])


def update(state: State, ask: Ask) -> Outcome:
    """Merge the body, its policy with what the service had set."""
    business, before = records.find_business(state, ask.business_id), records.find(state, SET, *ask.keys)
    return records.update(state, ask._replace(body=set_service_policy(ask, business, before)), SET)


def delete(state: State, ask: Ask) -> Outcome:
    """Delete a service; whether appointments to come prevent it is a quirk."""
    outcome = records.delete(state, ask, SET)
    upcoming = _find_upcoming(state, ask)
    if upcoming is not None and ask.quirks["service-in-use"]:
        raise Problem("bk.unknown", f"the service has an upcoming appointment: '{upcoming['id']}'")
    return outcome


def _find_upcoming(state: State, ask: Ask) -> Record | None:
    """An appointment of the service that has not begun."""
    for each in state.records("appointments", ask.business_id):
        if each["serviceId"] == ask.keys[-1] and instant_of(each["startDateTime"]) > ask.now:
            return each
    return None
