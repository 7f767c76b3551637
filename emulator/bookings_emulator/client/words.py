"""The words that calls of the client take by name: a misspelled one is refused at once, with the nearest there is."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from bookings_emulator.client.control_http import ControlError

Words = ParamSpec("Words")
Answer = TypeVar("Answer")
# criteria of exchanges, as the journal takes them
CRITERIA = (
    "plane", "operation", "business", "persona", "method", "path", "status", "problem", "fault", "quirk", "event",
    "request_id", "reason", "text", "body", "slower", "since", "number",
)  # fmt: skip
# words of a rule by its part: which calls it is for, what it does to them, and which of those it hurts
MATCH = ("plane", "operation", "method", "path", "business", "persona", "header")
EFFECT = (
    "problem", "facts", "status", "body", "headers", "retry_after", "retry_after_as", "kept", "reset", "lost", "cut",
    "malformed", "replace", "latency", "slow", "late", "twice", "overtaken",
)  # fmt: skip
SCHEDULE = ("first", "skip", "every", "probability", "until", "for", "limit")
TENANT = ("fixture", "scenario", "persona", "now", "seed", "quirks", "faults", "auth", "deliver_to", "name", "domain")
TOKEN = ("audience", "permissions", "lifetime", "wrong")
LENGTH = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
CHANGES = ("Created", "Updated", "Deleted")


def check_words(call: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse what a call takes no word of. Raises ControlError with the words there are and the nearest one."""
    for word in given:
        if word not in known:
            raise ControlError(f"{call} takes {', '.join(known)}; got '{word}'{nearest(word, known)}", 400)


def refuse_other_words(call: Callable[Words, Answer]) -> Callable[Words, Answer]:
    """A method whose words all have a name of their own: a misspelled one is refused in the same way."""
    _, *known = inspect.signature(call).parameters

    @wraps(call)
    def answer(*given: Words.args, **words: Words.kwargs) -> Answer:
        check_words(call.__name__, words, known)
        return call(*given, **words)

    return answer


def check_text(place: str, value: object) -> None:
    """Refuse what is no text, where only text can be meant. Raises ControlError."""
    if not isinstance(value, str):
        raise ControlError(f"{place} must be text; got {value!r}", 400)


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a refusal that names the nearest known word; empty where nothing is near."""
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), by_lower, 1)
    return f"; did you mean '{by_lower[near[0]]}'?" if near else ""
