"""Answers of customers to the questions of a service: each tells its question as it was when the booking was made."""

from __future__ import annotations

from typing import Any

from bookings_emulator.domain.business_rules import Booking
from bookings_emulator.domain.outcome import Record


def complete_answers(booking: Booking, entry: Record) -> list[dict[str, Any]]:
    """The answers of a customer; what they leave open of their question is as the business has it.

    A question of the service that nobody answered has no entry, or an empty one by the quirk `unanswered-questions`.
    """
    assigned = {each["questionId"]: each["isRequired"] for each in booking.service.get("customQuestions") or ()}
    answers = [_complete_answer(booking, each, assigned) for each in entry.get("customQuestionAnswers") or ()]
    answered = {each["questionId"] for each in answers}
    left = [each for each in assigned if each not in answered and _find_question(booking, each)]
    if left and booking.ask.quirks["unanswered-questions"]:
        answers += [_complete_answer(booking, {"questionId": each, **_UNANSWERED}, assigned) for each in left]
    return answers or _NO_ANSWERS


_NO_ANSWERS: list[dict[str, Any]] = []  # of most customers, who share it, since nobody changes a record in place
_UNANSWERED: dict[str, Any] = {
    "question": None,
    "answerInputType": None,
    "answerOptions": [],
    "isRequired": None,
    "answer": None,
    "selectedOptions": [],
}


def _complete_answer(booking: Booking, answer: Record, assigned: dict[str, bool]) -> dict[str, Any]:
    """An answer with text, kind, options and requiredness of its question (docs, bookingQuestionAnswer)."""
    question = _find_question(booking, answer.get("questionId"))
    if question is None:
        return dict(answer)
    facts = {
        "question": question["displayName"],
        "answerInputType": question["answerInputType"],
        "answerOptions": question["answerOptions"],
        "isRequired": assigned.get(question["id"], False),
    }
    return {**answer, **{name: value for name, value in facts.items() if answer.get(name) in (None, [])}}


def _find_question(booking: Booking, question_id: str | None) -> Record | None:
    return booking.state.record("customQuestions", booking.business["id"], question_id) if question_id else None
