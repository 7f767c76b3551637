"""Calls the booking page's plane of a tenant as HTTP would, without a socket."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.page import Page as PageMouth
from bookings_emulator.wire.plane import Plane
from tests.conftest import (
    BUSINESS,
    GROUP,
    HOME,
    ORIGIN,
    QUESTION,
    SERVICE,
    STAFF,
    Answer,
    Graph,
    at,
    make_tenant,
    small,
)

PAGE = f"/BookingsService/api/V1/bookingBusinessesc2/{BUSINESS}"
START, END = "2026-01-12T10:00:00", "2026-01-12T10:30:00"  # of visit(), in UTC
KEY = "selfServiceAppointmentId"
AVAILABLE, BUSY, SEATS, AWAY = (
    f"BOOKINGSAVAILABILITYSTATUS_{each}" for each in ("AVAILABLE", "BUSY", "SLOTS_AVAILABLE", "OUT_OF_OFFICE")
)


def published(**members: Any) -> dict[str, Any]:
    """The small tenant with its page open; members are those of the business."""
    data = small()
    data["bookingBusinesses"][0] |= {"isPublished": True, **members}
    return data


def visit(name: str = "Ann", start: str = START, end: str = END, **members: Any) -> dict[str, Any]:
    """The smallest body that books in the small tenant."""
    appointment = {
        "startTime": at(start),
        "endTime": at(end),
        "serviceId": SERVICE,
        "staffMemberIds": [STAFF],
        "customers": [{"name": name, "emailAddress": f"{name.lower()}@example.com"}],
        "verificationCode": "",
    }
    return {"appointment": {**appointment, **members}}


def class_visit(name: str = "Ann", **members: Any) -> dict[str, Any]:
    """The body that takes a seat of the class of the small tenant."""
    return visit(name, end="2026-01-12T11:00:00", serviceId=GROUP, **members)


def window(start: str, end: str, service: str | None = SERVICE, zone: str = "UTC") -> dict[str, Any]:
    """The body of GetStaffAvailability for the staff member of the small tenant."""
    body = {"staffIds": [STAFF], "startDateTime": at(start, zone), "endDateTime": at(end, zone)}
    return body if service is None else {**body, "serviceId": service}


def answered(text: str) -> dict[str, Any]:
    """An answer to the question of the small tenant."""
    return {"customQuestion": {"id": QUESTION, "questionText": ""}, "answer": text, "isRequired": True}


class Visitor:
    """Somebody without any token at the page of the small tenant."""

    def __init__(self, tenant: Tenant | None = None) -> None:
        self.tenant = tenant or make_tenant(published())
        self.graph = Graph(self.tenant)
        self._plane = Plane(self.tenant, PageMouth(self.tenant))

    def call(
        self,
        method: str,
        path: str = "",
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        base: str = PAGE,
        query: str = "",
    ) -> Answer:
        """One call below the page's base; bytes are sent as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(method, quote(base + path, safe="/%@:"), query, dict(headers or {}), content, ORIGIN)
        return Answer(self._plane.answer(Exchange("page", request, self.tenant.clock.now())))

    def book(self, body: dict[str, Any] | None = None) -> Answer:
        return self.call("POST", "/appointments", body or visit())

    def cancel(self, key: str) -> Answer:
        return self.call("DELETE", f"/appointments/{key}")

    def move(self, key: str, start: str, end: str, **members: Any) -> Answer:
        body = {"appointment": {"startTime": at(start), "endTime": at(end), **members}}
        return self.call("PATCH", f"/appointments/{key}", body)

    def available(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The items of the first member asked for."""
        answer = self.call("POST", "/GetStaffAvailability", body)
        assert answer.status == 200, answer.reason
        return list(answer.json["staffAvailabilityResponse"][0]["availabilityItems"])

    def ranges(self, body: dict[str, Any]) -> list[tuple[str, str, str]]:
        """Status, start and end of those items."""
        return [
            (each["status"], each["startDateTime"]["dateTime"], each["endDateTime"]["dateTime"])
            for each in self.available(body)
        ]

    def appointments(self) -> list[dict[str, Any]]:
        """The appointments that the page made, as Graph shows them by id."""
        made = [
            each["id"]
            for each in self.graph.get(f"{HOME}/appointments").json["value"]
            if each[KEY] != "00000000-0000-0000-0000-000000000000"
        ]
        return [self.graph.get(f"{HOME}/appointments/{each}").json for each in made]

    def mail(self, kind: str) -> list[Any]:
        """The messages of a kind that went out."""
        return [each.message for each in self.tenant.outbox.sent if each.message.kind == kind]
