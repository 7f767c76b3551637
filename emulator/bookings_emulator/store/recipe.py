"""Recipes: a few counts in TOML become the JSON of a fixture, as large as wanted and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bookings_emulator.domain.staff import LIMIT
from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.recipe_names import WORDS, Named, read_named, take
from bookings_emulator.times import format_duration, parse_instant, zone

if TYPE_CHECKING:
    from faker import Faker

Json = dict[str, Any]

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_OPENS, _CLOSES = 8, 17
_OPENING = time(_OPENS)
_CELL = timedelta(minutes=15)
_CELLS = timedelta(hours=_CLOSES - _OPENS) // _CELL
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


def _text(default: str, about: str) -> Any:
    return field(default=default, metadata={"about": about})


def _number(default: float, least: float, most: float, about: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "about": about})


@dataclass(frozen=True, slots=True)
class Recipe:
    """The words of a recipe beside its businesses, with what holds where it is silent."""

    title: str = _text("", "what the fixture is, in a few words")
    about: str = _text("", "what the fixture is, in a sentence")
    domain: str = _text("contoso.onmicrosoft.com", "the mail domain")
    anchor: str = _text("2026-01-05T08:00:00Z", "the moment from which days count")
    locale: str = _text("en_US", "the language of invented names, as faker calls it: de_DE")
    seed: int = _number(1, 0, 2**32, "other records for another number")


@dataclass(frozen=True, slots=True)
class Plan:
    """The words of one `[[business]]`. Days count from the anchor; shares are of the services."""

    display_name: str = _text("", "its name, numbered where count makes several; invented where it is missing")
    count: int = _number(1, 1, 1_000, "how many businesses of this kind")
    staff: int = _number(3, 1, LIMIT, "how many members of staff, named ones included")
    services: int = _number(4, 0, 1_000, "how many services, named ones included")
    customers: int = _number(20, 0, 1_000_000, "how many customers, named ones included")
    questions: int = _number(2, 0, 1_000, "how many custom questions")
    appointments: int = _number(50, 0, 1_000_000, "how many appointments, on working days from 8 to 17")
    time_zone: str = _text("UTC", "of the business and its appointments; IANA or Windows names")
    first_day: int = _number(-14, -3_650, 3_650, "the first day of appointments, counted from the anchor")
    last_day: int = _number(42, -3_650, 3_650, "the last day of appointments, counted from the anchor")
    group_share: float = _number(0.25, 0, 1, "the share of invented services for several customers")
    online_share: float = _number(0.25, 0, 1, "the share of invented services that are online")
    named: Named = field(default_factory=Named)  # read apart


_Words = TypeVar("_Words", bound=Recipe | Plan)


def expand(name: str, recipe: Json) -> Json:
    """The fixture data of a recipe; `name` is its file, for messages. Raises FixtureError."""
    tables = recipe.get("business", [])
    if not isinstance(tables, list):
        raise _misfit(name, "$.business", "tables headed [[business]]", tables)
    own = {word: value for word, value in recipe.items() if word not in ("business", "persona", "$schema")}
    words = _read(name, "$", own, Recipe, ["business", "persona"])
    if parse_instant(words.anchor) is None:
        raise _misfit(name, "$.anchor", "a date-time such as '2026-01-05T08:00:00Z'", words.anchor)
    plans = [_plan(name, f"$.business[{index}]", table, words) for index, table in enumerate(tables)]
    callers = {"personas": recipe["persona"]} if "persona" in recipe else {}
    maker = _Maker(words, _faker(name, words), Random(words.seed))
    copies = [(plan, copy) for plan in plans for copy in range(plan.count)]
    head = {word: getattr(words, word) for word in ("title", "about", "domain", "anchor")}
    businesses = [maker.business(plan, copy, number) for number, (plan, copy) in enumerate(copies)]
    return {**head, **callers, "bookingBusinesses": businesses}


# reading


def _read(file: str, place: str, table: Any, kind: type[_Words], others: Iterable[str] = ()) -> _Words:
    if not isinstance(table, dict):
        raise _misfit(file, place, "a table", table)
    known = {each.name: each for each in fields(kind) if each.name != "named"}
    for word, value in table.items():
        if word not in known:
            raise _unknown(file, place, word, [*known, *others])
        _check(file, f"{place}.{word}", value, known[word].default, known[word].metadata)
    return kind(**table)


def _check(file: str, place: str, value: Any, default: Any, bounds: Any) -> None:
    """Hold a value against the kind of its default and against its bounds."""
    is_number = isinstance(value, (int, float) if isinstance(default, float) else int) and not isinstance(value, bool)
    if isinstance(default, str):
        if not isinstance(value, str):
            raise _misfit(file, place, "text in quotes", value)
    elif not is_number or not bounds["least"] <= value <= bounds["most"]:
        word = "a number" if isinstance(default, float) else "a whole number"
        raise _misfit(file, place, f"{word} from {bounds['least']} to {bounds['most']}", value)


def _plan(file: str, place: str, table: Any, words: Recipe) -> Plan:
    own = {word: value for word, value in table.items() if word not in WORDS} if isinstance(table, dict) else table
    plan = _read(file, place, own, Plan, WORDS)
    named = read_named(file, place, table)
    plan = replace(
        plan,
        named=named,
        staff=max(plan.staff, len(named.members)),
        services=max(plan.services, len(named.services)),
        customers=max(plan.customers, len(named.customers)),
    )
    if zone(plan.time_zone) is None:
        raise _misfit(file, f"{place}.time_zone", "an IANA or Windows zone such as 'Europe/Berlin'", plan.time_zone)
    if plan.appointments:
        for word in ("services", "customers"):
            if not getattr(plan, word):
                raise _misfit(file, f"{place}.{word}", "at least 1, since there are appointments", 0)
        if not _workdays(plan, words):
            found = f"{plan.first_day} to {plan.last_day}"
            raise _misfit(file, f"{place}.last_day", "a working day between first_day and last_day", found)
    return plan


def _faker(file: str, words: Recipe) -> Faker:
    try:
        from faker import Faker  # slow to import, and wanted by recipes only
        from faker.config import AVAILABLE_LOCALES
    except ImportError as error:
        needed = "a recipe invents its names with faker: pip install 'graph-bookings-emulator[recipes]'"
        raise FixtureError(f"{file}: {needed}; fixtures in JSON need nothing") from error

    if words.locale not in AVAILABLE_LOCALES:
        near = did_you_mean(words.locale, AVAILABLE_LOCALES)
        raise _misfit(file, "$.locale", "a locale of faker such as 'en_US'", words.locale, near)
    fake = Faker(words.locale)
    fake.seed_instance(words.seed)
    return fake


def _misfit(file: str, place: str, expected: str, found: Any, hint: str = "") -> FixtureError:
    return FixtureError(f"{file}: at {place}: expected {expected}; found {found!r}{hint}")


def _unknown(file: str, place: str, word: str, known: list[str]) -> FixtureError:
    return _misfit(file, place, f"one of {', '.join(known)}", word, did_you_mean(word, known))


# making


class _Offer(NamedTuple):
    """A service as the diary sees it: its record, how long it lasts, and the quarter hours it takes with its buffer."""

    service: Json
    duration: timedelta
    cells: int


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the records of a recipe; every choice comes from `fake` and `chance`, in a fixed order."""

    words: Recipe
    fake: Faker
    chance: Random

    def business(self, plan: Plan, copy: int, number: int) -> Json:
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

    def _member(self, plan: Plan, number: int, index: int) -> Json:
        named, name = take(plan.named.members, index), self.fake.name()
        return {
            "id": _guid(1, number, index),
            "displayName": named.get("name", name),
            "emailAddress": named.get("email", f"staff{index + 1}@{self.words.domain}"),
            "role": named.get("role", _ROLES[index % len(_ROLES)]),
            "membershipStatus": "active",
            "timeZone": plan.time_zone,
        }

    def _customers(self, plan: Plan, number: int) -> list[Json]:
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

    def _service(self, plan: Plan, number: int, index: int, staff: list[Json], questions: list[Json]) -> _Offer:
        named = take(plan.named.services, index)
        name, minutes, price = _SERVICES[index % len(_SERVICES)]
        minutes, price = named.get("minutes", minutes), float(named.get("price", price))
        again = 0 if named else index // len(_SERVICES)
        name = named.get("name", name)
        seats = _SEATS[index % len(_SEATS)] if _is_chosen(index, plan.group_share) else 1
        duration, buffer = timedelta(minutes=minutes), self.chance.randrange(2) * _CELL
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
        return _Offer(service, duration, -(-(duration + buffer) // _CELL))

    def _appointments(
        self, plan: Plan, offers: list[_Offer], customers: list[Json], questions: list[Json]
    ) -> list[Json]:
        if not plan.appointments:
            return []
        diary = _Diary(self.chance, _workdays(plan, self.words), offers)
        answers = {each["id"]: self._answer(each) for each in questions}
        made = (self._appointment(plan.time_zone, diary, customers, answers) for _ in range(plan.appointments))
        return sorted(made, key=lambda each: str(each["startDateTime"]["dateTime"]))

    def _appointment(self, time_zone: str, diary: _Diary, customers: list[Json], answers: dict[str, Json]) -> Json:
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


class _Diary:
    """Who is free when: a room is one member on one working day, a row of quarter hours of which the taken are bits."""

    def __init__(self, chance: Random, days: list[date], offers: list[_Offer]) -> None:
        self._chance = chance
        self._offers: dict[str, list[_Offer]] = {}
        for offer in sorted(offers, key=lambda each: each.cells):
            for member in offer.service["staffMemberIds"]:
                self._offers.setdefault(member, []).append(offer)
        self._rooms = [(member, day) for member in self._offers for day in days]
        self._empty()

    def book(self) -> tuple[_Offer, str, datetime]:
        """Take a free stretch → service, member, local start. Where there is none left, members get booked twice."""
        while True:
            if not self._open:
                self._empty()
            at = self._chance.randrange(len(self._open))
            room = self._open[at]
            member, day = self._rooms[room]
            offers = self._offers[member]
            for offer in (self._chance.choice(offers), offers[0]):
                start = self._gap(room, offer.cells)
                if start is not None:
                    self._taken[room] |= ((1 << offer.cells) - 1) << start
                    return offer, member, datetime.combine(day, _OPENING) + start * _CELL
            self._open[at] = self._open[-1]  # not even the shortest service fits
            self._open.pop()

    def _empty(self) -> None:
        self._taken = [0] * len(self._rooms)
        self._open = list(range(len(self._rooms)))

    def _gap(self, room: int, cells: int) -> int | None:
        """Where a stretch fits: at the first place after some moment of the day, else before it."""
        taken, needed = self._taken[room], (1 << cells) - 1
        last = _CELLS - cells
        first = self._chance.randint(0, last)
        return next((each for each in (*range(first, last + 1), *range(first)) if not taken >> each & needed), None)


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
    slot = {"startTime": f"{_OPENS:02}:00:00.0000000", "endTime": f"{_CLOSES:02}:00:00.0000000"}
    return [{"day": day, "timeSlots": [slot] if 0 < at < 6 else []} for at, day in enumerate(_DAYS)]


def _workdays(plan: Plan, words: Recipe) -> list[date]:
    anchor = parse_instant(words.anchor)
    assert anchor is not None  # it was read before
    first = anchor.astimezone(zone(plan.time_zone)).date()
    days = (first + timedelta(days=offset) for offset in range(plan.first_day, plan.last_day + 1))
    return [day for day in days if day.weekday() < 5]


def _is_chosen(index: int, share: float) -> bool:
    """Spread a share evenly over a row: of 0.25 every fourth is chosen."""
    return int((index + 1) * share) > int(index * share)


def _guid(kind: int, business: int, index: int) -> str:
    """A GUID that shows what it belongs to: 1 staff, 2 services, 3 customers, 4 questions, then business and number."""
    return f"{kind}{business:07d}-0000-4000-8000-{index + 1:012d}"
