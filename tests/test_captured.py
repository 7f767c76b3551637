"""Captured ids are found as a plain search finds them, at a cost that does not grow with their number."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings_emulator.recording.captured import Captured, spellings_of
from bookings_emulator.recording.recorded import Recorded
from bookings_emulator.recording.scenario_steps import Steps

from .conftest import ROOT
from .growth import assert_linear

ITEM = "AAMkAGVlZWVlZWVlLWVlZWUtZWVlZS1lZWVlLWVlZWVlZWVlZWVlZQBGAAAAAAC+{number:04}/x+A="
FORMS = {
    "guid": lambda number: str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128)),
    "item": lambda number: ITEM.format(number=number),
    "address": lambda number: f"Clinic{number}@contoso.onmicrosoft.com",
}
ids = st.text(st.sampled_from("ab@=/é "), min_size=1, max_size=12)


@given(st.lists(ids, unique=True, max_size=6), ids)
def test_what_stands_in_a_text_is_found_the_longest_first(captured: list[str], around: str) -> None:
    kept = Captured()
    for number, each in enumerate(captured):
        kept.add(each, f"id{number}")
    text = f"{around}{captured[0] if captured else ''}/{spellings_of(captured[-1])[-1] if captured else ''}"
    expected = [each for each in captured if any(one in text for one in spellings_of(each))]
    assert [each.id for each in kept.find_in(text)] == sorted(expected, key=len, reverse=True)


def created(id_: str, before: str) -> Recorded:
    answer = f'{{"id": "{id_}", "displayName": "x"}}'.encode()
    return Recorded(
        method="POST", path=f"{ROOT}/{before}/services", headers={}, body=b'{"displayName": "x"}', status=201,
        answer_headers={}, answer=answer, caller=None, is_whole=True, events=[],
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_recording_costs_what_its_length_costs(form: str) -> None:
    def work(calls: list[Recorded]) -> None:
        steps = Steps("http://localhost:0", set())
        for each in calls:
            steps.step(each)

    name = FORMS[form]
    assert_linear(work, lambda size: [created(name(n), name(max(n - 1, 0))) for n in range(size)], 100)


@pytest.mark.parametrize("form", FORMS)
def test_many_ids_of_one_answer_cost_what_their_number_costs(form: str) -> None:
    name = FORMS[form]

    def listed(size: int) -> Recorded:
        rows = ",".join(f'{{"id": "{name(n)}", "webPath": "/x/{name(n)}"}}' for n in range(size))
        return replace(created(name(0), name(0)), status=200, answer=f'{{"value": [{rows}]}}'.encode())

    assert_linear(lambda call: Steps("http://localhost:0", set()).step(call), listed, 100)
