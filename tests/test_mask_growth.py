"""Masking costs what the length of a text costs, whatever is in it, and looks closely only where something may hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bookings_emulator import masking
from bookings_emulator.masking import MASK, mask_bytes, mask_headers, mask_query, mask_text, mask_value
from bookings_emulator.secret_signs import SECRETS, may_hide

from .growth import assert_linear

# what hostile texts repeat, behind what opens a form, JSON, a quote or a multipart form
UNITS = (
    "%20", "%2525", "%", "%zz", "=", "a=", "a b=", "a", "+", " ", "&", "token=", "token=a&", '"', "'", "\\", '\\"',
    "[", "{", "{a:", '{"a":', '{"a":"', '"token":"', '"token": [', ",a", ", ", "://", "://a:", "a@", "eyJ.", ".a", "--",
    "-", "_", "é", "-----BEGIN PRIVATE KEY-----", "<input ", "<input name=token value=", "name=utf-8'",
    "--a\r\ncontent-disposition: ", "\n", "the code ", "enter the code A", "code=", "?code=7000215",
    "device that shows ",
)  # fmt: skip
OPENINGS = ("", "a=", '{"x":"', "--a\r\n")
WORKS: dict[str, Callable[[str], Any]] = {
    "text": mask_text,
    "query": mask_query,
    "form": lambda text: mask_bytes(text.encode(), "application/x-www-form-urlencoded"),
    "header": lambda text: mask_headers({"x": text}),
    "member": lambda text: mask_value({text: text}),
}


@pytest.mark.parametrize("unit", UNITS)
def test_a_text_costs_what_its_length_costs(unit: str) -> None:
    def mask_in_every_way(text: str) -> None:
        for opening in OPENINGS:
            for work in WORKS.values():
                work(opening + text)

    assert_linear(mask_in_every_way, lambda size: unit * (size // len(unit) + 1), 50)


PIECES = (
    *sorted(SECRETS), "code", "tok", "en", "a", "A", "_", "-", "%", "25", "%3d", "%74", "=", "&", "?", "+", " ", '"',
    "{", ":", "\\u0074", "\u212a", "://", "@", ".", "/", "the code ", "enter ", "eyJ", "x", "1", "\n", "é",
)  # fmt: skip


@settings(max_examples=3_000, derandomize=True, deadline=None, database=None)
@given(some.lists(some.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_not_looked_at_closely_hides_nothing(text: str) -> None:
    if not may_hide(text):
        assert masking._single(text) == text


@pytest.mark.parametrize(
    "path",
    [
        "/v1.0/solutions/bookingBusinesses/ContosoSmall%40contoso.onmicrosoft.com/appointments/AAMkADKn_-AAA=",
        "/v1.0/solutions/bookingBusinesses('a%40b.example')/services?$filter=displayName%20eq%20'x'",
    ],
)
def test_an_ordinary_path_is_not_looked_at_closely(path: str) -> None:
    assert not may_hide(path)


@pytest.mark.parametrize(
    "text",
    [
        "x?tok%65n=hidden",
        "x?to%2525256ben=hidden",
        "/a/x_api-key=hidden",
        '{"\\u0074oken":"hidden"}',
        "to\u212aen=hidden",
    ],
)
def test_a_name_that_is_written_in_another_way_is_found(text: str) -> None:
    assert "hidden" not in mask_text(text)
    assert MASK in mask_text(text)
