"""A delivery names the quirks that emptied or changed a member of its body, so that an empty one explains itself."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import APPOINTMENT, GROUP, HOME, QUESTION, Graph, at, booking, customer
from tests.connector_quirks import Connector

TIMES = {"startDateTime": at("2026-01-13T10:00:00"), "endDateTime": at("2026-01-13T10:30:00")}
CLASS = {"serviceId": GROUP, "endDateTime": at("2026-01-12T11:00:00")}


def touches(client: TestClient) -> dict[str, str]:
    """The members that the last delivery tells of, each with its quirk."""
    last = client.get("/_emulator/deliveries").json()["value"][-1]
    assert all(each["does"] for each in last["quirks"])
    return {each["member"]: each["quirk"] for each in last["quirks"]}


@pytest.fixture
def connector(graph: Graph) -> Connector:
    connector = Connector(graph)
    connector.subscribe("Created", "Updated", "Deleted")
    return connector


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "notes": ("connector-no-notes", "CustomerNotes", {"customers": [customer(name="Lee", notes="Late")]}),
    "the list of the one customer": ("connector-single-customers", "Customers", {}),
    "a buffer before": ("connector-pre-buffer", "StartTime", {"preBuffer": "PT5M"}),
    "a choice": (
        "connector-no-choice-answer",
        "CustomQuestionAnswers/Answer",
        {
            "customers": [
                customer(
                    name="Lee",
                    customQuestionAnswers=[
                        {
                            "questionId": QUESTION,
                            "answerInputType": "radioButton",
                            "answerOptions": ["a"],
                            "answer": "a",
                        }
                    ],
                )
            ]
        },
    ),
}


@pytest.mark.parametrize(("quirk", "member", "members"), CASES.values(), ids=CASES)
@pytest.mark.usefixtures("connector")
def test_a_creation_tells_what_was_emptied_or_changed(
    quirk: str, member: str, members: dict[str, Any], graph: Graph, client: TestClient
) -> None:
    assert graph.post(f"{HOME}/appointments", booking(**members)).status == 201
    assert touches(client)[member] == quirk
    graph.tenant.set_quirk(quirk, {"connector-single-customers": "one"}.get(quirk, "off"))
    graph.post(f"{HOME}/appointments", booking(**members))
    assert member not in touches(client)


@pytest.mark.usefixtures("connector")
def test_a_cancellation_tells_why_its_reason_is_empty(graph: Graph, client: TestClient) -> None:
    graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", {"cancellationMessage": "Ill"})
    assert touches(client)["CancelReason"] == "connector-no-cancel-reason"


@pytest.mark.usefixtures("connector")
def test_nothing_is_told_of_what_nobody_wrote(graph: Graph, client: TestClient) -> None:
    graph.post(f"{HOME}/appointments", booking(customers=[]))
    assert touches(client) == {}
    graph.post(f"{HOME}/appointments/{APPOINTMENT}/cancel", {"cancellationMessage": ""})
    assert "CancelReason" not in touches(client)
    group = graph.post(f"{HOME}/appointments", booking(**CLASS)).json
    graph.post(f"{HOME}/appointments/{group['id']}/cancel", {"cancellationMessage": "Ill"})
    assert touches(client) == {}


@pytest.mark.usefixtures("connector")
def test_an_id_that_changed_and_a_late_address_are_told(graph: Graph, client: TestClient) -> None:
    graph.patch(f"{HOME}/appointments/{APPOINTMENT}", TIMES)
    assert touches(client)["Id"] == "connector-reschedule"
    graph.tenant.set_quirk("connector-late-staff-email", "on")
    graph.post(f"{HOME}/appointments", booking())
    assert touches(client)["StaffMembers/EmailAddress"] == "connector-late-staff-email"
