"""Reads what a trigger sends: who comes, who serves them, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Customer:
    """Somebody who booked; in a group booking the connector tells no phone."""

    name: str
    email: str
    phone: str | None
    notes: str | None


@dataclass(frozen=True)
class Staff:
    """Somebody who serves the customers."""

    name: str
    email: str


def customers(notification: dict[str, Any]) -> list[Customer]:
    """All customers of an appointment.

    A 1:1 booking has its customer in the top-level fields and nothing in the array; a group booking has all of them in
    the array and nothing at the top. Who reads one place only loses the customers of the other kind.
    """
    if notification.get("CustomerEmail") or notification.get("CustomerName"):
        return [
            Customer(
                notification.get("CustomerName") or "",
                notification.get("CustomerEmail") or "",
                notification.get("CustomerPhone"),
                notification.get("CustomerNotes"),
            )
        ]
    return [
        Customer(each.get("Name") or "", each.get("Email") or "", None, each.get("Notes"))
        for each in notification.get("Customers") or []
    ]


def staff(notification: dict[str, Any]) -> list[Staff]:
    """All who serve. It is an array even for one of them, so a flow loops over it and never takes "the" member."""
    return [
        Staff(each.get("DisplayName") or "", each.get("EmailAddress") or "")
        for each in notification.get("StaffMembers") or []
    ]


def key(notification: dict[str, Any]) -> str:
    """What names the appointment: `Id` is deprecated, but what staff book has no self-service id of its own."""
    own = notification.get("SelfServiceAppointmentId") or ""
    return own if own.strip("0-") else str(notification["Id"])


def start(notification: dict[str, Any]) -> datetime:
    """When it begins: the connector writes UTC as `MM/dd/yyyy HH:mm:ss`, without a zone."""
    return datetime.strptime(notification["StartTime"], "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)


def minutes(notification: dict[str, Any]) -> int:
    """How long it takes, time after it included: the connector counts seconds."""
    return int(notification["Duration"]) // 60
