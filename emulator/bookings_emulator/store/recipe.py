"""Recipes: a few counts in TOML become the JSON of a fixture, as large as wanted and the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from bookings_emulator.store.recipe_diary import CELL, CLOSES, OPENS, Diary, Offer
from bookings_emulator.store.recipe_names import take
from bookings_emulator.store.recipe_plan import BusinessPlan, RecipeWords, list_workdays, load_faker, read_recipe
from bookings_emulator.times import format_duration

if TYPE_CHECKING:
    from faker import Faker

Json = dict[str, Any]

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_ROLES = ("administrator", "member", "member", "scheduler", "guest")
# name, minutes, price; the sixth and later rounds through the list are numbered
_SERVICES = (
    ("Check-up", 30, 60.0),
    ("Consultation", 30, 0.0),
    ("Treatment", 60, 120.0),
    ("Follow-up", 15, 25.0),
    ("Cleaning", 45, 80.0),
    ("Long session", 90, 150.0),
)
_MADE_UP = 2_000
_SEATS = (4, 6, 10)
_QUESTIONS = (
    ("How did you hear about us?", ("Friends", "Search engine", "Advertisement")),
    ("Is there anything we should know?", ()),
    ("Have you been here before?", ("Yes", "No")),
    ("What brings you to us?", ()),
)


def expand(name: str, recipe: Json) -> Json:
    """The fixture data of a recipe; `name` is its file, for messages. Raises FixtureError."""
    words, plans = read_recipe(name, recipe)
    callers = {"personas": recipe["persona"]} if "persona" in recipe else {}
    maker = _Maker(words, load_faker(name, words), Random(words.seed))
    copies = [(plan, copy) for plan in plans for copy in range(plan.count)]
    head = {word: getattr(words, word) for word in ("title", "about", "domain", "anchor")}
    businesses = [maker.business(plan, copy, number) for number, (plan, copy) in enumerate(copies)]
    return {**head, **callers, "bookingBusinesses": businesses}


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the records of a recipe; every choice comes from `fake` and `chance`, in a fixed order."""

    words: RecipeWords
    fake: Faker
    chance: Random

    def business(self, plan: BusinessPlan, copy: int, number: int) -> Json:
        """One business with its sets; `number` goes into the ids, `copy` tells those of one table apart."""
        name = plan.display_name or f"Contoso {self.fake.city()}"
        staff = [self._member(plan, number, index) for index in range(plan.staff)]
        questions = [_question(number, index) for index in range(plan.questions)]
        services = [self._service(plan, number, index, staff, questions) for index in range(plan.services)]
        customers = self._customers(plan, number)
        return {
            "displayName": f"{name} {copy + 1}" if plan.display_name and plan.count > 1 else name,
            "email": f"info{number}@example.com",
            "phone": self.fake.phone_number(),
            "languageTag": self._language,
            "address": self._address(),
            "businessHours": _business_hours(),
            "bookingPageSettings": {"businessTimeZone": plan.time_zone},
            "staffMembers": staff,
            "customQuestions": questions,
            "services": [each.service for each in services],
            "customers": customers,
            "appointments": self._appointments(plan, services, customers, questions),
        }

    @property
    def _language(self) -> str:
        return self.words.locale.replace("_", "-")

    def _address(self) -> Json:
        fake = self.fake
        return {"street": fake.street_address(), "city": fake.city(), "postalCode": fake.postcode()}

    def _member(self, plan: BusinessPlan, number: int, index: int) -> Json:
        named, name = take(plan.named.members, index), self.fake.name()
        return {
            "id": _guid(1, number, index),
            "displayName": named.get("name", name),
            "emailAddress": named.get("email", f"staff{index + 1}@{self.words.domain}"),
            "role": named.get("role", _ROLES[index % len(_ROLES)]),
            "membershipStatus": "active",
            "timeZone": plan.time_zone,
        }

    def _customers(self, plan: BusinessPlan, number: int) -> list[Json]:
        """Faker makes up the first ones; as it is slow, the many after them are mixed from those."""
        made = [self._person() for _ in range(min(plan.customers, _MADE_UP))]
        mixed = ({word: self.chance.choice(made)[word] for word in made[0]} for _ in range(plan.customers - len(made)))
        return [
            {
                "id": _guid(3, number, index),
                "emailAddress": f"customer{index + 1}@example.com",
                **each,
                **_customer(take(plan.named.customers, index)),
            }
            for index, each in enumerate((*made, *mixed))
        ]

    def _person(self) -> Json:
        phone = {"number": self.fake.phone_number(), "type": "mobile"}
        return {"displayName": self.fake.name(), "phones": [phone], "addresses": [self._address()]}

    def _service(self, plan: BusinessPlan, number: int, index: int, staff: list[Json], questions: list[Json]) -> Offer:
        named = take(plan.named.services, index)
        name, minutes, price = _SERVICES[index % len(_SERVICES)]
        minutes, price = named.get("minutes", minutes), float(named.get("price", price))
        again = 0 if named else index // len(_SERVICES)
        name = named.get("name", name)
        seats = _SEATS[index % len(_SEATS)] if _is_chosen(index, plan.group_share) else 1
        duration, buffer = timedelta(minutes=minutes), self.chance.randrange(2) * CELL
        members = [each["id"] for at, each in enumerate(staff) if (at + index) % 3] or [each["id"] for each in staff]
        asked = [questions[index // 2 % len(questions)]] if questions and index % 2 == 0 else []
        service = {
            "id": _guid(2, number, index),
            "displayName": f"{name} {again + 1}" if again else name,
            "defaultDuration": format_duration(duration),
            "postBuffer": format_duration(buffer),
            "defaultPrice": price,
            "defaultPriceType": "fixedPrice" if price else "free",
            "languageTag": self._language,
            "staffMemberIds": members,
            "maximumAttendeesCount": named.get("seats", 1 if named else seats),
            "isLocationOnline": named.get("online", not named and _is_chosen(index + 1, plan.online_share)),
            "customQuestions": [{"questionId": each["id"], "isRequired": index % 4 == 0} for each in asked],
        }
        return Offer(service, duration, -(-(duration + buffer) // CELL))

    def _appointments(
        self, plan: BusinessPlan, offers: list[Offer], customers: list[Json], questions: list[Json]
    ) -> list[Json]:
        if not plan.appointments:
            return []
        diary = Diary(self.chance, list_workdays(plan, self.words), offers)
        answers = {each["id"]: self._answer(each) for each in questions}
        made = (self._appointment(plan.time_zone, diary, customers, answers) for _ in range(plan.appointments))
        return sorted(made, key=lambda each: str(each["startDateTime"]["dateTime"]))

    def _appointment(self, time_zone: str, diary: Diary, customers: list[Json], answers: dict[str, Json]) -> Json:
        offer, member, start = diary.book()
        service = offer.service
        seats = min(service["maximumAttendeesCount"], len(customers))
        guests = self.chance.sample(customers, self.chance.randint(1, seats))
        given = [answers[each["questionId"]] for each in service["customQuestions"]]
        return {
            "serviceId": service["id"],
            "startDateTime": {"dateTime": start.isoformat(), "timeZone": time_zone},
            "endDateTime": {"dateTime": (start + offer.duration).isoformat(), "timeZone": time_zone},
            "staffMemberIds": [member],
            "customers": [_guest(each, time_zone, given) for each in guests],
        }

    def _answer(self, question: Json) -> Json:
        """What customers say to a question: one answer for all, which is enough to see it."""
        options = question["answerOptions"]
        return {
            "questionId": question["id"],
            "question": question["displayName"],
            "answerInputType": question["answerInputType"],
            "answerOptions": options,
            "isRequired": False,
            "answer": None if options else self.fake.sentence(),
            "selectedOptions": [self.chance.choice(options)] if options else [],
        }


def _customer(named: Json) -> Json:
    """The members of a customer that a recipe names."""
    members = {"displayName": named.get("name"), "emailAddress": named.get("email")}
    phones = [{"number": named["phone"], "type": "mobile"}] if "phone" in named else None
    return {name: value for name, value in {**members, "phones": phones}.items() if value is not None}


def _guest(customer: Json, time_zone: str, answers: list[Json]) -> Json:
    return {
        "@odata.type": "#microsoft.graph.bookingCustomerInformation",
        "customerId": customer["id"],
        "name": customer["displayName"],
        "emailAddress": customer["emailAddress"],
        "phone": customer["phones"][0]["number"],
        "timeZone": time_zone,
        "customQuestionAnswers": answers,
    }


def _question(number: int, index: int) -> Json:
    text, options = _QUESTIONS[index % len(_QUESTIONS)]
    return {
        "id": _guid(4, number, index),
        "displayName": text if index < len(_QUESTIONS) else f"{text} ({index // len(_QUESTIONS) + 1})",
        "answerInputType": "radioButton" if options else "text",
        "answerOptions": list(options),
    }


def _business_hours() -> list[Json]:
    slot = {"startTime": f"{OPENS:02}:00:00.0000000", "endTime": f"{CLOSES:02}:00:00.0000000"}
    return [{"day": day, "timeSlots": [slot] if 0 < at < 6 else []} for at, day in enumerate(_DAYS)]


def _is_chosen(index: int, share: float) -> bool:
    """Spread a share evenly over a row: of 0.25 every fourth is chosen."""
    return int((index + 1) * share) > int(index * share)


def _guid(kind: int, business: int, index: int) -> str:
    """A GUID that shows what it belongs to: 1 staff, 2 services, 3 customers, 4 questions, then business and number."""
    return f"{kind}{business:07d}-0000-4000-8000-{index + 1:012d}"
