"""The flows of examples/flows, run by the commands that their page tells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FLOWS = Path(__file__).parents[1] / "examples" / "flows"
COMMANDS = re.findall(r"^python (examples/flows/run.py (\w+))", (FLOWS / "README.md").read_text(encoding="utf-8"), re.M)


def run(name: str) -> str:
    """What one of the commands prints."""
    (words,) = [command.split() for command, example in COMMANDS if example == name]
    done = subprocess.run(
        [sys.executable, *words], cwd=FLOWS.parents[1], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def told(text: str) -> dict[str, list[dict[str, Any]]]:
    """The titled lists of an output."""
    found: dict[str, list[dict[str, Any]]] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("  "):
            found[title].append(json.loads(line))
        else:
            title = line.removesuffix(":")
            found[title] = []
    return found


def test_the_page_tells_of_every_flow() -> None:
    assert [name for _, name in COMMANDS] == ["stripe", "zoom", "dynamics", "sixth"]


def test_everybody_who_booked_pays_the_price_of_the_service() -> None:
    found = told(run("stripe"))
    assert found["deliveries"] == [{"event": "Created", "status": "delivered"}] * 2
    paid = [(each["receipt_email"], each["amount"], each["currency"]) for each in found["payments"]]
    assert paid == [
        ("adele@contoso.com", "3500", "eur"),
        ("adele@contoso.com", "1500", "eur"),
        ("megan@contoso.com", "1500", "eur"),
        ("alex@contoso.com", "1500", "eur"),
    ]


def test_a_meeting_has_its_staff_as_hosts_and_its_customers_as_registrants() -> None:
    found = told(run("zoom"))
    lesson, group = found["meetings"]
    assert (lesson["start_time"], lesson["duration"], group["duration"]) == ("2026-01-12T10:00:00Z", 60, 90)
    assert lesson["settings"]["alternative_hosts"]
    assert not group["settings"]["alternative_hosts"]
    assert [each["email"].partition("@")[0] for each in found["registrants"]] == ["adele", "adele", "megan", "alex"]


def test_who_books_twice_is_one_contact_and_one_lead() -> None:
    found = told(run("dynamics"))
    emails = ["adele@contoso.com", "megan@contoso.com", "alex@contoso.com"]
    assert [each["emailaddress1"] for each in found["contacts"]] == emails
    assert [each["emailaddress1"] for each in found["leads"]] == emails


def test_the_sixth_flow_is_refused() -> None:
    lines = run("sixth").splitlines()
    assert [line.split()[2] for line in lines[:6]] == ["200"] * 5 + ["429"]
    assert "already has 5 of 5 webhooks" in lines[5]
    assert json.loads(lines[6])["error"]["code"] == "ResourceExhausted"


@pytest.mark.parametrize("words", [[], ["paypal"]])
def test_a_wrong_word_is_told_what_there_is(words: list[str]) -> None:
    done = subprocess.run([sys.executable, FLOWS / "run.py", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "usage: run.py stripe|zoom|dynamics|sixth" in done.stderr
