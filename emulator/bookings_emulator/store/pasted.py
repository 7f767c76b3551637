"""Answers of Graph that somebody pasted: one business or a list of them becomes a fixture."""

from __future__ import annotations

from typing import Any

from bookings_emulator.contract.model import SENTINEL
from bookings_emulator.domain.outcome import BUSINESSES

_HIDDEN_ROLE = "member"  # what Graph calls unknownFutureValue to who does not ask for the members behind it
_OF_BUSINESS = ("displayName", "businessHours", "schedulingPolicy", "staffMembers", "services")


def unfold_pasted(data: Any) -> Any:
    """A fixture as its schema has it: a pasted business, a list of them or the answer to a list is put in its place.

    The role `unknownFutureValue` of staff, which Graph shows in the place of newer roles, is read as `member`.
    """
    if _is_answer(data):
        data = {BUSINESSES: data if isinstance(data, list) or "value" in data else [data]}
    if not isinstance(data, dict) or BUSINESSES not in data:
        return data
    return {**data, BUSINESSES: _change_each(data[BUSINESSES], _unfold_business)}


def _is_answer(data: Any) -> bool:
    if isinstance(data, list):
        return True
    if not isinstance(data, dict) or BUSINESSES in data:
        return False
    is_list = isinstance(data.get("value"), list)
    return is_list or ("id" in data and any(each in data for each in _OF_BUSINESS))


def _unfold_business(business: Any) -> Any:
    if not isinstance(business, dict) or "staffMembers" not in business:
        return business
    return {**business, "staffMembers": _change_each(business["staffMembers"], _unfold_member)}


def _unfold_member(member: Any) -> Any:
    is_hidden = isinstance(member, dict) and member.get("role") == SENTINEL
    return {**member, "role": _HIDDEN_ROLE} if is_hidden else member


def _change_each(items: Any, change: Any) -> Any:
    """Items of a list or of a pasted answer, changed."""
    if isinstance(items, dict) and isinstance(items.get("value"), list):
        return {**items, "value": [change(each) for each in items["value"]]}
    return [change(each) for each in items] if isinstance(items, list) else items
