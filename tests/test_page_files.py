"""The files of the booking page: what they may do in a browser, and the facts their shell is given."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bookings_emulator
from bookings_emulator.wire.page_site import FILES

BUSINESS = "ContosoDental@contoso.onmicrosoft.com"
SCRIPTS = sorted(FILES.glob("*.js"))
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_sets_data_as_text_and_loads_nothing_from_outside(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not [word for word in MARKUP if word in text]
    assert {*re.findall(r'from "([^"]+)"', text)} <= {f"./{each.name}" for each in SCRIPTS}
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def test_every_script_is_wanted_by_another_or_by_the_shell() -> None:
    texts = {script.name: script.read_text(encoding="utf-8") for script in SCRIPTS}
    wanted = {name for text in texts.values() for name in re.findall(r'from "\./([^"]+)"', text)}
    assert {*texts} == wanted | {"page.js"}


def test_the_shell_knows_zone_service_and_whether_to_prefill() -> None:
    with bookings_emulator.mock(now="2026-01-05T08:00:00Z") as bookings:
        bookings.graph.post(f"/solutions/bookingBusinesses/{BUSINESS}/publish")
        page = f"/book/{BUSINESS}/"
        shell = bookings.graph.get(f"https://outlook.office365.com{page}")
        assert shell.status_code == 200
        assert 'data-zone="America/Los_Angeles"' in shell.text
        assert 'data-prefill=""' in shell.text
        assert "script-src 'self'" in shell.headers["content-security-policy"]
        bookings.quirk("page-prefill")
        assert 'data-prefill="true"' in bookings.graph.get(f"https://outlook.office365.com{page}").text


def test_the_zones_of_browsers_have_windows_names() -> None:
    with bookings_emulator.mock() as bookings:
        names = json.loads(bookings.graph.get("https://outlook.office365.com/_page/zones.json").content)
    assert names["Europe/Berlin"] == "W. Europe Standard Time"
    assert names["America/Los_Angeles"] == "Pacific Standard Time"
