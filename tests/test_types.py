"""What a type checker says of programs that use the package: nothing of right ones, and every typo of wrong ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bookings_emulator.client import literals, word_types, words
from bookings_emulator.control.journal_notes import KINDS
from tests.typed_blocks import write_blocks
from tests.wheel.typed_programs import TYPOS, missed_typos, write_programs


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of the right program and the typos, and of what the documents show."""
    folder = tmp_path_factory.mktemp("types")
    write_programs(folder)
    shown = write_blocks(folder)
    assert len(shown) > 20
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "right.py", "typos.py", *shown]
    settings = {**os.environ, "MYPYPATH": str(Path(word_types.__file__).parents[2])}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_right_programs_and_all_that_the_documents_show_are_accepted_strictly(told: str) -> None:
    assert [line for line in told.splitlines() if ": error:" in line and not line.startswith("typos.py:")] == []


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_found(told: str, typo: str) -> None:
    assert typo not in missed_typos(told)


@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        (word_types.TenantWords, {*words.TENANT} - {"fixture"}),
        (word_types.MarkerWords, {*words.TENANT, "notes"}),
        (word_types.TokenWords, {*words.TOKEN}),
        (word_types.LengthWords, {*words.LENGTH}),
        (word_types.VerifyWords, {*words.CRITERIA}),
        (word_types.CriteriaSince, {*words.CRITERIA}),
        (word_types.FaultWords, {"for_", *words.MATCH, *words.EFFECT, *words.SCHEDULE} - {"for"}),
    ],
)  # fmt: skip
def test_the_types_and_the_words_of_calls_are_the_same(typed: type, listed: set[str]) -> None:
    assert set(typed.__annotations__) == listed


def test_the_closed_lists_are_those_of_the_contract() -> None:
    assert get_args(literals.NoteKind) == tuple(KINDS)  # the whole module is held by test_docs.py, as every page is
