"""What customers answer to the questions of a service, and which customer an appointment of beta names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import APPOINTMENT, CUSTOMER, GROUP, HOME, QUESTION, SERVICE, Graph, at, booking, customer
from tests.connector_quirks import Connector

BETA = HOME.replace("/v1.0", "/beta")
VERSIONS = pytest.mark.parametrize("home", [HOME, BETA], ids=["v1.0", "beta"])


def booked(graph: Graph, *answers: dict[str, Any], home: str = HOME, **members: Any) -> dict[str, Any]:
    """A new appointment whose one customer gave some answers."""
    body = booking(customers=[customer(customerId=CUSTOMER, customQuestionAnswers=list(answers))], **members)
    if home == BETA:
        body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    made = graph.post(f"{home}/appointments", body)
    assert made.status == 201, made.reason
    return dict(made.json)


def answers(appointment: dict[str, Any]) -> list[dict[str, Any]]:
    return list(appointment["customers"][0]["customQuestionAnswers"])


def choice(graph: Graph) -> str:
    """The id of a new question with a choice that the service does not ask."""
    body = {"displayName": "Which room?", "answerInputType": "radioButton", "answerOptions": ["red", "green"]}
    return str(graph.post(f"{HOME}/customQuestions", body).json["id"])


@VERSIONS
def test_an_answer_tells_its_question(home: str, graph: Graph) -> None:
    (answer,) = answers(booked(graph, {"questionId": QUESTION, "answer": "25"}, home=home))
    assert answer == {
        "questionId": QUESTION,
        "question": "What is your age?",
        "answerInputType": "text",
        "answerOptions": [],
        "isRequired": True,
        "answer": "25",
        "selectedOptions": [],
    }


def test_an_answer_tells_the_options_of_its_question_and_that_it_need_not_be_answered(graph: Graph) -> None:
    (answer,) = answers(booked(graph, {"questionId": choice(graph), "selectedOptions": ["red"]}))
    assert (answer["answerInputType"], answer["answerOptions"]) == ("radioButton", ["red", "green"])
    assert (answer["isRequired"], answer["selectedOptions"]) == (False, ["red"])


def test_what_an_answer_says_of_its_question_itself_stands(graph: Graph) -> None:
    (answer,) = answers(booked(graph, {"questionId": QUESTION, "question": "Age?", "isRequired": False}))
    assert (answer["question"], answer["isRequired"], answer["answerInputType"]) == ("Age?", False, "text")


def test_an_answer_to_no_known_question_stays_as_it_is(graph: Graph) -> None:
    (answer,) = answers(booked(graph, {"questionId": "none", "answer": "x"}))
    assert (answer["question"], answer["answerInputType"], answer["answer"]) == (None, None, "x")


def test_the_question_is_told_as_it_was_when_it_was_answered(graph: Graph) -> None:
    made = booked(graph, {"questionId": QUESTION, "answer": "25"})
    graph.patch(f"{HOME}/customQuestions/{QUESTION}", {"displayName": "How old are you?"})
    assert answers(graph.get(f"{HOME}/appointments/{made['id']}").json)[0]["question"] == "What is your age?"
    graph.patch(f"{HOME}/appointments/{made['id']}", {"serviceNotes": "x"})
    assert answers(graph.get(f"{HOME}/appointments/{made['id']}").json)[0]["question"] == "What is your age?"


def test_a_question_that_nobody_answered_has_no_entry_there_nor_at_the_connector(graph: Graph) -> None:
    connector = Connector(graph)
    connector.subscribe("Created")
    assert answers(booked(graph)) == []
    ((_, body),) = connector.told()
    assert body["CustomQuestionAnswers"] == []


def test_the_connector_tells_of_the_question_what_the_answer_left_open(graph: Graph) -> None:
    connector = Connector(graph)
    connector.subscribe("Created")
    booked(graph, {"questionId": choice(graph), "selectedOptions": ["green"]})
    ((_, body),) = connector.told()
    (answer,) = body["CustomQuestionAnswers"]
    assert (answer["Question"], answer["AnswerOptions"]) == ("Which room?", ["red", "green"])
    assert (answer["SelectedOptions"], answer["IsRequired"]) == ([1], False)


@VERSIONS
def test_a_deleted_question_leaves_every_service_and_stays_in_answers(home: str, graph: Graph) -> None:
    other = choice(graph)
    asked = [{"questionId": each, "isRequired": False} for each in (QUESTION, other)]
    for service in (SERVICE, GROUP):
        assert graph.patch(f"{HOME}/services/{service}", {"customQuestions": asked}).status == 204
    made = booked(graph, {"questionId": QUESTION, "answer": "25"})
    graph.get(f"{home}/services")
    assert graph.delete(f"{home}/customQuestions/{QUESTION}").status == 204
    left = [
        [each["questionId"] for each in row["customQuestions"]] for row in graph.get(f"{home}/services").json["value"]
    ]
    assert left == [[other], [other]]
    assert answers(graph.get(f"{HOME}/appointments/{made['id']}").json)[0]["question"] == "What is your age?"


# the customer of an appointment in beta


def without_customers(**members: Any) -> dict[str, Any]:
    body = booking(**members)
    del body["customers"]
    body["start"], body["end"] = body.pop("startDateTime"), body.pop("endDateTime")
    return body


def test_the_customer_id_of_an_appointment_names_its_customer(graph: Graph) -> None:
    made = graph.post(f"{BETA}/appointments", without_customers(customerId=CUSTOMER)).json
    assert made["customerId"] == CUSTOMER
    assert (made["customerName"], made["customerEmailAddress"]) == ("Adele Vance", "adelev@contoso.com")
    assert made["customerPhone"] == "5550100"
    (entry,) = made["customers"]
    assert (entry["customerId"], entry["name"], entry["emailAddress"]) == (
        CUSTOMER,
        "Adele Vance",
        "adelev@contoso.com",
    )
    sent = {each.message.to for each in graph.tenant.outbox.sent}
    assert "adelev@contoso.com" in sent


def test_what_the_body_says_of_the_customer_stands_beside_its_id(graph: Graph) -> None:
    body = without_customers(customerId=CUSTOMER, customerName="Adele V.", customerNotes="Late")
    made = graph.post(f"{BETA}/appointments", body).json
    assert (made["customerName"], made["customerEmailAddress"]) == ("Adele V.", "adelev@contoso.com")
    assert (made["customers"][0]["customerId"], made["customers"][0]["notes"]) == (CUSTOMER, "Late")


def test_a_customer_id_takes_a_seat_of_a_group(graph: Graph) -> None:
    body = without_customers(customerId=CUSTOMER, serviceId=GROUP)
    assert graph.post(f"{BETA}/appointments", body).json["filledAttendeesCount"] == 1
    body = without_customers(customerId="none", serviceId=GROUP)
    assert graph.post(f"{BETA}/appointments", body).json["filledAttendeesCount"] == 0


def test_a_changed_customer_id_names_another_customer(graph: Graph) -> None:
    lee = {"displayName": "Lee Gu", "emailAddress": "lee@x.y", "phones": []}
    lee_id = graph.post(f"{HOME}/customers", lee).json["id"]
    url = f"{BETA}/appointments/{APPOINTMENT}"
    assert graph.patch(url, {"customerId": lee_id}).status == 204
    after = graph.get(url).json
    assert (after["customerId"], after["customerName"], after["customerPhone"]) == (lee_id, "Lee Gu", None)
    assert [each["emailAddress"] for each in after["customers"]] == ["lee@x.y"]
    graph.patch(url, {"end": at("2026-01-06T09:45:00")})
    assert graph.get(url).json["customerId"] == lee_id
