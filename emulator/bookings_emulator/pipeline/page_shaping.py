"""Shapes records as the booking page's API shows them: other names and enum words, and wall clock for instants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings_emulator.caches import keep_answers
from bookings_emulator.contract.page import load_page
from bookings_emulator.contract.page_body import AskedTime
from bookings_emulator.domain.business_rules import merge_policies
from bookings_emulator.domain.outcome import Record
from bookings_emulator.domain.page_availability import Range
from bookings_emulator.domain.page_booking import Held
from bookings_emulator.domain.page_links import PageLinks
from bookings_emulator.domain.self_service import customer_key, self_service_id
from bookings_emulator.times import instant_of, parse_duration, parse_instant, windows_name, windows_zone
from bookings_emulator.windows_zones import place_on_screen

_POLICY = (
    "timeSlotInterval", "minimumLeadTime", "maximumAdvance", "sendConfirmationsToOwner", "allowStaffSelection",
)  # fmt: skip
_UTC = ZoneInfo("UTC")


def show_business(business: Record, links: PageLinks) -> dict[str, Any]:
    """The answer of page.business."""
    page = business["bookingPageSettings"] or {}
    names = [each.name for each in load_page().types["business"]]
    shown = {name: business.get(name) for name in names if name in business}
    shown["businessTimeZone"] = windows_name(page.get("businessTimeZone") or "UTC")
    shown["businessHours"] = _shape_page_hours(business["businessHours"])
    shown["schedulingPolicy"] = _shape_page_policy(business["schedulingPolicy"])
    shown["bookingPageSettings"] = {**page, "businessTimeZone": shown["businessTimeZone"]}
    shown["address"] = _shape_page_address(business.get("address"))
    shown["publicUrl"] = links.page(business["id"])
    return load_page().shape("businessAnswer", {"businessInfo": shown})


def show_settings(settings: dict[str, bool]) -> dict[str, Any]:
    """The answer of page.settings."""
    values = {name: {"boolValue": value} for name, value in settings.items()}
    return load_page().shape("settingsAnswer", {"tenantSettings": {"settings": values}})


def show_services(business: Record, services: Iterable[Record], links: PageLinks, *, asks: bool) -> dict[str, Any]:
    """The answer of page.services; without `asks`, services ask no questions."""
    return load_page().shape(
        "servicesAnswer",
        {
            "service": [
                {**_shape_page_service(business, each, asks=asks), "webUrl": links.service(business["id"], each["id"])}
                for each in services
            ]
        },
    )


def show_staff(members: Iterable[Record], *, is_named: bool) -> dict[str, Any]:
    """The answer of page.staff; where details are hidden, names are empty."""
    shown = [
        {"id": each["id"], "displayName": each["displayName"] if is_named else "", "role": each["role"]}
        for each in members
    ]
    return load_page().shape("staffAnswer", {"staffMembers": shown})


def show_questions(questions: Iterable[Record]) -> dict[str, Any]:
    """The answer of page.questions."""
    shown = [
        {
            "id": each["id"],
            "questionText": each["displayName"],
            "answerInputType": each["answerInputType"],
            "answerOptions": each["answerOptions"],
        }
        for each in questions
    ]
    return load_page().shape("questionsAnswer", {"questions": shown})


def show_availability(found: Iterable[tuple[str, list[Range]]], asked: AskedTime, zone_form: str) -> dict[str, Any]:
    """The answer of page.availability, as wall clock of the zone asked for."""
    named = zone_label(asked.zone_name) if zone_form == "display" else asked.zone_name
    words = load_page().enums["status"]

    def at(moment: datetime) -> dict[str, str]:
        return {"dateTime": _tell_wall_clock(moment, asked.zone), "timeZone": named}

    return {
        "staffAvailabilityResponse": [
            {
                "staffId": staff_id,
                "availabilityItems": [
                    {
                        "status": words[each.status],
                        "startDateTime": at(each.start),
                        "endDateTime": at(each.end),
                        "serviceId": each.service_id,
                    }
                    for each in ranges
                ],
            }
            for staff_id, ranges in found
        ]
    }


def show_appointment(held: Held, like: AskedTime | None) -> dict[str, Any]:
    """The answer of page.book and the like: of a group only the customers of this booking; times as they were asked."""
    record = held.appointment
    zone_name = like.zone_name if like else record.get("customerTimeZone") or "UTC"
    place = windows_zone(zone_name)
    zone_name, place = (zone_name, place) if place else ("UTC", _UTC)
    start, end = instant_of(record["startDateTime"]), instant_of(record["endDateTime"])
    first = held.customers[0] if held.places else {}
    shown = {
        name: record.get(name) for name in (each.name for each in load_page().types["appointment"]) if name in record
    }
    shown |= {
        "startTime": {"dateTime": _tell_wall_clock(start, place), "timeZone": zone_name},
        "endTime": {"dateTime": _tell_wall_clock(end, place), "timeZone": zone_name},
        "customers": [_shape_visitor(each) for each in held.customers],
        "serviceLocation": _shape_page_place(record.get("serviceLocation")),
        "selfServiceAppointmentId": customer_key(record, first) or self_service_id(record),
        "reminders": [_shape_page_reminder(each) for each in record["reminders"] or ()],
        "bookingAppointmentStatus": {},
        "body": {},
        "meetingDuration": record["duration"],
        "createTime": _tell_second(record.get("createdDateTime")),
        "updateTime": _tell_second(record.get("lastUpdatedDateTime")),
    }
    return load_page().shape("appointmentAnswer", {"appointment": shown})


@keep_answers(512)
def zone_label(name: str) -> str:
    """The name under which Windows shows a zone: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`."""
    winter = datetime(2026, 1, 1, tzinfo=windows_zone(name) or _UTC)
    offset = (winter.utcoffset() or timedelta()) - (winter.dst() or timedelta())
    minutes = abs(int(offset.total_seconds())) // 60
    sign = "-" if offset < timedelta() else "+"
    head = "(UTC)" if not minutes else f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02})"
    return f"{head} {place_on_screen(name)}"


def say_duration(text: str) -> str:
    """`PT1H30M` → `1 hour 30 minutes`, as the page says it."""
    minutes = int((parse_duration(text) or timedelta()).total_seconds()) // 60
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    said = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number]
    return " ".join(said) or "0 minutes"


def _shape_page_service(business: Record, service: Record, *, asks: bool) -> dict[str, Any]:
    names = [each.name for each in load_page().types["service"]]
    policy = _shape_page_policy(merge_policies(business, service))
    questions = (service.get("customQuestions") or ()) if asks else ()
    return {
        **{name: service.get(name) for name in names if name in service},
        "serviceId": service["id"],
        "title": service["displayName"],
        "formattedDuration": say_duration(service["defaultDuration"]),
        "bookingsSchedulingPolicy": policy,
        "customQuestions": [{"questionGuid": each["questionId"], "required": each["isRequired"]} for each in questions],
        "defaultLocation": _shape_page_place(service.get("defaultLocation")),
    }


def _shape_page_policy(policy: Record | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {
        **{name: policy.get(name) for name in _POLICY},
        "generalAvailability": _shape_page_rule(policy.get("generalAvailability")),
        "customAvailabilities": [_shape_page_rule(each) for each in policy.get("customAvailabilities") or ()],
    }


def _shape_page_rule(rule: Record | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    dates = {name: rule.get(name) for name in ("startDate", "endDate")}
    return {
        "availabilityType": rule["availabilityType"],
        "businessHours": _shape_page_hours(rule["businessHours"]),
        **dates,
    }


def _shape_page_hours(hours: Iterable[Record] | None) -> list[dict[str, Any]]:
    """Weekly hours with minutes of the day in the place of times: 480 for eight in the morning."""
    return [
        {
            "day": each["day"],
            "timeSlots": [
                {"startTime": _count_minutes(slot["startTime"]), "endTime": _count_minutes(slot["endTime"]) or 1440}
                for slot in each["timeSlots"]
            ],
        }
        for each in hours or ()
    ]


def _count_minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def _shape_visitor(entry: Record) -> dict[str, Any]:
    answers = [
        {
            "customQuestion": {
                "id": each.get("questionId"),
                "questionText": each.get("question"),
                "answerInputType": each.get("answerInputType"),
                "answerOptions": each.get("answerOptions"),
            },
            "answer": each.get("answer"),
            "isRequired": each.get("isRequired"),
            "selectedOptions": each.get("selectedOptions"),
        }
        for each in entry.get("customQuestionAnswers") or ()
    ]
    plain = ("name", "emailAddress", "phone", "notes", "timeZone", "smsNotificationsEnabled")
    return {
        "id": entry.get("customerId"),
        **{name: entry.get(name) for name in plain},
        "location": _shape_page_place(entry.get("location")),
        "answeredCustomQuestions": answers,
    }


def _shape_page_place(place: Record | None) -> dict[str, Any]:
    given = place or {}
    names = ("displayName", "locationEmailAddress", "locationUri")
    return {"address": _shape_page_address(given.get("address")), **{name: given.get(name) for name in names}}


def _shape_page_address(address: Record | None) -> dict[str, Any]:
    given = address or {}
    return {name: given.get(name) for name in ("street", "city", "state", "countryOrRegion", "postalCode")}


def _shape_page_reminder(reminder: Record) -> dict[str, Any]:
    return {
        "message": reminder["message"],
        "offset": reminder["offset"],
        "bookingsReminderRecipients": reminder["recipients"],
    }


def _tell_wall_clock(moment: datetime, place: ZoneInfo) -> str:
    """Wall clock without fraction or offset."""
    return moment.astimezone(place).replace(tzinfo=None, microsecond=0).isoformat()


def _tell_second(text: str | None) -> str | None:
    """An instant to the second, in UTC."""
    moment = parse_instant(text) if text else None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
