"""The quick verdict on fixtures: it says the same as jsonschema of whatever comes."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from bookings_emulator.contract.load import load
from bookings_emulator.documents.json_schema import fixture_schema
from bookings_emulator.documents.verdict import Fits, UnknownWordError, compile_schema
from bookings_emulator.store import seed
from bookings_emulator.store.fixture_error import FixtureError
from bookings_emulator.store.seed import check, load_fixture
from tests.conftest import small

Path = tuple[Any, ...]


@cache
def both(version: str = "v1.0") -> tuple[Fits, Draft202012Validator]:
    schema = fixture_schema(load(version))
    return compile_schema(schema), Draft202012Validator(schema)


def paths(value: Any, at: Path = ()) -> list[Path]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, each in inner for path in paths(each, (*at, name)))]


def put(value: Any, path: Path, other: Any) -> Any:
    if not path:
        return other
    copied = deepcopy(value)
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = other
    return copied


PLACES = paths(small())
VALUES = some.sampled_from(
    [None, True, False, 0, 1, -1, 1.0, 1.5, 2**31, -(2**31) - 1, "", "x", "PT30M", "P1D", "2026-01-05T08:00:00Z",
     "2026-01-05", "08:00:00.0000000", "administrator", "#microsoft.graph.bookingCustomer", "AAMk", [], {}, [None],
     {"value": []}, {"value": 1}, {"@odata.type": "x"}, {"unknown": 1}, [{"id": "x"}], [[]], {"dateTime": "x"}]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(some.lists(some.tuples(some.sampled_from(PLACES), VALUES), max_size=2), some.sampled_from(["v1.0", "beta"]))
def test_the_verdict_is_that_of_jsonschema(changes: list[tuple[Path, Any]], version: str) -> None:
    fits, validator = both(version)
    data: Any = small()
    for path, value in changes:
        try:
            data = put(data, path, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    assert fits(data) == validator.is_valid(data), data


@settings(deadline=None)
@given(
    some.sampled_from([each for each in PLACES if each]), some.sampled_from(["strange", "@odata.etag", "x@odata.type"])
)
def test_members_that_are_added_are_taken_as_jsonschema_takes_them(path: Path, name: str) -> None:
    fits, validator = both()
    data = deepcopy(small())
    place: Any = data
    for step in path:
        place = place[step]
    if isinstance(place, dict):
        place[name] = "1"
    assert fits(data) == validator.is_valid(data)


@pytest.mark.parametrize("name", ["default", "clinic", "empty", "currencies"])
def test_the_shipped_fixtures_fit(name: str) -> None:
    assert both()[0](load_fixture(name).data)


KINDS = ["null", "boolean", "integer", "number", "string", "array", "object"]


@pytest.mark.parametrize("kinds", [*KINDS, *combinations(KINDS, 2)], ids=str)
def test_a_value_may_be_of_every_type_that_a_schema_names(kinds: str | tuple[str, ...]) -> None:
    schema = {"type": kinds if isinstance(kinds, str) else list(kinds)}
    fits, validator = compile_schema(schema), Draft202012Validator(schema)
    for value in (None, True, 0, 1, 1.0, 1.5, "x", [], {}):
        assert fits(value) == validator.is_valid(value), value


def test_a_schema_with_a_word_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownWordError, match="multipleOf"):
        compile_schema({"type": "object", "properties": {"a": {"multipleOf": 3}}})


def test_a_file_that_fits_is_never_shown_to_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("jsonschema was asked")

    monkeypatch.setattr("jsonschema.Draft202012Validator", fail)
    check("ours.json", json.loads(json.dumps(small())))


def test_where_it_says_no_the_reason_is_worded_as_ever() -> None:
    data = small()
    data["bookingBusinesses"][0]["services"][0]["defaultDuratoin"] = "PT1H"
    with pytest.raises(FixtureError, match=r"services\[0\]: expected one of .* did you mean 'defaultDuration'"):
        check("ours.json", data)
    assert seed._verdict("v1.0") is seed._verdict("v1.0")
