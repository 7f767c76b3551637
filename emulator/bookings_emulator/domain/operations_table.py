"""The rule of every operation that changes something or computes an answer; what has none of its own is plain."""

from __future__ import annotations

from collections.abc import Callable

from bookings_emulator.domain import (
    appointments,
    availability,
    businesses,
    customers,
    questions,
    records,
    services,
    staff,
)
from bookings_emulator.domain.outcome import Ask, Outcome, State

Rule = Callable[[State, Ask], Outcome]

RULES: dict[str, Rule] = {
    "createBusiness": businesses.create,
    "updateBusiness": businesses.update,
    "deleteBusiness": businesses.delete,
    "publish": businesses.publish,
    "unpublish": businesses.unpublish,
    "getStaffAvailability": availability.staff_availability,
    "createAppointment": appointments.create,
    "updateAppointment": appointments.update,
    "deleteAppointment": appointments.delete,
    "cancelAppointment": appointments.cancel,
    "createCustomer": customers.create_customer,
    "deleteCustomQuestion": questions.delete_question,
    "createService": services.create,
    "updateService": services.update,
    "deleteService": services.delete,
    "createStaffMember": staff.create,
    "deleteStaffMember": staff.delete,
}
# what an operation does by its kind, where the service is not known to do more
PLAIN: dict[str, Callable[[State, Ask, str], Outcome]] = {
    "create": records.create,
    "update": records.update,
    "delete": records.delete,
}


def find_rule(operation: str, kind: str, set_name: str) -> Rule:
    """The rule of an operation: its own, else the plain one of its kind (`create`, `update`, `delete`) for its set."""
    own = RULES.get(operation)
    if own is not None:
        return own
    plain = PLAIN[kind]
    return lambda state, ask: plain(state, ask, set_name)
