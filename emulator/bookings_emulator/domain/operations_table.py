"""The rule of every operation that changes something or computes an answer; plain sets share the rules of `records`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bookings_emulator.domain import appointments, availability, businesses, records, services, staff
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
    "createCustomer": partial(records.create, set_name="customers"),
    "updateCustomer": partial(records.update, set_name="customers"),
    "deleteCustomer": partial(records.delete, set_name="customers"),
    "createCustomQuestion": partial(records.create, set_name="customQuestions"),
    "updateCustomQuestion": partial(records.update, set_name="customQuestions"),
    "deleteCustomQuestion": partial(records.delete, set_name="customQuestions"),
    "createService": services.create,
    "updateService": services.update,
    "deleteService": services.delete,
    "createStaffMember": staff.create,
    "updateStaffMember": partial(records.update, set_name="staffMembers"),
    "deleteStaffMember": staff.delete,
}
