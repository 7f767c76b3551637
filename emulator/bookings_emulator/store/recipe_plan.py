"""The words of a recipe: what each may be, and what holds if it is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bookings_emulator.domain.staff import LIMIT
from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.recipe_names import WORDS, Named, read_named
from bookings_emulator.times import parse_instant, zone

if TYPE_CHECKING:
    from faker import Faker

Json = dict[str, Any]


def _text(default: str, about: str) -> Any:
    return field(default=default, metadata={"about": about})


def _number(default: float, least: float, most: float, about: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "about": about})


@dataclass(frozen=True, slots=True)
class RecipeWords:
    """The words of a recipe beside its businesses, with what holds where it is silent."""

    title: str = _text("", "title of the fixture")
    about: str = _text("", "description of the fixture")
    domain: str = _text("contoso.onmicrosoft.com", "the mail domain")
    anchor: str = _text("2026-01-05T08:00:00Z", "the moment that days are counted from")
    locale: str = _text("en_US", "the language of invented names, as a faker locale: de_DE")
    seed: int = _number(1, 0, 2**32, "a different number generates different records")


@dataclass(frozen=True, slots=True)
class BusinessPlan:
    """The words of one `[[business]]`. Days count from the anchor; shares are of the services."""

    display_name: str = _text("", "its name; numbered if count is more than 1; invented if missing")
    count: int = _number(1, 1, 1_000, "how many businesses of this kind")
    staff: int = _number(3, 1, LIMIT, "how many staff members, including named ones")
    services: int = _number(4, 0, 1_000, "how many services, including named ones")
    customers: int = _number(20, 0, 1_000_000, "how many customers, including named ones")
    questions: int = _number(2, 0, 1_000, "how many custom questions")
    appointments: int = _number(50, 0, 1_000_000, "how many appointments, on working days from 8 to 17")
    time_zone: str = _text("UTC", "of the business and its appointments; an IANA or Windows name")
    first_day: int = _number(-14, -3_650, 3_650, "first day of appointments, counted from the anchor")
    last_day: int = _number(42, -3_650, 3_650, "last day of appointments, counted from the anchor")
    group_share: float = _number(0.25, 0, 1, "the share of invented services that are for groups")
    online_share: float = _number(0.25, 0, 1, "the share of invented services that are online")
    named: Named = field(default_factory=Named)  # read apart


_Words = TypeVar("_Words", bound=RecipeWords | BusinessPlan)


def read_recipe(name: str, recipe: Json) -> tuple[RecipeWords, list[BusinessPlan]]:
    """The words of a recipe and those of its businesses; `name` is its file, for messages. Raises FixtureError."""
    tables = recipe.get("business", [])
    if not isinstance(tables, list):
        raise _describe_misfit(name, "$.business", "tables headed [[business]]", tables)
    own = {word: value for word, value in recipe.items() if word not in ("business", "persona", "$schema")}
    words = _read_words(name, "$", own, RecipeWords, ["business", "persona"])
    if parse_instant(words.anchor) is None:
        raise _describe_misfit(name, "$.anchor", "a date-time such as '2026-01-05T08:00:00Z'", words.anchor)
    plans = [_read_plan(name, f"$.business[{index}]", table, words) for index, table in enumerate(tables)]
    return words, plans


def _read_words(file: str, place: str, table: Any, kind: type[_Words], others: Iterable[str] = ()) -> _Words:
    if not isinstance(table, dict):
        raise _describe_misfit(file, place, "a table", table)
    known = {each.name: each for each in fields(kind) if each.name != "named"}
    for word, value in table.items():
        if word not in known:
            raise _describe_unknown(file, place, word, [*known, *others])
        _check_value(file, f"{place}.{word}", value, known[word].default, known[word].metadata)
    return kind(**table)


def _check_value(file: str, place: str, value: Any, default: Any, bounds: Any) -> None:
    """Hold a value against the kind of its default and against its bounds."""
    is_number = isinstance(value, (int, float) if isinstance(default, float) else int) and not isinstance(value, bool)
    if isinstance(default, str):
        if not isinstance(value, str):
            raise _describe_misfit(file, place, "text in quotes", value)
    elif not is_number or not bounds["least"] <= value <= bounds["most"]:
        word = "a number" if isinstance(default, float) else "a whole number"
        raise _describe_misfit(file, place, f"{word} from {bounds['least']} to {bounds['most']}", value)


def _read_plan(file: str, place: str, table: Any, words: RecipeWords) -> BusinessPlan:
    own = {word: value for word, value in table.items() if word not in WORDS} if isinstance(table, dict) else table
    plan = _read_words(file, place, own, BusinessPlan, WORDS)
    named = read_named(file, place, table)
    plan = replace(
        plan,
        named=named,
        staff=max(plan.staff, len(named.members)),
        services=max(plan.services, len(named.services)),
        customers=max(plan.customers, len(named.customers)),
    )
    if zone(plan.time_zone) is None:
        raise _describe_misfit(
            file, f"{place}.time_zone", "an IANA or Windows zone such as 'Europe/Berlin'", plan.time_zone
        )
    if plan.appointments:
        for word in ("services", "customers"):
            if not getattr(plan, word):
                raise _describe_misfit(file, f"{place}.{word}", "at least 1, because there are appointments", 0)
        if not list_workdays(plan, words):
            found = f"{plan.first_day} to {plan.last_day}"
            raise _describe_misfit(file, f"{place}.last_day", "a working day between first_day and last_day", found)
    return plan


def load_faker(file: str, words: RecipeWords) -> Faker:
    try:
        from faker import Faker  # slow to import, and wanted by recipes only
        from faker.config import AVAILABLE_LOCALES
    except ImportError as error:
        needed = "a recipe invents its names with faker: pip install 'graph-bookings-emulator[recipes]'"
        raise FixtureError(f"{file}: {needed}; fixtures in JSON do not need it") from error

    if words.locale not in AVAILABLE_LOCALES:
        near = did_you_mean(words.locale, AVAILABLE_LOCALES)
        raise _describe_misfit(file, "$.locale", "a locale of faker such as 'en_US'", words.locale, near)
    fake = Faker(words.locale)
    fake.seed_instance(words.seed)
    return fake


def _describe_misfit(file: str, place: str, expected: str, found: Any, hint: str = "") -> FixtureError:
    return FixtureError(f"{file}: at {place}: expected {expected}; got {found!r}{hint}")


def _describe_unknown(file: str, place: str, word: str, known: list[str]) -> FixtureError:
    return _describe_misfit(file, place, f"one of {', '.join(known)}", word, did_you_mean(word, known))


def list_workdays(plan: BusinessPlan, words: RecipeWords) -> list[date]:
    anchor = parse_instant(words.anchor)
    assert anchor is not None  # it was read before
    first = anchor.astimezone(zone(plan.time_zone)).date()
    days = (first + timedelta(days=offset) for offset in range(plan.first_day, plan.last_day + 1))
    return [day for day in days if day.weekday() < 5]
