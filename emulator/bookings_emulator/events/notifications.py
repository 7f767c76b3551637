"""Triggers: an event becomes the notifications that the subscriptions of its mailbox get, ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.domain.outcome import Event, Ids, State
from bookings_emulator.events.subscriptions import Subscription, Subscriptions

if TYPE_CHECKING:
    from bookings_emulator.domain.connector_payload import Touch


class Notification(NamedTuple):
    """One body for one subscription; several that are told the same share the body.

    `touches` are the members that quirks emptied or changed.
    """

    subscription: Subscription
    change: str
    appointment: str
    body: bytes
    touches: tuple[Touch, ...] = ()


class Around(NamedTuple):
    """What a tenant lends to the making of notifications."""

    state: State
    quirks: Mapping[str, bool | str]
    ids: Ids


def notifications(event: Event, subscriptions: Subscriptions, around: Around) -> list[Notification]:
    """What an event causes, in order; nothing where nobody listens to the mailbox."""
    wanted = subscriptions.of(event.business["id"])
    if not wanted:
        return []
    from bookings_emulator.domain.connector_payload import Told, appointment_data, changes, list_touches  # few listen

    told = Told(event, around.state, around.quirks, _current_id(event, subscriptions, around))
    data, touches = appointment_data(told), tuple(list_touches(told))
    bodies: dict[bool, bytes] = {}
    out = []
    for change in changes(event, around.quirks):
        for each in wanted:
            if change in each.changes:
                if each.is_older not in bodies:
                    bodies[each.is_older] = _body(data, around.quirks, is_older=each.is_older)
                out.append(Notification(each, change, event.appointment["id"], bodies[each.is_older], touches))
    return out


def _current_id(event: Event, subscriptions: Subscriptions, around: Around) -> str:
    """The id an appointment goes by: a reschedule may give it another (issue 2918, 2026-03), by which it then stays."""
    from bookings_emulator.domain.connector_payload import is_rescheduled

    own: str = event.appointment["id"]
    renamed = subscriptions.renamed
    if is_rescheduled(event) and around.quirks["connector-reschedule"] == "new-id":
        renamed[own] = around.ids.item(event.business["id"])
    found = renamed.get(own, own)
    if event.name in ("appointmentCancelled", "appointmentDeleted"):
        renamed.pop(own, None)
    return found


def _body(data: dict[str, Any], quirks: Mapping[str, bool | str], *, is_older: bool) -> bytes:
    without = load_connector().without if is_older else frozenset[str]()
    return orjson.dumps(_shown(data, str(quirks["connector-nulls"]), without))


def _shown(value: Any, nulls: str, without: frozenset[str], path: str = "") -> Any:
    """The same value with nulls as they are, as empty texts, or left out, and without some members."""
    if isinstance(value, list):
        return [_shown(each, nulls, without, path) for each in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, each in value.items():
        place = "Location" if name == "CustomerLocation" else name
        if (f"{path}.{place}" if path else place) in without or (each is None and nulls == "absent"):
            continue
        is_text = each is None and nulls == "empty" and name in _texts()
        out[name] = "" if is_text else _shown(each, nulls, without, _inside(place))
    return out


@cache
def _texts() -> frozenset[str]:
    """The names of members that hold a text."""
    types = load_connector().types.values()
    return frozenset(each.name for members in types for each in members if each.kind == "string" and not each.is_list)


def _inside(place: str) -> str:
    """The path that members below a place are named by; only that of locations matters."""
    return place if place == "Location" else ""
