"""The connector's part of the table of quirks: what to ask a fresh tenant, and what each value makes of it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.documents.connector_openapi3 import notification_schema
from bookings_emulator.exchange import Exchange, Request
from bookings_emulator.wire.connector import Connector as ConnectorMouth
from bookings_emulator.wire.plane import Plane
from tests.conftest import (
    APPOINTMENT,
    BUSINESS,
    GROUP,
    HOME,
    ORIGIN,
    QUESTION,
    Answer,
    Graph,
    at,
    booking,
    customer,
)
from tests.documented_planes import close_objects

HUB = "/apim/microsoftbookings/conn-0001"
V1 = "/BookingsService/api/V1"
MAILBOX = f"{V1}/bookingBusinesses/{BUSINESS}"
OLDER = f"/api/v1.0/bookingBusinesses/{BUSINESS}/webhooks"
CALLBACK = "https://prod-01.westus.logic.azure.com:443/workflows/1/triggers/t/paths/invoke?sig=x"
PATHS = {"Created": "AppointmentCreated", "Updated": "AppointmentUpdated", "Deleted": "AppointmentDeleted"}
GROUP_MEMBERS = {"serviceId": GROUP, "endDateTime": at("2026-01-12T11:00:00")}  # of a booking of the group service


class Connector:
    """Calls the connector plane of a tenant as HTTP would, without a socket."""

    def __init__(self, graph: Graph) -> None:
        self.tenant = graph.tenant
        self._plane = Plane(graph.tenant, ConnectorMouth(graph.tenant))

    def call(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Answer:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"authorization": "Bearer anything", "content-type": "application/json"} | (headers or {})
        request = Request(method, path, "", sent, content, ORIGIN)
        return Answer(self._plane.answer(Exchange("connector", request, self.tenant.clock.now())))

    def subscribe(
        self, *changes: str, url: str = CALLBACK, prefix: str = HUB, headers: dict[str, str] | None = None
    ) -> Answer:
        """Subscribe at the path of the first of the changes."""
        path = f"{prefix}{MAILBOX}/webhook/{PATHS[changes[0]]}"
        return self.call("POST", path, wanted(*changes, url=url), headers=headers)

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The kinds of change and the bodies of all notifications so far, each held to its JSON Schema."""
        found = [
            (each.notification.change, json.loads(each.notification.body)) for each in self.tenant.deliveries.all()
        ]
        is_whole = self.tenant.quirks["connector-nulls"] != "absent"
        misfits = [why for _, body in found if is_whole and (why := misfit_of_notification(body))]
        assert not misfits, misfits
        return found


@cache
def notification_validator() -> Draft202012Validator:
    """What says whether a notification has the form of its schema, and no members but those declared."""
    return Draft202012Validator(close_objects(notification_schema(load_connector())))


def misfit_of_notification(body: Any) -> str | None:
    """Why a notification does not fit its schema; None where it does."""
    error = best_match(notification_validator().iter_errors(body))
    return f"at {error.json_path}: {error.message}" if error else None


def wanted(*changes: str, url: str = CALLBACK) -> dict[str, Any]:
    """The body of a subscription."""
    return {"webhook": {"notification_url": url, "resource": "Appointments", "change_type": list(changes)}}


def told_of_booking(graph: Graph, **members: Any) -> dict[str, Any]:
    """The body of the Created notification of a booking."""
    connector = Connector(graph)
    connector.subscribe("Created")
    assert graph.post(f"{HOME}/appointments", booking(**members)).status == 201
    ((_, body),) = connector.told()
    return body


def form_of_2022(graph: Graph) -> Any:
    connector = Connector(graph)
    flat = {"notificationURL": CALLBACK, "resource": "Appointments", "changeType": ["Created"]}
    made = connector.call("POST", f"{OLDER}/AppointmentCreated", flat)
    if made.status == 404:
        return 404
    assert made.response.body == b""
    graph.post(f"{HOME}/appointments", booking())
    ((_, body),) = connector.told()
    lacking = {"CustomQuestionAnswers", "IsSMSNotificationsEnabled"} - body.keys()
    assert "DisplayName" not in body["CustomerLocation"]
    deleted = connector.call("DELETE", made.headers["Location"].removeprefix(ORIGIN))
    return made.status, len(lacking), deleted.status, deleted.response.body


def statuses(graph: Graph) -> Any:
    return [Connector(graph).subscribe(each).status for each in PATHS]


def ids_of_webhooks(graph: Graph) -> Any:
    answers = [Connector(graph).subscribe(each) for each in PATHS]
    return [bool(each.response.body) and len(each.json["webhookId"]) == 36 for each in answers]


def location(graph: Graph) -> Any:
    made = Connector(graph).subscribe("Created")
    return made.headers.get("Location", "").replace(made.json["webhookId"], "ID")


def refusal_of_a_domain(graph: Graph) -> Any:
    refused = Connector(graph).subscribe("Created", url="https://contoso.com/hook")
    assert refused.status == 403
    return sorted(refused.json)


def unknown_mailbox(graph: Graph) -> Any:
    refused = Connector(graph).call("POST", f"{V1}/bookingBusinesses/none@x.y/webhook", wanted("Created"))
    return refused.status, refused.error["code"]


def two_changes_at_once(graph: Graph) -> Any:
    return Connector(graph).subscribe("Created", "Deleted").status


def mailboxes_of_a_stranger(graph: Graph) -> Any:
    return (
        Connector(graph)
        .call("GET", f"{V1}/bookingBusinessesUserAsAdmin", headers={"authorization": "Bearer stranger"})
        .json
    )


def changes_of_a_creation(graph: Graph) -> Any:
    connector = Connector(graph)
    connector.subscribe("Updated")
    connector.subscribe("Created")
    graph.post(f"{HOME}/appointments", booking())
    return [change for change, _ in connector.told()]


def changes_of_a_reschedule(graph: Graph) -> Any:
    connector = Connector(graph)
    connector.subscribe("Created", "Updated", "Deleted")
    times = {"startDateTime": at("2026-01-13T10:00:00"), "endDateTime": at("2026-01-13T10:30:00")}
    for _ in range(2):  # the second one moves nothing
        assert graph.patch(f"{HOME}/appointments/{APPOINTMENT}", times).status == 204
    told = connector.told()
    assert len({body["SelfServiceAppointmentId"] for _, body in told}) == 1
    assert len({body["Id"] for _, body in told}) == 1
    return [change for change, _ in told], told[0][1]["Id"] == APPOINTMENT


def times(graph: Graph) -> Any:
    body = told_of_booking(graph)
    return body["StartTime"], body["EndTime"]


def start_with_a_buffer_before(graph: Graph) -> Any:
    body = told_of_booking(graph, preBuffer="PT5M")
    return body["StartTime"][11:], body["EndTime"][11:], body["Duration"]


def deprecated_id(graph: Graph) -> Any:
    body = told_of_booking(graph)
    return "exchange" if str(body["Id"]).startswith("AAMk") else body["Id"] == body["SelfServiceAppointmentId"]


def id_that_stays(graph: Graph) -> Any:
    own = "50000000-0000-4000-8000-000000000001"
    body = told_of_booking(graph)
    graph.post(f"{HOME}/appointments", booking(selfServiceAppointmentId=own))
    assert Connector(graph).told()[-1][1]["SelfServiceAppointmentId"] == own
    return set(body["SelfServiceAppointmentId"]) == {"0", "-"}


def one_customer_in_a_class(graph: Graph) -> Any:
    body = told_of_booking(graph, serviceId=GROUP, endDateTime=at("2026-01-12T11:00:00"))
    return body["CustomerName"], [each["Name"] for each in body["Customers"]]


def list_of_one_customer(graph: Graph) -> Any:
    return [each["Email"] for each in told_of_booking(graph)["Customers"]]


def members_that_are_not_known(graph: Graph) -> Any:
    body = told_of_booking(graph)
    return [
        each.get("x", "absent") if name not in each else each[name]
        for each, name in ((body, "CustomerPhone"), (body["CustomerLocation"], "DisplayName"), (body, "TrackingData"))
    ]


def reason_of_a_cancellation(graph: Graph) -> Any:
    connector = Connector(graph)
    connector.subscribe("Deleted")
    group = graph.post(f"{HOME}/appointments", booking(serviceId=GROUP, endDateTime=at("2026-01-12T11:00:00"))).json
    for each in (APPOINTMENT, group["id"]):
        graph.post(f"{HOME}/appointments/{each}/cancel", {"cancellationMessage": "Ill"})
    return [body["CancelReason"] for _, body in connector.told()]


def notes_of_a_customer(graph: Graph) -> Any:
    return told_of_booking(graph, customers=[customer(name="Adele", notes="Allergic")])["CustomerNotes"]


def address_of_staff(graph: Graph) -> Any:
    (member,) = told_of_booking(graph)["StaffMembers"]
    return member["DisplayName"], member["EmailAddress"]


CHOICE = {
    "@odata.type": "#microsoft.graph.bookingQuestionAnswer",
    "questionId": QUESTION,
    "question": "Which room?",
    "answerInputType": "radioButton",
    "answerOptions": ["red", "green"],
    "isRequired": True,
    "answer": "green",
    "selectedOptions": ["green"],
}


def answered(graph: Graph) -> dict[str, Any]:
    given = {name: value for name, value in CHOICE.items() if name != "@odata.type"}
    body = told_of_booking(graph, customers=[customer(name="Adele", customQuestionAnswers=[given])])
    (answer,) = body["CustomQuestionAnswers"]
    assert answer["AnswerOptions"] == ["red", "green"]
    return answer


def answer_to_a_choice(graph: Graph) -> Any:
    return answered(graph).get("Answer")


def number_of_an_option(graph: Graph) -> Any:
    return answered(graph)["SelectedOptions"]


PLACE = f"{MAILBOX}/webhook/ID"
UPDATED = ["Updated"]
# id → what is asked, and what is seen under each value
SEEN: dict[str, tuple[Any, dict[bool | str, Any]]] = {
    "connector-2022": (form_of_2022, {False: 404, True: (201, 2, 204, b"")}),
    "connector-status": (statuses, {"definition": [200, 201, 201], "200": [200, 200, 200], "201": [201, 201, 201]}),
    "connector-webhook-id": (ids_of_webhooks, {"all": [True, True, True], "created": [True, False, False]}),
    "connector-location": (
        location,
        {"request": f"{ORIGIN}{HUB}{PLACE}", "backend": f"https://outlook.office.com{PLACE}", "none": ""},
    ),
    "connector-envelope": (
        refusal_of_a_domain,
        {"backend": ["error"], "hub": ["errors", "message", "source", "status"]},
    ),
    "connector-unknown-mailbox": (
        unknown_mailbox,
        {"500": (500, "Internal"), "404": (404, "NotFound"), "403": (403, "PermissionDenied")},
    ),
    "connector-several-changes": (two_changes_at_once, {True: 200, False: 400}),
    "connector-empty-list": (mailboxes_of_a_stranger, {"empty": {"mailboxes": []}, "missing": {}}),
    "connector-updated-on-creation": (changes_of_a_creation, {True: ["Created", "Updated"], False: ["Created"]}),
    "connector-reschedule": (
        changes_of_a_reschedule,
        {
            "new-id": (UPDATED * 2, False),
            "same-id": (UPDATED * 2, True),
            "created": (["Created", *UPDATED, *UPDATED], True),
        },
    ),
    "connector-times": (
        times,
        {
            "us": ("01/12/2026 10:00:00", "01/12/2026 10:40:00"),
            "iso": ("2026-01-12T10:00:00Z", "2026-01-12T10:40:00Z"),
        },
    ),
    "connector-pre-buffer": (
        start_with_a_buffer_before,
        {True: ("09:55:00", "10:40:00", 2700), False: ("10:00:00", "10:40:00", 2400)},
    ),
    "connector-id": (deprecated_id, {"exchange": "exchange", "self-service": True, "null": False}),
    "connector-self-service-id": (id_that_stays, {"own": False, "graph": True}),
    "connector-group": (
        one_customer_in_a_class,
        {"capacity": (None, ["Adele Vance"]), "customers": ("Adele Vance", [])},
    ),
    "connector-single-customers": (list_of_one_customer, {"empty": [], "one": ["adelev@contoso.com"]}),
    "connector-nulls": (members_that_are_not_known, {"null": [None] * 3, "empty": [""] * 3, "absent": ["absent"] * 3}),
    "connector-no-cancel-reason": (reason_of_a_cancellation, {True: [None, "Ill"], False: ["Ill", "Ill"]}),
    "connector-no-notes": (notes_of_a_customer, {True: None, False: "Allergic"}),
    "connector-late-staff-email": (
        address_of_staff,
        {False: ("Dana Swope", "danas@contoso.com"), True: ("Dana Swope", None)},
    ),
    "connector-no-choice-answer": (answer_to_a_choice, {True: None, False: "green"}),
    "connector-first-option": (number_of_an_option, {"0": [1], "1": [2]}),
}
