"""Each symptom of troubleshooting.toml that a call can show is seen as the page says, with its reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import App
from bookings_emulator.control import troubleshooting
from bookings_emulator.settings import Settings
from bookings_emulator.store.seed import load_fixture, utc
from bookings_emulator.tenant import Start, Tenant
from tests.conftest import NOW, ORIGIN

FILE = Path(troubleshooting.__file__).with_name("troubleshooting.toml")
AREAS = tomllib.loads(FILE.read_text(encoding="utf-8"))["area"]
SYMPTOMS = [each for area in AREAS for each in area["symptom"]]
HOME = "/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com"
WORDS = {"request", "before", "as", "token", "body", "headers", "settings", "status", "code", "reason"}


@pytest.mark.parametrize("symptom", [each for each in SYMPTOMS if "try" in each], ids=lambda each: each["sees"])
def test_a_symptom_is_seen_as_the_page_says(symptom: dict[str, Any]) -> None:
    tried = symptom["try"]
    start = Start((load_fixture("default"),), seed=1, frozen=utc(NOW))
    client = TestClient(App(Tenant(start, Settings(**tried.get("settings", {})))), base_url=ORIGIN)
    method, path = tried["request"].replace("{home}", HOME).split(" ")
    if "before" in tried:
        assert client.request(*tried["before"].split(" ")).is_success
    token = tried.get("as", "any")
    if "token" in tried:
        token = client.post("/_emulator/tokens", json=tried["token"]).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.request(method, path, json=tried.get("body"), headers=headers | tried.get("headers", {}))
    error = answer.json()["error"]
    assert answer.status_code == tried["status"]
    if "code" in tried:
        assert error["code"] == tried["code"]
        said = [each for each in re.split(r"…|[,:] ['\"]|['\"]$", symptom["sees"]) if len(each) > 8]
        assert tried["code"] in symptom["sees"] or any(each.strip() in error["message"] for each in said)
        assert tried["reason"] in answer.headers["x-emulator-reason"]
        assert symptom["problem"] == client.get("/_emulator/journal").json()["value"][-1]["problem"]
    else:
        assert tried["reason"] in (error if isinstance(error, str) else answer.headers["x-emulator-reason"])


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda each: each["sees"])
def test_a_symptom_tells_why_and_what_to_do(symptom: dict[str, Any]) -> None:
    assert set(symptom) <= {"sees", "why", "do", "try", "problem"}
    assert symptom["why"].endswith(".")
    assert symptom["do"].endswith(".")
    assert set(symptom.get("try", {})) <= WORDS
