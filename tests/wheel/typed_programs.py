"""Programs that use the package, right ones and one typo each: what type checkers must say of them."""

from __future__ import annotations

import re
from pathlib import Path

HEAD = """from bookings_emulator import Client, Emulator, Settings, create_app
from bookings_emulator.testing import bookings_marker

bookings = Client()
"""
RIGHT = """
import pytest

from bookings_emulator import Client, Emulator, Exchange, Settings, create_app
from bookings_emulator.testing import bookings_marker

pytestmark = bookings_marker(fixture="clinic", now="2026-01-05T08:00:00Z", notes=["retried-early"])


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
    "bookings.journal(plane='delivery')",
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
    "bookings_marker(fixtures='empty')",
    "bookings_marker(notes=['retried-erly'])",
    "bookings_marker(quirks={'list-forbiden': True})",
]


def write_programs(folder: Path) -> None:
    """Write `right.py`, and `typos.py` with one typo on each line behind its head."""
    (folder / "right.py").write_text(RIGHT, encoding="utf-8")
    (folder / "typos.py").write_text(HEAD + "\n".join(TYPOS) + "\n", encoding="utf-8")


def missed_typos(told: str) -> list[str]:
    """The typos of which a checker says nothing; mypy writes `typos.py:5: error`, pyright `typos.py:5:1 - error`."""
    found = {int(each) for each in re.findall(r"typos\.py:(\d+)(?::\d+)?(?::| -) error", told)}
    first = HEAD.count("\n") + 1
    return [typo for number, typo in enumerate(TYPOS, start=first) if number not in found]
