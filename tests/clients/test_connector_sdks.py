"""The connector SDKs for Python: typed list, typed and raw subscriptions, and what a receiver then gets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.receiver import Received, receiving

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACES = sorted(each.parent for each in ROOT.glob(".venv-connectors-*/.ready"))
ENVIRONMENTS = {each.name.rpartition("-")[2]: each for each in PLACES}
MAILBOX = "ContosoDental@contoso.onmicrosoft.com"
HOME = f"/v1.0/solutions/bookingBusinesses/{MAILBOX}"
SUBSCRIBE = "connector.subscribe.created"


@pytest.fixture
def tenant(origin: str) -> Any:
    """The URL of a tenant of its own."""
    made = httpx.post(f"{origin}/_emulator/tenants", json={"fixture": "default", "now": "2026-01-05T08:00:00Z"}).json()
    yield f"{origin}/tenants/{made['name']}"
    httpx.delete(f"{origin}/_emulator/tenants/{made['name']}")


def python_of(version: str) -> str:
    """The interpreter that has a version of the SDK."""
    return str(ENVIRONMENTS[version] / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def run(version: str, tenant: str, callback: str) -> dict[str, Any]:
    runtime_url = f"{tenant}/apim/microsoftbookings/shared-1"
    command = [python_of(version), HERE / "connector_sdk.py", runtime_url, MAILBOX, callback]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def settled(tenant: str) -> None:
    assert httpx.post(f"{tenant}/_emulator/deliveries/settle", timeout=60).json()["settled"]


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_it_lists_subscribes_and_is_told(version: str, tenant: str) -> None:
    with receiving() as receiver:
        seen = run(version, tenant, receiver.url(""))
        assert {"displayName": "Contoso Dental", "email": MAILBOX} in seen["mailboxes"]
        assert len(seen["Created"]["webhookId"]) == 36
        status, body = seen["refused"]
        assert (status, body["error"]["code"]) == (429, "ResourceExhausted")
        subscriptions = httpx.get(f"{tenant}/_emulator/subscriptions").json()["value"]
        assert [each["changes"] for each in subscriptions] == [
            ["Created"],
            ["Updated"],
            ["Deleted"],
            *[["Created"]] * 2,
        ]
        with httpx.Client(base_url=tenant, headers={"Authorization": "Bearer any"}) as graph:
            appointment = graph.get(f"{HOME}/appointments").json()["value"][0]["id"]
            graph.patch(f"{HOME}/appointments/{appointment}", json={"serviceNotes": "Room 2"})
            graph.post(f"{HOME}/appointments/{appointment}/cancel", json={"cancellationMessage": "Ill"})
        settled(tenant)
        told: dict[str, Received] = {each.path: each for each in receiver.received}
        assert set(told) == {"/Updated", "/Deleted"}
        assert told["/Deleted"].json["ServiceNotes"] == "Room 2"


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_a_500_after_the_subscription_was_stored_makes_the_sdk_store_it_again(version: str, tenant: str) -> None:
    fault = {
        "match": {"operation": SUBSCRIBE},
        "effect": {"problem": "connector.internal", "kept": True},
        "schedule": {"first": 1},
    }
    httpx.post(f"{tenant}/_emulator/faults", json=fault).raise_for_status()
    with receiving() as receiver:
        run(version, tenant, receiver.url(""))
    subscriptions = httpx.get(f"{tenant}/_emulator/subscriptions").json()["value"]
    assert [each["url"].rpartition("/")[2] for each in subscriptions] == [
        "Created",
        "Created",
        "Updated",
        "Deleted",
        "more",
    ]
    journal = httpx.get(f"{tenant}/_emulator/journal").json()["value"]
    created = [each["status"] for each in journal if each["operation"] == SUBSCRIBE]
    assert created == [500, 200, 200, 429, 429, 429]  # it repeats a 500, and a 429 twice


def test_the_program_of_the_page_subscribes(tenant: str) -> None:
    page = (ROOT / "docs" / "connector.md").read_text(encoding="utf-8")
    program = page.split("```python\n")[1].split("```")[0].replace("http://localhost:8365", tenant)
    python = ENVIRONMENTS["0.4.0b1"] / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = subprocess.run([python, "-"], input=program, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "webhookId" in done.stdout
    (kept,) = httpx.get(f"{tenant}/_emulator/subscriptions").json()["value"]
    assert kept["url"] == "http://localhost:7071/created"


@pytest.mark.parametrize("version", ENVIRONMENTS)
def test_the_recipe_runs(version: str, run_recipe: Callable[..., str]) -> None:
    assert "Contoso Dental" in run_recipe("azure-connectors", python_of(version), "-")
