"""docs/connector.md shows what is really sent: its payloads are made again here, and what it leaves out is told."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bookings_emulator.app import create_app
from bookings_emulator.contract.quirks import load_quirks
from tests.conftest import ORIGIN, at, bearer, customer
from tests.connector_quirks import CALLBACK, PATHS, wanted

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "connector.md").read_text(encoding="utf-8")
BUSINESS = "ContosoDental@contoso.onmicrosoft.com"
HOME = f"/v1.0/solutions/bookingBusinesses/{BUSINESS}"

PERSON = {"name": "Adele Vance", "emailAddress": "adelev@contoso.com", "notes": "My first visit"}
ANSWERS = [
    {"questionId": "40000000-0000-4000-8000-000000000001", "answer": "Nuts"},
    {"questionId": "40000000-0000-4000-8000-000000000002", "selectedOptions": ["Myself"]},
]


def tell(service: str, staff: str, *customers: dict[str, Any]) -> dict[str, Any]:
    """What is sent last of each event when an appointment of the default fixture is booked, changed and cancelled."""
    app = create_app("default", seed=1, now="2026-01-05T08:00:00Z")
    with TestClient(app, base_url=ORIGIN, headers=bearer("any")) as client:
        for change, name in PATHS.items():
            path = f"/apim/microsoftbookings/c1/BookingsService/api/V1/bookingBusinesses/{BUSINESS}/webhook/{name}"
            client.post(path, json=wanted(change, url=CALLBACK))
        body = {
            "serviceId": service,
            "staffMemberIds": [staff],
            "startDateTime": at("2026-01-12T10:00:00"),
            "endDateTime": at("2026-01-12T10:30:00"),
            "customers": list(customers),
        }
        made = client.post(f"{HOME}/appointments", json=body).json()["id"]
        client.patch(f"{HOME}/appointments/{made}", json={"serviceNotes": "Room 2"})
        client.post(f"{HOME}/appointments/{made}/cancel", json={"cancellationMessage": "Ill"})
        found = client.get("/_emulator/deliveries").json()["value"]
    return {each["event"]: each["body"] for each in found}


def payloads() -> dict[str, Any]:
    """Of a 1:1 booking."""
    adele = customer(**PERSON, customQuestionAnswers=ANSWERS)
    return tell("20000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000001", adele)


def group_payloads() -> dict[str, Any]:
    """Of a class with two customers."""
    both = customer(**PERSON), customer(name="Pradeep Gupta", emailAddress="pradeepg@contoso.com")
    return tell("20000000-0000-4000-8000-000000000006", "10000000-0000-4000-8000-000000000003", *both)


def shown(heading: str) -> Any:
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n### ")[0]
    (text,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    return json.loads(text)


SAMPLES = {"Of a 1:1 booking": (payloads, "Created"), "Of a group booking": (group_payloads, "Deleted")}


@pytest.mark.parametrize("heading", SAMPLES)
def test_the_payload_of_the_page_is_the_one_that_is_sent(heading: str) -> None:
    make, change = SAMPLES[heading]
    assert shown(heading) == make()[change]
    assert list(shown(heading)) == list(make()[change])


def test_the_other_two_notifications_differ_as_the_page_says() -> None:
    one, group = payloads(), group_payloads()
    for change in ("Updated", "Deleted"):
        assert one[change] == {**one["Created"], "ServiceNotes": "Room 2"}
    assert group["Created"] == {**group["Deleted"], "ServiceNotes": None, "CancelReason": None}
    assert group["Deleted"]["CancelReason"] == "Ill"


def members() -> dict[str, list[str]]:
    """The table of members: what each is, when it is empty, its quirks."""
    table = PAGE.split("\n### The members\n")[1].split("\n### ")[0]
    cells = (line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `"))
    return {name.strip("`"): rest for name, *rest in cells}


def test_the_table_tells_of_every_member_in_the_order_in_which_it_is_sent() -> None:
    assert list(members()) == list(shown("Of a 1:1 booking")) == list(shown("Of a group booking"))


def test_a_member_that_is_empty_in_the_payloads_of_the_page_is_one_of_which_the_table_says_so() -> None:
    for heading in SAMPLES:
        for name, value in shown(heading).items():
            is_told = members()[name][1] != "never"
            assert is_told or value not in (None, [], ""), f"{heading}: {name}"


def test_every_quirk_of_a_notification_stands_in_the_table_or_beside_the_surprise_it_switches() -> None:
    section = PAGE.split("\n### What will surprise you\n")[1].split("\n### Of a 1:1 booking\n")[0]
    told = set(re.findall(r"`(connector-[a-z-]+)`", section))
    assert told <= set(load_quirks())
    of_domain = {
        name for name, each in load_quirks().items() if name.startswith("connector-") and each.acts == "domain"
    }
    assert of_domain <= told


def rows() -> list[list[str]]:
    """What is told of the connector's behaviour."""
    areas = tomllib.loads((DOCS / "behaviour.toml").read_text(encoding="utf-8"))["area"]
    found: list[list[str]] = next(each["rows"] for each in areas if each["name"] == "The connector")
    return found


def test_every_quirk_of_the_connector_stands_beside_the_behaviour_that_it_switches() -> None:
    text = "\n".join(each[1] for each in rows())
    for each in load_quirks():
        if each.startswith("connector-"):
            assert f"`{each}`" in text, each


def test_the_page_lists_what_is_not_emulated() -> None:
    absent = [each[1] for each in rows() if each[0] == "absent"]
    assert PAGE.split("\n## Not emulated\n")[1].split("\n- ")[1:] == [*absent[:-1], f"{absent[-1]}\n"]
