"""Recipes: a few counts become a fixture, the same for the same seed, at any size, strict about its words."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from bookings_emulator.commands.fixtures import fixtures
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.recipe import expand
from bookings_emulator.store.recipe_names import WORDS
from bookings_emulator.store.recipe_schema import recipe_schema
from bookings_emulator.store.seed import Fixture, check, load_fixture, read_fixture, shipped, utc
from bookings_emulator.tenant import Start, Tenant
from bookings_emulator.times import parse_duration
from tests.documents import ROOT

Span = tuple[datetime, datetime]
# the words of a recipe and the sets they count
COUNTS = {
    "staff": "staffMembers",
    "services": "services",
    "customers": "customers",
    "questions": "customQuestions",
    "appointments": "appointments",
}


def made(*, words: dict[str, Any] | None = None, **business: Any) -> dict[str, Any]:
    """The data of a recipe with one kind of business."""
    return expand("try.toml", {**(words or {}), "business": [business]})


def only(data: dict[str, Any]) -> dict[str, Any]:
    (business,) = data["bookingBusinesses"]
    return dict(business)


def booked(business: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], Span]]:
    """Every appointment with its service and its local start and end."""
    services = {each["id"]: each for each in business["services"]}
    for each in business["appointments"]:
        edges = (datetime.fromisoformat(each[edge]["dateTime"]) for edge in ("startDateTime", "endDateTime"))
        start, end = edges
        yield each, services[each["serviceId"]], (start, end)


def double_booked(business: dict[str, Any]) -> int:
    """How often a member is booked before the appointment before, buffer included, is over."""
    taken: dict[str, list[Span]] = defaultdict(list)
    for each, service, (start, end) in booked(business):
        buffer = parse_duration(service["postBuffer"])
        assert buffer is not None
        for member in each["staffMemberIds"]:
            taken[member].append((start, end + buffer))
    return sum(first[1] > second[0] for spans in taken.values() for first, second in pairwise(sorted(spans)))


def test_the_same_recipe_gives_the_same_fixture() -> None:
    assert made(appointments=300) == made(appointments=300)


@pytest.mark.parametrize("what", ["customers", "appointments"])
def test_another_seed_gives_another_fixture(what: str) -> None:
    one, two = only(made(words={"seed": 1})), only(made(words={"seed": 2}))
    assert one[what] != two[what]
    assert len(one[what]) == len(two[what])


@pytest.mark.parametrize(
    "counts",
    [
        {"staff": 1, "services": 1, "customers": 1, "questions": 0, "appointments": 1},
        {"staff": 4, "services": 6, "customers": 50, "questions": 3, "appointments": 200},
        {"staff": 100, "services": 25, "customers": 2500, "questions": 9, "appointments": 5000},
        {"staff": 1, "services": 0, "customers": 0, "questions": 0, "appointments": 0},
    ],
    ids=["one of each", "clinic", "large", "nothing to book"],
)
def test_a_business_has_as_many_records_as_the_recipe_says(counts: dict[str, Any]) -> None:
    business = only(made(**counts))
    assert {word: len(business[name]) for word, name in COUNTS.items()} == counts
    for name in COUNTS.values():
        ids = [each["id"] for each in business[name] if "id" in each]
        assert len(ids) == len(set(ids))


def test_count_makes_several_businesses_with_names_and_records_of_their_own() -> None:
    data = made(display_name="Contoso Clinic", count=3, customers=2, appointments=1)
    assert [each["displayName"] for each in data["bookingBusinesses"]] == [f"Contoso Clinic {n}" for n in (1, 2, 3)]
    assert len({each["customers"][0]["id"] for each in data["bookingBusinesses"]}) == 3


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ja_JP", "ar_SA"])
def test_a_locale_gives_its_language_and_names_and_can_be_planted(locale: str) -> None:
    data = made(words={"locale": locale}, appointments=20)
    check("try.toml", data)
    store = Tenant(Start((Fixture("try", data),), seed=1, frozen=utc("2026-01-05T08:00:00Z"))).store
    (business_id,) = store.business_ids()
    assert len(store.rows("appointments", business_id)) == 20
    assert only(data)["languageTag"] == locale.replace("_", "-")


def test_names_follow_the_locale() -> None:
    names = {
        locale: {each["displayName"] for each in only(made(words={"locale": locale}))["customers"]}
        for locale in ("en_US", "de_DE", "ja_JP")
    }
    assert not names["en_US"] & names["de_DE"]
    assert not any(each.isascii() for each in names["ja_JP"])


def test_appointments_lie_on_working_days_within_opening_hours_and_last_as_long_as_their_service() -> None:
    business = only(made(staff=5, services=9, appointments=2000, first_day=-7, last_day=80, time_zone="Europe/Berlin"))
    assert business["bookingPageSettings"]["businessTimeZone"] == "Europe/Berlin"
    for each, service, (start, end) in booked(business):
        assert each["startDateTime"]["timeZone"] == "Europe/Berlin"
        assert date(2025, 12, 29) <= start.date() <= date(2026, 3, 26)
        assert start.weekday() < 5
        assert start.date() == end.date()
        assert (start.time() >= time(8), end.time() <= time(17)) == (True, True)
        assert end - start == parse_duration(service["defaultDuration"])
        assert set(each["staffMemberIds"]) <= set(service["staffMemberIds"])


def test_days_count_from_the_anchor_in_the_zone_of_the_business() -> None:
    words = {"anchor": "2026-01-05T23:30:00Z"}
    business = only(made(words=words, time_zone="Asia/Tokyo", first_day=0, last_day=0, appointments=5))
    assert {start.date() for _, _, (start, _) in booked(business)} == {date(2026, 1, 6)}


@pytest.mark.parametrize("staff", [1, 2, 7])
def test_no_member_is_booked_twice_while_there_is_room(staff: int) -> None:
    assert double_booked(only(made(staff=staff, services=6, appointments=100 * staff))) == 0


def test_more_appointments_than_room_are_made_all_the_same() -> None:
    business = only(made(staff=1, services=3, appointments=1000, first_day=0, last_day=4))
    assert len(business["appointments"]) == 1000
    assert double_booked(business) > 0


@pytest.mark.parametrize(("share", "groups"), [(0, 0), (0.25, 2), (0.5, 4), (1, 8)])
def test_the_share_of_groups_is_one_of_the_services(share: float, groups: int) -> None:
    business = only(made(services=8, group_share=share))
    assert sum(each["maximumAttendeesCount"] > 1 for each in business["services"]) == groups


def test_groups_have_different_customers_and_no_more_than_seats() -> None:
    business = only(made(services=4, group_share=1, customers=5, appointments=100))
    for each, service, _ in booked(business):
        ids = [customer["customerId"] for customer in each["customers"]]
        assert len(ids) == len(set(ids)) <= service["maximumAttendeesCount"]
    assert any(len(each["customers"]) > 1 for each in business["appointments"])


def test_appointments_come_in_the_order_of_their_starts() -> None:
    starts = [start for _, _, (start, _) in booked(only(made(appointments=300)))]
    assert starts == sorted(starts)


def test_what_a_recipe_makes_is_a_valid_fixture_that_can_be_planted() -> None:
    data = made(staff=10, services=12, customers=40, questions=6, appointments=400, count=2)
    check("try.toml", data)
    store = Tenant(Start((Fixture("try", data),), seed=1, frozen=utc("2026-08-05T08:00:00Z"))).store
    assert [len(store.rows("appointments", each)) for each in store.business_ids()] == [400, 400]


def test_the_clinic_has_the_size_it_promises() -> None:
    business = only(load_fixture("clinic").data)
    sizes = {word: len(business[name]) for word, name in COUNTS.items()}
    assert sizes == {"staff": 4, "services": 6, "customers": 50, "questions": 3, "appointments": 200}


BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown word": ({"locales": "de_DE"}, ["$", "expected one of title", "'locales'", "did you mean 'locale'?"]),
    "unknown word of a business": (
        {"business": [{}, {"appointment": 3}]},
        ["$.business[1]", "expected one of display_name", "'appointment'", "did you mean 'appointments'?"],
    ),
    "unknown locale": ({"locale": "de_DEE"}, ["$.locale", "a locale of faker", "'de_DEE'", "did you mean 'de_DE'?"]),
    "text for a number": (
        {"business": [{"staff": "4"}]},
        ["$.business[0].staff", "a whole number from 1 to 100", "'4'"],
    ),
    "truth for a number": ({"seed": True}, ["$.seed", "a whole number", "True"]),
    "fraction for a count": ({"business": [{"count": 1.5}]}, ["$.business[0].count", "a whole number", "1.5"]),
    "too many": ({"business": [{"staff": 101}]}, ["$.business[0].staff", "from 1 to 100", "101"]),
    "share above one": (
        {"business": [{"group_share": 25}]},
        ["$.business[0].group_share", "a number from 0 to 1", "25"],
    ),
    "number for text": ({"title": 3}, ["$.title", "text in quotes", "3"]),
    "unknown zone": (
        {"business": [{"time_zone": "Mars"}]},
        ["$.business[0].time_zone", "an IANA or Windows zone", "'Mars'"],
    ),
    "no anchor": ({"anchor": "monday"}, ["$.anchor", "2026-01-05T08:00:00Z", "'monday'"]),
    "nothing to book": ({"business": [{"services": 0}]}, ["$.business[0].services", "at least 1", "0"]),
    "nobody to book": ({"business": [{"customers": 0}]}, ["$.business[0].customers", "at least 1", "0"]),
    "no working day": (
        {"business": [{"first_day": 5, "last_day": 6}]},
        ["$.business[0].last_day", "a working day", "5 to 6"],
    ),
    "one table instead of several": ({"business": {"staff": 1}}, ["$.business", "[[business]]"]),
    "no table": ({"business": [3]}, ["$.business[0]", "a table", "3"]),
}


@pytest.mark.parametrize(("recipe", "expected"), BAD.values(), ids=BAD.keys())
def test_a_bad_recipe_says_file_place_expected_and_got(recipe: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(FixtureError) as error:
        expand("bad.toml", recipe)
    message = str(error.value)
    assert message.startswith(f"bad.toml: at {expected[0]}: expected ")
    assert [each for each in expected if each not in message] == []


def test_a_recipe_is_loaded_as_a_fixture_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('title = "Ours"\n[[business]]\nappointments = 5\n', encoding="utf-8")
    fixture = load_fixture(str(file))
    assert (fixture.name, fixture.title) == ("ours", "Ours")
    assert len(only(fixture.data)["appointments"]) == 5


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("title = \n", encoding="utf-8")
    with pytest.raises(FixtureError, match=r"cannot read bad\.toml as TOML"):
        load_fixture(str(file))


def test_of_the_services_some_ask_nothing_some_ask_and_some_want_an_answer() -> None:
    asked = [each["customQuestions"] for each in only(made(services=8, questions=3))["services"]]
    assert [len(each) for each in asked] == [1, 0] * 4
    assert [each[0]["isRequired"] for each in asked if each] == [True, False] * 2


NAMED: dict[str, Any] = {
    "business": [
        {
            "display_name": "Salon",
            "services": 3,
            "appointments": 30,
            "service": [{"name": "Haircut", "minutes": 50, "price": 60, "seats": 2, "online": True}],
            "member": [{"name": "Ann Beebe", "email": "ann@contoso.com", "role": "scheduler"}],
            "customer": [{"name": "Adele Vance", "email": "adelev@contoso.com", "phone": "1"}],
        }
    ],
    "persona": [{"name": "reception", "kind": "application", "permissions": ["Bookings.Read.All"]}],
}


def test_a_recipe_names_some_and_invents_the_rest() -> None:
    data = expand("ours.toml", NAMED)
    (business,) = data["bookingBusinesses"]
    first, second = business["services"][:2]
    assert (first["displayName"], first["defaultDuration"], first["defaultPrice"]) == ("Haircut", "PT50M", 60.0)
    assert (first["maximumAttendeesCount"], first["isLocationOnline"]) == (2, True)
    assert (len(business["services"]), second["displayName"]) == (3, "Consultation")
    assert (business["staffMembers"][0]["displayName"], business["staffMembers"][0]["role"]) == (
        "Ann Beebe",
        "scheduler",
    )
    assert business["customers"][0]["displayName"] == "Adele Vance"
    assert len(business["customers"]) == 20
    tenant = Tenant(Start((read_fixture("ours", NAMED),)))
    assert list(tenant.personas) == ["reception"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"service": [{"nme": "x"}]}, r"\$\.business\[0\]\.service\[0\]: .*did you mean 'name'"),
        ({"service": [{"minutes": "x"}]}, r"service\[0\]\.minutes: expected a value such as 45; got 'x'"),
        ({"service": [{"minutes": 0}]}, "minutes and seats are 1 or more"),
        ({"member": [{"role": "Member"}]}, "did you mean 'member'"),
        ({"customer": {}}, r"expected tables headed \[\[business.customer\]\]"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FixtureError, match=message):
        expand("ours.toml", {"business": [change]})


def test_without_faker_a_recipe_says_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(FixtureError, match=r"pip install 'graph-bookings-emulator\[recipes\]'"):
        expand("ours.toml", {})


def test_the_schema_for_editors_and_the_reader_agree() -> None:
    validator = Draft202012Validator(recipe_schema())
    for right in (
        {},
        {"$schema": "./recipe.schema.json", "title": "A salon", "seed": 7},
        {"business": [{"display_name": "Salon", "appointments": 0, "service": [{"name": "Haircut", "price": 60.0}]}]},
        {"persona": [{"name": "reception", "kind": "application", "permissions": ["Bookings.Read.All"]}]},
    ):
        assert list(validator.iter_errors(right)) == []
        assert expand("ours.toml", right)["domain"]
    for wrong in (
        {"sed": 7},
        {"seed": "7"},
        {"seed": -1},
        {"business": [{"staf": 3}]},
        {"business": [{"count": 0}]},
        {"business": [{"group_share": 2}]},
        {"business": [{"service": [{"minutes": 0}]}]},
        {"business": [{"service": [{"nme": "x"}]}]},
        {"business": [{"member": [{"role": "Member"}]}]},
        {"business": {}},
    ):
        assert list(validator.iter_errors(wrong)), wrong
        with pytest.raises(FixtureError):
            expand("ours.toml", wrong)


def test_every_word_of_a_recipe_is_described_for_editors_and_in_the_page() -> None:
    schema = recipe_schema()
    page = (ROOT / "docs" / "fixtures.md").read_text(encoding="utf-8")
    for table in (schema["properties"], schema["properties"]["business"]["items"]["properties"]):
        for word, each in table.items():
            assert each.get("description") or word in ("$schema", "business", "persona", *WORDS), word
            assert f"`{word}`" in page or f"{word}]]`" in page, word


def test_without_faker_the_fixtures_are_listed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    listed = CliRunner().invoke(fixtures, [])
    assert listed.exit_code == 0, listed.output
    assert [line.split()[0] for line in listed.output.splitlines()] == [*shipped()]
    assert "A clinic in full swing" in listed.output
