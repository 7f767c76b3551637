"""Businesses: ids from names, opening hours nobody gave, publishing."""

from __future__ import annotations

import re
from typing import Any

from bookings_emulator.domain.outcome import BUSINESSES, Ask, Caller, Change, Drop, Event, Outcome, Put, Record, State
from bookings_emulator.domain.records import find_business, stamped
from bookings_emulator.domain.scheduling_policy import (
    POLICY,
    add_general_availability,
    follow_business,
    set_business_policy,
)
from bookings_emulator.problem import Problem

_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_WORKDAYS = frozenset(_WEEK[1:6])
_COLOR = re.compile("(?:#[0-9a-f]{6})?", re.IGNORECASE | re.ASCII)


def default_hours() -> list[dict[str, Any]]:
    """Monday to Friday, 08:00 to 17:00, from Sunday on (printed in the docs; the order was seen live)."""
    slot = {"startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000"}
    return [{"day": day, "timeSlots": [dict(slot)] if day in _WORKDAYS else []} for day in _WEEK]


def create(state: State, ask: Ask) -> Outcome:
    """A new business with an address of its own in the tenant's domain."""
    _check_color(ask, "")
    record = {**ask.silent, **set_business_policy(ask), "id": address(ask.body["displayName"], ask.domain, state)}
    policy = add_general_availability(record[POLICY])
    if policy is not record[POLICY] and ask.quirks["new-general-availability"]:
        record[POLICY] = policy
    record["businessHours"] = record.get("businessHours") or default_hours()
    record = stamped(record, ask, is_new=True)
    if ask.caller.upn:
        record["maker"] = ask.caller.upn  # never shown: who makes a business is its administrator
    return Outcome(record, [Put(BUSINESSES, "", record)])


def _check_color(ask: Ask, before: str) -> None:
    """The colour of the page is #rrggbb or nothing (docs, bookingPageSettings). Raises Problem."""
    color = _color_of(ask.body)
    if color != before and _COLOR.fullmatch(color) is None and ask.quirks["page-color-code"]:
        raise Problem("bk.unknown", f"bookingPageColorCode must be a colour such as #123456; got '{color}'")


def _color_of(business: Record) -> str:
    return (business.get("bookingPageSettings") or {}).get("bookingPageColorCode") or ""


def maker_as_staff(caller: Caller) -> dict[str, Any] | None:
    """The body of the staff member that a person becomes who makes a business; None for who is no person known."""
    if caller.kind != "delegated" or not caller.upn:
        return None
    return {"displayName": caller.name, "emailAddress": caller.upn, "role": "administrator"}


def first_service(member: Record) -> dict[str, Any]:
    """The body of the service that a new business has; its name and length are a guess."""
    return {"displayName": "Initial consult", "defaultDuration": "PT30M", "staffMemberIds": [member["id"]]}


def address(display_name: str, domain: str, state: State) -> str:
    """`Fourth Coffee` → `FourthCoffee@contoso.onmicrosoft.com`; a taken address gets a number behind the name.

    Letters outside ASCII are left out, not transliterated (microsoft-graph-explorer-v4 4049, 2026-07).
    """
    name = "".join(each for each in display_name if each.isascii() and each.isalnum())[:64]
    if not name:
        raise Problem("bk.unknown", f"no mailbox address can be made from the displayName '{display_name}'")
    found, number = f"{name}@{domain}", 0
    while state.business(found) is not None:
        number += 1
        found = f"{name}{number}@{domain}"
    return found


def update(state: State, ask: Ask) -> Outcome:
    """Merge the body; the id stays what it was, whatever the new name, and services follow a new policy."""
    before = find_business(state, ask.business_id)
    _check_color(ask, _color_of(before))
    record = stamped({**before, **set_business_policy(ask)}, ask, is_new=False)
    changes: list[Change] = [Put(BUSINESSES, "", record)]
    if record.get(POLICY) != before.get(POLICY):
        changes += follow_business(state, record)
    return Outcome(record, changes)


def delete(state: State, ask: Ask) -> Outcome:
    """Delete the business with everything it contains."""
    business = find_business(state, ask.business_id)
    events = [Event("appointmentDeleted", business, each) for each in state.records("appointments", business["id"])]
    return Outcome(None, [Drop(BUSINESSES, "", business["id"])], events)


def publish(state: State, ask: Ask) -> Outcome:
    """Open the booking page; its address follows from where it is served."""
    return _published(state, ask, is_published=True)


def unpublish(state: State, ask: Ask) -> Outcome:
    """Close the booking page."""
    return _published(state, ask, is_published=False)


def _published(state: State, ask: Ask, *, is_published: bool) -> Outcome:
    before = find_business(state, ask.business_id)
    record = stamped({**before, "isPublished": is_published}, ask, is_new=False)
    site = before.get("webSiteUrl")
    if is_published != bool(site) and ask.quirks["page-is-web-site"]:
        address = ask.find_links().page(before["id"])
        if is_published or site == address:
            record["webSiteUrl"] = address if is_published else None
    return Outcome(None, [Put(BUSINESSES, "", record)])
