"""Custom questions: one that is deleted is asked by no service any more."""

from __future__ import annotations

from bookings_emulator.domain import records
from bookings_emulator.domain.outcome import Ask, Outcome, Put, State

SET = "customQuestions"


def delete_question(state: State, ask: Ask) -> Outcome:
    """Delete a question and take it out of every service (learn, Microsoft 365: add questions); answers stay."""
    outcome = records.delete(state, ask, SET)
    changes, question_id = [*outcome.changes], ask.keys[-1]
    for service in state.records("services", ask.business_id):
        left = [each for each in service["customQuestions"] or () if each["questionId"] != question_id]
        if len(left) < len(service["customQuestions"] or ()):
            changes.append(Put("services", ask.business_id, {**service, SET: left}))
    return outcome._replace(changes=changes)
