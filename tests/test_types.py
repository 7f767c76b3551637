"""What a type checker says of programs that use the package: nothing of right ones, and every typo of wrong ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bookings_emulator.client import literals, word_types, words
from bookings_emulator.control.journal_notes import KINDS

RIGHT = """
import pytest

from bookings_emulator import Client, Emulator, Exchange, Settings, create_app


@pytest.mark.bookings(scenario="slot-taken", persona="application")
def test_right(bookings: Client) -> None:
    bookings.fault("throttled", first=1)
    bookings.fault(operation="create*", status=503, first=2, for_="PT5M")
    bookings.journal.verify(operation=["createAppointment", "updateAppointment"], exactly=0)
    bookings.journal.wait(operation="createAppointment", timeout=1)
    found: list[Exchange] = bookings.journal(status="4xx", limit=1)
    assert "hours" in found[0]["reason"] and bookings.journal.notes(kind="retried-early") == []
    bookings.clock.advance(days=1, hours=2)
    bookings.outbox(kind="confirmation", to="adelev@contoso.com")
    bookings.deliveries(status="failed", event="Created")
    bookings.subscribe("a@contoso.com", "Created", "http://localhost:1")
    bookings.token("viewer", wrong="expired", permissions=["Bookings.Read.All"])
    with bookings.tenant("empty", now="2026-01-05T08:00:00Z", quirks={"list-forbidden": True}, auth="strict") as other:
        other.quirk("Q9", "value")
    with Emulator("clinic", scenario="slot-taken", persona="viewer", faults=["throttled"], auth="check") as served:
        served.reset()
    create_app("clinic", settings=Settings(auth="strict"))
"""
TYPOS = [
    "bookings.fault('throttled', frist=1)",
    "bookings.fault(operatoin='create*')",
    "bookings.fault(problem='throtle.rate')",
    "bookings.fault(plane='grph')",
    "bookings.fault(limit={'request': 1})",
    "bookings.journal.verify(operatoin='createAppointment')",
    "bookings.journal.verify(exatcly=3)",
    "bookings.journal.wait(timout=1)",
    "bookings.journal[0]['resaon']",
    "bookings.journal(brif=True)",
    "bookings.journal.notes(kind='retried-erly')",
    "bookings.journal.permissions()['aplication']",
    "bookings.tenant('empty', sed=7)",
    "bookings.tenant(auth='strickt')",
    "bookings.tenant(quirks={'list-forbiden': True})",
    "bookings.token('viewer', wrong='expird')",
    "bookings.token('viewer', lifetme='PT1M')",
    "bookings.subscribe('a@contoso.com', 'created', 'http://localhost:1')",
    "bookings.clock.advance(dayz=1)",
    "bookings.quirk('list-forbiden')",
    "bookings.outbox(kind='cancelation')",
    "bookings.outbox(recipient='a@contoso.com')",
    "bookings.deliveries(status='sent')",
    "bookings.stub('GET /me', satus=200)",
    "bookings.clok.now()",
    "Emulator(sed=1)",
    "Emulator(auth='strickt')",
    "Settings(auth='strickt')",
    "create_app(scenarios='slot-taken')",
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of the right program, and of one with a typo on each line from the fourth."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "right.py").write_text(RIGHT, encoding="utf-8")
    head = "from bookings_emulator import Client, Emulator, Settings, create_app\n\nbookings = Client()\n"
    (folder / "typos.py").write_text(head + "\n".join(TYPOS) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "right.py", "typos.py"]
    settings = {**os.environ, "MYPYPATH": str(Path(word_types.__file__).parents[2])}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_a_right_program_is_accepted_strictly(told: str) -> None:
    assert "right.py" not in told, told


@pytest.mark.parametrize(("number", "typo"), list(enumerate(TYPOS, start=4)), ids=TYPOS)
def test_a_typo_is_found(told: str, number: int, typo: str) -> None:
    assert re.search(rf"^typos.py:{number}: error: ", told, re.MULTILINE), typo


@pytest.mark.parametrize(
    ("typed", "listed"),
    [
        (word_types.TenantWords, {*words.TENANT} - {"fixture"}),
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
